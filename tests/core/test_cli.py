"""The command line: a new home sets itself up; exit codes; schemas."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from datadam import cli
from datadam.core import commands
from datadam.core.cli import Outcome, Verb, obj, plain, verb
from datadam.core.errors import Conflict
from datadam.core.models import CityRole, Membership
from datadam.core.services.tokens import SCOPES
from datadam.lake.errors import LakeError
from datadam.web.text import Text


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "DATADAM_HOME": str(home)}


def datadam(home: Path, *args: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "datadam.cli", *args]
    return subprocess.run(command, env=environment(home), capture_output=True, text=True, timeout=60)


def modes(folder: Path) -> set[str]:
    return {oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.rglob("*") if path.parent.name == "keys"}


def test_the_first_command_sets_up_a_new_home(tmp_path):
    home = tmp_path / "new"
    first = datadam(home, "verify", "--json")
    assert (first.returncode, first.stderr) == (0, "")
    report = json.loads(first.stdout)
    assert report == {"problems": [], "notes": [], "events": 1, "sealed": 0, "checkpoints": 0}
    assert oct(stat.S_IMODE(home.stat().st_mode)) == "0o700"
    assert modes(home) == {"0o600"}
    assert json.loads(datadam(home, "init", "--json").stdout)["operator"] == "operator"
    assert json.loads(datadam(home, "worker", "--once", "--json").stdout)["jobs"] >= 2
    later = json.loads(datadam(home, "verify", "--json").stdout)
    assert later["problems"] == [] and later["sealed"] >= 1 and later["checkpoints"] == 1
    refused = datadam(home, "verify", "--as", "nobody")
    assert refused.returncode == 1 and "nobody" in refused.stderr and refused.stdout == ""
    as_json = datadam(home, "verify", "--as", "nobody", "--json")
    assert json.loads(as_json.stdout)["error"]["code"] == "not_found" and as_json.returncode == 1


def test_a_bad_setting_stops_at_start(tmp_path, monkeypatch):
    monkeypatch.setenv("DATADAM_PORT", "many")
    done = datadam(tmp_path / "new", "verify")
    assert done.returncode != 0 and "DATADAM_PORT" in done.stderr
    assert not (tmp_path / "new" / "datadam.sqlite3").exists()


@pytest.mark.parametrize(
    "args", [["verify", "--nonsense"], ["nonsense"], ["schema", "nonsense"], ["worker", "--queue", "x"]]
)
def test_wrong_usage_is_exit_code_2(args):
    plain, as_json = CliRunner().invoke(cli.main, args), CliRunner().invoke(cli.main, [*args, "--json"])
    assert (plain.exit_code, as_json.exit_code) == (2, 2)
    error = json.loads(as_json.stdout)["error"]
    assert error["code"] == "usage" and error["message"] and error["data"] == {}
    assert plain.stdout == "" and error["message"] in as_json.stderr


def test_a_known_home_is_opened_without_migrating(tmp_path):
    home = tmp_path / "new"
    datadam(home, "init")
    code = "import sys; sys.argv = ['datadam', 'token']\nfrom datadam.cli import main\n"
    code += "try: main()\nexcept SystemExit: pass\nfinally: print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], env=environment(home), capture_output=True, text=True
    ).stdout.split()
    heavy = {"django.db.migrations.executor", "ninja", "pydantic", "duckdb", "deltalake", "pyarrow", "cryptography"}
    assert "django.db" in loaded and heavy.isdisjoint(loaded)


SCHEMA = obj({"lit": {"type": "boolean"}})


@verb("lamp", schema=SCHEMA, refusals=["no_oil"], opens_home=False)
@click.option("--mood", default="lit")
def lamp(*, actor, mood):
    """Light a lamp."""
    if mood == "lake":
        raise LakeError("no_oil", ko="기름이 없습니다.", en="No oil.", litres=0)
    if mood == "conflict":
        raise Conflict(Text("이미 켜져 있습니다.", "It is lit."))
    if mood == "broken":
        raise OSError("broken")
    return Outcome({"lit": False}, refused=True) if mood == "out" else {"lit": True}


@pytest.mark.parametrize(
    ("mood", "code", "printed"),
    [
        ("lit", 0, {"lit": True}),
        ("out", 1, {"lit": False}),
        ("lake", 1, {"error": {"code": "no_oil", "message": "기름이 없습니다.", "data": {"litres": 0}}}),
        ("conflict", 1, {"error": {"code": "conflict", "message": "이미 켜져 있습니다.", "data": {}}}),
    ],
)
def test_reports_and_refusals(mood, code, printed):
    done = CliRunner().invoke(lamp, ["--mood", mood, "--json"])
    assert (done.exit_code, json.loads(done.stdout)) == (code, printed)


def test_a_refusal_without_json_goes_to_stderr():
    done = CliRunner().invoke(lamp, ["--mood", "lake"])
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", "기름이 없습니다. [no_oil]\n")


def test_a_fault_is_not_dressed_up_as_a_refusal():
    assert isinstance(CliRunner().invoke(lamp, ["--mood", "broken"]).exception, OSError)


def test_the_schema_lists_every_code():
    report, error = lamp.schema()["oneOf"]
    assert report == SCHEMA
    codes = error["properties"]["error"]["properties"]["code"]["enum"]
    assert {"no_oil", "conflict", "not_found", "not_allowed", "invalid"} <= set(codes)


def rooms_present() -> list[str]:
    root = Path(cli.__file__).parent
    return [name for name, room in cli.VERBS.items() if (root / room.replace(".", "/") / "commands.py").exists()]


@pytest.mark.parametrize("name", rooms_present())
def test_every_verb_has_a_schema_and_the_shared_options(name):
    command = cli.load(name)
    assert isinstance(command, Verb) and command.name == name and command.help
    assert "--json" in {option for param in command.params for option in param.opts}
    printed = CliRunner().invoke(cli.main, ["schema", name])
    assert printed.exit_code == 0
    assert json.loads(printed.stdout) == command.schema()
    assert all("type" in part for part in command.schema()["oneOf"])


def test_the_codes_in_schemas_are_those_of_the_models():
    assert set(commands.CITY_ROLES) == set(CityRole.Role.values)
    assert set(commands.ROLES) == set(Membership.Role.values)
    assert set(commands.SCOPES) == set(SCOPES)


def test_an_account_and_its_token_by_command(tmp_path):
    home = tmp_path / "new"
    made = json.loads(datadam(home, "person", "kim", "--org", "해양수산과", "--json").stdout)
    assert made["created"] and len(made["password"]) >= 12
    issued = json.loads(datadam(home, "token", "--as", "kim", "--scope", "write", "--json").stdout)
    assert issued["person"] == "kim" and issued["scopes"] == ["write"]
    refused = datadam(home, "person", "lee", "--as", "kim", "--json")
    assert refused.returncode == 1 and json.loads(refused.stdout)["error"]["code"] == "not_allowed"


def test_plain_reports_are_readable():
    assert plain({"a": 1, "b": {"c": [1, 2]}, "d": []}) == "a: 1\nb:\n  c:\n    - 1\n    - 2\nd: []"
