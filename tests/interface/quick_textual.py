"""Textual's own work in less time, for the thousand apps that are started here.

Each of these gives what Textual's own gives; none of them knows of fttui.
"""

from __future__ import annotations

from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from textual import _callback
from textual._compositor import Compositor
from textual.cache import FIFOCache
from textual.css import match, stylesheet
from textual.css.model import CombinatorType, RuleSet, Selector
from textual.css.styles import RenderStyles
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.renderables.background_screen import BackgroundScreen
from textual.strip import Strip

_SIZES = {
    "_divide_cache": 4,
    "_crop_cache": 16,
    "_style_cache": 16,
    "_filter_cache": 4,
    "_line_length_cache": 4,
    "_crop_extend_cache": 4,
    "_offsets_cache": 4,
}


def make_quick(patch: pytest.MonkeyPatch) -> None:
    """Put these in the place of Textual's."""
    _parse_once(patch)
    _match_the_last_first(patch)
    _make_caches_when_asked(patch)
    _paint_what_is_below_once(patch)
    _ask_in_few_steps(patch)


def _parse_once(patch: pytest.MonkeyPatch) -> None:
    """The same text of styles with the same colours is parsed for the first app, not for each."""
    parse = Stylesheet._parse_rules
    known: dict[tuple[object, ...], Any] = {}

    def look_up(self: Stylesheet, *text: Any, **ways: Any) -> Any:
        key = (text, *ways.items(), *self._variables.items())
        if key not in known:
            known[key] = parse(self, *text, **ways)
        return known[key]

    patch.setattr(Stylesheet, "_parse_rules", look_up)


def _match_the_last_first(patch: pytest.MonkeyPatch) -> None:
    """Where the last selector does not hold for the widget itself, no other is looked at."""
    whole = match._check_selectors

    def check(selectors: list[Selector], nodes: list[Any]) -> bool:
        last = selectors[-1]
        if not last.check(nodes[-1]):
            return False
        alone = len(selectors) == 1 and last.combinator == CombinatorType.DESCENDENT
        return alone or whole(selectors, nodes)

    patch.setattr(match, "_check_selectors", check)
    patch.setattr(stylesheet, "_check_selectors", check)
    patch.setattr(RuleSet, "__hash__", object.__hash__)  # of what it is, as Textual's


def _make_caches_when_asked(patch: pytest.MonkeyPatch) -> None:
    """Of the seven caches of a painted line most are never asked."""

    def begin(self: Strip, segments: Any, cell_length: int | None = None) -> None:
        self._segments = list(segments)
        self._cell_length = cell_length
        self._render_cache = self._link_ids = self._cell_count = None

    def make(self: Strip, name: str) -> Any:
        if name not in _SIZES:
            raise AttributeError(name, name=name, obj=self)
        cache: FIFOCache[Any, Any] = FIFOCache(_SIZES[name])
        setattr(self, name, cache)
        return cache

    patch.setattr(Strip, "__init__", begin)
    patch.setattr(Strip, "__getattr__", make, raising=False)


def _paint_what_is_below_once(patch: pytest.MonkeyPatch) -> None:
    """What shows through a dialog is painted when it has changed, not whenever the dialog is."""
    paint = BackgroundScreen.__rich_console__
    painted: WeakKeyDictionary[Compositor, tuple[Any, list[Any]]] = WeakKeyDictionary()

    def look_up(self: BackgroundScreen, console: Any, options: Any) -> Any:
        color, segments = painted.get(self.screen._compositor, (None, []))
        if color != self.color:
            segments = list(paint(self, console, options))
            painted[self.screen._compositor] = self.color, segments
        return segments

    def forget_before(name: str) -> None:
        change = getattr(Compositor, name)

        def forget_and_change(self: Compositor, *what: Any) -> Any:
            if what != (set(),):
                painted.pop(self, None)
            return change(self, *what)

        patch.setattr(Compositor, name, forget_and_change)

    for name in ("reflow", "reflow_visible", "update_widgets"):
        forget_before(name)
    patch.setattr(BackgroundScreen, "__rich_console__", look_up)


def _ask_in_few_steps(patch: pytest.MonkeyPatch) -> None:
    """What is asked a million times: parents, rules of styles, and how many arguments are taken."""
    count = _callback._count_parameters

    def count_parameters(func: Any) -> int:
        if type(func) is not FunctionType or hasattr(func, "__wrapped__"):
            return count(func)
        code = func.__code__
        variable = bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
        return code.co_argcount + code.co_kwonlyargcount + variable

    def ancestors_with_self(self: DOMNode) -> list[Any]:
        nodes: list[Any] = [self]
        while (parent := nodes[-1]._MessagePump__parent) is not None:
            if (node := parent()) is None:
                break
            nodes.append(node)
        return nodes

    def get_rule(self: RenderStyles, rule_name: str, default: object = None) -> object:
        inline = self._inline_styles._rules
        if rule_name in inline:
            return inline.get(rule_name, default)
        return self._base_styles._rules.get(rule_name, default)

    patch.setattr(_callback, "_count_parameters", count_parameters)
    patch.setattr(DOMNode, "ancestors_with_self", property(ancestors_with_self))
    patch.setattr(RenderStyles, "get_rule", get_rule)
