"""The keys of the tab "Playground"; where text is typed, letters are text."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from fttui.terminal.language import _

CHAT_KEYS: list[BindingType] = [
    Binding("ctrl+s", "send", _("Send"), id="playground.send"),
    Binding("escape", "stop", _("Stop the answer"), id="playground.stop"),
    Binding("y", "copy", _("Copy the answer"), id="playground.copy"),
    Binding("c", "copy_menu", _("Copy menu"), id="playground.copy_menu"),
    Binding("ctrl+t,o", "turn", _("Other answer"), id="playground.other"),
    Binding("ctrl+n", "new_chat", _("New chat"), id="playground.new"),
    Binding("ctrl+o", "examples", _("Examples"), id="playground.examples"),
]

TRIAL_KEYS: list[BindingType] = [
    Binding("enter", "select_cursor", _("Whole example"), id="playground.example"),
    Binding("j", "move(1)", _("Down"), show=False, id="table.down"),
    Binding("k", "move(-1)", _("Up"), show=False, id="table.up"),
    Binding("g", "scroll_top", _("First row"), show=False, id="table.top"),
    Binding("G", "scroll_bottom", _("Last row"), show=False, id="table.bottom"),
]
