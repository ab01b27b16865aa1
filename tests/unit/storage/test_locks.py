"""One holder at a time, on a disk or without one."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from fttui.storage.locks import FileLock, ProcessLock


@pytest.fixture(params=["file", "process"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[FileLock, FileLock]]:
    """Two locks on one thing."""
    if request.param == "file":
        locks = FileLock(tmp_path / "a.lock"), FileLock(tmp_path / "a.lock")
    else:
        locks = ProcessLock(str(tmp_path)), ProcessLock(str(tmp_path))
    yield locks
    for lock in locks:
        lock.release()


def test_a_lock_has_one_holder_who_takes_it_once(pair: tuple[FileLock, FileLock]) -> None:
    first, second = pair
    assert first.acquire()
    assert not first.acquire() and not second.acquire()
    first.release()
    assert second.acquire() and not first.acquire()


def test_who_does_not_hold_it_cannot_free_it(pair: tuple[FileLock, FileLock]) -> None:
    first, second = pair
    second.release()
    assert first.acquire()
    second.release()
    assert not second.acquire()


def test_freeing_it_twice_frees_nobody_else_s(pair: tuple[FileLock, FileLock]) -> None:
    first, second = pair
    assert first.acquire()
    first.release()
    assert second.acquire()
    first.release(remove=True)
    assert not first.acquire()


def test_locks_of_different_names_do_not_meet(tmp_path: Path) -> None:
    for one, other in (
        (FileLock(tmp_path / "a.lock"), FileLock(tmp_path / "b.lock")),
        (ProcessLock("a"), ProcessLock("b")),
    ):
        assert one.acquire() and other.acquire()
        one.release()
        other.release()


def test_the_file_goes_only_when_it_is_to_go(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "a.lock")
    for remove in (False, True):
        assert lock.acquire()
        lock.release(remove=remove)
        assert (tmp_path / "a.lock").exists() is not remove


def test_a_file_that_is_gone_already_is_no_trouble(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "a.lock")
    assert lock.acquire()
    (tmp_path / "a.lock").unlink()
    lock.release(remove=True)
    assert lock.acquire()
    lock.release()


@pytest.mark.skipif(os.name != "posix", reason="POSIX files")
class TestFiles:
    def test_a_lock_s_file_is_for_its_owner_alone(self, tmp_path: Path) -> None:
        old = os.umask(0)
        try:
            lock = FileLock(tmp_path / "a.lock")
            assert lock.acquire()
        finally:
            os.umask(old)
        assert stat.S_IMODE((tmp_path / "a.lock").stat().st_mode) == 0o600
        lock.release()

    def test_a_symlink_in_its_place_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "target").write_text("precious")
        (tmp_path / "a.lock").symlink_to(tmp_path / "target")
        with pytest.raises(OSError):
            FileLock(tmp_path / "a.lock").acquire()
        assert (tmp_path / "target").read_text() == "precious"

    def test_a_file_that_its_holder_removes_meanwhile_is_no_lock(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import fcntl

        first, second, third = (FileLock(tmp_path / "a.lock") for _ in range(3))
        assert first.acquire()
        flock = fcntl.flock

        def later(descriptor: int, operation: int) -> None:
            first.release(remove=True)  # once it is opened, and before it is locked
            flock(descriptor, operation)

        monkeypatch.setattr(fcntl, "flock", later)
        assert second.acquire() and not third.acquire()

    def test_refused_and_failed_attempts_leave_no_file_open(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import fcntl

        path, descriptors = tmp_path / "a.lock", Path("/proc/self/fd")

        def is_open_so_often() -> int:
            """Of this file alone: others of this process are opened and closed meanwhile."""
            open_ones = descriptors.iterdir() if descriptors.is_dir() else ()
            return sum(os.path.realpath(each) == str(path) for each in open_ones)

        holder = FileLock(path)
        assert holder.acquire()
        before = is_open_so_often()
        for _ in range(5):
            assert not FileLock(path).acquire()

        def fail(descriptor: int, operation: int) -> None:
            raise OSError(errno.ENOLCK, "no locks here")

        monkeypatch.setattr(fcntl, "flock", fail)
        for _ in range(5):
            with pytest.raises(OSError, match="no locks here"):
                FileLock(path).acquire()
        assert is_open_so_often() == before
        holder.release()
