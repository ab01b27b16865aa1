"""Small plots made of characters: a sparkline, and curves of dots with axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from fttui.interface.kit.lines import Line, LineView, cut, fit, joined
from fttui.services.endpoint.models import Job, JobEvent, Metrics
from fttui.terminal.format import number_text
from fttui.terminal.language import _

_BARS = "▁▂▃▄▅▆▇█"
_DOT_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_LEAST_WIDTH, _LEAST_HEIGHT = 20, 5
_X_TICK = 12  # cells from one label below the plot to the next, about
_BIGGEST = 1e150  # sums and differences of larger values overflow
_NARROWEST = 1e-9  # of a value: ticks that are closer to each other than this are the same number
_KIND_WIDTH = 10
_ENDS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0)
_LEAST_RANGE = 1e-290  # below it steps between ticks become subnormal, and zero

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Series:
    """Points to plot, by rising x; `mark` is drawn at each point, "" draws a line of dots."""

    name: str
    points: tuple[Point, ...]
    style: str
    mark: str = ""


def sparkline(values: Sequence[float], width: int) -> str:
    """`values` as a row of bars at most `width` cells long, each the mean of its share."""
    shown = _means(values, width)
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    if high == low:
        return _BARS[3] * len(shown)
    last = len(_BARS) - 1
    return "".join(_BARS[round((value - low) / (high - low) * last)] for value in shown)


def plot(
    series: Sequence[Series],
    width: int,
    height: int,
    x_name: str = "step",
    until: float | None = None,
) -> list[Line]:
    """The series on common axes in `height` lines of `width` cells, or a line saying why not.

    The x axis goes to `until`, where that is further than the last point.
    """
    series = [
        replace(one, points=tuple((_capped(x), _capped(y)) for x, y in one.points))
        for one in series
    ]
    points = [point for one in series for point in one.points]
    if not points:
        return [((_("Nothing was measured yet."), "muted"),)]
    if width < _LEAST_WIDTH or height < _LEAST_HEIGHT:
        return [((_("There is no room for a plot."), "muted"),)]
    last_x = max(x for x, _unused in points)
    last_x = max(last_x, last_x if until is None else _capped(until))
    low_x, high_x = _spread(min(x for x, _unused in points), last_x, 1.0)
    series = [_thinned(one, low_x, high_x, 2 * width) for one in series]
    points = [point for one in series for point in one.points]
    low_y, high_y = min(y for _unused, y in points), max(y for _unused, y in points)
    low_y, high_y = _spread(low_y, high_y, max(abs(high_y) * 0.1, 0.01))
    ticks = nice_ticks(low_y, high_y, max(height // 2, 2))
    labels = _tick_labels(ticks)
    margin = max(map(len, labels)) + 2
    rows = height - 2
    canvas = _Canvas(width - margin - 1, rows, (low_x, high_x), (low_y, high_y))
    for one in series:
        canvas.draw(one)
    at_row = {canvas.row_of(tick): label for tick, label in zip(ticks, labels, strict=True)}
    lines: list[Line] = []
    for row in range(rows):
        label = at_row.get(row)
        side = f"{label:>{margin - 2}} ┤" if label is not None else " " * (margin - 1) + "│"
        lines.append(((side, "muted"), *canvas.row(row)))
    axis, labels_below = _x_axis(low_x, high_x, canvas.columns, x_name)
    lines.append(((" " * (margin - 1) + "└" + axis, "muted"),))
    lines.append(((" " * margin + labels_below, "muted"),))
    return lines


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


def _thinned(series: Series, low: float, high: float, most: int) -> Series:
    """A line with at most `most` points, each the mean of its neighbours; marks stay."""
    if series.mark:
        return series
    shares: dict[int, list[Point]] = {}
    for x, y in series.points:
        shares.setdefault(int((x - low) / (high - low) * (most - 1)), []).append((x, y))
    means = [
        (sum(x for x, _ in share) / len(share), sum(y for _, y in share) / len(share))
        for share in shares.values()
    ]
    return replace(series, points=tuple(means))


def _spread(low: float, high: float, least: float) -> tuple[float, float]:
    """The range to draw; one too narrow for ticks is drawn as the single value that it shows."""
    biggest = max(abs(low), abs(high))
    if high - low > max(biggest * _NARROWEST, _LEAST_RANGE):
        return low, high
    half = max(least, biggest * 1e-6) / 2
    return low - half, high + half


def _capped(value: float) -> float:
    return min(max(value, -_BIGGEST), _BIGGEST)


def _tick_labels(ticks: list[float]) -> list[str]:
    step = ticks[1] - ticks[0]
    biggest = max(abs(ticks[0]), abs(ticks[-1]))
    if biggest >= 1e6 or step < 1e-5:
        return [f"{tick:.2e}" for tick in ticks]
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return [f"{tick:.{digits}f}" for tick in ticks]


def _x_axis(low: float, high: float, columns: int, name: str) -> tuple[str, str]:
    """The axis with a mark for each label, and the labels: both ends, round numbers between."""
    first, last = f"{low:g}", f"{high:g} {name}"
    marks = {0, columns - 1}
    labels = cut(fit(first, max(columns - len(last), 0)) + last, columns)
    end = columns - len(last)
    for tick in nice_ticks(low, high, max(columns // _X_TICK, 2)):
        label = f"{tick:g}"
        column = round((tick - low) / (high - low) * (columns * 2 - 1)) // 2
        start = column - len(label) // 2
        is_free = not labels[max(start - 2, 0) : start + len(label) + 2].strip()
        if start >= 2 and is_free and start + len(label) + 2 <= end:
            labels = labels[:start] + label + labels[start + len(label) :]
            marks.add(column)
    return "".join("┬" if at in marks else "─" for at in range(columns)), labels


def _means(values: Sequence[float], width: int) -> list[float]:
    """`values` as at most `width` means of equal shares."""
    if width <= 0:
        return []
    count = min(len(values), width)
    edges = [index * len(values) // count for index in range(count + 1)] if count else []
    capped = [_capped(value) for value in values]
    shares = [capped[start:end] for start, end in pairwise(edges)]
    return [sum(share) / len(share) for share in shares]


class _Canvas:
    """A grid of cells, each two dots wide and four dots high, with marks on top."""

    def __init__(
        self, columns: int, rows: int, x_range: tuple[float, float], y_range: tuple[float, float]
    ) -> None:
        self.columns = columns
        self.rows = rows
        self._x_range = x_range
        self._y_range = y_range
        self._dots: dict[tuple[int, int], int] = {}
        self._dot_styles: dict[tuple[int, int], str] = {}
        self._marks: dict[tuple[int, int], tuple[str, str]] = {}

    def row_of(self, y: float) -> int:
        """The cell row of a value."""
        return self._dot(self._x_range[0], y)[1] // 4

    def draw(self, series: Series) -> None:
        """Draw a series; points that share a column of dots become their mean."""
        if series.mark:
            for x, y in series.points:
                column, row = self._dot(x, y)
                self._marks[column // 2, row // 4] = (series.mark, series.style)
            return
        by_column: dict[int, list[float]] = {}
        for x, y in series.points:
            by_column.setdefault(self._dot(x, y)[0], []).append(y)
        previous: tuple[int, int] | None = None
        for column in sorted(by_column):
            values = by_column[column]
            here = (column, self._dot(0.0, sum(values) / len(values))[1])
            for dot in _straight(previous or here, here):
                self._set(dot, series.style)
            previous = here

    def row(self, row: int) -> Line:
        """One row of cells as spans."""
        spans: list[tuple[str, str]] = []
        for column in range(self.columns):
            place = (column, row)
            if place in self._marks:
                spans.append(self._marks[place])
            elif place in self._dots:
                spans.append((chr(0x2800 + self._dots[place]), self._dot_styles[place]))
            else:
                spans.append((" ", "plain"))
        return joined(spans)

    def _dot(self, x: float, y: float) -> tuple[int, int]:
        (low_x, high_x), (low_y, high_y) = self._x_range, self._y_range
        across = (x - low_x) / (high_x - low_x) * (self.columns * 2 - 1)
        down = (high_y - y) / (high_y - low_y) * (self.rows * 4 - 1)
        return (
            min(max(round(across), 0), self.columns * 2 - 1),
            min(max(round(down), 0), self.rows * 4 - 1),
        )

    def _set(self, dot: tuple[int, int], style: str) -> None:
        column, row = dot
        cell = (column // 2, row // 4)
        self._dots[cell] = self._dots.get(cell, 0) | _DOT_BITS[column % 2][row % 4]
        self._dot_styles[cell] = style


def _straight(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    """All dots on the way from `start` to `end`."""
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    return [
        (
            start[0] + round((end[0] - start[0]) * step / steps),
            start[1] + round((end[1] - start[1]) * step / steps),
        )
        for step in range(steps + 1)
    ]


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


def steps_of(events: Iterable[JobEvent]) -> list[Metrics]:
    """The metrics of each step once, by rising step, whatever order the events came in."""
    by_step = {
        event.metrics.step: event.metrics
        for event in events
        if event.metrics is not None and event.metrics.step is not None
    }
    return [by_step[step] for step in sorted(by_step)]


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


class MetricsPlot(LineView):
    """Plots one kind of metric as large as its room; `next_kind` goes to the next one."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.kind = "loss"
        self._metrics: list[Metrics] = []
        self._until: float | None = None

    @property
    def kinds(self) -> list[str]:
        """The kinds that the job has numbers for."""
        return [kind for kind in KINDS if series_of(self._metrics, kind)]

    def set_events(self, events: Iterable[JobEvent], until: float | None = None) -> None:
        """Plot the metrics in `events`, on an axis that goes to the step `until` at least."""
        self._metrics = steps_of(events)
        self._until = until
        if self.kind not in self.kinds and self.kinds:
            self.kind = self.kinds[0]
        self._draw()

    def next_kind(self) -> None:
        """Plot the next kind that the job has numbers for."""
        kinds = self.kinds
        if kinds:
            self.kind = kinds[(kinds.index(self.kind) + 1) % len(kinds)]
            self._draw()

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._draw()

    def _draw(self) -> None:
        series = series_of(self._metrics, self.kind)
        width, height = self.size
        if not width:
            return
        legend = _legend(series, self.kind, width)
        room = height - len(legend)
        self.set_lines([*legend, *plot(series, width, room, until=self._until)])


