"""The latest moment that the records speak of: the clock must not go back behind it."""

from __future__ import annotations

from .database import Database

_RECORDED = """
SELECT max(moment) FROM (
    SELECT max(seen) AS moment FROM clock
    UNION ALL SELECT max(created_at) FROM files
    UNION ALL SELECT max(created_at) FROM uploads
    UNION ALL SELECT max(created_at) FROM parts
    UNION ALL SELECT max(created_at) FROM jobs
    UNION ALL SELECT max(json_extract(control.value, '$[1]'))
        FROM jobs, json_each(jobs.controls) AS control WHERE jobs.controls != '[]'
    UNION ALL SELECT max(created_at) FROM models
    UNION ALL SELECT max(created_at) FROM permissions
)
"""


def latest(database: Database) -> float:
    """Seconds since 1970; 0 when nothing is recorded."""
    row = database.one(_RECORDED)
    return float(row[0] or 0.0) if row else 0.0


def note(database: Database, now: float, *, every: float = 0.0) -> None:
    """Records that it is `now`, unless a moment less than `every` seconds ago is recorded."""
    row = database.one("SELECT max(seen) FROM clock")
    if row is not None and row[0] is not None and now < row[0] + every:
        return
    with database.transaction():
        database.execute("DELETE FROM clock")
        database.execute("INSERT INTO clock VALUES (?)", now)
