"""A job again: the form is filled with what it was asked to be."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from fttui.interface.actions.read_only import refuses_change
from fttui.interface.messages import FormFilled
from fttui.services.endpoint.errors import ServiceError
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.interface.host import Host
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session


class AgainActions:
    """Takes jobs over into the form."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def begin(self, model: str = "") -> None:
        """Fill the form from the one selected job, with `model` in the place of its base."""
        if not self._host.sessions.is_several and refuses_change(self._host):
            return
        jobs = self._host.selected_jobs()
        if len(jobs) != 1:
            why = _("No job is selected. Move the cursor to one first.")
            several = _("Several jobs are marked: only one can be created again.")
            self._host.notice(several if jobs else why, severity="warning")
            return
        if refusal := self._host.sessions.of(jobs[0]).refusal:
            self._host.notice(refusal, severity="warning")
            return
        fill = partial(self._fill, jobs[0], model)
        self._host.start_worker(fill, group="again", exclusive=True)

    async def _fill(self, job: Job, model: str) -> None:
        from fttui.services.job_again import again_from

        place = self._host.place
        sessions = self._host.sessions
        known = await asyncio.to_thread(_with_asked, job, sessions.of(job))
        if self._host.place != place:
            return  # the user has gone on to something else
        again = again_from(known, model)
        if not sessions.is_own(job):  # its files and its model are there
            self._host.switch_profile(sessions.name_of(job), again)
            return
        self._host.show_form()
        self._host.post(FormFilled(again))
        if again.left_out:
            self._host.notice(" ".join(again.left_out), severity="warning")


def _with_asked(job: Job, session: Session) -> Job:
    from fttui.services.submission.asking import with_asked

    try:
        return with_asked(job, session.journal, session.account)
    except ServiceError:  # no key any more
        return job
