import random
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datadam.lake.errors import LakeError, Unreadable
from datadam.lake.readers import open_tables, xml_records, xml_stream

ROWS = [{"코드": "007", "이름": "중구"}, {"코드": "008", "이름": "서구"}]


def items(rows, tag="item"):
    return "".join(
        f"<{tag}>" + "".join(f"<{k}>{escape(v)}</{k}>" if v else f"<{k}/>" for k, v in row.items()) + f"</{tag}>"
        for row in rows
    )


def answer(body, code="00", message="NORMAL SERVICE.", total=2, encoding="UTF-8"):
    text = (
        f'<?xml version="1.0" encoding="{encoding}" standalone="yes"?>\n<response><header>'
        f"<resultCode>{code}</resultCode>"
        f"<resultMsg>{message}</resultMsg></header><body><items>{body}</items><numOfRows>10</numOfRows>"
        f"<pageNo>1</pageNo><totalCount>{total}</totalCount></body></response>"
    )
    return text.encode(encoding)


def refusal_of(source_of, content):
    with pytest.raises(LakeError) as refusal:
        open_tables(source_of(content), policy="apply")
    return refusal.value


@pytest.mark.parametrize("encoding", ["UTF-8", "EUC-KR", "CP949", "UTF-16"])
def test_the_records_of_an_open_api_are_found_whatever_their_encoding(read, encoding):
    reading = read(xml_records, answer(items(ROWS), encoding=encoding))
    assert reading.rows == ROWS
    assert reading.lines == [1, 2]
    assert [(p.code, p.evidence) for p in reading.table.proposals] == [("record_path", "response.body.items.item")]
    assert not reading.table.findings


def test_an_encoding_stated_wrongly_does_no_harm(read):
    wrong = answer(items(ROWS)).replace(b"UTF-8", b"EUC-KR")
    assert read(xml_records, wrong).rows == ROWS
    assert read(xml_records, answer(items(ROWS), encoding="CP949").replace(b"CP949", b"UTF-8")).rows == ROWS
    latin = '<?xml version="1.0" encoding="ISO-8859-1"?><a><b n="é"/><b n="ü"/></a>'.encode("latin-1")
    assert read(xml_records, latin).column("n") == ["é", "ü"]


def test_further_pages_are_told(read):
    table = read(xml_records, answer(items(ROWS), total=2513)).table
    assert [(f.code, f.count) for f in table.findings] == [("more_pages", 2511)]


def test_attributes_children_nested_and_repeated_become_columns(read):
    content = """<stations xmlns="http://x"><station id="1" open="Y"><name>서면</name>
      <at><lon>129.0</lon><lat>35.1</lat></at>
      <line>1호선</line><line>2호선</line>
      <fare unit="원">1400</fare><memo><![CDATA[<b>환승</b> & 좋음]]></memo></station>
      <station id="2"><name/><line>1호선</line></station></stations>"""
    reading = read(xml_records, content.encode())
    assert reading.rows == [
        {
            "id": "1",
            "open": "Y",
            "name": "서면",
            "at.lon": "129.0",
            "at.lat": "35.1",
            "line": '["1호선","2호선"]',
            "fare.unit": "원",
            "fare.value": "1400",
            "memo": "<b>환승</b> & 좋음",
        },
        {
            "id": "2",
            "open": None,
            "name": None,
            "at.lon": None,
            "at.lat": None,
            "line": "1호선",
            "fare.unit": None,
            "fare.value": None,
            "memo": None,
        },
    ]
    assert reading.codes == ["record_path", "nested_flattened", "nested_flattened"]


def test_a_lone_record_and_a_document_of_facts_are_one_record(read):
    reading = read(xml_records, answer(items(ROWS[:1]), total=1))
    assert (reading.rows, reading.codes) == (ROWS[:1], ["single_record"])
    assert read(xml_records, b"<city><name>Busan</name><gu>16</gu></city>").rows == [{"name": "Busan", "gu": "16"}]


def test_several_repeated_elements_are_several_tables(read_all):
    content = b'<x><a n="1"/><a n="2"/><list><b><c>1</c></b><b><c>2</c></b></list></x>'
    first, second = read_all(xml_records, content)
    assert (first.table.name, second.table.name) == ("x.a", "x.list.b")
    assert second.rows == [{"c": "1"}, {"c": "2"}]


