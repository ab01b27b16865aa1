"""What a watch tells the terminal besides its lines: the title of the window, and ends of jobs."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from fttui.services.finished import Finished, RunningJobs, command_failed_text, ended_text
from fttui.terminal.language import _
from fttui.terminal.notify import notification
from fttui.terminal.title import WindowTitle, has_title

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session
    from fttui.terminal.hook import Hook

_SECONDS_TO_END = 3.0
"""How long the end of a watch waits for the user's commands, which else go on by themselves."""


class WatchNotices:
    """Tells of jobs on the terminal that stderr is, if it is one, and runs `on_finish`.

    `message` is for what went wrong with that.
    """

    def __init__(self, session: Session, message: Callable[[str], None]) -> None:
        is_terminal = sys.stderr.isatty()
        self._kinds = session.settings.notify if is_terminal else ()
        self._title = WindowTitle(_write)
        self._running = RunningJobs()
        self._finished = Finished(session, terminal=is_terminal)
        self._message = message
        self._hooks: list[Hook] = []
        self._lock = threading.Lock()  # a watch that is stopped may still hear of a job
        self._is_over = False

    async def take(self, jobs: Sequence[Job]) -> None:
        """Tell of jobs as they are now."""
        self._running.see(jobs)
        if "title" in self._kinds and has_title(os.environ):
            with self._lock:
                self._title.show("watch", "" if self._is_over else self._running.title)
        ended = await asyncio.to_thread(self._claim, jobs)
        if ended and self._kinds:
            _write(notification(_("job ended"), ended_text(ended), os.environ, self._kinds))

    def _claim(self, jobs: Sequence[Job]) -> Sequence[Job]:
        ends = self._finished.see(jobs)
        hook = self._finished.start_command(ends.to_run)
        self._hooks += [hook] if hook else []
        return ends.to_tell

    def give_back(self) -> None:
        """Bring back the title that the window had, for good."""
        with self._lock:
            self._is_over = True
            self._title.give_back()

    async def hear(self) -> None:
        """Say what went wrong with the user's commands that end soon."""
        until = monotonic() + _SECONDS_TO_END
        for hook in self._hooks:
            for problem in await asyncio.to_thread(hook.problems, max(until - monotonic(), 0)):
                self._message(command_failed_text(problem))


def _write(sequence: str) -> None:
    print(sequence, end="", file=sys.stderr, flush=True)
