"""Foreign formats of columns: an instruction or question, and its answer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.foreign.plain import SYSTEM_KEYS
from fttui.training_data.foreign.shapes import (
    Message,
    Unconvertible,
    prompt_of,
    said,
    text_at,
    with_tools,
)
from fttui.training_data.foreign.table import Made, Row
from fttui.training_data.key_names import MEANINGLESS
from fttui.training_data.profile import Format
from fttui.training_data.rules import EXCERPT

_MOST_COLUMNS = 40
_LABELS = frozenset({"label", "labels", "class", "score", "rating", "reward", "target", "answer"})
"""Columns that are what is answered, also where they are numbers."""
_PAIRED_BY_NAME = frozenset({"source"})
"""Keys that mostly keep books, and here may be what is asked: source and target."""


def _history_of(value: Any) -> list[Message]:
    """Earlier turns as pairs of a question and its answer. Raises Unconvertible."""
    made: list[Message] = []
    for pair in value or []:
        if (
            not isinstance(pair, list)
            or len(pair) != 2
            or not all(isinstance(t, str) for t in pair)
        ):
            raise Unconvertible(_("history is no list of pairs of texts"))
        made += [said("user", pair[0]), said("assistant", pair[1])]
    return made


def asked(example: Any, question: str, context: str = "") -> tuple[list[Message], set[str]]:
    """What is asked, with the system prompt and the history that come before it; the used keys."""
    messages, used = prompt_of(example)
    if "history" in example:
        messages = [*messages, *_history_of(example["history"])]
        used.add("history")
    text = text_at(example, question)
    used.add(question)
    if context in example:
        more = "" if example[context] is None else text_at(example, context)
        text = "\n\n".join(part for part in (text, more) if part.strip()) or text
        used.add(context)
    return [*messages, said("user", text)], used


def _pair(question: str, answer: str, context: str = "") -> Callable[[Any], Made]:
    def convert(example: Any) -> Made:
        messages, used = asked(example, question, context)
        messages.append(said("assistant", text_at(example, answer)))
        made, tools = with_tools({"messages": messages}, example)
        return made, {*used, answer, *tools}

    return convert


def _repeats(question: str, answer: str) -> Callable[[Any], set[str]]:
    def repeats(example: Any) -> set[str]:
        """The column that only holds the others once more, laid out by a template."""
        text = example.get("text")
        if not isinstance(text, str) or not any(mark in text for mark, _name in _TEMPLATES):
            return set()
        asks, answers = text_at(example, question), text_at(example, answer)
        return {"text"} if asks and answers and asks in text and answers in text else set()

    return repeats


def _has(question: str, answer: str) -> Callable[[Any], bool]:
    def fits(example: Any) -> bool:
        if not isinstance(example, dict) or not {question, answer} <= example.keys():
            return False
        others = {"chosen", "rejected", "messages", "rejected_response"}
        return isinstance(example[question], str) and not others & example.keys()

    return fits


def _words(question: str, answer: str, context: str, name: str) -> Callable[[Any], tuple[str, str]]:
    def words(example: Any) -> tuple[str, str]:
        asks = f"{question} + {context}" if context and example.get(context) else question
        system = [f"{key} → system" for key in SYSTEM_KEYS if example.get(key)]
        return name, ", ".join([*system, f"{asks} → user", f"{answer} → assistant"])

    return words


def _row(
    name: str, question: str, answer: str, context: str = "", leaves: tuple[str, ...] = ()
) -> Row:
    return Row(
        name,
        _has(question, answer),
        "",
        Format.CHAT,
        _pair(question, answer, context),
        leaves=frozenset(leaves),
        hint=lambda _example: f"user={question},assistant={answer}",
        repeats=_repeats(question, answer),
        words=_words(question, answer, context, name),
    )


PROMPT_AND_COMPLETION = replace(
    _row(_("prompt/completion"), "prompt", "completion"),
    fits=lambda example: (
        isinstance(example, dict)
        and all(isinstance(example.get(key), str) for key in ("prompt", "completion"))
    ),
)
"""Ours, unless the model takes chat messages only."""


def _is_text(example: Any) -> bool:
    if not isinstance(example, dict) or not isinstance(example.get("text"), str):
        return False
    return all(key in MEANINGLESS for key in example if key != "text")


_TEMPLATES = (
    ("[INST]", "Llama, [INST]"),
    ("<|im_start|>", "ChatML, <|im_start|>"),
    ("<|start_header_id|>", "Llama 3, <|start_header_id|>"),
    ("<start_of_turn>", "Gemma, <start_of_turn>"),
    ("### Instruction", "Alpaca, ### Instruction"),
    ("### Human", "### Human"),
    ("<|user|>", "Zephyr, <|user|>"),
    ("USER:", "Vicuna, USER:"),
)


def _text_words(example: Any) -> tuple[str, str]:
    text = example["text"]
    template = next((name for mark, name in _TEMPLATES if mark in text), "")
    if template:
        return _("text in a template ({template})", template=template), ""
    return _("plain text"), ""


def _is_columns(example: Any) -> bool:
    """Rows of a table: single values, two of them texts that say something, or one and a label."""
    if not isinstance(example, dict) or not 2 <= len(example) <= _MOST_COLUMNS:
        return False
    if any(isinstance(value, list | dict) for value in example.values()):
        return False
    columns = [key for key in example if key not in MEANINGLESS or key in _PAIRED_BY_NAME]
    texts = [key for key in columns if isinstance(example[key], str)]
    labels = [key for key in columns if key in _LABELS and key not in texts]
    return len(texts) + len(labels) > 1 and bool(texts) and "messages" not in example


def _columns_words(example: Any) -> tuple[str, str]:
    columns = ", ".join(safe(key, maxlen=EXCERPT) for key in list(example)[:8])
    return _("rows with the columns {columns}", columns=columns), ""


PAIRS = (
    _row("Dolly", "instruction", "response", "context", ("category",)),
    _row("Alpaca", "instruction", "output", "input"),
    _row("OpenOrca", "question", "response"),
    _row(_("question and answer"), "question", "answer"),
    _row(_("prompt and response"), "prompt", "response"),
    _row("ms-swift", "query", "response"),
    _row(_("columns of roles"), "user", "assistant"),
)
"""Rows for pairs of columns whose names say for certain what they are."""

TEXTS = (
    Row(
        "",
        _is_text,
        advice=_(
            "a text does not say who speaks: take the data as it was before the template was"
            " applied, with prompt and answer apart"
        ),
        is_guess=True,
        words=_text_words,
    ),
    Row(
        "",
        _is_columns,
        hint=lambda _example: "user=COL,assistant=COL",
        is_guess=True,
        words=_columns_words,
    ),
)
"""Rows that are only recognised, the last ones of the table."""
