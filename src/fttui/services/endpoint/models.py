"""What an endpoint tells about jobs, events, checkpoints, files and models.

Answers are read from plain JSON values, never trusted: a field that is missing or of the wrong
shape becomes None, unknown fields are ignored, and every text loses keys and is made safe to show
on the way in. `raw_id` keeps an id exactly as the endpoint sent it, for calls back to that
endpoint; an id that holds a key is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any, TypeVar

from fttui.services.endpoint.asked import Asked, asked_json
from fttui.services.endpoint.events import Checkpoint, JobEvent, Metrics
from fttui.services.endpoint.job_error import JobError, error_of
from fttui.services.endpoint.named_files import NamedFiles
from fttui.services.endpoint.pages import Page
from fttui.services.endpoint.reading import (
    as_integer,
    as_mapping,
    as_name,
    as_number,
    as_text,
    as_time,
    raw_text,
    snake_cased,
    to_rfc3339,
)
from fttui.services.endpoint.recent_steps import RecentSteps
from fttui.services.endpoint.status import KNOWN_STATUSES, STATES, UNKNOWN, Status
from fttui.services.endpoint.training_file import TrainingFile
from fttui.training_data.retirement import NOTHING_TOLD, Retirement, Told, shutdown_day

__all__ = [
    "KNOWN_STATUSES",
    "Checkpoint",
    "Hyperparameters",
    "Job",
    "JobError",
    "JobEvent",
    "Metrics",
    "Model",
    "Page",
    "Status",
    "TrainingFile",
    "suffix_of",
    "to_rfc3339",
]

T = TypeVar("T")
HyperparameterValue = int | float | str

_FINE_TUNED = re.compile(r"^ft[:-]|[^A-Za-z0-9]ft[:-]")
"""OpenAI's `ft:...` and Azure's `gpt-4o.ft-...`, but not `microsoft-phi`."""
_readings = count(1)


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """Training settings; each a number, the word "auto", or None where the endpoint tells none.

    `others` are settings that only some endpoints know, by their names there.
    """

    n_epochs: HyperparameterValue | None = None
    batch_size: HyperparameterValue | None = None
    learning_rate_multiplier: HyperparameterValue | None = None
    beta: HyperparameterValue | None = None
    others: tuple[tuple[str, HyperparameterValue], ...] = ()

    @classmethod
    def read(cls, value: object) -> Hyperparameters:
        """Read a `hyperparameters` object; anything else gives an empty one."""
        told: dict[str, HyperparameterValue] = {}
        for name, found in list(as_mapping(value).items())[:_MOST_SETTINGS]:
            shown, setting = as_name(name, 60), _setting(found)
            if shown is not None and setting is not None:
                told[shown] = setting
        # 0 is none of these: some servers know no null.
        epochs, batch, rate, beta = (told.pop(name, None) or None for name in _SETTINGS)
        return cls(epochs, batch, rate, beta, tuple(told.items()))

    def as_dict(self) -> dict[str, HyperparameterValue]:
        """Only the settings that are told, by their API names."""
        pairs = ((name, getattr(self, name)) for name in _SETTINGS)
        return {name: value for name, value in pairs if value is not None} | dict(self.others)


_ENDS = ("finished_at", "completed_at", "ended_at", "end_time")
"""What servers call the time at which a job has ended."""
_SETTINGS = ("n_epochs", "batch_size", "learning_rate_multiplier", "beta")
_MOST_SETTINGS = 60


def _setting(value: object) -> HyperparameterValue | None:
    number = as_number(value) if not isinstance(value, str) else as_integer(value)
    if number is not None:
        return int(number) if float(number).is_integer() and abs(number) < 2**53 else number
    return as_name(value, 40)


def _unsent(data: Mapping[str, object], of_kind: Mapping[str, object]) -> tuple[str, ...]:
    """What a job, and its method, has that no form asks for."""
    told = {
        "integrations": data.get("integrations"),
        "response_format": of_kind.get("response_format"),
    }
    return tuple(name for name, value in told.items() if value)


@dataclass(frozen=True, slots=True)
class Job:
    """One fine-tuning job. Times are aware UTC datetimes; tokens are counts.

    `reading` counts the answers that jobs were read from: of two readings of a job the one with the
    higher number is the newer, whichever way it came. `own_events` and `own_checkpoints`, newest
    first, are those that some endpoints tell within the job. `asked` is what the job was asked to
    be, where this machine knows that, `recent` what its last events told of its steps. `grader` is
    that of reinforcement exactly as it was told, to be asked for again; `job_grader.grader_words`
    shows it. `unsent` names what the job has that fttui cannot ask for, `further_files` the ids of
    the files that some endpoints have beside the one to train by and the one to validate by,
    `other_files` those that it names in any other place.
    `profile` is the one at whose endpoint it is, "" where a run reads one endpoint alone; `key` and
    `raw_key` tell it from all other jobs of a run by `id` and by `raw_id`.
    """

    id: str
    raw_id: str = field(repr=False, default="")
    status: Status = UNKNOWN
    model: str | None = None
    fine_tuned_model: str | None = None
    created_at: datetime | None = None
    finished_at: datetime | None = None
    estimated_finish: datetime | None = None
    method: str | None = None
    hyperparameters: Hyperparameters = Hyperparameters()
    training_file: str | None = None
    validation_file: str | None = None
    result_files: tuple[str, ...] = ()
    trained_tokens: int | None = None
    seed: int | None = None
    suffix: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    error: JobError | None = None
    organization_id: str | None = None
    step: int | None = None
    total_steps: int | None = None
    own_events: tuple[JobEvent, ...] | None = field(default=None, repr=False, compare=False)
    own_checkpoints: tuple[Checkpoint, ...] | None = field(default=None, repr=False, compare=False)
    asked: Asked | None = field(default=None, repr=False, compare=False)
    grader: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)
    unsent: tuple[str, ...] = field(default=(), repr=False, compare=False)
    further_files: tuple[str, ...] = field(default=(), repr=False, compare=False)
    other_files: tuple[str, ...] = field(default=(), repr=False, compare=False)
    recent: RecentSteps = field(default=RecentSteps(), repr=False, compare=False)
    reading: int = field(default=0, repr=False, compare=False)
    profile: str = ""

    @classmethod
    def read(cls, value: object, reading: int | None = None, profile: str = "") -> Job | None:
        """Read one job of `profile`; None when `value` is not an object at all.

        It is the newest reading unless `reading` says otherwise.
        """
        if not isinstance(value, dict):
            return None
        data: Mapping[str, Any] = snake_cased(value)
        method = as_mapping(data.get("method"))
        kind = as_name(method.get("type"), 40)
        of_kind = as_mapping(method.get(kind or ""))
        settings = of_kind.get("hyperparameters") or method.get("hyperparameters")
        fine_tuned = as_name(data.get("fine_tuned_model"))
        suffix = as_name(data.get("user_provided_suffix")) or as_name(data.get("suffix"))
        finished_at = next(filter(None, (as_time(data.get(name)) for name in _ENDS)), None)
        has_ended = finished_at is not None or fine_tuned is not None
        status = Status.read(next(filter(None, map(data.get, STATES)), None), has_ended=has_ended)
        name = data.get("id") or data.get("job_id")
        files = NamedFiles.of(data)
        return cls(
            id=as_name(name, 200) or "",
            raw_id=raw_text(name),
            status=status,
            model=as_name(data.get("model"), 200),
            fine_tuned_model=fine_tuned,
            created_at=as_time(data.get("created_at")),
            finished_at=finished_at,
            estimated_finish=as_time(data.get("estimated_finish")),
            method=kind,
            hyperparameters=Hyperparameters.read(settings or data.get("hyperparameters")),
            training_file=files.training[0] if files.training else None,
            validation_file=files.validation[0] if files.validation else None,
            further_files=(*files.training[1:], *files.validation[1:]),
            result_files=files.results,
            other_files=files.others,
            trained_tokens=as_integer(data.get("trained_tokens")),
            seed=as_integer(data.get("seed")),
            suffix=suffix or suffix_of(fine_tuned),
            metadata=_read_metadata(data.get("metadata")),
            error=error_of(data, status),
            organization_id=as_name(data.get("organization_id"), 200),
            step=as_integer(data.get("trained_steps")),
            total_steps=as_integer(data.get("total_steps")) or None,
            grader=as_mapping(of_kind.get("grader")),
            unsent=_unsent(data, of_kind),
            own_events=_read_all(data.get("events"), JobEvent.read),
            own_checkpoints=_read_all(data.get("checkpoints"), Checkpoint.read),
            reading=next(_readings) if reading is None else reading,
            profile=profile,
        )

    @property
    def name(self) -> str:
        """The fine-tuned model's name, or the suffix while there is no model yet, or ""."""
        return self.fine_tuned_model or self.suffix or ""

    @property
    def key(self) -> str:
        """What a list knows it by: its id where one endpoint is read; "" without an id."""
        return job_key(self.profile, self.id)

    @property
    def raw_key(self) -> str:
        """What a list knows it by where the id counts exactly as it came."""
        return job_key(self.profile, self.raw_id)

    @property
    def can_be_acted_on(self) -> bool:
        """False for a row whose id is missing: no call can name it."""
        return bool(self.raw_id)

    def with_progress(self, events: Iterable[JobEvent]) -> Job:
        """The job with the furthest step, and the last ones, that `events` tell of."""
        events = tuple(events)
        measured = [e.metrics for e in events if e.metrics and e.metrics.step is not None]
        if not measured:
            return self
        job = replace(self, recent=self.recent.joined(RecentSteps.of(events)))
        last = max(measured, key=lambda metrics: metrics.step or 0)
        if job.step is not None and job.step > (last.step or 0):
            return job if job.total_steps else replace(job, total_steps=last.total_steps)
        return replace(job, step=last.step, total_steps=last.total_steps or job.total_steps)

    def updated(self, other: Job) -> Job:
        """The newer reading of one job, with the furthest step that either of the two tells."""
        newer, older = (other, self) if other.reading >= self.reading else (self, other)
        if newer.asked is None and older.asked is not None:
            newer = replace(newer, asked=older.asked)
        if newer.recent is not older.recent and older.recent.points:
            newer = replace(newer, recent=older.recent.joined(newer.recent))
        if older.step is not None and (newer.step is None or newer.step < older.step):
            total = older.total_steps or newer.total_steps
            return replace(newer, step=older.step, total_steps=total)
        return newer

    def to_json(self, told: Told = NOTHING_TOLD, *, is_openais: bool = True) -> dict[str, object]:
        """The stable shape that `--json` prints; times are RFC 3339 in UTC.

        `told` are the dates on which the endpoint says that its models go; those of the table are
        OpenAI's, and count where `is_openais`.
        """
        error = self.error
        base = self.model or ""
        gone = shutdown_day(self.fine_tuned_model or base, told, base)
        gone = gone if gone and (is_openais or gone[1] == "endpoint") else None
        return {
            "id": self.id,
            "name": self.name or None,
            "model": self.model,
            "method": self.method,
            "status": self.status.word,
            "raw_status": self.status.shown,
            "fine_tuned_model": self.fine_tuned_model,
            "created_at": to_rfc3339(self.created_at),
            "finished_at": to_rfc3339(self.finished_at),
            "estimated_finish": to_rfc3339(self.estimated_finish),
            "training_file": self.training_file,
            "validation_file": self.validation_file,
            "result_files": list(self.result_files),
            "trained_tokens": self.trained_tokens,
            "hyperparameters": self.hyperparameters.as_dict(),
            "seed": self.seed,
            "suffix": self.suffix,
            "metadata": dict(self.metadata),
            "error": error and {"code": error.code, "message": error.message, "param": error.param},
            "step": self.step,
            "total_steps": self.total_steps,
            "asked": asked_json(self),
            "shutdown_date": gone and f"{gone[0]}",
        }


