"""What is said about models: their state, their facts, and what deleting one means.

The app and the command line say it by these functions alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fttui.services.job_words import short_name, shorten_model, status_text, status_word
from fttui.terminal.format import NOTHING, counted, full_moment_text
from fttui.terminal.language import _
from fttui.terminal.text import is_plain_id, safe

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.retirement_clock import RetirementClock
    from fttui.services.tuned_models.inventory import TunedModel
    from fttui.training_data.retirement import Retirement

DELETED = _("deleted")
NO_ID = _("The endpoint gave this model no id that can be sent.")
DELETED_SIGN = "✗"
SHUT_DOWN_SIGN = "-"
NOTHING_DELETED_SINCE = _("Nothing was deleted, for a job came meanwhile. Ask again.")
_NAMED_IN = 48
_TYPED = 4
_MOST_NAMED = 4
_LONGEST_FACT = 300


@dataclass(frozen=True, slots=True)
class ModelState:
    """Whether a model is there: a one-cell glyph, a word, and the name of the look.

    `name` is what a filter calls it, in every language.
    """

    glyph: str
    word: str
    style: str
    name: str

    @property
    def text(self) -> str:
        """Glyph and word, for example `✗ deleted`."""
        return f"{self.glyph} {self.word}"

    @property
    def is_deleted(self) -> bool:
        """True of one that was deleted, and did not merely come to its last day."""
        return self is _GONE

    @property
    def exists(self) -> bool | None:
        """Whether it is there; None where that is not known."""
        return None if self is _UNKNOWN else self is _THERE


_THERE = ModelState("✓", _("there"), "good", "there")
_GONE = ModelState(DELETED_SIGN, DELETED, "bad", "deleted")
_SHUT_DOWN = ModelState(SHUT_DOWN_SIGN, _("shut down"), "muted", "shutdown")
_UNKNOWN = ModelState("?", _("not known"), "waiting", "unknown")


def state_of(model: TunedModel) -> ModelState:
    """Whether a model is there, as far as that is known."""
    if model.is_deleted:
        return _GONE
    if model.exists is False or (model.goes is not None and model.goes.is_gone):
        return _SHUT_DOWN
    return _THERE if model.exists else _UNKNOWN


def state_of_job(job: Job, clock: RetirementClock) -> ModelState | None:
    """Whether the model that a job has made is there; None of a job that has made none."""
    if not job.fine_tuned_model:
        return None
    if clock.is_deleted(job):
        return _GONE
    exists, goes = clock.presence.of(job), clock.of_job(job)
    if exists is False or (goes is not None and goes.is_gone):
        return _SHUT_DOWN
    return _THERE if exists else _UNKNOWN


def job_model_text(job: Job, clock: RetirementClock) -> str:
    """The name of the model that a job has made, which says so where it is deleted."""
    return model_text(job.fine_tuned_model or "", deleted=clock.is_deleted(job))


def model_text(name: str, *, deleted: bool) -> str:
    """A model's name, which says so where it is deleted."""
    if name and deleted:
        return _("{model} ({sign} deleted)", model=name, sign=DELETED_SIGN)
    return name


def title_words(job: Job, clock: RetirementClock) -> str:
    """What stands beside a job's name where that is all that is seen of it; "" for nothing."""
    return _("{sign} model deleted", sign=DELETED_SIGN) if clock.is_deleted(job) else ""


def days_words(goes: Retirement | None, *, deleted: bool) -> tuple[str, str]:
    """For a column: what is left of a model's days, nothing of a deleted one's; and the look."""
    if deleted:
        return f"{DELETED_SIGN} {DELETED}", "bad"
    return (goes.short, goes.look) if goes else (NOTHING, "plain")


def model_words(*, deleted: bool) -> str:
    """What stands below the name of a job's model that is gone; "" where it is not."""
    return _("✗ deleted: the list of models has it no more") if deleted else ""


def tuned_facts(model: TunedModel) -> list[tuple[str, str]]:
    """Label and value of all that is known of a fine-tuned model and of the job behind it."""
    job = model.job
    archived = {True: _("yes"), False: _("no: `fttui archive` saves its job"), None: ""}
    step = "" if model.step is None else _(", step {step}", step=model.step)
    facts = [
        (_("Model"), model.id),
        (_("State"), _state_words(model)),
        (_("Base"), model.base),
        (_("Checkpoint of"), f"{model.of_model}{step}" if model.of_model else ""),
        (_("Created"), full_moment_text(model.created_at) if model.created_at else ""),
        (_("Shuts down"), _shutdown_words(model)),
        (_("Owner"), model.owned_by or ""),
        (_("Archived"), archived[model.archived]),
        (_("Job"), job.id if job else _("not known")),
    ]
    if job is not None:
        facts += [
            (_("Status"), status_text(job.status)),
            (_("Method"), job.method or ""),
            (_("Suffix"), job.suffix or ""),
            (_("Training file"), job.training_file or ""),
            (_("Validation file"), job.validation_file or ""),
        ]
    return [(label, safe(value, maxlen=_LONGEST_FACT)) for label, value in facts if value]


