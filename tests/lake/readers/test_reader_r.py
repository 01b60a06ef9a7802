import bz2
import gzip
import lzma
import random
import re
import struct
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datadam.lake.errors import LakeError, TooBig
from datadam.lake.readers import open_tables, r_frames

NA_INTEGER = -(2**31)
NA_REAL = struct.unpack(">d", bytes.fromhex("7ff00000000007a2"))[0]


class Writer:
    """R's serialisation of vectors, factors and data frames, written by its specification (R Internals, 1.8)."""

    def chars(self, text, encoding="utf-8", marks=8):
        if text is None:
            return struct.pack(">ii", 9, -1)
        content = text.encode(encoding)
        return struct.pack(">ii", 9 | (64 if text.isascii() else marks) << 12, len(content)) + content

    def vector(self, kind, size, content, attributes):
        flags = kind | (0x200 if attributes else 0) | (0x100 if "class" in attributes else 0)
        return struct.pack(">ii", flags, size) + content + (self.pairs(attributes) if attributes else b"")

    def pairs(self, items):
        written = [struct.pack(">i", 0x402) + self.symbol(name) + value for name, value in items.items()]
        return b"".join(written) + struct.pack(">i", 254)

    def symbol(self, name):
        return b"<<" + name.encode() + b">>"  # until the file is whole: only then is it known which comes first

    def with_symbols(self, content):
        """Each symbol in full where it comes first, and a reference to it from then on."""
        known = []

        def written(found):
            name = found.group(1).decode()
            if name in known:
                return struct.pack(">i", 255 | known.index(name) + 1 << 8)
            known.append(name)
            return struct.pack(">i", 1) + self.chars(name)

        return re.sub(rb"<<([^<>]+)>>", written, content)

    def texts(self, values, **options):
        return self.vector(16, len(values), b"".join(self.chars(value, **options) for value in values), {})

    def integers(self, values, kind=13, **attributes):
        content = struct.pack(f">{len(values)}i", *(NA_INTEGER if value is None else value for value in values))
        return self.vector(kind, len(values), content, attributes)

    def reals(self, values, **attributes):
        content = struct.pack(f">{len(values)}d", *(NA_REAL if value is None else value for value in values))
        return self.vector(14, len(values), content, attributes)

    def logicals(self, values):
        return self.integers(values, kind=10)

    def classed(self, make, values, *classes, **attributes):
        return make(values, **attributes, **{"class": self.texts(classes)})

    def list_of(self, values, **attributes):
        return self.vector(19, len(values), b"".join(values), attributes)

    def frame(self, columns, rows, row_names=None):
        names = row_names or self.integers([None, -rows])
        classes = self.texts(["tbl_df", "data.frame"])
        return self.list_of(
            list(columns.values()), names=self.texts(list(columns)), **{"class": classes, "row.names": names}
        )

    def saved(self, objects):
        return b"RDX2\nX\n" + struct.pack(">iii", 2, 0x40200, 0x20300) + self.with_symbols(self.pairs(objects))

    def single(self, value):
        return b"X\n" + struct.pack(">iiii", 3, 0x40200, 0x30500, 5) + b"UTF-8" + self.with_symbols(value)


def plain_file(**columns):
    """An .rda of one data frame of texts (lists of str) and numbers."""
    w = Writer()
    made = {k: w.texts(v) if any(isinstance(each, str) for each in v) else w.reals(v) for k, v in columns.items()}
    return w.saved({"자료": w.frame(made, len(next(iter(columns.values()))))})


def refusal_of(source_of, content, **options):
    with pytest.raises(LakeError) as refusal:
        r_frames.tables(source_of(content), policy="apply", **options)
    return refusal.value


def test_a_data_frames_columns_keep_what_they_are(read):
    w = Writer()
    levels = w.texts(["남", "여"])
    columns = {
        "글": w.texts(["가", None, ""]),
        "수": w.integers([1, None, -3]),
        "율": w.reals([0.5, None, float("nan")]),
        "코드": w.reals([1120011400.0, None, 1120011500.0]),
        "여부": w.logicals([1, None, 0]),
        "성별": w.classed(w.integers, [2, None, 1], "factor", levels=levels),
        "날": w.classed(w.reals, [19723.0, None, -1.0], "Date"),
        "때": w.classed(w.reals, [1704067200.25, None, -0.5], "POSIXct", "POSIXt"),
        "긴수": w.classed(w.reals, [struct.unpack(">d", struct.pack(">q", 2**60))[0], 0.0, 0.0], "integer64"),
        "목록": w.list_of([w.texts(["a", "b"]), struct.pack(">i", 254), w.integers([7])]),
    }
    reading = read(r_frames, w.saved({"자료": w.frame(columns, 3)}))
    assert reading.table.name == "" and reading.table.format == "rdata"
    assert reading.types == {
        "글": "string",
        "수": "int64",
        "율": "double",
        "코드": "int64",
        "여부": "bool",
        "성별": "string",
        "날": "date32[day]",
        "때": "timestamp[us, tz=UTC]",
        "긴수": "int64",
        "목록": "string",
    }
    assert reading.column("글") == ["가", None, ""]
    assert reading.column("수") == [1, None, -3]
    assert reading.column("율") == [0.5, None, None]
    assert reading.column("코드") == [1120011400, None, 1120011500]
    assert reading.column("여부") == [True, None, False]
    assert reading.column("성별") == ["여", None, "남"]
    assert reading.column("날") == [date(2024, 1, 1), None, date(1969, 12, 31)]
    moment = datetime(2024, 1, 1, 0, 0, 0, 250_000, UTC)
    assert reading.column("때") == [moment, None, datetime(1969, 12, 31, 23, 59, 59, 500_000, UTC)]
    assert reading.column("긴수") == [2**60, 0, 0]
    assert reading.column("목록") == ['["a","b"]', None, "7"]
    assert reading.lines == [1, 2, 3]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_every_way_of_packing_is_undone(source_of, pack):
    (table,) = open_tables(source_of(pack(plain_file(이름=["가", "나"], 값=[1.5, 2.5]))), policy="apply")
    assert table.format == "rdata" and table.header == ["이름", "값"]


