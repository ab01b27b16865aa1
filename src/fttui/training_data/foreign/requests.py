"""What APIs take and give: batch files, logs, samples of evals; and what is wrapped in these."""

import re
from contextlib import suppress
from typing import Any

from fttui.terminal.language import _
from fttui.training_data.exact import NotExact, literal_within, loads_within
from fttui.training_data.foreign.shapes import (
    Message,
    Unconvertible,
    chat,
    for_reinforcement,
    is_message,
    is_messages,
    is_turns,
    left_out,
    said,
    turns_of,
)
from fttui.training_data.foreign.table import Made, Row
from fttui.training_data.key_names import MEANINGLESS
from fttui.training_data.profile import Format

_PARAMETERS = frozenset(
    {
        *("stop", "response_format", "tool_choice", "logit_bias", "logprobs", "top_logprobs"),
        *("user", "metadata", "store", "reasoning_effort", "stream_options", "object"),
        *("provider", "status", "status_code", "error", "method", "headers", "endpoint"),
    }
)
"""Parameters of a request, and what a log keeps about it: no part of the conversation."""


def _ends_with_answer(messages: Any) -> bool:
    return is_messages(messages) and messages[-1]["role"] == "assistant"


def _is_batch(example: Any) -> bool:
    if not isinstance(example, dict) or not isinstance(example.get("body"), dict):
        return False
    return "custom_id" in example or {"method", "url"} <= example.keys()


def _is_batch_with_answer(example: Any) -> bool:
    return _is_batch(example) and _ends_with_answer(example["body"].get("messages"))


def _batch(example: Any) -> Made:
    body = example["body"]
    made, used = chat(body, turns_of(body["messages"]))
    left_out(body, {"messages", *used}, _PARAMETERS)
    return made, {"body"}


def _is_batch_output(example: Any) -> bool:
    if not isinstance(example, dict) or "custom_id" not in example:
        return False
    return isinstance(example.get("response"), dict)


def _request_key(example: Any) -> str | None:
    """The key of the request in a log, None where the log holds the messages itself."""
    if "messages" in example:
        return None
    keys = ("request", "request_body", "input", "inputs")
    return next((key for key in keys if key in example), None)


def _request_of(example: Any) -> Any:
    """What holds the messages of a logged request."""
    key = _request_key(example)
    request = example if key is None else example[key]
    if isinstance(request, list):
        return {"messages": request}
    return request.get("body", request) if isinstance(request, dict) else None


def _answer_of(value: Any, depth: int = 0) -> Message | None:
    """The one answer in a response, None where there is none or where there are several."""
    if depth > 3:
        return None
    if isinstance(value, list):
        return _answer_of(value[0], depth + 1) if len(value) == 1 else None
    if not isinstance(value, dict):
        return None
    if is_message(value) and value.get("role") == "assistant":
        return value
    for key in ("choices", "message", "output", "messages", "body"):
        if isinstance(value.get(key), list | dict):
            return _answer_of(value[key], depth + 1)
    return None


def _response_keys(example: Any) -> list[str]:
    keys = ("response", "response_body", "choices", "output", "outputs")
    return [key for key in keys if key in example]


def _is_log(example: Any) -> bool:
    """Messages that were sent, and beside them the response that came, as an API gives it."""
    if not isinstance(example, dict) or "custom_id" in example:
        return False
    request, keys = _request_of(example), _response_keys(example)
    if not isinstance(request, dict) or not is_messages(request.get("messages")):
        return False
    if _request_key(example) and keys:
        return True
    return any(_response_of(example, key) is not None for key in keys)


def _response_of(example: Any, key: str) -> Message | None:
    value = example[key]
    return _answer_of({"choices": value} if key == "choices" else value)


def _log(example: Any) -> Made:
    request, keys = _request_of(example), _response_keys(example)
    response = example[keys[0]]
    answer = _response_of(example, keys[0])
    if isinstance(response, str):
        answer = said("assistant", response)
    if answer is None:
        raise Unconvertible(_("the response does not hold exactly one answer"))
    messages = turns_of([*map(_of_chat, request["messages"]), _clean(answer)])
    made, used = chat(request, messages)
    key = _request_key(example)
    if key is not None:
        left_out(request, {"messages", *used}, _PARAMETERS)
        return made, {key, keys[0]}
    return made, {"messages", keys[0], *used}


def _of_chat(message: Message) -> Message:
    """A message whose texts are parts of the Responses API, as chat writes it."""
    parts = message.get("content")
    if not isinstance(parts, list) or not all(map(_is_text_part, parts)):
        return message
    texts = [{"type": "text", "text": part["text"]} for part in parts]
    others = {key: value for key, value in message.items() if (key, value) != ("type", "message")}
    return {**others, "content": texts[0]["text"] if len(texts) == 1 else texts}


def _is_text_part(part: Any) -> bool:
    return (
        isinstance(part, dict)
        and part.get("type") in ("input_text", "output_text")
        and isinstance(part.get("text"), str)
        and all(not part[key] for key in part if key not in ("type", "text"))
    )


def _clean(answer: Message) -> Message:
    """An answer without what an API says about it and that is empty."""
    clean = {key: value for key, value in answer.items() if value not in (None, [])}
    parts = clean.get("content")
    if isinstance(parts, list) and all(
        isinstance(part, dict) and part.get("type") == "output_text" for part in parts
    ):
        clean["content"] = "".join(str(part.get("text", "")) for part in parts)
        clean.pop("type", None)
    return clean


def _is_item(example: Any) -> bool:
    """A sample of evals: the item holds the messages, and what they are judged by."""
    item = example.get("item") if isinstance(example, dict) else None
    if not isinstance(item, dict) or not is_messages(item.get("messages")):
        return False
    return not _ends_with_answer(item["messages"])


