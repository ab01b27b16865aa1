"""The place of a submission among those that were confirmed together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SWEEP, MOVE = "sweep", "move"
"""How the labels of rows begin: jobs that differ in what was listed, jobs from elsewhere."""


@dataclass(frozen=True, slots=True)
class MovedFrom:
    """The job that a row is asked for in the place of: its raw id, and the account it is of.

    `account` is as `services.moving.origin` tells it. `note` and `labels` are what the user kept
    beside it, for the new job.
    """

    account: str
    job: str
    note: str = ""
    labels: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SweepRow:
    """The place of a submission among those of one sweep, which were confirmed together.

    `asked` tells one command's sweep from another's. `number` counts from 1 up to `rows`; `usd` is
    what the row was said to cost, None where that was not known. `moved` is the job that it stands
    for, None where the jobs of the sweep come from nowhere else.
    """

    id: str
    asked: str
    number: int
    rows: int
    usd: float | None = None
    moved: MovedFrom | None = None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> SweepRow:
        """Read what `dataclasses.asdict` made of one; raises TypeError for anything else."""
        moved = data.get("moved")
        return cls(**{**data, "moved": MovedFrom(**moved) if moved else None})

    @property
    def label(self) -> str:
        """The label that all jobs of the sweep carry."""
        return f"{MOVE if self.moved else SWEEP}-{self.id[:8]}"
