"""Whether what a mask holds is what the assistant says: compared with a row of marked words.

The same conversation with each text replaced by a word of its own shows what the template
writes around a message. Exactly that and the message must come out of the tokens of its mask.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .conversation import Message, leaves

_SENTINEL = re.compile(r"zq(\d+)[ax]\d*z")


class Shape:
    """What the template writes around one assistant message, and whether it holds only that.

    `ends` says whether the last of its tokens is one of its own kind, as end marks are.
    """

    def __init__(self, text: str, message: int, *, ends: bool) -> None:
        self.text = text
        self.ends = ends
        found = list(_SENTINEL.finditer(text))
        self.foreign = any(int(each[1]) != message for each in found)
        self.before = text[: found[0].start()] if found else text
        self.after = text[found[-1].end() :] if found else ""


def sentinels(messages: list[Message]) -> tuple[list[Message], str]:
    """The conversation with words of their own in place of its texts, and a key for its form."""
    probe = []
    for place, message in enumerate(messages):
        changed = dict(message)
        if message["content"].strip():
            changed["content"] = _marked_text(message["content"], place)
        if "tool_calls" in message:
            changed["tool_calls"] = [
                {**call, "function": _marked(call["function"], place, number)}
                for number, call in enumerate(message["tool_calls"])
            ]
        probe.append(changed)
    kept = ("role", "content", "name", "tool_calls")
    form = [{key: each[key] for key in kept if key in each} for each in probe]
    for each in form:
        each["tool_calls"] = [call["function"] for call in each.get("tool_calls", ())]
    return probe, json.dumps(form, sort_keys=True, default=str)


def _marked_text(content: str, place: int) -> str:
    """A word for the text, and one for the thoughts before it where there are any."""
    thoughts, tag, said = content.rpartition("</think>")
    word = f"zq{place}x0z" if said.strip() else ""
    if not tag:
        return word
    thought = f"zq{place}a0z" if thoughts.replace("<think>", "").strip() else ""
    return f"<think>\n{thought}\n</think>\n\n{word}"


def _marked(function: dict[str, Any], place: int, number: int) -> dict[str, Any]:
    arguments = function["arguments"]
    if isinstance(arguments, str):
        return {**function, "arguments": f"zq{place}a{number}z"}
    return {**function, "arguments": _words(arguments, f"zq{place}a{number}z")}


def _words(value: Any, word: str) -> Any:
    if isinstance(value, dict):
        return {key: _words(item, word) for key, item in value.items()}
    if isinstance(value, list):
        return [_words(item, word) for item in value]
    return word if isinstance(value, str) else value


def check_run(text: str, shape: Shape, message: Message) -> str | None:
    """What is wrong with the decoded tokens of a message; None where they are the message."""
    if shape.foreign:
        return "the template mixes what the assistant says with what others say"
    # What a message ends with is asked of the row of words: its own text may end as marks do.
    if not shape.ends:
        return "the template does not end an answer with a mark"
    strange = "the tokens of an answer are not those of its text"
    if "</think>" in message["content"] and "tool_calls" not in message:
        # Templates write thoughts anew, with their own blanks and without empty ones.
        whole = shape.before + message["content"] + shape.after
        return None if bare(text) == bare(whole) and shape.after.strip() else strange
    if not (text.startswith(shape.before) and text.endswith(shape.after)):
        return strange
    if "tool_calls" in message:
        return _check_calls(text, message)
    if not message["content"].strip():
        return None if text == shape.text else strange
    inner = text[len(shape.before) : len(text) - len(shape.after)]
    content = message["content"]
    # Templates strip answers, each in its way.
    ways = (content, content.strip(), content.lstrip(), content.rstrip(), content.strip("\n"))
    return None if inner in ways else strange


def bare(text: str) -> str:
    """A text without blanks and the marks of thoughts."""
    return "".join(re.sub(r"</?think>", "", text).split())


def _check_calls(text: str, message: Message) -> str | None:
    place = 0
    content = message["content"].strip()
    if content:
        place = text.find(content)
        if place < 0:
            return "the template leaves out the text beside a tool call"
    for call in message["tool_calls"]:
        fault = _find_call(text, call["function"])
        if fault is not None:
            return fault
    return None


def _find_call(text: str, function: dict[str, Any]) -> str | None:
    if function["name"] not in text:
        return f"the template leaves out the tool call {function['name']}"
    arguments = function["arguments"]
    if isinstance(arguments, str):
        stands = arguments.strip() in text or _escaped_in(arguments, text)
        return None if stands else f"the template leaves out the arguments of {function['name']}"
    for leaf in leaves(arguments):
        if not _stands(leaf, text):
            return f"the template leaves out an argument of {function['name']}"
    return None


def _stands(leaf: Any, text: str) -> bool:
    if isinstance(leaf, str):
        return leaf.strip() in text or _escaped_in(leaf, text)
    return any(form in text for form in (json.dumps(leaf), str(leaf)))


def _escaped_in(value: str, text: str) -> bool:
    """Whether a text stands there as JSON or markup has it: quoted, escaped once or twice."""
    for ascii_only in (False, True):
        once = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        twice = json.dumps(once, ensure_ascii=ascii_only)[1:-1]
        if once in text or twice in text:
            return True
        if _html(once) in text:
            return True
    return False


def _html(text: str) -> str:
    # Jinja's own `tojson` writes these four so, that the text may stand in a page.
    pairs = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("'", "\\u0027"))
    for letter, written in pairs:
        text = text.replace(letter, written)
    return text


def not_shown(messages: list[Message], text: str) -> str | None:
    """The first message whose words do not stand in what was rendered, in words; else None."""
    for message in messages:
        content = message["content"].strip()
        if content and "</think>" in content:
            content = content.rpartition("</think>")[2].strip()
        if content and content not in text and not _escaped_in(content, text):
            return f"a message of the role '{message['role']}'"
        for call in message.get("tool_calls", ()):
            fault = _find_call(text, call["function"])
            if fault is not None:
                return fault.removeprefix("the template leaves out ")
    return None
