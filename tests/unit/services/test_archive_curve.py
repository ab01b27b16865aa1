"""Curves as pictures: of bounded size and well-formed, whatever the numbers are."""

from __future__ import annotations

import math
import random
from xml.etree import ElementTree

import pytest

from fttui.services.archive.curve import curves, thinned
from fttui.services.endpoint.models import Metrics

NAN, INF = math.nan, math.inf


def drawn(metrics: list[Metrics], kind: str = "loss") -> ElementTree.Element:
    return ElementTree.fromstring(curves(metrics)[kind])


def numbers_of(picture: ElementTree.Element) -> list[tuple[float, float]]:
    """The points of all lines and dots, which must lie on the picture."""
    found = [
        (float(x), float(y))
        for line in picture.iter("polyline")
        for x, y in (point.split(",") for point in line.attrib["points"].split())
    ]
    found += [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in picture.iter("circle")]
    _left, _top, width, height = map(float, picture.attrib["viewBox"].split())
    assert all(0 <= x <= width and 0 <= y <= height for x, y in found)
    return found


def words_of(picture: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in picture.iter("text")]


def test_each_kind_that_has_numbers_is_a_picture() -> None:
    assert curves([]) == {}
    assert curves([Metrics(step=1), Metrics(train_loss=1.0)]) == {}
    assert list(curves([Metrics(step=1, train_loss=1.0)])) == ["loss"]
    everything = Metrics(step=1, train_loss=1.0, valid_accuracy=0.5, train_reward=3.0)
    assert list(curves([everything])) == ["loss", "accuracy", "reward"]


def test_training_validation_and_full_validation_are_told_apart_without_colour() -> None:
    metrics = [Metrics(step, None, 3 / step, None, 4 / step, None, 5 / step) for step in (1, 2, 3)]
    picture = drawn(metrics)
    assert [line.attrib["class"] for line in picture.iter("polyline")] == ["train", "valid", "full"]
    assert len(list(picture.iter("rect"))) == 3 + 1
    assert [word for word in words_of(picture) if "last" in word] == [
        "training: last 1.0000, min 1.0000 at 3, 3 points",
        "validation: last 1.3333, min 1.3333 at 3, 3 points",
        "full validation: last 1.6667, min 1.6667 at 3, 3 points",
    ]
    assert "step" in words_of(picture)


def test_a_higher_value_stands_higher_and_a_later_step_further_right() -> None:
    (line,) = drawn([Metrics(step=1, train_loss=9.0), Metrics(step=5, train_loss=1.0)]).iter(
        "polyline"
    )
    assert line.attrib["points"] == "78.0,12.0 746.0,260.0"


def test_steps_are_sorted_and_the_last_of_two_readings_counts() -> None:
    metrics = [Metrics(step=step, train_loss=step / 2) for step in (3, 1, 2)]
    metrics.append(Metrics(step=3, train_loss=9.0))
    assert "training: last 9.0000, min 0.5000 at 1, 3 points" in words_of(drawn(metrics))


def test_the_axes_have_round_numbers_and_no_half_steps() -> None:
    picture = drawn([Metrics(step=7, train_loss=0.5)])
    words = words_of(picture)
    assert words.count("7") == 1
    assert {"0.48", "0.50", "0.52"} <= set(words)
    assert len(numbers_of(picture)) == 2  # the point, and its mark in the legend


@pytest.mark.parametrize(
    "values",
    [
        [NAN, 1.0, INF, -INF, 2.0],
        [1e308, -1e308],
        [1e308],
        [0.0, 5e-324],
        [0.0, 0.0, 0.0],
        [-1.0],
        [1.0, 1.0 + 1e-15],
        [1e-300, 2e-300],
    ],
)
def test_hostile_numbers_are_drawn_on_the_picture(values: list[float]) -> None:
    metrics = [Metrics(step=at, train_loss=value) for at, value in enumerate(values)]
    picture = drawn(metrics)
    assert numbers_of(picture)
    assert not {"nan", "inf", "-inf"} & set(words_of(picture))


def test_only_numbers_that_are_none_make_no_picture() -> None:
    assert curves([Metrics(step=1, train_loss=NAN), Metrics(step=2, train_loss=INF)]) == {}


@pytest.mark.parametrize("step", [0, -5, 2**53, 2**53 + 2, 10**400])
def test_hostile_steps_are_drawn_or_left_out(step: int) -> None:
    numbers_of(drawn([Metrics(step=step, train_loss=1.0), Metrics(step=1, train_loss=2.0)]))


def test_many_points_are_thinned_and_keep_each_peak_and_dip() -> None:
    chance = random.Random(3)
    points = [(float(step), chance.random()) for step in range(200_000)]
    points[77_777] = (77_777.0, 50.0)
    points[123_456] = (123_456.0, -50.0)
    kept = thinned(points, 400)
    assert len(kept) <= 802
    assert {points[0], points[-1], (77_777.0, 50.0), (123_456.0, -50.0)} <= set(kept)
    assert kept == sorted(kept)
    for share in (0, 1, 200, 399):
        of_share = points[round(share * 499.9975) + 1 : round((share + 1) * 499.9975) - 1]
        lowest, highest = min(y for _x, y in of_share), max(y for _x, y in of_share)
        near = [y for x, y in kept if of_share[0][0] - 2 <= x <= of_share[-1][0] + 2]
        assert min(near) <= lowest < highest <= max(near)


def test_a_picture_of_many_points_is_small() -> None:
    metrics = [Metrics(step=step, train_loss=step % 97 / 7) for step in range(20_000)]
    picture = curves(metrics)["loss"]
    assert len(picture) < 20_000
    assert "20,000 points" in picture


def test_few_points_are_not_thinned() -> None:
    points = [(float(step), 1.0) for step in range(800)]
    assert thinned(points, 400) == points
    assert len(thinned([*points, (800.0, 1.0)], 400)) < 801
