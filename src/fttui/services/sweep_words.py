"""What is said of a sweep: what its rows differ in, and how far each is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fttui.storage.profile_rules import OPTION_OF
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.job_form import JobRequest
    from fttui.services.submission.state import Submission
    from fttui.services.submission.types import Draft

_LONGEST = 60


def row_texts(requests: Sequence[JobRequest]) -> list[str]:
    """What each row asks for and not all do: `epochs 2, learning-rate 0.5`; safe to show."""
    asked = [{**one.hyperparameters, "seed": one.seed, "suffix": one.suffix} for one in requests]
    names = dict.fromkeys(name for each in asked for name in each)
    swept = [name for name in names if len({str(each.get(name)) for each in asked}) > 1]
    return [
        ", ".join(f"{_word(name)} {_value(each.get(name))}" for name in swept) for each in asked
    ]


def texts_of_rows(rows: Sequence[Draft | Submission]) -> list[str]:
    """What tells each row from the others: what it asks for, or the job that it stands for."""
    moved = [row.sweep.moved if row.sweep else None for row in rows]
    asked = row_texts([row.request for row in rows])
    return [
        _("{job} as {model}", job=safe(old.job), model=safe(row.request.model, maxlen=_LONGEST))
        if old
        else text
        for row, old, text in zip(rows, moved, asked, strict=True)
    ]


def row_state(row: Submission) -> str:
    """How far a row of an earlier run is, "" for one that is still to be asked for."""
    if row.job_id:
        return _("created: {job_id}", job_id=safe(row.job_id))
    if row.is_finished:
        return _("let go")
    return _("not known: it is looked for") if row.may_have_job else ""


def is_to_pay(row: Submission) -> bool:
    """True of a row whose call is still to be sent."""
    return not (row.job_id or row.may_have_job or row.is_finished)


def _word(name: str) -> str:
    return OPTION_OF.get(name, "").removeprefix("--") or safe(name, maxlen=_LONGEST)


def _value(value: object) -> str:
    return "auto" if value in (None, "") else safe(str(value), maxlen=_LONGEST)
