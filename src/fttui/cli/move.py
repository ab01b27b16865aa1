"""`fttui move`: jobs of one endpoint, asked for at another."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fttui.cli.interrupted import require_no_call
from fttui.cli.job_word import job_word, jobs_of
from fttui.cli.output import Output, confirm, not_whole
from fttui.cli.parser import model_pair, output_file
from fttui.cli.problems import CommandError, OutcomeUnknownError, UsageError
from fttui.cli.progress import ProgressLine
from fttui.cli.sessions import open_session, open_target
from fttui.services.job_ids import ELLIPSIS
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.moving.gathering import Gathered
    from fttui.services.moving.moves import Moves
    from fttui.services.moving.plan import MovePlan
    from fttui.services.session import Session
    from fttui.services.submission.sweeps import RowOutcome
    from fttui.storage.moved_files import MovedFiles


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "move",
        description=_(
            "Ask for jobs at another endpoint: their files are fetched from an archive or from "
            "where the jobs are, checked by the rules of the other endpoint, and each job is "
            "created there exactly once. The plan tells the models, what is left out and the cost "
            "before anything is sent, and asks once. The same command goes on after whatever has "
            "come between, and never moves a job twice. --profile or --archive is where the jobs "
            "are."
        ),
    )
    parser.add_argument(
        "--to", required=True, metavar="PROFILE", help=_("the profile of the endpoint to move to")
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--jobs", nargs="+", type=job_word, metavar="ID", help=_("these jobs, in any state")
    )
    which.add_argument("--all", action="store_true", help=_("all jobs that have succeeded"))
    parser.add_argument(
        "--map",
        action="append",
        type=model_pair,
        default=[],
        metavar="OLD=NEW",
        help=_("train NEW in the place of the model OLD (may be given again)"),
    )
    parser.add_argument(
        "--again",
        action="store_true",
        help=_("ask anew for jobs of which it is not known whether they were made"),
    )
    parser.add_argument("--dry-run", action="store_true", help=_("print the plan, send nothing"))
    parser.add_argument(
        "--report",
        type=output_file,
        metavar="FILE",
        help=_("write what went and what did not into a new file, as JSON"),
    )
    parser.add_argument("--yes", action="store_true", help=_("do not ask"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Plan, ask, and move; 3 when it is not known of a job whether it was made."""
    from fttui.services.moving.moves import Moves
    from fttui.storage.moved_files import MovedFiles

    output = Output.of(args)
    _require_folder(args.report)
    with open_session(args) as source, open_target(args, source) as target:
        args.jobs = _job_ids(args, source, output)
        move = _Move(args, output, source, target, Moves(target), MovedFiles.of(target.account))
        with move.moves.alone():
            try:
                return _move(move)
            finally:
                move.moves.tidy(move.files)


@dataclass(frozen=True, slots=True)
class _Move:
    """What all steps of a run share: options, streams, both sessions, the moves and their files."""

    args: argparse.Namespace
    output: Output
    source: Session
    target: Session
    moves: Moves
    files: MovedFiles

    @property
    def hosts(self) -> tuple[str, str]:
        """From where to where."""
        return self.source.endpoint.host, self.target.endpoint.host

    def document(
        self, plan: MovePlan, outcomes: Sequence[RowOutcome] | None = None
    ) -> dict[str, object]:
        """The plan, and what came of it."""
        from fttui.services.moving.words import move_document

        return move_document(plan, self.hosts, self.args.to, outcomes)


def _job_ids(args: argparse.Namespace, source: Session, output: Output) -> list[str]:
    """The ids of the jobs that --jobs names.

    Where they cannot be asked about, what may be an id is one: what an earlier run began goes on.
    """
    from fttui.services.endpoint.errors import ServiceError

    words: list[str] = args.jobs or []
    try:
        return jobs_of(source, words, output, surely=True, or_whole=True)
    except ServiceError:
        if any(word.startswith(("@", ELLIPSIS)) for word in words):
            raise
        return words


def _require_folder(report: Path | None) -> None:
    """Raise CommandError where a report could not be written, before anything is paid."""
    from fttui.disk.writing import NotWritten, require_free

    if report is None:
        return
    try:
        require_free(report.parent / f".{report.name}-is-free")
    except NotWritten as refused:
        raise CommandError(str(refused)) from None


def _move(move: _Move) -> int:
    """Plan, and unless that is all that is wanted ask, and carry it out; the exit status."""
    from fttui.cli.move_output import plan_lines, write_report
    from fttui.services.moving.plan import REFUSED

    args, output = move.args, move.output
    plan = replace(_plan(move), is_again=args.again)
    if args.dry_run:
        if output.json:
            output.document(move.document(plan))
        else:
            output.lines(plan_lines(plan, move.hosts, None))
        if args.report is not None:
            output.message(write_report(args.report, move.document(plan)))
        return 0
    if plan.to_make or (plan.of(REFUSED) and not output.json):
        output.message("\n".join(plan_lines(plan, move.hosts, output)))
    if plan.unpaid:
        jobs = counted(len(plan.unpaid), "job")
        question = _("Create {jobs} at {host}?", jobs=jobs, host=move.hosts[1])
        what = _("creating {jobs} that are paid for", jobs=jobs)
        if not confirm(question, yes=args.yes, what=what):
            output.message(_("Nothing was sent."))
            return 1
    return _tell(move, plan, _make(move, plan))


