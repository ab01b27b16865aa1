"""What earlier runs left open: uploads, files without a job, create calls without an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Label, Static

from fttui.interface.guard.screens import ReadFirst
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import AnswerButton
from fttui.interface.kit.keys import KeyLine
from fttui.services.submission.recovery_words import RECOVERY_ACTIONS
from fttui.services.submission.state import TRAINING
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.submission.submissions import UnfinishedItem


class ActionButton(AnswerButton):
    """A button that stands for one action on one open item."""

    def __init__(self, item: UnfinishedItem, action: str) -> None:
        words = RECOVERY_ACTIONS[action]
        super().__init__(Content(words.label), compact=True, tooltip=Content(words.meaning))
        self.item = item
        self.action_name = action


class UnfinishedItemRow(Vertical):
    """One open item: what it is, and a button for each thing that can be done about it."""

    def __init__(self, item: UnfinishedItem) -> None:
        super().__init__(classes="open-item")
        self._item = item

    @property
    def _title(self) -> str:
        submission = self._item.submission
        if submission.is_lone:
            return _("Upload of {name}", name=submission.files[TRAINING].name)
        request = submission.request
        name = f" · {request.suffix}" if request.suffix else ""
        return f"{request.model or _('Unknown model')}{name}"

    def compose(self) -> ComposeResult:
        """The sentence, then the buttons, the safest first."""
        yield Static(Content.assemble((safe(self._title), "bold")))
        yield Static(Content(safe(self._item.sentence)))
        with Horizontal(classes="open-actions"):
            for action in self._item.actions:
                yield ActionButton(self._item, action)


class RecoveryList(ReadFirst[None]):
    """The open items. `act` carries out an action; `show` replaces what is listed.

    Opened without items it says that they are being looked for.
    """

    TITLE = _("Left open by an earlier run")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,right,down,j", "app.focus_next", _("Next"), id="recovery.next"),
        Binding(
            "shift+tab,left,up,k",
            "app.focus_previous",
            _("Previous"),
            show=False,
            id="recovery.previous",
        ),
        Binding("escape,q", "dismiss(None)", _("Later"), id="recovery.back"),
    ]

    class Found(Message):
        """The open items are these now; `error_text` tells why they are not known."""

        def __init__(self, items: list[UnfinishedItem], error_text: str = "") -> None:
            super().__init__()
            self.items = items
            self.error_text = error_text

    class Doing(Message):
        """What was chosen is under way, and this far."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(
        self, items: list[UnfinishedItem] | None, act: Callable[[UnfinishedItem, str], None]
    ) -> None:
        super().__init__(id="recovery")
        self._items = items
        self._act = act

    def compose(self) -> ComposeResult:
        """A title, the items, and the way out."""
        with Vertical(id="recovery-frame"):
            yield Label(self.TITLE, id="recovery-title")
            yield Static(Content(_("Nothing is sent or deleted until you choose it.")))
            doing = Static(id="recovery-doing", classes="dialog-warning")
            doing.display = False
            yield doing
            with VerticalScroll(id="recovery-items", can_focus=False):
                if self._items is None:
                    yield Static(Content(_("Looking for what was left open…")))
                for item in self._items or ():
                    yield UnfinishedItemRow(item)
            yield AnswerButton(_("Later"), id="recovery-later", compact=True)
        yield KeyLine()

    def on_mount(self) -> None:
        """Put the focus on what changes nothing."""
        focus_now(self.query_one("#recovery-later"))

    @on(Doing)
    def _show_doing(self, message: Doing) -> None:
        """Say how far it is; nothing else can be chosen meanwhile."""
        message.stop()
        doing = self.query_one("#recovery-doing", Static)
        doing.update(Content(safe(message.text)))
        doing.display = True
        focus_now(self.query_one("#recovery-later"))
        for button in self.query(ActionButton):
            button.disabled = True

    @on(Found)
    async def _found(self, message: Found) -> None:
        """List these items instead."""
        message.stop()
        self.query_one("#recovery-doing").display = False
        rows: list[Widget] = [UnfinishedItemRow(item) for item in message.items]
        if not rows:
            text = message.error_text or _("Nothing is left open.")
            rows.append(Static(Content(safe(text, newlines=True))))
        focus_now(self.query_one("#recovery-later"))
        scroll = self.query_one("#recovery-items")
        await scroll.remove_children()
        await scroll.mount_all(rows)

    @on(Button.Pressed, "#recovery-later")
    def _later(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed)
    def _chosen(self, event: Button.Pressed) -> None:
        if isinstance(event.button, ActionButton):
            event.stop()
            self._act(event.button.item, event.button.action_name)
