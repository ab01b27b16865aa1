"""Supervised training of a small model, seen from its run folder."""

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path

import pytest

from fttui.trainer.demo_questions import conversations
from training.conftest import HELD_OUT, HYPERPARAMETERS
from training.runs import (
    Chat,
    Driver,
    change_spec,
    command,
    environment,
    exact,
    facts,
    last,
    make_run,
)
from waiting import wait_until


def test_training_teaches_answers_to_questions_it_never_saw(
    model: Path, trained: Path, chat: Chat
) -> None:
    assert exact(chat.answers(model, None, HELD_OUT), HELD_OUT) <= 4
    assert exact(chat.answers(model, trained / "final", HELD_OUT), HELD_OUT) >= 20


def test_every_step_is_told_once_and_the_loss_falls(trained: Path) -> None:
    steps = facts(trained, "step")
    assert [fact["step"] for fact in steps] == list(range(1, 145))
    assert steps[0]["train_loss"] > 0.5
    assert steps[-1]["train_loss"] < 0.1
    assert steps[-1]["train_mean_token_accuracy"] > 0.95


def test_what_is_trained_is_told_before_and_after(trained: Path) -> None:
    said = [fact["fact"] for fact in facts(trained)]
    assert said[0] == "loading"
    assert said[-1] == "succeeded"
    (started,) = facts(trained, "started")
    assert started["hyperparameters"] == HYPERPARAMETERS
    assert (started["step"], started["total_steps"], started["steps_per_epoch"]) == (0, 144, 24)
    assert (started["examples"], started["validation_examples"]) == (96, 8)
    assert math.isclose(started["learning_rate"], 0.006)
    assert last(trained)["trained_tokens"] == 6 * started["tokens"]
    assert "learning rate 0.006" in facts(trained, "notice")[0]["message"]


def test_the_validation_file_is_measured_now_and_then_and_whole_at_each_epochs_end(
    trained: Path,
) -> None:
    steps = {fact["step"]: fact for fact in facts(trained, "step")}
    assert [step for step in steps if "full_valid_loss" in steps[step]] == list(range(24, 145, 24))
    assert "valid_loss" in steps[1]
    assert 40 < sum("valid_loss" in fact for fact in steps.values()) < 72
    assert steps[144]["full_valid_loss"] < steps[24]["full_valid_loss"]
    assert steps[144]["full_valid_mean_token_accuracy"] > 0.9


def test_the_last_checkpoints_are_kept_and_hold_no_pickled_settings(trained: Path) -> None:
    told = [fact["folder"] for fact in facts(trained, "checkpoint")]
    assert told == [f"checkpoint-{step}" for step in range(24, 145, 24)]
    there = {path.name for path in trained.glob("checkpoint-*")}
    assert there == set(told[-3:])
    assert (trained / "final" / "adapter_model.safetensors").is_file()
    assert (trained / "final" / "tokenizer.json").is_file()
    assert not list(trained.rglob("training_args.bin"))


def test_a_training_that_is_paused_goes_on_with_each_step_once(
    model: Path, trained: Path, tmp_path: Path, driver: Driver
) -> None:
    folder = make_run(
        tmp_path / "run", model, conversations(4), HELD_OUT[:8], hyperparameters=HYPERPARAMETERS
    )
    child = subprocess.Popen(
        command(folder), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until(lambda: len(facts(folder, "step")) >= 26, "no steps were made")
    (folder / "stop").touch()
    assert child.wait(60) == 0
    paused = last(folder)
    step = paused["step"]
    assert paused["fact"] == "paused"
    assert 26 <= step < 144
    assert (folder / paused["folder"] / "adapter_model.safetensors").is_file()

    (folder / "stop").unlink()
    change_spec(folder, resume=paused["folder"])
    said = driver.train(folder)
    assert said[-1]["fact"] == "succeeded"
    assert [fact["step"] for fact in facts(folder, "step")] == list(range(1, 145))
    assert facts(folder, "started")[-1]["step"] == step
    # The paused one is no part of the rotation.
    assert (folder / paused["folder"]).is_dir()
    for mine, whole in zip(facts(folder, "step"), facts(trained, "step"), strict=True):
        assert mine["train_loss"] == pytest.approx(whole["train_loss"], abs=2e-3)
        assert ("valid_loss" in mine) == ("valid_loss" in whole)


def test_a_stop_that_comes_before_the_first_step_pauses_after_it(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    folder = make_run(tmp_path / "run", model, conversations(1), hyperparameters=HYPERPARAMETERS)
    (folder / "stop").touch()
    driver.train(folder)
    assert (last(folder)["fact"], last(folder)["step"]) == ("paused", 1)
    assert [fact["step"] for fact in facts(folder, "step")] == [1]


def test_training_goes_on_from_an_earlier_model(
    model: Path, trained: Path, tmp_path: Path, driver: Driver
) -> None:
    folder = make_run(
        tmp_path / "run",
        model,
        conversations(4),
        hyperparameters={"n_epochs": 1, "batch_size": 32, "learning_rate_multiplier": 0.1},
        adapter=str(trained / "final"),
    )
    assert driver.train(folder)[-1]["fact"] == "succeeded"
    assert facts(folder, "step")[0]["train_loss"] < 0.1


def test_the_same_seed_trains_the_same_and_another_does_not(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    losses = []
    for number, seed in enumerate((1, 1, 2)):
        folder = make_run(
            tmp_path / f"run{number}",
            model,
            conversations(1),
            hyperparameters={"n_epochs": 1, "batch_size": 8, "learning_rate_multiplier": 10.0},
            seed=seed,
        )
        driver.train(folder)
        losses.append([fact["train_loss"] for fact in facts(folder, "step")])
    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


def test_prompts_and_completions_are_learnt_too(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    rows = [{"prompt": f"{number} and", "completion": " one more"} for number in range(16)]
    folder = make_run(
        tmp_path / "run",
        model,
        rows,
        hyperparameters={"n_epochs": 8, "batch_size": 8, "learning_rate_multiplier": 30.0},
    )
    driver.train(folder)
    steps = facts(folder, "step")
    assert steps[-1]["train_loss"] < steps[0]["train_loss"] / 3
    assert json.loads((folder / "final" / "adapter_config.json").read_text())["r"] == 16
