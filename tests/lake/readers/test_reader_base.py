from hypothesis import given
from hypothesis import strategies as st

from datadam.lake.readers.base import BAD_TEXT_LIMIT, BadRow, unique_names, wants


def test_names_are_made_unique_ignoring_case_and_empty_ones_are_numbered():
    names, proposals = unique_names(["a", "", "A", None, "a", "column_2"])
    assert names == ["a", "column_2_2", "A_2", "column_4", "a_3", "column_2"]
    assert [(p.code, p.column, p.applied) for p in proposals] == [
        ("unnamed_column", "column_2_2", True),
        ("duplicate_column", "A_2", True),
        ("unnamed_column", "column_4", True),
        ("duplicate_column", "a_3", True),
    ]


STORABLE = st.characters(exclude_characters="\0", exclude_categories=["Cs"])  # others are cleaned out of names


@given(st.lists(st.text(STORABLE, max_size=3) | st.sampled_from(["a", "A", "a_2", "column_1", ""]), max_size=8))
def test_names_never_clash_and_good_ones_are_kept(raw):
    names, _ = unique_names(raw)
    assert len({name.casefold() for name in names}) == len(raw)
    first = {}
    for name, given_name in zip(names, raw, strict=True):
        if given_name.strip() and given_name.casefold() not in first:
            assert name == given_name
        first[given_name.casefold()] = True


def test_a_recipe_decides_by_its_last_step_and_applies_what_it_leaves_open():
    recipe = [
        {"code": "title_rows"},
        {"code": "title_rows", "applied": False},
        {"code": "x", "column": "a", "applied": False},
    ]
    assert not wants(recipe, "title_rows")
    assert wants(recipe, "blank_rows")
    assert not wants(recipe, "x", "a")
    assert wants(recipe, "x", "b")
    assert wants("apply", "anything") and not wants("none", "anything")


def test_the_text_of_a_bad_row_is_cut():
    assert len(BadRow.of(1, "json", "x" * 10_000).text) == BAD_TEXT_LIMIT
