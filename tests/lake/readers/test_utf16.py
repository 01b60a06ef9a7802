"""A UTF-16 file is text, however many of its Hangul bytes look like control characters."""

import io

import pytest

from datadam.lake.readers import Source, open_tables

TEXT = "년월\t구분\t합계\r\n" + "2021년 5월\t수출입\t1,234\r\n" * 40


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le"])
def test_utf16_korean_is_no_binary_file(encoding: str) -> None:
    raw = TEXT.encode(encoding)
    table = open_tables(Source(lambda: io.BytesIO(raw), "월별.txt", len(raw)), policy="apply")[0]
    assert table.header == ["년월", "구분", "합계"] and table.format == "tsv"
    assert table.encoding.startswith("utf-16")
