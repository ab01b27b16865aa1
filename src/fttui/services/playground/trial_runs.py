"""Running trials with their results kept: each is written beside the loop that makes the calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.disk.writing import NotWritten
from fttui.services.aside import Aside, aside
from fttui.services.playground.stop import Stop
from fttui.services.playground.trial_results import results_file
from fttui.services.playground.trial_types import TrialPlan, TrialResult, TrialSummary
from fttui.services.playground.trials import run_trials
from fttui.terminal.format import counted
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.session import Session

Write = Callable[[TrialResult], None]


async def run_kept_trials(
    session: Session,
    plan: TrialPlan,
    path: Path | None,
    on_result: Callable[[TrialResult], object],
    stop: Stop | None = None,
) -> TrialSummary:
    """`run_trials` with each result written to the file at `path`, unless that is None.

    Each is handed over first, and is in the file before its call is followed by another, however
    slow the disk is: so a run that is killed has at most the answers of two calls that are not
    there. The first result that cannot be written ends the run.

    Raises:
        NotWritten: nothing can be written there, or nothing more; nothing was sent.
    """
    stop = stop or Stop()
    if path is None or not plan.calls:
        return await run_trials(session, plan, on_result, stop)
    async with aside(results_file(path, plan.earlier), patience=None) as (write, disk):
        keeper = _Keeper(write, disk, on_result, stop)
        return keeper.told(await run_trials(session, plan, keeper.keep, stop))


class _Keeper:
    """Writes one result after the other, in the order in which they came."""

    def __init__(
        self, write: Write, disk: Aside[Write], show: Callable[[TrialResult], object], stop: Stop
    ) -> None:
        self._write = write
        self._disk = disk
        self._show = show
        self._stop = stop
        self._turn = asyncio.Lock()
        self._was_stopped = False
        self._refused: NotWritten | None = None
        self._unwritten = 0

    async def keep(self, result: TrialResult) -> None:
        """Show it, and return when it is in the file, or cannot be."""
        self._show(result)
        async with self._turn:
            if self._refused is None:
                try:
                    await self._disk.do(self._write, result)
                except NotWritten as refused:
                    self._was_stopped = self._stop.is_asked
                    self._refused = refused
                    self._stop.ask()
            self._unwritten += self._refused is not None

    def told(self, summary: TrialSummary) -> TrialSummary:
        """What came of the run, with what became of the file."""
        if self._refused is None:
            return summary
        lost = _(
            "{answers} came that could not be written.", answers=counted(self._unwritten, "answer")
        )
        return replace(
            summary,
            is_stopped=self._was_stopped,
            ended_early=summary.ended_early or str(self._refused),
            hint=" ".join(filter(None, (summary.hint, lost))),
            unwritten=self._unwritten,
        )
