"""Whether the house stands under load, and whether its queue loses or doubles work when workers die.

    python benchmarks/platform.py [--json] [--small] [--database sqlite|postgresql] [--part load|jobs]

Load: the demo city and copies of its datasets (seed 2021, as in pages.py) behind `datadam serve` with two web processes
of four threads and its worker. From a second process on loopback, 50 readers on kept-alive connections ask for home,
list, search, dataset page, download and API in a fixed mix without pausing, while 5 writers sign in, upload a small
CSV with a token, wait for its job, describe and publish it, and look whether its rows are there. Everything but the
expected answer counts as an error. The floor is `/healthz` under the same 50 readers just before.

Jobs: tasks that insert a row keyed by their job, then wait 2 ms before they end, in both queues; a worker is killed
with SIGKILL at random moments (seed 7) and started again. Each job must be done with one effect. The floor is the same
inserts and waits in a plain loop.

SQLite as the product sets it (WAL, synchronous=NORMAL); PostgreSQL with fsync and synchronous_commit on, on a socket.
"""

# ruff: noqa: E402
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # instead of this folder, where this file would stand for Python's own module `platform`

import argparse
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from urllib.parse import quote, urlencode

from benchmarks.pages import fill

READERS, WRITERS = 50, 5
GAP = 0.002  # seconds between a job's effect and its end
MIX = {"home": 1, "list": 2, "search": 2, "dataset": 6, "download": 1, "api": 3, "api_rows": 2}
WORDS = ("카드", "관광지", "컨테이너", "수검률")
LOG = re.compile(rb"locked|deadlock|Traceback|Internal Server Error|not written|had to wait")


def datadam(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "datadam.cli", *arguments]


@contextmanager
def a_home(database: str) -> Iterator[Path]:
    """A new home in this process's environment, its database on a PostgreSQL of its own if asked."""
    home = Path(tempfile.mkdtemp(prefix="datadam-bench-"))
    os.environ |= {"DATADAM_HOME": str(home), "DJANGO_SETTINGS_MODULE": "datadam.config.settings"}
    os.environ.pop("DATABASE_URL", None)
    settings = (ROOT / "src/datadam/config/settings.py").read_text(encoding="utf-8")
    os.environ |= dict.fromkeys(re.findall(r'"(DATADAM_RATE_\w+)"', settings), "0")
    os.environ |= {"DATADAM_LOGIN_ADDRESS_LIMIT": "100000", "DATADAM_LOGIN_LIMIT": "100000"}  # all come from here
    server: Any = nullcontext()
    if database == "postgresql":
        from tests.postgresql import Cluster

        server = Cluster(fsync="on", synchronous_commit="on", full_page_writes="on")
    try:
        with server as cluster:
            if cluster:
                os.environ["DATABASE_URL"] = f"{cluster.url}/postgres"
            yield home
            from django.db import connections

            connections.close_all()
    finally:
        shutil.rmtree(home, ignore_errors=True)


