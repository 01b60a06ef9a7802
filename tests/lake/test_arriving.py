"""Files that come in pieces: sealed after each, taken up where they were cut, the same as if they had come at once."""

import io
import random

import pytest

from datadam.lake.staging import CHUNK, HEADER, TAG, Staging

SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17]


@pytest.fixture
def staging(tmp_path):
    return Staging(tmp_path / "staging", b"k" * 32)


def content(size):
    return random.Random(size).randbytes(size)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("piece", [700_001, CHUNK, 2 * CHUNK + 3])
def test_pieces_make_the_file(staging, size, piece):
    data, name = content(size), staging.begin()
    for start in range(0, size, piece):
        coming = staging.arriving(name)
        assert coming.size == start
        assert coming.add(io.BytesIO(data[start : start + piece]), piece) == min(size, start + piece)
    staging.arriving(name).finish()
    with staging.open(name) as stream:
        assert stream.read() == data
    assert [path.name for path in staging.folder.iterdir()] == [name]


def test_what_came_before_the_line_broke_is_kept(staging):
    class Broken(io.BytesIO):
        def read(self, size=-1):
            if self.tell() >= 2 * CHUNK:
                raise OSError("the line broke")
            return super().read(size)

    data, name = content(4 * CHUNK), staging.begin()
    with pytest.raises(OSError):
        staging.arriving(name).add(Broken(data), 4 * CHUNK)
    assert staging.arriving(name).size == 2 * CHUNK
    staging.arriving(name).add(io.BytesIO(data[2 * CHUNK :]), 4 * CHUNK)
    staging.arriving(name).finish()
    assert staging.open(name).read() == data


def test_a_crash_between_two_writes_loses_at_most_a_chunk_and_corrupts_nothing(staging):
    data, name = content(3 * CHUNK), staging.begin()
    staging.arriving(name).add(io.BytesIO(data[: CHUNK + 5]), CHUNK + 5)
    rest = (staging.folder / f"{name}.rest").read_bytes()
    staging.arriving(name).add(io.BytesIO(data[CHUNK + 5 : 2 * CHUNK + 9]), CHUNK + 4)
    (staging.folder / f"{name}.rest").write_bytes(rest)  # as if the crash came before the rest was kept
    with (staging.folder / f"{name}.part").open("ab") as part:
        part.write(b"torn")
    coming = staging.arriving(name)
    assert coming.size == 2 * CHUNK
    coming.add(io.BytesIO(data[2 * CHUNK :]), CHUNK)
    staging.arriving(name).finish()
    assert staging.open(name).read() == data


def test_nothing_of_it_is_clear_on_disk(staging):
    name = staging.begin()
    word = "주민등록번호".encode()
    staging.arriving(name).add(io.BytesIO(word * 100_000), len(word) * 100_000)
    assert all(word not in path.read_bytes() for path in staging.folder.iterdir())
    assert (staging.folder / f"{name}.part").stat().st_size == HEADER + (CHUNK + TAG)
    staging.discard(name)
    assert list(staging.folder.iterdir()) == []


def test_no_more_is_taken_than_was_said(staging):
    name = staging.begin()
    assert staging.arriving(name).add(io.BytesIO(b"abcdef"), 4) == 4
