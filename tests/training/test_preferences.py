"""Training on pairs of answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fttui.trainer.demo_questions import ANSWERS, conversation
from training.runs import Driver, change_spec, facts, last, make_run


def pairs(phrasing: int) -> list[dict[str, Any]]:
    """The right answer against that of the next city."""
    cities = list(ANSWERS)
    rows = []
    for place, city in enumerate(cities):
        asked, right = conversation(city, phrasing)["messages"]
        wrong = conversation(cities[(place + 1) % len(cities)], phrasing)["messages"][1]
        rows.append(
            {
                "input": {"messages": [asked]},
                "preferred_output": [right],
                "non_preferred_output": [wrong],
            }
        )
    return rows


def test_the_preferred_answers_become_more_likely_than_the_others(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    folder = make_run(
        tmp_path / "run",
        model,
        pairs(0) + pairs(1),
        pairs(4)[:8],
        method="dpo",
        hyperparameters={
            "n_epochs": 4,
            "batch_size": 4,
            "learning_rate_multiplier": 400.0,
            "beta": 0.2,
        },
    )
    driver.train(folder)
    assert last(folder)["fact"] == "succeeded"
    steps = facts(folder, "step")
    assert len(steps) == 48
    assert abs(steps[0]["train_margin"]) < 0.01
    assert steps[-1]["train_margin"] > 1
    assert steps[-1]["train_reward_accuracy"] == 1
    assert steps[-1]["full_valid_loss"] < steps[11]["full_valid_loss"]
    (started,) = facts(folder, "started")
    assert started["hyperparameters"]["beta"] == 0.2


def test_pairs_go_on_from_a_trained_model_and_over_a_pause(
    model: Path, trained: Path, tmp_path: Path, driver: Driver
) -> None:
    folder = make_run(
        tmp_path / "run",
        model,
        pairs(0),
        method="dpo",
        adapter=str(trained / "final"),
        hyperparameters={"n_epochs": 2, "batch_size": 8, "learning_rate_multiplier": 100.0},
    )
    (folder / "stop").touch()
    driver.train(folder)
    assert last(folder)["fact"] == "paused"
    (folder / "stop").unlink()
    change_spec(folder, resume="checkpoint-1")
    assert driver.train(folder)[-1]["fact"] == "succeeded"
    steps = facts(folder, "step")
    assert [fact["step"] for fact in steps] == list(range(1, 7))
    # Measured against the model that it went on from, not against the base.
    assert abs(steps[0]["train_margin"]) < 0.01
    assert steps[-1]["train_margin"] > steps[1]["train_margin"]
    assert not (folder / "final" / "ref").exists()
