"""Keys that come faster than the screen follows act where their writer meant them.

Textual hands a key to the focused widget and looks for its binding only when that widget and all
above it have let it pass. Keys that came in the same read are handed out meanwhile, to the widget
that had the focus before. So what moves the focus, and what a widget takes no text with, acts at
once.
"""

from __future__ import annotations

from typing import Any

from textual import events
from textual.app import App
from textual.widget import Widget

FOCUS_KEYS = frozenset({"tab", "shift+tab"})


async def act_at_once(app: App[Any], event: events.Key) -> bool:
    """Run the binding of `event` now, if that keeps keys in order; True when it was run.

    A widget that takes text has keys waiting of its own, which its other bindings must not pass
    by. A screen with `hears_keys_first` decides about every key itself.
    """
    screen, focused = app.screen, app.focused
    if getattr(screen, "hears_keys_first", False):
        return False
    takes_text = focused is not None and focused.check_consume_key("a", "a")
    if takes_text and event.key not in FOCUS_KEYS:
        return False
    if focused is not None and focused.check_consume_key(event.key, event.character):
        return False
    active = screen.active_bindings.get(event.key)
    if active is None or not active.enabled or active.binding.priority:
        return False
    return await app.run_action(active.binding.action, active.node)


def focus_now(widget: Widget) -> None:
    """Give `widget` the focus before the next key, where `focus()` waits for those in the queue."""
    widget.screen.set_focus(widget)
