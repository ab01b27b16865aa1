"""What is said of a move: each row, what is left out, what went; and its document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fttui.services.moving.plan import (
    MADE,
    NEW,
    OPEN,
    REFUSED,
    SKIPPED,
    MovePlan,
    MoveRow,
    about_text,
)
from fttui.services.tuned_models.words import DELETED_SIGN
from fttui.terminal.format import counted
from fttui.terminal.language import _, english_text
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.submission.sweeps import RowOutcome

CREATED, UNKNOWN = "created", "unknown"
"""What a row is after a move, beside the states of the plan."""
_IDS = 6


def state_words(state: str) -> str:
    """A row's state as people read it."""
    return {
        NEW: _("to create"),
        OPEN: _("begun, not created"),
        MADE: _("moved before"),
        REFUSED: _("cannot go"),
        SKIPPED: _("left here"),
        CREATED: _("created"),
        UNKNOWN: _("not known"),
    }[state]


def state_after(row: MoveRow, outcomes: Mapping[str, RowOutcome]) -> str:
    """What a row is by what came of its submission, by the job's raw id or the submission's."""
    outcome = outcome_of(row, outcomes)
    if outcome is None:
        return row.state
    if outcome.job_id:
        return CREATED
    if outcome.is_unknown:
        return UNKNOWN
    return REFUSED if outcome.error is not None else OPEN


def was_left(row: MoveRow, outcomes: Mapping[str, RowOutcome]) -> bool:
    """Whether a row was not tried in this run, after what had come of those before it."""
    return bool(outcomes) and row.state in (NEW, OPEN) and outcome_of(row, outcomes) is None


def left_text() -> str:
    """Why such a row was not tried."""
    return _("It was not asked for: what stopped the job before it would stop it as well.")


def outcome_of(row: MoveRow, outcomes: Mapping[str, RowOutcome]) -> RowOutcome | None:
    """What came of a row in this run; None where it was not tried."""
    if row.state not in (NEW, OPEN):
        return None
    return outcomes.get(row.submission.id if row.submission else row.job.raw_id)


def outcomes_by_row(outcomes: Sequence[RowOutcome]) -> dict[str, RowOutcome]:
    """What came of each row, by the ids that `outcome_of` asks for."""
    found = {}
    for one in outcomes:
        found[one.row.id] = one
        if one.row.sweep and one.row.sweep.moved:
            found.setdefault(one.row.sweep.moved.job, one)
    return found


def plan_cells(row: MoveRow) -> list[str]:
    """What a table of the plan has of a row: job, models, method, cost, state."""
    old = safe(row.job.model or row.model.base or "-", maxlen=80)
    new = safe(row.model.model, maxlen=80) or "-"
    method = row.request.method if row.request else (row.job.method or "-")
    return [row.job.id, old, new, safe(method, maxlen=20), _cost_text(row), _planned_words(row)]


def _planned_words(row: MoveRow) -> str:
    """What a plan says of a row's state, which has more of a job that was begun."""
    if row.state == MADE:
        return _("moved before, as {job}", job=safe(row.new_job_id))
    if row.state == OPEN and row.new_job_id:
        return _("created before, as {job}", job=safe(row.new_job_id))
    if row.state == OPEN and row.submission and row.submission.may_have_job:
        return _("not known whether created")
    return state_words(row.state)


def _cost_text(row: MoveRow) -> str:
    if row.state not in (NEW, OPEN) or row.new_job_id:
        return ""
    usd = row.cost.usd
    if usd is None:
        return _("not known")
    return about_text(usd) if usd else _("nothing")


