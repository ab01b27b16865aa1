"""What is asked of the chat process, read with distrust."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .failure import FailureError


@dataclass(frozen=True)
class Question:
    """One request for `n` answers of at most `max_tokens` tokens each."""

    model: str
    adapter: str | None
    messages: Any
    tools: Any
    max_tokens: int
    temperature: float
    top_p: float
    stop: tuple[str, ...]
    seed: int | None
    n: int


def read_question(asked: dict[str, Any]) -> Question:
    """The question; raises FailureError with code invalid_request for what cannot be asked."""
    model, adapter = asked.get("model"), asked.get("adapter")
    if not isinstance(model, str) or not (adapter is None or isinstance(adapter, str)):
        raise _fault("names no model")
    stop = asked.get("stop") or []
    stop = [stop] if isinstance(stop, str) else stop
    if not isinstance(stop, list) or not all(isinstance(each, str) and each for each in stop):
        raise _fault("has a 'stop' that is no list of texts")
    seed = asked.get("seed")
    return Question(
        model=model,
        adapter=adapter,
        messages=asked.get("messages"),
        tools=asked.get("tools"),
        max_tokens=int(_number(asked, "max_tokens", 256, 1, 1_000_000)),
        temperature=_number(asked, "temperature", 1.0, 0, 2),
        top_p=_number(asked, "top_p", 1.0, 0, 1),
        stop=tuple(stop),
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        n=int(_number(asked, "n", 1, 1, 128)),
    )


def _fault(what: str) -> FailureError:
    return FailureError("invalid_request", f"The request {what}.")


def _number(asked: dict[str, Any], name: str, default: float, least: float, most: float) -> float:
    value = asked.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise _fault(f"has a '{name}' that is no number")
    if not least <= value <= most:
        raise _fault(f"has a '{name}' that is not from {least:g} to {most:g}")
    return float(value)


class Held:
    """Text on its way out, of which what may be the beginning of a stop text is kept back."""

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = stops
        self._kept = ""
        self.ended = False

    def add(self, text: str) -> str:
        """What of the text so far may go out; after a stop text nothing more does."""
        if self.ended:
            return ""
        text = self._kept + text
        places = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if places:
            self.ended, self._kept = True, ""
            return text[: min(places)]
        keep = max((overlap(text, stop) for stop in self._stops), default=0)
        self._kept = text[len(text) - keep :]
        return text[: len(text) - keep]

    def rest(self) -> str:
        """What was kept back, when nothing more comes."""
        kept, self._kept = self._kept, ""
        return kept


def overlap(text: str, stop: str) -> int:
    """How much of the text's end is the beginning of the stop text."""
    for length in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:length]):
            return length
    return 0
