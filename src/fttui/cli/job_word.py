"""JOB on the command line: an id, the end of one, or `@last`; resolved before anything is asked."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fttui.cli.parser import endpoint_id
from fttui.terminal.language import _, labelled

if TYPE_CHECKING:
    from fttui.cli.output import Output
    from fttui.services.job_ids import NamedJob
    from fttui.services.session import Session


def job_word(text: str) -> str:
    """The argument JOB as it may be written; which job that is the session tells."""
    from fttui.services.job_ids import ELLIPSIS, place_of_last

    if text.startswith("@"):
        if place_of_last(text) is None:
            raise argparse.ArgumentTypeError(
                _("{text!r} is not @last, or @last:N for the one that is N-th from it", text=text)
            )
        return text
    endpoint_id(text.removeprefix(ELLIPSIS))
    return text


def is_job(raw_id: str) -> bool:
    """True of an id that may stand for JOB as it is."""
    try:
        return endpoint_id(raw_id) == raw_id
    except argparse.ArgumentTypeError:
        return False


def add_job(parser: Any) -> None:
    """Add JOB to a command about one job."""
    parser.add_argument(
        "job",
        metavar="JOB",
        type=job_word,
        help=_("the job's id, the end of it (4 letters or more), or @last, @last:2, ..."),
    )


def add_jobs(parser: Any) -> None:
    """Add JOB... to a command about one job or several."""
    parser.add_argument(
        "jobs",
        metavar="JOB",
        nargs="+",
        type=job_word,
        help=_("a job's id, the end of it (4 letters or more), or @last, @last:2, ..."),
    )


def job_of(session: Session, word: str, output: Output, *, surely: bool = False) -> str:
    """The id of the job that `word` names; see `jobs_of`."""
    return jobs_of(session, [word], output, surely=surely)[0]


def jobs_of(
    session: Session,
    words: Sequence[str],
    output: Output,
    *,
    surely: bool = False,
    or_whole: bool = False,
) -> list[str]:
    """The ids of the jobs that `words` name, each once; told on stderr where they are not whole.

    `surely` is for what costs or destroys, `or_whole` for commands that go on with the other jobs
    where one is not there.

    Raises:
        CommandError: there is no such job.
        UsageError: a word is the end of several ids.
        ServiceError: the endpoint would have to be asked, and does not tell.
    """
    found = find_jobs(session, words, surely=surely, or_whole=or_whole)
    for one in found:
        if not one.is_whole:
            output.message(told(one))
    return list(dict.fromkeys(one.raw_id for one in found))


def find_jobs(
    session: Session, words: Sequence[str], *, surely: bool = False, or_whole: bool = False
) -> list[NamedJob]:
    """The job of each word; raises as `jobs_of`."""
    from fttui.cli.problems import CommandError, UsageError
    from fttui.services.job_ids import JobNotNamed, SeveralJobs, named_jobs

    try:
        return session.thread.wait(named_jobs(session, words, surely=surely, or_whole=or_whole))
    except SeveralJobs as refused:
        raise UsageError(f"{refused}", refused.hint) from None
    except JobNotNamed as refused:
        from fttui.services.known_elsewhere import where_else

        known = next(filter(None, (where_else(session, word) for word in words)), "")
        raise CommandError(f"{refused}", known or refused.hint) from None


def told(found: NamedJob) -> str:
    """Which job a word was taken for, in one line."""
    from fttui.services.job_words import status_text
    from fttui.terminal.text import safe

    job = found.job
    more = "  ".join(filter(None, (status_text(job.status), job.name))) if job else ""
    return labelled(found.word, f"{safe(found.raw_id, maxlen=200)}  {more}".rstrip())
