"""A sweep: `fttui create --from JOB` with lists, asked for once, and what is left of one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from fttui.cli.draft import draft_of, show_facts, wish_cost
from fttui.cli.interrupted import require_no_call
from fttui.cli.job_options import Wish
from fttui.cli.output import Output, confirm, consent_of
from fttui.cli.problems import OutcomeUnknownError, UsageError
from fttui.cli.progress import ProgressLine
from fttui.cli.training_files import ChosenFile
from fttui.services.job_words import status_text
from fttui.services.submission_words import BILLABLE, COST, EPOCHS
from fttui.services.sweep_words import is_to_pay, row_state, row_texts, texts_of_rows
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.job_form import JobRequest
    from fttui.services.session import Session
    from fttui.services.submission.state import Submission
    from fttui.services.submission.sweeps import RowOutcome, Sweeps
    from fttui.services.submission.types import Consent, Draft

Chosen = tuple[ChosenFile, ChosenFile | None]
_OF_THE_ROWS = frozenset(
    {"n_epochs", "batch_size", "learning_rate_multiplier", "beta", "seed", "suffix"}
)


def create_sweep(
    args: argparse.Namespace, output: Output, session: Session, wish: Wish, chosen: Chosen
) -> int:
    """Create the jobs of a sweep, or those that an earlier run of the same command left open."""
    consent = _consent_of(args)
    drafts, known = _planned(args, output, session, wish, chosen)
    return _pay(args, output, session, wish.key, drafts, known, consent)


def show_sweep(
    args: argparse.Namespace, output: Output, session: Session, wish: Wish, chosen: Chosen
) -> list[JobRequest]:
    """Show what `create_sweep` would ask about, and return what it would then send."""
    _consent_of(args)
    drafts, known = _planned(args, output, session, wish, chosen)
    return [row.request for row in _shown(output, drafts, known)]


def _planned(
    args: argparse.Namespace, output: Output, session: Session, wish: Wish, chosen: Chosen
) -> tuple[list[Draft], list[Submission]]:
    """The rows of a new sweep, or those of the one that was begun; and what all have in common."""
    session.thread.wait(session.submissions.rule.require_ready())
    known = [] if args.again else _sweeps(session).find(wish.key)
    drafts = [] if known else _drafts(session, wish, chosen)
    first = drafts[0] if drafts else draft_of(session, wish, known[0].request, *chosen)
    rows_differ = row_texts([one.request for one in (drafts or known)])
    swept = _OF_THE_ROWS & _swept(rows_differ)
    hidden = swept | {COST} | ({EPOCHS, BILLABLE} if "n_epochs" in swept else set())
    show_facts(args, output, session, first, wish, chosen[0], hidden)
    return drafts, known


def finish_sweep(args: argparse.Namespace, output: Output, session: Session, label: str) -> int:
    """Create what is still open of the sweep with this label; the exit status.

    Raises UsageError where none is open.
    """
    from fttui.services.submission.sweeps import SweepRefusedError

    consent = _consent_of(args)
    try:
        known = _sweeps(session).find_labelled(label)
    except SweepRefusedError as error:
        raise UsageError(error.sentence, _("`fttui recover` lists what is open.")) from None
    if not known or known[0].sweep is None:
        raise UsageError(
            _("There is no open sweep {label}.", label=safe(label)),
            _("`fttui recover` lists what is open."),
        )
    try:
        return _pay(args, output, session, known[0].sweep.asked, [], known, consent)
    finally:
        if known[0].sweep.moved:
            _tidy_move(session)


def _tidy_move(session: Session) -> None:
    """Remove the files of a move that nothing needs any more, unless another one is under way."""
    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.moving.moves import Moves

    moves = Moves(session)
    with suppress(ServiceError), moves.alone():
        moves.tidy()


def _consent_of(args: argparse.Namespace) -> Consent:
    """What the user agrees to; raises UsageError for what no sweep can do without."""
    consent = consent_of(args)
    if consent.without_journal:
        raise UsageError(
            _("A sweep is kept in the journal, so --without-journal does not go with it."),
            _("See `fttui doctor` for what is wrong with the journal."),
        )
    return consent


def _sweeps(session: Session, known: Sequence[Submission] = ()) -> Sweeps:
    from fttui.services.moving.moves import sweeps_of

    return sweeps_of(session, known[0] if known else None)


def _swept(texts: Sequence[str]) -> frozenset[str]:
    """The names of the API of what rows differ in."""
    from fttui.storage.profile_rules import OPTION_OF

    words = {part.split(" ", 1)[0] for text in texts for part in text.split(", ")}
    return frozenset(name for name, option in OPTION_OF.items() if option[2:] in words)


def _drafts(session: Session, wish: Wish, chosen: Chosen) -> list[Draft]:
    from fttui.services.submission.sweeps import as_rows

    drafts = [draft_of(session, wish, request, *chosen) for request in wish.requests]
    costs = [wish_cost(session, wish, request, chosen[0]) for request in wish.requests]
    return as_rows(drafts, wish.key, [cost.usd for cost in costs])


def _pay(
    args: argparse.Namespace,
    output: Output,
    session: Session,
    key: str,
    drafts: Sequence[Draft],
    known: Sequence[Submission],
    consent: Consent,
) -> int:
    if not _confirmed(args, output, drafts, known):
        output.message(_("Nothing was sent."))
        return 1
    texts = _texts_by_number(drafts or known)
    progress = ProgressLine()

    def told(outcome: RowOutcome) -> None:
        progress.end()
        if not output.json:
            output.message(_row_line(outcome, texts))

    from fttui.services.endpoint.errors import ServiceError

    work = _sweeps(session, known).carry_out(key, drafts, known, told, progress.show, consent)
    try:
        outcomes = session.thread.wait(work)
    except KeyboardInterrupt:
        progress.end()
        output.message(
            _("Interrupted. The same command goes on with the sweep; `fttui recover` shows it.")
        )
        raise
    except ServiceError:  # nothing was sent, and what others do is theirs to tell
        raise
    except Exception as error:
        progress.end()
        for row in _sweeps(session).find(key):
            require_no_call(session, row.id, error)
        raise
    finally:
        progress.end()
    return _show(output, session, outcomes, texts)


def _texts_by_number(rows: Sequence[Draft | Submission]) -> dict[int, str]:
    """What each row asks for; of a damaged journal's sweep some may be gone."""
    texts = texts_of_rows(rows)
    return {row.sweep.number: text for row, text in zip(rows, texts, strict=True) if row.sweep}


