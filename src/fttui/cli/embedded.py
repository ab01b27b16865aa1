"""A server of our own in a child process: it ends with the process that started it.

`python -m MODULE LISTENER ...` serves on the inherited socket LISTENER. Its stdin is a pipe: when
the process that started it ends, however that ends, the pipe closes, and so does the server.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO

_SECONDS_TO_END = 5.0
_LONGEST_LOG = 65_536


@contextmanager
def child_server(
    module: str,
    *arguments: str,
    key: str,
    environ: Mapping[str, str],
    log: BinaryIO,
    ended: Callable[[int, list[str]], None],
) -> Iterator[str]:
    """A process of the module; its base URL is known before it has finished starting.

    The socket listens here already, so what is asked early waits in the socket's queue. `log` is
    an empty file that takes its stderr. `ended` is told at the end with which status it had ended
    by itself before, else 0, and the lines of its log.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        # The child finds fttui where this process has found it, also in a zip file; nothing is
        # taken from the folder that it is started in (-P), which may be anybody's.
        own = {"FTTUI_SANDBOX_KEY": key, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", module, str(listener.fileno()), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
            pass_fds=[listener.fileno()],
            start_new_session=True,  # a Ctrl+C in this terminal is the app's
            env={**environ, **own},
        )
    try:
        yield base_url
    finally:
        status = process.poll() or 0
        _end(process)
        log.seek(0)
        ended(status, log.read(_LONGEST_LOG).decode("utf-8", "replace").strip().splitlines())


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the server's stdin, which ends it."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_with_parent(clear_up: Callable[[], None] = lambda: None) -> None:
    """In the child: once the other end of stdin is gone, call `clear_up`, then end."""

    def wait() -> None:
        while os.read(0, 4096):
            pass
        clear_up()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()
