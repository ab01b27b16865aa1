"""The last line of a screen: the keys that matter now.

Textual's own footer mounts its keys anew whenever the focus moves, which lays out and repaints the
whole screen: 11 KB for a Tab. This one is a single line that changes only when its text does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from rich.cells import cell_len
from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode
from textual.keys import key_to_character
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import TabPane

from fttui.interface.guard.app import SafeApp
from fttui.terminal.language import _, marked
from fttui.terminal.text import safe

MOST_KEYS = 6
_GREYED = "$text-disabled"
_NAMED = {
    marked("space"),
    marked("home"),
    marked("end"),
    marked("pgup"),
    marked("pgdn"),
    marked("del"),
    marked("esc"),
}
"""Keys that are called by words."""
_KEY = re.compile(r"(.*[\^+])?(\w+)")
_SIGNS = {"slash": "/", "backslash": "\\", "at": "@", "minus": "-", "plus": "+", "underscore": "_"}
"""Keys of which Textual does not tell the character, for it has names of its own for them."""
_RANKS = {"first_run.leave": 1, "app.help": 2}


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key as the last line shows it; those of a `rank` stand at the end and are left out last."""

    key: str
    display: str
    meaning: str
    enabled: bool
    rank: int

    @property
    def width(self) -> int:
        """Cells with the gap to the next one."""
        return cell_len(self.display) + cell_len(self.meaning) + 3


class KeyLine(Widget):
    """The last line of a screen: what is waited for, a sentence if there is one, and the keys.

    Those are the active bindings that want to be shown, the nearest first: six at most, and only
    whole ones. The way back and help stand at the end, and are left out last. A click on one
    presses its key. What its owner has in `unnamed_keys`, by id, only says why it cannot act now.
    """

    DEFAULT_CSS = """
    KeyLine {
        dock: bottom;
        height: 1;
        padding: 0 1;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    def __init__(self) -> None:
        super().__init__(classes="key-line")
        self._keys: tuple[ShownKey, ...] = ()
        self._waiting = ""
        self._sentence = ""

    def show_waiting(self, word: str) -> None:
        """Put `word` in front of all else, or take it away with ""."""
        if word != self._waiting:
            self._waiting = word
            self.refresh()

    def show_sentence(self, sentence: str) -> None:
        """Say `sentence` in front of the keys, or no more with ""; it is shown as it is."""
        if sentence != self._sentence:
            self._sentence = safe(sentence)
            self.refresh()

    @property
    def sentence(self) -> str:
        """The sentence in front of the keys."""
        return self._sentence

    def on_mount(self) -> None:
        """Follow the bindings of the screen that this line is on."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)
        self.show_waiting(getattr(self.app, "waiting_word", ""))

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            self.call_after_refresh(self._follow)

    def _follow(self) -> None:
        if not self.is_attached:
            return
        keys = tuple(shown_keys(self.screen))
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    @property
    def keys(self) -> list[ShownKey]:
        """Those that there is room for."""
        shown = list(self._keys)
        room = self.size.width - cell_len(self._words)
        while len(shown) > MOST_KEYS or sum(each.width for each in shown) - 2 > room:
            others = [each for each in shown if not each.rank] or shown[:-1]
            if not others:
                break
            shown.remove(others[-1])
        return shown

    @property
    def _words(self) -> str:
        return "".join(f"{each}  " for each in (safe(self._waiting), self._sentence) if each)

    def render(self) -> Content:
        """The words, then key and meaning as often as there is room for."""
        parts: list[Content | tuple[str, str]] = []
        if self._waiting:
            parts.append((f"{safe(self._waiting)}  ", "bold"))
        if self._sentence:
            parts.append((f"{self._sentence}  ", "bold $text-warning"))
        for each in self.keys:
            style = "$footer-key-foreground bold" if each.enabled else _GREYED
            parts.append((f"{each.display} ", style))
            parts.append((f"{each.meaning}  ", "" if each.enabled else _GREYED))
        shown = Content.assemble(*parts)
        return shown if shown.cell_length <= self.size.width else shown.rstrip()

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        place = event.get_content_offset(self)
        start = cell_len(self._words)
        if place is None or place.x < start:
            return
        for each in self.keys:
            start += each.width
            if place.x < start:
                if each.enabled:
                    self.app.simulate_key(each.key)
                return


def shown_keys(screen: Screen[Any]) -> Iterator[ShownKey]:
    """One key of each active binding of `screen` that wants to be shown."""
    keys: dict[str, ShownKey] = {}
    for node, binding, enabled, _tooltip in screen.active_bindings.values():
        if not binding.show or _is_text(screen, binding):
            continue
        if binding.id in getattr(node, "unnamed_keys", ()):
            continue
        known = keys.get(binding.action)
        if known and not _is_shorter(binding.key, known.key):
            continue
        name = binding.id or ""
        rank = _RANKS.get(name, 1 if name.endswith(".back") else 0)
        display = key_display(screen.app, binding)
        keys[binding.action] = ShownKey(binding.key, display, binding.description, enabled, rank)
    yield from sorted(keys.values(), key=lambda each: each.rank)


def _is_shorter(key: str, known: str) -> bool:
    """True when `key` is better named: Esc before all, and a letter before what is no letter."""
    if "escape" in (key, known):
        return key == "escape"
    return key_to_character(known) is None and key_to_character(key) is not None


def _is_text(screen: Screen[Any], binding: Binding) -> bool:
    """True for a key that is text where the focus is, so that its binding is out."""
    character = _SIGNS.get(binding.key) or key_to_character(binding.key)
    if character is None or not character.isprintable():
        return False
    focused = screen.focused
    return getattr(screen, "takes_letters", False) or (
        focused is not None and focused.check_consume_key(binding.key, character)
    )


