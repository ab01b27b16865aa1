"""Steering an upload from outside, and telling how far it is."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Coroutine
from typing import Any

from fttui.services.submission.state import Stage
from fttui.services.submission.types import ProgressListener, SubmissionProgress

_log = logging.getLogger(__name__)
_WINDOW = 15.0  # seconds over which the rate is taken


class UploadControl:
    """Pause, resume and cancel, from any thread, for work on one event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._may_run = asyncio.Event()
        self._may_run.set()
        self._task: asyncio.Task[object] | None = None
        self._is_past_work = False
        self.is_cancelled = False

    @property
    def is_paused(self) -> bool:
        """True between `pause` and `resume`."""
        return not self._may_run.is_set()

    def pause(self) -> None:
        """Let nothing new begin; what is on its way is finished."""
        self._loop.call_soon_threadsafe(self._may_run.clear)

    def resume(self) -> None:
        """Let the work go on."""
        self._loop.call_soon_threadsafe(self._may_run.set)

    def cancel(self) -> None:
        """Cancel the work, also work that has yet to begin; does nothing once it is done."""
        self._loop.call_soon_threadsafe(self._cancel)

    async def run(self, work: Coroutine[Any, Any, object]) -> None:
        """Do `work`, which `cancel` cancels; once it is done nothing may be, until other work is.

        Raises CancelledError with `is_cancelled` True when it was given up so.
        """
        self._task = task = asyncio.create_task(work)
        if self.is_cancelled:
            task.cancel()
        try:
            await task
        finally:
            self._task = None
            self._is_past_work = True

    async def may_go_on(self) -> None:
        """Return at once, or when a pause ends."""
        await self._may_run.wait()

    def _cancel(self) -> None:
        if self._task is not None:
            self.is_cancelled = True
            self._task.cancel()
        elif not self._is_past_work:
            self.is_cancelled = True


class Meter:
    """Counts bytes sent and acknowledged, and tells a listener, with rate and time left."""

    def __init__(
        self, submission_id: str, listener: ProgressListener | None, control: UploadControl
    ) -> None:
        self._submission_id = submission_id
        self._listener = listener
        self._control = control
        self._stage = Stage.CONFIRMED
        self._file = ""
        self._total = 0
        self._done = 0
        self._ahead: dict[int, int] = {}
        self._marks: deque[tuple[float, int]] = deque()

    def stage(self, stage: Stage, note: str = "") -> None:
        """The submission is at another stage; a file's counts are over."""
        self._stage, self._file, self._total, self._done = stage, "", 0, 0
        self._forget_sent()
        self.note(note)

    def begin_file(self, role: str, total: int, note: str = "") -> None:
        """The upload of a file of `total` bytes begins."""
        self._stage, self._file, self._total, self._done = Stage.UPLOADING, role, total, 0
        self._forget_sent()
        self.note(note)

    def already(self, size: int) -> None:
        """So many bytes were acknowledged in an earlier run; they do not count for the rate."""
        self._done += size
        self._marks.clear()

    def sent(self, size: int, part: int = 0) -> None:
        """So many bytes of a part have left, and are not acknowledged yet; 0 when it is tried anew.

        A file that goes in one request is one part.
        """
        if size < self._ahead.get(part, 0):
            self._marks.clear()
        self._ahead[part] = size
        self._mark()
        if size:
            self.note()

    def acknowledged(self, size: int, part: int = 0) -> None:
        """The endpoint has so many bytes more, those of `part`."""
        self._ahead.pop(part, None)
        self.start_clock()
        self._done += size
        self._mark()
        self.note()

    def start_clock(self) -> None:
        """Bytes begin to leave now."""
        if not self._marks:
            self._mark()

    @property
    def _sent(self) -> int:
        return min(self._done + sum(self._ahead.values()), max(self._total, self._done))

    def _mark(self) -> None:
        self._marks.append((time.monotonic(), self._sent))
        while len(self._marks) > 2 and self._marks[-1][0] - self._marks[0][0] > _WINDOW:
            self._marks.popleft()

    def _forget_sent(self) -> None:
        self._ahead.clear()
        self._marks.clear()

    def note(self, note: str = "") -> None:
        """Tell the listener; what it raises is logged."""
        if self._listener is None:
            return
        rate = self._rate()
        left = self._total - self._sent
        progress = SubmissionProgress(
            submission_id=self._submission_id,
            stage=self._stage,
            file=self._file,
            bytes_acknowledged=self._done,
            bytes_total=self._total,
            bytes_per_second=rate,
            seconds_left=left / rate if rate > 0 and self._file else None,
            note=note,
            paused=self._control.is_paused,
            bytes_sent=self._sent,
        )
        try:
            self._listener(progress)
        except Exception:  # noqa: BLE001 - whatever it is, it must not stop a paid call
            _log.exception("A progress listener failed")

    def _rate(self) -> float:
        if len(self._marks) < 2:
            return 0.0
        (start, first), (end, last) = self._marks[0], self._marks[-1]
        return max(last - first, 0) / (end - start) if end > start else 0.0
