"""The last day of a model in the form, in its list of models, and before paying."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.interface.create.create_app import form, write_examples
from tests.interface.jobs.jobs_host import screen_text
from tests.interface.seen import asked, facts
from textual.widgets import Static

from faults.harness import hasty
from faults.proxy import Fault, FaultProxy
from fttui.services.session import Session
from settling import press

BASE = "gpt-4.1-mini-2025-04-14"


def told(day: str) -> Fault:
    model = {"id": BASE, "object": "model", "created": 1, "owned_by": "x", "shutdown_date": day}
    return Fault("answer", body=json.dumps({"object": "list", "data": [model]}).encode())


@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
@pytest.mark.parametrize(
    ("day", "text"),
    [
        ("2027-01-14", "shut down by OpenAI on 2027-01-14, in 53 days, with its fine-tunes."),
        ("2026-12-02", "shut down on 2026-12-02, in 10 days"),
    ],
)
async def test_the_confirmation_has_the_date_in_its_text_where_it_is_seen_at_once(
    open_session: Callable[..., Session],
    fault_proxy: FaultProxy,
    tmp_path: Path,
    size: tuple[int, int],
    day: str,
    text: str,
):
    fault_proxy.always("GET /models", told(day))
    session = open_session(fault_proxy.base_url, hasty(tries=1))
    async with form(session, size) as it:
        await it.until(lambda: bool(session.retirement.told))
        await it.choose(write_examples(tmp_path / "good.jsonl"))
        await it.go_to("model")
        await it.press("ctrl+u")
        await it.paste(BASE)
        assert day in it.shown_message("model")
        await it.press("ctrl+s")
        await asked(it.pilot)
        warning = str(it.app.screen.query_one(".dialog-warning", Static).render())
        assert text in " ".join(warning.split())
        shown = screen_text(it.app)
        assert day in shown
        assert "Create the job" in shown
        assert facts(it.app)["Model"] == BASE


async def test_a_day_too_far_for_a_warning_stands_beside_the_model(
    open_session: Callable[..., Session], fault_proxy: FaultProxy, tmp_path: Path
):
    fault_proxy.always("GET /models", told("2028-01-14"))
    session = open_session(fault_proxy.base_url, hasty(tries=1))
    async with form(session) as it:
        await it.until(lambda: bool(session.retirement.told))
        await it.choose(write_examples(tmp_path / "good.jsonl"))
        await it.go_to("model")
        await it.press("ctrl+u")
        await it.paste(BASE)
        await it.press("ctrl+s")
        await asked(it.pilot)
        assert facts(it.app)["Model"] == f"{BASE} (until 2028-01-14, 418 d)"


async def test_the_list_of_models_has_the_endpoints_last_days_and_nobody_elses(
    open_session: Callable[..., Session], fault_proxy: FaultProxy
):
    fault_proxy.always("GET /models", told("2026-12-02"))
    session = open_session(fault_proxy.base_url, hasty(tries=1))
    async with form(session) as it:
        await it.until(lambda: bool(session.retirement.told))
        await it.go_to("model")
        await press(it.pilot, "ctrl+u", "f4")
        shown = screen_text(it.app)
        assert f"{BASE}  until 2026-12-02, 10 d" in shown
        assert "2027-01-14" not in shown
