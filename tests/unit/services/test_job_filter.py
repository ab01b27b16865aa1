"""Filters as typed: what each word lets through, what is told of one, and how it is completed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fttui.services.endpoint.models import Job
from fttui.services.job_filter import METADATA, WORDS, JobFilter
from fttui.storage.annotations import Annotation

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def job(number: int, **more: Any) -> Job:
    value = {
        "id": f"ftjob-{number}",
        "status": "succeeded",
        "model": "gpt-4o-mini-2024-07-18",
        "user_provided_suffix": f"run-{number}",
        "created_at": (NOW - timedelta(days=number)).timestamp(),
        "training_file": "file-training",
        "method": {"type": "supervised"},
    }
    made = Job.read(value | more)
    assert made is not None
    return made


JOBS = [
    job(1, status="running", metadata={"team": "My Desk"}),
    job(2, status="failed", model="gpt-4.1", method={"type": "dpo"}),
    job(3, training_file="file-x", validation_file="file-y"),
    job(40, status="cancelled", user_provided_suffix="Grüße aus Ulm"),
    job(5, created_at=None, user_provided_suffix="undated", metadata={"team": "b:c"}),
]
KEPT = {
    "ftjob-1": Annotation("look at B", ("sweep-ab",)),
    "ftjob-2": Annotation(hidden=True),
    "ftjob-3": Annotation(labels=("desk", "v5")),
}


def found(text: str) -> list[int]:
    wanted = JobFilter.parse(text, NOW)
    assert wanted.problems == ()
    fitting = (one for one in JOBS if wanted.matches(one, KEPT.get(one.raw_id, Annotation())))
    return [int(one.id.removeprefix("ftjob-")) for one in fitting]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", [1, 2, 3, 40, 5]),
        ("RUN", [1, 2, 3]),
        ("status:run", [1]),
        ("STATUS:Failed", [2]),
        ("model:4.1", [2]),
        ("suffix:run-3", [3]),
        ("name:run-3", [3]),
        ("id:ftjob-2", [2]),
        ("method:dpo", [2]),
        ("file:file-y", [3]),
        ("run -failed", [1, 3]),
        ("run !failed", [1, 3]),
        ("-status:cancelled !status:failed", [1, 3, 5]),
        ("grüße", [40]),
        ('"aus ulm"', [40]),
        ('name:"grüße aus"', [40]),
        ('name:"grüße aus', [40]),
        ('!suffix:"grüße aus ulm"', [1, 2, 3, 5]),
        ("aus grüße", [40]),
        ("status:", [1, 2, 3, 40, 5]),
        ("ft:gpt-4o-mini", []),
        ('"status:run"', []),
        ("label:desk", [3]),
        ("label:sweep-", [1]),
        ("!label:desk run", [1, 2]),
        ("sweep-ab", [1]),
        ("note:look", [1]),
        ('note:"look at b"', [1]),
        ("look", [1]),
        ("is:hidden", [2]),
        ("!is:hidden run", [1, 3]),
        ("is:active", [1]),
        ("is:ended", [2, 3, 40, 5]),
        ("metadata.team:desk", [1]),
        ("metadata.TEAM:b:c", [5]),
        ("metadata.other:desk", []),
        ("since:7d", [1, 2, 3]),
        ("since:24h", [1]),
        ("since:6w", [1, 2, 3, 40]),
        ("-since:7d", [40, 5]),
        ("since:2026-11-20", [1, 2]),
        ("since:999999w", [1, 2, 3, 40]),
    ],
)
def test_every_word_of_a_filter_must_hold(text: str, numbers: list[int]) -> None:
    assert found(text) == numbers


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stauts:running", "“stauts:” is no word of a filter. There are status: name: model: "),
        ("metadata.:x", "“metadata.:” is no word of a filter"),
        ("since:yesterday", "since: takes 7d, 12h, 2w or a date such as 2026-11-01, not “yest"),
        ("since:2026-13-01", "since: takes 7d"),
        ("is:hiden", "is: takes hidden, active, ended, not “hiden”."),
        ("x\x1b:y since:\x1b", "since: takes"),
    ],
)
def test_a_word_that_says_nothing_is_told(text: str, told: str) -> None:
    problems = JobFilter.parse(text, NOW).problems
    assert problems and told in problems[0]
    assert all(each.isprintable() for each in problems)


def test_a_word_that_is_no_field_is_looked_for_as_text_too() -> None:
    wanted = JobFilter.parse("acme:run-7")
    assert wanted.problems
    assert wanted.matches(job(7, fine_tuned_model="ft:gpt-4o:acme:run-7:abc"))
    assert not wanted.matches(job(8))


def test_only_a_filter_that_asks_for_hidden_jobs_shows_them() -> None:
    assert JobFilter.parse("run is:hidden").asks_for_hidden
    assert not JobFilter.parse("hidden !is:hidden").asks_for_hidden


VALUES = {
    "status": ["running", "running late", "failed"],
    "label": ["desk", "Desk-2"],
    METADATA: ["team", "my team"],
}


def offered(text: str) -> list[str]:
    return WORDS.completions(text, lambda field: VALUES.get(field, []))


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("", []),
        ("run ", []),
        ("st", ["status:"]),
        ("s", ["status:", "suffix:", "since:"]),
        ("run !ST", ["run !status:"]),
        ("status:run", ["status:running", 'status:"running late"']),
        ("-status:f", ["-status:failed"]),
        ('x status:"running l', ['x status:"running late"']),
        ("label:d", ["label:desk", "label:Desk-2"]),
        ("label:desk", ["label:Desk-2"]),
        ("meta", ["metadata."]),
        ("metadata.", ["metadata.team:", 'metadata."my team":']),
        ("metadata.te", ["metadata.team:"]),
        ("is:", ["is:hidden", "is:active", "is:ended"]),
        ("since:", ["since:1d", "since:7d", "since:4w"]),
        ('"st', []),
        ("nothing:x", []),
    ],
)
def test_the_last_word_is_completed_by_what_there_is(text: str, completed: list[str]) -> None:
    assert offered(text) == completed


def test_what_is_completed_is_a_word_of_a_filter() -> None:
    for name in (*WORDS.fields, METADATA):
        word = f"{name}team:x" if name == METADATA else f"{name}:"
        assert JobFilter.parse(word).problems == ()
    assert found('metadata."team":desk') == [1]
