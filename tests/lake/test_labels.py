"""Label files of any shape: what is understood is noted, nothing else ends the reading of a set."""

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datadam.lake.readers import labels
from tests.media import picture, zipped

FILES = ["a/0.png", "1.png", "2.jpg"]
NAMES = st.sampled_from(
    ["images", "annotations", "categories", "id", "image_id", "category_id", "file_name", "name", "file", "0.png"]
)
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), NAMES, st.sampled_from(FILES), st.text())
SHAPES = st.recursive(
    PLAIN, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES | st.text(), inner, max_size=4))
)
COCO = st.fixed_dictionaries(
    {
        "images": st.lists(st.fixed_dictionaries({"id": SHAPES, "file_name": st.sampled_from(FILES)}) | SHAPES),
        "annotations": st.lists(st.fixed_dictionaries({"image_id": SHAPES, "category_id": SHAPES}) | SHAPES),
        "categories": st.lists(st.fixed_dictionaries({"id": SHAPES, "name": SHAPES})) | SHAPES,
    }
)
TEXTS = st.lists(
    st.sampled_from([*FILES, ",", "\t", ";", "\n", '"', "\0", "names:", "[", "]", "- ", "0 ", ".5 ", "1e9 ", "-"])
    | st.text(max_size=3)
).map("".join)
TAGS = st.recursive(
    st.text(alphabet="ab &;<>/", max_size=4) | st.sampled_from(FILES),
    lambda inner: st.tuples(
        st.sampled_from(["annotation", "filename", "object", "name", "x"]), st.lists(inner, max_size=4)
    ).map(lambda made: f"<{made[0]}>{''.join(made[1])}</{made[0]}>"),
)


def read(name, content):
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
    return labels.read([(name, len(raw))], lambda _: raw, FILES)


def check(found):
    """What was noted can be stored, and only of files of the set."""
    for column, values in found.columns.items():
        assert column == "".join(filter(str.isprintable, column))
        assert set(values) <= set(FILES)
        pa.array([text for texts in values.values() for text in texts], pa.string())
    assert found.unmatched >= 0 <= found.unread


@settings(max_examples=150, deadline=None)
@given(SHAPES | COCO, st.sampled_from(["x.json", "0.json"]))
def test_json_of_any_shape_is_read_or_left(shape, name):
    check(read(name, json.dumps(shape)))


@settings(max_examples=80, deadline=None)
@given(st.lists(SHAPES, max_size=5))
def test_lines_of_json_of_any_shape_are_read_or_left(shapes):
    check(read("x.jsonl", "\n".join(map(json.dumps, shapes))))


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from(["x.csv", "x.tsv", "0.txt", "classes.txt", "obj.names", "data.yaml", "x.json", "0.xml"]))
def test_texts_of_any_shape_are_read_or_left(text, name):
    check(read(name, text))


@settings(max_examples=100, deadline=None)
@given(TAGS)
def test_xml_of_any_shape_is_read_or_left(text):
    check(read("0.xml", text))


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=80), st.sampled_from(["x.json", "0.xml", "x.csv", "0.txt", "data.yaml", "x.jsonl"]))
def test_bytes_are_read_or_left(content, name):
    check(read(name, content))


@pytest.mark.parametrize(
    ("image", "annotation", "category"),
    [([1], 1, 1), ({"a": 1}, 1, 1), (1.5, 1, 1), (1, [1], 1), (1, 1, {}), (1, 1, [2])],
)
def test_coco_with_ids_of_another_kind_is_not_read(image, annotation, category):
    told = {
        "images": [{"id": image, "file_name": "0.png"}],
        "annotations": [{"image_id": annotation, "category_id": category}],
        "categories": [{"id": 1, "name": "stop"}],
    }
    found = read("x.json", json.dumps(told))
    assert (found.unread, found.files, found.columns) == (1, set(), {})


def test_coco_with_ids_that_are_words_is_read():
    told = {
        "images": [{"id": "a", "file_name": "0.png"}, {"id": 2, "file_name": "none.png"}],
        "annotations": [{"image_id": "a", "category_id": "s"}, {"image_id": 2, "category_id": "s"}, 7],
        "categories": [{"id": "s", "name": "stop"}],
    }
    found = read("x.json", json.dumps(told))
    assert (found.unread, found.unmatched) == (0, 1)
    assert found.columns == {"classes": {"a/0.png": ["stop"]}, "boxes": {"a/0.png": ["1"]}}


def test_deep_and_broken_files_are_told_as_unread():
    for name, text in (("x.json", "[" * 100_000), ("0.xml", "<a>" * 50_000), ("x.jsonl", "{}\n{"), ("x.json", "{")):
        assert read(name, text).unread == 1


def test_a_set_with_a_label_file_of_another_shape_is_loaded_with_it(lake):
    told = {"images": [{"id": [1], "file_name": "0.png"}], "annotations": [{"image_id": [1], "category_id": {}}]}
    halved = [{"file": f"{at}.png", "\ud800": "\ud800\0"} for at in range(3)]
    pictures = {f"p/{at}.png": picture((at, 0, 0)) for at in range(3)}
    content = zipped({**pictures, "p/l.json": json.dumps(told), "p/m.json": json.dumps(halved)})
    report = lake.one(content, filename="s.zip", files=True)
    assert report.status == "loaded"
    assert {finding.code: finding.count for finding in report.findings} == {"labels_unread": 1}
    assert {row["path"] for row in lake.rows(report)} == {"0.png", "1.png", "2.png", "l.json", "m.json"}
