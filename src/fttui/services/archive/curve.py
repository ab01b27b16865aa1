"""A job's curves as pictures: SVG that stands inside a page and takes its colours from it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from fttui.services.archive.markup import escaped
from fttui.services.curves import (
    KINDS,
    Point,
    Series,
    best_text,
    capped,
    nice_ticks,
    series_of,
    spread,
    tick_labels,
)
from fttui.services.endpoint.models import Metrics
from fttui.terminal.format import count_text, counted, number_text
from fttui.terminal.language import _

_WIDTH, _HEIGHT = 760, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 14, 12, 40  # of the plot, for what stands around it
_X_TICKS, _Y_TICKS = 8, 7
_LEGEND_LINE = 20
_SHARES = 400  # of the x axis; of each share of a curve the lowest and the highest are drawn
_DOTTED = 60  # with more points the dots would hide their line
_LONGEST_STEP = 2**53


def curves(metrics: Sequence[Metrics]) -> dict[str, str]:
    """By kind ("loss", "accuracy", "reward") an SVG of all that `metrics` tell of it.

    Kinds without a number are left out. Whatever the numbers and however many, the pictures are
    of bounded size; of steps that are told twice the last one counts.
    """
    by_step = {one.step: one for one in metrics if _is_step(one.step)}
    steps = [by_step[step] for step in sorted(by_step, key=lambda step: step or 0)]
    drawn = {kind: drawable(series_of(steps, kind)) for kind in KINDS}
    return {
        kind: picture(series, kind, [_look(one) for one in series])
        for kind, series in drawn.items()
        if series
    }


def _is_step(step: int | None) -> bool:
    return step is not None and abs(step) <= _LONGEST_STEP


def drawable(series: Iterable[Series]) -> list[Series]:
    """The curves with the points alone that have a place on paper."""
    found = []
    for one in series:
        points = tuple((x, capped(y)) for x, y in one.points if math.isfinite(y))
        if points:
            found.append(replace(one, points=points))
    return found


def picture(series: Sequence[Series], kind: str, looks: Sequence[str], x_name: str = "") -> str:
    """An SVG of `series`, of one `kind`, each of the class in `looks` at its place.

    The values are finite and capped, and there is one at least. `x_name` is "" for steps.
    """
    x_name = x_name or _("step")
    xs = [x for one in series for x, _y in one.points]
    ys = [y for one in series for _x, y in one.points]
    area = _Area(
        spread(min(xs), max(xs), 1.0), spread(min(ys), max(ys), max(abs(max(ys)) * 0.1, 0.01))
    )
    height = _HEIGHT + _LEGEND_LINE * len(series) + _LEGEND_LINE // 2
    title = _("{kind} by {x_name}", kind=_(kind).capitalize(), x_name=x_name)
    told = ", ".join(f"{_(one.name)}: {best_text(one, kind)}" for one in series)
    parts = [
        f'<svg class="curve" role="img" viewBox="0 0 {_WIDTH} {height}"'
        f' aria-label="{escaped(f"{title}. {told}")}">',
        *_axes(area, x_name),
    ]
    for at, (one, look) in enumerate(zip(series, looks, strict=True)):
        parts += _line(one, area, look)
        parts += _legend(one, kind, look, _HEIGHT + _LEGEND_LINE * (at + 1) - 4)
    return "\n".join([*parts, "</svg>"])


class _Area:
    """Where a value stands on the picture."""

    def __init__(self, x_range: Point, y_range: Point) -> None:
        self.x_range = x_range
        self.y_range = y_range

    def x(self, value: float) -> float:
        """The column of a step."""
        low, high = self.x_range
        return _LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """The row of a value."""
        low, high = self.y_range
        return _TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)


def _axes(area: _Area, x_name: str) -> Iterator[str]:
    """Lines across the picture with their values, and the steps below it."""
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    ticks = nice_ticks(*area.y_range, _Y_TICKS)
    for tick, label in zip(ticks, tick_labels(ticks), strict=True):
        y = area.y(tick)
        yield f'<path class="grid" d="M{_LEFT} {y:.1f}H{right}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
    yield f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>'
    for tick in nice_ticks(*area.x_range, _X_TICKS):
        if not math.isclose(tick, round(tick), abs_tol=1e-9):
            continue  # there is no half step
        x = area.x(tick)
        yield f'<path class="axis" d="M{x:.1f} {bottom}v5"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 19}" text-anchor="middle">{_step_text(tick)}</text>'
    middle = (_LEFT + right) // 2
    name = escaped(x_name)
    yield f'<text x="{middle}" y="{bottom + 36}" text-anchor="middle">{name}</text>'


def _step_text(step: float) -> str:
    return f"{step:.2e}" if abs(step) >= 1e8 else count_text(round(step))


def _look(series: Series) -> str:
    """The class of a curve, by which the page gives it a colour and a kind of line."""
    return {"": "train", "o": "valid"}.get(series.mark, "full")


def _line(series: Series, area: _Area, look: str) -> Iterator[str]:
    points = [(area.x(x), area.y(y)) for x, y in thinned(series.points)]
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    if len(points) > 1:
        yield f'<polyline class="{look}" points="{way}"/>'
    if len(points) <= _DOTTED:
        yield from (_dot(look, x, y) for x, y in points)


def _dot(look: str, x: float, y: float) -> str:
    """A point; those of each curve have a shape of their own, so that no colour is needed."""
    if look == "full":
        return (
            f'<rect class="dot {look}" x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7"/>'
        )
    size = 2 if look == "train" else 3.5
    return f'<circle class="dot {look}" cx="{x:.1f}" cy="{y:.1f}" r="{size}"/>'


def _legend(series: Series, kind: str, look: str, y: int) -> Iterator[str]:
    last = number_text(series.points[-1][1])
    words = _(
        "{name}: last {last}, {best}, {points}",
        name=_(series.name),
        last=last,
        best=best_text(series, kind),
        points=counted(len(series.points), "point"),
    )
    yield f'<path class="{look}" d="M{_LEFT} {y}h28"/>'
    yield _dot(look, _LEFT + 14, y)
    yield f'<text class="said" x="{_LEFT + 38}" y="{y + 4}">{escaped(words)}</text>'


def thinned(points: Sequence[Point], shares: int = _SHARES) -> list[Point]:
    """At most `2 * shares + 2` of `points`, which rise in x, with every peak and every dip.

    The x axis is cut into `shares`; of each the lowest and the highest point stay, and the first
    and the last point of all.
    """
    if len(points) <= 2 * shares:
        return list(points)
    first, last = points[0], points[-1]
    width = (last[0] - first[0]) or 1.0
    lowest: dict[int, Point] = {}
    highest: dict[int, Point] = {}
    for point in points:
        share = min(int((point[0] - first[0]) / width * shares), shares - 1)
        if share not in lowest or point[1] < lowest[share][1]:
            lowest[share] = point
        if share not in highest or point[1] > highest[share][1]:
            highest[share] = point
    return sorted({first, last, *lowest.values(), *highest.values()})
