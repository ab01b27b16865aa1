"""One pass over a block finds what looking for each thing by itself finds."""

import re

from hypothesis import given
from hypothesis import strategies as st

from fttui.training_data.needles import _WINDOW, CONTROL_ESCAPE, search
from fttui.training_data.secrets import KINDS

PIECES = [
    b"sk-abcdefghijklmnop1",
    b"-----BEGIN RSA PRIVATE KEY-----",
    b"-----BEGIN PRIVATE KEY PRIVATE KEY-----",
    b"AKIAABCDEFGHIJKLMNOP",
    b"ghp_" + b"a1" * 18,
    b"AIza" + b"b_-" * 12,
    b"sk-",
    b"PRIVATE KEY",
    b"AKIA",
    b"ghp_",
    b"AIza",
    b"AKI",
    b"\\u0007",
    b"\\u000a",
    b"\\u001F",
    b"\\u007f",
    b"\\u0022",
    b"\\",
    b"\xe2\x80\xa8",
    b"\xe2\x80",
    b"\r",
    b"\r\n",
    b"\n",
    b" ",
]


def by_pattern(data: bytes) -> list[tuple[int, str]]:
    return sorted(
        (found.start(), kind.name) for kind in KINDS for found in kind.pattern.finditer(data)
    )


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join))
def test_it_finds_what_each_pattern_finds(data: bytes) -> None:
    found = search(data)
    assert found.secrets == by_pattern(data)
    separators = re.search(rb"\xe2\x80[\xa8\xa9]", data)
    assert found.may_be_odd == bool(CONTROL_ESCAPE.search(data) or separators)
    assert found.has_escaped_quotes == (b"\\u0022" in data)
    assert found.crlf == data.count(b"\r\n")


def test_each_kind_of_secret_is_found_beside_any_other() -> None:
    for kind, piece in zip(KINDS, [*PIECES[:2], *PIECES[3:]], strict=False):
        for before in (b"", b" ", b'"', b"\n"):
            found = search(before + piece + b" " + piece)
            assert found.secrets == [
                (len(before), kind.name),
                (len(before) + len(piece) + 1, kind.name),
            ]


def test_what_lies_across_two_searches_of_a_long_line_is_found_once() -> None:
    needle = b"\\ufffd"
    for before in range(_WINDOW - len(needle) - 1, _WINDOW + 2):
        data = b"x" * before + needle + b"y" * 10 + b"\n"
        found = search(data)
        assert found.replaced == [before]
        assert search(b"x" * before + b"\r\n").crlf == 1
