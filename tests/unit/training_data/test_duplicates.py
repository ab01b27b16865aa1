"""Finding equal lines by their hashes, in files of any size and with any number of repeats."""

from array import array
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.training_data import duplicates
from fttui.training_data.duplicates import find_duplicates, find_shared

values = st.lists(st.integers(-20, 20), max_size=300)


def plainly(hashes: Sequence[int]) -> list[tuple[int, int]]:
    """All repeats as (line, first line with this hash), found the simple way."""
    first: dict[int, int] = {}
    found = []
    for line, value in enumerate(hashes, 1):
        if value in first:
            found.append((line, first[value]))
        elif value:
            first[value] = line
    return found


@pytest.fixture(params=[500_000, 10], ids=["one part", "many parts"])
def parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "_PART", request.param)


@pytest.mark.usefixtures("parts")
class TestAnyHashes:
    @given(hashes=values)
    def test_all_repeats_are_counted_and_the_first_listed(self, hashes: list[int]) -> None:
        expected = plainly(hashes)
        found = find_duplicates(array("q", hashes))
        assert (found.count, found.listed) == (len(expected), expected[:100])

    @given(hashes=values, earlier=values)
    def test_all_shared_lines_are_counted_and_the_first_listed(
        self, hashes: list[int], earlier: list[int]
    ) -> None:
        known = {value: line for line, value in reversed(list(enumerate(earlier, 1))) if value}
        expected = [(line, known[v]) for line, v in enumerate(hashes, 1) if v in known]
        found = find_shared(array("q", hashes), array("q", earlier))
        assert (found.count, found.listed) == (len(expected), expected[:100])
