"""What makes data safe to publish, in seconds: the search for personal data, and a whole ingest with every check.

    python benchmarks/safety.py [--json] [--small] [--runs 3]

The table: 200 columns of 1,000,000 rows, seed 7. 10 sequences, 60 categories, 30 decimals, 20 integers below 10^7,
20 codes, 12 dates, 8 moments, 8 street addresses, 8 free texts, 6 landlines, 2 resident numbers, 6 integers of 13
digits, 4 e-mail addresses, 6 hexadecimal digests. `all_text` is the worst case: 40 columns, of the text kinds alone.
Product and floor of these (DuckDB reads every value into a hash) are processes of their own, in turn.

`corpus`: of 200 numbers of each structured kind in every writing, alone and within Korean sentences, the share that is
found; and of the columns that only look like them how many are taken for them (tests/lake/personal/corpus.py, seed 1).

`ingest`: the file and the floor of `ingest.py` (3,000,000 rows), as the next release of a dataset whose proposed rules
were all accepted after 99,999 rows of the same kind, and of which a steward has said that it counts cases: profile,
search for personal data, rules and small cells over every row, then the commit.

`cells`: 3,000,000 cells of persons (day, hour, place; negative binomial, mean 99, seed 7): the look at them, and all
that are small withheld; the floor is NumPy sorting as many keys once.
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

sys.path.remove(str(Path(__file__).resolve().parent))  # platform.py beside this file hides Python's own

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.append(str(Path(__file__).resolve().parent))  # at the end: only what nothing else is called
sys.path.append(str(Path(__file__).resolve().parents[1]))  # for the authored corpus of the tests
from ingest import FLOOR as INGEST_FLOOR
from ingest import Bench, measured, write_rows

from datadam.lake.personal.scanning import scan_table
from tests.lake.personal import corpus as authored

MIX = {"id": 10, "category": 60, "decimal": 30, "integer": 20, "code": 20, "day": 12, "moment": 8, "address": 8,
       "text": 8, "landline": 6, "resident": 2, "large": 6, "mail": 4, "digest": 6}  # fmt: skip
TEXT = {"address": 8, "text": 8, "landline": 6, "resident": 6, "mail": 6, "digest": 6}
WORDS = np.array(
    ["민원", "접수", "도로", "파손", "가로등", "고장", "신고", "처리", "요청", "확인", "담당", "공사", "소음"]
)
PEAK = """
def peak():
    from pathlib import Path
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024
"""
SCAN = """
import sys, time; from pathlib import Path
from datadam.lake.personal.scanning import scan
start = time.perf_counter(); found = scan([Path(sys.argv[1])], [])
print(time.perf_counter() - start, peak(), len(found))
"""
FLOOR = """
import sys, time, duckdb; from pathlib import Path
start = time.perf_counter(); d = duckdb.connect(); d.execute("SET enable_progress_bar = false")
d.execute(f"SELECT bit_xor(hash(COLUMNS(*))) FROM read_parquet('{sys.argv[1]}')").fetchall()
print(time.perf_counter() - start, peak(), 0)
"""


def drawn(rows: int) -> dict[str, pa.Array]:
    """One column of each kind."""
    rng = np.random.default_rng(7)

    def below(high: int, low: int = 0) -> np.ndarray:
        return rng.integers(low, high, rows)

    def written(form: str, *columns: np.ndarray) -> pa.Array:
        return pa.array([form % row for row in zip(*(column.tolist() for column in columns), strict=True)])

    texts = WORDS[rng.integers(0, len(WORDS), (rows, 8))].tolist()
    return {
        "id": pa.array(np.arange(rows)),
        "category": pa.array([f"분류{i:03d}" for i in range(16)]).take(pa.array(below(16))),
        "decimal": pa.array(rng.random(rows) * 1e5),
        "integer": pa.array(below(10**7)),
        "code": written("%s%06d", np.array(list("ABCD"))[below(4)], below(10**6)),
        "day": pa.array(below(20_000).astype("int32")).cast(pa.date32()),
        "moment": pa.array((below(10**9) + 10**9).astype("datetime64[s]")),
        "address": written("부산광역시 해운대구 %s로 %d번길 %d", WORDS[below(13)], below(99), below(300)),
        "text": pa.array([" ".join(words) + f" {n}건" for words, n in zip(texts, below(999).tolist(), strict=True)]),
        "landline": written("051-%03d-%04d", below(1000, 100), below(10_000)),
        "resident": written("%02d%02d%02d-%d%06d", below(100), below(13, 1), below(29, 1), below(3, 1), below(10**6)),
        "large": pa.array(below(10**13, 10**12)),
        "mail": written("user%05d@example.com", below(10**5)),
        "digest": written("%08x%08x", below(2**32), below(2**32)),
    }


def write(path: Path, columns: dict[str, pa.Array], mix: dict[str, int]) -> None:
    names = [(f"{kind}{i}", kind) for kind, times in mix.items() for i in range(times)]
    schema = pa.schema([(name, columns[kind].type) for name, kind in names])
    dictionary = [name for name, kind in names if kind == "category"] or False
    rows, step = len(columns["id"]), 1 << 17
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1, use_dictionary=dictionary) as out:
        for start in range(0, rows, step):
            out.write_table(pa.table([columns[kind].slice(start, step) for _, kind in names], schema=schema))


def run(script: str, path: Path) -> tuple[float, int, int]:
    out = subprocess.run(
        [sys.executable, "-c", PEAK + script, str(path)], check=True, capture_output=True, text=True
    ).stdout
    seconds, memory, found = out.split()
    return float(seconds), int(memory), int(found)


def compare(path: Path, runs: int) -> dict[str, object]:
    taken = [(run(SCAN, path), run(FLOOR, path)) for _ in range(runs)]
    scan, floor = (statistics.median(pair[i][0] for pair in taken) for i in (0, 1))
    return {
        "seconds": {"scan": round(scan, 2), "floor": round(floor, 2)},
        "range": [round(f(pair[0][0] for pair in taken), 2) for f in (min, max)],
        "times_floor": round(scan / floor, 2),
        "peak_mib": max(pair[0][1] for pair in taken),
        "sightings": taken[0][0][2],
    }


def corpus(size: int = 200) -> dict[str, object]:
    """Recall by kind, and the look-alikes that were taken for something."""
    rng = random.Random(1)
    plain = {"as it is": lambda text: text}
    kinds = {
        "resident_number": (authored.resident, authored.RESIDENT_WRITINGS),
        "foreigner_number": (lambda r: authored.resident(r, foreign=True), authored.RESIDENT_WRITINGS),
        "resident_number without check digit": (
            lambda r: authored.resident(r, checked=False), authored.RESIDENT_WRITINGS
        ),
        "phone": (authored.mobile, authored.PHONE_WRITINGS),
        "email": (authored.email, authored.MAIL_WRITINGS),
        "card": (authored.card, plain),
    }  # fmt: skip
    recall = {}
    for name, (make, writings) in kinds.items():
        counts = []
        for write_one in writings.values():
            texts = [write_one(make(rng)) for _ in range(size)]
            for sentence in ("{}",) if writings is plain else authored.SENTENCES:
                found = scan_table(pa.table({"비고": [sentence.format(text) for text in texts]}))
                counts.append(sum(each.count for each in found if each.kind == name.split()[0]) / size)
        recall[name] = round(sum(counts) / len(counts), 4)
    alike = {name: [make(rng) for _ in range(size)] for name, make in authored.LOOKALIKES.items()}
    taken = [name for name, values in alike.items() if scan_table(pa.table({name: values}))]
    return {"recall": recall, "look_alikes": len(alike), "taken": taken}


def cells(size: int, runs: int) -> dict[str, object]:
    """A table that counts persons, looked at and treated."""
    from datadam.science.privacy import Spec, Treatment, protect

    rng, days = np.random.default_rng(7), size // 1000
    table = pa.table(
        {
            "일자": pa.array(np.repeat(np.arange(days), 1000).astype(str)).dictionary_encode(),
            "시간": pa.array(np.tile(np.repeat(np.arange(10), 100), days).astype(str)).dictionary_encode(),
            "구역": pa.array(np.tile(np.arange(100), 10 * days).astype(str)).dictionary_encode(),
            "이용자수": rng.negative_binomial(1, 0.01, days * 1000),
        }
    )
    spec, keys = Spec(("일자", "시간", "구역"), ("이용자수",)), rng.integers(0, 2**60, table.num_rows)
    steps = {
        "look": lambda: protect(table, spec),
        "withheld": lambda: protect(table, spec, Treatment("suppress")),
        "floor": lambda: np.unique(keys),
    }
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(runs):
        for name, step in steps.items():
            started = time.perf_counter()
            step()
            taken[name].append(time.perf_counter() - started)
    seconds = {name: round(statistics.median(each), 2) for name, each in taken.items()}
    times = {name: round(seconds[name] / max(seconds["floor"], 0.01), 2) for name in ("look", "withheld")}
    return {
        "cells": table.num_rows,
        "at_risk": protect(table, spec).before.count,
        "seconds": seconds,
        "times_floor": times,
    }


def ingest(bench: Bench, rows: int, runs: int) -> dict[str, object]:
    """The next release of a dataset with rules, beside the floor."""
    first, source = bench.folder / "카드이용_202101.csv", bench.folder / "카드이용_202102.csv"
    write_rows(first, min(rows, 100_000) - 1)
    write_rows(source, rows)
    home, ready = bench.folder / "home", bench.folder / "ready"
    env = {**bench.env, "DATADAM_HOME": str(home)}

    def datadam(*words: str) -> list[str]:
        return [str(bench.cli), *words, "--json"]

    measured(datadam("init"), env)
    _, _, out = measured(datadam("ingest", str(first), "--org", "bench"), env)
    (told,) = json.loads(out)["datasets"]
    dataset = told["dataset"]
    if told["reason"] != "small_cells":
        raise SystemExit(f"cases by day, district, trade, code, sex and age are to be asked about: {told}")
    measured(datadam("decide", dataset, "--set", "cells=things", "--reason", "authored: cases, no people"), env)
    rules = json.loads(measured(datadam("rules", dataset, "--accept-all"), env)[2])
    home.rename(ready)
    taken, floors, peak, told = [], [], 0, {}
    for turn in range(runs + 1):  # the first warms the caches
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(ready, home)
        seconds, memory, out = measured(datadam("ingest", str(source), "--org", "bench", "--dataset", dataset), env)
        (told,) = json.loads(out)["datasets"]
        if told["status"] != "loaded":
            raise SystemExit(f"not loaded: {told}")
        floor = bench.script(INGEST_FLOOR, source)[0]
        if turn:
            taken.append(seconds)
            floors.append(floor)
            peak = max(peak, memory)
    product, floor = statistics.median(taken), statistics.median(floors)
    return {
        "rows": told["rows_read"],
        "rules": len([each for each in rules["rules"] if each["state"] == "active"]),
        "seconds": {"product": round(product, 2), "floor": round(floor, 2)},
        "range": [round(min(taken), 2), round(max(taken), 2)],
        "times_floor": round(product / floor, 2),
        "peak_mib": round(peak / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--small", action="store_true", help="50,000 rows, one run")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    rows, runs = (50_000, 1) if options.small else (1_000_000, options.runs)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="datadam-bench-") as name:
        columns, result = drawn(rows), {"benchmark": "safety", "cores": os.cpu_count(), "rows": rows}
        for title, mix in (("scan", MIX), ("all_text", TEXT)):
            path = Path(name) / f"{title}.parquet"
            write(path, columns, mix)
            result[title] = {"columns": sum(mix.values()), **compare(path, runs)}
            path.unlink()
        result["corpus"] = corpus()
        result["cells"] = cells(50_000 if options.small else 3_000_000, runs)
        result["ingest"] = ingest(Bench(Path(name)), 100_000 if options.small else 3_000_000, runs)
    result["total_seconds"] = round(time.perf_counter() - started, 1)
    print(json.dumps(result, ensure_ascii=False, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
