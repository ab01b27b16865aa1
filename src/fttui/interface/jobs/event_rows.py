"""The lines of a job's events, each made when it is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from fttui.interface.kit.lines import Line
from fttui.services.endpoint.models import JobEvent
from fttui.services.job_words import event_style, event_text
from fttui.terminal.format import clock_text, full_moment_text

ELSEWHERE = "  "
"""What stands before the lines that are not under the cursor."""


class EventRows(Sequence[Line]):
    """The events that are shown, a line each, made when it is looked at."""

    def __init__(
        self, shown: Sequence[JobEvent], *, oldest_first: bool, clock_only: bool, search: str
    ) -> None:
        self.shown = shown
        self._oldest_first = oldest_first
        self._time = clock_text if clock_only else full_moment_text
        self._search = search

    def __len__(self) -> int:
        return len(self.shown)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | Sequence[Line]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        event = self.event(index)
        look = event_style(event)
        text = event_text(event)
        time = (self.time_of(event), "muted")
        return ((ELSEWHERE, "plain"), time, *_found_parts(text, self._search, look))

    def time_of(self, event: JobEvent) -> str:
        """What stands before the text of an event."""
        return f"{self._time(event.created_at)} "

    def event(self, index: int) -> JobEvent:
        """The event on a line."""
        return self.shown[self.place(index)]

    def place(self, index: int) -> int:
        """The place among the events for a line, and the line for a place."""
        return len(self.shown) - 1 - index if self._oldest_first else index


def _found_parts(text: str, search: str, look: str) -> Line:
    """`text` with what is searched for in it, in lower case, painted otherwise.

    Not where a letter has another length in lower case: the places would not fit.
    """
    low = text.lower()
    if not search or len(low) != len(text):
        return ((text, look),)
    parts: list[tuple[str, str]] = []
    at = 0
    while (found := low.find(search, at)) >= 0:
        parts += [(text[at:found], look), (text[found : found + len(search)], "title")]
        at = found + len(search)
    return tuple(part for part in (*parts, (text[at:], look)) if part[0])
