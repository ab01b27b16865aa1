"""`fttui jobs` and `fttui show`: the list, and one job.

Both are imported when they are run: their help must not pay for what they need.
"""

from __future__ import annotations

import argparse
from typing import Any

from fttui.cli.job_word import add_job
from fttui.cli.parser import positive_int
from fttui.terminal.language import _


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
    jobs.add_argument(
        "--all-profiles",
        action="store_true",
        default=argparse.SUPPRESS,
        help=_("the jobs of all profiles, each with its endpoint; 1 where one could not be read"),
    )
    ways = jobs.add_mutually_exclusive_group()
    ways.add_argument(
        "--ids", action="store_true", help=_("only the jobs' ids, one a line, for other commands")
    )
    ways.add_argument(
        "--watch",
        action="store_true",
        help=_("keep the list up to date until no job in it is active, or Ctrl+C"),
    )
    jobs.set_defaults(run=run)
    show = commands.add_parser("show", description=_("One job, with its last events."))
    add_job(show)
    show.set_defaults(run=_show)


def run(args: argparse.Namespace) -> int:
    """Print the jobs that the filters let through, and with --watch go on telling of them."""
    if args.all_profiles:
        from fttui.cli.all_jobs import run as run_all

        return run_all(args)
    from fttui.cli.account_jobs import run as run_one

    return run_one(args)


def _show(args: argparse.Namespace) -> int:
    from fttui.cli.one_job import run as show_one

    return show_one(args)
