"""Jobs side by side: their curves over each other, and in what they differ."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.interface.jobs.jobs_host import make_events, make_job, screen_text
from tests.interface.jobs.test_list_for_real import on_the_list, shows
from tests.interface.seen import toast

from fttui.interface.jobs.compare import CompareJobs, table_lines
from fttui.interface.kit.lines import plain_text
from fttui.server import SandboxServer, fill_with_samples
from fttui.services.comparison import (
    Row,
    as_lines,
    asked_rows,
    curves_of_jobs,
    equal_words,
    names_of,
    told_curves,
)
from fttui.services.curve_file import svg_of_series
from fttui.services.curves import steps_of
from fttui.services.session import Session
from fttui.storage.annotations import Annotation, Annotations
from settling import press, until

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def settings(epochs: int) -> dict[str, Any]:
    return {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": epochs}}}


def test_what_differs_stands_in_rows_and_the_rest_in_one_line():
    jobs = [make_job(1, method=settings(2)), make_job(2, method=settings(4))]
    rows = asked_rows(jobs)
    assert [row.label for row in rows if not row.is_equal] == ["epochs", "suffix"]
    assert [row.values for row in rows if row.label == "epochs"] == [("2", "4")]
    assert equal_words(rows).startswith("model gpt-4o-mini-2024-07-18, method supervised, ")


def test_jobs_of_one_name_are_told_apart_by_their_ids():
    jobs = [make_job(1, user_provided_suffix="desk"), make_job(2, user_provided_suffix="desk")]
    assert names_of(jobs) == ["desk·000001", "desk·000002"]


def test_by_share_runs_of_other_lengths_end_at_the_same_place():
    jobs = [make_job(1), make_job(2)]
    metrics = {
        job.id: steps_of(make_events(steps, steps))
        for job, steps in zip(jobs, (60, 240), strict=True)
    }
    assert told_curves(metrics)[0] == ("loss", "full validation")
    of_steps = curves_of_jobs(jobs, metrics, "loss", "training", by_share=False)
    by_share = curves_of_jobs(jobs, metrics, "loss", "training", by_share=True)
    assert [one.points[-1][0] for one in of_steps] == [60, 240]
    assert [one.points[-1][0] for one in by_share] == [100, 100]
    assert [one.name for one in by_share] == ["run-1", "run-2"]
    assert len({one.mark for one in by_share}) == len({one.style for one in by_share}) == 2
    drawn = as_lines(by_share)
    assert [one.mark for one in drawn] == ["", "", "o", "x"]
    assert len(drawn[3].points) < 30


def test_the_table_fits_its_width_and_keeps_the_end_of_a_file_id():
    rows = [Row("training file", ("file-aaaaaaaaaaaaaaaaaaaaaaaa1", "file-2", "–"))]
    lines = [plain_text(line) for line in table_lines(["one", "two", "three"], rows, 60)]
    assert all(len(line) <= 60 for line in lines)
    assert "o one" in lines[0] and "+ three" in lines[0] and "aaa1" in lines[1]


def test_a_picture_of_several_jobs_has_one_curve_each_and_escapes_their_names():
    jobs = [make_job(1, user_provided_suffix="<b>&"), make_job(2)]
    metrics = {job.id: steps_of(make_events(60, 60)) for job in jobs}
    series = curves_of_jobs(jobs, metrics, "loss", "training", by_share=False)
    text = svg_of_series("<i>", series, "loss", "step")
    root = ElementTree.fromstring(text)
    assert len([one for one in root.iter() if one.tag.endswith("polyline")]) == 2
    assert "<b>" not in text and "<i>" not in text
    assert svg_of_series("x", [], "loss", "step") == ""


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_marked_jobs_are_compared_by_one_key(
    session: Session, sandbox: SandboxServer, size: tuple[int, int], tmp_path: Path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    fill_with_samples(sandbox)
    async with on_the_list(session, size) as (app, pilot):
        await until(pilot, shows(app, "succeeded"))
        app.utils.compare_jobs()
        await until(pilot, lambda: "Two jobs are needed" in toast(app))
        ended = [job for job in app.jobs_pane.table.jobs if job.status.is_success][:2]
        app.jobs_pane.table.filter = app.jobs_pane.filter_bar.filter
        for job in ended:
            assert app.jobs_pane.table.move_to(job.id)
            await press(pilot, "space")
        app.utils.compare_jobs()
        await until(pilot, lambda: isinstance(app.screen, CompareJobs))
        screen = app.screen
        assert isinstance(screen, CompareJobs)
        await until(pilot, lambda: len(screen.curves.metrics) == 2)
        await until(pilot, shows(app, names_of(ended)[1]))
        assert "o " in screen_text(app) and "The same for all" in screen_text(app)
        await press(pilot, "f", "left")
        assert screen.curves.cursor == 100 and "% of the training 100" in screen_text(app)
        await press(pilot, "s")
        await press(pilot, "enter")
        await until(pilot, lambda: len(list(tmp_path.glob("*.svg"))) == 1)
        await until(pilot, lambda: app.screen is screen)
        await press(pilot, "escape")
        assert app.is_at_rest


async def test_of_a_job_of_a_sweep_alone_the_whole_sweep_is_compared(
    session: Session, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
):
    fill_with_samples(sandbox)
    readers: list[threading.Thread] = []
    read = Annotations.all

    def watched(kept: Annotations) -> dict[str, Annotation]:
        readers.append(threading.current_thread())
        return read(kept)

    monkeypatch.setattr(Annotations, "all", watched)
    async with on_the_list(session, (80, 24)) as (app, pilot):
        await until(pilot, shows(app, "succeeded"))
        listed = [job for job in app.jobs_pane.table.jobs if job.can_be_acted_on]
        for job, label in zip(listed, ("sweep-ab12", "desk", "sweep-ab12"), strict=False):
            session.annotations.change_labels(job.raw_id, add=(label,))  # as another fttui does
        app.jobs_pane.select_job(listed[0].id)
        read_before: Any = app.utils.curves._known
        read_before["compared before"] = None
        await press(pilot, "C")
        await until(pilot, lambda: isinstance(app.screen, CompareJobs))
        screen = app.screen
        assert isinstance(screen, CompareJobs)
        assert {job.raw_id for job in screen.jobs} == {listed[0].raw_id, listed[2].raw_id}
        assert readers and threading.main_thread() not in readers
        assert set(app.utils.curves._known) <= {job.raw_id for job in screen.jobs}
        await press(pilot, "escape")
        app.jobs_pane.select_job(listed[1].id)
        await press(pilot, "C")
        await until(pilot, lambda: "Two jobs are needed" in toast(app))
