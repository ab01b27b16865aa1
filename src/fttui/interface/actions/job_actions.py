"""Cancelling, pausing and resuming jobs: asked for once, confirmed, and told as they really are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fttui.interface.actions.read_only import refuses_change
from fttui.interface.messages import JobBusy
from fttui.interface.screens.confirm import Confirm
from fttui.services.endpoint.errors import CannotChangeError, ServiceError
from fttui.services.job_words import (
    ACTIONS,
    Action,
    changed_text,
    left_out,
    refusal,
    refusal_of,
    status_word,
)
from fttui.terminal.format import NOTHING, counted
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.interface.actions.job_feed import JobFeed
    from fttui.interface.host import Host
    from fttui.services.endpoint.models import Job

_MOST_NAMED = 6
_NO_JOB = _("No job is selected. Move the cursor to one first.")


class JobActions:
    """Runs one action a job at a time."""

    def __init__(self, host: Host, job_feed: JobFeed) -> None:
        self._host = host
        self._job_feed = job_feed
        self._busy: set[str] = set()

    def begin(self, name: str) -> None:
        """Confirm the action on the selected jobs, and do it to those that it can still change."""
        if refuses_change(self._host):
            return
        if not_offered := self._host.session.why_not(name):
            self._host.notice(not_offered, severity="warning")
            return
        jobs = self._host.selected_jobs()
        fitting = [job for job in jobs if not refusal(name, job, busy=job.raw_id in self._busy)]
        if not fitting:
            busy = {job.id for job in jobs if job.raw_id in self._busy}
            why_not = refusal_of(name, jobs, busy) if jobs else _NO_JOB
            self._host.notice(why_not, severity="warning")
            return

        def answered(yes: bool | None) -> None:
            if yes:
                for job in fitting:
                    act = partial(self._act, name, job)
                    self._host.start_worker(act, group=f"act-{job.raw_id}")

        self._host.push_screen(self._question(name, fitting, jobs), answered)

    def _question(self, name: str, jobs: list[Job], chosen: list[Job]) -> Confirm:
        action, count = ACTIONS[name], len(jobs)
        facts = [(_("Endpoint"), self._host.session.endpoint.host)]
        for job in jobs[:_MOST_NAMED]:
            facts += [
                (_("Job"), job.id),
                (_("Name"), job.name or NOTHING),
                (_("Status"), status_word(job.status)),
            ]
            facts += (
                [(_("Trained"), _("{trained_tokens:,} tokens", trained_tokens=job.trained_tokens))]
                if job.trained_tokens
                else []
            )
        if count > _MOST_NAMED:
            facts.append((_("And"), counted(count - _MOST_NAMED, "more job")))
        others = [job for job in chosen if job not in jobs]
        if others:
            facts.append((_("Left out"), left_out(name, others, len(chosen))))
        return Confirm(
            action.title if count == 1 else action.title_of_many.format(count=count),
            facts,
            action.asks(count),
            action.agrees(count),
            danger=action.danger,
            must_type=_must_type(action, jobs),
            warning=action.warning,
        )

    async def _act(self, name: str, job: Job) -> None:
        if job.raw_id in self._busy:
            return
        self._busy.add(job.raw_id)
        self._host.post(JobBusy(job.id, busy=True))
        session = self._host.session
        try:
            handle = session.handle
            calls = {
                "cancel": handle.cancel_fine_tuning_job,
                "pause": handle.pause_job,
                "resume": handle.resume_job,
            }
            changed = await session.thread.write(calls[name](job.raw_id))
        except ServiceError as error:
            await self._show_failure(name, job, error)
        else:
            self._job_feed.job_changed(changed)
            self._host.notice(changed_text(changed))
        finally:
            self._busy.discard(job.raw_id)
            self._host.post(JobBusy(job.id, busy=False))

    async def _show_failure(self, name: str, job: Job, error: ServiceError) -> None:
        """Say why an action failed; a job that ended meanwhile is shown as it is now."""
        title = f"{ACTIONS[name].title} · {job.name or job.id}"
        session = self._host.session
        try:
            now = await session.thread.read(session.handle.retrieve_job(job.raw_id))
        except ServiceError:
            self._host.notice(error.full_text, title=title, severity="error")
            return
        self._job_feed.job_changed(now)
        severity = "warning" if isinstance(error, CannotChangeError) else "error"
        self._host.notice(error.full_text, title=title, severity=severity)


def _must_type(action: Action, jobs: list[Job]) -> str | None:
    """What the yes takes: the last letters of the one job's id, or how many jobs there are."""
    if not action.danger:
        return None
    return jobs[0].raw_id[-4:] if len(jobs) == 1 else str(len(jobs))
