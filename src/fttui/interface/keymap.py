"""The keys that a user gave to bindings in the settings: which can be had, and what is wrong."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module

from textual.binding import Binding, InvalidBinding
from textual.dom import DOMNode
from textual.keys import format_key

import fttui.interface
from fttui.terminal.language import _
from fttui.terminal.near_words import did_you_mean
from fttui.terminal.text import safe

_TOGETHER = (
    {"tab", "app", "create", "field"},
    {"tab", "app", "jobs", "filter", "table", "text"},
    {"tab", "app", "file_list", "filter", "table", "text"},
    {"tab", "app", "models", "filter", "table", "text"},
    {"tab", "app", "playground", "table", "text"},
    {"tab", "app", "endpoints", "table", "text"},
    {"model_facts", "dialog", "text"},
    {"details", "table", "text"},
    {"details", "curves"},
    {"compare", "curves"},
    {"report", "dialog", "table", "text"},
    {"columns", "dialog"},
    {"profile", "dialog"},
    {"files", "dialog"},
    {"preview", "dialog"},
    {"example", "dialog"},
    {"first_run", "dialog"},
    {"recovery", "dialog"},
)
"""Kinds of actions, as their ids begin, that hear the keys of one screen at the same time."""

_IN_DIALOGS = "app.help"
"""The one action of the app that every dialog hears too."""


def named_bindings() -> Iterator[tuple[type[DOMNode], Binding]]:
    """Every binding that a class of the interface makes itself, with that class.

    Loads all modules of the interface.
    """
    package = fttui.interface
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        import_module(found.name)
    waiting: list[type[DOMNode]] = [DOMNode]
    seen: set[type[DOMNode]] = set()
    while waiting:
        kind = waiting.pop()
        if kind not in seen:
            seen.add(kind)
            waiting += kind.__subclasses__()
            if kind.__module__.startswith(package.__name__):
                taken_over = {each for base in kind.__bases__ for each in _written_in(base)}
                yield from ((kind, each) for each in _written_in(kind) if each not in taken_over)


def _written_in(kind: type[object]) -> list[Binding]:
    return list(Binding.make_bindings(kind.__dict__.get("BINDINGS", [])))


def read_keymap(wanted: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The keys by binding id, as Textual names them, and a sentence for each that cannot be had.

    A key that two actions would hear at the same time is told too, and given to both.
    """
    known = _keys_by_id() if wanted else {}
    keymap: dict[str, str] = {}
    problems: list[str] = []
    for name, keys in wanted.items():
        shown = _quoted(name)
        if name not in known:
            advice = did_you_mean(name, known, 1) or _("Help (F1) shows them all.")
            problems.append(
                _(
                    "[keymap] names no key: there is no {shown}. {advice}",
                    shown=shown,
                    advice=advice,
                )
            )
            continue
        try:
            each = Binding.make_bindings([Binding(keys, "none")])
            keymap[name] = ",".join(binding.key for binding in each)
        except InvalidBinding:
            problems.append(
                _("[keymap] gives no key to {shown}: write a key between the quotes.", shown=shown)
            )
    return keymap, [*problems, *_shared_keys(known, keymap)]


def _keys_by_id() -> dict[str, set[str]]:
    """The keys that each action has without a keymap."""
    keys: dict[str, set[str]] = {}
    for _unused, binding in named_bindings():
        if binding.id:
            keys.setdefault(binding.id, set()).add(binding.key)
    return keys


def _shared_keys(known: Mapping[str, set[str]], keymap: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each key that the keymap gives to an action beside others that have it.

    Actions that share a key without the keymap take turns, so they may share another.
    """
    keys = {**known, **{name: set(given.split(",")) for name, given in keymap.items()}}
    found: dict[tuple[str, ...], None] = {}
    for name in keymap:
        others = [
            each for each in known if _meet(name, each) and known[name].isdisjoint(known[each])
        ]
        for key in sorted(keys[name]):
            rivals = [each for each in others if key in keys[each]]
            if rivals:
                found[key, *sorted([name, *rivals])] = None
    for key, *names in found:
        yield _(
            "[keymap] {key} is the key of {names}, and only one of them can hear it. "
            "Give it to one alone.",
            key=_quoted(format_key(key)),
            names=_(" and ").join(map(_quoted, names)),
        )


def _meet(one: str, other: str) -> bool:
    """Whether two actions can hear keys at the same time."""
    kinds = {name.partition(".")[0] for name in (one, other)}
    if len(kinds) == 1 or _IN_DIALOGS in (one, other):
        return True
    return any(kinds <= together for together in _TOGETHER)


def _quoted(text: str) -> str:
    return repr(safe(text, maxlen=60))
