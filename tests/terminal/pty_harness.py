"""Runs a command on a real pseudo-terminal, records every byte and can answer as xterm does."""

import codecs
import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.terminal.screen import Screen

from waiting import hear_signals

PATIENCE = 60.0
"""Seconds before a wait is given up: a limit for broken runs, not a measure of speed."""

KEYS = {
    "enter": b"\r",
    "escape": b"\x1b[27u",  # as kitty sends it: a bare one and the next key could be one with Alt
    "tab": b"\t",
    "shift+tab": b"\x1b[Z",
    "backspace": b"\x7f",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
    "delete": b"\x1b[3~",
    "f1": b"\x1bOP",
    "space": b" ",
}

# What a terminal keeps of a finished screen: mode, sequence that sets it, one that resets it.
_MODES = {
    "alternate screen": (b"\x1b[?1049h", b"\x1b[?1049l"),
    "hidden cursor": (b"\x1b[?25l", b"\x1b[?25h"),
    "mouse reporting": (b"\x1b[?1000h", b"\x1b[?1000l"),
    "mouse motion": (b"\x1b[?1003h", b"\x1b[?1003l"),
    "bracketed paste": (b"\x1b[?2004h", b"\x1b[?2004l"),
    "focus reporting": (b"\x1b[?1004h", b"\x1b[?1004l"),
    "kitty keyboard": (b"\x1b[>", b"\x1b[<u"),
}

_QUERY = re.compile(
    rb"\x1b\[(?P<da1>0?c)|\x1b\[(?P<da2>>0?c)|\x1b\[(?P<dsr>5n)|\x1b\[(?P<cpr>\??6n)"
    rb"|\x1b\[\?(?P<mode>\d+)\$p|\x1b\](?P<color>1[012]|4;\d+);\?(?:\x07|\x1b\\)"
    rb"|\x1b\]52;(?P<paste>\w*);\?(?:\x07|\x1b\\)|\x1bP\+q(?P<tcap>[0-9A-Fa-f;]+)\x1b\\"
    rb"|\x1bP\$q(?P<rqss>[^\x1b]*)\x1b\\|\x1b\[(?P<title>2[01]t)|\x1b\[(?P<size>1[489]t)"
    rb"|(?P<enq>\x05)|\x1b(?P<decid>Z)|\x9b(?P<c1da>0?c)|\xc2\x9b(?P<c1da8>0?c)",
)

_LONGEST_QUERY = 4096
"""Bytes; a longer one that comes in two pieces is not answered."""


def _answer(query: re.Match[bytes], rows: int, columns: int) -> bytes:
    """What xterm would send back; every answer holds letters that could be taken for keys."""
    kind = query.lastgroup
    value = query.group(kind) if kind else b""
    answers: dict[str, bytes] = {
        "da1": b"\x1b[?62;22;52c",
        "c1da": b"\x1b[?62;22;52c",
        "c1da8": b"\x1b[?62;22;52c",
        "decid": b"\x1b[?62;22;52c",
        "da2": b"\x1b[>41;379;0c",
        "dsr": b"\x1b[0n",
        "cpr": b"\x1b[1;1R",
        "mode": b"\x1b[?" + value + (b";2$y" if value == b"2026" else b";0$y"),
        "color": b"\x1b]" + value + b";rgb:cccc/dddd/dddd\x1b\\",
        "paste": b"\x1b]52;" + value + b";Y3l5Y3k=\x1b\\",
        "tcap": b"\x1bP1+r" + value + b"=6379\x1b\\",
        "rqss": b"\x1bP1$r0m\x1b\\",
        "title": b"\x1b]lcyc\x1b\\",
        "size": f"\x1b[8;{rows};{columns}t".encode(),
        "enq": b"cyc",
    }
    return answers[kind or "dsr"]


# Written by the harness behind the last byte of a command that has ended; no screen shows it.
_END_MARK = b"\x1b_end of output\x1b\\"
_LOOK_AGAIN = 0.02
"""Seconds between two looks at what no byte of the terminal tells: a file, a process."""


