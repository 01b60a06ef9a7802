"""A real browser: from an upload to a published page, on a desk and on a telephone, with a strict content policy."""

import shutil

import pytest

from datadam.core.services import factors
from tests.conftest import FACTOR

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FILE = "구군,조사일,이용금액(원)\r\n" + "".join(
    f'{gu},2026.09.{day:02d},"{day * 1111:,}"\r\n' for day in range(1, 29) for gu in ("해운대구", "수영구")
)


@pytest.fixture
def browser(monkeypatch):
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright's loop runs in the thread of the test
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture
def complaints():
    """What the browser's console said, beside refusals that a test asked for."""
    return []


@pytest.fixture
def desk(browser, live_server, settings, tmp_path, complaints):
    """A page at a desk; the site's own content policy forbids inline script and style."""
    settings.HOME = tmp_path / "home"
    settings.LAKE, settings.STAGING = str(settings.HOME / "lake"), settings.HOME / "staging"
    settings.HOME.mkdir()
    page = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=live_server.url).new_page()
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" and "422" not in m.text else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def sign_in(page, person):
    person.set_password("바다와 항구 1876")
    person.save()
    page.goto("/login/?next=/upload/")
    page.fill("#login", person.login)
    page.fill("#secret", "바다와 항구 1876")
    page.click("main button")
    if factors.is_on(person):
        page.fill("#code", factors.present_code(FACTOR))
        page.click("main button")


def run_waiting():
    from datadam.core import jobs
    from datadam.core.models import Job

    for job in Job.objects.filter(state="ready"):
        jobs.run_now(job)


def wide(page) -> int:
    """How many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_from_a_file_to_a_published_page(desk, officer, office, complaints):
    from datadam.catalog.models import Dataset

    sign_in(desk, officer)
    desk.set_input_files("#file", {"name": "주차_202609.csv", "mimeType": "text/csv", "buffer": FILE.encode("cp949")})
    desk.click("form[data-upload] button[type=submit]")
    desk.wait_for_url("**/upload/*/")
    run_waiting()
    desk.wait_for_selector("section[id^=table-]")  # the progress poll brings the page itself
    assert "CSV (CP949)" in desk.inner_text("main") and "56행" in desk.inner_text("main")

    desk.click("text=다음: 설명 쓰기")
    desk.click("button[value=publish]")
    assert "이용 조건을 고르십시오" in desk.inner_text("main")
    desk.check("input[name=licence][value=kogl-1]")
    desk.click("button[value=publish]")
    desk.wait_for_selector("[data-drawn] svg")
    assert Dataset.objects.get().state == "published"

    desk.click("#rows thead a:has-text('이용금액')")
    desk.wait_for_selector("#rows th[aria-sort=ascending]")
    assert "sort=" in desk.url and "1,111" in desk.inner_text("#rows tbody tr:first-child")

    desk.click("button:has-text('공개 되돌리기')")
    desk.wait_for_selector(".tag.draft")
    assert Dataset.objects.get().state == "draft"
    assert complaints == []


def test_every_page_fits_a_telephone(desk, officer, office, complaints):
    from datadam.catalog.models import Dataset

    sign_in(desk, officer)
    desk.set_input_files("#file", {"name": "주차_202609.csv", "mimeType": "text/csv", "buffer": FILE.encode("cp949")})
    desk.click("form[data-upload] button[type=submit]")
    desk.wait_for_url("**/upload/*/")
    run_waiting()
    name = Dataset.objects.get().name
    desk.set_viewport_size({"width": 360, "height": 780})
    for path in (
        "/",
        "/datasets/",
        "/upload/",
        desk.url,
        f"/dataset/{name}/",
        f"/dataset/{name}/edit/",
        "/account/tokens/",
    ):
        desk.goto(path)
        assert wide(desk) <= 0, path
    assert complaints == []


def test_the_first_key_leads_to_the_content(desk):
    desk.goto("/")
    desk.keyboard.press("Tab")
    assert desk.evaluate("document.activeElement.className") == "skip"
    desk.keyboard.press("Enter")
    assert desk.evaluate("document.activeElement.id") == "main"
