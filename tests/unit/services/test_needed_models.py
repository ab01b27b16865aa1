"""What is said before a model is deleted that a job trains on from."""

from __future__ import annotations

from fttui.services.endpoint.models import Job, Model
from fttui.services.retirement_clock import RetirementClock
from fttui.services.tuned_models.inventory import tuned_models
from fttui.services.tuned_models.words import deletion_warning

NAME = "ft:gpt-4.1:acme:desk:1"


def job(number: int, status: str, model: str, **told: str) -> Job:
    found = Job.read({"id": f"ftjob-{number}", "status": status, "model": model, **told})
    assert found is not None
    return found


def test_a_job_that_trains_on_from_a_model_is_named_until_it_has_ended() -> None:
    made = job(1, "succeeded", "gpt-4.1", fine_tuned_model=NAME)
    for status, is_needed in (("running", True), ("paused", True), ("cancelled", False)):
        jobs = [job(2, status, NAME), made]
        (model,) = tuned_models([Model(id=NAME, raw_id=NAME)], jobs, RetirementClock(), None)
        assert ("ftjob-2" in deletion_warning([model])) is is_needed
