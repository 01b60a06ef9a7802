import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datadam.lake.errors import LakeError, TooBig, Unreadable
from datadam.lake.readers import features as features_module
from datadam.lake.readers import json_records, json_stream
from tests.lake.readers.conftest import Reading, _source

RECORDS = [{"이름": "중구", "수": 1, "율": 1, "여부": True}, {"이름": "서구", "수": None, "율": 2.5, "여부": False}]


def as_json(value, **options):
    return json.dumps(value, ensure_ascii=False, **options).encode()


def as_lines(records):
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


def refusal_of(source_of, content, policy="apply"):
    with pytest.raises(LakeError) as refusal:
        json_records.tables(source_of(content), policy=policy)
    return refusal.value


@pytest.mark.parametrize("content", [as_json(RECORDS), as_json(RECORDS, indent=2), as_lines(RECORDS)])
def test_records_come_back_with_their_types(read, content):
    reading = read(json_records, content)
    assert reading.rows == RECORDS
    assert reading.types == {"이름": "string", "수": "int64", "율": "double", "여부": "bool"}
    assert reading.lines == [1, 2]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp949"])
@pytest.mark.parametrize("lines", [True, False])
def test_other_encodings_are_recognised(read, encoding, lines):
    records = [{"구": "부산진구", "메모": "똠방각하 펲시콜라"}, {"구": "해운대구", "메모": "믜"}]
    content = (as_lines(records) if lines else as_json(records)).decode().encode(encoding)
    reading = read(json_records, content)
    assert reading.rows == records
    assert reading.table.encoding == encoding
    assert reading.table.format == ("ndjson" if lines else "json")


def test_text_stays_text_and_mixed_values_become_text(read):
    records = [{"코드": "007", "섞임": 1, "큰수": 2**70}, {"코드": "1.5", "섞임": "가"}, {"섞임": [1, {"a": None}]}]
    reading = read(json_records, as_json(records))
    assert reading.column("코드") == ["007", "1.5", None]
    assert reading.column("섞임") == ["1", "가", '[1,{"a":null}]']
    assert reading.column("큰수") == [str(2**70), None, None]


def test_integers_that_doubles_cannot_hold_stay_exact(read):
    for content in (as_json([{"a": 2**60 + 1}, {"a": 0.5}]), as_lines([{"a": 2**60 + 1}, {"a": 0.5}])):
        assert read(json_records, content).column("a") == [str(2**60 + 1), "0.5"]
    long = b'{"a": 123456789012345678901234567890, "b": 0.1234567890123456789}\n{"a": 1, "b": 2}\n'
    assert read(json_records, long).rows == [
        {"a": "123456789012345678901234567890", "b": 0.12345678901234568},
        {"a": "1", "b": 2.0},
    ]


def test_broken_lines_are_set_apart_with_their_number_and_reason(read):
    good = as_lines([{"a": 1}, {"a": 2}, {"a": 3}])
    content = good + b'{"a": \n\n[1]\n{"a": "\xff"}\n{"a": Infinity}\n{"a": "\\ud800"}\n{"a": 4}'
    reading = read(json_records, content)
    assert reading.column("a") == ["1", "2", "3", "4"]
    assert reading.lines == [1, 2, 3, 10]
    assert reading.bad == [(4, "json"), (6, "not_object"), (7, "encoding"), (8, "nan"), (9, "encoding")]
    assert reading.set_aside == {"blank_row": 1}
    assert reading.table.encoding == "utf-8"


def test_a_broken_first_line_does_not_hide_the_others(read):
    reading = read(json_records, b'{"a": 1\n{"a": 2}\n{"a": 3}\n')
    assert reading.lines == [2, 3]
    assert reading.bad == [(1, "json")]


@pytest.mark.parametrize("content", [b'[{"a": NaN}, {"a": 1}]', b'{"a": NaN}\n{"a": 1}\n'])
def test_nan_is_null_when_proposals_are_applied_and_a_bad_row_otherwise(read, content):
    applied = read(json_records, content)
    assert applied.column("a") == [None, 1]
    assert [(p.code, p.evidence) for p in applied.table.proposals] == [("nan_null", "1")]
    literal = read(json_records, content, "none")
    assert literal.column("a") == [1]
    assert literal.bad == [(1, "nan")]


