"""The keys of the tab "Endpoints"."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from fttui.terminal.language import _

ENDPOINT_KEYS: list[BindingType] = [
    Binding("enter", "switch", _("Go to it"), id="endpoints.switch"),
    Binding("n", "add", _("New"), id="endpoints.new"),
    Binding("e", "edit", _("Edit"), id="endpoints.edit"),
    Binding("t", "check", _("Test"), id="endpoints.check"),
    Binding("K", "key", _("Key"), id="endpoints.key"),
    Binding("x", "forget", _("Forget"), id="endpoints.forget"),
    Binding("i", "show_whole", _("All of it"), id="endpoints.whole", show=False),
    Binding("T", "check_all", _("Test all"), id="endpoints.check_all", show=False),
    Binding("y", "copy_url", _("Copy the base URL"), id="endpoints.copy_url", show=False),
    Binding("r", "app.ask('list_profiles')", _("Read anew"), id="endpoints.reload", show=False),
    Binding("j", "table('move', 1)", _("Down"), id="endpoints.down", show=False),
    Binding("k", "table('move', -1)", _("Up"), id="endpoints.up", show=False),
    Binding("g", "table('scroll_top')", _("First profile"), id="endpoints.top", show=False),
    Binding("G", "table('scroll_bottom')", _("Last profile"), id="endpoints.bottom", show=False),
    Binding("l", "table('pan', 1)", _("More columns"), id="endpoints.right", show=False),
    Binding("h", "table('pan', -1)", _("Columns back"), id="endpoints.left", show=False),
    Binding("escape", "stop", _("Stop testing"), id="endpoints.stop", show=False),
]
