"""What a person sees of the running app, and how a person answers what it asks."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Button, Input, Static

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.screens.confirm import DEAF_SECONDS, Confirm
from settling import later, press, until


def toast(app: OpenAIInterfaceFT) -> str:
    """Title and text of the last toast, "" when none was shown or it was taken away.

    However long ago it came: a slow machine must not make it vanish.
    """
    shown = app._notifications._notifications.values()
    return "\n".join(f"{each.title}\n{each.message}".strip() for each in shown)


def facts(app: OpenAIInterfaceFT) -> dict[str, str]:
    """What the confirmation in front tells, by label; of two facts of one label the last."""
    labels = [str(each.render()) for each in app.screen.query(".fact-label").results(Static)]
    values = [str(each.render()) for each in app.screen.query(".fact-value").results(Static)]
    return dict(zip(labels, values, strict=True))


def words(app: OpenAIInterfaceFT) -> str:
    """All that the screen in front says, its buttons included."""
    said = [str(each.render()) for each in app.screen.query(Static)]
    return "\n".join([*said, *(str(each.label) for each in app.screen.query(Button))])


async def asked(pilot: Pilot[Any], besides: Collection[str] = ()) -> Confirm:
    """Wait for a confirmation, and until it takes answers."""
    await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), besides)
    await later(pilot, DEAF_SECONDS, besides)
    question = pilot.app.screen
    assert isinstance(question, Confirm)
    return question


async def say_yes(pilot: Pilot[Any], besides: Collection[str] = ()) -> None:
    """Answer the confirmation that comes with a deliberate yes, typed where it wants that."""
    question = await asked(pilot, besides)
    for _ in question.query(Input):
        prompt = str(question.query_one(".dialog-prompt", Static).render())
        wanted = prompt.removeprefix("Type ").partition(" to allow")[0]
        await press(pilot, *wanted, "enter", besides=besides)
    for _ in range(4):
        if pilot.app.focused is question.query_one("#confirm-yes"):
            break
        await press(pilot, "tab", besides=besides)
    await press(pilot, "enter", besides=besides)
