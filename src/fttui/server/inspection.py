"""What is known of a training file once it was looked through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Rules = Literal["default", "reinforcement"]
Format = Literal["chat", "preference", "completions", "reinforcement"]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found in one file; `tokens` is an estimate, long rows cut as in training.

    `parse_problem` is set when a line is no JSON object; `code` and `message` are set for
    that and every other fault.
    """

    format: Format | None = None
    examples: int = 0
    tokens: int = 0
    keys: tuple[str, ...] = ()
    parse_problem: str | None = None
    code: str | None = None
    message: str | None = None
