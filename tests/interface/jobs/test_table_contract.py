"""What a script may ask of a DataTable: the same of Textual's own, of our table and of the jobs.

Each test runs against all three: what it holds of the list of jobs holds of a plain DataTable.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, ClassVar

import pytest
from rich.text import Text
from tests.interface.jobs.jobs_host import STYLES, JobsHost, make_job, screen_text, settled
from textual import events
from textual.app import ComposeResult
from textual.coordinate import Coordinate
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import DataTable
from textual.widgets.data_table import (
    CellDoesNotExist,
    CellKey,
    ColumnDoesNotExist,
    DuplicateKey,
    RowDoesNotExist,
    RowKey,
)

from fttui.interface.guard.app import SafeApp
from fttui.interface.kit.painted_table import PaintedTable
from fttui.terminal.format import moment_text

TITLES = {
    "status": "Status",
    "name": "Name",
    "model": "Model",
    "id": "Job ID",
    "fine_tuned_model": "Fine-tuned model",
    "created": "Created",
    "duration": "Took",
    "tokens": "Tokens",
    "days_left": "Days left",
}
COUNT = 50
SIZE = (264, 20)


def key_of(number: int) -> str:
    return f"ftjob-{number:024}"


def row_of(number: int) -> list[str]:
    """What the list shows of the job of this number."""
    model = "gpt-4o-mini-2024-07-18"
    return [
        "✓ succeeded",
        f"run-{number}",
        model,
        key_of(number),
        f"ft:{model}:acme:run-{number}:A{number:07}",
        moment_text(make_job(number).created_at),
        "25m 00s",
        f"{123_456 * number:,}",
        "53 d",
    ]


class TableHost(SafeApp[None]):
    """A table and nothing else, filled by the calls of a DataTable."""

    CSS_PATH: ClassVar[Any] = [STYLES / "controls.tcss", STYLES / "jobs.tcss"]

    def __init__(self, table: DataTable[Any]) -> None:
        super().__init__()
        self.table = table

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.animation_level = "none"
        self.table.add_columns(*((title, key) for key, title in TITLES.items()))
        for number in range(COUNT):
            self.table.add_row(*row_of(number), key=key_of(number))
        self.table.focus()


class Screened:
    """A table on a screen, and the messages that it posted."""

    def __init__(self, app: SafeApp[None], pilot: Pilot[None], table: DataTable[Any]) -> None:
        self.app = app
        self.pilot = pilot
        self.table = table
        self.posted: list[Any] = []
        post = table.post_message

        def note(message: Message) -> bool:
            if type(message).__qualname__.startswith("DataTable."):
                self.posted.append(message)
            return post(message)

        table.post_message = note  # type: ignore[method-assign]

    async def settled(self) -> None:
        await settled(self.pilot)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settled()

    async def click(self, x: int, y: int, times: int = 1) -> None:
        await self.pilot.click(self.table, offset=(x, y), times=times)
        await self.settled()

    @property
    def lines(self) -> list[str]:
        """The lines of the screen that are the table's."""
        area = self.table.region
        lines = screen_text(self.app).split("\n")[area.y : area.bottom]
        return [line[area.x : area.right] for line in lines]

    @property
    def names(self) -> list[str]:
        """The names of the rows on the screen."""
        found = (re.search(r"\b(run-\d+|hand-\w+)(?: |$)", line) for line in self.lines)
        return [match[1] for match in found if match]

    def told(self, kind: type[Message]) -> list[Any]:
        return [message for message in self.posted if isinstance(message, kind)]


def plain() -> SafeApp[None]:
    table: DataTable[Any] = DataTable(cursor_type="row")
    table.styles.height = "1fr"
    return TableHost(table)


def jobs() -> SafeApp[None]:
    return JobsHost([make_job(number) for number in range(COUNT)])


Open = Callable[[], AbstractAsyncContextManager[Screened]]


