"""The fast lane for plain chat lines: parsed and held to the schema in one step by msgspec.

A line whose messages have nothing but role, content, weight and name passes here at the speed
of the parser. Any other line, and any line that breaks a rule on its texts, takes the slow lane,
which finds every problem: so this lane may refuse what is right, but never pass what is wrong.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import UNSET, Meta, MsgspecError, Struct, UnsetType
from msgspec.json import Decoder

from fttui.training_data.examples import PROMPT_ROLES, check_roles
from fttui.training_data.rules import Problems
from fttui.training_data.syntax import structural_quotes

_MAX_SHAPES = 4_096
_QUOTES = 2
_QUOTES_OF_MESSAGE = 8

NOT_PLAIN = (MsgspecError, ValueError, RecursionError)
"""What decoding a line raises that is not JSON, or not a plain example."""

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


class NamedSystem(System, tag="system"):
    """A system message that may have a name."""

    name: str | UnsetType = UNSET


class NamedDeveloper(Developer, tag="developer"):
    """A developer message that may have a name."""

    name: str | UnsetType = UNSET


class NamedUser(User, tag="user"):
    """A user message that may have a name."""

    name: str | UnsetType = UNSET


class WeighedAssistant(Assistant, tag="assistant"):
    """An answer that may have a name and a weight."""

    name: str | UnsetType = UNSET
    weight: Literal[0, 1] | UnsetType = UNSET


Plain: TypeAlias = System | Developer | User | Assistant
Full: TypeAlias = NamedSystem | NamedDeveloper | NamedUser | WeighedAssistant


class PlainExample(Struct, forbid_unknown_fields=True, gc=False):
    """Messages with role and content only."""

    messages: list[Plain]


class FullExample(Struct, forbid_unknown_fields=True, gc=False):
    """Messages that may have a name and a weight too."""

    messages: list[Full]


Facts: TypeAlias = tuple[type[Message], object, bool]
"""The type of a message, its weight, and whether it has a name."""


@dataclass(slots=True, eq=False)
class Shape:
    """What the kinds of an example's messages say before any text is read."""

    roles: tuple[str, ...]
    quotes: int
    """Quotes that begin or end a string in such a line; more mean that a key is repeated."""
    answers: tuple[bool, ...]
    """Which of the messages are the assistant's."""
    names: int
    prompt: int | None
    """Index of the system prompt among the messages."""
    problems: tuple[tuple[str, str, str], ...]
    """Rule, path and message of what is wrong with any example of this shape."""
    examples: int = 0
    """Examples of this shape since the count was last taken."""
    tokens: int | None = None
    """What the frames of the messages cost, once it has been worked out."""


class FastLane:
    """Remembers what it found out about each shape of conversation."""

    def __init__(self) -> None:
        self.decode = Decoder(PlainExample).decode
        self.decode_full = Decoder(FullExample).decode
        self.plain_shapes: dict[tuple[type[Message], ...], Shape | None] = {}
        """Shapes by the types of the messages; None if the slow lane must judge them."""
        self._full_shapes: dict[tuple[Facts, ...], Shape | None] = {}

    def add_plain_shape(self, messages: Sequence[Message]) -> Shape | None:
        """Work out a shape that `plain_shapes` does not have yet."""
        _make_room(self.plain_shapes)
        key = tuple(map(type, messages))
        shape = self.plain_shapes[key] = _judge_shape([(kind, UNSET, False) for kind in key])
        return shape

    def full_shape_of(self, messages: Sequence[Full]) -> Shape | None:
        """The shape of messages with names and weights."""
        key = tuple([(type(m), getattr(m, "weight", UNSET), m.name is not UNSET) for m in messages])
        if key not in self._full_shapes:
            _make_room(self._full_shapes)
            self._full_shapes[key] = _judge_shape(key)
        return self._full_shapes[key]

    def take_counts(self) -> Iterable[tuple[tuple[str, ...], int]]:
        """Yield the roles of each shape with the examples of it, and begin to count again."""
        for shape in (*self.plain_shapes.values(), *self._full_shapes.values()):
            if shape is not None and shape.examples:
                yield shape.roles, shape.examples
                shape.examples = 0


def has_each_key_once(line: bytes, quotes: int, messages: Sequence[Message], shape: Shape) -> bool:
    """Tell whether the line has no more strings than were read; msgspec drops repeated keys.

    The quotes in a line, of which there are `quotes`, are those around its strings and those
    within its texts.
    """
    within = sum([m.content.count('"') for m in messages if '"' in m.content])
    return quotes == shape.quotes + within or structural_quotes(line) == shape.quotes


def _make_room(shapes: dict[Any, Shape | None]) -> None:
    """Forget shapes, but none whose examples have not been counted yet."""
    if len(shapes) >= _MAX_SHAPES:
        for key in [key for key, shape in shapes.items() if shape is None or not shape.examples]:
            del shapes[key]


def _judge_shape(facts: Sequence[Facts]) -> Shape | None:
    """Judge a conversation by its roles, weights and names; None without messages."""
    if not facts:
        return None
    roles = [str(kind.__struct_config__.tag) for kind, _, _ in facts]
    learned = any(issubclass(kind, Assistant) and weight != 0 for kind, weight, _ in facts)
    out = Problems()
    check_roles(roles, learned, out)
    weights = sum(weight is not UNSET for _, weight, _ in facts)
    names = sum(named for _, _, named in facts)
    prompts = (index for index, role in enumerate(roles) if role in PROMPT_ROLES)
    return Shape(
        roles=tuple(roles),
        quotes=_QUOTES + len(facts) * _QUOTES_OF_MESSAGE + 2 * weights + 4 * names,
        answers=tuple(role == "assistant" for role in roles),
        names=names,
        prompt=next(prompts, None),
        problems=tuple((found.rule, found.path, found.message) for found in out.listed),
    )
