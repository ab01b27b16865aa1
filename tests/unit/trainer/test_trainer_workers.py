"""Several workers for one training: what is decided where there is neither torch nor Ray."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.trainer.test_trainer_command import call

from fttui.trainer import ranks
from fttui.trainer.command import workers_asked
from fttui.trainer.distributed import ended, workers_for
from fttui.trainer.sharing import Share
from training.runs import facts, make_run

RAY = importlib.util.find_spec("ray") is not None


@pytest.mark.parametrize(
    ("batch", "most", "count"),
    [(8, 2, 2), (8, 3, 2), (9, 3, 3), (9, 2, 1), (1, 4, 1), (2, 4, 2), (12, 8, 6), (7, 8, 7)],
)
def test_as_many_workers_train_as_can_share_a_batch_equally(
    batch: int, most: int, count: int
) -> None:
    assert workers_for(batch, most) == count


def test_how_many_workers_and_what_each_has_is_read_from_the_arguments() -> None:
    assert workers_asked([]) == (1, 1.0, 0.0)
    assert workers_asked(["--workers", "3"]) == (3, 1.0, 0.0)
    assert workers_asked(["--workers", "2", "--cpus", "0.5", "--gpus", "1"]) == (2, 0.5, 1.0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--workers"], ["--workers", "0"], ["--workers", "two"], ["--workers", "2", "--cpus", "-1"],
        ["--workers", "2", "--gpus", "nan"], ["--workers", "2", "--other", "1"], ["2"],
        ["--workers", "2", "--workers", "3"],
    ],
)  # fmt: skip
def test_other_arguments_are_not_understood(arguments: list[str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"."):
        workers_asked(arguments)


def test_the_command_says_how_it_is_used(tmp_path: Path) -> None:
    done = call(str(tmp_path), "--workers", "none", folder=tmp_path)
    assert done.returncode == 2
    assert "RUN_FOLDER [--workers N [--cpus C] [--gpus G]]" in done.stderr


@pytest.mark.skipif(RAY, reason="ray is here")
def test_an_interpreter_without_ray_is_told_what_it_needs(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", tmp_path, [], hyperparameters={"batch_size": 4})
    done = call(str(folder), "--workers", "2", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    [failed] = facts(folder)
    assert failed["code"] == "server_error"
    assert "need Ray Train, and this Python has no ray. Install 'ray[train]'" in failed["message"]


def test_one_process_is_the_first_of_one() -> None:
    assert (ranks.count(), ranks.number(), ranks.first(), ranks.beside()) == (1, 0, True, 1)
    assert (ranks.agreed(True), ranks.agreed(False), ranks.least(7)) == (True, False, 7)
    ranks.wait()


@pytest.mark.parametrize("rows", [8, 7, 5, 4, 3, 1])
def test_every_row_of_a_batch_is_learnt_by_one_worker(rows: int) -> None:
    batch = [{"input_ids": [row], "labels": [row]} for row in range(rows)]
    learnt = []
    for number in range(4):
        share = Share(list, number, 4)(batch)
        assert share  # a worker with nothing to do would leave the others waiting
        learnt += [label for row in share for label in row["labels"] if label != -100]
    assert sorted(learnt) == list(range(rows))


def _fail(folder: Path, rank: int, at: float, code: str, **more: Any) -> None:
    said = {"code": code, "message": f"rank {rank}", "param": None, "at": at, **more}
    (folder / f".failure-{rank}").write_text(json.dumps(said))


def test_of_several_failures_the_first_that_is_no_consequence_is_told(tmp_path: Path) -> None:
    _fail(tmp_path, 0, 1.0, "lost")
    _fail(tmp_path, 1, 3.0, "server_error")
    _fail(tmp_path, 2, 2.0, "out_of_memory", param="x")
    assert ended(tmp_path, "Ray says so") == 0
    [failed] = facts(tmp_path)
    assert (failed["code"], failed["message"], failed["param"]) == ("out_of_memory", "rank 2", "x")


def test_a_failure_that_nobody_can_name_is_a_trainer_that_was_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _fail(tmp_path, 0, 1.0, "lost")
    (tmp_path / ".failure-1").write_text("{")
    assert ended(tmp_path, "the node died") == 1
    assert facts(tmp_path) == []
    assert capsys.readouterr().err == "A worker of the training was lost: the node died\n"


def test_an_end_that_was_good_is_left_alone(tmp_path: Path) -> None:
    assert ended(tmp_path, "") == 0
    assert facts(tmp_path) == []
