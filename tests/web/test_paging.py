"""Links of lists keep what the reader asked for."""

import pytest
from django.http import QueryDict

from datadam.web import paging


def test_neighbours_keep_the_filters():
    asked = QueryDict("q=주차장&page=2")
    made = paging.paging(asked, page=2, pages=3)
    assert "page" not in made.previous and "page=3" in made.next and "q=%EC" in made.previous


def test_the_ends_have_no_further_link():
    assert paging.paging(QueryDict(""), page=1, pages=1) == paging.Paging(1, 1, "", "")


@pytest.mark.parametrize("raw", ["", "0", "-1", "x", "²", "9" * 30])
def test_a_strange_page_is_the_first(raw):
    assert paging.number(QueryDict(f"page={raw}")) == 1
