"""The form of a job by reinforcement: its fields, its grader, and what is sent."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.interface.create.create_app import Form, form
from tests.interface.seen import asked, facts, say_yes
from textual.widgets import TextArea

from faults.harness import Truth
from fttui.interface.create.fields import show_refusal
from fttui.interface.create.grader_field import GraderField
from fttui.interface.screens.file_picker import FilePicker
from fttui.interface.screens.grader_editor import GraderEditor
from fttui.server import SandboxServer
from fttui.services.session import Session

EXACT: dict[str, Any] = {
    "type": "string_check",
    "name": "exact",
    "operation": "eq",
    "input": "{{sample.output_text}}",
    "reference": "{{item.answer}}",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, numbers in (("train", range(12)), ("valid", range(50, 62))):
        rows = (
            {"messages": [{"role": "user", "content": f"{n} + 1?"}], "answer": f"{n + 1}"}
            for n in numbers
        )
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "grader.json").write_text(json.dumps(EXACT, indent=2))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def grader(it: Form) -> GraderField:
    field = it.field("grader")
    assert isinstance(field, GraderField)
    return field


async def reinforced(it: Form, *, validation: bool = True) -> None:
    """Choose the method and the files."""
    await it.go_to("method")
    await it.press("right", "right")
    await it.choose("train.jsonl")
    if validation:
        await it.choose("valid.jsonl", "validation")
    await it.go_to("model")
    await it.press("ctrl+u")
    await it.paste("o4-mini-2025-04-16")


async def type_grader(it: Form, path: str = "grader.json") -> None:
    await it.go_to("grader")
    await it.press("ctrl+u")
    await it.paste(path)
    await it.press("enter")
    await it.until(lambda: not grader(it).waits or "cannot be read" in grader(it).waits)


async def test_each_method_has_its_own_fields_and_keeps_what_was_typed(session: Session):
    async with form(session) as it:
        assert not it.pane.query("#field-grader, #field-beta, #field-eval-samples")
        await it.go_to("method")
        await it.press("right", "right")
        await it.go_to("eval_samples")
        await it.paste("0")
        assert "whole number of 1 or more" in it.field("eval_samples").message
        await it.go_to("compute_multiplier")
        await it.paste("11")
        assert "above 0.00001 and at most 10" in it.field("compute_multiplier").message
        await it.go_to("method")
        await it.press("left")
        assert it.field("beta").display and not it.field("eval_samples").display
        await it.press("right")
        assert it.field("eval_samples").value == "0" and not it.field("beta").display


async def test_a_job_is_made_with_the_grader_that_was_confirmed(
    session: Session, sandbox: SandboxServer
):
    async with form(session) as it:
        await reinforced(it)
        assert "Reinforcement needs a grader" in it.field("grader").message
        await type_grader(it)
        assert it.field("grader").message == '✓ string_check "exact"'
        await it.until(lambda: it.can_send)
        assert it.text("#create-estimate") == "12 examples · billed by time: cost not known"
        await it.press("ctrl+s")
        await asked(it.pilot)
        told = facts(it.app)
        assert told["Method"] == "reinforcement"
        assert told["Cost"] == "not known: reinforcement is billed by the time that it takes"
        await it.until(lambda: "takes it" in facts(it.app)["Grader"])
        assert facts(it.app)["Grader"] == 'string_check "exact" · the endpoint takes it'
        await say_yes(it.pilot)
        await it.until(lambda: it.app.tabs.active == "jobs")
    truth = Truth(sandbox)
    (job,) = truth.jobs()
    truth.close()
    assert job.grader == EXACT


async def test_without_a_validation_file_it_is_not_sent(session: Session):
    async with form(session) as it:
        await reinforced(it, validation=False)
        await type_grader(it)
        assert it.reason == "Reinforcement needs a validation file."
        await it.go_to("method")
        await it.press("ctrl+s")
        assert it.app.focused is it.file("validation").control_widget


async def test_a_field_that_the_examples_lack_is_found_when_the_grader_comes(
    session: Session, folder: Path
):
    (folder / "grader.json").write_text(json.dumps({**EXACT, "reference": "{{item.reply}}"}))
    async with form(session) as it:
        await reinforced(it)
        assert it.file().check.report is not None and it.file().check.report.ok
        await type_grader(it)
        await it.until(lambda: "12 errors" in it.file().message)


async def test_a_file_that_is_no_grader_says_where_and_the_editor_mends_it(
    session: Session, folder: Path
):
    (folder / "grader.json").write_text(json.dumps({**EXACT, "operation": "is"}))
    async with form(session) as it:
        await reinforced(it)
        await type_grader(it, "nowhere.json")
        assert "nowhere.json cannot be read: no such file" in it.field("grader").message
        await type_grader(it)
        assert "grader.operation" in it.field("grader").message
        await it.press("enter")
        editor = it.app.screen
        assert isinstance(editor, GraderEditor)
        assert "eq, ne, like, ilike" in str(editor.query_one("#grader-verdict").render())
        editor.query_one(TextArea).load_text(json.dumps(EXACT))
        await it.settle()
        assert str(editor.query_one("#grader-verdict").render()) == '✓ string_check "exact"'
        await it.press("escape")
        assert it.field("grader").message == '✓ string_check "exact"'
        assert json.loads(it.field("grader").value) == EXACT


async def test_the_editor_lays_a_grader_of_one_line_out_and_changes_nothing_by_that(
    session: Session,
):
    async with form(session) as it:
        await reinforced(it, validation=False)
        grader(it).show_text(json.dumps(EXACT), "of ftjob-1")
        await it.go_to("grader")
        await it.press("enter")
        assert it.app.screen.query_one(TextArea).text == json.dumps(EXACT, indent=2)
        await it.press("escape")
        assert it.field("grader").control_widget.value == "of ftjob-1"  # type: ignore[attr-defined]


async def test_the_editor_begins_with_an_example_which_is_no_grader_until_it_is_changed(
    session: Session,
):
    async with form(session) as it:
        await it.go_to("method")
        await it.press("left")
        await it.go_to("grader")
        await it.press("enter", "escape")
        assert it.field("grader").value == ""
        await it.press("enter", "space", "escape")
        assert "reference_answer" in it.field("grader").value


async def test_ctrl_o_picks_the_file_of_the_grader_and_what_is_typed_over_it_is_none(
    session: Session,
):
    async with form(session) as it:
        await it.go_to("method")
        await it.press("left")
        await it.go_to("grader")
        await it.press("ctrl+o")
        assert isinstance(it.app.screen, FilePicker)
        await it.paste("grader.json")
        await it.press("enter")
        await it.until(lambda: it.field("grader").message == '✓ string_check "exact"')
        await it.press("x")
        assert "Press Enter" in it.field("grader").message
        assert it.field("grader").value.endswith("grader.jsonx")


async def test_a_profile_for_one_method_shows_that_alone_and_takes_its_graders(
    open_session: Callable[..., Session], sandbox: SandboxServer
):
    session = open_session(sandbox.base_url)
    endpoint = session.endpoint
    profile = dataclasses.replace(
        endpoint.profile, methods=["reinforcement"], graders=["lambda"], suffix="forbidden"
    )
    session.endpoint = dataclasses.replace(endpoint, profile=profile)
    async with form(session) as it:
        assert it.field("method").value == "reinforcement"
        await type_grader(it)
        message = it.field("grader").message
        assert 'the type "string_check" is not taken. Write one of: lambda' in message
        await it.go_to("suffix")
        await it.paste("desk")
        assert "takes none" in it.field("suffix").message


async def test_metadata_is_typed_as_pairs_and_goes_out(session: Session, sandbox: SandboxServer):
    chat = {"messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}]}
    rows = (json.dumps({**chat, "messages": [*chat["messages"]]}) + "\n" for _ in range(12))
    Path("chat.jsonl").write_text("".join(rows))
    async with form(session) as it:
        await it.choose("chat.jsonl")
        await it.go_to("metadata")
        await it.paste("team")
        assert "Write name=value" in it.field("metadata").message and not it.can_send
        await it.paste("=desk, run=3")
        assert it.field("metadata").message == ""
        await it.press("ctrl+s")
        await asked(it.pilot)
        assert facts(it.app)["metadata"] == "team=desk, run=3"
        await say_yes(it.pilot)
        await it.until(lambda: it.app.tabs.active == "jobs")
    truth = Truth(sandbox)
    (job,) = truth.jobs()
    truth.close()
    assert {"team": "desk", "run": "3"}.items() <= job.metadata.items()


async def test_the_chosen_method_is_in_sight_in_a_narrow_window(session: Session):
    async with form(session, (60, 16)) as it:
        await it.go_to("method")
        choice = it.field("method").control_widget
        assert str(choice.render()).startswith("(•) supervised  ( ) dpo  ( ) ")
        assert str(choice.render()).endswith("…")
        await it.press("left")
        assert str(choice.render()) == "… ( ) dpo  (•) reinforcement"
        await it.pilot.click(choice, offset=(4, 0))
        await it.settle()
        assert it.field("method").value == "dpo"


async def test_a_grader_that_the_endpoint_refuses_is_told_before_the_yes(
    session: Session, folder: Path
):
    (folder / "grader.json").write_text(json.dumps({**EXACT, "extra": 1}))
    async with form(session) as it:
        await reinforced(it)
        await type_grader(it)
        await it.until(lambda: it.can_send)
        await it.press("ctrl+s")
        await asked(it.pilot)
        await it.until(lambda: "extra" in it.app.screen.query_one(".dialog-warning").render().plain)


async def test_openai_has_no_model_left_for_it(session: Session):
    session.endpoint = dataclasses.replace(session.endpoint, is_openais_archive=True)
    async with form(session) as it:
        await it.go_to("method")
        await it.press("left")
        assert "OpenAI has no model left for reinforcement" in it.field("method").message
        await it.press("left")
        assert it.field("method").message == ""


async def test_a_refusal_is_shown_at_the_field_that_it_is_about(session: Session):
    async with form(session) as it:
        await it.go_to("method")
        await it.press("left")
        await type_grader(it)
        for param, key in (
            ("method.reinforcement.grader.model", "grader"),
            ("metadata.team", "metadata"),
            ("method.reinforcement.hyperparameters.eval_samples", "eval_samples"),
        ):
            shown = show_refusal(it.pane._files, it.pane._fields, param, "Not this one.")
            assert shown is it.field(key) and "Not this one." in it.field(key).message
