"""What informs has a contrast of at least 4.5, what is greyed out of 3: read from the pictures."""

import html
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from rich.color import Color, ColorSystem
from textual.theme import Theme

from fttui.interface.palettes import GREYED_OUT
from fttui.interface.themes import ANSI, THEMES

INFORMS, IS_OFF = 4.5, 3.0
MAY_BE_OFF = {
    *("Send", "Create the job", "Cancel Job", "Cancel the job", "auto"),
    *("Select/Copy Job IDs", "Select/Copy Names"),
}
"""Labels of buttons and placeholders of fields that may be out of use."""
DRAWN = re.compile(r"[\s\u2500-\u259f\u2800-\u28ff]*")
"""Frames, bars and curves: no text."""
PICTURES = [
    path
    for path in sorted(Path(__file__).parents[1].rglob("__snapshots__/**/*.svg"))
    if not re.search("plain|fttui-ansi", path.name)
]
_CELL, _LINE = 12.2, 24.4


class Run(NamedTuple):
    """Text in one style, at its cell, with the colours of foreground and background."""

    text: str
    x: int
    y: int
    colour: str
    behind: str


def runs_of(svg: str) -> list[Run]:
    """All text of a picture of a screen."""
    fills = dict(re.findall(r"\.terminal-(r\d+) \{ fill: (#\w{6})", svg))
    rects = re.findall(r'<rect fill="(#\w{6})" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"', svg)
    behind = {}
    for fill, x, y, width in rects:
        start, row = round(float(x) / _CELL), round((float(y) - 1.5) / _LINE)
        behind |= {(start + n, row): fill for n in range(round(float(width) / _CELL))}
    runs = []
    found = re.findall(r'<text class="terminal-(r\d+)" x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)<', svg)
    for style, x, y, text in found:
        place = round(float(x) / _CELL), round((float(y) - 20) / _LINE)
        if style in fills and place in behind:
            shown = html.unescape(text).replace("\xa0", " ")
            runs.append(Run(shown, *place, fills[style], behind[place]))
    return runs


def in_front(runs: list[Run]) -> Iterator[Run]:
    """The runs that are not behind the veil of a dialog: those in its frame, and its keys."""
    corners = [run for run in runs if run.text[:1] in "╭╰" and len(run.text) > 9]
    keys = {(max(run.y for run in runs), theme.panel) for theme in THEMES}
    for run in runs:
        pairs = [
            pair for pair in pairwise(corners) if [each.text[0] for each in pair] == ["╭", "╰"]
        ]
        frames = [one for one, other in pairs if one.y < run.y < other.y]
        inside = [one for one in frames if one.x < run.x < one.x + len(one.text)]
        if not corners or (run.y, run.behind) in keys or inside:
            yield run


def contrast(one: str, other: str) -> float:
    """The ratio of two colours' luminances, as WCAG 2 defines it: 1 to 21."""
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def of_256(colour: str) -> str:
    """The colour that a terminal with 256 of them shows."""
    nearest = Color.parse(colour).downgrade(ColorSystem.EIGHT_BIT)
    return nearest.get_truecolor().hex


def too_dim(svg: str) -> list[str]:
    """Each text of a picture that is hard to read, with what is wrong with it."""
    found = []
    for run in in_front(runs_of(svg)):
        text = run.text.strip()
        if DRAWN.fullmatch(text):
            continue
        is_off = run.colour in GREYED_OUT.values()
        if is_off and text not in MAY_BE_OFF:
            found.append(f"{text!r} informs, but is greyed out")
        ratio = min(
            contrast(run.colour, run.behind), contrast(of_256(run.colour), of_256(run.behind))
        )
        if ratio < (IS_OFF if is_off else INFORMS):
            found.append(f"{text!r}: {ratio:.1f} ({run.colour} on {run.behind})")
    return found


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem[-60:])
def test_every_text_of_a_screen_can_be_read(picture: Path):
    assert not too_dim(picture.read_text(encoding="utf-8"))


def test_a_text_that_is_too_dim_is_found():
    svg = PICTURES[0].read_text(encoding="utf-8")
    assert too_dim(svg.replace("#b0b0b0", "#6a6a6a"))
    assert any("greyed out" in each for each in too_dim(svg.replace("#b0b0b0", "#808080")))


@pytest.mark.parametrize("theme", [one for one in THEMES if one is not ANSI], ids=lambda t: t.name)
def test_a_themes_own_colours_can_be_read_wherever_text_stands(theme: Theme):
    colours = theme.to_color_system().generate() | theme.variables
    texts = [name for name in colours if re.fullmatch(r"text-[a-z]+|foreground", name)]
    texts.remove("text-disabled")
    for behind in ("background", "surface", "panel", "boost"):
        for text in texts:
            for seen in (str, of_256):
                ratio = contrast(seen(colours[text][:7]), seen(colours[behind][:7]))
                assert ratio >= INFORMS, f"{text} on {behind}: {ratio:.1f}"
    for behind in ("background", "surface", "panel", "boost"):
        assert contrast(colours["text-disabled"], colours[behind]) >= IS_OFF
