"""The demo city as a whole: built by the command in a home of its own, once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

KINDS = ["officer", "provider", "consumer", "citizen", "reviewer", "operator"]


def datadam(home: Path, *arguments: str, refused: bool = False) -> dict:
    environment = {**os.environ, "DATADAM_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "datadam.cli", *arguments, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == int(refused), done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("city")


@pytest.fixture(scope="module")
def city(home: Path) -> dict:
    return datadam(home, "demo", "--no-serve")


def test_it_says_what_the_schema_promises(home: Path, city: dict) -> None:
    assert city["url"] == "http://127.0.0.1:8321"
    jsonschema.validate(city, datadam(home, "schema", "demo"))


def test_one_login_for_each_kind_of_user(city: dict) -> None:
    assert [user["kind"] for user in city["users"]] == KINDS
    assert all(user["token"].startswith("ddm_") for user in city["users"])
    assert [user["kind"] for user in city["users"] if user["totp_secret"]] == ["officer", "reviewer", "operator"]


def test_every_password_that_is_printed_opens_the_door(home: Path, city: dict) -> None:
    code = "import json, sys; from datadam.core import home; home.open_home()\n"
    code += "from datadam.core.services.people import sign_in\n"
    code += "for u in json.load(sys.stdin):\n"
    code += "    print(sign_in(login=u['login'], password=u['password'], address='::1').name)"
    environment = {**os.environ, "DATADAM_HOME": str(home), "DJANGO_SETTINGS_MODULE": "datadam.config.settings"}
    told = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        input=json.dumps(city["users"]),
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split("\n")[:-1] == [user["name"] for user in city["users"]]


def test_every_table_of_the_thirteen_deliveries_is_published(home: Path, city: dict) -> None:
    assert len(city["datasets"]) == 14
    for dataset in city["datasets"]:
        shown = datadam(home, "show", dataset["name"], "--as", "citizen")
        assert shown["title"] == dataset["title"] and shown["rows"] == dataset["rows"] > 40


def test_bad_rows_are_accounted_for(home: Path, city: dict) -> None:
    file = home / "demo" / "동백카드_소비집계_202605.csv"
    tried = datadam(home, "ingest", str(file), "--org", "dongbaek-card", "--dry-run", "--as", "provider")
    account = tried["datasets"][0]
    assert (account["rows_read"], account["rows_loaded"], account["rows_quarantined"]) == (1122, 1118, 4)
    assert account["encoding"] == "cp949"


def test_the_second_month_went_through_the_recipe_of_the_first(home: Path, city: dict) -> None:
    card = next(d for d in city["datasets"] if d["title"] == "구군별 업종별 카드 소비")
    first, second = (datadam(home, "show", card["name"], "--release", n, "--as", "provider") for n in "12")
    assert card["releases"] == 2 and first["columns"] == second["columns"]
    assert [release["state"] for release in second["releases"]] == ["published", "published"]


def test_the_changed_schema_waits_for_a_steward(home: Path, city: dict) -> None:
    checkups = next(d for d in city["datasets"] if d["held"])
    assert checkups["rows"] == 576
    seen = datadam(home, "show", checkups["name"], "--as", "officer")
    assert {release["release"]: release["state"] for release in seen["releases"]} == {1: "published", 2: "held"}
    refusal = datadam(home, "show", checkups["name"], "--release", "2", "--as", "citizen", refused=True)
    assert refusal["error"]["code"] == "not_found"


def test_a_file_that_names_people_waits_for_its_steward(home: Path, city: dict) -> None:
    told = datadam(home, "findings", "bogeon-sangdam-jeopsudaejang", "--as", "officer")
    assert (told["state"], told["reasons"]) == ("held", ["personal_data"])
    kinds = {(found["column"], found["code"]) for found in told["findings"] if found["blocking"]}
    assert {
        ("주민등록번호", "resident_number"),
        ("휴대전화", "phone"),
        ("상담내용", "phone"),
        ("신청인", "name"),
    } <= kinds


def test_a_table_that_counts_few_people_waits_for_its_steward(home: Path, city: dict) -> None:
    name = "gukjeokbyeol-oegugin-kadeu-iyong"
    told = datadam(home, "findings", name, "--as", "officer")
    assert (told["state"], told["reasons"]) == ("held", ["small_cells"])
    (found,) = told["findings"]
    assert found["code"] == "cells" and found["default"] == "suppress" and 20 < found["count"] < 120
    tried = datadam(home, "cells", name, "--as", "officer")["tried"]
    assert {each["action"] for each in tried} == {"suppress", "merge", "round"}
    assert all(each["left"] == 0 for each in tried if each["action"] == "suppress")


def test_a_second_run_changes_nothing(home: Path, city: dict) -> None:
    again = datadam(home, "demo", "--no-serve")
    assert {**again, "seconds": 0} == {**city, "seconds": 0}


def test_the_events_hold(home: Path, city: dict) -> None:
    assert datadam(home, "verify")["problems"] == []


def test_credentials_are_readable_by_their_owner_alone(home: Path, city: dict) -> None:
    assert (home / "demo" / "city.json").stat().st_mode & 0o077 == 0


def test_a_home_with_people_is_refused(tmp_path: Path) -> None:
    datadam(tmp_path, "init")
    program = (
        "import django; django.setup()\n"
        "from datadam.core import selectors\nfrom datadam.core.services import people\n"
        "people.create_person(actor=selectors.local_operator(), login='real', name='실제', password='long enough 1')"
    )
    environment = {**os.environ, "DATADAM_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "datadam.config.settings"}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    assert datadam(tmp_path, "demo", "--no-serve", refused=True)["error"]["code"] == "not_a_demo_home"


def test_it_serves_what_it_built(home: Path, city: dict) -> None:
    import socket
    import time
    import urllib.request

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "DATADAM_HOME": str(home)}
    served = subprocess.Popen([sys.executable, "-m", "datadam.cli", "demo", "--port", str(port)], env=environment)
    try:
        for _ in range(150):
            try:
                page = urllib.request.urlopen(f"http://127.0.0.1:{port}/datasets/").read().decode()
                break
            except OSError:
                time.sleep(0.2)
        assert "숙박시설 현황" in page
    finally:
        served.terminate()
        served.wait(20)


def test_a_stewards_corrections_stand_in_the_recipe(home: Path, city: dict) -> None:
    stays = next(d for d in city["datasets"] if d["title"] == "숙박시설 현황")
    told = datadam(home, "recipe", stays["name"], "--as", "officer", "--history")
    jsonschema.validate(told, datadam(home, "schema", "recipe"))
    assert 'rename "평균요금(원)" -> "평균요금"' in told["text"] and [v["version"] for v in told["history"]] == [2, 1]
    shown = datadam(home, "show", stays["name"], "--as", "citizen")
    assert {"평균요금", "점유율"} <= {column["name"] for column in shown["columns"]}


def test_a_recipe_is_written_compared_and_gone_back_to_by_command(home: Path, city: dict, tmp_path: Path) -> None:
    name = next(d for d in city["datasets"] if d["title"] == "축제와 행사 일정")["name"]
    text = tmp_path / "recipe.txt"
    text.write_text('drop "비고"\n', encoding="utf-8")
    assert datadam(home, "recipe", name, "--set", str(text), "--as", "officer")["version"] == 2
    diff = datadam(home, "recipe", name, "--diff", "1", "2", "--as", "officer")["diff"]
    assert {"kind": "add", "text": 'drop "비고"'} in diff
    assert datadam(home, "recipe", name, "--back", "1", "--as", "officer")["version"] == 3
    text.write_text("nonsense\n", encoding="utf-8")
    refusal = datadam(home, "recipe", name, "--set", str(text), "--as", "officer", refused=True)
    assert refusal["error"]["code"] == "bad_recipe" and refusal["error"]["data"]["line"] == 1
    assert datadam(home, "recipe", name, "--as", "citizen", refused=True)["error"]["code"] == "not_allowed"


def test_sources_are_kept_by_command(home: Path, city: dict) -> None:
    name = city["datasets"][0]["name"]
    refusal = datadam(home, "source", "add", name, "--url", "http://127.0.0.1/a.csv", refused=True)
    assert refusal["error"]["code"] == "address_refused"
    assert datadam(home, "source", "add", name, "--folder", "/", refused=True)["error"]["code"] == "folder_refused"
    listed = datadam(home, "source", "list")
    jsonschema.validate(listed, datadam(home, "schema", "source"))
    assert listed == {"sources": []}
