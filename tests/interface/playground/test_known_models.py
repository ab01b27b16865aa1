"""The models that are offered to be tried."""

from __future__ import annotations

from datetime import date

from fttui.interface.playground.known_models import KnownModels
from fttui.services.endpoint.models import Job
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
    assert items[1].hint.startswith("shut down 2026-10-23 · ")
