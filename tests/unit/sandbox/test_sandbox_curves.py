from dataclasses import replace
from itertools import pairwise
from statistics import mean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.server.catalogue import base_model
from fttui.server.jobs.curves import Curves, noise, result_csv
from fttui.server.jobs.plan import Pace, Plan, make_plan
from fttui.server.jobs.requests import HYPERPARAMETERS, JobRequest
from fttui.server.training_files import Inspection


def plan(examples: int = 200, validation: int = 40, **given_values: Any) -> Plan:
    values: dict[str, Any] = dict.fromkeys(HYPERPARAMETERS["supervised"], "auto")
    base = base_model("gpt-4o-mini")
    assert base is not None
    return make_plan(
        JobRequest("m", "file-1", hyperparameters={**values, **given_values}, seed=7),
        base=base,
        training=Inspection("chat", examples, examples * 150),
        validation=Inspection("chat", validation, validation * 150) if validation else None,
        job_id="ftjob-1",
        result_file="file-2",
        pace=Pace(),
        speed=1.0,
    )


def losses(of: Plan, name: str = "train_loss") -> list[float]:
    curves = Curves(of)
    every = (curves.metrics(step) for step in range(1, of.total_steps + 1))
    return [data[name] for data in every if name in data]


@given(st.integers(0, 2**31), st.integers(0, 10**6), st.integers(0, 9))
def test_noise_is_bounded(seed: int, step: int, channel: int) -> None:
    assert -1 <= noise(seed, step, channel) < 1


def test_noise_is_spread_evenly() -> None:
    values = [noise(3, step, 1) for step in range(4000)]
    assert abs(mean(values)) < 0.03
    assert 0.3 < mean(value**2 for value in values) < 0.37


def test_training_loss_falls_and_accuracy_rises() -> None:
    curve = losses(plan())
    tenth = len(curve) // 10
    assert mean(curve[:tenth]) > 1.5
    assert mean(curve[-tenth:]) < 0.6
    accuracy = losses(plan(), "train_mean_token_accuracy")
    assert mean(accuracy[-tenth:]) > mean(accuracy[:tenth]) + 0.3
    assert all(0 <= value <= 1 for value in accuracy)


def test_more_data_ends_at_a_lower_validation_loss() -> None:
    small = losses(plan(examples=50, n_epochs=3), "full_valid_loss")[-1]
    large = losses(plan(examples=5000, n_epochs=3), "full_valid_loss")[-1]
    assert large < small - 0.1


def test_many_epochs_on_little_data_turn_the_validation_loss_up() -> None:
    curve = losses(plan(examples=30, n_epochs=20), "full_valid_loss")
    assert min(curve) < curve[-1] - 0.2
    assert curve.index(min(curve)) < 10


def test_a_larger_batch_is_less_noisy() -> None:
    def roughness(batch: int) -> float:
        curve = losses(plan(examples=6400, batch_size=batch, n_epochs=1))[-90:]
        return mean(abs(b - a) for a, b in pairwise(curve))

    assert roughness(64) < roughness(1) / 3


def test_a_higher_rate_learns_faster() -> None:
    slow = losses(plan(learning_rate_multiplier=0.2))
    fast = losses(plan(learning_rate_multiplier=4.0))
    assert mean(fast[40:80]) < mean(slow[40:80]) - 0.2


def test_another_seed_gives_another_curve_and_the_same_one_the_same() -> None:
    one = plan()
    assert losses(one) == losses(plan())
    assert losses(one) != losses(replace(one, seed=8))


def test_without_a_validation_file_nothing_is_measured_on_it() -> None:
    assert losses(plan(validation=0), "valid_loss") == []
    lines = result_csv(plan(validation=0)).splitlines()
    assert lines[1].endswith(",,")


def test_the_table_has_the_numbers_of_the_events() -> None:
    of = plan(examples=20)
    data = Curves(of).metrics(of.total_steps)
    last = result_csv(of).splitlines()[-1].split(",")
    names = ("step", "train_loss", "train_mean_token_accuracy", "valid_loss")
    assert last[:4] == [str(data[name]) for name in names]


@pytest.mark.parametrize(
    ("examples", "epochs", "batch"),
    [(10, 10, 1), (33, 3, 1), (1, 25, 1), (200, 3, 1), (5000, 3, 10), (25_000, 1, 50),
     (1_000_000, 1, 256)],
)  # fmt: skip
def test_auto_becomes_the_numbers_that_openai_would_choose(
    examples: int, epochs: int, batch: int
) -> None:
    numbers = plan(examples=examples).hyperparameters
    assert numbers == {
        "n_epochs": epochs,
        "batch_size": batch,
        "learning_rate_multiplier": 1.8,
    }


def test_a_plan_of_a_million_examples_ends_within_twenty_minutes() -> None:
    assert plan(examples=1_000_000).finished_at < 1200
