"""Where fttui keeps its files, and the checks that make a folder fit for private ones."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from fttui.terminal.language import _

APP_NAME = "fttui"


class FolderRefused(Exception):  # noqa: N818 - reads as what happened
    """A folder is not safe to keep private files in; the text is one sentence with the remedy."""


def config_folder() -> Path:
    """The folder of the settings that people write (`$XDG_CONFIG_HOME/fttui` when that is set)."""
    return _folder("XDG_CONFIG_HOME", ".config", "user_config_path")


def state_folder() -> Path:
    """The folder of the journal, logs and reports (`$XDG_STATE_HOME/fttui` when that is set)."""
    return _folder("XDG_STATE_HOME", ".local/state", "user_state_path")


def data_folder() -> Path:
    """The folder of what fttui saves for good (`$XDG_DATA_HOME/fttui` when that is set)."""
    return _folder("XDG_DATA_HOME", ".local/share", "user_data_path")


def cache_folder() -> Path:
    """The folder of what can be made again (`$XDG_CACHE_HOME/fttui` when that is set)."""
    return _folder("XDG_CACHE_HOME", ".cache", "user_cache_path")


def _folder(variable: str, below_home: str, usual: str) -> Path:
    """The XDG variable wins on every system; a relative value is ignored, as XDG asks."""
    base = Path(os.environ.get(variable, ""))
    if base.is_absolute():
        return base / APP_NAME
    if sys.platform == "linux" and "ANDROID_DATA" not in os.environ:
        return Path.home() / below_home / APP_NAME  # as platformdirs has it, whose import is slow
    import platformdirs

    default: Path = getattr(platformdirs, usual)(APP_NAME, appauthor=False)
    # Older releases of platformdirs take a relative value as it is.
    return default if default.is_absolute() else Path.home() / below_home / APP_NAME


def private_folder(path: Path) -> Path:
    """Create `path` with mode 0700 if need be, check that only its owner can write there.

    Raises FolderRefused for a symlink, another owner, or a folder that all may write to,
    and OSError when it cannot be made (read-only or full disk).
    """
    make_folder(path)
    check_private_folder(path)
    if stat.S_IMODE(path.lstat().st_mode) & 0o077:
        path.chmod(0o700)
    return path


def make_folder(path: Path) -> None:
    """Create a folder and those above it that are missing, all with mode 0700; raises OSError.

    `mkdir` leaves those above to the umask, which may let everybody write to them.
    """
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in (*reversed(missing), path):
        folder.mkdir(mode=0o700, exist_ok=True)


def check_private_folder(path: Path) -> None:
    """Raise FolderRefused unless `path` is a real folder of this user that not all may write to."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise FolderRefused(
            _(
                "{path} is a symlink, so others could choose where private files go. "
                "Replace it by a real folder, or point the XDG variable at the folder you mean.",
                path=path,
            )
        )
    if not stat.S_ISDIR(found.st_mode):
        raise FolderRefused(_("{path} is not a folder. Move that file away.", path=path))
    if found.st_uid != os.geteuid():
        raise FolderRefused(
            _(
                "{path} belongs to another user. Give it to yourself, or set XDG_STATE_HOME "
                "to a folder of your own.",
                path=path,
            )
        )
    if found.st_mode & stat.S_IWOTH:
        raise FolderRefused(
            _("{path} can be written by everybody. Run: chmod 700 {path}", path=path)
        )
    parent = path.resolve().parent
    mode = parent.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise FolderRefused(
            _(
                "{parent} can be written by everybody, who could then replace {name} in it. "
                "Run: chmod o-w {parent}",
                parent=parent,
                name=path.name,
            )
        )


def write_private(path: Path, data: str | bytes) -> None:
    """Put `data` into `path` with mode 0600: after a crash it holds the old or the new content.

    A symlink at `path` is replaced, never followed. Text is written as UTF-8, lone
    surrogates as `?`. Raises OSError.
    """
    from fttui.disk.writing import replace_file

    replace_file(path, data.encode("utf-8", "replace") if isinstance(data, str) else data)
