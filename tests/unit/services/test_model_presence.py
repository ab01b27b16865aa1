"""When it is concluded that the model of a job is gone, and when nothing is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fttui.interface.models.columns import TUNED
from fttui.services.endpoint.models import Job, Model, Page
from fttui.services.retirement_clock import RetirementClock
from fttui.services.tuned_models.inventory import TunedModel, tuned_models
from fttui.services.tuned_models.presence import ModelPresence
from fttui.services.tuned_models.words import tuned_facts
from fttui.training_data.retirement import Retirement

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
GONE, STAYS = "ft:gpt-4.1:acme:desk:1", "ft:gpt-4.1:acme:desk:2"


def job(model: str, *, ended: timedelta = timedelta(days=1)) -> Job:
    """A job that has made a model so long ago."""
    told = {"id": f"ftjob-{model[-1]}", "status": "succeeded", "fine_tuned_model": model}
    found = Job.read({**told, "finished_at": (NOW - ended).timestamp()})
    assert found is not None
    return found


def page(*names: str, **more: bool | int) -> Page[Model]:
    """A list of models."""
    return Page(tuple(Model(id=name, raw_id=name) for name in names), **more)  # type: ignore[arg-type]


def known(*names: str, **more: bool | int) -> ModelPresence:
    """What is known after that list, with two jobs."""
    presence = ModelPresence(lambda: NOW)
    presence.meet([job(GONE), job(STAYS)])
    presence.learn(page(*names, **more))
    return presence


def test_a_model_that_a_whole_list_of_such_models_lacks_is_deleted() -> None:
    presence = known("gpt-4.1", STAYS)
    assert (presence.of(job(GONE)), presence.of(job(STAYS))) == (False, True)


@pytest.mark.parametrize(
    ("names", "more"),
    [
        ((STAYS,), {"is_cut": True}),
        ((STAYS,), {"dropped": 1}),
        (("gpt-4.1", "llama-3"), {}),
        (("gpt-4.1", "ft:of-another:x:y:3"), {}),
        ((), {}),
    ],
    ids=["cut", "unreadable entries", "no fine-tuned ones", "none of these jobs", "empty"],
)
def test_nothing_is_concluded_from_such_a_list(
    names: tuple[str, ...], more: dict[str, bool | int]
) -> None:
    assert known(*names, **more).of(job(GONE)) is None


def test_openais_names_alone_tell_that_such_models_are_listed() -> None:
    presence = known("ft:of-another:x:y:3")
    presence.names_tell = lambda: True
    assert presence.of(job(GONE)) is False


def test_a_name_that_the_list_has_in_other_letters_is_no_deleted_one() -> None:
    presence = known(STAYS, GONE.upper())
    assert presence.of(job(GONE)) is True
    presence.note_deleted(GONE.upper())
    assert (presence.of(job(GONE)), presence.of(job(STAYS))) == (False, True)


def test_a_model_that_was_just_made_may_not_be_listed_yet() -> None:
    assert known(STAYS).of(job(GONE, ended=timedelta(minutes=2))) is None


def test_a_model_that_was_listed_before_is_gone_also_when_no_other_is_left() -> None:
    presence = known(GONE)
    presence.learn(page("gpt-4.1"))
    assert presence.of(job(GONE, ended=timedelta())) is False
    presence.learn(page(GONE))
    assert presence.of(job(GONE)) is True


def test_a_model_that_was_deleted_here_is_gone_without_any_list() -> None:
    presence = ModelPresence(lambda: NOW)
    presence.note_deleted(GONE)
    assert presence.of(job(GONE)) is False
    assert presence.of(job(STAYS)) is None


@pytest.mark.parametrize(
    ("name", "is_fine_tuned"),
    [
        ("ft:gpt-4.1:a::1", True),
        ("gpt-4o-mini-2024-07-18.ft-0e208cf3", True),
        ("microsoft-phi-4", False),
        ("draft-model", False),
    ],
)
def test_fine_tuned_models_are_known_by_their_names(name: str, is_fine_tuned: bool) -> None:
    assert Model(id=name).is_fine_tuned is is_fine_tuned


def test_a_deleted_checkpoint_stays_in_the_list_as_deleted_beside_its_model() -> None:
    checkpoint = f"{STAYS}:ckpt-step-40"
    clock = RetirementClock(lambda: NOW.date())
    clock.presence = ModelPresence(lambda: NOW)
    jobs = [job(STAYS)]
    clock.presence.meet(jobs)
    clock.presence.learn(page(STAYS, checkpoint, GONE))
    clock.presence.note_deleted(checkpoint)
    clock.presence.learn(page(STAYS))
    stays, gone, other = tuned_models(page(STAYS).items, jobs, clock, None)
    assert (stays.id, stays.is_deleted) == (STAYS, False)
    assert (gone.id, gone.is_deleted, gone.exists) == (checkpoint, True, False)
    assert (gone.job, gone.of_model, gone.step) == (jobs[0], STAYS, 40)
    assert (other.id, other.is_deleted, other.job) == (GONE, True, None)


def test_nothing_is_left_to_count_of_the_days_of_a_deleted_model() -> None:
    goes = Retirement(NOW.date() + timedelta(days=48), 48, "table")
    model = TunedModel(GONE, GONE, goes=goes, exists=False, is_deleted=True)
    assert TUNED["days_left"].shown(model) == ("✗ deleted", "bad")
    assert TUNED["days_left"].value(model) is None and TUNED["shut_down"].shown(model)[0] == "–"
    assert dict(tuned_facts(model))["Shuts down"] == "no day is left: it is deleted"
    assert model.to_json()["days_left"] is None
