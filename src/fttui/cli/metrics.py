"""`fttui metrics`: a job's numbers by step, as a table, CSV or a picture, and what they say."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fttui.cli.history import all_checkpoints, all_events
from fttui.cli.job_word import add_job, job_of
from fttui.cli.output import Output, colour_of
from fttui.cli.parser import output_file
from fttui.cli.sessions import open_session
from fttui.cli.table import TextColumn
from fttui.services.job_words import no_advice, no_metrics
from fttui.terminal.format import number_text, size_text
from fttui.terminal.language import _, marked
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.services.advice import Advice
    from fttui.services.endpoint.events import Metrics
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session

_LONGEST_WORD = len("best-checkpoint")

_HEADS = {
    "step": marked("STEP"),
    "train_loss": marked("TRAIN LOSS"),
    "train_accuracy": marked("TRAIN ACCURACY"),
    "valid_loss": marked("VALID LOSS"),
    "valid_accuracy": marked("VALID ACCURACY"),
    "full_valid_loss": marked("FULL VALID LOSS"),
    "full_valid_accuracy": marked("FULL VALID ACCURACY"),
    "train_reward": marked("TRAIN REWARD"),
    "valid_reward": marked("VALID REWARD"),
}


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    metrics = commands.add_parser(
        "metrics",
        description=_("Losses and accuracies by step."),
    )
    forms = metrics.add_mutually_exclusive_group()
    forms.add_argument("--csv", action="store_true", help=_("as CSV, all columns"))
    forms.add_argument(
        "--svg",
        nargs="?",
        const=True,
        type=output_file,
        metavar="FILE",
        help=_("the curves as a picture, into a new FILE or to stdout"),
    )
    forms.add_argument(
        "--advice",
        action="store_true",
        help=_("what the curves say: overfitting, flat, still improving, the best checkpoint"),
    )
    add_job(metrics)
    metrics.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what was measured at each step, or what it says."""
    from fttui.services.curve_file import csv_of

    output = Output.of(args)
    if args.advice:
        return _advise(args, output)
    if args.svg is not None:
        return _draw(args, output)
    with open_session(args) as session:
        job_id = job_of(session, args.job, output)
        found, troubles = session.thread.wait(_steps(session.handle, job_id))
        is_shown = bool(found) or output.json or args.csv
        job = None if is_shown else session.thread.wait(session.handle.find_job(job_id))
    for trouble in troubles:
        output.message(trouble)
    if output.json:
        output.document([metrics.to_json() for metrics in found])
    elif args.csv:
        sys.stdout.write(csv_of(found))
    elif job is not None:
        output.message(no_metrics(job.status))
    else:
        _print_metrics(output, found)
    return 0


def _advise(args: argparse.Namespace, output: Output) -> int:
    with open_session(args) as session:
        job_id = job_of(session, args.job, output)
        job, found, troubles = session.thread.wait(_advice(session, job_id))
    for trouble in troubles:
        output.message(trouble)
    if output.json:
        output.document({"advice": [one.to_json() for one in found]})
    elif found:
        output.lines(advice_lines(output, found))
    else:
        output.message(no_advice(job.status))
    return 0


def advice_lines(output: Output, advice: Sequence[Advice], *, margin: int = 0) -> list[str]:
    """Each piece of advice on a line, by its word, in the colour of its look."""
    lines = []
    for one in advice:
        label = output.painted(one.word, colour_of(one.look))
        first, *rest = output.facts([(f"{one.word:<{_LONGEST_WORD}}", one.text)], margin=margin)
        lines += [first.replace(one.word, label, 1), *rest]
    return lines


async def _advice(session: Session, job_id: str) -> tuple[Job, tuple[Advice, ...], list[str]]:
    """The job, what its curves say, and what could not be read on the way to that."""
    from fttui.services.advice import advise
    from fttui.services.endpoint.errors import NotFoundError, ServiceError, UnsupportedError
    from fttui.services.tuned_models.asking import ask_models_briefly

    handle, clock = session.handle, session.retirement
    job = await handle.find_job(job_id)
    steps, troubles = await _steps(handle, job_id)
    checkpoints = []
    try:
        checkpoints = await all_checkpoints(handle, job_id)
    except (NotFoundError, UnsupportedError):  # an endpoint without them still has curves
        pass
    except ServiceError as error:
        troubles.append(error.sentence)
    clock.presence.meet([job])
    await ask_models_briefly(session)
    return job, advise(job, steps, checkpoints, lacks=clock.lacks), troubles


def _draw(args: argparse.Namespace, output: Output) -> int:
    """Print the picture, or write it to a file that must not be there yet."""
    from fttui.disk.writing import new_files, require_free
    from fttui.services.curve_file import no_curves, svg_of_job

    target = None if args.svg is True else args.svg
    if target is not None:
        require_free(target)
    with open_session(args) as session:
        job_id = job_of(session, args.job, output)
        found, troubles = session.thread.wait(_steps(session.handle, job_id))
    for trouble in troubles:
        output.message(trouble)
    text = svg_of_job(job_id, found)
    if not text:
        output.message(no_curves())
        return 1
    content = text.encode()
    if target is None:
        output.document({"svg": text}) if output.json else sys.stdout.write(text)
        return 0
    with new_files(target) as (file,):
        file.write(content)
    if output.json:
        output.document({"path": os.fspath(target), "bytes": len(content)})
    output.message(
        _(
            "{size_text} written to {output}.",
            size_text=size_text(len(content)),
            output=safe_path(target),
        )
    )
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

    events = await all_events(handle, job_id)
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

    told = [(one.step, one.metrics) for one in await all_checkpoints(handle, job_id)]
    return merge_steps(
        metrics if metrics.step is not None else replace(metrics, step=step)
        for step, metrics in told
        if metrics is not None
    )


def _print_metrics(output: Output, found: list[Metrics]) -> None:
    from fttui.services.curve_file import measured

    names = [name for name in measured(found) if name != "total_steps"]
    columns = [
        TextColumn(_(_HEADS.get(name, name)), right=True, rank=0 if at < 3 else at)
        for at, name in enumerate(names)
    ]
    output.table(columns, [[number_text(getattr(row, name)) for name in names] for row in found])
