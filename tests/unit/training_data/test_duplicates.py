"""Finding equal lines by their hashes, in files of any size and with any number of repeats."""

import subprocess
import sys
from array import array
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.training_data import tally
from fttui.training_data.tally import find_duplicates, find_shared, later_equals

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
    monkeypatch.setattr(tally, "_PART", request.param)


@pytest.mark.usefixtures("parts")
class TestAnyHashes:
    @given(pairs=st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 2)), max_size=300))
    def test_a_line_is_marked_if_an_earlier_one_has_both_its_hashes(
        self, pairs: list[tuple[int, int]]
    ) -> None:
        hashes = array("q", (one for one, _ in pairs))
        marks = later_equals(hashes, array("I", (other for _, other in pairs)))
        assert marks == bytearray(pair in pairs[:at] for at, pair in enumerate(pairs))

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


_PEAK = """
from array import array
from pathlib import Path
from fttui.training_data.tally import later_equals
hashes = array("q", (at // 2 * 7919 for at in range(800_000)))
assert later_equals(hashes, array("I", bytes(3_200_000))).count(1) == 400_000
print(int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_marking_the_repeats_of_many_lines_takes_little_memory() -> None:
    done = subprocess.run([sys.executable, "-c", _PEAK], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 45
