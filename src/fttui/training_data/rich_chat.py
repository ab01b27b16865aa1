"""The second lane for chat lines: tools and their calls, parts, names and weights, held by types.

As in the lane for plain lines, what is passed here is right; what is not may be either, and is
looked at again by the rules one by one, which find every problem.
"""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

import orjson
from msgspec import UNSET, Meta, Raw, Struct, UnsetType
from msgspec.json import Decoder

from fttui.training_data.nulls import leave_out_nulls
from fttui.training_data.parts import is_taken_address
from fttui.training_data.plain_chat import (
    NOT_PLAIN,
    Filled,
    has_each_key_once,
    quotes_within,
)
from fttui.training_data.profile import Format, Limits
from fttui.training_data.rules import Problems
from fttui.training_data.syntax import (
    depth_of,
    has_repeated_key,
    has_too_many_values,
    structural_quotes,
)
from fttui.training_data.tokens import PER_NAME, image_tokens
from fttui.training_data.tools import are_arguments, declared_functions

_QUOTES_OF_KEY = _QUOTES_OF_TEXT = 2
_QUOTES_OF_PAIR = 4
_QUOTES_OF_MESSAGE = 8
_QUOTES_OF_CALL = 18
_QUOTES_OF_IMAGE = 10
_MOST_TOOLS = 64
_LONGEST_TOOLS = 65_536
_DEEPEST_TOOLS = 32


class TextPart(Struct, tag_field="type", tag="text", forbid_unknown_fields=True, gc=False):
    """A text among the parts of a content."""

    text: str


class Image(Struct, forbid_unknown_fields=True, gc=False):
    """Where a picture is."""

    url: Filled
    detail: Literal["low", "high", "auto"] | UnsetType = UNSET


class ImagePart(Struct, tag_field="type", tag="image_url", forbid_unknown_fields=True, gc=False):
    """A picture among the parts of a content."""

    image_url: Image


class Called(Struct, forbid_unknown_fields=True, gc=False):
    """A function, and the JSON text that it is called with."""

    name: Filled
    arguments: str


class Call(Struct, forbid_unknown_fields=True, gc=False):
    """A call of a tool."""

    id: Filled
    type: Literal["function"]
    function: Called


Parts: TypeAlias = Annotated[list[TextPart | ImagePart], Meta(min_length=1)]
Calls: TypeAlias = Annotated[list[Call], Meta(min_length=1)]


class NamedMessage(Struct, tag_field="role", forbid_unknown_fields=True, gc=False, kw_only=True):
    """A message, which may have a name."""

    name: str | UnsetType = UNSET


class RichMessage(NamedMessage, kw_only=True):
    """A message of a text or parts."""

    content: str | Parts


class RichSystem(RichMessage, tag="system"):
    """What the model is told to be."""


class RichDeveloper(RichMessage, tag="developer"):
    """The newer name of a system message."""


class RichUser(RichMessage, tag="user"):
    """What the model is asked."""


class RichTool(NamedMessage, tag="tool"):
    """What a tool answered, in one text."""

    content: str
    tool_call_id: Filled


class RichAssistant(NamedMessage, tag="assistant"):
    """What the model is to answer, or which tools it is to call."""

    content: str | Parts | UnsetType | None = UNSET
    tool_calls: Calls | UnsetType = UNSET
    weight: Literal[0, 1] | UnsetType = UNSET


AnyMessage: TypeAlias = RichSystem | RichDeveloper | RichUser | RichTool | RichAssistant


class RichExample(Struct, forbid_unknown_fields=True, gc=False):
    """Messages, and the tools that they may call."""

    messages: Annotated[list[AnyMessage], Meta(min_length=1)]
    tools: Raw | UnsetType = UNSET
    parallel_tool_calls: bool | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class Tools:
    """The tools of an example: the functions that they declare, and how they are written."""

    names: frozenset[str] = frozenset()
    text: str = ""
    quotes: int = 0
    """Quotes around strings."""
    within: int = 0


_NO_TOOLS = Tools()
_ROLES: dict[type[NamedMessage], str] = {
    RichSystem: "system",
    RichDeveloper: "developer",
    RichUser: "user",
    RichTool: "tool",
    RichAssistant: "assistant",
}
_decode = Decoder(RichExample).decode


class Unsure(Exception):  # noqa: N818 - no failure: the rules look at the line one by one
    """The line is not known to be right."""


