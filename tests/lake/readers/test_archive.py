"""Zip and gzip: every member that is a table becomes one, what is none is told, and no archive harms the reader."""

import gzip
import io
import struct
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datadam.lake.errors import LakeError, TooBig, Unreadable
from datadam.lake.readers import archive, members, open_tables
from tests.lake.readers.conftest import _source

CSV = "구군,인구\n중구,10\n서구,20\n".encode()


def zipped(*files, method=zipfile.ZIP_DEFLATED):
    """The bytes of a zip file; a file is (name, content), a name in bytes is written without the UTF-8 mark."""
    stream = io.BytesIO()
    swaps = []
    with zipfile.ZipFile(stream, "w", method) as out:
        for number, (name, content) in enumerate(files):
            if isinstance(name, bytes):
                stand_in = f"{number}".rjust(len(name), "#")
                swaps.append((stand_in.encode(), name))
                name = stand_in
            out.writestr(name, content)
    packed = stream.getvalue()
    for stand_in, name in swaps:
        packed = packed.replace(stand_in, name)
    return packed


def opened(content):
    return open_tables(_source(content), policy="apply")


def rows(table):
    return [row for unit in table.units() for row in unit().cells.to_pylist()]


def refusal(content):
    with pytest.raises(LakeError) as caught:
        opened(content)
    assert caught.value.ko and caught.value.en
    return caught.value.code


