"""Cancelling, pausing and resuming jobs: asked for once, confirmed, and told as they really are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from fttui.interface.messages import JobBusy
from fttui.interface.screens.confirm import Confirm
from fttui.services.endpoint.errors import ServiceError

if TYPE_CHECKING:
    from fttui.interface.actions.job_feed import JobFeed
    from fttui.interface.host import Host
    from fttui.services.endpoint.models import Job

_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class Action:
    """How an action on jobs is worded; `done` names the state that makes it needless."""

    title: str
    question: str
    yes: str
    done: str
    warning: str = ""
    danger: bool = False


ACTIONS = {
    "cancel": Action(
        "Cancel Job",
        "Cancel it? A cancelled job cannot go on.",
        "Cancel the job",
        "cancelled",
        "What was trained so far is billed and, without a checkpoint, lost.",
        danger=True,
    ),
    "pause": Action("Pause Job", "Pause it? It can be resumed later.", "Pause the job", "paused"),
    "resume": Action(
        "Resume Job",
        "Let it go on? Training from here on is billed.",
        "Resume the job",
        "running",
    ),
}


class JobActions:
    """Runs one action a job at a time."""

    def __init__(self, host: Host, job_feed: JobFeed) -> None:
        self._host = host
        self._job_feed = job_feed
        self._busy: set[str] = set()

    def begin(self, name: str) -> None:
        """Confirm the action on the selected jobs, and do it to those that it can still change."""
        action, jobs = ACTIONS[name], self._host.selected_jobs()
        fitting = [job for job in jobs if self._refusal(name, job) is None]
        if not fitting:
            text = "No job is selected. Move the cursor to one first."
            if jobs:
                text = self._refusal(name, jobs[0]) or text
            self._host.notice(text, severity="warning")
            return

        def answered(yes: bool | None) -> None:
            if yes:
                for job in fitting:
                    self._start(name, job)

        self._host.push_screen(
            self._question(action, fitting, left_out=len(jobs) - len(fitting)), answered
        )

    def _refusal(self, name: str, job: Job) -> str | None:
        if not job.can_be_acted_on:
            return "The endpoint gave this job no id, so nothing can be asked of it."
        if job.raw_id in self._busy:
            return "An action on this job is under way. Wait for its answer."
        if job.status.is_final:
            return f"This job has already ended: {job.status.word}."
        if name == "pause" and job.status.word == "paused":
            return "This job is paused already."
        if (
            name == "resume"
            and job.status.word not in {"paused", "pausing"}
            and job.status.is_known
        ):
            return f"Only a paused job can be resumed; this one is {job.status.word}."
        return None

    def _question(self, action: Action, jobs: list[Job], left_out: int) -> Confirm:
        facts = [("Endpoint", self._host.session.endpoint.host)]
        for job in jobs[:_MOST_NAMED]:
            facts += [("Job", job.id), ("Name", job.name or "–"), ("Status", job.status.word)]
            facts += [("Trained", f"{job.trained_tokens:,} tokens")] if job.trained_tokens else []
        if len(jobs) > _MOST_NAMED:
            facts.append(("And", f"{len(jobs) - _MOST_NAMED} more jobs"))
        if left_out:
            facts.append(("Left out", f"{left_out} of which this cannot be asked now"))
        one = len(jobs) == 1
        return Confirm(
            action.title if one else f"{action.title}s ({len(jobs)})",
            facts,
            action.question if one else action.question.replace("it?", f"these {len(jobs)} jobs?"),
            action.yes if one else f"{action.yes.replace('the job', '')}all {len(jobs)} jobs",
            danger=action.danger,
            must_type=(jobs[0].raw_id[-4:] if one else str(len(jobs))) if action.danger else None,
            warning=action.warning,
        )

    def _start(self, name: str, job: Job) -> None:
        if job.raw_id in self._busy:
            return
        self._busy.add(job.raw_id)
        self._host.post(JobBusy(job.id, busy=True))
        self._host.start_worker(partial(self._act, name, job), group=f"act-{job.raw_id}")

    async def _act(self, name: str, job: Job) -> None:
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
            await self._tell_failure(name, job, error)
        else:
            self._job_feed.job_changed(changed)
            self._host.notice(f"{job.name or job.id} is now {changed.status.word}.")
        finally:
            self._busy.discard(job.raw_id)
            self._host.post(JobBusy(job.id, busy=False))

    async def _tell_failure(self, name: str, job: Job, error: ServiceError) -> None:
        """Say why an action failed; a job that ended meanwhile is shown as it is now."""
        title = f"{ACTIONS[name].title} · {job.name or job.id}"
        session = self._host.session
        try:
            now = await session.thread.read(session.handle.retrieve_job(job.raw_id))
        except ServiceError:
            self._host.notice(error.full_text, title=title, severity="error")
            return
        self._job_feed.job_changed(now)
        if now.status.is_final:
            text = f"It had ended before: {now.status.word}. Nothing was changed."
            self._host.notice(text, title=title, severity="warning")
        else:
            self._host.notice(error.full_text, title=title, severity="error")
