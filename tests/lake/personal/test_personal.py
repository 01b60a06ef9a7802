"""Each kind in many writings is found, its look-alikes are not, and nothing survives masking."""

import random
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datadam.lake.personal import tally
from datadam.lake.personal.kinds import CLUES, KINDS, Protection
from datadam.lake.personal.masking import masked, masked_grid, masked_value
from datadam.lake.personal.protection import protect
from datadam.lake.personal.scanning import scan, scan_table
from datadam.lake.personal.surnames import COMPOUND, is_name
from tests.lake.personal import corpus

ROWS = 200


def found(column, name="비고", **others):
    sightings = scan_table(pa.table({name: column, **others}))
    return {s.kind: s for s in sightings if s.column == name}


def drawn(make, **options):
    rng = random.Random(1)
    return [make(rng, **options) for _ in range(ROWS)]


@pytest.mark.parametrize("writing", corpus.RESIDENT_WRITINGS)
@pytest.mark.parametrize("checked", [True, False])
@pytest.mark.parametrize("foreign", [True, False])
def test_resident_and_foreigner_numbers_are_found_in_any_writing(writing, checked, foreign):
    kind = "foreigner_number" if foreign else "resident_number"
    numbers = drawn(corpus.resident, foreign=foreign, checked=checked)
    written = [corpus.RESIDENT_WRITINGS[writing](number) for number in numbers]
    for sentence in corpus.SENTENCES:
        sighting = found([sentence.format(text) for text in written])[kind]
        assert sighting.count >= 0.99 * ROWS and sighting.blocking
    assert not any(number[7:] in masked(text) for number, text in zip(numbers, written, strict=True))


@pytest.mark.parametrize("writing", corpus.PHONE_WRITINGS)
def test_mobiles_are_found_in_any_writing(writing):
    written = [corpus.PHONE_WRITINGS[writing](number) for number in drawn(corpus.mobile)]
    for sentence in corpus.SENTENCES:
        sighting = found([sentence.format(text) for text in written])["phone"]
        assert sighting.count >= 0.99 * ROWS and sighting.blocking


@pytest.mark.parametrize(
    ("kind", "write"),
    [("resident_number", write) for write in corpus.RESIDENT_WRITINGS.values()]
    + [("phone", write) for write in corpus.PHONE_WRITINGS.values()],
)
def test_long_texts_of_many_shapes_are_looked_through(kind, write, monkeypatch):
    monkeypatch.setattr(tally, "SHAPES", 1)
    make = {"resident_number": corpus.resident, "phone": corpus.mobile}[kind]
    texts = [f"{'가나 ' * (n % 50)}접수: {write(number)} {'다' * (n // 50)}" for n, number in enumerate(drawn(make))]
    assert found(texts)[kind].count >= 0.99 * ROWS


@pytest.mark.parametrize("writing", corpus.MAIL_WRITINGS)
def test_mail_addresses_are_found_in_any_writing(writing):
    written = [corpus.MAIL_WRITINGS[writing](mail) for mail in drawn(corpus.email)]
    for sentence in corpus.SENTENCES:
        assert found([sentence.format(text) for text in written])["email"].count >= 0.99 * ROWS


def test_cards_are_told_by_issuer_and_check_digit():
    cards = drawn(corpus.card)
    assert found(["-".join(c[i : i + 4] for i in range(0, 16, 4)) for c in cards])["card"].count == ROWS
    assert found(cards)["card"].count == ROWS
    assert not found([str(int(c[0]) + 0) + c[1:15] + str((int(c[15]) + 1) % 10) for c in cards])


@pytest.mark.parametrize("name", corpus.LOOKALIKES)
def test_look_alikes_are_no_personal_data(name):
    assert not found(drawn(corpus.LOOKALIKES[name]), name)


def test_numbers_that_lost_their_noughts():
    residents = pa.array([int(n) for n in drawn(corpus.resident)])
    assert found(residents, "값")["resident_number"].count >= 0.99 * ROWS
    assert found(pa.array([int(n) for n in drawn(corpus.mobile)]), "연락처")["phone"].count == ROWS
    assert found(pa.array([float(n) for n in drawn(corpus.resident)]), "값")["resident_number"].count >= 0.99 * ROWS
    assert not found(pa.array(range(10**9, 10**9 + ROWS)), "번호")
    assert not found(pa.array([int(corpus.business(random.Random(i))) for i in range(ROWS)]), "번호")


