"""The app in a browser: its keys in order, and its end with that of the page."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import Any

from textual.app import App
from textual.drivers._byte_stream import ByteStream
from textual.drivers.web_driver import WebDriver
from textual.message import Message

from fttui.interface.guard.fixed_columns import with_fixed_columns
from fttui.interface.guard.terminal_input import InputDecoder, ResilientParser
from fttui.interface.guard.typing_ahead import let_overtake
from fttui.terminal.served import GREETING
from fttui.terminal.signals import ending_signals

_HUNG_UP = 129


class BrowserDriver(WebDriver):
    """Textual's driver for a browser, which here ends the app when the page is gone.

    Textual's own would let it run on, and ask the endpoint, with nobody to see it. The page was
    greeted, and is told of the end, by who starts the app: it may show one app after another.
    """

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._write = self._send  # type: ignore[assignment]

    def write(self, data: str) -> None:
        """Write to the page."""
        super().write(with_fixed_columns(data))

    def _send(self, data: bytes) -> None:
        if data == GREETING:
            return
        try:
            while data:
                data = data[os.write(self.fileno, data) :]
        except OSError:
            self.page_gone()

    def start_application_mode(self) -> None:
        """Begin; signals end the app as in a terminal."""
        super().start_application_mode()
        for number in ending_signals():
            with contextlib.suppress(ValueError, OSError, RuntimeError):
                self._loop.add_signal_handler(number, self._app.exit, None, 128 + number)

    def stop_application_mode(self) -> None:
        """Hear nothing any more, so that what follows on the same page can."""
        self.exit_event.set()
        self._input_reader.close()
        if self._key_thread is not threading.current_thread() and self._key_thread.is_alive():
            self._key_thread.join()

    def run_input_thread(self) -> None:
        """Read keys until the end; the end of the input is that of the page."""
        try:
            self._read_packets()
        except OSError:
            pass
        except Exception as error:  # noqa: BLE001 - the app reports it
            self._app.call_later(self._app._handle_exception, error)
        if not self.exit_event.is_set():
            self.page_gone()

    def _read_packets(self) -> None:
        parser, decoder, stream = ResilientParser(self._debug), InputDecoder(), ByteStream()
        for data in self._input_reader:
            for kind, content in stream.feed(data) if data else ():
                if kind == "D":
                    self._hear(parser, decoder.decode(content) if content else "")
                else:
                    self._on_meta(kind, content)
            for event in parser.tick():
                self.process_message(event)

    def _hear(self, parser: ResilientParser, text: str) -> None:
        if text:
            for event in parser.feed(text):
                self.process_message(event)

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """Hear of the page: its size, whether it is looked at, and that it is closed."""
        if packet_type in ("quit", "exit"):
            self.page_gone()
        else:
            super().on_meta(packet_type, payload)

    def send_message(self, message: Message) -> None:
        """Hand a message of the input thread to the app; Ctrl+Q at once, whatever waits there."""
        if not let_overtake(self._app, self._loop, message):
            super().send_message(message)

    def page_gone(self) -> None:
        """End the app as a lost terminal does. For any thread."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._app.exit, None, _HUNG_UP)
