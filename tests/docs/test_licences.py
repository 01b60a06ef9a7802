"""The licence check refuses what it must and knows the difference between GPL and LGPL."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))
import licences  # noqa: E402


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-only", "AGPL-3.0-or-later", "GNU Affero General Public License v3", "MIT AND GPL-2.0", ""]
)
def test_copyleft_and_silence_are_refused(licence: str) -> None:
    assert licences.refused(licence)


@pytest.mark.parametrize("licence", ["MIT", "LGPL-3.0-only", "GPL-2.0 OR MIT", "Apache-2.0 OR BSD-3-Clause"])
def test_permissive_and_lesser_licences_are_taken(licence: str) -> None:
    assert not licences.refused(licence)


def test_every_runtime_dependency_is_looked_at() -> None:
    packages = licences.runtime_packages("datadam")
    assert {"django", "deltalake", "duckdb", "pyarrow", "psycopg", "cffi"} <= set(packages)
    assert "pytest" not in packages


def test_the_script_passes_on_the_lock() -> None:
    done = subprocess.run([sys.executable, TOOLS / "licences.py"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