def test_elements_that_are_no_records_are_bad_rows(read):
    reading = read(json_records, b'[{"a": 1}, 5, {"a": Infinity}, [2], {"a": 3}]')
    assert reading.rows == [{"a": 1}, {"a": 3}]
    assert reading.lines == [1, 5]
    assert reading.bad == [(2, "not_object"), (3, "nan"), (4, "not_object")]


def test_a_line_break_in_a_text_is_read_and_half_a_surrogate_costs_only_its_record(read):
    reading = read(json_records, b'[{"a": "x\ny"}, {"a": "\\ud800"}, {"a": "z"}]')
    assert reading.column("a") == ["x\ny", "z"]
    assert reading.bad == [(2, "encoding")]


def test_a_dot_in_a_key_is_not_taken_for_a_step_down(read_all):
    dotted, nested = read_all(json_records, as_json({"a.b": [{"x": 1}], "a": {"b": [{"y": 2}]}}))
    assert (dotted.rows, nested.rows) == ([{"x": 1}], [{"y": 2}])


def envelope(items, code="00", message="NORMAL SERVICE.", total=None):
    body = {"items": items, "numOfRows": 10, "pageNo": 1, "totalCount": total}
    return as_json({"response": {"header": {"resultCode": code, "resultMsg": message}, "body": body}})


def test_the_array_of_an_open_api_is_found_and_a_partial_page_noticed(read):
    reading = read(json_records, envelope({"item": RECORDS}, total=2513))
    assert reading.rows == RECORDS
    assert [(p.code, p.evidence, p.applied) for p in reading.table.proposals] == [
        ("record_path", "response.body.items.item", True),
    ]
    assert [(f.code, f.count) for f in reading.table.findings] == [("more_pages", 2511)]


def test_a_list_of_one_written_as_an_object_is_one_record(read):
    reading = read(json_records, envelope({"item": RECORDS[0]}, total=1))
    assert reading.rows == RECORDS[:1]
    assert reading.codes == ["single_record"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (envelope("", "30", "SERVICE_KEY_IS_NOT_REGISTERED_ERROR"), "30: SERVICE_KEY_IS_NOT_REGISTERED_ERROR"),
        (envelope("", "22", "LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR"), "22: LIMITED"),
        (as_json({"StatisticSearch": {"RESULT": {"CODE": "ERROR-301", "MESSAGE": "조회건수"}}}), "ERROR-301"),
        (as_json({"code": -4, "msg": "등록되지 않은 인증키 입니다."}), "등록되지 않은 인증키"),
        (as_json({"err": "20", "errMsg": "필수요청변수값이 누락되었습니다."}), "필수요청변수값"),
        (as_json({"error": {"code": 404, "message": "Not Found"}}), "Not Found"),
    ],
)
def test_error_answers_are_refused_with_what_they_say(source_of, content, said):
    refusal = refusal_of(source_of, content)
    assert refusal.code == "api_error"
    assert said in refusal.ko and said in refusal.data["said"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (envelope("", total=0), "no_records"),
        (envelope(""), "no_records"),
        (envelope({"item": []}), "no_records"),
        (envelope("", "03", "NODATA_ERROR"), "no_records"),
        (
            as_json({"currentCount": 0, "data": [], "matchCount": 0, "page": 1, "perPage": 10, "totalCount": 0}),
            "no_records",
        ),
        (as_json({"RESULT": {"CODE": "INFO-200", "MESSAGE": "해당하는 데이터가 없습니다."}}), "no_records"),
        (as_json({"err": "30", "errMsg": "데이터가 존재하지 않습니다."}), "no_records"),
        (
            as_json({"StatisticSearch": {"list_total_count": 0, "RESULT": {"CODE": "INFO-000", "MESSAGE": "정상"}}}),
            "no_records",
        ),
        (b"[]", "no_records"),
        (b"{}", "no_records"),
        (b'{"data": []}', "no_records"),
        (b'["a", "b"]', "no_array"),
        (b'{"type": "Topology", "objects": {"x": {"geometries": [{"a": 1}]}}}', "no_array"),
        (b'[{"a": 1}, {"a": 2', "truncated_json"),
        (b'[{"a": 1}, {"a": "x', "truncated_json"),
        (b'[{"a": 1},\n{"a": 2}', "truncated_json"),
        (b'[{"a": 1},', "truncated_json"),
        (b'[{"a": 1}, {a: 2}]', "broken_json"),
        (b'[{"a": 1} {"a": 2}]', "broken_json"),
        (b'[{"a": 1}] extra', "broken_json"),
        (b'[{"a": "\xff\xff\xff"}]', "encoding"),
    ],
)
def test_what_holds_no_records_is_refused_with_the_reason(source_of, content, code):
    assert refusal_of(source_of, content).code == code


