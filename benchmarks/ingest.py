"""How long a file takes to become a typed, profiled Delta release, beside a floor and beside pandas.

    python benchmarks/ingest.py [--json] [--small] [--runs 5] [--large]

The file: CP949 CSV, 3,000,000 rows of 9 columns (about 170 MB), quoted thousands, 0.1 % bad rows, seed 2021.
Three whole processes, start-up included, run in turn on the same file:

* product: `datadam ingest FILE --org bench --json` on an initialised home: sealed staging, typing, quarantine, Delta
  commit (fsync on), profile, catalogue rows.
* floor: Python's codec transcodes the file to UTF-8, then a bare DuckDB `COPY` of it to zstd Parquet.
* pandas: read_csv, describe of every column, delta-rs write (what a data scientist would do by hand).

`--large` takes in the same rows 20 times over (60,000,000) and compares memory and time. Ratios are of medians.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DISTRICTS = [
    "중구", "서구", "동구", "영도구", "부산진구", "동래구", "남구", "북구",
    "해운대구", "사하구", "금정구", "강서구", "연제구", "수영구", "사상구", "기장군",
]  # fmt: skip
TRADES = ["한식", "중식", "카페", "편의점", "의류", "숙박", "약국", "주유소"]
HEADER = "거래일자,구군,업종,가맹점코드,성별,연령,이용금액,이용건수,평균단가\r\n"

FLOOR = """
import codecs, sys, duckdb
source, clear, target = sys.argv[1:]
decoder = codecs.getincrementaldecoder("cp949")()
with open(source, "rb") as f, open(clear, "wb") as o:
    while c := f.read(8 << 20):
        o.write(decoder.decode(c).encode())
duckdb.connect().execute(
    f"COPY (SELECT * FROM read_csv('{clear}', ignore_errors=true)) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
"""
PANDAS = """
import sys, warnings
import pandas as pd
from deltalake import write_deltalake
warnings.simplefilter("ignore")
source, _, target = sys.argv[1:]
frame = pd.read_csv(source, encoding="cp949", thousands=",", on_bad_lines="skip", dtype={"가맹점코드": str})
frame["이용건수"] = pd.to_numeric(frame["이용건수"], errors="coerce")
frame["거래일자"] = pd.to_datetime(frame["거래일자"], format="%Y%m%d").dt.date
frame.describe(include="all")
write_deltalake(target, frame)
"""


def write_rows(path: Path, rows: int, times: int = 1) -> None:
    """The benchmark's file: `rows` authored rows, written `times` over."""
    rng = random.Random(2021)
    with path.open("wb") as out:
        out.write(HEADER.encode("cp949"))
        body = bytearray()
        for _ in range(rows):
            body += _row(rng).encode("cp949")
        for _ in range(times):
            out.write(body)


def _row(rng: random.Random) -> str:
    amount, count = rng.randrange(1_000, 9_999_999), rng.randrange(1, 999)
    shown, number = f'"{amount:,}"', str(count)
    if rng.random() < 0.001:
        shown, number = (shown.strip('"'), number) if rng.random() < 0.5 else (shown, "해당없음")
    price = f"{amount / count:.1f}"
    return (
        f"2021{rng.randrange(12) + 1:02d}{rng.randrange(28) + 1:02d},{rng.choice(DISTRICTS)},{rng.choice(TRADES)},"
        f"{rng.randrange(100_000):06d},{rng.choice('MF')},{rng.randrange(2, 7)}0,{shown},{number},{price}\r\n"
    )


def measured(command: list[str], env: dict[str, str]) -> tuple[float, int, str]:
    """Seconds, peak memory (KiB) and standard output of one whole process."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, env=env, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        out.seek(0)
        text = out.read().decode()
    if status:
        raise SystemExit(f"{command[0:3]} failed with status {status}")
    return seconds, usage.ru_maxrss, text


class Bench:
    """Runs the three processes on one file in a folder that is removed afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("DATADAM_", "DATABASE_URL"))}
        self.env.pop("PYTHONDONTWRITEBYTECODE", None)
        self.cli = Path(sys.executable).with_name("datadam")

    def product(self, source: Path) -> tuple[float, int, dict[str, object]]:
        home = self.folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        env = {**self.env, "DATADAM_HOME": str(home)}
        subprocess.run([self.cli, "init"], env=env, check=True, stdout=subprocess.DEVNULL)
        seconds, memory, out = measured([str(self.cli), "ingest", str(source), "--org", "bench", "--json"], env)
        (dataset,) = json.loads(out)["datasets"]
        if dataset["status"] != "loaded":
            raise SystemExit(f"not loaded: {dataset}")
        return seconds, memory, dataset

    def script(self, text: str, source: Path) -> tuple[float, int]:
        target = self.folder / "target"
        shutil.rmtree(target, ignore_errors=True)
        target.unlink(missing_ok=True)
        command = [sys.executable, "-c", text, str(source), str(self.folder / "clear.csv"), str(target)]
        return measured(command, self.env)[:2]


def compare(bench: Bench, source: Path, runs: int) -> dict[str, object]:
    times: dict[str, list[float]] = {"product": [], "floor": [], "pandas": []}
    peaks: dict[str, int] = {}
    dataset: dict[str, object] = {}
    for turn in range(runs + 1):  # the first turn warms the caches and does not count
        seconds, memory, dataset = bench.product(source)
        found = {"product": (seconds, memory), "floor": bench.script(FLOOR, source)}
        if turn < 3:
            found["pandas"] = bench.script(PANDAS, source)
        for name, (taken, peak) in found.items():
            if turn:
                times[name].append(taken)
            peaks[name] = max(peaks.get(name, 0), peak)
    medians = {name: statistics.median(values) for name, values in times.items() if values}
    return {
        "file_mb": round(source.stat().st_size / 1e6, 1),
        "rows_read": dataset["rows_read"],
        "rows_quarantined": dataset["rows_quarantined"],
        "seconds": {name: round(value, 2) for name, value in medians.items()},
        "range": {name: [round(min(v), 2), round(max(v), 2)] for name, v in times.items() if v},
        "peak_mib": {name: round(value / 1024) for name, value in peaks.items()},
        "times_floor": round(medians["product"] / medians["floor"], 2),
        "times_pandas": round(medians["product"] / medians["pandas"], 2) if "pandas" in medians else None,
    }


def large(bench: Bench, rows: int) -> dict[str, object]:
    """The same rows 20 times over, once each, one after the other."""
    found = {}
    for times in (1, 20):
        source = bench.folder / f"x{times}.csv"
        write_rows(source, rows, times)
        found[times] = bench.product(source)[:2]
        source.unlink()
    return {
        "rows": [rows, 20 * rows],
        "seconds": [round(found[n][0], 2) for n in (1, 20)],
        "peak_mib": [round(found[n][1] / 1024) for n in (1, 20)],
        "time_ratio": round(found[20][0] / found[1][0], 2),
        "memory_ratio": round(found[20][1] / found[1][1], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--small", action="store_true", help="100,000 rows, two runs")
    parser.add_argument("--large", action="store_true", help="also the 20-fold file")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    rows, runs = (100_000, 2) if options.small else (3_000_000, options.runs)
    with tempfile.TemporaryDirectory(prefix="datadam-bench-") as name:
        bench = Bench(Path(name))
        source = bench.folder / "카드이용.csv"
        write_rows(source, rows)
        result = {"benchmark": "ingest", "cores": os.cpu_count(), **compare(bench, source, runs)}
        source.unlink()
        if options.large:
            result["large"] = large(bench, rows)
    print(json.dumps(result, ensure_ascii=False, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
