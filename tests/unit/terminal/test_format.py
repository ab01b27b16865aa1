"""Sizes, durations and counts in one wording, and texts in the columns that they take."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.terminal.format import (
    age_text,
    counted,
    cut,
    dollars_text,
    left_text,
    number_text,
    plural,
    progress_text,
    size_text,
    span_text,
    width_of,
    wrap,
)

words = st.text(st.sampled_from("abcdé漢字ก็ \n-"), max_size=60)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "–"),
        (-1, "–"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (8 * 10**9, "8.0 GB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_sizes_are_decimal(count: int | None, text: str) -> None:
    assert size_text(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0s"),
        (0, "0s"),
        (48, "48s"),
        (60, "1m 00s"),
        (303, "5m 03s"),
        (7500, "2h 05m"),
        (277_200, "3d 05h"),
        (86_400 * 1000, "1000d"),
    ],
)
def test_durations_are_short(seconds: int, text: str) -> None:
    assert span_text(timedelta(seconds=seconds)) == text
    assert len(text) <= 7
    assert span_text(None) == "–"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (-1, ""),
        (1e6, ""),
        (0.2, "1 s left"),
        (99, "99 s left"),
        (100, "2 min left"),
        (5999, "100 min left"),
        (6000, "1.7 h left"),
    ],
)
def test_what_is_left_is_told_in_one_unit(seconds: float | None, text: str) -> None:
    assert left_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (59, "now"),
        (60, "1 min"),
        (7200, "2 h"),
        (86_400, "1 day"),
        (2e7, "7 months"),
        (1e8, "3 years"),
    ],
)
def test_an_age_is_told_in_one_unit(seconds: float, text: str) -> None:
    assert age_text(seconds) == text


def test_progress_leaves_out_what_is_not_known() -> None:
    assert progress_text(3_000_000, 12_000_000, 1_200_000.0, 8.0) == (
        "25 % of 12.0 MB, 1.2 MB/s, 8 s left"
    )
    assert progress_text(3, 12, None, None) == "25 % of 12 B"
    assert progress_text(30, 12, None, None) == "100 % of 12 B"
    assert progress_text(5, 0, None, None) == "5 B"


def test_a_count_goes_with_its_noun() -> None:
    assert counted(1, "error") == "1 error"
    assert counted(0, "error") == "0 errors"
    assert counted(2000, "entry", "entries") == "2,000 entries"
    assert plural(1, "was", "were") == "was"


@pytest.mark.parametrize("number", [0.0, 0.5, 1234.5, 1e12, -3.0, 0.00001])
def test_losses_take_at_most_ten_columns(number: float) -> None:
    assert len(number_text(number)) <= 10


def test_numbers_have_their_thousands_apart_and_losses_four_figures() -> None:
    numbers = (None, 0, 1_234_567, 0.25, 3.0, 1234.5)
    assert [number_text(one) for one in numbers] == [
        "–",
        "0",
        "1,234,567",
        "0.2500",
        "3.0000",
        "1234",
    ]


@given(words, st.integers(0, 30))
def test_a_cut_text_fits(text: str, columns: int) -> None:
    assert width_of(cut(text, columns)) <= columns


def test_a_text_that_fits_is_left_as_it_is() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "ab…"
    assert cut("漢字漢字", 5) == "漢字…"


@given(words, st.integers(2, 30))
def test_wrapped_lines_fit_and_lose_no_letter(text: str, columns: int) -> None:
    lines = wrap(text, columns)
    assert all(width_of(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(text.split())


def test_lines_break_between_words_where_they_can() -> None:
    assert wrap("one two three", 8) == ["one two", "three"]
    assert wrap("unbreakable x", 4) == ["unbr", "eaka", "ble", "x"]
    assert wrap("a\n\nb", 4) == ["a", "", "b"]


@pytest.mark.parametrize(
    ("dollars", "text"),
    [
        (0, "$0.00"),
        (0.000001, "under $0.01"),
        (0.0099, "under $0.01"),
        (0.01, "$0.01"),
        (0.18, "$0.18"),
        (1234.5, "$1,234.50"),
    ],
)
def test_a_cost_is_nothing_only_when_it_is_nothing(dollars: float, text: str) -> None:
    assert dollars_text(dollars) == text
