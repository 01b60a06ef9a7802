"""Shapefiles, dBASE files and GeoPackages: text never mojibake, places on the map or their numbers as they were."""

import io
import json
import sqlite3
import struct
import zipfile

import numpy as np
import pyarrow as pa
import pyogrio.raw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datadam.lake.errors import LakeError
from datadam.lake.maps import find_coordinates
from datadam.lake.readers import open_tables, wkb
from tests.lake.readers.conftest import Reading, _source

NAMES = ["해운대구", "똠방구", "x"]
PLACES = [(129.16, 35.16), (129.05, 35.1), (128.97, 35.05)]
RING = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)]


def point(x, y):
    return struct.pack("<BIdd", 1, 1, x, y)


def ring(places):
    return struct.pack("<I", len(places)) + b"".join(struct.pack("<dd", *place) for place in places)


def polygon(*rings):
    return struct.pack("<BII", 1, 3, len(rings)) + b"".join(map(ring, rings))


def written(folder, name, shapes, columns, *, kind="Point", crs="EPSG:4326", driver="ESRI Shapefile", **options):
    """A file written by GDAL; `columns` are name → values. Its path."""
    path = folder / name
    geometry = None if shapes is None else np.array([*shapes, None], dtype=object)[:-1]
    arrays = [
        np.array(values, dtype=object) if isinstance(values[0], str) else np.array(values)
        for values in columns.values()
    ]
    pyogrio.raw.write(path, geometry, arrays, list(columns), geometry_type=kind, crs=crs, driver=driver, **options)
    return path


def parts(folder, **options):
    """The parts of an authored shapefile of three places by their endings."""
    encoding = options.pop("encoding", "CP949")
    shapes = options.pop("shapes", [point(*place) for place in PLACES])
    columns = options.pop("columns", {"구군": NAMES, "번호": ["001", "002", "003"], "값": [1.5, 2.5, 3.5]})
    written(folder, "a.shp", shapes, columns, encoding=encoding, **options)
    return {path.suffix[1:]: path.read_bytes() for path in folder.glob("a.*")}


def zipped(found, name="자료"):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as out:
        for ending, content in found.items():
            out.writestr(f"{name}.{ending}", content)
    return stream.getvalue()


def read(content, policy="apply"):
    (table,) = open_tables(_source(content), policy=policy)
    return Reading(table)


def refusal(content):
    with pytest.raises(LakeError) as caught:
        open_tables(_source(content), policy="apply")
    assert caught.value.ko and caught.value.en
    return caught.value.code


def without(found, *endings):
    return {ending: content for ending, content in found.items() if ending not in endings}


def test_points_stand_as_lon_and_lat_with_their_record_numbers(tmp_path):
    reading = read(zipped(parts(tmp_path)))
    assert reading.table.header == ["구군", "번호", "값", "lon", "lat"]
    assert reading.rows[0] == {"구군": "해운대구", "번호": "001", "값": 1.5, "lon": 129.16, "lat": 35.16}
    assert reading.lines == [1, 2, 3]
    assert (reading.table.name, reading.table.format) == ("", "shapefile")
    assert reading.codes == ["geometry"]


@pytest.mark.parametrize("written_as", ["CP949", "UTF-8"])
@pytest.mark.parametrize("told", ["true", "nothing", "lie", "driver byte"])
def test_text_is_never_mojibake(tmp_path, written_as, told):
    found = parts(tmp_path, encoding=written_as)
    dbf = bytearray(found["dbf"])
    dbf[29] = 0x4E if told == "driver byte" else 0
    found |= {
        "dbf": bytes(dbf),
        "cpg": {"true": written_as, "lie": "UTF-8" if written_as == "CP949" else "949"}.get(told, "").encode(),
    }
    reading = read(zipped(found if told in ("true", "lie") else without(found, "cpg")))
    assert reading.column("구군") == NAMES
    assert reading.table.encoding == written_as.lower()
    overruled = told == "lie" or (told == "driver byte" and written_as == "UTF-8")
    assert ("encoding_overruled" in reading.codes) == overruled


