"""Charts offline: Vega, Vega-Lite and vega-embed as one script, made once from vl-convert's own copy.

It is built in a child process: vl-convert brings a JavaScript engine that a web process should not carry.
"""

import gzip
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

NAVY, GREEN, SIGNAL, GRAY = "#0a2a52", "#0b6e66", "#b3470b", "#55636f"
FONT = '"Pretendard GOV", Pretendard, "Noto Sans KR", "Malgun Gothic", sans-serif'
CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": FONT,
    "view": {"stroke": None},
    "mark": {"color": GREEN},
    "bar": {"color": GREEN, "discreteBandSize": {"band": 0.8}},
    "line": {"color": GREEN, "strokeWidth": 2, "point": {"filled": True, "size": 30}},
    "range": {"category": [GREEN, NAVY, SIGNAL, "#6b9a3f", "#5c7fa8", "#a88437"]},
    "axis": {
        "labelColor": GRAY, "titleColor": GRAY, "titleFontWeight": "normal", "labelFontSize": 12, "titleFontSize": 12,
        "domainColor": "#c8d1da", "tickColor": "#c8d1da", "gridColor": "#e4e9ee", "labelLimit": 160,
    },
    "axisY": {"titleAngle": 0, "titleAlign": "left", "titleBaseline": "bottom", "titleX": 0, "titleY": -8},
    "axisX": {"labelFlush": True, "labelOverlap": True},
}  # fmt: skip
# A tick says the largest unit that begins with it: a year, a month, a day, an hour.
KOREAN_DATES = (
    "hours(datum.value) || minutes(datum.value) ? timeFormat(datum.value, '%H:%M')"
    " : date(datum.value) != 1 ? timeFormat(datum.value, '%-m월 %-d일')"
    " : month(datum.value) ? timeFormat(datum.value, '%-m월') : timeFormat(datum.value, '%Y년')"
)
BUILD = "import sys, vl_convert; sys.stdout.write(vl_convert.javascript_bundle())"


def bundle_name() -> str:
    """Changes with vl-convert's version, so that the file may be cached for ever."""
    return f"vega-{version('vl-convert-python')}.js"


def bundle_url() -> str:
    return f"/assets/{bundle_name()}"


def bundle_path() -> Path:
    return Path(settings.HOME) / "cache" / bundle_name()


def ensure_bundle() -> Path:
    """Build the script (and its .gz) unless it is there; some seconds the first time, then nothing."""
    path = bundle_path()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        script = subprocess.run([sys.executable, "-c", BUILD], check=True, capture_output=True, timeout=120).stdout  # noqa: S603
        _put(path.with_suffix(".js.gz"), gzip.compress(script, 6, mtime=0))
        _put(path, script)
    return path


def _put(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.replace(name, path)


def themed(spec: dict[str, Any]) -> dict[str, Any]:
    """`spec` in the house's colours, as wide as its place, with the dates of an axis in the page's language."""
    made = {"width": "container", "height": 280, "autosize": {"type": "fit", "contains": "padding"}} | spec
    made["config"] = CONFIG | spec.get("config", {})
    x = spec.get("encoding", {}).get("x", {})
    if x.get("type") == "temporal" and (get_language() or "ko") == "ko":
        axis = {"labelExpr": KOREAN_DATES, **(x.get("axis") or {})}
        made["encoding"] = spec["encoding"] | {"x": x | {"axis": axis}}
    return made
