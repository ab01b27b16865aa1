"""The list keeps its place: cursor, scroll position and marks stay with their jobs."""

from typing import Any

from tests.interface.jobs.jobs_host import JobsHost, make_job, screen_text, settled
from textual.events import MouseScrollDown
from textual.pilot import Pilot

from fttui.interface.kit.columns import Column, fit_columns
from fttui.interface.messages import JobChanged, JobsFailed, JobsLoading, JobsPage
from fttui.services.endpoint.errors import ServiceError
from fttui.services.endpoint.models import Job
from fttui.services.job_filter import JobFilter
from settling import press


def ids(app: JobsHost) -> list[str]:
    table = app.pane.table
    return [table.job(row.key.value).suffix for row in table.ordered_rows]


def current(app: JobsHost) -> str | None:
    job = app.pane.table.current_job
    return job.suffix if job else None


async def changed(pilot: Pilot[Any], app: JobsHost, job: Job, *, select: bool = False) -> None:
    app.tell(JobChanged(job, select=select))
    await settled(pilot)


async def test_jobs_come_newest_first_with_the_cursor_on_the_first():
    app = JobsHost([make_job(3), make_job(1), make_job(2)])
    async with app.run_test() as pilot:
        await settled(pilot)
        assert ids(app) == ["run-1", "run-2", "run-3"]
        assert current(app) == "run-1"


async def test_the_cursor_stays_on_its_job_when_a_newer_one_comes():
    app = JobsHost([make_job(n) for n in range(1, 6)])
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "j", "j")
        assert current(app) == "run-3"
        await changed(pilot, app, make_job(0, "queued"))
        assert ids(app)[0] == "run-0"
        assert current(app) == "run-3"


async def test_the_job_under_the_cursor_stays_on_its_line_of_the_screen():
    app = JobsHost([make_job(n) for n in range(1, 101)])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, *["ctrl+d"] * 4, "j")
        wanted = current(app)
        table = app.pane.table
        line = table.cursor_row - table.top
        for number in (-1, -2, -3):
            await changed(pilot, app, make_job(number, "queued"))
        assert current(app) == wanted
        assert table.top > 0
        assert table.cursor_row - table.top == line


async def test_a_reload_keeps_cursor_scroll_and_marks():
    jobs = [make_job(n) for n in range(1, 101)]
    app = JobsHost(jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, *["ctrl+d"] * 5, "space", "space")
        table = app.pane.table
        before = (current(app), table.top, [job.id for job in table.marked_jobs])
        app.load(jobs)
        await settled(pilot)
        assert (current(app), table.top, [job.id for job in table.marked_jobs]) == before


async def test_a_job_that_vanished_is_marked_and_leaves_with_the_next_load():
    jobs = [make_job(n) for n in range(1, 5)]
    app = JobsHost(jobs)
    async with app.run_test() as pilot:
        await settled(pilot)
        app.load(jobs[:2])
        await settled(pilot)
        assert ids(app) == ["run-1", "run-2", "run-3", "run-4"]
        assert screen_text(app).count("  gone") == 2
        assert len(app.pane.table.jobs) == 2
        app.load(jobs[:2])
        await settled(pilot)
        assert ids(app) == ["run-1", "run-2"]


async def test_a_vanished_job_stays_while_the_cursor_is_on_it():
    jobs = [make_job(n) for n in range(1, 5)]
    app = JobsHost(jobs)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "G")
        for _ in range(3):
            app.load(jobs[:2])
            await settled(pilot)
        assert current(app) == "run-4"


async def test_a_vanished_job_that_comes_back_is_like_any_other():
    jobs = [make_job(n) for n in range(1, 4)]
    app = JobsHost(jobs)
    async with app.run_test() as pilot:
        await settled(pilot)
        app.load(jobs[:2])
        await settled(pilot)
        app.load(jobs)
        await settled(pilot)
        assert "gone" not in screen_text(app)


async def test_of_two_jobs_with_one_id_the_last_wins():
    app = JobsHost([make_job(1, "running"), make_job(1, "failed")])
    async with app.run_test() as pilot:
        await settled(pilot)
        assert [job.status.word for job in app.pane.table.jobs] == ["failed"]


