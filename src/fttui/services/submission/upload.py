"""Getting one file of a submission to the endpoint, whatever happens on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fttui.services.endpoint.errors import NotFoundError, Outcome, ServiceError, UnsupportedError
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.job_reads import is_usable_id
from fttui.services.endpoint.models import TrainingFile
from fttui.services.endpoint.retries import pause_after, with_retries
from fttui.services.endpoint.upload_source import SourceChangedError, UploadSource
from fttui.services.submission.lookup import find_stored
from fttui.services.submission.parts import (
    PartsSender,
    UploadGoneError,
    is_gone,
    may_try_again,
)
from fttui.services.submission.progress import Meter, UploadControl
from fttui.services.submission.record import SubmissionRecord
from fttui.services.submission.state import FileState, Stage
from fttui.services.submission.types import UploadOptions
from fttui.terminal.language import _
from fttui.terminal.text import safe

T = TypeVar("T")

_LONGEST_PAUSE = 30.0


class FileUpload:
    """The upload of one file: continues where the journal says that an earlier run stopped."""

    def __init__(
        self,
        handle: FineTuningHandle,
        record: SubmissionRecord,
        role: str,
        source: UploadSource,
        options: UploadOptions,
        control: UploadControl,
        meter: Meter,
    ) -> None:
        self._handle = handle
        self._record = record
        self._role = role
        self._source = source
        self._options = options
        self._control = control
        self._meter = meter

    async def run(self) -> TrainingFile:
        """Upload what is missing, and return the file; afterwards the record names its id.

        Raises:
            ServiceError: it stopped; what is acknowledged is kept for the next try, except after
                SourceChangedError, when nothing is.
        """
        self._meter.begin_file(self._role, self._file.size)
        await self._control.may_go_on()
        if self._file.size <= self._options.direct_bytes and not self._file.upload_id:
            stored = await self._send_whole()
        else:
            stored = await self._send_in_parts()
        await self._record.note_done("file", role=self._role, file_id=stored.raw_id)
        await self._record.remember_file(self._file.sha256, stored.raw_id)
        return stored

    @property
    def _file(self) -> FileState:
        return self._record.submission.files[self._role]

    async def _send_whole(self, note: str = "") -> TrainingFile:
        """One request; when its answer is lost, the file is looked for before it is sent again."""
        maybe_sent = self._file.started_at is not None and not self._file.upload_id
        await self._record.note(Stage.UPLOADING, role=self._role)
        if note:
            self._meter.note(note)
        for attempt in range(1, self._options.tries + 1):
            if maybe_sent and (stored := await self._find_stored(verified=False)):
                return stored
            self._meter.sent(0)
            try:
                stored = await self._handle.upload_training_file(
                    self._source, self._meter.sent, sha256=self._file.sha256
                )
            except ServiceError as error:
                maybe_sent = maybe_sent or error.outcome is Outcome.UNKNOWN
                await asyncio.sleep(self._pause_before_retry(error, attempt))
            else:
                self._meter.acknowledged(self._file.size)
                return stored
        raise AssertionError("unreachable")

    async def _send_in_parts(self) -> TrainingFile:
        """Parts, joined at the end; an upload that died on the endpoint is begun anew, once."""
        if not self._file.upload_id:
            try:
                await self._announce()
            except (NotFoundError, UnsupportedError):
                return await self._send_whole(
                    _(
                        "This endpoint takes no uploads in parts, so the file goes in one "
                        "piece and "
                        "cannot be resumed."
                    )
                )
        try:
            return await self._send_and_join()
        except UploadGoneError as gone:
            await self._give_up_upload(
                _("{sentence} So the upload starts again.", sentence=gone.sentence)
            )
            await self._announce()
            try:
                return await self._send_and_join()
            except UploadGoneError as error:
                raise error.reason from error

    async def _announce(self) -> None:
        upload = await self._tried(
            lambda: self._handle.create_upload(self._source.upload_name, self._file.size)
        )
        expires = upload.expires_at
        await self._record.note(
            Stage.UPLOADING,
            role=self._role,
            upload_id=upload.raw_id,
            part_size=self._options.part_size(self._file.size),
            expires_at=expires.isoformat() if expires else None,
        )

    async def _send_and_join(self) -> TrainingFile:
        if self._file.completing and (stored := await self._find_stored(verified=True)):
            self._meter.already(self._file.size)
            return stored
        sender = PartsSender(
            self._handle,
            self._record,
            self._role,
            self._source,
            self._options,
            self._control,
            self._meter,
            self._pause_before_retry,
        )
        try:
            md5 = await sender.send()
        except SourceChangedError:
            await self._give_up_upload()
            raise
        return await self._join(md5)

    async def _join(self, md5: str) -> TrainingFile:
        """Complete the upload; asked twice, an endpoint may refuse although the file is there."""
        parts = [self._file.parts[index].id for index in sorted(self._file.parts)]
        maybe_joined = self._file.completing
        await self._record.note("completing", role=self._role)
        self._meter.note(_("All parts are there; the endpoint joins them."))
        for attempt in range(1, self._options.tries + 1):
            try:
                upload = await self._handle.complete_upload(self._file.upload_id, parts, md5)
            except ServiceError as error:
                if error.outcome is Outcome.REFUSED:
                    return await self._file_after_refusal(error, maybe_joined)
                maybe_joined = maybe_joined or error.outcome is Outcome.UNKNOWN
                await asyncio.sleep(self._pause_before_retry(error, attempt))
                continue
            if upload.file is not None and is_usable_id(upload.file.raw_id):
                return upload.file
            if stored := await self._find_stored(verified=True):
                return stored
            maybe_joined = True
        raise UploadGoneError(_no_file_named(self._handle.endpoint.host))

    async def _file_after_refusal(self, error: ServiceError, maybe_joined: bool) -> TrainingFile:
        """The file that an earlier, unanswered call made; otherwise the refusal is real."""
        if maybe_joined and (stored := await self._find_stored(verified=True)):
            return stored
        if maybe_joined or is_gone(error):
            raise UploadGoneError(error) from error
        await self._give_up_upload()
        raise error

    async def _find_stored(self, *, verified: bool) -> TrainingFile | None:
        known = await self._record.known_files()
        return await find_stored(self._handle, self._file, known, verified=verified)

    async def _give_up_upload(self, note: str = "") -> None:
        upload_id = self._file.upload_id
        await self._record.note("file gone", role=self._role)
        if note:
            self._meter.begin_file(self._role, self._file.size, note)
        try:
            await self._handle.cancel_upload(upload_id)
        except ServiceError:
            return  # it dies by itself within the hour

    def _pause_before_retry(self, error: ServiceError, attempt: int) -> float:
        """Seconds to wait before another try, and that told; raises `error` when there is none."""
        if attempt >= self._options.tries or not may_try_again(error):
            raise error
        pause = pause_after(error, attempt, self._options.first_pause, _LONGEST_PAUSE)
        self._meter.note(_tried_again(error, pause))
        return pause

    async def _tried(self, call: Callable[[], Awaitable[T]]) -> T:
        """The result of a call that may go out several times, with every wait told."""
        return await with_retries(
            call,
            lambda retry: self._meter.note(_tried_again(retry.error, retry.pause)),
            tries=self._options.tries,
            first_pause=self._options.first_pause,
            longest_pause=_LONGEST_PAUSE,
            also_unknown=True,
        )


def _no_file_named(host: str) -> ServiceError:
    return ServiceError(
        _("{host} joined the parts but names no file, and lists none that fits.", host=safe(host)),
        _("Try again; the parts are sent anew."),
        outcome=Outcome.UNKNOWN,
        retryable=True,
        code="no_file_id",
    )


def _tried_again(error: ServiceError, pause: float) -> str:
    return _("{sentence} Trying again in {pause:.0f} s.", sentence=error.sentence, pause=pause)
