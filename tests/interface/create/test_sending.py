"""From Send to a job: confirmed, uploaded with progress, created once, and nothing lost."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.faults.proxy import Fault, FaultProxy, error_answer
from tests.interface.create.create_app import Form, form, write_examples

from fttui.interface.create.send_line import UploadProgress
from fttui.interface.screens.confirm import Confirm
from fttui.interface.screens.file_picker import FilePicker
from fttui.interface.screens.first_run import FirstRun
from fttui.server import SandboxServer
from fttui.services.session import Session, SessionOptions
from fttui.services.submission.types import UploadOptions
from fttui.storage.secrets import Secret

PART = 64 * 1024


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_examples(tmp_path / "good.jsonl")


PARTS = r"POST /uploads/[^/]+/parts"


@pytest.fixture
def slow_session(open_session: Callable[..., Session], fault_proxy: FaultProxy) -> Session:
    """Uploads in small parts, each answered late, so that there is time to look at them."""
    fault_proxy.always(PARTS, Fault("slow", pause=0.15))
    upload = UploadOptions(direct_bytes=PART, part_bytes=PART, window=1)
    return open_session(fault_proxy.base_url, SessionOptions(upload=upload))


async def jobs_of(it: Form) -> list[object]:
    session = it.app.session
    return list((await session.thread.read(session.handle.list_jobs())).items)


def parts_seen(proxy: FaultProxy) -> int:
    return sum(count for request, count in proxy.seen.items() if request.endswith("/parts"))


def facts_of(it: Form) -> str:
    return "\n".join(str(fact.render()) for fact in it.app.screen.query(".fact-value"))


async def test_a_job_is_made_by_keys_alone_from_browse_to_the_list(session: Session, good: Path):
    async with form(session, start_folder=good.parent) as it:
        await it.press("ctrl+o")
        await it.until(lambda: isinstance(it.app.screen, FilePicker))
        picker = it.app.screen
        await it.until(lambda: bool(picker.query_one("#file-table").rows))
        await it.press("enter")
        await it.checked()
        await it.tab_to("suffix")
        await it.press(*"desk")
        await it.press("ctrl+s")
        await it.until(lambda: isinstance(it.app.screen, Confirm))
        facts = facts_of(it)
        for sent in ("good.jsonl", "gpt-3.5-turbo", "supervised", "desk", "≈ $"):
            assert sent in facts
        assert await jobs_of(it) == []
        await it.say_yes()
        await it.until(lambda: it.app.query_one("#tabs").active == "jobs")
        (job,) = await jobs_of(it)
        assert job.suffix == "desk"
        assert job.training_file is not None


async def test_a_refused_job_keeps_the_form_and_marks_the_field_that_is_named(
    session: Session, good: Path
):
    async with form(session) as it:
        await it.choose(good)
        await it.go_to("suffix")
        await it.paste("kept")
        await it.go_to("model")
        await it.press("ctrl+u")
        await it.paste("no-such-model")
        await it.press("ctrl+s")
        await it.until(lambda: isinstance(it.app.screen, Confirm))
        await it.press("escape")
        await it.until(lambda: not isinstance(it.app.screen, Confirm) and it.can_send)
        await it.press("ctrl+s")
        await it.say_yes()
        await it.until(lambda: it.pane.query_one("#create-banner").display)
        assert "No job was created" in it.text("#create-banner")
        assert it.shown_message("model").startswith("✗ ")
        assert it.app.focused is it.field("model").control_widget
        assert it.field("suffix").value == "kept"
        assert it.file().path == good
        assert await jobs_of(it) == []
        await it.press("ctrl+u")
        await it.paste("gpt-4o-mini-2024-07-18")
        assert not it.shown_message("model").startswith("✗ ")
        for count in (1, 2):
            await it.press("ctrl+s")
            await it.say_yes()
            await it.until(lambda: it.app.query_one("#tabs").active == "jobs")
            assert len(await jobs_of(it)) == count
            await it.press("f2")
            await it.until(lambda: it.can_send)


async def test_a_failure_without_a_field_stays_in_sight_until_the_next_try(
    open_session: Callable[..., Session], fault_proxy: FaultProxy, good: Path
):
    fault_proxy.script(
        "POST /fine_tuning/jobs$", error_answer(403, commit=False, message="not for you")
    )
    async with form(open_session(fault_proxy.base_url)) as it:
        await it.choose(good)
        await it.press("ctrl+s")
        await it.say_yes()
        await it.until(lambda: it.pane.query_one("#create-banner").display)
        assert "not for you" in it.text("#create-banner")
        assert it.can_send
        await it.press("ctrl+s")
        await it.until(lambda: isinstance(it.app.screen, Confirm))
        assert not it.pane.query_one("#create-banner").display


async def test_an_upload_shows_what_is_acknowledged_and_pauses_and_goes_on(
    slow_session: Session, fault_proxy: FaultProxy, tmp_path: Path
):
    big = write_examples(tmp_path / "big.jsonl", 3_000)
    async with form(slow_session) as it:
        await it.choose(big)
        await it.press("ctrl+s")
        await it.say_yes()
        line = it.pane.query_one(UploadProgress)
        await it.until(lambda: line.progress is not None and line.progress.bytes_acknowledged > 0)
        assert it.app.focused is line
        shown = str(line.render())
        assert shown.startswith("Uploading the training file ")
        assert "% of " in shown
        assert it.reason == "A job is being created. Wait for its outcome."
        await it.press("p")
        await it.until(lambda: line.progress.paused)
        assert str(line.render()).startswith("Paused the training file ")
        held = -1
        while held != parts_seen(fault_proxy):  # those that were on their way when it was pressed
            held = parts_seen(fault_proxy)
            for _ in range(5):  # calls that come later come through
                await jobs_of(it)
        assert PART * held < line.progress.bytes_total
        await it.press("p")
        await it.until(lambda: it.app.query_one("#tabs").active == "jobs")
        (job,) = await jobs_of(it)
        assert job.training_file is not None


async def test_a_cancelled_upload_makes_no_job_and_keeps_the_form(
    slow_session: Session, fault_proxy: FaultProxy, tmp_path: Path
):
    fault_proxy.calm()
    fault_proxy.script(PARTS, None)
    fault_proxy.always(PARTS, Fault("held"))
    big = write_examples(tmp_path / "big.jsonl", 3_000)
    async with form(slow_session) as it:
        await it.choose(big)
        await it.press("ctrl+s")
        await it.say_yes()
        line = it.pane.query_one(UploadProgress)
        await it.until(lambda: line.progress is not None and line.progress.bytes_acknowledged > 0)
        await it.press("x")
        await it.say_yes()
        await it.until(lambda: it.pane.query_one("#create-banner").display)
        assert "cancelled" in it.text("#create-banner")
        assert await jobs_of(it) == []
        assert it.file().path == big
        await it.until(lambda: it.can_send)


async def test_without_a_key_send_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, sandbox: SandboxServer, good: Path
):
    monkeypatch.setenv("OPENAI_BASE_URL", sandbox.base_url)
    session = Session.open()
    async with form(session) as it:
        await it.until(lambda: isinstance(it.app.screen, FirstRun))
        await it.press("escape")
        await it.choose(good)
        host = sandbox.base_url.split("/")[2]
        assert it.reason == f"No API key for {host}: set OPENAI_API_KEY. F1 tells how."
        await it.press("ctrl+s")
        assert not isinstance(it.app.screen, Confirm)
        session.with_key(Secret(sandbox.api_key))
        it.app.utils.display_job_ids()
        await it.until(lambda: it.can_send)
    session.close()
