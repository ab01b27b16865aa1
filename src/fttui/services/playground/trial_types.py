"""The examples of a file as prompts: what is planned, what is answered, what it came to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from fttui.services.playground.types import Answer, ChatOptions, HighestPrice, Message, rounded
from fttui.terminal.format import count_text, counted
from fttui.terminal.language import _

N = TypeVar("N", int, float)


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
class Asked:
    """How all calls of a run are asked, so that a result says what it is an answer to.

    `host` is what people know the endpoint as, `place` all that leads there in one spelling, with
    what a profile adds to each call. `examples` is how many the run was to try.
    """

    host: str
    place: str
    options: ChatOptions
    examples: int

    def digest(self, trial: Trial, model: str) -> str:
        """What tells a call from every other one: of an example that differs it is another.

        It is the SHA-256 of endpoint, model, settings, and all of the example but where it stands.
        """
        options = self.options
        told = {
            "place": self.place,
            "model": model,
            "messages": [message.to_json() for message in trial.messages],
            "expected": trial.expected,
            "tools": list(trial.tools),
            "temperature": options.temperature,
            "max_tokens": options.max_tokens,
            "stop": list(options.stop),
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def to_json(self) -> dict[str, object]:
        """The part of a result that a person reads it from."""
        return {
            "endpoint": self.host,
            "temperature": self.options.temperature,
            "max_tokens": self.options.max_tokens,
            "stop": list(self.options.stop),
            "examples": self.examples,
        }


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What one model answered to one trial; `is_exact` as of `differences`.

    `asked` is None where it is not known how it was asked.
    """

    trial: Trial
    model: str
    answer: Answer
    is_exact: bool
    asked: Asked | None = None

    @property
    def is_compared(self) -> bool:
        """Whether there is a whole answer, and one that was expected."""
        return self.answer.is_whole and bool(self.trial.expected.strip())

    def to_json(self) -> dict[str, object]:
        """One line of the saved results."""
        trial, asked = self.trial, self.asked
        return {
            "example": trial.example,
            "line": trial.line,
            "exact": self.is_exact,
            "expected": trial.expected or None,
            **self.answer.to_json(),
            "messages": [message.to_json() for message in trial.messages],
            "asked": asked.to_json() if asked else None,
            "call": asked.digest(trial, self.model) if asked else None,
        }


@dataclass(frozen=True, slots=True)
class Earlier:
    """A file of results that a run goes on with, as it was when it was read.

    Of the calls that are left, `failed` have an answer there that is not whole, and `unseen` have
    none at all. `others` are results of other calls. `is_torn` where its last line was cut off in
    writing; it begins at `sound` bytes. `examples` is how many an earlier run was to try.
    """

    path: Path
    state: tuple[int, ...]
    sound: int = 0
    is_torn: bool = False
    failed: int = 0
    unseen: int = 0
    others: int = 0
    examples: int = 0


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """Calls that are made once they are confirmed: each trial with each of the models.

    Those that `kept` has the answers to, from an `earlier` run, are not made again.
    """

    trials: tuple[Trial, ...]
    models: tuple[str, ...]
    options: ChatOptions
    prices: tuple[HighestPrice, ...]
    """By model, the most that all of its calls can cost."""
    asked: Asked | None = None
    kept: tuple[TrialResult, ...] = ()
    earlier: Earlier | None = None

    @property
    def calls(self) -> int:
        """How many calls are made."""
        return len(self.trials) * len(self.models) - len(self.kept)

    @property
    def left(self) -> list[tuple[Trial, str]]:
        """The calls that are made, in the order of the file."""
        kept = {(result.trial.example, result.model) for result in self.kept}
        return [
            (trial, model)
            for trial in self.trials
            for model in self.models
            if (trial.example, model) not in kept
        ]

    @property
    def total(self) -> HighestPrice:
        """The most that all calls can cost together."""
        return together(self.prices)

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
    def calls_text(self) -> str:
        """`20 calls (10 examples × 2 models)`, `8 calls (of 20; answered: 12)`."""
        if self.kept:
            of, kept = self.calls + len(self.kept), count_text(len(self.kept))
            left = counted(self.calls, "call")
            return _("{left} (of {of}; answered: {kept})", left=left, of=count_text(of), kept=kept)
        return _(
            "{calls} ({examples} × {models})",
            calls=counted(self.calls, "call"),
            examples=counted(len(self.trials), "example"),
            models=counted(len(self.models), "model"),
        )

    @property
    def text(self) -> str:
        """`20 calls (10 examples × 2 models), 412 + at most 5,120 tokens, at most $0.0123`."""
        total = self.total
        prompts = total.prompt_text
        if total.most_tokens is None:
            tokens = _("{prompts} tokens and those of the answers", prompts=prompts)
        else:
            most = count_text(total.most_tokens)
            tokens = _("{prompts} + at most {most} tokens", prompts=prompts, most=most)
        return ", ".join([self.calls_text, tokens, total.text])


