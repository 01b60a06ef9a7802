"""What offices do to tables, planted in random ones: found every time, and never where it was not planted."""

import csv
import io
import random
from collections import Counter

import openpyxl
import pytest

from datadam.lake.errors import Unreadable
from datadam.lake.intake import open_source
from datadam.lake.readers import open_tables

PLACES = [
    "중구",
    "서구",
    "동구",
    "영도구",
    "부산진구",
    "동래구",
    "남구",
    "북구",
    "해운대구",
    "사하구",
    "금정구",
    "수영구",
]
KINDS = ["한식", "중식", "카페", "편의점", "의류", "숙박", "약국", "주유소", "서점", "병원"]
TOTALS = ["소계", "합계", "총계", "계", "합   계", "소 계", "Total", "전체", "(합계)"]


class Grid:
    """A random table: rows of group, kind and figures."""

    def __init__(self, seed: int, *, columns: int | None = None, scale: int | None = None) -> None:
        self.random = random.Random(seed)
        scale = scale or self.random.choice([9, 100, 5_000, 1_000_000])
        self.columns = columns or self.random.randint(1, 6)
        self.names = self.random.sample(["남자", "여자", "건수", "금액", "면적", "인원", "수량", "방문"], self.columns)
        self.decimals = self.random.choice([0, 0, 1])
        groups = self.random.sample(PLACES, self.random.randint(3, 8))
        self.groups = [
            (group, [[kind, *self.figures(scale)] for kind in self.random.sample(KINDS, self.random.randint(2, 7))])
            for group in groups
        ]

    def figures(self, scale: int) -> list[float]:
        return [self.round(self.random.random() * scale + 1) for _ in range(self.columns)]

    def round(self, value: float) -> float:
        return round(value, self.decimals) if self.decimals else int(value)

    @property
    def header(self) -> list[str]:
        return ["구군", "업종", *self.names]

    @property
    def rows(self) -> list[list[object]]:
        return [[group, *row] for group, rows in self.groups for row in rows]

    def sums(self, rows: list[list[object]]) -> list[float]:
        return [self.round(sum(row[-self.columns + at] for row in rows)) for at in range(self.columns)]  # type: ignore[misc]


def as_csv(rows, *, thousands=False):
    text = io.StringIO()
    shown = [[f"{v:,}" if thousands and isinstance(v, int) else v for v in row] for row in rows]
    csv.writer(text).writerows(shown)
    return text.getvalue().encode()


