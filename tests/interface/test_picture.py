"""A picture of the screen: as it was painted, without what others shall not read, and inert."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from rich.segment import Segment
from rich.style import Style
from tests.interface.seen import toast
from textual.command import CommandPalette
from textual.pilot import Pilot

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.kit.screen_svg import screen_svg
from fttui.interface.screens.confirm import Confirm
from fttui.interface.screens.prompt import Prompt
from fttui.server import SandboxServer
from fttui.services.broken_words import BrokenWord
from fttui.services.hidden_words import Words, as_wide, hidden_words, without_hidden
from fttui.services.session import Session
from fttui.storage.secrets import Secret, register
from settling import later, press, settled, until

KEY = "key-4Fz8Qw1Lm6Tb3Xn9Rk2Vc7Jd5Hs0"
LOOKS_LIKE_A_KEY = "sk-proj-" + "aB3dE6fG9h" * 9


def rows_of(svg: str) -> list[str]:
    """The text of a picture, row by row."""
    rows: dict[float, str] = {}
    for text in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        y, x = float(text.attrib["y"]), int(text.attrib["x"]) // 10
        rows[y] = rows.get(y, "").ljust(x) + "".join(text.itertext())
    return [rows[y] for y in sorted(rows)]


def hidden(*rows: str, words: Words = ()) -> list[str]:
    return [as_wide(*each) for each in zip(rows, without_hidden(rows, words), strict=True)]


def test_what_a_picture_holds_acts_on_nothing():
    evil = "</text><script>alert(1)</script>&amp;\x1b]0;x\x07\ud800\ufffe\u202e<a href='http://x'>"
    row = [Segment(evil, Style(color="red", bold=True)), Segment("שלום 日本")]
    svg = screen_svg([row], (), title="]]><script>")
    assert {each.tag.rpartition("}")[2] for each in ET.fromstring(svg).iter()} == {
        *("svg", "title", "style", "rect", "text")
    }
    assert "url(" not in svg and "@" not in svg
    assert svg.count("http") == 2  # the name of what an SVG is, and the text
    assert not set(map(ord, svg)) & {*range(32), *range(0x7F, 0xA0), 0x202E, 0xFFFE} - {10}


def test_a_word_that_goes_through_the_rows_in_countless_ways_is_soon_looked_for():
    rows = ["a " * 30] * 20
    assert hidden(*rows, words=(BrokenWord("a" * 25),)) == rows  # there are not so many rows
    assert hidden(*rows, words=(BrokenWord("a" * 15),)) == [row.replace("a", "•") for row in rows]


def test_each_text_takes_the_columns_that_it_took_on_the_terminal():
    svg = screen_svg([[Segment("日本 a"), Segment("│", Style(color="blue"))]], ())
    (first, edge) = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    assert (first.attrib["textLength"], edge.attrib["x"]) == ("60", "60")
    hidden_too = screen_svg([[Segment("日本 a")]], (re.compile("日本"),))
    assert rows_of(hidden_too) == ["•••• a"]


def test_a_key_is_hidden_however_it_was_painted():
    register(Secret(KEY))
    looks = [Style(color=color) for color in ("red", "green", "blue")]
    pieces = [KEY[:7], KEY[7:15], KEY[15:]]
    row = [Segment("key "), *map(Segment, pieces, looks), Segment(" end")]
    (shown,) = rows_of(screen_svg([row], ()))
    assert shown == f"key {'•' * len(KEY)} end"


def test_a_secret_that_is_wrapped_is_hidden_to_its_end():
    pieces = [LOOKS_LIKE_A_KEY[at : at + 40] for at in range(0, len(LOOKS_LIKE_A_KEY), 40)]
    rows = [f"│ left │ {piece.ljust(41)}│ right │" for piece in (*pieces, "a word")]
    shown = hidden(*rows)
    assert not any(piece[:6] in "".join(shown) for piece in pieces)
    assert [row.count("•") for row in shown] == [*map(len, pieces), 0]
    assert all("│ left │" in row and "│ right │" in row for row in shown)


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ("OPENAI_API_KEY -> host · org acme-123 · key …0Hs0", "•••• -> host · org •••• · key ••••"),
        ("export OPENAI_API_KEY=", "export OPENAI_API_KEY="),
        ("org acme-1… | org-AbCdEfGhIjKlMnOp | proj_AbCdEf…", "org ••••… | •••• | ••••…"),
        ("file org-chart.jsonl", "file org-chart.jsonl"),
        ("Train /home/anna/日本/train.jsonl", "Train /home/••••/日本/train.jsonl"),
        ("in /home/an… and /home/annabel/x", "in /home/••••… and /home/annabel/x"),
        ("https://me:pass@host sk-abcdefghijkl", "https://••••@host ••••"),
    ],
)
def test_whose_screen_it_is_is_hidden(
    session: Session, monkeypatch: pytest.MonkeyPatch, row: str, shown: str
):
    monkeypatch.setenv("HOME", "/home/anna")
    session.with_key(Secret(KEY[:-4] + "0Hs0"), name="OPENAI_API_KEY")
    words = hidden_words(session, ["acme-123", None])
    (found,) = hidden(row, words=words)
    assert len(found) == len(row)
    assert [*filter(None, found.split("•"))] == [*filter(None, shown.split("•"))]


BROKEN = [
    (("│ in /home/an │ x", "│ na/日本/x   │ y"), ("│ in /home/•• │ x", "│ ••/日本/x   │ y")),
    (("File /ho   ok", "     me/anna no"), ("File /ho   ok", "     me/•••• no")),
    (
        ("Into /home/a   b", "     nn   c", "     a/x"),
        ("Into /home/•   b", "     ••   c", "     •/x"),
    ),
    (
        (
            "日本 org acme",
            "日本 -123 is",
        ),
        ("日本 org ••••", "日本 •••• is"),
    ),
    (("org-AbCdEf12", "GhIjKl34MnOp", "Status"), ("•" * 12, "•" * 12, "Status")),
    (("  nna/train.jsonl", "in …na/x, me/an…"), ("  •••/train.jsonl", "in …••/x, me/an…")),
    (("an", "na is here, anna", "acme"), ("an", "na is here, anna", "acme")),
]


@pytest.mark.parametrize(("rows", "shown"), BROKEN)
def test_whose_screen_it_is_is_hidden_where_rows_or_cells_break_it(
    session: Session, monkeypatch: pytest.MonkeyPatch, rows: list[str], shown: list[str]
):
    monkeypatch.setenv("HOME", "/home/anna")
    assert hidden(*rows, words=hidden_words(session, ["acme-123"])) == [*shown]


async def saved(pilot: Pilot[Any], name: str) -> str:
    """Save a picture of the screen under the name that is offered, and read it."""
    screen = pilot.app.screen
    await press(pilot, "ctrl+p")
    await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
    await press(pilot, *"pictu")
    await settled(pilot)
    await press(pilot, "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, Prompt))
    assert pilot.app.screen_stack[-2] is screen
    await press(pilot, "enter")
    await until(pilot, lambda: Path(name).exists())
    await until(pilot, lambda: name in toast(pilot.app))
    return Path(name).read_text()


async def test_the_palette_saves_what_is_in_front_beside_earlier_pictures(
    sandbox: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    environ = {
        "OPENAI_API_KEY": sandbox.api_key,
        "OPENAI_BASE_URL": sandbox.base_url,
        "OPENAI_ORG_ID": "org-of-my-desk",
    }
    session = Session.open(environ=environ)
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        today = session.retirement.today()
        await press(pilot, "f3")
        painted = ["".join(each.text for each in row).rstrip() for row in app.painted()]
        Path(f"fttui-jobs-{today}.svg").symlink_to("nowhere")
        whole = await saved(pilot, f"fttui-jobs-{today}-2.svg")
        first = rows_of(whole)
        assert "•" in first[0] and "org-of-my-desk" in painted[0]
        kept = [row for row in painted if row.strip()]
        assert [row.rstrip() for row in first[1:]] == kept[1:]
        for secret in (sandbox.api_key[-4:], "org-of-my-desk", "OPENAI_API_KEY ->"):
            assert secret not in whole
        app.push_screen(Confirm("Cancel", [("Job", "desk")], "Cancel the job?", "Cancel the job"))
        await settled(pilot)
        await later(pilot, 5)
        assert "Cancel the job?" in await saved(pilot, f"fttui-dialog-{today}.svg")
    session.close()
