"""The pages of an archive: a table of all jobs, and one for each job; no script, nothing loaded.

All times are in UTC, so that an archive is the same wherever it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fttui.services.archive.curve import curves
from fttui.services.archive.markup import (
    BOTTOM,
    Column,
    escaped,
    facts,
    heading,
    link,
    missing_list,
    table,
    top,
)
from fttui.services.endpoint.models import (
    Checkpoint,
    Job,
    JobEvent,
    Metrics,
    Model,
    Status,
    TrainingFile,
    to_rfc3339,
)
from fttui.services.job_progress import took
from fttui.services.job_words import (
    event_style,
    event_text,
    failure_advice,
    no_checkpoints,
    short_name,
    style_of,
)
from fttui.services.tuned_models.words import model_words
from fttui.storage.annotations import Annotation
from fttui.terminal.format import (
    NOTHING,
    count_text,
    counted,
    number_text,
    size_text,
    span_text,
)
from fttui.terminal.language import _

MOST_EVENTS = 3000
"""Events that a page shows; more of them make it slow to open."""

_LONGEST_NAME = 200
_SETTINGS = {
    "n_epochs": _("Epochs"),
    "batch_size": _("Batch size"),
    "learning_rate_multiplier": _("Learning rate multiplier"),
    "beta": _("Beta"),
    "reasoning_effort": _("Reasoning effort"),
    "compute_multiplier": _("Compute multiplier"),
    "eval_interval": _("Eval interval (eval_interval)"),
    "eval_samples": _("Eval samples (eval_samples)"),
}


@dataclass(frozen=True, slots=True)
class IndexHeader:
    """What stands above the table of jobs; `counts` as in the archive's index."""

    host: str
    base_url: str
    saved: datetime
    counts: Mapping[str, int] = field(default_factory=dict)
    account: str = ""


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job, its folder in the archive, `jobs/NAME`, and what is kept beside it."""

    job: Job
    folder: str
    kept: Annotation = field(default_factory=Annotation)


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file, and each place in the archive that holds it as (label, path); else why none does."""

    file: TrainingFile
    places: Sequence[tuple[str, str]] = ()
    reason: str = ""


def job_page(
    job: Job,
    events: Sequence[JobEvent],
    checkpoints: Sequence[Checkpoint],
    metrics: Sequence[Metrics],
    links: Sequence[tuple[str, str]],
    missing: Sequence[tuple[str, str]],
    gone: Collection[str] = (),
) -> str:
    """The page of one job, to stand in `jobs/NAME`.

    `events` are the oldest first; `links` are labels and paths relative to the page, `missing` is
    what could not be had, and why, `gone` are models that were deleted. The same job gives the same
    page.
    """
    name = job.name or job.id or NOTHING
    shown = short_name(job) if short_name(job) != NOTHING else name
    parts = [
        top(_("Fine-tuning job {name}", name=name)),
        f"<nav>{link('../../index.html', _('All jobs'))}</nav>\n",
        f"<h1>{escaped(shown)}</h1>\n<p>{_status(job.status)} {_took(job)}</p>\n",
        *_error(job),
        facts(_job_facts(job, gone)),
        *_curves(metrics, events),
        heading(_("Checkpoints")),
        *table(
            _CHECKPOINT_COLUMNS,
            (_checkpoint(one, gone) for one in checkpoints),
            no_checkpoints(job.status),
        ),
        *_events(events),
        *missing_list(missing),
    ]
    if links:
        saved = "".join(f"<li>{link(path, label)}</li>\n" for label, path in links)
        parts += [heading(_("Saved files")), f"<ul>\n{saved}</ul>\n"]
    return "".join([*parts, BOTTOM])


def index_page(
    header: IndexHeader,
    rows: Iterable[JobRow],
    missing: Iterable[tuple[str, str]],
    models: Iterable[Model] = (),
    files: Iterable[FileRow] = (),
    lacks: Callable[[str], bool] = lambda _model: False,
) -> Iterator[str]:
    """The page that an archive is opened with, piece by piece, so that no list is held whole.

    `lacks` is True of a model that was deleted.
    """
    title = _("Fine-tuning jobs of {host}", host=header.host)
    yield top(title)
    yield f"<h1>{escaped(title)}</h1>\n"
    yield f"<p>{_saved(header)}</p>\n"
    yield f'<p class="muted">{escaped(_counts(header.counts))}</p>\n'
    yield heading(_("Jobs"))
    jobs = (_job_row(row, lacks) for row in rows)
    yield from table(_JOB_COLUMNS, jobs, _("There are no fine-tuning jobs."))
    yield heading(_("Models"))
    served = (_model_row(one, lacks) for one in models)
    yield from table(_MODEL_COLUMNS, served, _("No model is told of."))
    yield heading(_("Files"))
    yield from table(_FILE_COLUMNS, map(_file_row, files), _("No file is told of."))
    yield from missing_list(missing)
    yield BOTTOM