def test_the_line_of_a_fault_is_named(source_of):
    content = b"[\n" + b'{"a": 1},\n' * 5 + b'{"a": oops},\n{"a": 2}\n]' + b" " * 100
    refusal = refusal_of(source_of, content)
    assert (refusal.code, refusal.data["line"]) == ("broken_json", 7)


@pytest.mark.parametrize(
    ("value", "path", "more"),
    [
        ({"currentCount": 2, "data": RECORDS, "matchCount": 5, "page": 1, "perPage": 2, "totalCount": 99}, "data", 3),
        ({"bikeList": {"list_total_count": 2, "RESULT": {"CODE": "INFO-000"}, "row": RECORDS}}, "bikeList.row", 0),
        ({"response": {"header": {}, "body": {"items": RECORDS, "totalCount": "7"}}}, "response.body.items", 5),
        ({"a": {"list_total_count": 9, "row": []}, "b": {"row": RECORDS}}, "b.row", 0),
    ],
)
def test_every_dialect_of_open_apis_is_read_and_further_pages_are_told(read, value, path, more):
    reading = read(json_records, as_json(value))
    assert reading.rows == RECORDS
    assert reading.table.dialect["path"] == path
    assert [f.count for f in reading.table.findings] == ([more] if more else [])


@pytest.mark.parametrize(
    ("content", "ko", "en"),
    [
        (envelope("", "30", "SERVICE_KEY_IS_NOT_REGISTERED_ERROR"), "인증키", "key"),
        (envelope("", "22", "LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR"), "한도", "quota"),
        (envelope("", "32", "UNREGISTERED_IP_ERROR"), "IP", "IP"),
        (envelope("", "99", "UNKNOWN_ERROR"), "제공 기관", "provider"),
        (as_json({"err": "31", "errMsg": "조회결과 초과"}), "건수", "fewer"),
        (as_json({"x": {"RESULT": {"CODE": "ERROR-301", "MESSAGE": "인증키가 유효하지 않습니다."}}}), "인증키", "key"),
    ],
)
def test_an_error_answer_comes_with_advice(source_of, content, ko, en):
    refusal = refusal_of(source_of, content)
    assert ko in refusal.ko.split(":", 1)[1] and en in refusal.en.split(":", 1)[1]


def test_descriptions_of_fields_are_not_taken_for_records(read):
    content = as_json({"fields": [{"id": "이름"}, {"id": "수"}], "records": [{"이름": "가", "수": "1"}]})
    assert read(json_records, content).rows == [{"이름": "가", "수": "1"}]


def test_several_arrays_are_several_tables(read_all):
    first, second = read_all(json_records, as_json({"역": [{"a": 1}], "노선": {"목록": [{"b": 2}, {"b": 3}]}}))
    assert (first.table.name, second.table.name) == ("역", "노선.목록")
    assert second.rows == [{"b": 2}, {"b": 3}]


