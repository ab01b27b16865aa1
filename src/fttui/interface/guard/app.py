"""An app that no text, signal, crash or lost terminal can harm: the base of the real one."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events, on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter, Monochrome, NoColor
from textual.screen import Screen
from textual.worker import Worker, WorkerFailed, WorkerState

from fttui.interface.guard.driver import (
    ResilientDriver,
    forbid_core_dumps,
    terminal_problem,
    terminal_restored,
)
from fttui.interface.guard.lending import run_in_front
from fttui.interface.guard.notices import notice
from fttui.interface.guard.painting import painted_rows
from fttui.interface.guard.screens import FirstScreen, ReadFirst
from fttui.interface.guard.typing_ahead import KeyOrPaste, OrderedApp, ResultT, now
from fttui.interface.palettes import DEFAULT_THEME
from fttui.interface.themes import LOOKS, THEMES
from fttui.services.service_thread import DaemonExecutor
from fttui.storage.folders import FolderRefused
from fttui.storage.logs import hear_strays, report_text, write_report
from fttui.storage.secrets import redact
from fttui.terminal.language import _
from fttui.terminal.plain_signs import has_all_signs, with_plain_signs
from fttui.terminal.served import in_browser
from fttui.terminal.text import safe, safe_path
from fttui.terminal.title import WindowTitle, has_title

if TYPE_CHECKING:
    from fttui.terminal.children import Ended

# All of these take no column in Textual, so that dropping them moves nothing.
_ACTING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_BROKEN = re.compile("[\ud800-\udfff]")

_OWN_ACTIONS = frozenset(
    {("@mouse.down", "grab"), ("@mouse.down", "scroll_up"), ("@mouse.down", "scroll_down")}
)
"""The actions in painted text that Textual's scroll bars use; no other is ever live."""


