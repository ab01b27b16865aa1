"""Private files are for their owner alone, and written whole or not at all."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from fttui.storage.folders import (
    FolderRefused,
    config_folder,
    private_folder,
    state_folder,
    write_private,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.parametrize(
    ("variable", "folder"),
    [
        ("XDG_CONFIG_HOME", config_folder),
        ("XDG_STATE_HOME", state_folder),
    ],
)
def test_the_xdg_variables_choose_the_folders(
    variable: str, folder: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(tmp_path))
    assert folder() == tmp_path / "fttui"


def test_no_umask_lets_others_into_a_folder_that_is_made_on_the_way(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = private_folder(private_folder(tmp_path / "state" / "fttui") / "locks")
    finally:
        os.umask(before)
    assert [mode(one) for one in (made, *made.parents[:2])] == [0o700] * 3


@pytest.mark.parametrize("value", ["relative", "./relative", "~/relative", "."])
@pytest.mark.parametrize(
    ("variable", "folder"),
    [
        ("XDG_CONFIG_HOME", config_folder),
        ("XDG_STATE_HOME", state_folder),
    ],
)
def test_a_relative_xdg_variable_counts_as_unset(
    variable: str, folder: Callable[[], Path], value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(variable)
    unset = folder()
    monkeypatch.setenv(variable, value)
    assert folder() == unset
    assert unset.is_absolute()


def test_a_new_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = private_folder(tmp_path / "a/b")
    assert mode(folder) == 0o700
    folder.chmod(0o755)
    assert mode(private_folder(folder)) == 0o700


def test_a_symlink_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(FolderRefused, match="symlink"):
        private_folder(tmp_path / "link")


def test_a_folder_that_everybody_can_write_to_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(FolderRefused, match="chmod 700"):
        private_folder(tmp_path / "open")
    with pytest.raises(FolderRefused, match="replace"):
        private_folder(tmp_path / "open/inner")


def test_a_folder_in_a_sticky_one_is_fine(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    assert private_folder(tmp_path / "tmp/mine").is_dir()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root to give away")
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", 12345, -1)
    with pytest.raises(FolderRefused, match="another user"):
        private_folder(tmp_path / "theirs")


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError):
        private_folder(tmp_path / "file")


def test_a_private_file_is_0600_whatever_the_umask(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        write_private(tmp_path / "f", "text\ud800")
    finally:
        os.umask(previous)
    assert mode(tmp_path / "f") == 0o600
    assert (tmp_path / "f").read_bytes() == b"text?"


def test_a_symlink_is_replaced_and_its_target_untouched(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("theirs")
    (tmp_path / "f").symlink_to(tmp_path / "target")
    write_private(tmp_path / "f", b"mine")
    assert (tmp_path / "target").read_text() == "theirs"
    assert not (tmp_path / "f").is_symlink()


def test_a_failed_write_keeps_the_old_content_and_leaves_no_rest(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    with pytest.raises(OSError):
        write_private(tmp_path / "f", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_a_file_is_on_the_disk_before_it_has_its_name_and_the_name_before_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, replace = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        done.append("folder" if is_folder else f"file of {os.fstat(descriptor).st_size} bytes")
        sync(descriptor)

    def renamed(self: Path, target: Path) -> Path:
        done.append("renamed")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    write_private(tmp_path / "key", "12345")
    assert done == ["file of 5 bytes", "renamed", "folder"]
