"""The tabs of the app, and the one place that moves the focus from one to another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import TabbedContent, TabPane, Tabs
from textual.widgets._tabs import Underline

from fttui.interface.first_frame import tab_labels


class Pane(Protocol):
    """What fills a tab."""

    @property
    def keys_wait(self) -> bool:
        """True while keys that are meant for this pane cannot be taken yet."""

    @property
    def esc_ends_wait(self) -> bool:
        """True while Esc would end what the keys wait for."""

    def enter(self) -> None:
        """The tab is shown now: take the focus, and do what was put off until then."""

    def take_focus(self) -> None:
        """Let keys go to this pane."""


class AppTabs(TabbedContent):
    """Tabs that only a request of the user's or the outcome of one switches.

    Textual's own switches whenever a widget of another tab gets the focus, which a message that
    comes late can bring about. What fills a tab is made by `make` when the tab is first opened;
    that gives None for one that somebody else fills.
    """

    def __init__(self, *, initial: str, make: Callable[[str], Widget | None], id: str) -> None:
        super().__init__(initial=initial, id=id)
        self._make = make

    @on(TabPane.Focused)
    def _stay(self, event: TabPane.Focused) -> None:
        event.stop()
        event.prevent_default()

    def on_mount(self) -> None:
        """Leave the focus to the panes: keys 1, 2, ... and clicks switch, wherever it is."""
        self.query_one(Tabs).can_focus = False
        underline = self.query_one(Underline)

        def jump(attribute: str, value: float, **_options: object) -> None:
            setattr(underline, attribute, value)

        underline.animate = jump  # type: ignore[assignment, method-assign]  # its way costs 8 KB

    @property
    def pane(self) -> Pane | None:
        """The pane of the tab that is shown."""
        shown = self.active_pane
        return None if shown is None else next(iter(shown.children), None)  # type: ignore[return-value]

    def go_to(self, tab: str) -> None:
        """Show `tab` and let it take the focus before the next key acts."""
        self.screen.set_focus(None)  # before its widget is hidden, which would move it once more
        self.active = tab
        self._fill()
        if self.pane is not None:
            self.pane.enter()

    def on_resize(self) -> None:
        """Call the tabs as there is room for."""
        for tab, words in tab_labels(self.size.width).items():
            shown = self.get_tab(tab)
            if shown.label_text != words:
                shown.label = Content(words)

    def _fill(self) -> None:
        shown = self.active_pane
        if shown is not None and not shown.children:
            pane = self._make(self.active)
            if pane is not None:
                shown.mount(pane)

    @on(TabbedContent.TabActivated)
    def _clicked(self) -> None:
        """A click on a tab leaves the focus behind in what is hidden now."""
        self._fill()
        focused = self.screen.focused
        if self.pane is not None and (focused is None or self.active_pane not in focused.ancestors):
            self.pane.enter()
