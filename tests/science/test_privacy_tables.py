"""Counts of people: what is at risk, and that no treatment leaves a secret that can be worked out."""

import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from datadam.science.privacy import BadSpec, Spec, Treatment, intervals, protect
from datadam.science.privacy.attacker import attack
from datadam.science.privacy.cells import read
from datadam.science.privacy.risk import dominance


def cube(values, *, margins=True):
    """A table of every combination, with its totals in all dimensions."""
    grid = np.asarray(values)
    names = [[f"{'동구역'[d % 3]}{i}" for i in range(n)] for d, n in enumerate(grid.shape)]
    for d in range(grid.ndim if margins else 0):
        grid = np.concatenate([grid, grid.sum(axis=d, keepdims=True)], axis=d)
        names[d].append("합계")
    places = list(itertools.product(*(range(n) for n in grid.shape)))
    columns = {f"d{d}": [names[d][place[d]] for place in places] for d in range(grid.ndim)}
    return pa.table({**columns, "인구": pa.array([int(grid[place]) for place in places], pa.int64())})


def spec(table, **more):
    return Spec(tuple(name for name in table.column_names if name.startswith("d")), ("인구",), **more)


def pencil(table):
    """What follows from the totals alone, one line after another: independent of the product's attacker."""
    rows = table.to_pylist()
    dims = [name for name in table.column_names if name.startswith("d")]
    known = {tuple(row[d] for d in dims): row["인구"] for row in rows}
    lines = []
    for d in range(len(dims)):
        for key in known:
            if key[d] == "합계":
                parts = [k for k in known if k[:d] == key[:d] and k[d + 1 :] == key[d + 1 :] and k[d] != "합계"]
                lines.append((key, parts))
    secret = {key for key, value in known.items() if value is None}
    while True:
        before = len([v for v in known.values() if v is None])
        for whole, parts in lines:
            blanks = [k for k in parts if known[k] is None]
            if known[whole] is None and not blanks:
                known[whole] = sum(known[k] for k in parts)
            elif known[whole] is not None and len(blanks) == 1:
                known[blanks[0]] = known[whole] - sum(known[k] for k in parts if k != blanks[0])
            elif known[whole] is not None and blanks and known[whole] == sum(known[k] for k in parts if known[k]):
                known.update(dict.fromkeys(blanks, 0))
        if len([v for v in known.values() if v is None]) == before:
            return {key for key in secret if known[key] is not None}


grids = st.tuples(st.integers(2, 5), st.integers(2, 5), st.integers(1, 3)).flatmap(
    lambda shape: st.lists(
        st.one_of(st.integers(0, 6), st.integers(0, 40)),
        min_size=shape[0] * shape[1] * shape[2],
        max_size=shape[0] * shape[1] * shape[2],
    ).map(lambda flat: np.array(flat).reshape(shape))
)


SPARSE = [[[0, 0, 0], [0, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 2], [0, 1, 2]],
          [[0, 0, 3], [0, 0, 0], [0, 0, 1]], [[0, 1, 1], [0, 0, 0], [0, 0, 0]]]  # fmt: skip


@settings(max_examples=60, deadline=None)
@example(np.array(SPARSE))
@given(grids)
def test_nothing_withheld_can_be_worked_out(grid):
    table = cube(grid)
    done = protect(table, spec(table), Treatment("suppress"))
    assert done.revealed == 0 and done.after == 0
    assert pencil(done.table) == set()
    shown = [
        (a, b) for a, b in zip(table["인구"].to_pylist(), done.table["인구"].to_pylist(), strict=True) if b is not None
    ]
    assert all(a == b for a, b in shown)


@settings(max_examples=40, deadline=None)
@given(grids, st.integers(0, 9))
def test_rounded_totals_add_up_and_numbers_hardly_move(grid, seed):
    table = cube(grid)
    done = protect(table, spec(table, seed=seed), Treatment("round", base=5))
    assert done.additive
    shown = np.array(done.table["인구"].to_pylist()).reshape(np.array(grid.shape) + 1)
    inner = shown[tuple(slice(0, n) for n in grid.shape)]
    assert (np.abs(inner - grid) < 5).all() and (shown % 5 == 0).all()
    assert shown[-1, -1, -1] == inner.sum()


@settings(max_examples=40, deadline=None)
@given(grids)
def test_merging_keeps_totals_true(grid):
    if grid.shape[0] < 3:
        return
    table = cube(grid)
    done = protect(table, spec(table), Treatment("merge", "d0"))
    total = next((r["인구"] for r in done.table.to_pylist() if set(list(r.values())[:-1]) == {"합계"}), None)
    assert total in (None, grid.sum()) and done.after == 0 and done.revealed == 0
    assert pencil(done.table) == set()