async def test_jobs_without_an_id_are_shown_and_cannot_be_acted_on():
    app = JobsHost([make_job(1, id=None), make_job(2, id=None), make_job(3, id=7)])
    async with app.run_test() as pilot:
        await settled(pilot)
        assert ids(app) == ["run-1", "run-2", "run-3"]
        assert app.pane.query_one("#jobs-cancel").disabled
        assert "gave this job no id" in screen_text(app)
        app.load([make_job(1, id=None)])
        await settled(pilot)
        assert len(app.pane.table.jobs) == 1


async def test_odd_values_leave_dashes_and_the_row_stands():
    odd = Job.read(
        {"id": "ftjob-odd", "status": {"a": 1}, "created_at": "yesterday", "model": [], "error": 3}
    )
    assert odd is not None
    app = JobsHost([odd, make_job(1, "paused by the moon")])
    async with app.run_test(size=(120, 24)) as pilot:
        await settled(pilot)
        shown = screen_text(app)
        assert "· unknown" in shown
        assert "· paused by" in shown
        assert "–" in shown


async def test_text_that_looks_like_markup_is_shown_letter_for_letter():
    name = "[red]x[/red] [@click=app.quit]c[/] [/nothing]"
    app = JobsHost([make_job(1, user_provided_suffix=name, fine_tuned_model=None)])
    async with app.run_test(size=(160, 30)) as pilot:
        await settled(pilot)
        assert "[red]x[/red] [@click=app" in screen_text(app)
        await press(pilot, "enter")
        await settled(pilot)
        assert name in screen_text(app)


async def test_a_page_of_ten_thousand_jobs_shows_and_stays_in_order():
    app = JobsHost([make_job(n) for n in range(10_000)])
    async with app.run_test() as pilot:
        await settled(pilot)
        assert app.pane.table.row_count == 10_000
        await press(pilot, "G")
        assert current(app) == "run-9999"
        app.pane.table.set_filter(JobFilter.parse("run-77"))
        assert {"run-77", "run-7700"} <= set(ids(app))
        assert current(app) is not None


async def test_later_pages_are_shown_too_and_the_first_at_once():
    app = JobsHost()
    async with app.run_test() as pilot:
        await settled(pilot)
        app.tell(JobsLoading())
        app.tell(JobsPage(tuple(make_job(n) for n in range(100))))
        await settled(pilot)
        assert app.pane.table.row_count == 100
        app.tell(JobsPage(tuple(make_job(n) for n in range(100, 200))))
        await settled(pilot)
        assert app.pane.table.row_count == 200


async def test_a_failed_load_keeps_the_list():
    app = JobsHost([make_job(n) for n in range(1, 4)])
    async with app.run_test() as pilot:
        await settled(pilot)
        app.tell(JobsLoading())
        app.tell(JobsFailed(ServiceError("The endpoint is away.", "Look at the cable.")))
        await settled(pilot)
        shown = screen_text(app)
        assert app.pane.table.row_count == 3
        assert "The endpoint is away." in shown
        assert "Look at the cable." in shown
        app.load([make_job(n) for n in range(1, 4)])
        await settled(pilot)
        assert "The endpoint is away." not in screen_text(app)


async def test_a_created_job_is_selected_even_if_the_filter_would_hide_it():
    app = JobsHost([make_job(n) for n in range(1, 4)])
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "slash", *"run-2", "enter")
        await settled(pilot)
        assert ids(app) == ["run-2"]
        await changed(pilot, app, make_job(0, "queued"), select=True)
        assert current(app) == "run-0"
        assert app.pane.filter_bar.text == ""


async def test_the_cursor_comes_back_to_its_job_when_the_filter_goes():
    app = JobsHost([make_job(n) for n in range(1, 30)])
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "j", "j", "j")
        await press(pilot, "slash", *"run-2", "enter")
        await settled(pilot)
        assert current(app) != "run-4"
        await press(pilot, "escape")
        await settled(pilot)
        assert current(app) == "run-4"


