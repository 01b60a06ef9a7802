"""A real city behind a real browser: the demo, served with its worker, and Debian's Chromium."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
PHONE = {"width": 360, "height": 740}


class City:
    """The served demo city. `login(kind)` opens a page signed in as that user; without it a page is a stranger's."""

    def __init__(self, url: str, facts: dict[str, Any], browser: Any) -> None:
        self.url, self.facts, self._browser = url, facts, browser
        self.users = {user["kind"]: user for user in facts["users"]}
        self._contexts: list[Any] = []
        self._steps: dict[str, int] = {}  # the last step whose code was used, by kind of user

    def page(self, **options: Any) -> Any:
        context = self._browser.new_context(base_url=self.url, locale="ko-KR", **options)
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("dialog", lambda dialog: dialog.accept())
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("requestfailed", lambda request: page.faults.extend(self._failed(request)))
        page.on("request", lambda request: page.faults.extend(self._outside(request.url)))
        return page

    def _failed(self, request: Any) -> list[str]:
        """A poll that is cut off because the page moves on is no fault."""
        return [] if request.failure == "net::ERR_ABORTED" else [f"{request.url} {request.failure}"]

    def _outside(self, address: str) -> list[str]:
        """Pages must work without a network: nothing is asked of any other server."""
        return [] if address.startswith((self.url, "data:", "blob:")) else [f"asked {address}"]

    def login(self, kind: str, **options: Any) -> Any:
        page = self.page(**options)
        page.goto("/login/")
        page.fill("[name=login]", self.users[kind]["login"])
        page.fill("[name=password]", self.users[kind]["password"])
        page.click("form:has([name=password]) button")
        if secret := self.users[kind]["totp_secret"]:
            page.wait_for_url("**/login/code/**")
            page.fill("[name=code]", self._code(kind, secret))
            page.click("form:has([name=code]) button")
        page.wait_for_url(self.url + "/desk/")
        return page

    def _code(self, kind: str, secret: str) -> str:
        """A code that was not used yet: each counts once, and the next one is taken a little early."""
        if (left := 30 - time.time() % 30) < 3:  # it would be too old before it is sent
            time.sleep(left + 0.1)
        now = int(time.time()) // 30
        step = max(now - 1, self._steps.get(kind, 0) + 1)
        if step > now + 1:
            time.sleep((step - 1) * 30 - time.time() + 0.5)
        self._steps[kind] = step
        return pyotp.TOTP(secret).at(step * 30)

    def close_pages(self) -> None:
        while self._contexts:
            self._contexts.pop().close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode}")
        try:
            urllib.request.urlopen(url).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"no answer from {url}")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, Any]]]:
    """The demo city in a process of its own, once for all browser tests: its address and its facts."""
    home, port = tmp_path_factory.mktemp("served"), free_port()
    environment = {
        **os.environ,
        "DATADAM_HOME": str(home),
        "DATADAM_PORT": str(port),
        "DATADAM_LOG_LEVEL": "WARNING",
    }
    server = subprocess.Popen([sys.executable, "-m", "datadam.cli", "demo"], env=environment, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/healthz", server)
        yield url, json.loads((home / "demo" / "city.json").read_text(encoding="utf-8"))
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser per module: while one is open, its event loop keeps Django's database away from other tests."""
    from playwright.sync_api import sync_playwright

    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed (Debian package chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served(browser: Any, demo: tuple[str, dict[str, Any]]) -> City:
    return City(*demo, browser)


@pytest.fixture
def city(served: City) -> Iterator[City]:
    yield served
    served.close_pages()
