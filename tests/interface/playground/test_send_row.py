"""What stands beside Send, in the room there is."""

from __future__ import annotations

import pytest

from fttui.interface.playground.send_row import price_words

MODELS = ("ft:gpt-4.1-mini-2025-04-14:sandbox:desk-v3:Ni5zWe4F", "gpt-4.1-mini-2025-04-14")


@pytest.mark.parametrize(
    "price", ["at most $0.0105", "free: a sandbox (at OpenAI at most $0.0105)"]
)
@pytest.mark.parametrize("columns", [68, 48, 30])
def test_the_price_is_never_what_is_cut(price: str, columns: int) -> None:
    words = price_words(MODELS, price, columns)
    assert price[: columns - 1] in words[: columns - 1]


def test_names_are_whole_where_there_is_room_and_come_first() -> None:
    assert price_words(MODELS, "at most $1", 200) == f"{' + '.join(MODELS)} · at most $1"
