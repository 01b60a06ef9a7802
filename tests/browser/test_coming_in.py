"""Coming in and one's account, in a real browser: with the demo's providers, on a desk and on a telephone."""

import time

import pyotp
import pytest

from tests.browser.conftest import PHONE, City

pytestmark = pytest.mark.browser
PASSWORD = "바다 로봇 2026!"


def letter_to(page, address: str) -> str:
    """The link in the newest letter to an address, as soon as it is there."""
    for _ in range(60):
        page.goto("/demo/mail/")
        found = page.locator("li", has_text=address).first.locator("a[href*='?key=']")
        if found.count():
            return str(found.first.get_attribute("href"))
        time.sleep(0.5)
    raise AssertionError(f"no letter to {address}")


def sign_up(city: City, address: str, firm: str = "", **options):
    page = city.page(**options)
    numbers = {}
    if firm:
        page.goto("/demo/register/")
        for row in page.locator("tbody tr").all():
            numbers[row.locator("th").inner_text()] = row.locator("td").first.inner_text()
    page.goto("/join/?firm=1" if firm else "/join/")
    if firm:
        page.fill("#firm_title", firm)
        page.fill("#registration_number", numbers[firm])
    page.fill("#email", address)
    page.click("main form button.main")
    page.goto(letter_to(page, address))
    page.fill("#name", "새사람")
    page.fill("#password", PASSWORD)
    page.check("[name=terms]")
    page.click("main form button.main")
    return page


def test_the_first_person_of_a_firm_invites_the_second(city: City) -> None:
    boss = sign_up(city, "boss@robot.example", "해운대로봇")
    boss.wait_for_url("**/people/")
    boss.fill("#email", "friend@robot.example")
    boss.click("main form.fields button.main")
    boss.wait_for_selector("text=friend@robot.example")
    friend = city.page(viewport=PHONE)
    friend.goto(letter_to(friend, "friend@robot.example"))
    friend.fill("#name", "동료")
    friend.fill("#password", PASSWORD)
    friend.check("[name=terms]")
    friend.click("main form button.main")
    friend.wait_for_url("**/organisation/*/")
    boss.reload()
    assert "동료" in boss.inner_text("main") and boss.faults == [] and friend.faults == []


def test_a_firm_that_does_not_trade_waits_until_an_officer_accepts(city: City) -> None:
    sign_up(city, "media@gwangan.example", "광안미디어").wait_for_url("**/account/")
    officer = city.login("officer")
    officer.goto("/city/people/")
    officer.click("li:has-text('광안미디어') button.main")
    officer.wait_for_load_state()
    assert "광안미디어" not in officer.inner_text("main")
    assert officer.goto("/organisation/gwanganmidieo/people/").status == 200


def test_a_telephone_turns_two_step_sign_in_on_and_a_recovery_code_opens_the_door(city: City) -> None:
    page = sign_up(city, "phone@example.kr", viewport=PHONE)
    page.goto("/account/factor/")
    secret = page.inner_text("#factor-secret").replace(" ", "")
    page.fill("#code", pyotp.TOTP(secret).now())
    page.click("main form button.main")
    spare = page.inner_text("#recovery").split()[0]
    again = city.page(viewport=PHONE)
    again.goto("/login/")
    again.fill("[name=login]", "phone@example.kr")
    again.fill("[name=password]", PASSWORD)
    again.click("form:has([name=password]) button")
    again.wait_for_url("**/login/code/**")
    again.fill("[name=code]", spare)
    again.click("form:has([name=code]) button")
    again.wait_for_url(city.url + "/desk/")
    again.goto("/account/sessions/")
    again.click("[name=all]")
    page.goto("/account/")
    assert "/login/" in page.url and again.faults == []


def test_the_other_site_and_proof_of_identity(city: City) -> None:
    page = city.page()
    page.goto("/login/")
    page.click("a[href^='/login/outside/']")
    page.click("button[value=newcomer]")
    page.wait_for_url("**/login/outside/confirm/")
    page.check("[name=terms]")
    page.click("main form button.main")
    page.wait_for_url(city.url + "/desk/")
    page.goto("/account/identity/")
    page.click("button[value=newcomer]")
    page.wait_for_url("**/account/")
    assert "2001년생" in page.inner_text("main") and page.faults == []


OWN = ["/account/", "/account/email/", "/account/factor/", "/account/sessions/", "/account/delete/", "/account/tokens/",
       "/organisation/dongbaek-card/people/", "/organisation/dongbaek-card/projects/"]  # fmt: skip
OPEN = ["/join/", "/join/?firm=1", "/account/reset/", "/terms/", "/demo/mail/", "/demo/register/"]


def test_no_page_scrolls_sideways_on_a_telephone_in_either_language(city: City) -> None:
    for page, places in ((city.page(viewport=PHONE), OPEN), (city.login("provider", viewport=PHONE), OWN)):
        for language in ("ko", "en"):
            page.goto("/terms/")
            if page.get_attribute("html", "lang") != language:
                page.click("form[action='/language/'] button")
            for place in places:
                assert page.goto(place).status == 200, place
                assert page.get_attribute("html", "lang") == language
                assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], (place, language)
        assert page.faults == []
