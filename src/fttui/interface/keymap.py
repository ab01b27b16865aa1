"""The keys that a user gave to bindings in the settings: which can be had, and what is wrong."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib import import_module

from textual.binding import Binding, InvalidBinding
from textual.dom import DOMNode

import fttui.interface
from fttui.terminal.language import _
from fttui.terminal.text import safe


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
                own = kind.__dict__.get("BINDINGS", [])
                yield from ((kind, each) for each in Binding.make_bindings(own))


def read_keymap(wanted: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The keys by binding id, as Textual names them, and a sentence for each that cannot be had."""
    known = {binding.id for _unused, binding in named_bindings() if binding.id} if wanted else set()
    keymap: dict[str, str] = {}
    problems: list[str] = []
    for name, keys in wanted.items():
        shown = repr(safe(name, maxlen=60))
        if name not in known:
            close = get_close_matches(name, known, 1)
            advice = (
                _("Did you mean {close!r}?", close=close[0])
                if close
                else _("Help (F1) shows them all.")
            )
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
    return keymap, problems
