"""The real app on a sandbox, shown at the form, and the files that its tests send."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Static

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.create.field import Field
from fttui.interface.create.file_field import FileField
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.screens.confirm import DEAF_SECONDS, Confirm
from fttui.services.session import Session
from settling import later, press, settled, until

TODAY = date(2026, 11, 22)


def example(number: int) -> dict[str, Any]:
    """A small chat example, different for each number."""
    return {
        "messages": [
            {"role": "system", "content": "You answer about the town library."},
            {"role": "user", "content": f"Where is shelf {number}?"},
            {"role": "assistant", "content": f"Shelf {number} stands on floor {number % 4}."},
        ]
    }


def write_examples(path: Path, count: int = 60) -> Path:
    """A good file of `count` examples."""
    path.write_text("".join(json.dumps(example(number)) + "\n" for number in range(count)))
    return path


class Form:
    """What a test reads from the form, and waits for.

    `besides` is the work that goes on while everything else is waited for: an upload, a check.
    """

    def __init__(self, app: OpenAIInterfaceFT, pilot: Pilot[str]) -> None:
        self.app = app
        self.pilot = pilot
        self.pane = app.create_pane
        self.besides = ("submit",)

    async def press(self, *keys: str) -> None:
        """Press keys as a person does, each when all that the last one did is done."""
        await press(self.pilot, *keys, besides=self.besides)

    async def settle(self) -> None:
        """Wait until the app has nothing left to do but to upload."""
        await settled(self.pilot, self.besides)

    async def paste(self, text: str) -> None:
        """Enter `text` at once, as a terminal's paste does."""
        self.app.post_message(Paste(text))
        await self.settle()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something that other threads bring about."""
        await until(self.pilot, holds, self.besides)

    async def go_to(self, key: str) -> None:
        """Put the focus on a field, as a click or several Tabs do."""
        focus_now(self.field(key).control_widget)
        await self.settle()

    async def tab_to(self, key: str) -> None:
        """Reach the field `key` by Tab alone."""
        for _ in range(16):
            focused = self.app.focused
            if focused is not None and focused is self.field(key).control_widget:
                return
            await self.press("tab")
        raise AssertionError(f"Tab never reaches {key}")

    async def choose(self, path: Path | str, field: str = "training") -> None:
        """Type a path into a file field and wait for the verdict."""
        await self.go_to(field)
        before = self.file(field).check
        await self.press("ctrl+u")
        await self.paste(str(path))
        await self.press("enter")
        await self.until(lambda: self.file(field).check is not before)
        await self.checked(field)

    async def checked(self, field: str = "training") -> None:
        file = self.file(field)
        await self.until(lambda: file.check.report is not None or bool(file.check.refusal))

    async def say_yes(self, typed: str = "") -> None:
        """Answer the confirmation that comes with yes, typing what it wants, as a person does."""
        await self.until(lambda: isinstance(self.app.screen, Confirm))
        await later(self.pilot, DEAF_SECONDS, self.besides)
        await self.press(*typed, *(["enter", "enter"] if typed else ["tab", "enter"]))

    @property
    def notices(self) -> str:
        """What toasts say now."""
        return "\n".join(one.message for one in self.app._notifications)

    def field(self, key: str) -> Field:
        return self.pane.query_one(f"#field-{key.replace('_', '-')}", Field)

    def file(self, key: str = "training") -> FileField:
        return self.pane.query_one(f"#field-{key}", FileField)

    def text(self, selector: str) -> str:
        return str(self.pane.query_one(selector, Static).render())

    def shown_message(self, key: str) -> str:
        return str(self.field(key).query_one(".field-message", Static).render())

    @property
    def reason(self) -> str:
        return self.text("#create-reason")

    @property
    def can_send(self) -> bool:
        return not self.pane.query_one("#create-send").disabled


@asynccontextmanager
async def form(
    session: Session, size: tuple[int, int] = (80, 24), **options: Any
) -> AsyncIterator[Form]:
    """The app at its first tab, everything loaded that it loads by itself."""
    app = OpenAIInterfaceFT(session, today=TODAY, **options)
    async with app.run_test(size=size) as pilot:
        shown = Form(app, pilot)
        await shown.until(lambda: app.focused is not None)
        yield shown
