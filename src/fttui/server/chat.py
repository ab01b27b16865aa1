"""/v1/chat/completions: a model's answer, or plainly that no model is there to answer."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from . import errors, identifiers, models
from .answering import Asked
from .catalogue import BaseModel
from .errors import ApiError, JsonResponse
from .parameters import Fields, check_string, read_fields, wrong_type
from .remembered import remembered_answer, text_of
from .state import Sandbox, sandbox_of

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_IGNORED = (
    "audio", "function_call", "functions", "logit_bias", "logprobs", "metadata", "modalities",
    "parallel_tool_calls", "prediction", "prompt_cache_key", "reasoning_effort",
    "safety_identifier", "service_tier", "store", "top_logprobs",
    "user", "verbosity", "web_search_options",
)  # fmt: skip
_WORD_DELAY = 0.02
_MOST_UNASKED = 1024
"""Tokens of an answer for which no limit was given."""

T = TypeVar("T")


@dataclass(frozen=True)
class _Question:
    """A checked request."""

    model: str
    messages: list[dict[str, Any]]
    choices: int
    max_tokens: int | None
    stop: list[str]
    as_json: bool
    stream: bool
    with_usage: bool
    temperature: float
    top_p: float
    seed: int | None
    tools: list[Any] | None


def _read(fields: Fields) -> _Question:
    model = fields.required_string("model")
    messages = fields.array("messages", required=True, minimum=1) or []
    for place, message in enumerate(messages):
        if not isinstance(message, dict):
            raise wrong_type(f"messages[{place}]", "an object", message)
        check_string(message.get("role"), f"messages[{place}].role", choices=_ROLES)
    temperature = fields.number("temperature", minimum=0, maximum=2)
    top_p = fields.number("top_p", minimum=0, maximum=1)
    fields.number("presence_penalty", minimum=-2, maximum=2)
    fields.number("frequency_penalty", minimum=-2, maximum=2)
    choices = fields.integer("n", minimum=1, maximum=128) or 1
    old_limit = fields.integer("max_tokens", minimum=1)
    limit = fields.integer("max_completion_tokens", minimum=1) or old_limit
    wanted = fields.object("response_format")
    stop = _stop(fields)
    stream = fields.boolean("stream") or False
    options = fields.object("stream_options")
    with_usage = bool(options and options.boolean("include_usage"))
    for name in (*_IGNORED, "seed", "tool_choice", "tools"):
        fields.take(name)
    fields.finish()
    return _Question(
        model,
        messages,
        choices,
        limit,
        stop,
        bool(wanted and wanted.string("type") in ("json_object", "json_schema")),
        stream,
        with_usage,
        1.0 if temperature is None else temperature,
        1.0 if top_p is None else top_p,
        _kind_or_none(fields.take("seed"), int),
        None if fields.take("tool_choice") == "none" else _kind_or_none(fields.take("tools"), list),
    )


def _kind_or_none(value: Any, kind: type[T]) -> T | None:
    return value if type(value) is kind else None


def _stop(fields: Fields) -> list[str]:
    if isinstance(fields.take("stop"), str):
        return [fields.take("stop")]
    return fields.strings("stop", maximum=4) or []


def _check_model(sandbox: Sandbox, name: str) -> BaseModel:
    """The base model of what is to answer; raises 404."""
    base = sandbox.catalogue.find(name)
    if base is None and models.fine_tuned_model(sandbox, name):
        base = models.base_of(sandbox, name)
    if base is None:
        raise errors.no_such_model(name)
    if not base.chats:
        raise ApiError(
            404, f"{name} is not a chat model and cannot answer at v1/chat/completions.",
            param="model",
        )  # fmt: skip
    return base


def _compose(question: _Question, remembered: str | None) -> tuple[list[str], str]:
    """The answer in pieces of about a word, and the reason why it ends."""
    asked = [text_of(message) for message in question.messages if message["role"] == "user"]
    heard = asked[-1][:200] if asked and asked[-1] else "nothing"
    text = remembered or (
        f"This is a sandbox: {question.model} was never trained and nobody answers here. "
        f"Your last message was: {heard}"
    )
    if question.as_json:
        text = json.dumps({"sandbox": True, "answer": text}, ensure_ascii=False)
    for ending in question.stop:
        if ending:
            text = text.partition(ending)[0]
    pieces = re.findall(r"\s*\S+|\s+$", text) or [text]
    if question.max_tokens is not None and len(pieces) > question.max_tokens:
        return pieces[: question.max_tokens], "length"
    return pieces, "stop"


def _usage(question: _Question, pieces: list[str]) -> dict[str, Any]:
    prompt = 3 + sum(4 + len(text_of(message)) // 4 for message in question.messages)
    completion = len(pieces) * question.choices
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def _asked(sandbox: Sandbox, question: _Question, base: BaseModel, body: dict[str, Any]) -> Asked:
    """The question with the folders of what is to answer it; raises 404 where they are gone."""
    found = sandbox.jobs.model_folders(question.model, base)
    if found is None:
        raise errors.no_such_model(question.model)
    return Asked(
        question.model,
        *found,
        body,
        question.messages,
        question.choices,
        question.max_tokens or min(_MOST_UNASKED, base.max_tokens),
        [ending for ending in question.stop if ending],
        question.stream,
        question.with_usage,
        int(sandbox.clock.now()),
        question.temperature,
        question.top_p,
        question.seed,
        question.tools,
    )


async def complete_chat(request: Request) -> Response:
    """POST /v1/chat/completions, plain or streamed as server-sent events."""
    sandbox = sandbox_of(request)
    fields = await read_fields(request)
    question = _read(fields)
    base = _check_model(sandbox, question.model)
    if sandbox.chats is not None:
        return await sandbox.chats.respond(_asked(sandbox, question, base, fields.whole()))
    remembered = await remembered_answer(sandbox, question.model, question.messages)
    pieces, reason = _compose(question, remembered)
    now = sandbox.clock.now()
    name = f"{sandbox.config.seed}/{now}/{question}"
    head = {
        "id": "chatcmpl-" + identifiers.base62(name, 29),
        "created": int(now),
        "model": question.model,
        "system_fingerprint": "fp_sandbox",
    }
    if question.stream:
        delay = _WORD_DELAY / sandbox.clock.speed
        return StreamingResponse(
            _stream(question, pieces, reason, head, delay), media_type="text/event-stream"
        )
    message = {"role": "assistant", "content": "".join(pieces), "refusal": None}
    choices = [
        {"index": index, "message": message, "logprobs": None, "finish_reason": reason}
        for index in range(question.choices)
    ]
    return JsonResponse(
        {
            **head,
            "object": "chat.completion",
            "choices": choices,
            "usage": _usage(question, pieces),
        }
    )


async def _stream(
    question: _Question, pieces: list[str], reason: str, head: dict[str, Any], delay: float
) -> AsyncIterator[bytes]:
    def chunk(choices: list[dict[str, Any]], usage: dict[str, Any] | None = None) -> bytes:
        document = {**head, "object": "chat.completion.chunk", "choices": choices}
        if question.with_usage:
            document["usage"] = usage
        return b"data: " + orjson.dumps(document) + b"\n\n"

    def everywhere(delta: dict[str, Any], finish: str | None = None) -> list[dict[str, Any]]:
        return [
            {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
            for index in range(question.choices)
        ]

    yield chunk(everywhere({"role": "assistant", "content": "", "refusal": None}))
    for piece in pieces:
        await asyncio.sleep(delay)
        yield chunk(everywhere({"content": piece}))
    yield chunk(everywhere({}, reason))
    if question.with_usage:
        yield chunk([], _usage(question, pieces))
    yield b"data: [DONE]\n\n"


ROUTES = [Route("/v1/chat/completions", complete_chat, methods=["POST"])]
