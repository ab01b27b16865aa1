"""`fttui events`, `checkpoints` and `metrics`: what a job tells while it lives."""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from fttui.cli.output import Output
from fttui.cli.parser import endpoint_id
from fttui.cli.sessions import open_session
from fttui.cli.table import TextColumn
from fttui.cli.watch import events_failed_text, not_going_on
from fttui.services.event_choice import LEVELS, EventChoice
from fttui.services.job_words import event_row, no_checkpoints, no_metrics
from fttui.terminal.format import NOTHING, moment_text, number_text
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.events import Checkpoint, JobEvent, Metrics
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.status import Status
    from fttui.services.session import Session

_CHECKPOINT_COLUMNS = (
    TextColumn("STEP", right=True),
    TextColumn("MODEL"),
    TextColumn(_("TRAIN LOSS"), right=True, rank=2),
    TextColumn(_("VALID LOSS"), right=True, rank=1),
    TextColumn("CREATED", rank=3),
)

_FILES = TextColumn("FILES")


def add_parser(commands: Any) -> None:
    """Add the three commands to the program's."""
    events = commands.add_parser(
        "events", help=_("a job's events"), description=_("A job's events, oldest first.")
    )
    events.add_argument(
        "--follow", action="store_true", help=_("go on until the job has ended and told all")
    )
    events.add_argument(
        "--level", choices=LEVELS, default=LEVELS[0], help=_("only events of this level and above")
    )
    events.add_argument(
        "--no-steps",
        dest="with_steps",
        action="store_false",
        help=_("without the events of single steps"),
    )
    checkpoints = commands.add_parser(
        "checkpoints",
        help=_("a job's checkpoints"),
        description=_("The models saved while a job trained, newest first."),
    )
    metrics = commands.add_parser(
        "metrics",
        help=_("a job's losses, step by step"),
        description=_("Losses and accuracies by step."),
    )
    metrics.add_argument("--csv", action="store_true", help=_("as CSV, all columns"))
    for parser, action in ((events, run), (checkpoints, _checkpoints), (metrics, _metrics)):
        parser.add_argument("job", metavar="JOB", type=endpoint_id, help=_("the job's id"))
        parser.set_defaults(run=action)


def run(args: argparse.Namespace) -> int:
    """Print a job's events, oldest first, and with --follow those to come."""
    output = Output.of(args)
    choice = EventChoice(args.level, args.with_steps)
    with open_session(args) as session:
        if args.follow and not session.endpoint.archive:
            session.thread.wait(_follow(session.handle, args.job, output, choice))
            return 0
        events = session.thread.wait(_all_events(session.handle, args.job))
        job = session.thread.wait(session.handle.find_job(args.job)) if args.follow else None
    for event in choice.of(events):
        _print_event(output, event)
    if job is not None and not job.status.is_final:
        output.message(not_going_on(job))
    return 0


async def _all_events(handle: FineTuningHandle, job_id: str) -> list[JobEvent]:
    """Every event once, oldest first; a page may repeat what another one had."""
    found: dict[object, JobEvent] = {}
    async for page in handle.event_pages(job_id):
        for event in page.items:
            found.setdefault(event.key, event)
    return list(reversed(found.values()))


async def _follow(
    handle: FineTuningHandle, job_id: str, output: Output, choice: EventChoice
) -> None:
    from fttui.services.watching import EventsFailed, NewEvents, PollFailed, Watcher

    watcher = Watcher(handle, [job_id], events_of=[job_id])
    async for change in watcher.changes():
        if isinstance(change, NewEvents):
            for event in choice.of(change.events):
                _print_event(output, event)
        elif isinstance(change, EventsFailed):
            output.message(events_failed_text(change))
        elif isinstance(change, PollFailed):
            output.message(
                _(
                    "{sentence} Trying again in {pause:.0f} s.",
                    sentence=change.error.sentence,
                    pause=change.pause,
                )
            )


def _print_event(output: Output, event: JobEvent) -> None:
    if output.json:
        output.json_line(event.to_json())
        return
    output.line("\n".join(output.facts([event_row(event)])))


def _checkpoints(args: argparse.Namespace) -> int:
    output = Output.of(args)
    with open_session(args) as session:
        found = session.thread.wait(_all_checkpoints(session.handle, args.job))
        is_shown = bool(found) or output.json
        why_none = "" if is_shown else _why_none(session, args.job, no_checkpoints)
    if output.json:
        output.document([checkpoint.to_json() for checkpoint in found])
    elif found:
        has_files = any(checkpoint.result_files for checkpoint in found)
        columns = [*_CHECKPOINT_COLUMNS, *([_FILES] if has_files else [])]
        rows = [_checkpoint_row(one)[: len(columns)] for one in found]
        output.table(columns, rows)
    else:
        output.message(why_none)
    return 0