def _item(example: Any) -> Made:
    item = example["item"]
    return {**item, "messages": for_reinforcement(turns_of(item["messages"]))}, {"item"}


def _is_ideal(example: Any) -> bool:
    if not isinstance(example, dict) or not {"input", "ideal"} <= example.keys():
        return False
    return is_messages(example["input"]) or isinstance(example["input"], str)


def _ideal(example: Any) -> Made:
    given = example["input"]
    messages = turns_of(given) if isinstance(given, list) else [said("user", given)]
    others = {key: value for key, value in example.items() if key not in ("input", "messages")}
    return {"messages": for_reinforcement(messages), **others}, set(example)


def _is_prompts(example: Any) -> bool:
    """Prompts of messages for reinforcement, with the fields that they are judged by."""
    if not isinstance(example, dict) or not is_turns(example.get("prompt")):
        return False
    others = {"completion", "chosen", "rejected", "messages", "response"}
    return not others & example.keys()


def _prompts(example: Any) -> Made:
    messages = for_reinforcement(turns_of(example["prompt"]))
    others = {key: value for key, value in example.items() if key != "prompt"}
    return {"messages": messages, **others}, set(example)


REQUESTS = (
    Row(
        _("Batch API requests"),
        _is_batch_with_answer,
        "body.messages → messages",
        Format.CHAT,
        _batch,
        leaves=_PARAMETERS,
    ),
    Row(
        _("Batch API requests"),
        _is_batch,
        advice=_(
            "the requests hold no answers: join each with the line of the batch's output file that"
            " has the same custom_id"
        ),
    ),
    Row(
        _("Batch API output"),
        _is_batch_output,
        advice=_(
            "the answers stand without their prompts: join each with the line of the batch's input"
            " file that has the same custom_id"
        ),
    ),
    Row(
        _("request log"),
        _is_log,
        _("the messages sent + the answer → messages"),
        Format.CHAT,
        _log,
        leaves=_PARAMETERS,
    ),
    Row(
        _("evals items"),
        _is_item,
        _("item.messages → messages, the other fields are kept"),
        Format.REINFORCEMENT,
        _item,
        leaves=frozenset({"sample"}),
    ),
    Row(
        _("evals samples"),
        _is_ideal,
        _("input → messages, ideal is kept"),
        Format.REINFORCEMENT,
        _ideal,
    ),
    Row(
        _("TRL prompts of messages"),
        _is_prompts,
        _("prompt → messages, the other fields are kept"),
        Format.REINFORCEMENT,
        _prompts,
    ),
)
"""Rows for what APIs take and give."""


_WRAPPING = (
    "row",
    "data",
    "example",
    "body",
    "_source",
    "item",
    "record",
    "sample",
    "json",
    "text",
    "message",
)


def _wrapped_key(example: Any) -> str | None:
    """The one key with the example, where all keys beside it only keep books about it."""
    if not isinstance(example, dict):
        return None
    key = next((key for key in _WRAPPING if _inner(example.get(key)) is not None), None)
    known = MEANINGLESS | {"_index", "_type", "_score", "row_idx", "truncated_cells", "partition"}
    if key is None or any(other not in known for other in example if other != key):
        return None
    return key if example.get("truncated_cells") in (None, []) else None


def _inner(value: Any) -> dict[str, Any] | None:
    """An object, or the one that a text holds as JSON."""
    if isinstance(value, str) and value[:1] == "{":
        with suppress(NotExact):
            value = loads_within(value)
    return value if isinstance(value, dict) else None


def wrapped(example: Any) -> tuple[str, dict[str, Any]] | None:
    """The key of a wrapped example, and the example."""
    key = _wrapped_key(example)
    inner = _inner(example[key]) if key else None
    return (key, inner) if key and inner is not None else None


def _text_key(example: Any) -> str | None:
    """A key of messages whose value is them written as a text."""
    if not isinstance(example, dict):
        return None
    keys = ("messages", "conversations", "prompt", "chosen", "rejected")
    return next((key for key in keys if _looks_written(example.get(key))), None)


def _looks_written(value: Any) -> bool:
    if _is_columnar(value):
        return True
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, str) and item[:1] == "{" for item in value)
    if not isinstance(value, str):
        return False
    start = value.lstrip()[:1] + value.lstrip()[1:].lstrip()[:1]
    return start == "[{" and value.rstrip()[-1:] == "]"


def decoded(example: Any) -> dict[str, Any] | None:
    """The example with its messages for the text that they are written as; None if there is none.

    The text is JSON, or what Python prints of the list.
    """
    key = _text_key(example)
    if key is None:
        return None
    made = dict(example)
    for name, value in example.items():
        if _looks_written(value) and (name == key or name in ("chosen", "rejected", "tools")):
            made[name] = _value_of(value)
    return made if is_turns(made[key]) else None


def _is_columnar(value: Any) -> bool:
    """Messages turned over: a list of the roles, and one of the contents."""
    return (
        isinstance(value, dict)
        and any({*keys} <= value.keys() for keys in (("role", "content"), ("from", "value")))
        and all(isinstance(column, list) for column in value.values())
        and len({len(column) for column in value.values()}) == 1
    )


def _value_of(text: Any) -> Any:
    """The value of a JSON text, or of one that Python printed; None for any other."""
    if isinstance(text, dict):
        return [dict(zip(text, row, strict=True)) for row in zip(*text.values(), strict=True)]
    if isinstance(text, list):
        return [_value_of(item) for item in text]
    with suppress(NotExact):
        return loads_within(text)
    # NumPy prints a line feed between objects; within a string Python would write it escaped.
    with suppress(NotExact):
        return literal_within(re.sub(r"\}[ \t]*\n\s*\{", "}, {", text.strip()))
    return None
