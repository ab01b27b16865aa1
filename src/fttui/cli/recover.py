"""`fttui recover`: what an earlier run left open, and what can be done about it."""

from __future__ import annotations

import argparse
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fttui.cli.interrupted import require_no_call
from fttui.cli.output import Output, add_consents, confirm, consent_of
from fttui.cli.problems import OutcomeUnknownError, UsageError
from fttui.cli.progress import ProgressLine
from fttui.cli.sessions import open_session
from fttui.services.job_json import job_json
from fttui.services.job_words import status_text
from fttui.services.submission.recovery_words import PAYING_ACTIONS, RECOVERY_ACTIONS, spare_file
from fttui.terminal.format import moment_text
from fttui.terminal.language import _, clauses, labelled

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session
    from fttui.services.submission.submissions import UnfinishedItem


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    known = clauses(labelled(name, words.meaning) for name, words in RECOVERY_ACTIONS.items())
    parser = commands.add_parser(
        "recover",
        description=_(
            "Submissions whose outcome is open, uploads that can be resumed, and uploaded "
            "files that no job uses. With an id and an action, do it; `sweep-ID create` goes on "
            "with a whole sweep, `move-ID create` with a move. Actions: {known}.",
            known=known,
        ),
    )
    parser.add_argument(
        "submission", metavar="ID", nargs="?", help=_("a submission, or its beginning")
    )
    parser.add_argument(
        "action",
        metavar="ACTION",
        nargs="?",
        choices=tuple(RECOVERY_ACTIONS),
        help=_("what to do with it, as told above"),
    )
    parser.add_argument("--yes", action="store_true", help=_("do not ask"))
    add_consents(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the open items, or do what is asked with one of them."""
    output = Output.of(args)
    if args.submission and not args.action:
        raise UsageError(_("Which action?"), _("`fttui recover` lists what can be done with each."))
    with open_session(args, changes=args.submission is not None) as session:
        if session.journal.warning:
            output.message(_("Warning: {warning}", warning=session.journal.warning))
        is_sweep = (args.submission or "").startswith(("sweep-", "move-"))
        if is_sweep and args.action == "create":
            from fttui.cli.sweep import finish_sweep

            return finish_sweep(args, output, session, args.submission)
        items = session.submissions.unfinished_items()
        if args.submission is None:
            _print(output, items, session.submissions.spare_files())
            if session.journal.knows_earlier:
                return 0
            output.message(_("What else earlier runs left open is not known."))
            return 1
        item = _find(items, args.submission)
        _require_fitting(item, args.action)
        if args.action != "upload":
            return _act(args, output, session, item)
    from fttui.cli.files import upload_again
    from fttui.services.submission.state import TRAINING

    return upload_again(args, item.submission.files[TRAINING])


def _print(output: Output, items: list[UnfinishedItem], spare: list[str]) -> None:
    if output.json:
        documents = [_document(item) for item in items]
        output.document([*documents, *map(_document_of_file, spare)])
        return
    if not items and not spare:
        output.message(_("Nothing is left open."))
    for item in items:
        submission = item.submission
        moment = moment_text(submission.created_at)
        model = _("no job") if submission.is_lone else submission.request.model or "?"
        output.lines([f"{item.submission_id}  {item.kind}  {model}  {moment}"])
        output.lines(output.wrapped(item.sentence, indent=2))
        shortest = 13 if submission.is_lone else 8
        for action in item.actions:
            words = RECOVERY_ACTIONS[action].meaning
            command = _(
                "fttui recover {submission_id} {action}",
                submission_id=item.submission_id[:shortest],
                action=action,
            )
            output.lines([f"    {command:<40}  {words}"])
    for file_id in spare:
        output.lines([spare_file(file_id)])
        command = _("fttui files delete {file_id}", file_id=file_id)
        output.lines([f"    {command:<40}  {RECOVERY_ACTIONS['delete_file'].meaning}"])


def _document_of_file(file_id: str) -> dict[str, object]:
    return {
        "submission_id": None,
        "kind": "spare_file",
        "message": spare_file(file_id),
        "file_id": file_id,
        "actions": [],
    }


def _document(item: UnfinishedItem) -> dict[str, object]:
    from fttui.services.endpoint.models import to_rfc3339

    submission = item.submission
    return {
        "submission_id": item.submission_id,
        "kind": item.kind,
        "stage": str(submission.stage),
        "message": item.sentence,
        "actions": list(item.actions),
        "busy": item.busy,
        "model": submission.request.model,
        "suffix": submission.request.suffix or None,
        "training_file": submission.training_file or None,
        "validation_file": submission.validation_file or None,
        "job_id": submission.job_id or None,
        "extra_job_ids": list(submission.extra_job_ids),
        "created_at": to_rfc3339(submission.created_at),
        "updated_at": to_rfc3339(submission.updated_at),
    }


def _find(items: list[UnfinishedItem], wanted: str) -> UnfinishedItem:
    found = [item for item in items if item.submission_id.startswith(wanted)]
    if len(found) != 1:
        reason = _("is not open") if not found else _("is the beginning of several")
        raise UsageError(
            _("The submission {wanted!r} {reason}.", wanted=wanted, reason=reason),
            _("`fttui recover` lists them."),
        )
    return found[0]


def _require_fitting(item: UnfinishedItem, action: str) -> None:
    if action not in item.actions:
        can = ", ".join(item.actions) or _("nothing while another fttui works on it")
        raise UsageError(
            _("{action} cannot be done with this one.", action=action),
            _("It can be: {can}.", can=can),
        )


def _act(args: argparse.Namespace, output: Output, session: Session, item: UnfinishedItem) -> int:
    from fttui.services.endpoint.errors import Outcome, ServiceError
    from fttui.services.moving.moves import keep_beside_row

    action: str = args.action
    output.message(_("At {host}: {sentence}", host=session.endpoint.host, sentence=item.sentence))
    words = RECOVERY_ACTIONS[action]
    if action in PAYING_ACTIONS:
        output.message(_("Cost: {cost}.", cost=item.submission.cost or _("not known")))
    if words.question and not confirm(words.question, yes=args.yes, what=words.meaning):
        output.message(_("Nothing was done."))
        return 1
    progress = ProgressLine()
    try:
        job = session.thread.wait(
            session.submissions.recover(
                item.submission_id,
                action,
                consent=True,
                agreed=consent_of(args),
                on_progress=progress.show,
                report=False,
            )
        )
    except ServiceError as error:
        progress.end()
        if action == "look_up" or error.code in {"unknown_outcome", "earlier_call"}:
            if output.json:
                output.document({"error": error.to_json(), "submission_id": item.submission_id})
            output.message(error.full_text)
            return OutcomeUnknownError.exit_status if error.outcome is Outcome.UNKNOWN else 1
        raise
    except Exception as error:
        progress.end()
        require_no_call(session, item.submission_id, error)
        raise
    finally:
        progress.end()
    if job is not None:
        keep_beside_row(session, item.submission, job)
    _show_done(output, session, item.submission_id, action, job)
    return 0


def _show_done(
    output: Output, session: Session, submission_id: str, action: str, job: Job | None
) -> None:
    """Say what was done, and note that the job's id was told."""
    document = {
        "submission_id": submission_id,
        "action": action,
        "job": job and job_json(job, session),
    }
    lines = [f"{job.id}  {status_text(job.status)}"] if job is not None else []
    done = _(
        "Done: {action} of {submission_id}. {join}",
        action=action,
        submission_id=submission_id,
        join="".join(lines),
    ).strip()
    output.outcome(document, lines, done=done, paid=job is not None)
    if job is None and not output.json:
        output.message(_("Done."))
    if job is not None:
        with suppress(Exception):  # the job is named; it is named again if this is lost
            session.thread.wait(session.submissions.note_reported(job))
