"""The line in which a filter is typed, completed as one types."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from fttui.interface.kit.filter_line import FilterInput, FilterLine
from fttui.services.endpoint.models import Job
from fttui.services.job_filter import METADATA, WORDS, JobFilter
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
    "endpoint": lambda job, kept: (job.profile,),
    METADATA: lambda job, kept: job.metadata,
}
_MOST_VALUES = 2000
_MOST_SHOWN = 6


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


class FilterBar(FilterLine):
    """A filter of jobs; `told` is how what is typed may go on, or what is wrong with it.

    `clock` tells the time that `since:` counts from.
    """

    HINT = _("name, model, id · status:failed · label:desk · since:7d · !cancelled")

    def __init__(
        self,
        source: Source = tuple,
        *,
        clock: Callable[[], datetime] | None = None,
        id: str | None = None,
    ) -> None:
        self._values = Values(source)
        complete = partial(_completed, self._values)
        super().__init__(FilterInput(complete, id="filter-text"), id=id)
        self._clock = clock

    @property
    def filter(self) -> JobFilter:
        """The filter as typed."""
        return JobFilter.parse(self.text, self._clock() if self._clock else None)

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences about words that are no part of a filter."""
        return self.filter.problems

    def open(self) -> None:
        """Show the bar and take the focus; the jobs may be others than the last time."""
        self._values.forget()
        super().open()

    def to_tell(self) -> str:
        """How what is typed may go on, else what is wrong with it."""
        typed = self._field.value
        is_typed = self.screen.focused is self._field
        found = WORDS.completions(typed, self._values.of) if is_typed else []
        if not found:
            return super().to_tell()
        words = [one[typed.rfind(" ") + 1 :] for one in found[:_MOST_SHOWN]]
        more = "" if len(found) <= _MOST_SHOWN else " …"
        return _("Tab completes: {words}", words="  ".join(words)) + more


def _completed(values: Values, typed: str) -> list[str]:
    return WORDS.completions(typed, values.of)
