"""Screens that tell each widget its size, and repaint only what looks different.

Textual repaints a whole screen whenever its focus moves, 8 to 11 KB for a Tab on a screen of 120
by 40. The widgets that lose and gain the focus repaint themselves, so nothing is missed.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, TypeVar

from textual import events
from textual._compositor import Compositor, ReflowResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.reactive import Reactive
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from fttui.interface.guard.painting import ChangedCells, only_changed_cells
from fttui.interface.guard.typing_ahead import OrderedApp, is_at_work, now
from fttui.terminal.language import _

_ALWAYS = frozenset({"escape", "ctrl+q", "ctrl+l", "ctrl+z"})
_AGAIN = 0.02
_LONGEST_PAINT = 10.0
_MOST_TURNS = 500

T = TypeVar("T")


def _is_seen(screen: Screen[Any]) -> bool:
    """True of a screen on top, and of one that shows through all that stands before it.

    Textual paints what lies below an opaque dialog as well: each change there would send the whole
    dialog again, three times.
    """
    stack = screen.app.screen_stack
    above = stack[stack.index(screen) + 1 :] if screen in stack else []
    return all(each.styles.background.a < 1 for each in above)


class _Layout(Compositor):
    """Textual's, which compares each layout with the last one.

    Its own compares it with what anybody's question for a place has made of the last one. A widget
    that is new, and was asked for between two layouts, would never be told its size: a table would
    stay without columns.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last = self._full_map

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        """Lay out; `shown` and `resized` are all to whom the last layout told something else."""
        self._full_map = self._last
        result = super().reflow(parent, size)
        self._last = self._full_map
        return result

    def render_partial_update(self) -> ChangedCells | None:
        """What has changed since the last paint."""
        return only_changed_cells(self)

    def clear(self) -> None:
        """Hold no widget any more."""
        super().clear()
        self._last = self._full_map


class BaseScreen(Screen[T]):
    """A screen for the app itself, and what it has in common with the dialogs."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def __init__(
        self, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name, id, classes)
        self._compositor = _Layout()

    @property
    def is_current(self) -> bool:
        """True while it can be seen, so that it is painted."""
        return super().is_current and _is_seen(self)

    def on_compose(self) -> None:
        """Fit this window from the first paint on: Textual sets these classes only after it.

        Here no widget is on the screen yet; later each of them would have to be styled anew.
        """
        width, height = self.app.size
        for size, breakpoints in (
            (width, self.app.HORIZONTAL_BREAKPOINTS),
            (height, self.app.VERTICAL_BREAKPOINTS),
        ):
            fitting = [(least, name) for least, name in breakpoints or () if size >= least]
            if fitting:
                self.add_class(max(fitting)[1])

    def _screen_resized(self, size: Size) -> None:
        """Lay out for another size; Textual does it three times for the first one."""
        if self._layout_required or self._compositor.size != size:
            super()._screen_resized(size)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Do not style a new screen twice: its widgets came with their styles."""
        event.refresh_styles = False


class FirstScreen(BaseScreen[T]):
    """The app's own screen: laid out and painted as soon as all that is on it has come to rest.

    Textual does both three times at the start: before the widgets have asked for it, for a size
    that is known already, and once more when they have asked.
    """

    # What is on it takes the focus itself: Textual would give it to the tabs first.
    AUTO_FOCUS = ""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._is_there = False
        self._coming: asyncio.Task[None] | None = None

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Begin with the first layout."""
        if self._coming is None:
            self._coming = asyncio.create_task(self._come(), name="first paint")

    async def _come(self) -> None:
        app: OrderedApp[Any] = self.app  # type: ignore[assignment]
        for _unused in range(_MOST_TURNS):
            if not (app._batch_count or is_at_work(app)):
                break
            await asyncio.sleep(0)
        self._is_there = True
        self._refresh_layout(self.app.size)
        for widget in (self, *self.walk_children(Widget)):
            # By its next message each would ask for what is done for all of them here; but where a
            # scroll bar has come, there is less room now.
            if not any(widget.scrollbars_enabled):
                widget._layout_required = False
            widget._repaint_required = False

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        if self._is_there:
            super()._refresh_layout(size, scroll)

    def _on_timer_update(self) -> None:
        if self._is_there:
            super()._on_timer_update()
        else:
            self._update_timer.pause()


class Dialog(ModalScreen[T], BaseScreen[T]):
    """A screen for a dialog; its `TITLE` is what help calls it. Keys for help act on each."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "app.help", _("Help"), id="app.help", key_display="?"),
    ]

    @property
    def keys_wait(self) -> bool:
        """True while what a key has asked for is on its way, so that later keys must wait."""
        return False

    @property
    def is_open(self) -> bool:
        """True until it is left, also while another dialog stands in front of it."""
        return self.is_attached and self in self.app.screen_stack

    @property
    def takes_letters(self) -> bool:
        """True while letters are text here wherever the focus is."""
        return False

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close with `result`; one that is not on top, or gone already, is left as it is.

        An answer that comes late must not close what was opened since.
        """
        return super().dismiss(result) if self.is_active else AwaitComplete()


class ReadFirst(Dialog[T]):
    """A dialog that takes no key but Esc until it was in sight for `deaf_seconds`.

    What was typed before that was not meant for it. Such keys are thrown away, and `refuse_key`
    is told of each.
    """

    deaf_seconds: ClassVar[float] = 0.0
    awake_at: float = float("inf")
    is_painted: bool = False
    """False until it is known when it could be seen, so that no key can be judged yet."""
    _asleep_at: float = 0.0

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Be deaf for a moment each time the dialog comes into sight."""
        self.fall_asleep()

    def fall_asleep(self) -> None:
        """Be deaf until the next paint, and for a moment after it."""
        self.is_painted = False
        self._asleep_at = now()
        self.call_after_refresh(self.wake_soon)

    def wake_soon(self) -> None:
        """It is painted: from now on it can be read."""
        painted = self.app.painted_since(self._asleep_at)  # type: ignore[attr-defined]
        if painted is None and now() - self._asleep_at < _LONGEST_PAINT:  # the link is slow
            self.set_timer(_AGAIN, self.wake_soon)
            return
        begin, end = painted or (now(), now())
        self.awake_at = end + self.deaf_seconds if self.deaf_seconds else begin
        self.is_painted = True

    def is_too_early(self, event: events.Key) -> bool:
        """True of a key that must do nothing here: it was not meant for this."""
        return event.time < self.awake_at and event.key not in _ALWAYS

    def refuse_key(self, event: events.Key) -> None:
        """`event` came too early and does nothing."""
