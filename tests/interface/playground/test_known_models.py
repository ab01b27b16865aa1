"""The models that are offered to be tried."""

from __future__ import annotations

from datetime import date

from fttui.interface.playground.known_models import KnownModels
from fttui.services.endpoint.models import Job, Model
from fttui.services.retirement_clock import RetirementClock

GONE, THERE = "ft:gpt-3.5-turbo-0125:me:old:A1", "ft:gpt-4.1-2025-04-14:me:new:B2"


def test_what_answers_no_more_says_so_first_and_comes_last() -> None:
    told = (
        {"id": f"ftjob-{number}", "status": "succeeded", "fine_tuned_model": name}
        for number, name in enumerate((GONE, THERE))
    )
    jobs = [job for job in map(Job.read, told) if job is not None]
    known = KnownModels(lambda: jobs, RetirementClock(lambda: date(2026, 11, 27)))
    items = known.items("")
    assert [item.id for item in items] == [THERE, GONE]
    assert items[0].hint.startswith("until 2027-01-14, 48 d · ")
    assert items[1].hint.startswith("- shut down 2026-10-23 · ")


def test_what_was_deleted_is_offered_last_with_the_word_for_it() -> None:
    clock = RetirementClock(lambda: date(2026, 11, 27))
    clock.presence.note_deleted(THERE)
    known = KnownModels(list, clock)
    known.served = [Model(id="gpt-4.1-2025-04-14"), Model(id=THERE)]
    last = known.items("")[-1]
    assert last.id == THERE and last.hint.startswith("✗ deleted · ")
    assert "is deleted" in clock.notice(THERE)
