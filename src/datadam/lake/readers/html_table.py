"""HTML with tables, as many sites save what they call Excel: the biggest table, read the way a sheet is."""

import re
from html.parser import HTMLParser

from datadam.lake.errors import TooBig, Unreadable
from datadam.lake.readers import grid
from datadam.lake.readers.base import Policy, Source, Table
from datadam.lake.readers.encoding import detect, utf8_chunks
from datadam.lake.readers.grid import Grid
from datadam.lake.readers.json_stream import sniffed_encoding

FORMAT = "html"
LIMIT = 64 * 2**20
ROWSPAN_LIMIT, COLSPAN_LIMIT = 65_534, 1_000  # of the HTML standard
_PAGE = re.compile(r"<(!doctype\s+html|html|head|body|meta|title|style|script|table|div|center|p|br)[\s>/]", re.I)
_DECLARED = re.compile(r"<(!doctype\s+html|html)[\s>]", re.I)  # after an XML declaration only these are HTML
_PREAMBLE = re.compile(r"(\s|<\?xml[^>]*>|<!--.*?-->)*", re.S)
HIDDEN = ("script", "style")


def matches(head: bytes, source: Source) -> bool:
    text = head.decode(sniffed_encoding(head) or "latin-1", "replace").removeprefix("ï»¿").removeprefix("\ufeff")
    before = _PREAMBLE.match(text)
    pattern = _DECLARED if text.lstrip().startswith("<?xml") else _PAGE
    return bool(pattern.match(text, before.end() if before else 0))


def tables(source: Source, *, policy: Policy) -> list[Table]:
    """The page's biggest table. Raises Unreadable or TooBig."""
    if source.size > LIMIT:
        raise TooBig(
            "too_big",
            ko=f"HTML은 {LIMIT // 2**20}MB까지만 읽습니다. 엑셀에서 열어 XLSX나 CSV로 저장해 올려 주세요.",
            en=f"HTML is read up to {LIMIT // 2**20} MB: open it in Excel and save it as XLSX or CSV.",
            limit=LIMIT,
        )
    encoding = detect(source)
    grids = _grids(source, encoding)
    biggest = max(grids, key=_size, default=None)
    if biggest is None or biggest.is_box:
        raise Unreadable(
            "markup",
            ko="자료가 든 표가 없는 HTML 문서입니다. 표를 엑셀이나 CSV로 저장해 올려 주세요.",
            en="An HTML document without a table of data: save its table as Excel or CSV.",
        )
    others = sum(not found.is_box for found in grids) - 1
    found = grid.tables([("", biggest)], f"smaller: {others}" if others else "", FORMAT, policy)
    found[0].encoding = encoding
    return found


def sheets(source: Source) -> list[tuple[str, Grid]]:
    """The page's tables that are no mere frames, by their place in it, the biggest first."""
    found = enumerate(_grids(source, detect(source)), 1) if source.size <= LIMIT else ()
    named = [(f"표 {number}", each.finish()) for number, each in found if not each.is_box]
    return sorted(named, key=lambda each: -_size(each[1]))


def _size(found: Grid) -> int:
    return sum(map(len, found.cells))


def _grids(source: Source, encoding: str) -> list[Grid]:
    page = _Page()
    with source.open() as stream:
        page.feed(b"".join(utf8_chunks(source, stream, encoding)).decode())
    page.close()
    return page.grids


class _Page(HTMLParser):
    """The tables of a page. One inside a cell of another stands by itself; tags that were left open are closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.grids: list[Grid] = []
        self._open: list[_OpenTable] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in HIDDEN
        if tag == "table":
            self.grids.append(Grid())
            self._open.append(_OpenTable(self.grids[-1]))
        elif self._open and tag in ("tr", "td", "th", "br", "p", "div"):
            self._open[-1].start(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in HIDDEN and self._hidden > 0
        if not self._open:
            return
        if tag in ("td", "th", "tr", "table"):
            self._open[-1].close_cell()
        if tag == "table":
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and not self._hidden:
            self._open[-1].texts.append(" ".join(re.split(r"[ \t\r\n]+", data)))

    def close(self) -> None:
        super().close()
        while self._open:
            self._open.pop().close_cell()


class _OpenTable:
    """A table that is being read, and the cell in it."""

    def __init__(self, found: Grid) -> None:
        self._grid = found
        self._row = -1
        self._spans: tuple[int, int] | None = None  # of the open cell
        self.texts: list[str] = []

    def start(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag in ("br", "p", "div"):
            self.texts.append("\n")
            return
        self.close_cell()
        if tag == "tr":
            self._row += 1
        else:
            self._row = max(self._row, 0)
            rows, columns = attributes.get("rowspan"), attributes.get("colspan")
            self._spans = _span(rows, ROWSPAN_LIMIT), _span(columns, COLSPAN_LIMIT)
            self.texts = []

    def close_cell(self) -> None:
        if self._spans is not None:
            lines = (line.strip() for line in "".join(self.texts).replace("\xa0", " ").split("\n"))
            self._grid.append(self._row, "\n".join(filter(None, lines)), *self._spans)
        self._spans = None


def _span(value: str | None, limit: int) -> int:
    found = re.match(r"\s*(\d{1,6})", value or "", re.A)
    return min(max(int(found.group(1)), 1), limit) if found else 1
