"""When a model goes, whose word that is, and how it is said."""

from datetime import date, timedelta

import pytest

from fttui.services.endpoint.models import Job, Model
from fttui.services.leaving import models_that_leave
from fttui.services.retirement_clock import RetirementClock
from fttui.services.tuned_models.inventory import tuned_models
from fttui.training_data.retirement import (
    retirement_notice,
    retirement_of,
    shutdown_day,
    told_dates,
)

NOW = date(2026, 11, 26)
END = date(2027, 1, 14)
DAY = timedelta(days=1)
BASE = "gpt-4.1-mini-2025-04-14"
OWN = f"ft:{BASE}:acme:desk:abc"


@pytest.mark.parametrize(
    ("model", "today", "notice"),
    [
        (
            "gpt-4o",
            NOW,
            "gpt-4o: no new jobs from 2027-01-06, shut down by OpenAI on 2027-01-14, in 49 days, "
            "with its fine-tunes.",
        ),
        ("gpt-4o", date(2026, 1, 14), "gpt-4o: no new jobs from "),
        ("gpt-4o", date(2026, 1, 13), ""),
        ("gpt-4o", date(2027, 1, 13), "gpt-4o: no new jobs from "),
        (
            "gpt-4o",
            date(2027, 1, 14),
            "gpt-4o: no new jobs from 2027-01-06, shut down by OpenAI on 2027-01-14, today, with "
            "its fine-tunes.",
        ),
        ("gpt-4o", date(2027, 1, 15), "gpt-4o was shut down by OpenAI on 2027-01-14."),
        (
            "gpt-4o-2024-11-20",
            NOW,
            "gpt-4o-2024-11-20 and its fine-tunes are shut down by OpenAI on 2027-01-14, in 49 "
            "days.",
        ),
        (
            " ft:gpt-3.5-turbo-1106:org::x",
            NOW,
            "gpt-3.5-turbo-1106 was shut down by OpenAI on 2026-10-23. "
            "Use gpt-4.1-mini-2025-04-14 instead.",
        ),
        (
            "gpt-3.5-turbo",
            date(2026, 10, 22),
            "gpt-3.5-turbo and its fine-tunes are shut down by OpenAI on 2026-10-23, in 1 day. "
            "Use ",
        ),
        ("gpt-5", NOW, ""),
        ("llama-3", NOW, ""),
        ("", NOW, ""),
    ],
)
def test_a_model_that_goes_within_a_year_is_told_with_its_days(
    model: str, today: date, notice: str
) -> None:
    told = retirement_notice(model, today)
    assert told.startswith(notice)
    assert bool(told) == bool(notice)


def test_the_endpoints_own_date_goes_before_ours() -> None:
    told = retirement_notice("gpt-4o", NOW, {"gpt-4o": date(2027, 6, 1)})
    assert told == "gpt-4o and its fine-tunes are shut down on 2027-06-01, in 187 days."
    assert retirement_notice("gpt-4o", NOW, {"gpt-4o": date(2028, 6, 1)}) == ""


def test_what_another_endpoint_shuts_down_is_not_said_to_be_openais() -> None:
    told = {"llama-3": date(2026, 11, 1)}
    assert retirement_notice("llama-3", NOW, told) == "llama-3 was shut down on 2026-11-01."


@pytest.mark.parametrize(
    ("told", "day", "source"),
    [
        ({}, END, "table"),
        ({BASE: END + DAY}, END + DAY, "endpoint"),
        ({BASE: END + DAY, OWN: END + 2 * DAY}, END + 2 * DAY, "endpoint"),
        ({"gpt-4o": END + DAY}, END, "table"),
    ],
)
@pytest.mark.parametrize("name", [OWN, f"{OWN}:ckpt-step-80"])
def test_the_date_of_that_very_model_counts_then_its_bases_then_the_tables(
    name: str, told: dict[str, date], day: date, source: str
) -> None:
    assert shutdown_day(name, told) == (day, source)


def test_a_checkpoint_may_have_a_date_of_its_own() -> None:
    checkpoint = f"{OWN}:ckpt-step-80"
    told = {OWN: END, checkpoint: END - DAY}
    assert shutdown_day(checkpoint, told) == (END - DAY, "endpoint")


@pytest.mark.parametrize(
    "name", ["llama-3", "meta/gpt-4o", "acme/gpt-4.1-mini-2025-04-14", "ft:llama-3:o::x", ""]
)
def test_a_foreign_model_has_only_the_date_that_its_endpoint_tells(name: str) -> None:
    assert shutdown_day(name, base=BASE) is None
    assert shutdown_day(name, {BASE: END}, base=BASE) == (END, "endpoint")


