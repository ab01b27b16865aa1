"""The other submissions of an account, for what must not be taken for one's own."""

from __future__ import annotations

import asyncio

from fttui.services.submission.record import (
    JournalUnavailableError,
    SubmissionRecord,
    SubmissionRecords,
)
from fttui.services.submission.state import Submission
from fttui.storage.journal import JournalError

_NEWEST = 200


async def others_of(record: SubmissionRecord) -> list[Submission]:
    """The newest other submissions that have a job, or may have one, among them all of a sweep.

    Raises JournalUnavailableError: without them nobody can tell whose a job is.
    """
    try:
        return await asyncio.to_thread(_read, record)
    except JournalError as problem:
        raise JournalUnavailableError(str(problem), problem.hint) from problem


def _read(record: SubmissionRecord) -> list[Submission]:
    records = SubmissionRecords(record.journal, record.account)
    own = record.submission
    found = records.read_all(newest=_NEWEST + (own.sweep.rows if own.sweep else 0))
    others = [one for one in reversed(found.values()) if one is not None and one.id != own.id]
    return [one for one in others if one.job_id or one.may_have_job]
