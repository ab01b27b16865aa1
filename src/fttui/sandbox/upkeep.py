"""What the passing of time changes, caught up with before every request."""

from __future__ import annotations

from . import files, uploads
from .jobs import outcomes
from .state import Sandbox


def settle(sandbox: Sandbox) -> None:
    """Records outcomes of jobs that have come due, and drops expired files and uploads.

    Because it runs before every answer, no background timer is needed and a restart loses
    nothing.
    """
    now = sandbox.clock.now()
    outcomes.record_due(sandbox, now)
    files.expire(sandbox, now)
    uploads.expire(sandbox, now)
