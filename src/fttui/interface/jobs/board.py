"""The first page of a job's details: a dashboard where there is room, else the plain overview."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Container

from fttui.interface.jobs.advice_lines import advice_part
from fttui.interface.jobs.moderation_lines import moderation_lines
from fttui.interface.jobs.panel import (
    all_event_lines,
    asked_lines,
    error_lines,
    fact_lines,
    head_lines,
    heading_lines,
    kept_lines,
    measured_lines,
    pace_lines,
)
from fttui.interface.jobs.plot import MetricsPlot, axis_end
from fttui.interface.kit.lines import Line, LineView, wrap
from fttui.services.endpoint.models import Job
from fttui.services.job_cost import ActualCost
from fttui.services.job_files import NO_FILES, JobFiles
from fttui.services.job_filter import UNKEPT
from fttui.services.job_history import JobHistory
from fttui.services.retirement_clock import RetirementClock
from fttui.storage.annotations import Annotation
from fttui.terminal.language import _

_WIDEST = 110
_MOST_EVENTS = 100
_WHY_NO_CURVE = {
    "validating_files": _("The curve begins with the first step; the files are being read."),
    "queued": _("The curve begins with the first step; the job waits for its turn."),
    "pending": _("The curve begins with the first step; the job waits for its turn."),
    "running": _("No step was told yet. The curve begins with the first one."),
    "paused": _("It was paused before a step was told."),
    "failed": _("It failed before a step was told: there is no curve."),
    "cancelled": _("It was cancelled before a step was told: there is no curve."),
}


class JobBoard(Container):
    """State and numbers, the curves beside them, the events below.

    A job without curves has its events in their place. Below 100 columns or 30 rows there is the
    overview alone, which has all but the curves. Only the overview takes the focus, so that a
    change of size leaves it where it is.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        retirement: RetirementClock,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._retirement = retirement
        self._job: Job | None = None
        self._files = NO_FILES
        self._cost: ActualCost | None = None
        self._history: JobHistory | None = None
        self._kept = UNKEPT
        self.overview = LineView(id="details-overview")
        self.plot = MetricsPlot(id="board-plot")
        self.events = LineView(id="board-events")
        self.plot.can_focus = self.events.can_focus = False

    def compose(self) -> ComposeResult:
        """The three parts; the styles say which are seen, and where."""
        for part, title in ((self.overview, _("State")), (self.plot, _("Curves"))):
            part.border_title = title
            yield part
        self.events.border_title = _("Last events")
        yield self.events

    @property
    def is_wide(self) -> bool:
        """True where there is room for all parts."""
        return self.screen.has_class("-wide") and self.screen.has_class("-tall")

    @property
    def has_curve(self) -> bool:
        """True when the curves are in sight."""
        return self.is_wide and bool(self.plot.kinds)

    def show(
        self,
        job: Job,
        history: JobHistory | None,
        files: JobFiles = NO_FILES,
        cost: ActualCost | None = None,
        kept: Annotation = UNKEPT,
    ) -> None:
        """Show the job, what the endpoint told of it, its files and cost, what is kept beside."""
        self._job, self._history = job, history
        self._files, self._cost, self._kept = files, cost, kept
        events = history.events if history else ()
        self.plot.set_events(events, until=axis_end(job))
        self.set_class(not self.plot.kinds, "-no-curve")
        self._draw()

    def on_resize(self) -> None:
        """Wrap for the new size, as soon as the parts have theirs."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        job, history = self._job, self._history
        if job is None or not self.overview.size.width:
            return
        width = self.overview.line_width
        now, goes = self._clock(), self._retirement.of_job(job)
        deleted = self._retirement.is_deleted(job)
        width = width if self.is_wide else min(width, _WIDEST)
        facts = fact_lines(job, width, goes, files=self._files, cost=self._cost, deleted=deleted)
        advice = advice_part(job, history, width, self._retirement.lacks)
        if not self.is_wide:
            shown = _plain_lines(job, history, now, width, facts, self._kept, advice)
            self.overview.set_lines(shown)
            return
        shown = state_lines(job, history, now, width, facts, self._kept, advice)
        self.overview.set_lines(shown)
        if self.events.size.width:
            lines = event_lines(job, history, self.events.line_width, has_curve=self.has_curve)
            self.events.set_lines(lines)


def _plain_lines(
    job: Job,
    history: JobHistory | None,
    now: datetime,
    width: int,
    facts: Sequence[Line],
    kept: Annotation,
    advice: Sequence[Line],
) -> list[Line]:
    lines = [
        *head_lines(job, history, now, width),
        *error_lines(job, width),
        *asked_lines(job, width),
        *kept_lines(kept, width),
        *advice,
    ]
    return [*lines, ((" ", "plain"),), *facts, *_moderation(history, width)]


def state_lines(
    job: Job,
    history: JobHistory | None,
    now: datetime,
    width: int,
    facts: Sequence[Line] = (),
    kept: Annotation = UNKEPT,
    advice: Sequence[Line] = (),
) -> list[Line]:
    """What the job is doing, why it failed and what to do, its numbers, and its parameters.

    These are the `facts`; `kept` stands before the `advice`; below them is what moderation found.
    """
    lines = head_lines(job, history, now, width, curve=False)
    lines += [*error_lines(job, width), *asked_lines(job, width)]
    lines += [*kept_lines(kept, width), *advice]
    events = history.events if history else ()
    numbers = [*measured_lines(events, width), *pace_lines(job, history, width)]
    if numbers:
        lines += [*heading_lines(_("Numbers"), width), *numbers]
    facts = facts or fact_lines(job, width)
    lines += [*heading_lines(_("Parameters"), width), *facts]
    return [*lines, *_moderation(history, width)]


def _moderation(history: JobHistory | None, width: int) -> list[Line]:
    found = moderation_lines(history.events if history else (), width)
    return [*heading_lines(_("Moderation"), width), *found] if found else []


def event_lines(
    job: Job, history: JobHistory | None, width: int, *, has_curve: bool
) -> Sequence[Line]:
    """The events, newest first; above them why there is no curve, where there is none."""
    if history is None:
        return [((_("Loading…"), "muted"),)]
    lines: list[Line] = [((text, "bad"),) for text in wrap(history.error_text, width) if text]
    if not has_curve and not history.error_text:
        lines += [((text, "muted"),) for text in wrap(_why_no_curve(job), width)]
        lines.append(((" ", "plain"),))
    lines += all_event_lines(history.events[:_MOST_EVENTS], width)
    if history.events or history.error_text:
        return lines
    return [*lines, ((_("No events.") if job.status.is_final else _("No events yet."), "muted"),)]


def _why_no_curve(job: Job) -> str:
    known = _WHY_NO_CURVE.get(job.status.word)
    if known is None and job.result_files:
        return _(
            "No step was told. What was measured is in its result file: {result_files}",
            result_files=job.result_files[0],
        )
    return known or _("The endpoint told of no step: there is no curve.")
