"""Showing on stderr how far an upload is: one line that changes, or a few lines in a log."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from fttui.cli.formats import cut, size
from fttui.terminal.window import terminal_size

if TYPE_CHECKING:
    from fttui.services.submission.types import SubmissionProgress

_WORDS = {
    "confirmed": "Preparing",
    "uploading": "Uploading",
    "uploaded": "Uploaded",
    "intent": "Creating the job",
    "sending": "Creating the job",
}
_LOG_STEP = 25  # percent between two lines of a log


class ProgressLine:
    """Told of a submission's progress from the service thread; `end` leaves a clean line."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._shown = self._noted = ""
        self._logged: tuple[str, str, int] = ("", "", -1)

    def told(self, progress: SubmissionProgress) -> None:
        """Show one step; what is told of a lost answer, or of the job, stays on its own line."""
        if str(progress.stage) not in _WORDS:
            if progress.note and progress.note != self._noted:
                self.end()
                self._noted = progress.note
                print(progress.note, file=sys.stderr, flush=True)
            return
        text = _text(progress)
        if self._live:
            text = cut(text, terminal_size(sys.stderr).columns - 1)
            if text != self._shown:
                print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
                self._shown = text
            return
        step = (_word(progress), progress.file, _percent(progress) // _LOG_STEP)
        if step != self._logged or progress.note:
            self._logged = step
            print(text, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Take the changing line away."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._shown = ""


def _word(progress: SubmissionProgress) -> str:
    return _WORDS[str(progress.stage)]


def _percent(progress: SubmissionProgress) -> int:
    if not progress.bytes_total:
        return 0
    return min(100, progress.bytes_acknowledged * 100 // progress.bytes_total)


def _text(progress: SubmissionProgress) -> str:
    parts = [_word(progress)]
    if progress.paused:
        parts[0] = "Paused: " + parts[0]
    if progress.file:
        done, total = size(progress.bytes_acknowledged), size(progress.bytes_total)
        parts[0] += f" the {progress.file} file: {done} of {total} ({_percent(progress)} %)"
        if progress.bytes_per_second > 0:
            parts.append(f"{size(int(progress.bytes_per_second))}/s")
        if progress.seconds_left is not None:
            parts.append(f"{progress.seconds_left:.0f} s left")
    text = ", ".join(parts)
    return f"{text}. {progress.note}" if progress.note else text
