"""All that is known of one file: beside the list, or on a screen of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.facts import Facts, fact_lines
from fttui.interface.kit.keys import KeyLine
from fttui.interface.kit.lines import Line, LineView, fit
from fttui.terminal.language import _
from fttui.terminal.text import safe


class FilePanel(LineView, can_focus=False):
    """The facts of the file under the cursor."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = ""
        self._facts: Facts = ()

    def show(self, title: str, facts: Facts) -> None:
        """Show these facts."""
        if (title, facts) != (self._title, self._facts):
            self._title, self._facts = title, facts
            self._fill()

    def on_resize(self) -> None:
        """Fill the lines for the new width."""
        self._fill()

    def _fill(self) -> None:
        width = self.line_width
        if width <= 0:
            return
        title: Line = ((fit(self._title, width), "header"),)
        lines = fact_lines(self._facts, width)
        self.set_lines([title, *lines] if self._facts else [], from_top=True)


class FileDetails(Dialog[str | None]):
    """The facts of one file in whole; answers with what is asked for of it, None for nothing."""

    TITLE = _("File")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss('copy_file_ids')", _("Copy id"), id="file_list.copy_id"),
        Binding("e", "dismiss('preview_file')", _("Examples"), id="file_list.examples"),
        Binding("R", "dismiss('check_stored_file')", _("Check"), id="file_list.check"),
        Binding("D", "dismiss('download_files')", _("Download"), id="file_list.download"),
        Binding("x", "dismiss('delete_files')", _("Delete"), id="file_list.delete"),
        Binding("d", "dismiss('use_selected_file')", _("Use"), show=False, id="file_list.use"),
        Binding("c", "dismiss('show_file_copy_menu')", _("Copy menu"), show=False,
                id="file_list.copy_menu"),
        Binding("j", "scroll(1)", _("Down"), show=False, id="file_list.down"),
        Binding("k", "scroll(-1)", _("Up"), show=False, id="file_list.up"),
        Binding("escape,enter,q", "dismiss(None)", _("Back"), id="dialog.back"),
    ]  # fmt: skip

    def __init__(self, title: str, facts: Callable[[], Facts]) -> None:
        super().__init__(classes="dialog")
        self._heading = title
        self._facts = facts
        self._view = LineView(id="file-details-lines")

    def compose(self) -> ComposeResult:
        """A title and the facts."""
        with Vertical(id="file-details", classes="dialog-box"):
            yield Static(Content(safe(self._heading)), classes="dialog-title")
            yield self._view
        yield KeyLine()

    def on_mount(self) -> None:
        """Let keys scroll the facts."""
        focus_now(self._view)

    def on_resize(self) -> None:
        """Wrap for the width that there is."""
        self.call_after_refresh(self.fill)

    def fill(self) -> None:
        """Show the facts as they are now."""
        self._view.set_lines(fact_lines(self._facts(), max(self._view.line_width, 20)))

    def action_scroll(self, lines: int) -> None:
        """Scroll by so many lines."""
        self._view.action_scroll_lines(lines)
