"""What is sent for a change on the screen: its own cells, and only what is new of their looks.

Over a slow link every byte counts. Textual sends a changed part of a line from where its widget
begins, and tells the looks of each piece anew, colours of 19 bytes each.
"""

import re
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.control import Control
from rich.segment import Segment
from textual._compositor import ChopsUpdate, Compositor
from textual._context import visible_screen_stack
from textual.screen import Screen
from textual.strip import Strip

from fttui.terminal.text import is_width_sure

_LOOK = re.compile(r"\x1b\[([0-9;]*)m")
_MOVES = re.compile(r"(?:\x1b\[\d+;\d+H|\n)*")
_FLAGS_END = {"1": "22", "2": "22", **{flag: f"2{flag}" for flag in "345789"}}
_UNSEEN = {"fg", "1", "2", "3"}  # in blanks
_TEXT_COLOURS = {str(base + colour) for base in (30, 90) for colour in range(8)}
_BACKGROUNDS = {str(base + colour) for base in (40, 100) for colour in range(8)}
_PARTS = {"5": 3, "2": 5}  # numbers of a colour, by the second of them

Looks = dict[str, str]
"""What a terminal paints with: codes by what they are of, `fg`, `bg` or the code itself."""


class ChangedCells(ChopsUpdate):
    """Textual's, which begins each span where it begins."""

    def render_segments(self, console: Console) -> str:
        """What to write: for each span where it lies, and its cells."""
        return "".join(self._pieces(console))

    def _pieces(self, console: Console) -> Iterable[str]:
        for y, start, end in self.spans:
            for chop_end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=True):
                if strip is None or x >= end or chop_end <= start:
                    continue
                # Where the terminal may count other columns, a line is known from its start only.
                first = max(start, x) if is_width_sure(strip.text) else x
                shown: Strip = strip.crop(first - x, min(end, chop_end) - x)
                yield Control.move_to(first, y).segment.text
                yield shown.render(console)


def only_changed_cells(compositor: Compositor) -> ChangedCells | None:
    """What Textual would send now, as `ChangedCells`; `compositor` has nothing to paint then."""
    update = Compositor.render_partial_update(compositor)
    return ChangedCells(update.chops, update.spans, update.chop_ends) if update else None


def painted_rows(screen: Screen[Any]) -> list[list[Segment]]:
    """What stands on `screen`, which is in front, and on those that show through it.

    Textual's own pictures take away what is to be painted next.
    """
    visible_screen_stack.set(screen.app._background_screens)
    return [list(strip) for strip in screen._compositor.render_strips()]


def with_few_looks(data: str) -> str:
    """`data` with only those looks in it that differ from the one before.

    It begins and ends with none.
    """
    if data.count("\x1b[") < 3 or not _LOOK.search(data):
        return data
    pieces: list[str] = []
    now: Looks = {}
    wanted: Looks = {}
    for at, piece in enumerate(_LOOK.split(data)):
        if at % 2:
            known = _looked(wanted, piece)
            if known is None:  # a look that is not known here: nothing is left out
                return data
            wanted = known
        elif now == wanted or _MOVES.fullmatch(piece):
            pieces.append(piece)
        else:
            moves = _MOVES.match(piece)
            end = moves.end() if moves else 0
            needed = wanted if piece[end:].strip(" ") else _of_blanks(now, wanted)
            pieces += [piece[:end], _change(now, needed), piece[end:]]
            now = needed
    return "".join([*pieces, _change(now, wanted)])


def _looked(before: Looks, codes: str) -> Looks | None:
    """The looks after an escape sequence with these codes; None of codes not known here."""
    looks = dict(before)
    numbers = codes.split(";")
    while numbers:
        number = numbers[0]
        if number in ("", "0"):
            looks.clear()
        elif number in _FLAGS_END:
            looks[number] = number
        elif number in ("38", "48"):
            size = _PARTS.get(numbers[1] if len(numbers) > 1 else "", 0)
            if not size or len(numbers) < size:
                return None
            looks["fg" if number == "38" else "bg"] = ";".join(numbers[:size])
            numbers = numbers[size - 1 :]
        elif number in _TEXT_COLOURS:
            looks["fg"] = number
        elif number in _BACKGROUNDS:
            looks["bg"] = number
        elif number in ("39", "49"):
            looks.pop("fg" if number == "39" else "bg", None)
        else:
            return None
        numbers = numbers[1:]
    return looks


def _of_blanks(now: Looks, wanted: Looks) -> Looks:
    """What blanks in the looks `wanted` can be painted with: of a text colour nothing is seen."""
    if not (_UNSEEN | {"bg"}).issuperset([*now, *wanted]):  # underlined, or the other way round
        return wanted
    unseen = {name: code for name, code in now.items() if name in _UNSEEN}
    return {name: code for name, code in wanted.items() if name not in _UNSEEN} | unseen


def _change(now: Looks, wanted: Looks) -> str:
    """What makes a terminal that paints with `now` paint with `wanted`."""
    if now == wanted:
        return ""
    if not wanted:
        return "\x1b[0m"
    ended = dict.fromkeys(
        {"fg": "39", "bg": "49"}.get(name) or _FLAGS_END[name] for name in now if name not in wanted
    )
    told = [
        code
        for name, code in wanted.items()
        if now.get(name) != code or _FLAGS_END.get(name) in ended
    ]
    return f"\x1b[{';'.join([*ended, *told])}m"
