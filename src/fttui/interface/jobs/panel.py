"""One job in lines of text: what it is, how far it is, why it failed, what it told last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from rich.cells import cell_len
from textual.message import Message

from fttui.interface.jobs.pace import expected_finish, pace_of
from fttui.interface.jobs.plot import sparkline
from fttui.interface.jobs.table import now_utc
from fttui.interface.kit.lines import Line, LineView, cut, fit, wrap
from fttui.services.curves import KINDS, best_text, curve_title, series_of, steps_of
from fttui.services.endpoint.asked import difference_texts
from fttui.services.endpoint.models import Job, JobEvent
from fttui.services.job_cost import ActualCost
from fttui.services.job_files import NO_FILES, JobFiles
from fttui.services.job_filter import UNKEPT
from fttui.services.job_history import JobHistory
from fttui.services.job_progress import fraction_done, span_of, took
from fttui.services.job_words import (
    event_style,
    event_text,
    failure_advice,
    is_cured_again,
    short_name,
    status_word,
    style_of,
)
from fttui.services.retirement_clock import RetirementClock
from fttui.services.tuned_models.words import model_words
from fttui.storage.annotations import Annotation
from fttui.terminal.format import (
    clock_text,
    count_text,
    full_moment_text,
    moment_text,
    number_text,
    span_text,
)
from fttui.terminal.language import _, short
from fttui.training_data.retirement import Retirement

_LABEL = 11
_MEASURED_LABEL = 17
_EVENTS_BESIDE = 4
SHUTS_DOWN = _("Shuts down")
"""The label of the day on which a job's model goes."""
_STATUS_WORDS = {
    "validating_files": _("The endpoint is reading the files."),
    "queued": _("It waits for its turn."),
    "pending": _("It waits for its turn."),
    "pausing": _("It will pause at its next step."),
    "paused": _("It trains on when it is resumed."),
}
_SETTINGS = {
    "n_epochs": _("Epochs"),
    "batch_size": _("Batch size"),
    "learning_rate_multiplier": _("LR mult."),
    "beta": _("Beta"),
    "compute_multiplier": _("Compute ×"),
    "eval_interval": _("Eval every"),
    "eval_samples": _("Samples"),
    "reasoning_effort": _("Reasoning"),
}


def panel_lines(
    job: Job,
    history: JobHistory | None,
    now: datetime,
    width: int,
    goes: Retirement | None = None,
    kept: Annotation = UNKEPT,
    *,
    deleted: bool = False,
) -> list[Line]:
    """The side panel: state and progress, the error, the parameters, the last events.

    What changes least from job to job comes first, so that its lines need no repainting.
    """
    title: Line = ((fit(short_name(job), width), "header"),)
    lines = [title, *head_lines(job, history, now, width), *error_lines(job, width)]
    lines += [*asked_lines(job, width), *kept_lines(kept, width)]
    facts = fact_lines(job, width, goes, brief=True, deleted=deleted)
    lines += [*heading_lines(_("Parameters"), width), *facts]
    lines += heading_lines(_("Last events"), width)
    if history is None:
        return [*lines, ((_("Loading…"), "muted"),)]
    lines += [((text, "bad"),) for text in wrap(history.error_text, width) if text]
    if not history.events and not history.error_text:
        lines.append(((_("None yet."), "muted"),))
    for event in history.events[:_EVENTS_BESIDE]:
        time = f"{clock_text(event.created_at)} "
        text = cut(event_text(event), width - len(time))
        lines.append(((time, "muted"), (text, event_style(event))))
    return lines


def head_lines(
    job: Job, history: JobHistory | None, now: datetime, width: int, *, curve: bool = True
) -> list[Line]:
    """Status, progress, and the training loss in a line unless `curve` is off."""
    style = style_of(job.status)
    span = took(job, now) if job.status.is_final else span_of(job, now)
    since = ""
    if span:
        told = span_text(span)
        since = _("took {span}", span=told) if job.status.is_final else _("for {span}", span=told)
        since = f"  {since}"
    lines: list[Line] = [
        ((f"{style.glyph} {status_word(job.status)}", style.style), (since, "muted"))
    ]
    if job.status.word in _STATUS_WORDS:
        lines.append(((_STATUS_WORDS[job.status.word], "muted"),))
    lines += _progress(job, history, now, width)
    if not curve:
        return lines
    losses = [step.train_loss for step in steps_of(history.events if history else ())]
    measured = [loss for loss in losses if loss is not None]
    if measured:
        label = _("Training loss {number_text}  ", number_text=number_text(measured[-1]))
        bars = sparkline(measured, width - len(label))
        lines.append(((label, "plain"), (bars, "active")))
    return lines


