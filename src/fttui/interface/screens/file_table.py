"""The list of the file picker: files used lately, and the entries of a folder."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events

from fttui.interface.kit.columns import Column
from fttui.interface.kit.table import Table
from fttui.terminal.format import age_text, size_text
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.interface.screens.folder_listing import FolderEntry

_COLUMNS = (
    Column("name", _("Name"), 16, 30, 0, grows=True, keep_end=True),
    Column("size", _("Size"), 9, 9, 1, right=True),
    Column("age", _("Changed"), 10, 10, 2, right=True),
)


class FileTable(Table, can_focus=False):
    """Rows of entries, of which the first may come from the files used lately.

    It never has the focus: keys go to the picker's input, which moves this list's cursor.
    """

    def __init__(self) -> None:
        super().__init__(_COLUMNS, id="file-table")
        self._entries: dict[str, FolderEntry] = {}
        self._recent: set[str] = set()
        self._now = 0.0

    @property
    def hears_keys(self) -> bool:
        """Always true: the keys of the input move in it."""
        return True

    def show(
        self, recent: Sequence[FolderEntry], entries: Sequence[FolderEntry], placeholder: str
    ) -> None:
        """Show files used lately, then the folder's own; `placeholder` stands for an empty list."""
        self._now = time.time()
        self.placeholder = placeholder
        lately = {f"lately/{entry.path}": entry for entry in recent}
        self._recent = set(lately)
        self._entries = lately | {entry.path.name: entry for entry in entries}
        self.set_rows(list(self._entries))

    def entry(self, key: str | None) -> FolderEntry | None:
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

    def on_click(self, event: events.Click) -> None:
        """A double click opens one folder: its second click is not for what came in its place."""
        if event.chain > 1 and self._click_selected:
            event.prevent_default()

    def is_marked(self, key: str) -> bool:
        """Files used lately have a star."""
        return key in self._recent
