"""`fttui jobs` and `fttui show`: the list, and one job."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fttui.cli.annotations import all_kept
from fttui.cli.output import Output, colour_of, not_whole, status_colour
from fttui.cli.parser import endpoint_id, positive_int
from fttui.cli.problems import UsageError
from fttui.cli.seen_job import look_at
from fttui.cli.sessions import open_session
from fttui.cli.table import Cell, TextColumn
from fttui.cli.watch import asked_of
from fttui.services.job_filter import FIELDS, UNKEPT, JobFilter, near_field
from fttui.services.job_json import job_json
from fttui.services.job_progress import span_of, took, waits
from fttui.services.job_words import event_row, failure_advice, shorten_model, status_text
from fttui.services.tuned_models.asking import ask_models_briefly
from fttui.services.tuned_models.words import DELETED, DELETED_SIGN, job_model_text
from fttui.terminal.format import (
    NOTHING,
    count_text,
    counted,
    full_moment_text,
    moment_text,
    span_text,
)
from fttui.terminal.language import _
from fttui.terminal.near_words import did_you_mean

if TYPE_CHECKING:
    from fttui.cli.show_facts import FactsBeside
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import Checkpoint, Job
    from fttui.services.retirement_clock import RetirementClock
    from fttui.storage.annotations import Annotation

_COLUMNS = (
    TextColumn(_("STATUS")),
    TextColumn(_("JOB")),
    TextColumn(_("NAME"), least=14, shorten=shorten_model),
    TextColumn(_("MODEL"), least=12, rank=4, shorten=shorten_model),
    TextColumn(_("CREATED"), rank=2),
    TextColumn(_("TOOK"), rank=5, right=True),
    TextColumn(_("TOKENS"), rank=3, right=True),
    TextColumn(_("DAYS LEFT"), rank=1, right=True),
)

_SHUTS_DOWN = _("shuts down")


def add_parser(commands: Any) -> None:
    """Add both commands to the program's."""
    jobs = commands.add_parser(
        "jobs",
        description=_(
            "All jobs, newest first. A FILTER is what the app's filter takes, in quotes: "
            "'run status:failed label:desk since:7d'; !word is what must not be there."
        ),
    )
    jobs.add_argument(
        "filter",
        nargs="*",
        metavar="FILTER",
        help=_("words of which each must be in a job, such as run, model:mini or metadata.KEY:x"),
    )
    jobs.add_argument("--hidden", action="store_true", help=_("hidden jobs too"))
    jobs.add_argument(
        "--status", action="append", metavar="S", help=_("only this status (may be given again)")
    )
    jobs.add_argument("--model", metavar="M", help=_("only jobs whose model's name holds this"))
    jobs.add_argument("--limit", type=positive_int, metavar="N", help=_("at most N jobs"))
    jobs.set_defaults(run=run)
    show = commands.add_parser("show", description=_("One job, with its last events."))
    show.add_argument("job", metavar="JOB", type=endpoint_id, help=_("the job's id"))
    show.set_defaults(run=_show)


def run(args: argparse.Namespace) -> int:
    """Print the jobs that the filters let through."""
    output = Output.of(args)
    wanted = _filter_of(args)
    with open_session(args) as session:
        handle, clock = session.handle, session.retirement
        kept = all_kept(session, output)
        lets_through = _Wanted(args, wanted, kept)
        jobs, dropped, is_whole = session.thread.wait(_collect(handle, args, lets_through))
        if jobs:
            clock.presence.meet(jobs)
            session.thread.wait(ask_models_briefly(session))
    if not jobs:
        _require_known(args.status or [])
    if dropped:
        output.message(
            _("{dropped} entries of the endpoint's list could not be read.", dropped=dropped)
        )
    if not is_whole:
        output.message(not_whole(_("jobs")))
    if lets_through.left_out:
        output.message(
            _(
                "{counted} left out; --hidden shows hidden jobs too.",
                counted=counted(lets_through.left_out, "hidden job"),
            )
        )
    if output.json:
        output.document([job_json(job, session, kept.get(job.raw_id, UNKEPT)) for job in jobs])
    elif jobs:
        output.table(_COLUMNS, [_row(job, clock) for job in jobs])
    else:
        output.message(_("No jobs."))
    return 0


def _require_known(statuses: list[str]) -> None:
    """Tell a status of no job and no API from a filter that merely lets nothing through."""
    from fttui.services.endpoint.status import KNOWN_STATUSES, is_ours

    unknown = [word for word in statuses if not is_ours(word)]
    if unknown:
        known = sorted(KNOWN_STATUSES)
        there_are = _("There are: {known}.", known=", ".join(known))
        raise UsageError(
            _("There is no status {unknown!r}.", unknown=unknown[0]),
            f"{did_you_mean(unknown[0], known)} {there_are}".lstrip(),
        )


def _filter_of(args: argparse.Namespace) -> JobFilter:
    """The filter's words; raises UsageError for one that says nothing."""
    text = " ".join(args.filter)
    wanted = JobFilter.parse(text)
    if wanted.problems:
        hint = _("Put a text that has a colon between double quotes.")
        raise UsageError(wanted.problems[0], f"{near_field(text, FIELDS)} {hint}".lstrip())
    return wanted


class _Wanted:
    """Which jobs are asked for; `left_out` counts those that only their being hidden leaves out."""

    def __init__(
        self, args: argparse.Namespace, wanted: JobFilter, kept: Mapping[str, Annotation]
    ) -> None:
        self._args = args
        self._filter = wanted
        self._kept = kept
        self._with_hidden = args.hidden or wanted.asks_for_hidden
        self.left_out = 0

    def __call__(self, job: Job) -> bool:
        """True for a job that the options and the filter let through."""
        args, kept = self._args, self._kept.get(job.raw_id, UNKEPT)
        if args.status and not any(map(job.status.is_named, args.status)):
            return False
        if args.model and args.model not in (job.model or ""):
            return False
        if not self._filter.matches(job, kept):
            return False
        is_shown = self._with_hidden or not kept.hidden
        self.left_out += not is_shown
        return is_shown


