"""Docs are code: what the program reads, offers and does is written down, or these tests fail."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "datadam"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def settings_read() -> set[str]:
    """Every variable that the configuration asks the environment for."""
    sources = "".join(path.read_text(encoding="utf-8") for path in (SOURCE / "config").glob("*.py"))
    called = re.findall(r"\benv\.\w+\(\s*\"([A-Z][A-Z0-9_]+)\"", sources)
    return set(called) | set(re.findall(r"environ(?:\.get\(|\[)\"((?:DATADAM|DATABASE)_[A-Z0-9_]+)\"", sources))


@pytest.mark.parametrize("name", sorted(settings_read()))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in read("docs/settings.md")


def test_no_setting_is_documented_that_nothing_reads() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    written = set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)` ", read("docs/settings.md"), re.M))
    assert {name for name in written if f'"{name}"' not in source} == set()


def verbs() -> list[str]:
    from datadam.cli import VERBS

    return sorted(VERBS)


@pytest.mark.parametrize("verb", verbs())
def test_every_command_is_documented(verb: str) -> None:
    assert f"## datadam {verb}\n" in read("docs/commands.md")


def test_no_command_is_documented_that_does_not_exist() -> None:
    assert re.findall(r"^## datadam (\S+)$", read("docs/commands.md"), re.M) == sorted(
        re.findall(r"^## datadam (\S+)$", read("docs/commands.md"), re.M)
    )
    assert set(re.findall(r"^## datadam (\S+)$", read("docs/commands.md"), re.M)) <= set(verbs())


@pytest.mark.parametrize("verb", verbs())
def test_every_option_of_a_command_is_documented(verb: str) -> None:
    import click

    from datadam.cli import main

    command = main.get_command(click.Context(main), verb)
    assert command is not None
    part = read("docs/commands.md").split(f"## datadam {verb}\n")[1].split("\n## ")[0]
    everywhere = {"--as", "--json", "--help"}
    shown = [param for param in command.params if isinstance(param, click.Option) and not param.hidden]
    options = {name for option in shown for name in option.opts if name.startswith("--")}
    assert {option for option in options - everywhere if f"`{option}" not in part} == set()


def test_every_workflow_has_its_chart() -> None:
    from datadam.core.workflow import workflows

    parts = [f"\n## {flow.name}\n\n```mermaid\n{flow.chart().strip()}\n```\n" for flow in workflows()]
    assert parts and read("docs/charts.md").endswith("".join(parts)), "stale: make docs"


def test_the_table_of_urls_and_roles_is_the_tested_one() -> None:
    from tests.url_roles import page

    assert read("docs/url-roles.md") == page(), "stale: make docs"


LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)|<img[^>]+src=\"([^\"]+)\"")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_resolve(page: Path) -> None:
    targets = [a or b for a, b in LINK.findall(page.read_text(encoding="utf-8"))]
    local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", ["README.md", "README.ko.md", "CONTRIBUTING.md"])
def test_every_make_target_named_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.M))
    named = set(re.findall(r"(?:`|^|\n)make ([a-z-]+)", read(page)))
    assert named and named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_named_exists(page: Path) -> None:
    named = set(re.findall(r"(?:`|\n    |```\n)datadam ([a-z]+)\b", page.read_text(encoding="utf-8")))
    assert named <= {*verbs(), "schema"}


@pytest.mark.parametrize("picture", sorted((ROOT / "docs" / "images").glob("*")), ids=lambda p: p.name)
def test_pictures_are_small_and_used(picture: Path) -> None:
    assert picture.stat().st_size < 250_000
    assert any(picture.name in page.read_text(encoding="utf-8") for page in PAGES)


def test_both_handbooks_have_the_same_chapters() -> None:
    """Every page in both languages, with as many headings and the same commands and settings in each."""
    shapes = {}
    for language in ("ko", "en"):
        for page in (ROOT / "docs" / "handbook" / language).glob("*.md"):
            text = page.read_text(encoding="utf-8")
            headings = [line.split(" ")[0] for line in text.splitlines() if line.startswith("#")]
            named = sorted(set(re.findall(r"\bDATADAM_[A-Z_]+|`datadam [a-z]+", text)))
            shapes[language, page.name] = (headings, named)
    pages = {name for _, name in shapes}
    assert pages and all(shapes.get(("ko", name)) == shapes.get(("en", name)) for name in pages)


def test_both_guides_cover_the_same_users() -> None:
    korean = {path.stem for path in (ROOT / "docs" / "guide" / "ko").glob("*.md")}
    english = {path.stem for path in (ROOT / "docs" / "guide" / "en").glob("*.md")}
    assert korean == english != set()
