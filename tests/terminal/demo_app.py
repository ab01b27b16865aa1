"""A small app with every guard in place; the argument chooses what a terminal test needs."""

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, DataTable, Footer, Input, Label, OptionList, Static, Tree

from fttui.interface.guard.app import SafeApp, run_safely
from fttui.storage.logs import configure_logging
from fttui.storage.secrets import parse_key

HOW = sys.argv[1] if len(sys.argv) > 1 else "plain"
STARTED = threading.Event()


class Demo(SafeApp[None]):
    """Shows the keys it got and how often an action ran."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(letter, f"act('{letter}')", "act", show=False) for letter in "cdlryCDLRY6;"),
        Binding("q", "quit", "quit"),
        Binding("x", "crash", "crash"),
        Binding("z", "suspend_process", "suspend"),
        Binding("b", "block", "block", show=False),
        Binding("f", "flood", "flood", show=False),
        Binding("s", "size", "size", show=False),
        Binding("m", "modal", "modal", show=False),
        Binding("i", "field", "field", show=False),
        Binding("e", "edit", "edit", show=False),
    ]
    CSS = "DataTable, OptionList, Tree { height: auto; max-height: 150; }"
    AUTO_FOCUS = None
    acted = 0
    letters = 0
    first_size = (0, 0)

    def compose(self) -> ComposeResult:
        if HOW == "early-signal":
            os.kill(os.getpid(), signal.SIGTERM)
        yield Static(Content("ready"), id="state")
        yield Input(id="field")
        if HOW == "hostile":
            yield from self._hostile_widgets()
        yield Footer()

    def _hostile_widgets(self) -> ComposeResult:
        from tests.terminal.hostile import CORPUS

        texts = [one.text for one in CORPUS]
        yield Static("[@click=app.act('click')]clickable[/] [link='https://zq7.example']l[/]")
        table = DataTable[Text](id="table")
        table.add_columns("name")
        for text in texts:
            table.add_row(Text(text))
        tree: Tree[None] = Tree(Text("tree"))
        for text in texts[:30]:
            tree.root.add_leaf(Text(text))
        tree.root.expand()
        yield OptionList(*(Content(text) for text in texts))
        yield table
        yield tree
        for text in texts[::9]:
            yield Label(Content(text))
            yield Button(Content(text))

    def on_mount(self) -> None:
        self.first_size = self.size
        STARTED.set()
        if HOW == "title":
            self.show_title("jobs", "fttui: 2 running, desk\x07\x1b]9;4;3\x07 81 %")
        if HOW == "unawaited":
            configure_logging()
            self.call_later(self.leave_a_task)
        if HOW == "late":
            self.query_one("#field").focus()
            self.call_after_refresh(self.wait_for_ctrl_q)

    def wait_for_ctrl_q(self) -> None:
        """Handle nothing until Ctrl+Q has been read, with all that was typed before it."""
        send, is_read = self._driver.send_message, threading.Event()

        def sent(message: Message) -> None:
            send(message)
            if isinstance(message, events.Key) and message.key == "ctrl+q":
                is_read.set()

        self._driver.send_message = sent
        sys.__stdout__.write("WAITING")
        sys.__stdout__.flush()
        is_read.wait()

    async def act_on(self, event: events.Event) -> None:
        self.letters += isinstance(event, events.Key) and event.is_printable
        await super().act_on(event)

    async def action_quit(self) -> None:
        Path(os.environ["XDG_STATE_HOME"], "letters").write_text(str(self.letters))
        await super().action_quit()

    def leave_a_task(self) -> None:
        async def fail() -> None:
            raise RuntimeError("STRAY in a task")

        asyncio.create_task(fail()).add_done_callback(lambda _: None)

    def say(self, text: str) -> None:
        self.query_one("#state", Static).update(Content(text))

    def action_act(self, letter: str) -> None:
        self.acted += 1
        self.say(f"acted {self.acted} {letter}")

    def action_crash(self) -> None:
        key = parse_key("sk-canary-0123456789abcdefghij")
        headers = {"Authorization": f"Bearer {key.reveal()}"}
        raise RuntimeError(f"refused\x1b]52;c;WnE3\x07 {headers['Authorization']}")

    def action_block(self) -> None:
        sys.__stdout__.write("BLOCKED")
        sys.__stdout__.flush()
        while True:  # again and again, or a signal just before the wait would not end it
            threading.Event().wait(0.05)

    def action_flood(self) -> None:
        """Write until no more goes out, leave a note, and go on writing."""
        while not self._driver._writer_thread._queue.full():
            self._driver.write("\x1b[H" + "x" * 70)
        Path(os.environ["XDG_STATE_HOME"], "full").touch()
        self._driver.write("\x1b[H" + "x" * 70)
        self.say("flooded")

    def action_size(self) -> None:
        first, now = self.first_size, self.size
        self.say(f"first {first[0]}x{first[1]} now {now.width}x{now.height}")

    def action_modal(self) -> None:
        self.push_screen(Dialog())

    def action_edit(self) -> None:
        """Lend the terminal to what the environment names."""
        self.hold_keys()
        self.run_worker(self.edit())

    async def edit(self) -> None:
        self.show_title("jobs", "running")
        painting = self.set_interval(0.01, self.paint_while_lent)
        await asyncio.sleep(0.2)  # as it takes to find the editor and the place
        ended = await self.run_in_terminal(["sh", "-c", os.environ["EDIT"]])
        painting.stop()
        self.release_keys()
        self.say(f"edited {ended.status} {ended.problem}")

    def paint_while_lent(self) -> None:
        """Paint more than the queue of what is to be written holds."""
        for _ in range(60 if self._driver.is_lent else 0):
            self._driver.write("\x1b[Hpainted")

    def action_field(self) -> None:
        self.query_one("#field").focus()

    def on_paste(self, event: events.Paste) -> None:
        self.say(f"pasted {event.text}")


class Dialog(ModalScreen[None]):
    """A dialog that hears every key before the app does."""

    hears_keys_first = True

    def compose(self) -> ComposeResult:
        yield Static(Content("a dialog"))

    def on_key(self, event: events.Key) -> None:
        event.stop()


def main() -> int:
    if HOW == "ignore-hup":
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if HOW == "noise":
        _make_noise()
    return run_safely(Demo())


def _make_noise() -> None:
    os.environ["OPENAI_LOG"] = "debug"
    configure_logging()
    import logging
    import warnings

    import openai

    def shout() -> None:
        STARTED.wait()
        logging.getLogger("openai").debug("NOISE-openai")
        logging.getLogger("httpx2").info("NOISE-httpx https://u:p@h/")
        warnings.warn("NOISE-warning", stacklevel=1)
        print("NOISE-print")
        assert openai
        raise RuntimeError("STRAY in a thread")

    threading.Thread(target=shout).start()


if __name__ == "__main__":
    sys.exit(main())