class Terminal:
    """A pseudo-terminal with one command on it; use it as a context manager.

    `answers` makes it reply to queries. `stdin`, `stdout` and `stderr` take what
    `subprocess.Popen` takes, to put something else than the terminal there.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        rows: int = 24,
        columns: int = 80,
        env: Mapping[str, str] | None = None,
        answers: bool = False,
        cwd: Path | None = None,
        stdin: Any = None,
        stdout: Any = None,
        stderr: Any = None,
    ) -> None:
        self.rows, self.columns = rows, columns
        self._answers = answers
        self._raw = bytearray()
        self._scanned = 0
        self._painted = 0
        self._lock = threading.Condition(threading.RLock())  # told of every piece of output
        self._wake_out, self._wake_in = os.pipe()
        self._paused = False
        self._closed = False
        self._screen = Screen(rows, columns)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._shown = ""
        self._master, self._slave = os.openpty()
        self._set_size()
        self.modes_at_start = termios.tcgetattr(self._slave)
        self.process = subprocess.Popen(
            command,
            stdin=self._slave if stdin is None else stdin,
            stdout=self._slave if stdout is None else stdout,
            stderr=self._slave if stderr is None else stderr,
            env=dict(plain_environment() if env is None else env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=self._own_terminal,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        place: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.hang_up()
        if not self._slave_closed:
            os.close(self._slave)
            self._slave_closed = True

    _slave_closed = False

    def _own_terminal(self) -> None:
        hear_signals()
        fcntl.ioctl(self._slave, termios.TIOCSCTTY, 0)

    def _set_size(self) -> None:
        fcntl.ioctl(
            self._master, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0)
        )

    # Output

    def _read(self) -> None:
        while True:
            watched = [self._wake_out] if self._paused else [self._wake_out, self._master]
            ready = select.select(watched, [], [])[0]
            if self._wake_out in ready:
                os.read(self._wake_out, 64)
                if self._closed:
                    return
                continue
            try:
                data = os.read(self._master, 65_536)
            except OSError:
                return
            with self._lock:
                self._raw += data
                if self._answers:
                    self._reply()
                self._lock.notify_all()

    def _wake(self) -> None:
        """Let the reader see that it is paused, goes on or is closed."""
        os.write(self._wake_in, b"x")

    def _reply(self) -> None:
        fresh = bytes(self._raw[self._scanned :])
        begin, self._scanned = self._scanned, max(self._scanned, len(self._raw) - _LONGEST_QUERY)
        for query in _QUERY.finditer(fresh):
            self._scanned = max(self._scanned, begin + query.end())
            self.send(_answer(query, self.rows, self.columns))

    @property
    def raw(self) -> bytes:
        """Every byte that came out so far."""
        with self._lock:
            return bytes(self._raw)

    @property
    def text(self) -> str:
        """What the screen shows, one line a row, trailing blanks cut."""
        with self._lock:
            fresh = bytes(self._raw[self._painted :])
            if fresh:
                self._painted += len(fresh)
                self._screen.feed(self._decode(fresh))
                self._shown = "\n".join(self._screen.lines)
            return self._shown

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for `condition`, which is tried again at every piece of output and in between.

        Fails when the command has ended without it.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            ended = self.process.poll() is not None
            if ended:
                self._wait_for_the_rest()
            with self._lock:
                seen = len(self._raw)
            if condition():
                return
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"{what}; the screen was:\n{self.text}")
            with self._lock:
                if len(self._raw) == seen:
                    self._lock.wait(_LOOK_AGAIN)

    def _wait_for_the_rest(self) -> None:
        """Read all that the command, which has ended, has written."""
        if self._closed or self._paused:
            return
        os.write(self._slave, _END_MARK)
        with self._lock:
            assert self._lock.wait_for(lambda: _END_MARK in self._raw, PATIENCE)
            at = self._raw.index(_END_MARK)
            del self._raw[at : at + len(_END_MARK)]
            self._painted = min(self._painted, len(self._raw))

    def wait_for(self, text: str) -> None:
        """Wait until the screen shows `text` within one row."""
        self.wait_until(lambda: text in self.text, f"{text!r} did not appear")

    def wait_for_raw(self, data: bytes) -> None:
        """Wait until these bytes came out."""
        self.wait_until(lambda: data in self.raw, f"{data!r} did not come out")

    def repaint(self) -> None:
        """Let an app of fttui paint its screen anew, after all keys that were pressed before."""
        at = len(self.raw)
        self.press("ctrl+l")
        last_row = f"\x1b[{self.rows};1H".encode()

        def is_painted() -> bool:
            with self._lock:
                cleared = self._raw.find(b"\x1b[2J", at)
                return cleared >= 0 and self._raw.find(last_row, cleared) >= 0

        self.wait_until(is_painted, "it was not painted anew")

    # Input

    def send(self, data: str | bytes) -> None:
        """Feed raw bytes, as if typed."""
        pending = data.encode() if isinstance(data, str) else data
        while pending:
            pending = pending[os.write(self._master, pending) :]

    def press(self, *keys: str) -> None:
        """Press keys by name: "down", "ctrl+c", or the character itself."""
        for key in keys:
            if key.startswith("ctrl+"):
                self.send(bytes([ord(key[5:].upper()) & 0x1F]))
            else:
                self.send(KEYS.get(key, key.encode()))

    def paste(self, text: str, *, bracketed: bool = True) -> None:
        """Paste as a terminal does; one without bracketed paste just types."""
        self.send(f"\x1b[200~{text}\x1b[201~" if bracketed else text)

    # Life

    def resize(self, rows: int, columns: int) -> None:
        """Change the window; the kernel sends SIGWINCH."""
        with self._lock:
            self.rows, self.columns = rows, columns
            self._screen.resize(rows, columns)
        self._set_size()

    def signal(self, number: int) -> None:
        """Send a signal to the command."""
        self.process.send_signal(number)

    def stall(self) -> None:
        """Stop reading, as a dead link does."""
        self._paused = True
        self._wake()

    def resume(self) -> None:
        """Read again."""
        self._paused = False
        self._wake()

    def draw_over(self, data: bytes) -> None:
        """Write on the screen as another program on the same terminal does."""
        os.write(self._slave, data)

    def line_is(self, flag: int) -> bool:
        """Whether a local mode of the line discipline is on: termios.ECHO, termios.ICANON."""
        return bool(termios.tcgetattr(self._slave)[3] & flag)

    def hang_up(self) -> None:
        """Close the terminal, as when the window or the link is gone."""
        if not self._closed:
            self._closed = True
            self._wake()
            self._reader.join()
            for end in (self._master, self._wake_in, self._wake_out):
                os.close(end)

    def wait_exit(self, seconds: float = PATIENCE) -> int:
        """Wait for the end; the exit status, negative for a signal."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it still runs; the screen was:\n{self.text}") from None
        self._wait_for_the_rest()
        return status

    def left_behind(self) -> list[str]:
        """What the command did not put back: screen modes by name, and the line discipline."""
        raw = self.raw
        left = [
            name
            for name, (set_it, reset_it) in _MODES.items()
            if raw.rfind(set_it) > raw.rfind(reset_it)
        ]
        if termios.tcgetattr(self._slave) != self.modes_at_start:
            left.append("line discipline")
        return left


def plain_environment(**more: str) -> dict[str, str]:
    """An environment without tmux, SSH, keys or anything of the machine the tests run on."""
    kept = ("PATH", "HOME", "LANG", "PYTHONPATH", "TMPDIR", "SYSTEMROOT")
    environ = {name: os.environ[name] for name in kept if name in os.environ}
    return environ | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "COLUMNS": "", **more}


def python(script: Path | str, *arguments: str) -> list[str]:
    """The command that runs a Python file with the interpreter of the tests."""
    return [sys.executable, str(script), *arguments]
