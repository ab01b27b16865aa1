"""`fttui cancel`, `pause` and `resume`: what changes a job that exists."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from fttui.cli.interrupted import telling_of
from fttui.cli.job_word import add_jobs, jobs_of
from fttui.cli.output import Output, confirm, status_colour
from fttui.cli.problems import UsageError
from fttui.cli.sessions import open_session
from fttui.services.endpoint.status import BEING_CANCELLED
from fttui.services.job_json import job_json
from fttui.services.job_words import ACTIONS, left_out, refusal, refusal_of, status_text
from fttui.terminal.format import counted
from fttui.terminal.language import _, clauses, labelled

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session

_NOT_DONE = {
    "cancel": _("Nothing was cancelled."),
    "pause": _("Nothing was paused."),
    "resume": _("Nothing was resumed."),
}
_AS_GOOD_AS_DONE = {
    "cancel": BEING_CANCELLED,
    "pause": frozenset({"paused", "pausing"}),
    "resume": frozenset({"running", "queued", "resuming"}),
}
"""Of a job that is to be changed so, the states in which nothing is left to ask."""


def add_parser(commands: Any) -> None:
    """Add the three commands to the program's."""
    cancel = commands.add_parser(
        "cancel",
        description=" ".join([_("End jobs before they are done."), ACTIONS["cancel"].warning]),
    )
    pause = commands.add_parser(
        "pause",
        description=_(
            "Pause running jobs; their state is kept. It asks where it is at a terminal."
        ),
    )
    resume = commands.add_parser(
        "resume",
        description=_(
            "Let paused jobs go on; training from there on is billed. It asks where it is at a "
            "terminal. Elsewhere it goes on at once for whole ids, and wants --yes for all others."
        ),
    )
    for parser, action in ((cancel, "cancel"), (pause, "pause"), (resume, "resume")):
        parser.add_argument("--yes", action="store_true", help=_("do not ask"))
        add_jobs(parser)
        parser.set_defaults(run=partial(run, action=action))


def run(args: argparse.Namespace, action: str = "cancel") -> int:
    """Change jobs after a question that names them; one that is changed so already is fine."""
    output = Output.of(args)
    with open_session(args, changes=True) as session:
        job_ids = jobs_of(session, args.jobs, output, surely=True, or_whole=True)
        if not args.yes and not _may(args, session, action, job_ids, output):
            output.message(_NOT_DONE[action])
            return 1
        return _change(output, session, action, job_ids)


def _may(
    args: argparse.Namespace, session: Session, action: str, job_ids: list[str], output: Output
) -> bool:
    """Whether the user agrees, without --yes.

    Pausing costs nothing, and resuming what a script names by its whole id is what 0.1.0 did: off
    a terminal neither waits for a yes. Raises UsageError where nobody can give one.
    """
    is_at_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    if action == "cancel" or is_at_terminal:
        return _agreed(session, action, job_ids, output)
    if action == "resume" and not set(args.jobs) <= set(job_ids):
        raise UsageError(
            _("Nobody is at a terminal to confirm which jobs are resumed, and billed."),
            _("Give their whole ids, or --yes."),
        )
    return True


def _agreed(session: Session, action: str, job_ids: list[str], output: Output) -> bool:
    """Name the jobs and ask; those that cannot be changed so any more are told of as such."""
    words = ACTIONS[action]
    jobs = session.thread.wait(_retrieve(session.handle, job_ids))
    fitting = [job for job in jobs if not refusal(action, job)]
    if not fitting:
        if all(job.status.word in _AS_GOOD_AS_DONE[action] for job in jobs):
            return True
        output.message(refusal_of(action, jobs))
        return False
    output.message(_("At {host}:", host=session.endpoint.host))
    for job in fitting:
        name = job.name or _("no name yet")
        output.message(f"  {job.id}  {status_text(job.status)}  {job.model or ''}  {name}")
    refused = [job for job in jobs if job not in fitting]
    if refused:
        output.message(left_out(action, refused, len(jobs)))
    if words.warning:
        output.message(words.warning)
    count = len(fitting)
    must_type = str(count) if words.danger and count > 1 else ""
    return confirm(words.asks(count), yes=False, what=_what(action, count), must_type=must_type)


def _what(action: str, count: int) -> str:
    jobs = counted(count, "job")
    return {
        "cancel": _("cancelling {counted}", counted=jobs),
        "pause": _("pausing {counted}", counted=jobs),
        "resume": _("resuming {counted}", counted=jobs),
    }[action]


async def _retrieve(handle: FineTuningHandle, job_ids: list[str]) -> list[Job]:
    return [await handle.find_job(job_id) for job_id in job_ids]


def _change(output: Output, session: Session, action: str, job_ids: list[str]) -> int:
    """Do `action` for each job, the rest too when one fails; 1 if any failed."""
    from fttui.services.endpoint.errors import NotFoundError, ServiceError
    from fttui.services.known_elsewhere import where_else

    handle = session.handle
    call: Callable[[str], Awaitable[Job]] = {
        "cancel": handle.cancel_fine_tuning_job,
        "pause": handle.pause_job,
        "resume": handle.resume_job,
    }[action]
    documents: list[dict[str, object]] = []
    done: list[str] = []
    failed = False
    for job_id in job_ids:
        try:
            with telling_of(output, job_id, done):
                job = session.thread.wait(_one(call, job_id))
        except ServiceError as error:
            failed = True
            if isinstance(error, NotFoundError):
                error.hint = where_else(session, job_id) or error.hint
            documents.append({"id": job_id, "error": error.to_json()})
            output.message(labelled(job_id, error.full_text))
            continue
        documents.append(job_json(job, session))
        done.append(f"{job.id}  {status_text(job.status)}")
        if not output.json:
            status = output.painted(status_text(job.status), status_colour(job.status))
            with suppress(OSError):  # told of all together below
                output.line(f"{job.id}  {status}")
    output.outcome(documents, [], done=clauses(done or [_("Nothing was changed")]) + ".")
    return 1 if failed else 0


async def _one(call: Callable[[str], Awaitable[Job]], job_id: str) -> Job:
    return await call(job_id)
