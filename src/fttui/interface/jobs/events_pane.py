"""All events of a job with what is said about them: how they are shown, and one in whole."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.interface_utils import utils_of
from fttui.interface.jobs.event_search import EventSearch
from fttui.interface.jobs.events_view import EventsView
from fttui.interface.kit.inputs import TextLine
from fttui.interface.kit.lines import Line
from fttui.interface.screens.menu import MenuItem
from fttui.interface.screens.whole_text import WholeText
from fttui.services.endpoint.models import Job, JobEvent
from fttui.services.job_history import JobHistory
from fttui.services.job_words import event_text
from fttui.terminal.format import full_moment_text
from fttui.terminal.language import _, labelled


class EventsPane(Vertical):
    """The events, a line about them, the search, and the event under the cursor where it is cut."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.view = EventsView(id="details-events")
        self.search = EventSearch(id="event-search")
        self._words = TextLine(id="events-words")
        self._whole = TextLine(id="events-whole")
        self._job_id: str | None = None
        self._error = ""

    def compose(self) -> ComposeResult:
        """The line about them above, the search and the whole text below."""
        yield self._words
        yield self.view
        yield self.search
        yield self._whole

    def show(self, job: Job, history: JobHistory | None) -> None:
        """Show what is known of the events of a job; with `history` None they are on their way."""
        if job.key != self._job_id:
            self._job_id = job.key
            self.view.begin_anew()
        error = (history.error_text if history else "").replace("\n", " ")
        none = _("Loading…") if history is None else error or _("There are no events yet.")
        self._error = error
        words: Line = ((none, "bad" if error else "muted"),)
        self.view.show_events(history.events if history else (), words)
        self._tell()

    @on(EventsView.Changed)
    def _changed(self, message: EventsView.Changed) -> None:
        message.stop()
        self._tell()

    def _tell(self) -> None:
        is_beside = self._error and self.view.total
        self._words.show(f"! {self._error}" if is_beside else self.view.words)
        event = self.view.current
        text = event_text(event) if event is not None and self.view.is_cut(event) else ""
        self._whole.show(text)

    @on(EventsView.SearchWanted)
    def _search_wanted(self, message: EventsView.SearchWanted) -> None:
        message.stop()
        self.search.open()

    @on(EventSearch.Changed)
    def _search_changed(self, message: EventSearch.Changed) -> None:
        message.stop()
        self.view.seek(message.text)

    @on(EventSearch.Left)
    def _search_left(self, message: EventSearch.Left) -> None:
        message.stop()
        focus_now(self.view)

    @on(EventsView.SearchEnded)
    def _search_ended(self, message: EventsView.SearchEnded) -> None:
        message.stop()
        self.search.clear()

    @on(EventsView.WholeWanted)
    def _whole_wanted(self, message: EventsView.WholeWanted) -> None:
        message.stop()
        event = self.view.current
        if event is not None:
            self.app.push_screen(WholeText(_("Event"), *told(event), self._copy))

    def _copy(self, text: str) -> None:
        utils_of(self).copy_to_clipboard(text, _("the event"))

    def menu_first(self) -> tuple[MenuItem, str] | None:
        """What a copy menu begins with: the event under the cursor."""
        event = self.view.current
        if event is None:
            return None
        text = event_text(event)
        return MenuItem("event", _("This event"), text, key="l"), text


def told(event: JobEvent) -> tuple[str, str]:
    """When an event was, of which kind and level, and all that it tells."""
    head = f"{full_moment_text(event.created_at)} · {event.type} · {event.level} · {event.id}"
    lines = [event.message]
    metrics = event.metrics.to_json() if event.metrics else {}
    lines += [f"{name}: {value}" for name, value in metrics.items()]
    for one in event.moderation.categories if event.moderation else ():
        lines.append(labelled(one.name, one.words))
    return head.removesuffix(" · "), "\n".join(lines)
