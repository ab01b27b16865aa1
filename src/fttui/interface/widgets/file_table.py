"""The list of the file picker: files and folders with size and age."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from fttui.interface.widgets.amounts import age_text, size_text
from fttui.interface.widgets.line_table import Column, LineTable
from fttui.interface.widgets.text_input import pasted_line

if TYPE_CHECKING:
    from fttui.interface.dialogs.folder_listing import Entry

_COLUMNS = (
    Column("name", "Name", 16, 30, 0, grows=True, keep_end=True),
    Column("size", "Size", 9, 9, 1, right=True),
    Column("age", "Changed", 10, 10, 2, right=True),
)


_COMMANDS = "hjklgGt. "


class FileTable(LineTable):
    """Rows of entries, of which the first may come from the files used lately."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Choose", id="files.choose"),
        Binding("j", "move(1)", "Down", show=False, id="files.down"),
        Binding("k", "move(-1)", "Up", show=False, id="files.up"),
        Binding("g", "top", "First", show=False, id="files.top"),
        Binding("G", "bottom", "Last", show=False, id="files.bottom"),
        Binding("ctrl+d", "page(0.5)", "Half a page down", show=False, id="files.half_down"),
        Binding("ctrl+u", "page(-0.5)", "Half a page up", show=False, id="files.half_up"),
        Binding("left,h,backspace", "above", "Above", id="files.above", key_display="h"),
        Binding("right,l", "choose", "Choose", show=False, id="files.open"),
        Binding("full_stop", "hidden", "Hidden", id="files.hidden", key_display="."),
        Binding("t", "kinds", "Kinds", id="files.kinds"),
        Binding("slash", "filter", "Filter/path", id="files.filter", key_display="/"),
    ]

    class Asked(Message):
        """A key asks for something else: "above", "hidden" or "kinds"."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self, type_into: Callable[[str], None]) -> None:
        super().__init__(_COLUMNS, id="file-table")
        self._type_into = type_into
        self._typing = False
        self._entries: dict[str, Entry] = {}
        self._recent: set[str] = set()
        self._now = 0.0

    def show(self, recent: Sequence[Entry], entries: Sequence[Entry], placeholder: str) -> None:
        """Show files used lately, then the folder's own; `placeholder` stands for an empty list."""
        self._now = time.time()
        self.placeholder = placeholder
        lately = {f"lately/{entry.path}": entry for entry in recent}
        self._recent = set(lately)
        self._entries = lately | {entry.path.name: entry for entry in entries}
        self.set_rows(list(self._entries))

    def entry(self, key: str | None) -> Entry | None:
        """The entry of a row."""
        return self._entries.get(key) if key is not None else None

    def cell(self, key: str, column: Column) -> tuple[str, str]:
        """Name, size or age of an entry."""
        entry = self._entries[key]
        if column.key == "name":
            if entry.is_folder:
                return f"{entry.shown}/", "title"
            name = entry.label if key in self._recent and entry.label else entry.shown
            return name, "strong" if entry.is_wanted else "plain"
        if column.key == "size":
            return ("" if entry.size is None else size_text(entry.size)), "muted"
        return ("" if entry.modified is None else age_text(self._now - entry.modified)), "muted"

    def is_marked(self, key: str) -> bool:
        """Files used lately have a star."""
        return key in self._recent

    def on_key(self, event: events.Key) -> None:
        """Hand over what is typed: `/` begins, and so do letters that mean nothing here.

        Keys that were read together are all addressed to this list, wherever the first of them
        moves the focus; so once typing has begun, the letters that still come here are text.
        """
        letter = event.character
        if letter is None or not event.is_printable:
            return
        if not self._typing and letter in _COMMANDS:
            return
        event.stop()
        begins = not self._typing and letter == "/"
        self._typing = True
        self._type_into("" if begins else letter)

    def on_paste(self, event: events.Paste) -> None:
        """A pasted text is a path."""
        event.stop()
        self._type_into(pasted_line(event.text))

    def on_focus(self) -> None:
        """Letters are commands again."""
        self._typing = False
        super().on_focus()

    def action_above(self) -> None:
        """Ask for the folder above."""
        self.post_message(self.Asked("above"))

    def action_hidden(self) -> None:
        """Ask for hidden files to be shown, or not."""
        self.post_message(self.Asked("hidden"))

    def action_kinds(self) -> None:
        """Ask for files of every kind, or only those named .jsonl."""
        self.post_message(self.Asked("kinds"))

    def action_filter(self) -> None:
        """Go to the input."""
        self._type_into("")
