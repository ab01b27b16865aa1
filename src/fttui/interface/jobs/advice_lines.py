"""What the curves of a job say, as lines of the screen."""

from __future__ import annotations

from collections.abc import Sequence

from fttui.interface.jobs.panel import heading_lines
from fttui.interface.kit.lines import Line, wrap
from fttui.services.advice import Advice, advise
from fttui.services.curves import steps_of
from fttui.services.endpoint.models import Job
from fttui.services.job_history import JobHistory
from fttui.terminal.language import _

_latest: list[tuple[Job, JobHistory, tuple[Advice, ...]]] = []
"""What was said last: several parts of a screen ask, and a long job has many events."""
_MARKS = {"good": "✓", "waiting": "!", "plain": "·"}


def advice_on(job: Job, history: JobHistory | None) -> tuple[Advice, ...]:
    """What is said of a job whose events are all known; a part of them would be misread."""
    if history is None or not history.is_whole:
        return ()
    if not _latest or _latest[0][0] is not job or _latest[0][1] is not history:
        found = advise(job, steps_of(history.events), history.checkpoints)
        _latest[:] = [(job, history, found)]
    return _latest[0][2]


def advice_lines(advice: Sequence[Advice], width: int) -> list[Line]:
    """Each piece of advice after a mark, a long one going on below itself."""
    lines: list[Line] = []
    for one in advice:
        first, *rest = wrap(one.text, width - 2) or [""]
        lines.append(((f"{_MARKS[one.look]} ", one.look), (first, "plain")))
        lines += [((f"  {text}", "plain"),) for text in rest]
    return lines


def advice_part(job: Job, history: JobHistory | None, width: int) -> list[Line]:
    """The advice below a heading; nothing where there is none."""
    lines = advice_lines(advice_on(job, history), width)
    return [*heading_lines(_("Advice"), width), *lines] if lines else []
