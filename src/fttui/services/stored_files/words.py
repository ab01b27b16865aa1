"""What is said of a file on the endpoint, in the app and on the command line alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from fttui.services.job_words import StatusStyle, short_name, status_text, status_word
from fttui.services.stored_files.uses import (
    OTHER,
    RESULTS,
    TRAINING,
    VALIDATION,
    FileUses,
    Use,
    UseState,
)
from fttui.services.tuned_models.words import title_words
from fttui.terminal.format import (
    NOTHING,
    age_text,
    count_text,
    counted,
    cut,
    full_moment_text,
    size_text,
)
from fttui.terminal.language import _, marked

if TYPE_CHECKING:
    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.endpoint.models import Job, TrainingFile
    from fttui.services.retirement_clock import RetirementClock

_STATUSES = frozenset(
    {
        marked("uploaded"),
        marked("processed"),
        marked("processing"),
        marked("pending"),
        marked("running"),
        marked("error"),
        marked("failed"),
        marked("deleted"),
    }
)
"""The statuses that have a word in every language."""
_GOOD = frozenset({"processed", "succeeded", "success", "available", "ready", "completed", "done"})
_BAD = frozenset({"error", "failed", "failure", "invalid", "rejected", "expired"})
_MOVING = frozenset(
    {"pending", "processing", "running", "validating", "queued", "importing", "in_progress"}
)
_UPLOADED = "uploaded"
_GONE = frozenset({"deleted", "deleting"})
_LONG_MOVING = 86_400
"""Seconds after which a file that is still to be processed is looked at no more."""
_PURPOSES = {"fine-tune-results": _("results"), "assistants_output": _("output")}
_DAY = 86_400
_SOON = 7 * _DAY
ROLES = {
    TRAINING: _("trains by it"),
    VALIDATION: _("validates by it"),
    RESULTS: _("made it"),
    OTHER: _("names it"),
}
"""What a job has a file for."""
_MOST_NAMED = 4
_CLOCKS_DIFFER = 86_400.0
"""Seconds: the clocks of two machines may have different time zones."""


def file_status_style(file: TrainingFile) -> StatusStyle:
    """The glyph and the look of a file's status; a word that nobody knows is drawn neutrally."""
    return _status_style((file.status or "").lower())


@lru_cache(maxsize=256)
def _status_style(word: str) -> StatusStyle:
    if word in _GOOD:
        return StatusStyle("✓", "good")
    if word in _BAD:
        return StatusStyle("✗", "bad")
    if word in _MOVING or word == _UPLOADED:
        return StatusStyle("◌", "waiting")
    return StatusStyle("–" if word in _GONE else " ", "muted" if word in _GONE else "plain")


def file_status_text(file: TrainingFile) -> str:
    """Glyph and word of a file's status."""
    if not file.status:
        return NOTHING
    word = _(file.status) if file.status in _STATUSES else file.status
    return f"{file_status_style(file).glyph} {word}".strip()


def is_moving(file: TrainingFile, now: datetime) -> bool:
    """True while the endpoint still has to look at the file, which it does soon after the upload.

    Servers that leave every file at "uploaded" are asked no more after a day.
    """
    word = (file.status or "").lower()
    age = (now - file.created_at).total_seconds() if file.created_at else 0.0
    return (word in _MOVING or word == _UPLOADED) and age < _LONG_MOVING


def purpose_text(file: TrainingFile, columns: int = 99) -> str:
    """The purpose; in few columns by what it is for."""
    purpose = file.purpose or NOTHING
    return purpose if len(purpose) <= columns else _PURPOSES.get(purpose, purpose)


def name_of(file: TrainingFile) -> str:
    """What the file is called, else its id."""
    return file.filename or file.id or NOTHING


def file_age(file: TrainingFile, now: datetime) -> str:
    """How long ago the file was made; nothing where that is to come, but for clocks that differ."""
    if file.created_at is None:
        return NOTHING
    seconds = (now - file.created_at).total_seconds()
    return NOTHING if seconds < -_CLOCKS_DIFFER else age_text(max(seconds, 0.0))