def _shutdown_words(model: TunedModel) -> str:
    if model.is_deleted:
        return _("no day is left: it is deleted")
    return model.goes.when if model.goes else ""


def _state_words(model: TunedModel) -> str:
    state = state_of(model)
    if state is _GONE:
        return _("{state}: the list of models has it no more", state=state.text)
    if state is _UNKNOWN:
        return _("{state}: a job has made it, and no list tells of it", state=state.text)
    return state.text


def why_not_deleted(model: TunedModel, *, busy: bool = False) -> str:
    """Why a model cannot be deleted, as a sentence; "" where it can."""
    if busy:
        return _("This model is being deleted. Wait for the answer.")
    if not model.raw_id:
        return NO_ID
    if model.is_deleted:
        return _("This model is deleted already.")
    if model.exists is False:
        return _("This model is shut down: there is nothing left to delete.")
    return ""


def deletion_title(count: int) -> str:
    """The heading of the question."""
    return _("Delete model") if count == 1 else _("Delete models ({count})", count=count)


def deletion_question(count: int) -> str:
    """The question before models are deleted."""
    if count == 1:
        return _("Delete this model? That cannot be undone.")
    return _("Delete these {count} models? That cannot be undone.", count=count)


def need_texts(models: Sequence[TunedModel], *, knows_jobs: bool) -> list[str]:
    """That jobs need these models, or that one may; nothing where none does."""
    needing = [job for model in models for job in model.needed_by]
    lines = [needed_by_text(needing)] if needing else []
    if not knows_jobs:
        lines.append(_("A job may need it all the same: not all jobs could be read."))
    return lines


def deletion_warning(models: Sequence[TunedModel], *, knows_jobs: bool = True) -> str:
    """What is lost with models that are deleted, as sentences a line."""
    one = len(models) == 1
    lines = need_texts(models, knows_jobs=knows_jobs)
    lines += [
        _("Calls that use it fail from then on, those that run now too.")
        if one
        else _("Calls that use them fail from then on, those that run now too."),
        _("The weights are lost; the record of the job and its files stay."),
    ]
    unsaved = sum(model.archived is not True for model in models)
    if unsaved:
        lines.append(
            _("Its job is not archived: `A` or `fttui archive` saves it.")
            if one
            else _(
                "The jobs of {unsaved} are not archived: `A` or `fttui archive` saves them.",
                unsaved=unsaved,
            )
        )
    return "\n".join(lines)


def needed_by_text(jobs: Sequence[Job]) -> str:
    """That jobs train on from what is to be deleted, as a sentence."""
    named = [
        f"{short_name(job) if job.name else job.id} ({status_word(job.status)})"
        for job in jobs[:_MOST_NAMED]
    ]
    if len(jobs) > _MOST_NAMED:
        named.append(_("{count} more", count=len(jobs) - _MOST_NAMED))
    told = ", ".join(named)
    return _("Needed by what has not ended: {named}. Without the model it may fail.", named=told)


def deletion_facts(model: TunedModel) -> list[tuple[str, str]]:
    """What the question names of each model that is to be deleted."""
    job = model.job
    facts = [
        (_("Model"), model.id),
        (_("Base"), model.base),
        (_("Job"), f"{job.id} {job.suffix or ''}".strip() if job else ""),
        (_("Shuts down"), model.goes.when if model.goes else ""),
    ]
    return [(label, safe(value, maxlen=_LONGEST_FACT)) for label, value in facts if value]


def must_type(models: Sequence[TunedModel]) -> str:
    """What the yes takes: the last letters of the one id, or how many models there are."""
    if len(models) != 1:
        return f"{len(models)}"
    end = models[0].raw_id[-_TYPED:]
    return end if is_plain_id(end) else _("delete")


def short_model(name: str) -> str:
    """A model's name as it fits into a sentence."""
    shown = shorten_model(name, _NAMED_IN)
    return shown if len(shown) <= _NAMED_IN else f"{shown[: _NAMED_IN - 1]}…"


def deleted_text(models: Sequence[str]) -> str:
    """That models are deleted, as a sentence."""
    if len(models) == 1:
        return _("{model} is deleted.", model=short_model(models[0]))
    return _("{models} are deleted.", models=counted(len(models), "model"))


def archived_word(archived: bool | None) -> str:
    """For a column: whether an archive holds a model's job."""
    return {True: _("yes"), False: _("no"), None: NOTHING}[archived]


def tuned_text(model: TunedModel) -> str:
    """All of a model that a filter looks into."""
    job = model.job
    of_job = (job.id, job.suffix, job.training_file, job.method) if job else ()
    parts = (model.id, state_of(model).word, model.base, model.owned_by, *of_job)
    return " ".join(part for part in parts if part)
