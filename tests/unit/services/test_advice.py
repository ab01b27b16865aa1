"""What is said of curves of known shapes, and of any numbers at all."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Sequence

import pytest

from fttui.services.advice import Advice, advise
from fttui.services.best_checkpoint import best_checkpoint
from fttui.services.endpoint.events import Checkpoint, JobEvent, Metrics
from fttui.services.endpoint.models import Job
from fttui.services.endpoint.reading import parse_json

VERDICTS = {"overfitting", "flat", "improving", "too-few-points"}
NAN = math.nan


def a_job(status: str = "succeeded", **more: object) -> Job:
    job = Job.read({"id": "ftjob-1", "status": status, "validation_file": "file-v", **more})
    assert job is not None
    return job


def validated(losses: Sequence[float], train: Sequence[float] = ()) -> list[Metrics]:
    """A full validation every ten steps."""
    return [
        Metrics(step=10 * (at + 1), full_valid_loss=loss, train_loss=train[at] if train else None)
        for at, loss in enumerate(losses)
    ]


def trained(losses: Sequence[float | None]) -> list[Metrics]:
    return [Metrics(step=at + 1, train_loss=loss) for at, loss in enumerate(losses)]


def said(word: str, job: Job, metrics: Sequence[Metrics], *more: Sequence[Checkpoint]) -> Advice:
    found = [one for one in advise(job, metrics, *more) if one.word == word]
    assert len(found) == 1, found
    return found[0]


def words(job: Job, metrics: Sequence[Metrics], *more: Sequence[Checkpoint]) -> list[str]:
    return [one.word for one in advise(job, metrics, *more)]


@pytest.mark.parametrize(
    ("losses", "word"),
    [
        ((), "too-few-points"),
        ((2.0, 1.0), "too-few-points"),
        ((2.0, 1.0, 1.26, 1.26), "overfitting"),
        ((2.0, 1.0, 1.25, 1.26), ""),
        ((2.0, 1.0, 1.2, 1.35), ""),
        ((2.0, 1.0, 1.2, 1.36), "overfitting"),
        ((1.0, 1.0, 1.0, 1.0, 1.0, 1.3, 1.3, 1.3), "overfitting"),  # its last third is level too
        ((2.0, 1.5, 0.99, 1.0, 1.01), "flat"),
        ((2.0, 1.5, 0.98, 1.0, 1.01), ""),
        ((1.02, 1.0, 1.01), "flat"),
        ((1.1, 1.1, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.03, 1.0, 1.0, 1.0), ""),  # a third is four
        ((2.0, 1.9, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.03, 1.0, 1.0, 1.0, 1.0), "flat"),
        ((2.0, 1.8, 1.59), "improving"),
        ((2.0, 1.8, 1.6), ""),
        ((2.0, 1.0, 1.1), ""),
        ((0.0, 0.0, 0.0), "flat"),
        ((-1.0, -1.1, -0.9), ""),
        ((-0.9, -1.0, -1.1), ""),
    ],
)
def test_a_curve_of_known_shape_has_its_verdict(losses: tuple[float, ...], word: str) -> None:
    metrics = [Metrics(step=1, valid_loss=3.0), *validated(losses)]
    assert [one for one in words(a_job(), metrics) if one in VERDICTS] == ([word] if word else [])


def test_a_verdict_tells_its_figures() -> None:
    over = said("overfitting", a_job(), validated((2.0, 0.8, 1.2, 1.6)))
    assert over.figures == {
        "since_step": 20, "best": 0.8, "last_step": 40, "last": 1.6, "ratio": 2.0,
    }  # fmt: skip
    for figure in ("since step 20", "0.8000", "1.6000", "2.00 x the best", "step 40"):
        assert figure in over.text
    few = said("too-few-points", a_job(), validated((1.0, 0.9)))
    assert few.figures == {"points": 2, "needed": 3} and "2 full-validation points" in few.text
    assert said("flat", a_job(), validated((1.0, 1.0, 1.0, 1.0))).figures["since_step"] == 20
    better = said("improving", a_job(), validated((2.0, 1.5, 1.0)))
    assert better.figures == {"last_step": 30, "last": 1.0, "highest": 2.0, "ratio": 0.5}


@pytest.mark.parametrize("level", [1e-3, 2.0, 1e6])
def test_a_level_curve_never_overfits_nor_improves_whatever_its_noise(level: float) -> None:
    wrong = {"overfitting", "improving", "diverged"}
    for seed in range(200):
        chance = random.Random(seed)
        count = chance.randrange(1, 60)
        noise = [level * chance.uniform(0.9, 1.1) for _unused in range(2 * count)]
        metrics = validated(noise[:count], noise[count:])
        assert not wrong & set(words(a_job(), metrics)), seed


def test_a_curve_times_anything_is_said_to_be_the_same() -> None:
    for seed in range(60):
        chance = random.Random(seed)
        losses = [chance.uniform(0.2, 3.0) for _unused in range(chance.randrange(3, 12))]
        told = [
            words(a_job(), validated([by * loss for loss in losses], [by] * len(losses)))
            for by in (1.0, 64.0, 1 / 64)
        ]
        assert told[0] == told[1] == told[2]


def test_no_numbers_at_all_make_it_fail_nor_tell_what_json_has_no_number_for() -> None:
    odd = (0.0, -0.0, -1.0, 1.0, 1e308, -1e308, 5e-324, NAN, math.inf, -math.inf, None, 7)
    names = ("train_loss", "valid_loss", "full_valid_loss", "train_reward", "valid_reward")
    for seed in range(300):
        chance = random.Random(seed)
        metrics = [
            Metrics(step=chance.choice((None, 0, -5, 3, 2**62, at)),
                    **{name: chance.choice(odd) for name in names[: chance.choice((3, 5))]})
            for at in range(chance.randrange(0, 9))
        ]  # fmt: skip
        kept = [Checkpoint("c", "ft:m", step=one.step, metrics=one) for one in metrics[:3]]
        for one in advise(a_job(chance.choice(("running", "failed", "?"))), metrics, kept):
            json.dumps(one.to_json(), allow_nan=False)
            assert not {"nan", "inf"} & set(re.findall(r"[a-z]+", one.text))


def test_steps_come_in_any_order_and_the_last_of_two_numbers_counts() -> None:
    metrics = validated((2.0, 0.8, 1.2, 1.6))
    wrong = Metrics(step=40, full_valid_loss=0.1)
    assert said("overfitting", a_job(), [wrong, *reversed(metrics)]).figures["last"] == 1.6


def test_a_job_that_goes_on_is_judged_so_far_and_has_no_best_checkpoint() -> None:
    metrics = validated((2.0, 0.8, 1.2, 1.6), (1.0, 0.9, 0.8, 0.7))
    kept = [Checkpoint("c", "ft:m", step=20)]
    found = advise(a_job("running"), metrics, kept)
    assert [one.word for one in found] == ["overfitting", "gap"]
    assert all(one.text.startswith("So far: ") for one in found)
    assert words(a_job("paused"), metrics, kept)[-1] == "best-checkpoint"


@pytest.mark.parametrize(
    ("ratio", "level"),
    [(0.5, "good"), (1.19, "good"), (1.2, "fair"), (1.49, "fair"), (1.5, "a warning"),
     (1.99, "a warning"), (2.0, "bad"), (9.0, "bad")],
)  # fmt: skip
def test_the_gap_between_validation_and_training_has_a_level(ratio: float, level: str) -> None:
    gap = said("gap", a_job(), validated((8.0, ratio), (1.0, 1.0)))
    assert f": {level}." in gap.text and f"{ratio:.2f}" in gap.text
    assert gap.figures == {"step": 20, "valid_loss": ratio, "train_loss": 1.0, "ratio": ratio}


def test_fewer_epochs_are_not_advised_for_the_gap_of_a_curve_that_still_improves() -> None:
    better = said("gap", a_job(), validated((4.0, 3.0, 2.0), (1.0, 1.0, 1.0)))
    assert "Try more examples." in better.text and "fewer epochs" not in better.text
    worse = said("gap", a_job(), validated((2.0, 3.0, 4.0), (1.0, 1.0, 1.0)))
    assert "Try more examples, or fewer epochs." in worse.text


def test_the_training_loss_of_a_gap_is_the_mean_near_the_validation() -> None:
    noisy = trained([1.0 if at % 2 else 3.0 for at in range(1, 201)])
    gap = said("gap", a_job(), [*noisy, Metrics(step=100, full_valid_loss=2.0)])
    assert gap.figures["train_loss"] == pytest.approx(2.0, abs=0.2)
    steep = validated((4.0, 2.0, 1.0), (4.0, 2.0, 1.0))
    assert said("gap", a_job(), steep).figures["ratio"] == 1.0


def test_a_gap_to_a_training_loss_of_0_is_bad_and_no_gap_is_told_of_two_zeros() -> None:
    gap = said("gap", a_job(), validated((1.0, 1.0), (0.0, 0.0)))
    assert ": bad." in gap.text and "ratio" not in gap.figures
    assert "gap" not in words(a_job(), validated((0.0, 0.0), (0.0, 0.0)))


def test_a_loss_above_its_start_has_diverged_and_the_rate_to_try_is_told() -> None:
    job = a_job(hyperparameters={"learning_rate_multiplier": 2})
    found = said("diverged", job, trained((2.0, 1.5, 1.2, 9.0, 9.0)))
    assert found.figures == {"start": 2.0, "end": 9.0, "ratio": 4.5}
    assert "learning_rate_multiplier 0.5 in place of 2" in found.text
    assert "diverged" not in words(job, trained((2.0, 1.5, 9.0, 1.2, 1.1)))
    assert "lower learning rate" in said("diverged", a_job(), trained((2.0, 4.0, 8.0))).text


@pytest.mark.parametrize(
    ("told", "since"),
    [
        ((2.0, 1.0, NAN, NAN), 3),
        ((2.0, NAN, 1.0, 0.9), None),
        ((2.0, 1.0, None, None, None), 3),
        ((2.0, 1.0, None, None), None),
        ((2.0, None, 1.0, None, None, None), None),
    ],
)
def test_a_loss_that_is_no_number_to_the_end_has_diverged(
    told: tuple[float | None, ...], since: int | None
) -> None:
    found = [one for one in advise(a_job(), trained(told)) if one.word == "diverged"]
    assert [one.figures for one in found] == ([{"since_step": since}] if since else [])


@pytest.mark.parametrize(
    "event",
    [
        {"message": "Step 3/9: training loss=nan"},
        {"message": "Step 3/9", "data": {"step": 3, "train_loss": "NaN"}},
        {"message": "Step 3/9: training loss=inf", "data": {"step": 3, "train_loss": None}},
    ],
)
def test_a_loss_that_an_event_tells_as_a_word_has_diverged(event: dict[str, object]) -> None:
    read = JobEvent.read(event)
    assert read is not None and read.metrics is not None
    assert "diverged" in words(a_job(), [*trained((2.0, 1.0)), read.metrics])


@pytest.mark.parametrize(
    "event",
    [
        {"message": "Step 50/90: training loss=1.0, full validation loss=nan"},
        {"message": "Step 50/90", "data": {"step": 50, "full_valid_loss": "-Infinity"}},
        {"message": "x", "data": parse_json(b'{"step": 50, "full_valid_loss": NaN}')},
    ],
)
def test_a_full_validation_that_is_no_number_at_the_end_has_diverged_and_is_not_improving(
    event: dict[str, object],
) -> None:
    read = JobEvent.read(event)
    assert read is not None and read.metrics is not None
    falling = validated((2.0, 1.5, 1.0, 0.9))
    assert words(a_job(), falling) == ["improving"]
    found = said("diverged", a_job(), [*falling, read.metrics])
    assert found.figures == {"since_step": 50} and "lower learning rate" in found.text
    assert "improving" not in words(a_job(), [*falling, read.metrics])
    assert "flat" not in words(a_job(), [*validated((1.0, 1.0, 1.0)), read.metrics])
    again = Metrics(step=60, full_valid_loss=0.8)
    assert "diverged" not in words(a_job(), [*falling, read.metrics, again])


def test_a_loss_of_0_says_whether_it_was_ever_another() -> None:
    learned = said("small-data", a_job(), trained((2.0, 1.0, 0.0, 0.0, 0.0)))
    assert learned.figures == {"zero_train_loss_since_step": 3} and "by heart" in learned.text
    assert "nothing to learn" in said("small-data", a_job(), trained((0.0, 0.0, 0.0))).text
    assert "small-data" not in words(a_job(), trained((2.0, 1.0, 0.5, 0.0)))
    known = said("small-data", a_job(), validated((1.0, 0.0, 0.0, 0.0)))
    assert "training file too" in known.text


def test_few_examples_are_told_as_counted_or_by_the_steps_they_made() -> None:
    metrics = trained((2.0, 1.9))
    told = {"n_epochs": 3, "batch_size": 2}
    of_steps = a_job(hyperparameters=told, total_steps=30)
    assert said("small-data", of_steps, metrics).figures == {"examples": 20, "advised": 50}
    assert [one.word for one in advise(of_steps, metrics, examples=50)] == ["too-few-points"]
    assert "small-data" in [one.word for one in advise(a_job(), metrics, examples=49)]
    metrics_of_30 = [*metrics, Metrics(step=30, train_loss=1.0)]
    for total in ([Metrics(step=31, total_steps=30)], metrics_of_30):
        found = said("small-data", a_job(hyperparameters=told), [*metrics, *total])
        assert found.figures["examples"] == 20
    assert "small-data" not in words(a_job("running", hyperparameters=told), metrics_of_30)
    auto = a_job(hyperparameters={"n_epochs": "auto", "batch_size": 2}, total_steps=30)
    assert "small-data" not in words(auto, metrics)


def test_a_job_without_a_validation_file_is_told_what_that_hides() -> None:
    job = a_job(validation_file=None)
    assert words(job, trained((2.0, 1.0))) == ["no-validation"]
    assert "no-validation" not in words(job, validated((2.0, 1.0)))
    assert "no-validation" not in words(a_job(), trained((2.0, 1.0)))


def test_nothing_is_said_of_a_job_that_told_nothing_and_no_losses_rule_rewards() -> None:
    assert advise(a_job(), [], []) == advise(a_job(), [Metrics(step=4)], None) == ()
    rewards = [Metrics(step=at, train_reward=at / 9, valid_reward=at / 9) for at in range(1, 9)]
    assert words(a_job(method={"type": "reinforcement"}), rewards) == []


def test_the_best_checkpoint_is_one_that_can_be_used() -> None:
    metrics = validated((2.0, 0.8, 1.0, 0.5))
    kept = [
        Checkpoint("c3", "ft:third", step=30),
        Checkpoint("c2", "ft:second", step=20, metrics=Metrics(step=20, full_valid_loss=0.8)),
        Checkpoint("c4", None, step=40),
    ]
    best = said("best-checkpoint", a_job(), metrics, kept)
    assert best.figures == {"full_valid_loss": 0.8, "checkpoints": 2, "step": 20}
    assert "ft:second" in best.text and "0.8000" in best.text
    assert best_checkpoint(a_job(), kept, metrics) is kept[1]
    assert best_checkpoint(a_job("running"), kept, metrics) is None
    assert best_checkpoint(a_job(), kept[:1], ()) is None


def test_a_model_that_was_deleted_is_not_the_best_and_its_numbers_count() -> None:
    kept = [
        Checkpoint(f"c{step}", f"ft:{step}", step=step, metrics=Metrics(step, full_valid_loss=loss))
        for step, loss in ((30, 0.5), (20, 0.8), (10, 2.0))
    ]
    found = {one.word: one for one in advise(a_job(), [], kept, lacks={"ft:30"}.__contains__)}
    assert found["best-checkpoint"].figures == {
        "full_valid_loss": 0.8,
        "checkpoints": 2,
        "step": 20,
    }
    assert "0.5000 at step 30" in found["improving"].text
    gone = advise(a_job(), [], kept, lacks=lambda _model: True)
    assert "best-checkpoint" not in [one.word for one in gone]


def test_the_best_checkpoint_of_rewards_has_the_highest_and_of_equals_is_the_earlier() -> None:
    kept = [
        Checkpoint(f"c{step}", f"ft:{step}", step=step, metrics=Metrics(step, valid_reward=reward))
        for step, reward in ((30, 0.7), (20, 0.7), (10, 0.4))
    ]
    assert best_checkpoint(a_job(), kept, [Metrics(step=10, train_reward=0.3)]) is kept[1]


def test_checkpoints_stand_in_for_validations_that_no_event_told() -> None:
    kept = [
        Checkpoint(f"c{step}", f"ft:{step}", metrics=Metrics(step=step, full_valid_loss=loss))
        for step, loss in ((30, 1.5), (20, 1.4), (10, 1.0))
    ]
    assert "overfitting" in words(a_job(), trained((2.0, 1.0)), kept)


@pytest.mark.parametrize(
    ("losses", "has"),
    [
        ((2.0, 1.0, 2.48, 2.48), False),
        ((2.0, 1.0, 2.52, 2.52), True),
        ((2.0, 1.5, 1.2, 3.0), False),  # the last one alone may be noise
        ((*[1.0] * 95, 1000.0, *[1.0] * 4), False),
    ],
)
def test_noise_at_the_end_is_no_divergence(losses: tuple[float, ...], has: bool) -> None:
    assert ("diverged" in words(a_job(), trained(losses))) is has


def test_a_gap_looks_back_no_further_than_a_twentieth_of_the_steps() -> None:
    falling = trained([400.0 - step for step in range(1, 201)])
    gap = said("gap", a_job(), [*falling, Metrics(step=200, full_valid_loss=300.0)])
    assert gap.figures["train_loss"] == pytest.approx(204.5, abs=1)
    assert "gap" not in words(a_job(), validated((1.0, -1.0), (1.0, 1.0)))
    assert "gap" not in words(a_job(), validated((1.0, 1.0), (-1.0, -1.0)))
