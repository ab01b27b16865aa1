"""Loads of whole lists, one of each profile at a time: which rows one has brought."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fttui.services.endpoint.models import Job


class Loads:
    """What the loads under way have brought so far, by profile; "" where one is read alone."""

    def __init__(self) -> None:
        self._seen: dict[str, set[str]] = {}
        self._nameless: dict[str, int] = {}
        self._told: dict[str, datetime] = {}

    @property
    def told_at(self) -> datetime | None:
        """When the oldest of what earlier runs knew was told; None where nothing of it is shown."""
        return min(self._told.values(), default=None)

    def begin(self, profile: str) -> None:
        """A load begins."""
        self._seen[profile] = set()
        self._nameless[profile] = 0

    def note_known(self, profile: str, told_at: datetime) -> None:
        """What an earlier run knew is shown until a load has ended."""
        self._told[profile] = told_at

    def note(self, key: str, profile: str) -> None:
        """A row was told."""
        if profile in self._seen:
            self._seen[profile] |= {key}

    def end(self, profile: str, jobs: Mapping[str, Job]) -> set[str] | None:
        """Which of the profile's rows the load has not brought; None where none was under way."""
        seen = self._seen.pop(profile, None)
        if seen is None:
            return None
        self._told.pop(profile, None)
        return {key for key, job in jobs.items() if job.profile == profile} - seen

    def next_nameless(self, profile: str) -> str:
        """The key of the next row without an id, the same ones in each load."""
        self._nameless[profile] = self._nameless.get(profile, 0) + 1
        return f"\0{profile}\0{self._nameless[profile]}"