async def _collect(
    handle: FineTuningHandle, args: argparse.Namespace, wanted: Callable[[Job], bool]
) -> tuple[list[Job], int, bool]:
    """The jobs that are wanted, how many could not be read, and whether the list has ended."""
    kept: dict[str, Job] = {}
    nameless: list[Job] = []
    dropped, goes_on = 0, False
    async for page in handle.job_pages():
        goes_on = page.goes_on
        dropped += page.dropped
        for job in page.items:
            if not wanted(job):
                continue
            if job.id:
                kept[job.id] = job
            else:
                nameless.append(job)
            is_full = args.limit and len(kept) + len(nameless) >= args.limit
            if is_full and not _are_oldest_first(page.items):
                return [*kept.values(), *nameless], dropped, True
    found = [*kept.values()]
    found = found[::-1] if _are_oldest_first(found) else found
    return [*found, *nameless][: args.limit], dropped, not goes_on


def _are_oldest_first(jobs: Sequence[Job]) -> bool:
    """True for a list in the order in which the jobs were made, which is not OpenAI's."""
    times = [job.created_at for job in jobs if job.created_at is not None]
    return bool(times) and times[0] < times[-1]


def _row(job: Job, clock: RetirementClock) -> list[str | Cell]:
    goes = clock.of_job(job)
    left = Cell(goes.short, colour_of(goes.look)) if goes else Cell(NOTHING)
    if clock.is_deleted(job):
        left = Cell(f"{DELETED_SIGN} {DELETED}", colour_of("bad"))
    return [
        Cell(status_text(job.status), status_colour(job.status)),
        job.id or NOTHING,
        job.name or NOTHING,
        job.model or NOTHING,
        moment_text(job.created_at),
        span_text(took(job, datetime.now(UTC))),
        count_text(job.trained_tokens),
        left,
    ]


def _show(args: argparse.Namespace) -> int:
    from fttui.cli.show_facts import facts_beside

    output = Output.of(args)
    with open_session(args) as session:
        handle, clock = session.handle, session.retirement
        seen = session.thread.wait(look_at(handle, args.job))
        clock.presence.meet([seen.job])
        session.thread.wait(ask_models_briefly(session))
        job, events = asked_of(session, seen.job), seen.events
        kept = all_kept(session, output).get(job.raw_id, UNKEPT)
        beside = facts_beside(session, job, seen.moderation)
    for trouble in seen.troubles:
        output.message(trouble)
    if output.json:
        advice = None if seen.advice is None else [one.to_json() for one in seen.advice]
        output.document({**job_json(job, session, kept), "advice": advice})
        return 0
    goes = clock.of_job(job)
    painted = {"status": (status_text(job.status), status_colour(job.status))}
    if goes is not None:
        painted[_SHUTS_DOWN] = (goes.when, colour_of(goes.look))
    lines = output.facts(
        _facts(job, clock, beside) + _file_facts(seen.checkpoints) + _kept_facts(kept)
    )
    for label, (text, colour) in painted.items():
        place = next(at for at, line in enumerate(lines) if line.startswith(f"{label} "))
        lines[place] = lines[place].replace(text, output.painted(text, colour))
    output.lines(lines)
    if seen.advice:
        from fttui.cli.metrics import advice_lines

        output.lines(["", "advice", *advice_lines(output, seen.advice, margin=2)])
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
    return [(_("checkpoint files"), "; ".join(lines))] if lines else []


def _facts(job: Job, clock: RetirementClock, beside: FactsBeside) -> list[tuple[str, str]]:
    from fttui.services.endpoint.asked import difference_texts
    from fttui.services.job_grader import grader_words

    goes = clock.of_job(job)
    settings = ", ".join(f"{name}={value}" for name, value in job.hyperparameters.as_dict().items())
    metadata = ", ".join(f"{key}={value}" for key, value in job.metadata.items())
    facts = [
        ("job", job.id),
        ("status", status_text(job.status)),
        ("name", job.name),
        ("model", job.model or ""),
        ("method", job.method or ""),
        (_("grader"), grader_words(job.grader)),
        (_("fine-tuned model"), job_model_text(job, clock)),
        (_SHUTS_DOWN, goes.when if goes else ""),
        ("progress", _progress(job)),
        ("created", full_moment_text(job.created_at)),
        ("finished", full_moment_text(job.finished_at) if job.finished_at else ""),
        (_("expected end"), moment_text(job.estimated_finish) if job.estimated_finish else ""),
        _span(job, datetime.now(UTC)),
        (_("training file"), beside.files.text(job.training_file or "")),
        (_("uploaded from"), beside.files.source_text),
        (_("validation file"), beside.files.text(job.validation_file or "")),
        (_("result files"), ", ".join(map(beside.files.text, job.result_files))),
        (_("trained tokens"), "" if job.trained_tokens is None else count_text(job.trained_tokens)),
        (_("cost"), beside.cost.text if beside.cost else ""),
        ("hyperparameters", settings),
        (_("not as asked"), " ".join(difference_texts(job))),
        ("seed", "" if job.seed is None else str(job.seed)),
        ("suffix", job.suffix or ""),
        ("metadata", metadata),
        (_("organization"), job.organization_id or ""),
        (_("moderation"), beside.moderation_text),
        ("error", f"{job.error.code}: {job.error.message}" if job.error else ""),
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
