"""A UTF-16 file is text, however many of its Hangul bytes look like control characters."""

import pytest

from datadam.lake.readers import open_tables
from tests.lake.readers.conftest import _source

TEXT = "년월\t구분\t합계\r\n" + "2021년 5월\t수출입\t1,234\r\n" * 40


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le"])
def test_utf16_korean_is_no_binary_file(encoding):
    table = open_tables(_source(TEXT.encode(encoding)), policy="apply")[0]
    assert table.header == ["년월", "구분", "합계"] and table.format == "tsv"
    assert table.encoding.startswith("utf-16")
