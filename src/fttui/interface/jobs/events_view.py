"""The events of one job: as many as there are, of which only what is seen is painted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from rich.cells import cell_len
from textual import events as textual_events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from fttui.interface.jobs.event_rows import ELSEWHERE, EventRows
from fttui.interface.kit.lines import Line, LineView, fit, wrap
from fttui.services.endpoint.models import JobEvent
from fttui.services.event_choice import LEVELS, EventChoice
from fttui.services.job_words import event_text
from fttui.terminal.format import count_text
from fttui.terminal.language import _

_HERE = "▸ "
_NARROW = 70
_LEVEL_WORDS = {
    "info": _("all levels"),
    "warn": _("warnings and errors"),
    "error": _("errors"),
}


class EventsView(LineView, inherit_bindings=False):
    """A line for each event, with a cursor; Enter and the copy menu act on the one under it.

    New events leave the one under the cursor where it is, on its line of the screen, unless it is
    the newest: then the newest one is followed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", _("Down"), show=False, id="events.down"),
        Binding("up", "move(-1)", _("Up"), show=False, id="events.up"),
        Binding("pagedown", "page(1)", _("Page down"), show=False, id="events.page_down"),
        Binding("pageup", "page(-1)", _("Page up"), show=False, id="events.page_up"),
        Binding("home", "first", _("First line"), show=False, id="events.top"),
        Binding("end", "last", _("Last line"), show=False, id="events.bottom"),
        Binding("enter", "whole_text", _("Whole text"), id="events.whole"),
        Binding("slash", "search", _("Search"), id="events.search", key_display="/"),
        Binding("n", "next_match(1)", _("Next match"), show=False, id="events.next_match"),
        Binding("N", "next_match(-1)", _("Match before"), show=False, id="events.back_match"),
        Binding("o", "order", _("Order"), id="events.order"),
        Binding("f", "level", _("Level"), id="events.level"),
        Binding("i", "steps", _("Steps"), id="events.steps"),
        Binding("escape", "end_search", _("No search"), show=False, id="events.end_search"),
    ]

    class Changed(Message):
        """What is shown, how, or the event under the cursor is another."""

        def can_replace(self, message: Message) -> bool:
            """Only what it is now matters."""
            return isinstance(message, EventsView.Changed)

    class SearchWanted(Message):
        """A search is to be typed."""

    class SearchEnded(Message):
        """Nothing is to be searched for any more."""

    class WholeWanted(Message):
        """The whole text of the event under the cursor is to be shown."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.choice = EventChoice()
        self.oldest_first = False
        self.search = ""
        self.matches = 0
        self.new_unseen = 0
        self._events: Sequence[JobEvent] = ()
        self._words: Line = ()
        self._cursor = 0
        self._rows = self._made(())

    @property
    def current(self) -> JobEvent | None:
        """The event under the cursor."""
        return self._rows.event(self._cursor) if self._cursor < len(self._rows) else None

    @property
    def cursor_line(self) -> int:
        """The line of the cursor, from 0."""
        return self._cursor

    @property
    def shown_count(self) -> int:
        """How many events are let through."""
        return len(self._rows)

    @property
    def total(self) -> int:
        """How many events there are."""
        return len(self._events)

    def is_cut(self, event: JobEvent) -> bool:
        """Whether its line has no room for all of it."""
        return cell_len(event_text(event)) > self.line_width - cell_len(
            ELSEWHERE + self._rows.time_of(event)
        )

    @property
    def words(self) -> str:
        """Order, choice and search in words, and how many new ones are out of sight."""
        order = _("oldest first") if self.oldest_first else _("newest first")
        parts = [order, _LEVEL_WORDS[self.choice.level]]
        parts += [] if self.choice.with_steps else [_("without steps")]
        if not self.choice.is_all:
            parts.append(
                _(
                    "{shown} of {total}",
                    shown=count_text(len(self._rows)),
                    total=count_text(self.total),
                )
            )
        if self.search:
            parts.append(
                _("“{search}” {count} found", search=self.search, count=count_text(self.matches))
            )
        if self.new_unseen:
            place = _("below") if self.oldest_first else _("above")
            parts.append(_("{count} new {place}", count=count_text(self.new_unseen), place=place))
        return " · ".join(parts)

    def show_events(self, events: Sequence[JobEvent], words: Line = ()) -> None:
        """Show the events of the job, newest first; `words` stand where there are none."""
        self._words = words
        if events is self._events and len(events):
            self.repaint()
            return
        before = len(self._rows)
        follows = self._is_at_newest
        current, line = self.current, self._cursor - self.top
        newest = self._rows.shown[0] if before else None
        self._events = events
        self._rows = self._made(self.choice.of(events))
        self._count_matches()
        if follows or current is None:
            self._go_to_newest() if before else self._go(0)
        else:
            self._stay_on(current, line)
            self.new_unseen += self._place_of(newest) if newest is not None else 0
        self._show_rows()

    def begin_anew(self) -> None:
        """Forget all of one job: another is shown now."""
        self._events, self._cursor, self.new_unseen = (), 0, 0
        self._rows = self._made(())
        self.scroll_to_line(0)

    def seek(self, search: str) -> None:
        """Search for `search` in whatever case, "" for nothing; goes to a match from here on."""
        self.search = search.lower()
        self._rows = self._made(self._rows.shown)
        self._count_matches()
        current = self.current
        if self.search and (current is None or not self._matches(current)):
            self._to_match(1)
        self._show_rows()

    # What keys do

    def action_move(self, lines: int) -> None:
        """Move the cursor by `lines`."""
        self._go(self._cursor + lines)
        self._show_cursor()

    def action_page(self, pages: float) -> None:
        """Move the cursor by a part of a page."""
        self.action_move(int(pages * max(self.page_lines - 1, 2)))

    def action_first(self) -> None:
        """Move the cursor to the first line."""
        self.action_move(-len(self._rows))

    def action_last(self) -> None:
        """Move the cursor to the last line."""
        self.action_move(len(self._rows))

    def action_order(self) -> None:
        """Turn the order round; the cursor stays on its event."""
        self._change(lambda: setattr(self, "oldest_first", not self.oldest_first))

    def action_level(self) -> None:
        """Let through the next level and those above it, from the last one all again."""
        level = LEVELS[(LEVELS.index(self.choice.level) + 1) % len(LEVELS)]
        self._change(lambda: setattr(self, "choice", replace(self.choice, level=level)))

    def action_steps(self) -> None:
        """Hide the events of single steps, or show them again."""
        steps = not self.choice.with_steps
        self._change(lambda: setattr(self, "choice", replace(self.choice, with_steps=steps)))

    def action_search(self) -> None:
        """Let a search be typed."""
        self.post_message(self.SearchWanted())

    def action_end_search(self) -> None:
        """Search for nothing any more."""
        self.post_message(self.SearchEnded())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a search Esc goes back."""
        return bool(self.search) if action == "end_search" else True

    def action_whole_text(self) -> None:
        """Show the whole text of the event under the cursor."""
        if self.current is not None:
            self.post_message(self.WholeWanted())

    def action_next_match(self, by: int) -> None:
        """Go to the next match, or the one before; from the last one to the first."""
        if not self.search:
            self.action_search()
        elif self._to_match(by):
            self._show_cursor()
        else:
            self.app.bell()

    # How it looks

    def paint_line(self, y: int, width: int) -> Strip:
        """The line at `y` below the scroll position; the one under the cursor has a sign."""
        if not self._rows or y + self.top != self._cursor or self.text_selection:
            return super().paint_line(y, width)
        look = "cursor" if self.has_focus else "blurred"
        text = _HERE + "".join(text for text, _look in self._rows[self._cursor][1:])
        strip = self.paint(((fit(text, width), look),), width)
        return strip.apply_offsets(0, self._cursor)

    def on_focus(self) -> None:
        """Show that keys act here."""
        self.repaint()

    def on_blur(self) -> None:
        """Show that keys act elsewhere."""
        self.repaint()

    def on_resize(self) -> None:
        """Write times as there is room, and keep the cursor in sight."""
        self._rows = self._made(self._rows.shown)
        self._show_rows()
        self._show_cursor()

    def on_click(self, event: textual_events.Click) -> None:
        """Put the cursor where the mouse is; a click under the cursor shows the whole text."""
        where = event.get_content_offset(self)
        line = self.top + where.y if where is not None else len(self._rows)
        if line >= len(self._rows):
            return
        if line == self._cursor:
            self.action_whole_text()
        self.action_move(line - self._cursor)

    def _made(self, shown: Sequence[JobEvent]) -> EventRows:
        clock_only = self.size.width < _NARROW
        return EventRows(
            shown, oldest_first=self.oldest_first, clock_only=clock_only, search=self.search
        )

    def _show_rows(self) -> None:
        """Paint what is shown now, and tell that it is another."""
        if self._rows:
            self.set_lines(self._rows)
        else:
            none = _("No event is let through; f and i choose others.")
            told = ((none, "muted"),) if self._events else self._words
            width = max(self.line_width, 20)
            lines = [((line, look),) for text, look in told for line in wrap(text, width)]
            self.set_lines(lines, from_top=True)
        if self._is_at_newest:
            self.new_unseen = 0
        self.post_message(self.Changed())

    @property
    def _is_at_newest(self) -> bool:
        """True while the newest event is under the cursor."""
        return not len(self._rows) or self._rows.place(self._cursor) == 0

    def _go(self, line: int) -> None:
        self._cursor = min(max(line, 0), max(len(self._rows) - 1, 0))

    def _go_to_newest(self) -> None:
        self._lines = self._rows
        self._go(self._rows.place(0))
        self._keep_in_sight()

    def _show_cursor(self) -> None:
        self._keep_in_sight()
        if self._is_at_newest:
            self.new_unseen = 0
        self.repaint()
        self.post_message(self.Changed())

    def _keep_in_sight(self) -> None:
        page = self.page_lines
        if not self.top <= self._cursor < self.top + page:
            above = self._cursor < self.top
            self.scroll_to_line(self._cursor if above else self._cursor - page + 1)

    def _change(self, change: Callable[[], object]) -> None:
        """Show another choice or order, with the cursor on its event or the nearest one."""
        current, line = self.current, self._cursor - self.top
        change()
        self._rows = self._made(self.choice.of(self._events))
        self._count_matches()
        self._stay_on(current, line)
        self._show_rows()
        self._show_cursor()

    def _stay_on(self, current: JobEvent | None, line: int) -> None:
        """Put the cursor on an event, on the same line of the screen as before."""
        self._lines = self._rows
        self._go(self._rows.place(self._place_of(current)) if current is not None else 0)
        self.scroll_to_line(self._cursor - line)

    def _place_of(self, event: JobEvent | None) -> int:
        """The place of an event, or of the newest that is older where it is not shown."""
        shown = self._rows.shown
        place = next((place for place, one in enumerate(shown) if one is event), None)
        if place is not None:
            return place
        if event is None or event.created_at is None:
            return 0
        for place, one in enumerate(shown):
            if one.created_at == event.created_at and one.key == event.key:
                return place
            if one.created_at is not None and one.created_at < event.created_at:
                return place
        return max(len(shown) - 1, 0)

    def _matches(self, event: JobEvent) -> bool:
        return self.search in event_text(event).lower()

    def _count_matches(self) -> None:
        self.matches = sum(map(self._matches, self._rows.shown)) if self.search else 0

    def _to_match(self, by: int) -> bool:
        """Put the cursor on the next line that matches; False where none does."""
        count = len(self._rows)
        for distance in range(1, count + 1):
            line = (self._cursor + by * distance) % count
            if self._matches(self._rows.event(line)):
                self._go(line)
                return True
        return False
