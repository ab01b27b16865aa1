"""The moderation of what a job has made: by category what was found, and what is allowed.

No document names its shape, so it is read from whatever names categories.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fttui.services.endpoint.reading import as_list, as_mapping, as_number, as_text
from fttui.terminal.format import number_text
from fttui.terminal.language import _

MODERATION_TYPE = "moderation_checks"
_MOST = 100
_LISTS = ("results", "checks", "categories", "moderation_checks", "moderation_results", "scores")
_TABLES = ("categories", "category_scores", "scores", "thresholds", "category_thresholds")
_NAMES = ("category", "name", "id", "type")
_FOUND = ("flagged", "failed", "blocked", "violated", "exceeded")
_GOOD = ("passed", "ok", "safe")
_VERDICTS = ("status", "result", "outcome", "verdict")
_BAD_WORDS = frozenset({"failed", "fail", "flagged", "blocked", "violated", "rejected", "unsafe"})
_GOOD_WORDS = frozenset({"passed", "pass", "ok", "safe", "clean", "succeeded"})


@dataclass(frozen=True, slots=True)
class Category:
    """One category; `is_flagged` None where nothing tells. `enforcement` is the server's word."""

    name: str
    is_flagged: bool | None = None
    score: float | None = None
    threshold: float | None = None
    enforcement: str = ""

    @property
    def words(self) -> str:
        """What was found, the score, what is allowed, and what follows from more than that."""
        found = {True: _("flagged"), False: _("passed"), None: _("not told")}[self.is_flagged]
        parts = [found]
        if self.score is not None:
            parts.append(_("score {score}", score=number_text(self.score)))
        if self.threshold is not None:
            parts.append(_("threshold {limit}", limit=number_text(self.threshold)))
        return ", ".join([*parts, *([self.enforcement] if self.enforcement else [])])


@dataclass(frozen=True, slots=True)
class Moderation:
    """What was checked; `is_blocked` when the model may not be used, None where it is not told."""

    categories: tuple[Category, ...]
    is_blocked: bool | None = None

    @property
    def flagged(self) -> tuple[Category, ...]:
        """The categories in which something was found."""
        return tuple(one for one in self.categories if one.is_flagged)

    @property
    def in_order(self) -> tuple[Category, ...]:
        """All categories, those with findings first."""
        return (*self.flagged, *(one for one in self.categories if not one.is_flagged))

    @classmethod
    def read(cls, value: object) -> Moderation | None:
        """Read an event's `data`, of any shape; None where it names no category."""
        data = as_mapping(value)
        found = {one.name: one for one in _listed(data)} or {
            one.name: one for one in _tabulated(data)
        }
        blocked = next((data[name] for name in ("blocked", "is_blocked") if name in data), None)
        verdict = blocked if isinstance(blocked, bool) else _verdict(data)
        return cls(tuple(found.values()), verdict) if found else None

    def to_json(self) -> dict[str, object]:
        """The stable shape that `--json` prints."""
        return {
            "blocked": self.is_blocked,
            "categories": [
                {
                    "category": one.name,
                    "flagged": one.is_flagged,
                    "score": one.score,
                    "threshold": one.threshold,
                    "enforcement": one.enforcement or None,
                }
                for one in self.categories
            ],
        }


def _listed(data: Mapping[str, object]) -> Iterator[Category]:
    """The categories of a list of objects that name themselves."""
    for place in _LISTS:
        for entry in as_list(data.get(place))[:_MOST]:
            told = as_mapping(entry)
            name = next(filter(None, (as_text(told.get(one), 80) for one in _NAMES)), None)
            if name:
                yield _category(name, told)


def _tabulated(data: Mapping[str, object]) -> Iterator[Category]:
    """The categories of tables by name: of objects, or one for what was found, one for scores."""
    tables = {place: as_mapping(data.get(place)) for place in (*_LISTS, *_TABLES)}
    names = dict.fromkeys(name for table in tables.values() for name in table)
    for name in list(names)[:_MOST]:
        shown = as_text(name, 80)
        told: dict[str, object] = {}
        for place, table in tables.items():
            value = table.get(name)
            if isinstance(value, dict):
                told |= value
            elif isinstance(value, bool):
                told["flagged"] = value
            elif isinstance(value, str):
                told["status"] = value
            elif name in table:
                told["threshold" if "threshold" in place else "score"] = value
        if shown:
            yield _category(shown, told)


def _category(name: str, told: Mapping[str, object]) -> Category:
    score = as_number(told.get("score", told.get("value")))
    threshold = as_number(told.get("threshold"))
    flagged = _verdict(told)
    if flagged is None and score is not None and threshold is not None:
        flagged = score >= threshold
    enforcement = as_text(told.get("enforcement"), 40) or ""
    return Category(name, flagged, score, threshold, enforcement)


def _verdict(told: Mapping[str, object]) -> bool | None:
    """True where something was found, False where nothing was, None where that is not told."""
    for name in (*_FOUND, *_GOOD):
        value = told.get(name)
        if isinstance(value, bool):
            return value == (name in _FOUND)
    words = [(as_text(told.get(name), 40) or "").lower() for name in _VERDICTS]
    if any(word in _BAD_WORDS for word in words):
        return True
    return False if any(word in _GOOD_WORDS for word in words) else None
