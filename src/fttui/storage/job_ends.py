"""Which jobs some fttui of this user has seen going on, and whose end has been told.

The journal keeps it, so that of several runs and restarts one alone tells of an end, by each way:
a watch without a terminal leaves the bell to others. The claim is on the disk before anything is
done about it: who dies in between tells it never, and none twice.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fttui.storage.journal import Account, Journal


COMMAND, BELL = 1, 2
"""The ways that an end is told by: to the user's command, and to who sits at a terminal."""


class JobEnds:
    """The ends of the jobs of one account, by raw id; each call waits for the disk.

    Every method raises JournalError.
    """

    def __init__(self, journal: Journal, account: Account) -> None:
        self._journal = journal
        self._place = (account.place, account.key)

    def see(
        self, active: Collection[str], ended: Collection[str], ways: int = COMMAND | BELL
    ) -> dict[str, int]:
        """Note which jobs go on, and claim the ends, seen now, of those that were noted before.

        Each that is claimed comes with those of the `ways` that nobody has told it by.
        """
        rows = self._journal.rows(
            "SELECT job FROM ends WHERE host = ? AND key = ? AND told & ? != ?",
            (*self._place, ways, ways),
        )
        noted = {str(job) for (job,) in rows}
        new, due = [one for one in active if one not in noted], noted.intersection(ended)
        if not new and not due:
            return {}
        now = datetime.now(UTC).timestamp()
        claimed: dict[str, int] = {}
        with self._journal.writing() as database:
            database.executemany(
                "INSERT OR IGNORE INTO ends VALUES (?, ?, ?, 0, ?)",
                [(*self._place, one, now) for one in new],
            )
            for one in filter(due.__contains__, ended):
                place = (*self._place, one)
                row = database.execute(
                    "SELECT told FROM ends WHERE host = ? AND key = ? AND job = ?", place
                ).fetchone()
                left = ways & ~(int(row[0]) if row else ways)
                if left:
                    database.execute(
                        "UPDATE ends SET told = told | ?, at = ?"
                        " WHERE host = ? AND key = ? AND job = ?",
                        (left, now, *place),
                    )
                    claimed[one] = left
        return claimed
