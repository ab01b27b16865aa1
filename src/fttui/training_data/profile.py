"""What a file is checked for: its format and method, the limits, and what the grader needs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fttui.training_data.key_names import MEANINGLESS, near_miss

MB = 1_000_000
IN_PROCESS = 24 * MB
IN_PROCESS_WITH_TOKENS = 6 * MB
"""Bytes under which no worker is started, without and with tokens."""
MUCH_TEXT = 150 * MB
"""Bytes from which on a tokenizer is taken that counts faster but is slower to load."""

_TEMPLATE = re.compile(r"\{\{\s*item\.([A-Za-z_][\w-]*)")
_DEEPEST = 50


class Format(StrEnum):
    """What the examples of a file look like."""

    CHAT = "chat"
    PREFERENCE = "preference"
    REINFORCEMENT = "reinforcement"
    COMPLETION = "completion"


class Method(StrEnum):
    """How a job trains, as the endpoint spells it."""

    SUPERVISED = "supervised"
    DPO = "dpo"
    REINFORCEMENT = "reinforcement"


METHODS = tuple(method.value for method in Method)
"""The names of the methods."""

FORMATS_OF: Mapping[Method, tuple[Format, ...]] = {
    Method.SUPERVISED: (Format.CHAT, Format.COMPLETION),
    Method.DPO: (Format.PREFERENCE,),
    Method.REINFORCEMENT: (Format.REINFORCEMENT,),
}
"""The formats that each method takes, the usual one first."""

METHOD_OF: Mapping[Format, Method] = {
    kind: method for method, kinds in FORMATS_OF.items() for kind in kinds
}
"""The method that takes a format."""

SHAPE_OF: Mapping[Format, str] = {
    Format.CHAT: '{"messages": [ … ]}',
    Format.PREFERENCE: '{"input": { … }, "preferred_output": [ … ], "non_preferred_output": [ … ]}',
    Format.REINFORCEMENT: '{"messages": [ … ], "reference_answer": … }',
    Format.COMPLETION: '{"prompt": "…", "completion": "…"}',
}
"""What a line of each format looks like, for messages."""

PREFERENCE_KEYS = ("input", "preferred_output", "non_preferred_output")
OLD_PREFERENCE_KEYS = {
    "preferred_completion": "preferred_output",
    "non_preferred_completion": "non_preferred_output",
}
"""Names of an older specification, which endpoints do not take."""


PREFERENCE_OUTPUTS = frozenset({*PREFERENCE_KEYS[1:], *OLD_PREFERENCE_KEYS})
"""The keys of the answers of a preference example, by their old names too."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """The format of another tool that examples are in, and what becomes of them."""

    name: str
    """What it is called, safe to print."""
    mapping: str
    """What becomes what: `human → user, gpt → assistant`; safe to print."""
    target: Format | None
    """The format that they become, None if that cannot be told."""
    is_certain: bool
    """Whether they are converted without a question."""
    columns: tuple[str, ...] = ()
    """The keys of a row, when a person has to say which is which."""
    advice: str = ""
    """What to do when it is not certain."""
    left_out: tuple[str, ...] = ()
    """Keys that the conversion leaves out, known to be meaningless."""

    @property
    def asks_columns(self) -> bool:
        """Whether a person who says which column is which makes it certain."""
        return bool(self.columns) and not self.is_certain


CHAT_KEYS = frozenset({"messages", "tools", "parallel_tool_calls", "functions"})
_ANSWER = "assistant"


def format_of(example: Mapping[str, Any]) -> Format | None:
    """Tell the format of one example by its shape, None when it resembles none of them.

    Messages that end with the user's, with no answer among them or with keys beside the
    messages, are a reinforcement example.
    """
    if _is_preference(example):
        return Format.PREFERENCE
    if "messages" in example:
        return _chat_or_reinforcement(example)
    if "completion" in example or ("prompt" in example and _is_prompt_alone(example)):
        return Format.COMPLETION
    return None


def _is_preference(example: Mapping[str, Any]) -> bool:
    """Two outputs, or one; an input alone says nothing unless it holds messages."""
    if not PREFERENCE_OUTPUTS.isdisjoint(example):
        return True
    given = example.get("input")
    return isinstance(given, dict) and "messages" in given


def _is_prompt_alone(example: Mapping[str, Any]) -> bool:
    """Tell a prompt whose completion is missing from a row of another table."""
    others = (key for key in example if key != "prompt")
    return all(key in MEANINGLESS or near_miss(key, ("completion",)) for key in others)


def _chat_or_reinforcement(example: Mapping[str, Any]) -> Format:
    messages = example["messages"]
    if not isinstance(messages, list) or not messages:
        return Format.CHAT
    last = messages[-1]
    if not isinstance(last, dict) or last.get("role") != "user":
        return Format.CHAT
    has_item = any(key not in CHAT_KEYS for key in example)
    has_answer = any(isinstance(m, dict) and m.get("role") == _ANSWER for m in messages)
    return Format.REINFORCEMENT if has_item or not has_answer else Format.CHAT


def detect(examples: Sequence[Any], method: Method | None) -> Format | None:
    """Tell the format of a file from its first examples: what most of them look like.

    The method decides only between chat and reinforcement, which can look the same.
    """
    votes: dict[Format, int] = {}
    for example in examples:
        found = format_of(example) if isinstance(example, dict) else None
        if found is not None:
            votes[found] = votes.get(found, 0) + 1
    if not votes:
        return None
    winner = max(votes, key=lambda kind: votes[kind])
    alike = {Format.CHAT, Format.REINFORCEMENT}
    if winner in alike and method is not None:
        wanted = FORMATS_OF[method][0]
        if wanted in alike and _could_be(examples, wanted):
            return wanted
    return winner


def _could_be(examples: Sequence[Any], wanted: Format) -> bool:
    """Tell whether messages of one kind may be meant as the other: only the method knows."""
    dicts = [example for example in examples if isinstance(example, dict)]
    has_item = any(set(example) - CHAT_KEYS for example in dicts)
    if wanted is Format.CHAT:
        return not has_item
    return has_item or any(not _ends_with_answer(example) for example in dicts)


def _ends_with_answer(example: Mapping[str, Any]) -> bool:
    messages = example.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    return isinstance(last, dict) and last.get("role") == _ANSWER


@dataclass(frozen=True, slots=True)
class Limits:
    """What an endpoint takes: OpenAI's limits where `training_data.endpoints` has no other."""

    name: str = "OpenAI"
    """Whose limits they are, for messages."""
    max_bytes: int = 8_000 * MB
    max_line_bytes: int = 64 * MB
    """The room for the images of an example, written as base64."""
    min_examples: int = 10
    recommended_examples: int = 50
    takes_completions: bool = False
    """Whether its chat models are trained with prompts and completions, too."""
    images_per_example: int = 10
    image_bytes: int = 10 * MB
    takes_images_in_reinforcement: bool = True
    requires_answers: bool = False
    """Whether a tool call that is not answered before the conversation goes on is refused."""
    examples_with_images: int = 50_000
    reinforcement_examples: int = 50_000
    reinforcement_validation_examples: int = 1_000
    requires_validation: bool = True
    """Whether a job by reinforcement without a validation file is refused."""
    completion_tokens: int = 2_048


