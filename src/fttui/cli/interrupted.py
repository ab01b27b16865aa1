"""What came of what was interrupted, or failed in a way that nobody expected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from fttui.cli.problems import OutcomeUnknownError
from fttui.terminal.language import _, clauses
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.cli.output import Output
    from fttui.services.session import Session

_NOTHING_SENT = _("Nothing was sent.")
_NOTHING_ASKED = _("No job was asked for. `fttui recover` shows what is kept of the upload.")
_NOT_KNOWN = _("Whether a job was created is not known. `fttui recover` looks it up.")


@contextmanager
def telling_of(output: Output, name: str, done: Sequence[str]) -> Iterator[None]:
    """Around a change of one thing of several: an interruption tells what is `done`, and what not.

    With --json nothing else does. `name` is of the thing under way, of which nobody can tell.
    """
    try:
        yield
    except KeyboardInterrupt:
        with suppress(OSError):
            if done and output.json:
                output.message(clauses(done) + ".")
            output.message(_("What became of {name} is not known.", name=safe(name)))
        raise


def require_no_call(session: Session, submission_id: str, error: Exception) -> None:
    """Raise OutcomeUnknownError for an unexpected `error` unless no paid call has gone out."""
    from fttui.cli.failures import describe

    left = _NOT_KNOWN
    with suppress(Exception):  # whatever failed may fail here as well
        left = what_is_left(session, submission_id)
    if left not in {_NOTHING_SENT, _NOTHING_ASKED}:
        raise OutcomeUnknownError(describe(error).text, left) from error


def what_is_left(session: Session, submission_id: str) -> str:
    """What came of an interrupted submission, once its create call had a moment to end."""
    from fttui.services.endpoint.errors import ServiceError

    session.settle()
    try:
        submission = session.submissions.find(submission_id)
    except ServiceError as problem:
        return _("Whether a job was created is not known: {sentence}", sentence=problem.sentence)
    if submission is None:
        return _NOTHING_SENT
    if submission.job_id:
        return _(
            "The job is created all the same: {job_id}. `fttui cancel {job_id}` ends it.",
            job_id=safe(submission.job_id),
        )
    if submission.may_have_job:
        return _NOT_KNOWN
    return _NOTHING_ASKED
