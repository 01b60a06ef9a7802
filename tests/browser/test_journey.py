"""From a messy file to a page that people read, in a real browser; and back again."""

import re
from pathlib import Path

import pytest

from tests.browser.conftest import PHONE, City

pytestmark = pytest.mark.browser

ROWS = [
    '"똠방카페",26350,"1,234","2,468,000",2026.05.03',
    '"펲민트",26230,"987","1,500,500",2026.05.04',
    '"갈매기",26110,해당없음,"300,000",2026.05.05',
    '"동백",26110,"55","10,000",2026.05.06,한 칸 더',
    *(f'"가게{n}",26410,"{n * 37:,}","{n * 41_000:,}",2026.05.{n % 28 + 1:02d}' for n in range(1, 80)),
]


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    path = tmp_path / "시장_매출_2026.csv"
    path.write_bytes("\r\n".join(["상호,구군코드,손님수,매출액,영업일", *ROWS, ""]).encode("cp949"))
    return path


def test_a_provider_publishes_a_file_and_takes_it_back(city: City, messy: Path) -> None:
    page = city.login("provider")
    page.goto("/upload/")
    page.select_option("[data-upload] select[name=organisation]", "dongbaek-card")
    page.set_input_files("#file", messy)
    page.click("[data-upload] button[type=submit]")

    page.wait_for_url("**/upload/*/")
    page.wait_for_selector("section[id^=table-]")
    understood = page.inner_text("main")
    for words in ("83", "81", "CP949", "똠방카페", "2026"):
        assert words in understood, words
    assert page.locator("form input[name=apply]").count() >= 3

    page.click("a.button.main")
    page.wait_for_url("**/edit/")
    page.fill("[name=title]", "전통시장 매출")
    page.fill("[name=description]", "시장 가게의 하루 매출입니다.")
    page.fill("[name=keywords]", "시장, 매출")
    page.select_option("[name=theme]", "finance")
    page.fill("[name=temporal_start]", "2026-05-01")
    page.fill("[name=temporal_end]", "2026-05-31")
    page.fill("[name=contact_name]", "동백카드 데이터팀")
    page.check("[name=licence][value=kogl-1]")
    page.click("[name=then][value=publish]")
    page.wait_for_url("**/dataset/*/")
    address = page.url

    stranger = city.page()
    stranger.goto(address)
    shown = stranger.inner_text("main")
    for words in ("전통시장 매출", "똠방카페", "펲민트", "공공누리", "동백카드 데이터팀"):
        assert words in shown, words
    assert stranger.locator("#preview tbody tr").count() >= 10
    assert stranger.locator("form[action*='/do/']").count() == 0

    page.click("form[action$='/do/undo_publish/'] button")
    page.wait_for_load_state()
    assert stranger.goto(address).status == 404
    assert "전통시장 매출" in page.inner_text("h1")
    assert page.faults == [] and [f for f in stranger.faults if "404" not in f] == []


def test_a_wrong_decision_is_changed_and_the_file_read_again(city: City, messy: Path) -> None:
    page = city.login("provider")
    page.goto("/upload/")
    page.select_option("[data-upload] select[name=organisation]", "harbour-logistics")
    page.set_input_files("#file", messy)
    page.click("[data-upload] button[type=submit]")
    page.wait_for_selector("section[id^=table-]")
    cells = re.compile(r"^2,?468,?000$")
    assert page.locator("td.number", has_text=cells).count() > 0
    page.uncheck("input[name=apply][value='thousands_separator:매출액']")
    page.click("form:has(input[name=apply]) button")
    page.wait_for_function(
        "() => { const box = document.querySelector(\"input[name=apply][value='thousands_separator:매출액']\");"
        " return box && !box.checked && !document.querySelector('#progress'); }"
    )
    page.wait_for_selector("td:not(.number) >> text=2,468,000")
    assert page.locator("td.number", has_text=cells).count() == 0