@dataclass(frozen=True, slots=True)
class CheckProfile:
    """Everything that decides how one line is judged; it travels to the worker processes."""

    format: Format | None = None
    encoding: str | None = None
    """The vocabulary to count tokens with, None for no count."""
    is_much: bool = False
    """Whether there is so much text that `MUCH_TEXT` says how to count it."""
    token_limit: int | None = None
    limits: Limits = Limits()
    item_fields: tuple[str, ...] = ()
    """Item fields that the grader's templates use."""
    item_keys: tuple[str, ...] = ()
    """The item fields of the first example, sorted."""
    first_prompt: str | None = None
    """The system prompt of the first example."""
    foreign: Recognition | None = None
    """The format of another tool that the examples are in, instead of one of ours."""


def item_fields(grader: Any) -> tuple[str, ...]:
    """The item fields in the `{{item.…}}` templates of a grader, given as its JSON value, sorted.

    Only the first step counts: `{{item.answer.value}}` needs the field `answer`.
    """
    found: set[str] = set()
    _collect(grader, found, 0)
    return tuple(sorted(found))


def _collect(value: Any, found: set[str], depth: int) -> None:
    if isinstance(value, str):
        found.update(_TEMPLATE.findall(value))
    elif depth < _DEEPEST and isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _collect(item, found, depth + 1)