def test_a_character_cut_in_half_by_the_field_falls_away_and_bad_text_costs_its_row(tmp_path):
    found = parts(tmp_path, columns={"이름": ["가나다라" * 5, "나", "다"]})
    dbf = bytearray(found["dbf"])
    start, width = dbf.find("가나다라".encode("cp949")), dbf[32 + 16]
    dbf[start + width - 1] = 0xB0
    dbf[start + width - 2] = ord("x")
    dbf[start + width + 1 : start + width + 5] = b"\xff\xffab"
    reading = read(zipped(found | {"dbf": bytes(dbf)}))
    assert reading.rows[0]["이름"].startswith("가나다라") and "�" not in reading.rows[0]["이름"]
    assert reading.bad == [(2, "encoding")] and reading.lines == [1, 3]


@pytest.mark.parametrize(
    ("crs", "place", "expected"),
    [
        ("EPSG:5186", (387000.0, 280000.0), (129.0507812, 35.09897424)),
        ("EPSG:5179", (1140000.0, 1680000.0), (129.03612902, 35.10543574)),
        ("EPSG:5187", (206000.0, 287000.0), (129.06587, 35.17940)),
        ("EPSG:5181", (387000.0, 180000.0), (129.0507812, 35.09897424)),
        ("EPSG:5174", (197900.0, 451800.0), (126.97701752, 37.56848328)),
    ],
)
def test_korean_systems_become_degrees(tmp_path, crs, place, expected):
    found = parts(tmp_path, shapes=[point(*place)] * 3, crs=crs)
    reading = read(zipped(found))
    assert (reading.rows[0]["lon"], reading.rows[0]["lat"]) == pytest.approx(expected, abs=1e-4)
    assert [(p.code, p.applied) for p in reading.table.proposals] == [("geometry", True), ("wgs84", True)]
    assert reading.table.proposals[1].evidence == f"{crs} → EPSG:4326"
    assert reading.column("구군") == NAMES
    kept = read(zipped(found), [{"code": "wgs84", "applied": False}])
    assert (kept.rows[0]["x"], kept.rows[0]["y"]) == place


@pytest.mark.parametrize(
    ("place", "guess", "names"),
    [
        ((129.0, 35.1), "EPSG:4326", ["lon", "lat"]),
        ((1140000.0, 1680000.0), "EPSG:5179", ["x", "y"]),
        ((206000.0, 287000.0), "EPSG:5187", ["x", "y"]),
        ((5.0, 5e9), "?", ["x", "y"]),
    ],
)
def test_without_a_system_the_numbers_stay_and_the_guess_waits(tmp_path, place, guess, names):
    reading = read(zipped(without(parts(tmp_path, shapes=[point(*place)] * 3), "prj")))
    assert reading.table.header[-2:] == names
    assert tuple(reading.rows[0][name] for name in names) == place
    (proposal,) = [p for p in reading.table.proposals if p.code == "crs_unknown"]
    assert not proposal.applied and guess in proposal.evidence


def test_a_datum_that_is_not_known_to_the_metre_is_left_alone(tmp_path):
    found = parts(tmp_path, shapes=[point(197900.0, 451800.0)] * 3, crs="EPSG:2097")
    prj = found["prj"].decode().replace("D_Korean_Datum_1985", "D_Tokyo").replace("GCS_Korean_Datum_1985", "GCS_X")
    reading = read(zipped(found | {"prj": prj.replace("127.0,", "127.1,").replace("127.0]", "127.1]").encode()}))
    assert reading.table.header[-2:] == ["x", "y"] and reading.rows[0]["x"] == 197900.0
    assert [(p.code, p.applied) for p in reading.table.proposals][-1] == ("wgs84", False)


def test_polygons_stand_as_geojson(tmp_path):
    hole = [(0.2, 0.1), (0.4, 0.1), (0.4, 0.2), (0.2, 0.1)]
    shapes = [polygon(RING), polygon(RING, hole), None]
    reading = read(zipped(parts(tmp_path, shapes=shapes, kind="Polygon")))
    first, second, third = reading.column("geometry")
    assert json.loads(first)["type"] == "Polygon" and sorted(json.loads(first)["coordinates"][0][:3]) == [
        [0.0, 0.0],
        [1.0, 0.0],
        [1.0, 1.0],
    ]
    assert len(json.loads(second)["coordinates"]) == 2 and third is None


