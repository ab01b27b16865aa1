"""While a job is being created: nothing ends it but a deliberate yes, and nothing doubles it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.interface.create.create_app import Form, form, write_examples
from tests.interface.seen import asked, facts, say_yes, toast, words

from faults.harness import Truth, hasty
from faults.proxy import Fault, FaultProxy
from fttui.server import SandboxServer
from fttui.services.endpoint.models import Job
from fttui.services.session import Session

CREATE = "POST /fine_tuning/jobs"
PART = 64 * 1024
HELD = Fault("held")
BUSY = ("submit", "control")


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_examples(tmp_path / "good.jsonl")


@pytest.fixture
def truth(sandbox: SandboxServer) -> Iterator[Truth]:
    found = Truth(sandbox)
    yield found
    found.close()


@pytest.fixture
def proxied(open_session: Callable[..., Session], fault_proxy: FaultProxy) -> Session:
    """A session through the proxy that sends everything in small parts."""
    options = hasty(tries=1, direct_bytes=1, part_bytes=PART, window=1)
    return open_session(fault_proxy.base_url, options)


@asynccontextmanager
async def sending(
    session: Session, proxy: FaultProxy, training: Path | str, held: str = CREATE
) -> AsyncIterator[Form]:
    """The app with a submission confirmed, whose call of the path `held` has gone out."""
    async with form(session) as it:
        it.besides = BUSY
        await it.go_to("training")
        await it.press("ctrl+u")
        await it.paste(str(training))
        await it.press("enter")
        await it.until(lambda: it.can_send)
        await it.settle()
        proxy.seen.clear()
        await it.press("ctrl+s")
        await say_yes(it.pilot, BUSY)
        await it.until(lambda: any(call.endswith(held) for call in proxy.seen))
        yield it


async def until_created(it: Form) -> None:
    await it.until(lambda: it.app.tabs.active == "jobs")
    await it.until(lambda: it.app.jobs_pane.selected_jobs())


@pytest.mark.parametrize("answer", ["enter", "escape"])
async def test_who_does_not_want_to_give_the_upload_up_after_all_gets_the_job(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, good: Path, answer: str
):
    fault_proxy.always("/parts$", HELD)
    async with sending(proxied, fault_proxy, good, "/parts") as it:
        await it.press("x")
        await asked(it.pilot, BUSY)
        said = words(it.app)
        assert "No job is created, and what was sent is deleted." in said
        assert facts(it.app)["Endpoint"].startswith("127.0.0.1")
        assert "Go on with it" in said
        await it.press(answer)
        assert not it.app.screen.is_modal
        fault_proxy.let_go()
        await until_created(it)
        assert not [call for call in fault_proxy.seen if "cancel" in call or "DELETE" in call]
    (job,) = truth.jobs()
    assert truth.content(job.training_file or "") == good.read_bytes()


async def test_the_question_about_an_upload_goes_away_when_the_create_call_is_out(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, good: Path
):
    fault_proxy.always("/parts$", HELD)
    async with sending(proxied, fault_proxy, good, "/parts") as it:
        await it.press("x")
        await asked(it.pilot, BUSY)
        fault_proxy.let_go()
        await until_created(it)
        assert not it.app.screen.is_modal
        assert not [call for call in fault_proxy.seen if "cancel" in call or "DELETE" in call]
        assert it.text("#create-banner") == "" or not it.pane.query_one("#create-banner").display
    assert [job.status.word for job in truth.jobs()] == ["validating_files"]


async def test_the_form_sends_nothing_more_until_the_outcome_is_known(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, good: Path
):
    fault_proxy.always(f"{CREATE}$", HELD)
    async with sending(proxied, fault_proxy, good) as it:
        for key in ("training", "suffix"):
            await it.go_to(key)
            await it.press("ctrl+s")
            assert not it.app.screen.is_modal
            assert "A job is being created. Wait for its outcome." in toast(it.app)
        assert not it.can_send
        await it.go_to("suffix")
        await it.press("1")  # text there
        assert it.field("suffix").value == "1"
        fault_proxy.let_go()
        await it.until(lambda: it.can_send)
        assert it.app.tabs.active == "create"  # where the user has gone on typing
        assert fault_proxy.seen[CREATE] == 1
    assert len(truth.jobs()) == 1


async def test_a_second_job_on_a_file_of_the_endpoint_is_not_asked_for_beside_the_first(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, good: Path
):
    async with form(proxied) as it:
        await it.choose(good)
        await it.press("ctrl+s")
        await say_yes(it.pilot)
        await until_created(it)
    (first,) = truth.jobs()
    fault_proxy.always(f"{CREATE}$", HELD)
    async with sending(proxied, fault_proxy, first.training_file or "") as it:
        fields = it.pane._fields.form()
        it.app.utils.create_fine_tuning_job(fields, first.training_file or "")
        await it.settle()
        assert "A job is being created already. Wait for its outcome." in toast(it.app)
        assert not it.app.screen.is_modal
        fault_proxy.let_go()
        await until_created(it)
        assert fault_proxy.seen[CREATE] == 1
    assert len(truth.jobs()) == 2


async def test_leaving_while_a_job_is_being_created_is_asked_and_staying_is_the_first_answer(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, good: Path
):
    fault_proxy.always(f"{CREATE}$", HELD)
    async with sending(proxied, fault_proxy, good) as it:
        for answer in ("enter", "escape"):
            await it.press("ctrl+q", "ctrl+q")
            await asked(it.pilot, BUSY)
            said = words(it.app)
            assert facts(it.app) == {"Under way": "a job is being created"}
            assert "a create call that is out is recorded and looked up" in said
            await it.press(answer)
            assert it.app.is_running
            assert not it.app.screen.is_modal
        fault_proxy.let_go()
        await until_created(it)
        await it.press("q")
        assert not it.app.is_running
    assert len(truth.jobs()) == 1


async def test_a_create_call_that_is_out_when_the_app_is_left_is_recorded(
    proxied: Session,
    open_session: Callable[..., Session],
    fault_proxy: FaultProxy,
    truth: Truth,
    good: Path,
):
    fault_proxy.always(f"{CREATE}$", HELD)
    async with sending(proxied, fault_proxy, good) as it:
        await it.press("ctrl+q")
        await say_yes(it.pilot, BUSY)
        assert not it.app.is_running
        fault_proxy.let_go()
    proxied.close()
    assert fault_proxy.seen[CREATE] == 1
    (job,) = truth.jobs()
    for item in open_session(fault_proxy.base_url).submissions.unfinished_items():
        assert item.kind == "untold"
        assert job.raw_id in item.sentence


async def test_the_app_is_left_at_once_when_nothing_is_under_way(session: Session, good: Path):
    async with form(session) as it:
        await it.choose(good)
        await it.press("ctrl+q")
        assert not it.app.is_running
        assert it.app.return_value is None


async def test_a_job_whose_answer_breaks_fttui_is_found_and_not_asked_for_again(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, good: Path, monkeypatch
):
    read = Job.read
    broken = [True]

    def reading(value: object, **named: Any) -> Job | None:
        if broken and fault_proxy.seen[CREATE]:
            broken.clear()
            raise RecursionError
        return read(value, **named)

    async with form(proxied) as it:
        await it.choose(good)
        monkeypatch.setattr(Job, "read", staticmethod(reading))
        await it.press("ctrl+s")
        await say_yes(it.pilot)
        await until_created(it)
        assert broken == []
        assert fault_proxy.seen[CREATE] == 1
    assert len(truth.jobs()) == 1
    assert proxied.submissions.unfinished_items() == []


async def test_after_an_error_that_nobody_expected_the_outcome_is_told_as_unknown(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, good: Path, monkeypatch
):
    read = Job.read

    def reading(value: object, **named: Any) -> Job | None:
        if fault_proxy.seen[CREATE]:
            raise RecursionError
        return read(value, **named)

    async with form(proxied) as it:
        await it.choose(good)
        with monkeypatch.context() as patch:
            patch.setattr(Job, "read", staticmethod(reading))
            await it.press("ctrl+s")
            await say_yes(it.pilot)
            await it.until(lambda: it.pane.query_one("#create-banner").display)
        assert it.text("#create-banner").startswith(
            "✗ It is not known whether the job was created."
        )
        assert it.file().path == good
        assert it.can_send
        assert fault_proxy.seen[CREATE] == 1
    assert len(truth.jobs()) == 1
    (item,) = proxied.submissions.unfinished_items()
    assert item.kind == "unknown"
