"""What the list says about itself: its title, why it is empty, why a button is off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from fttui.services.endpoint.models import Job
from fttui.services.job_words import refusal_of
from fttui.terminal.format import age_text, counted
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.interface.jobs.table import JobsTable
    from fttui.interface.messages import JobsPage

BUTTONS = {
    "jobs-reload": (_("Get All Job IDs"), "display_job_ids"),
    "jobs-copy-ids": (_("Select/Copy Job IDs"), "select_job_ids"),
    "jobs-copy-names": (_("Select/Copy Names"), "select_names"),
    "jobs-cancel": (_("Cancel Job"), "cancel_job"),
}
"""By id, the buttons' labels and what they ask for."""
BRIEF_LABELS = {
    "jobs-reload": _("All Job IDs"),
    "jobs-copy-ids": _("Copy IDs"),
    "jobs-copy-names": _("Copy Names"),
    "jobs-cancel": _("Cancel Job"),
}
"""The buttons' labels where the long ones do not fit side by side."""
FILTER_HINT = _("Enter keeps the filter, Esc clears it, Down goes to the list.")
"""What to know while the filter takes every letter as text."""
ARCHIVE_OFFER = _("Models here are soon shut down. {key} or fttui archive saves it all.")
"""The hint where nothing is archived yet; `{key}` opens the archive."""

_NO_ID = _("the endpoint gave no id")


@dataclass(slots=True)
class Lacks:
    """What the list lacks: entries that could not be read, and what there is no way to."""

    dropped: int = 0
    goes_on: bool = False

    def note(self, page: JobsPage) -> None:
        """A page came."""
        self.dropped += page.dropped
        if not page.last:
            self.goes_on = page.goes_on


def _list_title(
    *,
    total: int | None,
    active: int,
    shown: int,
    marked: int,
    filter_text: str,
    order: str,
    dropped: int,
    host: str,
    loading: bool,
    age: float | None = None,
    as_of: datetime | None = None,
    hidden: int = 0,
    shows_hidden: bool = False,
    goes_on: bool = False,
) -> str:
    """Kind, count, scope, filter and order in one line, the most telling first.

    `total` is None while nothing is known of the list; `age` in seconds where some of it is only
    what an earlier run knew, `as_of` where the endpoint has not answered since. `goes_on` when it
    has more than there is a way to.
    """
    known = "?" if total is None else f"{total}"
    count = _("{shown} of {known}", shown=shown, known=known) if filter_text else known
    parts = [_("Jobs {count}", count=count)]
    parts += [_("{active} active", active=active)] if active else []
    parts += [_("loading…")] if loading else [_("not all: the list goes on")] if goes_on else []
    parts += _told_when(age, as_of)
    parts += [_("{hidden} hidden", hidden=hidden)] if hidden else []
    parts += [_("hidden ones too")] if shows_hidden else []
    parts += [_("{marked} marked", marked=marked)] if marked else []
    parts += (
        [_("filter: {filter_text}", filter_text=safe(filter_text, maxlen=40))]
        if filter_text
        else []
    )
    parts.append(order)
    if dropped:
        parts.append(
            _(
                "{counted} dropped",
                counted=counted(dropped, "unreadable entry", "unreadable entries"),
            )
        )
    parts.append(safe(host))
    return " · ".join(parts)


def _told_when(age: float | None, as_of: datetime | None) -> list[str]:
    if age is not None:
        return [_age(age)]
    return [_("as of {moment}", moment=f"{as_of.astimezone():%H:%M}")] if as_of else []


def title_of(
    table: JobsTable,
    *,
    loaded: bool,
    loading: bool,
    filter_text: str,
    host: str,
    lacks: Lacks,
    as_of: datetime | None = None,
) -> str:
    """The title of a list as its table has it; `as_of` where what it shows may be old."""
    return _list_title(
        total=table.total if loaded or table.total else None,
        active=table.active,
        shown=table.row_count,
        marked=len(table.marked_jobs),
        filter_text=filter_text,
        order=table.order_title,
        dropped=lacks.dropped,
        host=host,
        loading=loading,
        age=table.age,
        as_of=as_of,
        hidden=table.hidden,
        shows_hidden=table.shows_hidden,
        goes_on=lacks.goes_on,
    )


def _age(seconds: float) -> str:
    if seconds < 60:
        return _("last known just now")
    return _("last known, {age} old", age=age_text(seconds))


def list_placeholder(
    keys: Mapping[str, str],
    *,
    filter_text: str,
    host: str,
    loading: bool,
    loaded: bool,
    failed: bool,
    read_only: str = "",
) -> str:
    """Why there are no rows, and what to do about it."""
    reload = keys.get("jobs.reload", "r")
    if filter_text:
        what = safe(filter_text, maxlen=40)
        return _(
            "No job matches “{what}”. {get} clears the filter.",
            what=what,
            get=keys.get("jobs.back", "Esc"),
        )
    if loading:
        return _("Loading jobs from {host}…", host=safe(host))
    if failed:
        return _("The jobs could not be loaded. Press {reload} to try again.", reload=reload)
    if loaded:
        if read_only:
            return _("There are no jobs in it.")
        return _(
            "No fine-tuning jobs yet. Press {get} to create one.", get=keys.get("tab.create", "1")
        )
    return _("No jobs were loaded yet. Press {reload} to load them.", reload=reload)