def test_texts_that_were_not_marked_are_utf8_or_cp949_and_marked_ones_latin(read):
    w = Writer()
    columns = {
        "u": w.texts(["부산"], marks=0),
        "k": w.texts(["똠방"], encoding="cp949", marks=0),
        "l": w.texts(["café"], encoding="latin-1", marks=4),
    }
    assert read(r_frames, w.saved({"d": w.frame(columns, 1)})).rows == [{"u": "부산", "k": "똠방", "l": "café"}]


def test_several_frames_are_several_tables_and_what_is_none_is_named(read_all):
    w = Writer()
    frame = {"a": w.integers([1])}
    several = w.list_of([w.frame(frame, 1)], names=w.texts(["동"]))
    objects = {"구": w.frame(frame, 1), "seed": w.integers([7]), "모음": several}
    first, second = read_all(r_frames, w.saved(objects))
    assert (first.table.name, second.table.name) == ("구", "모음.동")
    assert ("other_objects", "seed") in [(p.code, p.evidence) for p in first.table.proposals]


def test_row_names_that_say_something_are_a_column(read):
    w = Writer()
    named = w.frame({"mpg": w.reals([21.0, 22.8])}, 2, w.texts(["Mazda", "Datsun"]))
    reading = read(r_frames, w.single(named))
    assert reading.rows == [{"row_names": "Mazda", "mpg": 21.0}, {"row_names": "Datsun", "mpg": 22.8}]
    assert reading.codes == ["row_names"]
    w = Writer()
    numbered = w.frame({"mpg": w.reals([21.0, 22.8])}, 2, w.texts(["1", "2"]))
    assert read(r_frames, w.single(numbered)).table.header == ["mpg"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (Writer().single(Writer().integers([1, 2])), "no_data_frame"),
        (plain_file(a=["x"])[:-30], "broken_rdata"),
        (gzip.compress(plain_file(a=["x"] * 500))[:-10], "broken_rdata"),
        (b"RDX3\nX\n" + bytes(40), "broken_rdata"),
    ],
)
def test_what_holds_no_frame_is_refused(source_of, content, code):
    refusal = refusal_of(source_of, content)
    assert refusal.code == code and refusal.ko and refusal.en


def test_columns_of_different_lengths_are_no_table(source_of):
    w = Writer()
    uneven = w.single(w.frame({"a": w.integers([1, 2]), "b": w.integers([1])}, 2))
    assert refusal_of(source_of, uneven).code == "broken_rdata"


def test_what_expands_too_far_is_refused_with_the_limit(source_of):
    content = gzip.compress(plain_file(a=["x" * 100] * 1_000))
    refusal = refusal_of(source_of, content, limit=10_000)
    assert isinstance(refusal, TooBig) and refusal.data["limit"] == 10_000


def test_a_gzip_of_something_else_is_not_ours(source_of):
    (table,) = open_tables(source_of(gzip.compress(b"a,b\n1,2\n")), policy="apply")
    assert table.format == "csv"


@pytest.mark.parametrize("seed", range(80))
def test_damage_is_refused_or_read(source_of, seed):
    chance = random.Random(seed)
    content = bytearray(plain_file(이름=["가", None, "나"] * 9, 값=[1.0, 2.0, None] * 9))
    for _ in range(chance.randrange(1, 8)):
        content[chance.randrange(7, len(content))] = chance.randrange(256)
    content = content[: chance.randrange(10, len(content))] if seed % 4 == 0 else content
    try:
        for table in r_frames.tables(source_of(bytes(content)), policy="apply"):
            list(table.blocks())
    except LakeError as refusal:
        assert refusal.ko and refusal.en


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
reals = st.floats(allow_nan=False, allow_infinity=False)
columns = st.sampled_from(["가", "b", "c d", "_"])


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.lists(columns, min_size=1, unique=True), st.data())
def test_planted_frames_come_back(read, rows, names, data):
    w = Writer()
    small = st.integers(-(2**31) + 1, 2**31 - 1)
    kinds = {"글": (texts, w.texts), "정수": (small, w.integers), "실수": (reals, w.reals)}
    wanted, made = {}, {}
    for name in names:
        values, write = kinds[data.draw(st.sampled_from(list(kinds)))]
        wanted[name] = data.draw(st.lists(st.none() | values, min_size=rows, max_size=rows))
        made[name] = write(wanted[name])
    reading = read(r_frames, w.saved({"d": w.frame(made, rows)}))
    assert {name: reading.column(name) for name in names} == wanted