def test_a_page_that_reads_anything_is_not_believed(tmp_path):
    found = parts(tmp_path)
    assert read(zipped(found | {"cpg": b"ISO-8859-1"})).column("구군") == NAMES
    western = parts(tmp_path, encoding="ISO-8859-1", columns={"name": ["Köln", "Besançon", "Málaga"]})
    assert read(zipped(without(western, "cpg"))).column("name") == ["Köln", "Besançon", "Málaga"]


def test_parts_that_are_missing(tmp_path):
    found = parts(tmp_path)
    assert refusal(zipped(without(found, "dbf"))) == "shape_part_missing"
    for part in ("shp", "shx", "prj"):
        assert refusal(found[part]) == "shape_part_missing"
    assert read(zipped(without(found, "shx"))).column("lon") == [place[0] for place in PLACES]
    for content in (zipped(without(found, "shp", "shx")), found["dbf"]):
        reading = read(content)
        assert reading.table.header == ["구군", "번호", "값"] and reading.column("구군") == NAMES
        assert [finding.code for finding in reading.table.findings] == ["dbf_without_shp"]


def test_a_shapefile_beside_other_tables_is_one_of_them(tmp_path):
    stream = io.BytesIO(zipped(parts(tmp_path), "폴더/구역"))
    with zipfile.ZipFile(stream, "a") as out:
        out.writestr("목록.csv", "a,b\n1,2\n")
        out.writestr("폴더/구역.sbn", b"\0")
        out.writestr("홀로.prj", b"GEOGCS[]")
    names = {table.name: table for table in open_tables(_source(stream.getvalue()), policy="apply")}
    assert set(names) == {"목록", "구역"}
    assert [p.evidence for p in names["구역"].proposals if p.code == "members"] == ["sidecar: 홀로.prj"]


def test_deleted_records_are_set_aside(tmp_path):
    dbf = bytearray(parts(tmp_path)["dbf"])
    size, record = struct.unpack_from("<HH", dbf, 8)
    dbf[size + record] = ord("*")
    reading = read(bytes(dbf))
    assert reading.lines == [1, 3] and reading.set_aside == {"deleted_row": 1}


def test_what_is_no_number_costs_its_row_and_is_never_taken_for_nought(tmp_path):
    dbf = parts(tmp_path)["dbf"]
    at = dbf.find(b"2.5000")
    reading = read(dbf[:at] + b"x" + dbf[at + 1 :])
    assert reading.bad == [(2, "not_number")] and reading.column("값") == [1.5, 3.5]


def test_truncated_parts_are_refused(tmp_path):
    found = parts(tmp_path)
    for ending in ("shp", "dbf"):
        assert refusal(zipped(found | {ending: found[ending][:-40]})) == "broken_layer"
    assert (
        refusal(zipped(found | {"shp": b"<OGRVRTDataSource><SrcDataSource>/etc/passwd</SrcDataSource>"}))
        == "broken_layer"
    )
    assert refusal(zipped(found | {"dbf": b"hello"})) == "broken_layer"


def geopackage(tmp_path):
    path = written(tmp_path, "a.gpkg", [point(*p) for p in PLACES], {"이름": NAMES}, driver="GPKG", layer="정류장")
    columns = {"코드": ["01", "02"], "수": [1, 2]}
    written(tmp_path, "a.gpkg", None, columns, kind=None, crs=None, driver="GPKG", layer="속성", append=True)
    return path.read_bytes()


def test_the_layers_of_a_geopackage_are_tables(tmp_path):
    found = open_tables(_source(geopackage(tmp_path)), policy="apply")
    places, attributes = map(Reading, found)
    assert [table.name for table in found] == ["정류장", "속성"]
    assert places.rows[0] == {"이름": "해운대구", "lon": 129.16, "lat": 35.16} and places.lines == [1, 2, 3]
    assert attributes.rows == [{"코드": "01", "수": 1}, {"코드": "02", "수": 2}]
    assert not attributes.codes


