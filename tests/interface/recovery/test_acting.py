"""Each action on what was left open: asked first where it pays or destroys, done once, told."""

from __future__ import annotations

import pytest
from tests.interface.recovery.conftest import OpenRun
from tests.interface.recovery.left_open import CREATE, LOST, EarlierRun, LeftOpen, statuses
from tests.interface.seen import asked, facts, say_yes, toast, words
from textual.widgets import TabbedContent

from faults.harness import MODEL, Truth
from faults.proxy import Fault
from fttui.interface.create.send_line import UploadProgress
from fttui.server import ManualClock
from fttui.services.job_form import JobRequest
from settling import later


async def question(it: LeftOpen, label: str, number: int = 0) -> str:
    """Press a button that asks first; all that the question says."""
    await it.choose(label, number)
    await asked(it.pilot, it.besides)
    return words(it.app)


async def until_job_is_shown(it: LeftOpen) -> None:
    """The outcome of what the user waited for is the list of jobs."""
    await it.until(lambda: it.app.query_one(TabbedContent).active == "jobs")
    await it.until(lambda: it.app.jobs_pane.selected_jobs())
    assert not it.app.screen.is_modal


async def test_what_pays_or_destroys_is_asked_and_without_a_yes_nothing_is_sent(
    earlier: EarlierRun, open_run: OpenRun
):
    for leave in (earlier.upload, earlier.file, earlier.unanswered):
        leave()
    async with open_run() as it:
        offered = it.offered
        for suffix, label, risk in (
            ("half-sent", "Resume", "Upload the rest and create this job?"),
            ("refused", "Create the job", "Create this job?"),
            ("unanswered", "Send again", "there will be two, both billed"),
            ("refused", "Delete the file", "Delete the uploaded file? That cannot be undone."),
        ):
            await question(it, label)
            await it.press("enter")
            assert it.is_listed, label
            said = await question(it, label)
            assert risk in said, label
            told = facts(it.app)
            assert told["Endpoint"].startswith("127.0.0.1"), label
            assert (told["Model"], told["Epochs"], told["Suffix"]) == (MODEL, "4", suffix), label
            assert told["Open"] in said, label
            await it.press("escape")
            assert it.is_listed and it.offered == offered, label
            assert it.changes() == {}, label


async def test_resume_sends_only_the_rest_and_creates_one_job(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth
):
    earlier.upload(parts=2)
    async with open_run(in_parts=True) as it:
        assert "is uploaded to 7" in it.shown
        it.proxy.script(f"{CREATE}$", Fault("held"))
        it.besides = ("recovery-action",)
        await question(it, "Resume")
        await it.press("tab", "enter")
        await it.until(lambda: it.creates)
        line = it.app.create_pane.query_one(UploadProgress)
        await it.until(lambda: "Creating the job" in str(line.render()))
        assert line.display
        assert it.is_listed
        await it.until(lambda: "Creating the job" in it.shown)
        assert all(button.disabled for button in it.buttons())
        it.proxy.let_go()
        it.besides = ()
        await until_job_is_shown(it)
        assert "is being validated." in toast(it.app) or "is queued." in toast(it.app)
        assert not line.display
        assert it.banner == ""
        assert it.creates == 1
        assert sum(n for call, n in it.proxy.seen.items() if call.endswith("/parts")) == 1
        (job,) = truth.jobs()
        assert job.raw_id in toast(it.app)
        assert it.app.jobs_pane.selected_jobs()[0].raw_id == job.raw_id
        assert job.suffix == "half-sent"
        await it.press("u")
        await it.until(lambda: "Nothing is left open." in it.shown)


async def test_an_upload_for_no_job_goes_on_in_the_tab_of_files(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth
):
    path = earlier.lone_upload()
    async with open_run(in_parts=True) as it:
        assert f"Upload of {path.name}" in it.shown and it.offered == ["Go on", "Forget"]
        content = path.read_bytes()
        path.write_bytes(content.replace(b"user", b"USER", 1))
        await it.choose("Go on")
        await it.until_told("has changed since a part of it was uploaded")
        path.write_bytes(content)
        await it.press("u")
        await it.until(lambda: it.offered)
        await it.choose("Go on")
        await say_yes(it.pilot)
        await it.until(lambda: "Uploaded: " in toast(it.app))
        assert it.app.query_one(TabbedContent).active == "files"
        assert sum(n for call, n in it.proxy.seen.items() if call.endswith("/parts")) == 1
        assert it.creates == 0
    (stored,) = truth.files()
    assert truth.content(stored.raw_id) == path.read_bytes()


async def test_create_the_job_uses_the_file_that_is_there(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth
):
    earlier.file()
    async with open_run() as it:
        await question(it, "Create the job")
        await it.press("tab", "enter")
        await until_job_is_shown(it)
        assert it.changes() == {CREATE: 1}
    assert [job.training_file for job in truth.jobs()] == [file.raw_id for file in truth.files()]


