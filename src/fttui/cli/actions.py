"""`fttui cancel`, `pause` and `resume`: what changes a job that exists."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fttui.cli.output import Output, confirm, status_colour
from fttui.cli.parser import endpoint_id
from fttui.cli.sessions import open_session
from fttui.services.job_json import job_json
from fttui.services.job_words import ACTIONS, left_out, refusal, refusal_of, status_text
from fttui.terminal.format import counted
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session

_NO_CANCEL = _("Nothing was cancelled.")


def add_parser(commands: Any) -> None:
    """Add the three commands to the program's."""
    cancel = commands.add_parser(
        "cancel",
        help=_("end jobs before they are done"),
        description=" ".join([_("End jobs before they are done."), ACTIONS["cancel"].warning]),
    )
    cancel.add_argument("--yes", action="store_true", help=_("do not ask"))
    pause = commands.add_parser(
        "pause", help=_("pause jobs"), description=_("Pause running jobs; their state is kept.")
    )
    resume = commands.add_parser(
        "resume", help=_("let paused jobs go on"), description=_("Let paused jobs go on.")
    )
    for parser, action in ((cancel, run), (pause, _pause), (resume, _resume)):
        parser.add_argument(
            "jobs", metavar="JOB", nargs="+", type=endpoint_id, help=_("a job's id")
        )
        parser.set_defaults(run=action)


def run(args: argparse.Namespace) -> int:
    """Cancel jobs after a question that names them; one that is cancelled already is fine."""
    output = Output.of(args)
    job_ids = list(dict.fromkeys(args.jobs))
    with open_session(args, changes=True) as session:
        if not args.yes and not _agreed(session, job_ids, output):
            output.message(_NO_CANCEL)
            return 1
        return _change(output, session, "cancel", job_ids)


def _agreed(session: Session, job_ids: list[str], output: Output) -> bool:
    """Name the jobs and ask; those that cannot be cancelled any more are told of as such."""
    from fttui.services.endpoint.status import BEING_CANCELLED

    action = ACTIONS["cancel"]
    jobs = session.thread.wait(_retrieve(session.handle, job_ids))
    fitting = [job for job in jobs if not refusal("cancel", job)]
    if not fitting:
        if all(job.status.word in BEING_CANCELLED for job in jobs):
            return True
        output.message(refusal_of("cancel", jobs))
        return False
    output.message(_("At {host}:", host=session.endpoint.host))
    for job in fitting:
        name = job.name or _("no name yet")
        output.message(f"  {job.id}  {status_text(job.status)}  {job.model or ''}  {name}")
    refused = [job for job in jobs if job not in fitting]
    if refused:
        output.message(left_out("cancel", refused, len(jobs)))
    output.message(action.warning)
    count = len(fitting)
    what = _("cancelling {counted}", counted=counted(count, "job"))
    must_type = str(count) if count > 1 else ""
    return confirm(action.asks(count), yes=False, what=what, must_type=must_type)


async def _retrieve(handle: FineTuningHandle, job_ids: list[str]) -> list[Job]:
    return [await handle.find_job(job_id) for job_id in job_ids]


def _pause(args: argparse.Namespace) -> int:
    with open_session(args, changes=True) as session:
        return _change(Output.of(args), session, "pause", list(dict.fromkeys(args.jobs)))


def _resume(args: argparse.Namespace) -> int:
    with open_session(args, changes=True) as session:
        return _change(Output.of(args), session, "resume", list(dict.fromkeys(args.jobs)))


def _change(output: Output, session: Session, action: str, job_ids: list[str]) -> int:
    """Do `action` for each job, the rest too when one fails; 1 if any failed."""
    from fttui.services.endpoint.errors import ServiceError

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
            job = session.thread.wait(_one(call, job_id))
        except ServiceError as error:
            failed = True
            documents.append({"id": job_id, "error": error.to_json()})
            output.message(f"{job_id}: {error.full_text}")
            continue
        documents.append(job_json(job, session))
        done.append(f"{job.id}  {status_text(job.status)}")
        if not output.json:
            status = output.painted(status_text(job.status), status_colour(job.status))
            with suppress(OSError):  # told of all together below
                output.line(f"{job.id}  {status}")
    output.outcome(documents, [], done="; ".join(done or [_("Nothing was changed")]) + ".")
    return 1 if failed else 0


async def _one(call: Callable[[str], Awaitable[Job]], job_id: str) -> Job:
    return await call(job_id)
