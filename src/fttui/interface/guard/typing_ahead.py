"""Keys act in the order in which they were typed, each where its writer meant it.

Textual hands a key to the widget that has the focus now, and what that key does comes about later,
in the queues of other widgets. A key that follows at once would go to where the focus was before.
So keys stand in a line here: each is handed over when all that the one before it did is done, and
when the screen or tab that it asked for is there. They never wait for the network.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable
from typing import Any, TypeVar

from textual import events
from textual.app import App
from textual.dom import DOMNode, NoScreen
from textual.message import Message
from textual.message_pump import MessagePump
from textual.widget import Widget

from fttui.interface.guard.terminal_input import esc_letter, read_number

BURST_SECONDS = 0.03
OVERTAKES = "ctrl+q"
_STUCK_SECONDS = 5.0
_LOOKS_AT_ONCE = 50
_PAUSE = 0.002
_HELD_PAUSE = 0.004

KeyOrPaste = events.Key | events.Paste

_NAMES = {"\x7f": "backspace"}
_WRITTEN = {
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "delete": "\x1b[3~",
    "escape": "\x1b",
    "enter": "\r",
    "tab": "\t",
    "backspace": "\x7f",
}


class KeysInLine:
    """The keys and pastes of one app, in line.

    Where a screen waits for what a key has asked of it, Esc is let through and the keys typed
    before it are thrown away: they were meant for what does not come now. Ctrl+Q overtakes all.
    `taken` is how many keys and pastes there were so far.
    """

    def __init__(self, app: OrderedApp[Any]) -> None:
        self._app = app
        self._line: deque[KeyOrPaste] = deque()
        self.taken = 0
        self._on_the_way = 0
        self._text_to: Widget | None = None
        self._feeding: asyncio.Task[None] | None = None
        self._overtaken_at = float("-inf")

    @property
    def is_empty(self) -> bool:
        """True when no key waits and all that the last one did is done."""
        return self._feeding is None and not self._line

    @property
    def is_held(self) -> bool:
        """True while keys wait for something that one of them has asked for."""
        return bool(self._line) and self._app.keys_wait and not self._esc_place()

    @property
    def is_waited_for(self) -> bool:
        """True while keys wait for their turn."""
        return bool(self._line)

    def throw_away(self) -> bool:
        """Forget the keys that wait; True when there were any."""
        had_some = bool(self._line)
        self._line.clear()
        return had_some

    async def take(self) -> bytes:
        """What waits, as a terminal writes it; it waits no more."""
        return "".join(map(_as_typed, await self.give_over())).encode("utf-8", "replace")

    async def give_over(self) -> tuple[KeyOrPaste, ...]:
        """What waits, for another app; it waits no more."""
        for _ in range(_LOOKS_AT_ONCE):  # what was read last is still on its way
            if not is_at_work(self._app):
                break
            await asyncio.sleep(0)
        waiting = (*self._line,)
        self._line.clear()
        return waiting

    def take_over(self, events: Iterable[KeyOrPaste]) -> None:
        """Let `events` act before all that waits: they were typed while there was another app."""
        self._line.extendleft(reversed([*events]))
        if self._line and self._feeding is None:
            self._feeding = asyncio.create_task(self._feed(), name="keys in line")

    def may_act(self, event: KeyOrPaste) -> bool:
        """True when it is the turn of `event`; else it is put in line and acts later."""
        self.taken += 1
        if event.time < self._overtaken_at:
            return False
        if isinstance(event, events.Key) and event.key == OVERTAKES:
            self._line.clear()
            return True
        target = self._text_target(event)
        is_turn = not (self._line or self._on_the_way or self._app.keys_wait or _esc_letter(event))
        if is_turn and (self._feeding is None or (target and target is self._text_to)):
            self._text_to = target
        else:
            is_turn = False
            self._line.append(event)
        if self._feeding is None:
            self._feeding = asyncio.create_task(self._feed(), name="keys in line")
        return is_turn

    def overtake(self, event: events.Key) -> None:
        """Let `event` act next, and throw away what was typed before it and did not act yet.

        It would stand behind thousands of keys in the app's queue, where a cat on the keyboard or
        a paste without brackets has put them.
        """
        self._overtaken_at = event.time
        self._line.clear()
        queue: Any = self._app._message_queue
        try:
            queue.values.appendleft(event)
            queue.ready_event.set()
        except AttributeError:  # another queue than the one we know
            self._app.post_message(event)

    async def _feed(self) -> None:
        """Hand over one event after the other until none is left."""
        try:
            await self._quiet()
            while self._line:
                if self._app.keys_wait:
                    if not (place := self._esc_place()):
                        await asyncio.sleep(_HELD_PAUSE)
                        continue
                    for _ in range(place - 1):
                        self._line.popleft()
                self._hand_over()
                await self._quiet()
        finally:
            self._feeding = self._text_to = None

    def _esc_place(self) -> int:
        """The place in line, from 1, of an Esc that ends the wait; 0 without one.

        What was typed before it is not wanted then.
        """
        if self._app.esc_ends_wait:
            for place, event in enumerate(self._line, 1):
                if isinstance(event, events.Key) and event.key == "escape":
                    return place
        return 0

    def _hand_over(self) -> None:
        """Hand over the next event, and with a letter all text that follows for its widget."""
        event = self._distinguished(self._line.popleft())
        self._text_to = target = self._text_target(event)
        self._send(event)
        while target and self._line and self._text_target(self._line[0]) is target:
            self._send(self._line.popleft())

    def _send(self, event: KeyOrPaste) -> None:
        """Let the app act on `event` when it is through with what came before."""
        self._on_the_way += 1
        self._app.call_later(self._act, event)

    async def _act(self, event: KeyOrPaste) -> None:
        self._on_the_way -= 1
        if event.time >= self._overtaken_at:
            await self._app.act_on(event)

    def _distinguished(self, event: KeyOrPaste) -> KeyOrPaste:
        """Where no text is edited, a key that moves by words is the key Esc and a letter."""
        letter, focused = _esc_letter(event), self._app.focused
        if not letter or (focused is not None and focused.check_consume_key("a", "a")):
            return event
        esc, key = events.Key("escape", None), events.Key(_NAMES.get(letter, letter), letter)
        for each in (esc, key):
            each.time = event.time
        self._line.appendleft(key)
        return esc

    def _text_target(self, event: KeyOrPaste) -> Widget | None:
        """The widget that takes `event` as text, which moves no focus; None for all other keys."""
        focused = self._app.focused
        if focused is None or not isinstance(event, events.Key) or not event.is_printable:
            return None
        return focused if focused.check_consume_key(event.key, event.character) else None

    async def _quiet(self) -> None:
        """Return when nothing in the app is at work any more; in doubt after five seconds."""
        loop = asyncio.get_running_loop()
        end, looks = loop.time() + _STUCK_SECONDS, 0
        while is_at_work(self._app) and loop.time() < end:
            looks += 1
            await asyncio.sleep(0 if looks < _LOOKS_AT_ONCE else _PAUSE)


def let_overtake(app: Any, loop: asyncio.AbstractEventLoop, message: Message) -> bool:
    """Hand Ctrl+Q to the app at once, whatever waits there; False of all else. For any thread."""
    if not isinstance(message, events.Key) or message.key != OVERTAKES:
        return False
    with contextlib.suppress(RuntimeError):  # the loop is closed
        loop.call_soon_threadsafe(app.keys.overtake, message)
    return True


ResultT = TypeVar("ResultT")


class OrderedApp(App[ResultT]):
    """An app whose keys and pastes act in the order in which they came (`keys`)."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = KeysInLine(self)
        self.holds_keys = False

    async def on_event(self, event: events.Event) -> None:
        """Let keys and pastes act in the order in which they came."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            if self.keys.may_act(event):
                await self.act_on(event)
        else:
            await super().on_event(event)

    async def act_on(self, event: events.Event) -> None:
        """Handle an event whose turn it is."""
        await super().on_event(event)

    def hold_keys(self) -> None:
        """Let no key act from now on: the terminal is about to be lent."""
        self.holds_keys = True

    def release_keys(self, *, keep: bool = False) -> None:
        """Let keys act again; unless they are kept, those typed meanwhile were not meant for us."""
        if not keep:
            self.keys.throw_away()
        self.holds_keys = False

    @property
    def keys_are_through(self) -> bool:
        """True when all keys have acted, or wait for a screen that is not there."""
        return self.keys.is_empty or self.keys.is_held

    @property
    def keys_wait(self) -> bool:
        """True while the screen that keys are meant for is not there, or waits for something.

        `holds_keys` is True while the terminal is about to be lent, and what is typed is not ours.
        """
        if self.holds_keys or not self.screen_stack:
            return True
        is_there = self.screen.is_mounted and getattr(self.screen, "is_painted", True)
        return not is_there or self.esc_ends_wait

    @property
    def esc_ends_wait(self) -> bool:
        """True while the screen waits for what a key has asked of it (`keys_wait` there)."""
        return self.screen.is_mounted and getattr(self.screen, "keys_wait", False)


def _as_typed(event: KeyOrPaste) -> str:
    """What a terminal writes for a key or a paste; "" for a key that has no character."""
    if isinstance(event, events.Paste):
        return event.text
    if letter := esc_letter(event):
        return f"\x1b{letter}"
    return event.character or _WRITTEN.get(event.key, "")


def _esc_letter(event: KeyOrPaste) -> str:
    return esc_letter(event) if isinstance(event, events.Key) else ""


def is_at_work(app: OrderedApp[Any]) -> bool:
    """True while a message is queued or being handled by the app, a screen or a widget."""
    screens = app.screen_stack
    focused = screens[-1].focused if screens else None
    near = [app, *screens, *(focused.ancestors_with_self if focused else ())]
    if any(_is_busy(pump) for pump in near if isinstance(pump, MessagePump)):
        return True
    nodes: list[DOMNode] = [child for screen in screens for child in screen.children]
    while nodes:  # Textual's own walk takes three times as long, and keys wait for this one
        node = nodes.pop()
        if _is_busy(node):
            return True
        nodes += node.children
    return False


def _is_busy(pump: MessagePump) -> bool:
    """True while `pump` has messages, handles one, or is only being started.

    The one place that asks the queues themselves: a pump that waits for its next message is the
    only one with nothing left to do, and Textual has no public way to tell.
    """
    if pump._closing or pump._closed:
        return False
    queue: Any = pump._message_queue
    try:
        return bool(queue.values) or not queue.ready_event._waiters
    except AttributeError:  # another queue than the one we know: keys must get through all the same
        return pump.message_queue_size > 0


def came_together(first: events.Event | None, second: events.Event) -> bool:
    """True when two keys or pastes came in one burst: in one read of the terminal.

    Without a terminal, and for reads that follow at once, it is the time between them that tells.
    """
    if first is None:
        return False
    apart = second.time - first.time
    reads = read_number(first), read_number(second)
    if None in reads:
        return apart < BURST_SECONDS
    return reads[0] == reads[1] or apart < BURST_SECONDS / 3


def focus_now(widget: Widget) -> None:
    """Give `widget` the focus before the next key, where `focus()` waits for those in the queue.

    What fttui's screens and panes move a focus with; between tabs it is `AppTabs`.
    """
    with contextlib.suppress(NoScreen):
        widget.screen.set_focus(widget)


def now() -> float:
    """The present on the clock that events carry, in seconds."""
    return Message().time
