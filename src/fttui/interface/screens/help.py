"""Help: the keys that work now, what the words mean, and how to get and set an API key."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, zip_longest
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from fttui.interface.guard.screens import Dialog
from fttui.interface.kit.keys import Command, KeyLine, active_commands
from fttui.interface.kit.lines import fit
from fttui.interface.screens.guide import KeyPlace, guide_content, other_language
from fttui.terminal.language import _, spoken
from fttui.terminal.text import safe

_MOST_KEYS = 12
_GAP = 3
_LEAST_COLUMN = 54

Block = list[Content]


class Help(Dialog[None]):
    """A page to read; its keys come from the active bindings, never from a second list.

    Those of the screen below come first. `place` is where the key of the guide goes.
    """

    TITLE = _("Help")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "language", _("Language"), id="help.language"),
        Binding("j,down", "scroll(1)", _("Down"), id="help.down"),
        Binding("k,up", "scroll(-1)", _("Up"), id="help.up"),
        Binding(
            "ctrl+d,pagedown,space", "page(1)", _("Page down"), show=False, id="help.page_down"
        ),
        Binding("ctrl+u,pageup", "page(-1)", _("Page up"), show=False, id="help.page_up"),
        Binding("g,home", "edge(-1)", _("Top"), id="help.top"),
        Binding("G,end", "edge(1)", _("End"), id="help.bottom"),
        Binding("escape,q,question_mark,f1", "dismiss(None)", _("Back"), id="help.back"),
    ]

    def __init__(self, place: KeyPlace) -> None:
        super().__init__(id="help")
        self._place = place
        self._language = spoken()
        self._commands: Sequence[Command] = ()

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with VerticalScroll(id="help-scroll", can_focus=False):
            yield Static(id="help-text")
        yield KeyLine()

    def on_mount(self) -> None:
        """Ask the screen below for its keys, and fill the page."""
        self._commands = active_commands(self.app.screen_stack[-2])
        self._fill()

    def on_resize(self) -> None:
        """Fill the page for the new width."""
        self._fill()

    @property
    def _page(self) -> VerticalScroll:
        return self.query_one("#help-scroll", VerticalScroll)

    def action_scroll(self, lines: int) -> None:
        """Scroll by `lines`."""
        self._page.scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by half the height, so that the eye finds its place again."""
        self.action_scroll(pages * max(self._page.size.height // 2, 1))

    def action_edge(self, end: int) -> None:
        """Go to the top, or to the end."""
        if end < 0:
            self._page.scroll_home(animate=False)
        else:
            self._page.scroll_end(animate=False)

    def action_language(self) -> None:
        """Tell the guide in the next language."""
        self._language = other_language(self._language)
        self._fill()

    def _fill(self) -> None:
        width = self.size.width - 6
        parts: list[Content] = [
            Content.styled(_("Keys"), "bold underline"),
            Content(_("In a field letters are text: use F and Ctrl keys there. Esc goes back.")),
            Content(
                _("Give a key another by its name, as on the right, in the settings: [keymap].")
            ),
            Content(""),
            *key_lines(self._commands, width),
            guide_content(self._language, self._place),
        ]
        self.query_one("#help-text", Static).update(Content("\n").join(parts))


def key_lines(commands: Sequence[Command], width: int) -> list[Content]:
    """Keys, meanings and binding ids by group; in two columns where `width` cells allow it."""
    column = (width - _GAP) // 2
    is_wide = column >= _LEAST_COLUMN
    blocks: list[Block] = []
    for group, members in groupby(commands, key=lambda command: command.group):
        lines = _block(list(members), column if is_wide else width)
        blocks.append([Content.styled(safe(group), "bold"), *lines, Content("")])
    if not is_wide or len(blocks) < 2:
        return [line for block in blocks for line in block]
    split = min(range(1, len(blocks)), key=lambda at: abs(_height(blocks[:at], blocks[at:])))
    left = [line for block in blocks[:split] for line in block]
    right = [line for block in blocks[split:] for line in block]
    empty = Content("")
    pairs = zip_longest(left, right, fillvalue=empty)
    room = column + _GAP
    return [one.pad_right(max(room - one.cell_length, 1)) + other for one, other in pairs]


def _height(left: list[Block], right: list[Block]) -> int:
    """By how many lines the left column is longer."""
    return sum(map(len, left)) - sum(map(len, right))


def _block(commands: Sequence[Command], width: int) -> list[Content]:
    """A line for each command: keys, words, and the binding's name, which is never cut."""
    keys = min(max(cell_len(command.keys) for command in commands), _MOST_KEYS)
    names = max(len(command.name) for command in commands)
    words = max(width - keys - names - 3, 12)
    return [
        Content.assemble(
            (f" {fit(safe(command.keys), keys)} ", "bold"),
            f"{fit(safe(command.text), words)} ",
            (safe(command.name), "dim"),
        )
        for command in commands
    ]
