"""Each widget is told its size, whoever asks for its place meanwhile."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from fttui.interface.guard.app import SafeApp
from settling import settled


class Told(Static):
    """Keeps the sizes that it is told."""

    def __init__(self) -> None:
        super().__init__("x")
        self.sizes: list[Size] = []

    def on_resize(self, event: events.Resize) -> None:
        self.sizes.append(event.size)


class Host(SafeApp[None]):
    CSS = "Told { height: 3; } .high Told { height: 5; }"

    def compose(self) -> ComposeResult:
        yield Vertical()


def height_asked_for(widget: Widget) -> int:
    """The height in the layout to come, asked for after the widget has asked to be painted."""
    widget.screen._compositor.update_widgets({widget})
    return widget.region.height


async def test_a_new_widget_whose_place_is_asked_for_before_its_layout_is_told_its_size():
    app = Host()
    async with app.run_test() as pilot:
        told = Told()
        await app.query_one(Vertical).mount(told)
        assert height_asked_for(told) == 3
        assert told.sizes == []
        await settled(pilot)
        assert told.sizes == [told.size] and told.size.height == 3


async def test_a_widget_that_is_hidden_and_shown_again_is_told_its_size_again():
    app = Host()
    async with app.run_test() as pilot:
        told = Told()
        await app.query_one(Vertical).mount(told)
        await settled(pilot)
        told.display = False
        await settled(pilot)
        app.query_one(Vertical).add_class("high")
        told.display = True
        assert height_asked_for(told) == 5
        await settled(pilot)
        assert [size.height for size in told.sizes] == [3, 5]