@pytest.fixture(params=[plain, jobs])
def shown(request: pytest.FixtureRequest) -> Open:
    """Opens the table with `COUNT` rows on a screen."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Screened]:
        app: SafeApp[None] = request.param()
        async with app.run_test(size=SIZE) as pilot:
            await settled(pilot)
            yield Screened(app, pilot, app.query_one(DataTable))

    return opened


async def test_columns_stand_in_the_first_frame_though_the_size_was_not_told_yet(shown: Open):
    async with shown() as it:
        if isinstance(it.table, PaintedTable):
            it.table._fitted = ()
        assert TITLES["status"] in it.table.render_line(0).text


async def test_it_is_a_datatable_that_counts_its_rows_and_columns(shown: Open):
    async with shown() as it:
        table = it.table
        assert isinstance(table, DataTable)
        assert table.row_count == COUNT
        assert list(table.rows) == [key_of(number) for number in range(COUNT)]
        assert all(isinstance(key, RowKey) for key in table.rows)
        assert [row.key.value for row in table.ordered_rows] == [key_of(n) for n in range(COUNT)]
        assert {key.value: column.label.plain for key, column in table.columns.items()} == TITLES
        assert [column.key.value for column in table.ordered_columns] == list(TITLES)
        assert all(title in it.lines[0] for title in TITLES.values())
        assert (table.cursor_type, table.show_cursor, table.show_header) == ("row", True, True)
        assert table.cursor_coordinate == (0, 0)
        assert table.virtual_size.height == COUNT + 1


async def test_it_tells_what_stands_in_its_rows(shown: Open):
    async with shown() as it:
        table = it.table
        for number, name in enumerate(it.names):
            row = row_of(number)
            assert all(value in it.lines[number + 1] for value in row)
            assert table.get_row(key_of(number)) == table.get_row_at(number) == row
            assert table.get_cell(key_of(number), "name") == name == f"run-{number}"
            assert table.get_cell_at(Coordinate(number, 1)) == name
            assert table.get_row_index(key_of(number)) == number
            assert table.get_row_index(table.ordered_rows[number].key) == number
            assert table.get_row_height(table.ordered_rows[number].key) == 1
        assert len(it.names) == SIZE[1] - 1 or isinstance(it.app, JobsHost)
        assert list(table.get_column("name")) == [f"run-{number}" for number in range(COUNT)]
        assert list(table.get_column_at(3)) == [key_of(number) for number in range(COUNT)]
        assert table.get_column_index("tokens") == 7
        assert table.get_cell_coordinate(key_of(4), "model") == Coordinate(4, 2)
        assert table.coordinate_to_cell_key(Coordinate(3, 1)) == CellKey(*_keys(table, 3, 1))
        assert table.is_valid_row_index(COUNT - 1)
        assert not table.is_valid_row_index(COUNT)
        assert not table.is_valid_coordinate(Coordinate(0, 9))


def _keys(table: DataTable[Any], row: int, column: int) -> tuple[Any, Any]:
    return table.ordered_rows[row].key, table.ordered_columns[column].key


async def test_it_raises_for_what_is_not_there(shown: Open):
    async with shown() as it:
        table = it.table
        for missing in (
            lambda: table.get_row("nobody"),
            lambda: table.get_row_at(COUNT),
            lambda: table.get_row_index("nobody"),
            lambda: table.remove_row("nobody"),
        ):
            with pytest.raises(RowDoesNotExist):
                missing()
        for missing in (
            lambda: table.get_cell("nobody", "name"),
            lambda: table.get_cell(key_of(0), "nothing"),
            lambda: table.get_cell_at(Coordinate(COUNT, 0)),
            lambda: table.update_cell("nobody", "name", ""),
            lambda: table.update_cell(key_of(0), "nothing", ""),
            lambda: table.get_cell_coordinate("nobody", "name"),
        ):
            with pytest.raises(CellDoesNotExist):
                missing()
        with pytest.raises(ColumnDoesNotExist):
            list(table.get_column("nothing"))
        with pytest.raises(DuplicateKey):
            table.add_row("a", key=key_of(0))
        with pytest.raises(ValueError, match="More values"):
            table.add_row(*"0123456789")
        assert table.row_count == COUNT


async def test_keys_move_the_cursor_and_it_is_told_and_seen(shown: Open):
    async with shown() as it:
        table, page = it.table, len(it.names)
        for key, row in (
            ("down", 1),
            ("down", 2),
            ("up", 1),
            ("ctrl+end", COUNT - 1),
            ("down", COUNT - 1),
            ("ctrl+home", 0),
            ("pagedown", page),
            ("pageup", 0),
            ("up", 0),
        ):
            it.posted.clear()
            before = table.cursor_row
            await it.press(key)
            assert table.cursor_row == table.cursor_coordinate.row == row
            assert f"run-{row}" in it.names
            told = [(m.cursor_row, m.row_key.value) for m in it.told(DataTable.RowHighlighted)]
            assert told == ([(row, key_of(row))] if row != before else [])
            assert all(m.data_table is m.control is table for m in it.posted)


async def test_enter_selects_the_row_under_the_cursor(shown: Open):
    async with shown() as it:
        await it.press("down", "down", "enter")
        (selected,) = it.told(DataTable.RowSelected)
        assert (selected.cursor_row, selected.row_key.value) == (2, key_of(2))
        assert selected.data_table is selected.control is it.table


async def test_calls_move_the_cursor_too(shown: Open):
    async with shown() as it:
        table = it.table
        table.move_cursor(row=40)
        await it.settled()
        assert table.cursor_row == 40
        assert "run-40" in it.names
        table.move_cursor(row=COUNT + 100)
        assert table.cursor_row == COUNT - 1
        table.cursor_coordinate = Coordinate(3, 2)
        await it.settled()
        assert (table.cursor_row, table.cursor_column) == (3, 2)
        assert "run-3" in it.names
        table.action_cursor_down()
        table.action_select_cursor()
        await it.settled()
        rows = [message.cursor_row for message in it.told(DataTable.RowHighlighted)]
        assert rows == [40, COUNT - 1, 3, 4]
        assert [message.cursor_row for message in it.told(DataTable.RowSelected)] == [4]


async def test_a_click_moves_the_cursor_and_a_second_one_selects(shown: Open):
    async with shown() as it:
        await it.click(5, 4)
        assert it.table.cursor_row == 3
        assert [m.row_key.value for m in it.told(DataTable.RowHighlighted)] == [key_of(3)]
        assert not it.told(DataTable.RowSelected)
        await it.click(5, 4)
        assert [m.row_key.value for m in it.told(DataTable.RowSelected)] == [key_of(3)]


async def test_a_double_click_selects(shown: Open):
    async with shown() as it:
        await it.click(5, 6, times=2)
        assert it.table.cursor_row == 5
        assert [m.row_key.value for m in it.told(DataTable.RowSelected)] == [key_of(5)]


async def test_a_click_below_a_scrolled_header_finds_the_row_that_is_seen(shown: Open):
    async with shown() as it:
        it.table.move_cursor(row=COUNT - 1)
        await it.settled()
        third = it.names[2]
        await it.click(5, 3)
        assert it.table.get_row_at(it.table.cursor_row)[1] == third


async def test_a_click_on_a_title_tells_its_column(shown: Open):
    async with shown() as it:
        for place, title in enumerate(TITLES.values()):
            await it.click(it.lines[0].index(title) + 1, 0)
            told = it.told(DataTable.HeaderSelected)[-1]
            assert (told.column_index, told.label.plain) == (place, title)
            assert told.column_key == list(TITLES)[place]
            assert told.control is it.table
        assert not it.told(DataTable.RowSelected)


async def test_the_wheel_scrolls_and_leaves_the_cursor(shown: Open):
    async with shown() as it:
        await it.pilot._post_mouse_events([events.MouseScrollDown], it.table)
        await it.settled()
        top = it.table.scroll_offset.y
        assert top > 0
        assert it.names[0] == f"run-{top}"
        assert it.table.cursor_row == 0
        await it.pilot._post_mouse_events([events.MouseScrollDown], it.table)
        await it.settled()
        assert it.table.scroll_offset.y == 2 * top
        for _ in range(2):
            await it.pilot._post_mouse_events([events.MouseScrollUp], it.table)
            await it.settled()
        assert (it.table.scroll_offset.y, it.names[0]) == (0, "run-0")


async def test_it_scrolls_as_it_is_asked(shown: Open):
    async with shown() as it:
        table = it.table
        table.scroll_to(y=20, animate=False)
        await it.settled()
        assert (table.scroll_offset.y, it.names[0]) == (20, "run-20")
        table.scroll_end(animate=False)
        await it.settled()
        assert it.names[-1] == f"run-{COUNT - 1}"
        assert table.scroll_offset.y == table.max_scroll_y == COUNT - len(it.names)


async def test_a_row_that_is_added_is_told_and_shown(shown: Open):
    async with shown() as it:
        table = it.table
        key = table.add_row("+ new", "hand-1", Text("plain [b]text"), key="mine")
        assert key == "mine"
        more = table.add_rows([["+ new", "hand-2"], ["[b]+[/b] new", "hand-3", 7, 1.5]])
        await it.settled()
        assert table.row_count == COUNT + 3
        assert table.get_row_index("mine") == COUNT
        assert [table.get_row_index(each) for each in more] == [COUNT + 1, COUNT + 2]
        assert table.get_row("mine") == ["+ new", "hand-1", Text("plain [b]text"), *[None] * 6]
        assert table.get_row(more[1]) == ["[b]+[/b] new", "hand-3", 7, 1.5, *[None] * 5]
        assert table.cursor_row == 0
        with pytest.raises(DuplicateKey):
            table.add_row("again", key="mine")
        await it.press("ctrl+end")
        assert table.cursor_row == COUNT + 2
        assert it.names[-3:] == ["hand-1", "hand-2", "hand-3"]
        assert "plain [b]text" in it.lines[-3]
        assert "1.50" in it.lines[-1]
        assert "+ new" in it.lines[-1]
        assert it.told(DataTable.RowHighlighted)[-1].row_key is more[1]


async def test_a_cell_that_is_updated_is_told_and_shown(shown: Open):
    async with shown() as it:
        table = it.table
        table.update_cell(key_of(2), "name", "hand-2")
        table.update_cell_at(Coordinate(3, 1), "hand-3", update_width=True)
        await it.settled()
        assert table.get_cell(key_of(2), "name") == "hand-2"
        assert table.get_row_at(3)[1] == "hand-3"
        assert it.names[:5] == ["run-0", "run-1", "hand-2", "hand-3", "run-4"]
        assert not it.posted


async def test_a_row_that_is_removed_is_gone(shown: Open):
    async with shown() as it:
        table = it.table
        table.move_cursor(row=3)
        table.remove_row(key_of(1))
        await it.settled()
        assert table.row_count == COUNT - 1
        assert table.cursor_row == 3
        assert table.get_row_index(key_of(2)) == 1
        assert it.names[:3] == ["run-0", "run-2", "run-3"]
        with pytest.raises(RowDoesNotExist):
            table.get_row(key_of(1))
        table.move_cursor(row=COUNT)
        table.remove_row(key_of(COUNT - 1))
        await it.settled()
        assert table.cursor_row == COUNT - 3
        assert it.names[-1] == f"run-{COUNT - 2}"


async def test_a_table_that_is_cleared_is_empty_and_can_be_filled(shown: Open):
    async with shown() as it:
        table = it.table
        table.move_cursor(row=30)
        await it.settled()
        assert table.clear() is table
        await it.settled()
        assert (table.row_count, table.cursor_coordinate, table.scroll_offset.y) == (0, (0, 0), 0)
        assert list(table.columns) == list(TITLES)
        assert not it.names
        await it.press("down", "enter")
        assert not it.told(DataTable.RowSelected)
        it.posted.clear()
        table.add_row("+ new", "hand-1", key="mine")
        await it.settled()
        assert it.names == ["hand-1"]
        assert [m.row_key.value for m in it.told(DataTable.RowHighlighted)] == ["mine"]
        await it.press("enter")
        assert it.told(DataTable.RowSelected)[0].row_key == "mine"


async def test_rows_are_sorted_by_what_stands_in_them(shown: Open):
    async with shown() as it:
        table = it.table
        table.move_cursor(row=2)
        names = [f"run-{number}" for number in range(COUNT)]
        assert table.sort("name") is table
        await it.settled()
        assert list(table.get_column("name")) == sorted(names)
        assert it.names == sorted(names)[: len(it.names)]
        assert table.get_row_index(key_of(10)) == 2
        assert table.cursor_row == 2
        table.sort("id", reverse=True)
        await it.settled()
        assert it.names[0] == f"run-{COUNT - 1}"
        assert table.get_row_at(0)[1] == f"run-{COUNT - 1}"
        table.sort("tokens", key=lambda value: int(value.replace(",", "")))
        await it.settled()
        assert [row.key.value for row in table.ordered_rows] == [key_of(n) for n in range(COUNT)]
        table.sort("status", "name", reverse=True)
        assert list(table.get_column("name")) == sorted(names, reverse=True)
        table.sort(key=lambda row: int(row[1].partition("-")[2]))
        assert list(table.get_column("name")) == names


async def test_columns_come_and_go(shown: Open):
    async with shown() as it:
        table = it.table
        table.remove_column("fine_tuned_model")
        key = table.add_column("Note", key="note", default="-")
        await it.settled()
        assert key == "note"
        assert "Note" in it.lines[0]
        assert "Fine-tuned" not in it.lines[0]
        assert table.get_cell(key_of(0), "note") == "-"
        table.update_cell(key_of(0), "note", "well done", update_width=True)
        await it.settled()
        assert "well done" in it.lines[1]
        assert table.get_row(key_of(0))[-1] == "well done"
        assert table.get_column_index("note") == 8
        with pytest.raises(DuplicateKey):
            table.add_column("Note", key="note")
        table.clear(columns=True)
        (key,) = table.add_columns("Word")
        table.add_row("hello", key="one")
        await it.settled()
        assert list(table.columns) == [key]
        assert "Word" in it.lines[0]
        assert "hello" in it.lines[1]


async def test_labels_are_shown_and_can_be_clicked(shown: Open):
    async with shown() as it:
        it.table.add_row("+ new", "hand-1", key="mine", label="Mine!")
        it.table.styles.padding = (0, 0, 0, 6)
        await it.press("ctrl+end")
        assert "Mine!" in it.lines[-1]
        assert it.table.rows[RowKey("mine")].label == Text("Mine!")
        await it.click(it.lines[-1].index("Mine!"), len(it.lines) - 1)
        (told,) = it.told(DataTable.RowLabelSelected)
        assert (told.row_index, told.row_key, told.label.plain) == (COUNT, "mine", "Mine!")


async def test_other_cursors_work_as_there(shown: Open):
    async with shown() as it:
        table = it.table
        table.cursor_type = "cell"
        await it.press("right", "down")
        assert table.cursor_coordinate == (1, 1)
        value, place = "run-1", Coordinate(1, 1)
        highlighted = it.told(DataTable.CellHighlighted)[-1]
        assert (highlighted.value, highlighted.coordinate) == (value, place)
        table.action_select_cursor()
        selected = it.told(DataTable.CellSelected)[-1]
        assert (selected.value, selected.cell_key) == (value, (key_of(1), "name"))
        table.cursor_type = "column"
        assert it.told(DataTable.ColumnHighlighted)[-1].column_key == "name"
        await it.press("left")
        assert it.told(DataTable.ColumnHighlighted)[-1].cursor_column == 0
        it.posted.clear()
        table.cursor_type = "none"
        await it.click(5, 3)
        assert not it.posted


async def test_a_cell_under_the_cursor_is_in_sight_in_a_narrow_table(shown: Open):
    async with shown() as it:
        table = it.table
        table.styles.width = 60
        table.cursor_type = "cell"
        await it.settled()
        for column in (7, 4, 1):
            table.move_cursor(row=1, column=column)
            await it.settled()
            title = TITLES[str(table.coordinate_to_cell_key(table.cursor_coordinate)[1].value)]
            assert title[:8] in it.lines[0]


async def test_stripes_are_painted_when_they_are_asked_for(shown: Open):
    async with shown() as it:
        table, line = it.table, it.table.region.y + 3
        x = table.region.x + it.lines[3].index("run-2")

        def backgrounds() -> set[str]:
            return {str(it.app.screen.get_style_at(x, y).bgcolor) for y in (line, line + 1)}

        assert len(backgrounds()) == 1
        table.zebra_stripes = True
        await it.settled()
        assert len(backgrounds()) == 2
        table.zebra_stripes = False
        await it.settled()
        assert len(backgrounds()) == 1


async def test_stripes_leave_the_cursor_its_look(shown: Open):
    async with shown() as it:
        table = it.table
        x, y = table.region.x + it.lines[1].index("run-0"), table.region.y + 1
        for cursor_type in ("row", "cell"):
            table.cursor_type = cursor_type
            table.move_cursor(row=0, column=1)
            looks = set()
            for table.zebra_stripes in (False, True):
                await it.settled()
                looks.add(it.app.screen.get_style_at(x, y).bgcolor)
            assert len(looks) == 1


async def test_a_pointer_inside_a_frame_finds_what_it_is_on(shown: Open):
    async with shown() as it:
        it.table.styles.border = ("round", "red")
        it.table.styles.padding = 1
        await it.settled()
        row = next(y for y, line in enumerate(it.lines) if re.search(r"\brun-3\b", line))
        x = it.lines[row].index("run-3")
        await it.pilot.hover(it.table, offset=(x, row))
        await it.settled()
        assert it.table.hover_coordinate == (3, 1)
        await it.click(x, row)
        assert it.table.cursor_row == 3
        await it.click(x, 2)
        assert it.told(DataTable.HeaderSelected)[-1].column_key == "name"
        it.posted.clear()
        await it.click(x, 0)
        assert not it.posted


async def test_a_hidden_cursor_is_not_moved_by_a_click(shown: Open):
    async with shown() as it:
        it.table.show_cursor = False
        await it.click(5, 4)
        assert it.table.cursor_row == 0
        assert not it.posted
        it.table.show_cursor = True
        assert [m.cursor_row for m in it.told(DataTable.RowHighlighted)] == [0]


async def test_it_knows_where_the_pointer_is(shown: Open):
    async with shown() as it:
        x = it.lines[1].index("run-")
        await it.pilot.hover(it.table, offset=(x, 3))
        await it.settled()
        assert it.table.hover_coordinate == (2, 1)
        assert (it.table.hover_row, it.table.hover_column) == (2, 1)


async def test_fixed_rows_stay_and_titles_can_be_hidden(shown: Open):
    async with shown() as it:
        table, page = it.table, len(it.names)
        table.fixed_rows = 2
        table.move_cursor(row=COUNT - 1)
        await it.settled()
        assert (*it.names[:2], it.names[-1]) == ("run-0", "run-1", f"run-{COUNT - 1}")
        table.fixed_rows = 0
        table.move_cursor(row=0)
        table.show_header = False
        await it.settled()
        assert it.names == [f"run-{number}" for number in range(page + 1)]
        assert "Job ID" not in "".join(it.lines)
        await it.click(5, 1)
        assert table.cursor_row == 1


async def test_one_that_is_off_hears_no_pointer(shown: Open):
    async with shown() as it:
        it.table.disabled = True
        await it.click(5, 4)
        assert it.table.cursor_row == 0
        assert not it.posted