def _why_none(session: Session, job_id: str, say: Callable[[Status], str]) -> str:
    return say(session.thread.wait(session.handle.find_job(job_id)).status)


async def _all_checkpoints(handle: FineTuningHandle, job_id: str) -> list[Checkpoint]:
    from fttui.services.endpoint.transport import all_pages

    found: dict[object, Checkpoint] = {}
    async for page in all_pages(lambda after: handle.list_checkpoints(job_id, after)):
        found |= {checkpoint.key: checkpoint for checkpoint in page.items}
    return list(found.values())


def _checkpoint_row(checkpoint: Checkpoint) -> list[str]:
    metrics = checkpoint.metrics
    valid = metrics and (metrics.full_valid_loss or metrics.valid_loss)
    return [
        NOTHING if checkpoint.step is None else str(checkpoint.step),
        checkpoint.model or NOTHING,
        number_text(metrics.train_loss if metrics else None),
        number_text(valid or None),
        moment_text(checkpoint.created_at),
        ", ".join(checkpoint.result_files) or NOTHING,
    ]


def _metrics(args: argparse.Namespace) -> int:
    output = Output.of(args)
    with open_session(args) as session:
        found, troubles = session.thread.wait(_steps(session.handle, args.job))
        is_shown = bool(found) or output.json or args.csv
        why_none = "" if is_shown else _why_none(session, args.job, no_metrics)
    for trouble in troubles:
        output.message(trouble)
    if output.json:
        output.document([metrics.to_json() for metrics in found])
    elif args.csv:
        output.lines(_as_csv(found))
    elif found:
        _print_metrics(output, found)
    else:
        output.message(why_none)
    return 0


async def _steps(handle: FineTuningHandle, job_id: str) -> tuple[list[Metrics], list[str]]:
    """One entry a step, in order, and what could not be read on the way to them.

    They come from the events, or where those tell none from the result file, or the checkpoints.
    Raises the first failure where nothing was found: it may be there that they are.
    """
    from fttui.services.endpoint.errors import ServiceError

    failures: list[ServiceError] = []
    for source in (_of_events, _of_results, _of_checkpoints):
        try:
            found = await source(handle, job_id)
        except ServiceError as error:
            failures.append(error)
            continue
        if found:
            return found, [error.sentence for error in failures]
    if failures:
        raise failures[0]
    return [], []


async def _of_events(handle: FineTuningHandle, job_id: str) -> list[Metrics]:
    from fttui.services.result_files import merge_steps

    events = await _all_events(handle, job_id)
    return merge_steps(event.metrics for event in events if event.metrics)


async def _of_results(handle: FineTuningHandle, job_id: str) -> list[Metrics]:
    from fttui.services.endpoint.errors import UnreadableAnswerError
    from fttui.services.result_files import has_steps, read_metrics

    job = await handle.find_job(job_id)
    if not job.result_files:
        return []
    content = await handle.file_content(job.result_files[0])
    if not has_steps(content):
        raise UnreadableAnswerError(
            _("The result file {id} tells no steps.", id=job.result_files[0]),
            _("`fttui files download {id}` gives it as it is.", id=job.result_files[0]),
            code="no_steps",
        )
    return read_metrics(content)


async def _of_checkpoints(handle: FineTuningHandle, job_id: str) -> list[Metrics]:
    from fttui.services.result_files import merge_steps

    told = [(one.step, one.metrics) for one in await _all_checkpoints(handle, job_id)]
    return merge_steps(
        metrics if metrics.step is not None else replace(metrics, step=step)
        for step, metrics in told
        if metrics is not None
    )


def _measured(found: Iterable[Metrics]) -> list[str]:
    """The names of the numbers that at least one step tells."""
    rows = list(found)
    names = [field.name for field in fields(rows[0])] if rows else ["step"]
    return [name for name in names if any(getattr(row, name) is not None for row in rows)]


def _as_csv(found: list[Metrics]) -> list[str]:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    names = _measured(found) or ["step"]
    writer.writerow(names)
    writer.writerows([getattr(metrics, name) for name in names] for metrics in found)
    return target.getvalue().splitlines()


def _print_metrics(output: Output, found: list[Metrics]) -> None:
    names = [name for name in _measured(found) if name != "total_steps"]
    columns = [
        TextColumn(name.replace("_", " ").upper(), right=True, rank=0 if at < 3 else at)
        for at, name in enumerate(names)
    ]
    output.table(columns, [[number_text(getattr(row, name)) for name in names] for row in found])
