"""Training on pairs of answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fttui.trainer.demo_questions import ANSWERS, conversation
from training.runs import Driver, facts, last, make_run


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
