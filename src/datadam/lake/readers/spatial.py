"""Layers of maps: shapefiles, their attribute files alone, and GeoPackages, through GDAL's Arrow stream.

Geometries become lon and lat (points) or GeoJSON text, as for GeoJSON files, in WGS84 where the file tells its system.
"""

import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datadam.lake.errors import LakeError, Unreadable
from datadam.lake.readers import coordinates, dbf, wkb
from datadam.lake.readers.base import BadRow, Block, Kept, Policy, Source, Table, refused_table, unique_names, wants
from datadam.lake.readers.values import base64_array, localised, text_array
from datadam.lake.types import Finding, Proposal

PARTS = {"shp", "shx", "dbf", "prj", "cpg", "cst"}
SHAPE = b"\x00\x00\x27\x0a"
PROJECTIONS = (b"GEOGCS[", b"PROJCS[", b"GEOGCRS[", b"PROJCRS[")  # of a .prj file
SQLITE = b"SQLite format 3\0"
GEOPACKAGES = (b"GPKG", b"GP10", b"GP11")
STYLES = "layer_styles"  # how QGIS draws the layers
HEAD = 65_536
BATCH_BYTES = 32 * 2**20
BATCH_ROWS = 50_000
OWN_KEYS = ("", "fid", "ogc_fid", "OGC_FID")  # keys that the format and not the author made
AS_IT_IS = "ISO-8859-1"  # keeps every byte of a text, to be decoded here


def matches(head: bytes, source: Source) -> bool:
    """Whether the bytes are a GeoPackage, an attribute file (.dbf), or a part of a shapefile sent alone."""
    return head.startswith((SHAPE, *PROJECTIONS)) or is_geopackage(head) or dbf.header(head) is not None


def is_geopackage(head: bytes) -> bool:
    return head.startswith(SQLITE) and (head[68:72] in GEOPACKAGES or b"gpkg_contents" in head)


def tables(source: Source, *, policy: Policy) -> list[Table]:
    """The layers of a GeoPackage, or the table of a .dbf file. Raises Unreadable."""
    head = source.head()
    if head.startswith((SHAPE, *PROJECTIONS)):
        raise _part_missing("dbf")
    if is_geopackage(head):
        return _geopackage(source, policy)
    kept = Kept(source.path())
    path = _named(kept.path, "layer.dbf")
    return [_Layer(path, "layer", "dbf", kept, policy, _text(path, "")).table()]


def shapefile(folder: Kept, base: str, *, policy: Policy) -> Table:
    """The table of a shapefile whose parts lie in a folder as base.shp, base.dbf and so on. Raises Unreadable."""
    path = {ending: folder.path / f"{base}.{ending}" for ending in PARTS}
    page = next((_short(path[ending]) for ending in ("cpg", "cst") if path[ending].exists()), "")
    path["cpg"].unlink(missing_ok=True)  # GDAL is to leave the text as it is
    if not path["dbf"].exists():
        raise _part_missing("dbf")
    text = _text(path["dbf"], page)
    if not path["shp"].exists():
        return _Layer(path["dbf"], base, "dbf", folder, policy, text).table()
    _check_whole(path["shp"])
    if not path["shx"].exists():
        _write_index(path["shp"], path["shx"])
    return _Layer(path["shp"], base, "shapefile", folder, policy, text).table()


def _short(path: Path) -> str:
    return path.read_bytes()[:100].decode("ascii", "replace").strip()


@dataclass(frozen=True)
class _Text:
    """An attribute file: its header, the encoding of its text, and what is wrong in it."""

    header: dbf.Header
    encoding: str
    overruled: str
    misread: set[int]  # records whose numbers are none


def _text(path: Path, page: str) -> _Text:
    with path.open("rb") as file:
        header = dbf.header(file.read(HEAD))
    if header is None:
        raise _broken("dbf", "no dBASE header")
    if path.stat().st_size < header.size + header.records * header.record:
        raise _broken("dbf", f"{header.records} records announced")
    found = dbf.text_of(path, header, page)
    return _Text(header, found.encoding, found.overruled, dbf.misread(path, header))