async def test_a_click_moves_the_cursor_and_a_double_click_opens_the_job():
    app = JobsHost([make_job(n) for n in range(1, 10)])
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.click("#jobs-table", offset=(5, 4))
        assert current(app) == "run-4"
        await pilot.click("#jobs-table", offset=(5, 4), times=2)
        await settled(pilot)
        assert app.screen.id == "job-details"


async def test_a_click_on_a_title_sorts_by_it_and_a_second_one_turns_it_round():
    app = JobsHost([make_job(1, "running"), make_job(2, "failed"), make_job(3)])
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.click("#jobs-table", offset=(4, 0))
        assert ids(app) == ["run-2", "run-1", "run-3"]
        await pilot.click("#jobs-table", offset=(4, 0))
        await settled(pilot)
        assert ids(app) == ["run-3", "run-1", "run-2"]
        assert "Status ▼" in screen_text(app)


async def test_the_wheel_scrolls_without_moving_the_cursor():
    app = JobsHost([make_job(n) for n in range(1, 101)])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        table = app.pane.table
        await pilot._post_mouse_events([MouseScrollDown], table)
        await settled(pilot)
        assert table.top == 3
        assert current(app) == "run-1"
        assert "run-1 " not in screen_text(app)


async def test_columns_that_do_not_fit_can_be_panned_to():
    app = JobsHost([make_job(1)])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        table = app.pane.table
        assert "tokens" not in table.shown_columns
        await press(pilot, "l", "l", "l", "l", "l", "l")
        assert "tokens" in table.shown_columns
        assert table.shown_columns[:2] == ["status", "name"]
        await press(pilot, *"h" * 6)
        assert "model" in table.shown_columns


async def test_only_a_cursor_on_a_column_that_is_out_of_sight_brings_others():
    app = JobsHost([make_job(1), make_job(2)])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        table = app.pane.table
        at_first = table.shown_columns
        table.move_cursor(column=table.get_column_index("tokens"))
        await press(pilot, "j")
        assert table.shown_columns == at_first
        table.cursor_type = "cell"
        panned_to = table.shown_columns
        assert "tokens" in panned_to
        table.move_cursor(column=table.get_column_index("status"))
        assert table.shown_columns == panned_to
        await pilot.resize_terminal(30, 24)
        await settled(pilot)
        table.move_cursor(column=table.get_column_index("fine_tuned_model"))
        assert table.shown_columns == ["status", "name"]
        assert "‹" not in table.render_line(0).text
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        table.clear(columns=True)
        await settled(pilot)
        assert table.shown_columns == []
        table.action_cursor_right()


def test_columns_fit_every_width_and_the_important_ones_stay_longest():
    columns = (
        Column("a", "A", 12, 12, 0),
        Column("b", "B", 12, 24, 1, grows=True),
        Column("c", "C", 14, 24, 3),
        Column("d", "D", 14, 30, 2),
    )
    for width in range(10, 200):
        fitted = fit_columns(columns, width)
        assert sum(room + 1 for _, room in fitted) + 2 <= max(width + 1, 15)
        if width >= 44:
            assert {"a", "b", "d"} <= {column.key for column, _ in fitted}


async def test_every_size_of_the_terminal_shows_status_and_name():
    app = JobsHost([make_job(n) for n in range(1, 30)])
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        for size in ((60, 16), (80, 24), (30, 10), (200, 60), (10, 3), (120, 40)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            if size[0] >= 60:
                shown = screen_text(app)
                assert "succeeded" in shown
                assert "run-1 " in shown


async def test_the_bar_beside_the_rows_shows_which_of_them_are_seen():
    app = JobsHost([make_job(n) for n in range(1, 101)])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        table = app.pane.table

        def bar() -> list[int]:
            return [y for y in range(table.size.height) if table.render_line(y).text[-1] == "┃"]

        assert bar()[0] == 1
        await press(pilot, "G")
        assert bar()[-1] == table.size.height - 1
        assert bar()[0] > table.size.height / 2
