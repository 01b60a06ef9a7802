"""Whatever number a text holds, in whatever writing, nobody reads it in what is shown of the text."""

import random
import re
import unicodedata
from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from datadam.lake.hiding import hidden
from datadam.lake.personal.kinds import Protection
from datadam.lake.personal.protection import protect
from tests.lake.personal import corpus

Make = Callable[[random.Random], str]
Write = Callable[[str], str]

# Texts around a number: no digits and no addresses, and nothing that a word of its own would be part of
LETTERS = st.characters(whitelist_categories=(), whitelist_characters="가나다라마바사아자차카타파하연락처번호민원접수")
WORDS = st.text(LETTERS, max_size=12)
ASCII = st.text(st.sampled_from("abcdefghijklmnpqrstuvwxyzABCDEFGHIJKLMNPQRSTUVWXYZ"), max_size=8)
BEFORE = st.sampled_from(
    ["", " ", ": ", ":", "(", "[", "<", '"', ", ", ",", "\n", "\t", "☎", "·", "/", "=", "Tel.", "No. "]
)
AFTER = st.sampled_from(
    ["", " ", ")", "]", ">", '"', ", ", ",", ".", "\n", "\t", "·", "/", "입니다", "번", "으로", "; "]
)


@st.composite
def around(draw: st.DrawFn) -> tuple[str, str]:
    """What stands before a number and after it."""
    first, last = draw(st.one_of(WORDS, ASCII)), draw(st.one_of(WORDS, ASCII))
    before, after = draw(BEFORE), draw(AFTER)
    before = before or " " * (first[-1:].isascii())
    after = after or " " * (last[:1].isascii())
    return first + before, after + last


def plain(text: str) -> str:
    return text


# kind → how one is made, how it may be written, and the word without which it is no more than a number
KINDS: dict[str, tuple[Make, dict[str, Write], str]] = {
    "resident_number": (corpus.resident, corpus.RESIDENT_WRITINGS, ""),
    "resident_number, no check digit": (
        lambda r: corpus.resident(r, checked=False), corpus.RESIDENT_WRITINGS, ""
    ),
    "foreigner_number": (lambda r: corpus.resident(r, foreign=True), corpus.RESIDENT_WRITINGS, ""),
    "phone": (corpus.mobile, corpus.PHONE_WRITINGS, ""),
    "landline": (corpus.landline, corpus.LANDLINE_WRITINGS, ""),
    "card": (corpus.card, corpus.CARD_WRITINGS, ""),
    "bank_account": (corpus.account, {"plain": plain}, "계좌번호: "),
    "passport": (corpus.passport, corpus.PASSPORT_WRITINGS, ""),
    "passport, labelled": (corpus.passport, corpus.PASSPORT_WRITINGS, "여권번호: "),
    "driver_licence": (corpus.licence, corpus.LICENCE_WRITINGS, "면허번호 "),
    "driver_licence, split": (corpus.licence, {"hyphen": corpus.LICENCE_WRITINGS["hyphen"]}, ""),
    "health_insurance": (corpus.insured, {"plain": plain, "hyphen": lambda n: f"{n[0]}-{n[1:]}"}, "건강보험증번호 "),
    "vehicle": (corpus.vehicle, corpus.VEHICLE_WRITINGS, ""),
}  # fmt: skip
WRITTEN = [(kind, writing) for kind, (_, writings, _) in KINDS.items() for writing in writings]


def digits(text: str) -> str:
    """A text's digits alone; letters that stand for noughts among them."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"(?<=[\dOo])[Oo]|[Oo](?=[\dOo])", "0", text)
    return "".join(char for char in text if char.isdigit())


def told(number: str) -> str:
    """What of a number nobody may read."""
    return "".join(filter(str.isdigit, number))


@pytest.mark.parametrize(("kind", "writing"), WRITTEN)
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), sides=around())
def test_no_number_is_read_in_what_is_shown(kind, writing, seed, sides):
    make, writings, label = KINDS[kind]
    number = make(random.Random(seed))
    text = sides[0] + label + writings[writing](number) + sides[1]
    shown = hidden(text)
    assert told(number) not in digits(shown), (text, shown)
    assert hidden(shown) == shown


@pytest.mark.parametrize("writing", corpus.MAIL_WRITINGS)
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), sides=around())
def test_no_address_of_mail_is_read_in_what_is_shown(writing, seed, sides):
    mail = corpus.email(random.Random(seed))
    text = f"{sides[0]} {corpus.MAIL_WRITINGS[writing](mail)} {sides[1]}"
    shown = hidden(text)
    assert mail.split("@")[0] not in shown, (text, shown)
    assert hidden(shown) == shown


@settings(max_examples=300, deadline=None)
@given(
    st.text(
        st.characters(blacklist_categories=("Cs", "Nd", "No", "Nl"), blacklist_characters="@＠﹫(（[［"), max_size=80
    )
)
@example("가나다 abc\n라마바")
def test_a_text_without_digits_or_addresses_stays(text):
    if not re.search(r"[:：=]", unicodedata.normalize("NFKC", text)):
        assert hidden(text) == text


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("0123456789-. /()+\nOo@가나호abM:"), max_size=60))
def test_what_is_shown_hides_no_more_when_shown_again(text):
    shown = hidden(text)
    assert hidden(shown) == shown


# The recipe's treatments of a column


def treated(value: str, action: str, kind: str, **options: str) -> str | None:
    step = Protection("v", action, kind, options)  # type: ignore[arg-type]
    return protect(pa.record_batch({"v": pa.array([value])}), [step]).column(0)[0].as_py()


COLUMNS = [each for each in WRITTEN if "," not in each[0] and each[0] != "landline"]


@pytest.mark.parametrize(("kind", "writing"), COLUMNS)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), sides=around(), alone=st.booleans())
def test_no_number_is_read_in_a_masked_column(kind, writing, seed, sides, alone):
    make, writings, label = KINDS[kind]
    number = make(random.Random(seed))
    written = writings[writing](number)
    value = written if alone else sides[0] + label + written + sides[1]
    assert told(number) not in digits(treated(value, "mask", kind) or ""), value


@pytest.mark.parametrize("writing", corpus.PHONE_WRITINGS)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_of_a_coarser_telephone_the_area_is_left(writing, seed):
    number = corpus.mobile(random.Random(seed))
    left = treated(corpus.PHONE_WRITINGS[writing](number), "generalise", "phone")
    assert left is None or len(told(left)) <= 4


@settings(max_examples=100, deadline=None)
@given(day=st.dates(), form=st.sampled_from(["%Y-%m-%d", "%Y.%m.%d", "%Y%m%d", "%y%m%d", "%Y년 %m월 %d일"]),
       to=st.sampled_from(["year", "decade"]))  # fmt: skip
def test_of_a_coarser_birth_date_no_day_is_left(day, form, to):
    left = treated(day.strftime(form), "generalise", "birth_date", to=to)
    assert left is None or len(told(left)) <= (4 if to == "year" else 3)


@settings(max_examples=100, deadline=None)
@given(house=st.integers(1, 999), home=st.integers(101, 2999), to=st.sampled_from(["district", "neighbourhood"]),
       road=st.sampled_from(["우동로", "우동1로", "센텀중앙로 48번길", "우동 산"]))  # fmt: skip
def test_of_a_coarser_address_no_house_is_left(house, home, to, road):
    address = f"부산광역시 해운대구 {road} {house} 101동 {home}호"
    assert treated(address, "generalise", "address", to=to) in ("부산광역시 해운대구", "부산광역시 해운대구 우동")
