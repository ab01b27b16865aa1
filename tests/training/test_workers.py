"""One training by several workers, on this machine and without Ray, seen from its run folder."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from fttui.trainer.demo_questions import conversations
from training.runs import change_spec, environment, facts, last, make_run, train_python
from waiting import PATIENCE, wait_until

from .conftest import HELD_OUT
from .runs import Driver

ROWS = conversations(1)[:23]
"""Not a multiple of the batch: of the last one, each worker has less, and not the same."""
HYPERPARAMETERS = {"n_epochs": 2, "batch_size": 4, "learning_rate_multiplier": 30.0}


def workers(folder: Path, count: int, asked: int = 0, disturbed: str = "") -> list[str]:
    """The command line of so many workers."""
    return [
        str(train_python()), str(Path(__file__).with_name("workers.py")), str(folder), str(count),
        str(asked or count), disturbed,
    ]  # fmt: skip


def train(*asked: Any, **named: Any) -> subprocess.CompletedProcess[str]:
    """Trains with several workers to the end."""
    return subprocess.run(
        workers(*asked, **named), env=environment(), capture_output=True, text=True, check=False,
        timeout=4 * PATIENCE,
    )  # fmt: skip


def pairs(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each row's answer, and that of the next one, which is worse."""
    return [
        {
            "input": {"messages": row["messages"][:-1]},
            "preferred_output": row["messages"][-1:],
            "non_preferred_output": other["messages"][-1:],
        }
        for row, other in zip(rows, [*rows[1:], rows[0]], strict=True)
    ]


def numbers(folder: Path) -> list[dict[str, float]]:
    """What is told of each step, without the time."""
    steps = facts(folder, "step")
    return [{key: fact[key] for key in fact if key not in ("fact", "at")} for fact in steps]


@pytest.mark.parametrize("method", ["supervised", "dpo"])
def test_two_workers_pause_go_on_and_come_to_the_numbers_of_one(
    model: Path, tmp_path: Path, driver: Driver, method: str
) -> None:
    shape = pairs if method == "dpo" else list
    alone, together = (
        make_run(
            tmp_path / name, model, shape(ROWS), shape(HELD_OUT[:5]),
            hyperparameters=HYPERPARAMETERS, method=method,
        )
        for name in ("alone", "together")
    )  # fmt: skip
    driver.train(alone)
    child = subprocess.Popen(
        workers(together, 2), env=environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_until(lambda: len(facts(together, "step")) >= 2, "no steps were made")
    (together / "stop").touch()
    assert child.wait(PATIENCE) == 0
    paused = last(together)
    assert paused["fact"] == "paused"
    assert (together / paused["folder"] / "adapter_model.safetensors").is_file()
    (together / "stop").unlink()
    change_spec(together, resume=paused["folder"])
    assert train(together, 2).returncode == 0
    assert last(together)["fact"] == "succeeded"
    assert (together / "final" / "adapter_model.safetensors").is_file()
    assert [fact["step"] for fact in facts(together, "step")] == list(range(1, 13))
    for mine, whole in zip(numbers(together), numbers(alone), strict=True):
        assert mine == pytest.approx(whole, abs=1e-3)
    assert [fact["folder"] for fact in facts(together, "checkpoint")][-1] == "checkpoint-12"
    assert "2 workers share each batch." in [
        fact["message"] for fact in facts(together, "notice")
    ]  # fmt: skip


def test_a_worker_that_runs_out_of_memory_ends_all_with_one_word(
    model: Path, tmp_path: Path
) -> None:
    folder = make_run(tmp_path / "run", model, ROWS, hyperparameters=HYPERPARAMETERS)
    done = train(folder, 2, asked=3, disturbed="memory")
    assert done.returncode == 0, done.stderr
    assert [fact["code"] for fact in facts(folder, "failed")] == ["out_of_memory"]
    assert last(folder)["fact"] == "failed"
    assert len(facts(folder, "started")) == 1
    assert [fact["step"] for fact in facts(folder, "step")] == [1, 2]
    assert facts(folder, "notice")[0]["message"].startswith("2 of 3 workers train this job")


def test_a_worker_that_is_killed_leaves_a_run_that_was_lost(model: Path, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", model, ROWS, hyperparameters=HYPERPARAMETERS)
    done = train(folder, 2, disturbed="killed")
    assert done.returncode == 1
    assert "A worker of the training was lost" in done.stderr
    assert not facts(folder, "failed")


def test_what_is_wrong_with_a_file_is_told_once(model: Path, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", model, [{"messages": 3}], hyperparameters=HYPERPARAMETERS)
    assert train(folder, 2).returncode == 0
    assert [fact["code"] for fact in facts(folder)] == ["invalid_training_file"]