def error_lines(job: Job, width: int) -> list[Line]:
    """Why the job failed, in the endpoint's words and in plain ones; nothing if it did not."""
    error = job.error
    if error is None:
        return []
    at = _(" (parameter {param})", param=error.param) if error.param else ""
    lines = [*heading_lines(_("Error"), width)]
    lines += [((text, "bad"),) for text in wrap(f"{error.code}{at}", width)]
    lines += [((text, "plain"),) for text in wrap(error.message, width) if text]
    lines += [((text, "strong"),) for text in wrap(failure_advice(error), width) if text]
    if is_cured_again(error):
        lines.append(((_("d creates it again."), "muted"),))
    return lines


def asked_lines(job: Job, width: int) -> list[Line]:
    """What was asked of the job and is not so; nothing where all is."""
    texts = difference_texts(job)
    if not texts:
        return []
    told: list[Line] = [((text, "waiting"),) for one in texts for text in wrap(one, width)]
    return [*heading_lines(_("Not as asked"), width), *told]


def kept_lines(kept: Annotation, width: int) -> list[Line]:
    """The note, the labels, and that a job is hidden; nothing where nothing is kept beside it."""
    facts = [
        (_("Note"), kept.note),
        (_("Labels"), " ".join(kept.labels)),
        (_("Hidden"), _("yes; z in the list shows it again") if kept.hidden else ""),
    ]
    found = [line for label, value in facts if value for line in _fact(label, value, width)]
    return [((" ", "plain"),), *found] if found else []


def fact_lines(
    job: Job,
    width: int,
    goes: Retirement | None = None,
    *,
    brief: bool = False,
    files: JobFiles = NO_FILES,
    cost: ActualCost | None = None,
    deleted: bool = False,
) -> list[Line]:
    """All parameters and results, label and value; `brief` without what stands above already.

    `goes` tells when its model is shut down, `files` what its files are called, `cost` what it has
    cost, `deleted` that its model is gone.
    """
    settings = job.hyperparameters.as_dict()
    facts: list[tuple[str, str]] = [
        (short("Endpoint"), job.profile),
        (_("Job ID"), job.id or _("none: nothing can be asked of this job")),
        (_("Model"), job.model or ""),
        (_("Fine-tuned"), job.fine_tuned_model or ""),
        ("", model_words(deleted=deleted)),
        (SHUTS_DOWN, goes.when if goes and not deleted else ""),
        (_("Suffix"), "" if brief else job.suffix or ""),
        (_("Method"), job.method or ""),
        (_("Grader"), _grader_text(job)),
        *((_SETTINGS.get(name, name), f"{value}") for name, value in settings.items()),
        (_("Seed"), "" if job.seed is None else str(job.seed)),
        (short("Training"), files.text(job.training_file or "")),
        (_("From"), files.source_text),
        (_("Validation"), files.text(job.validation_file or "")),
        (_("Results"), "  ".join(map(files.text, job.result_files))),
        (_("Created"), full_moment_text(job.created_at)),
        (_("Finished"), full_moment_text(job.finished_at) if job.finished_at and not brief else ""),
        (_("Tokens"), "" if job.trained_tokens is None else count_text(job.trained_tokens)),
        (_("Cost"), cost.text if cost else ""),
        (_("Org ID"), job.organization_id or ""),
        *((f"· {key}", value) for key, value in job.metadata.items()),
    ]
    lines: list[Line] = []
    for label, value in facts:
        look = goes.look if goes and label == SHUTS_DOWN else "plain" if label else "bad"
        lines += _fact(label, value, width, look=look) if value else []
    return lines


def _grader_text(job: Job) -> str:
    if not job.grader:
        return ""
    from fttui.services.job_grader import grader_words

    return grader_words(job.grader)


def event_lines(event: JobEvent, width: int, *, clock_only: bool) -> list[Line]:
    """One event with its time; a long message goes on below itself."""
    time = clock_text(event.created_at) if clock_only else full_moment_text(event.created_at)
    style = event_style(event)
    first, *rest = wrap(event_text(event), width - len(time) - 1) or [""]
    lines: list[Line] = [((f"{time} ", "muted"), (first, style))]
    return lines + [((" " * (len(time) + 1), "muted"), (text, style)) for text in rest]