def test_neighbouring_ages_are_merged_and_not_thrown_together():
    table = pa.table(
        {
            "나이": ["20대", "30대", "40대", "50대"] * 2,
            "구": ["중구"] * 4 + ["서구"] * 4,
            "인구": [3, 9, 8, 2, 7, 1, 9, 30],
        }
    )
    done = protect(table, Spec(("나이", "구"), ("인구",)), Treatment("merge", "나이"))
    assert done.merged == {"20대 ~ 30대": ["20대", "30대"], "40대 ~ 50대": ["40대", "50대"]}
    assert done.table["인구"].to_pylist() == [12, 10, 8, 39]


def test_a_code_beside_a_merged_name_is_blank():
    table = pa.table({"코드": ["A", "B", "C", "D"], "국적": ["가", "나", "다", "라"], "인원": [100, 3, 4, 60]})
    done = protect(table, Spec(("코드", "국적"), ("인원",)), Treatment("merge", "국적"))
    assert done.table.to_pylist()[1] == {"코드": None, "국적": "기타", "인원": 7}


def test_a_sum_without_a_word_for_it_is_found():
    table = pa.table({"구": ["부산광역시", "중구", "서구", "동구"], "인구": [103, 3, 40, 60]})
    done = protect(table, Spec(("구",), ("인구",)), Treatment("suppress"))
    assert done.table["인구"].to_pylist()[1] is None and done.table["인구"].null_count == 2


def test_sums_across_columns_are_found():
    table = pa.table({"동": ["가동", "나동", "다동"], "계": [23, 50, 71], "남": [2, 20, 30], "여": [21, 30, 41]})
    done = protect(table, Spec(("동",), ("계", "남", "여")), Treatment("suppress"))
    assert (
        done.table.to_pylist()[0]["남"] is None and done.table.to_pylist()[0]["계"] != done.table.to_pylist()[0]["여"]
    )
    assert done.revealed == 0 and done.complementary >= 1


def test_sums_of_columns_that_stand_apart_are_found():
    """계, 남 and 여 by age, each in a block of its own: what is withheld of the men follows from the others."""
    men, women = np.array([[3, 70], [40, 80], [50, 90], [60, 91], [70, 92]]), np.full((5, 2), 55)
    columns = {}
    for name, block in (("계", men + women), ("남", men), ("여", women)):
        columns |= {f"{name}_{age}": block[:, n].tolist() for n, age in enumerate(("10대", "20대"))}
    table = pa.table({"d0": list("abcde"), **columns})
    done = protect(table, Spec(("d0",), tuple(columns)), Treatment("suppress"))
    row = done.table.to_pylist()[0]
    assert row["남_10대"] is None and (row["계_10대"] is None or row["여_10대"] is None)


def test_a_small_group_in_one_cell_is_at_risk():
    table = cube([[7, 0, 0], [20, 20, 20]])
    assert protect(table, spec(table)).before.whole_group.sum() == 1


def test_dominance_by_contributors():
    values, groups = np.array([90.0, 5, 5, 30, 30, 40]), np.array([0, 0, 0, 1, 1, 1])
    found = dominance(values, groups)
    assert found["nk"].tolist() == [True, False] and found["p"].tolist() == [True, False]


def test_dominance_by_a_column():
    table = pa.table({"구": ["중구", "서구"], "환자": [100, 100], "최대": [95, 10]})
    assert protect(table, Spec(("구",), ("환자",), largest={"환자": "최대"})).before.dominated.tolist() == [True, False]


class TestDifferencing:
    def table(self, counts):
        return pa.table(
            {
                "구": ["중구", "서구", "동구", "남구", "북구", "영도구", "사하구", "강서구", "사상구", "금정구"],
                "인원": counts,
            }
        )

    def test_counts_that_grow(self):
        old, new = self.table([100] * 10), self.table([102, 130, 100, 101, 140, 150, 170, 103, 180, 120])
        found = protect(new, Spec(("구",), ("인원",)), earlier=[old])
        assert found.before.differenced.sum() == 3 and found.before.small.sum() == 0

    def test_two_months_of_a_stock_are_no_difference(self):
        old, new = (
            self.table([100, 90, 80, 70, 60, 50, 40, 90, 80, 70]),
            self.table([98, 93, 79, 72, 58, 55, 38, 91, 70, 77]),
        )
        assert protect(new, Spec(("구",), ("인원",)), earlier=[old]).before.count == 0

    def test_what_was_told_is_told(self):
        new = self.table([3, 20, 30, 40, 50, 60, 70, 80, 90, 100])
        done = protect(new, Spec(("구",), ("인원",)), Treatment("suppress"), earlier=[new])
        assert done.already_out == 1 and done.revealed == 0

    def test_what_was_withheld_stays_withheld(self):
        new = self.table([13, 20, 30, 40, 50, 60, 70, 80, 90, 100])
        old = self.table([None, 20, 30, 40, 50, 60, 70, 80, 90, 100])
        done = protect(new, Spec(("구",), ("인원",)), Treatment("suppress"), earlier=[old])
        assert done.table["인원"].to_pylist()[0] is None