def _check_whole(path: Path) -> None:
    """That a file is a shapefile (GDAL guesses other formats from the content) and as long as it says."""
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or not head.startswith(SHAPE):
        raise _broken("shp", "no shapefile header")
    if path.stat().st_size < 2 * int.from_bytes(head[24:28], "big"):
        raise _broken("shp", "shorter than announced")


def _write_index(shapes: Path, index: Path) -> None:
    """The index (.shx) of a shapefile that came without one: where each record begins, in 16-bit words."""
    with shapes.open("rb") as file, index.open("xb") as out:
        head = file.read(100)
        out.write(head)
        at = 100
        while len(record := file.read(8)) == 8:
            length = struct.unpack(">i", record[4:])[0]
            if length < 2:
                raise _broken("shp", f"a record of {length} words at {at}")
            out.write(struct.pack(">ii", at // 2, length))
            at += 8 + 2 * length
            file.seek(at)
        size = out.tell()
        out.seek(24)
        out.write(struct.pack(">i", size // 2))


def _part_missing(part: str) -> Unreadable:
    return Unreadable(
        "shape_part_missing",
        ko=f"SHP는 여러 파일이 한 벌입니다. 없는 파일: .{part}. .shp, .shx, .dbf, .prj를 한 ZIP으로 올려 주십시오.",
        en=f"A shapefile is a set of files; .{part} is missing. Send .shp, .shx, .dbf and .prj in one ZIP.",
        part=part,
    )


def _broken(part: str, detail: str) -> Unreadable:
    return Unreadable(
        "broken_layer",
        ko=f"공간 자료({part})가 손상되었거나 끝까지 전송되지 않았습니다. 원본을 다시 받아 올려 주십시오.",
        en=f"The spatial data ({part}) are damaged or incomplete ({detail[:150]}). Fetch them again.",
    )


@cache
def _gdal() -> Any:
    """pyogrio, imported when first needed."""
    import warnings

    import pyogrio

    warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"pyogrio|contextlib|datadam\.lake")
    return pyogrio


@contextmanager
def _understood(part: str) -> Iterator[None]:
    """Turns GDAL's errors into a refusal."""
    try:
        yield
    except (RuntimeError, ValueError, OSError, LookupError, NameError, pa.ArrowException) as error:  # as pyogrio does
        raise _broken(part, str(error).splitlines()[0] if str(error) else type(error).__name__) from error


def _named(path: Path, name: str) -> Path:
    """A private copy under a name that GDAL knows."""
    link = path.with_name(name)
    if not link.exists():
        link.symlink_to(path)
    return link


def _geopackage(source: Source, policy: Policy) -> list[Table]:
    kept = Kept(source.path())
    path = _named(kept.path, "layer.gpkg")
    with _understood("gpkg"):
        names = [str(name) for name, _ in _gdal().list_layers(path) if name != STYLES]
    found = [_layer_table(_Layer(path, name, "gpkg", kept, policy), name) for name in names]
    refusals = [table.refusal for table in found if table.refusal]
    if not found:
        raise Unreadable("no_records", ko="GeoPackage에 표가 없습니다.", en="The GeoPackage holds no layer.")
    if len(refusals) == len(found):
        raise refusals[0]
    if len(found) == 1:
        found[0].name = ""
    return found


def _layer_table(layer: "_Layer", name: str) -> Table:
    try:
        table = layer.table()
    except LakeError as refusal:
        return refused_table(name, "gpkg", refusal)
    table.name = name
    return table


@dataclass
class _Layer:
    """One layer of a file in a private folder, and how its columns become a table's."""

    path: Path
    name: str
    format: str
    kept: Kept
    policy: Policy
    text: _Text | None = None
    findings: list[Finding] = field(default_factory=list)

    def table(self) -> Table:
        """The table, its columns known and its rows not yet read."""
        with _understood(self.format):
            info = _gdal().read_info(self.path, layer=self.name, force_total_bounds=True, **self._as_it_is())
        shape = str(info["geometry_type"] or "")
        self.has_shape = bool(shape)
        self.points = shape.split(" ")[-1 if shape.startswith("2.5D") else 0] == "Point"
        self.features = max(0, int(info["features"]))
        wanted = wants(self.policy, "wgs84")
        self.place = coordinates.place_of(info["crs"], info["total_bounds"], transform=wanted)
        names = self._names(info)
        header, proposals = unique_names(names)
        self.header = header
        self._look_at_parts()
        encoding = self.text.encoding if self.text else "utf-8"
        found = [*proposals, *self._proposals(info)]
        return Table(
            "", self.format, encoding, {"layer": self.name}, header, found, self.blocks, findings=self.findings
        )

    def _as_it_is(self) -> dict[str, str]:
        return {"encoding": AS_IT_IS} if self.text else {}

    def _names(self, info: dict[str, Any]) -> list[str]:
        fields = [str(name) for name in info["fields"]]
        if self.text:
            encoding = self.text.encoding
            fields = [dbf.decoded(name.encode("latin-1"), encoding) or name for name in fields]
        self.key = str(info["fid_column"] or "")
        keys = [self.key] if self.key not in OWN_KEYS else []
        return [*keys, *fields, *self._shape_names()]

    def _shape_names(self) -> list[str]:
        if not self.has_shape:
            return []
        if not self.points:
            return ["geometry"]
        return ["lon", "lat"] if self.place.in_degrees else ["x", "y"]

    def _proposals(self, info: dict[str, Any]) -> Iterator[Proposal]:
        if self.text and self.text.overruled:
            yield Proposal("encoding_overruled", f"{self.text.overruled} → {self.text.encoding}", applied=True)
        if not self.has_shape:
            return
        yield Proposal("geometry", ", ".join(self._shape_names()), applied=True)
        told = self.place.told
        if not told:
            bounds = info["total_bounds"]
            numbers = ", ".join(f"{value:.8g}" for value in bounds) if bounds else ""
            guesses = " / ".join(self.place.candidates) or "?"
            yield Proposal("crs_unknown", f"{guesses} ({numbers})", applied=False)
        elif told not in coordinates.SAME_AS_WGS84:
            evidence = f"{coordinates.name_of(told)} → {coordinates.WGS84}"
            yield Proposal("wgs84", evidence, applied=self.place.transforms)

    def _look_at_parts(self) -> None:
        if self.format == "dbf":
            self.findings.append(Finding("dbf_without_shp", None, 1))
        index = self.path.with_suffix(".shx")
        if self.text and self.format == "shapefile" and index.exists():
            difference = abs((index.stat().st_size - 100) // 8 - self.text.header.records)
            if difference:
                self.findings.append(Finding("record_counts_differ", None, difference))

    # Rows

    def blocks(self) -> Iterator[Block]:
        """The rows; records marked as deleted are set aside."""
        rows, cells = 0, pa.RecordBatch.from_arrays([pa.array([], pa.string()) for _ in self.header], self.header)
        with _understood(self.format), self._stream() as (_, stream):
            for batch in stream:
                block = self._block(batch, rows)
                rows, cells = rows + batch.num_rows, block.cells
                yield block
        deleted = self.text.header.records - rows if self.text else 0
        if deleted > 0 or not rows:
            aside = {"deleted_row": deleted} if deleted > 0 else {}
            yield Block(cells.slice(0, 0), np.empty(0, np.int64), set_aside=aside)

    def _stream(self) -> AbstractContextManager[Any]:
        options = {"return_fids": True, "use_pyarrow": True, "batch_size": self._batch_size()}
        if not self.place.transforms:
            return _gdal().open_arrow(self.path, layer=self.name, **options, **self._as_it_is())
        virtual = coordinates.warped(str(self.path), self.name, AS_IT_IS if self.text else "")
        return _gdal().open_arrow(virtual, **options)

    def _batch_size(self) -> int:
        each = self.path.stat().st_size // max(1, self.features) + 1
        return max(20, min(BATCH_ROWS, BATCH_BYTES // each))

    def _block(self, batch: pa.RecordBatch, before: int) -> Block:
        keys, fields, shapes = self._sorted(batch)
        lines = np.asarray(keys) + 1 if self.text else np.arange(before + 1, before + batch.num_rows + 1)
        columns, faults = self._columns(keys, fields)
        for shape in shapes:
            made, unknown = self._shape(shape)
            columns += made
            faults.update(dict.fromkeys(unknown, "geometry"))
        if self.text and self.text.misread:
            wrong = np.isin(lines, np.array(list(self.text.misread)) + 1)
            faults.update(dict.fromkeys(np.flatnonzero(wrong).tolist(), "not_number"))
        cells = pa.RecordBatch.from_arrays(columns, names=self.header)
        return _without(cells, lines.astype(np.int64), faults)

    def _sorted(self, batch: pa.RecordBatch) -> tuple[pa.Array, list[pa.Array], list[pa.Array]]:
        """(keys, fields, geometries) of a batch."""
        keys = batch.column(0)
        rest = list(zip(batch.schema, batch.columns, strict=True))[1:]
        is_shape = [b"ARROW:extension:name" in (kind.metadata or {}) for kind, _ in rest]
        fields = [column for (_, column), shape in zip(rest, is_shape, strict=True) if not shape]
        shapes = [column for (_, column), shape in zip(rest, is_shape, strict=True) if shape]
        return keys, fields, shapes if self.has_shape else []

    def _columns(self, keys: pa.Array, fields: list[pa.Array]) -> tuple[list[pa.Array], dict[int, str]]:
        faults: dict[int, str] = {}
        columns = [keys.cast(pa.int64())] if self.key not in OWN_KEYS else []
        for column in fields:
            if self.text and pa.types.is_string(column.type):
                column, unread = _decoded(column, self.text.encoding)
                faults.update(dict.fromkeys(unread, "encoding"))
            columns.append(_native(column))
        return columns, faults

    def _shape(self, shape: pa.Array) -> tuple[list[pa.Array], list[int]]:
        decimals = coordinates.DECIMALS if self.place.transforms else None
        if not self.points:
            text, unknown = wkb.geojson(shape, decimals)
            return [text], unknown
        places = wkb.points(shape)
        return [place if decimals is None else pc.round(place, decimals) for place in places], []


def _decoded(column: pa.Array, encoding: str) -> tuple[pa.Array, list[int]]:
    """Bytes that were kept one by one as their text, and the rows that are no such text."""
    if pc.all(pc.string_is_ascii(column)).as_py() is not False:
        return column, []
    coded = column.dictionary_encode()
    texts = dbf.all_decoded(coded.dictionary.to_pylist(), encoding)
    made = pa.array(texts, pa.string()).take(coded.indices)
    unread = pc.and_(made.is_null(), column.is_valid())
    return made, np.flatnonzero(np.asarray(unread)).tolist()


def _native(column: pa.Array) -> pa.Array:
    """A column in a type of the lake."""
    kind, types = column.type, pa.types
    for test, target in _CASTS:
        if test(kind):
            return column if kind == target else column.cast(target, safe=False)
    if types.is_timestamp(kind):
        return localised(column)
    if types.is_binary(kind) or types.is_large_binary(kind):
        return base64_array(column)
    return text_array(column.to_pylist())


_CASTS: list[tuple[Callable[[pa.DataType], bool], pa.DataType]] = [
    (pa.types.is_boolean, pa.bool_()),
    (pa.types.is_integer, pa.int64()),
    (pa.types.is_floating, pa.float64()),
    (lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind), pa.string()),
    (pa.types.is_date, pa.date32()),
    (pa.types.is_time, pa.time64("us")),
]


def _without(cells: pa.RecordBatch, lines: np.ndarray, faults: dict[int, str]) -> Block:
    """A block whose faulty rows are told apart."""
    if not faults:
        return Block(cells, lines)
    good = np.ones(len(lines), bool)
    good[list(faults)] = False
    bad = [
        BadRow.of(
            int(lines[row]), faults[row], ",".join(str(value) for value in cells.slice(row, 1).to_pylist()[0].values())
        )
        for row in sorted(faults)
    ]
    return Block(cells.filter(pa.array(good)), lines[good], bad)
