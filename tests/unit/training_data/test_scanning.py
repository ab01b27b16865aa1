"""Looking for a needle by way of its rarest byte finds what looking for the needle finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.training_data import secrets
from fttui.training_data.secrets import places


def plainly(data: bytes, needle: bytes) -> list[int]:
    return [at for at in range(len(data)) if data.startswith(needle, at)]


@pytest.mark.parametrize("stretch", [secrets._STRETCH, 8])
@pytest.mark.parametrize(("needle", "rare"), [(b"abc", 2), (b"abc", 0), (b"aab", 2), (b"abca", 1)])
def test_every_place_is_found_once_and_in_order(
    monkeypatch: pytest.MonkeyPatch, needle: bytes, rare: int, stretch: int
) -> None:
    monkeypatch.setattr(secrets, "_HITS", 3)
    monkeypatch.setattr(secrets, "_DENSE", 12)
    monkeypatch.setattr(secrets, "_STRETCH", stretch)

    @given(st.lists(st.sampled_from([b"a", b"b", b"c", b"abc", b"....", b"aab"])).map(b"".join))
    def holds(data: bytes) -> None:
        assert list(places(data, needle, rare)) == plainly(data, needle)

    holds()