def portal_error(code, message):
    return (
        "<OpenAPI_ServiceResponse><cmmMsgHeader><errMsg>SERVICE ERROR</errMsg>"
        f"<returnAuthMsg>{message}</returnAuthMsg><returnReasonCode>{code}</returnReasonCode></cmmMsgHeader>"
        "</OpenAPI_ServiceResponse>"
    ).encode()


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (portal_error("30", "SERVICE_KEY_IS_NOT_REGISTERED_ERROR"), "api_error", "30: SERVICE_KEY_IS_NOT"),
        (portal_error("22", "LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR"), "api_error", "22: LIMITED"),
        (answer("", "99", "UNKNOWN_ERROR"), "api_error", "99: UNKNOWN_ERROR"),
        (answer("", total=0), "no_records", ""),
        (answer("", "03", "NODATA_ERROR"), "no_records", "03"),
        (
            "<RESULT><CODE>INFO-200</CODE><MESSAGE><![CDATA[해당하는 데이터가 없습니다.]]></MESSAGE></RESULT>".encode(),
            "no_records",
            "INFO-200",
        ),
        ("<error><err>10</err><errMsg>인증키가 누락되었습니다.</errMsg></error>".encode(), "api_error", "10: 인증키"),
    ],
)
def test_errors_and_empty_windows_are_refused_with_what_they_say(source_of, content, code, said):
    refusal = refusal_of(source_of, content)
    assert refusal.code == code
    assert said in refusal.ko and said in refusal.en


LAUGHS = b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><a><b n="&y;"/><b/></a>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><b>&x;</b><b/></a>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (LAUGHS, "doctype"),
        (OUTSIDE, "doctype"),
        (b"<a><b>1</b><b>2</b>", "truncated_xml"),
        (b"<a><b>1</c></a>", "broken_xml"),
        (b"<a><b>1</b></a><a/>", "broken_xml"),
        (b"<a><b>x & y</b></a>", "broken_xml"),
        (b"<a/>", "no_records"),
        (b"<a><b>1</b><b>2</b></a>", "no_array"),
        (b"<a>" + b"<b>" * 300 + b"</b>" * 300 + b"</a>", "too_many_columns"),
        (b'<rdf:RDF xmlns:rdf="x"><a n="1"/><a n="2"/></rdf:RDF>', "metadata"),
    ],
)
def test_what_is_no_set_of_records_is_refused_with_the_reason(source_of, content, code):
    refusal = refusal_of(source_of, content)
    assert refusal.code == code and refusal.ko and refusal.en


def test_the_kinds_of_elements_are_limited(source_of, monkeypatch):
    monkeypatch.setattr(xml_stream, "NODE_LIMIT", 50)
    content = "<a>" + "".join(f"<b{at}/>" for at in range(60)) + "</a>"
    assert refusal_of(source_of, content.encode()).code == "too_many_columns"


def test_a_record_has_a_limit(source_of, monkeypatch):
    monkeypatch.setattr(xml_stream, "RECORD_LIMIT", 10_000)
    content = "<a><b><c>" + "x" * 20_000 + "</c></b><b/></a>"
    assert refusal_of(source_of, content.encode()).code == "record_too_big"


def test_undecodable_bytes_cost_their_record_alone(read):
    content = answer(items([*ROWS, {"코드": "009", "이름": "동구"}])).replace("서구".encode(), b"\xec\x84")
    reading = read(xml_records, content)
    assert reading.column("코드") == ["007", "009"]
    assert reading.bad == [(2, "encoding")]


def test_a_document_of_many_pieces_is_read_whole(read, monkeypatch):
    monkeypatch.setattr(xml_stream, "PIECE", 100)
    rows = [{"번호": str(at), "이름": f"가게 {at}"} for at in range(300)]
    reading = read(xml_records, answer(items(rows), total=300))
    assert reading.rows == rows and reading.lines == list(range(1, 301))


@pytest.mark.parametrize("seed", range(60))
def test_damage_is_refused_or_read(source_of, seed):
    chance = random.Random(seed)
    content = bytearray(answer(items(ROWS * 20), encoding=chance.choice(["UTF-8", "EUC-KR"])))
    for _ in range(chance.randrange(1, 6)):
        content[chance.randrange(5, len(content))] = chance.randrange(256)
    content = content[: chance.randrange(5, len(content))] if seed % 2 else content
    try:
        for table in open_tables(source_of(bytes(content)), policy="apply"):
            list(table.blocks())
    except LakeError as refusal:
        assert isinstance(refusal, Unreadable) and refusal.ko and refusal.en


plain = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co", "Zs", "Zl", "Zp"])
texts = st.text(plain, min_size=1, max_size=12).filter(lambda text: "\ufdd0" not in text)
names = st.sampled_from(["이름", "code", "값.1", "x-y", "_z", "주소"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(names, st.none() | texts, min_size=1), min_size=2, max_size=6), st.booleans())
def test_planted_records_come_back(read, rows, as_attributes):
    """Records with the same values, given as attributes or as children."""
    if as_attributes:
        rows = [{k: v for k, v in row.items() if v is not None} for row in rows]
        body = "".join(f"<row {' '.join(f'{k}={quoteattr(v)}' for k, v in row.items())}/>" for row in rows)
    else:
        body = items([{k: v or "" for k, v in row.items()} for row in rows], "row")
    if not any(rows):
        return
    reading = read(xml_records, f"<rows>{body}</rows>".encode(), "none")
    assert [{k: v for k, v in row.items() if v is not None} for row in reading.rows] == [
        {k: v for k, v in row.items() if v is not None} for row in rows
    ]
