"""A profile as the tab shows it: the cells of its row, and all that is known of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fttui.interface.kit.columns import Column
from fttui.services.job_words import shorten_model
from fttui.terminal.format import NOTHING
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.profiles.keys import KeySeen
    from fttui.services.profiles.known import KnownProfile
    from fttui.services.verification import Verification


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """A profile, its key when that is known, and what its endpoint said when it was asked."""

    known: KnownProfile
    key: KeySeen | None = None
    result: Verification | None = None
    is_asking: bool = False

    @property
    def state(self) -> tuple[str, str]:
        """How it stands, in a glyph and a word, and its look."""
        if self.is_asking:
            return _("… asking"), "waiting"
        result = self.result
        if self.known.problem:
            return _("✗ unusable"), "bad"
        if self.key is not None and not self.key.source and result is not None:
            return _("✗ no key"), "bad"
        if result is not None:
            if result.is_good:
                return _("✓ works"), "good"
            if result.works is False:
                return _("✗ key refused"), "bad"
            return (_("! no jobs"), "waiting") if result.works else (_("? no answer"), "waiting")
        return (_("● in use"), "active") if self.known.in_use else ("", "plain")


COLUMNS = (
    Column("profile", _("Profile"), 12, 24, 0),
    Column("state", _("State"), 13, 14, 1),
    Column("host", _("Host"), 18, 34, 2, grows=True),
    Column("key", _("Key"), 14, 30, 3, keep_end=True),
    Column("account", _("Account"), 12, 28, 5, keep_end=True),
    Column("model", _("Default model"), 14, 28, 4, shorten=shorten_model),
    Column("file", _("From"), 14, 40, 6, keep_end=True),
)


def _profile(row: EndpointRow) -> tuple[str, str]:
    """The name; the one in use is marked here where its state tells what a test has found."""
    if not row.known.in_use:
        return row.known.title, "plain"
    is_told = row.state[1] == "active"
    return row.known.title if is_told else f"● {row.known.title}", "strong"


def _key(row: EndpointRow) -> tuple[str, str]:
    if row.key is None:
        return "…", "muted"
    return row.key.text, "plain" if row.key.source else "muted"


_CELLS: Mapping[str, Callable[[EndpointRow], tuple[str, str]]] = {
    "profile": _profile,
    "state": lambda row: row.state,
    "host": lambda row: (row.known.host or NOTHING, "plain"),
    "key": _key,
    "account": lambda row: (row.known.account or NOTHING, "plain"),
    "model": lambda row: (safe(row.known.profile.default_model, maxlen=100) or NOTHING, "plain"),
    "file": lambda row: (row.known.source or NOTHING, "muted"),
}


def cell_of(row: EndpointRow, column: str) -> tuple[str, str]:
    """Text and look of a cell."""
    return _CELLS[column](row)


def facts_of(row: EndpointRow) -> list[tuple[str, str]]:
    """All that is known of a profile, by label."""
    known, key = row.known, row.key
    named = (
        (_("Problem"), known.problem),
        (_("Base URL"), known.base_url),
        (_("Key"), _key_words(key) if key else "…"),
        (_("Account"), known.account),
        (_("Model"), safe(known.profile.default_model, maxlen=100)),
        (_("From"), known.source),
    )
    facts = [(label, text) for label, text in named if text]
    if row.result is not None and not known.problem:  # which is all that it says then
        facts.insert(0, (_("Tested"), " ".join((row.result.text, *row.result.told))))
    elif row.is_asking:
        facts.insert(0, (_("Tested"), _("The endpoint is being asked. Esc stops.")))
    return facts


def _key_words(key: KeySeen) -> str:
    said = f"{key.ending} · {key.source}" if key.ending else key.source or key.name
    return ". ".join(filter(None, (said, key.problem)))
