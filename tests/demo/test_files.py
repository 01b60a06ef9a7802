"""The demo's files are what they claim: deterministic, and messy in the ways a reader must bear."""

import io
import json
import re
import zipfile

import pytest

from datadam import cities
from datadam.config.env import SettingError
from datadam.demo.datasets import DELIVERIES, SPARE
from datadam.demo.files import finance, health, logistics, signs, tourism
from datadam.demo.people import CAST, OFFICES

EDITIONS = [*(edition for delivery in DELIVERIES for edition in delivery.editions), SPARE]


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda edition: edition.filename)
def test_a_file_is_the_same_each_time(edition) -> None:
    assert edition.content() == edition.content()


def test_three_tables_of_each_industry_and_a_file_set() -> None:
    themes = [delivery.theme for delivery in DELIVERIES]
    assert {theme: themes.count(theme) for theme in themes} == {
        "finance": 3, "health": 3, "logistics": 4, "tourism": 3,
    }  # fmt: skip
    assert len({edition.filename for edition in EDITIONS}) == len(EDITIONS)


def test_every_office_is_known_and_has_a_steward() -> None:
    seats = {name for character in CAST for name, role in character.seats if role in {"steward", "admin"}}
    assert {delivery.organisation for delivery in DELIVERIES} <= seats & {office.name for office in OFFICES}


def test_card_spending_has_the_faults_of_a_hand_made_file() -> None:
    raw = finance.card_spending("202605")
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    lines = raw.decode("cp949").split("\r\n")
    assert sum("해당없음" in line for line in lines) == 2
    commas = [re.sub(r'"[^"]*"', "", line).count(",") for line in lines if line]
    assert sorted(set(commas)) == [4, 8, 9] and commas.count(4) == commas.count(9) == 1


def test_clinic_names_do_not_fit_euc_kr() -> None:
    raw = health.night_clinics()
    assert all(syllable in raw.decode("cp949") for syllable in "똠펲샾")
    with pytest.raises(UnicodeDecodeError):
        raw.decode("euc-kr")


def test_encodings_and_separators_differ() -> None:
    assert health.checkups(range(2023, 2026)).startswith(b"\xef\xbb\xbf")
    assert all(line.endswith(",") for line in health.checkups(range(2023, 2026)).decode("utf-8-sig").splitlines())
    assert logistics.containers().startswith((b"\xff\xfe", b"\xfe\xff"))
    assert "\t" in logistics.containers().decode("utf-16") and "2021년 5월" in logistics.containers().decode("utf-16")
    assert finance.local_currency().splitlines()[0].count(b";") == 7
    assert logistics.warehouses()[:2] == finance.startup_guarantees()[:2] == b"PK"
    assert logistics.lorry_traffic()[:4] == b"PAR1"


def test_json_files_have_an_envelope_and_a_broken_line() -> None:
    envelope = json.loads(tourism.visitors())
    assert envelope["totalCount"] == len(envelope["data"]) == 16 * 91
    broken = 0
    for line in health.hourly_air().decode("utf-8").splitlines():
        try:
            json.loads(line)
        except ValueError:
            broken += 1
    assert broken == 1


def test_the_signs_are_a_hundred_and_twenty_files_and_what_windows_left() -> None:
    with zipfile.ZipFile(io.BytesIO(signs.signs("202606"))) as archive:
        names = [name.partition("/")[2] for name in archive.namelist()]
        assert len(names) == 122 and {"Thumbs.db", "진입금지/19.jpg"} < set(names)
        assert archive.read("항만표지_202606/표지목록.csv").decode("cp949").count("\r\n") == 109


def test_festivals_have_line_breaks_inside_their_cells() -> None:
    raw = tourism.festivals().decode("utf-8")
    assert raw.count("\n") > raw.count("\r\n") > 72


def test_the_later_checkups_have_another_schema() -> None:
    before, after = (
        raw.decode("utf-8-sig").splitlines()[0]
        for raw in (health.checkups(range(2023, 2026)), health.checkups(range(2023, 2027), with_kind=True))
    )
    assert before != after and "검진종류" in after


def test_places_lie_in_busan() -> None:
    west, south, east, north = cities.load("busan").bounds
    for lat, lon in re.findall(r"(3[45]\.\d{3,6}),(12[89]\.\d{3,6})", tourism.stays().decode("cp949")):
        assert south < float(lat) < north and west < float(lon) < east


def test_the_city_pack_is_whole() -> None:
    city = cities.load("busan")
    assert len(city.districts) == 16 and city.district("26350").name_ko == "해운대구"
    assert {d.code[:2] for d in city.districts} == {city.code}
    assert city.plan.budget_won == 62_700_000_000 and (city.plan.strategies, city.plan.tasks) == (4, 14)


@pytest.mark.parametrize("name", ["atlantis", "../busan", "/nowhere"])
def test_an_unknown_city_stops_the_start(name: str) -> None:
    with pytest.raises(SettingError, match="DATADAM_CITY"):
        cities.load(name)
