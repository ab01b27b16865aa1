"""What a job's metrics are drawn from: the curves of each kind, and the numbers on their axes.

The app draws them of characters, the pages of an archive as pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fttui.services.endpoint.models import JobEvent, Metrics
from fttui.services.result_files import merge_steps
from fttui.terminal.format import number_text
from fttui.terminal.language import _

_BIGGEST = 1e150  # sums and differences of larger values overflow
_NARROWEST = 1e-9  # of a value: ticks that are closer to each other than this are the same number
_LEAST_RANGE = 1e-290  # below it steps between ticks become subnormal, and zero

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Series:
    """Points to plot, by rising x; `mark` is drawn at each point, "" draws a line of dots."""

    name: str
    points: tuple[Point, ...]
    style: str
    mark: str = ""


Reader = Callable[[Metrics], float | None]

KINDS: dict[str, tuple[tuple[str, str, str, Reader], ...]] = {
    "loss": (
        ("training", "active", "", lambda metrics: metrics.train_loss),
        ("validation", "waiting", "o", lambda metrics: metrics.valid_loss),
        (_("full validation"), "second", "#", lambda metrics: metrics.full_valid_loss),
    ),
    "accuracy": (
        ("training", "active", "", lambda metrics: metrics.train_accuracy),
        ("validation", "waiting", "o", lambda metrics: metrics.valid_accuracy),
        (_("full validation"), "second", "#", lambda metrics: metrics.full_valid_accuracy),
    ),
    "reward": (
        ("training", "active", "", lambda metrics: metrics.train_reward),
        ("validation", "waiting", "o", lambda metrics: metrics.valid_reward),
    ),
}


_last: tuple[tuple[JobEvent, ...], list[Metrics]] = ((), [])


def steps_of(events: Iterable[JobEvent]) -> list[Metrics]:
    """The metrics of each step once, by rising step, of events newest first.

    What several events tell of a step stands together; of a number told twice the newest counts.
    Several parts of a screen ask for the steps of the same tuple: they are worked out once.
    """
    global _last  # replaced whole, so that threads cannot take one's steps for another's
    known, steps = _last
    if known is events:
        return [*steps]
    told = (event.metrics for event in reversed([*events]) if event.metrics is not None)
    steps = merge_steps(told)
    if isinstance(events, tuple):
        _last = events, steps
    return [*steps]


def series_of(metrics: Iterable[Metrics], kind: str) -> list[Series]:
    """The curves of one kind ("loss", "accuracy", "reward") that have any point."""
    steps = list(metrics)
    found = []
    for name, style, mark, read in KINDS[kind]:
        points: list[Point] = []
        for step in steps:
            value = read(step)
            if value is not None and step.step is not None:
                points.append((float(step.step), value))
        if points:
            found.append(Series(name, tuple(points), style, mark))
    return found


def best_text(series: Series, kind: str, *, with_step: bool = True) -> str:
    """The best value, with its step: the lowest loss, else the highest."""
    is_loss = kind == "loss"
    step, value = (min if is_loss else max)(series.points, key=lambda point: point[1])
    at = f" at {step:.0f}" if with_step else ""
    return f"{'min' if is_loss else 'max'} {number_text(value)}{at}"


def nice_ticks(low: float, high: float, about: int) -> list[float]:
    """Round numbers, evenly apart, from `low` to `high`: at least two, else somewhat more."""
    for fewer in (1.0, 0.5, 0.25):
        rough = (high - low) / max(about, 1) * fewer
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 5, 10, 20) if power * factor >= rough)
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last > first:
            break
    return [index * step for index in range(first, last + 1)]


def spread(low: float, high: float, least: float) -> tuple[float, float]:
    """The range to draw; one too narrow for ticks is drawn as the single value that it shows."""
    biggest = max(abs(low), abs(high))
    if high - low > max(biggest * _NARROWEST, _LEAST_RANGE):
        return low, high
    half = max(least, biggest * 1e-6) / 2
    return low - half, high + half


def capped(value: float) -> float:
    """`value` where sums and differences of it stay numbers."""
    return min(max(value, -_BIGGEST), _BIGGEST)


def tick_labels(ticks: list[float]) -> list[str]:
    """What is written at `ticks`, of which there are two at least, all with as many digits."""
    step = ticks[1] - ticks[0]
    biggest = max(abs(ticks[0]), abs(ticks[-1]))
    if biggest >= 1e6 or step < 1e-5:
        return [f"{tick:.2e}" for tick in ticks]
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return [f"{tick:.{digits}f}" for tick in ticks]
