"""What a job's curves say, in sentences with their figures: how it went, and what to try."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from fttui.services.best_checkpoint import MEASURES, is_number, is_rewarded, is_usable, judged
from fttui.services.endpoint.events import Checkpoint, Metrics
from fttui.services.endpoint.models import Job
from fttui.services.lost_losses import LASTING, training_lost_since, validation_lost_since
from fttui.services.result_files import merge_steps
from fttui.terminal.format import count_text, counted, number_text
from fttui.terminal.language import _, localized

POINTS_FOR_VERDICT = 3
_LAST_TWO_OVER, _LAST_OVER = 1.25, 1.35  # times the best: from there on it overfits
_LEVEL = 0.02  # of their mean: values that lie so close together are flat
_IMPROVED = 0.8  # of the highest: a lowest last value under it still improves
_DIVERGED = 1.25  # times its start: what the noise of a level curve does not reach
_GAPS = ((1.2, _("good")), (1.5, _("fair")), (2.0, _("a warning")))
_GAP_BEYOND = _("bad")
_FEW_EXAMPLES = 50
_ZERO = 5e-5  # what is written as 0.0000
_MANY = 1000
_ROUNDING = 1e-9

Point = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to know of a job.

    `word` is `overfitting`, `flat`, `improving`, `diverged`, `too-few-points`, `gap`,
    `no-validation`, `small-data` or `best-checkpoint`; `text` says it with its figures, and
    `figures` are those numbers by their names.
    """

    word: str
    text: str
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def look(self) -> str:
        """The name of the look that it is painted in."""
        if self.word in {"improving", "best-checkpoint"}:
            return "good"
        if self.word == "gap":
            return "waiting" if self.figures.get("ratio", math.inf) >= _GAPS[1][0] else "plain"
        warns = {"overfitting", "diverged", "small-data", "no-validation"}
        return "waiting" if self.word in warns else "plain"

    def to_json(self) -> dict[str, object]:
        """The stable shape that `--json` prints."""
        return {"word": self.word, "text": self.text, "figures": dict(self.figures)}


def advise(
    job: Job,
    metrics: Iterable[Metrics],
    checkpoints: Sequence[Checkpoint] | None = (),
    *,
    examples: int | None = None,
    lacks: Callable[[str], bool] = lambda _model: False,
) -> tuple[Advice, ...]:
    """All that the numbers of a job say: what went wrong, the verdict on its curve, what to use.

    `metrics` may come in any order; of a number that is told twice for a step the last counts.
    `examples` is how many the training file holds, where that is known. Of a job that still moves
    no checkpoint is the best, and what is said holds so far. `lacks` is True of a model that was
    deleted: its numbers count, and it is never the best.
    """
    steps = merge_steps(metrics)
    kept = checkpoints or ()
    if not any(len(one.to_json()) > 1 for one in steps) and not any(one.metrics for one in kept):
        return ()
    train = _points(steps, "train_loss")
    full = _points(steps, "full_valid_loss") or _points(_of_checkpoints(kept), "full_valid_loss")
    some = _points(steps, "valid_loss")
    found = [_diverged(job, steps, train), *_zeros(train, full or some)]
    if not is_rewarded(job, steps):
        is_lost = validation_lost_since(steps) is not None
        verdict = _verdict(job, train, full, some, is_lost)
        found += [verdict, _gap(job, train, full or some, verdict.word if verdict else "")]
    there = [one for one in kept if not (one.model and lacks(one.model))]
    found += [_small_data(job, steps, examples), _best(job, there, steps)]
    return tuple(one for one in found if one is not None)


def _points(steps: Iterable[Metrics], name: str) -> list[Point]:
    """The finite numbers of that name by rising step."""
    found = ((one.step, getattr(one, name)) for one in steps)
    return [(step, y) for step, y in found if step is not None and is_number(y)]


def _of_checkpoints(checkpoints: Iterable[Checkpoint]) -> list[Metrics]:
    """What the checkpoints tell, by rising step."""
    return sorted(
        (one.metrics for one in checkpoints if one.metrics and one.metrics.step is not None),
        key=lambda metrics: metrics.step or 0,
    )


def _verdict(
    job: Job, train: Sequence[Point], full: Sequence[Point], some: Sequence[Point], is_lost: bool
) -> Advice | None:
    """The first that holds of: too few points, overfitting, flat, still improving.

    The last two do not of a curve that `is_lost`: it went on to what is no number.
    """
    if not full and not some and not job.validation_file:
        return _no_validation(train)
    if len(full) < POINTS_FOR_VERDICT:
        text = _(
            "{points}: a verdict on the curve takes {needed}. Each epoch gives one.",
            points=counted(len(full), "full-validation point", "full-validation points"),
            needed=POINTS_FOR_VERDICT,
        )
        figures: dict[str, float] = {"points": len(full), "needed": POINTS_FOR_VERDICT}
        return Advice("too-few-points", _so_far(job, text), figures)
    verdict = _overfitting(full) or (None if is_lost else _flat(full) or _improving(full))
    return replace(verdict, text=_so_far(job, verdict.text)) if verdict else None


