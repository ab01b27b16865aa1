"""Keys that arrive in one read of the terminal act in the order in which they were pressed."""

from __future__ import annotations

from textual.widgets import Input

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.widgets.field import Field
from fttui.sandbox import SandboxServer, fill_with_samples
from fttui.services.session import Session
from settling import press, press_at_once, settled


async def test_text_and_tabs_in_one_read_reach_one_field_after_the_other(session: Session) -> None:
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        fields = {field.id: field for field in app.create_pane.query(Field)}
        epochs = app.create_pane.query_one("#field-n-epochs", Field).query_one(Input)
        app.screen.set_focus(epochs)
        press_at_once(pilot, "5", "tab", "4", "tab", "3")
        await settled(pilot)
        found = [f.query_one(Input).value for f in fields.values() if f.query(Input)]
        assert [value for value in found if value in {"5", "4", "3"}] == ["5", "4", "3"]


async def test_what_follows_the_filter_key_in_one_read_is_filter_text(
    session: Session, sandbox: SandboxServer
) -> None:
    fill_with_samples(sandbox)
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "f3")
        await settled(pilot)
        press_at_once(pilot, *"/xq")
        await settled(pilot)
        assert not app.screen.is_modal
        assert app.jobs_pane.filter_bar.text == "xq"
