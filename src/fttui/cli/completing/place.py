"""Where on a command line the cursor is: in an option, an action, or the value of an argument."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fttui.cli.argument import Argument, Node


class Place(NamedTuple):
    """What may be typed next behind the words of `node`.

    `argument` is the one whose value it may be, `typed` what of the value is there, behind
    `before` (`--model=`). Options may begin here unless `is_value`; `given` were given already.
    """

    node: Node
    typed: str
    argument: Argument | None = None
    before: str = ""
    is_value: bool = False
    has_actions: bool = False
    given: frozenset[str] = frozenset()


def place_in(node: Node, words: Sequence[str], typed: str) -> Place:
    """The place of `typed`, the word under the cursor, behind `words` that are whole."""
    options = {name: one for one in node.arguments for name in (*one.names, *one.aliases)}
    waiting = [one for one in node.arguments if not one.is_option]
    given: set[str] = set()
    taking: Argument | None = None
    taken = used = 0
    is_rest = False
    for number, word in enumerate(words):
        name, equal, _value = word.partition("=")
        if not is_rest and word == "--":
            is_rest, taking = True, None
        elif not is_rest and word.startswith("-") and len(word) > 1:
            option = options.get(name)
            given.add(option.dest if option else name)
            taking, taken = (option if option and option.most and not equal else None), 0
        elif taking is not None:
            taken += 1
            taking = taking if taken < taking.most else None
        elif word in node.actions:
            return place_in(node.actions[word], words[number + 1 :], typed)
        elif waiting:
            used += 1
            if used >= waiting[0].most:
                waiting, used = waiting[1:], 0
    known = frozenset(given)
    name, equal, value = typed.partition("=")
    if not is_rest and equal and name in options and options[name].most:
        return Place(node, value, options[name], f"{name}=", is_value=True)
    if taking is not None and not (taken >= taking.least and typed.startswith("-")):
        return Place(node, typed, taking, is_value=taken < taking.least, given=known)
    has_actions = bool(node.actions) and not waiting
    argument = waiting[0] if waiting else None
    return Place(node, typed, argument, is_value=is_rest, has_actions=has_actions, given=known)