async def test_send_again_is_one_create_call_once_the_user_has_agreed(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth
):
    earlier.unanswered()
    async with open_run() as it:
        await question(it, "Send again")
        assert statuses(truth) == {}
        await it.press("escape")
        await it.choose("Send again")
        await say_yes(it.pilot)
        await until_job_is_shown(it)
        assert it.changes() == {CREATE: 1}
        assert len(statuses(truth)) == 1
        await it.press("u")
        await it.until(lambda: "Nothing is left open." in it.shown)


async def test_send_again_sends_nothing_when_the_job_is_there_after_all(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth
):
    earlier.unanswered(arrived=True)
    (there,) = truth.jobs()
    async with open_run() as it:
        await it.choose("Send again")
        await say_yes(it.pilot)
        await until_job_is_shown(it)
        assert there.raw_id in toast(it.app)
        assert it.changes() == {}
    assert len(statuses(truth)) == 1


async def test_look_again_finds_the_job_without_a_question_and_sends_nothing(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth
):
    earlier.unanswered(arrived=True)
    (there,) = truth.jobs()
    async with open_run() as it:
        await it.choose("Look again")
        await until_job_is_shown(it)
        assert there.raw_id in toast(it.app)
        assert it.app.jobs_pane.selected_jobs()[0].raw_id == there.raw_id
        assert it.changes() == {}


async def test_look_again_that_finds_nothing_says_so_and_leaves_the_choice(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth
):
    earlier.unanswered()
    async with open_run() as it:
        await it.choose("Look again")
        await it.until_told("the endpoint lists no job with its mark so far")
        assert it.is_listed
        assert it.offered == ["Look again", "Send again", "Forget"]
        await it.press("escape")
        assert it.banner.startswith("✗ It is not known whether the job was created.")
        assert it.changes() == {}


async def test_delete_the_file_deletes_it_once_and_empties_the_list(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth
):
    earlier.file()
    (file,) = truth.files()
    async with open_run() as it:
        await question(it, "Delete the file")
        assert len(truth.files()) == 1
        await it.press("tab", "enter")
        await it.until_told("Done.")
        await it.until(lambda: "Nothing is left open." in it.shown)
        assert it.offered == []
        assert it.changes() == {f"DELETE /files/{file.raw_id}": 1}
        assert it.app.focused is it.app.screen.query_one("#recovery-later")
    assert truth.files() == []


async def test_forget_takes_it_off_the_list_and_leaves_the_endpoint_alone(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth
):
    earlier.file()
    earlier.unanswered()
    async with open_run() as it:
        await it.choose("Forget")
        await it.until(lambda: it.offered == ["Look again", "Send again", "Forget"])
        assert "Done." in toast(it.app)
        await it.choose("Forget")
        await it.until(lambda: "Nothing is left open." in it.shown)
        assert it.changes() == {}
    assert len(truth.files()) == 2
    async with open_run() as it:
        assert not it.app.screen.is_modal


async def test_a_second_job_of_one_create_call_is_told_and_only_it_is_cancelled(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth, clock: ManualClock
):
    submission = earlier.unanswered(arrived=True)
    (first,) = truth.jobs()
    clock.advance(60)
    twin = JobRequest(MODEL, first.training_file or "").tagged(submission)
    extra = truth.session.thread.wait(truth.session.handle.create_fine_tuning_job(twin))
    async with open_run() as it:
        await it.choose("Look again")
        await until_job_is_shown(it)
        await it.press("u")
        await it.until(lambda: it.offered == ["Cancel the extra jobs", "Forget"])
        assert f"Job {first.raw_id} was created more than once: {extra.raw_id}" in it.shown
        said = await question(it, "Cancel the extra jobs")
        assert "Cancel every job but the first? That cannot be undone." in said
        await it.press("escape")
        assert it.changes() == {}
        await it.choose("Cancel the extra jobs")
        await say_yes(it.pilot)
        await until_job_is_shown(it)
        assert it.changes() == {f"{CREATE}/{extra.raw_id}/cancel": 1}
        assert it.app.jobs_pane.selected_jobs()[0].raw_id == first.raw_id
        found = statuses(truth)
        assert found.pop(extra.raw_id) == "cancelled"
        assert "cancelled" not in found.values()


async def test_what_was_settled_elsewhere_meanwhile_is_not_done_and_the_list_is_true_again(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth
):
    earlier.file()
    async with open_run() as it:
        async with open_run() as other:
            await other.choose("Forget")
            await other.until_told("Done.")
        await it.choose("Delete the file")
        await say_yes(it.pilot)
        await it.until_told("has changed since it was listed, so nothing was done")
        await it.until(lambda: "Nothing is left open." in it.shown)
        assert it.changes() == {}
    assert len(truth.files()) == 1


