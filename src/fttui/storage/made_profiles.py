"""`profiles.toml`: the profiles that fttui makes, beside the settings file, which people write.

A profile of the settings file goes before one of the same name here.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fttui.disk.reading import why
from fttui.storage.folders import (
    FolderRefused,
    make_folder,
    private_folder,
    state_folder,
    write_private,
)
from fttui.storage.locks import FileLock
from fttui.storage.settings import (
    LONGEST_FILE,
    SettingsError,
    made_path,
    read_profiles,
    written_profiles,
)
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_path

_HEAD = "# Made by `fttui profiles add`; `fttui profiles remove NAME` takes one out again.\n"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LOCK_SECONDS = 2.0


def add_profile(config: Path, name: str, values: Mapping[str, Any]) -> Path:
    """Write a profile beside the settings file `config`; returns the file that it is in.

    Raises:
        SettingsError: the name is none or is taken, the values are no profile's, or the file
            cannot be written or read.
    """
    require_name(name)
    path = made_path(config)
    with _alone():
        made = _made(path)
        _require_free(name, made, config)
        read_profiles({name: dict(values)}, safe_path(path), [])
        _write(path, {**made, name: values})
    return path


def require_name(name: str) -> None:
    """Raise SettingsError for a text that cannot be a profile's name."""
    if not _NAME.fullmatch(name):
        raise SettingsError(
            _(
                "{name!r} cannot be a profile's name. Use letters, numbers, - and _, at most 60.",
                name=safe(name, maxlen=60),
            )
        )


def _require_free(name: str, made: Mapping[str, Any], config: Path) -> None:
    path = made_path(config)
    taken = {"openai": config, **dict.fromkeys(made, path)}
    taken |= dict.fromkeys(written_profiles(config), config)
    if name in taken:
        raise SettingsError(
            _(
                "There is a profile {name} already ({where}). Choose another name, or take it"
                " out first.",
                name=name,
                where=safe_path(taken[name]) if name != "openai" else _("it is built in"),
            )
        )


def made_values(config: Path, name: str) -> dict[str, Any]:
    """The settings of a profile that fttui has made, as they are written.

    Raises SettingsError where it has made none of that name, or a file cannot be read.
    """
    made = _made(made_path(config))
    if name not in made:
        raise SettingsError(_not_made(config, name))
    return dict(made[name])


def change_profile(
    config: Path, name: str, before: Mapping[str, Any], values: Mapping[str, Any]
) -> Path:
    """Write other settings for a profile that was made; returns the file that it is in.

    Raises:
        SettingsError: it does not say what it said `before`, the values are no profile's, or the
            file cannot be written or read.
    """
    path = made_path(config)
    with _alone():
        made = _made(path)
        if made.get(name) != before:
            raise SettingsError(
                _(
                    "Profile {name} was changed by another program meanwhile, so it stays as it is"
                    " now. Look at it and try again.",
                    name=safe(name, maxlen=60),
                )
            )
        read_profiles({name: dict(values)}, safe_path(path), [])
        _write(path, {**made, name: values})
    return path


def remove_profile(config: Path, name: str) -> Path:
    """Take out a profile that `add_profile` made; returns the file that it was in.

    Raises:
        SettingsError: fttui has made none of that name, or the file cannot be written or read.
    """
    path = made_path(config)
    with _alone():
        made = _made(path)
        if name not in made:
            raise SettingsError(_not_made(config, name))
        _write(path, {key: value for key, value in made.items() if key != name})
    return path


def _not_made(config: Path, name: str) -> str:
    where = safe_path(config)
    hint = (
        _("It stands in {where}, which you write: take it out there.", where=where)
        if name in written_profiles(config)
        else _("`fttui profiles` lists all.")
    )
    return _("fttui has made no profile {name}. {hint}", name=safe(name, maxlen=60), hint=hint)


def made_names(config: Path) -> frozenset[str]:
    """The profiles in use that fttui has made: not those that the settings file has, too.

    Raises SettingsError where a file cannot be read.
    """
    return frozenset(written_profiles(made_path(config))) - frozenset(written_profiles(config))


def _made(path: Path) -> dict[str, Any]:
    made = written_profiles(path)
    read_profiles(made, safe_path(path), [])  # what cannot be read must not be written again
    return made


def _write(path: Path, made: Mapping[str, Any]) -> None:
    content = _HEAD + "".join(_table(f"profiles.{_key(name)}", made[name]) for name in made)
    shown = safe_path(path)
    if len(content.encode("utf-8", "replace")) > LONGEST_FILE:
        raise SettingsError(_("{shown} would be too long. Take a profile out.", shown=shown))
    try:
        make_folder(path.parent)
        write_private(path, content)
    except OSError as problem:
        raise SettingsError(
            _("{shown} cannot be written: {why}.", shown=shown, why=why(problem))
        ) from None


@contextmanager
def _alone() -> Iterator[None]:
    """Keep another fttui from writing the file at the same time."""
    try:
        folder = private_folder(private_folder(state_folder()) / "locks")
        lock = FileLock(folder / "profiles.lock")
        end = time.monotonic() + _LOCK_SECONDS
        while not lock.acquire():
            if time.monotonic() >= end:
                raise SettingsError(_("Another fttui writes the profiles. Try again."))
            time.sleep(0.02)
    except (OSError, FolderRefused) as problem:
        reason = (
            os.strerror(problem.errno) if isinstance(problem, OSError) and problem.errno else ""
        )
        raise SettingsError(
            _("The state folder cannot be used: {reason}.", reason=safe(reason or problem))
        ) from None
    try:
        yield
    finally:
        lock.release()


def _table(name: str, values: Mapping[str, Any]) -> str:
    lines = [f"{_key(key)} = {_toml(value)}" for key, value in values.items()]
    return "\n".join(["", f"[{name}]", *lines, ""])


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _toml(name)


def _toml(value: object) -> str:
    """A value of JSON as TOML writes it."""
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_key(key)} = {_toml(each)}" for key, each in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
