"""What is told of a job beside its record: its cost, its moderation, its files by name."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fttui.services.endpoint.events import JobEvent
from fttui.services.endpoint.models import Job, Model
from fttui.services.endpoint.moderation import Moderation
from fttui.services.event_choice import EventChoice
from fttui.services.job_cost import actual_cost
from fttui.services.job_files import JobFiles, changed_text
from fttui.services.job_json import job_json
from fttui.services.job_moderation import moderation_of, verdict_of
from fttui.services.session import Session
from fttui.services.submission.state import FileState
from fttui.storage.file_records import FileRecord, keep_records, read_records
from fttui.storage.last_lists import ListOwner

KEY = "sk-" + hashlib.sha256(b"facts").hexdigest()[:24]
MINI = "gpt-4.1-mini-2025-04-14"


def job(**told: Any) -> Job:
    found = Job.read(
        {"id": "j", "status": "succeeded", "model": MINI, "trained_tokens": 2_000_000} | told
    )
    assert found is not None
    return found


@pytest.fixture
def open_at(tmp_path: Path) -> Iterator[Any]:
    opened: list[Session] = []

    def open_at(url: str, settings: str = "") -> Session:
        config = tmp_path / "config.toml"
        config.write_text(settings)
        environ = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url}
        opened.append(Session.open(config=config, environ=environ))
        return opened[-1]

    yield open_at
    for session in opened:
        session.close()


OPENAI, STRANGE, LOCAL = (
    "https://api.openai.com/v1",
    "https://gpu.example/v1",
    "http://127.0.0.1:8321/v1",
)
OWN = f'[prices]\n"{MINI}" = 2.5\nas_of = "2026-10-01"\n'


@pytest.mark.parametrize(
    ("url", "settings", "usd"),
    [
        (OPENAI, "", 10.0),
        (OPENAI, OWN, 5.0),
        (STRANGE, "", None),
        (STRANGE, OWN, 5.0),
        (LOCAL, "", 0.0),
        (LOCAL, OWN, 5.0),
    ],
)
def test_a_jobs_cost_is_its_tokens_by_ones_own_price_or_openais(
    open_at: Any, url: str, settings: str, usd: float | None
) -> None:
    session = open_at(url, settings)
    told = Model.read({"id": MINI, "owned_by": "org-local"})
    assert told is not None
    if url == LOCAL:
        session.retirement.learn([told])
    cost = actual_cost(job(), session)
    assert (cost and cost.usd) == usd
    document = job_json(job(), session)
    assert document["endpoint"] == session.endpoint.host and document["base_url"] == url
    if settings:
        assert document["actual_cost"] == {
            "usd": 5.0,
            "price_per_million": 2.5,
            "as_of": "2026-10-01",
        }
        assert cost is not None and cost.text == "$5.00 ($2.5 per million, as of 2026-10-01)"
    if usd == 0:
        assert cost is not None and cost.text == "nothing: this server bills nobody"


@pytest.mark.parametrize(
    "told",
    [
        {"trained_tokens": None},
        {"trained_tokens": -1},
        {"status": "running"},
        {"model": "strange", "fine_tuned_model": None},
        {"method": {"type": "reinforcement"}},
    ],
)
def test_where_tokens_or_price_are_not_known_no_cost_is_told(open_at: Any, told: Any) -> None:
    assert actual_cost(job(**told), open_at(OPENAI)) is None


SHAPES: list[tuple[object, list[tuple[str, bool | None, float | None, float | None]], bool | None]]
SHAPES = [
    (
        {"blocked": True, "results": [{"category": "hate", "flagged": True, "threshold": 0.5}]},
        [("hate", True, None, 0.5)],
        True,
    ),
    (
        {"categories": {"hate": True, "violence": False}, "category_scores": {"hate": 0.9}},
        [("hate", True, 0.9, None), ("violence", False, None, None)],
        None,
    ),
    ({"checks": [{"name": "illicit", "passed": False}]}, [("illicit", True, None, None)], None),
    (
        {"scores": {"sexual": 0.2}, "thresholds": {"sexual": 0.1}},
        [("sexual", True, 0.2, 0.1)],
        None,
    ),
    (
        {"results": {"hate": {"score": 0.0, "threshold": 0.3, "status": "Passed"}}},
        [("hate", False, 0.0, 0.3)],
        None,
    ),
]


@pytest.mark.parametrize(("data", "categories", "blocked"), SHAPES)
def test_moderation_is_read_in_any_shape(
    data: object, categories: list[Any], blocked: bool | None
) -> None:
    found = Moderation.read(data)
    assert found is not None
    told = [(one.name, one.is_flagged, one.score, one.threshold) for one in found.categories]
    assert (told, found.is_blocked) == (categories, blocked)


@pytest.mark.parametrize("data", [None, [], "x", {"results": [1, None, {}]}, {"categories": 3}])
def test_what_names_no_category_is_no_moderation(data: object) -> None:
    assert Moderation.read(data) is None


def test_the_last_moderation_counts_and_its_verdict_is_in_words() -> None:
    def event(flagged: bool, blocked: bool = False) -> JobEvent:
        results = [{"category": "a", "flagged": flagged}, {"category": "b", "flagged": False}]
        data = {"results": results, "blocked": blocked}
        found = JobEvent.read({"type": "moderation_checks", "data": data})
        assert found is not None
        return found

    def verdict(*events: JobEvent) -> str:
        found = moderation_of(events)
        assert found is not None
        return verdict_of(found)[0]

    assert verdict(event(flagged=False)) == "✓ 2 categories checked, all passed"
    assert verdict(event(flagged=True), event(flagged=False)).startswith("! 1 category of 2")
    assert verdict(event(flagged=True, blocked=True)).startswith("✗ blocked")
    assert JobEvent.read({"message": "x", "data": {"categories": {"a": True}}}).moderation is None  # type: ignore[union-attr]


def test_events_are_chosen_by_level_and_without_steps() -> None:
    def event(level: str, step: int | None = None) -> JobEvent:
        found = JobEvent.read({"level": level, "message": "m", "data": {"step": step}})
        assert found is not None
        return found

    events = [event("info"), event("info", 3), event("WARN"), event("error"), event("strange")]
    assert EventChoice().of(events) is events
    assert EventChoice("warn").of(events) == events[2:]
    assert EventChoice("error").of(events) == [events[3]]
    assert EventChoice(with_steps=False).of(events) == [events[0], *events[2:]]


OWNER = ListOwner("https://a.example/v1", "a.example", "fp")


def test_files_are_remembered_for_their_account_alone_and_beside_each_other() -> None:
    keep_records(OWNER, {"file-1": FileRecord("one.jsonl", 12)})
    keep_records(OWNER, {"file-2": FileRecord("two", None, is_deleted=True)})
    assert read_records(OWNER) == {
        "file-1": FileRecord("one.jsonl", 12),
        "file-2": FileRecord("two", None, is_deleted=True),
    }
    assert read_records(ListOwner("https://a.example/v1", "a.example", "other")) == {}
    shown = JobFiles(read_records(OWNER))
    assert shown.text("file-1") == "file-1 · one.jsonl · 12 B"
    assert shown.text("file-2") == "file-2 · two · deleted"
    assert shown.text("file-3") == "file-3"


def test_a_file_here_is_known_to_be_another_than_was_uploaded(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_bytes(b"one\n")
    sha256 = hashlib.sha256(b"one\n").hexdigest()
    now = path.stat()
    state = FileState(
        "training", path=str(path), size=4, mtime_ns=now.st_mtime_ns, sha256=sha256, file_id="f"
    )
    assert changed_text(state) == ""
    os.utime(path, ns=(1, 1))  # touched, and the same
    assert changed_text(state) == ""
    path.write_bytes(b"two\n")
    assert "train.jsonl was changed after it was uploaded." in changed_text(state)
    path.unlink()
    with pytest.raises(FileNotFoundError, match="cannot be read: "):
        changed_text(state)
    path.mkdir()
    with pytest.raises(FileNotFoundError, match="no file any more"):
        changed_text(state)
