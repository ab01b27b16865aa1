"""What the passing of time changes, caught up with before every request."""

from __future__ import annotations

import sqlite3

from . import faults, files, moments, uploads
from .jobs import outcomes
from .state import Sandbox

_NOTE_EVERY = 10.0
"""Seconds; noting the time waits for the disk."""


def settle(sandbox: Sandbox) -> None:
    """Records outcomes of jobs that have come due, and drops expired files and uploads.

    Because it runs before every answer, no background timer is needed and a restart loses
    nothing.
    """
    now = sandbox.clock.now()
    try:
        outcomes.record_due(sandbox, now)
        files.expire(sandbox, now)
        uploads.expire(sandbox, now)
        moments.note(sandbox.database, now, every=_NOTE_EVERY)
    except (OSError, sqlite3.Error) as error:
        # It is made up for when there is space again; until then what is there can be read.
        if not faults.is_full(error):
            raise