def key_display(app: App[Any], binding: Binding) -> str:
    """The key as it is written; `key_display` is for a binding's first key only."""
    if binding.key_display and key_to_character(binding.key) is None:
        binding = replace(binding, key_display=None)
    return app.get_key_display(binding)


def named_key(shown: str) -> str:
    """A key as Textual writes it, by the word that stands on the keyboard: `^home`, `esc`."""
    found = _KEY.fullmatch(shown)
    return f"{found[1] or ''}{_(found[2])}" if found and found[2] in _NAMED else shown


_GROUPS = {
    "tab": _("Tabs"),
    "create": _("Create Fine-Tuning Job"),
    "field": _("Create Fine-Tuning Job"),
    "jobs": _("List Fine-Tuning Jobs"),
    "filter": _("List Fine-Tuning Jobs"),
    "table": _("List Fine-Tuning Jobs"),
    "text": _("List Fine-Tuning Jobs"),
    "file_list": _("Files"),
    "models": _("Models"),
    "playground": _("Playground"),
    "endpoints": _("Endpoints"),
    "app": _("Everywhere"),
}


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be asked for: its group, words, keys as shown, action and binding id."""

    group: str
    text: str
    keys: str
    action: str
    name: str
    owner: DOMNode


def active_commands(screen: Screen[Any]) -> list[Command]:
    """Each named binding that acts on `screen`, with the keys it has now.

    What is in front comes first, what acts everywhere last.
    """
    title = screen.title or _("On this screen") if screen.is_modal else ""
    found: dict[str, Command] = {}
    for owner in _owners(screen):
        for _unused, binding in _bindings_of(owner):
            name = binding.id or ""
            kind = name.partition(".")[0]
            group = title if title and kind != "app" else _GROUPS.get(kind, title)
            if name and binding.description and group and name not in found:
                keys = _keys_of(owner, name)
                found[name] = Command(group, binding.description, keys, binding.action, name, owner)
    groups = list(dict.fromkeys(command.group for command in found.values()))
    if _GROUPS["app"] in groups:
        groups.remove(_GROUPS["app"])
        groups.append(_GROUPS["app"])
    return sorted(found.values(), key=lambda command: groups.index(command.group))


def _owners(screen: Screen[Any]) -> Iterator[DOMNode]:
    """What hears the keys on `screen`, the nearest to the focus first; on top of the tabs all."""
    focused = screen.focused
    if screen.is_modal:
        if focused is not None:
            yield from (node for node in focused.ancestors_with_self if node is not screen.app)
        yield screen
        yield from screen.walk_children()
        return
    panes = [pane for tab in screen.query(TabPane) for pane in tab.children]
    yield from (pane for pane in panes if pane.is_on_screen)
    yield from (focused.ancestors_with_self if focused is not None else ())
    yield from (*panes, screen.app)


def app_commands(app: App[Any], screen: Screen[Any]) -> Iterable[SystemCommand]:
    """The palette's entries: every active command, and Textual's choice of themes."""
    for command in active_commands(screen):
        if command.action == "command_palette":
            continue  # it is open
        yield SystemCommand(
            command.text,
            f"{command.group} · {command.keys}",
            lambda command=command: app.call_later(_run, app, command),
        )
    yield SystemCommand(_("Theme"), _("Choose how fttui looks"), app.action_change_theme)
    yield SystemCommand(
        _("Save a picture of this screen"),
        _("An SVG, without keys, secrets and the ids of your account"),
        lambda: app.call_later(app.run_action, "ask('save_picture')"),
    )


async def _run(app: App[Any], command: Command) -> None:
    await app.run_action(command.action, default_namespace=command.owner)


def _bindings_of(node: DOMNode) -> Iterator[tuple[str, Binding]]:
    """Key and binding of all that `node` binds itself, remapped keys included.

    The one place that reads Textual's private tables: its public `active_bindings` tells only of
    the focused widget and its parents, and help must tell of every tab.
    """
    table = node._bindings.copy()
    table.apply_keymap(node.app._keymap)
    for key, bindings in table.key_to_bindings.items():
        for binding in bindings:
            yield key, binding


def keys_by_name(*owners: DOMNode) -> dict[str, str]:
    """The key of each named binding of `owners`, as it is bound and shown now."""
    keys: dict[str, str] = {}
    for owner in owners:
        for _unused, binding in _bindings_of(owner):
            if binding.id:
                keys.setdefault(binding.id, owner.app.get_key_display(binding))
    return keys


def _keys_of(owner: DOMNode, name: str) -> str:
    shown = [
        key_display(owner.app, binding) for _, binding in _bindings_of(owner) if binding.id == name
    ]
    return " ".join(dict.fromkeys(shown))


SECONDS = 3.0


class Waits:
    """What the app waits for; `named` is entered by each piece of work in the background."""

    def __init__(self, app: SafeApp[Any]) -> None:
        self._app = app
        self._lasting: list[str] = []

    @contextmanager
    def named(self, what: str) -> Iterator[None]:
        """Name `what` from three seconds on until the block is left; on the app's loop."""
        is_late = False

        def late() -> None:
            nonlocal is_late
            is_late = True
            self._lasting.append(what)
            self._show()

        timer = self._app.set_timer(SECONDS, late)
        try:
            yield
        finally:
            timer.stop()
            if is_late:
                self._lasting.remove(what)
                self._show()

    def _show(self) -> None:
        """Name what has been waited for the longest."""
        word = _("Waiting for {lasting}…", lasting=self._lasting[0]) if self._lasting else ""
        self._app.waiting_word = word
        for screen in self._app.screen_stack:
            for line in screen.query(KeyLine):
                line.show_waiting(word)
