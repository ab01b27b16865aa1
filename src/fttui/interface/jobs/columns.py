"""The columns that the list can have: what each shows of a job, and how it sorts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from fttui.interface.jobs.plot import sparkline
from fttui.interface.kit.columns import Column
from fttui.services.endpoint.models import Job
from fttui.services.job_filter import UNKEPT
from fttui.services.job_progress import (
    fraction_done,
    left_text,
    seconds_left,
    share_text,
    took,
)
from fttui.services.job_words import short_name, shorten_model, status_word
from fttui.services.retirement_clock import RetirementClock
from fttui.services.tuned_models.words import (
    DELETED,
    DELETED_SIGN,
    days_words,
    job_model_text,
)
from fttui.storage.annotations import Annotation
from fttui.terminal.format import (
    NOTHING,
    count_text,
    dollars_text,
    longest_span,
    moment_text,
    span_text,
    width_of,
)
from fttui.terminal.language import _, labelled, short
from fttui.terminal.text import safe

_LOSS_WIDTH = 8
_SPAN_WIDTH = longest_span()
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Known:
    """What a list knows beside its jobs: the time of its refresh, and of each what is kept.

    `dollars` tells what a job has cost.
    """

    now: datetime
    retirement: RetirementClock
    annotations: Mapping[str, Annotation] = field(default_factory=dict)
    dollars: Callable[[Job], float | None] = lambda job: None

    def kept(self, job: Job) -> Annotation:
        """What is kept beside a job."""
        return self.annotations.get(job.raw_key, UNKEPT)


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of the list; `shown` gives its text, `value` what it sorts by, None for nothing.

    `orders` names the order by the biggest first and the one by the smallest; `starts_big` says
    which of them comes first. `nothing` stands where there is no text.
    """

    column: Column
    shown: Callable[[Job, Known], str | None]
    value: Callable[[Job, Known], Any]
    orders: tuple[str, str]
    starts_big: bool = False
    nothing: str = NOTHING


_IS_DELETED = labelled(f"{DELETED_SIGN} {DELETED}", "")


def _lower(read: Callable[[Job], str | None]) -> Callable[[Job, Known], str | None]:
    return lambda job, known: (read(job) or "").lower() or None


def _share(job: Job, known: Known) -> float | None:
    return None if job.status.is_final else fraction_done(job)


def _share_text(job: Job, known: Known) -> str | None:
    done = _share(job, known)
    return None if done is None else _("{percent}%", percent=int(done * 100))


def _losses(job: Job, known: Known) -> str | None:
    if job.status.is_final:
        return None
    return sparkline(job.recent.measured[-_LOSS_WIDTH:], _LOSS_WIDTH)


def _last_loss(job: Job, known: Known) -> float | None:
    measured = () if job.status.is_final else job.recent.measured
    return measured[-1] if measured else None


def _epochs(job: Job, known: Known) -> str | None:
    epochs = job.hyperparameters.n_epochs
    return None if epochs is None else f"{epochs}"


def _epochs_value(job: Job, known: Known) -> float | None:
    epochs = job.hyperparameters.n_epochs
    return None if isinstance(epochs, str) else epochs


def _labels(job: Job, known: Known) -> str | None:
    return " ".join(known.kept(job).labels)


def _metadata(job: Job, known: Known) -> str | None:
    return safe(" ".join(f"{key}={value}" for key, value in job.metadata.items()), maxlen=300)


def _name(job: Job, known: Known) -> str:
    """The name, marked where the model that it names is deleted."""
    name = short_name(job)
    return f"{_IS_DELETED}{name}" if known.retirement.is_deleted(job) else name


def _fitted_name(name: str, width: int) -> str:
    """A name for so many cells; one that is marked as deleted keeps the word, and gives way."""
    if not name.startswith(_IS_DELETED) or width_of(name) <= width:
        return shorten_model(name, width)
    return _IS_DELETED + shorten_model(name[len(_IS_DELETED) :], width - width_of(_IS_DELETED))


def _model_made(job: Job, known: Known) -> str | None:
    return job_model_text(job, known.retirement) or share_text(job)


