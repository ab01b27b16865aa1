"""Several jobs side by side: in what they differ, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from fttui.services.curves import KINDS, Series, best_point, curve_title, series_of
from fttui.services.job_cost import actual_cost
from fttui.services.job_progress import took
from fttui.services.job_words import status_word
from fttui.services.tuned_models.words import state_of_job
from fttui.terminal.format import NOTHING, count_text, dollars_text, number_text, span_text
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job, Metrics
    from fttui.services.session import Session

MOST_JOBS = 6
MARKS = "ox+*#%"
STYLES = ("active", "waiting", "second", "good", "bad", "strong")
_MARKED_POINTS = 12
"""Points of a curve that carry its mark, about: so many tell it from another one."""
_SETTINGS = {
    "n_epochs": _("epochs"),
    "batch_size": _("batch size"),
    "learning_rate_multiplier": _("learning rate multiplier"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is compared, with its value for each job in turn."""

    label: str
    values: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """True when all jobs have the same."""
        return len(set(self.values)) == 1


def names_of(jobs: Sequence[Job]) -> list[str]:
    """What each job is called where they are side by side: briefly, and no two alike."""
    names = [job.suffix or (job.fine_tuned_model or job.id).rpartition(":")[2] for job in jobs]
    return [
        f"{name}·{job.id[-6:]}" if names.count(name) > 1 else name
        for name, job in zip(names, jobs, strict=True)
    ]


def asked_rows(jobs: Sequence[Job]) -> list[Row]:
    """What the jobs were made of: model, files, method, settings, seed and suffix."""
    settings = [job.hyperparameters.as_dict() for job in jobs]
    every = dict.fromkeys(name for one in settings for name in one)
    rows = [
        _row(_("endpoint"), [job.profile for job in jobs]),
        _row(_("model"), [job.model for job in jobs]),
        _row(_("method"), [job.method for job in jobs]),
        _row(_("training file"), [job.training_file for job in jobs]),
        _row(_("validation file"), [job.validation_file for job in jobs]),
        *(_row(_SETTINGS.get(name, name), [one.get(name) for one in settings]) for name in every),
        _row(_("seed"), [job.seed for job in jobs]),
        _row(_("suffix"), [job.suffix for job in jobs]),
    ]
    return [row for row in rows if set(row.values) != {NOTHING}]


def result_rows(
    jobs: Sequence[Job],
    metrics: Mapping[str, Sequence[Metrics]],
    session_of: Callable[[Job], Session],
    now: datetime,
) -> list[Row]:
    """What came of them: status, losses by the id of each job, tokens, cost and duration.

    Where the model of one was deleted, whether each one's is there.
    """
    rows = [_row(_("status"), [status_word(job.status) for job in jobs])]
    states = [state_of_job(job, session_of(job).retirement) for job in jobs]
    if any(session_of(job).retirement.is_deleted(job) for job in jobs):
        rows.append(_row(_("its model"), [state and state.text for state in states]))
    for kind in KINDS:
        told = [
            {one.name: one for one in series_of(metrics.get(job.key, ()), kind)} for job in jobs
        ]
        for name in dict.fromkeys(name for one in told for name in one):
            lasts = [one[name].points[-1][1] if name in one else None for one in told]
            bests = [best_point(one[name], kind) if name in one else None for one in told]
            what = curve_title(kind, name)
            rows.append(_row(what, [None if y is None else number_text(y) for y in lasts]))
            at_best = [
                best and _("{y} at {x:g}", y=number_text(best[1]), x=best[0]) for best in bests
            ]
            rows.append(_row(_("  its best"), at_best))
    costs = [actual_cost(job, session_of(job)) for job in jobs]
    spans = [took(job, now) for job in jobs]
    rows += [
        _row(_("trained tokens"), [count_text(job.trained_tokens) for job in jobs]),
        _row(_("cost"), [cost and dollars_text(cost.usd) for cost in costs]),
        _row(_("took"), [span_text(span) for span in spans]),
    ]
    return [row for row in rows if set(row.values) != {NOTHING}]


def equal_words(rows: Sequence[Row]) -> str:
    """What all have alike, in one line; "" for nothing."""
    return ", ".join(f"{row.label} {row.values[0]}" for row in rows if row.is_equal)


def curves_of_jobs(
    jobs: Sequence[Job],
    metrics: Mapping[str, Sequence[Metrics]],
    kind: str,
    name: str,
    *,
    by_share: bool,
) -> list[Series]:
    """The curve of that name of each job that tells it, named as the job and with its mark.

    With `by_share` the x axis is the part of the training in per cent, so that runs of other
    lengths compare.
    """
    found = []
    for at, (job, called) in enumerate(zip(jobs, names_of(jobs), strict=True)):
        steps = metrics.get(job.key, ())
        one = next((one for one in series_of(steps, kind) if one.name == name), None)
        if one is None:
            continue
        points = one.points
        whole = max(job.total_steps or 0, points[-1][0] if by_share else 0)
        if by_share and whole > 0:
            points = tuple((x / whole * 100, y) for x, y in points)
        found.append(replace(one, name=called, points=points, style=STYLES[at], mark=MARKS[at]))
    return found


def as_lines(series: Sequence[Series]) -> list[Series]:
    """Each curve as a line, and its mark at some of its points."""
    lines = [replace(one, mark="") for one in series]
    return lines + [
        replace(one, points=one.points[:: max(len(one.points) // _MARKED_POINTS, 1)])
        for one in series
    ]


def told_curves(metrics: Mapping[str, Sequence[Metrics]]) -> list[tuple[str, str]]:
    """Kind and name of every curve that some job tells, the most telling first."""
    found: dict[tuple[str, str], None] = {}
    for kind in KINDS:
        for steps in metrics.values():
            found |= {(kind, one.name): None for one in series_of(steps, kind)}
    order = [(kind, one[0]) for kind, ones in KINDS.items() for one in reversed(ones)]
    return sorted(found, key=order.index)


def _row(label: str, values: Sequence[object]) -> Row:
    return Row(label, tuple(NOTHING if value in (None, "") else f"{value}" for value in values))
