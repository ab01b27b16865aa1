"""The list of files: filtered, sorted, marked, and kept in place while answers come in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from fttui.interface.files.columns import FILE_COLUMNS, FileOrder, Known
from fttui.interface.kit.columns import Column
from fttui.interface.kit.list_table import ListTable
from fttui.services.endpoint.models import TrainingFile
from fttui.services.stored_files.file_filter import FileFilter
from fttui.services.stored_files.uses import FileUses, UseState
from fttui.services.stored_files.words import expires_soon, file_status_style
from fttui.terminal.language import _

_PAGES_TOGETHER = 0.25
_CHANGES_TOGETHER = 0.03


class FilesTable(ListTable):
    """Files by id; `uses` is which jobs use them, `clock` tells the time.

    A whole load is `begin_load`, `add_files` for each page and `end_load`, with which those that
    the load did not bring leave the list.
    """

    def __init__(
        self, uses: FileUses, *, clock: Callable[[], datetime], id: str | None = None
    ) -> None:
        super().__init__([each.column for each in FILE_COLUMNS.values()], id=id)
        self.clock = clock
        self.filter = FileFilter()
        self.order = FileOrder()
        self._files: dict[str, TrainingFile] = {}
        self._missing: set[str] = set()
        self._busy: set[str] = set()
        self._seen: set[str] | None = None
        self._nameless = 0
        self._facts = Known(clock(), uses)

    @property
    def files(self) -> list[TrainingFile]:
        """All files, filtered out ones too, those that are gone not."""
        return [file for key, file in self._files.items() if key not in self._missing]

    @property
    def marked_files(self) -> list[TrainingFile]:
        """The marked files, in the order of marking."""
        return [self._files[key] for key in self.marks if key in self._files]

    @property
    def current_file(self) -> TrainingFile | None:
        """The file under the cursor."""
        return self._files.get(self.cursor_key or "")

    @property
    def selected_files(self) -> list[TrainingFile]:
        """The marked files without those that are gone, or the one under the cursor."""
        current = self.current_file
        marked = [file for file in self.marked_files if file.id not in self._missing]
        return marked or ([current] if current else [])

    def set_uses(self, uses: FileUses) -> None:
        """Show who uses the files by other knowledge."""
        self._facts = Known(self.clock(), uses)
        self.refresh_within(_CHANGES_TOGETHER)

    def begin_load(self) -> None:
        """A load of the whole list begins; until `end_load` nothing disappears."""
        self._seen = set()
        self._nameless = 0

    def add_files(self, files: Iterable[TrainingFile]) -> None:
        """Add or update the files of one page: the first shows at once, later ones together."""
        self._take(files)
        if self.row_count:
            self.refresh_within(_PAGES_TOGETHER)
        else:
            self.refresh_rows()

    def end_load(self) -> None:
        """Drop what the load did not bring."""
        if self._seen is not None:
            self._drop(self._files.keys() - self._seen)
            self._seen = None
        self.refresh_rows()

    def put_files(self, files: Iterable[TrainingFile]) -> None:
        """Show files as they are now; those that are new to the list go before all others."""
        files = [file for file in files if file.id]
        new = {file.id: file for file in files if file.id not in self._files}
        self._files = new | self._files
        self._take(files)
        self.refresh_within(_CHANGES_TOGETHER)

    def drop_file(self, file_id: str) -> None:
        """A file was deleted: it leaves the list."""
        self._drop({file_id})
        self.refresh_rows()  # at once: a row without its file cannot be painted

    def mark_missing(self, file_id: str) -> None:
        """Show that the endpoint does not know the file any more."""
        if file_id in self._files:
            self._missing |= {file_id}
            self.repaint()
            self.post_message(self.Refreshed())

    def set_busy(self, file_id: str, *, busy: bool) -> None:
        """Show that an action on the file is under way, or over."""
        (self._busy.add if busy else self._busy.discard)(file_id)
        self.repaint()

    def set_filter(self, wanted: FileFilter) -> None:
        """Show only files that match."""
        self.filter = wanted
        self.refresh_rows()

    def set_order(self, order: FileOrder) -> None:
        """Sort the list anew."""
        self.order = order
        self.forget_sort()
        self.refresh_rows()

    def refresh_rows(self) -> None:
        """Filter and sort all files, and repaint the rows that changed by it."""
        super().refresh_rows()
        self._facts = Known(self.clock(), self._facts.uses)
        shown = self.filter.pick(self._files, self._facts.uses, self._facts.now)
        self.set_rows(self.order.sort(shown, self._facts))
        self.post_message(self.Refreshed())

    def can_mark(self, key: str) -> bool:
        """True for a row that is a file."""
        return key in self._files

    def cell(self, key: str, column: Column) -> tuple[str, str]:
        """The text and look of one cell of the file `key`."""
        file = self._files[key]
        text = FILE_COLUMNS[column.key].shown(file, self._facts)
        if column.key == "status":
            if file.id in self._busy:
                return _("… asked"), "waiting"
            if key in self._missing:
                return f"  {_('gone')}", "muted"
            return text, file_status_style(file).style
        if column.key == "used":
            is_plain = self._facts.uses.state(file) is UseState.USED
            return text, "plain" if is_plain else "muted"
        if column.key == "expires":
            return text, "waiting" if expires_soon(file, self._facts.now) else "plain"
        return text, "plain"

    def row_style(self, key: str) -> str:
        """Files that are gone are faint."""
        return "muted" if key in self._missing else ""

    def title_of(self, column: Column) -> str:
        """The column's title, with an arrow where the list is sorted by it."""
        arrow = "▼" if self.order.descending else "▲"
        return f"{column.title} {arrow}" if column.key == self.order.column else column.title

    def _drop(self, keys: set[str]) -> None:
        self._files = {key: file for key, file in self._files.items() if key not in keys}
        self._missing -= keys
        self.keep_marks(self._files)

    def _take(self, files: Iterable[TrainingFile]) -> None:
        for file in files:
            key = file.id or self._next_nameless()
            self._files[key] = file
            self.forget_cells(key)
            self._missing.discard(key)
            if self._seen is not None:
                self._seen.add(key)

    def _next_nameless(self) -> str:
        self._nameless += 1
        return f"\0{self._nameless}"
