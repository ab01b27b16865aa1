"""A file appears whole, under a free name, for its owner alone; or not at all."""

from __future__ import annotations

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fttui.disk.writing import NotWritten, new_files, replace_file, require_free, target_of
from waiting import PATIENCE

KILLED_AT_WORK = """
import os, signal, sys
from pathlib import Path
from fttui.disk.writing import new_files
with new_files(Path(sys.argv[1])) as (out,):
    out.write(b"secret")
    out.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "home")


def parts(folder: Path) -> list[Path]:
    return sorted(folder.glob(".fttui-*.part"))


def write(path: Path, content: bytes = b"whole") -> None:
    with new_files(path) as (out,):
        out.write(content)


def left_by_a_killed_run(target: Path) -> Path:
    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT_WORK, str(target)], timeout=PATIENCE, check=False
    )
    assert done.returncode == -signal.SIGKILL
    (left,) = parts(target.parent)
    return left


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """As on a disk that has no more room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_has_its_name_only_when_it_is_whole_and_is_for_its_owner(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    previous = os.umask(0)
    try:
        with new_files(target) as (out,):
            out.write(b"whole")
            assert not target.exists()
            assert stat.S_IMODE(parts(tmp_path)[0].stat().st_mode) == 0o600
    finally:
        os.umask(previous)
    assert target.read_bytes() == b"whole"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target.stat().st_nlink == 1
    assert names(tmp_path) == ["out.jsonl"]


def test_what_took_the_name_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with (
        pytest.raises(NotWritten, match="exists by now, and is not overwritten"),
        new_files(target) as (out,),
    ):
        out.write(b"ours")
        target.write_bytes(b"theirs")
    assert target.read_bytes() == b"theirs"
    assert names(tmp_path) == ["out"]


def refuse_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a disk without hard links does, such as a USB stick."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)


def test_a_disk_without_hard_links_gets_the_file_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_links(monkeypatch)
    write(tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"whole"
    assert names(tmp_path) == ["out"]


def test_without_hard_links_too_what_took_the_name_meanwhile_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_links(monkeypatch)
    with (
        pytest.raises(NotWritten, match="exists by now"),
        new_files(tmp_path / "out") as (out,),
    ):
        out.write(b"ours")
        (tmp_path / "out").write_bytes(b"theirs")
    assert (tmp_path / "out").read_bytes() == b"theirs"
    assert names(tmp_path) == ["out"]


def test_of_two_files_none_is_left_when_one_cannot_have_its_name(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with (
        pytest.raises(NotWritten, match="second exists by now"),
        new_files(first, second) as outs,
    ):
        for out in outs:
            out.write(b"ours")
        second.write_bytes(b"theirs")
    assert names(tmp_path) == ["second"]


def test_a_name_that_another_file_took_over_is_not_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    link = os.link

    def replaced_by_another(source: Path, target: Path) -> None:
        link(source, target)
        if target == first:
            first.unlink()
            first.write_bytes(b"theirs")

    monkeypatch.setattr(os, "link", replaced_by_another)
    with pytest.raises(NotWritten), new_files(first, second):
        second.write_bytes(b"theirs too")
    assert first.read_bytes() == b"theirs"


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit])
def test_whatever_ends_the_work_nothing_is_left(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), new_files(tmp_path / "a", tmp_path / "b") as (out, _):
        out.write(b"half")
        raise error
    assert names(tmp_path) == []


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(NotWritten, match=r"cannot be written: it is larger .*\. Choose another"),
        files_of_at_most(4096),
        new_files(tmp_path / "out") as (out,),
    ):
        out.write(b"x" * 100_000)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "no space is left on the disk. Free some"),
        (errno.EDQUOT, "your share of the disk is used up. Free some"),
        (errno.EROFS, "the disk is read-only. Choose another place"),
        (errno.EIO, "the disk or network share gave an error. Choose another place"),
    ],
)
def test_a_disk_that_fails_at_the_very_end_is_a_sentence(
    tmp_path: Path, number: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(NotWritten, match=words):
        write(tmp_path / "out")
    assert names(tmp_path) == []


def test_a_folder_that_vanishes_is_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    with (
        pytest.raises(NotWritten, match="its folder is not there"),
        new_files(folder / "out") as (out,),
    ):
        out.write(b"x")
        parts(folder)[0].unlink()
        folder.rmdir()
    assert not folder.exists()


def test_the_file_is_on_the_disk_before_its_name_and_the_name_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, link, rename = os.fsync, os.link, Path.replace

    def synced(descriptor: int) -> None:
        fsync(descriptor)
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        done.append(f"{kind} {os.fstat(descriptor).st_size if kind == 'file' else ''}".strip())

    def linked(source: Path, target: Path) -> None:
        done.append("link")
        link(source, target)

    def renamed(source: Path, target: Path) -> Path:
        done.append("rename")
        return rename(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "link", linked)
    monkeypatch.setattr(Path, "replace", renamed)
    write(tmp_path / "out")
    replace_file(tmp_path / "own", b"new")
    assert done == ["file 5", "link", "folder", "file 3", "rename", "folder"]


def test_what_a_killed_run_left_is_removed_by_the_next_one_for_the_target(tmp_path: Path) -> None:
    left = left_by_a_killed_run(tmp_path / "out")
    assert left.read_bytes() == b"secret"
    assert stat.S_IMODE(left.stat().st_mode) == 0o600
    write(tmp_path / "other")
    assert left.exists()
    write(tmp_path / "out")
    assert names(tmp_path) == ["other", "out"]


def test_replacing_removes_what_a_killed_run_left_too(tmp_path: Path) -> None:
    left_by_a_killed_run(tmp_path / "own")
    replace_file(tmp_path / "own", b"new")
    assert names(tmp_path) == ["own"]


def test_the_part_file_of_a_run_at_work_is_left_alone(tmp_path: Path) -> None:
    with (
        pytest.raises(NotWritten, match="exists by now"),
        new_files(tmp_path / "out") as (slow,),
    ):
        slow.write(b"slow")
        write(tmp_path / "out", b"fast")
        assert len(parts(tmp_path)) == 1
    assert (tmp_path / "out").read_bytes() == b"fast"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize(
    "unlike",
    [
        lambda left: left.chmod(0o644),
        lambda left: left.rename(left.with_suffix(".mine")),
        lambda left: left.rename(left.with_name(left.name[1:])),
        lambda left: (left.unlink(), left.symlink_to("elsewhere")),
        lambda left: (left.unlink(), left.mkdir()),
        lambda left: (left.unlink(), os.mkfifo(left, 0o600)),
        pytest.param(
            lambda left: os.chown(left, 12345, -1),
            marks=pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give away"),
        ),
    ],
)
def test_what_may_not_be_ours_is_never_removed(
    tmp_path: Path, unlike: Callable[[Path], object]
) -> None:
    unlike(left_by_a_killed_run(tmp_path / "out"))
    before = names(tmp_path)
    write(tmp_path / "out")
    assert names(tmp_path) == sorted([*before, "out"])


def test_a_part_file_that_is_swept_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    flock = fcntl.flock

    def swept_first(descriptor: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        parts(tmp_path)[0].unlink()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", swept_first)
    write(tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"whole"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "No file was named"),
        ("  ", "No file was named"),
        ("-", "write ./-"),
        ("folder/", "names a folder"),
        (".", "names a folder"),
        ("a/..", "names a folder"),
        ("a\0b", "cannot be a file's name"),
        ("~nobody-of-that-name/x", "no home folder ~nobody-of-that-name"),
    ],
)
def test_what_cannot_name_a_new_file_is_a_sentence(text: str, words: str) -> None:
    with pytest.raises(NotWritten, match=words):
        target_of(text)


