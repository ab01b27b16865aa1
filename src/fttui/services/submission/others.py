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
    """The newest other submissions that have a job, or may have one.

    Raises JournalUnavailableError: without them nobody can tell whose a job is.
    """
    try:
        return await asyncio.to_thread(_read, record)
    except JournalError as problem:
        raise JournalUnavailableError(str(problem), problem.hint) from problem


def _read(record: SubmissionRecord) -> list[Submission]:
    records = SubmissionRecords(record.journal, record.account)
    newest = records.ids()[: -_NEWEST - 1 : -1]
    found = [records.read(id_) for id_ in newest if id_ != record.submission.id]
    return [one for one in found if one is not None and (one.job_id or one.may_have_job)]
