"""Take the pictures of docs/images from the demo city, in Chromium: `python -m tools.pictures` in the checkout."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, City, free_port, wait_for

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
SIZE = {"width": 1180, "height": 820}


def shoot(page: Any, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(800)  # charts draw themselves after the page has loaded
    page.screenshot(path=IMAGES / f"{name}.png")


def pictures(city: City) -> None:
    address = {dataset["title"]: dataset["url"] for dataset in city.facts["datasets"]}
    page = city.page(viewport=SIZE)
    for name, place in (("home", "/"), ("dataset", address["구군별 업종별 카드 소비"])):
        page.goto(place)
        shoot(page, name)
    page = city.login("provider", viewport=SIZE)
    page.goto("/upload/")
    page.select_option("[data-upload] select[name=organisation]", "dongbaek-card")
    shoot(page, "upload")
    page.set_input_files("#file", city.facts["spare_file"])
    page.click("[data-upload] button[type=submit]")
    page.wait_for_selector("section[id^=table-]")
    shoot(page, "understood")
    officer = city.login("officer", viewport=SIZE)
    shoot(officer, "desk")
    officer.goto(f"{address['숙박시설 현황']}recipe/")
    shoot(officer, "recipe")
    for name, title in (("findings", "보건 상담 접수대장"), ("cells", "국적별 외국인 카드 이용")):
        officer.goto("/desk/")
        officer.click(f"text={title} 1판")
        if name == "cells":
            officer.click("a[href*='/cells/?option=suppress']")
        shoot(officer, name)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        port = free_port()
        environment = {**os.environ, "DATADAM_HOME": folder, "DATADAM_PORT": str(port)}
        server = subprocess.Popen([sys.executable, "-m", "datadam.cli", "demo"], env=environment)
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", server)
            facts = json.loads((Path(folder) / "demo" / "city.json").read_text(encoding="utf-8"))
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            pictures(City(f"http://127.0.0.1:{port}", facts, browser))
            browser.close()
        finally:
            server.terminate()
            server.wait(30)


if __name__ == "__main__":
    main()
