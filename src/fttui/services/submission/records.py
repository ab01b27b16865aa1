"""The submissions of one account, as the journal has them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from dataclasses import dataclass

from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.submission.record import SubmissionRecord
from fttui.services.submission.state import Stage, Submission, read_submission, unreadable
from fttui.services.submission.types import OpenItem
from fttui.services.submission.unfinished import describe_open, kind_of
from fttui.storage.journal import UNREADABLE, Account, Journal, JournalError


@dataclass(frozen=True, slots=True)
class SubmissionRecords:
    """What is no coroutine reads blocking, from any thread; what raises JournalError says so."""

    journal: Journal
    account: Account

    def ids(self, *, done: bool | None = None) -> list[str]:
        """The submissions' ids, oldest first; `done` picks one sort. Raises JournalError."""
        return self.journal.submissions(self.account, done=done)

    def read(self, submission_id: str) -> Submission | None:
        """One submission; None when there is none, or it cannot be read. Raises JournalError."""
        return read_submission(submission_id, self.journal.entries(self.account, submission_id))

    def may_have_called(self, submission_id: str) -> bool:
        """True when a create call may have left of a submission that cannot be read.

        Raises JournalError.
        """
        kinds = [entry.kind for entry in self.journal.entries(self.account, submission_id)]
        return Stage.SENDING in kinds or kinds.count(UNREADABLE) > 1

    async def load(self, submission_id: str) -> SubmissionRecord | None:
        """The record to write one on with. Raises JournalUnavailableError."""
        return await SubmissionRecord.load(self.journal, self.account, submission_id)

    async def note_told(self, job_id: str) -> None:
        """Note that whoever asked for a job was told its id; never raises."""
        with contextlib.suppress(ServiceError, JournalError):
            for id_ in await asyncio.to_thread(self.ids, done=False):
                record = await self.load(id_)
                if record is not None and record.submission.job_id == job_id:
                    await record.note("told")

    def open_items(self, running: Collection[str]) -> list[OpenItem]:
        """What earlier runs or failures left open, besides `running`, oldest first.

        Raises:
            ServiceError: the journal cannot be read, so what is open is not known.
        """
        try:
            items = self._open_items(running)
        except JournalError as problem:
            raise _not_known(str(problem), problem.hint) from problem
        if not items and not self.journal.knows_earlier:
            raise _not_known(self.journal.warning)
        return items

    def _open_items(self, running: Collection[str]) -> list[OpenItem]:
        open_ids = [id_ for id_ in self.ids(done=False) if id_ not in running]
        found = [self.read(id_) or unreadable(id_) for id_ in open_ids]
        used: set[str] = set()
        if any(kind_of(submission) == "file" for submission in found):
            used = self._files_of_jobs()
        busy = {submission.id for submission in found if self._is_locked(submission.id)}
        return describe_open(found, used, busy)

    def _files_of_jobs(self) -> set[str]:
        known = filter(None, map(self.read, self.ids()))
        jobs = [submission for submission in known if submission.stage is Stage.CREATED]
        return {file.file_id for job in jobs for file in job.files.values()}

    def _is_locked(self, submission_id: str) -> bool:
        lock = self.journal.lock(submission_id)
        try:
            if not lock.acquire():
                return True
        except OSError:
            return False
        lock.release()
        return False


def _not_known(why: str, hint: str = "") -> ServiceError:
    return ServiceError(
        f"What earlier runs left open is not known. {why}",
        hint or "Mend that (see `fttui doctor`), and look at the endpoint's list of jobs.",
        outcome=Outcome.NOT_SENT,
        code="journal",
    )