def test_a_home_is_filled_in_and_odd_names_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    assert target_of("~/x") == Path("/home/somebody/x")
    assert target_of("./-") == target_of(target_of("./-")) == Path("-")
    assert target_of(Path("~")) == Path("~")


def make_socket(path: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(path))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_text("x"), "exists already"),
        (lambda path: path.symlink_to("nowhere"), "exists already"),
        (lambda path: path.mkdir(), "is a folder"),
        (os.mkfifo, "is a named pipe"),
        (make_socket, "is a socket"),
    ],
)
def test_whatever_has_the_name_is_named(
    tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    target = tmp_path / "out"
    make(target)
    with pytest.raises(NotWritten, match=words):
        write(target)
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/dev/null", "is a device"),
        ("missing/out", "There is no folder"),
        ("file/out", "a part of the path is not a folder"),
        ("x" * 300, "the name is too long. Choose a shorter one"),
        ("loop/out", "links lead in a circle"),
        ("a\0b", "cannot be a file's name"),
    ],
)
def test_a_place_that_is_none_is_a_sentence(tmp_path: Path, path: str, words: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(NotWritten, match=words):
        require_free(tmp_path / path)


def test_names_are_safe_to_print(tmp_path: Path) -> None:
    odd = tmp_path / "a\x1b[31mb"
    odd.write_text("x")
    with pytest.raises(NotWritten) as caught:
        write(odd)
    assert "\x1b" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_a_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(NotWritten, match="you may not write in that folder"):
            write(tmp_path / "out")
    finally:
        tmp_path.chmod(0o700)
