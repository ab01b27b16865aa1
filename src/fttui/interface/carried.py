"""What goes along when the app goes to another profile: nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from fttui.interface.guard.typing_ahead import KeyOrPaste
    from fttui.services.job_again import Again
    from fttui.services.session import Session

Texts = Mapping[str, object]
"""What was typed into a tab, by the names of its fields; the tab alone reads it."""


@dataclass(frozen=True, slots=True)
class Carried:
    """`texts` are those of each tab by its id, `form` is what the form is to be filled from.

    `word` is what to say in the new place, "" for nothing.
    `folder` is where a file was saved last.
    `keys` were typed while the app was on its way, and act in the new place.
    """

    texts: Mapping[str, Texts] = field(default_factory=dict)
    form: Again | None = None
    keys: tuple[KeyOrPaste, ...] = ()
    word: str = ""
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """How an app ends that goes on at another profile's `session`, with `tab` in front."""

    session: Session
    tab: str
    carried: Carried
