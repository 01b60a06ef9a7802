"""requirements.lock is what uv.lock says, so that pip installs the same city that uv does."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_requirements_lock_pins_what_uv_lock_pins() -> None:
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    wanted = {f"{package['name']}=={package['version']}" for package in locked if package["name"] != "datadam"}
    pinned = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", (ROOT / "requirements.lock").read_text(), re.M)
    assert {f"{name}=={version}" for name, version in pinned} == wanted
