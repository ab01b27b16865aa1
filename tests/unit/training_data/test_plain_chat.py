"""The fast lane remembers shapes of conversations, and no more of them than it may."""

from __future__ import annotations

import itertools

import pytest

from fttui.training_data import plain_chat
from fttui.training_data.plain_chat import (
    Assistant,
    FastLane,
    NamedUser,
    System,
    User,
    WeighedAssistant,
)


@pytest.fixture(autouse=True)
def _few_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_chat, "_MAX_SHAPES", 8)


def test_shapes_are_forgotten_before_they_are_too_many() -> None:
    lane = FastLane()
    for length in range(1, 60):
        lane.add_plain_shape([User("x")] * length)
        assert len(lane.plain_shapes) <= 8


def test_shapes_with_names_and_weights_are_forgotten_too() -> None:
    lane = FastLane()
    for length in range(1, 60):
        assert lane.full_shape_of([NamedUser("x", name="a")] * length) is not None
        assert len(lane._full_shapes) <= 8


def test_a_shape_whose_examples_are_not_counted_yet_is_kept() -> None:
    lane = FastLane()
    kept = lane.add_plain_shape([System("s"), User("u"), Assistant("a")])
    assert kept is not None
    kept.examples = 5
    for length in range(1, 60):
        lane.add_plain_shape([User("x")] * length)
    assert list(lane.take_counts()) == [(("system", "user", "assistant"), 5)]
    assert list(lane.take_counts()) == []


def test_what_a_shape_says_does_not_depend_on_what_was_forgotten() -> None:
    lane = FastLane()
    shapes = []
    for _ in range(2):
        messages = [NamedUser("u", name="n"), WeighedAssistant("a", weight=0)]
        shape = lane.full_shape_of(messages)
        assert shape is not None
        shapes.append((shape.roles, shape.names, shape.quotes, shape.problems))
        for length in itertools.islice(itertools.count(3), 20):
            lane.full_shape_of([NamedUser("x")] * length)
    assert shapes[0] == shapes[1]
    assert shapes[0][0] == ("user", "assistant")
    assert shapes[0][1] == 1
    assert any(rule == "nothing-to-learn" for rule, _, _ in shapes[0][3])


def test_a_conversation_without_messages_has_no_shape() -> None:
    assert FastLane().add_plain_shape([]) is None
