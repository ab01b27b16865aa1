"""Answers to chats, where there is a model that can give some."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import orjson
from starlette.responses import Response, StreamingResponse

from .errors import ApiError, JsonResponse


@dataclass(frozen=True)
class Asked:
    """A checked chat request, with the folders of the model that is to answer it.

    `body` is the request as it came. `max_tokens` is for each of the `choices`.
    """

    model: str
    base: Path
    adapter: Path | None
    body: dict[str, Any]
    messages: list[dict[str, Any]]
    choices: int
    max_tokens: int
    stop: list[str]
    stream: bool
    with_usage: bool
    created: int
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None
    tools: list[Any] | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of one answer, its calls of tools; or, `done`, how all of them have ended.

    `calls` are names of functions with their arguments as a JSON text.
    """

    index: int = 0
    text: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    done: bool = False
    reasons: tuple[str, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Chats(Protocol):
    """Whoever answers chats."""

    async def respond(self, asked: Asked) -> Response:
        """The answer, plain or streamed; raises ApiError where there can be none."""

    async def make_room(self) -> None:
        """Gives back the memory that the next run may need."""

    async def close(self) -> None:
        """Ends what was started to answer."""


def _head(asked: Asked) -> dict[str, Any]:
    return {
        "id": "chatcmpl-" + secrets.token_hex(12),
        "created": asked.created,
        "model": asked.model,
        "system_fingerprint": "fp_local",
    }


async def plain_answer(asked: Asked, pieces: AsyncGenerator[Piece]) -> Response:
    """One document, once all has been said."""
    texts = [""] * asked.choices
    calls: list[list[dict[str, Any]]] = [[] for _ in texts]
    reasons: Sequence[str] = ()
    usage = _usage(0, 0)
    async with aclosing(pieces):
        async for piece in pieces:
            texts[piece.index] += piece.text
            calls[piece.index] += _tool_calls(piece)
            if piece.done:
                usage = _usage(piece.prompt_tokens, piece.completion_tokens)
                reasons = piece.reasons
    choices = [
        {
            "index": index,
            "message": _message(text, calls[index]),
            "logprobs": None,
            "finish_reason": reasons[index],
        }
        for index, text in enumerate(texts)
    ]
    return JsonResponse(
        {**_head(asked), "object": "chat.completion", "choices": choices, "usage": usage}
    )


def _message(text: str, calls: list[dict[str, Any]]) -> dict[str, Any]:
    if not calls:
        return {"role": "assistant", "content": text, "refusal": None}
    return {"role": "assistant", "content": text or None, "refusal": None, "tool_calls": calls}


def _tool_calls(piece: Piece) -> list[dict[str, Any]]:
    return [
        {
            "id": "call_" + secrets.token_hex(12),
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
        for name, arguments in piece.calls
    ]


def _delta(piece: Piece) -> dict[str, Any]:
    calls = [{"index": place, **call} for place, call in enumerate(_tool_calls(piece))]
    return {"tool_calls": calls} if calls else {"content": piece.text}


async def streamed_answer(asked: Asked, pieces: AsyncGenerator[Piece]) -> Response:
    """Server-sent events; what fails before the first word is still refused as any request."""
    first = await anext(pieces)
    return StreamingResponse(_events(asked, first, pieces), media_type="text/event-stream")


async def _events(
    asked: Asked, first: Piece, pieces: AsyncGenerator[Piece]
) -> AsyncIterator[bytes]:
    head = _head(asked)

    def chunk(choices: list[dict[str, Any]], usage: dict[str, Any] | None = None) -> bytes:
        document = {**head, "object": "chat.completion.chunk", "choices": choices}
        if asked.with_usage:
            document["usage"] = usage
        return _event(document)

    def choice(index: int, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        return {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}

    begin = {"role": "assistant", "content": "", "refusal": None}
    async with aclosing(pieces):
        yield chunk([choice(index, begin) for index in range(asked.choices)])
        try:
            piece = first
            while not piece.done:
                yield chunk([choice(piece.index, _delta(piece))])
                piece = await anext(pieces)
            yield chunk([choice(index, {}, reason) for index, reason in enumerate(piece.reasons)])
            if asked.with_usage:
                yield chunk([], _usage(piece.prompt_tokens, piece.completion_tokens))
        except ApiError as error:  # the status has gone out already
            yield _event(error.body())
    yield b"data: [DONE]\n\n"


def _event(document: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(document) + b"\n\n"


def _usage(prompt: int, completion: int) -> dict[str, Any]:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
