"""Tables keep ids whole and stay within the terminal where they can."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from fttui.cli.table import Cell, TextColumn, render
from fttui.services.job_words import shorten_model
from fttui.terminal.format import width_of

COLUMNS = (
    TextColumn("ID"),
    TextColumn("NAME", least=8),
    TextColumn("MODEL", least=6, rank=2),
    TextColumn("TOKENS", rank=1, right=True),
)
words = st.text(st.sampled_from("abcdé漢字ก็ -"), max_size=40).map(str.strip)


@given(st.lists(st.tuples(words, words, words), max_size=5), st.integers(30, 200))
def test_a_table_fits_where_its_fixed_columns_do(
    rows: list[tuple[str, str, str]], room: int
) -> None:
    cells = [(f"ftjob-{at}", *row) for at, row in enumerate(rows)]
    lines = render(COLUMNS, cells, room=room)
    assert len(lines) == len(rows) + 1
    assert all(width_of(line) <= room for line in lines)
    assert all(f"ftjob-{at}" in line for at, line in enumerate(lines[1:]))


def test_without_a_room_nothing_is_cut_or_left_out() -> None:
    long = "x" * 300
    lines = render(COLUMNS, [("ftjob-1", long, long, "12")])
    assert lines[1].split() == ["ftjob-1", long, long, "12"]


def test_the_least_important_column_goes_first() -> None:
    row = ("ftjob-1", "name-of-it", "gpt-4.1", "1,000")
    assert "MODEL" in render(COLUMNS, [row], room=40)[0]
    narrower = render(COLUMNS, [row], room=26)[0]
    assert "MODEL" not in narrower
    assert "TOKENS" in narrower
    assert "TOKENS" not in render(COLUMNS, [row], room=20)[0]


def test_an_id_is_never_cut() -> None:
    assert "ftjob-0123456789" in render(COLUMNS, [("ftjob-0123456789", "n", "m", "1")], room=5)[1]


def test_colour_is_beside_the_text_and_takes_no_room() -> None:
    plain = render(COLUMNS, [(Cell("a", "32"), "b", "c", "d")])
    coloured = render(COLUMNS, [(Cell("a", "32"), "b", "c", "d")], colour=True)
    assert "\x1b[32ma\x1b[0m" in coloured[1]
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in coloured] == plain


def test_a_column_is_shortened_by_its_own_rule_to_the_room_it_has() -> None:
    columns = (TextColumn("ID"), TextColumn("MODEL", least=12, shorten=shorten_model))
    name = "ft:gpt-4.1-mini-2025-04-14:acme:desk:ga2TICc2"
    assert render(columns, [("ftjob-1", name)], room=32)[1] == "ftjob-1  ft:gpt-4…:desk:ga2TICc2"
    assert render(columns, [("ftjob-1", name)])[1] == f"ftjob-1  {name}"
    other = render(columns, [("ftjob-1", "gpt-4.1-mini-2025-04-14")], room=21)[1]
    assert other == "ftjob-1  gpt-4.1-min…"
