"""`fttui create`: check, confirm, upload, and create a job exactly once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from fttui.cli.draft import draft_of, show_facts
from fttui.cli.grader_option import require_taken
from fttui.cli.interrupted import require_no_call, what_is_left
from fttui.cli.job_options import Wish, add_job_options, wish_of
from fttui.cli.output import Output, add_consents, confirm, consent_of
from fttui.cli.problems import OutcomeUnknownError, UsageError
from fttui.cli.progress import ProgressLine
from fttui.cli.sessions import open_session
from fttui.cli.training_files import ChosenFile, chosen_files, require_good
from fttui.services.job_words import status_text
from fttui.services.tuned_models.asking import ask_models_briefly
from fttui.terminal.language import _
from fttui.training_data.endpoints import limits_of
from fttui.training_data.profile import item_fields

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session
    from fttui.services.submission.types import Consent, Draft, ProgressListener


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "create",
        description=_(
            "Check the training file, show what is sent and what it costs, upload it, and "
            "create the job exactly once. At a terminal it then watches the job, unless --detach "
            "or --json is given; Ctrl+C leaves the job running. With --from it asks for what "
            "another job was, and lists make a sweep: `--from JOB --epochs 2,3,4` asks once and "
            "creates three jobs, which the same command or `fttui recover` goes on with after "
            "whatever has come between."
        ),
    )
    add_job_options(parser)
    parser.add_argument("--yes", action="store_true", help=_("do not ask"))
    add_consents(parser)
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help=_("check, and show facts, cost and the request; nothing is sent or written"),
    )
    parser.add_argument("--detach", action="store_true", help=_("do not watch the job afterwards"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Create one job and print it; 3 when it is not known, or not said, whether there is one."""
    if args.to is not None:
        from fttui.cli.create_there import create_there

        return create_there(args, create)
    output = Output.of(args)
    with open_session(args, changes=True) as session:
        return create(args, output, session, wish_of(args, session))


def create(
    args: argparse.Namespace,
    output: Output,
    session: Session,
    wish: Wish,
    made: Callable[[Job], None] = lambda _: None,
) -> int:
    """Create what is wished for, and print it; `made` is told of the one job."""
    request = wish.requests[0]
    _handle = session.handle  # without a key it ends here, not after a long check
    with chosen_files(
        wish.training,
        wish.validation or None,
        method=request.method,
        model=request.model,
        limits=limits_of(session.endpoint.base_url),
        item_fields=item_fields(request.grader),
        ask=partial(_require_known, session),
    ) as chosen:
        for one in filter(None, chosen):
            allow = session.endpoint.profile.allow_file_errors
            require_good(one, output, allow_errors=allow)
        if not session.endpoint.is_openais:  # whose prices and dates it has, it tells itself
            session.thread.wait(ask_models_briefly(session))
        require_taken(session, request, output)
        if args.dry_run:
            from fttui.cli.dry_run import show_request

            return show_request(args, output, session, wish, chosen)
        if wish.key:
            from fttui.cli.sweep import create_sweep

            return create_sweep(args, output, session, wish, chosen)
        draft = draft_of(session, wish, request, *chosen)
        job = _pay(args, output, session, draft, wish, chosen[0])
    if isinstance(job, int):
        return job
    return _tell(args, output, session, draft, job, made)


def _tell(
    args: argparse.Namespace,
    output: Output,
    session: Session,
    draft: Draft,
    job: Job,
    made: Callable[[Job], None],
) -> int:
    """Print the job, and at a terminal watch it; the exit status."""
    _print_job(output, session, draft, job)
    with suppress(Exception):  # the job is made and named; it is named again if this is lost
        session.thread.wait(session.submissions.note_reported(job))
    made(job)
    if args.detach or output.json or not sys.stderr.isatty():
        _remember(session, job)
        return 0
    from fttui.cli.watch import watch

    try:
        return watch(session, [job.raw_id], output, past_events=True, asked=job.asked)
    except KeyboardInterrupt:
        output.message(
            _("Stopped watching; the job goes on. `fttui watch {id}` follows it.", id=job.id)
        )
        raise


