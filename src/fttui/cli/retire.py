"""`fttui retire`: which models of the account go when, and what to do before."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from fttui.cli.output import Output, colour_of
from fttui.cli.parser import positive_int
from fttui.cli.sessions import open_session
from fttui.terminal.format import NOTHING, brief_day, counted
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from fttui.services.endpoint.models import Job, Model
    from fttui.services.leaving import Leaving
    from fttui.services.retirement_clock import RetirementClock
    from fttui.services.session import Session
    from fttui.storage.archive.known import KnownArchive

_MOST_NAMED = 3
_DAYS = 9  # columns of `shut down`, the longest of what a clock shows


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "retire",
        description=_(
            "Your fine-tuned models and the models that your jobs began with, as far as a date "
            "is known on which they are shut down: soonest first, with the jobs and training "
            "files that made them, and whether these are archived. Dates are the endpoint's "
            "own, else OpenAI's for its models."
        ),
    )
    parser.add_argument(
        "--within",
        type=positive_int,
        metavar="DAYS",
        help=_("only what is gone, or goes in so many days"),
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what goes, and what to do about it."""
    from fttui.services.leaving import models_that_leave
    from fttui.services.tuned_models.closing import closing_day, closing_text
    from fttui.storage.archive.known import archived_jobs

    output = Output.of(args)
    with open_session(args) as session:
        clock = session.retirement
        jobs, models = session.thread.wait(_collect(session, output))
        archive = session.archive
        archived = archived_jobs(archive.folder) if archive else frozenset()
        leaving = models_that_leave(jobs, models, clock, archived, args.within)
        closing = closing_day(session)
    if output.json:
        output.document(_document(leaving, archive, closing, clock))
        return 0
    if closing is not None:
        output.lines([*output.wrapped(closing_text(closing, clock)), ""])
    if not leaving:
        output.message(_("No model of this account is known to be shut down on a date."))
        return 0
    for one in leaving:
        output.lines(_block(output, one))
    output.lines(["", _("What to do next")])
    for sentence in _next_steps(leaving, archive, clock):
        output.lines(output.wrapped(f"  {sentence}"))
    return 0


async def _collect(session: Session, output: Output) -> tuple[list[Job], tuple[Model, ...]]:
    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.tuned_models.asking import ask_models

    jobs = {job.raw_id: job async for page in session.handle.job_pages() for job in page.items}
    session.retirement.presence.meet(jobs.values())
    try:
        models = (await ask_models(session)).items
    except ServiceError as error:  # an endpoint without a list of models still has jobs
        output.message(_("The models could not be listed: {sentence}", sentence=error.sentence))
        models = ()
    return list(jobs.values()), models


def _block(output: Output, one: Leaving) -> list[str]:
    """All of one model: date, days and its whole name, and below it what made it."""
    short = one.goes.short
    first, *rest = output.wrapped(f"{brief_day(one.goes.day)}  {short:>{_DAYS}}  {one.model}")
    first = first.replace(short, output.painted(short, colour_of(one.goes.look)), 1)
    return [first, *rest, *output.facts(_facts(one), margin=2)]


def _facts(one: Leaving) -> list[tuple[str, str]]:
    if one.is_base:
        jobs = counted(len(one.jobs), "job")
        text = _("{jobs}, {archived:,} archived", jobs=jobs, archived=one.archived)
        return [(_("begun with it"), text)]
    facts = [
        (_("deleted"), _("yes: the list of models has it no more") if one.exists is False else ""),
        ("job", _named([job.id for job in one.jobs])),
        (_("training file"), _named(one.training_files)),
        ("checkpoints", ", ".join(one.checkpoints)),
        (_("archived"), _archived(one)),
    ]
    return [(label, value) for label, value in facts if value]


def _named(names: Sequence[str]) -> str:
    """The first few names."""
    shown = ", ".join(name or NOTHING for name in names[:_MOST_NAMED])
    if len(names) > _MOST_NAMED:
        more = len(names) - _MOST_NAMED
        return _("{shown} and {more:,} more", shown=shown, more=more)
    return shown or _("not known")


def _archived(one: Leaving) -> str:
    if one.is_archived is None:
        return _("not known")
    if one.archived and not one.is_archived:
        return _("{some:,} of {all:,}", some=one.archived, all=len(one.jobs))
    return _("yes") if one.is_archived else _("no")


def _next_steps(
    leaving: Sequence[Leaving], archive: KnownArchive | None, clock: RetirementClock
) -> Iterator[str]:
    """What to do, a sentence each: archive first, then what to train instead, once a base."""
    from fttui.training_data.models import base_model

    if any(one.is_archived is False for one in leaving):
        yield _("`fttui archive` saves jobs, curves and files while the endpoint has them.")
    elif archive is not None:
        where = safe_path(archive.folder)
        yield _("All these jobs are archived in {where}.", where=where)
    named = {base_model(one.model): one.replacement for one in leaving}
    for base, replacement in named.items():
        if replacement:
            yield _replacement_text(base, replacement, clock)
    if without := [base for base, replacement in named.items() if not replacement]:
        yield _(
            "In place of {models} nothing is named that lasts: keep the archive with its training "
            "files, and train with them at another endpoint, which a profile names.",
            models=_named(without),
        )


def _replacement_text(base: str, replacement: str, clock: RetirementClock) -> str:
    goes = clock.of(replacement)
    until = f" ({goes.until})" if goes else ""
    return _(
        "{model}: use {replacement}{until} instead.",
        model=base,
        replacement=replacement,
        until=until,
    )


def _document(
    leaving: Sequence[Leaving],
    archive: KnownArchive | None,
    closing: date | None,
    clock: RetirementClock,
) -> dict[str, Any]:
    place = archive and {"folder": safe_path(archive.folder), "saved": archive.saved or None}
    return {
        "no_new_jobs_from": closing and f"{closing}",
        "archive": place,
        "models": [
            {
                "model": one.model,
                "shutdown_date": f"{one.goes.day}",
                "days_left": one.goes.days_left,
                "source": one.goes.source,
                "jobs": [job.id for job in one.jobs],
                "training_files": list(one.training_files),
                "checkpoints": list(one.checkpoints),
                "archived": one.is_archived,
                "exists": one.exists,
                "replacement": one.replacement or None,
                "next": list(_next_steps([one], archive, clock)),
            }
            for one in leaving
        ],
    }
