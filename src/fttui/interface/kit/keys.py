"""The last line of a screen: the keys that matter now.

Textual's own footer mounts its keys anew whenever the focus moves, which lays out and repaints the
whole screen: 11 KB for a Tab. This one is a single line that changes only when its text does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode
from textual.keys import key_to_character
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from fttui.interface.guard.app import GuardedApp
from fttui.terminal.text import safe

MOST_KEYS = 6


class KeyLine(Widget):
    """Shows the first six active bindings that want to be shown; a click on one presses its key."""

    def __init__(self) -> None:
        super().__init__(classes="key-line")
        self._shown: tuple[tuple[str, str, str, bool], ...] = ()
        self._waiting = ""

    def show_waiting(self, word: str) -> None:
        """Put `word` in front of the keys, or take it away with ""."""
        if word != self._waiting:
            self._waiting = word
            self.refresh()

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
        keys: dict[str, tuple[str, str, str, bool]] = {}
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            if not binding.show or self._is_text(binding):
                continue
            # Of several keys a letter is the shortest to read and to press.
            if binding.action not in keys or key_to_character(binding.key) is not None:
                display = self._display(binding)
                keys[binding.action] = (binding.key, display, binding.description, enabled)
        shown = tuple(keys.values())[:MOST_KEYS]
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def _is_text(self, binding: Binding) -> bool:
        """True for a key that the focused field takes as text, so that its binding is out."""
        character = key_to_character(binding.key)
        focused = self.screen.focused
        return (
            focused is not None
            and character is not None
            and focused.check_consume_key(binding.key, character)
        )

    def _display(self, binding: Binding) -> str:
        """The key as it is written; `key_display` is for a binding's first key only."""
        shown = self.app.get_key_display(binding)
        if binding.key_display and key_to_character(binding.key) is None:
            shown = self.app.get_key_display(replace(binding, key_display=None))
        return shown

    def render(self) -> Content:
        """Key and meaning, as often as there is room for."""
        parts: list[Content | tuple[str, str]] = []
        if self._waiting:
            parts.append((f"{safe(self._waiting)}  ", "bold"))
        for _, display, description, enabled in self._shown:
            parts.append((f"{display} ", "$footer-key-foreground bold" if enabled else "dim"))
            parts.append((f"{description}  ", "" if enabled else "dim"))
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        end = 1 + (len(safe(self._waiting)) + 2 if self._waiting else 0)
        for key, display, description, enabled in self._shown:
            end += len(display) + len(description) + 3
            if event.x < end:
                if enabled:
                    self.app.simulate_key(key)
                return


_GROUPS = {
    "tab": "Tabs",
    "create": "Create Fine-Tuning Job",
    "jobs": "List Fine-Tuning Jobs",
    "app": "Everywhere",
}


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be asked for: its group, words, keys as shown, and action."""

    group: str
    text: str
    keys: str
    action: str
    owner: DOMNode


def active_commands(app: App[Any]) -> list[Command]:
    """Each named binding of the app and of the panes, by group, with the keys it has now."""
    owners: list[DOMNode] = [app, *getattr(app, "listeners", [])]
    found: dict[str, Command] = {}
    for owner in owners:
        for _, binding in bindings_of(owner):
            name = binding.id or ""
            group = _GROUPS.get(name.partition(".")[0])
            if binding.description and group and name not in found:
                keys = _keys_of(owner, name)
                found[name] = Command(group, binding.description, keys, binding.action, owner)
    groups = list(_GROUPS.values())
    return sorted(found.values(), key=lambda command: groups.index(command.group))


def app_commands(app: App[Any], screen: Screen[Any]) -> Iterable[SystemCommand]:
    """The palette's entries: every active command, and Textual's choice of themes."""
    for command in active_commands(app):
        yield SystemCommand(
            command.text,
            f"{command.group} · {command.keys}",
            lambda command=command: app.call_later(_run, app, command),
        )
    yield SystemCommand("Theme", "Choose how fttui looks", app.action_change_theme)


async def _run(app: App[Any], command: Command) -> None:
    await app.run_action(command.action, default_namespace=command.owner)


def bindings_of(node: DOMNode) -> Iterator[tuple[str, Binding]]:
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
        for _, binding in bindings_of(owner):
            if binding.id:
                keys.setdefault(binding.id, owner.app.get_key_display(binding))
    return keys


def _keys_of(owner: DOMNode, name: str) -> str:
    shown: list[str] = []
    for key, binding in bindings_of(owner):
        if binding.id == name:
            first = owner.app.get_key_display(binding) if not shown else key
            shown.append(first.replace("question_mark", "?").replace("ctrl+", "^"))
    return " ".join(dict.fromkeys(shown))


class HintLine(Static):
    """A line of text of ours; `show_waiting` puts a word in front of it."""

    def __init__(self, text: str = "", *, id: str | None = None, classes: str = "") -> None:
        self._hint = Content(text)
        self._waiting = ""
        super().__init__(self._hint, id=id, classes=classes)

    def on_mount(self) -> None:
        """Show what is waited for already."""
        self.show_waiting(getattr(self.app, "waiting_word", ""))

    def show_hint(self, hint: Content) -> None:
        """Show `hint` from now on."""
        self._hint = hint
        waiting = Content.assemble((f"{safe(self._waiting)}  ", "bold"))
        self.update(waiting + hint if self._waiting else hint)

    def show_waiting(self, word: str) -> None:
        """Put `word` in front, or take it away with ""."""
        if word != self._waiting:
            self._waiting = word
            self.show_hint(self._hint)


SECONDS = 3.0


class Waits:
    """What the app waits for; `told` is entered by each piece of work in the background."""

    def __init__(self, app: GuardedApp[Any]) -> None:
        self._app = app
        self._lasting: list[str] = []

    @contextmanager
    def told(self, what: str) -> Iterator[None]:
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
        word = f"Waiting for {self._lasting[0]}…" if self._lasting else ""
        self._app.waiting_word = word
        for screen in self._app.screen_stack:
            for line in screen.query("KeyLine, HintLine"):
                assert isinstance(line, KeyLine | HintLine)
                line.show_waiting(word)