def as_xlsx(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([None if value == "" else value for value in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def written(seed, rows):
    return as_xlsx(rows) if seed % 4 == 0 else as_csv(rows, thousands=seed % 4 == 1)


def codes(report, *, applied=None):
    return {p.code for p in report.proposals if applied is None or p.applied == applied}


class Seen:
    """A table as its reader gives it, with the account of its rows (types are another matter, and slower)."""

    def __init__(self, lake, content, policy):
        sealed = lake.staging.seal(io.BytesIO(content))
        (table,) = open_tables(open_source(lake.staging, sealed.id, "file"), policy=policy)
        blocks = [unit() for unit in table.units()]
        self.proposals, self.header = table.proposals, table.header
        self.rows = [list(row.values()) for block in blocks for row in block.cells.to_pylist()]
        self.rows_set_aside = Counter()
        for block in blocks:
            assert block.cells.schema.names == table.header
            assert len(block.line_numbers()) == block.cells.num_rows and not block.bad
            self.rows_set_aside.update(block.set_aside)
        self.units = [table.measures.get(name, "") for name in table.header]

    @property
    def read(self):
        return len(self.rows) + sum(self.rows_set_aside.values())


def one(lake, content, policy="apply", *, read=None):
    seen = Seen(lake, content, policy)
    assert read is None or seen.read == read
    return seen


def recall(found, least=0.99):
    missed = [seed for seed, hit in enumerate(found) if not hit]
    assert len(missed) <= (1 - least) * len(found), missed
    return missed


def test_no_false_total_row_on_clean_tables(lake):
    for seed in range(1000):
        grid = Grid(seed)
        report = one(lake, as_csv([grid.header, *grid.rows], thousands=seed % 2 == 1))
        wrong = codes(report) & {
            "total_rows",
            "unmarked_totals",
            "total_column",
            "fill_down",
            "letter_spaced",
            "unpivot",
        }
        assert not wrong, (seed, report.proposals)
        assert len(report.rows) == len(grid.rows)


def subtotalled(grid, word, *, first=False, fill=True):
    """Rows with a subtotal in every group; how many totals there are."""
    made, totals = [], 0
    for group, rows in grid.groups:
        total = [group if fill else "", word, *grid.sums(rows)]
        body = [[group, *row] for row in rows]
        made += [total, *body] if first else [*body, total]
        totals += 1
    return made, totals


@pytest.mark.parametrize("first", [False, True])
def test_marked_subtotals_that_add_up_are_set_aside(lake, first):
    found = []
    for seed in range(100):
        grid = Grid(seed)
        rows, totals = subtotalled(grid, TOTALS[seed % len(TOTALS)], first=first)
        grand = ["총  계", "", *grid.sums(grid.rows)]
        rows = [grand, *rows] if first else [*rows, grand]
        report = one(lake, written(seed, [grid.header, *rows]))
        found.append(report.rows_set_aside.get("total_row") == totals + 1)
    recall(found)


def test_marked_rows_that_do_not_add_up_are_only_offered(lake):
    for seed in range(100):
        grid = Grid(seed, columns=seed % 4 + 1, scale=5000)
        rows = [
            r
            for group, rows in grid.groups
            for r in ([group, "전체", *grid.figures(90_000)], *([group, *x] for x in rows))
        ]
        report = one(lake, written(seed, [grid.header, *rows]))
        assert "total_rows" in codes(report, applied=False) and not report.rows_set_aside, (seed, report.proposals)


def test_a_total_at_the_end_of_a_long_text_is_confirmed_by_running_sums(lake):
    rng = random.Random(5)
    rows = [[rng.choice(PLACES), rng.randint(1, 999), rng.randint(1, 99_999)] for _ in range(60_000)]
    total = ["합계", sum(r[1] for r in rows), sum(r[2] for r in rows)]
    assert one(lake, as_csv([["구군", "건수", "금액"], *rows, total])).rows_set_aside == {"total_row": 1}
    wrong = one(lake, as_csv([["구군", "건수", "금액"], *rows, ["합계", 5, 7]]))
    assert "total_rows" in codes(wrong, applied=False) and len(wrong.rows) == 60_001


@pytest.mark.parametrize("place", ["first", "last", "groups"])
def test_unmarked_totals_are_betrayed_by_arithmetic_and_wait(lake, place):
    found = []
    for seed in range(100):
        grid = Grid(seed, columns=seed % 4 + 2, scale=[500, 80_000][seed % 2])
        if place == "groups":
            rows = [
                r
                for group, rows in grid.groups
                for r in ([group, "구청", *grid.sums(rows)], *([group, *x] for x in rows))
            ]
            expected = len(grid.groups)
        else:
            whole = ["부산광역시", "모든 업종", *grid.sums(grid.rows)]
            rows, expected = ([whole, *grid.rows] if place == "first" else [*grid.rows, whole]), 1
        content = written(seed, [grid.header, *rows])
        report = one(lake, content)
        asked = one(lake, content, policy=[{"code": "unmarked_totals", "applied": True}])
        found.append(
            "unmarked_totals" in codes(report, applied=False)
            and not report.rows_set_aside
            and asked.rows_set_aside.get("total_row", 0) == expected
        )
    recall(found)


def test_a_total_column_is_told_and_kept(lake):
    found = []
    for seed in range(100):
        grid = Grid(seed, columns=seed % 4 + 2)
        rows = [[*row, grid.round(sum(row[2:]))] for row in grid.rows]
        report = one(lake, written(seed, [[*grid.header, ["합계", "계", "총 계"][seed % 3]], *rows]))
        found.append("total_column" in codes(report, applied=False) and len(report.header) == len(grid.header) + 1)
    recall(found)


def spaced(rng, word):
    return (" " * rng.choice([1, 3, 6])).join(word)


def test_letter_spaced_words_are_closed_up(lake):
    found = []
    for seed in range(100):
        grid = Grid(seed)
        rows = [[spaced(grid.random, row[0]), *row[1:]] for row in grid.rows]
        header = ["구   군", "업 종", *grid.names]
        report = one(lake, written(seed, [header, *rows]), read=len(rows))
        found.append([row[0] for row in report.rows] == [row[0] for row in grid.rows] and report.header[1] == "업종")
    recall(found)


def test_half_spaced_words_wait(lake):
    report = one(lake, as_csv([["지역", "값"], *[["서 울 특별시", 1], ["부산", 2]]]))
    assert "letter_spaced" in codes(report, applied=False)


def test_group_labels_written_once_are_filled_down(lake):
    found = []
    for seed in range(100):
        grid = Grid(seed)
        rows = [[group if not at else "", *row] for group, rows in grid.groups for at, row in enumerate(rows)]
        report = one(lake, written(seed, [grid.header, *rows]), read=len(rows))
        got = [row[0] for row in report.rows]
        found.append("fill_down" in codes(report, applied=True) and got == [row[0] for row in grid.rows])
    recall(found)


def test_nested_group_labels_are_filled_down(lake):
    rows = [
        [place if not at else "", part if not at % 3 else "", item, at + n]
        for n, place in enumerate(PLACES)
        for at, (part, item) in enumerate(
            (p, i) for p in ("소계", f"{place} 1동", f"{place} 2동") for i in ("총", "남", "여")
        )
    ]
    for content in (as_csv([["구군", "동", "항목", "값"], *rows]), as_xlsx([["구군", "동", "항목", "값"], *rows])):
        filled = one(lake, content, [{"code": "total_rows", "applied": False}]).rows
        assert [row[:2] for row in filled[:4]] == [["중구", "소계"]] * 3 + [["중구", "중구 1동"]]
        assert all(row[0] and row[1] for row in filled)


def test_labels_are_filled_over_the_ends_of_blocks(lake, monkeypatch):
    monkeypatch.setattr("datadam.lake.readers.encoding.READ", 4096)
    rows = [[f"동{n // 7}" if n % 7 == 0 else "", f"항목{n % 7}", n] for n in range(7000)]
    report = one(lake, as_csv([["동", "항목", "값"], *rows]))
    assert [row[0] for row in report.rows] == [f"동{n // 7}" for n in range(7000)]


def test_an_optional_column_is_not_filled(lake):
    for seed in range(100):
        grid = Grid(seed)
        rng = grid.random
        nicknames = [f"별칭{at}" for at in range(len(grid.rows))]
        rows = [
            [nicknames[at] if at == 0 or rng.random() < 0.5 else "", f"이름{at}", *row[2:]]
            for at, row in enumerate(grid.rows)
        ]
        assert "fill_down" not in codes(one(lake, as_csv([["별칭", "이름", *grid.names], *rows])), applied=True), seed


@pytest.mark.parametrize("repeat", [False, True])
def test_headers_of_two_rows_without_merges_are_joined(lake, repeat):
    found = []
    for seed in range(100):
        rng = random.Random(seed)
        years = [f"{y}년" for y in range(2019, 2019 + rng.randint(2, 5))]
        lower = ["남", "여", "외국인"][: rng.randint(2, 3)]
        upper = ["구군"] + [y if repeat or not at else "" for y in years for at in range(len(lower))]
        under = ["구군" if repeat else "", *(lower * len(years))]
        rows = [[place, *(rng.randint(1, 9999) for _ in upper[1:])] for place in PLACES]
        report = one(lake, written(seed, [upper, under, *rows]))
        names = report.header
        found.append(names == ["구군", *(f"{y} {sex}" for y in years for sex in lower)] and len(report.rows) == 12)
    recall(found)


def test_headers_of_three_rows_and_a_title(lake):
    rows = [
        ["부산 인구 (단위: 명)", "", "", "", ""],
        ["구군", "2020년", "", "2021년", ""],
        ["", "인구", "", "인구", ""],
        ["", "남", "여", "남", "여"],
        *([place, n, n + 1, n + 2, n + 3] for n, place in enumerate(PLACES, 100)),
    ]
    for content in (as_csv(rows), as_xlsx(rows)):
        report = one(lake, content)
        assert report.header[1:3] == ["2020년 인구 남", "2020년 인구 여"]
        assert report.units[1:] == ["명", "명", "명", "명"]
        assert report.rows_set_aside == {"title_row": 1}


UNITS = ["명", "천원", "%", "㎡", "백만원", "톤", "건"]


def test_units_under_and_in_headers_and_in_titles_are_kept(lake):
    found = []
    for seed in range(120):
        grid = Grid(seed)
        units = [grid.random.choice(UNITS) for _ in grid.names]
        rows, header = grid.rows, grid.header
        if seed % 3 == 0:
            table = [header, ["", "", *(f"({unit})" if seed % 2 else unit for unit in units)], *rows]
        elif seed % 3 == 1:
            names = [f"{n}({u})" if seed % 2 else f"{n}(단위: {u})" for n, u in zip(grid.names, units, strict=True)]
            table = [["구군", "업종", *names], *rows]
        else:
            units = [units[0]] * len(units)
            table = [
                ["표 1. 현황", *[""] * (len(header) - 1)],
                [*[""] * (len(header) - 1), f"(단위: {units[0]})"],
                header,
                *rows,
            ]
        report = one(lake, written(seed, table))
        found.append(report.units[2:] == units and len(report.rows) == len(rows))
    recall(found)


def test_rows_quoted_whole_are_taken_apart(lake):
    found = []
    for seed in range(60):
        grid = Grid(seed)
        rows = [[row[0], "한식, 양식" if seed % 3 else row[1], *row[2:]] for row in grid.rows]
        lines = as_csv([grid.header, *rows]).decode().splitlines()
        quoted = ['"' + line.replace('"', '""') + '"' for line in lines]
        content = "\n".join([lines[0] if seed % 2 else quoted[0], *quoted[1:]]).encode()
        report = one(lake, content, read=len(rows))
        found.append(
            report.header == grid.header and [row[:2] for row in report.rows] == [row[:2] for row in rows]
            and "quoted_rows" in codes(report, applied=True)
        )  # fmt: skip
    recall(found)


def test_a_header_shorter_than_the_rows(lake):
    rows = [[place, n, "휴관" if n % 3 == 0 else ""] for n, place in enumerate(PLACES)]
    assert one(lake, as_csv([["구군", "값"], *rows])).header == ["구군", "값", "column_3"]
    numbered = [[n, place, n * 7] for n, place in enumerate(PLACES)]
    assert one(lake, as_csv([["구군", "값"], *numbered])).header == ["column_1", "구군", "값"]
    with pytest.raises(Unreadable, match="2"):
        one(lake, as_csv([["구군", "값"], *([place, n + 5, n * 7] for n, place in enumerate(PLACES))]))


def test_columns_of_nothing_are_dropped(lake):
    for seed in range(20):
        grid = Grid(seed)
        rows = [[*row, "", ""] for row in [grid.header, *grid.rows]]
        assert one(lake, written(seed, rows), read=len(grid.rows)).header == grid.header


def test_a_name_and_a_code_in_one_cell_are_parted_when_asked(lake):
    for seed in range(50):
        grid = Grid(seed)
        rows = [[f"{row[0]}({26110 + PLACES.index(row[0])})", *row[1:]] for row in grid.rows]
        content = written(seed, [grid.header, *rows])
        assert "name_and_code" in codes(one(lake, content), applied=False)
    report = one(lake, content, [{"code": "name_and_code", "column": "구군", "applied": True}])
    assert report.header[:2] == ["구군", "구군 코드"]
    assert [f"{name}({code})" for name, code, *_ in report.rows] == [row[0] for row in rows]


def test_periods_as_columns_are_told(lake):
    for seed in range(40):
        rng = random.Random(seed)
        months = [["2021년{:02d}월", "2021.{:02d}", "2021{:02d}", "{}월"][seed % 4].format(m) for m in range(1, 13)]
        rows = [[place, *(rng.randint(1, 9999) for _ in months)] for place in PLACES]
        assert "unpivot" in codes(one(lake, written(seed, [["구군", *months], *rows]))), seed


def test_a_total_column_is_dropped_and_months_are_turned_when_asked(lake):
    rows = [
        ["구군", "1월", "2월", "3월", "합계"],
        *([place, n, n + 1, n + 2, 3 * n + 3] for n, place in enumerate(PLACES, 50)),
    ]
    asked = [{"code": "unpivot", "applied": True}, {"code": "total_column", "applied": True}]
    report = one(lake, as_csv(rows), asked)
    assert codes(report, applied=True) >= {"unpivot", "total_column"} and report.header == ["구군", "기간", "값"]


def test_what_was_decided_is_followed_next_month(lake):
    january, february = Grid(1, columns=3), Grid(2, columns=3)
    february.names = january.names
    offered = "total_rows"
    for grid in (january, february):
        rows, totals = subtotalled(grid, "소계")
        content = as_csv([grid.header, *rows])
        if grid is january:
            steps = [{"code": p.code, "column": p.column, "applied": p.applied} for p in one(lake, content).proposals]
        assert one(lake, content, policy=steps).rows_set_aside == {"total_row": totals}
        off = [*steps, {"code": offered, "column": "업종", "applied": False}]
        assert one(lake, content, policy=off).rows_set_aside == {}
        wrong = as_csv([grid.header, *([*row[:2], *grid.figures(77_777)] for row in rows)])
        assert one(lake, wrong).rows_set_aside == {}
        assert one(lake, wrong, policy=[{"code": offered, "applied": True}]).rows_set_aside == {"total_row": totals}
    assert codes(one(lake, content, policy="none"), applied=True) <= {"integer", "number", "unnamed_column"}


def test_periods_percentages_and_marks_for_no_value(lake):
    rows = [
        [
            f"2020년 {n % 4 + 1}분기",
            f"2025.{n % 9 + 1:02d} 월",
            f"{n}.5%",
            ["X", "-", "NA", f"{n:,}"][min(n % 12, 3)],
            f"{n % 24 + 1:02d}",
        ]
        for n in range(240)
    ]
    report = lake.one(as_csv([["분기", "시점", "증가율", "종사자", "시간"], *rows]))
    assert [c.type for c in report.columns] == ["date", "date", "number", "integer", "integer"]
    assert report.columns[2].unit == "%"
    assert {(f.code, f.count) for f in report.findings} == {
        ("suppressed", 20),
        ("none_marked", 20),
        ("missing_marked", 20),
        ("hour_24", 10),
    }
    assert report.rows_loaded == 240
    assert str(lake.rows(report)[3]["분기"]) == "2020-10-01"


def test_marks_in_text_stay(lake):
    report = lake.one(as_csv([["시설", "개방"], *([f"시설{n}", "OX"[n % 2]] for n in range(20))]))
    assert [row["개방"] for row in lake.rows(report)] == ["O", "X"] * 10 and not report.findings
