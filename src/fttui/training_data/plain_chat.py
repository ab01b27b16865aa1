"""The fast lane for plain chat lines: parsed and held to the schema in one step by msgspec.

A line whose messages have nothing but role and content passes here at the speed of the parser.
Any other line, and any line that breaks a rule on its texts, takes a slower lane: so this one may
refuse what is right, but never pass what is wrong.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from msgspec import Meta, MsgspecError, Struct
from msgspec.json import Decoder

from fttui.training_data.examples import PROMPT_ROLES, check_roles
from fttui.training_data.rules import Problems
from fttui.training_data.syntax import LONG_LINE, has_too_many_values, structural_quotes
from fttui.training_data.tokens import TokenCounter, shape_tokens

_MOST_SHAPES = 4_096
_QUOTES_OF_LINE = 2
_QUOTES_OF_MESSAGE = 8

NOT_PLAIN = (MsgspecError, ValueError, RecursionError)
"""What decoding a line raises that is not JSON, or not such an example."""

Filled = Annotated[str, Meta(min_length=1)]


class Message(Struct, tag_field="role", forbid_unknown_fields=True, gc=False):
    """A message of one text."""

    content: Filled


class System(Message, tag="system"):
    """What the model is told to be."""


class Developer(Message, tag="developer"):
    """The newer name of a system message."""


class User(Message, tag="user"):
    """What the model is asked."""


class Assistant(Message, tag="assistant"):
    """What it is to answer."""


Plain: TypeAlias = System | Developer | User | Assistant


class PlainExample(Struct, forbid_unknown_fields=True, gc=False):
    """Messages with role and content only."""

    messages: list[Plain]


_decode = Decoder(PlainExample).decode
Messages: TypeAlias = Sequence[Plain]


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What the kinds of an example's messages say before any text is read."""

    roles: tuple[str, ...]
    quotes: int
    """Quotes that begin or end a string in a plain line of this shape."""
    answers: tuple[bool, ...]
    """Which of the messages are the assistant's."""
    prompt: int | None
    """Index of the system prompt among the messages."""
    problems: tuple[tuple[str, str, str], ...]
    """Rule, path and message of what is wrong with any example of this shape."""
    tokens: int
    """What the roles and frames of the messages cost; 0 where no tokens are counted."""


class Shapes(dict[tuple[Any, ...], Shape]):
    """Shapes by what decides them: of each message its type, or its role and if it is learned."""

    def __init__(self, counter: TokenCounter | None) -> None:
        super().__init__()
        self._counter = counter

    def __missing__(self, key: tuple[Any, ...]) -> Shape:
        if len(self) >= _MOST_SHAPES:
            self.clear()
        facts = [each if isinstance(each, tuple) else (_role(each), True) for each in key]
        roles = [role for role, _ in facts]
        out = Problems()
        check_roles(roles, any(learned for role, learned in facts if role == "assistant"), out)
        prompts = (index for index, role in enumerate(roles) if role in PROMPT_ROLES)
        shape = self[key] = Shape(
            roles=tuple(roles),
            quotes=_QUOTES_OF_LINE + len(key) * _QUOTES_OF_MESSAGE,
            answers=tuple(role == "assistant" for role in roles),
            prompt=next(prompts, None),
            problems=tuple((found.rule, found.path, found.message) for found in out.listed),
            tokens=shape_tokens(roles, self._counter) if self._counter else 0,
        )
        return shape


def _role(kind: type[Struct]) -> str:
    return str(kind.__struct_config__.tag)


def read_plain(
    lines: Sequence[bytes], data: bytes, shapes: Shapes, *, escaped: bool
) -> tuple[list[Messages], list[Shape | None]]:
    """The messages and the shape of each line of a block; no shape where a line may be wrong.

    `data` are the lines in one. `escaped` tells that a quote in them may be written as the escape
    of its number.
    """
    if max(map(len, lines), default=0) >= LONG_LINE:
        lines = [b"" if has_too_many_values(line) else line for line in lines]
    read = _decode_all(lines)
    found = [shapes[tuple(map(type, messages))] if messages else None for messages in read]
    if None in found:
        quotes = sum([line.count(b'"') for line, shape in zip(lines, found, strict=True) if shape])
    else:
        quotes = data.count(b'"')
    expected = sum([shape.quotes for shape in found if shape])
    texts = [message.content for messages in read for message in messages]
    if escaped or quotes != expected + quotes_within(texts):
        for index, shape in enumerate(found):
            if shape is not None:
                within = quotes_within([message.content for message in read[index]])
                if not has_each_key_once(lines[index], shape.quotes, within, escaped=escaped):
                    found[index] = None
    return read, found


def is_plain(line: bytes) -> bool:
    """Tell whether a line is an example of plain messages, but for keys that it may repeat."""
    try:
        return bool(_decode(line).messages)
    except NOT_PLAIN:
        return False


def _decode_all(lines: Sequence[bytes]) -> list[Messages]:
    """Decode each line; no messages for one that is not plain."""
    examples: list[PlainExample | None] = []
    rest = map(_decode, lines)
    while len(examples) < len(lines):
        try:
            examples.extend(rest)  # keeps what came before a line that raises
        except NOT_PLAIN:
            examples.append(None)
    return [example.messages if example is not None else () for example in examples]


def quotes_within(texts: Iterable[str]) -> int:
    """The number of quotes in all of the texts."""
    return sum([text.count('"') for text in texts if '"' in text])


def has_each_key_once(line: bytes, expected: int, within: int, *, escaped: bool) -> bool:
    """Tell whether a line has no more strings than were read; msgspec drops repeated keys.

    `expected` are the quotes around its strings, `within` those that its strings hold, which say
    nothing where one is `escaped`.
    """
    if not escaped and line.count(b'"') == expected + within:
        return True
    return structural_quotes(line) == expected
