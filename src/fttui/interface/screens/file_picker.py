"""Choosing a file by keyboard: a list to move in, an input to filter it or to type a path."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import DataTable, Input, Static

from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import TextInput
from fttui.interface.kit.keys import KeyLine, keys_by_name
from fttui.interface.screens.file_table import FileTable
from fttui.interface.screens.folder_listing import (
    FolderEntry,
    Listing,
    View,
    completion,
    describe,
    is_path,
    list_folder,
    listed_anew,
    shown_folder,
    typed_place,
)
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.terminal.text import safe

_MOST_RECENT = 5
_LONGEST_WAIT = 0.25
_BETWEEN_LOOKS = 1.0


class PathInput(TextInput):
    """Filters the list while typing; a text with `/` or `~` is a path, which Tab completes.

    It always has the focus, so that every letter is text; other keys move in the list.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", _("Choose"), id="files.choose"),
        Binding("tab", "screen.complete", _("Complete"), id="files.complete"),
        Binding("ctrl+t", "screen.kinds", _("Kinds"), id="files.kinds"),
        Binding("ctrl+g", "screen.hidden", _("Hidden"), id="files.hidden"),
        Binding("down", "screen.move(1)", _("Down"), show=False, id="files.down"),
        Binding("up", "screen.move(-1)", _("Up"), show=False, id="files.up"),
        Binding("pagedown", "screen.page(1)", _("Page down"), show=False, id="files.page_down"),
        Binding("pageup", "screen.page(-1)", _("Page up"), show=False, id="files.page_up"),
        Binding("ctrl+home", "screen.edge(-1)", _("First"), show=False, id="files.first"),
        Binding("ctrl+end", "screen.edge(1)", _("Last"), show=False, id="files.last"),
    ]

    def on_key(self, event: events.Key) -> None:
        """Without a text, Backspace and left lead to the folder above, right into a folder."""
        if self.value:
            return
        if event.key in {"backspace", "left"}:
            event.stop()
            self.screen.action_above()  # type: ignore[attr-defined]
        elif event.key == "right":
            event.stop()
            self.screen.action_into()  # type: ignore[attr-defined]