def all_event_lines(events: Sequence[JobEvent], width: int) -> list[Line]:
    """All events, newest first; on narrow screens with the time of day only."""
    clock_only = width < 70
    return [line for event in events for line in event_lines(event, width, clock_only=clock_only)]


def measured_lines(events: Sequence[JobEvent], width: int) -> list[Line]:
    """The last value of all that is measured, and the best one."""
    lines: list[Line] = []
    steps = steps_of(events)
    for kind in KINDS:
        for one in series_of(steps, kind):
            words = curve_title(kind, one.name, brief=True)
            value = f"{number_text(one.points[-1][1])} {best_text(one, kind, with_step=False)}"
            lines += _fact(words, value, width, label_width=_MEASURED_LABEL)
    return lines


def pace_lines(job: Job, history: JobHistory | None, width: int) -> list[Line]:
    """How fast it goes, and how many checkpoints there are."""
    if history is None:
        return []
    pace = pace_of(history.events)
    facts = []
    if pace is not None:
        is_quick = pace < 60
        shown = _("{seconds:.1f} s", seconds=pace) if is_quick else span_text(timedelta(0, pace))
        facts.append((_("pace"), _("{shown} a step", shown=shown)))
    if history.checkpoints:
        facts.append((_("checkpoints"), str(len(history.checkpoints))))
    return [
        line
        for label, value in facts
        for line in _fact(label, value, width, label_width=_MEASURED_LABEL)
    ]


def _progress(job: Job, history: JobHistory | None, now: datetime, width: int) -> list[Line]:
    done = fraction_done(job)
    if job.status.is_final or done is None:
        return []
    text = _(
        "Step {step}/{total_steps} · {done:.0%}",
        step=job.step,
        total_steps=job.total_steps,
        done=done,
    )
    finish = expected_finish(job, history.events if history else (), now)
    if finish is not None:
        shown = clock_text(finish)[:5] if (finish - now).days < 1 else moment_text(finish)
        text += _(" · done ≈ {shown}", shown=shown)
    full = int(done * width)
    return [
        ((cut(text, width), "plain"),),
        (("━" * full, "active"), ("╌" * (width - full), "muted")),
    ]


def heading_lines(text: str, width: int) -> list[Line]:
    """An empty line, and one that names what follows."""
    return [((" ", "plain"),), ((fit(f"─ {text} ", cell_len(text) + 3), "muted"),)]


def _fact(
    label: str, value: str, width: int, label_width: int = _LABEL, look: str = "plain"
) -> list[Line]:
    shown = fit(label, label_width - 1) + " "
    first, *rest = wrap(value, width - label_width) or [""]
    lines: list[Line] = [((shown, "muted"), (first, look))]
    return lines + [((" " * label_width, "muted"), (text, look)) for text in rest]


class JobPanel(LineView):
    """Shows one job; lines that are the same for the next job are not repainted."""

    class Turned(Message):
        """The panel came into view or went out of it, with its tab for example."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = now_utc,
        retirement: RetirementClock,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.clock = clock
        self._retirement = retirement
        self._job: Job | None = None
        self._history: JobHistory | None = None
        self._kept = UNKEPT

    @property
    def job(self) -> Job | None:
        """The job that is shown."""
        return self._job

    def show(self, job: Job | None, history: JobHistory | None, kept: Annotation = UNKEPT) -> None:
        """Show `job`; with `history` None its events are still on their way."""
        another = job is None or self._job is None or job.key != self._job.key
        self._job, self._history, self._kept = job, history, kept
        self._draw(from_top=another)

    def on_show(self) -> None:
        """Tell that the panel is seen."""
        self.post_message(self.Turned())

    def on_hide(self) -> None:
        """Tell that the panel is no longer seen."""
        self.post_message(self.Turned())

    def on_resize(self) -> None:
        """Wrap for the new width."""
        self._draw()

    def _draw(self, *, from_top: bool = False) -> None:
        width = self.line_width
        if self._job is None:
            self.set_lines([((_("No job is selected."), "muted"),)], from_top=from_top)
        elif width > 0:
            goes = self._retirement.of_job(self._job)
            now = self.clock()
            deleted = self._retirement.is_deleted(self._job)
            facts = (self._job, self._history, now, width, goes, self._kept)
            lines = panel_lines(*facts, deleted=deleted)
            self.set_lines(lines, from_top=from_top)
