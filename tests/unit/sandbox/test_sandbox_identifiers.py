from hypothesis import given
from hypothesis import strategies as st

from fttui.server.identifiers import EventIds, base62, hexadecimal


def test_ids_depend_on_their_text_alone() -> None:
    assert base62("a", 24) == base62("a", 24)
    assert base62("a", 24) != base62("b", 24)
    assert len(base62("a", 43)) == 43
    assert base62("a", 24).isalnum()
    assert len(hexadecimal("a", 32)) == 32


@given(st.text(), st.integers(0, 62**6 - 1))
def test_an_event_id_gives_its_place_back(job: str, place: int) -> None:
    job = job.encode("utf-8", "replace").decode()
    ids = EventIds(job)
    assert ids.place(ids.id(place)) == place
    assert len(ids.id(place)) == len("ftevent-") + 24


def test_an_event_id_of_another_job_has_no_place() -> None:
    ids = EventIds("ftjob-1")
    assert ids.place(EventIds("ftjob-2").id(5)) is None
    assert ids.place("") is None
    assert ids.place(ids.id(5)[:-1] + "!") is None
    assert ids.place(ids.id(5) + "0") is None


def test_event_ids_do_not_repeat() -> None:
    ids = EventIds("ftjob-1")
    assert len({ids.id(place) for place in range(5000)}) == 5000
