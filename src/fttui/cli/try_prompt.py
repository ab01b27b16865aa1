"""One prompt of `fttui try`: the price before, the answer as it comes, the figures after."""

from __future__ import annotations

import queue
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING

from fttui.cli.asked_models import asked_models
from fttui.cli.output import Output
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.terminal.safe_stream import SafeStream
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.playground.types import Answer, ChatOptions, HighestPrice, Message
    from fttui.services.session import Session

_SECONDS_TO_END = 3.0


def try_prompt(
    session: Session,
    output: Output,
    model: str,
    against: Sequence[str],
    messages: Sequence[Message],
    options: ChatOptions,
) -> int:
    """Ask each model the same, one after the other; 1 when an answer is not whole."""
    from fttui.services.playground.prices import highest_price

    _handle = session.handle  # without a key it ends here, and tells no price
    models = asked_models(session, model, against)
    learn_prices(session)
    prices = [highest_price(session, name, messages, options) for name in models]
    for name, price in zip(models, prices, strict=True):
        if session.retirement.lacks(name):
            output.message(session.retirement.notice(name))
        output.message(_price_line(session, name, price))
    asked = _Asked(session, output, messages, options)
    try:
        for at, name in enumerate(models):
            if len(models) > 1 and not output.json:
                output.line(("\n" if at else "") + f"== {safe(name, maxlen=200)} ==")
            asked.ask(name)
    finally:
        if output.json:
            documents = [answer.to_json() for answer in asked.answers]
            if documents:
                output.document(documents if len(models) > 1 else documents[0])
    return 0 if all(answer.is_whole for answer in asked.answers) else 1


def learn_prices(session: Session) -> None:
    """Learn from an endpoint that is not OpenAI's whose models it has, and so whether it bills.

    OpenAI's own is asked for nothing: what earlier runs knew of its models is known.
    """
    from fttui.services.tuned_models.asking import ask_models_briefly, recall_models

    if session.endpoint.is_openais:
        recall_models(session)
    else:
        session.thread.wait(ask_models_briefly(session))


def _price_line(session: Session, model: str, price: HighestPrice) -> str:
    tokens = price.prompt_text
    if price.most_tokens is not None:
        tokens = _("{prompt} + at most {most:,} tokens", prompt=tokens, most=price.most_tokens)
    else:
        tokens = _("{prompt} tokens and those of the answer", prompt=tokens)
    return _(
        "{model} at {host}: {price} ({tokens}).",
        model=safe(model, maxlen=200),
        host=session.endpoint.host,
        price=price.text,
        tokens=tokens,
    )


class _Asked:
    """The models that were asked so far, and their answers."""

    def __init__(
        self,
        session: Session,
        output: Output,
        messages: Sequence[Message],
        options: ChatOptions,
    ) -> None:
        self.answers: list[Answer] = []
        self._session = session
        self._output = output
        self._messages = messages
        self._options = options

    def ask(self, model: str) -> None:
        """Print the answer of one model; Ctrl+C stops it, and keeps what came."""
        shown = SafeStream()

        def show(piece: str) -> None:
            if not self._output.json:
                sys.stdout.write(shown.take(piece))
                sys.stdout.flush()

        def end(answer: Answer) -> None:
            if not self._output.json and answer.text:
                self._output.line(shown.end())
            self._tell(answer)

        with self._session.thread.around_wait():
            self._stream(model, show, end)

    def _stream(
        self, model: str, show: Callable[[str], None], end: Callable[[Answer], None]
    ) -> None:
        from fttui.services.playground.chat import ask
        from fttui.services.playground.stop import Stop

        stop, pieces = Stop(), queue.SimpleQueue[str | None]()
        future = self._session.thread.start(
            ask(
                self._session,
                model,
                self._messages,
                self._options,
                pieces.put,
                stop,
                on_wait=self._output.message,
            )
        )
        future.add_done_callback(lambda _unused: pieces.put(None))
        try:
            while (piece := pieces.get()) is not None:
                show(piece)
            end(future.result())
        except KeyboardInterrupt:
            stop.ask()
            with suppress(TimeoutError, CancelledError, queue.Empty):
                answer = future.result(_SECONDS_TO_END)
                while (piece := pieces.get(timeout=_SECONDS_TO_END)) is not None:
                    show(piece)
                end(answer)
            raise
        finally:
            stop.ask()

    def _tell(self, answer: Answer) -> None:
        from fttui.services.playground.words import answer_text

        self.answers.append(answer)
        if answer.tool_calls and not answer.text and not self._output.json:
            for name, arguments in answer.tool_calls:
                self._output.line(safe(f"{name}({arguments})"))
        if answer.reasoning:
            size = counted(len(answer.reasoning), "character")
            self._output.message(_("It thought for {size} before, which is left out.", size=size))
        if answer.error:
            self._output.message(answer.error)
            if answer.error_hint:
                self._output.message(answer.error_hint)
        self._output.message(f"[{answer_text(answer)}]")
