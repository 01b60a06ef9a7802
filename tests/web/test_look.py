"""The rules of the look: one stylesheet, contrast, nothing inline, pages that hold without script."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from datadam.web import drawings

PACKAGE = Path(settings.PACKAGE)
STYLESHEET = PACKAGE / "web/static/web/datadam.css"
TEMPLATES = sorted(PACKAGE.glob("*/templates/**/*.html"))


def colours() -> dict[str, str]:
    return dict(re.findall(r"--krds-([\w-]+): (#[0-9a-f]{6});", STYLESHEET.read_text(encoding="utf-8")))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_stylesheet_stays_small():
    assert len(STYLESHEET.read_text(encoding="utf-8").splitlines()) < 600
    assert [path.name for path in PACKAGE.glob("*/static/**/*.css")] == ["datadam.css"]


@pytest.mark.parametrize("ink", ["color-primary", "color-secondary", "color-signal", "gray-60", "gray-90"])
@pytest.mark.parametrize("ground", ["gray-0", "gray-5", "color-primary-5", "color-secondary-5", "color-signal-5"])
def test_text_is_readable_on_every_ground(ink, ground):
    """WCAG 2.2 AA, 1.4.3."""
    assert contrast(colours()[ink], colours()[ground]) >= 4.5


def test_edges_of_fields_can_be_seen():
    """WCAG 2.2 AA, 1.4.11."""
    assert contrast(colours()["gray-40"], colours()["gray-0"]) >= 3


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_template_holds_script_or_style(template):
    text = template.read_text(encoding="utf-8")
    assert not re.search(
        r"<script(?![^>]*\bsrc=)|\sstyle=|<style|\son(?:click|change|load|submit|input)=|javascript:", text
    )


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_template_uses_gradients_or_emoji_or_other_servers(template):
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"[\U0001F300-\U0001FAFF]|(?:src|href)=\"https?://", text)


def test_drawings_escape_what_stands_in_the_data():
    evil = '"><script>alert(1)</script>'
    for drawn in (drawings.points_map([(35.1, 129.0, evil)], evil), drawings.histogram([(evil, evil, 3)])):
        assert "<script" not in drawn and "&lt;script" in drawn


def test_what_is_there_can_be_seen():
    bars = drawings.histogram([(0, 1, 1_000_000), (1, 2, 1), (2, 3, 0)])
    heights = [float(h) for h in re.findall(r'height="([\d.]+)"', bars)]
    assert heights[1] >= 1 and heights[2] == 0
    account = drawings.stacked([("green", 3_000_000), ("signal", 1)], "행")
    assert float(re.findall(r'width="([\d.]+)"', account)[1]) > 0.3


@pytest.mark.parametrize("count", [0, 1, 8, 9, 32, 33, 1000])
def test_a_quay_holds_at_most_32_containers(count):
    assert drawings.blocks(count).count("<rect") == min(count, -(-count // -(-count // 32))) if count else True


def test_a_map_of_one_place_has_a_size():
    drawn = drawings.points_map([(35.1, 129.0, "등대")], "등대")
    assert re.search(r'viewBox="0 0 720 \d+', drawn) and drawn.count("<circle") == 1