@pytest.mark.parametrize(
    ("left", "short", "until", "when", "long", "look"),
    [
        (49, "49 d", "until 2027-01-14, 49 d", "2027-01-14, in 49 days", "shuts down on ", "plain"),
        (30, "30 d", "until 2027-01-14, 30 d", "2027-01-14, in 30 days", "shuts down on ", "plain"),
        (29, "29 d", "until 2027-01-14, 29 d", "2027-01-14, in 29 days", "shuts down on ", "bad"),
        (1, "1 d", "until 2027-01-14, 1 d", "2027-01-14, in 1 day", "shuts down on ", "bad"),
        (0, "today", "until 2027-01-14, today", "2027-01-14, today", "shuts down on ", "bad"),
        (
            -1,
            "shut down",
            "shut down 2027-01-14",
            "2027-01-14, 1 day ago",
            "was shut down on ",
            "bad",
        ),
    ],
)
def test_days_are_a_number_that_is_red_below_thirty(
    left: int, short: str, until: str, when: str, long: str, look: str
) -> None:
    goes = retirement_of(BASE, END - left * DAY)
    assert goes is not None
    assert (goes.short, goes.until, goes.when, goes.look) == (short, until, when, look)
    assert goes.long.startswith(long)
    assert "2027-01-14" in goes.long


@pytest.mark.parametrize(("left", "is_soon"), [(61, False), (60, True), (0, True), (-1, False)])
def test_soon_is_within_sixty_days_and_not_gone(left: int, is_soon: bool) -> None:
    goes = retirement_of(BASE, END - left * DAY)
    assert goes is not None
    assert goes.is_soon is is_soon


def test_a_date_that_is_none_tells_nothing() -> None:
    bad = ["", None, "soon", "2027-13-01", "2027-02-30", "20270114", "2027-01-141"]
    assert told_dates((f"m{n}", text) for n, text in enumerate(bad)) == {}
    assert told_dates([("m", "2027-01-14T00:00:00Z"), ("", "2027-01-14")]) == {"m": END}


def job(name: str, made: str | None = OWN, model: str = BASE, file: str = "file-1") -> Job:
    told = {"id": name, "model": model, "fine_tuned_model": made, "training_file": file}
    read = Job.read(told)
    assert read is not None
    return read


def model(name: str, day: str | None = None) -> Model:
    read = Model.read({"id": name, "shutdown_date": day})
    assert read is not None
    return read


def clock(*models: Model) -> RetirementClock:
    made = RetirementClock(lambda: NOW)
    made.learn(models)
    return made


def test_a_job_without_a_model_yet_has_the_days_of_its_base() -> None:
    running = clock().of_job(job("a", None))
    assert running is not None
    assert running.days_left == 49
    told = clock(model(OWN, "2026-12-01"))
    own, base = told.of_job(job("a")), told.of_job(job("a", None))
    assert own is not None
    assert base is not None
    assert (own.days_left, base.days_left) == (5, 49)


def test_the_json_of_a_job_has_its_models_date() -> None:
    assert job("a").to_json()["shutdown_date"] == "2027-01-14"
    assert job("a").to_json({OWN: NOW})["shutdown_date"] == "2026-11-26"
    assert job("a", None, "llama-3").to_json()["shutdown_date"] is None


def test_what_leaves_is_told_soonest_first_with_what_made_it() -> None:
    jobs = [job("a"), job("b", None, file="file-2"), job("c", "mine", "llama-3")]
    served = [model(OWN, "2026-12-01"), model(f"{OWN}:ckpt-step-8"), model("gpt-4o")]
    first, second = models_that_leave(jobs, served, clock(*served), {"a"})
    assert (first.model, first.goes.days_left, first.is_archived) == (OWN, 5, True)
    assert [one.id for one in first.jobs] == ["a"]
    assert first.checkpoints == (f"{OWN}:ckpt-step-8",)
    assert (second.model, second.training_files) == (BASE, ("file-1", "file-2"))
    assert (second.archived, second.is_archived) == (1, False)


def test_a_checkpoint_with_a_name_of_its_own_is_told_by_that_whole_name() -> None:
    served = [model(OWN), model(f"ft:{BASE}:acme:desk:def:ckpt-step-8")]
    found = [one.model for one in models_that_leave([job("a")], served, clock(), ())]
    assert found == [OWN, f"ft:{BASE}:acme:desk:def:ckpt-step-8", BASE]


