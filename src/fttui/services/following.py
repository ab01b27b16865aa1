"""What a watch knows of the events of one job, and whose turn it is among the rows on screen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from fttui.services.endpoint.models import Job
from fttui.services.job_history import MOST_EVENTS

LOOKS_A_POLL = 5
_LONG_OVER = timedelta(seconds=20)
_MOST_RESTS = 16


@dataclass(slots=True)
class Followed:
    """What is known of the events of one job; `polls_left` counts down once it has ended.

    After `failures` looks in a row that failed, so many polls as `rests` says pass without one.
    """

    seen: dict[object, None] = field(default_factory=dict)
    polls_left: int | None = None
    was_looked_at: bool = False
    failures: int = 0
    rests: int = 0

    def remember(self, keys: Iterable[object]) -> None:
        """Take events, oldest first, as told; of very many only the newest are remembered."""
        self.seen.update(dict.fromkeys(keys))
        while len(self.seen) > MOST_EVENTS:
            del self.seen[next(iter(self.seen))]

    def note_failure(self) -> None:
        """Pass more and more looks over while each of them fails."""
        self.failures += 1
        self.rests = min(2 ** (self.failures - 1), _MOST_RESTS) - 1

    def count_down(self, job: Job, settle_polls: int) -> None:
        """Count a look at a job that has ended; one that ended long ago tells nothing late."""
        if self.polls_left is None:
            ended = job.finished_at
            is_old = ended is not None and datetime.now(UTC) - ended > _LONG_OVER
            self.polls_left = 0 if is_old else settle_polls
        else:
            self.polls_left -= 1


class Turns:
    """Whose turn it is to be looked at, so that a long list costs no more than a short one."""

    def __init__(self) -> None:
        self._queue: list[str] = []

    def next(self, job_ids: list[str]) -> list[str]:
        """The few of these jobs whose turn it is."""
        waiting = set(job_ids)
        queue = [job_id for job_id in self._queue if job_id in waiting]
        queued = set(queue)
        queue += [job_id for job_id in job_ids if job_id not in queued]
        self._queue = [*queue[LOOKS_A_POLL:], *queue[:LOOKS_A_POLL]]
        return queue[:LOOKS_A_POLL]


class RowsInTurn:
    """The jobs on screen: one of those that run is asked at a time how far it is."""

    def __init__(self) -> None:
        self._states: dict[str, Followed] = {}

    def show(self, job_ids: Iterable[str]) -> None:
        """These are on screen now; those that have just come are asked first."""
        wanted = dict.fromkeys(job_ids)
        new = {job_id: Followed() for job_id in wanted if job_id not in self._states}
        kept = {job_id: state for job_id, state in self._states.items() if job_id in wanted}
        self._states = new | kept

    def next(self, jobs: Mapping[str, Job], but: Collection[str] = ()) -> str | None:
        """Whose turn it is among those that run, `but` some; None where it is nobody's."""
        for job_id, state in [*self._states.items()]:
            job = jobs.get(job_id)
            if job is None or job_id in but or not job.status.may_train:
                continue
            self._states[job_id] = self._states.pop(job_id)  # to the end of the queue
            if state.rests <= 0:
                return job_id
            state.rests -= 1
        return None

    def note(self, job_id: str, *, failed: bool) -> None:
        """What became of asking; one that failed is passed over for longer and longer."""
        state = self._states.get(job_id)
        if state is not None and failed:
            state.note_failure()
        elif state is not None:
            state.failures = 0
