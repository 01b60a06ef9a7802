"""How fast pages are when the catalogue is full.

    python benchmarks/pages.py [--json] [--small] [--datasets 10000] [--requests 300]

The city: the demo (13 real tables), then copies of them up to `--datasets`; 64 copies have a Delta table of their
own, the others a table's catalogue rows only, which costs the lists the same. Titles and dates vary (seed 2021).

Measured against `datadam serve` with one web process of one thread on the embedded SQLite database in WAL mode with
synchronous=NORMAL: the time from request to last byte over one kept-alive connection, after three warming requests of
each kind. Dataset pages go round the 64 + 13 tables. The floor is `/healthz` of the same process in the same run.
"""

import argparse
import http.client
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

REAL = 64  # copies with a Delta table of their own
BOUND = 100.0  # milliseconds, p95 of a dataset's page


def datadam(home: Path, *arguments: str) -> list[str]:
    os.environ |= {"DATADAM_HOME": str(home), "DATADAM_RATE_READS": "0"}
    return [sys.executable, "-m", "datadam.cli", *arguments]


def fill(home: Path, wanted: int) -> list[str]:
    """Copy the demo's datasets until there are `wanted`; gives the names of those with a table."""
    os.environ["DATADAM_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "datadam.config.settings"
    import django

    django.setup()
    from django.db import transaction

    from datadam.catalog.models import Dataset

    originals = list(Dataset.objects.filter(state="published").select_related("resource").order_by("pk"))
    names = [dataset.name for dataset in originals]
    dice = random.Random(2021)
    with transaction.atomic():
        for start in range(len(originals), wanted, 500):
            made = copies(originals, range(start, min(start + 500, wanted)), dice)
            names += [name for name in made if int(name.rpartition("-")[2]) < len(originals) + REAL]
    return names


def copies(originals: list[Any], numbers: range, dice: random.Random) -> list[str]:
    """Catalogue rows (and for the first ones a table) of datasets number `numbers`."""
    import datetime as dt

    from django.conf import settings

    from datadam.access.models import Grant, Resource
    from datadam.catalog.models import Dataset, Release

    datasets, releases, resources = [], [], []
    for number in numbers:
        model = originals[number % len(originals)]
        resource = Resource(uid=uuid.UUID(int=dice.getrandbits(128)), owner_id=model.resource.owner_id)
        if number < len(originals) + REAL:
            tables = Path(settings.LAKE) / "tables"
            shutil.copytree(tables / str(model.resource.uid), tables / str(resource.uid))
        fields = {f.attname: getattr(model, f.attname) for f in Dataset._meta.concrete_fields if f.attname != "id"}
        moved = model.updated_at - dt.timedelta(minutes=dice.randrange(500_000))
        fields |= {"name": f"{model.name[:60]}-{number}", "title": f"{model.title} {number}", "updated_at": moved}
        dataset = Dataset(**{k: v for k, v in fields.items() if k != "resource_id"}, resource=resource)
        last = model.releases.filter(state="published").order_by("-number").first()
        values = {f.attname: getattr(last, f.attname) for f in Release._meta.concrete_fields if f.attname != "id"}
        values = {k: v for k, v in values.items() if k not in {"dataset_id", "upload_id", "recipe_id"}}
        resources.append(resource)
        datasets.append(dataset)
        releases.append(Release(dataset=dataset, **values))
    Resource.objects.bulk_create(resources)
    Grant.objects.bulk_create([Grant(resource=resource, audience="public") for resource in resources])
    Dataset.objects.bulk_create(datasets)
    Release.objects.bulk_create(releases)
    return [dataset.name for dataset in datasets]


class Server:
    """`datadam serve` with one process and one thread, and one connection to it."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        options = ["serve", "--port", str(self.port), "--workers", "1", "--threads", "1", "--no-worker"]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(datadam(home, *options), stdout=quiet, stderr=quiet)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def __enter__(self) -> "Server":
        for _ in range(200):
            try:
                self.get("/healthz")
                return self
            except OSError:
                self.connection.close()
                time.sleep(0.1)
        raise SystemExit("the server did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)

    def get(self, path: str) -> float:
        """Milliseconds to the last byte; anything but 200 ends the benchmark."""
        started = time.perf_counter()
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        answer.read()
        taken = (time.perf_counter() - started) * 1000
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")
        return taken


def measure(server: Server, paths: list[str], requests: int) -> dict[str, float]:
    for path in paths[:3]:
        server.get(path)
    times = sorted(server.get(paths[n % len(paths)]) for n in range(requests))
    return {
        "p50_ms": round(statistics.median(times), 2),
        "p95_ms": round(times[int(len(times) * 0.95)], 2),
        "max_ms": round(times[-1], 2),
    }


def run(datasets: int, requests: int) -> dict[str, Any]:
    home = Path(tempfile.mkdtemp(prefix="datadam-bench-"))
    try:
        subprocess.run(datadam(home, "demo", "--no-serve", "--json"), check=True, capture_output=True)
        names = fill(home, datasets)
        random.Random(7).shuffle(names)
        kinds = {
            "floor": ["/healthz"],
            "dataset": [f"/dataset/{name}/" for name in names],
            "list": [f"/datasets/?page={page}" for page in range(1, 21)],
            "list_filtered": [f"/datasets/?theme={theme}" for theme in ("finance", "health", "logistics", "tourism")],
            "search": [f"/datasets/?q={quote(word)}" for word in ("카드", "관광지", "컨테이너", "수검률")],
            "home": ["/"],
        }
        with Server(home) as server:
            figures = {kind: measure(server, paths, requests) for kind, paths in kinds.items()}
    finally:
        shutil.rmtree(home, ignore_errors=True)
    floor = figures["floor"]["p50_ms"]
    for kind in figures.values():
        kind["p50_over_floor"] = round(kind["p50_ms"] / floor, 1)
    passed = figures["dataset"]["p95_ms"] <= BOUND
    return {"datasets": datasets, "requests": requests, "pages": figures, "bound_ms": BOUND, "passed": passed}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print figures only")
    parser.add_argument("--small", action="store_true", help="300 datasets, 30 requests")
    parser.add_argument("--datasets", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=300)
    given = parser.parse_args()
    report = run(300 if given.small else given.datasets, 30 if given.small else given.requests)
    if given.json:
        print(json.dumps(report, ensure_ascii=False))
        return
    for kind, figures in report["pages"].items():
        print(f"{kind:14} {figures['p50_ms']:8.2f} {figures['p95_ms']:8.2f} {figures['max_ms']:8.2f} ms")
    print("passed" if report["passed"] else "failed", f"(dataset p95 ≤ {BOUND:.0f} ms)")


if __name__ == "__main__":
    main()
