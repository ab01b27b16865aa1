"""Calls of tools in what a model has written, where it wrote them in a form that is certain.

Two forms are read, and only as a whole: what is left of the text must be the words before the
first call. Anything else stays a text, for a call that was guessed would be carried out.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from .questions import overlap

_OPEN, _CLOSE = "<tool_call>", "</tool_call>"
_LLAMA_MARK = "<|python_tag|>"
MOST_CALLS = 128


@dataclass(frozen=True)
class Call:
    """One call: the function's name, and its arguments as a JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True)
class Reply:
    """An answer with its calls taken out; `text` is what was said before them."""

    text: str
    calls: tuple[Call, ...]


def form_of(template: object) -> str | None:
    """The form in which a chat template lets its model call: "tags", "json", or None: unknown.

    Qwen's and Hermes' templates show the tags with JSON between them, Llama's ask for an object
    with "parameters".
    """
    if not isinstance(template, str):
        return None
    # Others write XML between the same tags.
    if re.search(r'<tool_call>(\\n|\s)*\{\\?"name\\?": ', template) and "arguments" in template:
        return "tags"
    if "<|start_header_id|>" in template and '"parameters": ' in template:
        return "json"
    return None


def read_reply(text: str, form: str | None, tools: Any) -> Reply | None:
    """The calls in an answer, of functions that were offered; None where it stays a text."""
    names = _offered(tools)
    if not names:
        return None
    if form == "tags":
        return _tagged(text, names)
    if form == "json":
        return _bare(text, names)
    return None


def _offered(tools: Any) -> frozenset[str]:
    found = set()
    for tool in tools if isinstance(tools, list) else ():
        function = tool.get("function") if isinstance(tool, dict) else None
        name = function.get("name") if isinstance(function, dict) else None
        if isinstance(name, str) and name:
            found.add(name)
    return frozenset(found)


def _tagged(text: str, names: frozenset[str]) -> Reply | None:
    said, mark, rest = text.partition(_OPEN)
    calls: list[Call] = []
    while mark:
        inside, closed, rest = rest.partition(_CLOSE)
        call = _call(inside, names, ("arguments",)) if closed else None
        if call is None or len(calls) >= MOST_CALLS:
            return None
        calls.append(call)
        between, mark, rest = rest.partition(_OPEN)
        if between.strip():
            return None
    return Reply(said.strip(), tuple(calls)) if calls else None


def _bare(text: str, names: frozenset[str]) -> Reply | None:
    call = _call(text.strip().removeprefix(_LLAMA_MARK), names, ("parameters", "arguments"))
    return None if call is None else Reply("", (call,))


def _call(text: str, names: frozenset[str], keys: tuple[str, ...]) -> Call | None:
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("name"), str):
        return None
    given = [key for key in keys if key in found]
    if found["name"] not in names or len(given) != 1 or set(found) - {"name", "type", given[0]}:
        return None
    arguments = found[given[0]]
    if found.get("type", "function") != "function" or not isinstance(arguments, dict):
        return None
    return Call(found["name"], json.dumps(arguments, ensure_ascii=False))


class Listener:
    """Hears an answer as it comes, and keeps back what may be a call until the answer ends."""

    def __init__(self, form: str | None, tools: Any) -> None:
        self._form = form if _offered(tools) else None
        self._tools = tools
        self._text = ""
        self._told = 0

    def add(self, text: str) -> str:
        """What of the answer so far may go out."""
        self._text += text
        return self._out(self._certain())

    def close(self, *, whole: bool) -> tuple[str, tuple[Call, ...]]:
        """The rest of the text and the calls; an answer that was cut off holds none."""
        reply = read_reply(self._text, self._form, self._tools) if whole else None
        if reply is not None:
            return "", reply.calls
        return self._out(len(self._text)), ()

    def _out(self, end: int) -> str:
        begin, self._told = self._told, max(end, self._told)
        return self._text[begin:end]

    def _certain(self) -> int:
        """Where a call might begin, with the blanks before it."""
        if self._form == "tags":
            place = self._text.find(_OPEN)
            if place < 0:
                place = len(self._text) - overlap(self._text, _OPEN)
            return len(self._text[:place].rstrip())
        begun = self._text.lstrip()
        if self._form == "json" and (begun[:1] in ("", "{") or _LLAMA_MARK.startswith(begun)):
            return 0
        return 0 if self._form == "json" and begun.startswith(_LLAMA_MARK) else len(self._text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key twice")
    return made


def _refuse(word: str) -> Any:
    raise ValueError(word)
