"""The last line of a screen: the keys that matter now.

Textual's own footer mounts its keys anew whenever the focus moves, which lays out and repaints the
whole screen: 11 KB for a Tab. This one is a single line that changes only when its text does.
"""

from __future__ import annotations

from dataclasses import replace

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.keys import key_to_character
from textual.screen import Screen
from textual.widget import Widget

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
