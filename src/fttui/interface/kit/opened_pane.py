"""`OpenedPane`: what fills a tab that is made when it is first opened."""

from __future__ import annotations

from textual.containers import Vertical
from textual.widget import Widget

from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.typed_texts import CarriesTexts


class OpenedPane(CarriesTexts, Vertical):
    """A tab's content, that has the focus when it is opened, as soon as it is there.

    Keys that are typed before that wait.
    """

    is_there = False
    """True when all that it is composed of can take keys."""

    @property
    def keys_wait(self) -> bool:
        """True until it is there."""
        return not self.is_there

    @property
    def esc_ends_wait(self) -> bool:
        """True while Esc would end what the keys wait for."""
        return False

    def on_mount(self) -> None:
        """Take the focus, unless somebody has gone on to another tab."""
        self.is_there = True
        self.take_texts()
        if self.screen.focused is None and self._is_shown:
            self.take_focus()

    @property
    def _is_shown(self) -> bool:
        return isinstance(self.parent, Widget) and self.parent.display

    def enter(self) -> None:
        """The tab is shown now: take the focus, and do what was put off until then."""
        if self.is_there:
            self.take_focus()

    def take_focus(self) -> None:
        """Let keys go to what is in `first_focus`."""
        widget = self.first_focus()
        if widget is not None:
            focus_now(widget)

    def first_focus(self) -> Widget | None:
        """The widget that keys go to when the tab is opened."""
        return None
