"""Jobs that have ended while some fttui was watching: told once, and to a command of the user's."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fttui.services.job_words import changed_text, short_name, status_word
from fttui.terminal.format import NOTHING, counted, share_of
from fttui.terminal.language import _, english_text

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session
    from fttui.terminal.hook import Hook

_MOST_NAMED = 3
_LONGEST_NAME = 40
_log = logging.getLogger("fttui")


@dataclass(frozen=True, slots=True)
class Ends:
    """Jobs that have ended: those to tell the user of, and those that the command is run for."""

    to_tell: tuple[Job, ...] = ()
    to_run: tuple[Job, ...] = ()


class Finished:
    """Finds the ends that nobody has told yet; `see` waits for the disk, so call it in a thread.

    Without a `terminal` nobody is told, and that is left to another fttui.
    """

    def __init__(self, session: Session, *, terminal: bool = True) -> None:
        self._session = session
        self._terminal = terminal
        self._noted: set[str] = set()
        self._is_refused = False

    def see(self, jobs: Iterable[Job]) -> Ends:
        """The jobs of these that have ended, that some fttui saw going on, and none told of.

        Without a journal there are none: nobody could tell whether they were told.
        """
        from fttui.storage.job_ends import BELL, COMMAND, JobEnds
        from fttui.storage.journal import JournalError

        known = {job.raw_id: job for job in jobs if job.can_be_acted_on}
        ended = [one for one, job in known.items() if job.status.is_final]
        active = [
            one for one, job in known.items() if not job.status.is_final and one not in self._noted
        ]
        if self._is_refused or not (active or ended):
            return Ends()
        ways = COMMAND | BELL if self._terminal else COMMAND
        try:
            ends = JobEnds(self._session.journal, self._session.account)
            claimed = ends.see(active, ended, ways)
        except JournalError as problem:
            self._is_refused = True
            _log.warning("%s", english_text(problem.args[0]))
            return Ends()
        self._noted.update(active)
        to_tell, to_run = (
            tuple(known[one] for one, told_by in claimed.items() if told_by & way)
            for way in (BELL, COMMAND)
        )
        return Ends(to_tell, to_run)

    def start_command(self, jobs: Sequence[Job]) -> Hook | None:
        """Run the settings' `on_finish` for each of these; None where none is set.

        Not where the journal lives in memory: another fttui could run it too.
        """
        command, journal = self._session.settings.on_finish, self._session.journal
        if not command or not jobs:
            return None
        from fttui.services.job_json import job_json
        from fttui.terminal.hook import Hook, start_hook
        from fttui.terminal.text import safe_json

        if not journal.is_durable:
            return Hook(command[0], None, _("it was not run. {why}", why=journal.why_not))
        return start_hook(command, [safe_json(job_json(job, self._session)) for job in jobs])


def command_failed_text(problem: str) -> str:
    """That `on_finish` did not do what it is there for; it is logged, too."""
    _log.warning("on_finish: %s", english_text(problem))
    return _("The command of on_finish failed: {problem}", problem=problem)


def ended_text(jobs: Sequence[Job]) -> str:
    """That these jobs have ended, as a sentence."""
    if len(jobs) == 1:
        return changed_text(jobs[0])
    named = [f"{_called(job)} ({status_word(job.status)})" for job in jobs[:_MOST_NAMED]]
    if len(jobs) > _MOST_NAMED:
        named.append(_("and {count} more", count=len(jobs) - _MOST_NAMED))
    return _("{jobs} have ended: {named}.", jobs=counted(len(jobs), "job"), named=", ".join(named))


class RunningJobs:
    """The jobs that go on, for the title of a window."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self.in_view = ""
        """The raw id of the job that is looked at."""

    def see(self, jobs: Iterable[Job]) -> None:
        """Take jobs as they are now."""
        for job in jobs:
            if job.status.is_moving and job.can_be_acted_on:
                known = self._jobs.get(job.raw_id)
                self._jobs[job.raw_id] = known.updated(job) if known else job
            else:
                self._jobs.pop(job.raw_id, None)

    def drop(self, raw_id: str) -> None:
        """The endpoint knows this job no more."""
        self._jobs.pop(raw_id, None)

    @property
    def title(self) -> str:
        """`fttui: 2 running, desk-v5 81 %`: the one in view, or else the furthest; "" for none."""
        running = [job for job in self._jobs.values() if job.status.may_train]
        if not running:
            waiting = len(self._jobs)
            return _("fttui: {count} waiting", count=waiting) if waiting else ""
        viewed = self._jobs.get(self.in_view)
        job = viewed if viewed in running else max(running, key=_share)
        count = _("fttui: {count} running", count=len(running))
        return f"{count}, {_called(job)} {_share(job)} %" if _share(job) >= 0 else count


def _share(job: Job) -> int:
    """How far a job is, in percent; -1 where that is not known."""
    return share_of(job.step, job.total_steps) if job.step and job.total_steps else -1


def _called(job: Job) -> str:
    """What a job is called in a few letters: its suffix, its model's name, or the end of its id."""
    name = short_name(job)
    name = f"…{job.id[-6:]}" if name == NOTHING else name
    return name if len(name) <= _LONGEST_NAME else f"…{name[-_LONGEST_NAME + 1 :]}"
