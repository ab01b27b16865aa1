"""Where a new file is offered to be written."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fttui.interface.actions.new_file import keep_folder, offered_name


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home, with data in it, and where fttui runs."""
    for name in ("home/data", "here", "\x1b[2J"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def host(*, demo: bool = False) -> Any:
    return SimpleNamespace(demo=demo, chosen_folder=None)


def test_the_folder_that_was_chosen_last_is_offered_again(folders: Path) -> None:
    app = host()
    assert offered_name(app, "a.csv") == "a.csv"
    keep_folder(app, folders / "home" / "data" / "a.csv")
    (folders / "home" / "data" / "b.csv").touch()
    assert offered_name(app, "b.csv") == "~/data/b-2.csv"
    keep_folder(app, Path("b.csv"))
    assert offered_name(app, "b.csv") == "b.csv"


def test_a_file_is_offered_beside_another_unless_that_cannot_be_written_to_or_typed(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert offered_name(host(), "r", beside=folders / "t") == f"{folders}/r"
    assert offered_name(host(), "r", beside=folders / "\x1b[2J" / "t") == "r"
    assert offered_name(host(), "r", beside=folders / "missing" / "t") == "r"
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert offered_name(host(), "r", beside=folders / "t") == "r"


def test_what_goes_with_the_demo_is_no_place_for_a_new_file(folders: Path) -> None:
    assert offered_name(host(demo=True), "r", beside=folders / "here" / "t") == "~/r"
    assert offered_name(host(demo=True), "r", beside=folders / "home" / "data" / "t") == "~/data/r"
