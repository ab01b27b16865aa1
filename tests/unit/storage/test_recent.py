"""The files that were chosen lately; a list that cannot be used costs nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fttui.storage.folders import private_folder, state_folder
from fttui.storage.recent import recent_files, remember_file


def files(folder: Path, count: int) -> list[Path]:
    made = [folder / f"{number}.jsonl" for number in range(count)]
    for path in made:
        path.write_text("x")
    return made


def test_the_newest_twelve_come_first_and_once(tmp_path: Path) -> None:
    made = files(tmp_path, 14)
    for path in [*made, made[5]]:
        remember_file(path)
    assert recent_files() == [made[5], *made[:5:-1], made[4], made[3], made[2]]


def test_what_is_gone_is_not_offered(tmp_path: Path) -> None:
    first, second = files(tmp_path, 2)
    remember_file(first)
    remember_file(second)
    second.unlink()
    assert recent_files() == [first]


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_text("{"),
        lambda path: path.write_text("5"),
        lambda path: path.write_text('{"a": 1}'),
        lambda path: path.write_text('["a\\u0000b", 5, null]'),
        lambda path: path.write_text("[" * 200_000),
        lambda path: path.write_bytes(b" " * 1_000_001 + b"[]"),
        lambda path: path.mkdir(),
        os.mkfifo,
        lambda path: path.symlink_to("/dev/zero"),
    ],
)
def test_a_list_that_is_none_is_empty_and_hangs_nothing(
    make: Callable[[Path], object], tmp_path: Path
) -> None:
    make(private_folder(state_folder()) / "recent.json")
    assert recent_files() == []
    remember_file(files(tmp_path, 1)[0])


def test_a_folder_that_is_refused_loses_nothing_else(tmp_path: Path) -> None:
    private_folder(state_folder()).chmod(0o777)
    remember_file(files(tmp_path, 1)[0])
    assert recent_files() == []
