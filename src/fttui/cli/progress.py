"""Showing on stderr how far an upload is: one line that changes, or a few lines in a log."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Self

from fttui.cli import streams
from fttui.cli.output import wrapped_for
from fttui.terminal.format import counted, cut, progress_text, share_of
from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.terminal.window import terminal_size

if TYPE_CHECKING:
    from fttui.services.submission.types import SubmissionProgress
    from fttui.training_data.check import Progress


SECONDS = 3.0
_AGAIN = 60.0


@contextmanager
def waiting_for(sentence: str) -> Iterator[None]:
    """Say `sentence` when the block lasts, first after three seconds, then once a minute.

    As soon as the command itself says something, it is silent: its words tell more.
    """
    over, lock = threading.Event(), threading.Lock()

    def say() -> None:
        written, pause = streams.written(), SECONDS
        while not over.wait(pause):
            with lock:
                if over.is_set() or streams.written() != written:
                    return
                print(sentence, file=sys.stderr, flush=True)
                written, pause = streams.written(), _AGAIN

    try:
        with suppress(RuntimeError):  # no more threads: then it waits without a word
            threading.Thread(target=say, name="waiting", daemon=True).start()
        yield
    finally:
        with lock:
            over.set()


_LOG_STEP = 25  # percent between two lines of a log


class ProgressLine:
    """Told of a submission's progress from the service thread; `end` leaves a clean line."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._shown = self._noted = ""
        self._logged: tuple[object, ...] = ()

    def show(self, progress: SubmissionProgress) -> None:
        """Show one step; what is told of a lost answer, or of the job, stays on its own line."""
        from fttui.services.submission_words import is_on_its_way, progress_line

        if not is_on_its_way(progress):
            if progress.note and progress.note != self._noted:
                self.end()
                self._noted = progress.note
                _say(progress.note)
            return
        text = safe(progress_line(progress))
        if self._live:
            text = cut(text, terminal_size(sys.stderr).columns - 1)
            if text != self._shown:
                print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
                self._shown = text
            return
        share = share_of(progress.bytes_sent, progress.bytes_total) // _LOG_STEP
        step = (progress.stage, progress.file, share, progress.awaits_answer)
        if step != self._logged or progress.note:
            self._logged = step
            _say(text)

    def end(self) -> None:
        """Take the changing line away."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._shown = ""


def _say(text: str) -> None:
    print(*wrapped_for(sys.stderr, text), sep="\n", file=sys.stderr, flush=True)


_LONGEST_WAIT = 0.5


class CheckProgress:
    """Shows progress on stderr if that is a terminal and the check takes a while, else a word."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._is_shown = False
        self._waiting = ExitStack()

    def __enter__(self) -> Self:
        self._waiting.enter_context(waiting_for(_("Reading and checking the file ...")))
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting.close()
        if self._is_shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def show(self, progress: Progress) -> None:
        """Show one step."""
        if not self._live or (progress.seconds < _LONGEST_WAIT and not self._is_shown):
            return
        self._is_shown = True
        rate, left = progress.bytes_per_second, progress.seconds_left
        text = _(
            "Checking: {progress_text}",
            progress_text=progress_text(progress.done, progress.total, rate, left),
        )
        if progress.errors:
            text += _(", {counted} so far", counted=counted(progress.errors, "error"))
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
