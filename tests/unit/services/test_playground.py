"""Options, prices and differences of the playground, and text that comes in pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.services.field_error import FieldError
from fttui.services.playground.counting import vocabulary_of
from fttui.services.playground.differences import differences
from fttui.services.playground.options import parse_max_tokens, parse_stop, parse_temperature
from fttui.services.playground.token_bound import TokenBound
from fttui.services.playground.types import Answer, HighestPrice, Piece
from fttui.services.playground.words import answer_text
from fttui.storage.secret_stream import StreamRedactor
from fttui.storage.secrets import Secret, register
from fttui.terminal.format import exact_dollars_text
from fttui.terminal.safe_stream import SafeStream
from fttui.terminal.text import safe
from fttui.training_data import tokenizers
from fttui.training_data.answer_prices import answer_price_in, known_answer_price
from fttui.training_data.tokenizers import Tokenizer


def test_options_are_what_the_api_takes_or_a_sentence() -> None:
    assert (parse_temperature(""), parse_temperature("0,5"), parse_temperature("2")) == (
        None, 0.5, 2.0,
    )  # fmt: skip
    assert (parse_max_tokens(""), parse_max_tokens("1,024")) == (None, 1024)
    assert parse_stop("\\n\nEND\n\nEND") == ("\n", "END")
    for parse, text in (
        (parse_temperature, "2.1"), (parse_temperature, "nan"), (parse_temperature, "warm"),
        (parse_max_tokens, "0"), (parse_max_tokens, "-1"), (parse_max_tokens, "9" * 5000),
        (parse_stop, "a\nb\nc\nd\ne"), (parse_stop, "x" * 201),
    ):  # fmt: skip
        with pytest.raises(FieldError):
            parse(text)


def test_what_is_told_as_at_most_is_never_less() -> None:
    assert exact_dollars_text(0.01234) == "$0.0123"
    assert exact_dollars_text(0.01234, up=True) == "$0.0124"
    assert HighestPrice(dollars=0.01234, is_priced=True).text == "at most $0.0124"
    assert HighestPrice(is_free=True, dollars=0.0).text == "free: your own server"
    assert HighestPrice(is_priced=True).text == "no highest price: set a limit of tokens"
    assert HighestPrice().text == "price not known"


def test_a_fine_tuned_model_has_another_price_than_its_base_and_unknown_ones_have_none() -> None:
    base, tuned = known_answer_price("gpt-4o-mini"), known_answer_price("ft:gpt-4o-mini:o::1")
    assert base is not None
    assert tuned is not None
    assert (base.prompt, tuned.prompt, tuned.of(1_000_000, 1_000_000)) == (0.15, 0.3, 1.5)
    assert known_answer_price("gpt-3.5-turbo") is known_answer_price("mine") is None
    own = {"gpt-4o": (1.0, 2.0), "ft:gpt-4o": (3.0, 4.0), "mine": (5.0, 6.0)}
    assert answer_price_in(own, "gpt-4o-2024-08-06") == (1.0, 2.0)
    assert answer_price_in(own, "ft:gpt-4o-2024-08-06:o::1") == (3.0, 4.0)
    assert answer_price_in(own, "ft:mine:o::1") == (5.0, 6.0)
    assert answer_price_in(own, "gpt-4o-mini") is None


def test_a_line_below_an_answer_tells_seconds_tokens_and_price() -> None:
    answer = Answer("m", "Hi", "stop", 0.31, 1.24, 34, 120, 0.00042)
    assert answer_text(answer) == "first 0.31 s · 1.24 s · 34 + 120 tokens · $0.00042"
    cut = Answer("m", "Hi", "length", 0.31, 12.44)
    assert (
        answer_text(cut) == "cut at the limit of tokens · first 0.31 s · 12.4 s · tokens not told"
    )


def test_differences_are_told_by_words() -> None:
    assert differences("It ships on Monday.", "It shipped on Monday!") == [
        Piece("same", "It "), Piece("missing", "ships"), Piece("added", "shipped"),
        Piece("same", " on Monday"), Piece("missing", "."), Piece("added", "!"),
    ]  # fmt: skip


@given(st.text("ab \n.é"), st.text("ab \n.é"))
def test_differences_hold_both_texts_whole(expected: str, answer: str) -> None:
    pieces = differences(expected, answer)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == expected
    assert "".join(piece.text for piece in pieces if piece.kind != "missing") == answer


@given(st.lists(st.text(max_size=6), max_size=8))
def test_a_text_in_pieces_is_made_as_safe_as_the_whole(pieces: list[str]) -> None:
    stream = SafeStream()
    shown = "".join([*map(stream.take, pieces), stream.end()])
    whole = "".join(pieces)
    assert shown == safe(whole, newlines=True, maxlen=16 * len(whole) + 1)


def test_marks_stay_on_their_letter_and_escapes_are_shown() -> None:
    stream = SafeStream()
    shown = [stream.take(piece) for piece in ("e", "\u0301", "x\r", "\ny", "\x1b[2J")]
    assert "".join([*shown, stream.end()]) == "e\u0301x\ny␛[2J"


@given(st.integers(1, 12))
def test_a_key_in_pieces_is_hidden_however_it_is_cut(size: int) -> None:
    key = "sk-a1b2c3d4e5f6g7h8i9"
    register(Secret(key))
    text, stream = f"My key: {key}, ok?", StreamRedactor()
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert "".join([*map(stream.take, pieces), stream.end()]) == "My key: •••, ok?"


def test_one_vocabulary_is_loaded_for_all_answers_whose_tokens_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loads: list[str] = []

    def load(encoding: str, **ways: bool) -> Tokenizer:
        loads.append(encoding)
        return loaded(encoding, **ways)

    loaded = tokenizers.load
    monkeypatch.setattr(tokenizers, "load", load)
    for _ in range(2):
        vocabulary, is_own = vocabulary_of("gpt-4.1-mini")
        bound = TokenBound(vocabulary, "h", 100)
        assert is_own
        assert not any(bound.take(" " * 20) for _unused in range(500))
    assert len(loads) <= 1
