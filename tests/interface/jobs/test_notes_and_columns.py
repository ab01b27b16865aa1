"""Notes, labels, hidden jobs and columns, by keys in the whole app on a sandbox."""

from __future__ import annotations

import pytest
from tests.interface.jobs.jobs_host import screen_text
from tests.interface.jobs.test_list_for_real import on_the_list, shows, to_job
from tests.interface.seen import toast

from fttui.interface.jobs.columns import IDLE
from fttui.interface.screens.list_columns import ListColumns
from fttui.interface.screens.prompt import Prompt
from fttui.server import SandboxServer, fill_with_samples
from fttui.services.session import Session
from fttui.storage.annotations import Annotation
from fttui.storage.list_columns import keep_list_columns
from settling import press, settled, until


async def test_a_note_and_labels_are_kept_and_found_by_the_filter(
    session: Session, sandbox: SandboxServer
) -> None:
    fill_with_samples(sandbox)
    async with on_the_list(session, (120, 40)) as (app, pilot):
        await until(pilot, shows(app, "newest first"))
        await settled(pilot)
        job = app.jobs_pane.table.current_job
        assert job is not None
        await press(pilot, "t")
        assert isinstance(app.screen, Prompt)
        await press(pilot, *"a B", "enter")
        await until(pilot, lambda: bool(app.jobs_pane.table.kept(job).note))
        await until(pilot, shows(app, "Note       a B"))  # in the panel
        await press(pilot, "space", "space", "L")
        await press(pilot, *"desk v5", "enter")
        await until(pilot, lambda: bool(app.jobs_pane.table.kept(job).labels))
        kept = session.annotations
        assert kept.of(job.raw_id) == Annotation("a B", ("desk", "v5"))
        assert [one.labels for one in kept.all().values()] == [("desk", "v5")] * 2
        await press(pilot, "slash", *"label:de")
        await until(pilot, shows(app, "Tab completes: label:desk"))
        await press(pilot, "enter")
        await until(pilot, lambda: "Tab completes" not in screen_text(app))  # Tab leaves the list
        await press(pilot, "slash", "tab")
        assert app.jobs_pane.filter_bar.text == "label:desk"
        await press(pilot, "enter")
        await until(pilot, shows(app, "Jobs 2 of "))
        await press(pilot, "L", *["backspace"] * 3, "enter")
        await until(pilot, lambda: kept.of(job.raw_id).labels == ("desk",))
        await press(pilot, "escape", "escape", "g", "t")
        field = app.screen.query_one("#prompt-text")
        assert getattr(field, "value", "") == "a B"
        await press(pilot, "ctrl+u", "enter")
        await until(pilot, lambda: kept.of(job.raw_id).note == "")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_details_show_what_is_kept_beside_a_job_as_soon_as_it_is_kept(
    session: Session, sandbox: SandboxServer, size: tuple[int, int]
) -> None:
    fill_with_samples(sandbox)
    async with on_the_list(session, size) as (app, pilot):
        await until(pilot, shows(app, "newest first"))
        await to_job(pilot, app, "desk-v3")
        await press(pilot, "enter")
        await settled(pilot)
        assert "Note " not in screen_text(app) and "Labels " not in screen_text(app)
        await press(pilot, "t", *"asks [b]", "enter", "L", *"desk v5", "enter")
        table = app.jobs_pane.table
        await until(pilot, lambda: [one for _, one in table.with_kept() if one.labels])
        await settled(pilot)
        assert "Note       asks [b]" in screen_text(app)
        assert "Labels     desk v5" in screen_text(app)
        await press(pilot, "J")
        await settled(pilot)
        assert "Note " not in screen_text(app)
        await press(pilot, "K")
        await until(pilot, shows(app, "Note       asks [b]"))


async def test_hidden_jobs_leave_the_list_are_counted_and_come_back(
    session: Session, sandbox: SandboxServer
) -> None:
    count = fill_with_samples(sandbox)
    async with on_the_list(session, (120, 40)) as (app, pilot):
        await until(pilot, shows(app, f"Jobs {count} "))
        table = app.jobs_pane.table
        await to_job(pilot, app, "desk-v5")
        await press(pilot, "space", "space", "z")
        await until(pilot, shows(app, "· 2 hidden"))
        assert f"Jobs {count - 2} " in screen_text(app)
        assert "2 jobs hidden. Z shows the hidden ones" in toast(app)
        assert table.marked_jobs == [] and len(table.rows) == count - 2
        await press(pilot, "Z")
        await until(pilot, shows(app, "hidden ones too"))
        assert len(table.rows) == count
        await press(pilot, "g")
        await to_job(pilot, app, "desk-v5")
        assert table.row_style(table.cursor_key or "") == "muted"
        await until(pilot, shows(app, "Hidden     yes; z in the list shows it"))
        await press(pilot, "z", "Z")
        await until(pilot, shows(app, "· 1 hidden"))
        await press(pilot, "slash", *"is:hidden", "enter")
        await until(pilot, lambda: len(table.rows) == 1)


async def test_without_a_job_each_key_says_that_there_is_none(
    session: Session, sandbox: SandboxServer
) -> None:
    async with on_the_list(session, (80, 24)) as (app, pilot):
        await until(pilot, shows(app, "No fine-tuning jobs yet"))
        for key in ("t", "L", "z"):
            await press(pilot, key)
            await settled(pilot)
            assert "No job is selected" in toast(app)
        await press(pilot, "Z")
        await settled(pilot)
        assert "No job is hidden" in toast(app)


async def test_columns_are_chosen_by_keys_and_kept_for_the_next_run(
    session: Session, sandbox: SandboxServer
) -> None:
    fill_with_samples(sandbox)
    async with on_the_list(session, (80, 24)) as (app, pilot):
        await until(pilot, shows(app, "newest first"))
        await press(pilot, "O")
        assert isinstance(app.screen, ListColumns)
        order = app.screen.table.order
        await press(pilot, *["j"] * order.index("labels"), "space")
        await press(pilot, *["K"] * (order.index("labels") - 1), "g", "enter")
        await settled(pilot)
        chosen = app.jobs_pane.table.chosen
        assert chosen[:3] == ("status", "labels", "name")
        assert "Labels" in screen_text(app)
    again = type(app)(session)
    assert again.jobs_pane.table.chosen == chosen


@pytest.mark.parametrize("names", [["took", "name", "nonsense"], ["name", 3]])
async def test_columns_of_the_settings_go_first_and_unknown_ones_are_told(
    session: Session, names: list[str]
) -> None:
    from fttui.interface.jobs.choosing import first_columns
    from fttui.storage.settings import Settings

    keep_list_columns(["seed"])
    told: list[str] = []
    found = first_columns(Settings(columns=names), told.append)
    assert found == tuple("duration" if one == "took" else one for one in names[:-1])
    assert len(told) == 1 and f"{names[-1]}" in told[0]
    assert first_columns(Settings(), told.append) == ("seed",)
    keep_list_columns([])
    assert set(IDLE) < set(first_columns(Settings(), told.append))
