"""Sending the parts of a file: read one after the other, several under way at one time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.retries import is_worth_retrying
from fttui.services.endpoint.upload_body import UploadPart
from fttui.services.endpoint.upload_source import (
    Room,
    SourceChangedError,
    SourcePart,
    SourceReader,
    UploadSource,
)
from fttui.services.submission.progress import Meter, UploadControl
from fttui.services.submission.record import SubmissionRecord
from fttui.services.submission.state import FileState
from fttui.services.submission.types import UploadOptions

_KEPT = 24 * 1024 * 1024  # read and waiting to be sent, of all parts together


class UploadGoneError(Exception):
    """The endpoint does not know the upload any more, or will not finish it."""

    def __init__(self, reason: ServiceError) -> None:
        super().__init__(reason.sentence)
        self.reason = reason
        self.sentence = reason.sentence


class PartsSender:
    """Sends the parts that an upload still lacks.

    The file is read once and in order, some way ahead of the sending, so that the end of a part
    and the beginning of the next go out at one time. At most `window` parts are under way, which
    is until they are in the journal. `pause_before` tells how many seconds to wait after a try
    that failed, or raises its error when it was the last.
    """

    def __init__(
        self,
        handle: FineTuningHandle,
        record: SubmissionRecord,
        role: str,
        source: UploadSource,
        options: UploadOptions,
        control: UploadControl,
        meter: Meter,
        pause_before: Callable[[ServiceError, int], float],
    ) -> None:
        self._handle = handle
        self._record = record
        self._role = role
        self._source = source
        self._options = options
        self._control = control
        self._meter = meter
        self._pause_before = pause_before

    @property
    def _file(self) -> FileState:
        return self._record.submission.files[self._role]

    async def send(self) -> str:
        """Send what is not acknowledged; the MD5 of the whole file, in hex.

        Raises:
            SourceChangedError: the file is not the one that was checked.
            UploadGoneError: the upload can only be begun anew.
            ServiceError: a part could not be sent; those that are acknowledged are on record.
        """
        file = self._file
        reader = SourceReader(
            self._source, self._options.read_timeout, part_size=file.part_size, md5=not file.md5
        )
        try:
            async with asyncio.TaskGroup() as group:
                await self._send_in_order(reader, group)
        except BaseExceptionGroup as errors:
            raise _first_of(errors) from None
        finally:
            reader.close()
        end = reader.end()
        self._check(file.sha256, end.sha256)
        return file.md5 or end.md5

    async def _send_in_order(self, reader: SourceReader, group: asyncio.TaskGroup) -> None:
        slots, room = asyncio.Semaphore(self._options.window), Room(_KEPT)
        acknowledged = self._file.parts
        index = 0
        while not reader.at_end:
            part = SourcePart(reader, room)
            sent = acknowledged.get(index)
            if sent is None:
                await slots.acquire()
                await self._wait_while_paused()
                self._meter.start_clock()
                task = group.create_task(self._send_part(index, part))
                task.add_done_callback(lambda _: slots.release())
                await part.read()
            else:
                part.let_go()
                await part.read()
                self._check(sent.sha256, await part.sha256())
                self._meter.already(part.size)
            index += 1

    async def _send_part(self, index: int, part: SourcePart) -> None:
        upload_id = self._file.upload_id
        answer = await self._answer_to(upload_id, index, part)
        await self._record.note(
            "part",
            role=self._role,
            upload_id=upload_id,
            index=index,
            part_id=answer.raw_id,
            sha256=await part.sha256(),
        )
        self._meter.acknowledged(part.size, index)

    async def _answer_to(self, upload_id: str, index: int, part: SourcePart) -> UploadPart:
        """Of a part that is sent twice only one is joined, so trying again is safe."""
        on_progress = partial(self._meter.sent, part=index)
        attempt = 0
        while True:
            attempt += 1
            on_progress(0)
            try:
                return await self._handle.add_upload_part(
                    upload_id, part.content(), part.size, on_progress
                )
            except ServiceError as error:
                pause = self._pause_or_end(error, attempt)
            finally:
                part.let_go()  # also where an answer came before all of it was sent
            await asyncio.sleep(pause)

    def _pause_or_end(self, error: ServiceError, attempt: int) -> float:
        try:
            return self._pause_before(error, attempt)
        except ServiceError:
            if is_gone(error) or (may_try_again(error) and self._should_have_expired()):
                raise UploadGoneError(error) from error
            raise

    async def _wait_while_paused(self) -> None:
        if self._control.is_paused:
            self._meter.note()
            await self._control.may_go_on()
            self._meter.already(0)
            self._meter.note()

    def _should_have_expired(self) -> bool:
        """True when it has expired by this machine's clock, which may be wrong."""
        expires = self._file.expires_at
        return expires is not None and datetime.now(UTC) >= expires

    def _check(self, expected: str, found: str) -> None:
        if expected != found:
            raise SourceChangedError(self._source.upload_name)


def is_gone(error: ServiceError) -> bool:
    """True when the endpoint takes nothing for an upload any more: expired, ended, unknown."""
    return error.outcome is Outcome.REFUSED and error.status in {400, 404, 410}


def may_try_again(error: ServiceError) -> bool:
    """True when the same call may succeed soon: a disk that fails is left for a later run."""
    return error.code != "source_unreadable" and is_worth_retrying(error, also_unknown=True)


def _first_of(errors: BaseExceptionGroup[Any]) -> BaseException:
    """The error to tell of several: a source that changed outweighs a lost connection."""
    flat: list[BaseException] = []
    for error in errors.exceptions:
        flat.append(_first_of(error) if isinstance(error, BaseExceptionGroup) else error)
    for kind in (SourceChangedError, UploadGoneError, ServiceError):
        for error in flat:
            if isinstance(error, kind):
                return error
    return flat[0]