def test_a_geopackage_in_a_korean_system_becomes_degrees(tmp_path):
    columns = {"이름": NAMES}
    shapes = [polygon([(387000.0, 280000.0), (387100.0, 280000.0), (387000.0, 280100.0), (387000.0, 280000.0)])] * 3
    path = written(
        tmp_path, "a.gpkg", shapes, columns, kind="Polygon", crs="EPSG:5186", driver="GPKG", layer="가 & <나>"
    )
    reading = read(path.read_bytes())
    assert json.loads(reading.rows[0]["geometry"])["coordinates"][0][0] == [129.0507812, 35.09897424]
    assert reading.codes == ["geometry", "wgs84"] and reading.column("이름") == NAMES


def test_other_sqlite_files_are_refused(tmp_path):
    with sqlite3.connect(tmp_path / "a.db") as base:
        base.execute("create table t (a)")
    base.close()
    assert refusal((tmp_path / "a.db").read_bytes()) == "sqlite"


def test_a_loaded_layer_stands_on_the_map(lake, tmp_path):
    report = lake.one(zipped(parts(tmp_path, shapes=[point(206000.0, 287000.0)] * 3, crs="EPSG:5187")))
    assert (report.status, report.rows_loaded) == ("loaded", 3)
    place = find_coordinates(report.columns, report.profile)
    assert (place.latitude, place.longitude) == ("lat", "lon")
    assert [path for path in lake.staging.folder.iterdir() if path.is_dir()] == []


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (point(1, 2), {"type": "Point", "coordinates": [1, 2]}),
        (point(float("nan"), float("nan")), None),
        (struct.pack(">BIdd", 0, 1, 1, 2), {"type": "Point", "coordinates": [1, 2]}),
        (struct.pack("<BIddd", 1, 1001, 1, 2, 3), {"type": "Point", "coordinates": [1, 2, 3]}),
        (struct.pack("<BIddd", 1, 2001, 1, 2, 9), {"type": "Point", "coordinates": [1, 2]}),
        (struct.pack("<BIIdd", 1, 0x20000001, 4326, 1, 2), {"type": "Point", "coordinates": [1, 2]}),
        (struct.pack("<BII", 1, 4, 1) + point(1, 2), {"type": "MultiPoint", "coordinates": [[1, 2]]}),
        (
            struct.pack("<BII", 1, 7, 1) + point(1, 2),
            {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]},
        ),
        (
            struct.pack("<BII", 1, 6, 1) + polygon(RING),
            {"type": "MultiPolygon", "coordinates": [[[list(place) for place in RING]]]},
        ),
    ],
)
def test_well_known_binary_as_geojson(raw, expected):
    made, unknown = wkb.geojson(pa.array([raw, None], pa.binary()), None)
    first, second = made.to_pylist()
    assert (first and json.loads(first)) == expected and second is None and not unknown


def test_shapes_that_geojson_does_not_know_are_told():
    column = pa.array([struct.pack("<BII", 1, 8, 0), b"\1", point(1, 2)], pa.binary())
    made, unknown = wkb.geojson(column, None)
    assert unknown == [0, 1] and made[2].is_valid


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_random_bytes_are_no_shape(raw):
    column = pa.array([raw], pa.binary())
    assert len(wkb.geojson(column, None)[0]) == 1


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    shapes = parts(tmp_path_factory.mktemp("shapes"))
    return shapes, geopackage(tmp_path_factory.mktemp("package"))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_hurt_layers_never_crash(samples, data):
    shapes, package = samples
    ending = data.draw(st.sampled_from([*shapes, "gpkg", "dbf alone"]))
    content = bytearray(package if ending == "gpkg" else shapes[ending.split()[0]])
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    hurt = bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))])
    whole = hurt if ending in ("gpkg", "dbf alone") else zipped(shapes | {ending: hurt})
    try:
        for table in open_tables(_source(whole), policy="apply"):
            if not table.refusal:
                for unit in table.units():
                    unit()
    except LakeError as error:
        assert error.ko and error.en
