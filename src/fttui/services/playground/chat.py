"""Asking a model one thing: what it answers, how long that took, and what it cost.

Everything here runs on the service thread's loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fttui.services.endpoint.chat import ChatCall
from fttui.services.endpoint.chat_answer import ChatAnswer
from fttui.services.endpoint.errors import (
    ConnectionLostError,
    NotFoundError,
    Outcome,
    RateLimitedError,
    ServiceError,
)
from fttui.services.playground.counting import vocabulary_of
from fttui.services.playground.prices import cost_of, reckoned
from fttui.services.playground.stop import Stop
from fttui.services.playground.token_bound import TokenBound
from fttui.services.playground.types import Answer, ChatOptions, Message
from fttui.storage.secret_stream import StreamRedactor
from fttui.storage.secrets import redact_keys
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.session import Session

_IS_UNKNOWN = re.compile(r"model_not_found|not exist|not found|no such", re.IGNORECASE)
_PAUSES = (2.0, 4.0, 8.0, 16.0)
"""Seconds between the tries of a model that is listed, but cannot be asked yet."""


async def ask(
    session: Session,
    model: str,
    messages: Sequence[Message],
    options: ChatOptions,
    on_text: Callable[[str], object],
    stop: Stop | None = None,
    *,
    on_wait: Callable[[str], object] = lambda sentence: None,
    pauses: Sequence[float] = _PAUSES,
) -> Answer:
    """What `model` answers; it raises only what `on_text` does, and when it is cancelled.

    `on_text` gets the answer's pieces as they come, on this thread, without the keys in use. `stop`
    ends the call from any thread, and the answer is what came until then; who cancels this
    coroutine instead has the pieces alone. A model that the endpoint lists, but does not know yet
    when it is asked, as just after its job, is asked again after `pauses` (seconds); `on_wait` is
    told so, as a sentence. Nothing else is sent twice.
    """
    if options.max_tokens is not None:  # for the bound, which must not hold other calls up
        await asyncio.to_thread(vocabulary_of, model)
    call = _Call(session, model, messages, options, on_text)
    problem: ServiceError | None = None
    try:
        await _unless_stopped(call.send(on_wait, pauses), stop)
    except ServiceError as error:
        problem = error
    if call.failure is not None:
        raise call.failure
    is_stopped = stop is not None and stop.is_asked and not call.is_whole
    answer = call.answer(problem, stopped=is_stopped and problem is None)
    if not call.may_be_paid(problem) or None not in (
        answer.prompt_tokens,
        answer.completion_tokens,
    ):
        return answer
    return await asyncio.to_thread(reckoned, session, answer, messages, options)


class _Call:
    """One question, with what has come of its answer."""

    def __init__(
        self,
        session: Session,
        model: str,
        messages: Sequence[Message],
        options: ChatOptions,
        on_text: Callable[[str], object],
    ) -> None:
        self._session = session
        self._call = ChatCall(
            model,
            tuple(message.to_json() for message in messages),
            options.temperature,
            options.max_tokens,
            options.stop,
            options.tools,
        )
        self._came = ChatAnswer(session.endpoint.host, self._bound(options.max_tokens))
        self._most = options.max_tokens
        self._on_text = on_text
        self._shown = StreamRedactor()
        self._clock = asyncio.get_running_loop().time
        self._begin = self._clock()
        self._first: float | None = None
        self._is_out = False
        self.is_whole = False
        self.failure: Exception | None = None
        """What `on_text` raised, which is no failure of the call."""

    def _bound(self, most: int | None) -> Callable[[str], ServiceError | None] | None:
        host = self._session.endpoint.host
        if most is None:
            return None
        vocabulary, is_own = vocabulary_of(self._call.model)
        is_exact = is_own and self._session.endpoint.is_openais
        return TokenBound(vocabulary, host, most, is_exact=is_exact).take

    async def send(self, on_wait: Callable[[str], object], pauses: Sequence[float]) -> None:
        """Ask, and once more after each pause while the model is there, but not known."""
        if self._session.refusal:
            from fttui.services.session import ReadOnlyError

            raise ReadOnlyError
        for pause in (*pauses, None):
            self._begin = self._clock()
            self._is_out = True
            try:
                await self._session.handle.chats.stream(self._call, self._came, self._take)
            except NotFoundError as error:
                self._is_out = False
                may_come = _IS_UNKNOWN.search(f"{error.code} {error.detail}")
                if pause is None or not may_come or not await self._is_listed():
                    raise _explained(self._session, self._call.model, error) from error
                on_wait(
                    _(
                        "{host} lists the model, but does not know it yet. Again in {n:g} s.",
                        host=self._session.endpoint.host,
                        n=pause,
                    )
                )
                await asyncio.sleep(pause)
            else:
                self.is_whole = True
                return

    async def _is_listed(self) -> bool:
        try:
            page = await self._session.handle.list_models(tries=1)
        except ServiceError:
            return False
        return any(found.id == self._call.model for found in page.items)

    def _take(self, piece: str) -> None:
        if self._first is None:
            self._first = self._clock() - self._begin
        if shown := self._shown.take(piece):
            try:
                self._on_text(shown)
            except Exception as failure:
                self.failure = failure
                raise

    def may_be_paid(self, error: ServiceError | None) -> bool:
        """Whether the endpoint may bill what it was sent: not what it refused, or for its pace."""
        is_refused = isinstance(error, RateLimitedError) or (
            error is not None and error.outcome is not Outcome.UNKNOWN
        )
        return self._is_out and (self._came.size > 0 or not is_refused)

    def answer(self, error: ServiceError | None, *, stopped: bool = False) -> Answer:
        """All that is known when the call has ended."""
        if rest := self._shown.end():
            self._on_text(rest)
        came = self._came
        answer = Answer(
            self._call.model,
            redact_keys(came.text),
            came.finish_reason,
            self._first,
            self._clock() - self._begin,
            came.prompt_tokens,
            came.completion_tokens,
            reasoning=redact_keys(came.reasoning),
            tool_calls=tuple((redact_keys(n), redact_keys(a)) for n, a in came.tool_calls),
            stopped=stopped,
            most_tokens=self._most,
        )
        cost = cost_of(self._session, answer.model, answer.prompt_tokens, answer.completion_tokens)
        answer = replace(answer, dollars=cost)
        return answer if error is None else _failed(answer, error)


async def _unless_stopped(work: Coroutine[Any, Any, None], stop: Stop | None) -> None:
    """Await `work`, which `stop` ends."""
    if stop is None:
        await work
        return
    if stop.is_asked:
        work.close()
        return
    task = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    finally:
        waiting.cancel()
        task.cancel()


def _failed(answer: Answer, error: ServiceError) -> Answer:
    hint = error.hint
    if isinstance(error, RateLimitedError) and error.retry_after:
        hint = _("Wait {n:.0f} s. Nothing was answered, nor paid.", n=error.retry_after)
    elif isinstance(error, ConnectionLostError) and not answer.text:
        hint = _("{hint} It may have been answered, and paid, all the same.", hint=hint)
    return replace(
        answer,
        error=error.sentence,
        error_hint=hint,
        error_code=error.code or "",
        error_status=error.status,
        retry_after=error.retry_after,
    )


def _explained(session: Session, model: str, error: NotFoundError) -> ServiceError:
    """`error` with why the model may be gone, and what there is instead."""
    notice = session.retirement.notice(model)
    if "chat model" in error.detail:
        error.hint = _("It continues texts, and takes no chats. Choose another model.")
    elif notice:
        error.hint = notice
    else:
        error.hint = _(
            "`fttui models` lists what can be asked there. {model} may be deleted, belong to "
            "another project, or have to be deployed first, under a name of its own.",
            model=safe(model, maxlen=120),
        )
    return error
