"""What is asked of a model, what it answers, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fttui.terminal.format import count_text, exact_dollars_text
from fttui.terminal.language import _

DEFAULT_MAX_TOKENS = 512
"""Tokens of an answer unless one chooses: with a limit, each call has a highest price."""

RESULTS = ".results"
"""What the name of a file of results has after that of its examples."""

Content = str | list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat; `content` is a text, or the list of parts as the API takes it.

    `more` holds what else a message of a training file has, such as `name` or `tool_calls`.
    """

    role: str
    content: Content | None
    more: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The message as it is sent."""
        return {"role": self.role, "content": self.content, **self.more}


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """How an answer is asked for; None and empty leave it to the endpoint.

    Without `max_tokens` an answer has no highest price. `tools` are the functions that a training
    example declares, as the API takes them.
    """

    temperature: float | None = None
    max_tokens: int | None = DEFAULT_MAX_TOKENS
    stop: tuple[str, ...] = ()
    tools: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model has answered to one call.

    `text` is whole and as it came: it goes through `safe` before it is shown. `first_seconds` is
    the time to its first piece. Tokens are those that the endpoint tells, else None; `dollars` is
    None where no price is known, and 0 where nobody bills. `error` is a sentence, "" for an
    answer that is whole; `error_hint` says what to do next, `retry_after` are the
    seconds that the endpoint asks to wait. A call that one has `stopped` has no error. `reasoning`
    is what the model told apart from its answer, `tool_calls` are names with their arguments as a
    JSON text.
    """

    model: str
    text: str = ""
    finish_reason: str = ""
    first_seconds: float | None = None
    seconds: float = 0.0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    dollars: float | None = None
    error: str = ""
    error_hint: str = ""
    error_code: str = ""
    error_status: int | None = None
    retry_after: float | None = None
    stopped: bool = False
    reasoning: str = ""
    tool_calls: tuple[tuple[str, str], ...] = ()
    most_tokens: int | None = None
    """The limit of tokens that it was asked with, None for no limit."""
    about_prompt_tokens: int | None = None
    about_completion_tokens: int | None = None
    """Tokens as they are counted here, where the endpoint has told none of what was sent."""
    most_dollars: float | None = None
    """The most that it can have cost, where that is all that is known."""

    @property
    def is_past_limit(self) -> bool:
        """Whether the endpoint has told more tokens than it was allowed."""
        told, most = self.completion_tokens, self.most_tokens
        return told is not None and most is not None and told > most

    @property
    def likely_prompt_tokens(self) -> int:
        """The tokens of the prompt as they were told, else as they are counted here."""
        return _first(self.prompt_tokens, self.about_prompt_tokens)

    @property
    def likely_completion_tokens(self) -> int:
        """The tokens of the answer as they were told, else as they are counted here."""
        return _first(self.completion_tokens, self.about_completion_tokens)

    @property
    def is_whole(self) -> bool:
        """Whether it came to its end: no error, not stopped."""
        return not self.error and not self.stopped

    def to_json(self) -> dict[str, object]:
        """The stable shape of `--json` and of the saved results."""
        return {
            "model": self.model,
            "answer": self.text,
            "finish_reason": self.finish_reason or None,
            "reasoning": self.reasoning or None,
            "tool_calls": [{"name": name, "arguments": said} for name, said in self.tool_calls],
            "first_seconds": rounded(self.first_seconds, 3),
            "seconds": rounded(self.seconds, 3),
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "about_prompt_tokens": self.about_prompt_tokens,
            "about_completion_tokens": self.about_completion_tokens,
            "usd": rounded(self.dollars, 8),
            "most_usd": rounded(self.most_dollars, 8),
            "stopped": self.stopped,
            "error": {
                "message": self.error,
                "hint": self.error_hint or None,
                "code": self.error_code or None,
                "status": self.error_status,
            }
            if self.error
            else None,
        }


def _first(told: int | None, counted: int | None) -> int:
    return (counted or 0) if told is None else told


def rounded(number: float | None, digits: int) -> float | None:
    """`number` as it is written into JSON."""
    return None if number is None else round(number, digits)


@dataclass(frozen=True, slots=True)
class HighestPrice:
    """The most that one or several calls can cost.

    `prompt_tokens` is None while they cannot be counted, `most_tokens` (of the answers) where no
    limit is set or known. `dollars` is None where no price is known or nothing bounds it, and 0
    where nobody bills (`is_free`); `listed_dollars` is then what OpenAI would take. `is_exact` is
    False where the tokens of the prompt are an estimate.
    """

    prompt_tokens: int | None = None
    most_tokens: int | None = None
    dollars: float | None = None
    is_free: bool = False
    is_exact: bool = True
    listed_dollars: float | None = None
    is_priced: bool = False

    @property
    def prompt_text(self) -> str:
        """The tokens of the prompts: `412`, `≈ 412` for an estimate, `?`."""
        if self.prompt_tokens is None:
            return "?"
        return ("" if self.is_exact else "≈ ") + count_text(self.prompt_tokens)

    @property
    def text(self) -> str:
        """`at most $0.0123`, `price not known`, `free: your own server`."""
        if self.is_free and self.listed_dollars is not None:
            listed = exact_dollars_text(self.listed_dollars, up=True)
            return _("free: a sandbox (at OpenAI at most {dollars})", dollars=listed)
        if self.is_free:
            return _("free: your own server")
        if self.dollars is not None:
            shown = exact_dollars_text(self.dollars, up=True)
            return (_("at most {dollars}") if self.is_exact else _("at most ≈ {dollars}")).format(
                dollars=shown
            )
        if self.is_priced and self.most_tokens is None:
            return _("no highest price: set a limit of tokens")
        return _("price not known")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an expected and a given text: `same`, `missing` or `added`."""

    kind: str
    text: str
