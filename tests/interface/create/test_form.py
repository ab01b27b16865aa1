"""The form: every field checked while typing, and Send with its reason."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.interface.create.create_app import form, write_examples
from textual.filter import LineFilter
from textual.geometry import Region

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.create.field import Field
from fttui.interface.create.model_field import ModelChoice, ModelField, ModelList
from fttui.services.session import Session
from fttui.training_data.models import model_table


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_examples(tmp_path / "good.jsonl")


async def test_the_form_begins_whole_in_sight_and_says_what_is_missing(session: Session):
    async with form(session) as it:
        assert it.app.focused is it.file().control_widget
        assert it.field("model").value == "gpt-3.5-turbo"
        warning = it.shown_message("model")
        assert warning == "! Shut down 2026-10-23. Use gpt-4.1-mini-2025-04-14 instead."
        room = it.field("model").query_one(".field-message").content_size.width
        assert len(warning) <= room, "what to use instead is not cut"
        assert it.reason == "Choose a training file first."
        assert not it.can_send
        for field in it.pane.query(Field):
            assert Region(0, 0, 80, 24).contains_region(field.region)
        assert it.pane.query_one("#create-form").max_scroll_y == 0


async def test_the_table_of_models_is_read_after_the_first_paint(
    session: Session, monkeypatch: pytest.MonkeyPatch
):
    painted: list[bool] = []
    filters = OpenAIInterfaceFT.get_line_filters

    def painting(app: OpenAIInterfaceFT) -> Sequence[LineFilter]:
        painted.append(model_table.cache_info().currsize > 0)
        return filters(app)

    monkeypatch.setattr(OpenAIInterfaceFT, "get_line_filters", painting)
    model_table.cache_clear()
    async with form(session) as it:
        await it.until(lambda: "Shut down" in it.shown_message("model"))
    assert painted[0] is False
    assert painted[-1] is True


WRONG = [
    ("n_epochs", "51", 'Write "auto" or a whole number from 1 to 50.'),
    ("batch_size", "0", 'Write "auto" or a whole number from 1 to 256.'),
    ("learning_rate_multiplier", "0,1", 'Write "auto" or a number above 0'),
    ("seed", "-1", "Leave it empty or write a whole number"),
    ("suffix", "a_b", "Use only letters, numbers and dashes."),
    ("suffix", "x" * 19, "19 characters, at most 18 are allowed"),
    ("model", "two words", "A model's name has no spaces"),
    ("model", "", "Write the model to fine-tune"),
]


async def test_a_wrong_value_is_told_below_its_field_without_moving_anything(
    session: Session, good: Path
):
    async with form(session, (120, 40)) as it:
        await it.choose(good)
        assert it.can_send
        before = {field.key: field.region for field in it.pane.query(Field)}
        for key, text, message in WRONG:
            await it.go_to(key)
            await it.press("ctrl+u")
            await it.paste(text)
            assert it.shown_message(key).startswith(f"✗ {message}")
            assert not it.can_send
            assert it.reason.startswith(f"{it.field(key).label}: {message[:30]}")
            assert {field.key: field.region for field in it.pane.query(Field)} == before
            await it.press("ctrl+u")
            await it.paste("gpt-4o-2024-08-06" if key == "model" else "")
            assert it.can_send


async def test_ctrl_s_leads_to_the_first_field_that_is_not_good(session: Session, good: Path):
    async with form(session) as it:
        await it.go_to("n_epochs")
        await it.paste("nine")
        await it.press("ctrl+s")
        assert it.app.focused is it.file().control_widget
        await it.choose(good)
        await it.press("ctrl+s")
        assert it.app.focused is it.field("n_epochs").control_widget
        assert it.field("n_epochs").value == "nine"


async def test_another_method_brings_beta_and_checks_the_file_again(session: Session, good: Path):
    async with form(session) as it:
        await it.choose(good)
        assert not it.pane.query("#field-beta")
        await it.go_to("method")
        await it.press("right")
        assert it.field("method").value == "dpo"
        await it.until(lambda: "error" in it.shown_message("training"))
        assert "in the training file" in it.reason
        await it.go_to("beta")
        await it.paste("3")
        assert "at most 2" in it.field("beta").message
        await it.go_to("method")
        await it.press("left")
        assert not it.field("beta").display
        await it.until(lambda: it.can_send)


async def test_models_are_completed_by_right_and_listed_by_down(session: Session):
    async with form(session) as it:
        model: Any = it.field("model")
        await it.until(lambda: any("babbage" in choice.id for choice in model._choices))
        await it.go_to("model")
        await it.press("ctrl+u")
        await it.paste("gpt-4o-m")
        await it.press("right")
        assert model.value == "gpt-4o-mini-2024-07-18"
        await it.press("down")
        models = it.app.screen.query_one(ModelList)
        assert it.app.focused is models
        below = model.control_widget.region
        assert models.region.offset == (below.x, below.y + 1)
        assert models.region.height >= 4
        await it.press("escape")
        assert not models.display
        assert model.value == "gpt-4o-mini-2024-07-18"
        await it.press("down", "down", "enter")
        assert model.value == "gpt-4.1-mini-2025-04-14"
        assert not models.display
        assert it.app.focused is model.control_widget


async def test_tokens_and_cost_follow_the_fields(session: Session, good: Path):
    async with form(session) as it:
        assert it.text("#create-estimate") == ""
        await it.choose(good)
        assert it.text("#create-estimate").startswith("60 examples · ")
        assert "× ≈ 3 epochs" in it.text("#create-estimate")
        await it.go_to("n_epochs")
        await it.paste("4")
        assert "× 4 epochs" in it.text("#create-estimate")
        assert "($8/M, " in it.text("#create-estimate")
        await it.go_to("model")
        await it.press("ctrl+u")
        await it.paste("gpt-4o-mini-2024-07-18")
        assert "($3/M, " in it.text("#create-estimate")
        await it.press("ctrl+u")
        await it.paste("some-other-model")
        assert it.text("#create-estimate").endswith("cost not known")


async def test_every_field_comes_into_sight_when_tab_reaches_it(session: Session):
    async with form(session, (60, 16)) as it:
        window = it.pane.query_one("#create-form").region
        for field in it.pane.query(Field):
            if field.disabled:
                continue
            await it.tab_to(field.key)
            control = field.control_widget
            await it.until(lambda control=control: window.contains_region(control.region))
            assert not control.region.overlaps(it.pane.query_one("#send-line").region)


async def test_what_is_typed_and_pasted_into_a_field_is_text_of_one_line(session: Session):
    async with form(session) as it:
        await it.go_to("suffix")
        await it.press(*"q12jkx")
        assert it.field("suffix").value == "q12jkx"
        assert it.shown_message("suffix") == "ft:gpt-3.5-turbo:ORG:q12jkx:id"
        await it.press("ctrl+u")
        await it.paste("\n  desk\x1b[2J-1\x00\nrm -rf /\n")
        assert it.field("suffix").value == "desk[2J-1"
        await it.press("ctrl+u")
        await it.paste("x" * 10_000_000)
        assert len(it.field("suffix").value) == 4096


async def test_a_profile_may_allow_longer_suffixes_and_files_with_errors(
    session: Session, tmp_path: Path
):
    profile = dataclasses.replace(session.endpoint.profile, suffix_limit=64, allow_file_errors=True)
    session.endpoint = dataclasses.replace(session.endpoint, profile=profile)
    bad = tmp_path / "bad.jsonl"
    bad.write_text(write_examples(tmp_path / "good.jsonl").read_text() + '{"messages": []}\n')
    async with form(session) as it:
        await it.choose(bad)
        assert it.shown_message("training").startswith("! ")
        assert "sent all the same" in it.shown_message("training")
        await it.go_to("suffix")
        await it.paste("x" * 40)
        assert it.field("suffix").message.startswith("ft:")
        assert it.can_send


async def test_a_model_from_the_list_is_gone_on_with_and_one_that_was_tabbed_to_is_replaced(
    session: Session,
):
    async with form(session) as it:
        await it.tab_to("model")
        await it.press("down", "down", "enter")
        chosen = it.field("model").value
        await it.press("x")
        assert it.field("model").value == f"{chosen}x"
        await it.press("down", "escape", "y")
        assert it.field("model").value == f"{chosen}xy"
        await it.press("shift+tab", "tab", "z")
        assert it.field("model").value == "z"


async def test_a_model_that_is_offered_takes_one_line(session: Session):
    async with form(session, (120, 40)) as it:
        model = it.field("model")
        assert isinstance(model, ModelField)
        model.offer([ModelChoice("ft:gpt-4o-mini-2024-07-18:acme:" + "d" * 30, "until 2027-01-14")])
        await it.go_to("model")
        await it.press("down")
        listed = it.pane.query_one(ModelList)
        assert listed.size.height == 1
        assert "until 2027-01-14" in listed.render_line(0).text


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (200, 55)])
async def test_the_name_of_a_long_path_and_what_is_wrong_with_it_stay_in_sight(
    session: Session, tmp_path: Path, size: tuple[int, int]
):
    folder = tmp_path / ("long-" * 30) / ("deep-" * 30)
    folder.mkdir(parents=True)
    write_examples(folder / "train.jsonl")
    async with form(session, size) as it:
        await it.choose(folder / "train.jsonl")
        await it.go_to("seed")
        entry = it.file().control_widget
        assert entry.render_line(0).text.rstrip().endswith("train.jsonl")
        it.file("validation").show_path(folder / "picked.jsonl")
        picked = it.file("validation").control_widget
        await it.until(lambda: picked.scroll_x > 0)
        assert picked.render_line(0).text.rstrip().endswith("picked.jsonl")
        await it.choose(folder / "gone.jsonl")
        assert it.shown_message("training") == "✗ gone.jsonl cannot be opened: no such file."
        assert it.reason == "gone.jsonl cannot be opened: no such file."


@pytest.mark.parametrize("size", [(120, 40), (130, 40), (200, 55)])
async def test_in_a_large_window_send_is_near_the_fields_which_are_not_too_wide(
    session: Session, good: Path, size: tuple[int, int]
):
    async with form(session, size) as it:
        await it.choose(good)
        send, summary = it.pane.query_one("#create-send"), it.pane.query_one("#check-summary")
        await it.until(lambda: summary.region.height > 0)
        last = it.field("metadata").region
        if size[0] >= 150:
            assert not send.region.overlaps(summary.region)
            assert summary.region.x >= last.right
        assert summary.region.height >= 6
        assert last.bottom <= send.region.y <= last.bottom + 6 or size[0] >= 150
        assert max(field.region.width for field in it.pane.query(Field)) <= 130


async def test_pairs_are_checked_again_for_a_model_that_takes_none(
    session: Session, tmp_path: Path
) -> None:
    pairs = tmp_path / "pairs.jsonl"
    lines = (f'{{"prompt": "{n}?", "completion": " {n}."}}\n' for n in range(60))
    pairs.write_text("".join(lines))
    async with form(session, (120, 40)) as it:
        await it.choose(pairs)
        assert not it.can_send
        for model, can_send in (("davinci-002", True), ("gpt-4o-mini", False), ("other", True)):
            before = it.file().check.report
            await it.go_to("model")
            await it.press("ctrl+u")
            await it.paste(model)
            await it.until(lambda before=before: it.file().check.report is not before)
            await it.checked()
            await it.until(lambda can_send=can_send: it.can_send is can_send)