def _no_validation(train: Sequence[Point]) -> Advice | None:
    if not train:
        return None
    step, loss = train[-1]
    text = _(
        "No validation file: the training loss, {loss} at step {step}, cannot tell learning from"
        " learning by heart. Hold back 10 to 20 % of the examples; `fttui check --split` does it.",
        loss=number_text(loss),
        step=step,
    )
    return Advice("no-validation", text, {"step": step, "train_loss": loss})


def _so_far(job: Job, text: str) -> str:
    """What is said of a job that may go on holds so far."""
    return text if job.status.is_final else _("So far: {text}", text=text)


def _overfitting(full: Sequence[Point]) -> Advice | None:
    best_step, best = min(full, key=lambda point: point[1])
    (_unused, before), (last_step, last) = full[-2:]
    both_over = min(before, last) > _LAST_TWO_OVER * best
    if best < 0 or not (both_over or last > _LAST_OVER * best):
        return None
    text = _(
        "Overfitting since step {best_step}: the full validation loss was {best} there and is"
        " {last}{times} at step {last_step}. Use a checkpoint near step {best_step}, or train"
        " fewer epochs.",
        best_step=best_step,
        best=number_text(best),
        last=number_text(last),
        last_step=last_step,
        times=_(", {ratio} x the best", ratio=_times(last, best)) if best else "",
    )
    figures = {"since_step": best_step, "best": best, "last_step": last_step, "last": last}
    return Advice("overfitting", text, _finite(figures, ratio=last / best if best else None))


