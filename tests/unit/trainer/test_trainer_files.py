"""The run folder's two files: the spec that is read and the facts that are written."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from fttui.trainer.facts import Facts
from fttui.trainer.failure import FailureError
from fttui.trainer.spec import read_spec, step_of

SPEC: dict[str, Any] = {
    "job": "ftjob-1",
    "model": "/models/tiny",
    "adapter": None,
    "method": "supervised",
    "hyperparameters": {"n_epochs": 3, "batch_size": "auto", "learning_rate_multiplier": 1.5},
    "seed": 42,
    "train": "train.jsonl",
    "valid": None,
    "resume": None,
    "recipe": None,
    "kept_checkpoints": 3,
    "device": "auto",
}


def write(folder: Path, **changes: Any) -> Path:
    """A run folder with this spec."""
    (folder / "spec.json").write_text(json.dumps({**SPEC, **changes}))
    return folder


def test_a_spec_is_read_as_it_was_written(tmp_path: Path) -> None:
    spec = read_spec(write(tmp_path, resume="checkpoint-40", recipe={"lora_r": 8}))
    assert spec.model == Path("/models/tiny")
    assert spec.train == tmp_path / "train.jsonl"
    assert spec.hyperparameters == {
        "n_epochs": 3,
        "batch_size": "auto",
        "learning_rate_multiplier": 1.5,
    }
    assert spec.resume == tmp_path / "checkpoint-40"
    assert (spec.recipe.lora_r, spec.recipe.lora_alpha) == (8, 32)


def test_what_a_spec_does_not_name_is_as_usual(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(
        json.dumps({"job": "j", "model": "/m", "train": "t.jsonl", "method": "dpo"})
    )
    spec = read_spec(tmp_path)
    assert (spec.seed, spec.kept_checkpoints, spec.device, spec.valid) == (42, 3, "auto", None)
    assert spec.hyperparameters["beta"] == "auto"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"job": None}, "job"),
        ({"job": ""}, "job"),
        ({"model": 7}, "model"),
        ({"model": "a\0b"}, "model"),
        ({"adapter": 3}, "adapter"),
        ({"method": "reinforcement"}, "method"),
        ({"method": ["dpo"]}, "method"),
        ({"device": "tpu"}, "device"),
        ({"hyperparameters": []}, "hyperparameters"),
        ({"hyperparameters": {"n_epochs": 0}}, "n_epochs"),
        ({"hyperparameters": {"n_epochs": 10**9}}, "n_epochs"),
        ({"hyperparameters": {"n_epochs": True}}, "n_epochs"),
        ({"hyperparameters": {"batch_size": 2.5}}, "batch_size"),
        ({"hyperparameters": {"learning_rate_multiplier": 0}}, "learning_rate_multiplier"),
        ({"hyperparameters": {"learning_rate_multiplier": float("nan")}}, "multiplier"),
        ({"hyperparameters": {"learning_rate_multiplier": float("inf")}}, "multiplier"),
        ({"hyperparameters": {"learning_rate_multiplier": "3"}}, "multiplier"),
        ({"method": "dpo", "hyperparameters": {"beta": -1}}, "beta"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**32}, "seed"),
        ({"seed": "x"}, "seed"),
        ({"train": "/etc/passwd"}, "train"),
        ({"train": "../other/train.jsonl"}, "train"),
        ({"valid": "../valid.jsonl"}, "valid"),
        ({"resume": "checkpoint-x"}, "resume"),
        ({"resume": "../checkpoint-1"}, "resume"),
        ({"recipe": {"lora_q": 1}}, "lora_q"),
        ({"recipe": {"lora_r": 0}}, "lora_r"),
        ({"recipe": {"base_rate": 3}}, "base_rate"),
        ({"recipe": "fast"}, "recipe"),
        ({"kept_checkpoints": 0}, "kept_checkpoints"),
    ],
)
def test_an_absurd_spec_is_a_failure_that_names_what_is_absurd(
    changes: dict[str, Any], named: str, tmp_path: Path
) -> None:
    with pytest.raises(FailureError) as caught:
        read_spec(write(tmp_path, **changes))
    assert caught.value.code == "server_error"
    assert named in caught.value.message
    assert caught.value.message.endswith("Start the job again.")


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "[" * 100_000, " " * 1_000_001])
def test_a_spec_that_is_no_json_object_is_a_failure(text: str, tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(text)
    with pytest.raises(FailureError, match=r"spec\.json cannot be used"):
        read_spec(tmp_path)


def test_a_spec_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(FailureError, match="cannot be read"):
        read_spec(tmp_path)


def test_only_names_of_checkpoints_have_a_step() -> None:
    assert step_of(Path("/x/checkpoint-40")) == 40
    for name in ("checkpoint-", "checkpoint-4a", "checkpoint-٣", "final", "checkpoint", "x-4"):
        assert step_of(Path(name)) is None


def test_facts_are_lines_that_others_can_read(tmp_path: Path) -> None:
    facts = Facts(tmp_path)
    facts.write("step", step=1, train_loss=0.5)
    facts.notice("Grüße\nzwei", "warn")
    facts.failed("server_error", "It broke.")
    lines = (tmp_path / "facts.jsonl").read_text(encoding="utf-8").splitlines()
    said = [json.loads(line) for line in lines]
    assert [fact["fact"] for fact in said] == ["step", "notice", "failed"]
    assert said[1]["message"] == "Grüße\nzwei"
    assert said[2]["param"] is None
    assert all(isinstance(fact["at"], float) for fact in said)
    assert (tmp_path / "facts.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_number_that_json_does_not_know_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        Facts(tmp_path).write("step", step=1, train_loss=float("nan"))
    assert not (tmp_path / "facts.jsonl").exists()


def test_a_line_torn_by_a_kill_takes_no_later_fact_with_it(tmp_path: Path) -> None:
    facts = Facts(tmp_path)
    facts.write("step", step=1)
    with (tmp_path / "facts.jsonl").open("ab") as file:
        file.write(b'{"fact": "step", "st')
    assert [fact["step"] for fact in facts.read()] == [1]
    facts.write("step", step=2)
    with (tmp_path / "facts.jsonl").open("ab") as file:
        # All but its end: it may go on.
        file.write(b'{"fact": "step", "step": 3}')
    assert [fact["step"] for fact in facts.read()] == [1, 2]


def test_starting_again_makes_what_was_said_of_later_steps_void(tmp_path: Path) -> None:
    facts = Facts(tmp_path)
    facts.write("started", step=0)
    for step in (1, 2, 3):
        facts.write("step", step=step)
    facts.write("checkpoint", step=2, folder="checkpoint-2")
    facts.write("started", step=2)
    facts.write("step", step=3)
    said = [(fact["fact"], fact["step"]) for fact in facts.read()]
    assert said == [
        ("started", 0),
        ("step", 1),
        ("step", 2),
        ("checkpoint", 2),
        ("started", 2),
        ("step", 3),
    ]


def test_each_fact_is_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[bytes] = []
    real = os.write

    def spy(file: int, data: bytes) -> int:
        writes.append(data)
        return real(file, data)

    monkeypatch.setattr(os, "write", spy)
    Facts(tmp_path).write("notice", message="x" * 10_000)
    assert len(writes) == 1
    assert writes[0].endswith(b"\n")


def test_a_write_that_the_disk_cuts_short_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "write", lambda file, data: len(data) - 1)
    with pytest.raises(OSError, match="could not be written whole"):
        Facts(tmp_path).write("step", step=1)


def test_many_writers_leave_whole_lines(tmp_path: Path) -> None:
    def write_many(number: int) -> None:
        for step in range(50):
            Facts(tmp_path).write("step", step=step, by=number)

    threads = [threading.Thread(target=write_many, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Facts(tmp_path).read()) == 200
