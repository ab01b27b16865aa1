"""Which jobs some fttui of this user has seen going on, and whose end has been told.

The journal keeps it, so that of several runs and restarts one alone tells of an end. The claim is
on the disk before anything is done about it: who dies in between tells it never, and none twice.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fttui.storage.journal import Account, Journal


class JobEnds:
    """The ends of the jobs of one account, by raw id; each call waits for the disk.

    Every method raises JournalError.
    """

    def __init__(self, journal: Journal, account: Account) -> None:
        self._journal = journal
        self._place = (account.place, account.key)

    def see(self, active: Collection[str], ended: Collection[str]) -> list[str]:
        """Note which jobs go on, and claim the ends, seen now, of those that were noted before."""
        rows = self._journal.rows(
            "SELECT job FROM ends WHERE host = ? AND key = ? AND told = 0", self._place
        )
        noted = {str(job) for (job,) in rows}
        new, due = [one for one in active if one not in noted], noted.intersection(ended)
        if not new and not due:
            return []
        now = datetime.now(UTC).timestamp()
        with self._journal.writing() as database:
            database.executemany(
                "INSERT OR IGNORE INTO ends VALUES (?, ?, ?, 0, ?)",
                [(*self._place, one, now) for one in new],
            )
            claim = (
                "UPDATE ends SET told = 1, at = ? WHERE host = ? AND key = ? AND job = ?"
                " AND told = 0"
            )
            return [
                one
                for one in ended
                if one in due and database.execute(claim, (now, *self._place, one)).rowcount == 1
            ]
