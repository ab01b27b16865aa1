"""The pen that a running submission writes its journal with."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.submission.state import Submission, apply, read_submission
from fttui.storage.journal import Account, Entry, Journal, JournalError

_log = logging.getLogger(__name__)


class JournalUnavailableError(ServiceError):
    """A step could not be written down first, so it was not taken."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(
            f"{reason} Nothing was sent, because an interruption would have lost track of it.",
            hint or "See `fttui doctor` for where the journal is, and make it writable.",
            outcome=Outcome.NOT_SENT,
            retryable=True,
            code="journal",
        )


@contextmanager
def _logged() -> Iterator[None]:
    """Log a journal's failure that costs a convenience and no money."""
    try:
        yield
    except JournalError as problem:
        _log.error("%s", problem)


class SubmissionRecord:
    """One submission's state in memory, kept in step with its entries in the journal.

    With `may_do_without` the user has agreed that they need not outlive this process.
    """

    def __init__(self, journal: Journal, account: Account, submission: Submission) -> None:
        self.journal = journal
        self.account = account
        self.submission = submission
        self.may_do_without = False
        self._writing = asyncio.Lock()

    @classmethod
    async def load(
        cls, journal: Journal, account: Account, submission_id: str
    ) -> SubmissionRecord | None:
        """The record of a submission that the journal knows; None when it knows none."""
        try:
            entries = await asyncio.to_thread(journal.entries, account, submission_id)
        except JournalError as problem:
            raise JournalUnavailableError(str(problem), problem.hint) from problem
        submission = read_submission(submission_id, entries)
        return cls(journal, account, submission) if submission else None

    async def note(self, kind: str, **data: Any) -> None:
        """Commit an entry before the step that it announces.

        Raises:
            JournalUnavailableError: nothing could be written, and the step must not be taken.
        """
        async with self._writing:
            after = apply(self.submission, Entry(kind, datetime.now(UTC), data))
            write = asyncio.create_task(
                asyncio.to_thread(self._append, kind, data, after.is_finished)
            )
            try:
                await asyncio.shield(write)
            except asyncio.CancelledError:
                await asyncio.wait({write})  # the entry is on its way to the disk: let it arrive
                raise
            except JournalError as problem:
                raise JournalUnavailableError(str(problem), problem.hint) from problem
            self.submission = after

    async def note_done(self, kind: str, **data: Any) -> None:
        """Commit an entry about what has happened already: known here even if it cannot be kept."""
        try:
            await self.note(kind, **data)
        except JournalUnavailableError as problem:
            _log.error("%s", problem.sentence)
            self.submission = apply(self.submission, Entry(kind, datetime.now(UTC), data))

    async def remember_file(self, sha256: str, file_id: str) -> None:
        """Note that a content is on the endpoint, to offer it again; never raises."""
        with _logged():
            await asyncio.to_thread(self.journal.remember_file, self.account, sha256, file_id)

    async def forget_file(self, file_id: str) -> None:
        """Note that a file is no longer on the endpoint; never raises."""
        with _logged():
            await asyncio.to_thread(self.journal.forget_file, self.account, file_id)

    async def known_files(self) -> set[str]:
        """The ids of files that belong to other uploads of this journal."""
        known: set[str] = set()
        with _logged():
            known = await asyncio.to_thread(self.journal.known_files, self.account)
        return known  # noqa: RET504 - a failure in the block is logged, not raised

    def _append(self, kind: str, data: dict[str, Any], done: bool) -> None:
        write = partial(
            self.journal.append, self.account, self.submission.id, kind, data, done=done
        )
        write_somewhere(self.journal, write, may_do_without=self.may_do_without)


def write_somewhere(journal: Journal, write: Callable[[], None], *, may_do_without: bool) -> None:
    """Do `write`, in memory where the user has agreed to that and the file fails.

    Raises JournalError.
    """
    try:
        write()
    except JournalError:
        if not may_do_without:
            raise
        journal.leave_file()
        write()