def _day(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" if moment else NOTHING


def _second(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if moment else NOTHING


def _name(text: str | None) -> str:
    return escaped(text or NOTHING, _LONGEST_NAME)


def _model(name: str | None, *, deleted: bool) -> str:
    """The name of a model, which says so where it was deleted."""
    mark = f' <span class="bad">{escaped(_("✗ deleted"))}</span>' if name and deleted else ""
    return f"{_name(name)}{mark}"


def _status(status: Status) -> str:
    style = style_of(status)
    return f'<span class="{style.style}">{style.glyph} {escaped(status.word)}</span>'


def _took(job: Job) -> str:
    told = took(job, job.finished_at) if job.finished_at is not None else None
    if told is None:
        return ""
    span = span_text(told)
    return f'<span class="muted">{escaped(_("took {span}", span=span))}</span>'


def _saved(header: IndexHeader) -> str:
    moment = header.saved
    when = f'<time datetime="{to_rfc3339(moment)}">{_day(moment)} UTC</time>'
    whose = _("account {account}", account=header.account) if header.account else ""
    words = ", ".join(filter(None, (header.base_url, whose)))
    return f"{escaped(_('Saved'))} {when} {escaped(_('from {where}', where=words))}"


def _counts(counts: Mapping[str, int]) -> str:
    told = [
        counted(counts.get("jobs", 0), "job"),
        counted(counts.get("files", 0), "file"),
        counted(counts.get("models", 0), "model"),
    ]
    if "things" in counts:
        told.append(
            _(
                "{saved} of {things} things saved",
                saved=count_text(counts.get("saved", 0)),
                things=count_text(counts["things"]),
            )
        )
    return " · ".join(told)


_JOB_COLUMNS: tuple[Column, ...] = (
    (_("Status"), "short"),
    (_("Job"), "name"),
    (_("Model"), "wide"),
    (_("Fine-tuned model"), "wide"),
    (_("Created (UTC)"), "short"),
    (_("Finished (UTC)"), "short"),
    (_("Epochs"), "number"),
    (_("Tokens"), "number"),
)


def _kept(kept: Annotation) -> str:
    """The labels and the note of a job, and that it is hidden."""
    labels = [*kept.labels, *([_("(hidden)")] if kept.hidden else [])]
    lines = (" ".join(labels), kept.note)
    return "".join(f"<br><small>{escaped(line)}</small>" for line in lines if line)


def _job_row(row: JobRow, lacks: Callable[[str], bool]) -> tuple[str, ...]:
    job = row.job
    name = short_name(job)
    label = (name if name != NOTHING else job.id) or NOTHING
    page = link(f"{row.folder}/index.html", label)
    epochs = job.hyperparameters.n_epochs
    return (
        _status(job.status),
        f"{page}<br><small>{_name(job.id)}</small>{_kept(row.kept)}",
        _name(job.model),
        _model(job.fine_tuned_model, deleted=lacks(job.fine_tuned_model or "")),
        _day(job.created_at),
        _day(job.finished_at),
        _name(None if epochs is None else str(epochs)),
        count_text(job.trained_tokens),
    )


_MODEL_COLUMNS: tuple[Column, ...] = (
    (_("Model"), "wide"),
    (_("Owner"), ""),
    (_("Created (UTC)"), "short"),
    (_("Shuts down"), "short"),
)


def _model_row(model: Model, lacks: Callable[[str], bool]) -> tuple[str, ...]:
    return (
        _model(model.id, deleted=lacks(model.id)),
        _name(model.owned_by),
        _day(model.created_at),
        _name(model.shutdown_date),
    )


_FILE_COLUMNS: tuple[Column, ...] = (
    (_("File"), "wide"),
    (_("Name"), ""),
    (_("Purpose"), ""),
    (_("Size"), "number"),
    (_("Created (UTC)"), "short"),
    (_("In this archive"), ""),
)


def _file_row(row: FileRow) -> tuple[str, ...]:
    file = row.file
    places = ", ".join(link(path, label) for label, path in row.places)
    return (
        _name(file.id),
        _name(file.filename),
        _name(file.purpose),
        size_text(file.size),
        _day(file.created_at),
        places or f'<span class="muted">{escaped(row.reason or NOTHING)}</span>',
    )


def _job_facts(job: Job, gone: Collection[str]) -> list[tuple[str, str]]:
    """All that the endpoint tells of the job itself; what it does not tell is "" ."""
    settings = job.hyperparameters.as_dict()
    texts = [
        (_("Job ID"), job.id or _("none: nothing can be asked of this job")),
        (_("Model"), job.model),
        (_("Fine-tuned"), job.fine_tuned_model),
        ("", model_words(deleted=job.fine_tuned_model in gone)),
        (_("Suffix"), job.suffix),
        (_("Method"), job.method),
        *((_SETTINGS.get(name, name), str(value)) for name, value in settings.items()),
        (_("Seed"), None if job.seed is None else str(job.seed)),
        (_("Training"), job.training_file),
        (_("Validation"), job.validation_file),
        (_("Results"), " ".join(job.result_files)),
        (_("Created"), _second(job.created_at) + " UTC" if job.created_at else ""),
        (_("Finished"), _second(job.finished_at) + " UTC" if job.finished_at else ""),
        (_("Tokens"), None if job.trained_tokens is None else count_text(job.trained_tokens)),
        (_("Organization"), job.organization_id),
        *((f"· {key}", value) for key, value in job.metadata.items()),
    ]
    return [(label, escaped(text)) for label, text in texts]


def _error(job: Job) -> Iterator[str]:
    error = job.error
    if error is None:
        return
    at = _(" (parameter {param})", param=error.param) if error.param else ""
    yield f'<p class="bad"><strong>{escaped(error.code + at)}</strong> {escaped(error.message)}</p>'
    advice = failure_advice(error)
    yield f"\n<p>{escaped(advice)}</p>\n" if advice else "\n"


def _curves(metrics: Sequence[Metrics], events: Sequence[JobEvent]) -> Iterator[str]:
    """The curves of `metrics`, else of what the events tell."""
    told = metrics or [event.metrics for event in events if event.metrics]
    yield heading(_("Curves"))
    drawn = curves(told)
    for kind, picture in drawn.items():
        yield f"<h3>{escaped(_(kind).capitalize())}</h3>\n{picture}\n"
    if not drawn:
        yield f'<p class="muted">{escaped(_("The endpoint told of no step."))}</p>\n'


_CHECKPOINT_COLUMNS: tuple[Column, ...] = (
    (_("Step"), "number"),
    (_("Model"), "wide"),
    (_("Train loss"), "number"),
    (_("Valid loss"), "number"),
    (_("Created (UTC)"), "short"),
    (_("Checkpoint"), ""),
)


def _checkpoint(one: Checkpoint, gone: Collection[str]) -> tuple[str, ...]:
    metrics = one.metrics or Metrics()
    whole = metrics.full_valid_loss
    return (
        count_text(one.step),
        _model(one.model, deleted=one.model in gone),
        number_text(metrics.train_loss),
        number_text(metrics.valid_loss if whole is None else whole),
        _day(one.created_at),
        f"<small>{_name(one.id)}</small>",
    )


_EVENT_COLUMNS: tuple[Column, ...] = ((_("Time (UTC)"), "short"), (_("Event"), "wide"))


def _events(events: Sequence[JobEvent]) -> Iterator[str]:
    """The last events, the oldest first, and where those before them are."""
    yield heading(_("Events"))
    before = len(events) - MOST_EVENTS
    if before > 0:
        words = _(
            "{count} before these are in",
            count=counted(before, "event"),
        )
        yield f"<p>{escaped(words)} {link('events.jsonl', 'events.jsonl')}.</p>\n"
    rows = map(_event, events[-MOST_EVENTS:])
    yield from table(_EVENT_COLUMNS, rows, _("No events."))


def _event(event: JobEvent) -> tuple[str, str]:
    words = escaped(event_text(event))
    look = event_style(event)
    if look != "plain":
        words = f'<span class="{look}">{words}</span>'
    return _second(event.created_at), words
