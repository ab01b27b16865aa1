"""The days that models have left, in the list and beside it, and the offer of an archive."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date

import pytest
from tests.interface.jobs.job_list import JobList
from tests.interface.jobs.jobs_host import NOW, JobsHost, make_job, screen_text, settled
from textual.widgets import Static

from faults.harness import hasty
from faults.proxy import Fault, FaultProxy
from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.jobs.table import COLUMNS
from fttui.interface.jobs.words import ARCHIVE_OFFER
from fttui.interface.kit.columns import fit_columns
from fttui.interface.messages import ModelsLoaded
from fttui.server import SandboxServer, fill_with_samples
from fttui.services.endpoint.models import Model
from fttui.services.retirement_clock import RetirementClock
from fttui.services.session import Session
from fttui.storage.archive.known import archive_folder
from settling import press

BASE = "gpt-4.1-mini-2025-04-14"
MODELS = "GET /models"
OFFER = ARCHIVE_OFFER.format(key="A")


def cell(app: JobsHost, key: str) -> tuple[str, str]:
    column = next(each for each in COLUMNS if each.key == "days_left")
    return app.pane.table.cell(key, column)


def test_the_column_is_the_first_to_go_where_room_is_short() -> None:
    last = max(COLUMNS, key=lambda column: column.rank)
    assert last.key == "days_left"
    shown = {column.key for column, _ in fit_columns(COLUMNS, 120)}
    assert shown == {column.key for column in COLUMNS}
    assert shown - {column.key for column, _ in fit_columns(COLUMNS, 117)} == {"days_left"}


@pytest.mark.parametrize("name", ["created", "duration", "tokens", "days_left"])
def test_the_mark_of_the_order_has_room_beside_the_title(name: str) -> None:
    (column,) = [each for each in COLUMNS if each.key == name]
    assert len(f"{column.title} ▲") <= column.least


async def test_days_are_a_number_red_below_thirty_and_the_bases_until_there_is_a_model() -> None:
    jobs = [
        make_job(1),
        make_job(2, "running"),
        make_job(3, model="gpt-3.5-turbo-0125", fine_tuned_model=None),
        make_job(4, "failed", model="llama-3"),
    ]
    app = JobsHost(jobs)
    async with app.run_test(size=(130, 30)) as pilot:
        await settled(pilot)
        ends = [cell(app, job.id) for job in jobs]
        assert ends == [("53 d", "plain"), ("53 d", "plain"), ("shut down", "bad"), ("–", "plain")]


async def test_the_endpoints_dates_fill_the_column_and_the_panel_when_they_come() -> None:
    job = make_job(1)
    app = JobsHost([job])
    app.pane = type(app.pane)(
        clock=lambda: NOW, retirement=(clock := RetirementClock(lambda: NOW.date())), id="jobs-pane"
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "2027-01-14, in 53 days" in screen_text(app)
        served = Model(job.fine_tuned_model or "", shutdown_date="2026-12-02")
        clock.learn([served])
        app.tell(ModelsLoaded((served,)))
        await settled(pilot)
        assert "2026-12-02, in 10 days" in screen_text(app)
        assert cell(app, job.id) == ("10 d", "bad")
        await press(pilot, "enter")
        await settled(pilot)
        assert "2026-12-02, in 10 days" in screen_text(app)


@pytest.fixture
def open_app(
    sandbox: SandboxServer, fault_proxy: FaultProxy, open_session: Callable[..., Session]
) -> Callable[..., object]:
    fill_with_samples(sandbox)

    @asynccontextmanager
    async def opened(today: date) -> AsyncIterator[JobList]:
        session = open_session(fault_proxy.base_url, hasty(tries=1))
        app = OpenAIInterfaceFT(session, today=today)
        async with app.run_test(size=(80, 24)) as pilot:
            it = JobList(app, pilot, fault_proxy)
            await it.press("f3")
            await it.until(lambda: app.jobs_pane._state.loaded)
            await it.press("g")
            yield it

    return opened


def note(it: JobList) -> str:
    return str(it.app.query_one("#jobs-note", Static).render())


async def test_the_offer_stands_in_the_hint_line_of_one_run_until_it_is_taken_up(open_app) -> None:
    assert len(OFFER) <= 58 + 16
    async with open_app(date(2026, 12, 1)) as it:
        await it.until(lambda: note(it) == OFFER)
        await it.press("A", "escape")
        await it.until(lambda: note(it) == "")
    async with open_app(date(2026, 12, 1)) as it:
        assert note(it) == ""


@pytest.mark.parametrize("today", [date(2026, 11, 14), date(2027, 1, 15)])
async def test_nothing_is_offered_while_no_model_is_soon_to_go(open_app, today: date) -> None:
    async with open_app(today) as it:
        assert note(it) == ""
    async with open_app(date(2026, 12, 1)) as it:  # and it is offered when it is
        await it.until(lambda: note(it) == OFFER)


async def test_nothing_is_offered_where_there_is_an_archive(open_app, fault_proxy) -> None:
    host = fault_proxy.base_url.split("/")[2]
    async with open_app(date(2026, 11, 1)) as it:
        key = it.app.session.credential.secret.fingerprint
    folder = archive_folder(host, key)
    folder.mkdir(parents=True)
    (folder / "index.json").write_text("{}")
    async with open_app(date(2026, 12, 1)) as it:
        assert note(it) == ""


async def test_the_models_are_asked_for_once_and_a_failure_leaves_no_dates_of_openai(
    open_app, fault_proxy: FaultProxy
) -> None:
    fault_proxy.always(MODELS, Fault("reset", commit=False))
    async with open_app(date(2026, 12, 1)) as it:
        table = it.app.jobs_pane.table
        clock = it.app.session.retirement
        assert table.jobs and not any(map(clock.of_job, table.jobs))
    fault_proxy.calm()
    fault_proxy.seen.clear()
    async with open_app(date(2026, 12, 1)) as it:
        await it.until(lambda: it.app.session.retirement.told)
        await it.press("r")
        assert fault_proxy.seen[MODELS] == 1
