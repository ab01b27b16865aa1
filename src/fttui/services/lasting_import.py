"""Importing large libraries without the pauses that they cause in the garbage collector."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lasting_import() -> Iterator[None]:
    """Around imports of what lives as long as the process.

    An import of thousands of classes sets off collections that find nothing and take a quarter
    of its time. What it made is then left out of later collections: a full one would stop every
    thread, the one that answers keys too, for a tenth of a second and more.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
