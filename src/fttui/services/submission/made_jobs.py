"""Which jobs were made from this machine."""

from __future__ import annotations

import json
from contextlib import suppress

from fttui.services.submission.state import Stage
from fttui.storage.journal import Account, Journal


def made_job_ids(journal: Journal, account: Account) -> list[str]:
    """The raw ids of the account's jobs, the newest first, each once. Raises JournalError."""
    rows = journal.rows(
        "SELECT e.data FROM entries e JOIN submissions s ON s.id = e.submission"
        " WHERE s.host IN (?, ?) AND s.key = ? AND e.kind = ? ORDER BY e.number DESC",
        (account.place, account.host, account.key, str(Stage.CREATED)),
    )
    ids: dict[str, None] = {}
    for (data,) in rows:
        with suppress(ValueError, TypeError, AttributeError, RecursionError):
            job_id = json.loads(data).get("job_id")
            if isinstance(job_id, str) and job_id:
                ids[job_id] = None
    return list(ids)