def workbook(**sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_members_become_tables_named_after_them():
    found = opened(
        zipped(
            ("2021/인구.csv", CSV),
            ("2021/목록.json", '[{"가": 1}, {"가": 2}]'),
            ("stops.txt", "stop_id,stop_name\n095,다대포\n"),
            ("책.xlsx", workbook(하나=[["a"], [1]], 둘=[["b"], [2]])),
        )
    )
    assert [table.name for table in found] == ["인구", "목록", "stops", "책/하나", "책/둘"]
    assert rows(found[0]) == [{"구군": "중구", "인구": "10"}, {"구군": "서구", "인구": "20"}]
    assert rows(found[2]) == [{"stop_id": "095", "stop_name": "다대포"}]
    assert found[0].dialect["member"] == "2021/인구.csv"


def test_one_table_alone_has_no_name_and_stays_readable():
    (table,) = opened(zipped(("인구.csv", CSV)))
    assert table.name == "" and table.format == "csv"
    assert rows(table) == rows(table)


@pytest.mark.parametrize("encoding", ["cp949", "utf-8"])
def test_korean_names_without_the_mark_are_never_mojibake(encoding):
    found = opened(zipped(("부산 정류장.csv".encode(encoding), CSV), ("똠방각하.csv".encode(encoding), CSV)))
    assert [table.name for table in found] == ["부산 정류장", "똠방각하"]


def test_names_of_a_mac_are_composed():
    import unicodedata

    found = opened(zipped((unicodedata.normalize("NFD", "인구.csv"), CSV), ("b.csv", CSV)))
    assert found[0].name == "인구"


def test_names_that_clash_are_told_apart():
    found = opened(zipped(("가/a.csv", CSV), ("나/a.csv", CSV)))
    assert [table.name for table in found] == ["가/a", "나/a"]
    found = opened(zipped(("a.csv", CSV), ("a.txt", CSV)))
    assert [table.name for table in found] == ["a.csv", "a.txt"]


def test_what_is_no_data_is_left_out_and_told():
    found = opened(
        zipped(
            ("자료/", b""),
            ("자료/인구.csv", CSV),
            ("__MACOSX/자료/._인구.csv", b"\0\5\x16\7"),
            (".DS_Store", b"\0\0\0\1Bud1"),
            ("README.txt", "읽어 주십시오"),
            ("LICENSE", "CC0"),
            ("설명서.pdf", b"%PDF-1.7"),
            ("지도.png", b"\x89PNG\r\n\x1a\n"),
            ("빈파일.csv", b""),
            ("안내.docx", zipped(("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<w/>"))),
        )
    )
    (table,) = found
    (told,) = [proposal for proposal in table.proposals if proposal.code == "members"]
    assert told.applied
    assert told.evidence == (
        "system: __MACOSX/자료/._인구.csv, .DS_Store; notes: README.txt, LICENSE; document: 설명서.pdf, 안내.docx; "
        "picture: 지도.png; empty: 빈파일.csv"
    )


def test_a_member_that_cannot_be_read_carries_its_refusal_beside_the_others():
    good, bad = opened(zipped(("a.csv", CSV), ("b.csv", bytes(range(256)) * 20)))
    assert rows(good) and good.refusal is None
    assert bad.name == "b" and bad.refusal.code == "binary_file"
    with pytest.raises(Unreadable):
        list(bad.blocks())


def test_a_zip_in_a_zip_is_opened_and_no_deeper():
    inner = zipped(("인구.csv", CSV), ("목록.csv", CSV))
    assert [table.name for table in opened(zipped(("속.zip", inner), ("a.csv", CSV)))] == ["속/인구", "속/목록", "a"]
    assert refusal(zipped(("밖.zip", zipped(("속.zip", inner))))) == "nested_too_deep"
    assert rows(opened(zipped(("a.csv.gz", gzip.compress(CSV))))[0])


def test_gzip_of_one_file_is_that_file():
    (table,) = opened(gzip.compress(CSV))
    assert (table.name, table.format) == ("", "csv")
    assert len(rows(table)) == 2
    assert len(opened(gzip.compress(zipped(("a.csv", CSV), ("b.csv", CSV))))) == 2


def test_documents_that_are_zip_files_are_no_archives():
    assert refusal(zipped(("mimetype", "application/hwp+zip"), ("Contents/section0.xml", "<hs:sec/>"))) == "no_records"
    assert refusal(zipped(("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<w/>"))) == "document"


def test_an_archive_without_tables_is_refused_with_what_it_holds():
    with pytest.raises(Unreadable) as caught:
        opened(zipped(("사진.psd", b"8BPS\0\1")))
    assert caught.value.code == "nothing_inside" and "사진.psd" in caught.value.ko
    assert refusal(zipped()) == "nothing_inside"


def encrypted(content):
    """A zip file whose members say that they are encrypted."""
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = content.find(mark)
        content = content[: at + place] + bytes([content[at + place] | 1]) + content[at + place + 1 :]
    return content


def test_encrypted_and_oddly_packed_members_are_refused():
    assert refusal(encrypted(zipped(("a.csv", CSV)))) == "encrypted"
    odd = zipped(("a.csv", CSV))
    for mark, place in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        at = odd.find(mark) + place
        odd = odd[:at] + struct.pack("<H", 9) + odd[at + 2 :]
    assert refusal(odd) == "zip_method"


def test_bombs_are_left_alone(monkeypatch):
    zeros = b"0,0\n" * 20_000_000
    with pytest.raises(TooBig) as caught:
        opened(zipped(("a.csv", zeros)))
    assert caught.value.code == "zip_bomb"
    assert refusal(gzip.compress(zeros)) == "zip_bomb"
    monkeypatch.setattr(archive, "MEMBER_LIMIT", 20)
    assert refusal(gzip.compress(CSV)) == "too_big"
    good, big = opened(zipped(("a.csv", b"a,b\n1,2\n"), ("b.csv", CSV)))
    assert good.refusal is None and big.refusal.code == "too_big"
    monkeypatch.setattr(archive, "EXPANDED_LIMIT", 30)
    assert refusal(zipped(("a.csv", CSV), ("b.csv", CSV))) == "too_big"


def test_what_nested_archives_unpack_is_counted_together(monkeypatch):
    monkeypatch.setattr(archive, "EXPANDED_LIMIT", 3_000)
    inner = zipped(*((f"{number}.csv", CSV * 10) for number in range(3)))
    assert len(opened(inner)) == 3
    found = opened(zipped(*((f"{number}.zip", inner) for number in range(3))))
    assert [table.refusal and table.refusal.code for table in found][-1] == "too_big"


def test_tables_of_one_name_are_told_apart():
    found = opened(
        zipped(("책.xlsx", workbook(하나=[["a"], [1]], 둘=[["b"], [2]])), ("x/하나.csv", CSV), ("y/책/하나.csv", CSV))
    )
    assert len({table.name for table in found}) == 4


def test_too_many_members_are_refused(monkeypatch):
    many = zipped(*((f"{number}.csv", CSV) for number in range(12)))
    for name, limit in (("TABLES_LIMIT", 11), ("ENTRIES_LIMIT", 11), ("DIRECTORY_LIMIT", 300)):
        with monkeypatch.context() as patch:
            patch.setattr(archive, name, limit)
            assert refusal(many) == "too_many_members"


def test_names_are_labels_and_never_places(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = opened(
        zipped(("../../etc/passwd.csv", CSV), ("/abs.csv", CSV), ("C:\\win\\a.csv", CSV), ("x\x1b[0m.csv", CSV))
    )
    assert [table.name for table in found] == ["passwd", "abs", "a", "x[0m"]
    assert not list(tmp_path.rglob("*"))
    assert members.labels(["..", "///"]) == {"..": "table 1", "///": "table 2"}


def test_damaged_archives_are_refused():
    whole = zipped(("a.csv", CSV * 50), ("b.csv", CSV))
    assert refusal(whole[:-30]) == "broken_archive"
    assert refusal(gzip.compress(CSV)[:-6]) == "broken_archive"
    at = whole.find(b"a.csv") + 20
    hurt = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
    assert [table.refusal and table.refusal.code for table in opened(hurt)] == ["broken_archive", None]


def test_a_recipe_reaches_into_members(lake):
    body = "제목\n\n구군,인구\n중구,10\n서구,20\n".encode()
    report = lake.one(zipped(("인구.csv", body)))
    assert report.rows_loaded == 2 and report.header == ["구군", "인구"]
    assert report.rows_read == report.rows_loaded + sum(report.rows_set_aside.values())


def test_tables_of_an_archive_are_loaded_and_nothing_clear_is_left_behind(lake):
    reports = lake.take(zipped(("인구.csv", CSV), ("b.csv", bytes(range(256)) * 20)))
    assert [(report.table, report.status, report.rows_loaded) for report in reports] == [
        ("인구", "loaded", 2),
        ("b", "refused", 0),
    ]
    assert [path for path in lake.staging.folder.iterdir() if path.is_dir()] == []


WHOLE = zipped(("a.csv", CSV), ("b.json", '[{"a":1}]'), ("c.xlsx", workbook(x=[["a"], [1]])))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_hurt_archives_never_crash(data):
    content = bytearray(WHOLE if data.draw(st.booleans()) else gzip.compress(CSV))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(2, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(2, len(content)))
    try:
        for table in opened(bytes(content[:cut])):
            if not table.refusal:
                rows(table)
    except LakeError as error:
        assert error.ko and error.en
