"""The tab Models on a sandbox, by keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import pytest
from tests.interface.jobs.job_list import JobList
from tests.interface.jobs.jobs_host import screen_text
from tests.interface.seen import toast

from faults.harness import hasty
from faults.proxy import Fault, FaultProxy, error_answer
from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.jobs.details import JobDetails
from fttui.interface.messages import JobChanged
from fttui.interface.models.pane import ModelsPane
from fttui.server import SandboxServer, fill_with_samples
from fttui.services.session import Session
from fttui.services.tuned_models.model_filter import ModelFilter

Open = Callable[[], AbstractAsyncContextManager[tuple[JobList, ModelsPane]]]


@pytest.fixture
def open_models(
    sandbox: SandboxServer, fault_proxy: FaultProxy, open_session: Callable[..., Session]
) -> Open:
    """The app on the tab, with the models that are loaded."""
    fill_with_samples(sandbox)

    @asynccontextmanager
    async def opened() -> AsyncIterator[tuple[JobList, ModelsPane]]:
        app = OpenAIInterfaceFT(open_session(fault_proxy.base_url, hasty(tries=1)))
        async with app.run_test(size=(80, 24)) as pilot:
            it = JobList(app, pilot, fault_proxy)
            await it.press("f5")
            pane = app.query_one(ModelsPane)
            await it.until(lambda: pane.table.row_count and app.listed_jobs())
            await it.until(
                lambda: all(one.job for one in pane.table._lists["tuned"].models.values())
            )
            yield it, pane

    return opened


async def test_a_tab_that_is_opened_before_the_rest_of_the_app_is_there_has_its_list(
    sandbox: SandboxServer,
    open_session: Callable[..., Session],
    fault_proxy: FaultProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(OpenAIInterfaceFT, "show_rest", lambda app: None)
    app = OpenAIInterfaceFT(open_session(fault_proxy.base_url, hasty(tries=1)))
    async with app.run_test(size=(80, 24)) as pilot:
        it = JobList(app, pilot, fault_proxy)
        await it.press("f5")
        await it.until(lambda: app.query(ModelsPane))
        await it.until(lambda: app.query_one(ModelsPane).table.size.height > 10)


async def test_a_deleted_model_stays_in_the_list_as_deleted_and_marks_its_job(
    open_models: Open, fault_proxy: FaultProxy
) -> None:
    async with open_models() as (it, pane):
        model = next(
            one for one in pane.table._lists["tuned"].models.values()
            if one.goes.days_left > 0 and not one.of_model
        )  # fmt: skip
        pane.table.move_to(model.id)
        said = await it.question("x")
        assert model.id[-8:] in said and "not archived" in said and "record of the job" in said
        await it.press(*model.raw_id[-4:], "enter", "enter")
        await it.until(lambda: "is deleted" in toast(it.app))
        await it.until(lambda: pane.table.gone == 1)
        assert "1 deleted" in screen_text(it.app) and "✗ deleted" in screen_text(it.app)
        calls = [call for call in fault_proxy.seen if call.startswith("DELETE")]
        assert len(calls) == 1 and fault_proxy.seen[calls[0]] == 1
        await it.press("x")
        assert "deleted already" in toast(it.app)
        await it.press("f3")
        await it.until(lambda: "✗ deleted:" in screen_text(it.app))


async def test_a_refusal_that_holds_for_all_is_asked_for_once(
    open_models: Open, fault_proxy: FaultProxy
) -> None:
    fault_proxy.always("DELETE /models", error_answer(403, commit=False))
    async with open_models() as (it, pane):
        pane.table.set_filter(ModelFilter.parse("desk-v2 there"))
        await it.press("space", "space", "space")
        marked = [one for one in pane.table.marked if one.is_there]
        await it.question("x")
        await it.press(f"{len(marked)}", "enter", "enter")
        await it.until(lambda: "owner of the organization" in toast(it.app))
        calls = [call for call in fault_proxy.seen if call.startswith("DELETE")]
        assert sum(fault_proxy.seen[call] for call in calls) == 1
        assert pane.table.gone == 0


async def test_one_key_takes_a_model_into_the_form_and_another_shows_its_job(
    open_models: Open,
) -> None:
    async with open_models() as (it, pane):
        await it.press("o")
        assert isinstance(it.app.screen, JobDetails)
        assert it.app.screen.job.id == pane.table.current.job.id
        await it.press("escape")
        assert it.app.tabs.active == "models"
        await it.press("b", "slash", *"4.1-mini", "enter", "d")
        await it.until(lambda: it.app.tabs.active == "create")
        assert it.app.create_pane._fields.model.value == "gpt-4.1-mini-2025-04-14"


async def test_the_details_act_on_the_model_that_they_show_and_name_what_can_be_done(
    open_models: Open,
) -> None:
    async with open_models() as (it, pane):
        pane.table.set_filter(ModelFilter.parse("there"))
        await it.press("space", "space", "enter")
        shown = it.app.screen.model
        said = await it.question("x")
        assert shown not in pane.table.marked and shown.raw_id[-4:] in said.replace("\n", "")
        await it.press("escape", "escape", "b")
        await it.until(lambda: "x Delete" not in screen_text(it.app))
        pane.table.set_filter(ModelFilter())
        await it.press("space")
        assert "Base models cannot be marked" in toast(it.app)
        await it.press("slash")
        await it.until(lambda: "esc No filter" in screen_text(it.app))
        assert "/ Filter" not in screen_text(it.app)
        await it.press("escape", "enter")
        assert "New job" in screen_text(it.app) and "Its job" not in screen_text(it.app)


async def test_a_list_is_asked_for_once_a_job_tells_of_a_new_model_and_esc_gives_it_up(
    open_models: Open, fault_proxy: FaultProxy
) -> None:
    async with open_models() as (it, pane):
        models = pane.table._lists["tuned"].models
        model = next(one for one in models.values() if one.is_there and not one.of_model)
        models[model.id] = replace(model, exists=None)
        known = fault_proxy.seen["GET /models"]
        pane.post_message(JobChanged(model.job))
        await it.until(lambda: fault_proxy.seen["GET /models"] == known + 1)
        await it.until(lambda: pane.table.knows(model.id))
        fault_proxy.always("GET /models", Fault("held"))
        it.besides = ("account-models",)
        await it.press("r")
        await it.until(lambda: fault_proxy.seen["GET /models"] == known + 2)
        await it.press("escape")
        await it.until(lambda: "Loading the models was stopped." in screen_text(it.app))
        assert "loading…" not in screen_text(it.app) and pane.table.knows(model.id)
        it.besides = ()
        fault_proxy.calm()
        await it.press("r")
        await it.until(lambda: "was stopped" not in screen_text(it.app))
