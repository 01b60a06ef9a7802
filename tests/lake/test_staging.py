"""Sealed files: what goes in comes out, and nothing else does."""

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadam.lake.errors import LakeError, Tampered, TooBig
from datadam.lake.staging import CHUNK, Staging


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
def test_it_gives_back_what_was_sealed(tmp_path, size):
    staging = Staging(tmp_path, b"k" * 32)
    data = os.urandom(size)
    sealed = staging.seal(io.BytesIO(data))
    assert sealed.size == size
    assert staging.open(sealed.id).read() == data


@given(st.lists(st.tuples(st.integers(0, 2 * CHUNK + 10), st.integers(1, 5000)), max_size=8))
def test_it_can_be_read_from_anywhere(tmp_path_factory, places):
    staging = Staging(tmp_path_factory.mktemp("s"), b"k" * 32)
    data = (bytes(range(256)) * (CHUNK // 128))[: 2 * CHUNK + 7]
    with staging.open(staging.seal(io.BytesIO(data)).id) as stream:
        for start, length in places:
            stream.seek(start)
            assert stream.read(length) == data[start : start + length]


def test_no_clear_byte_lies_on_disk(tmp_path):
    staging = Staging(tmp_path, b"k" * 32)
    secret = "주민등록번호".encode() * 1000
    sealed = staging.seal(io.BytesIO(secret))
    assert all("주민등록번호".encode() not in path.read_bytes() for path in tmp_path.iterdir())
    with staging.path(sealed.id) as clear:
        assert clear.read_bytes() == secret
    assert not list(tmp_path.glob("private-*"))


@pytest.mark.parametrize("damage", ["flip", "cut", "swap", "key"])
def test_an_altered_file_is_noticed(tmp_path, damage):
    staging = Staging(tmp_path, b"k" * 32)
    sealed = staging.seal(io.BytesIO(os.urandom(3 * CHUNK)))
    path = tmp_path / sealed.id
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[-5] ^= 1
    elif damage == "cut":
        del content[-(CHUNK + 16) :]
    elif damage == "swap":
        first, second = content[24 : 24 + CHUNK + 16], content[24 + CHUNK + 16 : 24 + 2 * (CHUNK + 16)]
        content[24 : 24 + 2 * (CHUNK + 16)] = second + first
    path.write_bytes(content)
    other = Staging(tmp_path, b"x" * 32) if damage == "key" else staging
    with pytest.raises(Tampered):
        other.open(sealed.id).read()


def test_a_file_over_the_limit_leaves_nothing(tmp_path):
    staging = Staging(tmp_path, b"k" * 32)
    with pytest.raises(TooBig):
        staging.seal(io.BytesIO(b"x" * (5 * CHUNK)), limit=CHUNK)
    assert list(tmp_path.iterdir()) == []


def test_a_discarded_file_is_gone(tmp_path):
    staging = Staging(tmp_path, b"k" * 32)
    sealed = staging.seal(io.BytesIO(b"abc"))
    staging.discard(sealed.id)
    with pytest.raises(LakeError) as refusal:
        staging.open(sealed.id)
    assert refusal.value.code == "staged_file_gone"


@pytest.mark.parametrize("name", ["../keys", "a/b", "", "x" * 31])
def test_an_id_is_never_a_path(tmp_path, name):
    with pytest.raises(LakeError):
        Staging(tmp_path, b"k" * 32).open(name)


def test_what_a_killed_process_left_is_swept(tmp_path):
    staging = Staging(tmp_path, b"k" * 32)
    left = tmp_path / "private-999999999-abc"
    left.mkdir()
    (left / "clear").write_text("secret")
    with staging.private_folder():
        assert not left.exists()


def test_a_folder_of_a_process_that_had_our_number_is_swept(tmp_path):
    """A container that is started again gives its processes the numbers that their forerunners had."""
    staging = Staging(tmp_path, b"k" * 32)
    left = tmp_path / f"private-{os.getpid()}.1-abc"
    left.mkdir()
    with staging.private_folder() as ours:
        staging.sweep()
        assert ours.exists() and not left.exists()
