"""Reading folders and typed paths for the file picker."""

import os
from pathlib import Path

import pytest

from fttui.interface.screens.folder_listing import (
    View,
    completion,
    describe,
    is_path,
    list_folder,
    shown_folder,
    typed_place,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.txt", "z.jsonl", "A.JSONL", ".secret.jsonl"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "data").mkdir()
    (tmp_path / "attic").mkdir()
    return tmp_path


def names(folder: Path, **view: object) -> list[str]:
    return [entry.shown for entry in View(**view).of(list_folder(folder).entries)]  # type: ignore[arg-type]


def test_training_files_come_first_then_folders_then_the_rest(folder: Path):
    assert names(folder) == ["A.JSONL", "z.jsonl", "attic", "data", "b.txt"]


def test_hidden_files_are_shown_on_demand_and_when_a_dot_is_typed(folder: Path):
    assert ".secret.jsonl" in names(folder, hidden=True)
    assert names(folder, needle=".sec") == [".secret.jsonl"]


def test_other_kinds_of_file_can_be_left_out(folder: Path):
    assert names(folder, every_kind=False) == ["A.JSONL", "z.jsonl", "attic", "data"]


def test_a_filter_finds_any_part_of_a_name_in_either_case(folder: Path):
    assert names(folder, needle="TA") == ["data"]


def test_a_name_that_is_not_utf8_keeps_its_bytes_and_is_shown_by_number(tmp_path: Path):
    raw = os.fsencode(tmp_path) + b"/caf\xe9.jsonl"
    with open(raw, "wb"):
        pass
    (entry,) = list_folder(tmp_path).entries
    assert entry.shown == "caf\\xe9.jsonl"
    assert os.fsencode(entry.path) == raw


def test_a_hostile_name_is_shown_without_control_characters(tmp_path: Path):
    (tmp_path / "x\x1b]52;c;aGk=\x07.jsonl").touch()
    (entry,) = list_folder(tmp_path).entries
    assert entry.shown == "x␛]52;c;aGk=␇.jsonl"


def test_a_dangling_link_is_listed_without_a_size(tmp_path: Path):
    (tmp_path / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    (entry,) = list_folder(tmp_path).entries
    assert (entry.size, entry.is_folder) == (None, False)


def test_a_link_to_a_folder_can_be_entered(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert [entry.is_folder for entry in list_folder(tmp_path).entries] == [True, True]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing", "there is no such folder"), ("file", "it is not a folder"), ("\0", "valid path")],
)
def test_a_folder_that_cannot_be_listed_gives_a_sentence(tmp_path: Path, name: str, reason: str):
    (tmp_path / "file").touch()
    listing = list_folder(tmp_path / name)
    assert listing.entries == ()
    assert reason in listing.problem


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_without_permission_gives_a_sentence(tmp_path: Path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0)
    assert list_folder(locked).problem.endswith("cannot be listed: you may not read it.")


def test_files_used_lately_that_are_gone_are_left_out(tmp_path: Path):
    (tmp_path / "kept.jsonl").write_text("12345")
    described = describe([tmp_path / "kept.jsonl", tmp_path / "gone.jsonl"])
    assert [(entry.shown, entry.size) for entry in described] == [("kept.jsonl", 5)]


def test_the_home_folder_is_written_as_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert shown_folder(tmp_path) == "~"
    assert shown_folder(tmp_path / "a" / "b") == "~/a/b"
    assert shown_folder(Path("/elsewhere")) == "/elsewhere"


def test_typed_paths_lead_to_a_folder_and_the_begun_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    base = Path("/base")
    assert typed_place("tr", base) == (base, "tr")
    assert typed_place("sub/tr", base) == (base / "sub", "tr")
    assert typed_place("~/da", base) == (tmp_path, "da")
    assert typed_place("~/da/", base) == (tmp_path / "da", "")
    assert typed_place("/etc/", base) == (Path("/etc"), "")
    assert typed_place("'/a b/c.jsonl' ", base) == (Path("/a b"), "c.jsonl")
    assert typed_place("file:///a%20b/c", base) == (Path("/a b"), "c")


def test_only_texts_with_a_slash_or_a_tilde_are_paths():
    assert [is_path(text) for text in ("train", "a/b", "~", "/")] == [False, True, True, True]


def test_completion_goes_as_far_as_the_names_agree(folder: Path):
    entries = list_folder(folder).entries
    assert completion("z", entries) == "z.jsonl"
    assert completion("d", entries) == "data/"
    assert completion("a.", entries) == "A.JSONL"
    assert completion("nothing", entries) == "nothing"
    (folder / "zebra.jsonl").touch()
    assert completion("z", list_folder(folder).entries) == "z"
