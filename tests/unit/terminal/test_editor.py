"""The user's editor is opened at the place, each as it wants to be told, and no shell reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fttui.terminal.editor import EditorCommand, FilePlace, NoEditor, editor_command
from fttui.training_data.places import place_for_editor

PLACE = FilePlace(Path("/data/my file.jsonl"), line=12, column=34, byte=40, cell=37)
FILE = "/data/my file.jsonl"


def there(*names: str) -> Callable[[str], str | None]:
    """What finds only these commands."""
    return lambda name: f"/nowhere/{name}" if name in names else None


def opened(editor: str) -> tuple[str, ...]:
    command = editor_command(PLACE, {"EDITOR": editor}, which=lambda name: f"/nowhere/{name}")
    return command.words


@pytest.mark.parametrize(
    ("editor", "words"),
    [
        ("vi", ("vi", "+12", FILE)),
        ("vim -u NONE", ("vim", "-u", "NONE", "+call cursor(12,40)", FILE)),
        ("/usr/bin/nvim", ("/usr/bin/nvim", "+call cursor(12,40)", FILE)),
        ("nano", ("nano", "+12,37", FILE)),
        ("emacs -nw", ("emacs", "-nw", "+12:37", FILE)),
        ("emacsclient -t", ("emacsclient", "-t", "+12:37", FILE)),
        ("micro", ("micro", "+12:34", FILE)),
        ("hx", ("hx", f"{FILE}:12:34")),
        ("kak", ("kak", "+12:40", FILE)),
        ("code", ("code", "--wait", "--goto", f"{FILE}:12:34")),
        ("code -w", ("code", "-w", "--goto", f"{FILE}:12:34")),
        ("subl --wait", ("subl", "--wait", f"{FILE}:12:34")),
        ("'my editor' -x", ("my editor", "-x", FILE)),
        ("vi; rm -rf $HOME", ("vi;", "rm", "-rf", "$HOME", FILE)),
    ],
)
def test_each_editor_is_told_the_place_in_its_own_way(editor: str, words: tuple[str, ...]) -> None:
    assert opened(editor) == words


def test_the_setting_goes_first_then_visual_then_editor_then_what_is_there() -> None:
    environ = {"VISUAL": "nano", "EDITOR": "vi"}
    which = there("nano", "vi", "micro")
    assert editor_command(PLACE, environ, "micro", which=which).name == "micro"
    assert editor_command(PLACE, environ, which=which).name == "nano"
    assert editor_command(PLACE, {"VISUAL": " ", "EDITOR": "vi"}, which=which).name == "vi"
    found = editor_command(PLACE, {}, which=which)
    assert found == EditorCommand(("nano", "+12,37", FILE), found.note)
    assert "$EDITOR is not set, so nano" in found.note


@pytest.mark.parametrize("wish", ["nonesuch", "'open", "-x", "no\x1b]52;c;x\x07"])
def test_what_is_no_command_is_a_sentence_that_names_where_it_is_set(wish: str) -> None:
    with pytest.raises(NoEditor, match=r"^\$EDITOR names .* no command here") as refused:
        editor_command(PLACE, {"EDITOR": wish}, which=there())
    assert str(refused.value).isprintable()


def test_without_any_editor_there_is_a_sentence() -> None:
    with pytest.raises(NoEditor, match="Set EDITOR"):
        editor_command(PLACE, {}, which=there())


def test_a_link_is_known_by_the_editor_behind_it(tmp_path: Path) -> None:
    for build, expected in (("vim.basic", "+call cursor(12,40)"), ("vim.tiny", "+12")):
        link = tmp_path / f"editor-{build}"
        (tmp_path / build).touch()
        link.symlink_to(tmp_path / build)
        found = editor_command(PLACE, {"EDITOR": str(link)}, which=lambda name: name)
        assert found.words[1] == expected


@pytest.mark.parametrize(
    ("before", "byte", "cell"),
    [
        ("a\t日本é", 11, 14),
        ("e\u0301", 4, 2),  # a letter and its mark
        ("👩\u200d👧", 12, 5),  # one picture to a terminal, three characters to an editor
        ("\x01\x1b", 3, 5),  # ^A ^[
    ],
)
def test_columns_are_counted_in_characters_bytes_and_cells(
    tmp_path: Path, before: str, byte: int, cell: int
) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b"first\n" + before.encode() + b"!\xff\n")
    place = place_for_editor(path, 2, len(before) + 1, 6)
    assert (place.line, place.byte, place.cell) == (2, byte, cell)


def test_where_bytes_are_not_known_vim_goes_by_characters(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b"caf\xe9 !\n")
    for place in (place_for_editor(path, 1, 6, 0), place_for_editor(tmp_path / "gone", 1, 6, 0)):
        found = editor_command(place, {"EDITOR": "vim"}, which=lambda name: f"/nowhere/{name}")
        assert (found.words[1], place.cell) == ("+normal! 1G05l", 6)
    path.write_bytes(b"\xef\xbb\xbf{!}")
    assert place_for_editor(path, 1, 2, 0).byte == 2
