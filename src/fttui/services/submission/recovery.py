"""Doing what the user chose for something that was left open."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.models import Job, TrainingFile
from fttui.services.submission.lookup import find_job
from fttui.services.submission.others import others_of
from fttui.services.submission.record import reopened_sources
from fttui.services.submission.run import SubmissionRun
from fttui.services.submission.state import Stage, Submission
from fttui.services.submission.unfinished import kind_of
from fttui.terminal.language import _, english_text

_NEEDS = {
    "resume": {"upload"},
    "create": {"file", "upload"},
    "take_up": {"upload", "file", "unknown", "untold", "duplicate"},
    "look_up": {"unknown", "untold"},
    "resend": {"unknown"},
    "delete_file": {"file"},
    "cancel_extra": {"duplicate"},
    "forget": {"upload", "lone_upload", "file", "unknown", "duplicate", "untold", "unreadable"},
    "let_go": {"upload", "file"},
}


class StaleActionError(ServiceError):
    """The submission has moved on since it was listed, so the action was not done."""

    def __init__(self) -> None:
        super().__init__(
            _("This submission has changed since it was listed, so nothing was done."),
            _("Look at the list again."),
            outcome=Outcome.NOT_SENT,
            code="stale",
        )


def unanswered(submission: Submission) -> ServiceError:
    """The failure that stands for a call whose answer no process was there to see."""
    return ServiceError(
        submission.error or _("fttui ended before the create call was answered."),
        outcome=Outcome.UNKNOWN,
        code="interrupted",
    )


class OtherAccountError(ServiceError):
    """The submission was asked for as another organisation or project, or by other headers."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This was asked for with the same key, but as another organization or project, or"
                " with other headers, so nothing was done."
            ),
            _("Go to the profile that it was asked for with."),
            outcome=Outcome.NOT_SENT,
            code="other_account",
        )


class Recovery:
    """The actions on one submission that an earlier run, or a failure, left open."""

    def __init__(
        self,
        handle: FineTuningHandle,
        run: SubmissionRun,
        find_uploaded: Callable[[str], Awaitable[TrainingFile | None]],
    ) -> None:
        self._handle = handle
        self._find_uploaded = find_uploaded
        self._run = run
        self._record = run.record
        self._actions: Mapping[str, Callable[[], Awaitable[Job | None]]] = {
            "resume": self._resume,
            "create": self._resume,
            "take_up": self._take_up,
            "look_up": self._look_up,
            "resend": self._resend,
            "delete_file": self._delete_files,
            "cancel_extra": self._cancel_extra,
            "forget": self._forget,
            "let_go": self._forget,
        }

    async def do(self, action: str) -> Job | None:
        """Do `action`; the job, where it leads to one.

        Raises:
            StaleActionError: the action does not fit the submission as it is now.
            OtherAccountError: it would be done in the name of another account.
            ServiceError: it failed.
        """
        if action != "forget" and not self._record.submission.is_of(self._record.account):
            raise OtherAccountError
        if kind_of(self._record.submission) not in _NEEDS.get(action, ()):
            raise StaleActionError
        return await self._actions[action]()

    async def _take_up(self) -> Job:
        """Go on from wherever the record stands: look for a call that is out, else send it."""
        if self._record.submission.stage is Stage.CREATED or self._record.submission.may_have_job:
            return await self._look_up()
        await self._run.reuse_files(self._find_uploaded)
        return await self._resume()

    async def _resume(self) -> Job:
        with reopened_sources(self._record.submission.files) as sources:
            return await self._run.carry_out(sources)

    async def _look_up(self) -> Job:
        if self._record.submission.stage is Stage.CREATED:
            return await self._handle.retrieve_job(self._record.submission.job_id)
        await self._note_unknown()
        return await self._run.call.settle(unanswered(self._record.submission), delays=(0.0,))

    async def _resend(self) -> Job:
        """Send again, with the user's consent; but never without having looked just before."""
        await self._note_unknown()
        found = await find_job(
            self._handle, self._record.submission, partial(others_of, self._record)
        )
        if found is not None:
            return await self._run.call.note_found(found)
        await self._record.note("consent")
        return await self._run.create()

    async def _delete_files(self) -> None:
        await self._run.withdraw()

    async def _cancel_extra(self) -> Job:
        submission = self._record.submission
        for job_id in submission.extra_job_ids:
            await self._handle.cancel_fine_tuning_job(job_id)
        await self._record.note_done(Stage.CREATED, job_id=submission.job_id)
        return await self._handle.retrieve_job(submission.job_id)

    async def _forget(self) -> None:
        for file in self._record.submission.files.values():
            if file.upload_id and not file.file_id:
                with contextlib.suppress(ServiceError):
                    await self._handle.cancel_upload(file.upload_id)
        if self._record.submission.stage is Stage.CREATED:
            await self._record.note(Stage.CREATED, job_id=self._record.submission.job_id)
            await self._record.note("told")
        else:
            await self._record.note(Stage.ABANDONED, error="The user let go of it.")

    async def _note_unknown(self) -> None:
        if self._record.submission.stage is Stage.SENDING:
            error = unanswered(self._record.submission).sentence
            await self._record.note(Stage.UNKNOWN, error=english_text(error))
