"""Damaged files of every format: each is read, every row accounted for, or refused with a reason in both languages.

Seeded: `DATADAM_FUZZ_SECONDS=300 pytest tests/lake/test_broken_bytes.py -n 0` goes on with each format for that long.
"""

import gzip
import io
import json
import os
import random
import re
import signal
import tempfile
import time
import zipfile
from contextlib import contextmanager

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datadam.catalog import codes
from datadam.lake.columns import Plans
from datadam.lake.errors import LakeError
from datadam.lake.intake import open_source
from datadam.lake.readers import open_tables
from datadam.lake.readers.text_pieces import Irregular
from tests.lake import test_formats as forms
from tests.lake.readers import test_spatial as spatial

SECONDS = float(os.environ.get("DATADAM_FUZZ_SECONDS", "0"))
CASES, FEWER, SLOW = 200, 20, ("xls",)  # a process of its own proves every old workbook
WHOLE = 2 if SECONDS else 20  # of so many cases one goes through the whole intake
DEADLINE = 30  # seconds that no small file may take
TABLE = [*forms.TABLE, *([f"{n:03d}", f"동 {n}", f"{n * 1000:,}", f"2024-03-{n % 28 + 1:02d}"] for n in range(12, 40))]
RECORDS = [dict(zip(TABLE[0], row, strict=True)) for row in TABLE[1:]]
ODD = (
    *(bytes([byte]) for byte in b"\0\xff\x80\n\"'<>&{}[],:"),
    *(b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xed\xa0\x80", b"9" * 20, b"-1", b"1e999", b"<!DOCTYPE a>", b"]]>"),
)


def sheet() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in TABLE:
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    book.save(out)
    return out.getvalue()


def parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(RECORDS).append_column("수", pa.array(range(len(RECORDS)))), out)
    return out.getvalue()


def geopackage(folder) -> bytes:
    shapes = [spatial.point(*place) for place in spatial.PLACES]
    columns = {"구군": spatial.NAMES, "값": [1.5, 2.5, 3.5]}
    return spatial.written(folder, "a.gpkg", shapes, columns, driver="GPKG", layer="자료").read_bytes()


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, bytes]:
    return made(tmp_path_factory)


def made(tmp_path_factory) -> dict[str, bytes]:
    """A small table in every format."""
    shape = spatial.parts(tmp_path_factory.mktemp("shape"))
    csv = "\n".join(",".join(f'"{cell}"' for cell in row) for row in TABLE).encode("cp949")
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS).encode()
    features = [
        {"type": "Feature", "properties": record, "geometry": {"type": "Point", "coordinates": [129.1, 35.1 + n / 100]}}
        for n, record in enumerate(RECORDS)
    ]
    return {
        **forms.FILES,
        "csv": csv,
        "tsv": "\n".join("\t".join(row) for row in TABLE).encode(),
        "utf16": "\n".join("\t".join(row) for row in TABLE).encode("utf-16"),
        "xlsx": sheet(),
        "ndjson": lines,
        "json": json.dumps({"currentCount": len(RECORDS), "data": RECORDS, "totalCount": len(RECORDS)}).encode(),
        "geojson": json.dumps({"type": "FeatureCollection", "features": features}).encode(),
        "parquet": parquet(),
        "shapefile": zipped({f"자료.{ending}": content for ending, content in shape.items()}),
        "dbf": shape["dbf"],
        "gpkg": geopackage(tmp_path_factory.mktemp("gpkg")),
        "rds": gzip.compress(forms.FILES["rdata"]),
        "zip": zipped({"2024/a.csv": csv, "b.ndjson": lines}),
        "gzip": gzip.compress(csv),
    }