@dataclass(frozen=True, slots=True)
class Selection:
    """The jobs that an action would go to, and the ids of those that one is under way for.

    `read_only` is why none can be changed, "" where they can.
    """

    jobs: Sequence[Job]
    busy: frozenset[str] = frozenset()
    read_only: str = ""


@dataclass(frozen=True, slots=True)
class Refusals:
    """By the id of each button why it is off ("" when it is on), and a line for what is unusual.

    That a job has ended, or has no name, is no reason to hide the keys: they say it themselves.
    """

    buttons: dict[str, str]
    note: str


def refusals(selection: Selection) -> Refusals:
    """Which buttons are off for a selection, and why; the note is "" when none is."""
    reasons = {
        "jobs-copy-ids": _no_id(selection),
        "jobs-copy-names": _no_name(selection),
        "jobs-cancel": _no_cancel(selection),
    }
    if not selection.jobs:
        return Refusals(reasons, _("Copy and cancel need a job: none is selected."))
    is_unusual = any(job.key in selection.busy for job in selection.jobs) or any(
        not job.can_be_acted_on for job in selection.jobs
    )
    return Refusals(reasons, reasons["jobs-cancel"] if is_unusual else "")


def _no_id(selection: Selection) -> str:
    if not selection.jobs:
        return _("no job is selected")
    return "" if any(job.raw_id for job in selection.jobs) else _NO_ID


def _no_name(selection: Selection) -> str:
    if not selection.jobs:
        return _("no job is selected")
    return "" if any(job.name for job in selection.jobs) else _("no name yet, it has no suffix")


def _no_cancel(selection: Selection) -> str:
    if not selection.jobs:
        return _("no job is selected")
    return selection.read_only or refusal_of("cancel", selection.jobs, selection.busy)


LIST_KEYS: list[BindingType] = [
    Binding("enter", "table('select_cursor')", _("Details"), id="jobs.details"),
    Binding("slash", "filter", _("Filter"), id="jobs.filter", key_display="/"),
    Binding("r", "app.ask('display_job_ids')", _("Get All Job IDs"), id="jobs.reload", show=False),
    Binding("y", "app.ask('select_job_ids')", _("Select/Copy Job IDs"), id="jobs.copy_id"),
    Binding(
        "Y", "app.ask('select_names')", _("Select/Copy Names"), id="jobs.copy_name", show=False
    ),
    Binding("x", "app.ask('cancel_job')", _("Cancel Job"), id="jobs.cancel"),
    Binding("p", "app.ask('pause_job')", _("Pause Job"), id="jobs.pause", show=False),
    Binding("w", "app.ask('resume_job')", _("Resume Job"), id="jobs.resume", show=False),
    Binding("c", "app.ask('show_copy_menu')", _("Copy menu"), id="jobs.copy_menu", show=False),
    Binding("d", "app.ask('create_again')", _("Create again"), id="jobs.again", show=False),
    Binding("T", "app.ask('try_model')", _("Try the model"), id="jobs.try", show=False),
    Binding("t", "app.ask('edit_note')", _("Note"), id="jobs.note", show=False),
    Binding("L", "app.ask('edit_labels')", _("Labels"), id="jobs.labels", show=False),
    Binding("z", "app.ask('toggle_hidden')", _("Hide or show again"), id="jobs.hide", show=False),
    Binding("Z", "app.ask('toggle_hidden_shown')", _("Hidden jobs"), id="jobs.hidden", show=False),
    Binding("b", "app.ask('open_in_browser')", _("Browser"), id="jobs.browser", show=False),
    Binding("C", "app.ask('compare_jobs')", _("Compare"), id="jobs.compare", show=False),
    Binding("O", "app.ask('choose_list_columns')", _("Columns"), id="jobs.columns", show=False),
    Binding("space", "table('mark')", _("Mark for a common action"), id="jobs.mark", show=False),
    Binding("s", "sort", _("Sort by the next column"), id="jobs.sort", show=False),
    Binding("S", "reverse", _("Turn the order round"), id="jobs.reverse", show=False),
    Binding("n", "next_match", _("Next match of the filter"), id="jobs.next_match", show=False),
    Binding("o", "panel", _("Show or hide the side panel"), id="jobs.panel", show=False),
    Binding("e", "details('events')", _("All events of the job"), id="jobs.events", show=False),
    Binding("j", "table('move', 1)", _("Down"), id="jobs.down", show=False),
    Binding("k", "table('move', -1)", _("Up"), id="jobs.up", show=False),
    Binding("g", "table('scroll_top')", _("First job"), id="jobs.top", show=False),
    Binding("G", "table('scroll_bottom')", _("Last job"), id="jobs.bottom", show=False),
    Binding("ctrl+d", "table('page', 0.5)", _("Half a page down"), id="jobs.half", show=False),
    Binding("ctrl+u", "table('page', -0.5)", _("Half a page up"), id="jobs.half_up", show=False),
    Binding("l", "table('pan', 1)", _("More columns"), id="jobs.right", show=False),
    Binding("h", "table('pan', -1)", _("Columns back"), id="jobs.left", show=False),
    Binding("escape", "back", _("Clear filter or marks"), id="jobs.back", show=False),
]
