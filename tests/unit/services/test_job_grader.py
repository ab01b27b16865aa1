"""The grader of a request: kept, compared, told, and never shown raw."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fttui.services.endpoint.asked import differences
from fttui.services.endpoint.models import Job
from fttui.services.job_form import FieldError, JobForm, JobRequest
from fttui.services.job_grader import (
    GraderNotReadable,
    grader_problems,
    grader_words,
    read_grader_file,
)
from fttui.services.submission.paying import Wanted
from fttui.services.submission.state import Stage, read_submission, request_data
from fttui.storage.journal import Entry
from fttui.storage.secrets import Secret, register
from fttui.storage.settings import Profile

EXACT: dict[str, Any] = {
    "type": "string_check",
    "name": "exact",
    "operation": "eq",
    "input": "{{sample.output_text}}",
    "reference": "{{item.answer}}",
}
FORM = JobForm(model="o4-mini", method="reinforcement", grader=json.dumps(EXACT))


def made(grader: object) -> Job:
    method = {"type": "reinforcement", "reinforcement": {"grader": grader}}
    job = Job.read({"id": "ftjob-1", "model": "o4-mini", "method": method})
    assert job is not None
    return job


def test_only_what_was_chosen_goes_out_beside_the_grader() -> None:
    form = dataclasses.replace(
        FORM, n_epochs="auto", reasoning_effort="default", compute_multiplier="2", eval_samples="3"
    )
    assert form.to_request(Profile()).to_body()["method"] == {
        "type": "reinforcement",
        "reinforcement": {
            "grader": EXACT,
            "hyperparameters": {"compute_multiplier": 2, "eval_samples": 3},
        },
    }


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("reasoning_effort", "most", "default, low, medium, high"),
        ("compute_multiplier", "0.00001", "above 0.00001 and at most 10"),
        ("compute_multiplier", "10.1", "above 0.00001 and at most 10"),
        ("eval_interval", "0", "whole number of 1 or more"),
        ("eval_samples", "1.5", "whole number of 1 or more"),
        ("grader", "", "Reinforcement needs a grader"),
        ("grader", "{", "Line 1, column 2 is not JSON"),
        ("grader", '{"type": NaN}', "NaN is not JSON"),
        ("grader", "[" * 100_000, "nested too deeply"),
        ("grader", "x" * 1_000_001, "at most 1,000,000 characters"),
    ],
)
def test_a_field_that_is_wrong_says_so_for_reinforcement_alone(
    field: str, text: str, words: str
) -> None:
    form = dataclasses.replace(FORM, **{field: text})
    assert words in form.problems(Profile())[field]
    assert dataclasses.replace(form, method="supervised").problems(Profile()) == {}
    with pytest.raises(FieldError, match=field):
        form.to_request(Profile())


def test_a_profile_says_which_methods_and_graders_its_endpoint_takes() -> None:
    profile = Profile(name="lab", methods=["reinforcement"], graders=["python"])
    problems = JobForm(model="m").problems(profile)
    assert problems == {"method": "Profile lab takes only: reinforcement."}
    assert "Write one of: python" in FORM.problems(profile)["grader"]


def test_the_journal_keeps_the_grader_and_a_request_without_one_is_as_before() -> None:
    request = FORM.to_request(Profile())
    data = json.loads(json.dumps({"request": request_data(request), "files": []}))
    kept = read_submission("s", [Entry(Stage.DRAFTED, datetime.now(UTC), data)])
    assert kept is not None and kept.request == request
    assert "grader" not in request_data(JobRequest("m"))


def test_two_requests_with_other_graders_are_two_requests() -> None:
    request = FORM.to_request(Profile())
    other = dataclasses.replace(request, grader={**EXACT, "operation": "ne"})
    first, second = (Wanted("1", one, "", "file-1") for one in (request, other))
    assert first.differences(second) == "grader"
    assert first.differs_from(second)


def test_a_grader_that_was_made_otherwise_is_told_by_its_place() -> None:
    asked = FORM.to_request(Profile()).asked()

    def told(grader: object) -> list[tuple[str, object, object]]:
        job = dataclasses.replace(made(grader), asked=asked)
        return [(one.name, one.asked, one.made) for one in differences(job)]

    assert told({**EXACT, "operation": "like"}) == [("grader.operation", "eq", "like")]
    assert told({**EXACT, "pass_threshold": None, "added": 1}) == []
    assert told({}) == told(None) == []  # not every endpoint repeats it
    both = {"type": "multi", "graders": [EXACT], "calculate_output": "exact"}
    asked["grader"] = {**both, "calculate_output": "1 * exact"}
    assert [name for name, *_rest in told(both)] == ["grader.calculate_output"]
    asked["grader"] = {**both, "graders": [{**EXACT, "name": "other"}]}
    assert [name for name, *_rest in told(both)] == ["grader.graders[0].name"]
    asked["grader"] = {**both, "graders": []}
    assert told(both) == []


def test_a_job_tells_its_grader_in_words_whatever_it_holds() -> None:
    key = "sk-" + "abcdefgh12345678" * 2
    register(Secret(key))
    judge = {"type": "score_model", "name": f"j\x1b[2J{key}", "model": "gpt-4.1"}
    words = grader_words(made(judge).grader)
    assert words.startswith('score_model "j') and words.endswith("by gpt-4.1")
    assert key not in words and "\x1b" not in words
    many = {"type": "multi", "name": "m", "graders": {f"g{n}": EXACT for n in range(9)}}
    assert grader_words(many).count('string_check "exact"') == 6 and grader_words(many)[-1] == "…"
    assert grader_words({"type": ["x"], "name": 3}) == "of no known type"
    for nothing in ("x", [], None, 3):
        assert grader_words(made(nothing).grader) == ""


def test_a_file_that_holds_no_text_says_why(tmp_path: Path) -> None:
    (tmp_path / "g.json").write_bytes(b"\xff\xfe{}")
    long = tmp_path / "long.json"
    long.write_text(" " * 1_000_001)
    for path, why in (
        (tmp_path, "folder"),
        (tmp_path / "g.json", "no text in UTF-8"),
        (long, "longer than 1,000,000"),
        (tmp_path / "none.json", "no such file"),
        (Path("a\0b"), "no path"),
    ):
        with pytest.raises(GraderNotReadable, match=why):
            read_grader_file(path)
    (tmp_path / "g.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(EXACT).encode())
    assert grader_problems(read_grader_file(tmp_path / "g.json")) == ()
