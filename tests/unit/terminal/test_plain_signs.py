"""Signs that an encoding lacks become plain ones of the same width."""

import pytest
from rich.cells import cell_len

from fttui.terminal.plain_signs import ERRORS, has_all_signs, with_plain_signs


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("╭──╮│✓ ok · 5 ≈ é…", "+--+|+ ok . 5 ~ e~"),
        ("▸ ● running ✗ failed", "> * running x failed"),
        ("日本 x", "???? x"),
        ("\u2800⣿ e\u0301", " . e"),
        ("plain", "plain"),
    ],
)
def test_text_in_ascii_is_as_wide_as_before(text: str, plain: str):
    assert with_plain_signs(text, "ascii") == plain
    assert cell_len(plain) == cell_len(text)


def test_what_an_encoding_has_stays_as_it_is():
    assert with_plain_signs("é ✓", "latin-1") == "é +"
    assert has_all_signs("UTF-8")
    assert not has_all_signs("ascii")
    assert not has_all_signs("iso8859-1")


def test_in_a_stream_other_letters_keep_their_numbers():
    assert "✓ é 日".encode("ascii", ERRORS) == b"+ \\xe9 \\u65e5"