def test_a_held_release_waits_until_a_steward_accepts_it(city: City) -> None:
    held = next(dataset for dataset in city.facts["datasets"] if dataset["held"])
    stranger = city.page()
    assert stranger.goto(f"{held['url']}release/2/").status == 404
    page = city.login("officer")
    page.goto(held["url"])
    page.click("p.note.attention a")
    page.wait_for_selector("form[action$='/do/accept_drift/']")
    assert "검진종류" in page.inner_text("main")
    page.click("form[action$='/do/accept_drift/'] button")
    page.wait_for_selector("a.button.main[href$='/edit/']")
    assert page.locator("form[action$='/do/accept_drift/']").count() == 0
    stranger.goto(held["url"])
    assert "576" in stranger.inner_text("ul.figures")


def test_previews_are_sorted_filtered_and_paged(city: City) -> None:
    stays = next(dataset for dataset in city.facts["datasets"] if dataset["title"] == "숙박시설 현황")
    page = city.page()
    page.goto(stays["url"])
    first = page.inner_text("#preview tbody tr >> nth=0")
    page.click("#preview thead a >> nth=6")
    page.wait_for_function("first => document.querySelector('#preview tbody tr').innerText !== first", arg=first)
    rooms = [int(text.replace(",", "")) for text in page.locator("#preview tbody tr td:nth-child(7)").all_inner_texts()]
    assert rooms in (sorted(rooms), sorted(rooms, reverse=True)) and len(rooms) > 5
    assert page.locator("#map svg, #map canvas").count() > 0
    assert page.faults == []


PLACES = ["/", "/datasets/", "/login/", "{dataset}", "{organisation}", "/upload/"]


def test_a_phone_never_scrolls_sideways(city: City) -> None:
    dataset = city.facts["datasets"][0]
    page = city.login("provider", viewport=PHONE)
    for place in PLACES:
        page.goto(place.format(dataset=dataset["url"], organisation=f"/organisation/{dataset['organisation']}/"))
        page.wait_for_load_state("networkidle")
        wide = page.evaluate(
            "() => [document.documentElement.scrollWidth, ...[...document.querySelectorAll('main *')]"
            ".filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, pre, svg, table'))"
            ".map(e => e.outerHTML.slice(0, 80))]"
        )
        assert wide[0] <= PHONE["width"], (place, wide)


def test_reading_needs_no_javascript(city: City) -> None:
    dataset = city.facts["datasets"][0]
    page = city.page(java_script_enabled=False)
    page.goto("/datasets/?q=카드")
    assert dataset["title"] in page.inner_text("main")
    page.goto(dataset["url"])
    assert "중구" in page.inner_text("#preview tbody")


def test_english_is_one_press_away(city: City) -> None:
    page = city.page()
    page.goto("/datasets/")
    page.click("form[action='/language/'] button")
    page.wait_for_selector("html[lang=en]")
    assert "Log in" in page.inner_text("header") or "Sign in" in page.inner_text("header")
    assert page.get_attribute("html", "lang") == "en"


def test_a_line_that_breaks_is_waited_for(city: City, tmp_path: Path) -> None:
    path = tmp_path / "끊긴_파일_2026.csv"
    path.write_bytes("\r\n".join(["이름,수", *(f"가게{n},{n}" for n in range(1, 900)), ""]).encode("cp949"))
    page = city.login("provider")
    broken = []

    def cut(route):
        if broken:
            route.continue_()
        else:
            broken.append(route.request.method)
            route.abort()

    page.route("**/api/v1/files/*", cut)
    page.goto("/upload/")
    page.select_option("[data-upload] select[name=organisation]", "dongbaek-card")
    page.set_input_files("#file", path)
    page.click("[data-upload] button[type=submit]")
    page.wait_for_selector("[data-state]:has-text('이어서 보냅니다')")
    page.wait_for_url("**/upload/*/")
    page.wait_for_selector("section[id^=table-]")
    assert broken == ["PATCH"] and "899" in page.inner_text("main")
