"""The real app at its playground, on an endpoint that answers just what a test gives."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from textual.events import Paste
from textual.pilot import Pilot

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.playground.pane import PlaygroundPane
from fttui.services.endpoint.transport import Timeouts
from fttui.services.session import Session, SessionOptions
from settling import later, press, settled, until

BESIDES = ("prompt", "trials-run")
"""Work that lasts as long as an endpoint wants it to."""


@dataclass
class Tab:
    """What a test does in the tab, and reads from it."""

    app: OpenAIInterfaceFT
    pilot: Pilot[Any]

    @property
    def pane(self) -> PlaygroundPane:
        pane = self.app.tabs.pane
        assert isinstance(pane, PlaygroundPane)
        return pane

    async def press(self, *keys: str) -> None:
        """Press keys as a person does."""
        await press(self.pilot, *keys, besides=BESIDES)

    async def paste(self, text: str) -> None:
        """Enter `text` at once, as a terminal's paste does."""
        self.app.post_message(Paste(text))
        await settled(self.pilot, BESIDES)

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for what other threads bring about."""
        await until(self.pilot, holds, BESIDES)

    async def write(self, prompt: str, model: str = "tiny", against: str = "") -> None:
        """Choose models, write a prompt, and wait for its price."""
        self.pane.chat.have_models(model, against)
        self.pane.chat.prompt.load_text(prompt)
        self.pane.chat.prompt.focus()
        await self.until(lambda: self.pane.chat.send_row.is_priced)
        await later(self.pilot, 1.0, BESIDES)

    def shown(self, side: int = 0) -> str:
        """All lines of a side's answers."""
        view = self.pane.chat.answers.sides[side].view
        return "\n".join("".join(text for text, _ in line) for line in view.lines)

    async def answered(self, *sides: int) -> None:
        """Wait for the end of an answer on each of these sides."""
        await self.until(
            lambda: all(
                self.pane.chat.answers.sides[side].chat.turns
                and not self.pane.chat.answers.sides[side].is_busy
                for side in sides or (0,)
            )
        )


def session_on(base_url: str, key: str = "sk-of-the-playground") -> Session:
    """A session that waits for nothing longer than it must."""
    environ = {**os.environ, "OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": key}
    return Session.open(environ=environ, options=SessionOptions(timeouts=Timeouts(tries=1)))


@asynccontextmanager
async def playground(
    session: Session, size: tuple[int, int] = (80, 24), first_keys: Sequence[str] = ()
) -> AsyncIterator[Tab]:
    """The app with the tab in front, when all that it loads by itself has come."""
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=size) as pilot:
        await press(pilot, *first_keys, "f6")
        tab = Tab(app, pilot)
        await until(pilot, lambda: isinstance(app.tabs.pane, PlaygroundPane))
        await until(pilot, lambda: not app.keys_wait)
        yield tab
    session.close()