class Figures:
    """Times by kind in milliseconds, and what went wrong."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self.errors: Counter[str] = Counter()

    def summary(self, seconds: float) -> dict[str, Any]:
        kinds = {kind: quantiles(times) for kind, times in sorted(self.times.items())}
        total = sum(len(times) for times in self.times.values())
        return {"requests": total, "per_second": round(total / seconds, 1), "kinds": kinds}


def quantiles(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    at = {f"p{q}_ms": round(ordered[min(len(ordered) - 1, len(ordered) * q // 100)], 1) for q in (50, 95, 99)}
    return {"count": len(ordered), **at, "max_ms": round(ordered[-1], 1)}


class Client:
    """One kept-alive connection; every exchange is timed under its kind, and an unexpected answer is an error."""

    def __init__(self, port: int, figures: Figures) -> None:
        self.figures = figures
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}

    def ask(self, kind: str, method: str, path: str, *, expect: int = 200, body: Any = None, **headers: str) -> bytes:
        started = time.perf_counter()
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            self.connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
            answer = self.connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            self.figures.errors[f"{kind}: {type(error).__name__}"] += 1
            return b""
        self.figures.times[kind].append((time.perf_counter() - started) * 1000)
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status != expect:
            self.figures.errors[f"{kind}: {answer.status}"] += 1
            return b""
        return content


def reader(client: Client, paths: dict[str, list[str]], dice: random.Random, going: Callable[[], bool]) -> None:
    kinds = [kind for kind in paths for _ in range(MIX.get(kind, 1))]
    while going():
        kind = dice.choice(kinds)
        client.ask(kind, "GET", dice.choice(paths[kind]))


class Writer:
    """Signs in, brings a file in, publishes it and looks at it, again and again."""

    def __init__(self, client: Client, number: int, city: dict[str, Any]) -> None:
        self.client, self.number = client, number
        self.user = next(user for user in city["users"] if user["kind"] == "provider")
        self.sent = self.kept = 0

    def work(self, going: Callable[[], bool]) -> None:
        while going():
            self.sign_in()
            self.sent += 1
            self.kept += self.bring_in()

    def sign_in(self) -> None:
        self.client.cookies.clear()
        page = self.client.ask("write_sign_in", "GET", "/login/").decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        values = {"login": self.user["login"], "password": self.user["password"]}
        values["csrfmiddlewaretoken"] = found[1] if found else ""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self.client.ask("write_sign_in", "POST", "/login/", expect=302, body=urlencode(values), **form)
        if "datadam_session" not in self.client.cookies:
            self.client.figures.errors["write_sign_in: no session"] += 1
        self.client.cookies.clear()

    def api(self, kind: str, method: str, path: str, *, expect: int = 200, **options: Any) -> Any:
        token = f"Bearer {self.user['token']}"
        content = self.client.ask(kind, method, "/api/v1" + path, expect=expect, Authorization=token, **options)
        return json.loads(content) if content else {}

    def bring_in(self) -> bool:
        """Whether the file's rows can be read by everyone in the end."""
        title = f"부하 시험 {self.number} {self.sent}"
        lines = [f"해운대구,2026-05-{day % 28 + 1:02},{day * self.sent}" for day in range(200)]
        boundary, parts = "datadam-bench", []
        for name, value in (("organisation", "dongbaek-card"), ("title", title)):
            parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n')
        content = "\n".join(["구군,날짜,건수", *lines, ""])
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="load.csv"\r\n\r\n{content}'
        )
        body = "".join([*parts, f"\r\n--{boundary}--\r\n"]).encode()
        form = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        upload = self.api("write_upload", "POST", "/uploads", expect=202, body=body, **form)
        shown = self.read(upload["upload"]) if upload else {}
        names = [table["dataset"] for table in shown.get("datasets", []) if table.get("dataset")]
        if not names:
            self.client.figures.errors["write_job: no dataset"] += 1
            return False
        name, json_form = quote(names[0]), {"Content-Type": "application/json"}
        told = json.dumps({"licence": "kogl-1", "frequency": "monthly"})
        self.api("write_describe", "PATCH", f"/datasets/{name}", body=told, **json_form)
        self.api("write_publish", "POST", f"/datasets/{name}/publish")
        rows = self.client.ask("write_look", "GET", f"/api/v1/datasets/{name}/rows?size=1")
        return bool(rows) and json.loads(rows)["total"] == len(lines)

    def read(self, number: int) -> dict[str, Any]:
        started = time.perf_counter()
        while time.perf_counter() - started < 120:
            shown = self.api("write_poll", "GET", f"/uploads/{number}")
            if shown.get("state") not in (None, "received", "reading", "waiting"):
                self.client.figures.times["write_job"].append((time.perf_counter() - started) * 1000)
                return shown
            time.sleep(0.1)
        self.client.figures.errors["write_job: never read"] += 1
        return {}


