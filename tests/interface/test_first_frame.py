"""The first frame is what the widgets then paint: the same text and colours in every cell."""

from __future__ import annotations

import dataclasses
import gc
import os
import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from rich.color import Color, ColorSystem
from rich.style import Style
from rich.text import Text
from textual._compositor import Compositor
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.widgets._tabs import Underline

from fttui.interface import first_frame as first_frame_module
from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.first_frame import first_frame
from fttui.interface.palettes import PALETTES
from fttui.services.session import Session
from settling import key_event, settled

SIZES = [(80, 24), (120, 40), (60, 16), (100, 30), (99, 31), (61, 19), (160, 50), (140, 36)]
BESIDE_SCROLL_BAR = 4
"""Columns at the right of the form in which only widgets know what stands."""
Cell = tuple[str, Style]


@pytest.fixture
def session(open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("COLORTERM", "truecolor")
    return open_session()


def themed(session: Session, theme: str) -> Session:
    session.settings = replace(session.settings, theme=theme)
    return session


def frame_of(session: Session, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(first_frame_module, "terminal_size", lambda _: os.terminal_size(size))
    return first_frame(session)


def cells_of(frame: str, rows: int) -> list[list[Cell]]:
    """Each row's cells, with what of their style can be seen."""
    found = dict(re.findall(r"\x1b\[(\d+);1H(.*?)(?=\x1b\[\d+;1H|\Z)", frame, re.DOTALL))
    lines: list[list[Cell]] = []
    code = ""
    for row in range(1, rows + 1):
        text = code + found[str(row)]
        codes = re.findall(r"\x1b\[[\d;]*m", text)
        code = codes[-1] if codes else ""
        line = Text.from_ansi(text)
        styles = [Style()] * len(line.plain)
        for span in line.spans:
            for at in range(span.start, span.end):
                styles[at] += span.style if isinstance(span.style, Style) else Style()
        lines.append([seen(*cell) for cell in zip(line.plain, styles, strict=True)])
    return lines


def seen(character: str, style: Style) -> Cell:
    """A cell as it is seen: a blank has no colour of its own, and a default one is none."""

    def plain(color: Color | None) -> Color | None:
        return None if color is None or color.is_default else color

    marks = {"reverse": style.reverse or None, "underline": style.underline or None}
    if character != " " or style.reverse:
        marks |= {"bold": style.bold or None, "dim": style.dim or None}
    front = None if character == " " else plain(style.color)
    return character, Style(color=front, bgcolor=plain(style.bgcolor), **marks)


def painted(app: OpenAIInterfaceFT) -> list[list[Cell]]:
    return [
        [seen(each, segment.style or Style()) for segment in strip for each in segment.text]
        for strip in app.screen._compositor.render_strips()
    ]


def texts(lines: list[list[Cell]]) -> list[str]:
    return ["".join(character for character, _ in line) for line in lines]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
async def test_the_widgets_paint_what_stands_there_already(
    size: tuple[int, int], session: Session, monkeypatch: pytest.MonkeyPatch
):
    first, *others = PALETTES
    app = OpenAIInterfaceFT(themed(session, first))
    app._begin = lambda: None  # type: ignore[method-assign]
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        compare_first_frame(app, first, size, monkeypatch)
        for theme in others:
            app.theme = theme
            await settled(pilot)
            compare_first_frame(app, theme, size, monkeypatch)


def compare_first_frame(
    app: OpenAIInterfaceFT, theme: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the app paints now is what its first frame in a theme is."""
    frame = cells_of(frame_of(themed(app.session, theme), size, monkeypatch), size[1])
    shown = texts(frame)
    form = app.query_one("#create-form")
    is_scrolled, rows = form.show_vertical_scrollbar, range(form.region.y, form.region.bottom)
    for row, line in enumerate(painted(app)):
        end = form.region.right - BESIDE_SCROLL_BAR if is_scrolled and row in rows else size[0]
        text = "".join(character for character, _ in line)
        assert shown[row][:end] == text[:end], (theme, row)
        assert frame[row][:end] == line[:end], f"{theme}: {row}: {text}"


async def test_a_theme_of_textuals_gets_the_same_text(
    session: Session, monkeypatch: pytest.MonkeyPatch
):
    plain = cells_of(frame_of(themed(session, "nord"), (80, 24), monkeypatch), 24)
    dark = cells_of(frame_of(themed(session, "fttui-dark"), (80, 24), monkeypatch), 24)
    assert texts(plain) == texts(dark)
    assert all(style.bgcolor is None for row in plain for _, style in row)


def test_a_terminal_of_256_colours_gets_the_nearest_as_the_widgets_do(
    session: Session, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("COLORTERM")
    themed(session, "fttui-dark")
    codes = set(re.findall(r"[34]8;5;(\d+)", frame_of(session, (80, 24), monkeypatch)))
    wanted = ("#e4e4e4", "#303030", "#121212", "#b0b0b0", "#5fafff", "#262626", "#002f5f")
    nearest = {str(Color.parse(each).downgrade(ColorSystem.EIGHT_BIT).number) for each in wanted}
    assert nearest <= codes
    assert ";2;" not in frame_of(session, (80, 24), monkeypatch)


def test_without_a_key_and_in_a_small_window_nothing_is_painted_ahead(
    session: Session, monkeypatch: pytest.MonkeyPatch
):
    assert frame_of(session, (60, 16), monkeypatch)
    assert frame_of(session, (59, 16), monkeypatch) == ""
    assert frame_of(session, (60, 15), monkeypatch) == ""
    session.credential = None
    assert frame_of(session, (80, 24), monkeypatch) == ""


def test_keys_that_the_settings_change_are_left_to_the_widgets(
    session: Session, monkeypatch: pytest.MonkeyPatch
):
    assert "^s" in frame_of(session, (80, 24), monkeypatch)
    session.settings = replace(session.settings, keymap={"create.send": "f9"})
    assert "^s" not in frame_of(session, (80, 24), monkeypatch)


def test_an_encoding_without_the_signs_gets_plain_ones(
    session: Session, monkeypatch: pytest.MonkeyPatch
):
    class Terminal:
        encoding = "iso-8859-1"

    monkeypatch.setattr(sys, "stderr", Terminal())
    frame_of(session, (80, 24), monkeypatch).encode("iso-8859-1")


class Counted:
    """How often each thing was done until the first screen stood."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.applied: Counter[str] = Counter()
        self.layouts = 0
        self.painted = 0
        apply, reflow = Stylesheet.apply, Compositor.reflow
        full = Compositor.render_full_update

        def counted(sheet: Stylesheet, node: DOMNode, **options: Any) -> None:
            if type(node) is not DOMNode:
                self.applied[repr(node)] += 1
            apply(sheet, node, **options)

        def laid_out(*args: Any) -> Any:
            self.layouts += 1
            return reflow(*args)

        def repainted(*args: Any, **options: Any) -> Any:
            self.painted += 1
            return full(*args, **options)

        monkeypatch.setattr(Stylesheet, "apply", counted)
        monkeypatch.setattr(Compositor, "reflow", laid_out)
        monkeypatch.setattr(Compositor, "render_full_update", repainted)


async def test_the_first_screen_is_laid_out_and_painted_once_and_each_widget_styled_once(
    session: Session, monkeypatch: pytest.MonkeyPatch
):
    app = OpenAIInterfaceFT(session)
    app._begin = lambda: None  # type: ignore[method-assign]
    counted = Counted(monkeypatch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        widgets = len(list(app.screen.walk_children()))
    assert counted.layouts == 1
    assert counted.painted == 1
    # Besides: the focus, the window's size, and the tab in front are told after the mounting.
    assert sum(counted.applied.values()) <= widgets * 1.3 + 8


async def test_what_is_typed_before_the_first_paint_stands_in_it(
    session: Session, monkeypatch: pytest.MonkeyPatch
):
    class TypedAhead(OpenAIInterfaceFT):
        def on_load(self) -> None:
            for key in "abc":
                self.post_message(key_event(key))

    app = TypedAhead(session)
    seen: list[str] = []
    show = app._display

    def display(screen: Any, update: Any) -> None:
        seen.append(app.create_pane._file("training").value)
        show(screen, update)

    app._display = display  # type: ignore[method-assign]
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
    assert seen[0] == "abc"


async def test_the_rule_below_the_tabs_jumps(session: Session):
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        underline = app.tabs.query_one(Underline)
        before = underline.highlight_start
        moves: list[float] = []
        app.watch(underline, "highlight_start", lambda place: moves.append(place), init=False)
        app.tabs.go_to("jobs")
        await settled(pilot)
        assert len(moves) == 1
        assert moves[0] > before


async def test_the_collector_looks_for_garbage_again_once_the_first_screen_stands(session: Session):
    gc.disable()
    try:
        async with OpenAIInterfaceFT(session).run_test(size=(80, 24)) as pilot:
            assert not gc.isenabled()
            await settled(pilot)
            assert gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()


def test_what_a_settings_file_names_is_plain_text_in_the_frame(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = "m\x1b]0;title\x07\x1b[5m\r\nx\u202e"
    profile = replace(session.endpoint.profile, default_model=odd)
    session.endpoint = replace(session.endpoint, profile=profile)
    frame = frame_of(session, (80, 24), monkeypatch)
    assert frame
    assert not re.sub(r"\x1b\[[\d;]*[mH]", "", frame).count("\x1b")
    assert "\x1b[5m" not in frame
    assert not set("\x07\r\n\u202e") & set(frame)


async def test_a_tab_that_nothing_is_mounted_in_yet_is_blank(session: Session) -> None:
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await app.jobs_pane.remove()
        app.tabs.active = "jobs"
        await settled(pilot)
        rows = app.screen._compositor.render_strips()
        shown = "\n".join(strip.text for strip in rows)
        assert " Jobs " in shown
        assert "TabPane" not in shown


def test_a_profile_for_some_methods_alone_has_other_fields_which_are_left_to_the_widgets(
    session: Session, monkeypatch: pytest.MonkeyPatch
):
    profile = dataclasses.replace(session.endpoint.profile, methods=["reinforcement"])
    session.endpoint = dataclasses.replace(session.endpoint, profile=profile)
    assert frame_of(session, (80, 24), monkeypatch) == ""
