"""The confirmation of a job tells what is sent, and what is sent is what it told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.interface.create.create_app import Form, form, write_examples
from tests.interface.seen import asked, facts, say_yes, toast
from textual.widgets import Static

from faults.harness import Truth, hasty
from faults.proxy import Fault, FaultProxy
from fttui.server import SandboxServer
from fttui.services.session import Session
from fttui.terminal.format import size_text

LOST = Fault("reset", commit=False)


@pytest.fixture
def truth(sandbox: SandboxServer) -> Iterator[Truth]:
    found = Truth(sandbox)
    yield found
    found.close()


@pytest.fixture
def proxied(open_session: Callable[..., Session], fault_proxy: FaultProxy) -> Session:
    return open_session(fault_proxy.base_url, hasty(tries=1))


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_examples(tmp_path / "good.jsonl")


async def fact_of(it: Form, label: str) -> str:
    """A fact of the confirmation that Send opens."""
    await it.press("ctrl+s")
    await asked(it.pilot)
    return facts(it.app)[label]


async def until_created(it: Form, count: int, truth: Truth) -> None:
    await it.until(lambda: it.app.tabs.active == "jobs")
    assert len(truth.jobs()) == count


async def test_content_that_the_endpoint_has_is_told_by_its_id_and_not_sent_again(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, good: Path
):
    size = f"good.jsonl ({size_text(good.stat().st_size)})"
    async with form(proxied) as it:
        await it.choose(good)
        assert await fact_of(it, "Training file") == size
        await say_yes(it.pilot)
        await until_created(it, 1, truth)
        (file,) = truth.files()
        await it.press("f2")
        await it.checked()
        told = await fact_of(it, "Training file")
        assert told.startswith(size)
        assert f"is on the endpoint already as {file.raw_id}" in told
        await it.press("escape")
        fault_proxy.always(f"GET /files/{file.raw_id}", LOST)
        assert await fact_of(it, "Training file") == size
        assert "failed" not in toast(it.app)
        fault_proxy.calm()
        await say_yes(it.pilot)
        await until_created(it, 2, truth)
    assert len(truth.files()) == 1
    assert {job.training_file for job in truth.jobs()} == {file.raw_id}


async def test_a_model_that_is_gone_and_a_file_not_for_it_are_told_before_paying(
    proxied: Session, good: Path
):
    async with form(proxied) as it:
        await it.choose(good)
        await it.go_to("model")
        await it.press("ctrl+u")
        await it.paste("davinci-002")
        await it.press("ctrl+s")
        await asked(it.pilot)
        told = str(it.app.screen.query_one(".dialog-warning", Static).render())
        assert "davinci-002 was shut down by OpenAI on 2026-10-23." in told
        assert "completion format; this one is in chat format." in told


async def test_both_files_and_all_numbers_are_told_and_sent(
    proxied: Session, truth: Truth, good: Path, tmp_path: Path
):
    held_out = tmp_path / "held-out.jsonl"
    held_out.write_text(write_examples(tmp_path / "x.jsonl", 80).read_text().split("\n", 60)[-1])
    async with form(proxied) as it:
        await it.choose(good)
        await it.choose(held_out, "validation")
        for key, text in {
            "suffix": "desk",
            "n_epochs": "4",
            "batch_size": "2",
            "seed": "7",
        }.items():
            await it.go_to(key)
            await it.press("ctrl+u")
            await it.paste(text)
        await it.press("ctrl+s")
        await asked(it.pilot)
        told = facts(it.app)
        assert told["Training file"].startswith("good.jsonl (")
        assert told["Validation file"] == f"held-out.jsonl ({size_text(held_out.stat().st_size)})"
        expected = {
            "Model": "gpt-3.5-turbo",
            "Method": "supervised",
            "n_epochs": "4",
            "batch_size": "2",
            "learning_rate_multiplier": "auto (the endpoint decides)",
            "seed": "7",
            "suffix": "desk",
        }
        assert {label: told[label] for label in expected} == expected
        await say_yes(it.pilot)
        await until_created(it, 1, truth)
    (job,) = truth.jobs()
    assert (job.suffix, job.seed) == ("desk", 7)
    assert job.hyperparameters.as_dict()["n_epochs"] == 4
    assert truth.content(job.training_file or "") == good.read_bytes()
    assert truth.content(job.validation_file or "") == held_out.read_bytes()


async def test_a_file_whose_check_is_not_done_is_not_sent_and_the_other_one_is_kept(
    proxied: Session, truth: Truth, good: Path
):
    async with form(proxied) as it:
        await it.choose(good)
        fields = it.pane._fields.form()
        it.app.utils.create_fine_tuning_job(fields, good, good.with_name("unchecked.jsonl"))
        await it.settle()
        assert "The validation file is not checked yet. Wait for its check." in toast(it.app)
        assert not it.app.screen.is_modal
        await it.press("ctrl+s")
        await say_yes(it.pilot)
        await until_created(it, 1, truth)


async def test_a_file_that_is_chosen_while_the_question_stands_is_the_one_of_the_next_job(
    proxied: Session, truth: Truth, good: Path, tmp_path: Path
):
    other = write_examples(tmp_path / "other.jsonl", 30)
    async with form(proxied) as it:
        await it.choose(good)
        await fact_of(it, "Training file")
        it.app.utils.checks.choose("training", other)
        await it.settle()
        await it.press("escape")
        await it.checked()
        assert (await fact_of(it, "Training file")).startswith("other.jsonl (")
        await say_yes(it.pilot)
        await until_created(it, 1, truth)
    (job,) = truth.jobs()
    assert truth.content(job.training_file or "") == other.read_bytes()


async def test_an_id_is_confirmed_with_what_was_counted_of_it_and_not_of_the_file_that_was_there(
    proxied: Session, truth: Truth, good: Path, tmp_path: Path
):
    other = write_examples(tmp_path / "other.jsonl", 30)
    async with form(proxied) as it:
        await it.choose(other)
        tokens = await fact_of(it, "Billable tokens")
        await say_yes(it.pilot)
        await until_created(it, 1, truth)
        (stored,) = truth.files()
        await it.press("f2")
        await it.choose(good)
        await it.press("ctrl+s")
        await say_yes(it.pilot)
        await until_created(it, 2, truth)
        await it.press("f2")
        await it.checked()
        await it.go_to("training")
        await it.press("ctrl+u")
        await it.paste(stored.raw_id)
        await it.press("enter")
        told = await fact_of(it, "Training file")
        assert told.startswith(
            "good.jsonl (" if stored.filename == "good.jsonl" else "other.jsonl ("
        )
        assert told.endswith(f"\n{stored.raw_id} (already on the endpoint)")
        shown = facts(it.app)
        assert shown["Billable tokens"] == tokens and shown["Cost"].startswith(("$", "under", "≈"))
        assert shown["Counted"].startswith(f"{stored.filename} on 20")


async def test_a_job_of_an_id_is_not_taken_for_an_unanswered_one_of_the_file_before(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, good: Path, tmp_path: Path
):
    other = write_examples(tmp_path / "other.jsonl", 30)
    async with form(proxied) as it:
        await it.choose(other)
        await it.press("ctrl+s")
        await say_yes(it.pilot)
        await until_created(it, 1, truth)
        (stored,) = truth.files()
        await it.press("f2")
        await it.choose(good)
        fault_proxy.always("POST /fine_tuning/jobs$", Fault("reset", commit=True))
        fault_proxy.always("GET /fine_tuning/jobs", LOST)
        await it.press("ctrl+s")
        await say_yes(it.pilot)
        await it.until(lambda: it.pane.query_one("#create-banner").display)
        fault_proxy.calm()
        await it.choose(good)
        await it.go_to("training")
        await it.press("ctrl+u")
        await it.paste(stored.raw_id)
        await it.press("enter", "ctrl+s")
        await asked(it.pilot)
        warning = str(it.app.screen.query_one(".dialog-warning", Static).render())
        assert "earlier call" not in warning
        await say_yes(it.pilot)
        await it.until(lambda: it.app.tabs.active == "jobs")
    made = [job.training_file for job in truth.jobs()]
    assert made.count(stored.raw_id) == 2


async def test_an_emptied_training_file_is_not_compared_with(
    proxied: Session, good: Path, tmp_path: Path
):
    held_out = tmp_path / "held-out.jsonl"
    held_out.write_text(good.read_text().split("\n", 40)[-1])
    async with form(proxied) as it:
        await it.choose(good)
        await it.go_to("training")
        await it.press("ctrl+u", "enter")
        await it.choose(held_out, "validation")
        report = it.file("validation").check.report
        assert report is not None
        assert "shared-example" not in report.counts