def _confirmed(
    args: argparse.Namespace,
    output: Output,
    drafts: Sequence[Draft],
    known: Sequence[Submission],
) -> bool:
    """Show the rows, and ask for all that is still to be paid for."""
    to_pay = _shown(output, drafts, known)
    if not to_pay:
        return True
    jobs = counted(len(to_pay), "job")
    question = _("Create {jobs}?", jobs=jobs)
    return confirm(question, yes=args.yes, what=_("creating {jobs} that are paid for", jobs=jobs))


def _shown(
    output: Output, drafts: Sequence[Draft], known: Sequence[Submission]
) -> Sequence[Draft | Submission]:
    """Show each row with its cost, and the sum; returns those that are still to be paid for."""
    from fttui.services.cost_again import sum_text

    rows: Sequence[Draft | Submission] = drafts or known
    states = [row_state(row) for row in known] or [""] * len(drafts)
    texts = texts_of_rows(rows)
    width = max(map(len, texts), default=0)
    if known:
        created = sum(bool(row.job_id) for row in known)
        output.message(
            _(
                "This sweep was begun before: {created} of {rows} jobs are created.",
                created=created,
                rows=len(known),
            )
        )
    for row, text, state in zip(rows, texts, states, strict=True):
        number = row.sweep.number if row.sweep else 0
        said = state or row.cost or _("cost not known")
        output.message(f"  {number:>2}  {text:<{width}}  {said}")
    unpaid = [row for row in known if is_to_pay(row)]
    to_pay: Sequence[Draft | Submission] = drafts or unpaid
    if not to_pay:
        return to_pay
    usd = [row.sweep.usd if row.sweep else None for row in to_pay]
    jobs = counted(len(to_pay), "job")
    output.message(_("  Cost of {jobs} in all: {cost}", jobs=jobs, cost=sum_text(usd)))
    return to_pay


def _row_line(outcome: RowOutcome, texts: Mapping[int, str]) -> str:
    number, rows = _place_of(outcome)
    text = texts.get(number, "")
    if outcome.error is not None:
        came = outcome.error.full_text
    else:
        came = safe(outcome.job_id) or _("let go, so it was not created")
    return _("{number} of {rows} ({text}): {came}", number=number, rows=rows, text=text, came=came)


def _place_of(outcome: RowOutcome) -> tuple[int, int]:
    """The number of a row, and of how many."""
    row = outcome.row.sweep
    return (row.number, row.rows) if row else (0, 0)


def _show(
    output: Output, session: Session, outcomes: Sequence[RowOutcome], texts: Mapping[int, str]
) -> int:
    """Tell all jobs, and note that they were told; the exit status."""
    made = [one for one in outcomes if one.job_id]
    label = outcomes[0].row.sweep.label if outcomes and outcomes[0].row.sweep else ""
    lines = [
        f"{safe(one.job_id)}  {status_text(one.job.status) if one.job else '-'}  "
        f"{texts.get(_place_of(one)[0], '')}".rstrip()
        for one in made
    ]
    document = {
        "sweep": label,
        "rows": len(texts),
        "outcomes": [_document(session, one, texts) for one in outcomes],
    }
    done = _("Created: {jobs}.", jobs=", ".join(lines))
    output.outcome(document, lines, done=done, paid=bool(made))
    with suppress(Exception):  # the jobs are named; they are named again if this is lost
        told = [one.job for one in made if one.job is not None]
        session.thread.wait(session.submissions.note_reported(*told))
    open_rows = len(texts) - len(made) - sum(not one.job_id and not one.error for one in outcomes)
    if open_rows:
        jobs = counted(open_rows, "job")
        output.message(
            _(
                "{jobs} of {label} not created. The same command goes on with it, and so does "
                "`fttui recover {label} create`.",
                jobs=jobs,
                label=label,
            )
        )
    if made and label.startswith("sweep"):
        output.message(
            _("Compare them: `fttui jobs label:{label}`, or C on one in the app.", label=label)
        )
    if any(one.is_unknown for one in outcomes):
        return OutcomeUnknownError.exit_status
    return 1 if open_rows else 0


def _document(session: Session, one: RowOutcome, texts: Mapping[int, str]) -> dict[str, object]:
    from fttui.services.job_json import job_json

    number = _place_of(one)[0]
    return {
        "row": number,
        "asked": texts.get(number, ""),
        "submission_id": one.row.id,
        "job_id": one.job_id or None,
        "job": job_json(one.job, session) if one.job else None,
        "error": one.error.to_json() if one.error else None,
    }
