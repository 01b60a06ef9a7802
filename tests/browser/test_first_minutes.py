"""The first minutes of an empty installation, from the link that the server prints to the first published file."""

import email
import email.policy
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest

from tests.browser.conftest import PHONE, City, free_port, wait_for

pytestmark = pytest.mark.browser
PASSWORD = "첫 항구의 불빛 1876!"


@pytest.fixture
def empty(browser: Any, tmp_path: Path) -> Iterator[tuple[City, Path, str]]:
    """A home on which nothing has ever run, served as an operator would: its city, its folder, the printed link."""
    home, port = tmp_path / "home", free_port()
    environment = {**os.environ, "DATADAM_HOME": str(home), "DATADAM_PORT": str(port), "DATADAM_LOG_LEVEL": "WARNING"}
    said = tmp_path / "said"
    with said.open("wb") as out:
        server = subprocess.Popen([sys.executable, "-m", "datadam.cli", "serve"], env=environment, stderr=out)
    city = City(f"http://127.0.0.1:{port}", {"users": [], "datasets": []}, browser)
    try:
        wait_for(f"{city.url}/healthz", server)
        (link,) = re.findall(r"http://\S+/setup/\S+", said.read_text(encoding="utf-8"))
        yield city, home, link
    finally:
        city.close_pages()
        server.terminate()
        server.wait(30)


def link_in_mail(home: Path, address: str) -> str:
    """The link in the newest letter to an address, of those that are kept as files while no mail server is set."""
    for _ in range(60):
        for path in sorted((home / "mail").glob("*.eml"), reverse=True):
            letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if address in letter["To"]:
                return re.findall(r"http://\S+", letter.get_content())[0]
        time.sleep(0.5)
    raise AssertionError(f"no letter to {address}")


def set_second_factor(page) -> None:
    """What the page asks of officers, reviewers and operators before anything else."""
    page.wait_for_url("**/account/factor/**")
    secret = page.inner_text("#factor-secret").replace(" ", "")
    page.fill("#code", pyotp.TOTP(secret).now())
    page.click("main form button.main")
    page.wait_for_selector("#recovery")


def test_from_the_printed_link_to_the_first_published_file(empty: tuple[City, Path, str], tmp_path: Path) -> None:
    city, home, link = empty
    nobody = city.page()
    nobody.goto("/")
    assert "datadam init" in nobody.inner_text("main")

    operator = city.page()
    operator.goto(link)
    operator.fill("#name", "운영자")
    operator.fill("#email", "operator@city.example")
    operator.fill("#password", PASSWORD)
    operator.click("main form button.main")
    set_second_factor(operator)
    operator.goto("/")
    operator.click("main a:has-text('도시의 이름')")
    operator.fill("#title_ko", "가온시")
    operator.fill("#title_en", "Gaon City")
    operator.fill("#short_ko", "가온")
    operator.fill("#short_en", "Gaon")
    operator.click("main form button.main")
    operator.goto("/")
    assert "가온 데이터댐" in operator.inner_text("header")
    operator.click("main a:has-text('담당관 초대')")
    operator.fill("#email", "officer@city.example")
    assert operator.input_value("#role") == "officer"
    operator.click("main form:has(#email) button.main")
    operator.wait_for_selector("text=officer@city.example")

    officer = city.page(viewport=PHONE)
    officer.goto(link_in_mail(home, "officer@city.example"))
    officer.fill("#name", "김담당")
    officer.fill("#password", PASSWORD)
    officer.check("[name=terms]")
    officer.click("main form button.main")
    set_second_factor(officer)
    officer.goto("/")
    officer.click("main a:has-text('첫 기관 등록하기')")
    officer.fill("#title", "교통정책과")
    officer.select_option("#kind", "city")
    officer.click("main form button.main")
    officer.wait_for_url("**/people/")
    officer.goto("/")
    officer.click("main a:has-text('첫 파일 올리기')")
    file = tmp_path / "공영주차장_202609.csv"
    file.write_bytes("주차장명,면수\r\n용두산,120\r\n광복로,58\r\n".encode("cp949"))
    officer.set_input_files("#file", file)
    officer.click("[data-upload] button[type=submit]")
    officer.wait_for_selector("section[id^=table-]")
    officer.click("a.button.main")
    officer.wait_for_url("**/edit/")
    officer.fill("[name=title]", "공영주차장")
    officer.fill("[name=description]", "시가 운영하는 주차장입니다.")
    officer.fill("[name=keywords]", "주차")
    officer.select_option("[name=theme]", "transport")
    officer.fill("[name=contact_name]", "교통정책과")
    officer.check("[name=licence][value=kogl-1]")
    officer.click("[name=then][value=publish]")
    officer.wait_for_url("**/dataset/*/")
    nobody.goto(officer.url)
    assert "용두산" in nobody.inner_text("main")
    nobody.goto("/")
    assert "공영주차장" in nobody.inner_text("main")
    operator.goto("/desk/")
    assert "첫 백업" in operator.inner_text("main")
    assert nobody.faults + operator.faults + officer.faults == []