def _days_left(job: Job, known: Known) -> int | None:
    goes = known.retirement.of_job(job)
    return goes.days_left if goes and not known.retirement.is_deleted(job) else None


def days_cell(job: Job, retirement: RetirementClock) -> tuple[str, str]:
    """What is left of the model's days, or that it is deleted, and the look of that."""
    return days_words(retirement.of_job(job), deleted=retirement.is_deleted(job))


_ALL = (
    ListColumn(
        Column("status", _("Status"), 12, 12, 0),
        lambda job, known: status_word(job.status),
        lambda job, known: job.status.word,
        (_("by status, z to a"), _("by status")),
    ),
    ListColumn(
        Column("name", _("Name"), 12, 24, 1, grows=True, shorten=_fitted_name),
        _name,
        lambda job, known: short_name(job).lower() if job.name else None,
        (_("by name, z to a"), _("by name")),
    ),
    ListColumn(
        Column("progress", _("Done"), 6, 6, 2, right=True),
        _share_text,
        _share,
        (_("furthest first"), _("least far first")),
        starts_big=True,
        nothing="",
    ),
    ListColumn(
        Column("left", _("Left"), 6, 6, 3, right=True),
        lambda job, known: left_text(job, known.now),
        lambda job, known: seconds_left(job, known.now),
        (_("most time left first"), _("least time left first")),
        nothing="",
    ),
    ListColumn(
        Column("loss", _("Loss"), _LOSS_WIDTH, _LOSS_WIDTH, 4),
        _losses,
        _last_loss,
        (_("highest loss first"), _("lowest loss first")),
        nothing="",
    ),
    ListColumn(
        Column("model", _("Model"), 14, 24, 5, shorten=shorten_model),
        lambda job, known: job.model,
        _lower(lambda job: job.model),
        (_("by model, z to a"), _("by model")),
    ),
    ListColumn(
        Column("id", _("Job ID"), 14, 32, 6, keep_end=True),
        lambda job, known: job.id,
        _lower(lambda job: job.id),
        (_("by id, z to a"), _("by id")),
    ),
    ListColumn(
        Column(
            "fine_tuned_model", _("Fine-tuned model"), 12, 46, 10, grows=True, shorten=shorten_model
        ),
        _model_made,
        _lower(lambda job: job.fine_tuned_model),
        (_("by fine-tuned model, z to a"), _("by fine-tuned model")),
    ),
    ListColumn(
        Column("created", _("Created"), 16, 16, 7),
        lambda job, known: moment_text(job.created_at),
        lambda job, known: job.created_at,
        (_("newest first"), _("oldest first")),
        starts_big=True,
    ),
    ListColumn(
        Column("duration", _("Took"), _SPAN_WIDTH, _SPAN_WIDTH, 8, right=True),
        lambda job, known: span_text(took(job, known.now)),
        lambda job, known: took(job, known.now),
        (_("longest first"), _("shortest first")),
        starts_big=True,
    ),
    ListColumn(
        Column("tokens", _("Tokens"), 9, 11, 9, right=True),
        lambda job, known: count_text(job.trained_tokens),
        lambda job, known: job.trained_tokens,
        (_("most tokens first"), _("fewest tokens first")),
        starts_big=True,
    ),
    ListColumn(
        Column("days_left", _("Days left"), 11, 11, 11, right=True),
        lambda job, known: days_cell(job, known.retirement)[0],
        _days_left,
        (_("last to go first"), _("first to go first")),
    ),
    ListColumn(
        Column("epochs", _("Epochs"), 8, 8, 12, right=True),
        _epochs,
        _epochs_value,
        (_("most epochs first"), _("fewest epochs first")),
        starts_big=True,
    ),
    ListColumn(
        Column("method", _("Method"), 10, 13, 13),
        lambda job, known: job.method,
        _lower(lambda job: job.method),
        (_("by method, z to a"), _("by method")),
    ),
    ListColumn(
        Column("price", _("Price"), 11, 11, 13, right=True),
        lambda job, known: None if (cost := known.dollars(job)) is None else dollars_text(cost),
        lambda job, known: known.dollars(job),
        (_("dearest first"), _("cheapest first")),
        starts_big=True,
    ),
    ListColumn(
        Column("labels", _("Labels"), 10, 18, 14, grows=True),
        _labels,
        lambda job, known: (_labels(job, known) or "").lower() or None,
        (_("by labels, z to a"), _("by labels")),
        nothing="",
    ),
    ListColumn(
        Column("note", _("Note"), 12, 30, 15, grows=True),
        lambda job, known: known.kept(job).note,
        lambda job, known: known.kept(job).note.lower() or None,
        (_("by note, z to a"), _("by note")),
        nothing="",
    ),
    ListColumn(
        Column("file", _("Training file"), 15, 29, 16, keep_end=True),
        lambda job, known: job.training_file,
        _lower(lambda job: job.training_file),
        (_("by file, z to a"), _("by file")),
    ),
    ListColumn(
        Column("suffix", _("Suffix"), 10, 18, 17),
        lambda job, known: job.suffix,
        _lower(lambda job: job.suffix),
        (_("by suffix, z to a"), _("by suffix")),
    ),
    ListColumn(
        Column("seed", _("Seed"), 8, 10, 18, right=True),
        lambda job, known: None if job.seed is None else f"{job.seed}",
        lambda job, known: job.seed,
        (_("biggest seed first"), _("smallest seed first")),
    ),
    ListColumn(
        Column("endpoint", short("Endpoint"), 9, 14, 0),
        lambda job, known: job.profile,
        _lower(lambda job: job.profile),
        (_("by endpoint, z to a"), _("by endpoint")),
    ),
    ListColumn(
        Column("metadata", _("Metadata"), 12, 30, 19, grows=True),
        _metadata,
        lambda job, known: (_metadata(job, known) or "").lower() or None,
        (_("by metadata, z to a"), _("by metadata")),
        nothing="",
    ),
)
LIST_COLUMNS: Mapping[str, ListColumn] = {each.column.key: each for each in _ALL}
"""By its name in the settings, every column there is."""
ENDPOINT = "endpoint"
"""The column that tells the jobs of several endpoints apart."""
RUNNING = ("progress", "left", "loss")
"""Columns that say nothing while no job runs, and are left out then."""
STANDARD = tuple(LIST_COLUMNS)[: tuple(LIST_COLUMNS).index("days_left") + 1]
"""What is shown where nobody has chosen."""
IDLE = tuple(name for name in STANDARD if name not in RUNNING)
"""What is left of it while no job runs."""
_OTHER_NAMES = {
    "took": "duration",
    "done": "progress",
    "label": "labels",
    "cost": "price",
    "days left": "days_left",
}


