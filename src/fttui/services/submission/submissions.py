"""Submissions: from a confirmed draft to exactly one job, whatever happens on the way.

Every step is committed to the journal before it is taken and its outcome after, so that the next
run knows what this one did. See `Stage` for the steps.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from fttui.services.endpoint.errors import NotFoundError, ServiceError
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.models import Job, TrainingFile
from fttui.services.submission.create_call import SendOptions
from fttui.services.submission.locking import is_taken
from fttui.services.submission.paying import PayingRule, Wanted
from fttui.services.submission.progress import Meter, UploadControl
from fttui.services.submission.record import (
    JournalUnavailableError,
    SubmissionRecord,
    SubmissionRecords,
    opened_sources,
    with_digests,
)
from fttui.services.submission.recovery import Recovery, StaleActionError, unanswered
from fttui.services.submission.run import PaidCalls, SubmissionRun
from fttui.services.submission.state import Stage, Submission, unreadable
from fttui.services.submission.types import (
    NO_CONSENT,
    BusySubmissionError,
    Consent,
    ConsentNeededError,
    Draft,
    ProgressListener,
    SubmissionProgress,
    UnfinishedItem,
    UnknownOutcomeError,
    UploadCancelledError,
    UploadOptions,
)
from fttui.storage.journal import Account, Journal, JournalError
from fttui.terminal.language import _

__all__ = [
    "NO_CONSENT",
    "BusySubmissionError",
    "Consent",
    "ConsentNeededError",
    "Draft",
    "Stage",
    "Submission",
    "SubmissionProgress",
    "Submissions",
    "UnfinishedItem",
    "UnknownOutcomeError",
    "UploadCancelledError",
]


class Submissions:
    """All submissions of one endpoint and key.

    Its coroutines run on the service thread; everything else may be called from any thread.
    `records` are its part of the journal, `rule` is the one for money.
    """

    def __init__(
        self,
        handle: FineTuningHandle,
        journal: Journal,
        account: Account,
        *,
        upload_options: UploadOptions | None = None,
        send_options: SendOptions | None = None,
    ) -> None:
        self.journal = journal
        self._handle = handle
        self._account = account
        self._upload_options = upload_options or UploadOptions()
        self._send_options = send_options or SendOptions()
        self.records = SubmissionRecords(journal, account)
        self.rule = PayingRule(handle, self.records, self._send_options.others_wait)
        self._paid = PaidCalls()
        self._running: dict[str, asyncio.Task[Job | None]] = {}
        self._runs: dict[str, SubmissionRun] = {}
        self._looking: set[asyncio.Task[None]] = set()
        self._cancelled_early: set[str] = set()

    async def submit(
        self,
        draft: Draft,
        on_progress: ProgressListener | None = None,
        consent: Consent = NO_CONSENT,
        *,
        report: bool = True,
    ) -> Job:
        """Upload what is needed and create the job, exactly once, by the rule for money.

        The draft's descriptors are copied, so the caller may close its own. A draft that is being
        submitted is waited for; one that has its job is not sent again. Where an earlier call for
        the same file and model has made a job, that is the answer, and the last progress says so.
        `on_progress` is called on the service thread. With `report` False the job stays an open
        item until `note_reported`.

        Raises:
            ServiceError: `outcome` is NOT_SENT or REFUSED when there is certainly no job, UNKNOWN
                when there may be one. What was uploaded is kept.
        """
        job = await self._alone(draft.id, lambda: self._submit(draft, on_progress, consent))
        assert job is not None
        if report:
            await self.note_reported(job)
        return replace(job, asked=draft.asked)

    async def require(
        self,
        draft: Draft,
        on_progress: ProgressListener | None = None,
        consent: Consent = NO_CONSENT,
    ) -> Job | None:
        """What `submit` asks before anything else, for those who ask the user after it.

        Returns the job of an earlier call, which is the answer, or None.

        Raises:
            ServiceError: as `submit`; nothing was sent.
        """
        meter = Meter(draft.id, on_progress, UploadControl())
        return await self.rule.require(Wanted.of_draft(draft), consent, meter)

    async def note_reported(self, *jobs: Job) -> None:
        """Note that whoever asked for `jobs` was told their ids; never raises."""
        await self.records.note_reported(*(job.raw_id for job in jobs))

    def pause(self, submission_id: str) -> None:
        """Send no further part of an upload; what is on its way is finished."""
        if run := self._runs.get(submission_id):
            run.control.pause()

    def resume(self, submission_id: str) -> None:
        """Go on with a paused upload."""
        if run := self._runs.get(submission_id):
            run.control.resume()

    def cancel(self, submission_id: str) -> None:
        """Give up an upload, also one that has yet to begin.

        A create call that is on its way cannot be given up.
        """
        if run := self._runs.get(submission_id):
            run.control.cancel()
        else:
            self._cancelled_early.add(submission_id)

    @property
    def at_work(self) -> tuple[str, ...]:
        """The ids of the submissions under way in this process: a reason to ask before quitting."""
        return tuple(self._running)

    @property
    def has_paid_calls(self) -> bool:
        """True while a create call is on its way."""
        return bool(self._paid.tasks)

    async def settle(self) -> None:
        """Return when no create call is on its way any more."""
        while self._paid.tasks:
            await asyncio.wait(self._paid.tasks)

    async def find_uploaded(self, sha256: str) -> TrainingFile | None:
        """A file on the endpoint with this content, proved to be still there; None without one.

        Raises:
            ServiceError: the endpoint could not be asked.
        """
        try:
            known = await asyncio.to_thread(self.journal.files_with, self._account, sha256)
        except JournalError:
            return None
        for file_id in known:
            try:
                file = await self._handle.retrieve_file(file_id)
            except NotFoundError:
                with contextlib.suppress(JournalError):
                    await asyncio.to_thread(self.journal.forget_file, self._account, file_id)
                continue
            if file.status not in {"error", "deleted"}:
                return file
        return None

    @property
    def upload_options(self) -> UploadOptions:
        """How files are uploaded here."""
        return self._upload_options

    def find(self, submission_id: str) -> Submission | None:
        """What the journal has of a submission, None for nothing; reads the journal.

        Raises:
            ServiceError: it cannot be read.
        """
        try:
            return self.records.read(submission_id)
        except JournalError as problem:
            raise JournalUnavailableError(str(problem), problem.hint) from problem

    def unfinished_items(self) -> list[UnfinishedItem]:
        """What earlier runs or failures left open, oldest first; reads the journal, so it blocks.

        Raises:
            ServiceError: the journal cannot be read, so what is open is not known.
        """
        return self.records.unfinished_items(self._running)

    def spare_files(self) -> list[str]:
        """The ids of files that were uploaded by themselves, and that no submission has taken.

        As far as the journal knows; it is read, so this blocks.

        Raises:
            ServiceError: the journal cannot be read.
        """
        return self.records.spare_files()

    def forget_file(self, file_id: str) -> None:
        """Note that a file is deleted; never raises. Reads the journal, so it blocks."""
        with contextlib.suppress(JournalError):
            self.journal.forget_file(self._account, file_id)

    async def recover(
        self,
        submission_id: str,
        action: str,
        *,
        consent: bool = False,
        agreed: Consent = NO_CONSENT,
        on_progress: ProgressListener | None = None,
        report: bool = True,
    ) -> Job | None:
        """Do one of an open item's `actions`; the job, where it leads to one.

        `resend` needs `consent`: the user was told that it may pay a second time.
        `agreed` and `report` are as in `submit`.

        Raises:
            ServiceError: as `submit`; nothing was done when the action does not fit any more.
        """
        if action == "resend" and not consent:
            raise ConsentNeededError
        agreed = replace(agreed, again=agreed.again or action == "resend")
        job = await self._alone(
            submission_id, lambda: self._recover(submission_id, action, agreed, on_progress)
        )
        if report and job is not None:
            await self.note_reported(job)
        return job

    async def _alone(
        self, submission_id: str, work: Callable[[], Coroutine[Any, Any, Job | None]]
    ) -> Job | None:
        """Run `work` unless this process does so already; then wait for that instead."""
        task = self._running.get(submission_id)
        if task is None:
            task = asyncio.create_task(self._locked(submission_id, work))
            self._running[submission_id] = task
            task.add_done_callback(lambda _: self._running.pop(submission_id, None))
            return await task
        return await asyncio.shield(task)

    async def _locked(
        self, submission_id: str, work: Callable[[], Coroutine[Any, Any, Job | None]]
    ) -> Job | None:
        """Run `work` while no other process may."""
        lock = self.journal.lock(submission_id)
        if not await is_taken(lock):
            raise BusySubmissionError
        try:
            return await work()
        finally:
            run = self._runs.pop(submission_id, None)
            self._cancelled_early.discard(submission_id)
            if run is None:
                lock.release()
            else:
                record = run.record
                run.when_idle(lambda: lock.release(remove=record.submission.has_ended))

    async def _submit(
        self, draft: Draft, listener: ProgressListener | None, consent: Consent
    ) -> Job:
        record = await self.records.load(draft.id)
        if record is not None:
            stage = record.submission.stage
            if stage is Stage.CREATED:
                return await self._handle.retrieve_job(record.submission.job_id)
            if stage is Stage.ABANDONED:
                raise UploadCancelledError
            if record.submission.may_have_job:
                run = self._new_run(record, consent, listener)
                return await run.call.settle(unanswered(record.submission))
        if consent.without_journal:
            await self.rule.accept_gap()
        with opened_sources(draft) as sources:
            if record is None:
                draft = await with_digests(draft, sources)
                if (earlier := await self.require(draft, listener, consent)) is not None:
                    return earlier
                record = await self.records.begin(draft, may_do_without=consent.without_journal)
            run = self._new_run(record, consent, listener)
            if draft.reuse:
                await run.reuse_files(self.find_uploaded)
            try:
                return await run.carry_out(sources)
            except UnknownOutcomeError:
                self._look_later(draft.id, listener)
                raise

    def _new_run(
        self, record: SubmissionRecord, consent: Consent, listener: ProgressListener | None
    ) -> SubmissionRun:
        record.may_do_without = consent.without_journal
        run = SubmissionRun(
            self._handle,
            record,
            self._paid,
            self._upload_options,
            self._send_options,
            self.rule,
            consent,
            listener,
        )
        self._runs[record.submission.id] = run
        if record.submission.id in self._cancelled_early:
            self._cancelled_early.discard(record.submission.id)
            run.control.cancel()
        return run

    async def _recover(
        self,
        submission_id: str,
        action: str,
        consent: Consent,
        listener: ProgressListener | None,
    ) -> Job | None:
        record = await self.records.load(submission_id)
        if record is None:
            if action != "forget" or submission_id not in await asyncio.to_thread(self.records.ids):
                raise StaleActionError
            record = SubmissionRecord(self.journal, self._account, unreadable(submission_id))
        if consent.without_journal:
            await self.rule.accept_gap()
        run = self._new_run(record, consent, listener)
        return await Recovery(self._handle, run, self.find_uploaded).do(action)

    def _look_later(self, submission_id: str, listener: ProgressListener | None) -> None:
        """Look again some times while this process lives; the next start does the rest.

        A job that is found stays an open item until somebody has been told.
        """

        async def look() -> None:
            for delay in self._send_options.look_later:
                await asyncio.sleep(delay)
                with contextlib.suppress(ServiceError):
                    job = await self.recover(submission_id, "look_up", report=False)
                    if job is not None:
                        note = _("The answer was lost, but the job is there: {id}.", id=job.id)
                        Meter(submission_id, listener, UploadControl()).stage(Stage.CREATED, note)
                    return

        task = asyncio.create_task(look())
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)