class Served:
    """`datadam serve` as the demo starts it; what it says goes into a file."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = home / "server.log"
        command = datadam("serve", "--port", str(self.port), "--workers", "2", "--threads", "4")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def __enter__(self) -> "Served":
        for _ in range(300):
            try:
                client = Client(self.port, Figures())
                if client.ask("start", "GET", "/healthz"):
                    return self
            finally:
                client.connection.close()
            time.sleep(0.1)
        raise SystemExit("the server did not start: " + self.log.read_text(errors="replace")[-2000:])

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(60)

    def complaints(self) -> dict[str, int]:
        """Lines of the log that should not be there, by word; the lines themselves go to stderr."""
        for line in self.log.read_bytes().splitlines():
            if LOG.search(line):
                print(line.decode(errors="replace")[:5000], file=sys.stderr)
        return dict(Counter(word.decode() for word in LOG.findall(self.log.read_bytes())))


def crowd(
    served: Served, paths: dict[str, list[str]], seconds: float, writers: list[Writer], figures: Figures
) -> float:
    """Let the readers and writers loose; returns the seconds until the last one had its last answer."""
    started = time.perf_counter()

    def going() -> bool:
        return time.perf_counter() - started < seconds

    clients = [Client(served.port, figures) for _ in range(READERS)]
    calls = [(reader, (client, paths, random.Random(n), going)) for n, client in enumerate(clients)]
    calls += [(writer.work, (going,)) for writer in writers]
    threads = [threading.Thread(target=call, args=arguments) for call, arguments in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


def load(home: Path, city: dict[str, Any], datasets: int, seconds: float) -> dict[str, Any]:
    names = [quote(name) for name in fill(home, datasets)]
    paths = {
        "home": ["/"],
        "list": [f"/datasets/?page={page}" for page in range(1, 9)] + ["/datasets/?theme=finance"],
        "search": [f"/datasets/?q={quote(word)}" for word in WORDS],
        "dataset": [f"/dataset/{name}/" for name in names],
        "download": [f"/dataset/{name}/download/csv/" for name in names[:13]],
        "api": [f"/api/v1/datasets/{name}" for name in names],
        "api_rows": [f"/api/v1/datasets/{name}/rows?size=20" for name in names],
    }
    floor, figures = Figures(), Figures()
    with Served(home) as served:
        floor_seconds = crowd(served, {"floor": ["/healthz"]}, seconds / 6, [], floor)
        writers = [Writer(Client(served.port, figures), number, city) for number in range(WRITERS)]
        taken = crowd(served, paths, seconds, writers, figures)
        complaints = served.complaints()
    report = {"floor": floor.summary(floor_seconds), **figures.summary(taken)}
    least = report["floor"]["kinds"]["floor"]["p95_ms"]
    for kind in report["kinds"].values():
        kind["p95_over_floor"] = round(kind["p95_ms"] / least, 1)
    sent, kept = sum(writer.sent for writer in writers), sum(writer.kept for writer in writers)
    errors = dict(figures.errors + floor.errors)
    report |= {"datasets": datasets, "seconds": round(taken, 1), "uploads": sent, "published": kept}
    return {**report, "errors": errors, "log": complaints, "passed": not errors and not complaints and sent == kept > 0}


def register() -> None:
    """Make the benchmark's task known to this process."""
    from datadam.core import jobs

    @jobs.task("bench.effect")
    def effect(job: Any) -> None:
        insert(job.id)
        time.sleep(GAP)


def insert(job: int) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_run (job) VALUES (%s)", [job])
        cursor.execute("INSERT INTO bench_effect (job) VALUES (%s) ON CONFLICT DO NOTHING", [job])


def work() -> None:
    """This program as the worker that is killed."""
    from datadam.core import home

    home.open_home()
    register()
    from datadam.core.worker import Worker

    Worker(("light", "heavy")).serve()


def query(statement: str) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def prepare(wanted: int) -> float:
    """The tables and the jobs; returns the seconds of the floor: the effects alone, in a plain loop."""
    from django.db import transaction

    from datadam.core import jobs
    from datadam.core.models import Job

    register()
    query("CREATE TABLE bench_run (job bigint NOT NULL)")
    query("CREATE TABLE bench_effect (job bigint PRIMARY KEY)")
    started = time.perf_counter()
    for number in range(wanted):
        insert(-number)
        time.sleep(GAP)
    seconds = time.perf_counter() - started
    query("DELETE FROM bench_run")
    query("DELETE FROM bench_effect")
    for start in range(0, wanted, 500):
        with transaction.atomic():
            made = [jobs.enqueue("bench.effect", actor=None) for _ in range(min(500, wanted - start))]
            Job.objects.filter(pk__in=[job.pk for job in made[::2]]).update(queue="heavy")
    return seconds


