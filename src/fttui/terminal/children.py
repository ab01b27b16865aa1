"""Short-lived child processes that see no secrets, cannot hang us and cannot touch the screen."""

import contextlib
import os
import re
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fttui.terminal.language import _

SECONDS = 2.0
"""How long a child may take unless the caller says otherwise."""

_SECRET_NAME = re.compile(
    r"^OPENAI_|(?:^|_)(?:API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$", re.IGNORECASE
)
_SECRET_VALUE = re.compile(r"sk-[\w-]{8,}|[a-z][a-z0-9+.-]*://[^\s/?#]+@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: its exit status, or None when it could not start or took too long."""

    status: int | None
    output: bytes = b""
    problem: str = ""


def clean_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """A copy of the environment without OPENAI_*, *_KEY, *_TOKEN, *_SECRET and their like."""
    environ = os.environ if environ is None else environ
    return {
        name: value
        for name, value in environ.items()
        if not _SECRET_NAME.search(name) and not _SECRET_VALUE.match(value)
    }


def feed(
    command: Sequence[str],
    text: bytes,
    *,
    environ: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
) -> Ended:
    """Run `command` with `text` on its stdin and its output thrown away.

    A child that forks into the background (xclip, wl-copy) may live on; one that is late is
    killed with all that it started.
    """
    try:
        child = _start(command, environ, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    except (OSError, ValueError) as problem:
        return not_started(command, problem)
    try:
        child.communicate(text, timeout=seconds)
    except subprocess.TimeoutExpired:
        _kill(child)
        return _late(command, seconds)
    return _ended(command, child)


def ask(
    command: Sequence[str],
    *,
    environ: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
    limit: int = 65_536,
) -> Ended:
    """Run `command` with no stdin and return at most `limit` bytes of what it prints."""
    try:
        child = _start(command, environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    except (OSError, ValueError) as problem:
        return not_started(command, problem)
    output, in_time = _read(child, time.monotonic() + seconds, limit)
    if not in_time:
        _kill(child)
        return _late(command, seconds)
    return _ended(command, child, output)


def launch(
    command: Sequence[str],
    *,
    environ: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
) -> Ended:
    """Start `command`, which may go on as long as it likes: only an early failure is told."""
    try:
        child = _start(command, environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    except (OSError, ValueError) as problem:
        return not_started(command, problem)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        threading.Thread(target=child.wait, daemon=True).start()  # so that it leaves no zombie
        return Ended(0)
    return _ended(command, child)


def _start(
    command: Sequence[str], environ: Mapping[str, str] | None, *, stdin: int, stdout: int
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, where no key and no signal of ours reaches it."""
    return subprocess.Popen(  # noqa: S603 - a fixed argument list, never a shell
        command,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        env=clean_environment(environ),
        start_new_session=True,
    )


def _read(child: subprocess.Popen[bytes], deadline: float, limit: int) -> tuple[bytes, bool]:
    """Read until the child is done or `limit` is reached; False when the deadline came first."""
    output = bytearray()
    assert child.stdout is not None
    with child.stdout as pipe, selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while len(output) < limit:
            if not selector.select(max(deadline - time.monotonic(), 0)):
                return bytes(output), False
            chunk = os.read(pipe.fileno(), min(65_536, limit - len(output)))
            if not chunk:
                break
            output += chunk
    if len(output) >= limit:
        _kill(child)
        return bytes(output), True
    try:
        child.wait(max(deadline - time.monotonic(), 0.1))
    except subprocess.TimeoutExpired:
        return bytes(output), False
    return bytes(output), True


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End a child and everything in its session, then let go of its pipes."""
    with contextlib.suppress(OSError):
        os.killpg(child.pid, signal.SIGKILL)
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(1)


def _ended(command: Sequence[str], child: subprocess.Popen[bytes], output: bytes = b"") -> Ended:
    """What to say of a child that ended by itself."""
    status = child.returncode
    problem = (
        ""
        if status == 0
        else _("{command} ended with status {status}", command=command[0], status=status)
    )
    return Ended(status, output, problem)


def not_started(command: Sequence[str], problem: Exception) -> Ended:
    """What to say of a command that is not there or may not be run."""
    reason = getattr(problem, "strerror", None) or _("it is not a command")
    return Ended(
        None, b"", _("{command} cannot be run: {reason}", command=command[0], reason=reason)
    )


def _late(command: Sequence[str], seconds: float) -> Ended:
    """What to say of a child that took too long."""
    return Ended(
        None,
        b"",
        _(
            "{command} did not answer within {seconds:g} seconds",
            command=command[0],
            seconds=seconds,
        ),
    )
