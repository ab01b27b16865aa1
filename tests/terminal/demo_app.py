"""A small app with every guard in place; the argument chooses what a terminal test needs."""

import os
import signal
import sys
import threading
import time
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Button, DataTable, Footer, Input, Label, OptionList, Static, Tree

from fttui.interface.guarded_app import GuardedApp, run_guarded
from fttui.interface.terminal_driver import install_signal_handlers
from fttui.storage.logs import configure_logging
from fttui.storage.secrets import parse_key

HOW = sys.argv[1] if len(sys.argv) > 1 else "plain"


class Demo(GuardedApp[None]):
    """Shows the keys it got and how often an action ran."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(letter, f"act('{letter}')", "act", show=False) for letter in "cdlryCDLRY6;"),
        Binding("q", "quit", "quit"),
        Binding("x", "crash", "crash"),
        Binding("z", "suspend_process", "suspend"),
        Binding("b", "block", "block", show=False),
        Binding("f", "flood", "flood", show=False),
    ]
    CSS = "DataTable, OptionList, Tree { height: auto; max-height: 150; }"
    AUTO_FOCUS = None
    acted = 0

    def compose(self) -> ComposeResult:
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
        install_signal_handlers(self)

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
        self.say("blocking")
        self.set_timer(0.3, lambda: time.sleep(60))

    def action_flood(self) -> None:
        self.set_interval(0.01, lambda: self.say("x" * 70 + str(time.monotonic())))
        self.set_interval(0.01, self.refresh)


def main() -> int:
    if HOW == "ignore-hup":
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if HOW == "noise":
        _make_noise()
    return run_guarded(Demo())


def _make_noise() -> None:
    os.environ["OPENAI_LOG"] = "debug"
    configure_logging()
    import logging
    import warnings

    import openai

    def shout() -> None:
        time.sleep(0.5)
        logging.getLogger("openai").debug("NOISE-openai")
        logging.getLogger("httpx2").info("NOISE-httpx https://u:p@h/")
        warnings.warn("NOISE-warning", stacklevel=1)
        print("NOISE-print")
        assert openai
        raise RuntimeError("NOISE-thread")

    threading.Thread(target=shout).start()


if __name__ == "__main__":
    sys.exit(main())
