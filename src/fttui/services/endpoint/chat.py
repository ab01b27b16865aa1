"""`Chats`: one answer of a model, streamed, by `/chat/completions`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fttui.services.endpoint.chat_answer import PAST_LIMIT, ChatAnswer
from fttui.services.endpoint.chat_events import TOO_LARGE, EventReader
from fttui.services.endpoint.errors import (
    ConnectionLostError,
    NotFoundError,
    RefusedError,
    ServiceError,
    UnreadableAnswerError,
    UnsupportedError,
    cause_of,
)
from fttui.services.endpoint.offered import CHAT, Offers
from fttui.services.endpoint.refusals import is_no_route
from fttui.terminal.language import _

if TYPE_CHECKING:
    import httpx2

    from fttui.services.endpoint.transport import Transport

PATH = "/chat/completions"
_FAULTS = frozenset({400, 422})
"""Statuses of an endpoint that finds fault with a field: nothing was answered, nor paid."""
_REASONING_MODELS = re.compile(r"(?:ft:)?(?:o[1-9]|gpt-[5-9])(?:\b|-)", re.IGNORECASE)
"""Models that OpenAI knows `max_tokens` no more for; everybody else may know nothing but that."""
_OLD_LIMIT, _NEW_LIMIT = "max_tokens", "max_completion_tokens"
_NOT_KNOWN = re.compile(
    r"not (?:an? |be |in |been )?(?:\w+ )?(?:support|permit|allow|recogni[sz]|expect|known|valid"
    r"|found|schema|defined|used)|cannot be used"
    r"|un(?:support|know|recogni|exp)|extra|additional|deprecated|instead|no such|does not exist"
    r"|invalid (?:field|param|arg|key|prop)",
    re.IGNORECASE,
)
"""How an endpoint says that it does not know a field."""
_TOO_MUCH = re.compile(
    r"too (?:large|big|high|long|many)|at (?:most|least)|maximum|exceed|less than"
    r"|(?:great|larg|high)er|between|range|context length|\blimit(?:s|ed)?\b|[≤≥]|[<>]=?\s*\d",
    re.IGNORECASE,
)
"""How it says that it knows the field, and takes no such number: by another name, which it may not
read at all, the answer would have no limit, and no highest price."""
_MOST_DEPARTURES = 3
_AFTER_THE_END = 5.0
"""Seconds in which the tokens are told after an answer has ended."""


@dataclass(frozen=True, slots=True)
class ChatCall:
    """What is asked of a model; None and empty are not sent."""

    model: str
    messages: tuple[Mapping[str, Any], ...]
    temperature: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    tools: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class _Form:
    """How a call is written for one model: what its endpoint does not know is left out."""

    limit: str = _OLD_LIMIT
    with_usage: bool = True
    streamed: bool = True

    def without(self, refused: str) -> _Form | None:
        """Another way to write the call, where a refusal names what could be left out."""
        if self.with_usage and re.search(r"stream_options|include_usage", refused):
            return replace(self, with_usage=False)
        if re.search(r"\bmax(_completion)?_tokens\b", refused):
            other = _NEW_LIMIT if self.limit == _OLD_LIMIT else _OLD_LIMIT
            is_unknown = _NOT_KNOWN.search(refused) and not _TOO_MUCH.search(refused)
            return replace(self, limit=other) if is_unknown else None
        if self.streamed and re.search(r"\bstream(ing)?\b", refused, re.IGNORECASE):
            return replace(self, streamed=False, with_usage=False)
        return None


class Chats:
    """The chats of one endpoint. All it raises is `ServiceError`.

    A call goes out once. Only where it is refused (400 or 422) for a field that can be written in
    another way or left out, which costs nothing, is it sent anew, and for that model at once so
    from then on.
    """

    def __init__(self, wire: Transport, offers: Offers, path_hint: Callable[[], str]) -> None:
        self._wire = wire
        self._offers = offers
        self._path_hint = path_hint
        self._forms: dict[str, _Form] = {}

    async def stream(self, call: ChatCall, answer: ChatAnswer, take: Callable[[str], None]) -> None:
        """Fill `answer` with what comes, and hand its new text to `take`.

        After an error `answer` holds what came before.
        """
        first = _Form(_NEW_LIMIT if _REASONING_MODELS.match(call.model) else _OLD_LIMIT)
        form = self._forms.get(call.model, first)
        tried = {form}
        while True:
            try:
                await self._once(call, form, answer, take)
            except RefusedError as error:
                other = _other_form(form, error)
                if other is None or other in tried or len(tried) > _MOST_DEPARTURES:
                    told = self._explained(error)
                    raise told from cause_of(told, error)
                tried.add(other)
                form = other
            else:
                self._forms[call.model] = form
                return

    def _explained(self, error: RefusedError) -> ServiceError:
        """`error`, or that the endpoint has no chats at all."""
        is_address = isinstance(error, UnsupportedError) or is_no_route(error.detail)
        if is_address and isinstance(error, NotFoundError | UnsupportedError):
            return self._offers.not_offered(CHAT, error, self._path_hint())
        return error

    async def _once(
        self, call: ChatCall, form: _Form, answer: ChatAnswer, take: Callable[[str], None]
    ) -> None:
        timeouts = self._wire.timeouts
        limit = asyncio.timeout(timeouts.first_answer)
        reader = EventReader()
        try:
            async with self._wire.posted(PATH, _body(call, form), limit) as response:
                await _read(response, reader, answer, take, limit, timeouts.answer)
        except (ConnectionLostError, UnreadableAnswerError) as error:
            if answer.is_ended and error.code != TOO_LARGE:
                return  # all was told before the connection broke
            raise _lost(error, reader, answer, timeouts.answer) from error
        _require_whole(reader, answer)


async def _read(
    response: httpx2.Response,
    reader: EventReader,
    answer: ChatAnswer,
    take: Callable[[str], None],
    limit: asyncio.Timeout,
    silence: float,
) -> None:
    """Read on until the end is told; only what tells something ends a silence."""
    loop = asyncio.get_running_loop()
    async for block in response.aiter_bytes():
        known = answer.size
        _tell(reader.take(block), answer, take)
        if answer.is_ended:
            limit.reschedule(loop.time() + min(silence, _AFTER_THE_END))
        elif answer.size > known:
            limit.reschedule(loop.time() + silence)
        if reader.is_done:
            return
    _tell(reader.end(), answer, take)


def _tell(documents: list[object], answer: ChatAnswer, take: Callable[[str], None]) -> None:
    """Add documents to the answer, and hand on their text in one piece, also before an error."""
    new: list[str] = []
    for document in documents:
        new.append(answer.take(document))
        if answer.problem is not None:
            break
    if said := "".join(new):
        take(said)
    if answer.problem is not None:
        raise answer.problem


def _require_whole(reader: EventReader, answer: ChatAnswer) -> None:
    """Raise for a body that was no answer, or that has ended before the answer did."""
    if answer.is_begun and (reader.is_done or answer.is_ended):
        return
    if answer.is_begun:
        raise _cut(answer)
    begin = reader.begin.lower()
    is_page = b"<html" in begin or b"<!doctype html" in begin
    kind = _("a web page") if is_page else _("empty") if not begin.strip() else _("no chat's")
    raise UnreadableAnswerError(
        _("The answer of {host} is {kind}.", host=answer.host, kind=kind),
        _("Check the base URL: what answers there may speak another API."),
        code="unreadable_answer",
    )


def _lost(
    error: ServiceError, reader: EventReader, answer: ChatAnswer, silence: float
) -> ServiceError:
    """`error` as it looks in the middle of an answer."""
    is_within = answer.is_begun or reader.begin.startswith(b"data:")
    if not is_within or error.code in {TOO_LARGE, PAST_LIMIT}:
        return error
    if error.code == "timeout" and answer.size:
        told = _("{host} told nothing more for {n:g} s.", host=answer.host, n=silence)
        return _cut(answer, told, "timeout")
    return _cut(answer)


def _cut(answer: ChatAnswer, sentence: str = "", code: str = "cut") -> ConnectionLostError:
    return ConnectionLostError(
        sentence or _("The answer of {host} ends in the middle.", host=answer.host),
        _("What came before is kept. Send it again for the whole."),
        retryable=True,
        code=code,
    )


def _other_form(form: _Form, error: RefusedError) -> _Form | None:
    if error.status not in _FAULTS:
        return None
    return form.without(f"{error.param or ''} {error.detail}")


def _body(call: ChatCall, form: _Form) -> dict[str, Any]:
    """The call as JSON."""
    body: dict[str, Any] = {"model": call.model, "messages": list(call.messages)}
    if form.streamed:
        body["stream"] = True
    if form.with_usage:
        body["stream_options"] = {"include_usage": True}
    if call.temperature is not None:
        body["temperature"] = call.temperature
    if call.max_tokens is not None:
        body[form.limit] = call.max_tokens
    if call.stop:
        body["stop"] = list(call.stop)
    if call.tools:
        body["tools"] = list(call.tools)
    return body