def read_columns(names: Iterable[object]) -> tuple[tuple[str, ...], list[str]]:
    """The columns that are named, each once, and a sentence for each name that is none.

    Without a single one they are the standard ones.
    """
    found: dict[str, None] = {}
    problems = []
    for name in names:
        meant = _OTHER_NAMES.get(f"{name}", f"{name}")
        if meant in LIST_COLUMNS:
            found[meant] = None
        else:
            problems.append(
                _(
                    "There is no column {name!r}. There are: {known}.",
                    name=safe(name, maxlen=_LONGEST_NAME),
                    known=", ".join(LIST_COLUMNS),
                )
            )
    return tuple(found) or STANDARD, problems


def shown_names(
    chosen: Sequence[str], jobs: Iterable[Job], *, is_several: bool = False
) -> tuple[str, ...]:
    """The columns to show; those of running jobs while one that runs has told how far it is.

    Columns that a person has chosen stay. In a list of several endpoints a job's own is always one.
    """
    names = tuple(chosen)
    if names == STANDARD:
        runs = any(
            job.status.may_train and (job.step is not None or job.estimated_finish is not None)
            for job in jobs
        )
        names = STANDARD if runs else IDLE
    return (*names[:1], ENDPOINT, *names[1:]) if is_several and ENDPOINT not in names else names


def columns_of(names: Sequence[str]) -> list[Column]:
    """The columns of these names; those that were chosen stay in the order of their names."""
    columns = [LIST_COLUMNS[name].column for name in names]
    if tuple(name for name in names if name != ENDPOINT) in (STANDARD, IDLE):
        return columns
    return [replace(column, rank=place) for place, column in enumerate(columns)]
