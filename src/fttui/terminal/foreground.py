"""A program that has this terminal in front of us until it ends, stopped and continued with us."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

from fttui.terminal.children import clean_environment
from fttui.terminal.signals import has_shell

_TOGETHER = 0.15
"""Seconds within which a stop of the whole group reaches all of it."""
_SECONDS_TO_END = 1.0


class ForegroundProgram:
    """A program in our own group of processes, which is the one in front.

    Ctrl+Z in it stops us too, as a shell expects. It sees no keys of ours. The constructor raises
    OSError and ValueError for what cannot be run.
    """

    def __init__(self, words: Sequence[str], environ: Mapping[str, str]) -> None:
        # What fttui is shown on: its stdout may be a file.
        screen = sys.__stderr__
        self._process = subprocess.Popen(  # noqa: S603 - the user's own words, no shell
            words,
            stdin=sys.__stdin__,
            stdout=screen,
            stderr=screen,
            env=clean_environment(environ),
        )
        self._ended = threading.Event()

    def wait(self) -> int:
        """Wait for the end, in a thread; the exit status, negative for a signal."""
        process, flags = self._process.pid, os.WUNTRACED | os.WCONTINUED
        look = 0
        while True:
            found, status = os.waitpid(process, flags | look)
            if found and (os.WIFEXITED(status) or os.WIFSIGNALED(status)):
                self._process.returncode = os.waitstatus_to_exitcode(status)
                self._ended.set()
                return self._process.returncode
            if found == 0:
                self._stop_with_it()
            look = 0
            if found and os.WIFSTOPPED(status):
                # Mostly all of us were stopped, and have gone on together by the next look.
                time.sleep(_TOGETHER)
                look = os.WNOHANG

    def _stop_with_it(self) -> None:
        """It has stopped itself alone: stop all that the shell takes for one program."""
        if has_shell():
            os.killpg(os.getpgrp(), signal.SIGTSTP)
        else:
            self._process.send_signal(signal.SIGCONT)

    def hang_up(self) -> None:
        """End it as a lost terminal does, so that it can save what is not saved; waits a second.

        One that takes no notice of that is asked once more, or it would read what the shell is to
        get; another second is waited for that.
        """
        for number in (signal.SIGHUP, signal.SIGTERM):
            for each in (number, signal.SIGCONT):
                if not self._ended.is_set():
                    self._process.send_signal(each)
            if self._ended.wait(_SECONDS_TO_END):
                return
