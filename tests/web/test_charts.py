"""The chart script: made once, kept for ever, needs no network and no eval."""

import gzip

import pytest
from django.utils import translation

from datadam.web import charts


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The script, made once for these tests."""
    from django.conf import settings

    before, settings.HOME = settings.HOME, tmp_path_factory.mktemp("charts")
    yield charts.ensure_bundle()
    settings.HOME = before


def test_the_script_brings_all_it_needs(built):
    script = built.read_bytes()
    assert b"vegaEmbed" in script and gzip.decompress(built.with_suffix(".js.gz").read_bytes()) == script


def test_it_is_made_once(built):
    made = built.stat().st_mtime_ns
    assert charts.ensure_bundle().stat().st_mtime_ns == made


def test_it_is_served_for_ever(built, client):
    plain = client.get(charts.bundle_url())
    packed = client.get(charts.bundle_url(), headers={"accept-encoding": "gzip"})
    assert "immutable" in plain.headers["Cache-Control"] and packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(b"".join(packed.streaming_content)) == b"".join(plain.streaming_content)


@pytest.mark.django_db
def test_another_name_is_not_found(built, client):
    assert client.get("/assets/vega-0.js").status_code == 404


def test_a_spec_takes_the_look_of_the_house_and_keeps_its_own_wishes():
    spec = {"mark": "line", "height": 90, "encoding": {"x": {"field": "x", "type": "temporal"}}}
    with translation.override("ko"):
        made = charts.themed(spec)
    assert (made["height"], made["width"]) == (90, "container")
    assert "월" in made["encoding"]["x"]["axis"]["labelExpr"] and "axis" not in spec["encoding"]["x"]
    with translation.override("en"):
        assert charts.themed(spec)["encoding"] == spec["encoding"]
