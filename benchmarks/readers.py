"""How long the readers take beside the bare libraries that know the same formats.

    python benchmarks/readers.py [--json] [--small] [--runs 5]

Authored files, seed 2021. Product: `open_tables` and every block of the table, from bytes to Arrow columns with the row
account. Each peer reads the same file in the same process, in turn; ratios are of medians.

* geojson_points, geojson_areas: 200,000 points, 20,000 polygons of about 40 corners; beside `pyogrio.read_arrow`
* shapefile_points, shapefile_areas: the same, CP949, in a zip; beside `pyogrio.read_arrow` of the zip (bound 1.5)
* xlsx: 500,000 rows of 6 columns; beside python-calamine's bare iteration over the sheet (bound 2)
* detectors: a clean CSV of 1,000,000 rows read with every detector of layouts and rows; beside the same reader told to
  take the file as it stands (policy "none"; bound 1.1 of the quickest runs, by processor time)
"""

import argparse
import contextlib
import json
import os
import random
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).resolve().parent]

import numpy as np  # noqa: E402 (platform.py beside this file would hide Python's own)
import pyogrio  # noqa: E402

from datadam.lake.readers import Policy, Source, open_tables  # noqa: E402

DISTRICTS = [
    "중구", "서구", "동구", "영도구", "부산진구", "동래구", "남구", "북구",
    "해운대구", "사하구", "금정구", "강서구", "연제구", "수영구", "사상구", "기장군",
]  # fmt: skip
BOUNDS = {"geojson": 1.5, "shapefile": 1.5, "xlsx": 2.0, "detectors": 1.1}


def fields(rng: random.Random, row: int) -> dict[str, object]:
    return {
        "관리번호": f"{row:07d}",
        "구군": rng.choice(DISTRICTS),
        "시설명": f"{rng.choice(DISTRICTS)} 시설 {rng.randrange(10_000)}",
        "면적": round(rng.random() * 10_000, 2),
        "연도": rng.randrange(1990, 2026),
    }


def shape(rng: random.Random, corners: int) -> dict[str, object]:
    west, south = 128.8 + rng.random() * 0.4, 35.0 + rng.random() * 0.3
    if corners == 1:
        return {"type": "Point", "coordinates": [round(west, 7), round(south, 7)]}
    angles = np.linspace(0, 2 * np.pi, corners)
    wobble = 0.001 * (1 + 0.2 * np.array([rng.random() for _ in range(corners)]))
    wobble[-1] = wobble[0]
    ring = np.column_stack([west + wobble * np.cos(angles), south + wobble * np.sin(angles)]).round(7)
    ring[-1] = ring[0]
    return {"type": "Polygon", "coordinates": [ring.tolist()]}


def write_geojson(path: Path, rows: int, corners: int) -> None:
    rng = random.Random(2021)
    with path.open("w", encoding="utf-8") as out:
        out.write('{"type":"FeatureCollection","features":[\n')
        for row in range(rows):
            feature = {"type": "Feature", "properties": fields(rng, row), "geometry": shape(rng, corners)}
            out.write((",\n" if row else "") + json.dumps(feature, ensure_ascii=False))
        out.write("\n]}\n")


def write_shapefile(path: Path, geojson: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        meta, _, geometry, columns = pyogrio.raw.read(geojson)
        names = [field[:3] for field in meta["fields"]]
        kind = "Point" if "points" in path.name else "Polygon"
        pyogrio.raw.write(
            Path(name) / "자료.shp", geometry, columns, names, geometry_type=kind, crs="EPSG:4326", encoding="CP949",
            driver="ESRI Shapefile",
        )  # fmt: skip
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(Path(name).iterdir()):
                archive.write(part, "layer" + part.suffix)


def write_xlsx(path: Path, rows: int) -> None:
    import openpyxl

    rng = random.Random(2021)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("자료")
    for row in range(rows):
        values = fields(rng, row)
        if not row:
            sheet.append([*values, "비고"])
        sheet.append([*values.values(), "있음" if rng.random() < 0.3 else None])
    book.save(path)


def write_csv(path: Path, rows: int) -> None:
    rng = random.Random(2021)
    with path.open("w", encoding="utf-8", newline="") as out:
        for row in range(rows):
            values = fields(rng, row)
            if not row:
                out.write(",".join(values) + "\r\n")
            out.write(",".join(map(str, values.values())) + "\r\n")


def as_it_stands(path: Path) -> int:
    return product(path, "none")


def product(path: Path, policy: Policy = "apply") -> int:
    @contextlib.contextmanager
    def copy() -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "clear").write_bytes(path.read_bytes())
            yield Path(folder) / "clear"

    source = Source(lambda: path.open("rb"), path.name, path.stat().st_size, copy)
    (table,) = open_tables(source, policy=policy)
    return sum(unit().cells.num_rows for unit in table.units())


def bare_gdal(path: Path) -> int:
    return int(pyogrio.read_arrow(path)[1].num_rows)


def bare_calamine(path: Path) -> int:
    from python_calamine import CalamineWorkbook

    sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    return sum(1 for _ in sheet.iter_rows()) - 1


def compared(path: Path, peer: Callable[[Path], int], runs: int) -> dict[str, object]:
    clock, best = (time.process_time, min) if path.stem == "detectors" else (time.perf_counter, statistics.median)
    times: dict[str, list[float]] = {"product": [], "peer": []}
    rows: set[int] = set()
    for turn in range(runs + 1):  # the first turn warms the caches and does not count
        for name, read in (("product", product), ("peer", peer)):
            started = clock()
            rows.add(read(path))
            if turn:
                times[name].append(clock() - started)
    if len(rows) > 1:
        raise SystemExit(f"{path.name}: different numbers of rows: {rows}")
    typical = {name: best(taken) for name, taken in times.items()}
    return {
        "rows": rows.pop(),
        "mb": round(path.stat().st_size / 1e6, 1),
        "seconds": {name: round(value, 3) for name, value in typical.items()},
        "ratio": round(typical["product"] / typical["peer"], 2),
        "bound": BOUNDS[path.stem.split("_")[0]],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--small", action="store_true", help="a tenth of the rows, two runs")
    parser.add_argument("--only", default="", help="the cases whose name begins so")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    share, runs = (10, 2) if options.small else (1, options.runs)
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="datadam-bench-") as name:
        for kind, rows, corners in (("points", 200_000, 1), ("areas", 20_000, 40)):
            text, packed = Path(name) / f"geojson_{kind}.geojson", Path(name) / f"shapefile_{kind}.zip"
            if not text.stem.startswith(options.only) and not packed.stem.startswith(options.only):
                continue
            write_geojson(text, rows // share, corners)
            write_shapefile(packed, text)
            found[text.stem] = compared(text, bare_gdal, runs)
            found[packed.stem] = compared(packed, bare_gdal, runs)
        if "xlsx".startswith(options.only):
            book = Path(name) / "xlsx.xlsx"
            write_xlsx(book, 500_000 // share)
            found["xlsx"] = compared(book, bare_calamine, runs)
        if "detectors".startswith(options.only):
            clean = Path(name) / "detectors.csv"
            write_csv(clean, 1_000_000 // share)
            found["detectors"] = compared(clean, as_it_stands, runs)
    result = {"benchmark": "readers", "cores": os.cpu_count(), **found}
    print(json.dumps(result, ensure_ascii=False, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
