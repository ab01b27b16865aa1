"""The pen that a running submission writes its journal with."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from fttui.services.endpoint.errors import NotSentError, Outcome, ServiceError
from fttui.services.endpoint.upload_source import UploadSource, sha256_of
from fttui.services.submission.drafted import drafted_data
from fttui.services.submission.state import (
    LONE,
    TRAINING,
    VALIDATION,
    FileState,
    Stage,
    Submission,
    apply,
    read_submission,
    unreadable,
)
from fttui.services.submission.types import Draft, UnfinishedItem
from fttui.services.submission.unfinished import describe_open, kind_of
from fttui.storage.journal import UNREADABLE, Account, Entry, Journal, JournalError
from fttui.terminal.language import _, english_text
from fttui.training_data.files import FileRefused, open_checked

_log = logging.getLogger(__name__)


class JournalUnavailableError(ServiceError):
    """A step could not be written down first, so it was not taken."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(
            _(
                "{reason} Nothing was sent, because an interruption would have lost track of it.",
                reason=reason,
            ),
            hint or _("See `fttui doctor` for where the journal is, and make it writable."),
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
        _log.error("%s", english_text(problem.args[0]))


@dataclass(eq=False)
class _Noted:
    """An entry that is to be written; `problem` says afterwards why it could not be."""

    kind: str
    data: dict[str, Any]
    problem: BaseException | None = field(
        default_factory=lambda: JournalError(_("The journal was not waited for."))
    )


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
        self._waiting: list[_Noted] = []

    async def note(self, kind: str, **data: Any) -> None:
        """Commit an entry before the step that it announces.

        Those that come while one is being written go to the disk together, in one writing.

        Raises:
            JournalUnavailableError: nothing could be written, and the step must not be taken.
        """
        noted = _Noted(kind, data)
        self._waiting.append(noted)
        try:
            async with self._writing:
                if noted in self._waiting:
                    await self._write_waiting()
        finally:
            if noted in self._waiting:
                self._waiting.remove(noted)
        if isinstance(noted.problem, JournalError):
            hint = noted.problem.hint
            raise JournalUnavailableError(str(noted.problem), hint) from noted.problem
        if noted.problem is not None:
            raise noted.problem

    async def _write_waiting(self) -> None:
        noted, self._waiting = self._waiting, []
        after = self.submission
        for one in noted:
            after = apply(after, Entry(one.kind, datetime.now(UTC), one.data))
        write = asyncio.create_task(asyncio.to_thread(self._append, noted, after.is_finished))
        try:
            await asyncio.wait({write})
        except asyncio.CancelledError:
            await asyncio.wait({write})  # the entries are on their way to the disk: let them arrive
            raise
        finally:
            if write.done() and not write.cancelled():
                problem = write.exception()
                if problem is None:
                    self.submission = after
                for one in noted:
                    one.problem = problem

    async def note_done(self, kind: str, **data: Any) -> None:
        """Commit an entry about what has happened already: known here even if it cannot be kept."""
        try:
            await self.note(kind, **data)
        except JournalUnavailableError as problem:
            _log.error("%s", english_text(problem.sentence))
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

    def _append(self, noted: Sequence[_Noted], done: bool) -> None:
        """Write entries, in memory where the user has agreed to that and the file fails."""
        first, *more = ((one.kind, one.data) for one in noted)
        write = partial(
            self.journal.append, self.account, self.submission.id, *first, *more, done=done
        )
        try:
            write()
        except JournalError:
            if not self.may_do_without:
                raise
            self.journal.leave_file()
            write()


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A descriptor of our own for a file that somebody else has open and may close."""

    fd: int
    upload_name: str
    size: int


class SourceGoneError(NotSentError):
    """A file that is to be uploaded cannot be opened (any more); nothing was sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            reason, _("Choose the file again."), outcome=Outcome.NOT_SENT, code="source_gone"
        )


@contextlib.contextmanager
def opened_sources(draft: Draft) -> Iterator[Mapping[str, OpenSource]]:
    """Copies of the draft's descriptors by role, closed at the end. Raises SourceGoneError."""
    with contextlib.ExitStack() as stack:
        sources: dict[str, OpenSource] = {}
        for role, file in ((TRAINING, draft.training), (VALIDATION, draft.validation)):
            if file is None or isinstance(file, str):
                continue
            try:
                fd = os.dup(file.fd)
            except OSError as error:
                raise SourceGoneError(
                    _("{shown} is not open any more.", shown=file.shown)
                ) from error
            stack.callback(os.close, fd)
            sources[role] = OpenSource(fd, file.upload_name, file.size)
        yield sources


@contextlib.contextmanager
def reopened_sources(files: Mapping[str, FileState]) -> Iterator[Mapping[str, OpenSource]]:
    """What an earlier run has not uploaded yet, opened by its paths. Raises SourceGoneError."""
    with contextlib.ExitStack() as stack:
        sources: dict[str, OpenSource] = {}
        for role, state in files.items():
            if state.file_id:
                continue
            try:
                file = stack.enter_context(open_checked(state.path))
            except FileRefused as refused:
                raise SourceGoneError(str(refused)) from refused
            if file.size != state.size:
                raise SourceGoneError(
                    _(
                        "{shown} has {size:,} bytes now instead of {size2:,}; it was "
                        "changed after its upload began, so the upload cannot go on.",
                        shown=file.shown,
                        size=file.size,
                        size2=state.size,
                    )
                )
            sources[role] = OpenSource(file.fd, state.name, file.size)
        yield sources


