"""Which theme a terminal gets, and that a plain one is sent no colour that it cannot show."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.segment import Segment
from rich.style import Style
from tests.interface.dialog_host import DialogHost
from textual.app import App, ComposeResult
from textual.color import Color
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.widgets import Button, Input, Static
from textual.widgets._toast import Toast

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.guard.app import SafeApp
from fttui.interface.guard.notices import notice
from fttui.interface.guard.screens import Dialog
from fttui.interface.kit.lines import LineView
from fttui.interface.palettes import default_theme
from fttui.interface.screens.confirm import Confirm
from fttui.interface.themes import LOOKS
from fttui.services.session import Session
from settling import later, settled

MANY = {"TERM": "xterm-256color"}
BROWSER = {"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"}
DARK, PLAIN = "fttui-dark", "fttui-ansi"


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        (MANY, DARK),
        ({"TERM": "xterm-kitty"}, DARK),
        ({"TERM": "screen", "COLORTERM": "truecolor"}, DARK),
        ({"TERM": "alacritty", "COLORTERM": "24bit"}, DARK),
        ({"TERM": "screen"}, PLAIN),
        ({"TERM": "linux"}, PLAIN),
        ({"TERM": "xterm-16color", "COLORTERM": "yes"}, PLAIN),
        ({**MANY, "SSH_TTY": "/dev/pts/1"}, PLAIN),
        ({**MANY, "SSH_CONNECTION": "1 2 3 4"}, PLAIN),
        ({**MANY, "NO_COLOR": "1"}, PLAIN),
        ({"TERM": "dumb", "SSH_TTY": "/dev/pts/1", **BROWSER}, DARK),
        ({"NO_COLOR": "1", **BROWSER}, PLAIN),
    ],
)
def test_a_terminal_gets_the_theme_that_it_can_show(environ: dict[str, str], theme: str):
    assert default_theme(environ) == theme


@pytest.mark.parametrize(
    ("chosen", "theme", "told"),
    [("fttui-light", "fttui-light", 0), ("nord", "nord", 0), ("grue", PLAIN, 1), ("", PLAIN, 0)],
)
async def test_the_settings_theme_goes_before_the_terminals(
    chosen: str,
    theme: str,
    told: int,
    fttui_home: Path,
    open_session: Callable[..., Session],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("TERM", "screen")
    config = fttui_home / "config" / "fttui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'theme = "{chosen}"\n')
    app = OpenAIInterfaceFT(open_session())
    async with app.run_test():
        assert app.theme == theme
        assert len(app._notifications) == told


class Controls(SafeApp[None]):
    """The controls that every screen has."""

    CSS = OpenAIInterfaceFT.CSS

    def compose(self) -> ComposeResult:
        yield Button("off", disabled=True, compact=True, id="off")
        yield Button("on", compact=True, id="on")
        yield Input(placeholder="text", compact=True)


def painted(app: SafeApp[None]) -> list[tuple[str, Style]]:
    """Each piece of text as it goes to the terminal."""
    lines = app.screen._compositor.render_strips()
    shown: list[Segment] = [segment for line in lines for segment in line]
    for line_filter in app.get_line_filters():
        if line_filter.enabled:
            shown = line_filter.apply(shown, Color.parse("black"))
    return [(each.text.strip(), each.style or Style()) for each in shown if each.text.strip()]


async def test_where_no_colour_is_wanted_the_plain_theme_sends_none(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("NO_COLOR", "1")
    app = Controls()
    async with app.run_test() as pilot:
        app.theme = PLAIN
        await pilot.pause()
        styles = [style for _, style in painted(app)]
        assert styles
        for style in styles:
            assert not style.color or style.color.is_default, style
            assert not style.bgcolor or style.bgcolor.is_default, style


async def test_in_the_plain_theme_no_text_has_the_colour_that_is_behind_it():
    app = Controls()
    async with app.run_test() as pilot:
        app.theme = PLAIN
        await pilot.press("tab")
        texts = dict(painted(app))
        assert {"off", "on"} <= set(texts), "the label of a button that is off stays"
        for text, style in texts.items():
            is_default = style.color is None or style.color.is_default
            assert is_default or style.color != style.bgcolor, text


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
async def test_a_toast_covers_neither_fields_nor_buttons_nor_keys(
    session: Session, size: tuple[int, int]
):
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(pilot)
        notice(app, "This is as long as most of what there is to say about one job. " * 2)
        await settled(pilot)
        await later(pilot, 0.5)
        (toast,) = app.screen.query(Toast)
        assert toast.region.height > 0
        for each in [*app.screen.query(Button), *app.screen.query(Input), *app.query(".key-line")]:
            assert not (each.region and toast.region.overlaps(each.region)), each


class Lines(Dialog[None]):
    """A dialog of lines."""

    def compose(self) -> ComposeResult:
        yield LineView()


async def test_another_theme_changes_what_lines_are_painted_by_and_not_their_background():
    app = DialogHost(Lines())
    async with app.run_test() as pilot:
        await settled(pilot)
        lines = app.dialog.query(LineView).first()
        before = {name: lines.style_name(name) for name in LOOKS}
        app.theme = "fttui-light"
        await settled(pilot)
        after = {name: lines.style_name(name) for name in LOOKS}
        assert all(before[name].color != after[name].color for name in ("plain", "good", "bad"))
        assert after["good"].bgcolor == lines.rich_style.bgcolor != before["good"].bgcolor


async def test_lines_without_looks_of_the_app_are_plain():
    class Host(App[None]):
        def compose(self) -> ComposeResult:
            yield LineView()

    app = Host()
    async with app.run_test():
        lines = app.query_one(LineView)
        assert {lines.style_name(name) for name in LOOKS} == {lines.rich_style}


async def test_a_new_screen_fits_and_each_of_its_widgets_is_styled_once(
    monkeypatch: pytest.MonkeyPatch,
):
    styled: Counter[DOMNode] = Counter()
    apply = Stylesheet.apply

    def noted(self: Stylesheet, node: DOMNode, **more: Any) -> None:
        styled[node] += 1
        apply(self, node, **more)

    monkeypatch.setattr(Stylesheet, "apply", noted)
    facts = [("Job", "ftjob-a1b2")]
    app = DialogHost(Confirm("Cancel Job", facts, "Cancel it?", "Cancel the job"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert {"-narrow", "-short"} <= app.dialog.classes & app.screen_stack[0].classes
        assert {styled[each] for each in app.dialog.query(Static).exclude("KeyLine")} == {1}
