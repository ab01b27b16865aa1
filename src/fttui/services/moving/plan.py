"""What becomes of each job that is to move: planned whole, before anything is sent or paid."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.services.cost_again import Cost
from fttui.services.moving.fitting import LeftOut
from fttui.services.moving.models import ModelChoice
from fttui.services.submission.state import TRAINING, VALIDATION, Submission, request_data
from fttui.terminal.format import dollars_text
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.job_form import JobRequest
    from fttui.services.tuned_models.words import ModelState
    from fttui.storage.annotations import Annotation

_CENT = 0.01
NEW, OPEN, MADE, REFUSED, SKIPPED = "new", "open", "made", "refused", "skipped"
"""To be asked for; begun by an earlier run; made by one; cannot go; not asked to go."""


@dataclass(frozen=True, slots=True)
class MovedFile:
    """A file of this machine that goes to the other endpoint, with the digests of its check."""

    path: Path
    sha256: str
    md5: str = ""
    size: int = 0


@dataclass(slots=True)
class MoveRow:
    """One job of the old endpoint, and what is planned for it.

    `reasons` are sentences on why a `refused` or `skipped` one does not go, `left_out` on what is
    not as it was. `submission` is what an earlier run began or made, `replaces` one of an earlier
    run that asked for something else and is let go. `same_as` is the id of the job that asks for
    the same, `twins` are those that ask for the same as this one.
    """

    job: Job
    state: str = NEW
    reasons: list[str] = field(default_factory=list)
    model: ModelChoice = field(default_factory=lambda: ModelChoice(""))
    request: JobRequest | None = None
    training: MovedFile | None = None
    validation: MovedFile | None = None
    left_out: list[LeftOut] = field(default_factory=list)
    cost: Cost = field(default_factory=lambda: Cost(None, ""))
    submission: Submission | None = None
    replaces: Submission | None = None
    same_as: str = ""
    twins: list[MoveRow] = field(default_factory=list, repr=False)
    kept: Annotation | None = None
    model_state: ModelState | None = None
    """Whether the model that the job has made is there, as far as this machine knows."""

    def refuse(self, *reasons: str) -> None:
        """Note why it cannot go, beside what was noted before."""
        self.state = REFUSED
        self.reasons += filter(None, reasons)

    def take(self, known: Submission) -> None:
        """Go on with what an earlier run has of it, or tell what that made."""
        self.submission, self.request = known, known.request
        self.state = MADE if known.job_id and known.is_finished else OPEN
        self.model = replace(self.model, model=known.request.model)
        self.cost = Cost(known.sweep.usd if known.sweep else None, known.cost)

    @property
    def reason(self) -> str:
        """Why it does not go, "" where nothing speaks against it."""
        return " ".join(self.reasons)

    @property
    def new_job_id(self) -> str:
        """The raw id of the job that an earlier run made of it, "" for none."""
        return self.submission.job_id if self.submission else ""


@dataclass(frozen=True, slots=True)
class MovePlan:
    """The rows of a move, oldest job first, so that they are made in the order they were.

    With `is_again` those are asked for anew of which it is not known whether they were made.
    `is_whole` is False where there may be jobs to move that the old endpoint has not told of.
    """

    rows: tuple[MoveRow, ...]
    is_again: bool = False
    is_whole: bool = True

    def of(self, *states: str) -> list[MoveRow]:
        """The rows in one of these states."""
        return [row for row in self.rows if row.state in states]

    @property
    def to_make(self) -> list[MoveRow]:
        """The rows that are still to be asked for."""
        return self.of(NEW, OPEN)

    @property
    def unpaid(self) -> list[MoveRow]:
        """Those whose call is still to be sent: what a yes is asked for."""
        open_rows = {
            row.submission.id: row  # two jobs that ask for the same may go on with one submission
            for row in self.of(OPEN)
            if row.submission and not row.submission.job_id
            if self.is_again or not row.submission.may_have_job
        }
        return [*self.of(NEW), *open_rows.values()]

    @property
    def cost(self) -> tuple[float, int]:
        """US dollars of all that is unpaid, as far as known, and of how many jobs they are not."""
        known = [row.cost.usd for row in self.unpaid if row.cost.usd is not None]
        return sum(known), len(self.unpaid) - len(known)


def about_text(usd: float) -> str:
    """A sum that is an estimate; what is under a cent is no exact figure anyway."""
    text = dollars_text(usd)
    return text if usd < _CENT else f"≈ {text}"


def sum_text(plan: MovePlan) -> str:
    """The sum of the costs, and of how many jobs none is known."""
    usd, unknown = plan.cost
    known = about_text(usd) if usd else _("nothing")
    if not unknown:
        return known
    if unknown == len(plan.unpaid):
        return _("not known")
    return _("{known}, and {unknown} not known", known=known, unknown=unknown)


def text_of_row(row: MoveRow) -> str:
    """All that a row asks for, as one text by which two rows are told apart."""
    assert row.request is not None
    files = [one.sha256 if one else "" for one in (row.training, row.validation)]
    return _text(row.request, files)


def text_of_submission(submission: Submission) -> str:
    """The same of what an earlier run asked for."""
    files = [submission.files.get(role) for role in (TRAINING, VALIDATION)]
    return _text(submission.request, [one.sha256 if one else "" for one in files])


def _text(request: JobRequest, files: Sequence[str]) -> str:
    told = {**request_data(request), "training_file": "", "validation_file": ""}
    return json.dumps([told, files], sort_keys=True)