async def with_digests(draft: Draft, sources: Mapping[str, UploadSource]) -> Draft:
    """The same draft with the SHA-256 of all its files, read for it where the check told none.

    An MD5 is only wanted of parts that are joined, and taken while they are sent.

    Raises:
        ServiceError: a file cannot be read.
    """
    found: dict[str, Any] = {}
    for role, source in sources.items():
        if not getattr(draft, f"{role}_sha256"):
            found |= {f"{role}_sha256": await sha256_of(source), f"{role}_md5": ""}
    return replace(draft, **found)


_READ: WeakKeyDictionary[Journal, dict[str, tuple[int, Submission | None]]] = WeakKeyDictionary()
"""What was read by `read_all`, with the number of its last entry."""


@dataclass(frozen=True, slots=True)
class SubmissionRecords:
    """What is no coroutine reads blocking, from any thread; what raises JournalError says so."""

    journal: Journal
    account: Account

    def ids(self, *, done: bool | None = None) -> list[str]:
        """The submissions' ids, oldest first; `done` picks one sort. Raises JournalError."""
        found = self.journal.submissions(self.account, done=done)
        return [one for one in found if not one.startswith(LONE)]

    def lone_ids(self) -> list[str]:
        """The ids of uploads that no job asked for, oldest first. Raises JournalError."""
        found = self.journal.submissions(self.account)
        return [one for one in found if one.startswith(LONE)]

    def read(self, submission_id: str) -> Submission | None:
        """One submission; None when there is none, or it cannot be read. Raises JournalError."""
        return read_submission(submission_id, self.journal.entries(self.account, submission_id))

    def read_all(
        self, *, done: bool | None = None, newest: int = -1
    ) -> dict[str, Submission | None]:
        """The `newest` submissions (-1: all) by their ids, oldest first, at one go; as `read`.

        `done` picks one sort. Raises JournalError.
        """
        known = _READ.setdefault(self.journal, {})
        found: dict[str, Submission | None] = {}
        for id_, last in self.journal.last_entries(self.account, done=done, newest=newest).items():
            if id_.startswith(LONE):
                continue
            if id_ not in known or known[id_][0] != last:
                known[id_] = (last, self.read(id_))
            found[id_] = known[id_][1]
        return found

    def may_have_called(self, submission_id: str) -> bool:
        """True when a create call may have left of a submission that cannot be read.

        Raises JournalError.
        """
        kinds = [entry.kind for entry in self.journal.entries(self.account, submission_id)]
        return Stage.SENDING in kinds or kinds.count(UNREADABLE) > 1

    async def begin(self, draft: Draft, *, may_do_without: bool) -> SubmissionRecord:
        """Write down what was confirmed, a draft with its digests; nothing has been sent yet.

        Raises:
            ServiceError: a file or the journal cannot be used.
        """
        drafted = SubmissionRecord(self.journal, self.account, unreadable(draft.id))
        drafted.may_do_without = may_do_without
        await drafted.note(Stage.DRAFTED, **drafted_data(draft, self.account.scope))
        record = await self.load(draft.id)
        if record is None:
            why = _("The journal does not give back what was written to it.")
            raise JournalUnavailableError(why)
        record.may_do_without = may_do_without
        await record.note(Stage.CONFIRMED)
        return record

    async def load(self, submission_id: str) -> SubmissionRecord | None:
        """The record to write one on with. Raises JournalUnavailableError."""
        try:
            submission = await asyncio.to_thread(self.read, submission_id)
        except JournalError as problem:
            raise JournalUnavailableError(str(problem), problem.hint) from problem
        return SubmissionRecord(self.journal, self.account, submission) if submission else None

    async def note_reported(self, *job_ids: str) -> None:
        """Note that whoever asked for jobs was told their ids; never raises."""
        with contextlib.suppress(ServiceError, JournalError):
            found = await asyncio.to_thread(self.read_all, done=False)
            for one in found.values():
                if one is not None and one.job_id and one.job_id in job_ids:
                    await SubmissionRecord(self.journal, self.account, one).note("told")

    def unfinished_items(self, running: Collection[str]) -> list[UnfinishedItem]:
        """What earlier runs or failures left open, besides `running`, oldest first.

        Raises:
            ServiceError: the journal cannot be read, so what is open is not known.
        """
        try:
            items = self._unfinished_items(running)
        except JournalError as problem:
            raise _not_known(str(problem), problem.hint) from problem
        if not items and not self.journal.knows_earlier:
            raise _not_known(self.journal.warning)
        return items

    def spare_files(self) -> list[str]:
        """The ids of files that were uploaded by themselves, and that no submission has taken.

        None are told while a record cannot be read: any of them may be its file.

        Raises:
            ServiceError: the journal cannot be read.
        """
        try:
            files: list[FileState] = []
            for submission in map(self.read, self.ids()):
                if submission is None or not submission.files:
                    return []
                files += submission.files.values()
            known = self.journal.known_files(self.account)
            return sorted(known - {file.file_id for file in files})
        except JournalError as problem:
            raise _not_known(str(problem), problem.hint) from problem

    def _unfinished_items(self, running: Collection[str]) -> list[UnfinishedItem]:
        open_ids = self.journal.submissions(self.account, done=False)
        found = [self.read(id_) or unreadable(id_) for id_ in open_ids if id_ not in running]
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
        _("What earlier runs left open is not known. {why}", why=why),
        hint or _("Mend that (see `fttui doctor`), and look at the endpoint's list of jobs."),
        outcome=Outcome.NOT_SENT,
        code="journal",
    )
