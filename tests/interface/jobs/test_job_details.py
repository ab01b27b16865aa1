"""The screen with one job's whole story."""

from typing import Any

import pytest
from tests.interface.jobs.jobs_host import (
    JobsHost,
    make_checkpoints,
    make_events,
    make_job,
    screen_text,
    settled,
)
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from fttui.interface.jobs.details import TABS, JobDetails
from fttui.interface.kit.lines import LineView
from fttui.interface.messages import JobChanged, JobHistoryRead
from fttui.services.endpoint.models import Checkpoint
from settling import press

SIZE = (80, 24)


def host(**more: Any) -> JobsHost:
    job = make_job(1, **more)
    app = JobsHost([job])
    app.utils.histories[job.id] = JobHistoryRead(
        job, make_events(240, 240), make_checkpoints(job, 240, 120)
    )
    return app


async def opened(pilot: Pilot[Any], *keys: str) -> JobDetails:
    await settled(pilot)
    pilot.app.utils.asked.clear()
    await press(pilot, "enter", *keys)
    await settled(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, JobDetails)
    return screen


async def test_everything_is_asked_for_and_escape_goes_back_to_the_list():
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await opened(pilot)
        assert app.utils.asked == [f"all of {make_job(1).id}"]
        assert "✓ succeeded · run-1 · ftjob-" in screen_text(app)
        await press(pilot, "escape")
        await settled(pilot)
        assert app.focused is app.pane.table
        await opened(pilot)


async def test_all_events_can_be_read_to_the_first_one():
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        screen = await opened(pilot, "2")
        assert "2 Events 240" in screen_text(app)
        assert "Step 240/240" in screen_text(app)
        await press(pilot, "G")
        await settled(pilot)
        assert "Step 1/240" in screen_text(app)
        await press(pilot, "g")
        await settled(pilot)
        assert "Step 240/240" in screen_text(app)
        assert len(screen.query_one("#details-events", LineView).lines) == 240


@pytest.mark.parametrize(
    ("key", "copied", "asked"),
    [
        ("enter", "{model}:ckpt-step-120", ""),
        ("i", "ftckpt_120", ""),
        ("b", "", "base {model}:ckpt-step-120"),
    ],
)
async def test_a_checkpoint_is_copied_or_trained_on_by_its_menu(key: str, copied: str, asked: str):
    app = host()
    model = make_job(1).fine_tuned_model
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await opened(pilot, "3", "j")
        assert f"{model}:ckpt-step-120" in screen_text(app)
        app.utils.asked.clear()
        await press(pilot, "enter", key)
        assert app.utils.copied == ([copied.format(model=model)] if copied else [])
        assert app.utils.asked == ([asked.format(model=model)] if asked else [])


async def test_the_best_checkpoint_is_marked_and_what_is_measured_has_columns():
    job = make_job(1)
    app = JobsHost([job])
    metrics = ({"full_valid_loss": 0.9, "train_mean_reward": 0.1}, {"full_valid_loss": 0.4})
    found = [
        Checkpoint.read(
            {
                "id": f"c{n}",
                "fine_tuned_model_checkpoint": f"ft:{n}",
                "step_number": n,
                "metrics": told,
            }
        )
        for n, told in enumerate(metrics, 1)
    ]
    app.utils.histories[job.id] = JobHistoryRead(job, make_events(2, 2), tuple(found))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await opened(pilot, "3")
        rows = screen_text(app).splitlines()
        assert "Train reward" in "".join(rows) and "Valid acc." not in "".join(rows)
        assert ["best" in row for row in rows if "ft:" in row and "0." in row] == [False, True]


async def test_a_job_without_checkpoints_says_so():
    app = JobsHost([make_job(1, "running")])
    job = make_job(1, "running")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await opened(pilot, "3")
        assert "Loading…" in screen_text(app)
        app.tell(JobHistoryRead(job, (), ()))
        await settled(pilot)
        assert "No checkpoints" in screen_text(app)
        app.tell(JobHistoryRead(job, (), None))
        await settled(pilot)
        assert "tells of no checkpoints" in screen_text(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, JobDetails)