def _remember(session: Session, job: Job) -> None:
    """Note that the job goes on, so that who sees its end later tells of it."""
    from fttui.services.finished import Finished

    Finished(session).see([job])


def _require_known(session: Session, word: str) -> None:
    """Raise UsageError unless the endpoint knows `word`, which is no file here, as a file's id."""
    from fttui.services.file_names import UnknownFileError, find_file

    try:
        session.thread.wait(find_file(session.handle, word))
    except UnknownFileError as error:
        raise UsageError(error.sentence, error.hint) from None


def _pay(
    args: argparse.Namespace,
    output: Output,
    session: Session,
    draft: Draft,
    wish: Wish,
    training: ChosenFile,
) -> Job | int:
    """The job, or the exit status when there is none or that is not known."""
    from fttui.services.submission.types import EarlierCallError, UnknownOutcomeError

    consent = consent_of(args)
    if consent.without_journal and session.journal.warning:
        output.message(_("Warning: {warning}", warning=session.journal.warning))
    try:
        job = _following(session, draft, output, session.submissions.require, consent)
        if job is not None:
            return job
        show_facts(args, output, session, draft, wish, training)
        question = _("Upload and create this job?")
        if not confirm(question, yes=args.yes, what=_("creating a paid job")):
            output.message(_("Nothing was sent."))
            return 1
        submit = partial(session.submissions.submit, report=False)
        job = _following(session, draft, output, submit, consent)
    except (UnknownOutcomeError, EarlierCallError) as error:
        if output.json:
            open_id = getattr(error, "submission_id", draft.id)
            output.document({"error": error.to_json(), "submission_id": open_id})
        output.message(error.full_text)
        return OutcomeUnknownError.exit_status
    assert job is not None
    return job


def _following(
    session: Session,
    draft: Draft,
    output: Output,
    step: Callable[[Draft, ProgressListener, Consent], Coroutine[Any, Any, Job | None]],
    consent: Consent,
) -> Job | None:
    """Wait for one step of the submission and show how far it is."""
    from fttui.services.endpoint.errors import Outcome, ServiceError

    progress = ProgressLine()
    try:
        return session.thread.wait(step(draft, progress.show, consent))
    except ServiceError as error:
        progress.end()
        if error.outcome is not Outcome.UNKNOWN and _is_kept(session, draft):
            error.hint = _(
                "{hint} `fttui recover` shows what is kept of the upload.", hint=error.hint
            ).strip()
        raise
    except KeyboardInterrupt:
        progress.end()
        output.message(
            _("Interrupted. {what_is_left}", what_is_left=what_is_left(session, draft.id))
        )
        raise
    except Exception as error:
        progress.end()
        require_no_call(session, draft.id, error)
        raise
    finally:
        progress.end()


def _is_kept(session: Session, draft: Draft) -> bool:
    from fttui.services.endpoint.errors import ServiceError

    try:
        items = session.submissions.unfinished_items()
    except ServiceError:
        return False
    return any(item.submission_id == draft.id for item in items)


def _print_job(output: Output, session: Session, draft: Draft, job: Job) -> None:
    from fttui.services.endpoint.asked import difference_texts
    from fttui.services.job_json import job_json

    line = f"{job.id}  {status_text(job.status)}"
    is_new = _is_its_job(session, draft, job)
    what = _("Created") if is_new else _("Made by the earlier call")
    if is_new and not output.json:
        output.message(_("The job is created at {host}.", host=session.endpoint.host))
    output.outcome(
        job_json(job, session),
        [line],
        done=_("{what}: {line}.", what=what, line=line),
        paid=True,
    )
    for text in difference_texts(job):
        output.message(_("Warning: {warning}", warning=text))


def _is_its_job(session: Session, draft: Draft, job: Job) -> bool:
    """Whether the job is `draft`'s, and not that of an earlier call."""
    from fttui.services.endpoint.errors import ServiceError

    try:
        submission = session.submissions.find(draft.id)
    except ServiceError:
        return True
    return submission is not None and submission.job_id == job.raw_id
