"""Which columns the list has, by the settings or by a choice on the screen, and what jobs cost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from fttui.interface.jobs.columns import LIST_COLUMNS, STANDARD, read_columns
from fttui.storage.list_columns import keep_list_columns, read_list_columns
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.interface.host import Host
    from fttui.interface.jobs.table import JobsTable
    from fttui.services.endpoint.models import Job
    from fttui.services.profiles.several import Sessions
    from fttui.storage.settings import Settings


def first_columns(settings: Settings, tell: Callable[[str], object]) -> tuple[str, ...]:
    """The columns at the start; `tell` is told of each name in the settings that is none.

    The settings go before what was chosen on the screen.
    """
    if not settings.columns:
        return read_columns(read_list_columns())[0]
    names, problems = read_columns(settings.columns)
    for problem in problems:
        tell(_("Settings, columns: {problem}", problem=problem))
    return names


def dollars_of(job: Job, sessions: Sessions) -> float | None:
    """What a job has cost; None where nobody can tell."""
    from fttui.services.job_cost import actual_cost

    cost = actual_cost(job, sessions.of(job))
    return None if cost is None else cost.usd


def choose_columns(table: JobsTable, host: Host) -> None:
    """Let the user choose; it is kept for the next run unless the settings say otherwise."""
    from fttui.interface.screens.list_columns import ListColumns

    is_set = bool(host.session.settings.columns)
    lead = _("The first ones go last where room is short.")
    if is_set:
        lead = _("config.toml names the columns, so this choice holds for this run.")

    def chosen(names: tuple[str, ...] | None) -> None:
        if names is None or names == table.chosen:
            return
        table.choose_columns(names)
        if not is_set:
            host.start_worker(lambda: _keep(host, names), group="columns", waits_for="")

    titles = {name: one.column.title for name, one in LIST_COLUMNS.items()}
    host.push_screen(ListColumns(titles, table.chosen, STANDARD, lead), chosen)


async def _keep(host: Host, names: tuple[str, ...]) -> None:
    kept = () if names == STANDARD else names
    if not await asyncio.to_thread(keep_list_columns, kept):
        host.notice(
            _("The state folder cannot be written: the columns hold for this run only."),
            severity="warning",
        )
