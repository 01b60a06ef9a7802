"""How long a backup takes beside a plain copy of the same bytes, made in turn.

    python benchmarks/backup.py [--json] [--small] [--gigabytes 10] [--runs 3]

A home with one dataset whose table is filled up with data files of 192 MB of random bytes (a copy cannot tell them from
Parquet, and a file system cannot compress them). Three things run in turn, in an order that alternates:

* backup: `datadam backup` (its core, start-up excluded): database, lake and keys, BLAKE3 of every file, fsync of every
  file and folder.
* synced: shutil.copytree of the same files, then fsync of every file: the same promise, without hashes.
* plain: shutil.copytree alone, whose bytes may still be in memory when it ends.

Caches are not dropped: every reader finds the source as warm as the one before it left it. Ratios are of the best runs.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BOUND = 1.3
FILE = 192 << 20
PRODUCT = """
import sys, time
from pathlib import Path
from datadam.core import home
home.open_home()
from datadam.core.keeping import backup
started = time.perf_counter()
made = backup.back_up(target=Path(sys.argv[1]))
print(time.perf_counter() - started, made["bytes"])
"""


def build(home: Path, size: int, env: dict[str, str]) -> None:
    """A home whose one table names `size` bytes of data files."""
    file = home.parent / "bench_202209.csv"
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    command = [sys.executable, "-m", "datadam.cli", "ingest", str(file), "--org", "bench", "--json"]
    subprocess.run(command, env=env, check=True, capture_output=True)
    (log,) = home.glob("lake/tables/*/_delta_log")
    last = sorted(log.glob("*.json"))[-1]
    lines = [last.read_text(encoding="utf-8").rstrip("\n")]
    done = 0
    while done < size:
        count = min(FILE, size - done)
        name = f"part-bench-{done:015d}.zstd.parquet"
        with (log.parent / name).open("wb") as out:
            for start in range(0, count, 8 << 20):
                out.write(os.urandom(min(8 << 20, count - start)))
            os.fsync(out.fileno())
        add = {"path": name, "partitionValues": {}, "size": count, "modificationTime": 0, "dataChange": True}
        lines.append(json.dumps({"add": add}))
        done += count
    last.write_text("\n".join(lines) + "\n", encoding="utf-8")


def product(home: Path, target: Path, env: dict[str, str]) -> float:
    done = subprocess.run(
        [sys.executable, "-c", PRODUCT, str(target)], env=env, check=True, capture_output=True, text=True
    )
    return float(done.stdout.split()[0])


def copy(home: Path, target: Path, *, synced: bool) -> float:
    started = time.perf_counter()
    for name in ("lake", "keys"):
        shutil.copytree(home / name, target / name)
    shutil.copy(home / "datadam.sqlite3", target / "datadam.sqlite3")
    if synced:
        for path in target.rglob("*"):
            if path.is_file():
                handle = os.open(path, os.O_RDONLY)
                os.fsync(handle)
                os.close(handle)
    return time.perf_counter() - started


def run(size: int, runs: int) -> dict[str, object]:
    folder = Path(tempfile.mkdtemp(prefix="datadam-bench-"))
    home = folder / "home"
    env = {**os.environ, "DATADAM_HOME": str(home), "DJANGO_SETTINGS_MODULE": "datadam.config.settings"}
    env = {name: value for name, value in env.items() if name not in ("DATABASE_URL", "DATADAM_LAKE")}
    ways = {
        "backup": lambda target: product(home, target, env),
        "synced": lambda target: copy(home, target, synced=True),
        "plain": lambda target: copy(home, target, synced=False),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    try:
        build(home, size, env)
        for number in range(runs):
            order = list(ways) if number % 2 == 0 else list(reversed(ways))
            for name in order:
                os.sync()  # what the one before left in memory is not on this one's account
                target = folder / f"{name}-{number}"
                times[name].append(ways[name](target))
                shutil.rmtree(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    best = {name: min(found) for name, found in times.items()}
    ratio = best["backup"] / best["synced"]
    return {
        "gigabytes": round(size / 1e9, 3),
        "runs": runs,
        "fsync": "backup and synced: every file; plain: none",
        "seconds": {name: [round(each, 2) for each in found] for name, found in times.items()},
        "backup_over_synced": round(ratio, 2),
        "backup_over_plain": round(best["backup"] / best["plain"], 2),
        "bound": BOUND,
        "passed": ratio <= BOUND,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print figures only")
    parser.add_argument("--small", action="store_true", help="400 MB, two runs")
    parser.add_argument("--gigabytes", type=float, default=10.0)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    report = run(400_000_000, 2) if given.small else run(int(given.gigabytes * 1e9), given.runs)
    if given.json:
        print(json.dumps(report))
        return
    for name, value in report.items():
        print(f"{name:20} {value}")


if __name__ == "__main__":
    main()