def expiry_words(file: TrainingFile, now: datetime) -> str:
    """When the file goes by itself, in short: `in 3 days`, `expired`, or nothing."""
    if file.expires_at is None:
        return NOTHING
    left = (file.expires_at - now).total_seconds()
    if left <= 0:
        return _("expired")
    return _("in {time}", time=age_text(left) if left >= 60 else _("1 min"))


def expires_soon(file: TrainingFile, now: datetime) -> bool:
    """True of a file that goes within a week."""
    return file.expires_at is not None and (file.expires_at - now).total_seconds() < _SOON


def expiry_text(file: TrainingFile, now: datetime) -> str:
    """When the file goes by itself, as a fact."""
    if file.expires_at is None:
        return _("the endpoint tells of none")
    moment = full_moment_text(file.expires_at)
    return _("{moment}, {words}", moment=moment, words=expiry_words(file, now))


def used_text(uses: FileUses, file: TrainingFile) -> str:
    """Who uses the file, in a few words: a job's name, how many there are, or none."""
    state, found = uses.state(file), uses.of(file)
    if state is UseState.USED:
        return _called(found[0].job) if len(found) == 1 else counted(len(found), "job")
    return {
        UseState.UNUSED: _("no job"),
        UseState.OTHER: NOTHING,
        UseState.UNKNOWN: _("not known"),
    }[state]


def use_line(use: Use, clock: RetirementClock) -> str:
    """One job that has a file: what for, its name, id and status, and whether its model is gone."""
    job = use.job
    parts = (
        status_text(job.status),
        cut(job.name and short_name(job), 60),
        title_words(job, clock),
        job.id,
        ROLES[use.role],
    )
    return " · ".join(filter(None, parts))


def _called(job: Job) -> str:
    """What a person called the job, else its id: a job without a name uses its files as well."""
    return short_name(job) if job.name else job.id


def why_not_known(uses: FileUses) -> str:
    """Why it is not known which files no job uses; "" where it is."""
    if uses.knows_all:
        return ""
    if uses.problem:
        return _("The jobs could not be read: {why}", why=uses.problem)
    if not uses.is_whole:
        return _("Not all jobs are known, so a file without one here may have one.")
    if uses.is_brief:
        return _("The list of jobs does not tell all their files, so any file may be theirs.")
    told = counted(uses.untold, "job")
    return _("What {count} trained by is not told, so any file may be theirs.", count=told)


def _total_size(files: Sequence[TrainingFile]) -> tuple[int, int]:
    """The bytes of these files as they are told, and of how many files that is not told."""
    told = [file.size for file in files if file.size is not None and file.size >= 0]
    return sum(told), len(files) - len(told)


def size_sum_text(files: Sequence[TrainingFile]) -> str:
    """The bytes of these files together; with a sign where some do not tell theirs."""
    total, untold = _total_size(files)
    if untold and untold == len(files):
        return _("size not told")
    return f"≥ {size_text(total)}" if untold else size_text(total)


def unused_text(files: Sequence[TrainingFile], uses: FileUses) -> str:
    """How many files no job uses, and their bytes; "" where that is not known."""
    if not uses.knows_all:
        return ""
    unused, doubtful = [], 0
    for file in files:  # of which there may be very many
        state = uses.state(file)
        if state is UseState.UNUSED:
            unused.append(file)
        doubtful += state is UseState.UNKNOWN
    if not unused:
        count = count_text(doubtful)
        return _("use of {count} not known", count=count) if doubtful else _("all used")
    count, size = count_text(len(unused)), size_sum_text(unused)
    text = _("{count} used by no job, {size}", count=count, size=size)
    if doubtful:
        text = _("{text}, {count} not known", text=text, count=count_text(doubtful))
    return text