@pytest.mark.parametrize(
    ("value", "code", "rows"),
    [
        ({"a": [1, 2], "b": ["x", "y"]}, "column_lists", [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]),
        ({"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": "y"}}, "column_maps", [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]),
        ({"k1": {"a": 1}, "k2": {"a": 2}}, "keyed_map", [{"key": "k1", "a": 1}, {"key": "k2", "a": 2}]),
        (
            {"at": "x", "m": {"k1": {"n": 1, "l": [{"z": 1}]}, "k2": {"n": 2, "l": [{"z": 2}]}}},
            "keyed_map",
            [{"key": "k1", "n": 1, "l": '[{"z":1}]'}, {"key": "k2", "n": 2, "l": '[{"z":2}]'}],
        ),
        ({"a": 1, "b": "x"}, "single_record", [{"a": 1, "b": "x"}]),
        ([["a", "b"], [1, "x"], [2, "y"]], "array_rows", [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]),
        ([[1, "x"], [2]], "array_rows", [{"column_1": 1, "column_2": "x"}, {"column_1": 2, "column_2": None}]),
        (
            {"columns": ["a", "b"], "index": [0, 1], "data": [[1, "x"], [2, "y"]]},
            "array_rows",
            [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
        ),
    ],
)
def test_other_shapes_of_tables_are_understood(read, value, code, rows):
    reading = read(json_records, as_json(value))
    assert reading.rows == rows
    assert code in reading.codes


NESTED = [{"a": {"b": 1, "c": {"d": "x"}}, "e": [1]}, {"a": None, "e": []}]


def test_nested_objects_become_columns_and_arrays_stay_json(read):
    applied = read(json_records, as_json(NESTED))
    assert applied.rows == [{"a.b": 1, "a.c.d": "x", "e": "[1]"}, {"a.b": None, "a.c.d": None, "e": "[]"}]
    assert [(p.code, p.column) for p in applied.table.proposals] == [("nested_flattened", "a")]
    literal = read(json_records, as_json(NESTED), "none")
    assert literal.rows == [{"a": '{"b":1,"c":{"d":"x"}}', "e": "[1]"}, {"a": None, "e": "[]"}]
    assert [p.applied for p in literal.table.proposals] == [False]
    mixed = read(json_records, as_json([{"a": {"b": 1}}, {"a": 2}]))
    assert mixed.rows == [{"a": '{"b":1}'}, {"a": "2"}]


def features(*geometries):
    return as_json(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "id": at, "properties": {"이름": f"곳{at}"}, "geometry": geometry}
                for at, geometry in enumerate(geometries)
            ],
        }
    )


def test_points_of_geojson_get_lon_and_lat(read):
    point = {"type": "Point", "coordinates": [129, 35.1, 4]}
    reading = read(json_records, features(point, None))
    assert reading.rows == [
        {"id": 0, "이름": "곳0", "lon": 129.0, "lat": 35.1},
        {"id": 1, "이름": "곳1", "lon": None, "lat": None},
    ]
    assert "geojson" in reading.codes
    literal = read(json_records, features(point), "none")
    assert literal.table.header == ["type", "id", "properties", "geometry"]


def test_other_geometries_stay_json(read):
    line = {"type": "LineString", "coordinates": [[129.0, 35.1], [129.1, 35.2]]}
    reading = read(json_records, features(line, {"type": "Point", "coordinates": [1.0, 2.0]}))
    assert json.loads(reading.column("geometry")[0]) == line
    assert reading.table.header == ["id", "이름", "geometry"]


@pytest.mark.parametrize(
    "content", ["[표 1] 인구\n구,명\n", "{부산}\na,b\n", "a,b\n[1],{2}\n", "[1] 제목\n", "", "{not json"]
)
def test_titles_in_brackets_are_not_json(source_of, content):
    source = source_of(content.encode())
    assert not json_records.matches(source.head(), source)


def test_records_split_over_chunks_come_back_whole(read, monkeypatch):
    monkeypatch.setattr(json_stream, "CHUNK", 7)
    monkeypatch.setattr(json_stream, "BATCH", 4)
    records = [{"번호": at, "글": '가나다 "라" \\ 마' * (at % 5), "값": at / 3} for at in range(50)]
    for content in (as_json({"head": 1, "data": records}, indent=1), as_lines(records)):
        assert read(json_records, content).rows == records


def test_a_record_beyond_the_limit_is_refused(source_of, monkeypatch):
    monkeypatch.setattr(json_stream, "RECORD_LIMIT", 3_000_000)
    content = as_json([{"a": "x" * 8_000_000}])
    with pytest.raises(TooBig) as refusal:
        json_records.tables(source_of(content), policy="apply")
    assert refusal.value.code == "record_too_big"


