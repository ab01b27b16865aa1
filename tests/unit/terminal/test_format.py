"""How counts are written."""

import pytest

from fttui.terminal.format import counted, plural


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 lines"), (1, "1 line"), (2, "2 lines"), (2_000, "2,000 lines")]
)
def test_a_count_has_its_noun_in_the_number_that_goes_with_it(count: int, text: str) -> None:
    assert counted(count, "line") == text
    assert counted(count, "entry", "entries") == text.replace("lines", "entries").replace(
        "line", "entry"
    )
    assert plural(count, "line") == text.partition(" ")[2]
