"""A command on a pseudo-terminal whose output is timed and counted."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

SIZE = (120, 40)
LETTER = "§"
"""A letter that stands nowhere on the screen unless it is typed."""
KEY, NOWHERE = "sk-abcdefgh12345678", "http://127.0.0.1:9/v1"
_FULL_SCREEN = "\x1b[?1049h"


class PtyRun:
    """Runs `command`; `arrivals` are (seconds since the start, bytes) of all that it wrote."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], size=SIZE):
        self.began = time.perf_counter()
        self.arrivals: list[tuple[float, bytes]] = []
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], list(command), dict(env))
        columns, rows = size
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._fd, 1 << 16)
            except OSError:
                return
            if not data:
                return
            self.arrivals.append((time.perf_counter() - self.began, data))

    @property
    def total(self) -> int:
        """Bytes written so far."""
        return sum(len(data) for _, data in list(self.arrivals))

    def wait_for(self, text: str, timeout: float = 60.0, since: int = 0) -> float:
        """Seconds from the start until `text` had come out after the first `since` chunks."""
        needle, end = text.encode(), time.perf_counter() + timeout
        while time.perf_counter() < end:
            seen = b""
            for when, data in list(self.arrivals)[since:]:
                seen = seen[-200:] + data
                if needle in seen:
                    return when
            time.sleep(0.005)
        raise TimeoutError(f"{text!r} did not come out")

    def settle(self, quiet: float = 0.5) -> None:
        """Wait until nothing came out for `quiet` seconds."""
        before = -1
        while before != len(self.arrivals):
            before = len(self.arrivals)
            time.sleep(quiet)

    def press(self, keys: bytes) -> None:
        """Send keys as a terminal does."""
        os.write(self._fd, keys)

    def latency(self, key: bytes, timeout: float = 5.0) -> float:
        """Seconds from a key to the first byte that follows it."""
        before, sent = len(self.arrivals), time.perf_counter()
        self.press(key)
        while len(self.arrivals) == before and time.perf_counter() - sent < timeout:
            select.select([], [], [], 0.001)
        return time.perf_counter() - sent

    def cpu_seconds(self) -> float:
        """What the command has used of a core so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        """Kill the command and take its status."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)


def start(command: list[str], mark: str, keys: str, env: dict[str, str]) -> tuple[float, float]:
    """Wall and CPU seconds from `command` to `mark` on its terminal; `keys` are typed at once."""
    run = PtyRun(command, env)
    try:
        run.press(keys.encode())
        if keys:  # the terminal itself shows what is typed before the app has it
            run.wait_for(_FULL_SCREEN)
        screens = [_FULL_SCREEN.encode() in data for _when, data in list(run.arrivals)]
        return run.wait_for(mark, since=screens.index(True) if keys else 0), run.cpu_seconds()
    finally:
        run.end()


@contextmanager
def environment(base_url: str = "", key: str = ""):
    """A clean environment with folders of its own; `base_url` and `key` are the endpoint's."""
    with tempfile.TemporaryDirectory() as folder:
        env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        env |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        for name in ("CONFIG", "STATE", "CACHE", "DATA"):
            env[f"XDG_{name}_HOME"] = folder
        if base_url:
            env |= {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": key}
        yield env


def here(name: str) -> str:
    """The path of a file beside this one."""
    return str(Path(__file__).with_name(name))


PYTHON = sys.executable
