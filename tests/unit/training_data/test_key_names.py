"""Which keys are bookkeeping, which carry meaning, and which are misspelt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.training_data.conversation import MESSAGE_KEYS
from fttui.training_data.key_names import (
    MEANINGFUL,
    MEANINGLESS,
    MEANINGLESS_IN_MESSAGES,
    near_miss,
    slips,
)
from fttui.training_data.profile import CHAT_KEYS, PREFERENCE_KEYS

KNOWN = sorted({*CHAT_KEYS, *MESSAGE_KEYS, *PREFERENCE_KEYS, "prompt", "completion"})


@pytest.mark.parametrize(
    ("key", "known"),
    [
        ("mesages", "messages"),
        ("message", "messages"),
        ("Messages", "messages"),
        (" messages", "messages"),
        ("messsages", "messages"),
        ("contnet", "content"),
        ("contant", "content"),
        ("Role", "role"),
        ("rol", "role"),
        ("roel", "role"),
        ("toolCalls", "tool_calls"),
        ("tool-calls", "tool_calls"),
        ("wieght", "weight"),
        ("prefered_output", "preferred_output"),
        ("nonpreferred_output", "non_preferred_output"),
        ("complettion", "completion"),
        ("promt", "prompt"),
        ("completions", "completion"),
        ("contents", "content"),
        ("tool_call", "tool_calls"),
    ],
)
def test_a_slip_within_one_word_is_a_misspelt_key(key: str, known: str) -> None:
    assert near_miss(key, KNOWN) == known


@pytest.mark.parametrize(
    "key",
    [
        "images",
        "context",
        "rejected_response",
        "response",
        "rule",
        "node",
        "test",
        "tokens",
        "tool_choice",
        "model",
        "label",
        "",
        "x" * 1000,
        "input_messages",
    ],
)
def test_another_word_is_no_misspelt_key(key: str) -> None:
    assert near_miss(key, KNOWN) is None
    assert near_miss(7, KNOWN) is None


def test_no_key_both_carries_meaning_and_keeps_books() -> None:
    assert not MEANINGFUL & MEANINGLESS
    assert not MEANINGFUL & MEANINGLESS_IN_MESSAGES
    assert not {*CHAT_KEYS, *PREFERENCE_KEYS, *MESSAGE_KEYS} & MEANINGLESS


@given(word=st.text("abc", max_size=6), right=st.text("abc", max_size=6))
def test_slips_are_counted_alike_from_both_sides(word: str, right: str) -> None:
    assert slips(word, right) == slips(right, word)
    assert (slips(word, right) == 0) == (word == right)
    assert slips(word, right) <= max(len(word), len(right))
