"""`d` on a job: the form is filled with what the job was asked to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.interface.create.create_app import Form, form, write_examples
from tests.interface.seen import asked, facts, say_yes

from faults.harness import MODEL, Truth, draft_of, hasty
from fttui.interface.screens.confirm import Confirm
from fttui.server import SandboxServer
from fttui.services.endpoint.models import Job
from fttui.services.job_form import JobRequest
from fttui.services.session import Session


@pytest.fixture
def session(open_session: Callable[..., Session], sandbox: SandboxServer) -> Session:
    return open_session(sandbox.base_url, hasty(tries=1))


@pytest.fixture
def truth(sandbox: SandboxServer) -> Iterator[Truth]:
    found = Truth(sandbox)
    yield found
    found.close()


@pytest.fixture
def job(session: Session, tmp_path: Path) -> Job:
    """A job that this machine has asked for."""
    request = JobRequest(
        MODEL, hyperparameters={"n_epochs": 3}, seed=7, suffix="desk", metadata={"team": "desk"}
    )
    with draft_of(write_examples(tmp_path / "good.jsonl"), request=request) as draft:
        return session.thread.wait(session.submissions.submit(draft))


async def go_again(it: Form, key: str = "d") -> None:
    """Press `d` on the only job of the list."""
    await it.press("f3")
    await it.until(lambda: len(it.app.selected_jobs()) == 1)
    await it.press(key)
    await it.until(lambda: it.app.tabs.active == "create")
    await it.settle()


async def test_the_form_asks_for_the_same_and_tells_what_is_changed(
    session: Session, job: Job, truth: Truth
) -> None:
    async with form(session) as it:
        await go_again(it)
        values = {key: it.field(key).value for key in ("model", "n_epochs", "seed", "suffix")}
        assert values == {"model": MODEL, "n_epochs": "3", "seed": "7", "suffix": "desk"}
        assert it.field("metadata").value == "team=desk"
        assert it.file().value == job.training_file
        assert it.app.focused is it.field("n_epochs").control_widget
        assert it.shown_message("n_epochs") == ""
        await it.press("ctrl+u", "4")
        assert it.shown_message("n_epochs") == "≠ 3 before"
        await it.press("ctrl+s")
        await asked(it.pilot)
        assert facts(it.app)[f"Against {job.id}"] == "epochs 3 -> 4"
        await say_yes(it.pilot)
        await it.until(lambda: it.app.tabs.active == "jobs")
    newest, oldest = truth.jobs()
    assert newest.hyperparameters.n_epochs == 4
    assert newest.training_file == oldest.training_file == job.training_file
    assert newest.metadata["team"] == "desk" and newest.suffix == "desk"


async def test_a_job_that_had_no_grader_names_none(session: Session, job: Job) -> None:
    async with form(session) as it:
        await go_again(it)
        await it.go_to("method")
        await it.press("right", "right")
        await it.until(lambda: bool(it.pane.query("#field-grader")))
        assert it.field("grader").control_widget.value == ""  # type: ignore[attr-defined]


async def test_from_the_details_too_and_what_was_typed_is_not_lost_without_a_yes(
    session: Session, job: Job
) -> None:
    async with form(session) as it:
        await it.go_to("suffix")
        await it.paste("mine")
        await it.press("f3")
        await it.until(lambda: len(it.app.selected_jobs()) == 1)
        await it.press("enter", "d")
        await it.until(lambda: isinstance(it.app.screen, Confirm))
        await it.press("escape")
        assert it.field("suffix").value == "mine" and it.field("n_epochs").value == ""
        await go_again(it)
        await it.say_yes()
        assert it.field("suffix").value == "desk" and it.field("n_epochs").value == "3"


async def test_a_file_that_was_deleted_is_told_in_the_form(
    session: Session, job: Job, sandbox: SandboxServer
) -> None:
    assert job.training_file
    session.thread.wait(session.handle.delete_file(job.training_file))
    async with form(session) as it:
        await go_again(it)
        await it.until(lambda: bool(it.file().check.refusal))
        assert not it.can_send


async def test_a_list_in_a_field_says_where_lists_are_taken(session: Session, job: Job) -> None:
    async with form(session) as it:
        await go_again(it)
        await it.paste(",4")
        assert "fttui create --from" in it.shown_message("n_epochs")


async def test_another_model_as_the_base_fills_all_else_from_the_job_whose_details_are_open(
    session: Session, job: Job
) -> None:
    async with form(session) as it:
        await it.press("f3")
        await it.until(lambda: len(it.app.selected_jobs()) == 1)
        await it.press("enter")
        it.app.utils.use_as_base("ft:a:checkpoint")
        await it.until(lambda: it.app.tabs.active == "create" and it.app.is_at_rest)
        assert it.field("model").value == "ft:a:checkpoint"
        assert it.field("n_epochs").value == "3" and it.file().value == job.training_file
