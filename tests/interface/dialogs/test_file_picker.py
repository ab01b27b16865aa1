"""The file picker by keyboard alone."""

import os
from pathlib import Path

import pytest
from tests.interface.dialog_host import UNANSWERED, DialogHost
from textual.color import Color
from textual.events import Click, Key, Paste
from textual.widgets import Static

from fttui.interface.screens.file_picker import FilePicker, FileTable
from settling import later, press, settled


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("train.jsonl", "valid.jsonl", "desk.CSV", "notes.txt", ".hidden.jsonl"):
        (tmp_path / name).write_text("{}\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "deep.jsonl").write_text("{}\n")
    return tmp_path


def shown(app: DialogHost) -> list[str]:
    table = app.dialog.query_one(FileTable)
    return list(table.get_column("name"))


async def test_enter_chooses_the_file_under_the_cursor(folder: Path):
    app = DialogHost(FilePicker(folder))
    async with app.run_test() as pilot:
        await settled(pilot)
        assert shown(app) == ["train.jsonl", "valid.jsonl", "desk.CSV", "data/"]
        await press(pilot, "down", "enter")
        assert app.answer == folder / "valid.jsonl"


async def test_folders_are_entered_and_left_and_the_cursor_comes_back(folder: Path):
    app = DialogHost(FilePicker(folder))
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "down", "down", "down", "enter")
        assert shown(app) == ["deep.jsonl"]
        await press(pilot, "backspace")
        assert app.dialog.query_one(FileTable).cursor_key == "data"
        await press(pilot, "right", "left", "right", "enter")
        assert app.answer == folder / "data" / "deep.jsonl"


async def test_typing_filters_and_escape_empties_before_it_leaves(folder: Path):
    app = DialogHost(FilePicker(folder))
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, *"val")
        assert shown(app) == ["valid.jsonl"]
        await press(pilot, "escape")
        assert len(shown(app)) == 4
        assert app.answer is UNANSWERED
        await press(pilot, "escape")
        assert app.answer is None


async def test_every_letter_that_is_typed_is_text(folder: Path):
    app = DialogHost(FilePicker(folder))
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, *"train")
        assert shown(app) == ["train.jsonl"]
        await press(pilot, "enter")
        assert app.answer == folder / "train.jsonl"


async def test_keys_show_hidden_files_and_those_of_every_kind(folder: Path):
    app = DialogHost(FilePicker(folder))
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "ctrl+g")
        assert ".hidden.jsonl" in shown(app)
        assert "notes.txt" not in shown(app)
        await press(pilot, "ctrl+t")
        assert "notes.txt" in shown(app)
        assert "every kind of file" in str(app.dialog.query_one("#picker-note", Static).render())


async def test_what_only_files_of_other_kinds_fit_is_told_with_the_key_that_shows_them(
    folder: Path,
):
    app = DialogHost(FilePicker(folder))
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, *"notes")
        table = app.dialog.query_one(FileTable)
        assert table.placeholder == "No training file or table: ^t shows files of every kind."
        await press(pilot, *"xyz")
        assert table.placeholder == "Nothing here fits."


async def test_a_typed_path_is_completed_by_tab_and_taken_by_enter(folder: Path):
    app = DialogHost(FilePicker(Path("/")))
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, *"~/da", "tab")
        assert app.dialog.query_one("#path-input").value == "~/data/"
        assert shown(app) == ["deep.jsonl"]
        await press(pilot, "d", "tab", "enter")
        assert app.answer == folder / "data" / "deep.jsonl"


async def test_enter_on_a_pasted_path_waits_for_the_folder_to_be_read(folder: Path):
    app = DialogHost(FilePicker(Path("/")))
    async with app.run_test() as pilot:
        await settled(pilot)
        app.dialog.query_one("#path-input").value = str(folder / "data" / "deep.jsonl")
        await press(pilot, "enter")
        await settled(pilot)
        assert app.answer == folder / "data" / "deep.jsonl"


async def test_enter_on_a_typed_folder_opens_it(folder: Path):
    app = DialogHost(FilePicker(Path("/")))
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, *"~/data/", "enter")
        assert app.answer is UNANSWERED
        assert app.dialog.query_one("#path-input").value == ""
        assert shown(app) == ["deep.jsonl"]


async def test_keys_that_are_read_together_are_all_typed(folder: Path):
    app = DialogHost(FilePicker(Path("/")))
    async with app.run_test() as pilot:
        await settled(pilot)
        for letter in "~/data/dt.h":
            app.post_message(Key(letter, letter))
        await settled(pilot)
        assert app.dialog.query_one("#path-input").value == "~/data/dt.h"


async def test_an_absolute_path_is_typed_as_it_is(folder: Path):
    app = DialogHost(FilePicker(Path("/")))
    async with app.run_test() as pilot:
        await settled(pilot)
        path = folder / "train.jsonl"
        for letter in str(path):
            app.post_message(Key("slash" if letter == "/" else letter, letter))
        await settled(pilot)
        assert app.dialog.query_one("#path-input").value == str(path)
        await press(pilot, "enter")
        assert app.answer == path


