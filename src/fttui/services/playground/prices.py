"""What calls to models cost: the most before, the sum after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fttui.services.playground.types import Answer, ChatOptions, HighestPrice, Message
from fttui.training_data.answer_prices import (
    AnswerPrice,
    answer_price_in,
    known_answer_price,
    longest_answer_of,
)
from fttui.training_data.models import base_model

if TYPE_CHECKING:
    from fttui.services.session import Session

_OF_ANSWER = 3
"""Tokens that a prompt has beside its messages: they begin the answer."""

Prompt = tuple[Sequence[Message], Sequence[Any]]
"""The messages of a call, and the functions that it declares."""


@dataclass(frozen=True, slots=True)
class PriceOf:
    """What is known of a model's price here.

    `price` is None where nobody has told one, or nobody bills (`is_free`); `listed` is then what
    OpenAI takes for what a sandbox only plays.
    """

    price: AnswerPrice | None = None
    is_free: bool = False
    listed: AnswerPrice | None = None


def price_of(session: Session, model: str) -> PriceOf:
    """The price of a model's answers at this endpoint.

    What a person has set goes first. OpenAI's prices are nobody else's.
    """
    from fttui.services.submission_words import is_unbilled

    if pair := answer_price_in(session.settings.answer_prices, model):
        return PriceOf(AnswerPrice(*pair))
    names = (model, base_model(model))  # one that was made just now may not be listed yet
    if any(is_unbilled(name, session) for name in names):
        return PriceOf(is_free=True)
    clock = session.retirement
    known = known_answer_price(model) if clock.knows_openai else None
    if session.endpoint.is_loopback and clock.is_sandbox:
        return PriceOf(is_free=True, listed=known)
    return PriceOf(known)


def cost_of(
    session: Session, model: str, prompt_tokens: int | None, completion_tokens: int | None
) -> float | None:
    """What a call has cost, in US dollars; None where a price or the tokens are not known."""
    found = price_of(session, model)
    if found.is_free:
        return 0.0
    if found.price is None or prompt_tokens is None or completion_tokens is None:
        return None
    return found.price.of(prompt_tokens, completion_tokens)


def highest_price(
    session: Session, model: str, messages: Sequence[Message], options: ChatOptions
) -> HighestPrice:
    """The most that one call can cost; it counts tokens, so call it in a thread."""
    return highest_price_of(session, model, [(messages, options.tools)], options)


def highest_price_of(
    session: Session, model: str, prompts: Sequence[Prompt], options: ChatOptions
) -> HighestPrice:
    """The most that calls with all these prompts can cost; in a thread, as `highest_price`.

    Each prompt has its own tools, and those of `options` do not count. Without a limit of tokens
    the model's own counts, where it is known. No call costs nothing, at whatever price.
    """
    found = price_of(session, model)
    if not prompts:
        listed, is_priced = 0.0 if found.listed else None, found.price is not None
        return HighestPrice(
            0, 0, 0.0, is_free=found.is_free, listed_dollars=listed, is_priced=is_priced
        )
    longest = longest_answer_of(model)
    per_answer = options.max_tokens or longest
    if options.max_tokens and longest:
        per_answer = min(options.max_tokens, longest)
    tokens, is_exact = _prompt_tokens_of(model, prompts)
    most = None if per_answer is None else per_answer * len(prompts)
    listed = found.listed.of(tokens, most) if found.listed and most is not None else None
    dollars = 0.0 if found.is_free else None
    if found.price is not None and most is not None:
        dollars = found.price.of(tokens, most)
    return HighestPrice(
        prompt_tokens=tokens,
        most_tokens=most,
        dollars=dollars,
        is_free=found.is_free,
        is_exact=is_exact,
        listed_dollars=listed,
        is_priced=found.price is not None,
    )


def _prompt_tokens_of(model: str, prompts: Sequence[Prompt]) -> tuple[int, bool]:
    """The tokens of all prompts, and whether they are counted as the model does."""
    from fttui.services.playground.counting import vocabulary_of
    from fttui.training_data.profile import Format
    from fttui.training_data.tokens import ExampleTokens, TokenCounter

    vocabulary, is_own = vocabulary_of(model)
    example = ExampleTokens(TokenCounter("", tokenizer=vocabulary))
    total = 0
    for messages, tools in prompts:
        told: dict[str, object] = {"messages": [message.to_json() for message in messages]}
        if tools:
            told["tools"] = list(tools)
        example.measure(told, Format.CHAT)
        total += example.total + _OF_ANSWER
        is_own = is_own and example.exact
    return total, is_own


def reckoned(
    session: Session, answer: Answer, messages: Sequence[Message], options: ChatOptions
) -> Answer:
    """An answer whose tokens were not told, with what is counted here, and its highest price.

    What was stopped may have been written on unseen, up to its limit of tokens. It counts: call it
    in a thread.
    """
    from fttui.services.playground.counting import vocabulary_of

    vocabulary, _is_own = vocabulary_of(answer.model)
    said = [answer.text, answer.reasoning, *(name + text for name, text in answer.tool_calls)]
    came = sum(vocabulary.count(said))
    highest = highest_price(session, answer.model, messages, options)
    prompt, written = answer.prompt_tokens, answer.completion_tokens
    if written is None and highest.most_tokens is not None and came <= highest.most_tokens:
        written = highest.most_tokens
    most = cost_of(
        session, answer.model, highest.prompt_tokens if prompt is None else prompt, written
    )
    return replace(
        answer,
        about_prompt_tokens=highest.prompt_tokens if prompt is None else None,
        about_completion_tokens=came if answer.completion_tokens is None else None,
        most_dollars=most if answer.dollars is None else None,
    )
