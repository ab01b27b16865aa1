"""A small file is read at once; whatever else has its name is refused without waiting."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fttui.disk.reading import NotReadable, read_small, why


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


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EIO, "Input/output error"), "the disk or network share gave an error"),
        (OSError(errno.EACCES, "Permission denied"), "there it is not allowed"),
        (OSError(errno.EBUSY, ""), os.strerror(errno.EBUSY)),
        (OSError("odd"), "the system does not say why"),
        (ValueError("embedded null byte"), "it is no valid path"),
    ],
)
def test_why_a_path_is_refused_is_told_in_words(error: OSError | ValueError, words: str) -> None:
    assert why(error, {errno.EACCES: "there it is not allowed"}) == words
