"""The examples of a training file as prompts, with the answers that they expect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from fttui.services.playground.trial_types import Trial, Trials
from fttui.services.playground.types import Message
from fttui.terminal.language import _
from fttui.training_data.files import CheckedFile, open_checked
from fttui.training_data.profile import CHAT_KEYS, Format, Method, detect, format_of
from fttui.training_data.syntax import MAX_DEPTH, depth_of, has_too_many_values

MOST_TRIALS = 1000
_BLOCK = 1 << 20
_LONGEST_LINE = 4 << 20
_MOST_TOLD = 100
_NOT_SENT = frozenset({"role", "content", "weight"})
"""Keys of a message that are sent by themselves, or that only training knows."""
_SAMPLE = 20
_BOM = b"\xef\xbb\xbf"


class _NoTrial(Exception):  # noqa: N818 - a reason, not a failure
    """Why an example cannot be tried, as a clause."""


def read_trials(path: Path, most: int, method: Method | None = None) -> Trials:
    """The first `most` examples of a file that can be tried; it reads the disk.

    `method` decides between chat and reinforcement where both look alike.

    Raises:
        FileRefused: it is no file that can be read.
    """
    file = open_checked(path)
    try:
        return _read(file, path, min(most, MOST_TRIALS), method)
    finally:
        file.close()


def _read(file: CheckedFile, path: Path, most: int, method: Method | None) -> Trials:
    sample = [value for value in _first_values(file) if isinstance(value, dict)]
    wanted = detect(sample, method)
    trials: list[Trial] = []
    skipped: list[tuple[int, str]] = []
    skipped_count = example = 0
    is_cut = False
    for line, data in _lines(file):
        if not data.strip():
            continue
        example += 1
        if len(trials) >= most:
            is_cut = True
            break
        try:
            trials.append(_trial(data, wanted, example, line))
        except _NoTrial as reason:
            skipped_count += 1
            if len(skipped) < _MOST_TOLD:
                skipped.append((line, str(reason)))
    return Trials(
        path, wanted.value if wanted else "", tuple(trials), tuple(skipped), skipped_count, is_cut
    )


def _lines(file: CheckedFile) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each line; of one that is too long only its beginning."""
    offset, line, rest, is_passed = 0, 1, b"", False
    while block := file.pread(_BLOCK, offset):
        offset += len(block)
        if offset == len(block):
            block = block.removeprefix(_BOM)
        *whole, last = (rest + block).split(b"\n")
        for data in whole:
            if not is_passed:
                yield line, data
            line, is_passed = line + 1, False
        rest = b"" if is_passed else last
        if len(rest) > _LONGEST_LINE:
            yield line, rest
            rest, is_passed = b"", True
    if rest:
        yield line, rest


def _first_values(file: CheckedFile) -> Iterator[Any]:
    count = 0
    for _line, data in _lines(file):
        try:
            yield _parsed(data)
        except _NoTrial:
            continue
        count += 1
        if count >= _SAMPLE:
            return


def _parsed(data: bytes) -> Any:
    if len(data) > _LONGEST_LINE:
        raise _NoTrial(_("it is longer than {n} MB", n=_LONGEST_LINE >> 20))
    if has_too_many_values(data):
        raise _NoTrial(_("it has too many values"))
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise _NoTrial(_("it is no JSON")) from None
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH and depth_of(value) > MAX_DEPTH:
        raise _NoTrial(_("it nests lists and objects deeper than {n} levels", n=MAX_DEPTH))
    return value


def _trial(data: bytes, wanted: Format | None, example: int, line: int) -> Trial:
    value = _parsed(data)
    found = format_of(value) if isinstance(value, dict) else None
    if found is None:
        raise _NoTrial(_("it is no example of a known format"))
    alike = {Format.CHAT, Format.REINFORCEMENT}
    if found in alike and wanted in alike and wanted is not None:
        found = wanted
    messages, expected = _READERS[found](value)
    if not messages:
        raise _NoTrial(_("it has nothing before its answer"))
    return Trial(example, line, messages, expected, _tools(value))


