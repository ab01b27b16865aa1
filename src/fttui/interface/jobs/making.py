"""The tab of the list as a session has it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from fttui.interface.jobs.choosing import dollars_of, first_columns
from fttui.interface.jobs.pane import ListJobs

if TYPE_CHECKING:
    from fttui.services.profiles.several import Sessions


def list_pane(
    sessions: Sessions, clock: Callable[[], datetime], warn: Callable[[str], object]
) -> ListJobs:
    """The list of the jobs of `sessions`; `warn` is told what is wrong with its settings."""
    columns = first_columns(sessions.own.settings, warn)
    pane = ListJobs(
        clock=clock, retirement=sessions.clock, columns=columns, among=sessions, id="jobs-pane"
    )
    pane.table.dollars = partial(dollars_of, sessions=sessions)
    return pane
