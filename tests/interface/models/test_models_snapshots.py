"""How the tab Models looks at two sizes, also with names that mean harm."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from textual.app import ComposeResult
from textual.pilot import Pilot

import fttui.interface
from fttui.interface.guard.app import SafeApp
from fttui.interface.kit.keys import KeyLine
from fttui.interface.models.pane import ModelsPane
from fttui.interface.tab_messages.models import ModelsArranged
from fttui.services.endpoint.models import Job, Model
from fttui.services.tuned_models.account import AccountModels
from fttui.services.tuned_models.bases import BaseModel
from fttui.services.tuned_models.inventory import TunedModel
from fttui.training_data.retirement import Retirement
from settling import press, settled

STYLES = Path(fttui.interface.__file__).parent / "styles"
SOON = Retirement(date(2027, 1, 14), 48, "table")
HOSTILE = "ft:\x1b]52;c;cm0=\\x07[/x][bold]\u202egnp:acme:" + "w" * 3000


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times of day are shown in local time, so the place must be fixed."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def tuned(suffix: str, day: int, **more: Any) -> TunedModel:
    base = "gpt-4.1-mini-2025-04-14"
    name = f"ft:{base}:acme:{suffix}:Bx81kQz{day}"
    job = Job(f"ftjob-{day}aBcDeFgHiJkLmNoPqRsT", f"ftjob-{day}", model=base, suffix=suffix)
    told = {
        "created_at": datetime(2026, 11, day, 12, tzinfo=UTC),
        "goes": SOON,
        "exists": True,
        "archived": False,
    }
    return TunedModel(name, name, base, job, **{**told, **more})


ACCOUNT = AccountModels(
    (
        tuned("desk-v3", 9),
        tuned("desk-v2", 8, archived=True),
        tuned("tone", 7, exists=False, is_deleted=True),
        tuned("old", 6, exists=None),
        TunedModel(Model.read(HOSTILE).id, "", exists=True),
    ),
    (
        BaseModel("gpt-4.1-2025-04-14", "gpt-4.1-2025-04-14", True, ("supervised", "dpo"), 65_536,
                  25.0, "2026-11-22", goes=SOON, jobs=3, answer_prices=(3.0, 12.0)),
        BaseModel("meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-8B-Instruct"),
    ),
    closing="OpenAI takes no new fine-tuning jobs from 2027-01-06, in 40 days.",
)  # fmt: skip


class ModelsHost(SafeApp[None]):
    """Only the tab."""

    CSS_PATH: ClassVar[Any] = [
        STYLES / f"{name}.tcss" for name in ("controls", "jobs", "dialogs", "models")
    ]
    HORIZONTAL_BREAKPOINTS: ClassVar[Any] = [(0, "-narrow"), (100, "-wide")]

    def __init__(self) -> None:
        super().__init__()
        endpoint = SimpleNamespace(host="api.acme.test")
        host = SimpleNamespace(session=SimpleNamespace(endpoint=endpoint, refusal=""))
        self.utils = SimpleNamespace(host=host, load_account_models=lambda: None)
        self.pane = ModelsPane()

    def compose(self) -> ComposeResult:
        yield self.pane
        yield KeyLine()

    def on_mount(self) -> None:
        self.animation_level = "none"
        self.pane.post_message(ModelsArranged(ACCOUNT))


def pressing(*keys: str) -> Callable[[Pilot[Any]], Any]:
    async def before(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        for key in keys:
            await press(pilot, key)
        await settled(pilot)

    return before


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("keys", [(), ("b",), ("j", "j", "enter")], ids=["own", "bases", "facts"])
def test_snapshot(
    snap_compare: Callable[..., bool], size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    assert os.environ["TZ"] == "UTC"
    assert snap_compare(ModelsHost(), terminal_size=size, run_before=pressing(*keys))
