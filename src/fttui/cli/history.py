"""`fttui events` and `checkpoints`: what a job tells while it lives."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from fttui.cli.job_word import add_job, job_of
from fttui.cli.output import Output
from fttui.cli.sessions import open_session
from fttui.cli.table import TextColumn
from fttui.cli.watch import events_failed_text, not_going_on
from fttui.services.event_choice import LEVELS, EventChoice
from fttui.services.job_words import event_row, no_checkpoints
from fttui.services.tuned_models.asking import recall_models
from fttui.services.tuned_models.words import model_text
from fttui.terminal.format import NOTHING, moment_text, number_text
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.events import Checkpoint, JobEvent
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.retirement_clock import RetirementClock

_CHECKPOINT_COLUMNS = (
    TextColumn(_("STEP"), right=True),
    TextColumn(_("MODEL")),
    TextColumn(_("TRAIN LOSS"), right=True, rank=2),
    TextColumn(_("VALID LOSS"), right=True, rank=1),
    TextColumn(_("CREATED"), rank=3),
)

_FILES = TextColumn(_("FILES"))


def add_parser(commands: Any) -> None:
    """Add both commands to the program's."""
    events = commands.add_parser("events", description=_("A job's events, oldest first."))
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
        description=_("The models saved while a job trained, newest first."),
    )
    for parser, action in ((events, run), (checkpoints, _checkpoints)):
        add_job(parser)
        parser.set_defaults(run=action)


def run(args: argparse.Namespace) -> int:
    """Print a job's events, oldest first, and with --follow those to come."""
    output = Output.of(args)
    choice = EventChoice(args.level, args.with_steps)
    with open_session(args) as session:
        job_id = job_of(session, args.job, output)
        if args.follow and not session.endpoint.archive:
            session.thread.wait(_follow(session.handle, job_id, output, choice))
            return 0
        events = session.thread.wait(all_events(session.handle, job_id))
        job = session.thread.wait(session.handle.find_job(job_id)) if args.follow else None
    for event in choice.of(events):
        _print_event(output, event)
    if job is not None and not job.status.is_final:
        output.message(not_going_on(job))
    return 0


async def all_events(handle: FineTuningHandle, job_id: str) -> list[JobEvent]:
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
        job_id = job_of(session, args.job, output)
        found = session.thread.wait(all_checkpoints(session.handle, job_id))
        recall_models(session)
        clock = session.retirement
        is_shown = bool(found) or output.json
        why_none = (
            ""
            if is_shown
            else no_checkpoints(session.thread.wait(session.handle.find_job(job_id)).status)
        )
    if output.json:
        output.document([_checkpoint_json(one, clock) for one in found])
    elif found:
        has_files = any(checkpoint.result_files for checkpoint in found)
        columns = [*_CHECKPOINT_COLUMNS, *([_FILES] if has_files else [])]
        rows = [_checkpoint_row(one, clock)[: len(columns)] for one in found]
        output.table(columns, rows)
    else:
        output.message(why_none)
    return 0


async def all_checkpoints(handle: FineTuningHandle, job_id: str) -> list[Checkpoint]:
    """Every checkpoint once, newest first."""
    from fttui.services.endpoint.transport import all_pages

    found: dict[object, Checkpoint] = {}
    async for page in all_pages(lambda after: handle.list_checkpoints(job_id, after)):
        found |= {checkpoint.key: checkpoint for checkpoint in page.items}
    return list(found.values())


def _checkpoint_json(checkpoint: Checkpoint, clock: RetirementClock) -> dict[str, object]:
    """The stable shape; that a model is deleted is told where it is known without a call."""
    is_gone = bool(checkpoint.model) and clock.lacks(checkpoint.model or "")
    return {**checkpoint.to_json(), "model_exists": False if is_gone else None}


def _checkpoint_row(checkpoint: Checkpoint, clock: RetirementClock) -> list[str]:
    model = checkpoint.model or ""
    metrics = checkpoint.metrics
    valid = metrics and (metrics.full_valid_loss or metrics.valid_loss)
    return [
        NOTHING if checkpoint.step is None else str(checkpoint.step),
        model_text(model, deleted=clock.lacks(model)) or NOTHING,
        number_text(metrics.train_loss if metrics else None),
        number_text(valid or None),
        moment_text(checkpoint.created_at),
        ", ".join(checkpoint.result_files) or NOTHING,
    ]
