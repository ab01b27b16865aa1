"""An app that no text, signal, crash or lost terminal can harm: the base of the real one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from rich.console import RenderableType
from rich.text import Text
from textual import events, on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter
from textual.worker import Worker, WorkerState

from fttui.interface.crash import format_crash
from fttui.interface.guard.driver import (
    SteadyDriver,
    forbid_core_dumps,
    terminal_problem,
    terminal_restored,
)
from fttui.interface.guard.screens import ReadFirst
from fttui.interface.guard.typing_ahead import KeysInLine, now
from fttui.interface.kit.notices import notice
from fttui.interface.scrub import Scrub
from fttui.storage.logs import hear_strays
from fttui.storage.secrets import redact
from fttui.terminal.text import safe

ResultT = TypeVar("ResultT")

BAD_USAGE = 2
_BELL_SECONDS = 0.2


class GuardedApp(App[ResultT]):
    """Textual's App with every guard of fttui in place; run it with `run_guarded`."""

    # With priority, so that it works while a dialog or a field hears the keys.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "repaint", "Paint anew", id="app.repaint", show=False, priority=True),
    ]
    _scrub = Scrub()
    waiting_word = ""
    """What the app waits for, as the last line of each screen shows it; "" for nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = KeysInLine(self)
        self._rung_at = float("-inf")

    def get_driver_class(self) -> type[Driver]:
        """The terminal driver that outlives odd input and lost terminals."""
        driver = super().get_driver_class()
        return SteadyDriver if driver is LinuxDriver else driver

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, and ours as the last."""
        return [*super().get_line_filters(), self._scrub]

    def painted_since(self, when: float) -> tuple[float, float] | None:
        """From when to when the terminal took the first paint after `when`; None if it has not.

        On the clock that events carry. Without a terminal it is now.
        """
        if not isinstance(self._driver, SteadyDriver):
            return now(), now()
        written = tuple(self._driver.written)
        return next((each for each in written if each[0] >= when), None)

    async def on_event(self, event: events.Event) -> None:
        """Let keys and pastes act in the order in which they came."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            if self.keys.may_act(event):
                await self.act_on(event)
        else:
            await super().on_event(event)

    async def act_on(self, event: events.Event) -> None:
        """Handle an event whose turn it is; a key that came too early for a dialog does nothing."""
        screen = self.screen
        if (
            isinstance(event, events.Key)
            and isinstance(screen, ReadFirst)
            and screen.is_too_early(event)
        ):
            screen.refuse_key(event)
        else:
            await super().on_event(event)

    @property
    def keys_wait(self) -> bool:
        """True while the screen that keys are meant for is not there, or waits for something."""
        if not self.screen_stack:
            return True
        is_there = self.screen.is_mounted and getattr(self.screen, "is_painted", True)
        return not is_there or self.esc_ends_wait

    @property
    def esc_ends_wait(self) -> bool:
        """True while the screen waits for what a key has asked of it (`keys_wait` there)."""
        return self.screen.is_mounted and getattr(self.screen, "keys_wait", False)

    def bell(self) -> None:
        """Ring, but once for a burst of keys that a field refuses: each ring fills the terminal."""
        if now() - self._rung_at >= _BELL_SECONDS:
            self._rung_at = now()
            super().bell()

    def action_repaint(self) -> None:
        """Send every cell again, also where another program has painted over the screen."""
        if isinstance(self._driver, SteadyDriver):
            self._driver.resume_application_mode()

    @on(Worker.StateChanged)
    def _work_failed(self, event: Worker.StateChanged) -> None:
        """Tell of work in the background that ended by an error which nobody expected."""
        error = event.worker.error
        if event.state is WorkerState.ERROR and error is not None:
            self.tell_of(error)

    def tell_of(self, error: BaseException) -> None:
        """Tell of an error that nobody expected and the app outlives; from any thread."""
        report = format_crash(error, "Something in fttui failed")
        self.call_later(notice, self, report.sentence, severity="error")

    def exit(
        self,
        result: ResultT | None = None,
        return_code: int = 0,
        message: RenderableType | None = None,
    ) -> None:
        """Leave; a message that is a str is shown without markup, controls and secrets."""
        if isinstance(message, str):
            message = Text(safe(redact(message), newlines=True))
        super().exit(result, return_code, message)

    def _handle_exception(self, error: Exception) -> None:
        """End the app because of an error that nobody caught, without showing any variable.

        Textual's own version prints all local variables, keys among them.
        """
        self._return_code = 1
        report = format_crash(error)
        if self._exception is None:
            self._exit_renderables.append(Text(report.sentence))
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()


def run_guarded(app: GuardedApp[Any]) -> int:
    """Run an app on this terminal and return the exit status; refuses without a terminal (2)."""
    problem = terminal_problem()
    if problem:
        sys.stderr.write(f"{problem}\n")
        return BAD_USAGE
    forbid_core_dumps()
    before = hear_strays(app.tell_of)
    try:
        with terminal_restored():
            app.run()
    finally:
        hear_strays(before)
    return app.return_code or 0