def test_records_of_endless_keys_are_refused(source_of):
    assert refusal_of(source_of, as_json([{f"k{at}": 1} for at in range(3_000)])).code == "too_many_columns"


def test_deep_nesting_is_refused_not_crashed(source_of):
    refusal = refusal_of(source_of, b'[{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]")
    assert isinstance(refusal, Unreadable)


texts = st.text(st.characters(codec="utf-8"), max_size=10)
kinds = st.sampled_from(
    [
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False),
        texts,
        st.booleans(),
        st.none(),
    ]
)


@st.composite
def tables(draw):
    writable = texts.filter(lambda text: text.strip() and "\0" not in text)
    names = draw(st.lists(writable, min_size=1, max_size=5, unique_by=str.casefold))
    columns = {name: draw(kinds) for name in names}
    size = draw(st.integers(2, 8))
    return [{name: draw(st.none() | kind) for name, kind in columns.items()} for _ in range(size)]


@settings(max_examples=150, deadline=None)
@given(tables(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.sampled_from(["array", "indented", "lines"]))
def test_any_table_comes_back_equal_under_none(read, records, encoding, layout):
    if layout == "lines":
        text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    else:
        text = json.dumps(records, ensure_ascii=False, indent=2 if layout == "indented" else None)
    reading = read(json_records, text.encode(encoding), "none")
    assert reading.rows == records
    assert reading.table.header == list(records[0])
    assert not reading.bad


FIELDS = st.dictionaries(
    st.sampled_from(["이름", "lon", "geometry", "id", "type", '"type": "Feature", ']),
    st.none() | st.integers(-5, 5) | st.text(max_size=4) | st.floats(allow_nan=False) | st.just([{"type": "Feature"}]),
    max_size=4,
)
SHAPES = st.none() | st.sampled_from(
    [{"type": "Point", "coordinates": [129.1, 35.2]}, {"type": "LineString", "coordinates": [[1, 2], [3, 4.5]]}]
)


@settings(max_examples=150, deadline=None)
@given(
    features=st.lists(st.tuples(FIELDS, SHAPES, st.booleans()), min_size=1, max_size=8),
    indent=st.sampled_from([None, 0, 2]),
    around=st.sampled_from([{}, {"crs": {"type": "name"}}, {"bbox": [1, 2, 3, 4]}, {"totalCount": 99}]),
    piece=st.integers(30, 400),
)
def test_features_are_read_the_same_quickly_and_with_care(features, indent, around, piece):
    listed = [
        {"type": "Feature", **({"id": number} if with_id else {}), "properties": fields, "geometry": shape}
        for number, (fields, shape, with_id) in enumerate(features)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": listed, **around}, indent=indent, ensure_ascii=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(features_module, "PIECE", piece)
        patch.setattr(features_module, "HEAD", 120)
        quick = told(text.encode())
        patch.setattr(json_records, "_features", lambda source, policy: None)
        assert quick == told(text.encode())


def told(content):
    source = _source(content)
    try:
        (table,) = json_records.tables(source, policy="apply")
    except LakeError as error:
        return error.code
    reading = Reading(table)
    return reading.rows, reading.types, reading.lines, reading.bad, table.header, table.proposals, table.dialect


def test_a_regular_file_takes_the_quick_way_and_an_irregular_one_does_not():
    point = '{"type": "Feature", "properties": {"a": %s}, "geometry": null}'
    plain = '{"type": "FeatureCollection", "features": [%s, %s]}'
    for first, quick in (("1", True), ("NaN", False), ("12345678901234567890", False), ('"\\ud800"', False)):
        source = _source((plain % (point % first, point % "2")).encode())
        assert (json_records._features(source, "apply") is not None) == quick
    for content in (plain % (point % "1", "3"), (plain % (point % "1", point % "2"))[:-2], plain % ("", "")):
        assert json_records._features(_source(content.encode()), "apply") is None
    assert json_records._features(_source((plain % (point % '"가"', point % "2")).encode("cp949")), "apply") is None