@pytest.mark.parametrize("make", [corpus.resident, corpus.mobile])
def test_numbers_that_a_spreadsheet_wrote_as_decimals(make):
    """Whole columns of them, also of those that lost their noughts."""
    kind = {corpus.resident: "resident_number", corpus.mobile: "phone"}[make]
    decimals = [f"{int(number)}.0" for number in drawn(make)]
    assert found(decimals, "값")[kind].count >= 0.99 * ROWS
    assert found(pa.array(decimals * 2).dictionary_encode(), "값")[kind].count >= 0.99 * 2 * ROWS


def test_a_resident_number_with_a_decimal_nought_is_found_in_a_text():
    written = [f"번호 {number}.0 확인" for number in drawn(corpus.resident)]
    assert found(written)["resident_number"].count >= 0.99 * ROWS
    assert masked("번호 9001011234567.0 확인") == "번호 900101*******.0 확인"
    for decimal in ("9001011234567.5", "1.9001011234567.0", "9001011234567.0.1"):
        assert masked(decimal) == decimal


def test_a_mask_gives_decimals_their_noughts_back():
    batch = pa.record_batch({"r": ["101013234567.0", "9001011234567.0"], "p": ["1012345678.0", "01012345678"]})
    steps = [Protection("r", "mask", "resident_number"), Protection("p", "mask", "phone")]
    assert protect(batch, steps).to_pydict() == {
        "r": ["010101*******", "900101*******"],
        "p": ["010****5678", "010****5678"],
    }
    assert masked_value("101013234567", "resident_number") == "10101*******"


def test_letters_for_noughts_are_masked_and_other_letters_left():
    assert masked("O1O-1234-5678 9OO1O1-1234567") == "O1O-****-5678 9OO1O1-*******"
    for text in ("A1O-1234-5678", "010-OOOO-1234", "9OO1O1-1OOOOOO", "call 5 of 123 or 4567 ok"):
        assert masked(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Tel.010-1234-5678", "Tel.010-****-5678"),
        ("T.01012345678.", "T.010****5678."),
        ("010-1234-5678.Kim", "010-****-5678.Kim"),
        ("No.4111-1111-1111-1111", "No.4111-****-****-1111"),
        ("부산시청12가3456", "부산시청12가****"),
        ("AB-1588-5678", "AB-1588-5678"),
        ("b7b5b41e-0102-1234-9123-c0ffee123456", "b7b5b41e-0102-1234-9123-c0ffee123456"),
        ("KR-010-1234-5678", "KR-010-1234-5678"),
        ("010-1234-5678A", "010-1234-5678A"),
    ],
)
def test_words_in_front_of_and_behind_a_number_do_not_hide_it(text, shown):
    assert masked(text) == shown


def test_an_o_in_front_of_ten_digits_is_a_telephones_where_the_column_says_so():
    codes = [f"O{number[1:]}" for number in drawn(corpus.mobile)]
    assert not found(codes, "주문번호")
    assert found(codes, "연락처")["phone"].count >= 0.99 * ROWS
    assert masked("O1012345678") == "O10****5678"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("bank_account", "계좌번호: 국민은행 123-45-678901"),
        ("health_insurance", "건강보험증번호 1-2345678901"),
        ("passport", "여권번호: M12345678"),
        ("passport", "여권 M123A4567"),
        ("driver_licence", "운전면허 부산 95-123456-01"),
        ("driver_licence", "면허번호 11-12-345678-90"),
        ("vehicle", "차량번호 12가 3456"),
        ("name", "신청인: 홍길동, 접수"),
    ],
)
def test_a_label_gives_it_away_in_a_sentence(kind, text):
    assert kind in found([text, "민원이 접수되었습니다."])
    assert masked(text) != text


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("bank_account", "계좌번호", "123-45-678901"),
        ("health_insurance", "건강보험증번호", "12345678901"),
        ("passport", "여권번호", "M123A4567"),
        ("driver_licence", "운전면허번호", "111234567890"),
        ("vehicle", "차량번호", "123가4567"),
        ("vehicle", "차량번호", "부산 12가 3456"),
    ],
)
def test_a_columns_name_gives_it_away(kind, name, value):
    assert found([value] * 10, name)[kind].blocking


def test_telephones_and_mailboxes_of_places_do_not_block():
    table = pa.table({"시설명": ["도서관"] * 9, "전화": ["051-123-4567"] * 9, "메일": ["info@busan.go.kr"] * 9})
    assert {(s.kind, s.blocking) for s in scan_table(table)} == {("phone", False), ("email", False)}


def test_names_block_beside_birth_dates_and_not_where_they_stand_for_a_firm():
    names = [corpus.name(random.Random(i)) for i in range(50)]
    people = scan_table(pa.table({"성명": names, "생년월일": ["1990-01-02"] * 50}))
    assert {(s.kind, s.blocking) for s in people} == {("name", True), ("birth_date", True)}
    firms = scan_table(pa.table({"상호": ["가게"] * 50, "대표자": names}))
    assert [(s.kind, s.blocking) for s in firms] == [("name", False)]