@dataclass(frozen=True, slots=True)
class Model:
    """A model that the endpoint serves; `shutdown_date` is "YYYY-MM-DD" when it is to go."""

    id: str
    raw_id: str = field(repr=False, default="")
    owned_by: str | None = None
    created_at: datetime | None = None
    shutdown_date: str | None = None

    @classmethod
    def read(cls, value: object) -> Model | None:
        """Read one model, which may be a mere name; None when `value` is no object either."""
        if isinstance(value, str) and value:
            value = {"id": value}
        if not isinstance(value, dict):
            return None
        name = value.get("id") or value.get("name") or value.get("model")
        return cls(
            id=as_name(name) or "",
            raw_id=raw_text(name),
            owned_by=as_name(value.get("owned_by"), 200),
            created_at=as_time(value.get("created")),
            shutdown_date=as_text(value.get("shutdown_date"), 10),
        )

    @property
    def is_fine_tuned(self) -> bool:
        """True for models made by fine-tuning, checkpoints included."""
        return _FINE_TUNED.search(self.id) is not None

    def to_json(self, retirement: Retirement | None = None) -> dict[str, object]:
        """The stable shape that `--json` prints; `retirement` tells its end."""
        return {
            "id": self.id,
            "owned_by": self.owned_by,
            "created_at": to_rfc3339(self.created_at),
            "shutdown_date": retirement and f"{retirement.day}",
            "days_left": retirement and retirement.days_left,
        }


def job_key(profile: str, job_id: str) -> str:
    """What tells the job from all others of a run; no profile's name has the sign in between."""
    return f"{profile}\x1f{job_id}" if profile and job_id else job_id


def suffix_of(fine_tuned_model: str | None) -> str | None:
    """The suffix inside `ft:MODEL:ORG:SUFFIX:ID`, or None where there is none."""
    parts = (fine_tuned_model or "").split(":")
    return parts[3] or None if len(parts) >= 5 and parts[0] == "ft" else None


def _read_all(value: object, read: Callable[[object], T | None]) -> tuple[T, ...] | None:
    """A list inside a job, which tells what came first first, the newest first."""
    if not isinstance(value, list):
        return None
    return tuple(item for entry in reversed(value) if (item := read(entry)) is not None)


def _read_metadata(value: object) -> Mapping[str, str]:
    pairs = ((as_text(key, 64), as_text(found, 512)) for key, found in as_mapping(value).items())
    return {key: found for key, found in pairs if key is not None and found is not None}
