"""requirements.lock is what uv.lock says, so that pip installs the same city that uv does."""

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_requirements_lock_pins_what_uv_lock_pins() -> None:
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    wanted = {f"{package['name']}=={package['version']}" for package in locked if package["name"] != "datadam"}
    pinned = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", (ROOT / "requirements.lock").read_text(), re.M)
    assert {f"{name}=={version}" for name, version in pinned} == wanted


def test_every_library_that_the_product_imports_is_a_declared_dependency() -> None:
    declared = {
        re.split(r"[\[<>=~! ]", need)[0].lower()
        for need in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    }
    providers = metadata.packages_distributions()
    imported = {name for path in (ROOT / "src").rglob("*.py") for name in top_level_imports(path)}
    foreign = imported - sys.stdlib_module_names - {"datadam"}
    assert {
        name for name in foreign if not declared & {d.lower().replace("_", "-") for d in providers.get(name, [])}
    } == set()


def top_level_imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return found
