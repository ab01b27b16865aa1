"""Distributions kept as histograms: exact while the numbers are few, bounded always."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Distribution:
    """Where the values of a sample lie; percentiles are interpolated between neighbours."""

    count: int = 0
    total: int = 0
    min: int = 0
    max: int = 0
    mean: float = 0.0
    median: float = 0.0
    p5: float = 0.0
    p95: float = 0.0


def describe(
    histogram: Mapping[int, int],
    *,
    total: int | None = None,
    shortest: int | None = None,
    longest: int | None = None,
) -> Distribution:
    """Describe a histogram of value to count.

    A histogram whose large values are rounded comes with the exact sum and extremes.
    """
    if not histogram:
        return Distribution()
    values = sorted(histogram)
    below = list(accumulate(histogram[value] for value in values))
    count = below[-1]
    if total is None:
        total = sum(value * histogram[value] for value in values)

    def percentile(share: float) -> float:
        place = share * (count - 1)
        low = int(place)
        first = _value_at(values, below, low)
        second = _value_at(values, below, min(low + 1, count - 1))
        return first + (second - first) * (place - low)

    return Distribution(
        count=count,
        total=total,
        min=values[0] if shortest is None else shortest,
        max=values[-1] if longest is None else longest,
        mean=total / count,
        median=percentile(0.5),
        p5=percentile(0.05),
        p95=percentile(0.95),
    )


def _value_at(values: list[int], below: list[int], place: int) -> int:
    """The value at a place of the sorted sample, counted from 0."""
    return values[bisect_right(below, place)]


def bars(histogram: Mapping[int, int], count: int) -> list[tuple[int, int, int]]:
    """Sum a histogram into at most `count` bars of equal width: (from, to inclusive, examples)."""
    if not histogram or count < 1:
        return []
    low, high = min(histogram), max(histogram)
    width = max(1, -(-(high - low + 1) // count))
    sums = [0] * (-(-(high - low + 1) // width))
    for value, examples in histogram.items():
        sums[(value - low) // width] += examples
    return [(low + i * width, low + (i + 1) * width - 1, n) for i, n in enumerate(sums)]
