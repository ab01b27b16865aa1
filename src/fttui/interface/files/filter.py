"""The line in which a filter of files is typed, completed as one types."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from fttui.interface.kit.inputs import TextInput
from fttui.interface.kit.typed_line import LONGEST, TypedLine
from fttui.services.endpoint.models import TrainingFile
from fttui.services.stored_files.file_filter import FileFilter, file_completions
from fttui.terminal.language import _

Source = Callable[[], Iterable[TrainingFile]]
_HINT = _("name, id · purpose:fine-tune · unused · used:JOB · since:7d · !failed")


class FileSuggester(Suggester):
    """Shows the likeliest completion behind what is typed."""

    def __init__(self, source: Source) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._source = source

    async def get_suggestion(self, value: str) -> str | None:
        """What the filter may go on as."""
        return next(iter(file_completions(value, self._source())), None)


class FileFilterInput(TextInput):
    """What the filter is typed into."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", _("Keep the filter"), id="filter.keep"),
        Binding("tab", "complete", _("Complete"), id="filter.complete"),
    ]

    def __init__(self, source: Source) -> None:
        super().__init__(
            id="files-filter-text", max_length=LONGEST, suggester=FileSuggester(source)
        )
        self._source = source

    def action_complete(self) -> None:
        """Take the completion that is shown; without one go on to the list."""
        found = file_completions(self.value, self._source())
        if found:
            self.value = found[0]
            self.cursor_position = len(self.value)
        else:
            self.screen.focus_next()


class FileFilterBar(TypedLine):
    """It stays in sight while there is a filter.

    `told`, with a message `Told` when it changes, is what is wrong with what is typed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", _("No filter"), id="filter.clear"),
        Binding("down", "leave", _("To the list"), show=False, id="filter.leave"),
    ]

    class Told(Message):
        """There is something else to tell of what is typed."""

    def __init__(self, source: Source, *, id: str | None = None) -> None:
        super().__init__(FileFilterInput(source), id=id)
        self.told = ""

    def compose(self) -> ComposeResult:
        """A label, the field, and what can be typed."""
        yield Static(Content("/"), id="files-filter-label")
        yield self._field
        yield Static(Content(_HINT), id="files-filter-hint")

    @property
    def filter(self) -> FileFilter:
        """The filter as typed."""
        return FileFilter.parse(self.text)

    @property
    def text(self) -> str:
        """What is typed."""
        return super().text.strip()

    def put(self, text: str) -> None:
        """Have `text` as the filter, "" for none."""
        self._field.value = text
        self.display = bool(text)
        self._report()

    def action_leave(self) -> None:
        """Keep the filter and go back to the list."""
        super().action_leave()
        self.display = bool(self.text)

    @on(Input.Blurred)
    def _left(self, event: Input.Blurred) -> None:
        event.stop()
        self._tell()

    def _tell(self) -> None:
        problems = self.filter.problems
        told = f"! {problems[0]}" if problems else ""
        if told != self.told:
            self.told = told
            self.post_message(self.Told())
