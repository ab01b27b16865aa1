"""The copy menu and a job's page, by keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest
from tests.interface.dialog_host import DialogHost
from tests.interface.jobs.job_list import JOBS, JobList, job_list
from tests.interface.seen import say_yes, toast
from textual.color import Color
from textual.widgets import Static

from faults.proxy import Fault, FaultProxy
from fttui.interface.actions.copy_menu import item_of
from fttui.interface.screens.link import LinkScreen
from fttui.interface.screens.menu import Menu, MenuItem
from fttui.services.copy_texts import copy_texts
from fttui.services.endpoint.address import resolve_endpoint
from fttui.services.endpoint.models import Job
from fttui.services.session import Session
from fttui.storage.folders import state_folder
from fttui.storage.settings import Settings

OpenJobs = Callable[..., AbstractAsyncContextManager[JobList]]
ONE = {
    "id": "ftjob-1",
    "status": "running",
    "model": "gpt-4.1-mini-2025-04-14",
    "training_file": "file-a1",
    "user_provided_suffix": "desk-v5",
}
BLACK = Color(0, 0, 0)
ODD = "ftjob-$(reboot)"


@pytest.fixture
def open_jobs(
    open_session: Callable[..., Session], fault_proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> OpenJobs:
    monkeypatch.setenv("FTTUI_CLIPBOARD", "file")

    def open_one(*jobs: dict[str, object]) -> AbstractAsyncContextManager[JobList]:
        answer = json.dumps({"object": "list", "data": jobs, "has_more": False}).encode()
        fault_proxy.always(f"GET {JOBS}$", Fault("answer", body=answer))
        return job_list(open_session, fault_proxy, len(jobs))

    return open_one


def copied() -> str:
    path = state_folder() / "clipboard.txt"
    return path.read_text() if path.exists() else ""


def items(it: JobList) -> dict[str, MenuItem]:
    assert isinstance(it.app.screen, Menu)
    return {item.id: item for item in it.app.screen.items}


async def test_a_letter_copies_and_what_is_missing_says_why(open_jobs: OpenJobs) -> None:
    async with open_jobs(ONE) as it:
        await it.press("c")
        assert items(it)["model"].why_not == "It has no fine-tuned model yet."
        assert items(it)["training"].hint == "file-a1"
        await it.press("m")
        assert isinstance(it.app.screen, Menu) and copied() == ""
        await it.press("f")
        await it.until(lambda: copied().endswith("fttui show ftjob-1"))
        assert copied().startswith("OPENAI_BASE_URL=http://127.0.0.1")
        await it.press("c", "enter")
        await it.until(lambda: copied() == "ftjob-1")
        await it.press("c", "y")
        await it.until(lambda: copied().startswith("import os\n\nfrom openai import OpenAI\n"))


async def test_marked_jobs_are_copied_as_lines_and_odd_ones_after_a_question(
    open_jobs: OpenJobs,
) -> None:
    async with open_jobs(ONE, {"id": ODD, "status": "running"}) as it:
        await it.press("space", "space", "c", "c")
        await it.until(lambda: copied().count("curl -sS ") == 2)
        assert "ftjob-%24%28reboot%29" in copied()
        await it.press("c", "i")
        await say_yes(it.pilot)
        await it.until(lambda: sorted(copied().split("\n")) == [ODD, "ftjob-1"])


async def test_what_the_screen_in_front_offers_comes_first(
    open_jobs: OpenJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_jobs(ONE) as it:
        first = MenuItem("event", "Event", "Step 1/3"), "Step 1/3: training loss=0.5"
        monkeypatch.setattr(type(it.app.screen), "menu_first", lambda _: first, raising=False)
        await it.press("c")
        assert next(iter(items(it))) == "event"
        await it.press("enter")
        await it.until(lambda: copied() == first[1])


async def test_without_a_page_it_says_how_to_name_one(open_jobs: OpenJobs) -> None:
    async with open_jobs(ONE) as it:
        await it.press("b")
        assert 'set job_page in the profile, as "https://.../{id}"' in toast(it.app)


async def test_without_a_browser_the_page_is_a_link_and_copied(
    open_jobs: OpenJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_TTY", "/dev/pts/9")
    async with open_jobs(ONE) as it:
        endpoint = it.app.session.endpoint
        page = "https://pages.example/jobs/{id}"
        profile = replace(endpoint.profile, job_page=page)
        it.app.session.endpoint = replace(endpoint, profile=profile, is_profiles=True)
        await it.press("b")
        await it.until(lambda: isinstance(it.app.screen, LinkScreen))
        await it.until(lambda: copied() == page.format(id="ftjob-1"))
        strip = it.app.screen.query_one("#link", Static).render_line(0)
        filtered = it.app.get_line_filters()[-1].apply(list(strip), BLACK)
        links = {segment.style.link for segment in filtered if segment.style}
        assert page.format(id="ftjob-1") in links


async def test_with_a_browser_the_page_is_opened(
    open_jobs: OpenJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        "fttui.terminal.browser.open_page", lambda url, _environ: opened.append(url) or ""
    )
    async with open_jobs(ONE) as it:
        endpoint = it.app.session.endpoint
        profile = replace(endpoint.profile, job_page="https://pages.example/{id}")
        it.app.session.endpoint = replace(endpoint, profile=profile, is_profiles=True)
        await it.press("b")
        await it.until_told("Opened in the browser: https://pages.example/ftjob-1")
        assert opened == ["https://pages.example/ftjob-1"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_menu_looks(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    job = Job.read(ONE)
    assert job is not None
    endpoint = resolve_endpoint(Settings(), {})
    shown = [item_of(one) for one in copy_texts([job], endpoint)]
    app = DialogHost(Menu("Copy", shown, lead="desk-v5"))
    assert snap_compare(app, terminal_size=size)