def together(prices: Sequence[HighestPrice]) -> HighestPrice:
    """The most that calls can cost together, from the most that each can."""
    return HighestPrice(
        prompt_tokens=_sum([price.prompt_tokens for price in prices]),
        most_tokens=_sum([price.most_tokens for price in prices]),
        dollars=_sum([price.dollars for price in prices]),
        is_free=all(price.is_free for price in prices),
        is_exact=all(price.is_exact for price in prices),
        listed_dollars=_sum([price.listed_dollars for price in prices]),
        is_priced=all(price.is_priced for price in prices),
    )


def _sum(numbers: Sequence[N | None]) -> N | None:
    """The sum of all; None where one of them is not known, or there are none."""
    known = [number for number in numbers if number is not None]
    return sum(known[1:], known[0]) if known and len(known) == len(numbers) else None


@dataclass(frozen=True, slots=True)
class ModelTally:
    """What one model's calls came to; tokens and dollars are sums of what is known.

    `kept` are the answers of an earlier run, which cost nothing anew; `compared` and `exact` count
    them too. `compared` are the whole answers to examples that expect one, `failed` those that are
    not whole. `about` is how many calls the tokens were not told of: these are counted here.
    `dollars` is None where none of the calls has a known price; `most_dollars` is the most that all
    have cost together, None where that is not known of one of them.
    """

    model: str
    calls: int = 0
    compared: int = 0
    exact: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    dollars: float | None = None
    kept: int = 0
    about: int = 0
    most_dollars: float | None = None

    def to_json(self) -> dict[str, object]:
        """The stable shape of `--json`."""
        return {
            "model": self.model,
            "calls": self.calls,
            "kept": self.kept,
            "compared": self.compared,
            "exact": self.exact,
            "failed": self.failed,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "about": self.about,
            "usd": rounded(self.dollars, 8),
            "most_usd": rounded(self.most_dollars, 8),
        }


@dataclass(frozen=True, slots=True)
class TrialSummary:
    """What a run of trials came to, by model.

    `is_stopped` where one has stopped it; `ended_early` is why it ended by itself before its last
    call, as a sentence, with `hint` for what to do next. `unwritten` answers came, and are not in
    the file of the results.
    """

    tallies: tuple[ModelTally, ...]
    planned: int
    is_stopped: bool = False
    ended_early: str = ""
    hint: str = ""
    unwritten: int = 0

    @property
    def calls(self) -> int:
        """How many calls were made."""
        return sum(tally.calls for tally in self.tallies)

    @property
    def kept(self) -> int:
        """How many answers of an earlier run stand beside them."""
        return sum(tally.kept for tally in self.tallies)

    def to_json(self) -> dict[str, object]:
        """The stable shape of `--json`."""
        return {
            "planned": self.planned,
            "calls": self.calls,
            "kept": self.kept,
            "stopped": self.is_stopped,
            "ended_early": self.ended_early or None,
            "unwritten": self.unwritten,
            "models": [tally.to_json() for tally in self.tallies],
        }
