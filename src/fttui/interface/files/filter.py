"""The line in which a filter of files is typed, completed as one types."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fttui.interface.kit.filter_line import FilterInput, FilterLine
from fttui.services.endpoint.models import TrainingFile
from fttui.services.stored_files.file_filter import FileFilter, file_completions
from fttui.terminal.language import _

Source = Callable[[], Iterable[TrainingFile]]


class FileFilterBar(FilterLine):
    """A filter of files; `told` is what is wrong with it."""

    HINT = _("name, id · purpose:fine-tune · unused · used:JOB · since:7d · !failed")

    def __init__(self, source: Source, *, id: str | None = None) -> None:
        field = FilterInput(lambda typed: file_completions(typed, source()), id="files-filter-text")
        super().__init__(field, id=id)

    @property
    def filter(self) -> FileFilter:
        """The filter as typed."""
        return FileFilter.parse(self.text)

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences about words that are no part of a filter."""
        return self.filter.problems

    def put(self, text: str) -> None:
        """Have `text` as the filter, "" for none."""
        self._field.value = text
        self.display = bool(text)
        self._report()
