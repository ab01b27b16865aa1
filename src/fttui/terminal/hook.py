"""A command of the user's that is run for each of some documents, and outlives who started it.

A small process of its own runs it: one document after the other on stdin, each for some seconds
at most. So leaving fttui neither kills a command half way nor lets one run for ever.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from fttui.terminal.children import clean_environment
from fttui.terminal.language import _

SECONDS = 30.0
"""How long one run of the command may take."""

_KEPT = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TERM",
    "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS",
)  # fmt: skip
"""What a command needs to find programs and to show something to the user; nothing of fttui's."""
_RUN_EACH = """
import json, os, signal, subprocess, sys
seconds, command = float(sys.argv[1]), sys.argv[2:]
for line in sys.stdin.buffer:
    told = {}
    try:
        child = subprocess.Popen(command, stdin=-1, stdout=-3, stderr=-3, start_new_session=True)
    except (OSError, ValueError) as problem:
        told["refused"] = getattr(problem, "strerror", None) or "it is not a command"
    else:
        try:
            child.communicate(line, timeout=seconds)
        except subprocess.TimeoutExpired:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except OSError:
                pass
            child.wait()
            told["late"] = seconds
        else:
            told["status"] = child.returncode
    try:
        print(json.dumps(told), flush=True)
    except OSError:
        pass
"""


class Hook:
    """A command at work; `problems` waits for it."""

    def __init__(self, command: str, process: subprocess.Popen[bytes] | None, problem: str) -> None:
        self._command = command
        self._process = process
        self._problem = problem

    def problems(self, seconds: float | None = None) -> list[str]:
        """What went wrong, as sentences; those alone that are known after so many seconds."""
        if self._process is None:
            return [self._problem]
        try:
            output = self._process.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            return []
        return [text for line in output.splitlines() if (text := self._told(line))]

    def _told(self, line: bytes) -> str:
        told: object = None
        with contextlib.suppress(ValueError):
            told = json.loads(line)
        told = told if isinstance(told, dict) else {}
        if why := told.get("refused"):
            return _("{command} cannot be run: {why}.", command=self._command, why=why)
        if seconds := told.get("late"):
            return _(
                "{command} did not end within {seconds:g} seconds, and was killed.",
                command=self._command,
                seconds=seconds,
            )
        if status := told.get("status"):
            return _("{command} ended with status {status}.", command=self._command, status=status)
        return ""


def start_hook(
    command: Sequence[str],
    documents: Sequence[str],
    *,
    seconds: float = SECONDS,
    environ: Mapping[str, str] | None = None,
) -> Hook:
    """Run `command` once for each document, a line of JSON, and return at once. Never raises.

    No shell reads it; a `~` that its first word begins with is the home folder.
    """
    words = list(command)
    with contextlib.suppress(RuntimeError):  # there is no home folder
        words[0] = str(Path(words[0]).expanduser()) if words[0].startswith("~") else words[0]
    try:
        with tempfile.TemporaryFile() as lines:
            lines.write("".join(f"{one}\n" for one in documents).encode("utf-8", "replace"))
            lines.seek(0)
            process = subprocess.Popen(  # noqa: S603 - the user's own list of words, no shell
                [sys.executable, "-I", "-S", "-c", _RUN_EACH, f"{seconds}", *words],
                stdin=lines,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=hook_environment(environ),
                start_new_session=True,
            )
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or _("it is not a command")
        return Hook(words[0], None, _("{word} cannot be run: {why}.", word=words[0], why=why))
    return Hook(words[0], process, "")


def hook_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a command gets of the environment: by name, and nothing that looks like a key."""
    clean = clean_environment(os.environ if environ is None else environ)
    return {name: value for name, value in clean.items() if name in _KEPT or name.startswith("LC_")}
