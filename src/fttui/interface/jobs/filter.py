"""The line in which a filter is typed, completed as one types."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
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
from fttui.services.endpoint.models import Job
from fttui.services.job_filter import METADATA, JobFilter, completions
from fttui.storage.annotations import Annotation
from fttui.terminal.language import _

Source = Callable[[], Iterable[tuple[Job, Annotation]]]
"""The jobs whose values complete what is typed, with what is kept beside them."""

_READ: dict[str, Callable[[Job, Annotation], Iterable[str | None]]] = {
    "status": lambda job, kept: (job.status.word,),
    "model": lambda job, kept: (job.model,),
    "suffix": lambda job, kept: (job.suffix,),
    "method": lambda job, kept: (job.method,),
    "file": lambda job, kept: (job.training_file,),
    "name": lambda job, kept: (job.suffix,),
    "label": lambda job, kept: kept.labels,
    METADATA: lambda job, kept: job.metadata,
}
_MOST_VALUES = 2000
_MOST_SHOWN = 6
_HINT = _("name, model, id · status:failed · label:desk · since:7d · !cancelled")


class Values:
    """The values that jobs have, field by field: read when first asked, until `forget`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._known: dict[str, list[str]] = {}

    def forget(self) -> None:
        """The jobs may be others now."""
        self._known.clear()

    def of(self, field: str) -> list[str]:
        """The values of a field, or of `metadata.KEY`, in the order of the alphabet."""
        if field not in self._known:
            self._known[field] = sorted(self._read(field), key=str.lower)
        return self._known[field]

    def _read(self, field: str) -> Iterable[str]:
        read = _READ.get(field)
        key = field.removeprefix(METADATA).replace('"', "")
        found: dict[str, None] = {}
        for job, kept in self._source():
            if read is not None:
                values = read(job, kept)
            elif field.startswith(METADATA):
                values = (value for name, value in job.metadata.items() if name.lower() == key)
            else:
                break
            found.update(dict.fromkeys(value for value in values if value))
            if len(found) > _MOST_VALUES:
                break
        return found


class FilterSuggester(Suggester):
    """Shows the likeliest completion behind what is typed."""

    def __init__(self, values: Values) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._values = values

    async def get_suggestion(self, value: str) -> str | None:
        """What the filter may go on as."""
        return next(iter(completions(value, self._values.of)), None)


class FilterInput(TextInput):
    """What the filter is typed into."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", _("Keep the filter"), id="filter.keep"),
        Binding("tab", "complete", _("Complete"), id="filter.complete"),
    ]

    def __init__(self, values: Values) -> None:
        suggester = FilterSuggester(values)
        super().__init__(id="filter-text", max_length=LONGEST, suggester=suggester)
        self._values = values

    def action_complete(self) -> None:
        """Take the completion that is shown; without one go on to the list."""
        found = completions(self.value, self._values.of)
        if found:
            self.value = found[0]
            self.cursor_position = len(self.value)
        else:
            self.screen.focus_next()


class FilterBar(TypedLine):
    """It stays in sight while there is a filter.

    `told`, with a message `Told` when it changes, is how what is typed may go on, or what is wrong
    with it; `clock` tells the time that `since:` counts from.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", _("No filter"), id="filter.clear"),
        Binding("down", "leave", _("To the list"), show=False, id="filter.leave"),
    ]

    class Told(Message):
        """There is something else to tell of what is typed."""

    def __init__(
        self,
        source: Source = tuple,
        *,
        clock: Callable[[], datetime] | None = None,
        id: str | None = None,
    ) -> None:
        self._values = Values(source)
        super().__init__(FilterInput(self._values), id=id)
        self.told = ""
        self._clock = clock

    def compose(self) -> ComposeResult:
        """A label, the field, and what can be typed."""
        yield Static(Content("/"), id="filter-label")
        yield self._field
        yield Static(Content(_HINT), id="filter-hint")

    @property
    def filter(self) -> JobFilter:
        """The filter as typed."""
        return JobFilter.parse(self.text, self._clock() if self._clock else None)

    @property
    def text(self) -> str:
        """What is typed."""
        return super().text.strip()

    def open(self) -> None:
        """Show the bar and take the focus; the jobs may be others than the last time."""
        self._values.forget()
        super().open()

    def action_leave(self) -> None:
        """Keep the filter and go back to the list."""
        super().action_leave()
        self.display = bool(self.text)

    @on(Input.Blurred)
    def _left(self, event: Input.Blurred) -> None:
        event.stop()
        self._tell()

    def _tell(self) -> None:
        """What is wrong with what is typed, else how it may go on."""
        typed, told = self._field.value, ""
        found = completions(typed, self._values.of) if self.screen.focused is self._field else []
        problems = self.filter.problems
        if found:
            words = [one[typed.rfind(" ") + 1 :] for one in found[:_MOST_SHOWN]]
            more = "" if len(found) <= _MOST_SHOWN else " …"
            told = _("Tab completes: {words}", words="  ".join(words)) + more
        elif problems:
            told = f"! {problems[0]}"
        if told != self.told:
            self.told = told
            self.post_message(self.Told())
