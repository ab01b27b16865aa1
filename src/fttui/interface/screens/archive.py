"""The archive of this account: what is saved, how far a run is, and its keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Static

from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import AnswerButton
from fttui.interface.kit.keys import KeyLine
from fttui.terminal.language import _
from fttui.terminal.text import safe


@dataclass(frozen=True, slots=True)
class ArchiveView:
    """What the screen shows: `there` is what is saved, `doing` how far a run is or what came of it.

    `share` is in percent, None while nothing is under way. `problems` are a line each.
    """

    folder: str = ""
    there: str = ""
    doing: str = ""
    share: int | None = None
    problems: tuple[str, ...] = ()
    is_running: bool = False


class ArchiveScreen(Dialog[None]):
    """Shows an `ArchiveView`; `start`, `stop` and `copy_folder` carry out the keys."""

    TITLE = _("Archive")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "start", _("Save"), id="archive.start"),
        Binding("x", "stop", _("Stop"), id="archive.stop"),
        Binding("y", "copy_folder", _("Copy path"), id="archive.copy"),
        Binding("escape,q", "dismiss(None)", _("Back"), id="archive.back"),
    ]

    class Changed(Message):
        """There is something else to show."""

        def __init__(self, view: ArchiveView) -> None:
            super().__init__()
            self.view = view

    def __init__(
        self,
        host_name: str,
        *,
        start: Callable[[], None],
        stop: Callable[[], None],
        copy_folder: Callable[[], None],
    ) -> None:
        super().__init__(id="archive", classes="dialog")
        self._host_name = host_name
        self._start = start
        self._stop = stop
        self._copy_folder = copy_folder
        self._view = ArchiveView(there=_("Looking for an earlier archive …"))

    def compose(self) -> ComposeResult:
        """What it is for, what is there, how far it is, and the two buttons."""
        with Vertical(classes="dialog-box"):
            title = _("Archive of {host}", host=safe(self._host_name, maxlen=60))
            yield Static(Content(title), classes="dialog-title")
            yield Static(
                Content(
                    _(
                        "Saves every job with its events, curves, checkpoints and results, the "
                        "files that still exist and the models with their dates, as plain files "
                        "and a page that any browser opens. Nothing is changed on the endpoint."
                    )
                ),
                classes="dialog-hint",
            )
            with VerticalScroll(id="archive-facts", can_focus=False):
                yield Static(id="archive-there")
                yield Static(id="archive-doing")
                yield Static(id="archive-problems", classes="dialog-warning")
            with Horizontal(classes="dialog-buttons"):
                yield AnswerButton(_("Save"), id="archive-start", compact=True)
                yield AnswerButton(_("Stop"), id="archive-stop", compact=True)
                yield AnswerButton(_("Back"), id="archive-back", compact=True)
        yield KeyLine()

    def on_mount(self) -> None:
        """Show what is known so far."""
        self._draw()
        focus_now(self.query_one("#archive-start"))

    @on(Changed)
    def _changed(self, message: Changed) -> None:
        message.stop()
        self._view = message.view
        self._draw()

    def _draw(self) -> None:
        view = self._view
        there = _("Saving into this folder:") if view.is_running else view.there
        there = "\n".join(part for part in (there, view.folder) if part)
        self.query_one("#archive-there", Static).update(Content(safe(there, newlines=True)))
        self.query_one("#archive-doing", Static).update(Content(safe(view.doing, newlines=True)))
        problems = "\n".join(view.problems)
        self.query_one("#archive-problems", Static).update(
            Content(safe(problems, newlines=True, maxlen=4000))
        )
        for name, is_off in (("start", view.is_running), ("stop", not view.is_running)):
            self.query_one(f"#archive-{name}").disabled = is_off
        if self.focused is None or self.focused.disabled:
            focus_now(self.query_one(f"#archive-{'stop' if view.is_running else 'start'}"))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done now is not greyed."""
        if action in ("start", "stop"):
            return True if (action == "stop") is self._view.is_running else None
        return super().check_action(action, parameters)

    def action_start(self) -> None:
        """Save, or go on."""
        self._start()

    def action_stop(self) -> None:
        """Stop; what is saved stays."""
        self._stop()

    def action_copy_folder(self) -> None:
        """Copy the path of the archive's folder."""
        self._copy_folder()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "archive-start":
            self._start()
        elif event.button.id == "archive-stop":
            self._stop()
        else:
            self.dismiss(None)
