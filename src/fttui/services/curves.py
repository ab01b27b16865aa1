"""What a job's metrics are drawn from: the curves of each kind, and the numbers on their axes.

The app draws them of characters, the pages of an archive as pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from fttui.services.endpoint.models import JobEvent, Metrics
from fttui.services.result_files import merge_steps
from fttui.terminal.format import number_text
from fttui.terminal.language import _, localized, marked

_BIGGEST = 1e150  # sums and differences of larger values overflow
_NARROWEST = 1e-9  # of a value: ticks that are closer to each other than this are the same number
_MOST_POWER = 100  # of ten: beyond it a power is written, not reckoned
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
    marked("loss"): (
        (marked("training"), "active", "", lambda metrics: metrics.train_loss),
        (marked("validation"), "waiting", "o", lambda metrics: metrics.valid_loss),
        (marked("full validation"), "second", "#", lambda metrics: metrics.full_valid_loss),
    ),
    marked("accuracy"): (
        (marked("training"), "active", "", lambda metrics: metrics.train_accuracy),
        (marked("validation"), "waiting", "o", lambda metrics: metrics.valid_accuracy),
        (marked("full validation"), "second", "#", lambda metrics: metrics.full_valid_accuracy),
    ),
    marked("reward"): (
        (marked("training"), "active", "", lambda metrics: metrics.train_reward),
        (marked("validation"), "waiting", "o", lambda metrics: metrics.valid_reward),
    ),
}
"""By kind the curves that there may be, each with its name; both are shown by `_`."""
_BRIEF = {
    "training": marked("train"),
    "validation": marked("valid."),
    "full validation": marked("full valid."),
}
_TITLES = {
    ("loss", "training"): marked("training loss"),
    ("loss", "validation"): marked("validation loss"),
    ("loss", "full validation"): marked("full validation loss"),
    ("accuracy", "training"): marked("training accuracy"),
    ("accuracy", "validation"): marked("validation accuracy"),
    ("accuracy", "full validation"): marked("full validation accuracy"),
    ("reward", "training"): marked("training reward"),
    ("reward", "validation"): marked("validation reward"),
}
_BRIEF_TITLES = {
    ("loss", "training"): marked("train loss"),
    ("loss", "validation"): marked("valid. loss"),
    ("loss", "full validation"): marked("full valid. loss"),
    ("accuracy", "training"): marked("train acc."),
    ("accuracy", "validation"): marked("valid. acc."),
    ("accuracy", "full validation"): marked("full valid. acc."),
    ("reward", "training"): marked("train reward"),
    ("reward", "validation"): marked("valid. reward"),
}

_latest: list[tuple[tuple[JobEvent, ...], list[Metrics]]] = []
"""What `steps_of` gave last: several parts of a screen ask for the steps of the same events."""


def steps_of(events: Iterable[JobEvent]) -> list[Metrics]:
    """The metrics of each step once, by rising step, of events newest first.

    What several events tell of a step stands together; of a number told twice the newest counts.
    """
    if _latest and _latest[0][0] is events:
        return [*_latest[0][1]]
    told = tuple(events)  # the same one, of a tuple
    found = merge_steps(event.metrics for event in reversed(told) if event.metrics is not None)
    _latest[:] = [(told, found)]
    return [*found]


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


def curve_title(kind: str, name: str, *, brief: bool = False) -> str:
    """What a curve shows: `training loss`, or in few columns `train loss`; "" for no such one."""
    return _((_BRIEF_TITLES if brief else _TITLES).get((kind, name), ""))


def brief_name(name: str) -> str:
    """A curve's name in few columns: `train`; another name as it is."""
    return _(_BRIEF.get(name, name))


def best_text(series: Series, kind: str, *, with_step: bool = True) -> str:
    """The best value, with its step: the lowest loss, else the highest."""
    step, value = best_point(series, kind)
    text = f"{_('min') if kind == 'loss' else _('max')} {number_text(value)}"
    return _("{text} at {step:.0f}", text=text, step=step) if with_step else text


def best_point(series: Series, kind: str) -> Point:
    """The point of the lowest loss, else of the highest value; the first of equals."""
    return (min if kind == "loss" else max)(series.points, key=lambda point: point[1])


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


def moving_mean(points: Sequence[Point], window: int) -> tuple[Point, ...]:
    """Each point's value as the mean of the `window` points around it, fewer at the ends."""
    sums = [0.0, *accumulate(capped(value) for _unused, value in points)]
    half, last = window // 2, len(points)
    ends = ((max(at - half, 0), min(at + half + 1, last)) for at in range(last))
    return tuple(
        (x, (sums[end] - sums[start]) / (end - start))
        for (x, _unused), (start, end) in zip(points, ends, strict=True)
    )


def capped(value: float) -> float:
    """`value` where sums and differences of it stay numbers."""
    return min(max(value, -_BIGGEST), _BIGGEST)


def tick_labels(ticks: list[float]) -> list[str]:
    """What is written at `ticks`, of which there are two at least, all with as many digits."""
    step = ticks[1] - ticks[0]
    biggest = max(abs(ticks[0]), abs(ticks[-1]))
    if biggest >= 1e6 or step < 1e-5:
        return [localized(f"{tick:.2e}") for tick in ticks]
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return [localized(f"{tick:.{digits}f}") for tick in ticks]


def log_ticks(low: float, high: float, about: int) -> tuple[list[float], list[str]]:
    """The logarithms of round numbers between two logarithms, and those numbers as text.

    They are powers of ten with 2 and 5 between, of a short axis those of an even one.
    """
    if high - low < 1 and -_MOST_POWER < low < high < _MOST_POWER:
        ticks = [tick for tick in nice_ticks(10**low, 10**high, about) if tick > 0]
        if len(ticks) > 1:
            return [math.log10(tick) for tick in ticks], tick_labels(ticks)
    apart = max(math.ceil((high - low) / about), 1)
    factors = (1, 2, 5) if high - low < about / 3 else (1,)
    powers = range(math.ceil(low) - apart, math.floor(high) + apart + 1)
    found = [
        (power + math.log10(factor), factor, power)
        for power in powers
        if power % apart == 0
        for factor in factors
    ]
    inside = [each for each in found if low - 1e-9 <= each[0] <= high + 1e-9]
    return [at for at, _unused, _ignored in inside], [
        localized(f"{factor * 10.0**power:g}") if abs(power) <= _MOST_POWER else f"{factor}e{power}"
        for _unused, factor, power in inside
    ]
