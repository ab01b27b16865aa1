"""Pictures of the playground, on answers that are the same everywhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.interface.playground.playground_app import BESIDES, Tab
from textual.pilot import Pilot

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.playground.pane import PlaygroundPane
from fttui.interface.tab_messages.playground import TrialsAnswered, TrialsBegun, TrialsEnded
from fttui.services.playground.trial_types import (
    ModelTally,
    Trial,
    TrialPlan,
    TrialResult,
    TrialSummary,
)
from fttui.services.playground.types import Answer, ChatOptions, HighestPrice, Message
from fttui.services.session import Session
from settling import later, press, until

TUNED, BASE = "ft:gpt-4.1-mini-2025-04-14:acme:desk-v2:Bx81kQz2", "gpt-4.1-mini-2025-04-14"
ANSWER = "Shelf 12 stands on floor 3:\n\n    lift -> left -> 2nd aisle\n\n日本語の本 are beside it."
BABBLE = "I am not sure which library you mean. " * 14
TRIALS = tuple(
    Trial(n, n, (Message("user", f"Where is shelf {n}?"),), f"Shelf {n} stands on floor {n % 4}.")
    for n in range(1, 9)
)


async def empty(tab: Tab) -> None:
    tab.pane.chat.have_models("", "")


async def answered(tab: Tab) -> None:
    tab.pane.chat.have_models(TUNED, BASE)
    tab.pane.chat.fields.system.load_text("You answer about the town library.")
    first = Answer(TUNED, ANSWER, "stop", 0.31, 1.24, 34, 28, 0.0001576)
    second = Answer(BASE, BABBLE, "length", 0.62, 8.1, 34, 512, 0.0008328)
    for side, answer in zip(tab.pane.chat.answers.sides, (first, second), strict=True):
        side.begin(answer.model, "Where is shelf 12?")
        side.end(answer)
    tab.pane.chat.prompt.load_text("And shelf 13?")
    await tab.until(lambda: tab.pane.chat.send_row.is_priced)


def results() -> list[TrialResult]:
    found = []
    for trial in TRIALS[:6]:
        n = trial.example
        texts = {TUNED: trial.expected, BASE: f"Shelf {n} is on floor three, I think."}
        if n == 3:
            texts[TUNED] = f"Shelf {n} stands on floor 1, at the lift."
        for model, text in texts.items():
            error = "The endpoint is overloaded." if (n, model) == (5, BASE) else ""
            text = "" if error else text
            answer = Answer(model, text, "stop", 0.2, 0.4 + n / 10, 20, 9, 0.00002, error)
            found.append(TrialResult(trial, model, answer, text == trial.expected))
    return found


async def trials(tab: Tab) -> None:
    tab.pane.chat.have_models(TUNED, BASE)
    plan = TrialPlan(TRIALS, (TUNED, BASE), ChatOptions(), (HighestPrice(), HighestPrice()))
    tab.app.post(TrialsBegun(plan, Path("train.results.jsonl")))
    tab.app.post(TrialsAnswered(tuple(results())))
    told: dict[str, Any] = {
        "calls": 6,
        "prompt_tokens": 120,
        "completion_tokens": 54,
        "dollars": 0.00012,
    }
    tallies = (ModelTally(TUNED, exact=5, **told), ModelTally(BASE, failed=1, **told))
    tab.app.post(TrialsEnded(TrialSummary(tallies, 16, is_stopped=True)))
    await tab.until(lambda: tab.pane.trials.display)
    await tab.press("j", "j")


async def example(tab: Tab) -> None:
    await trials(tab)
    await tab.press("enter")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("steps", [empty, answered, trials, example], ids=lambda one: one.__name__)
def test_the_playground_looks_as_it_did(
    snap_compare: Callable[..., bool],
    session: Session,
    steps: Callable[[Tab], Awaitable[None]],
    size: tuple[int, int],
) -> None:
    async def run_before(pilot: Pilot[Any]) -> None:
        app = pilot.app
        assert isinstance(app, OpenAIInterfaceFT)
        app.connection.visible = False
        await press(pilot, "f6")
        await until(pilot, lambda: isinstance(app.tabs.pane, PlaygroundPane) and not app.keys_wait)
        await steps(Tab(app, pilot))
        await later(pilot, 1.0, BESIDES)

    assert snap_compare(OpenAIInterfaceFT(session), terminal_size=size, run_before=run_before)