@pytest.mark.parametrize("surname", COMPOUND)
def test_names_with_a_surname_of_two_syllables_count(surname):
    rng = random.Random(3)
    names = [surname + "".join(rng.choices(corpus.GIVEN, k=1 + n % 2)) for n in range(60)]
    assert all(map(is_name, names))
    people = scan_table(pa.table({"성명": names, "생년월일": ["1990-01-02"] * 60}))
    assert [(s.count, s.blocking) for s in people if s.kind == "name"] == [(60, True)]
    guessed = scan_table(pa.table({"값": names, "성별": ["여"] * 60, "비고": ["900101-2234567"] * 60}))
    assert ("값", "name", 60) in [(s.column, s.kind, s.count) for s in guessed]
    assert masked(f"신청인: {names[1]}, 접수") == f"신청인: {masked_value(names[1], 'name')}, 접수"


def test_words_of_four_syllables_are_no_names():
    words = ["시민회관", "종합시장", "동구청사", "남구보건", "황토마을", "제일병원", "서면시장", "사상공원", "선착장앞"]
    assert not any(map(is_name, words))
    assert not [s for s in scan_table(pa.table({"값": words * 9, "성별": ["여"] * 81})) if s.kind == "name"]


def test_parquet_is_scanned_as_the_table_in_memory(tmp_path):
    table = pa.table({"a": [*drawn(corpus.mobile), None], "b": ["분류"] * (ROWS + 1), "c": list(range(ROWS + 1))})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=64)
    assert scan([tmp_path / "t.parquet"], []) == scan_table(table)


def test_masked_keeps_the_form():
    assert masked("홍 010-1234-5678, 900101-1234567") == "홍 010-****-5678, 900101-*******"
    assert masked("hong@example.com") == "h***@example.com"
    assert masked_grid(["성명", "비고"], [["홍길동", "없음"]]) == [["홍*동", "없음"]]


def test_a_grid_about_people_hides_homes_and_names_without_telling_headers():
    home = "부산광역시 해운대구 좌동로 184 101동 1063호"
    hidden = "부산광역시 해운대구 좌동로 *** ***동 ****호"
    assert masked_grid(["성명", "주소"], [["홍길동", home]]) == [["홍*동", hidden]]
    bare = masked_grid(["열1", "열2", "열3"], [["김민서", "900101-1234567", home]])
    assert bare == [["김*서", "900101-*******", hidden]]
    assert masked_grid(["시설명", "주소"], [["도서관", home]]) == [["도서관", home]]


def test_protect_masks_and_generalises():
    batch = pa.record_batch({"r": [101013234567], "a": ["부산광역시 해운대구 우동 1-2 3동 4호"], "b": ["1990-01-02"]})
    steps = [Protection("r", "mask", "resident_number"), Protection("a", "generalise", "address"),
             Protection("b", "generalise", "birth_date"), Protection("z", "mask", "name")]  # fmt: skip
    assert protect(batch, steps).to_pylist() == [{"r": "010101*******", "a": "부산광역시 해운대구", "b": "1990"}]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("resident_number", ["900101-1234567", "9001011234567", "９００１０１-1234567", None, "900101 - 1234567"]),
        ("phone", ["010-1234-5678", "01012345678", "+82-10-1234-5678", None, "051-123-4567"]),
        ("email", ["hong@example.com", "h.k@a.co.kr", None, "hong (at) example.com"]),
        ("name", ["홍길동", "남궁민수", "김구", None, ""]),
    ],
)
def test_usual_and_odd_writings_are_masked_alike(kind, values):
    done = protect(pa.record_batch({"v": pa.array(values, pa.string())}), [Protection("v", "mask", kind)])
    assert done.column(0).to_pylist() == [v if v is None else masked_value(v, kind) for v in values]


def test_every_clue_has_words_and_every_example_is_masked():
    sightings = scan_table(
        pa.table({"주민번호": drawn(corpus.resident), "메일": drawn(corpus.email), "성명": drawn(corpus.name)})
    )
    assert len(sightings) == 3
    for sighting in sightings:
        assert "*" in sighting.example and sighting.kind in KINDS
        for clue in sighting.why:
            assert all(text.format(**clue) for text in CLUES[clue["code"]])


def test_masking_imports_nothing_heavy():
    code = "import sys, datadam.lake.personal.masking; print({'numpy', 'pyarrow', 'duckdb'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
