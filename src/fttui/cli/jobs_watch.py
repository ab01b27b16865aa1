"""`fttui jobs --watch`: the list kept up to date, or elsewhere a line for each change."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from fttui.cli.job_list import COLUMNS, Wanted, collect_jobs, job_row, require_known, tell_left_out
from fttui.cli.live_screen import LiveScreen, can_be_live
from fttui.cli.notices import WatchNotices
from fttui.cli.output import Output, status_colour
from fttui.cli.table import Cell, render
from fttui.cli.watch import ChangeLines, consequence
from fttui.services.job_progress import fraction_done
from fttui.services.job_words import status_text
from fttui.services.list_watch import ListWatch
from fttui.services.news import Change, JobUpdate, PollFailed
from fttui.services.tuned_models.asking import ask_models_briefly
from fttui.terminal.format import counted, full_moment_text, wrap
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session

_NO_END = _("An archive does not change, so there is nothing to wait for.")
_MOST_BELOW = 3
"""Lines that a trouble gets."""


def watch_list(args: argparse.Namespace, output: Output, session: Session, wanted: Wanted) -> int:
    """Follow the list until none of its jobs is active; 0 unless the endpoint refuses."""
    watch = _Watch(args, output, session, wanted)
    session.thread.wait(watch.begin())
    jobs = watch.list
    plain = _Lines(output, session, jobs)
    if session.endpoint.archive or not jobs.active:
        plain.begin()
        if session.endpoint.archive:
            output.message(_NO_END)
        return 0
    is_live = not output.json and can_be_live(os.environ)
    view: _View = _Screen(output, session, jobs) if is_live else plain
    notices = WatchNotices(session, view.note)
    session.thread.around_wait = nullcontext  # that nothing changes is no wait for the endpoint
    try:
        view.begin()
        session.thread.wait(watch.follow(view, notices))
    finally:
        notices.give_back()
        view.end()
    session.thread.wait(notices.hear())
    return 0


class _View(Protocol):
    """Where a watched list is shown; `show` and `note` are called on the service thread."""

    def begin(self) -> None:
        """Show the list as it is."""

    def show(self, changes: Sequence[Change]) -> None:
        """Show what a look has brought."""

    def note(self, text: str) -> None:
        """Show a sentence beside the list."""

    def end(self) -> None:
        """Nothing more comes."""


class _Watch:
    """Follows the list that a command asks for."""

    def __init__(
        self, args: argparse.Namespace, output: Output, session: Session, wanted: Wanted
    ) -> None:
        self._args = args
        self._output = output
        self._session = session
        self._wanted = wanted
        self.list = ListWatch(session, self._load, wanted, args.limit)
        self._looks = self.list.looks()

    async def _load(self) -> list[Job]:
        self._wanted.left_out = 0
        jobs, dropped, is_whole = await collect_jobs(self._session.handle, self._args, self._wanted)
        if not jobs:
            require_known(self._args.status or [])
        tell_left_out(self._output, self._wanted, dropped, is_whole=is_whole)
        return jobs

    async def begin(self) -> None:
        """Read the list, however often that takes."""
        lines = ChangeLines(self._output, self._session, ())
        async for changes in self._looks:
            for change in changes:
                lines.print(change)
            if not any(isinstance(change, PollFailed) for change in changes):
                break
        if self.list.jobs:
            self._session.retirement.presence.meet(self.list.jobs)
            await ask_models_briefly(self._session)

    async def follow(self, view: _View, notices: WatchNotices) -> None:
        """Show what each look brings until no job of the list is active."""
        await notices.take([job for job in self.list.jobs if job.status.is_moving])
        try:
            while self.list.active:
                changes = await anext(self._looks)
                changed = [one.job for one in changes if isinstance(one, JobUpdate)]
                self._session.retirement.presence.meet(changed)
                view.show(changes)
                await notices.take(changed)
        finally:
            await self._looks.aclose()


class _Lines:
    """The list, then a line for each change: for logs and other programs."""

    def __init__(self, output: Output, session: Session, jobs: ListWatch) -> None:
        self._output = output
        self._jobs = jobs
        self._clock = session.retirement
        self._lines = ChangeLines(output, session, ())

    def begin(self) -> None:
        """Print the list, in JSON a line for each job."""
        output, jobs = self._output, self._jobs.jobs
        if output.json:
            for job in jobs:
                self._lines.print(JobUpdate(job))
        elif jobs:
            output.table(COLUMNS, [job_row(job, self._clock) for job in jobs])
            sys.stdout.flush()
        else:
            output.message(_("No jobs."))

    def show(self, changes: Sequence[Change]) -> None:
        """Print what a look has brought; how far a job is, is no change here."""
        for change in changes:
            if not isinstance(change, JobUpdate) or self._output.json:
                self._lines.print(change)
            elif change.status_changed:
                self._output.line(self._line(change.job))

    def _line(self, job: Job) -> str:
        said = self._output.painted(status_text(job.status), status_colour(job.status))
        more = consequence(job, self._clock) or (f"  {job.name}" if job.name else "")
        return f"{full_moment_text(datetime.now(UTC))}  {job.id}  {said}{more}"

    def note(self, text: str) -> None:
        """Tell it on stderr."""
        self._output.message(text)

    def end(self) -> None:
        """All is printed."""


class _Screen:
    """The list on the terminal, as much of it as fits; the whole is printed at the end."""

    def __init__(self, output: Output, session: Session, jobs: ListWatch) -> None:
        self._output = output
        self._session = session
        self._jobs = jobs
        self._trouble = self._noted = ""
        self._live = LiveScreen(self._lines)

    def begin(self) -> None:
        """Take the terminal."""
        self._session.on_retry = lambda notice: self._tell(notice.error.sentence)
        self._live.begin()

    def show(self, changes: Sequence[Change]) -> None:
        """Paint what has changed."""
        self._trouble = ""
        for change in changes:
            if isinstance(change, PollFailed):
                self._trouble = _(
                    "{sentence} Looking again in {pause:.0f} s.",
                    sentence=change.error.sentence,
                    pause=change.pause,
                )
        self._live.paint()

    def note(self, text: str) -> None:
        """Show it in the last line, and print it at the end: it may be long."""
        self._noted = text
        self._live.paint()

    def end(self) -> None:
        """Give the terminal back, with the list on it."""
        self._live.end()
        self._session.on_retry = None
        with suppress(OSError):  # the command's own failure tells more
            rows = [job_row(job, self._session.retirement) for job in self._jobs.jobs]
            self._output.table(COLUMNS, rows)
            sys.stdout.flush()
        if self._noted:
            self._output.message(self._noted)

    def _tell(self, text: str) -> None:
        self._trouble = text
        self._live.paint()

    def _lines(self, columns: int, rows: int) -> list[str]:
        """Titles, the jobs that there is room for, and what there is to say, for such a window."""
        told = self._trouble or self._noted
        below = wrap(told, columns)[:_MOST_BELOW] if told else []
        jobs = _most_wanted(self._jobs.jobs, rows - 1 - max(len(below), 1))
        cells = [_live_row(job_row(job, self._session.retirement), job) for job in jobs]
        table = render(COLUMNS, cells, room=columns, colour=self._output.colour)
        return [*table, *(below or wrap(self._count(len(jobs)), columns))]

    def _count(self, shown: int) -> str:
        every = len(self._jobs.jobs)
        count = counted(self._jobs.active, "active job")
        if shown < every:
            return _(
                "{count}; {shown} of {every} jobs shown. Ctrl+C ends.",
                count=count,
                shown=shown,
                every=every,
            )
        return _("{count}. Ctrl+C ends.", count=count)


def _most_wanted(jobs: Sequence[Job], room: int) -> list[Job]:
    """The jobs that there is room for, in their order: the active ones, then the newest."""
    places = sorted(range(len(jobs)), key=lambda at: not jobs[at].status.is_moving)
    return [jobs[at] for at in sorted(places[: max(room, 0)])]


def _live_row(row: list[str | Cell], job: Job) -> list[str | Cell]:
    """A job's row, with how far it is beside its status."""
    done = fraction_done(job)
    if done is None or job.status.is_final:
        return row
    said = Cell(f"{status_text(job.status)} {done:.0%}", status_colour(job.status))
    return [said, *row[1:]]