class Row:
    """One right example, and what is measured on it."""

    def __init__(self, example: RichExample, tools: Tools, limits: Limits) -> None:
        self._limits = limits
        self.texts: list[str] = []
        """What is counted in tokens."""
        self.answers: list[bool] = []
        """Which of `texts` are the assistant's answers."""
        self.others: list[str] = []
        """Texts that are not counted, but may hold a quote."""
        self.tokens = 0
        """Tokens beside those of `texts` and of the roles."""
        self.images = 0
        self.messages = example.messages
        self.tools = tools
        self.has_tools = example.tools is not UNSET
        self.calls: set[str] = set()
        self.waiting: set[str] = set()
        self.quotes = _QUOTES_OF_KEY + tools.quotes
        if self.has_tools:
            self.quotes += _QUOTES_OF_KEY
        if example.parallel_tool_calls is not UNSET:
            self.quotes += _QUOTES_OF_KEY
        self.key = self._read(example.messages)
        """What the shape goes by: of each message its role, and whether it is learned."""

    @property
    def is_exact(self) -> bool:
        """Whether all of its tokens are counted as they are billed."""
        return not (self.has_tools or self.images or self.calls)

    @property
    def quotes_within(self) -> int:
        """Quotes that its texts hold."""
        return quotes_within(self.texts) + quotes_within(self.others) + self.tools.within

    def _read(self, messages: list[AnyMessage]) -> tuple[tuple[str, bool], ...]:
        """Read all messages; returns what their shape goes by. Raises Unsure."""
        key: list[tuple[str, bool]] = []
        texts, answers = self.texts, self.answers
        for message in messages:
            kind, content = type(message), message.content
            role, learned = _ROLES[kind], True
            self.quotes += _QUOTES_OF_MESSAGE
            if isinstance(message, RichTool):
                self._answered(message.tool_call_id)
            elif self.waiting:
                raise Unsure
            elif isinstance(message, RichAssistant):
                learned = self._said(message)
            if isinstance(content, str):
                texts.append(content)
                answers.append(kind is RichAssistant)
            elif content is None or isinstance(content, UnsetType):
                self.quotes -= _QUOTES_OF_TEXT if content is None else _QUOTES_OF_PAIR
            else:
                self.quotes -= _QUOTES_OF_TEXT
                self._read_parts(content, kind)
            if message.name is not UNSET:
                self.quotes += _QUOTES_OF_PAIR
                self.tokens += PER_NAME
                texts.append(message.name)
                answers.append(False)
            key.append((role, learned))
        return tuple(key)

    def _answered(self, call: str) -> None:
        if call not in self.calls:
            raise Unsure
        self.waiting.discard(call)
        self.quotes += _QUOTES_OF_PAIR
        self.texts.append(call)
        self.answers.append(False)

    def _said(self, message: RichAssistant) -> bool:
        """Read what only an assistant's message has; returns whether it is learned."""
        if message.weight is not UNSET:
            self.quotes += _QUOTES_OF_KEY
        if message.tool_calls is not UNSET:
            self.quotes += _QUOTES_OF_KEY
            self._called(message.tool_calls)
        elif not message.content:
            raise Unsure
        return message.weight != 0

    def _called(self, calls: list[Call]) -> None:
        made = {call.id for call in calls}
        if len(made) < len(calls):
            raise Unsure
        for call in calls:
            function = call.function
            if function.name not in self.tools.names or not are_arguments(function.arguments):
                raise Unsure
            self.texts += function.name, function.arguments
            self.answers += False, False
        self.others += made
        self.calls |= made
        self.waiting |= made
        self.quotes += _QUOTES_OF_CALL * len(calls)

    def _read_parts(self, parts: list[TextPart | ImagePart], kind: type) -> None:
        for part in parts:
            if isinstance(part, TextPart):
                self.quotes += _QUOTES_OF_MESSAGE
                self.texts.append(part.text)
                self.answers.append(kind is RichAssistant)
                continue
            image = part.image_url
            if kind is not RichUser or not is_taken_address(image.url, self._limits):
                raise Unsure
            self.quotes += _QUOTES_OF_IMAGE + _QUOTES_OF_PAIR * (image.detail is not UNSET)
            self.images += 1
            self.tokens += image_tokens(image.detail)
            self.others.append(image.url)


class RichLane:
    """Reads lines with an example of any chat, and remembers the tools that many of them share."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._tools: dict[bytes, Tools | None] = {}

    def read(self, line: bytes, *, escaped: bool) -> Row | None:
        """The example of a line; None for one that may be wrong. `escaped` as elsewhere."""
        if has_too_many_values(line):
            return None
        try:
            example = _decode(line)
            tools = _NO_TOOLS if example.tools is UNSET else self._tools_of(bytes(example.tools))
            if tools is None:
                return None
            row = Row(example, tools, self._limits)
        except (*NOT_PLAIN, Unsure):
            return None
        if row.images > self._limits.images_per_example:
            return None
        once = has_each_key_once(line, row.quotes, row.quotes_within, escaped=escaped)
        return row if once else None

    def _tools_of(self, text: bytes) -> Tools | None:
        """Judge the tools of an example; None if they may be wrong."""
        if text not in self._tools:
            if len(text) > _LONGEST_TOOLS:
                return None
            if len(self._tools) >= _MOST_TOOLS:
                self._tools.clear()
            self._tools[text] = _judge_tools(text)
        return self._tools[text]


def _judge_tools(text: bytes) -> Tools | None:
    value = orjson.loads(text)
    if not value or leave_out_nulls({"tools": value}, Format.CHAT):
        return None
    out = Problems()
    names = declared_functions({"tools": value}, "", out)
    if out.counts or depth_of(value) > _DEEPEST_TOOLS or has_repeated_key(text, value):
        return None
    quotes = structural_quotes(text)
    return Tools(names, orjson.dumps(value).decode(), quotes, text.count(b'"') - quotes)
