"""What is sent for a change: the same picture as Textual's own bytes make, in fewer of them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip
from textual.widgets import Static

from fttui.interface.guard.app import SafeApp
from fttui.interface.guard.painting import ChangedCells, with_few_looks
from fttui.interface.guard.screens import BaseScreen
from fttui.interface.kit.lines import changed_cells

_TOKEN = re.compile(r"\x1b\[(\d+);(\d+)H|\x1b\[([0-9;]*)m|(.)", re.DOTALL)
_ENDS = {"22": ("1", "2"), "23": ("3",), "24": ("4",), "25": ("5",), "27": ("7",), "28": ("8",)}
_ENDS |= {"29": ("9",), "39": ("fg",), "49": ("bg",)}
_WORDS = st.sampled_from(["a", "b c", " ", "    ", " x", "\x1b[3;7H", "\x1b[1;1H  ", "\n"])
_CODES = st.sampled_from(
    [
        "0",
        "",
        "1",
        "2",
        "3",
        "4",
        "7",
        "31",
        "97",
        "44",
        "103",
        "39",
        "49",
        "38;2;1;2;3",
        "38;2;9;9;9",
        "48;2;1;1;1",
        "48;5;7",
        "1;38;5;4;48;2;0;0;0",
    ]
)


def picture(data: str) -> tuple[dict[tuple[int, int], object], dict[str, str]]:
    """What a terminal shows: the character and the look of each cell, and the look at the end."""
    cells: dict[tuple[int, int], object] = {}
    looks: dict[str, str] = {}
    row = column = 0
    for token in _TOKEN.finditer(data):
        if token[1]:
            row, column = int(token[1]), int(token[2])
        elif token[3] is not None:
            looks = after(looks, token[3])
        elif token[4] != "\n":
            cells[row, column] = token[4], frozenset(seen(token[4], looks).items())
            column += 1
    return cells, looks


def after(looks: dict[str, str], codes: str) -> dict[str, str]:
    looks = dict(looks)
    for code in re.findall(r"[34]8;2;\d+;\d+;\d+|[34]8;5;\d+|\d+", codes or "0"):
        if code == "0":
            looks = {}
        elif code in _ENDS:
            for name in _ENDS[code]:
                looks.pop(name, None)
        elif len(code) == 1:
            looks[code] = code
        else:
            looks["fg" if code[0] in "39" else "bg"] = code
    return looks


def seen(character: str, looks: dict[str, str]) -> dict[str, str]:
    hides_colour = character == " " and not {"4", "5", "7", "8", "9"} & set(looks)
    return {"bg": looks["bg"]} if hides_colour and "bg" in looks else {} if hides_colour else looks


@given(st.lists(st.one_of(_WORDS, _CODES.map(lambda code: f"\x1b[{code}m")), max_size=30))
def test_the_same_picture_is_made_of_fewer_bytes_and_ends_in_the_same_look(
    parts: list[str],
) -> None:
    data = "".join(parts)
    few = with_few_looks(data)
    assert picture(few) == picture(data)
    assert len(few.encode()) <= len(data.encode()) + 8


def test_a_look_is_told_once_and_that_of_blanks_only_where_it_is_seen() -> None:
    first, second = "\x1b[38;2;9;9;9;48;2;1;1;1m", "\x1b[1;38;2;5;5;5;48;2;1;1;1m"
    data = f"\x1b[1;1H{first}one\x1b[0m\x1b[2;4H{first}two\x1b[0m{second}  \x1b[0m{first}x\x1b[0m"
    assert with_few_looks(data) == f"\x1b[1;1H{first}one\x1b[2;4Htwo  x\x1b[0m"
    both = "\x1b[1;2mone\x1b[0m\x1b[1mtwo\x1b[0m"
    assert picture(with_few_looks(both)) == picture(both)
    changed = f"{first}a\x1b[0m{second}b\x1b[0m{first}c\x1b[0m"
    assert with_few_looks(changed) == f"{first}a\x1b[1;38;2;5;5;5mb\x1b[22;38;2;9;9;9mc\x1b[0m"


@pytest.mark.parametrize("odd", ["\x1b[58;5;3mx\x1b[0m", "\x1b[38;2;1mx\x1b[0m", "\x1b[53mx"])
def test_a_look_that_is_not_known_is_left_as_it_is(odd: str) -> None:
    data = f"\x1b[31ma\x1b[0m\x1b[31mb\x1b[0m{odd}"
    assert with_few_looks(data) == data


@pytest.mark.parametrize(
    ("text", "sent"), [("abcdefgh", "\x1b[1;8Hdef"), ("कि cdefgh", "\x1b[1;5Hकि cdef")]
)
def test_a_span_is_sent_from_where_it_begins_unless_columns_are_unsure(
    text: str, sent: str
) -> None:
    strip = Strip([Segment(text)])
    end = 4 + strip.cell_length
    update = ChangedCells([{0: Strip([Segment("....")]), 4: strip}], [(0, 7, 10)], [[4, end]])
    assert update.render_segments(Console()) == sent


async def test_each_screen_paints_that_way() -> None:
    class Host(SafeApp[None]):
        def on_mount(self) -> None:
            self.push_screen(BaseScreen())

    app = Host()
    async with app.run_test(size=(40, 10)) as pilot:
        words = Static("words")
        await app.screen.mount(words)
        await pilot.pause()
        app.screen._compositor._dirty_regions.add(words.region)
        assert isinstance(app.screen._compositor.render_partial_update(), ChangedCells)
        assert app.screen._compositor.render_partial_update() is None


@pytest.mark.parametrize(
    ("before", "now", "runs"),
    [
        ("for 2m 24 s", "for 2m 25 s", [(8, 9)]),
        ("0123456789abcdef", "x12345678y9abcde", [(0, 1), (9, 16)]),
        ("a......b", "c......d", [(0, 8)]),
        ("a........b", "c........d", [(0, 1), (9, 10)]),
        ("same", "same", []),
        ("कि a", "कि b", [(0, 4)]),
    ],
)
def test_runs_of_changed_cells_are_apart_where_a_move_is_shorter(
    before: str, now: str, runs: list[tuple[int, int]]
) -> None:
    strips = [Strip([Segment(text)]) for text in (before, now)]
    if "कि" in before:
        runs = [(0, strips[0].cell_length)]
    assert changed_cells(*strips) == runs