def _plan(move: _Move) -> MovePlan:
    """The plan; what an earlier run began goes on although the old endpoint is not there."""
    from fttui.cli.move_output import PlanProgress
    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.moving.gathering import ask_target, gather, rows_begun
    from fttui.services.moving.moves import MOST_MOVED
    from fttui.services.moving.plan import MovePlan
    from fttui.services.moving.planning import plan_move

    args, output, source, target = move.args, move.output, move.source, move.target
    offered = target.thread.wait(ask_target(target))
    earlier = move.moves.earlier(source)
    try:
        gathered = source.thread.wait(gather(source, args.jobs or ()))
    except ServiceError as error:
        begun = rows_begun(earlier, args.jobs)
        if not begun:
            _name_archive(source, error)
            raise
        output.message(_("Warning: {warning}", warning=error.sentence))
        output.message(_("What an earlier run began goes on without it."))
        return MovePlan(tuple(begun))
    _require_elsewhere(source, target, gathered)
    if not gathered.is_whole:
        output.message(not_whole(_("jobs")))
    if len(gathered.rows) > MOST_MOVED:
        raise CommandError(
            _(
                "These are {rows:,} jobs; {most:,} are the most.",
                rows=len(gathered.rows),
                most=MOST_MOVED,
            ),
            _("Name some with --jobs."),
        )
    progress = PlanProgress()
    try:
        work = plan_move(
            source, target, gathered, earlier, move.files, offered, dict(args.map), progress.show
        )
        return replace(source.thread.wait(work), is_whole=gathered.is_whole)
    finally:
        progress.end()


def _require_elsewhere(source: Session, target: Session, gathered: Gathered) -> None:
    """Raise UsageError where the other profile is the same account under another address."""
    from fttui.services.moving.gathering import has_one_of
    from fttui.services.moving.origin import origin_of

    account = origin_of(source).account
    is_same_key = account is not None and account.key == target.account.key
    if is_same_key and target.thread.wait(has_one_of(target, gathered.jobs)):
        raise UsageError(
            _("The jobs are at {host} already.", host=target.endpoint.host),
            _("Name another profile with --to."),
        )


def _name_archive(source: Session, error: ServiceError) -> None:
    """Say in the hint of an endpoint that cannot be read that there is an archive of it."""
    if source.archive and not source.endpoint.archive:
        error.hint = _(
            "{hint} There is an archive of it: --archive {folder} in the place of --profile.",
            hint=error.hint,
            folder=source.archive.folder,
        ).strip()


def _make(move: _Move, plan: MovePlan) -> list[RowOutcome]:
    """Ask for all that is to be made, and say what comes of each row."""
    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.moving.origin import origin_of
    from fttui.services.moving.words import row_line

    if not plan.to_make:
        return []
    output, target = move.output, move.target
    progress, told = ProgressLine(), [0]

    def tell(outcome: RowOutcome) -> None:
        progress.end()
        told[0] += 1
        if not output.json:
            output.message(row_line(outcome, told[0], len(plan.to_make)))

    # In a log a line a job is enough.
    shows = progress.show if sys.stderr.isatty() and not output.json else None
    work = move.moves.make(plan, origin_of(move.source).mark, tell, shows)
    try:
        return target.thread.wait(work)
    except KeyboardInterrupt:
        progress.end()
        output.message(
            _("Interrupted. The same command goes on with the move; `fttui recover` shows it.")
        )
        raise
    except ServiceError:  # nothing was sent
        raise
    except Exception as error:
        progress.end()
        for row in move.moves.earlier(move.source).open_rows():
            require_no_call(target, row.id, error)
        raise
    finally:
        progress.end()


def _tell(move: _Move, plan: MovePlan, outcomes: Sequence[RowOutcome]) -> int:
    """Tell what went and what did not, and note that it was told; the exit status."""
    from fttui.cli.move_output import made_table, write_report
    from fttui.services.copy_texts import shell_word
    from fttui.services.moving.plan import NEW, OPEN, REFUSED
    from fttui.services.moving.words import (
        UNKNOWN,
        left_text,
        outcomes_by_row,
        state_after,
        was_left,
    )

    args, output, target = move.args, move.output, move.target
    document, by_row = move.document(plan, outcomes), outcomes_by_row(outcomes)
    lines = made_table(plan, by_row, output)
    made = [one for one in outcomes if one.job_id]
    done = _("Created: {jobs}.", jobs=", ".join(safe(one.job_id) for one in made))
    if args.report is not None:
        output.message(write_report(args.report, document))
    output.outcome(document, lines, done=done, paid=bool(made))
    target.thread.wait(move.moves.note_told(outcomes))
    states = [state_after(row, by_row) for row in plan.rows]
    left = sum(state in (NEW, OPEN, REFUSED) for state in states)
    if not output.json and any(was_left(row, by_row) for row in plan.rows):
        output.message(left_text())
    for label in dict.fromkeys(one.row.sweep.label for one in made if one.row.sweep):
        output.message(
            _(
                "At {host}: `fttui --profile {profile} jobs label:{label}`.",
                host=target.endpoint.host,
                profile=shell_word(safe(args.to)),
                label=label,
            )
        )
    if not plan.to_make and not left and UNKNOWN not in states and plan.is_whole:
        output.message(_("There is nothing to move."))
    if left:
        jobs = counted(left, "job")
        output.message(_("{jobs} not moved. The same command tries again.", jobs=jobs))
    if UNKNOWN in states:
        output.message(
            _(
                "Not known whether made: {jobs}. Look at the list there; with --again the same "
                "command asks anew.",
                jobs=counted(states.count(UNKNOWN), "job"),
            )
        )
        return OutcomeUnknownError.exit_status
    return 0 if plan.is_whole and not left else 1
