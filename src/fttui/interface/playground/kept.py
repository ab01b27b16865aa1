"""What the playground keeps of each endpoint while another profile is in use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.services.playground.conversation import Conversation

if TYPE_CHECKING:
    from fttui.interface.tab_messages.playground import TrialsEnded
    from fttui.services.playground.trial_types import TrialPlan, TrialResult
    from fttui.services.session import Session

LAST = "last"
"""Beside the keys of endpoints: what the one had that was left last."""
_MODELS = frozenset({"try-model", "try-against"})


@dataclass(frozen=True, slots=True)
class KeptTrials:
    """Examples that are tried, or were; `ended` is None where they were left before their end."""

    plan: TrialPlan
    path: Path | None
    results: tuple[TrialResult, ...]
    ended: TrialsEnded | None


@dataclass(frozen=True, slots=True)
class KeptPlayground:
    """The texts of the fields and of the prompt, and the chat of each side after its model."""

    texts: Mapping[str, object] = field(default_factory=dict)
    sides: tuple[tuple[str, Conversation], ...] = ()
    examples: Path | None = None
    trials: KeptTrials | None = None

    @property
    def asked(self) -> Mapping[str, object]:
        """The texts that make sense at an endpoint that has other models."""
        return {name: text for name, text in self.texts.items() if name not in _MODELS}


def key_of(session: Session) -> str:
    """What the playground of an endpoint is kept under: its profile and where that leads."""
    return f"{session.endpoint.profile.name} {session.endpoint.place}"
