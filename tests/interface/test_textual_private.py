"""The private names of Textual that the tables stand on are there, and do what is relied on.

It holds for each version that is allowed: a new Textual that lacks one fails here first, and
says which.
"""

import ast
import inspect
from pathlib import Path
from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.coordinate import Coordinate
from textual.geometry import Size
from textual.widgets import DataTable, Static

import fttui.interface.kit
from fttui.interface.kit import textual_private
from fttui.interface.kit.table import Table

STORED = ("_data", "_row_locations", "_column_locations", "_update_count")
CALLED = (
    "_update_dimensions",
    "_update_column_widths",
    "_scroll_cursor_into_view",
    "_highlight_cursor",
    "_set_hover_cursor",
)


class PlainHost(App[None]):
    """A DataTable of three rows."""

    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns(("A", "a"), ("B", "b"))
        for row in "xyz":
            table.add_row(row, row.upper(), key=row)


def private_names(path: Path) -> set[str]:
    """The private names in a module that it does not define itself for its own use."""
    tree = ast.parse(path.read_text())
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return {name for name in used | defined if name.startswith("_") and not name.endswith("__")}


def test_every_private_name_that_the_module_uses_is_held_here():
    named = private_names(Path(inspect.getfile(textual_private)))
    parts = {"_attach", "_inherit_component_classes"}
    assert named == {*STORED, *CALLED, *parts, "_require_update_dimensions"}


async def test_no_other_module_of_the_tables_uses_one():
    app = PlainHost()
    async with app.run_test():
        theirs = set(dir(app.query_one(DataTable))) - set(dir(object))
    folder = Path(fttui.interface.kit.__file__).parent
    for name in ("lines", "columns", "painted_table", "table"):
        assert not private_names(folder / f"{name}.py") & theirs, name


@pytest.mark.parametrize("name", CALLED)
def test_what_is_put_in_the_place_of_a_method_takes_what_it_took(name: str):
    theirs = inspect.signature(getattr(DataTable, name))
    ours = inspect.signature(getattr(textual_private.BareTable, name))
    assert list(ours.parameters) == list(theirs.parameters)
    assert inspect.iscoroutinefunction(getattr(DataTable, name)) is False


async def test_rows_stand_in_the_store_as_they_are_on_the_screen():
    app = PlainHost()
    async with app.run_test() as pilot:
        table = app.query_one(DataTable)
        await pilot.pause()
        assert {key.value: dict(cells) for key, cells in table._data.items()} == {
            row: {"a": row, "b": row.upper()} for row in "xyz"
        }
        assert [table._row_locations.get(key) for key in table.rows] == [0, 1, 2]
        assert [table._row_locations.get_key(place).value for place in range(3)] == [*"xyz"]
        assert table._row_locations.get_key(3) is None
        assert [table._column_locations.get(key) for key in table.columns] == [0, 1]
        before = table._update_count
        table.sort("a", reverse=True)
        assert table._update_count > before
        assert [table._row_locations.get_key(place).value for place in range(3)] == [*"zyx"]
        made = type(table._row_locations)({row: place for place, row in enumerate(table.rows)})
        assert made.get_key(1) == "y"


async def test_the_methods_are_called_when_what_they_do_is_due(monkeypatch: pytest.MonkeyPatch):
    called: list[str] = []
    for name in CALLED:
        theirs = getattr(DataTable, name)

        def noted(self, *args, _name=name, _theirs=theirs, **more):  # type: ignore[no-untyped-def]
            called.append(_name)
            return _theirs(self, *args, **more)

        monkeypatch.setattr(DataTable, name, noted)
    app = PlainHost()
    async with app.run_test() as pilot:
        table = app.query_one(DataTable)
        await pilot.pause()
        assert "_highlight_cursor" in called  # the first row is under the cursor
        assert called.count("_update_dimensions") == 1  # once for three rows
        called.clear()
        table.update_cell("x", "a", "wider", update_width=True)
        assert table._require_update_dimensions
        await pilot.pause()
        assert called == ["_update_column_widths", "_update_dimensions"]
        called.clear()
        table.move_cursor(row=2)
        assert "_scroll_cursor_into_view" in called
        await pilot.press("up")
        assert "_set_hover_cursor" in called


async def test_a_new_size_to_scroll_through_lays_nothing_out_anew():
    table = Table()

    class Host(App[None]):
        def compose(self) -> ComposeResult:
            yield table

    async with Host().run_test(size=(40, 10)) as pilot:
        table.styles.height = "1fr"
        await pilot.pause()
        laid_out: list[bool] = []
        refresh = table.refresh
        table.refresh = lambda *regions, layout=False, **more: (  # type: ignore[method-assign]
            laid_out.append(layout) or refresh(*regions, layout=layout, **more)
        )
        table.set_scrolled_size(100)
        assert table.virtual_size == Size(40, 100)
        assert not any(laid_out)
        assert table.max_scroll_y == 90
        assert table.cursor_coordinate == Coordinate(0, 0)


async def test_a_part_looks_as_if_it_had_been_styled_as_a_part_of_the_widget():
    class Parted(Static):
        COMPONENT_CLASSES: ClassVar[set[str]] = {"part"}

    class Host(App[None]):
        COMPONENT_CLASSES: ClassVar[set[str]] = {"part"}
        CSS = """
            #box { background: red; color: green; text-style: italic; }
            Parted { background: white 20%; }
            .part { background: blue 50%; color: auto 80%; text-style: bold; }
        """

        def compose(self) -> ComposeResult:
            with Vertical(id="box"):
                yield Parted()

    app = Host()
    async with app.run_test():
        widget = app.query_one(Parted)
        painted = textual_private.styled_over(widget, app.get_component_styles("part"))
        assert painted == widget.get_component_rich_style("part")
        assert painted != app.get_component_styles("part").rich_style


async def test_of_the_parts_of_a_datatable_only_the_stripes_are_styled():
    table = Table()

    class Host(App[None]):
        def compose(self) -> ComposeResult:
            yield table

    async with Host().run_test():
        for name in DataTable.COMPONENT_CLASSES:
            if name in {"datatable--odd-row", "datatable--even-row"}:
                assert table.get_component_styles(name)
            else:
                with pytest.raises(KeyError):
                    table.get_component_styles(name)