def deletion_warnings(files: Sequence[TrainingFile], uses: FileUses) -> list[str]:
    """What is lost with these files, beyond themselves, the worst first: sentences."""
    found = [use for file in files for use in uses.of(file)]
    needing = uses.needing(files)
    ended = {use.job.id: use for use in found if use.job.status.is_final and use.role != RESULTS}
    made = {use.job.id: use for use in found if use.job.status.is_final and use.role == RESULTS}
    warnings = []
    if needing:
        named = _named([*needing.values()], with_status=True)
        warnings.append(
            _("Needed by what has not ended: {named}. Without the file it may fail.", named=named)
        )
    if ended:
        named = _named([*ended.values()])
        warnings.append(
            _("The source of {named}, which cannot be created again from it then.", named=named)
        )
    if made:
        named = _named([*made.values()])
        warnings.append(_("The results of {named}: the curves are read from them.", named=named))
    doubt = why_not_known(uses)
    if doubt:
        warnings.append(doubt)
    return warnings


def needed_since_text(needing: Sequence[Use], *, has_begun: bool = False) -> str:
    """That files were not deleted, because of jobs that nobody had told of when it was asked.

    `has_begun` where some had gone before that was seen.
    """
    named = _named(needing, with_status=True)
    if has_begun:
        return _(
            "Meanwhile {named} came, which needs what was still to go. Ask again.", named=named
        )
    return _(
        "Nothing was deleted: meanwhile {named} came, which needs what was to go. Ask again.",
        named=named,
    )


def not_looked_text(error: ServiceError) -> str:
    """That files were not deleted, because it could not be read whether a job needs them by now."""
    return _(
        "Nothing was deleted: whether a job needs it by now could not be read. {why}",
        why=error.full_text,
    )


def _named(uses: Sequence[Use], *, with_status: bool = False) -> str:
    names = []
    for use in uses[:_MOST_NAMED]:
        job = use.job
        name = cut(_called(job), 40)
        names.append(_("{name} ({status})", name=name, status=status_word(job.status)))
        if not with_status:
            names[-1] = name
    if len(uses) > _MOST_NAMED:
        names.append(_("{count} more", count=len(uses) - _MOST_NAMED))
    return ", ".join(names)


def file_facts(
    file: TrainingFile, uses: FileUses, now: datetime, clock: RetirementClock, source: str = ""
) -> list[tuple[str, str]]:
    """All that is known of a file, as labels and values; `source` is where it came from here.

    `clock` knows of the models that its jobs have made.
    """
    status = file_status_text(file)
    state = uses.state(file)
    facts = [
        (_("Name"), file.filename or NOTHING),
        (_("File"), file.id or _("The endpoint gave it no id.")),
        (_("Purpose"), file.purpose or NOTHING),
        (_("Size"), _size_fact(file)),
        (_("Status"), status),
        (_("Details"), file.status_details or ""),
        (_("Created"), _created_fact(file, now)),
        (_("Expires"), expiry_text(file, now)),
        (_("From"), source),
    ]
    found = [use_line(use, clock) for use in uses.of(file)]
    if not found:
        found = [
            {
                UseState.UNUSED: _("no job"),
                UseState.OTHER: _("no fine-tuning job; its purpose is another"),
            }.get(state)
            or why_not_known(uses)
            or _("not known")
        ]
    elif not uses.knows_all:
        found.append(why_not_known(uses))
    labels = [_("Used by"), *[""] * (len(found) - 1)]
    return [fact for fact in facts if fact[1]] + list(zip(labels, found, strict=True))


def _created_fact(file: TrainingFile, now: datetime) -> str:
    moment = full_moment_text(file.created_at)
    return f"{moment} · {file_age(file, now)}" if file.created_at else moment


def _size_fact(file: TrainingFile) -> str:
    if file.size is None or file.size < 1000:
        return size_text(file.size)
    return _("{size} ({bytes} bytes)", size=size_text(file.size), bytes=count_text(file.size))


def listed_still_text(what: str, host: str) -> str:
    """That an endpoint has what it said is deleted."""
    return _(
        "{what} was deleted, and {host} lists it all the same. It may need time.",
        what=what,
        host=host,
    )
