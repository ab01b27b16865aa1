"""`fttui watch`: follow jobs until all have ended."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fttui.cli.job_word import add_jobs, jobs_of
from fttui.cli.output import Output, status_colour
from fttui.cli.sessions import open_session
from fttui.services.job_json import job_json
from fttui.services.job_words import event_text, status_text, status_word
from fttui.services.known_elsewhere import where_else
from fttui.services.tuned_models.asking import recall_models
from fttui.services.tuned_models.words import job_model_text
from fttui.terminal.format import full_moment_text
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.asked import Asked
    from fttui.services.endpoint.models import Job
    from fttui.services.retirement_clock import RetirementClock
    from fttui.services.session import Session
    from fttui.services.watching import Change, EventsFailed, JobUpdate, NewEvents, Watcher

MOST_WITH_EVENTS = 8
"""Of more jobs than this only the changes of status are told: each has events by the hundred."""
_ENDING = 4
"""Letters of an id's end, where they tell the watched jobs apart."""


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "watch",
        description=_(
            "Follow jobs until all have ended, with a line for each change; of several jobs each "
            "line names its job, after the first by the end of its id. Where stderr is a terminal, "
            "its title tells how far they are, and it rings when one has ended (`notify` in the "
            "settings); `on_finish` is run. "
            "Of up to 8 jobs the events are told too. Exit status 0 only if all succeeded."
        ),
    )
    add_jobs(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print each change; 0 when every job succeeded, else 1."""
    output = Output.of(args)
    with open_session(args) as session:
        job_ids = jobs_of(session, args.jobs, output, or_whole=True)
        return watch(session, job_ids, output, asked_of=lambda job: asked_of(session, job))


def watch(session: Session, job_ids: list[str], output: Output, **options: Any) -> int:
    """Watch jobs as `_watch_jobs`, and tell the terminal how far they are and that they end."""
    recall_models(session)
    if session.endpoint.archive:
        return session.thread.wait(_watch_jobs(session, job_ids, output, **options))
    from fttui.cli.notices import WatchNotices

    notices = WatchNotices(session, output.message)
    watching = _watch_jobs(session, job_ids, output, take=notices.take, **options)
    try:
        status = session.thread.wait(watching)
    finally:
        notices.give_back()
    session.thread.wait(notices.hear())
    return status


def asked_of(session: Session, job: Job) -> Job:
    """The job with what it was asked to be, where the journal of this machine has that."""
    if session.endpoint.archive:
        return job
    from fttui.services.submission.asking import with_asked

    return with_asked(job, session.journal, session.account)


async def _watch_jobs(
    session: Session,
    job_ids: list[str],
    output: Output,
    *,
    past_events: bool = False,
    asked: Asked | None = None,
    asked_of: Callable[[Job], Job] | None = None,
    take: Callable[[list[Job]], Awaitable[None]] | None = None,
) -> int:
    """Print the changes of these jobs until all have ended, and return the exit status.

    `take` hears of each job that has changed. `asked` is what the one job was asked to be, or
    `asked_of` knows that of each; where it turns out to be otherwise, that is told, but for what
    `asked` has shown at once.
    """
    from fttui.services.watching import JobUpdate, Watcher

    wanted = list(dict.fromkeys(job_ids))
    if session.endpoint.archive:
        return await _tell_saved(session, wanted, output)
    followed = wanted if len(wanted) <= MOST_WITH_EVENTS else []
    watcher = Watcher(session.handle, wanted, events_of=followed, past_events=past_events)
    lines = ChangeLines(output, session, wanted)
    told = _Told(output, asked, asked_of)
    async for change in watcher.changes():
        if isinstance(change, JobUpdate):
            change = await told.completed(change)
        lines.print(change)
        if isinstance(change, JobUpdate):
            told.warn(change.job)
            if take is not None:
                await take([change.job])
    return 0 if _all_succeeded(watcher, wanted) else 1


class _Told:
    """Which differences between what was asked and what was made have been told of each job."""

    def __init__(
        self, output: Output, asked: Asked | None, asked_of: Callable[[Job], Job] | None
    ) -> None:
        self._output = output
        self._asked = asked
        self._asked_of = asked_of
        self._known: dict[str, Asked | None] = {}
        self._texts: dict[str, list[str]] = {}

    async def completed(self, change: JobUpdate) -> JobUpdate:
        """The change with what its job was asked to be; the journal is read once for a job."""
        job = change.job
        if job.raw_id not in self._known:
            found = self._asked
            if self._asked_of is not None:
                found = (await asyncio.to_thread(self._asked_of, job)).asked
            self._known[job.raw_id] = found
        return replace(change, job=replace(job, asked=self._known[job.raw_id]))

    def warn(self, job: Job) -> None:
        """Tell what is not as asked and has not been told."""
        from fttui.services.endpoint.asked import difference_texts

        texts = difference_texts(job)
        is_told = self._asked is not None and job.raw_id not in self._texts  # by create
        for text in () if is_told else texts:
            if text not in self._texts.get(job.raw_id, ()):
                self._output.message(_("Warning: {warning}", warning=text))
        self._texts[job.raw_id] = texts


async def _tell_saved(session: Session, wanted: list[str], output: Output) -> int:
    """Tell how each job was when it was saved: in an archive nothing goes on."""
    from fttui.services.endpoint.errors import NotFoundError
    from fttui.services.watching import JobNotFound, JobUpdate

    lines = ChangeLines(output, session, wanted)
    has_failed = False
    for job_id in wanted:
        try:
            job = await session.handle.find_job(job_id)
        except NotFoundError as error:
            lines.print(JobNotFound(job_id, error))
            has_failed = True
            continue
        lines.print(JobUpdate(job))
        has_failed |= not job.status.is_success
        if not job.status.is_final:
            output.message(not_going_on(job))
    return 1 if has_failed else 0


def not_going_on(job: Job) -> str:
    """That a job which had not ended when it was saved is not followed."""
    return _(
        "{job_id} was {status} when it was saved. An archive does not change, so there is nothing "
        "to wait for.",
        job_id=job.id,
        status=status_word(job.status),
    )


def events_failed_text(change: EventsFailed) -> str:
    """That the events of a job cannot be read, while or after it is followed."""
    if change.is_last:
        return _(
            "The last events of {job_id} could not be read. {sentence}",
            job_id=change.job_id,
            sentence=change.error.sentence,
        )
    return _(
        "The events of {job_id} cannot be read now; its status is still followed. {sentence}",
        job_id=change.job_id,
        sentence=change.error.sentence,
    )


def _all_succeeded(watcher: Watcher, wanted: list[str]) -> bool:
    jobs = watcher.jobs
    return all(job_id in jobs and jobs[job_id].status.is_success for job_id in wanted)


class ChangeLines:
    """Prints changes. Of one job its id comes first, alone, and not again.

    Of several each line names its job: the first by its id, those after it by the id's ending.
    """

    def __init__(self, output: Output, session: Session, job_ids: Sequence[str]) -> None:
        self._output = output
        self._session = session
        self._endings = endings_of(job_ids) if len(job_ids) > 1 else {}
        self._named: set[str] = set()

    def print(self, change: Change) -> None:
        """Print what there is to say of `change`."""
        from fttui.services import watching

        output = self._output
        if isinstance(change, watching.JobUpdate):
            if change.status_changed:
                self._print_status(change)
        elif isinstance(change, watching.NewEvents):
            self._print_events(change)
        elif isinstance(change, watching.EventsFailed):
            output.message(events_failed_text(change))
        elif isinstance(change, watching.JobNotFound):
            output.message(
                _(
                    "{job_id} is no longer watched. {sentence}",
                    job_id=change.job_id,
                    sentence=change.error.sentence,
                )
            )
            if known := where_else(self._session, change.job_id):
                output.message(known)
        elif isinstance(change, watching.PollFailed):
            output.message(
                _(
                    "{sentence} Looking again in {pause:.0f} s.",
                    sentence=change.error.sentence,
                    pause=change.pause,
                )
            )
        else:
            output.message(_("The endpoint answers again."))

    def _print_status(self, change: JobUpdate) -> None:
        output, job = self._output, change.job
        if output.json:
            previous = change.previous and change.previous.status.word
            status = {"status": job.status.word, "raw_status": job.status.shown}
            document = {"kind": "status", "job_id": job.id, **status}
            output.json_line(
                {
                    **document,
                    "previous_status": previous,
                    "job": job_json(job, self._session),
                }
            )
            return
        said = status_text(job.status)
        painted = output.painted(said, status_colour(job.status))
        more = consequence(job, self._session.retirement)
        lines = self._lines(datetime.now(UTC), job.id, f"{said}{more}")
        # Painted afterwards, since what paints has no width.
        place = next((place for place, line in enumerate(lines) if said in line), 0)
        lines[place] = lines[place].replace(said, painted, 1)
        for line in lines:
            output.line(line)

    def _print_events(self, change: NewEvents) -> None:
        for event in change.events:
            if self._output.json:
                line = {"kind": "event", "job_id": change.job_id, "event": event.to_json()}
                self._output.json_line(line)
                continue
            for part in self._lines(event.created_at, change.job_id, event_text(event)):
                self._output.line(part)

    def _lines(self, moment: datetime | None, job_id: str, text: str) -> list[str]:
        """The lines of one change, below the job's name where nothing has named it yet."""
        is_new = job_id not in self._named
        self._named.add(job_id)
        if is_new and not self._endings:
            self._output.line(job_id)
        name = job_id if is_new else self._endings.get(job_id, job_id)
        name = f"{name}  " if self._endings else ""
        return self._output.wrapped(f"{full_moment_text(moment)}  {name}{text}")


def endings_of(job_ids: Sequence[str]) -> dict[str, str]:
    """What tells these ids apart, by id: `…aB3x`, or the whole id where that is no longer."""
    letters = _ENDING
    longest = max(map(len, job_ids))
    while letters < longest and len({one[-letters:] for one in job_ids}) < len(set(job_ids)):
        letters += 1
    return {one: f"…{one[-letters:]}" if len(one) > letters + 1 else one for one in job_ids}


def consequence(job: Job, clock: RetirementClock) -> str:
    """What the end of a job has led to, as `: its error` or `: its model`; "" for nothing."""
    if job.error:
        return f": {job.error.message or job.error.code}"
    if job.status.is_success and job.fine_tuned_model:
        return f": {job_model_text(job, clock)}"
    return ""