def _flat(full: Sequence[Point]) -> Advice | None:
    tail = full[-max(len(full) // 3, POINTS_FOR_VERDICT) :]
    values = [value for _step, value in tail]
    mean = sum(value / len(values) for value in values)
    apart = max(values) - min(values)
    if not apart <= _LEVEL * abs(mean) * (1 + _ROUNDING):
        return None
    share = apart / abs(mean) if mean else 0.0
    text = _(
        "Flat since step {step}: the last {count} full validation losses lie within {share:.1%}"
        " of each other, at {mean}. More epochs will hardly change it; other data may.",
        step=tail[0][0],
        count=len(values),
        share=share,
        mean=number_text(mean),
    )
    figures = {"since_step": tail[0][0], "points": len(values), "spread": share, "mean": mean}
    return Advice("flat", text, _finite(figures))


def _improving(full: Sequence[Point]) -> Advice | None:
    values = [value for _step, value in full]
    last_step, last = full[-1]
    highest = max(values)
    if highest <= 0 or last > min(values) or not last < _IMPROVED * highest:
        return None
    text = _(
        "Still improving: the full validation loss {last} at step {step} is the lowest, from"
        " {highest} at most. More epochs may help.",
        last=number_text(last),
        step=last_step,
        highest=number_text(highest),
    )
    figures = {"last_step": last_step, "last": last, "highest": highest}
    return Advice("improving", text, _finite(figures, ratio=last / highest))


def _gap(job: Job, train: Sequence[Point], valid: Sequence[Point], word: str) -> Advice | None:
    """How far validation lies above training where it was last measured."""
    if not train or not valid or valid[-1][1] < 0:
        return None
    step, above = valid[-1]
    below = _near(train, step)
    if below < 0 or (below <= _ZERO and above <= _ZERO):
        return None
    ratio = above / below if below > _ZERO else math.inf
    level = next((word for limit, word in _GAPS if ratio < limit), _GAP_BEYOND)
    text = _(
        "Gap valid/train {ratio} at step {step}, validation loss {valid} to a mean training loss of"
        " {train}: {level}.",
        ratio=_times(above, below),
        step=step,
        valid=number_text(above),
        train=number_text(below),
        level=level,
    )
    if ratio >= _GAPS[1][0]:
        fewer = _("Try more examples, or fewer epochs.")
        text = f"{text} {_('Try more examples.') if word == 'improving' else fewer}"
    figures = {"step": step, "valid_loss": above, "train_loss": below}
    return Advice("gap", _so_far(job, text), _finite(figures, ratio=ratio))


def _times(value: float, of: float) -> str:
    """How many times `of` a value is; far beyond all use it is only that."""
    if of > 0 and value < _MANY * of:
        return localized(f"{value / of:.2f}")
    return _("over {many}", many=_MANY)


def _near(train: Sequence[Point], step: int) -> float:
    """The training loss around a step: the mean of the twentieth of all steps that ends there."""
    until = [point for point in train if point[0] <= step] or train[:1]
    reach = max((train[-1][0] - train[0][0]) / 20, 1)
    values = [value for at, value in until if at > until[-1][0] - reach]
    return sum(value / len(values) for value in values)


def _diverged(job: Job, steps: Sequence[Metrics], train: Sequence[Point]) -> Advice | None:
    """A loss that is no number any more, or a training loss that ends above its start."""
    cure = _cure_of_rate(job)
    for lost, loss in (
        (training_lost_since(steps), _("training loss")),
        (validation_lost_since(steps), _("full validation loss")),
    ):
        if lost is not None:
            text = _(
                "The {loss} is not a number from step {step} on: it diverged. {cure}",
                loss=loss,
                step=lost,
                cure=cure,
            )
            return Advice("diverged", text, {"since_step": lost})
    if len(train) < POINTS_FOR_VERDICT:
        return None
    values = [value for _step, value in train]
    share = max(len(values) // 10, 1)
    begun = values[:share]
    ended = values[-max(share, 2) :]
    start = max(values[0], sum(value / len(begun) for value in begun))
    end = min(median(ended), sum(value / len(ended) for value in ended))
    if start <= 0 or not end > _DIVERGED * start:
        return None
    text = _(
        "The training loss began at {start} and stands at {end}, {ratio} x its start: it"
        " diverged. {cure}",
        start=number_text(start),
        end=number_text(end),
        ratio=_times(end, start),
        cure=cure,
    )
    return Advice("diverged", text, _finite({"start": start, "end": end}, ratio=end / start))


def _cure_of_rate(job: Job) -> str:
    rate = job.hyperparameters.learning_rate_multiplier
    if isinstance(rate, int | float):
        return _(
            "Try a lower learning rate: learning_rate_multiplier {lower:g} in place of {rate:g}.",
            lower=rate / 4,
            rate=rate,
        )
    return _("Try a lower learning rate: a quarter of this one, by learning_rate_multiplier.")


def _zeros(train: Sequence[Point], valid: Sequence[Point]) -> Iterable[Advice | None]:
    """A loss of 0: there is nothing left to learn, or there never was."""
    since = _zero_since(train)
    if since is not None:
        always = since == train[0][0]
        text = (
            _(
                "The training loss is 0 from its first step {step} on: there was nothing to learn."
                " Look whether the answers are empty, of weight 0, or all the same.",
                step=since,
            )
            if always
            else _(
                "The training loss is 0 from step {step} on: the examples are known by heart."
                " Try fewer epochs, a lower learning rate, or more examples.",
                step=since,
            )
        )
        yield Advice("small-data", text, {"zero_train_loss_since_step": since})
    since = _zero_since(valid)
    if since is not None:
        text = _(
            "The validation loss is 0 from step {step} on: its examples may be in the training"
            " file too. Validate on others.",
            step=since,
        )
        yield Advice("small-data", text, {"zero_valid_loss_since_step": since})


def _zero_since(points: Sequence[Point]) -> int | None:
    """The first step of the zeros at the end, if they last."""
    run = 0
    while run < len(points) and abs(points[-run - 1][1]) <= _ZERO:
        run += 1
    return points[-run][0] if run and run >= min(LASTING, len(points)) else None


def _small_data(job: Job, steps: Sequence[Metrics], examples: int | None) -> Advice | None:
    """A training file of few examples, counted or by the steps that they made."""
    count = examples if examples is not None else _examples_by_steps(job, steps)
    if count is None or not 0 < count < _FEW_EXAMPLES:
        return None
    text = _(
        "The training file has {count}: few to learn from. Clear improvements are usually seen from"
        " 50 to 100; add some like those that the model still gets wrong.",
        count=counted(count, "example", "examples"),
    )
    return Advice("small-data", text, {"examples": count, "advised": _FEW_EXAMPLES})


def _examples_by_steps(job: Job, steps: Sequence[Metrics]) -> int | None:
    """Steps of an epoch times examples of a step, where all three are told as numbers."""
    epochs, batch = job.hyperparameters.n_epochs, job.hyperparameters.batch_size
    told = max((one.total_steps or 0 for one in steps), default=0) or job.total_steps
    total = told or (steps[-1].step if steps and job.status.is_success else None)
    if isinstance(epochs, str) or isinstance(batch, str):  # "auto"
        return None
    if not epochs or not batch or not total or epochs < 0:
        return None
    count = total * batch / epochs
    return round(count) if count < _FEW_EXAMPLES else None


def _best(job: Job, checkpoints: Sequence[Checkpoint], steps: Sequence[Metrics]) -> Advice | None:
    found = judged(job, checkpoints, steps)
    if found is None:
        return None
    best, name, value = found
    usable = [one for one in checkpoints if is_usable(one)]
    figures: dict[str, float] = {name: value, "checkpoints": len(usable)}
    if best.step is not None:
        figures["step"] = best.step
    text = _(
        "Best of {count} that can be used: {step}, {what} {value}: {model}",
        count=counted(len(usable), "checkpoint", "checkpoints"),
        step=_("step {step}", step=count_text(best.step)),
        what=MEASURES[name],
        value=number_text(value),
        model=best.model or ", ".join(best.result_files),
    )
    return Advice("best-checkpoint", text, _finite(figures))


def _finite(figures: dict[str, float], **more: float | None) -> dict[str, float]:
    """The figures that are numbers, as JSON has them."""
    every = {**figures, **more}
    return {name: value for name, value in every.items() if value is not None and is_number(value)}
