"""What the curves of a job say, as lines of the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fttui.interface.jobs.panel import heading_lines
from fttui.interface.kit.lines import Line, wrap
from fttui.services.advice import Advice, advise
from fttui.services.curves import steps_of
from fttui.services.endpoint.models import Job
from fttui.services.job_history import JobHistory
from fttui.terminal.language import _

_latest: list[tuple[Job, JobHistory, set[str], tuple[Advice, ...]]] = []
"""What was said last: several parts of a screen ask, and a long job has many events."""
_MARKS = {"good": "✓", "waiting": "!", "plain": "·"}


def advice_on(
    job: Job, history: JobHistory | None, lacks: Callable[[str], bool]
) -> tuple[Advice, ...]:
    """What is said of a job whose events are all known; a part of them would be misread.

    `lacks` is True of a model that was deleted, which is not said to be the best.
    """
    if history is None or not history.is_whole:
        return ()
    gone = {one.model for one in history.checkpoints or () if one.model and lacks(one.model)}
    if _latest:
        of_job, of_history, without, said = _latest[0]
        if of_job is job and of_history is history and without == gone:
            return said
    found = advise(job, steps_of(history.events), history.checkpoints, lacks=gone.__contains__)
    _latest[:] = [(job, history, gone, found)]
    return found


def advice_lines(advice: Sequence[Advice], width: int) -> list[Line]:
    """Each piece of advice after a mark, a long one going on below itself."""
    lines: list[Line] = []
    for one in advice:
        first, *rest = wrap(one.text, width - 2) or [""]
        lines.append(((f"{_MARKS[one.look]} ", one.look), (first, "plain")))
        lines += [((f"  {text}", "plain"),) for text in rest]
    return lines


def advice_part(
    job: Job, history: JobHistory | None, width: int, lacks: Callable[[str], bool]
) -> list[Line]:
    """The advice below a heading; nothing where there is none."""
    lines = advice_lines(advice_on(job, history, lacks), width)
    return [*heading_lines(_("Advice"), width), *lines] if lines else []