def made_at(name: str, created: int) -> Model:
    read = Model.read({"id": name, "created": created})
    assert read is not None
    return read


def run_of(name: str, made: str | None, began: int, ended: int | None, suffix: str = "") -> Job:
    told = {"id": name, "model": BASE, "fine_tuned_model": made, "created_at": began}
    read = Job.read({**told, "finished_at": ended, "suffix": suffix})
    assert read is not None
    return read


CHECKPOINT = f"ft:{BASE}:acme:desk:def:ckpt-step-8"


@pytest.mark.parametrize(
    ("jobs", "maker"),
    [
        ([run_of("a", OWN, 100, 200)], ["a"]),
        ([run_of("a", OWN, 300, 400)], ["a"]),
        ([run_of("a", OWN, 100, 200), run_of("b", OWN, 200, 300)], ["a"]),
        ([run_of("a", OWN, 100, 149), run_of("b", OWN, 150, None)], ["b"]),
        ([run_of("a", OWN, 100, 200), run_of("b", OWN, 140, 300)], []),
        ([run_of("a", None, 100, None, "desk")], ["a"]),
        ([run_of("a", None, 100, None, "other")], []),
        ([run_of("a", f"ft:{BASE}:acme:other:x", 100, 200)], []),
        ([run_of("a", "ft:gpt-4o:acme:desk:x", 100, 200)], []),
    ],
)
def test_a_checkpoints_job_is_the_one_that_alone_can_have_made_it(
    jobs: list[Job], maker: list[str]
) -> None:
    leaving = models_that_leave(jobs, [made_at(CHECKPOINT, 150)], clock(), {"a"})
    (found,) = (one for one in leaving if one.model == CHECKPOINT)
    assert [one.id for one in found.jobs] == maker
    assert found.is_archived is ({"a": True, "b": False}[maker[0]] if maker else None)
    assert not found.is_base


@pytest.mark.parametrize(("archived", "told"), [({"a", "b"}, True), ({"a"}, None), (set(), False)])
def test_a_checkpoint_that_several_jobs_may_have_made_is_archived_where_they_all_are(
    archived: set[str], told: bool | None
) -> None:
    jobs = [run_of("a", OWN, 100, 200), run_of("b", OWN, 140, 300)]
    made = made_at(CHECKPOINT, 150)
    leaving = models_that_leave(jobs, [made], clock(), archived)
    assert [one.is_archived for one in leaving if one.model == CHECKPOINT] == [told]
    listed = tuned_models([made], jobs, clock(made), archived)
    assert [(one.job, one.archived) for one in listed if one.id == CHECKPOINT] == [(None, told)]


def test_a_base_is_told_from_what_was_made_of_it() -> None:
    found = models_that_leave([job("a")], [model(OWN)], clock(), ())
    assert {one.model: one.is_base for one in found} == {OWN: False, BASE: True}


@pytest.mark.parametrize(("left", "named"), [(60, ""), (61, BASE)])
def test_what_to_use_instead_stays_longer_than_sixty_days(left: int, named: str) -> None:
    made = RetirementClock(lambda: END - left * DAY)
    old = job("a", None, "gpt-3.5-turbo-0125")
    assert [one.replacement for one in models_that_leave([old], [], made, ())] == [named]


def test_a_base_that_goes_before_its_fine_tune_comes_first() -> None:
    served = [model(BASE, "2026-12-01"), model(OWN, "2026-12-02")]
    found = models_that_leave([job("a")], served, clock(*served), ())
    assert [one.model for one in found] == [BASE, OWN]


def test_within_leaves_out_what_goes_later() -> None:
    served = [model(OWN, "2026-12-01")]
    for within, count in ((4, 0), (5, 1), (48, 1), (49, 2), (None, 2)):
        assert len(models_that_leave([job("a")], served, clock(*served), (), within)) == count


def test_a_second_round_counts_for_the_base_and_not_as_a_maker_of_the_first() -> None:
    jobs = [job("a"), job("b", f"ft:{BASE}:acme:two:def", OWN)]
    found = {one.model: one for one in models_that_leave(jobs, [], clock(), ())}
    assert [one.id for one in found[OWN].jobs] == ["a"]
    assert [one.id for one in found[BASE].jobs] == ["a", "b"]


def test_an_endpoint_that_tells_openais_dates_speaks_for_openai() -> None:
    assert clock(model(BASE, "2027-01-14")).speaks_for_openai
    assert not clock(model(BASE, "2027-01-15"), model("llama-3", "2027-01-14")).speaks_for_openai
