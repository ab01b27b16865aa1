"""`fttui jobs` at one endpoint: the list, its ids alone, or kept up to date."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fttui.cli.annotations import all_kept
from fttui.cli.job_list import (
    COLUMNS,
    Wanted,
    collect_jobs,
    filter_of,
    job_row,
    require_known,
    tell_left_out,
)
from fttui.cli.job_word import is_job
from fttui.cli.output import Output
from fttui.cli.sessions import open_session
from fttui.services.job_filter import UNKEPT
from fttui.services.job_json import job_json
from fttui.services.tuned_models.asking import ask_models_briefly
from fttui.terminal.format import counted
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job


def run(args: argparse.Namespace) -> int:
    """Print the jobs that the filters let through, and with --watch go on telling of them."""
    output = Output.of(args)
    wanted = filter_of(args)
    with open_session(args) as session:
        handle, clock = session.handle, session.retirement
        kept = all_kept(session, output)
        lets_through = Wanted(args, wanted, kept)
        if args.watch:
            from fttui.cli.jobs_watch import watch_list

            return watch_list(args, output, session, lets_through)
        jobs, dropped, is_whole = session.thread.wait(collect_jobs(handle, args, lets_through))
        if jobs and not args.ids:
            clock.presence.meet(jobs)
            session.thread.wait(ask_models_briefly(session))
    if not jobs:
        require_known(args.status or [])
    tell_left_out(output, lets_through, dropped, is_whole=is_whole)
    if args.ids:
        _print_ids(output, jobs)
    elif output.json:
        output.document([job_json(job, session, kept.get(job.raw_id, UNKEPT)) for job in jobs])
    elif jobs:
        output.table(COLUMNS, [job_row(job, clock) for job in jobs])
    else:
        output.message(_("No jobs."))
    return 0


def _print_ids(output: Output, jobs: Sequence[Job]) -> None:
    """Print the ids that a command takes; others could be read as its options."""
    ids = [job.raw_id for job in jobs if is_job(job.raw_id)]
    if len(ids) < len(jobs):
        left = counted(len(jobs) - len(ids), "job")
        output.message(_("{left} left out, whose id no command takes.", left=left))
    output.document(ids) if output.json else output.lines(ids)
