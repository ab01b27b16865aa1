"""One rule for waiting: after three seconds without a word, stderr says what is waited for."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from fttui.cli import streams

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

    with suppress(RuntimeError):  # no more threads: then it waits without a word
        threading.Thread(target=say, name="waiting", daemon=True).start()
    try:
        yield
    finally:
        with lock:
            over.set()