def notes_of(plan: MovePlan) -> list[str]:
    """Where each model comes from, what is left out, and why rows do not go: once for all alike."""
    grouped: dict[str, list[str]] = {}
    for row in plan.of(NEW):
        choice = row.model
        what = _(
            "{model} in the place of {base}: {why}",
            model=safe(choice.model, maxlen=100),
            base=safe(choice.base or row.job.model or "?", maxlen=100),
            why=choice.why,
        )
        grouped.setdefault(what, []).append(row.job.id)
    for row in plan.rows:
        if row.model_state and row.model_state.is_deleted:
            gone = _("{sign} The model that it made is deleted", sign=DELETED_SIGN)
            grouped.setdefault(gone, []).append(row.job.id)
    for row in plan.to_make:
        for one in row.left_out:
            which = f"{row.job.id} {one.value}".rstrip()
            grouped.setdefault(one.text, []).append(which)
    for row in plan.of(REFUSED):
        grouped.setdefault(row.reason.rstrip("."), []).append(row.job.id)
    for row in plan.of(SKIPPED):
        grouped.setdefault(row.reason.rstrip("."), []).append(row.job.id)
    return [f"{text} ({_ids_text(ids)})." for text, ids in grouped.items()]


def _ids_text(ids: Sequence[str]) -> str:
    if len(ids) <= _IDS:
        return ", ".join(ids)
    return _("{jobs}: {ids}, …", jobs=counted(len(ids), "job"), ids=", ".join(ids[:_IDS]))


def row_line(outcome: RowOutcome, number: int, rows: int) -> str:
    """What is said when a row is through."""
    moved = outcome.row.sweep.moved if outcome.row.sweep else None
    old = safe(moved.job) if moved else "?"
    if outcome.error is not None:
        came = outcome.error.full_text
    else:
        came = safe(outcome.job_id) or _("let go, so it was not created")
    return _("{number} of {rows}: {old} -> {came}", number=number, rows=rows, old=old, came=came)


def move_document(
    plan: MovePlan,
    hosts: tuple[str, str],
    profile: str,
    outcomes: Sequence[RowOutcome] | None = None,
) -> dict[str, object]:
    """The plan as one JSON document; with `outcomes` what came of it."""
    by_row = outcomes_by_row(outcomes or ())
    usd, unknown = plan.cost
    rows = [_row_document(row, by_row) for row in plan.rows]
    states = [row["state"] for row in rows]
    return {
        "from": hosts[0],
        "to": hosts[1],
        "profile": profile,
        "done": outcomes is not None,
        "whole": plan.is_whole,
        "cost": {"usd": round(usd, 2), "not_known": unknown},
        "counts": {state: states.count(state) for state in dict.fromkeys(states)},
        "rows": rows,
    }


def _row_document(row: MoveRow, outcomes: Mapping[str, RowOutcome]) -> dict[str, object]:
    outcome = outcome_of(row, outcomes)
    submission = outcome.row if outcome else row.submission
    files = {"training_file": row.training, "validation_file": row.validation}
    error = outcome.error if outcome else None
    reasons = [*row.reasons, *([left_text()] if was_left(row, outcomes) else [])]
    return {
        "job_id": row.job.id,
        "state": state_after(row, outcomes),
        "new_job_id": (outcome.job_id if outcome else row.new_job_id) or None,
        "submission_id": submission.id if submission else None,
        "old_model": row.job.model,
        "fine_tuned_model": row.job.fine_tuned_model,
        "fine_tuned_model_exists": row.model_state.exists if row.model_state else None,
        "model": row.model.model or None,
        "model_by": english_text(row.model.why) or None,
        "method": row.request.method if row.request else row.job.method,
        "hyperparameters": dict(row.request.hyperparameters) if row.request else None,
        "suffix": (row.request.suffix or None) if row.request else None,
        **{
            name: file and {"name": file.path.name, "sha256": file.sha256, "bytes": file.size}
            for name, file in files.items()
        },
        "cost_usd": row.cost.usd,
        "left_out": [english_text(one.sentence) for one in row.left_out],
        "same_as": row.same_as or None,
        "reason": " ".join(map(english_text, reasons)) or None,
        "error": error.to_json() if error else None,
    }