@pytest.mark.parametrize(
    ("left", "label", "then"),
    [
        ("upload", "Resume", ["Resume", "Forget"]),
        ("file", "Create the job", ["Look again", "Send again", "Forget"]),  # it may have arrived
        ("unanswered", "Send again", ["Look again", "Send again", "Forget"]),
        ("unanswered", "Look again", ["Look again", "Send again", "Forget"]),
    ],
)
async def test_an_endpoint_that_fails_is_told_and_something_can_still_be_done(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth, left: str, label: str, then: list[str]
):
    getattr(earlier, left)()
    async with open_run(in_parts=True) as it:
        it.proxy.always("", LOST)
        await it.choose(label)
        if label != "Look again":
            await say_yes(it.pilot)
        await it.until(lambda: it.banner)
        await it.until(lambda: it.offered == then)
        what, *next_step = toast(it.app).splitlines()
        assert what in it.banner
        assert next_step
        assert it.creates == (1 if left == "file" else 0)
        assert truth.jobs() == []
        it.proxy.calm()
        await it.choose("Resume" if left == "upload" else "Send again")
        await say_yes(it.pilot)
        await until_job_is_shown(it)
        assert it.creates == 1
        assert it.banner == ""
    assert len(truth.jobs()) == 1


async def test_what_cannot_be_written_down_is_not_done(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth
):
    earlier.file()
    async with open_run() as it:
        it.app.session.journal.close()
        await it.choose("Create the job")
        await say_yes(it.pilot)
        await it.until(lambda: it.banner.startswith("✗ No job was created."))
        assert "journal" in toast(it.app)
        assert it.changes() == {}
    assert truth.jobs() == []


async def test_a_second_action_waits_for_the_outcome_of_the_first(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth
):
    earlier.file()
    earlier.file()
    async with open_run() as it:
        it.proxy.script(f"{CREATE}$", Fault("held"))
        it.besides = ("recovery-action",)
        await question(it, "Create the job")
        await it.press("tab", "enter")
        await it.until(lambda: it.creates)
        assert len(it.buttons("Create the job")) == 2
        for button in it.buttons("Create the job"):
            button.press()
        await it.settle()
        assert it.is_listed
        it.proxy.let_go()
        it.besides = ()
        await until_job_is_shown(it)
        assert it.creates == 1
        await it.press("u")
        await it.until(lambda: it.offered == ["Create the job", "Delete the file", "Forget"])
        await it.choose("Forget")
        await it.until_told("Done.")
    assert len(statuses(truth)) == 1


@pytest.mark.parametrize("there", [(), ("f1",)], ids=["form", "help"])
async def test_who_has_gone_on_to_something_else_is_left_there_when_the_job_comes(
    earlier: EarlierRun, open_run: OpenRun, there: tuple[str, ...]
):
    earlier.file()
    async with open_run() as it:
        it.proxy.script(f"{CREATE}$", Fault("held"))
        it.besides = ("recovery-action",)
        await question(it, "Create the job")
        await it.press("tab", "enter")
        await it.until(lambda: it.creates)
        await it.press("escape", *there)
        screen, focused = it.app.screen, it.app.focused
        it.proxy.let_go()
        it.besides = ()
        await it.until_told("Job ftjob-")
        await later(it.pilot, 1.0)
        assert it.app.screen is screen
        assert it.app.focused is focused
        assert it.app.tabs.active == "create"
        await it.press(*["escape"] * len(there), "f3")
        assert it.app.jobs_pane.selected_jobs()[0].suffix == "refused"


async def test_an_error_that_nobody_expected_is_told_and_the_next_action_works(
    earlier: EarlierRun, open_run: OpenRun, monkeypatch: pytest.MonkeyPatch
):
    earlier.file()
    async with open_run() as it:
        with monkeypatch.context() as patch:
            patch.setattr("fttui.services.submission.recovery.kind_of", lambda submission: 1 / 0)
            await it.choose("Forget")
            await it.until_told("Something in fttui failed")
        assert it.banner.startswith("✗ It is not known whether the job was created.")
        await it.choose("Forget")
        await it.until_told("Done.")
        await it.until(lambda: "Nothing is left open." in it.shown)


async def test_the_grader_of_a_job_is_told_before_it_is_asked_for_again(
    earlier: EarlierRun, open_run: OpenRun
):
    judge = {"type": "score_model", "name": "judge", "model": "gpt-4.1"}
    earlier.file(method="reinforcement", grader=judge)
    async with open_run() as it:
        await question(it, "Create the job")
        assert facts(it.app)["Grader"] == 'score_model "judge" by gpt-4.1'
