"""What was left open, a job that is being created, and leaving the app: none harms the other."""

from __future__ import annotations

from tests.interface.recovery.conftest import OpenRun
from tests.interface.recovery.left_open import CREATE, EarlierRun, LeftOpen
from tests.interface.seen import asked, facts, say_yes, toast
from textual.events import Paste

from faults.harness import Truth
from faults.proxy import Fault
from fttui.interface.create.send_line import UploadProgress
from fttui.interface.screens.confirm import Confirm
from settling import settled, until


async def begin_a_job(it: LeftOpen, file_id: str) -> None:
    """Confirm a job on a file of the endpoint; its create call is held."""
    await it.press("f2")
    it.app.post_message(Paste(file_id))
    await it.press("enter", "ctrl+s")
    await say_yes(it.pilot, it.besides)
    await it.until(lambda: it.creates)


async def test_what_is_done_about_an_old_one_does_not_open_the_form_for_a_second_job(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth
):
    earlier.file()
    earlier.unanswered()
    file = truth.files()[0]
    async with open_run() as it:
        it.proxy.always(f"{CREATE}$", Fault("held"))
        it.besides = ("submit",)
        await it.press("escape")
        await begin_a_job(it, file.raw_id)
        await it.press("f3", "u")
        await it.until(lambda: it.offered)
        await it.choose("Forget")
        await it.until_told("Done.")
        await it.press("escape", "f2")
        line = it.app.create_pane.query_one(UploadProgress)
        assert line.display
        assert "Creating the job" in str(line.render())
        await it.press("ctrl+s")
        assert not it.app.screen.is_modal
        assert "Wait for its outcome." in toast(it.app)
        it.proxy.let_go()
        it.besides = ()
        await it.until(lambda: "is created" in toast(it.app))
        assert it.creates == 1
    assert len(truth.jobs()) == 1


async def test_leaving_while_a_job_is_resumed_or_sent_again_is_asked_too(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth
):
    earlier.unanswered()
    async with open_run() as it:
        it.proxy.always(f"{CREATE}$", Fault("held"))
        it.besides = ("recovery-action",)
        await it.choose("Send again")
        await say_yes(it.pilot, it.besides)
        await it.until(lambda: it.creates)
        await it.press("ctrl+q")
        await asked(it.pilot, it.besides)
        assert facts(it.app) == {"Under way": "a job is being created"}
        await it.press("enter")
        assert it.app.is_running
        assert not isinstance(it.app.screen, Confirm)
        it.proxy.let_go()
        it.besides = ()
        await it.until_told("Job ftjob-")
        await settled(it.pilot)
        await it.press("ctrl+q")
        assert not it.app.is_running
    assert len(truth.jobs()) == 1


async def test_what_a_running_app_works_on_is_not_offered_as_left_open(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth
):
    earlier.file()
    (file,) = truth.files()
    async with open_run() as it:
        it.proxy.always(f"{CREATE}$", Fault("held"))
        it.besides = ("submit",)
        await it.press("escape")
        await begin_a_job(it, file.raw_id)
        await it.press("f3", "u")
        await it.until(lambda: it.offered == ["Create the job", "Delete the file", "Forget"])
        await it.press("escape")
        it.proxy.let_go()
        it.besides = ()
        await until(it.pilot, lambda: "is created" in toast(it.app))
        await it.press("u")
        await it.until(lambda: "Nothing is left open." in it.shown)
