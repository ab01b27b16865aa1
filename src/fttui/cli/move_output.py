"""How `fttui move` shows its plan and its report."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.cli.output import Output
from fttui.cli.table import TextColumn, render
from fttui.services.job_words import shorten_model
from fttui.services.moving.plan import sum_text
from fttui.services.moving.words import (
    notes_of,
    outcome_of,
    plan_cells,
    state_after,
    state_words,
)
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_json, safe_path
from fttui.terminal.window import terminal_size

if TYPE_CHECKING:
    from fttui.services.moving.plan import MovePlan
    from fttui.services.submission.sweeps import RowOutcome

_PLAN = (
    TextColumn("JOB"),
    TextColumn(_("MODEL"), least=12, rank=3, shorten=shorten_model),
    TextColumn(_("MODEL THERE"), least=12, shorten=shorten_model),
    TextColumn(_("METHOD"), rank=2),
    TextColumn(_("COST"), least=8, rank=1),
    TextColumn(_("STATE"), least=12),
)
_MADE = (
    TextColumn("JOB"),
    TextColumn(_("NEW JOB")),
    TextColumn(_("MODEL THERE"), least=12, rank=1, shorten=shorten_model),
    TextColumn(_("STATE"), least=12),
)


def plan_lines(plan: MovePlan, hosts: tuple[str, str], output: Output | None) -> list[str]:
    """The plan as lines: a table, where models come from and what is left out, and the sum.

    With `output` they are for its stderr, else for a stdout.
    """
    stream = sys.stderr if output else sys.stdout
    room = terminal_size(stream).columns if stream.isatty() else None
    lines = [_("From {old} to {new}:", old=hosts[0], new=hosts[1])]
    lines += render(_PLAN, [plan_cells(row) for row in plan.rows], room=room)
    lines += notes_of(plan)
    if plan.unpaid:
        jobs = counted(len(plan.unpaid), "job")
        lines.append(_("Cost of {jobs} in all: {cost}", jobs=jobs, cost=sum_text(plan)))
    return lines


def made_table(plan: MovePlan, outcomes: Mapping[str, RowOutcome], output: Output) -> list[str]:
    """A line for each job: what it was, and what it is there now."""
    rows = []
    for row in plan.rows:
        outcome = outcome_of(row, outcomes)
        new = (outcome.job_id if outcome else row.new_job_id) or "-"
        state = state_words(state_after(row, outcomes))
        rows.append([row.job.id, safe(new), safe(row.model.model, maxlen=100) or "-", state])
    is_narrow = sys.stdout.isatty() or os.environ.get("COLUMNS", "")
    room = terminal_size(sys.stdout).columns if is_narrow else None
    return render(_MADE, rows, room=room, colour=output.colour) if rows else []


def write_report(path: Path, document: Mapping[str, object]) -> str:
    """Write the report beside what is there already, never over it; says where it is, or why not.

    It is readable by its owner only.
    """
    from fttui.disk.new_names import free_name
    from fttui.disk.writing import NotWritten, new_files

    free = path.with_name(free_name(path.name, path.parent))
    try:
        with new_files(free) as (file,):
            file.write(f"{safe_json(document, indent=2)}\n".encode())
    except NotWritten as refused:
        return _("The report is not written: {why}", why=refused)
    return _("The report is in {path}.", path=safe_path(free))


class PlanProgress:
    """Shows on a terminal how many jobs are planned; `end` leaves a clean line."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._is_shown = False

    def show(self, done: int, rows: int) -> None:
        """Show how far it is."""
        if not self._live:
            return
        self._is_shown = True
        text = _("Fetching and checking: {done} of {jobs}", done=done, jobs=counted(rows, "job"))
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Take the line away."""
        if self._is_shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._is_shown = False
