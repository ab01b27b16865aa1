"""How the list stands at each endpoint: asked, told, stale, or not to be had."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from fttui.interface.jobs.words import Lacks
from fttui.services.endpoint.errors import UnauthorizedError
from fttui.services.profiles.trouble import trouble
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.interface.messages import EndpointsKnown, JobsFailed, JobsPage
    from fttui.services.endpoint.errors import ServiceError

_LONGEST_NAME = 24


@dataclass(slots=True)
class PlaceState:
    """The state of one endpoint; `as_of` is when it has told its jobs last."""

    loading: bool = False
    loaded: bool = False
    error: ServiceError | None = None
    as_of: datetime | None = None
    left_out: str = ""
    lacks: Lacks = field(default_factory=Lacks)

    @property
    def rank(self) -> int:
        """What needs to be known comes first."""
        return 0 if self.error else 1 if self.loading else 3 if self.left_out else 2

    def words(self, name: str) -> str:
        """A glyph, the name and the state, in few words."""
        name = safe(name, maxlen=_LONGEST_NAME)
        if self.error is not None:
            text = _("✗ {name}: {what}", name=name, what=trouble(self.error))
            if self.as_of is None:
                return text
            moment = f"{self.as_of.astimezone():%H:%M}"
            return _("{text}, as of {moment}", text=text, moment=moment)
        if self.loading:
            return _("… {name}: asking", name=name)
        if self.left_out:
            return _("– {name}: {why}", name=name, why=self.left_out)
        return f"✓ {name}"


class ListState:
    """The states by the marks of the endpoints; "" is the mark where one is read alone."""

    def __init__(self, own: str = "", *, is_several: bool = False) -> None:
        self._own = own
        self.is_several = is_several
        self._places = {own: PlaceState()}

    def of(self, mark: str) -> PlaceState:
        """The state of one endpoint."""
        return self._places.setdefault(mark, PlaceState())

    @property
    def loading(self) -> bool:
        """True while a list is on its way."""
        return any(place.loading for place in self._places.values())

    @property
    def loaded(self) -> bool:
        """True once a list was told to its end."""
        return any(place.loaded for place in self._places.values())

    @property
    def failed(self) -> bool:
        """True while no list can be had."""
        return all(place.error for place in self._places.values() if not place.left_out)

    @property
    def stale_since(self) -> datetime | None:
        """When a list was told that may be old by now; the line of several tells that itself."""
        own = self._places[self._own]
        return own.as_of if own.error and not self.is_several else None

    @property
    def lacks(self) -> Lacks:
        """What all lists lack."""
        every = [place.lacks for place in self._places.values()]
        return Lacks(sum(one.dropped for one in every), any(one.goes_on for one in every))

    def know(self, message: EndpointsKnown) -> None:
        """There are these endpoints beside the one in use."""
        for place in message.places:
            self.of(place.mark).left_out = place.left_out
            self.of(place.mark).loading = place.session is not None

    def begin(self, mark: str) -> None:
        """A load begins."""
        place = self.of(mark)
        place.loading, place.lacks = True, Lacks()
        if not self.is_several:
            place.error = None

    def take(self, message: JobsPage, now: datetime) -> None:
        """A page came."""
        place = self.of(message.profile)
        place.error = None
        place.lacks.note(message)
        if message.last:
            place.loading, place.loaded, place.as_of = False, True, now

    def fail(self, message: JobsFailed) -> None:
        """A list could not be had."""
        place = self.of(message.profile)
        place.loading, place.error = False, message.error
        place.as_of = message.as_of or place.as_of

    def recover(self, mark: str) -> None:
        """An endpoint answers again."""
        self.of(mark).error = None

    @property
    def host(self) -> str:
        """What stands in the place of a host's name; "" where one is read alone."""
        read = sum(not place.left_out for place in self._places.values())
        return counted(read, "endpoint") if self.is_several else ""

    @property
    def line(self) -> str:
        """How each of several endpoints stands, what needs to be known first; "" of one alone."""
        if not self.is_several:
            return ""
        places = sorted(self._places.items(), key=lambda each: each[1].rank)
        return " · ".join(place.words(mark) for mark, place in places)

    def failures(self, reload: str, another_key: str, most: int) -> list[str]:
        """What has failed, and what to do about it, in lines to be shown above the list.

        These are the keys that load anew, and that give another API key. Of several endpoints
        there is room for `most` lines.
        """
        failed = [(mark, place.error) for mark, place in self._places.items() if place.error]
        if not failed:
            return []
        if not self.is_several:
            advice = _(
                "The list is as it was last told. Press {reload} to try again.", reload=reload
            )
            error = failed[0][1]
            if isinstance(error, UnauthorizedError):  # its hint is long, and the app can do it
                another = _("{key} gives another key.", key=another_key)
                return [f"! {error.sentence}", f"{another} {advice}"]
            return [f"! {error.full_text}", advice]
        lines = [
            _("! {name}: {text}", name=safe(mark, maxlen=_LONGEST_NAME), text=_brief(error))
            for mark, error in failed
        ]
        more = len(lines) - most
        if more > 0:
            lines[most - 1 :] = [
                _("! and {count} more; {reload} asks all again", count=more + 1, reload=reload)
            ]
        return lines


def _brief(error: ServiceError) -> str:
    return safe(" ".join(error.full_text.split()))
