"""The moderation among a job's events, and its verdict in words."""

from __future__ import annotations

from collections.abc import Sequence

from fttui.services.endpoint.models import JobEvent
from fttui.services.endpoint.moderation import Moderation
from fttui.terminal.format import counted
from fttui.terminal.language import _


def moderation_of(events: Sequence[JobEvent]) -> Moderation | None:
    """The last moderation that events, newest first, tell of."""
    return next((event.moderation for event in events if event.moderation is not None), None)


def verdict_of(moderation: Moderation) -> tuple[str, str]:
    """What came of it in words, and their look."""
    count = counted(len(moderation.categories), "category", "categories")
    flagged = counted(len(moderation.flagged), "category", "categories")
    if moderation.is_blocked:
        return _("✗ blocked: the model may not be used; {flagged} flagged", flagged=flagged), "bad"
    if moderation.flagged:
        return _("! {flagged} of {count} flagged", flagged=flagged, count=count), "waiting"
    if all(one.is_flagged is False for one in moderation.categories):
        return _("✓ {count} checked, all passed", count=count), "good"
    return _("{count} checked", count=count), "plain"
