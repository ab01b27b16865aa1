"""A small file is read at once; whatever else has its name is refused without waiting."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fttui.disk.reading import NotReadable, read_small


def test_a_file_of_just_the_most_bytes_is_read_with_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"x" * 100)
    content, found = read_small(path, 100)
    assert content == b"x" * 100
    assert os.path.samestat(found, path.stat())


def test_one_byte_more_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x" * 101)
    with pytest.raises(NotReadable, match="it is longer than 100 bytes"):
        read_small(tmp_path / "f", 100)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.mkdir(), "it is a folder, not a file"),
        (os.mkfifo, "it is a named pipe, not a file"),
        (lambda path: path.symlink_to("/dev/zero"), "it is a device, not a file"),
    ],
)
def test_what_is_no_file_is_refused_at_once(
    tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    make(tmp_path / "f")
    with pytest.raises(NotReadable, match=words):
        read_small(tmp_path / "f", 100)


def test_what_grows_as_it_is_read_is_not_read_for_ever() -> None:
    with pytest.raises(NotReadable, match="longer than 10 bytes"):
        read_small(Path("/proc/self/status"), 10)
