"""Foreign formats of two answers to one prompt, the better and the worse one."""

import re
from collections.abc import Callable
from typing import Any

from fttui.terminal.language import _
from fttui.training_data.foreign.pairs import asked
from fttui.training_data.foreign.shapes import (
    Message,
    Unconvertible,
    is_message,
    is_messages,
    is_turns,
    prompt_of,
    said,
    turns_of,
    with_tools,
)
from fttui.training_data.foreign.table import Made, Row
from fttui.training_data.key_names import ROLE_OF
from fttui.training_data.profile import Format

_QUESTIONS = ("prompt", "question", "instruction", "query", "input")
_PAIRS = (("chosen", "rejected"), ("chosen_response", "rejected_response"))
_SCORES = frozenset(
    f"{side}{joint}{word}"
    for side in ("chosen", "rejected")
    for word in ("score", "rating", "model", "avg_rating")
    for joint in "_-"
) | {"score_chosen", "score_rejected", "margin"}
_SPEAKER = re.compile(r"\n\n(Human|Assistant|System):[ ]?")


def _example(
    example: Any, given: list[Message], good: list[Message], bad: list[Message]
) -> tuple[Message, set[str]]:
    """A preference example with the tools of the other one; the keys of those."""
    if not given:
        raise Unconvertible(_("there is no prompt that both answers belong to"))
    if any(message["role"] not in ("assistant", "tool") for message in (*good, *bad)):
        raise Unconvertible(_("the two conversations part before their last answer"))
    prompt, used = prompt_of(example)
    if prompt and given[0]["role"] in ("system", "developer"):
        raise Unconvertible(_("it has two system prompts"))
    holder, tools = with_tools({"messages": [*prompt, *given]}, example)
    made = {"input": holder, "preferred_output": good, "non_preferred_output": bad}
    return made, used | tools


def _sides(example: Any) -> tuple[str, str] | None:
    if not isinstance(example, dict):
        return None
    return next((pair for pair in _PAIRS if {*pair} <= example.keys()), None)


def _is_pair(example: Any) -> bool:
    """Two answers, or two conversations, whether there is a prompt beside them or not."""
    sides = _sides(example)
    return sides is not None and all(_is_side(example[key]) for key in sides)


def _is_side(value: Any) -> bool:
    value = _opened(value)
    return isinstance(value, str) or is_turns(value) or is_message(value)


def _opened(value: Any) -> Any:
    """The messages of a side that is an example of its own, with nothing but these."""
    is_example = isinstance(value, dict) and value.keys() == {"messages"}
    return value["messages"] if is_example else value


def _pair(example: Any) -> Made:
    sides = _sides(example)
    assert sides is not None
    good, bad = (_side(example[key]) for key in sides)
    given, used = _prompt(example)
    used |= {*sides}
    shared = _common(good, bad)
    if not given:
        given = shared
    elif shared and given != shared:
        given = _joined(given, shared)
    good, bad = good[len(shared) :], bad[len(shared) :]
    made, more = _example(_without(example, used), given, good, bad)
    repeated = {"messages"} if example.get("messages") == example[sides[0]] else set()
    return made, used | more | repeated


def _without(example: Any, used: set[str]) -> dict[str, Any]:
    return {key: value for key, value in example.items() if key not in used}


def _joined(given: list[Message], shared: list[Message]) -> list[Message]:
    """The prompt where the conversations begin with it too, or go on after it."""
    if len(given) == 1 and given[0]["role"] == "user":
        if given[0] in shared:
            return shared
    elif shared[: len(given)] == given:
        return shared
    elif given[-len(shared) :] == shared:
        return given
    raise Unconvertible(_("the conversations do not begin with the prompt"))


def _side(value: Any) -> list[Message]:
    value = _opened(value)
    if isinstance(value, str):
        return _dialogue(value) if _SPEAKER.match(value) else [said("assistant", value)]
    return turns_of(value if isinstance(value, list) else [value])


def _dialogue(text: str) -> list[Message]:
    r"""The turns of a text such as `\n\nHuman: …\n\nAssistant: …`."""
    pieces = _SPEAKER.split(text)
    speakers, texts = pieces[1::2], pieces[2::2]
    return [
        said(ROLE_OF[speaker.lower()], said_text)
        for speaker, said_text in zip(speakers, texts, strict=True)
    ]


def _prompt(example: Any) -> tuple[list[Message], set[str]]:
    """The prompt beside the answers, if there is one, and the keys that it is made of."""
    messages = example.get("messages")
    if is_messages(messages) and messages[-1]["role"] == "user":
        return turns_of(messages), {"messages"}
    key = next((key for key in _QUESTIONS if key in example), None)
    if key is None:
        return [], set()
    value = example[key]
    if isinstance(value, str) and _SPEAKER.match(value):
        turns = _dialogue(value)
        if turns[-1] == said("assistant", ""):
            turns.pop()
        return turns, {key}
    if isinstance(value, str):
        context = "input" if key == "instruction" else ""
        return asked(example, key, context)
    if is_turns(value):
        return turns_of(value), {key}
    raise Unconvertible(_("{key} is neither a text nor a list of messages", key=key))