def test_an_amount_that_one_contributor_makes_up_puts_its_row_at_risk():
    table = pa.table({"d0": ["a", "b"], "인구": [50, 60], "금액": [1000, 1000], "최대 금액": [950, 300]})
    bound = Spec(("d0",), ("인구",), attached=("금액", "최대 금액"), largest={"금액": "최대 금액"})
    assert protect(table, bound).before.dominated.tolist() == [True, False]
    with pytest.raises(BadSpec):
        Spec(("d0",), ("인구",), largest={"금액": "최대 금액"})


def test_sums_that_a_coarser_table_told_are_known():
    """Withholding one cell of a line is enough only as long as nobody knows the line's sum."""
    fine = cube(np.array([[2, 40, 50], [60, 70, 80]]), margins=False)
    alone = protect(fine, spec(fine), Treatment("suppress"))
    assert (alone.primary, alone.complementary) == (1, 0)
    coarse = pa.table({"d0": ["동0", "동1"], "인구": [92, 210]})
    known = protect(fine, spec(fine), Treatment("suppress"), earlier=[coarse])
    assert (known.primary, known.complementary, known.revealed) == (1, 1, 0) and known.table.num_rows == 6
    other = protect(fine, spec(fine), Treatment("suppress"), earlier=[pa.table({"d0": ["동0"], "인구": [500]})])
    assert other.complementary == 0


def test_amounts_go_with_the_count():
    table = pa.table({"구": ["중구", "서구"], "이용자수": [2, 50], "금액": [9000, 100000]})
    done = protect(table, Spec(("구",), ("이용자수",), attached=("금액",)), Treatment("suppress"))
    assert done.table["금액"].to_pylist() == [None, 100000]


def test_the_attacker_says_how_close_it_comes():
    table = pa.table({"구": ["합계", "중구", "서구", "동구"], "인구": [100, None, None, 60]})
    found = intervals(table, Spec(("구",), ("인구",)))
    assert [(each.row, each.low, each.high) for each in found] == [(1, 0.0, 40.0), (2, 0.0, 40.0)]


def test_the_attacker_solves_what_no_single_line_tells():
    """Two lines with two blanks each, whose difference tells a third."""
    from scipy import sparse

    values = np.array([np.nan, np.nan, np.nan, 10.0, 12.0])
    sums = sparse.csr_matrix(np.array([[1, 1, 0, -1, 0], [1, 1, 1, 0, -1]], dtype=float))
    assert attack(values, sums).revealed.tolist() == [False, False, True, False, False]


@pytest.mark.parametrize("wrong", [{"measures": ()}, {"dimensions": ("인구",)}, {"threshold": 0}, {"share": 0.0}])
def test_bad_parameters(wrong):
    with pytest.raises(BadSpec):
        Spec(**{"dimensions": ("구",), "measures": ("인구",), **wrong})


def test_a_table_without_the_column():
    with pytest.raises(BadSpec):
        read(pa.table({"구": ["중구"]}), Spec(("구",), ("인구",)))


def test_a_hundred_thousand_cells_are_tight_as_well():
    grid = np.random.default_rng(3).negative_binomial(0.7, 0.7 / 60.7, size=(40, 50, 50))
    table = cube(grid + 12)
    few = table.set_column(
        3, "인구", pa.array([3 if i % 997 == 5 else v for i, v in enumerate(table["인구"].to_pylist())])
    )
    inner = few.filter(
        pa.array(
            [all(v != "합계" for v in row) for row in zip(*(few[f"d{d}"].to_pylist() for d in range(3)), strict=True)]
        )
    )
    whole = cube(np.array(inner["인구"].to_pylist()).reshape(40, 50, 50))
    done = protect(whole, spec(whole), Treatment("suppress"))
    assert done.primary > 90 and done.complementary > 90 and done.revealed == 0
