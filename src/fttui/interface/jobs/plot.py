"""Small plots made of characters: a sparkline, and curves of dots with axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from fttui.interface.kit.lines import Line, LineView, cut, fit, joined
from fttui.services.curves import (
    KINDS,
    Point,
    Series,
    best_text,
    capped,
    log_ticks,
    nice_ticks,
    series_of,
    spread,
    steps_of,
    tick_labels,
)
from fttui.services.endpoint.models import Job, JobEvent, Metrics
from fttui.terminal.format import number_text
from fttui.terminal.language import _

_BARS = "▁▂▃▄▅▆▇█"
_DOT_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_LEAST_WIDTH, _LEAST_HEIGHT = 20, 5
_X_TICK = 12  # cells from one label below the plot to the next, about
_KIND_WIDTH = 10
_ROUND_STEPS = 6  # of a y axis that grows from step to step
_ROUNDING = 1e-9
_WHOLE_FROM, _LONGEST_STEP = 100, 1e9
_ENDS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0)


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


@dataclass(frozen=True, slots=True)
class Plotted:
    """The lines of a plot, and where on them its x axis lies: from which cell, and its values."""

    lines: list[Line]
    left: int = 0
    columns: int = 0
    low: float = 0.0
    high: float = 0.0

    def column_of(self, x: float) -> int:
        """The cell of a line at which a value of the x axis stands."""
        across = (capped(x) - self.low) / (self.high - self.low) * (self.columns * 2 - 1)
        return self.left + min(max(round(across) // 2, 0), self.columns - 1)


def plot(
    series: Sequence[Series],
    width: int,
    height: int,
    x_name: str = "step",
    until: float | None = None,
) -> list[Line]:
    """The lines of `plotted`."""
    return plotted(series, width, height, x_name, until).lines


def plotted(
    series: Sequence[Series],
    width: int,
    height: int,
    x_name: str = "step",
    until: float | None = None,
    *,
    log: bool = False,
) -> Plotted:
    """The series on common axes in `height` lines of `width` cells, or a line saying why not.

    The x axis goes to `until`, where that is further than the last point. With `log` the y axis is
    logarithmic, and values of 0 or less have no place on it.
    """
    series = [
        replace(one, points=tuple((capped(x), capped(y)) for x, y in one.points)) for one in series
    ]
    if log:
        series = [_logarithmic(one) for one in series]
    points = [point for one in series for point in one.points]
    if not points:
        return Plotted([((_nothing_to_draw(log), "muted"),)])
    if width < _LEAST_WIDTH or height < _LEAST_HEIGHT:
        return Plotted([((_("There is no room for a plot."), "muted"),)])
    last_x = max(x for x, _unused in points)
    last_x = max(last_x, last_x if until is None else capped(until))
    low_x, high_x = spread(min(x for x, _unused in points), last_x, 2.0)
    series = [_thinned(one, low_x, high_x, 2 * width) for one in series]
    points = [point for one in series for point in one.points]
    low_y, high_y = min(y for _unused, y in points), max(y for _unused, y in points)
    low_y, high_y = spread(low_y, high_y, max(abs(high_y) * 0.1, 0.01))
    if until is not None:
        low_y, high_y = _rounded(low_y, high_y)
    about = max(height // 2, 2)
    ticks, labels = (log_ticks if log else _ticks)(low_y, high_y, about)
    margin = max(map(len, labels), default=0) + 2
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
    return Plotted(lines, margin, canvas.columns, low_x, high_x)


def _rounded(low: float, high: float) -> tuple[float, float]:
    """The range from round number to round number, so that it seldom grows while a job trains."""
    first, second, *_unused = nice_ticks(low, high, _ROUND_STEPS)
    step = second - first
    return math.floor(low / step + _ROUNDING) * step, math.ceil(high / step - _ROUNDING) * step


def _nothing_to_draw(log: bool) -> str:
    if log:
        return _("Nothing above 0 was measured: there is nothing to draw on a log axis.")
    return _("Nothing was measured yet.")


def _logarithmic(series: Series) -> Series:
    points = tuple((x, math.log10(y)) for x, y in series.points if y > 0)
    return replace(series, points=points)


def _ticks(low: float, high: float, about: int) -> tuple[list[float], list[str]]:
    ticks = nice_ticks(low, high, about)
    return ticks, tick_labels(ticks)


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


def x_text(x: float) -> str:
    """A step as it is counted, a share with as many digits as tell anything."""
    if abs(x) >= _LONGEST_STEP:
        return f"{x:g}"
    return f"{x:.0f}" if abs(x) >= _WHOLE_FROM or x == round(x) else f"{x:.3g}"


def _x_axis(low: float, high: float, columns: int, name: str) -> tuple[str, str]:
    """The axis with a mark for each label, and the labels: both ends, round numbers between."""
    first, last = x_text(low), f"{x_text(high)} {name}"
    marks = {0, columns - 1}
    labels = cut(fit(first, max(columns - len(last), 0)) + last, columns)
    end = columns - len(last)
    for tick in nice_ticks(low, high, max(columns // _X_TICK, 2)):
        label = x_text(tick)
        column = round((tick - low) / (high - low) * (columns * 2 - 1)) // 2
        start = column - len(label) // 2
        is_free = not labels[max(start - 2, 0) : start + len(label) + 2].strip()
        is_free = is_free and (high - low < 2 or tick == round(tick))  # there is no half of a step
        if start >= 2 and is_free and start + len(label) + 2 <= end:
            labels = labels[:start] + label + labels[start + len(label) :]
            marks.add(column)
    return "".join("┬" if at in marks else "─" for at in range(columns)), labels


def _means(values: Sequence[float], width: int) -> list[float]:
    """`values` as at most `width` means of equal shares, the last of which may be smaller.

    A share is as many as a power of two, so that with a new value the means before it stay.
    """
    if width <= 0:
        return []
    size = 1
    while size * width < len(values):
        size *= 2
    bounded = [capped(value) for value in values]
    shares = [bounded[start : start + size] for start in range(0, len(bounded), size)]
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
        legend = legend_lines(series, self.kind, width)
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


def legend_lines(series: Sequence[Series], kind: str, width: int) -> list[Line]:
    """Mark, name, last and best value of each series, in as many lines as they take."""
    lines: list[list[tuple[str, str]]] = [[(f"{_(kind):<{_KIND_WIDTH}}", "strong")]]
    room = width - _KIND_WIDTH
    for one in series:
        last = number_text(one.points[-1][1])
        text = f"{one.mark or '⠒⠒'} {_(one.name)} {last}, {best_text(one, kind)}   "
        if len(text.rstrip()) > room and len(lines[-1]) > 1:
            lines.append([(" " * _KIND_WIDTH, "plain")])
            room = width - _KIND_WIDTH
        lines[-1].append((text, one.style))
        room -= len(text)
    return [tuple(line) for line in lines] if series else []
