"""An argument of a command, and all that a command takes, as help and completion see them."""

from __future__ import annotations

from typing import NamedTuple


class Argument(NamedTuple):
    """An option, or without `names` a word at its place; `aliases` stand in no help.

    `value` is what its values are called, "" for none; it takes `least` to `most` of them.
    `group` is the title it stands under, "" where it has none of its own.
    """

    names: tuple[str, ...]
    dest: str
    value: str
    text: str
    choices: tuple[str, ...]
    least: int
    most: int
    is_repeated: bool
    is_required: bool
    group: str
    default: object = None
    aliases: tuple[str, ...] = ()

    @property
    def is_option(self) -> bool:
        """True for what begins with a dash."""
        return bool(self.names)

    @property
    def term(self) -> str:
        """How it is written: `-o, --output PATH`."""
        return " ".join(filter(None, (", ".join(self.names), self.values)))

    @property
    def values(self) -> str:
        """Its values as they are written: `JOB...`, `[TEXT]`."""
        if not self.value or not self.most:
            return ""
        shown = self.value if self.most == 1 or "|" in self.value else f"{self.value}..."
        return shown if self.least else f"[{shown}]"


class Node(NamedTuple):
    """What a command takes: arguments, and actions with what each does and takes in turn.

    `name` has the command's words, without the program's.
    """

    name: str
    arguments: list[Argument]
    actions: dict[str, Node]
    texts: dict[str, str]
