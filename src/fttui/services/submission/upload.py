"""Getting one file of a submission to the endpoint, whatever happens on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from fttui.services.endpoint.errors import NotFoundError, Outcome, ServiceError, UnsupportedError
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle, is_usable_id
from fttui.services.endpoint.models import TrainingFile
from fttui.services.endpoint.transport import is_worth_retrying, pause_after, with_retries
from fttui.services.endpoint.upload_body import (
    READ_TIMEOUT,
    SourceChangedError,
    SourceReader,
    UploadPart,
    UploadSource,
)
from fttui.services.submission.lookup import find_stored
from fttui.services.submission.progress import Meter, UploadControl
from fttui.services.submission.record import SubmissionRecord
from fttui.services.submission.state import FileState, Stage
from fttui.terminal.language import _
from fttui.terminal.text import safe

T = TypeVar("T")

MIB = 1024 * 1024
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """How files travel.

    Files up to `direct_bytes` go in one request, larger ones in parts of `part_bytes`, `window` of
    them at a time; that many, and one more, are in memory. A part, or a whole file, gets `tries`
    attempts with a pause from `first_pause` seconds on, doubled each time. `read_timeout` is for
    the local disk.
    """

    direct_bytes: int = 32 * MIB
    part_bytes: int = 8 * MIB
    window: int = 3
    tries: int = 5
    first_pause: float = 1.0
    read_timeout: float = READ_TIMEOUT


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

    async def run(self) -> None:
        """Upload what is missing; afterwards the record names the file's id.

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
                await self._pause_before_retry(error, attempt)
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
        except _UploadGoneError as gone:
            await self._give_up_upload(
                _("{sentence} So the upload starts again.", sentence=gone.sentence)
            )
            await self._announce()
            try:
                return await self._send_and_join()
            except _UploadGoneError as error:
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
            part_size=self._options.part_bytes,
            expires_at=expires.isoformat() if expires else None,
        )

    async def _send_and_join(self) -> TrainingFile:
        if self._file.completing and (stored := await self._find_stored(verified=True)):
            self._meter.already(self._file.size)
            return stored
        try:
            await self._send_parts()
        except SourceChangedError:
            await self._give_up_upload()
            raise
        return await self._join()

    async def _send_parts(self) -> None:
        """Read in order, send up to `window` parts at a time, skip what is acknowledged.

        Raises:
            SourceChangedError: the file is not the one that was checked.
        """
        reader = SourceReader(self._source, self._options.read_timeout)
        slots = asyncio.Semaphore(self._options.window)
        acknowledged = self._file.parts
        try:
            async with asyncio.TaskGroup() as group:
                index = 0
                while not reader.at_end:
                    await self._wait_while_paused()
                    await slots.acquire()
                    content = await reader.read(self._file.part_size)
                    sent = acknowledged.get(index)
                    if sent is None:
                        self._meter.start_clock()
                        task = group.create_task(self._send_part(index, content, reader.sha256))
                        task.add_done_callback(lambda _: slots.release())
                    else:
                        slots.release()
                        self._check(sent.sha256, reader.sha256)
                        self._meter.already(sum(map(len, content)))
                    index += 1
        except BaseExceptionGroup as errors:
            raise _first_of(errors) from None
        self._check(self._file.sha256, reader.sha256)

    async def _send_part(self, index: int, content: list[bytes], sha256: str) -> None:
        size = sum(map(len, content))
        upload_id = self._file.upload_id
        on_progress = partial(self._meter.sent, part=index)

        async def send() -> UploadPart:
            on_progress(0)
            return await self._handle.add_upload_part(upload_id, content, on_progress)

        try:
            part = await self._tried(send)
        except ServiceError as error:
            given_up = _is_worth_retrying(error) and self._should_have_expired()
            if _is_gone(error) or given_up:
                raise _UploadGoneError(error) from error
            raise
        await self._record.note(
            "part",
            role=self._role,
            upload_id=upload_id,
            index=index,
            part_id=part.raw_id,
            sha256=sha256,
        )
        self._meter.acknowledged(size, index)

    async def _join(self) -> TrainingFile:
        """Complete the upload; asked twice, an endpoint may refuse although the file is there."""
        parts = [self._file.parts[index].id for index in sorted(self._file.parts)]
        maybe_joined = self._file.completing
        await self._record.note("completing", role=self._role)
        self._meter.note(_("All parts are there; the endpoint joins them."))
        for attempt in range(1, self._options.tries + 1):
            try:
                upload = await self._handle.complete_upload(
                    self._file.upload_id, parts, self._file.md5
                )
            except ServiceError as error:
                if error.outcome is Outcome.REFUSED:
                    return await self._file_after_refusal(error, maybe_joined)
                maybe_joined = maybe_joined or error.outcome is Outcome.UNKNOWN
                await self._pause_before_retry(error, attempt)
                continue
            if upload.file is not None and is_usable_id(upload.file.raw_id):
                return upload.file
            if stored := await self._find_stored(verified=True):
                return stored
            maybe_joined = True
        raise _UploadGoneError(_no_file_named(self._handle.endpoint.host))

    async def _file_after_refusal(self, error: ServiceError, maybe_joined: bool) -> TrainingFile:
        """The file that an earlier, unanswered call made; otherwise the refusal is real."""
        if maybe_joined and (stored := await self._find_stored(verified=True)):
            return stored
        if maybe_joined or _is_gone(error):
            raise _UploadGoneError(error) from error
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

    async def _pause_before_retry(self, error: ServiceError, attempt: int) -> None:
        """Wait, visibly, before another try; raise `error` when there is to be none."""
        unreadable = error.code == "source_unreadable"
        if unreadable or attempt >= self._options.tries or not _is_worth_retrying(error):
            raise error
        pause = pause_after(error, attempt, self._options.first_pause, _LONGEST_PAUSE)
        self._meter.note(_tried_again(error, pause))
        await asyncio.sleep(pause)

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


class _UploadGoneError(Exception):
    """The endpoint does not know the upload any more, or will not finish it."""

    def __init__(self, reason: ServiceError) -> None:
        super().__init__(reason.sentence)
        self.reason = reason
        self.sentence = reason.sentence


def _no_file_named(host: str) -> ServiceError:
    return ServiceError(
        _("{host} joined the parts but names no file, and lists none that fits.", host=safe(host)),
        _("Try again; the parts are sent anew."),
        outcome=Outcome.UNKNOWN,
        retryable=True,
        code="no_file_id",
    )


def _is_gone(error: ServiceError) -> bool:
    """True when the endpoint takes nothing for an upload any more: expired, ended, unknown."""
    return error.outcome is Outcome.REFUSED and error.status in {400, 404, 410}


def _is_worth_retrying(error: ServiceError) -> bool:
    return is_worth_retrying(error, also_unknown=True)


def _tried_again(error: ServiceError, pause: float) -> str:
    return _("{sentence} Trying again in {pause:.0f} s.", sentence=error.sentence, pause=pause)


def _first_of(errors: BaseExceptionGroup[Any]) -> BaseException:
    """The error to tell of several: a source that changed outweighs a lost connection."""
    flat: list[BaseException] = []
    for error in errors.exceptions:
        flat.append(_first_of(error) if isinstance(error, BaseExceptionGroup) else error)
    for kind in (SourceChangedError, _UploadGoneError, ServiceError):
        for error in flat:
            if isinstance(error, kind):
                return error
    return flat[0]
