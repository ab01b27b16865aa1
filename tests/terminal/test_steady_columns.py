"""Whatever width a terminal gives a text, what stands behind it stands in its column."""

import unicodedata

import pytest
from rich.cells import cell_len
from tests.terminal.screen import Screen

from fttui.cli.table import Cell, TextColumn, render
from fttui.interface.guard.fixed_columns import with_fixed_columns
from fttui.terminal.text import is_width_sure, safe


class Counting(Screen):
    """A terminal that gives vowel signs a place of their own, and emoji one or three."""

    emoji = 1

    def width(self, character: str) -> int:  # type: ignore[override]
        if unicodedata.category(character) == "Mc":
            return 1
        if unicodedata.category(character) == "So" and cell_len(character) == 2:
            return self.emoji
        return cell_len(character)


class WideEmoji(Counting):
    emoji = 3


HINDI = "\u0939\u093f\u0928\u094d\u0926\u0940"
TEXTS = [HINDI, "\u0915\u094d\u0937\u093f", "\U0001f44d", "\U0001fae8 a"]


@pytest.mark.parametrize("terminal", [Screen, Counting, WideEmoji])
@pytest.mark.parametrize("text", TEXTS)
def test_what_stands_behind_a_text_of_unsure_width_is_in_its_column(
    terminal: type[Screen], text: str
) -> None:
    screen = terminal(2, 40)
    screen.feed("x" * 40 + "\r")
    padding = " " * (10 - cell_len(text))
    screen.feed(with_fixed_columns(f"\x1b[1;1H\x1b[31m{text}{padding}\x1b[0m| job\x1b[0K"))
    row = screen._cells[0]
    assert "".join(row[10:15]) == "| job"
    assert "x" not in "".join(row)
    assert all(letter in "".join(row) for letter in text)


@pytest.mark.parametrize(
    "data",
    [
        "plain \x1b[1mtext\x1b[0m \u2713 \u25cf \u2014 \u2026 \u2502",
        "\u65e5\u672c\u8a9e \ud55c\uad6d\uc5b4 \u0420\u0443\u0441 caf\u00e9 e\u0301",
        "\x1b]9;fttui: \U0001f44d\x07",
        "\x1bPtmux;\U0001f44d\x1b\\",
    ],
)
def test_what_is_sure_or_is_not_painted_is_written_as_it_is(data: str) -> None:
    assert with_fixed_columns(data) == data


def test_a_frame_is_never_moved_with_a_text() -> None:
    screen = Counting(1, 20)
    screen.feed(with_fixed_columns("\u0928\u093f \u2502 b"))
    assert screen._cells[0][2] == "\u2502"


@pytest.mark.parametrize("terminal", [Screen, Counting, WideEmoji])
@pytest.mark.parametrize("text", TEXTS)
def test_the_columns_of_a_coloured_table_are_told_to_the_terminal(
    terminal: type[Screen], text: str
) -> None:
    columns = TextColumn("NAME"), TextColumn("SIZE", right=True), TextColumn("ID")
    rows = [["a plain name", "12", "one"], [text, "3", Cell("two", "31")]]
    screen = terminal(3, 60)
    lines = render(columns, rows, colour=True)
    screen.feed("\r\n".join(lines))
    assert ["".join(row[20:23]).rstrip() for row in screen._cells] == ["ID", "one", "two"]
    assert "\x1b" not in "".join(render(columns, rows))


def test_skin_tones_and_styles_of_emoji_are_not_painted() -> None:
    assert safe("\U0001f44d\U0001f3fd a") == "\U0001f44d a"
    assert safe("\u2764\ufe0f") == "\u2764"
    assert safe("\U0001f3fd") == "<U+1F3FD>"
    assert not is_width_sure("\U0001f44d")