class SanitizeFilter(LineFilter):
    """Drops controls, bidirectional overrides and tags from what is painted, and unknown links.

    `links` are the only addresses that may become hyperlinks.
    """

    def __init__(self, links: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self._links = links

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return `segments` with harmless texts and styles, each as wide as before."""
        links = self._links
        return [
            Segment(
                text if text.isprintable() else _harmless(text),
                None if style is None else _inert(style, links),
            )
            for text, style, control in segments
            if not control
        ]


def _harmless(text: str) -> str:
    """`text` without the characters that a terminal acts on."""
    return _BROKEN.sub("\ufffd", _ACTING.sub("", text))


@lru_cache(8192)
def _inert(style: Style, links: frozenset[str]) -> Style:
    """`style` without actions and links that are not our own."""
    meta = style.meta
    link = style.link if style.link in links else None
    kept = {name: value for name, value in meta.items() if _is_own(name, value)}
    if len(kept) == len(meta) and link == style.link:
        return style
    plain = style.clear_meta_and_links()
    if kept:
        plain += Style.from_meta(kept)
    return plain.update_link(link) if link else plain


def _is_own(name: str, value: object) -> bool:
    """Whether a piece of meta data is no action, or an action of Textual's own widgets."""
    return not name.startswith("@") or (isinstance(value, str) and (name, value) in _OWN_ACTIONS)


_LONGEST_REASON = 300
_REASSURANCE = _("What was sent to the endpoint is not lost: run `fttui recover`.")


@dataclass(frozen=True, slots=True)
class CrashReport:
    """A sentence for the user, and the traceback (no locals, no secrets) with the file it is in."""

    sentence: str
    text: str
    path: Path | None


def format_crash(error: BaseException, what_happened: str = _("fttui had to stop")) -> CrashReport:
    """Report an error that nobody expected; writes a file of mode 0600 if that is possible.

    The error's own text may come from a server, so it is redacted, made safe and cut.
    """
    cause = root_error(error)
    text = report_text(cause)
    what = f"{type(cause).__name__}: {safe(redact(safe(cause)), maxlen=_LONGEST_REASON)}"
    what = what.rstrip(": .")
    kept, path = _("No report could be written"), None
    try:
        path = write_report(cause)
        kept = _("The report is in {path}", path=safe_path(path))
    except (OSError, FolderRefused) as problem:
        kept += f" ({safe(problem, maxlen=200)})"
        logging.getLogger("fttui").error("%s", text)  # noqa: TRY400 - the crash, not this
    sentence = f"{what_happened} ({what}). {kept}. {_REASSURANCE}"
    return CrashReport(sentence, text, path)


def root_error(error: BaseException) -> BaseException:
    """The error that a worker failed with, for the wrapper that Textual puts around it."""
    while isinstance(error, WorkerFailed) and error.error is not None:
        error = error.error
    return error


BAD_USAGE = 2
_BELL_SECONDS = 0.2
AppT = TypeVar("AppT", bound="SafeApp[Any]")


def _nothing(_ended: SafeApp[Any]) -> None:
    """Nothing comes after the only app."""


class PlainSigns(LineFilter):
    """Paints in characters that the terminal's encoding has: others would come as escapes."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return `segments` with plain signs, each as wide as before."""
        return [
            Segment(with_plain_signs(text, self._encoding), style)
            for text, style, control in segments
            if not control
        ]


class SafeApp(OrderedApp[ResultT]):
    """Textual's App with every guard of fttui in place; run it with `run_safely`."""

    # With priority, so that it works while a dialog or a field hears the keys.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "repaint", _("Paint anew"), id="app.repaint", show=False, priority=True),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"look--{name}" for name in LOOKS}
    _sanitize_filter = SanitizeFilter()
    waiting_word = ""
    """What the app waits for, as the last line of each screen shows it; "" for nothing."""

    def __init__(self) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        # A theme that is set in the usual way styles everything once more after the start.
        self.set_reactive(App.theme, DEFAULT_THEME)
        self.stylesheet.set_variables(self.get_css_variables())
        encoding = getattr(sys.__stderr__, "encoding", None) or "utf-8"  # where Textual paints
        self._plain_signs = [] if has_all_signs(encoding) else [PlainSigns(encoding)]
        self._rung_at = float("-inf")
        self.threads = DaemonExecutor()
        self.window_title = WindowTitle(self._write_title)

    async def run_async(self, *args: Any, **options: Any) -> ResultT | None:
        """As Textual's, but what still runs in `threads` at the end holds up no other app."""
        asyncio.get_running_loop().set_default_executor(self.threads)
        return await super().run_async(*args, **options)

    def get_driver_class(self) -> type[Driver]:
        """The terminal driver that outlives odd input and lost terminals."""
        if in_browser(os.environ):
            from fttui.interface.guard.browser_driver import BrowserDriver

            return BrowserDriver
        driver = super().get_driver_class()
        return ResilientDriver if driver is LinuxDriver else driver

    def get_default_screen(self) -> Screen[object]:
        """The first screen."""
        return FirstScreen(id="_default")

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, and ours as the last.

        Textual chooses once how to take colours away, by the theme that it starts with.
        """
        filters = super().get_line_filters()
        if self.no_color and self.native_ansi_color:
            filters = [NoColor() if isinstance(each, Monochrome) else each for each in filters]
        return [*filters, self._sanitize_filter, *self._plain_signs]

    def allow_link(self, url: str) -> None:
        """Let this address, which is our own, be a link where it is painted; no other is."""
        self._sanitize_filter = SanitizeFilter(frozenset({url}))

    def painted_since(self, when: float) -> tuple[float, float] | None:
        """From when to when the terminal took the first paint after `when`; None if it has not.

        On the clock that events carry. Without a terminal it is now.
        """
        if not isinstance(self._driver, ResilientDriver):
            return now(), now()
        written = tuple(self._driver.written)
        return next((each for each in written if each[0] >= when), None)

    def painted(self) -> list[list[Segment]]:
        """What stands on the screen now, row by row, with the filters of the terminal applied."""
        return painted_rows(self.screen)

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
            await super().act_on(event)

    def bell(self) -> None:
        """Ring, but once for a burst of keys that a field refuses: each ring fills the terminal."""
        if now() - self._rung_at >= _BELL_SECONDS:
            self._rung_at = now()
            super().bell()

    def show_title(self, owner: str, text: str) -> None:
        """Have the window called `text` while `owner` wants it, "" for no more; from any thread.

        Who leaves gives the title back.
        """
        if not self._exit:
            self.call_later(self.window_title.show, owner, text)

    def write_escape(self, sequence: str) -> None:
        """Send a sequence of our own to the terminal, between two frames; from any thread."""
        if self._driver is None:
            return
        driver = self._driver
        send = driver.write_when_ours if isinstance(driver, ResilientDriver) else driver.write
        if self._exit:  # no message is handled any more, and no frame is painted
            send(sequence)
        else:
            self.call_later(send, sequence)

    def _write_title(self, sequence: str) -> None:
        if self._driver is not None and has_title(os.environ):
            send = self._driver.write
            send(sequence)

    @property
    def can_lend_terminal(self) -> bool:
        """False where there is no terminal of the user's, as in a browser."""
        return isinstance(self._driver, ResilientDriver)

    async def run_in_terminal(self, words: Sequence[str]) -> Ended:
        """Run a program that has the terminal until it ends; never raises for one that fails."""
        driver = self._driver
        assert isinstance(driver, ResilientDriver)
        reached = True

        async def hand_keys_over() -> None:
            nonlocal reached
            keys = await self.keys.take()
            reached = not keys or driver.type_again(keys)

        ended = await run_in_front(driver, words, hand_keys_over)
        if not reached:
            name = safe(Path(words[0]).name)
            notice(self, _("What was typed too early for {name} was thrown away.", name=name))
        return ended

    async def hand_over(self) -> tuple[KeyOrPaste, ...]:
        """Leave the terminal as it is to the next app, which begins when this one has ended.

        Returns what was typed and has not acted.
        """
        if isinstance(self._driver, ResilientDriver):
            self._driver.hand_over()
        return await self.keys.give_over()

    def action_suspend_process(self) -> None:
        """Stop for a while and give the terminal to the shell, where there is one."""
        if self.can_lend_terminal:
            super().action_suspend_process()
        else:
            notice(self, _("There is no shell behind this page to go to."))

    def action_repaint(self) -> None:
        """Send every cell again, also where another program has painted over the screen."""
        if isinstance(self._driver, ResilientDriver):
            self._driver.resume_application_mode()

    @on(Worker.StateChanged)
    def _work_failed(self, event: Worker.StateChanged) -> None:
        """Tell of work in the background that ended by an error which nobody expected."""
        error = event.worker.error
        if event.state is WorkerState.ERROR and error is not None:
            self.report_error(error)

    def report_error(self, error: BaseException) -> None:
        """Tell of an error that nobody expected and the app outlives; from any thread."""
        report = format_crash(error, _("Something in fttui failed"))
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
        self.window_title.give_back()

    def _handle_exception(self, error: Exception) -> None:
        """End the app because of an error that nobody caught, without showing any variable.

        Textual's own version prints all local variables, keys among them. While the app is left
        before its first screen stands, what is not there is missed by others: that is no error.
        """
        if self._exit and not self._dom_ready:
            self._close_messages_no_wait()
            return
        self._return_code = 1
        report = format_crash(error)
        if self._exception is None:
            self._exit_renderables.append(Text(report.sentence))
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()


def run_safely(app: AppT, following: Callable[[AppT], AppT | None] = _nothing) -> int:
    """Run an app on this terminal and return the exit status; refuses without a terminal (2).

    `following` tells what comes after an app that has ended, None for nothing.
    """
    if problem := terminal_problem():
        sys.stderr.write(f"{problem}\n")
        return BAD_USAGE
    forbid_core_dumps()
    with terminal_restored():
        last = app
        ahead: AppT | None = app
        while ahead is not None:
            last = ahead
            before = hear_strays(last.report_error)
            try:
                last.run()
            finally:
                hear_strays(before)
            ahead = following(last)
    return last.return_code or 0
