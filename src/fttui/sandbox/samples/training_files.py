"""Writes training files as people really have them: valid by every rule, the same for a seed.

Several turns, tool calls with their answers, six languages, weights, and quotes and emoji that
a careless reader stumbles over.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .phrases import CARRIERS, CITIES, LANGUAGES, PRODUCTS, SYSTEM, WEIGHTS, Language

TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": "find_order",
            "description": "Looks up an order by its number.",
            "parameters": {
                "type": "object",
                "properties": {"order": {"type": "string"}},
                "required": ["order"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "send_replacement",
            "description": "Sends an article again, free of charge.",
            "parameters": {
                "type": "object",
                "properties": {
                    "order": {"type": "string"},
                    "article": {"type": "string"},
                    "reason": {"type": "string", "enum": ["broken", "lost", "wrong"]},
                },
                "required": ["order", "article", "reason"],
            },
        },
    },
]

Message = dict[str, Any]


def write_sample_training_file(
    path: str | os.PathLike[str], examples: int = 240, seed: int = 0
) -> Path:
    """Writes a supervised chat file and returns its path."""
    return _write(path, _conversations(examples, random.Random(f"train {seed}"), first=10_000))  # noqa: S311


def write_sample_validation_file(
    path: str | os.PathLike[str], examples: int = 40, seed: int = 0
) -> Path:
    """Writes more of the same, sharing no example with the training file."""
    rows = _conversations(examples, random.Random(f"validation {seed}"), first=8_000_000)  # noqa: S311
    return _write(path, rows)


def write_sample_preference_file(
    path: str | os.PathLike[str], examples: int = 120, seed: int = 0
) -> Path:
    """Writes a file for DPO: an input, an answer that is liked and one that is not."""
    return _write(path, _preferences(examples, random.Random(f"preference {seed}")))  # noqa: S311


def _write(path: str | os.PathLike[str], rows: Iterator[dict[str, Any]]) -> Path:
    target = Path(path)
    with target.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    return target


class _Case:
    """One customer with one order: the words of a conversation."""

    def __init__(self, rng: random.Random, number: int) -> None:
        names = [name for name, weight in WEIGHTS for _ in range(weight)]
        self.lines: Language = LANGUAGES[rng.choice(names)]
        self.order = f"HS-{number}"
        self.facts = {
            "order": self.order,
            "product": rng.choice(PRODUCTS),
            "city": rng.choice(CITIES),
            "carrier": rng.choice(CARRIERS),
            "days": rng.randint(2, 9),
        }
        self.call_id = "call_" + "".join(rng.choices("abcdefghijkmnpqrstuvwxyz23456789", k=16))

    def say(self, role: str, line: str, **extra: Any) -> Message:
        return {"role": role, "content": line.format(**self.facts), **extra}

    def look_up(self) -> list[Message]:
        """The assistant's tool call and what the tool answers."""
        arguments = json.dumps({"order": self.order})
        found = {key: self.facts[key] for key in ("order", "product", "carrier", "city")}
        found["state"] = "in transit"
        return self._call("find_order", arguments, found)

    def replace(self) -> list[Message]:
        """The assistant has the article sent again."""
        arguments = {"order": self.order, "article": self.facts["product"], "reason": "broken"}
        text = json.dumps(arguments, ensure_ascii=False)
        return self._call("send_replacement", text, {"ok": True, "days": self.facts["days"]})

    def _call(self, name: str, arguments: str, answer: dict[str, Any]) -> list[Message]:
        call_id = f"{self.call_id}{len(name)}"
        call = {
            "id": call_id,
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
        return [
            {"role": "assistant", "tool_calls": [call]},
            {
                "role": "tool",
                "tool_call_id": call_id,
                "content": json.dumps(answer, ensure_ascii=False),
            },
        ]


def _conversations(examples: int, rng: random.Random, *, first: int) -> Iterator[dict[str, Any]]:
    number = first
    for _ in range(examples):
        number += rng.randint(1, 40)
        case = _Case(rng, number)
        build = rng.choice((_where, _where, _broken, _fits, _late))
        messages = [{"role": "system", "content": SYSTEM}, *build(case)]
        if rng.random() < 0.35:
            messages.append(case.say("user", case.lines.thanks))
            messages.append(case.say("assistant", case.lines.welcome))
        yield {"messages": messages, "tools": TOOLS, "parallel_tool_calls": False}


def _where(case: _Case) -> list[Message]:
    lines = case.lines
    return [
        case.say("user", lines.where),
        *case.look_up(),
        case.say("assistant", lines.on_the_way),
    ]


def _late(case: _Case) -> list[Message]:
    lines = case.lines
    return [
        case.say("user", lines.where),
        *case.look_up(),
        # The first answer is not what should be learnt.
        case.say("assistant", lines.on_the_way, weight=0),
        case.say("user", lines.late),
        case.say("assistant", lines.sorry, weight=1),
    ]


def _broken(case: _Case) -> list[Message]:
    lines = case.lines
    return [
        case.say("user", lines.broken),
        *case.look_up(),
        *case.replace(),
        case.say("assistant", lines.replaced),
    ]


def _fits(case: _Case) -> list[Message]:
    return [case.say("user", case.lines.fits), case.say("assistant", case.lines.answer_fits)]


def _preferences(examples: int, rng: random.Random) -> Iterator[dict[str, Any]]:
    number = 4_000_000
    for _ in range(examples):
        number += rng.randint(1, 40)
        case = _Case(rng, number)
        lines = case.lines
        question, good, bad = rng.choice(
            (
                (lines.where, lines.on_the_way, lines.fits),
                (lines.broken, lines.replaced, lines.late),
                (lines.fits, lines.answer_fits, lines.thanks),
            )
        )
        yield {
            "input": {
                "messages": [{"role": "system", "content": SYSTEM}, case.say("user", question)]
            },
            "preferred_output": [case.say("assistant", good)],
            "non_preferred_output": [case.say("assistant", bad)],
        }
