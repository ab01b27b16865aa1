"""`d` on a job where there are other profiles: the same job, here or there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.interface.endpoints.two_places import Places, switch_of
from tests.interface.jobs.jobs_host import screen_text
from tests.interface.seen import asked, facts, say_yes, toast

from faults.harness import write_rows
from fttui.interface.running import app_after
from fttui.interface.screens.confirm import Confirm
from fttui.interface.screens.menu import Menu
from fttui.server import SandboxConfig, SandboxServer
from fttui.services.job_form import JobRequest
from fttui.services.session import Session
from fttui.services.submission.types import Draft
from fttui.storage.folders import state_folder
from fttui.training_data.files import open_checked
from sandbox_key import SANDBOX_KEY
from settling import press, settled, until

MODEL = "gpt-4.1-mini-2025-04-14"
LLAMA = "meta-llama/Llama-3.1-8B-Instruct"


@pytest.fixture
def places(sandbox: SandboxServer) -> Iterator[Places]:
    """A plain sandbox as `one`, and as `two` one like Nebius."""
    with SandboxServer(SandboxConfig(api_key=SANDBOX_KEY, like="nebius")) as other:
        urls = {"one": sandbox.base_url, "two": other.base_url}
        made = Places(urls, dict.fromkeys(urls, SANDBOX_KEY), 'lacks = ["metadata"]\n')
        made.write()
        yield made
        made.close()


def make_job(places: Places, path: Path) -> str:
    """A job at `one`."""
    session = Session.open(profile="one", environ=places.environ)
    request = JobRequest(MODEL, hyperparameters={"n_epochs": 3}, metadata={"team": "desk"})
    with open_checked(write_rows(path)) as file:
        job = session.thread.wait(session.submissions.submit(Draft(request, file)))
    session.close()
    return job.id


async def test_a_job_goes_to_the_form_of_another_profile_with_its_file_and_what_is_left_out(
    places: Places, tmp_path: Path
) -> None:
    job_id = make_job(places, tmp_path / "train.jsonl")
    app = places.app("one")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "f3")
        await until(pilot, lambda: len(app.selected_jobs()) == 1)
        await press(pilot, "d")
        assert isinstance(app.screen, Menu)
        text = screen_text(app)
        assert "Here, at one" in text and "two" in text
        await press(pilot, "end", "enter")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await asked(pilot)
        text = screen_text(app)
        assert LLAMA in text and "team=desk" in text and "Nothing is sent yet" in text
        await say_yes(pilot)
        await until(pilot, lambda: not app.is_running)
    assert switch_of(app).session.endpoint.profile.name == "two"
    following = app_after(app)
    assert following is not None
    places.sessions.append(following.session)
    async with following.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: following.create_pane._file("training").check.report)
        pane = following.create_pane
        assert following.in_front == "create"
        form = pane._fields.form()
        assert (form.model, form.n_epochs, form.metadata) == (LLAMA, "3", "")
        path = pane._file("training").path
        assert path is not None and path.is_relative_to(state_folder())
        assert path.read_bytes() == (tmp_path / "train.jsonl").read_bytes()
        model = pane._fields.field("model")
        assert model is not None and f"≠ {MODEL} before" in model.message
        await press(pilot, "ctrl+s")
        await asked(pilot)
        assert f"{MODEL} -> {LLAMA}" in facts(following)[f"Against {job_id}"]
        await say_yes(pilot)
        await until(pilot, lambda: following.listed_jobs())
    (made,) = following.listed_jobs()
    assert made.model == LLAMA and made.hyperparameters.n_epochs == 3


async def test_enter_stays_here_and_what_cannot_go_is_told(places: Places, tmp_path: Path) -> None:
    make_job(places, tmp_path / "train.jsonl")
    places.more = 'lacks = ["create"]\n'
    app = places.app("one")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "f3")
        await until(pilot, lambda: len(app.selected_jobs()) == 1)
        await press(pilot, "d", "end", "enter")
        await until(pilot, lambda: toast(app) != "")
        assert "has another form" in toast(app)
        await press(pilot, "d", "enter")
        await until(pilot, lambda: app.tabs.active == "create")
        await settled(pilot)
        assert app.create_pane._fields.form().model == MODEL
