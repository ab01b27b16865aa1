"""Reinforcement from the command line: the grader is checked, told, and sent as it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Result, Run

from fttui.server import SandboxServer
from recording_endpoint import Recording, recording_endpoint

MODEL = "o4-mini-2025-04-16"
EXACT = {
    "type": "string_check",
    "name": "exact",
    "operation": "eq",
    "input": "{{sample.output_text}}",
    "reference": "{{item.answer}}",
}
VALIDATE = "POST fine_tuning/alpha/graders/validate"
CREATE = "POST fine_tuning/jobs"
Create = Callable[..., Result]


def write(path: Path, lines: list[object]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def prompt(number: int) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": f"{number} + 1?"}], "answer": f"{number + 1}"}


@pytest.fixture
def create(run: Run, tmp_path: Path, sandbox: SandboxServer, environment, monkeypatch) -> Create:
    monkeypatch.setenv("OPENAI_BASE_URL", sandbox.base_url)
    training = write(tmp_path / "train.jsonl", [prompt(n) for n in range(12)])
    validation = write(tmp_path / "valid.jsonl", [prompt(n) for n in range(50, 62)])

    def command(
        *more: object, grader: object = EXACT, base: str = "", validated: bool = True
    ) -> Result:
        if base:
            monkeypatch.setenv("OPENAI_BASE_URL", base)
        path = write(tmp_path / "grader.json", [grader])
        files = ("--training-file", training, *(("--validation-file", validation) * validated))
        asked = ("--model", MODEL, "--method", "reinforcement", "--grader", path)
        return run("create", *files, *asked, "--yes", "--detach", *more)

    return command


@pytest.fixture
def place(environment) -> Iterator[Recording]:
    with recording_endpoint() as place:
        yield place


def test_a_job_is_made_as_asked_and_told_with_its_grader(run: Run, create: Create) -> None:
    judge = {
        "type": "score_model",
        "name": "judge",
        "model": "gpt-4.1",
        "input": [{"role": "user", "content": "Is {{sample.output_text}} {{item.answer}}?"}],
    }
    both = {
        "type": "multi",
        "name": "both",
        "graders": {"exact": EXACT, "judge": judge},
        "calculate_output": "0.5 * exact + 0.5 * judge",
    }
    options = ("--reasoning-effort", "low", "--compute-multiplier", "1.5")
    result = create(*options, "--eval-interval", "4", "--eval-samples", "2", grader=both)
    assert result.status == 0, result.err
    assert 'multi "both": string_check "exact", score_model "judge" by gpt-4.1' in result.err
    assert "what the model of the grader reads and writes" in result.err
    assert "Cost" in result.err and "billed by the time that it takes" in result.err
    assert "$" not in result.err
    assert "The endpoint takes the grader." in result.err
    assert [line for line in result.err.splitlines() if line.startswith("Warning")] == [
        "Warning: o4-mini-2025-04-16 was shut down by OpenAI on 2026-10-23."
    ]
    job = result.out.split()[0]
    assert 'multi "both": string_check "exact"' in run("show", job).out
    shown = run("show", job, "--json").document
    assert shown["method"] == "reinforcement" and shown["asked"] is None
    asked = {"reasoning_effort": "low", "compute_multiplier": 1.5}
    asked |= {"eval_interval": 4, "eval_samples": 2}
    assert asked.items() <= shown["hyperparameters"].items()
    again = run("create", "--from", job, "--yes")
    assert again.status == 0, again.err
    costs = [line for line in again.err.splitlines() if line.split()[:1] == ["Cost"]]
    assert [" ".join(line.split()) for line in costs] == [
        "Cost not known: reinforcement is billed by the time that it takes"
    ]


def test_the_grader_goes_out_as_it_was_written(create: Create, place: Recording) -> None:
    assert create(base=place.base_url).status == 0
    (created,) = place.of(CREATE)
    assert created.json["method"] == {"type": "reinforcement", "reinforcement": {"grader": EXACT}}
    assert len(place.of(VALIDATE)) == 1
    assert place.calls().index(VALIDATE) < place.calls().index(CREATE)


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        ((404, {"detail": "Not Found"}), 0, ""),
        ((500, {"error": {"message": "Oh."}}), 0, ""),
        ((403, {"error": {"message": "Not for you."}}), 0, ""),
        ((400, {"error": {"message": "No such metric.", "param": "grader"}}), 1, "No such metric."),
    ],
)
def test_only_a_fault_that_the_endpoint_finds_keeps_a_grader_back(
    create: Create, place: Recording, monkeypatch, answer, status: int, said: str
) -> None:
    plain = place.answer
    monkeypatch.setattr(
        place, "answer", lambda asked: answer if asked.call == VALIDATE else plain(asked)
    )
    result = create(base=place.base_url)
    assert result.status == status, result.err
    assert said in result.err and "takes the grader" not in result.err
    assert len(place.of(CREATE)) == int(status == 0)


def test_what_is_wrong_is_told_by_its_place_before_anything_is_sent(
    create: Create, place: Recording
) -> None:
    result = create(grader={**EXACT, "operation": "is"}, base=place.base_url)
    assert result.status == 2
    assert "--grader: grader.operation: " in result.err and "eq, ne, like, ilike" in result.err
    assert create(validated=False).status == 2
    assert "--validation-file: Reinforcement needs" in create(validated=False).err
    assert place.calls() == []


def test_a_field_that_no_example_has_is_told_for_every_row(create: Create) -> None:
    result = create(grader={**EXACT, "reference": "{{item.reply}}"})
    assert result.status == 1
    assert "item.reply" in result.err and "line 1" in result.err


def test_a_grader_is_for_reinforcement_alone(run: Run, create: Create, tmp_path: Path) -> None:
    create()
    asked = ("--training-file", tmp_path / "train.jsonl", "--model", "gpt-4o-mini", "--yes")
    result = run("create", *asked, "--grader", tmp_path / "grader.json", "--eval-samples", "2")
    assert result.status == 2
    for option in ("--grader", "--eval-samples"):
        assert f"{option}: Only the method reinforcement has it." in result.err


def test_openai_has_no_model_left_for_it(create: Create) -> None:
    result = create(base="https://api.openai.com/v1")
    assert result.status == 2
    assert "--method: OpenAI has no model left for reinforcement since 2026-10-23" in result.err
