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
from fttui.training_data.problems import Problems
from fttui.training_data.syntax import structural_quotes

_MAX_SHAPES = 4_096
_USUAL_STARTS = (b'{"messages": [{', b'{"messages":[{')
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


@dataclass(slots=True, eq=False)
class Shape:
    """What the kinds of an example's messages say before any text is read."""

    roles: tuple[str, ...]
    quotes: int
    """Quotes that begin or end a string in such a line; more mean that a key is repeated."""
    weights: int
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
        self._shapes: dict[tuple[Any, ...], Shape | None] = {}

    def shape_of(self, messages: Sequence[Message]) -> Shape | None:
        """The shape of messages with role and content only."""
        key = tuple(map(type, messages))
        try:
            return self._shapes[key]
        except KeyError:
            return self._add(key, [(kind, UNSET, False) for kind in key])

    def full_shape_of(self, messages: Sequence[Full]) -> Shape | None:
        """The shape of messages with names and weights; None if the slow lane must judge them."""
        facts = [(type(m), getattr(m, "weight", UNSET), m.name is not UNSET) for m in messages]
        key = tuple(facts)
        try:
            return self._shapes[key]
        except KeyError:
            return self._add(key, facts)

    def _add(
        self, key: tuple[Any, ...], facts: Sequence[tuple[type[Message], object, bool]]
    ) -> Shape | None:
        if len(self._shapes) >= _MAX_SHAPES:
            self._shapes = {
                k: shape for k, shape in self._shapes.items() if shape and shape.examples
            }
        shape = self._shapes[key] = _judge_shape(facts)
        return shape

    def take_counts(self) -> Iterable[tuple[tuple[str, ...], int]]:
        """Yield the roles of each shape with the examples of it, and begin to count again."""
        for shape in self._shapes.values():
            if shape is not None and shape.examples:
                yield shape.roles, shape.examples
                shape.examples = 0


def has_each_key_once(line: bytes, shape: Shape) -> bool:
    """Tell whether the line has no more keys than were read; msgspec drops repeated ones.

    Quotes are counted first: that is quickest, and enough for texts without quotes in them. A
    key may be written with escapes for its letters, so these lines are counted in full.
    """
    if line.count(b'"') == shape.quotes:
        return True
    if b"\\u00" in line:
        return structural_quotes(line) == shape.quotes
    count = len(shape.roles)
    return (
        line.count(b'"content"') == count
        and line.count(b'"role"') == count
        and (line.startswith(_USUAL_STARTS) or line.count(b'"messages"') == 1)
        and (not shape.weights or line.count(b'"weight"') == shape.weights)
        and (not shape.names or line.count(b'"name"') == shape.names)
    )


def _judge_shape(facts: Sequence[tuple[type[Message], object, bool]]) -> Shape | None:
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
        weights=weights,
        names=names,
        prompt=next(prompts, None),
        problems=tuple((found.rule, found.path, found.message) for found in out.listed),
    )