def axis_end(job: Job) -> float | None:
    """Up to which step the axis goes while the job trains; None for one that trains no more.

    It is a round number, so that the curve grows to the right and is not drawn anew each time.
    """
    if job.status.is_final or not job.step or job.step < 1:
        return None
    power = 10.0 ** math.floor(math.log10(job.step))
    round_end = next(power * factor for factor in _ENDS if power * factor >= job.step)
    return min(round_end, float(job.total_steps)) if job.total_steps else round_end


def best_text(series: Series, kind: str, *, with_step: bool = True) -> str:
    """The best value, with its step: the lowest loss, else the highest."""
    is_loss = kind == "loss"
    step, value = (min if is_loss else max)(series.points, key=lambda point: point[1])
    at = f" at {step:.0f}" if with_step else ""
    return f"{'min' if is_loss else 'max'} {number_text(value)}{at}"


def _legend(series: list[Series], kind: str, width: int) -> list[Line]:
    """Mark, name, last and best value of each series, in as many lines as they take."""
    lines: list[list[tuple[str, str]]] = [[(f"{kind:<{_KIND_WIDTH}}", "strong")]]
    room = width - _KIND_WIDTH
    for one in series:
        last = number_text(one.points[-1][1])
        text = f"{one.mark or '⠒⠒'} {one.name} {last}, {best_text(one, kind)}   "
        if len(text.rstrip()) > room and len(lines[-1]) > 1:
            lines.append([(" " * _KIND_WIDTH, "plain")])
            room = width - _KIND_WIDTH
        lines[-1].append((text, one.style))
        room -= len(text)
    return [tuple(line) for line in lines] if series else []
