"""Texts that grow: the same rows as if they had come at once, safe and within their width."""

from hypothesis import given, strategies
from rich.cells import cell_len

from fttui.interface.kit.flowing import MOST_SHOWN, FlowingText, flow

_SOUP = strategies.text("ab  \n\r\t日本é<\x1b\u200d\u202e\u0301👍א", max_size=80)


def unmarked(rows: list[str]) -> list[str]:
    """Rows without the circle below a mark that lost its letter to the row before."""
    return [row.replace("◌", "") for row in rows]


@given(_SOUP, strategies.integers(2, 20), strategies.integers(1, 7))
def test_pieces_flow_as_the_whole_text(text: str, width: int, size: int) -> None:
    whole, pieces, wider = FlowingText(width), FlowingText(width), FlowingText(40)
    whole.take(text)
    wider.take(text)
    wider.fit(width)
    for at in range(0, len(text), size):
        pieces.take(text[at : at + size])
    assert unmarked(" ".join(pieces.rows).split()) == unmarked(" ".join(whole.rows).split())
    assert wider.rows == whole.rows
    assert all(cell_len(row) <= width + 1 for row in whole.rows)
    assert all(row.isprintable() for row in whole.rows)


def test_blanks_of_code_stay_and_words_are_not_cut() -> None:
    code = "def f():\n    return [1,  2]"
    assert flow(code, 40) == code.split("\n")
    assert flow("one two three", 8) == ["one two", "three"]
    assert flow("abcdefghij", 4) == ["abcd", "efgh", "ij"]


def test_of_what_is_too_long_only_the_beginning_is_shown() -> None:
    text = FlowingText(50)
    for _unused in range(20):
        text.take("x" * (MOST_SHOWN // 10))
    assert text.is_cut and len(text.rows) == MOST_SHOWN // 50
