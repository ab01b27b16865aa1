"""What is asked of a model, what it answers, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from fttui.terminal.format import count_text, counted, exact_dollars_text
from fttui.terminal.language import _

DEFAULT_MAX_TOKENS = 512
"""Tokens of an answer unless one chooses: with a limit, each call has a highest price."""

N = TypeVar("N", int, float)
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

    @property
    def is_past_limit(self) -> bool:
        """Whether the endpoint has told more tokens than it was allowed."""
        told, most = self.completion_tokens, self.most_tokens
        return told is not None and most is not None and told > most

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
            "first_seconds": _rounded(self.first_seconds, 3),
            "seconds": _rounded(self.seconds, 3),
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "usd": _rounded(self.dollars, 8),
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


def _rounded(number: float | None, digits: int) -> float | None:
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
class Trial:
    """An example of a file as a prompt; `example` and `line` count from 1 as the check does.

    `expected` is "" where the example has no answer to compare with.
    """

    example: int
    line: int
    messages: tuple[Message, ...]
    expected: str
    tools: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Trials:
    """The examples of a file that can be tried.

    `skipped` holds line and reason of each that cannot, up to the first hundred of
    `skipped_count`. `is_cut` says that the file has more examples than were asked for.
    """

    path: Path
    format: str
    trials: tuple[Trial, ...]
    skipped: tuple[tuple[int, str], ...] = ()
    skipped_count: int = 0
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """Calls that are made once they are confirmed: each trial with each of the models."""

    trials: tuple[Trial, ...]
    models: tuple[str, ...]
    options: ChatOptions
    prices: tuple[HighestPrice, ...]
    """By model, the most that all of its calls can cost."""

    @property
    def calls(self) -> int:
        """How many calls are made."""
        return len(self.trials) * len(self.models)

    @property
    def total(self) -> HighestPrice:
        """The most that all calls can cost together."""
        prices = self.prices
        return HighestPrice(
            prompt_tokens=_sum([price.prompt_tokens for price in prices]),
            most_tokens=_sum([price.most_tokens for price in prices]),
            dollars=_sum([price.dollars for price in prices]),
            is_free=all(price.is_free for price in prices),
            is_exact=all(price.is_exact for price in prices),
            listed_dollars=_sum([price.listed_dollars for price in prices]),
            is_priced=all(price.is_priced for price in prices),
        )

    @property
    def prompt_tokens(self) -> int | None:
        """Tokens of all prompts together."""
        return self.total.prompt_tokens

    @property
    def most_tokens(self) -> int | None:
        """The most tokens that all answers can have together."""
        return self.total.most_tokens

    @property
    def dollars(self) -> float | None:
        """The most that all calls can cost, in US dollars."""
        return self.total.dollars

    @property
    def text(self) -> str:
        """`20 calls (10 examples × 2 models), 412 + at most 5,120 tokens, at most $0.0123`."""
        total = self.total
        calls = _(
            "{calls} ({examples} × {models})",
            calls=counted(self.calls, "call"),
            examples=counted(len(self.trials), "example"),
            models=counted(len(self.models), "model"),
        )
        prompts = total.prompt_text
        if total.most_tokens is None:
            tokens = _("{prompts} tokens and those of the answers", prompts=prompts)
        else:
            most = count_text(total.most_tokens)
            tokens = _("{prompts} + at most {most} tokens", prompts=prompts, most=most)
        return ", ".join([calls, tokens, total.text])


def _sum(numbers: Sequence[N | None]) -> N | None:
    """The sum of all; None where one of them is not known, or there are none."""
    known = [number for number in numbers if number is not None]
    return sum(known[1:], known[0]) if known and len(known) == len(numbers) else None


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What one model answered to one trial; `is_exact` as of `differences`."""

    trial: Trial
    model: str
    answer: Answer
    is_exact: bool

    @property
    def is_compared(self) -> bool:
        """Whether there is a whole answer, and one that was expected."""
        return self.answer.is_whole and bool(self.trial.expected.strip())

    def to_json(self) -> dict[str, object]:
        """One line of the saved results."""
        return {
            "example": self.trial.example,
            "line": self.trial.line,
            "exact": self.is_exact,
            "expected": self.trial.expected or None,
            **self.answer.to_json(),
            "messages": [message.to_json() for message in self.trial.messages],
        }


@dataclass(frozen=True, slots=True)
class ModelTally:
    """What one model's calls came to; tokens and dollars are sums of what is known.

    `compared` are the whole answers to examples that expect one, `failed` those that are not whole.
    `dollars` is None where none of the calls has a known price.
    """

    model: str
    calls: int = 0
    compared: int = 0
    exact: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    dollars: float | None = None

    def to_json(self) -> dict[str, object]:
        """The stable shape of `--json`."""
        return {
            "model": self.model,
            "calls": self.calls,
            "compared": self.compared,
            "exact": self.exact,
            "failed": self.failed,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "usd": _rounded(self.dollars, 8),
        }


@dataclass(frozen=True, slots=True)
class TrialSummary:
    """What a run of trials came to, by model.

    `is_stopped` where one has stopped it; `ended_early` is why it ended by itself before its last
    call, as a sentence, with `hint` for what to do next.
    """

    tallies: tuple[ModelTally, ...]
    planned: int
    is_stopped: bool = False
    ended_early: str = ""
    hint: str = ""

    @property
    def calls(self) -> int:
        """How many calls were made."""
        return sum(tally.calls for tally in self.tallies)

    def to_json(self) -> dict[str, object]:
        """The stable shape of `--json`."""
        return {
            "planned": self.planned,
            "calls": self.calls,
            "stopped": self.is_stopped,
            "ended_early": self.ended_early or None,
            "models": [tally.to_json() for tally in self.tallies],
        }


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an expected and a given text: `same`, `missing` or `added`."""

    kind: str
    text: str
