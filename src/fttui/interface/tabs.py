"""The tabs of the app, and the one place that moves the focus from one to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from textual import on
from textual.content import Content
from textual.widgets import TabbedContent, TabPane, Tabs
from textual.widgets._tabs import Underline

from fttui.interface.first_frame import tab_labels

if TYPE_CHECKING:
    from fttui.interface.carried import Texts
    from fttui.interface.kit.opened_pane import OpenedPane

OPENED_LATER = {
    "files": "files.pane:FilesPane",
    "models": "models.pane:ModelsPane",
    "playground": "playground.pane:PlaygroundPane",
    "endpoints": "endpoints.pane:EndpointsPane",
}
"""What fills the tabs that are made when they are first opened: the module and the class."""


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
    comes late can bring about. Those of `OPENED_LATER` are filled when they are first opened,
    with a call of `before` for each, and with what was `carried` for it; who makes the tabs fills
    the others.
    """

    def __init__(
        self,
        *,
        initial: str,
        before: Callable[[str], None],
        id: str,
        carried: Mapping[str, Texts] | None = None,
    ) -> None:
        super().__init__(initial=initial, id=id)
        self.opened: dict[str, OpenedPane] = {}
        self._carried = carried or {}
        self._before = before

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
        tab, shown = self.active, self.active_pane
        if shown is None or shown.children or tab not in OPENED_LATER:
            return
        self._before(tab)
        module, _unused, name = OPENED_LATER[tab].partition(":")
        pane: OpenedPane = getattr(import_module(f"fttui.interface.{module}"), name)()
        pane.carried = self._carried.get(tab, {})
        self.opened[tab] = pane
        shown.mount(pane)

    @on(TabbedContent.TabActivated)
    def _clicked(self) -> None:
        """A click on a tab leaves the focus behind in what is hidden now."""
        self._fill()
        focused = self.screen.focused
        if self.pane is not None and (focused is None or self.active_pane not in focused.ancestors):
            self.pane.enter()
