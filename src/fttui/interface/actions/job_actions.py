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
    from fttui.interface.actions.job_feeds import JobFeeds
    from fttui.interface.host import Host
    from fttui.services.endpoint.models import Job

_MOST_NAMED = 6
_NO_JOB = _("No job is selected. Move the cursor to one first.")


class JobActions:
    """Runs one action a job at a time."""

    def __init__(self, host: Host, feeds: JobFeeds) -> None:
        self._host = host
        self._feeds = feeds
        self._busy: set[str] = set()

    @property
    def under_way(self) -> bool:
        """True while a job is being changed."""
        return bool(self._busy)

    def begin(self, name: str) -> None:
        """Confirm the action on the selected jobs, and do it to those that it can still change."""
        if not self._host.sessions.is_several and refuses_change(self._host):
            return
        jobs = self._host.selected_jobs()
        not_offered = self._not_offered(name, jobs)
        able = [job for job in jobs if job.key not in not_offered]
        if not able and not_offered:
            self._host.notice(next(iter(not_offered.values())), severity="warning")
            return
        fitting = [job for job in able if not refusal(name, job, busy=job.raw_key in self._busy)]
        if not fitting:
            busy = {job.key for job in able if job.raw_key in self._busy}
            why_not = refusal_of(name, able, busy) if jobs else _NO_JOB
            self._host.notice(why_not, severity="warning")
            return

        def answered(yes: bool | None) -> None:
            if yes:
                for job in fitting:
                    act = partial(self._act, name, job)
                    host = self._host.sessions.of(job).endpoint.host
                    self._host.start_worker(act, group=f"act-{job.raw_key}", waits_for=host)

        self._host.push_screen(self._question(name, fitting, jobs), answered)

    def _not_offered(self, name: str, jobs: list[Job]) -> dict[str, str]:
        """By their keys, why some of these jobs cannot be acted on where they are."""
        sessions = self._host.sessions
        if not jobs:
            why_not = {"": sessions.own.why_not(name)}
        else:
            why_not = {job.key: sessions.of(job).why_not(name) for job in jobs}
        return {key: reason for key, reason in why_not.items() if reason}

    def _places(self, jobs: list[Job]) -> list[str]:
        """Where each of these jobs is, as a person tells it from other places."""
        sessions = self._host.sessions
        hosts = [sessions.of(job).endpoint.host for job in jobs]
        if not sessions.is_several:
            return hosts
        return [
            f"{job.profile} ({host})" if job.profile != host else host
            for job, host in zip(jobs, hosts, strict=True)
        ]

    def _question(self, name: str, jobs: list[Job], chosen: list[Job]) -> Confirm:
        action, count = ACTIONS[name], len(jobs)
        places = self._places(jobs)
        is_one_place = len(set(places)) == 1
        facts = [(_("Endpoint"), places[0])] if is_one_place else []
        if not is_one_place:
            facts.append((_("Endpoints"), ", ".join(dict.fromkeys(places))))
        for job, place in zip(jobs[:_MOST_NAMED], places, strict=False):
            facts += [] if is_one_place else [(_("Endpoint"), place)]
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
        if job.raw_key in self._busy:
            return
        self._busy.add(job.raw_key)
        self._host.post(JobBusy(job.key, busy=True))
        try:
            session = self._host.sessions.of(job)
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
            self._feeds.of(job).job_changed(changed)
            self._host.notice(changed_text(changed))
        finally:
            self._busy.discard(job.raw_key)
            self._host.post(JobBusy(job.key, busy=False))

    async def _show_failure(self, name: str, job: Job, error: ServiceError) -> None:
        """Say why an action failed; a job that ended meanwhile is shown as it is now."""
        title = f"{ACTIONS[name].title} · {job.name or job.id}"
        try:
            session = self._host.sessions.of(job)
            now = await session.thread.read(session.handle.retrieve_job(job.raw_id))
        except ServiceError:
            self._host.notice(error.full_text, title=title, severity="error")
            return
        self._feeds.of(job).job_changed(now)
        severity = "warning" if isinstance(error, CannotChangeError) else "error"
        self._host.notice(error.full_text, title=title, severity=severity)


def _must_type(action: Action, jobs: list[Job]) -> str | None:
    """What the yes takes: the last letters of the one job's id, or how many jobs there are."""
    if not action.danger:
        return None
    return jobs[0].raw_id[-4:] if len(jobs) == 1 else str(len(jobs))
