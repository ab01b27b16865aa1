"""The list of jobs for `fttui jobs`: which are wanted, reading them, and their rows."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fttui.cli.output import Output, colour_of, not_whole, status_colour
from fttui.cli.problems import UsageError
from fttui.cli.table import Cell, TextColumn
from fttui.services.job_filter import UNKEPT, WORDS, JobFilter
from fttui.services.job_progress import took
from fttui.services.job_words import shorten_model, status_text
from fttui.services.newest_jobs import are_oldest_first
from fttui.services.tuned_models.words import days_words
from fttui.terminal.format import NOTHING, count_text, counted, moment_text, span_text
from fttui.terminal.language import _
from fttui.terminal.near_words import did_you_mean

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import Job
    from fttui.services.retirement_clock import RetirementClock
    from fttui.storage.annotations import Annotation

COLUMNS = (
    TextColumn(_("STATUS")),
    TextColumn(_("JOB")),
    TextColumn(_("NAME"), least=14, shorten=shorten_model),
    TextColumn(_("MODEL"), least=12, rank=4, shorten=shorten_model),
    TextColumn(_("CREATED"), rank=2),
    TextColumn(_("TOOK"), rank=5, right=True),
    TextColumn(_("TOKENS"), rank=3, right=True),
    TextColumn(_("DAYS LEFT"), rank=1, right=True),
)


def require_known(statuses: list[str]) -> None:
    """Tell a status of no job and no API from a filter that merely lets nothing through.

    Raises UsageError for the former.
    """
    from fttui.services.endpoint.status import KNOWN_STATUSES, is_ours

    unknown = [word for word in statuses if not is_ours(word)]
    if unknown:
        known = sorted(KNOWN_STATUSES)
        there_are = _("There are: {known}.", known=", ".join(known))
        raise UsageError(
            _("There is no status {unknown!r}.", unknown=unknown[0]),
            f"{did_you_mean(unknown[0], known)} {there_are}".lstrip(),
        )


def filter_of(args: argparse.Namespace) -> JobFilter:
    """The filter's words; raises UsageError for one that says nothing."""
    text = " ".join(args.filter)
    wanted = JobFilter.parse(text)
    if wanted.problems:
        hint = _("Put a text that has a colon between double quotes.")
        raise UsageError(wanted.problems[0], f"{WORDS.near_field(text)} {hint}".lstrip())
    return wanted


class Wanted:
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


async def collect_jobs(
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
            if is_full and not are_oldest_first(page.items):
                return [*kept.values(), *nameless], dropped, True
    found = [*kept.values()]
    found = found[::-1] if are_oldest_first(found) else found
    return [*found, *nameless][: args.limit], dropped, not goes_on


def job_row(job: Job, clock: RetirementClock) -> list[str | Cell]:
    """The cells of a job, by `COLUMNS`."""
    left, look = days_words(clock.of_job(job), deleted=clock.is_deleted(job))
    return [
        Cell(status_text(job.status), status_colour(job.status)),
        job.id or NOTHING,
        job.name or NOTHING,
        job.model or NOTHING,
        moment_text(job.created_at),
        span_text(took(job, datetime.now(UTC))),
        count_text(job.trained_tokens),
        Cell(left, colour_of(look)),
    ]


def tell_left_out(output: Output, wanted: Wanted, dropped: int, *, is_whole: bool) -> None:
    """Tell which jobs are not in the list although the endpoint has them."""
    if dropped:
        output.message(
            _("{dropped} entries of the endpoint's list could not be read.", dropped=dropped)
        )
    if not is_whole:
        output.message(not_whole(_("jobs")))
    if wanted.left_out:
        output.message(
            _(
                "{counted} left out; --hidden shows hidden jobs too.",
                counted=counted(wanted.left_out, "hidden job"),
            )
        )
