"""Curves made of characters."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from tests.interface.jobs.jobs_host import make_events

from fttui.interface.jobs.plot import plot, sparkline, x_text
from fttui.interface.kit.lines import Line, plain_text
from fttui.services.curves import Series, nice_ticks, series_of, steps_of

finite = st.floats(allow_nan=False, allow_infinity=False)
usual = st.floats(-1e12, 1e12, allow_nan=False)


def rows(lines: list[Line]) -> list[str]:
    return [plain_text(line) for line in lines]


def test_a_sparkline_falls_with_its_values():
    assert sparkline([8, 7, 6, 5, 4, 3, 2, 1], 8) == "█▇▆▅▄▃▂▁"
    assert sparkline([1.0, 1.0], 8) == "▄▄"
    assert sparkline([], 8) == ""


def test_the_bars_of_a_long_sparkline_stay_while_it_grows():
    values = [float(at % 7) for at in range(1000)]
    longer = sparkline([*values, 3.0], 12)
    assert longer[:-1] == sparkline(values, 12)[: len(longer) - 1]
    assert 6 <= len(longer) <= 12


def test_a_rising_line_goes_from_bottom_left_to_top_right():
    shown = rows(plot([Series("loss", ((0, 0), (100, 10)), "active")], 40, 12))
    assert shown[0].rstrip()[-1] not in " │┤"
    assert shown[9].split("│")[-1].split("┤")[-1].strip()
    first_row = shown[0].replace("┤", "│").split("│", 1)[1]
    assert first_row[:20].strip() == ""


def test_axes_tell_the_range_of_what_is_drawn():
    shown = rows(plot([Series("loss", ((1, 0.5), (200, 2.0)), "active")], 60, 16))
    labels = [float(row.split("┤")[0]) for row in shown if "┤" in row]
    assert labels == sorted(labels, reverse=True)
    assert len(labels) >= 3
    assert 0.5 <= labels[-1] < labels[0] <= 2.0
    assert shown[-1].split() == ["1", "50", "100", "150", "200", "step"]


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0333333, "0.0333"),
        (33.3333, "33.3"),
        (75.75, "75.8"),
        (0.0, "0"),
        (1234567.0, "1234567"),
        (1499.5, "1500"),
        (1e30, "1e+30"),
        (-40.0, "-40"),
    ],
)
def test_a_step_is_told_as_it_is_counted_and_a_share_with_few_digits(x: float, text: str):
    assert x_text(x) == text
    shown = rows(plot([Series("loss", ((x, 1.0), (x + max(abs(x), 1), 2.0)), "active")], 60, 10))
    assert shown[-1].split()[0] == text


def test_the_steps_below_are_whole_ones_and_a_share_is_short():
    single = rows(plot([Series("loss", ((240, 0.77),), "active", "o")], 60, 10))
    assert single[-1].split() == ["239", "240", "241", "step"]
    share = rows(plot([Series("loss", ((1 / 12, 2.0), (100, 0.5)), "active")], 60, 10, "%"))
    assert share[-1].split()[0] == "0.0833"


def test_marks_lie_over_the_line_at_their_points():
    line = Series("training", tuple((x, 1.0) for x in range(10)), "active")
    marks = Series("validation", ((0, 1.0), (9, 1.2)), "waiting", "o")
    assert sum(row.count("o") for row in rows(plot([line, marks], 40, 10))) == 2


@pytest.mark.parametrize("points", [((1, 1.0),), ((5, 0.0), (5, 0.0)), ((1, 7.0), (2, 7.0))])
def test_a_single_value_is_drawn_too(points: tuple[tuple[float, float], ...]):
    shown = rows(plot([Series("loss", points, "active")], 40, 10))
    assert any("⠀" < letter <= "⣿" for row in shown for letter in row)


@given(
    st.lists(st.tuples(st.integers(0, 10**6), finite), min_size=1, max_size=50),
    st.integers(20, 90),
    st.integers(5, 30),
)
@example([(0, 2.19e-122)] * 3 + [(1, 2.19e-122)], 20, 5)  # the mean of three is another number
@example([(0, 0.0), (1, 5e-324)], 20, 5)
@example([(0, -1.7e308), (1, 1.7e308)], 20, 5)
@example([(0, 1.7e308)] * 3 + [(10**6, 1.7e308)], 40, 10)
@example([(0, 1.0), (1, 1.0 + 2**-52)], 40, 10)
def test_any_finite_values_make_a_plot_of_the_asked_size(points, width: int, height: int):
    points.sort()
    for until in (None, 2.0e6):
        shown = plot([Series("loss", tuple(points), "active")], width, height, until=until)
        assert len(shown) == height or len(shown) == 1
        assert all(cell_len(plain_text(line)) <= width for line in shown)


def test_a_new_highest_value_of_a_job_that_trains_moves_nothing_that_is_drawn():
    points = [(step, 1.0 + 0.9 / step) for step in range(1, 60)]
    before, now = (
        rows(plot([Series("loss", tuple(told), "active")], 80, 20, until=75))
        for told in (points, [*points, (60, 1.93)])
    )
    assert [row[:60] for row in now] == [row[:60] for row in before] and now != before


@given(usual, st.floats(1e-6, 1e9), st.integers(2, 12))
def test_ticks_are_evenly_apart_and_within_the_range(low: float, span: float, about: int):
    high = low + span
    if not high > low + abs(low) * 1e-6:
        return
    ticks = nice_ticks(low, high, about)
    assert len(ticks) >= 2
    assert low - span * 0.01 <= ticks[0] < ticks[-1] <= high + span * 0.01


@given(st.lists(finite, min_size=1, max_size=50), st.integers(1, 60))
@example([0.0, 5e-324], 8)
@example([-1.7e308, 1.7e308], 8)
@example([1.7e308, 1.7e308, 0.0], 2)
def test_any_finite_values_make_a_sparkline(values: list[float], width: int):
    bars = len(sparkline(values, width))
    assert bars == len(values) if len(values) <= width else width / 2 <= bars <= width


def test_no_room_and_no_data_are_said():
    assert "Nothing" in rows(plot([], 80, 20))[0]
    assert "room" in rows(plot([Series("x", ((1, 1.0),), "plain")], 10, 3))[0]


def test_events_in_any_order_and_repeated_give_each_step_once():
    events = make_events(30, 60)
    steps = steps_of([*events, *reversed(events)])
    assert [metrics.step for metrics in steps] == list(range(1, 31))
    assert [series.name for series in series_of(steps, "loss")] == ["training", "validation"]
    assert series_of(steps, "accuracy") == []