def _tools(value: Mapping[str, Any]) -> tuple[Any, ...]:
    """What is declared, in the way of today."""
    given = value.get("input")
    place = given if isinstance(given, dict) else value
    tools, functions = place.get("tools"), place.get("functions")
    if isinstance(tools, list) and tools:
        return tuple(tools)
    if isinstance(functions, list):
        return tuple({"type": "function", "function": function} for function in functions)
    return ()


def _messages(value: object) -> list[Message]:
    if not isinstance(value, list):
        raise _NoTrial(_("its messages are no list"))
    found = []
    for message in value:
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise _NoTrial(_("one of its messages has no role"))
        content = message.get("content")
        if content is not None and not isinstance(content, str | list):
            raise _NoTrial(_("one of its messages has no content"))
        more = {key: each for key, each in message.items() if key not in _NOT_SENT}
        found.append(Message(message["role"], content, more))
    return found


def _answered(messages: list[Message]) -> tuple[tuple[Message, ...], str]:
    """What stands before the last message, and the text of that, which must be an answer."""
    if not messages or messages[-1].role != "assistant":
        raise _NoTrial(_("it does not end with an answer"))
    *before, last = messages
    text = _text(last)
    if not text.strip():
        calls = "tool_calls" in last.more or "function_call" in last.more
        raise _NoTrial(_("its answer calls a tool") if calls else _("its answer has no text"))
    return tuple(before), text


def _text(message: Message) -> str:
    if isinstance(message.content, str):
        return message.content
    parts = [part.get("text") for part in message.content or [] if isinstance(part, dict)]
    return "".join(part for part in parts if isinstance(part, str))


def _chat(value: Mapping[str, Any]) -> tuple[tuple[Message, ...], str]:
    messages = _messages(value.get("messages"))
    return _answered(messages[: _end_of_training(value["messages"])])


def _end_of_training(messages: list[dict[str, Any]]) -> int:
    """How many messages there are up to the last answer that is trained on.

    With `weight` 0 an answer is context alone: nothing is expected of it.
    """
    if messages and messages[-1].get("role") == "assistant" and messages[-1].get("weight") == 0:
        answers = [n for n, one in enumerate(messages, 1) if one.get("role") == "assistant"]
        trained = [n for n in answers if messages[n - 1].get("weight") != 0]
        if not trained:
            raise _NoTrial(_("all its answers have the weight 0"))
        return trained[-1]
    return len(messages)


def _preference(value: Mapping[str, Any]) -> tuple[tuple[Message, ...], str]:
    given = value.get("input")
    asked = _messages(given.get("messages") if isinstance(given, dict) else None)
    preferred = value.get("preferred_output", value.get("preferred_completion"))
    return _answered([*asked, *_messages(preferred)])


def _completion(value: Mapping[str, Any]) -> tuple[tuple[Message, ...], str]:
    prompt, completion = value.get("prompt"), value.get("completion")
    if not isinstance(prompt, str) or not prompt.strip():
        raise _NoTrial(_("it has no prompt"))
    if not isinstance(completion, str) or not completion.strip():
        raise _NoTrial(_("it has no completion"))
    return (Message("user", prompt),), completion


def _reinforcement(value: Mapping[str, Any]) -> tuple[tuple[Message, ...], str]:
    """The reference answer is the one of that name, else the only text beside the messages."""
    messages = _messages(value.get("messages"))
    if messages and messages[-1].role == "assistant":
        return _answered(messages[: _end_of_training(value["messages"])])
    items = {key: each for key, each in value.items() if key not in CHAT_KEYS}
    named = items.get("reference_answer", items.get("answer"))
    texts = [each for each in items.values() if isinstance(each, str | int | float)]
    found = named if named is not None else texts[0] if len(texts) == 1 else ""
    return tuple(messages), found if isinstance(found, str) else orjson.dumps(found).decode()


_READERS = {
    Format.CHAT: _chat,
    Format.PREFERENCE: _preference,
    Format.COMPLETION: _completion,
    Format.REINFORCEMENT: _reinforcement,
}