class FilePicker(Dialog[Path | None]):
    """Lists folders in a thread of their own; the result is the chosen file, or None."""

    TITLE = _("Choose a file")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", _("Back"), id="dialog.back"),
    ]

    class Listed(Message):
        """A folder was read; `ticket` tells whether it is still the one that is wanted."""

        def __init__(self, ticket: int, listing: Listing, recent: list[FolderEntry] | None) -> None:
            super().__init__()
            self.ticket = ticket
            self.listing = listing
            self.recent = recent

    class Seen(Message):
        """The folder was looked at again; the listing is None where it is as it was."""

        def __init__(self, before: Listing, listing: Listing | None) -> None:
            super().__init__()
            self.before = before
            self.listing = listing

    def __init__(
        self, start: Path, recent: Sequence[Path] = (), title: str = _("Choose a file")
    ) -> None:
        super().__init__(classes="dialog")
        self._title = title
        self._base = start.absolute()
        self._recent_paths = list(recent)[:_MOST_RECENT]
        self._recent: list[FolderEntry] = []
        self._listing = Listing(self._base)
        self._view = View(every_kind=False)
        self._ticket = 0
        self._waiting_for: Path | None = None
        self._when_read: Callable[[], None] | None = None
        self._moved = self._is_looking = False
        self._table = FileTable()
        self._input = PathInput(
            placeholder=_("Type to filter, or a path: ~/data/"), id="path-input"
        )

    def compose(self) -> ComposeResult:
        """Title, folder, input, list and keys."""
        with Vertical(id="file-picker", classes="dialog-box"):
            yield Static(Content(safe(self._title)), classes="dialog-title")
            yield Static(id="picker-folder")
            yield self._input
            yield self._table
            yield Static(id="picker-note", classes="dialog-hint")
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the first folder, and the sizes of the files used lately."""
        focus_now(self._input)
        self._read(self._base, with_recent=True)
        self.set_interval(_BETWEEN_LOOKS, self._look_again)

    def _read(self, folder: Path, *, with_recent: bool = False) -> None:
        """Read `folder` in the background; only the last wanted one is shown."""
        self._ticket += 1
        self._waiting_for = folder
        ticket, paths = self._ticket, self._recent_paths if with_recent else None

        def read() -> None:
            recent = describe(paths) if paths is not None else None
            self.post_message(self.Listed(ticket, list_folder(folder), recent))

        # A daemon thread: a network share that hangs must not keep fttui from ending.
        threading.Thread(target=read, name="list-folder", daemon=True).start()
        self.set_timer(_LONGEST_WAIT, self._show_waiting)

    def _show_waiting(self) -> None:
        if self._waiting_for is not None:
            self._table.show(
                (), (), _("Reading {shown_folder} …", shown_folder=shown_folder(self._waiting_for))
            )

    @on(Listed)
    def _listed(self, message: Listed) -> None:
        message.stop()
        if message.ticket != self._ticket:
            return
        before, self._listing = self._listing.folder, message.listing
        self._waiting_for = None
        if message.recent is not None:
            self._recent = message.recent
        self._show()
        if before.parent == self._listing.folder:
            self._table.move_to(before.name)
        then, self._when_read = self._when_read, None
        if then is not None:
            then()

    def _look_again(self) -> None:
        """Find out in the background whether a file has come or gone; one look at a time."""
        if self._waiting_for is not None or self._is_looking:
            return
        self._is_looking, before = True, self._listing

        def look() -> None:
            self.post_message(self.Seen(before, listed_anew(before)))

        threading.Thread(target=look, name="list-folder", daemon=True).start()

    @on(Seen)
    def _seen(self, message: Seen) -> None:
        message.stop()
        self._is_looking = False
        is_shown = message.before is self._listing and self._waiting_for is None
        if message.listing is not None and is_shown:
            self._listing = message.listing
            self._show()

    @property
    def keys_wait(self) -> bool:
        """True while a key needs the folder that is being read."""
        return self._when_read is not None

    def _needs_listing(self, act: Callable[[], None]) -> bool:
        """True when the folder is not read yet: then `act` is done as soon as it is."""
        if self._waiting_for is not None:
            self._when_read = act
        return self._waiting_for is not None

    def _show(self) -> None:
        folder, needle = typed_place(self._input.value, self._base)
        self._view = View(needle, self._view.hidden, self._view.every_kind)
        entries = self._view.of(self._listing.entries)
        recent = [] if is_path(self._input.value) else self._view.of(self._recent)
        placeholder = self._listing.problem or self._why_empty()
        self._table.show(recent, entries, placeholder)
        self.query_one("#picker-folder", Static).update(Content(shown_folder(folder)))
        kinds = _(" · every kind of file") if self._view.every_kind else ""
        hidden = _(" · hidden files too") if self._view.hidden else ""
        note = _(
            "{count:,} of {entries}{kinds}{hidden}",
            count=len(entries),
            entries=counted(len(self._listing.entries), "entry", "entries"),
            kinds=kinds,
            hidden=hidden,
        )
        lately = _(" · * used lately") if recent else ""
        self.query_one("#picker-note", Static).update(Content(f"{note}{lately}"))

    def _why_empty(self) -> str:
        if not self._listing.entries:
            return _("This folder is empty.")
        every = View(self._view.needle, self._view.hidden).of(self._listing.entries)
        if every and not self._view.every_kind:
            key = keys_by_name(self._input)["files.kinds"]
            return _("No training file or table: {key} shows files of every kind.", key=key)
        return _("Nothing here fits.")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._moved = False
        folder, _ = typed_place(event.value, self._base)
        wanted = self._waiting_for or self._listing.folder
        if folder != wanted:
            self._read(folder)
        elif self._waiting_for is None:
            self._show()
            self._table.action_scroll_top()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._enter()

    @on(DataTable.RowSelected)
    def _row_chosen(self, event: DataTable.RowSelected) -> None:
        event.stop()
        if self._waiting_for is None:  # a click on what is gone now does nothing
            self._take(self._table.entry(event.row_key.value))

    def _look(self, *, hidden: bool, every_kind: bool) -> None:
        self._view = View(self._view.needle, hidden, every_kind)
        if self._waiting_for is None:
            self._show()

    def _enter(self) -> None:
        """Take the typed path, else the row under the cursor."""
        if self._needs_listing(self._enter):
            return
        text, needle = self._input.value, self._view.needle
        if is_path(text) and not self._moved:
            if not needle and not self._listing.problem:
                self._open(self._listing.folder)
                return
            typed = (each for each in self._listing.entries if each.path.name == needle)
            exact = next(typed, None)
            if exact is not None:
                self._take(exact)
                return
        self._take(self._table.entry(self._table.cursor_key))

    def _take(self, entry: FolderEntry | None) -> None:
        if entry is None:
            return
        if entry.is_folder:
            self._open(entry.path)
        else:
            self.dismiss(entry.path)

    def _open(self, folder: Path) -> None:
        self._base = folder
        with self.prevent(Input.Changed):
            self._input.value = ""
        self._recent = []
        self._read(folder)

    def action_above(self) -> None:
        """Go to the folder above."""
        folder = self._waiting_for or self._listing.folder
        if folder.parent != folder:
            self._open(folder.parent)

    def action_into(self) -> None:
        """Open the folder under the cursor."""
        if self._needs_listing(self.action_into):
            return
        entry = self._table.entry(self._table.cursor_key)
        if entry is not None and entry.is_folder:
            self._open(entry.path)

    def action_hidden(self) -> None:
        """Show hidden files, or not."""
        self._look(hidden=not self._view.hidden, every_kind=self._view.every_kind)

    def action_kinds(self) -> None:
        """Show files of every kind, or only training files and what becomes one."""
        self._look(hidden=self._view.hidden, every_kind=not self._view.every_kind)

    def action_edge(self, end: int) -> None:
        """Go to the first row, or the last."""
        if self._needs_listing(partial(self.action_edge, end)):
            return
        self._moved = True
        self._table.action_scroll_top() if end < 0 else self._table.action_scroll_bottom()

    def action_back(self) -> None:
        """Take back what waits for the folder; empty the input; or leave without a file."""
        if self._when_read is not None:
            self._when_read = None
        elif self._input.value:
            self._input.value = ""
        else:
            self.dismiss(None)

    def action_complete(self) -> None:
        """Complete the name that is begun as far as it is certain."""
        if self._needs_listing(self.action_complete):
            return
        needle = self._view.needle
        done = completion(needle, self._view_of_all())
        if done != needle:
            text = self._input.value
            self._input.value = text[: len(text) - len(needle)] + done
            self._input.cursor_position = len(self._input.value)

    def _view_of_all(self) -> list[FolderEntry]:
        return View("", hidden=self._view.needle.startswith(".")).of(self._listing.entries)

    def action_move(self, rows: int) -> None:
        """Move the cursor of the list from within the input."""
        if self._needs_listing(partial(self.action_move, rows)):
            return
        self._moved = True
        self._table.action_move(rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor of the list by a page from within the input."""
        if self._needs_listing(partial(self.action_page, pages)):
            return
        self._moved = True
        self._table.action_page(pages)
