"""The tab "Files": the list, what can be done with files, and one file beside it."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import DataTable, Static

from fttui.interface.files.columns import SORTED_BY
from fttui.interface.files.facts import FileDetails, FilePanel
from fttui.interface.files.filter import FileFilterBar
from fttui.interface.files.table import FilesTable
from fttui.interface.files.words import (
    FILE_KEYS,
    FILTER_HINT,
    Figures,
    ListState,
    Shown,
    files_placeholder,
    files_title,
)
from fttui.interface.guard.notices import notice
from fttui.interface.interface_utils import utils_of
from fttui.interface.kit.inputs import TextLine
from fttui.interface.kit.keys import keys_by_name
from fttui.interface.kit.list_pane import ListPane
from fttui.interface.kit.opened_pane import OpenedPane
from fttui.interface.messages import JobChanged, JobsPage
from fttui.interface.tab_messages.files import (
    FileBusy,
    FileGone,
    FilesChanged,
    FilesFailed,
    FilesLoading,
    FilesPage,
    FileUsesLearned,
    FileWork,
)
from fttui.services.endpoint.models import TrainingFile
from fttui.services.stored_files.words import file_facts, name_of, why_not_known
from fttui.terminal.format import cut
from fttui.terminal.language import _

_UNUSED = "unused"
_LONGEST_NAME = 60


class FilesPane(ListPane, OpenedPane):
    """Shows files as messages bring them, and asks the app's utilities for everything else."""

    BINDINGS: ClassVar[list[BindingType]] = FILE_KEYS
    FILTER_ID = "file_list.filter"
    table: FilesTable
    filter_bar: FileFilterBar

    def __init__(self) -> None:
        super().__init__(id="files-pane")
        self.state = ListState()
        self._figures = Figures()
        self._title = TextLine(id="files-title")
        self._banner = Static(id="files-banner")
        self._banner.display = False
        self._note = TextLine(id="files-note")
        self._panel = FilePanel(id="files-panel")
        self._work = ""
        self._keys: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        """Title, filter, list and panel, and a line of what goes on."""
        self._feed = utils_of(self).files
        self.table = FilesTable(self._feed.uses, clock=self._feed.clock, id="files-table")
        self.filter_bar = FileFilterBar(lambda: self.table.files, id="files-filter")
        self.filter_bar.display = False
        yield self._title
        yield self._banner
        yield self.filter_bar
        yield Horizontal(self.table, self._panel, id="files-body")
        yield self._note

    def on_mount(self) -> None:
        """Begin to load, and to look now and then while the tab is in front."""
        self._keys = keys_by_name(self, self.app)
        self._feed.selection = lambda: self.table.selected_files
        super().on_mount()
        self._show_state()
        self._feed.load()
        self._feed.watch()

    def enter(self) -> None:
        """The tab is shown again: look at once what has changed."""
        super().enter()
        if self.is_there:
            self._feed.watch()

    def first_focus(self) -> Widget | None:
        """The list."""
        return self.table

    @on(FilesLoading)
    def _load_begins(self) -> None:
        self.state = ListState(loading=True, loaded=self.state.loaded)
        self.table.begin_load()
        self._show_state()

    @on(FilesPage)
    def _page_came(self, message: FilesPage) -> None:
        self.state.dropped += message.dropped
        self.table.add_files(message.files)
        if self.state.failed:  # what was read last before the load was stopped
            return
        if message.last:
            self.state.loading, self.state.loaded = False, True
            self.state.goes_on = message.goes_on
            self.table.end_load()
        self._banner.display = False

    @on(FilesFailed)
    def _load_failed(self, message: FilesFailed) -> None:
        self.state.loading, self.state.failed = False, True
        reload = self._keys.get("file_list.reload", "r")
        if not self.table.files:
            advice = ""  # the empty list says it
        elif self.state.loaded:
            advice = _(
                "The list is as it was last told. Press {reload} to try again.", reload=reload
            )
        else:
            self.state.goes_on = True
            advice = _("Not all files are here. Press {reload} to load them.", reload=reload)
        self._banner.update(Content(f"! {message.error.full_text}\n{advice}".rstrip()))
        self._banner.display = True
        self._show_state()

    @on(FilesChanged)
    def _files_changed(self, message: FilesChanged) -> None:
        self.table.put_files(message.files)
        if message.select and message.files:
            self.select_file(message.files[-1])

    def select_file(self, file: TrainingFile) -> None:
        """Put the cursor on a file, now or as soon as it is listed; a filter must not hide it."""
        if not self.filter_bar.filter.matches(file, self._feed.uses, self.table.clock()):
            self.filter_bar.put("")
        self.table.move_to(file.id)

    @on(FileGone)
    def _file_gone(self, message: FileGone) -> None:
        if message.was_asked_for:
            self.table.drop_file(message.file_id)
        else:
            self.table.mark_missing(message.file_id)

    @on(FileBusy)
    def _file_busy(self, message: FileBusy) -> None:
        self.table.set_busy(message.file_id, busy=message.busy)

    @on(FileWork)
    def _work_told(self, message: FileWork) -> None:
        self._work = message.text
        self._show_note()

    @on(FileUsesLearned)
    def _uses_learned(self) -> None:
        self.table.set_uses(self._feed.uses)

    @on(JobsPage)
    def _jobs_came(self, message: JobsPage) -> None:
        self._feed.note_jobs(message.jobs)
        if message.last:
            self._feed.learn_uses()

    @on(JobChanged)
    def _job_changed(self, message: JobChanged) -> None:
        if self._feed.note_jobs([message.job]):
            self.table.set_uses(self._feed.uses)

    @on(FilesTable.Refreshed)
    def _rows_changed(self) -> None:
        self._figures = Figures.of(self.table.files, self._feed.uses)
        self._show_state()

    @on(FilesTable.MarksChanged)
    def _marks_changed(self) -> None:
        self._show_state()

    @on(DataTable.RowHighlighted, "#files-table")
    def _passed(self) -> None:
        self._show_panel()

    @on(DataTable.RowSelected, "#files-table")
    def _row_chosen(self) -> None:
        self.action_details()

    @on(DataTable.HeaderSelected, "#files-table")
    def _header_pressed(self, message: DataTable.HeaderSelected) -> None:
        if message.column_key.value in SORTED_BY:
            self.table.set_order(self.table.order.by(str(message.column_key.value)))

    @on(FileFilterBar.Changed)
    def _filter_changed(self) -> None:
        self.table.set_filter(self.filter_bar.filter)

    @on(FileFilterBar.Told)
    def _filter_told(self) -> None:
        self._show_note()

    @on(FileFilterBar.Left)
    def _filter_left(self) -> None:
        self.take_focus()

    def action_unused(self) -> None:
        """Show only files that certainly no job uses, or all again."""
        if self.filter_bar.text == _UNUSED:
            self.filter_bar.put("")
            return
        doubt = why_not_known(self._feed.uses)
        if doubt:
            notice(self.app, doubt, severity="warning")
            return
        self.filter_bar.put(_UNUSED)

    def action_sort(self) -> None:
        """Sort by the next column."""
        self.table.set_order(self.table.order.next(SORTED_BY))

    def action_reverse(self) -> None:
        """Turn the order round."""
        self.table.set_order(self.table.order.by(self.table.order.column))

    def action_panel(self) -> None:
        """Show the panel where it is hidden, hide it where it is shown."""
        shown = self._panel.display
        self.set_class(shown, "-no-panel")
        self.set_class(not shown, "-panel")
        self._show_state()

    def action_details(self) -> None:
        """Show all that is known of the file under the cursor, on a screen of its own."""
        file = self.table.current_file
        if file is None:
            return

        def answered(name: str | None) -> None:
            if name is not None:
                self._feed.ask_of(file, getattr(utils_of(self), name))

        self.app.push_screen(FileDetails(self._called(file), lambda: self._facts(file)), answered)

    def action_back(self) -> None:
        """Clear the filter; without one, the marks; without any, stop a load under way."""
        if self.filter_bar.text:
            self.filter_bar.put("")
        elif self.table.marked_files:
            self.table.clear_marks()
        else:
            utils_of(self).stop_file_work()
            utils_of(self).host.clear_notifications()

    def _called(self, file: TrainingFile) -> str:
        return cut(name_of(file), _LONGEST_NAME)

    def _facts(self, file: TrainingFile) -> list[tuple[str, str]]:
        source = self._feed.source_text(file)
        retirement = utils_of(self).host.session.retirement
        return file_facts(file, self._feed.uses, self.table.clock(), retirement, source)

    def _show_state(self) -> None:
        """Title, placeholder, panel and note for what is listed now."""
        if not self._keys:
            return
        table = self.table
        session = utils_of(self).host.session
        text = self.filter_bar.text
        shown = Shown(
            table.row_count, table.marked_files, text, table.order.title, session.endpoint.host
        )
        self._title.show(files_title(self._figures, self.state, shown))
        table.placeholder = files_placeholder(
            self._keys,
            self.state,
            text if self._figures.count else "",
            shown.host,
            session.refusal,
        )
        table.repaint()
        self._show_panel()
        self._show_note()

    def _show_panel(self) -> None:
        file = self.table.current_file
        if self._panel.display:
            self._panel.show(self._called(file) if file else "", self._facts(file) if file else ())

    def _show_note(self) -> None:
        typing = FILTER_HINT if self.filter_bar.has_focus_within else ""
        doubt = why_not_known(self._feed.uses) if self.state.loaded else ""
        self._note.show(self._work or self.filter_bar.told or typing or doubt)

    def on_descendant_focus(self) -> None:
        """Name the keys that act now: in the filter a letter is text."""
        self._show_note()

    def on_descendant_blur(self) -> None:
        """Name the keys that act now."""
        self._show_note()