def done() -> int:
    return int(
        query("SELECT count(*) FROM core_job WHERE task = 'bench.effect' AND state NOT IN ('ready', 'running')")[0][0]
    )


def kill_at_random(wanted: int, kills: int) -> tuple[int, list[float]]:
    """Work the jobs off, killing the worker on the way. Returns the kills made and the seconds lost after each."""
    dice, made, pauses = random.Random(7), 0, []
    command = [sys.executable, __file__, "--work"]
    while True:
        before, began = done(), time.perf_counter()
        worker = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while done() == before < wanted:
            if worker.poll() is not None:
                raise SystemExit(f"the worker ended by itself with {worker.returncode}")
            time.sleep(0.02)
        pauses.append(time.perf_counter() - began)
        if made == kills or before >= wanted:
            break
        time.sleep(dice.uniform(0, 1.2 * wanted / kills / 500))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        made += 1
    while done() < wanted:
        time.sleep(0.1)
    worker.terminate()
    worker.wait(30)
    return made, pauses[1:]


def queue(wanted: int, kills: int) -> dict[str, Any]:
    floor = prepare(wanted)
    started = time.perf_counter()
    made, pauses = kill_at_random(wanted, kills)
    seconds = time.perf_counter() - started
    states = dict(query("SELECT state, count(*) FROM core_job WHERE task = 'bench.effect' GROUP BY state"))
    attempts = dict(query("SELECT attempts, count(*) FROM core_job WHERE task = 'bench.effect' GROUP BY attempts"))
    effects, runs = query("SELECT (SELECT count(*) FROM bench_effect), (SELECT count(*) FROM bench_run)")[0]
    lost = query(
        "SELECT count(*) FROM core_job WHERE task = 'bench.effect' AND id NOT IN (SELECT job FROM bench_effect)"
    )
    report = {"jobs": wanted, "kills": made, "seconds": round(seconds, 1), "per_second": round(wanted / seconds, 1)}
    report |= {"floor_per_second": round(wanted / floor, 1), "over_floor": round(seconds / floor, 2)}
    report |= {"states": states, "attempts": attempts, "effects": effects, "runs": runs, "lost": lost[0][0]}
    report |= {"restart_s": round(sum(pauses) / len(pauses), 2) if pauses else None}
    right = states == {"done": wanted} and effects == wanted and lost[0][0] == 0 and made == kills
    return {**report, "passed": right}


def run(given: argparse.Namespace) -> dict[str, Any]:
    datasets, seconds, jobs, kills = (60, 10.0, 1000, 5) if given.small else (300, 60.0, 10_000, 20)
    report: dict[str, Any] = {"database": given.database}
    with a_home(given.database) as home:
        city = json.loads(
            subprocess.run(datadam("demo", "--no-serve", "--json"), check=True, capture_output=True).stdout
        )
        import django

        django.setup()
        if given.part in (None, "load"):
            report["load"] = load(home, city, datasets, seconds)
        if given.part in (None, "jobs"):
            report["jobs"] = queue(jobs, kills)
    report["passed"] = all(part["passed"] for part in report.values() if isinstance(part, dict))
    return report


def show(report: dict[str, Any]) -> None:
    for kind, figures in report.get("load", {}).get("kinds", {}).items():
        print(f"{kind:16}", *(f"{name} {value:>9}" for name, value in figures.items()))
    for part in ("load", "jobs"):
        facts = {name: value for name, value in report.get(part, {}).items() if name != "kinds"}
        print(part, json.dumps(facts, ensure_ascii=False))
    print("passed" if report["passed"] else "failed", f"({report['database']})")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print figures only")
    parser.add_argument("--small", action="store_true", help="60 datasets, 10 seconds; 1,000 jobs, 5 kills")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--part", choices=("load", "jobs"), help="only this part")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work()
        return
    report = run(given)
    print(json.dumps(report, ensure_ascii=False)) if given.json else show(report)
    sys.exit(not report["passed"])


if __name__ == "__main__":
    main()
