"""The list of the file picker: files and folders with size and age."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fttui.interface.kit.table import Column, LineTable
from fttui.interface.widgets.amounts import age_text, size_text

if TYPE_CHECKING:
    from fttui.interface.screens.folder_listing import Entry

_COLUMNS = (
    Column("name", "Name", 16, 30, 0, grows=True, keep_end=True),
    Column("size", "Size", 9, 9, 1, right=True),
    Column("age", "Changed", 10, 10, 2, right=True),
)


class FileTable(LineTable, can_focus=False):
    """Rows of entries, of which the first may come from the files used lately.

    It never has the focus: keys go to the picker's input, which moves this list's cursor.
    """

    def __init__(self) -> None:
        super().__init__(_COLUMNS, id="file-table")
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