def _common(good: list[Message], bad: list[Message]) -> list[Message]:
    """The messages that both begin with; the last of each is never among them."""
    most = min(len(good), len(bad)) - 1
    count = next((n for n in range(most) if good[n] != bad[n]), most)
    return good[:count]


def _pair_words(example: Any) -> tuple[str, str]:
    good, bad = _sides(example) or ("", "")
    outputs = f"{good} → preferred_output, {bad} → non_preferred_output"
    key = next((key for key in ("messages", *_QUESTIONS) if key in example), None)
    both = _("what both begin with")
    start = f"{key if key else both} → input"
    if isinstance(example[good], str) and _SPEAKER.match(example[good]):
        return _("HH pairs of dialogues"), f"{start}, {outputs}"
    return _("DPO pairs (chosen, rejected)"), f"{start}, {outputs}"


def _is_turns_and_pair(example: Any) -> bool:
    return (
        isinstance(example, dict)
        and _sides(example) == _PAIRS[0]
        and is_turns(example.get("conversations"))
    )


def _turns_and_pair(example: Any) -> Made:
    used = {"conversations", "chosen", "rejected"}
    given = turns_of(example["conversations"])
    good, bad = _side(example["chosen"]), _side(example["rejected"])
    shared = _common(good, bad)
    if shared:
        given = _joined(given, shared)
    start = len(shared)
    made, more = _example(_without(example, used), given, good[start:], bad[start:])
    if any(message.get("content") == example.get("prompt") for message in given):
        used.add("prompt")
    return made, used | more


def _has_worse(key: str, is_right: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def fits(example: Any) -> bool:
        if not isinstance(example, dict) or not is_right(example.get(key)):
            return False
        has_query = isinstance(example.get("query"), str) and "response" in example
        return has_query or is_messages(example.get("messages"))

    return fits


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _swift(example: Any) -> Made:
    """ms-swift: the good answer ends the messages, or is the response; the bad one is beside."""
    key = "rejected_response" if "rejected_response" in example else "rejected_messages"
    if "messages" in example:
        messages, used = turns_of(example["messages"]), {"messages"}
        if messages[-1]["role"] != "assistant":
            raise Unconvertible(_("the messages do not end with an answer"))
    else:
        messages, used = asked(example, "query")
        messages, used = [*messages, *_side(example["response"])], used | {"response"}
    start = len(messages) - 1
    bad = _side(example[key])
    if key == "rejected_messages":
        start = len(_common(messages, bad))
        bad = bad[start:]
    rest = _without(example, used | {key})
    made, more = _example(rest, messages[:start], messages[start:], bad)
    return made, used | {key} | more


def _is_kto(example: Any) -> bool:
    if not isinstance(example, dict):
        return False
    messages = example.get("messages")
    has_answer = "completion" in example or "conversations" in example
    has_answer = has_answer or (is_messages(messages) and messages[-1]["role"] == "assistant")
    label = example.get("label", example.get("kto_tag"))
    has_label = isinstance(label, bool) or (type(label) is int and "prompt" in example)
    return has_label and (has_answer or "kto_tag" in example)


_OUTPUTS = "preferred_output, {} → non_preferred_output"

PREFERENCES = (
    Row(
        "KTO",
        _is_kto,
        advice=_(
            "a label says good or bad of one answer, and a preference example takes a good and a"
            " bad answer to the same prompt: pair them, or keep the good ones as chat examples"
        ),
    ),
    Row(
        _("LLaMA-Factory pairs"),
        _is_turns_and_pair,
        "conversations → input, chosen → " + _OUTPUTS.format("rejected"),
        Format.PREFERENCE,
        _turns_and_pair,
    ),
    Row(
        "ms-swift",
        _has_worse("rejected_response", _is_text),
        _("the last answer → ") + _OUTPUTS.format("rejected_response"),
        Format.PREFERENCE,
        _swift,
    ),
    Row(
        "ms-swift",
        _has_worse("rejected_messages", is_turns),
        _("the last answer → ") + _OUTPUTS.format("rejected_messages"),
        Format.PREFERENCE,
        _swift,
    ),
    Row("", _is_pair, "", Format.PREFERENCE, _pair, leaves=_SCORES, words=_pair_words),
    Row(
        _("DPO pairs (chosen, rejected)"),
        lambda example: _sides(example) is not None,
        target=Format.PREFERENCE,
        advice=_("chosen and rejected are neither texts nor messages: write each as one of these"),
    ),
)
"""Rows for preference pairs, the more particular ones first."""
