"""The fast lane for plain chat lines: parsed and held to the schema in one step by msgspec.

A line whose messages have nothing but role, content, weight and name passes here at the speed
of the parser. Any other line, and any line that breaks a rule, takes the slow lane, which finds
every problem: so this lane may refuse what is right, but never let pass what is wrong.
"""

from dataclasses import dataclass
from typing import Literal

from msgspec import UNSET, Struct, UnsetType
from msgspec.json import Decoder

from fttui.training_data.examples import PROMPT_ROLES, check_roles
from fttui.training_data.problems import Problems

_MAX_SHAPES = 4_096
_USUAL_STARTS = (b'{"messages": [{', b'{"messages":[{')

Facts = tuple[str, int | UnsetType, bool]
"""Role and weight of a message, and whether it has a name."""


class PlainMessage(Struct, forbid_unknown_fields=True, gc=False):
    """A message of texts only."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str
    weight: Literal[0, 1] | UnsetType = UNSET
    name: str | UnsetType = UNSET


class PlainExample(Struct, forbid_unknown_fields=True, gc=False):
    """A chat example without tools."""

    messages: list[PlainMessage]


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What the roles, weights and names of an example's messages say before any text is read."""

    roles: tuple[str, ...]
    messages: int
    weights: int
    names: int
    prompt: int | None
    """Index of the system prompt among the messages."""
    problems: tuple[tuple[str, str, str], ...]
    """Rule, path and message of what is wrong with any example of this shape."""


class FastLane:
    """Parses plain lines; remembers what it found out about each shape of conversation."""

    def __init__(self) -> None:
        self._decode = Decoder(PlainExample).decode
        self._shapes: dict[tuple[Facts, ...], Shape | None] = {}

    def read(self, line: bytes) -> tuple[list[PlainMessage], Shape] | None:
        """The messages of a line and their shape, None if the line needs the slow lane."""
        try:
            messages = self._decode(line).messages
        except (ValueError, RecursionError):
            return None
        key = tuple([(m.role, m.weight, m.name is not UNSET) for m in messages])
        try:
            shape = self._shapes[key]
        except KeyError:
            shape = self._add_shape(key)
        if shape is None or not _keys_occur_once(line, shape):
            return None
        if "" in [message.content for message in messages]:
            return None
        return messages, shape

    def _add_shape(self, key: tuple[Facts, ...]) -> Shape | None:
        if len(self._shapes) >= _MAX_SHAPES:
            self._shapes.clear()
        shape = self._shapes[key] = _shape_of(key)
        return shape


def _keys_occur_once(line: bytes, shape: Shape) -> bool:
    """Tell whether the line has no more keys than were read; msgspec drops repeated ones."""
    return (
        line.count(b'"role"') == shape.messages
        and line.count(b'"content"') == shape.messages
        and (line.startswith(_USUAL_STARTS) or line.count(b'"messages"') == 1)
        and (not shape.weights or line.count(b'"weight"') == shape.weights)
        and (not shape.names or line.count(b'"name"') == shape.names)
    )


def _shape_of(key: tuple[Facts, ...]) -> Shape | None:
    """Judge a conversation by its roles; None if a weight stands where none may."""
    if not key or any(weight is not UNSET and role != "assistant" for role, weight, _ in key):
        return None
    roles = [role for role, _, _ in key]
    learned = any(role == "assistant" and weight != 0 for role, weight, _ in key)
    out = Problems()
    check_roles(roles, learned, out)
    prompts = (index for index, role in enumerate(roles) if role in PROMPT_ROLES)
    return Shape(
        roles=tuple(roles),
        messages=len(key),
        weights=sum(weight is not UNSET for _, weight, _ in key),
        names=sum(named for _, _, named in key),
        prompt=next(prompts, None),
        problems=tuple((found.rule, found.path, found.message) for found in out.listed),
    )
