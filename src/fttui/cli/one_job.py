"""`fttui show`: one job, with its last events."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fttui.cli.annotations import all_kept
from fttui.cli.job_word import job_of
from fttui.cli.output import Output, colour_of, status_colour
from fttui.cli.seen_job import look_at
from fttui.cli.sessions import open_session
from fttui.cli.watch import asked_of
from fttui.services.job_filter import UNKEPT
from fttui.services.job_json import job_json
from fttui.services.job_progress import span_of, took, waits
from fttui.services.job_words import event_row, failure_advice, status_text
from fttui.services.tuned_models.asking import ask_models_briefly
from fttui.services.tuned_models.words import job_model_text
from fttui.terminal.format import (
    count_text,
    full_moment_text,
    moment_text,
    span_text,
)
from fttui.terminal.language import _, clauses

if TYPE_CHECKING:
    from fttui.cli.show_facts import FactsBeside
    from fttui.services.endpoint.models import Checkpoint, Job
    from fttui.services.retirement_clock import RetirementClock
    from fttui.storage.annotations import Annotation

_SHUTS_DOWN = _("shuts down")


def run(args: argparse.Namespace) -> int:
    """Print all that is known of a job, with its last events."""
    from fttui.cli.show_facts import facts_beside

    output = Output.of(args)
    with open_session(args) as session:
        handle, clock = session.handle, session.retirement
        seen = session.thread.wait(look_at(handle, job_of(session, args.job, output)))
        clock.presence.meet([seen.job])
        session.thread.wait(ask_models_briefly(session))
        job, events = asked_of(session, seen.job), seen.events
        kept = all_kept(session, output).get(job.raw_id, UNKEPT)
        beside = facts_beside(session, job, seen.moderation)
    said = seen.advice(clock.lacks)
    for trouble in seen.troubles:
        output.message(trouble)
    if output.json:
        advice = None if said is None else [one.to_json() for one in said]
        output.document({**job_json(job, session, kept), "advice": advice})
        return 0
    goes = None if clock.is_deleted(job) else clock.of_job(job)
    painted = {_("status"): (status_text(job.status), status_colour(job.status))}
    if goes is not None:
        painted[_SHUTS_DOWN] = (goes.when, colour_of(goes.look))
    lines = output.facts(
        _facts(job, clock, beside) + _file_facts(seen.checkpoints) + _kept_facts(kept)
    )
    for label, (text, colour) in painted.items():
        place = next(at for at, line in enumerate(lines) if line.startswith(f"{label} "))
        lines[place] = lines[place].replace(text, output.painted(text, colour))
    output.lines(lines)
    if said:
        from fttui.cli.metrics import advice_lines

        output.lines(["", _("advice"), *advice_lines(output, said, margin=2)])
    if events:
        output.lines(["", _("last events")])
    for event in events:
        output.lines(output.facts([event_row(event)], margin=2))
    return 0


def _file_facts(checkpoints: tuple[Checkpoint, ...]) -> list[tuple[str, str]]:
    """The files of a job's checkpoints, where the endpoint keeps them as files."""
    lines = [
        _("step {step}: {files}", step=one.step, files=", ".join(one.result_files))
        for one in checkpoints
        if one.result_files
    ]
    return [(_("checkpoint files"), clauses(lines))] if lines else []


def _facts(job: Job, clock: RetirementClock, beside: FactsBeside) -> list[tuple[str, str]]:
    from fttui.services.endpoint.asked import difference_texts
    from fttui.services.job_grader import grader_words

    goes = None if clock.is_deleted(job) else clock.of_job(job)
    settings = ", ".join(f"{name}={value}" for name, value in job.hyperparameters.as_dict().items())
    metadata = ", ".join(f"{key}={value}" for key, value in job.metadata.items())
    facts = [
        (_("job"), job.id),
        (_("status"), status_text(job.status)),
        (_("name"), job.name),
        (_("model"), job.model or ""),
        (_("method"), job.method or ""),
        (_("grader"), grader_words(job.grader)),
        (_("fine-tuned model"), job_model_text(job, clock)),
        (_SHUTS_DOWN, goes.when if goes else ""),
        (_("progress"), _progress(job)),
        (_("created"), full_moment_text(job.created_at)),
        (_("finished"), full_moment_text(job.finished_at) if job.finished_at else ""),
        (_("expected end"), moment_text(job.estimated_finish) if job.estimated_finish else ""),
        _span(job, datetime.now(UTC)),
        (_("training file"), beside.files.text(job.training_file or "")),
        (_("uploaded from"), beside.files.source_text),
        (_("validation file"), beside.files.text(job.validation_file or "")),
        (_("result files"), ", ".join(map(beside.files.text, job.result_files))),
        (_("trained tokens"), "" if job.trained_tokens is None else count_text(job.trained_tokens)),
        (_("cost"), beside.cost.text if beside.cost else ""),
        (_("hyperparameters"), settings),
        (_("not as asked"), " ".join(difference_texts(job))),
        (_("seed"), "" if job.seed is None else str(job.seed)),
        (_("suffix"), job.suffix or ""),
        (_("metadata"), metadata),
        (_("organization"), job.organization_id or ""),
        (_("moderation"), beside.moderation_text),
        (_("error"), f"{job.error.code}: {job.error.message}" if job.error else ""),
        (_("what to do"), failure_advice(job.error) if job.error else ""),
    ]
    return [(name, value) for name, value in facts if value]


def _kept_facts(kept: Annotation) -> list[tuple[str, str]]:
    """What is kept on this machine beside a job."""
    hidden = _("yes") if kept.hidden else ""
    facts = [
        (_("labels"), " ".join(kept.labels)),
        (_("note"), kept.note),
        (_("hidden"), hidden),
    ]
    return [(name, value) for name, value in facts if value]


def _span(job: Job, now: datetime) -> tuple[str, str]:
    """How long the job took, has gone on, or has waited; nothing for one that never ran."""
    if waits(job):
        return _("waited"), span_text(span_of(job, now))
    span = took(job, now)
    return _("took") if job.status.is_final else _("so far"), span_text(span) if span else ""


def _progress(job: Job) -> str:
    if job.step is None:
        return ""
    return (
        _("step {step:,} of {total_steps:,}", step=job.step, total_steps=job.total_steps)
        if job.total_steps
        else _("step {step:,}", step=job.step)
    )
