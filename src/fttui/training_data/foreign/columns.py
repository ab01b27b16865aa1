"""Which column is what, as a person says it: `--map user=COL,assistant=COL`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fttui.terminal.language import _
from fttui.training_data.exact import Number, dumps
from fttui.training_data.foreign.shapes import (
    Message,
    Unconvertible,
    is_turns,
    json_of,
    said,
    tools_of,
    turns_of,
)
from fttui.training_data.wording import kind_of, listed, quoted

_ROLES = ("system", "user", "assistant")
_USAGE = _("write user=COL,assistant=COL or messages=COL")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Where the messages of an example stand: one column for all, or one for each role."""

    columns: tuple[tuple[str, str], ...]
    """Pairs of a role, or `messages`, and the name of its column."""

    @classmethod
    def parse(cls, text: str) -> "ColumnMap":
        """Read `user=COL,assistant=COL[,system=COL]` or `messages=COL`.

        A comma or a sign of equality in the name of a column is part of it where that is the only
        reading. Raises ValueError with a sentence.
        """
        found: list[tuple[str, str]] = []
        for piece in text.split(","):
            role, equals, column = piece.partition("=")
            if equals and role.strip() in (*_ROLES, "messages"):
                found.append((role.strip(), column.strip()))
            elif found:
                found[-1] = (found[-1][0], f"{found[-1][1]},{piece}")
            else:
                raise ValueError(
                    _("{piece} says no column: {usage}.", piece=quoted(piece), usage=_USAGE)
                )
        roles = [role for role, _column in found]
        if len(set(roles)) < len(roles):
            raise ValueError(_("A role is there twice: {usage}.", usage=_USAGE))
        if roles != ["messages"] and not {"user", "assistant"} <= {*roles} <= {*_ROLES}:
            raise ValueError(_("It takes a user and an assistant: {usage}.", usage=_USAGE))
        if not all(column for _role, column in found):
            raise ValueError(_("A column has no name: {usage}.", usage=_USAGE))
        return cls(tuple(found))

    @property
    def words(self) -> str:
        """What becomes what: `question → user, reply → assistant`."""
        return ", ".join(f"{column} → {role}" for role, column in self.columns)

    def convert(self, row: Any) -> tuple[Message, tuple[str, ...]]:
        """The chat example of a row, and the columns that are left out. Raises Unconvertible."""
        if not isinstance(row, dict):
            raise Unconvertible(_("it is {kind}, not a row of columns", kind=kind_of(row)))
        missing = [column for _role, column in self.columns if column not in row]
        if missing:
            raise Unconvertible(
                _(
                    "there is no column {missing}; the columns are {columns}",
                    missing=listed([quoted(column) for column in missing]),
                    columns=listed([quoted(column) for column in list(row)[:12]]),
                )
            )
        used = {column for _role, column in self.columns}
        made: Message = {"messages": list(self._messages(row))}
        if self.columns[0][0] == "messages" and row.get("tools") and "tools" not in used:
            made["tools"] = tools_of(row["tools"])
            used.add("tools")
        return made, tuple(key for key in row if key not in used)

    def _messages(self, row: Mapping[str, Any]) -> list[Message]:
        places = dict(self.columns)
        if "messages" in places:
            value = row[places["messages"]]
            turns = json_of(value) if isinstance(value, str) else value
            if not is_turns(turns):
                column = quoted(places["messages"])
                raise Unconvertible(_("{column} holds no list of messages", column=column))
            return turns_of(turns)
        roles = [role for role in _ROLES if role in places]
        texts = [(role, _cell(row[places[role]], places[role])) for role in roles]
        return [said(role, text) for role, text in texts if text or role != "system"]


def _cell(value: Any, column: str) -> str:
    """The text of a cell; a number is written as it stands."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float | Number):
        return dumps(value).decode()
    raise Unconvertible(
        _("{column} holds {kind}, not a text", column=quoted(column), kind=kind_of(value))
    )