async def test_a_paste_is_a_path(folder: Path):
    app = DialogHost(FilePicker(Path("/")))
    async with app.run_test() as pilot:
        await settled(pilot)
        app.post_message(Paste(f"{folder}/data/deep.jsonl\n"))
        await settled(pilot)
        await press(pilot, "enter")
        assert app.answer == folder / "data" / "deep.jsonl"


async def test_files_used_lately_stand_on_top_of_the_first_folder_only(folder: Path):
    recent = [folder / "data" / "deep.jsonl", folder / "gone.jsonl"]
    app = DialogHost(FilePicker(folder, recent))
    async with app.run_test() as pilot:
        await settled(pilot)
        assert shown(app)[:2] == ["~/data/deep.jsonl", "train.jsonl"]
        await press(pilot, "backspace")
        assert not any("~/data" in name for name in shown(app))
        await press(pilot, "escape")
    app = DialogHost(FilePicker(folder, recent))
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        assert app.answer == recent[0]


async def test_a_folder_that_cannot_be_read_says_so_and_can_be_left(folder: Path):
    app = DialogHost(FilePicker(folder / "missing"))
    async with app.run_test() as pilot:
        await settled(pilot)
        table = app.dialog.query_one(FileTable)
        assert table.placeholder == "~/missing cannot be listed: there is no such folder."
        await press(pilot, "enter", "backspace")
        assert "train.jsonl" in shown(app)


async def test_a_hostile_name_is_chosen_by_its_bytes_and_shown_by_its_safe_form(folder: Path):
    place = folder / "odd"
    place.mkdir()
    raw = os.fsencode(place) + b"/\x1b]0;x\x07[red]caf\xe9.jsonl"
    with open(raw, "wb"):
        pass
    app = DialogHost(FilePicker(place))
    async with app.run_test() as pilot:
        await settled(pilot)
        assert shown(app) == ["␛]0;x␇[red]caf\\xe9.jsonl"]
        await press(pilot, "enter")
        assert os.fsencode(app.answer) == raw


async def test_five_thousand_files_are_one_list_that_is_filtered_while_typing(tmp_path: Path):
    for number in range(5_000):
        (tmp_path / f"file-{number:04}.jsonl").touch()
    app = DialogHost(FilePicker(tmp_path))
    async with app.run_test() as pilot:
        await settled(pilot)
        assert app.dialog.query_one(FileTable).row_count == 5_000
        note = app.dialog.query_one("#picker-note", Static)
        assert "5,000 of 5,000 entries" in str(note.render())
        await press(pilot, "ctrl+end")
        assert app.dialog.query_one(FileTable).cursor_row == 4_999
        await press(pilot, *"e-4321")
        assert shown(app) == ["file-4321.jsonl"]


async def test_a_double_click_opens_one_folder_and_not_what_comes_in_its_place(tmp_path: Path):
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    app = DialogHost(FilePicker(tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = app.dialog.query_one(FileTable)
        for chain in (1, 2):
            x, y = table.region.x + 4, table.region.y + 1
            table.post_message(Click(table, 4, 1, 0, 0, 1, False, False, False, x, y, chain=chain))
            await settled(pilot)
        assert shown(app) == ["b/"]


async def test_a_click_moves_there_and_one_on_the_row_of_the_cursor_takes_it(folder: Path):
    app = DialogHost(FilePicker(folder))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.click("#file-table", offset=(4, 2))
        await settled(pilot)
        assert app.answer is UNANSWERED
        assert app.dialog.query_one(FileTable).cursor_key == "valid.jsonl"
        await pilot.click("#file-table", offset=(4, 2))
        await settled(pilot)
        assert app.answer == folder / "valid.jsonl"


async def test_the_cursor_of_the_list_looks_as_where_keys_go(folder: Path):
    app = DialogHost(FilePicker(folder))
    async with app.run_test() as pilot:
        await settled(pilot)
        table = app.dialog.query_one(FileTable)
        y = table.region.y + table.header_lines + table.cursor_row
        at_cursor = app.screen.get_style_at(table.region.x + 1, y)
        assert Color.from_rich_color(at_cursor.bgcolor).hex == app.current_theme.primary.upper()


async def test_a_file_that_comes_while_the_picker_is_open_is_listed(folder: Path):
    start = folder / "data"
    (start / "deep.jsonl").unlink()
    app = DialogHost(FilePicker(start))
    async with app.run_test() as pilot:
        await settled(pilot)
        assert shown(app) == []
        (start / "late.jsonl").write_text("{}\n")
        await later(pilot, 1.5)
        (start / "early.jsonl").write_text("{}\n")
        await later(pilot, 1.5)
        assert shown(app) == ["early.jsonl", "late.jsonl"]
        await press(pilot, "enter")
        assert app.answer == start / "late.jsonl"  # the cursor stays where it was