async def test_why_there_are_no_checkpoints_is_read_to_its_end_in_a_narrow_window():
    app = JobsHost([make_job(1, "running")])
    async with app.run_test(size=(60, 16)) as pilot:
        await settled(pilot)
        await opened(pilot, "3")
        app.tell(JobHistoryRead(make_job(1, "running"), (), ()))
        await settled(pilot)
        shown = " ".join(screen_text(app).split())
        assert "they can be seen once the job has succeeded or is paused." in shown


async def test_id_and_name_are_copied_by_the_keys_of_the_list():
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await opened(pilot, "y", "Y")
        assert app.utils.copied == [make_job(1).id, make_job(1).fine_tuned_model]


async def test_the_curves_are_drawn_with_a_legend_that_needs_no_colour():
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await opened(pilot, "4")
        shown = screen_text(app)
        assert "⠒⠒ training 0.4" in shown
        assert "o validation" in shown
        assert "# full validation" in shown
        assert "240 step" in shown
        assert sum(
            (line.count("o") > 0 and "┤" in line) or "│" in line for line in shown.split("\n")
        )


async def test_news_of_the_job_show_while_it_is_open():
    job = make_job(1, "running")
    app = JobsHost([job])
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await opened(pilot)
        app.tell(JobHistoryRead(job, make_events(30, 60), None))
        await settled(pilot)
        app.tell(JobChanged(make_job(1, "failed", error={"code": "server_error", "message": "Oh"})))
        await settled(pilot)
        shown = screen_text(app)
        assert "✗ failed · run-1" in shown
        assert "server_error" in shown
        assert "d creates it again" in " ".join(shown.split())


async def test_tab_goes_round_the_tabs_and_digits_go_to_one():
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        screen = await opened(pilot)
        seen = []
        for _ in range(4):
            seen.append(screen.view.id)
            await press(pilot, "tab")
            await settled(pilot)
        assert seen == [f"details-{tab}" for tab in TABS]
        await press(pilot, "3")
        await settled(pilot)
        assert screen.view.has_focus
        assert screen.view.id == "details-checkpoints"


async def test_its_text_can_be_selected():
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        screen = await opened(pilot)
        view = screen.query_one("#details-overview", LineView)
        row = next(n for n, line in enumerate(view.lines) if line[0][0].startswith("Job ID"))
        selected = view.get_selection(Selection(Offset(11, row), Offset(41, row)))
        assert selected is not None
        assert selected[0] == make_job(1).id


async def test_keys_of_the_list_act_on_the_job_that_is_open_and_no_others():
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await opened(pilot)
        app.utils.asked.clear()
        await press(pilot, *"xpwcdtLb", "space", "slash", "z")
        await settled(pilot)
        assert app.utils.asked == [
            *("cancel_job", "pause_job", "resume_job", "show_copy_menu", "create_again"),
            *("edit_note", "edit_labels", "open_in_browser"),
        ]
        assert app.pane.table.marked_jobs == []
        assert not app.pane.filter_bar.display


async def test_the_next_job_is_the_lists_next_and_the_cursor_goes_along():
    app = JobsHost([make_job(number) for number in (1, 2, 3)])
    for number in (1, 2, 3):
        job = make_job(number)
        app.utils.histories[job.id] = JobHistoryRead(job, make_events(number, 9), ())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        screen = await opened(pilot, "2")
        await press(pilot, "J")
        await settled(pilot)
        assert screen.job.suffix == "run-2" and "Step 2/9" in screen_text(app)
        assert app.utils.asked[-1] == f"all of {make_job(2).id}"
        await press(pilot, "J", "J")
        await settled(pilot)
        assert screen.job.suffix == "run-3"
        assert "last job of the list" in " ".join(note.message for note in app._notifications)
        await press(pilot, "K", "escape")
        assert app.pane.table.current_job.suffix == "run-2"


async def test_sixty_by_sixteen_is_enough():
    app = host()
    async with app.run_test(size=(60, 16)) as pilot:
        await settled(pilot)
        for key, text in (("1", "Job ID"), ("2", "Step 240/240"), ("3", "240"), ("4", "step")):
            await opened(pilot, key)
            assert text in screen_text(app)
            await press(pilot, "escape")
