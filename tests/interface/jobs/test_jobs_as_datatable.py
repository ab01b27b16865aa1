"""What the list adds to a DataTable: its rows are jobs, which come, go and are filtered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from rich.text import Text
from tests.interface.jobs.jobs_host import JobsHost, make_job, screen_text, settled
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import DataTable
from textual.widgets.data_table import DuplicateKey

from fttui.interface.jobs.table import JobsTable
from fttui.interface.kit.columns import Column
from fttui.interface.kit.table import Table
from fttui.interface.messages import JobChanged
from fttui.services.job_filter import JobFilter
from settling import press


class Listed:
    """The list of jobs on a screen, and what its table posted."""

    def __init__(self, app: JobsHost, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.table = app.pane.table
        self.posted: list[Message] = []
        post = self.table.post_message

        def note(message: Message) -> bool:
            self.posted.append(message)
            return post(message)

        self.table.post_message = note  # type: ignore[method-assign]

    async def settled(self) -> None:
        await settled(self.pilot)

    async def load(self, *numbers: int) -> None:
        self.app.load([make_job(number) for number in numbers])
        await self.settled()

    @property
    def names(self) -> list[Any]:
        return list(self.table.get_column("name"))

    @property
    def highlighted(self) -> list[str]:
        told = [each for each in self.posted if isinstance(each, DataTable.RowHighlighted)]
        return [f"run-{int(str(each.row_key.value)[-24:])}" for each in told]

    @property
    def selected(self) -> list[str | None]:
        told = [each for each in self.posted if isinstance(each, DataTable.RowSelected)]
        return [each.row_key.value for each in told]


@asynccontextmanager
async def listed(*numbers: int, size: tuple[int, int] = (160, 24)) -> AsyncIterator[Listed]:
    app = JobsHost([make_job(number) for number in numbers])
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        yield Listed(app, pilot)


async def test_a_row_that_was_added_stays_below_the_jobs_through_loads_and_filters():
    async with listed(1, 2, 3) as it:
        it.table.add_row("+ by hand", "mine", key="mine")
        await it.settled()
        assert it.names == ["run-1", "run-2", "run-3", "mine"]
        assert "Jobs 4" in screen_text(it.app)
        await it.load(0, 1, 2, 3)
        assert it.names == ["run-0", "run-1", "run-2", "run-3", "mine"]
        it.table.set_filter(JobFilter.parse("run-2"))
        await it.settled()
        assert it.names == ["run-2", "mine"]
        assert it.table.row_count == 2
        assert "+ by hand" in screen_text(it.app)
        it.table.remove_row("mine")
        await it.settled()
        assert it.names == ["run-2"]
        assert "+ by hand" not in screen_text(it.app)


async def test_a_row_that_is_no_job_cannot_be_marked_opened_or_acted_on():
    async with listed(1) as it:
        it.table.add_row("+ by hand", "mine", key="mine")
        await press(it.pilot, "G", "space", "enter")
        await it.settled()
        assert it.table.cursor_key == "mine"
        assert it.selected == ["mine"]
        assert it.table.current_job is None
        assert not any(isinstance(each, JobsTable.MarksChanged) for each in it.posted)
        assert it.app.screen.id != "job-details"
        assert it.app.pane.query_one("#jobs-cancel").disabled
        assert "»" not in screen_text(it.app)


async def test_a_job_takes_the_place_of_an_added_row_of_its_id():
    async with listed(1) as it:
        it.table.add_row("+ by hand", "mine", key=make_job(2).id)
        await it.load(1, 2)
        assert it.names == ["run-1", "run-2"]
        await it.load(1)
        await it.load(1)
        assert it.names == ["run-1"]


async def test_a_job_that_the_filter_hides_has_its_key_still():
    async with listed(1, 2) as it:
        it.table.set_filter(JobFilter.parse("run-2"))
        with pytest.raises(DuplicateKey):
            it.table.add_row("again", key=make_job(1).id)
        assert it.names == ["run-2"]


async def test_what_is_put_over_a_job_stands_until_there_is_news_of_it():
    async with listed(1, 2) as it:
        key = make_job(1).id
        it.table.add_column("Note", key="note", default="-")
        it.table.update_cell(key, "name", "renamed")
        it.table.update_cell(key, "note", "mine")
        it.table.set_filter(JobFilter.parse("run-2"))
        it.table.set_filter(JobFilter())
        await it.settled()
        assert it.names == ["renamed", "run-2"]
        assert "renamed" in screen_text(it.app)
        it.app.tell(JobChanged(make_job(1, "failed")))
        await it.settled()
        assert it.names == ["run-1", "run-2"]
        assert it.table.get_cell(key, "note") == "mine"
        assert it.table.get_cell(key, "status") == "✗ failed"


async def test_a_new_column_is_filled_for_jobs_that_the_filter_hides_too():
    async with listed(1, 2) as it:
        it.table.set_filter(JobFilter.parse("run-2"))
        it.table.add_column("Note", key="note", default="-")
        it.table.set_filter(JobFilter())
        assert list(it.table.get_column("note")) == ["-", "-"]


async def test_a_job_that_is_removed_or_cleared_comes_back_with_the_next_load():
    async with listed(1, 2, 3) as it:
        await press(it.pilot, "space")
        it.table.remove_row(make_job(1).id)
        await it.settled()
        assert it.names == ["run-2", "run-3"]
        assert [job.suffix for job in it.table.jobs] == ["run-2", "run-3"]
        assert not it.table.marked_jobs
        assert "Jobs 2" in screen_text(it.app)
        it.table.clear()
        await it.settled()
        assert it.table.jobs == []
        await it.load(1, 2, 3)
        assert it.names == ["run-1", "run-2", "run-3"]


async def test_a_sort_goes_on_for_jobs_that_come_later_until_another_order_is_chosen():
    async with listed(1, 2, 3) as it:
        it.table.sort("name", reverse=True)
        await it.settled()
        assert "Name ▼" in screen_text(it.app)
        assert "by name, z to a" in screen_text(it.app)
        await it.load(1, 2, 3, 4)
        assert it.names == ["run-4", "run-3", "run-2", "run-1"]
        it.table.sort(key=lambda row: row[1])
        await it.settled()
        assert "as asked" in screen_text(it.app)
        assert "▼" not in it.app.pane.table.render_line(0).text
        await it.pilot.click("#jobs-table", offset=(18, 0))
        await it.settled()
        assert it.names == ["run-1", "run-2", "run-3", "run-4"]
        assert "Name ▲" in screen_text(it.app)
        await press(it.pilot, "S")
        assert it.names == ["run-4", "run-3", "run-2", "run-1"]


async def test_a_sort_that_cannot_be_done_is_not_tried_again_when_jobs_come():
    async with listed(1, 2, 3) as it:
        it.table.sort("name", reverse=True)
        for wrong in ({"key": int}, {"key": lambda row: row["name"]}):
            with pytest.raises((TypeError, ValueError)):
                it.table.sort("name", **wrong)
        with pytest.raises(KeyError):
            it.table.sort("nothing")
        assert it.table.sorted_by == ("name", True)
        await it.load(1, 2, 3, 4)
        assert it.names == ["run-4", "run-3", "run-2", "run-1"]


async def test_a_sort_that_later_rows_do_not_bear_gives_way_to_the_order_of_the_list():
    async with listed(1, 2, 3) as it:
        it.table.sort("name", reverse=True)
        it.table.add_row("a row without a name")
        await it.load(1, 2, 3, 4)
        assert it.names == ["run-1", "run-2", "run-3", "run-4", None]
        assert it.table.sorted_by is None
        assert "newest first" in screen_text(it.app)
        it.table.sort("model", reverse=True, key=str)
        it.table.remove_column("model")
        await it.load(0, 1, 2, 3, 4)
        assert it.table.sorted_by is None
        it.table.sort("name", key=str)
        it.table.clear(columns=True)
        await it.load(1, 2)
        assert it.table.row_count == 2


async def test_the_cursor_stays_where_a_sort_or_a_removal_has_left_it():
    async with listed(1, 2, 3, 4) as it:
        await press(it.pilot, "j")
        it.table.sort("name", reverse=True)
        assert (it.table.cursor_row, it.highlighted[-1]) == (1, "run-3")
        await it.load(0, 1, 2, 3, 4)
        assert it.table.current_job == make_job(3)
        it.table.remove_row(make_job(4).id)
        assert it.highlighted[-1] == "run-2"
        await it.load(0, 1, 2, 3)
        assert it.table.current_job == make_job(2)
        it.table.set_filter(JobFilter.parse("run-3"))
        it.table.sort("name")
        it.table.set_filter(JobFilter())
        assert it.table.current_job == make_job(2)


async def test_the_row_under_the_cursor_is_told_when_another_comes_there():
    async with listed(1, 2, 3) as it:
        await press(it.pilot, "j", "k")
        it.posted.clear()
        await it.load(1, 2, 3)
        assert it.highlighted == []
        it.table.set_filter(JobFilter.parse("run-3"))
        assert it.highlighted == ["run-3"]
        it.table.set_filter(JobFilter())
        assert it.highlighted == ["run-3", "run-1"]
        await it.load(0, 1, 2, 3)
        assert it.table.cursor_row == 1
        assert it.highlighted == ["run-3", "run-1"]
        it.table.remove_row(make_job(1).id)
        assert it.highlighted[-1] == "run-2"
        it.table.sort("name", reverse=True)
        assert it.table.cursor_row == 1
        assert len(it.highlighted) == 3


async def test_enter_selects_a_row_and_that_opens_its_job():
    async with listed(1, 2) as it:
        await press(it.pilot, "j", "enter")
        await it.settled()
        assert it.selected == [make_job(2).id]
        assert it.app.screen.id == "job-details"


async def test_the_title_of_a_column_that_jobs_lack_sorts_nothing():
    async with listed(2, 1, size=(264, 24)) as it:
        it.table.add_column("Note", key="note", default="-")
        await it.settled()
        await it.pilot.click("#jobs-table", offset=(it.table.render_line(0).text.index("Note"), 0))
        await it.settled()
        assert isinstance(it.posted[-1], DataTable.HeaderSelected)
        assert it.names == ["run-1", "run-2"]


async def test_a_name_with_odd_brackets_is_measured_and_shown_as_it_is():
    odd = "[/nothing] [red]x"
    app = JobsHost([make_job(1, user_provided_suffix=odd), make_job(2)])
    async with app.run_test(size=(160, 24)) as pilot:
        await settled(pilot)
        table = app.pane.table
        table.update_cell(make_job(2).id, "name", "x", update_width=True)
        table.update_cell(make_job(2).id, "model", "[/x] odd too", update_width=True)
        table.update_cell(make_job(2).id, "id", Text("[b]as it is\nsecond line"))
        await settled(pilot)
        shown = screen_text(app)
        assert table.get_cell(make_job(1).id, "name") == odd
        assert odd in shown
        assert "[/x] odd too" in shown
        assert "[b]as it is" in shown
        assert "second line" not in shown


async def test_a_cursor_move_paints_two_lines_and_the_pointer_none(monkeypatch: Any):
    async with listed(*range(50), size=(120, 40)) as it:
        painted: list[int] = []
        refresh = it.table.refresh

        def note(*regions: Any, **more: Any) -> Any:
            painted.extend(region.height for region in regions or (it.table.size.region,))
            return refresh(*regions, **more)

        monkeypatch.setattr(it.table, "refresh", note)
        await it.pilot.hover("#jobs-table", offset=(5, 7))
        await it.pilot.hover("#jobs-table", offset=(9, 8))
        await it.settled()
        assert it.table.hover_row == 7
        assert painted == []
        await press(it.pilot, "j")
        assert set(painted) == {1}
        assert len(painted) <= 4  # two lines, looked at again while the frame is due


async def test_pages_of_jobs_that_are_the_same_paint_nothing(monkeypatch: Any):
    async with listed(*range(50)) as it:
        painted: list[Any] = []
        monkeypatch.setattr(it.table, "refresh", lambda *regions, **_: painted.append(regions))
        await it.load(*range(50))
        assert painted == []


class Echo(Table):
    """Rows that say their keys."""

    def cell(self, key: str, column: Column) -> tuple[str, str]:
        return key, "plain"


def test_rows_of_the_past_are_not_kept_for_ever():
    table = Echo([Column("word", "Word", 4, 8, 0)])
    for begin in range(0, 80_000, 8_000):
        table.set_rows([str(number) for number in range(begin, begin + 8_000)])
        assert table.get_row_at(0) == [str(begin)]
    assert len(table._known) <= 34_000
