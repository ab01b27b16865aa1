"""Several endpoints at one time: the session of each profile, and which of them a job is at.

Each has its own key, journal account, thread and connections. A job says by its mark where it is,
and goes to no other: of a job whose endpoint is not known nothing is asked at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.retirement_clock import RetirementClock
from fttui.services.session import NoKeyError
from fttui.storage.secrets import KeyRefused
from fttui.storage.settings import Profile, SettingsError
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.profiles.known import KnownProfile
    from fttui.services.profiles.sessions import ProfileSessions
    from fttui.services.session import Session
    from fttui.training_data.retirement import Retirement

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A profile among others, by what its jobs are marked with; `name` is what it is opened by.

    Without a session `error` says why it cannot be read, or `left_out` why it need not be.
    """

    mark: str
    name: str
    session: Session | None = None
    error: ServiceError | None = None
    left_out: str = ""


class Sessions:
    """The session in use, and with `profiles` those of all other profiles.

    `places` tells of the others once they are open.
    """

    def __init__(self, own: Session, profiles: ProfileSessions | None = None) -> None:
        self.own = own
        self._profiles = profiles
        self.places: tuple[Place, ...] = ()
        self._by_mark: dict[str, Session] = {}
        self.clock = own.retirement
        """When the models of jobs go, each by what its own endpoint has told."""
        self._is_apart = False
        if profiles is not None:
            self._is_apart = profiles.is_first_apart and profiles.is_at_first(own)
            own.mark_jobs(self.own_name or own.endpoint.host)
            self._by_mark[own.endpoint.mark] = own
            self.clock = _Clocks(self)

    @property
    def is_several(self) -> bool:
        """True where the jobs of several endpoints stand in one list."""
        return self._profiles is not None

    @property
    def own_name(self) -> str:
        """What the profile in use is opened by; "" where that is what the run began with."""
        return "" if self._is_apart else self.own.endpoint.profile.name

    @property
    def all(self) -> list[Session]:
        """Those that are open, the one in use first."""
        return [self.own, *(place.session for place in self.places if place.session is not None)]

    def of(self, job: Job) -> Session:
        """The session of the endpoint that a job is at.

        Raises ServiceError, and nothing is sent, where that is none of those that are open.
        """
        if not self.is_several:
            return self.own
        session = self._by_mark.get(job.profile)
        if session is None:
            raise ServiceError(
                _("It is not known at which endpoint this job is, so nothing was sent."),
                _("Load the list anew."),
                outcome=Outcome.NOT_SENT,
                code="no_endpoint",
            )
        return session

    def grouped(self, jobs: Iterable[Job]) -> list[tuple[Session, list[Job]]]:
        """The jobs by the session of the endpoint that they are at; raises as `of`."""
        groups: dict[str, list[Job]] = {}
        for job in jobs:
            groups.setdefault(job.profile, []).append(job)
        return [(self.of(some[0]), some) for some in groups.values()]

    def why_not(self, action: str, jobs: Iterable[Job]) -> str:
        """Why none of these jobs can be cancelled, paused or resumed where it is; "" where one may.

        Without jobs it is the endpoint in use that counts.
        """
        sessions = [session for session, _some in self.grouped(jobs)] or [self.own]
        reasons = [session.why_not(action) for session in sessions]
        return reasons[0] if all(reasons) else ""

    def is_own(self, job: Job) -> bool:
        """True of a job at the endpoint in use."""
        return not self.is_several or job.profile == self.own.endpoint.mark

    def name_of(self, job: Job) -> str:
        """What the profile of a job is opened by."""
        names = {place.mark: place.name for place in self.places}
        return names.get(job.profile, self.own_name)

    def open_others(self) -> tuple[Place, ...]:
        """Open all other profiles; it looks for their keys, which takes some seconds at most.

        Raises SettingsError where the settings cannot be read.
        """
        if self._profiles is None or self.places:
            return self.places
        from fttui.services.profiles.known import profiles_beside

        found = profiles_beside(self.own, self._profiles)
        others = [one for one in found if not one.in_use]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            opened = [*filter(None, pool.map(self._opened, others))]
        known = {self.own.endpoint.mark: self.own}
        self.places = tuple(self._told_apart(place, known) for place in opened)
        self._by_mark = known
        return self.places

    def close_others(self, first: Callable[[], object] = lambda: None) -> None:
        """Leave all but the session in use; each gets some time for what is on its way.

        `first` waits for whatever else still needs them.
        """
        if self._profiles is not None:
            for session in self.all[1:]:
                self._profiles.leave(session, first)
        self.places, self._by_mark = (), {self.own.endpoint.mark: self.own}

    def _opened(self, one: KnownProfile) -> Place | None:
        assert self._profiles is not None
        mark = one.profile.name if one.name else one.host
        if one.problem:
            return Place(mark, one.name, error=_unusable(one.problem))
        try:
            session = self._profiles.open(one.name)
        except (SettingsError, KeyRefused) as problem:
            return Place(mark, one.name, error=_unusable(str(problem)))
        if session.credential is None:
            self._profiles.leave(session)
            if one.profile == Profile():
                return None  # OpenAI's, which nobody has asked for
            return Place(mark, one.name, error=NoKeyError(session.key_problem, session.endpoint))
        session.retirement.today = self.own.retirement.today
        session.mark_jobs(mark)
        return Place(mark, one.name, session)

    def _told_apart(self, place: Place, known: dict[str, Session]) -> Place:
        """The place, unless another one has the same mark, or reads the very same jobs."""
        session = place.session
        if session is None:
            return place
        twin = next((mark for mark, one in known.items() if _reads_same(one, session)), "")
        if not twin and place.mark not in known:
            known[place.mark] = session
            return place
        assert self._profiles is not None
        self._profiles.leave(session)
        if twin:
            left_out = _("the same account as {name}", name=twin)
            return Place(place.mark, place.name, left_out=left_out)
        problem = _("Another profile is called {name}, too. Rename one.", name=place.mark)
        return Place(f"{place.mark}'", place.name, error=_unusable(problem))


def _unusable(problem: str) -> ServiceError:
    return ServiceError(problem, outcome=Outcome.NOT_SENT, code="unusable")


def _reads_same(one: Session, other: Session) -> bool:
    """Whether both have the same account; of two archives that is told by their folders."""
    if one.credential is None or other.credential is None:
        return False
    if one.endpoint.archive or other.endpoint.archive:
        return one.endpoint.profile.archive == other.endpoint.profile.archive
    return one.account == other.account


class _Clocks(RetirementClock):
    """The clock of each job's own endpoint."""

    def __init__(self, sessions: Sessions) -> None:
        super().__init__()
        self._sessions = sessions

    def of_job(self, job: Job) -> Retirement | None:
        """As its own endpoint's."""
        return self._sessions.of(job).retirement.of_job(job)

    def is_deleted(self, job: Job) -> bool:
        """As its own endpoint's."""
        return self._sessions.of(job).retirement.is_deleted(job)