FORMATS = (
    "csv", "tsv", "utf16", "xlsx", "xls", "hwpx", "json", "ndjson", "geojson", "xml", "html", "xml_spreadsheet",
    "shapefile", "dbf", "gpkg", "parquet", "rdata", "rds", "zip", "gzip",
)  # fmt: skip


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Flips, cuts, insertions, repetitions; of what an archive or gzip holds as often as of the whole."""
    if chance.random() < 0.6:
        if content.startswith(b"PK\x03\x04"):
            return _inside(content, chance)
        if content.startswith(b"\x1f\x8b"):
            return gzip.compress(_mangled(gzip.decompress(content), chance))
    return _mangled(content, chance)


def _inside(content: bytes, chance: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice([name for name in members if members[name]])
    if chance.random() < 0.1:
        del members[name]
    else:
        members[name] = _mangled(members[name], chance)
    return zipped(members)


def _mangled(content: bytes, chance: random.Random) -> bytes:
    made = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 5, 20))):
        place = chance.randrange(len(made) + 1)
        end = min(len(made), place + chance.choice((1, 2, 4, 16, 200)))
        match chance.randrange(7):
            case 0:
                made[place:end] = bytes(byte ^ (1 << chance.randrange(8)) for byte in made[place:end])
            case 1:
                made[place:end] = chance.randbytes(end - place)
            case 2:
                del made[place:end]
            case 3:
                made[place:place] = chance.choice(ODD)
            case 4:
                made[place : place + 4] = chance.choice(ODD)
            case 5:
                made[place:place] = made[place:end] * chance.choice((1, 3, 50))
            case 6 if chance.random() < 0.3:
                del made[place:]
    return bytes(made)


class TooLong(Exception):
    pass


def _ring(number, frame):
    raise TooLong


@contextmanager
def in_time():
    before = signal.signal(signal.SIGALRM, _ring)
    signal.alarm(DEADLINE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def taken_in(lake, content: bytes) -> str:
    """The whole intake: its status, or why it was refused."""
    reports = lake.take(content, "파일", dry_run=True)
    assert reports
    for report in reports:
        if report.status == "refused":
            judge(report.reason, report.message_ko, report.message_en)
        else:
            assert report.status == "loaded" and report.columns, report
            parts = report.rows_loaded + report.rows_quarantined + sum(report.rows_set_aside.values())
            assert report.rows_read == parts, report
    return reports[0].reason or reports[0].status


def judge(code: str, ko: str, en: str) -> None:
    assert code in codes.READING and code != "engine_failed", code
    assert re.search("[가-힣]", ko) and en, code


def looked_at(lake, content: bytes) -> str:
    """Reading and typing alone, ten times as fast."""
    source = open_source(lake.staging, lake.staging.seal(io.BytesIO(content)).id, "파일")
    try:
        for table in open_tables(source, policy="apply"):
            typed(table)
    except LakeError as refusal:
        judge(refusal.code, refusal.ko, refusal.en)
        return refusal.code
    return "loaded"


def typed(table) -> None:
    try:
        plans = Plans.of(table, "apply")
        for unit in table.units():
            plans = plans.fitted(unit)
    except Irregular:
        assert table.be_careful()
        typed(table)


@pytest.mark.parametrize("kind", FORMATS)
def test_damaged_bytes_are_read_or_refused(lake, files, kind, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    content = files[kind]
    assert taken_in(lake, content) == looked_at(lake, content) == "loaded"
    started, seed = time.monotonic(), 0
    while seed < (FEWER if kind in SLOW else CASES) or time.monotonic() - started < SECONDS:
        broken = damaged(content, random.Random(f"{kind} {seed}"))
        try:
            with in_time():
                (looked_at if seed % WHOLE else taken_in)(lake, broken)
        except Exception as error:
            raise AssertionError(f"{kind}, seed {seed}: {type(error).__name__}: {error}") from error
        assert not list(scratch.iterdir()), f"{kind}, seed {seed}: left in the temporary folder"
        left = [path for path in lake.staging.folder.iterdir() if path.is_dir()]
        assert not left, f"{kind}, seed {seed}: left in staging"
        for path in lake.staging.folder.iterdir():
            path.unlink()
        seed += 1
    assert not (lake.root / "lake").exists()
