"""What the moderation of a job's model has found, category by category."""

from __future__ import annotations

from collections.abc import Sequence

from fttui.interface.kit.lines import Line, cut, fit
from fttui.services.endpoint.models import JobEvent
from fttui.services.endpoint.moderation import Category
from fttui.services.job_moderation import moderation_of, verdict_of

_LONGEST_NAME = 24
_LOOKS = {True: "bad", False: "plain", None: "muted"}


def moderation_lines(events: Sequence[JobEvent], width: int) -> list[Line]:
    """The verdict, and each category with its threshold, those with findings first."""
    moderation = moderation_of(events)
    if moderation is None:
        return []
    text, look = verdict_of(moderation)
    order = moderation.in_order
    room = min(max(len(one.name) for one in order), _LONGEST_NAME)
    return [((cut(text, width), look),), *(_line(one, room, width) for one in order)]


def _line(category: Category, room: int, width: int) -> Line:
    mark = "✗ " if category.is_flagged else "  "
    name = fit(category.name, room)
    words = cut(category.words, width - room - 3)
    look = _LOOKS[category.is_flagged]
    return ((mark, look), (f"{name} ", "muted" if not category.is_flagged else look), (words, look))
