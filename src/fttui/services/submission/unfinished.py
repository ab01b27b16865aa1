"""What earlier runs left open, in words, with what can be done about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from fttui.services.submission.rows import SweepRow
from fttui.services.submission.state import TRAINING, FileState, Stage, Submission
from fttui.services.submission.types import UnfinishedItem
from fttui.terminal.format import clock_text
from fttui.terminal.language import _, clauses, day_text
from fttui.terminal.text import safe, safe_path

UPLOAD_ACTIONS = ("resume", "forget")
FILE_ACTIONS = ("create", "delete_file", "forget")
UNKNOWN_ACTIONS = ("look_up", "resend", "forget")
DUPLICATE_ACTIONS = ("cancel_extra", "forget")
LONE_ACTIONS = ("upload", "forget")
UNREPORTED_ACTIONS = ("look_up", "forget")

_BEFORE_UPLOADED = frozenset({Stage.DRAFTED, Stage.CONFIRMED, Stage.UPLOADING})


def describe_open(
    submissions: Iterable[Submission], used_files: Collection[str], busy: Collection[str]
) -> list[UnfinishedItem]:
    """The open items among `submissions`, oldest first.

    `used_files` are ids that a job uses, so nobody needs to be told of them; `busy` are the ids of
    submissions that a running fttui works on.
    """
    items: list[UnfinishedItem] = []
    for submission in submissions:
        item = _describe(submission, used_files)
        is_busy = submission.id in busy
        if item is None or (is_busy and submission.is_lone):
            continue
        kind, sentence, actions = item
        if submission.sweep is not None:
            sentence += " " + _place_in(submission.sweep)
        if is_busy:
            sentence, actions = (
                _("{sentence} Another fttui is working on it.", sentence=sentence),
                (),
            )
        items.append(UnfinishedItem(submission.id, kind, sentence, actions, submission, is_busy))
    return items


def _place_in(row: SweepRow) -> str:
    return _(
        "It is row {number} of {rows} of {label}: `fttui recover {label} create` goes on with all.",
        number=row.number,
        rows=row.rows,
        label=row.label,
    )


def kind_of(submission: Submission) -> str:
    """The kind as `UnfinishedItem` names it; "" for nothing open."""
    if submission.is_finished:
        return ""
    if submission.is_lone:
        return "lone_upload" if _is_kept(submission.files.get(TRAINING)) else ""
    if submission.stage is Stage.CREATED:
        return "duplicate" if submission.extra_job_ids else "untold"
    if submission.may_have_job:
        return "unknown"
    if not submission.files:
        return "unreadable"
    return "upload" if submission.stage in _BEFORE_UPLOADED else "file"


def _is_kept(file: FileState | None) -> bool:
    """Whether the endpoint keeps what was sent of a file in parts, so that the rest is enough."""
    if file is None or not file.upload_id:
        return False
    return file.expires_at is None or datetime.now(UTC) < file.expires_at


def _describe(
    submission: Submission, used_files: Collection[str]
) -> tuple[str, str, tuple[str, ...]] | None:
    kind = kind_of(submission)
    ours = [file for file in submission.files.values() if file.is_ours and file.file_id]
    is_used = bool(ours) and all(file.file_id in used_files for file in ours)
    if kind == "" or (kind == "file" and is_used and submission.sweep is None):
        return None
    if kind == "file" and (not ours or is_used):
        return kind, _unsent_sentence(submission), ("create", "forget")
    sentence, actions = {
        "duplicate": (_duplicate_sentence, DUPLICATE_ACTIONS),
        "unknown": (_unknown_sentence, UNKNOWN_ACTIONS),
        "untold": (_unreported_sentence, UNREPORTED_ACTIONS),
        "unreadable": (_unreadable_sentence, ("forget",)),
        "upload": (_upload_sentence, UPLOAD_ACTIONS),
        "file": (_file_sentence, FILE_ACTIONS),
        "lone_upload": (_lone_sentence, LONE_ACTIONS),
    }[kind]
    return kind, sentence(submission), actions


def _duplicate_sentence(submission: Submission) -> str:
    extra = ", ".join(map(safe, submission.extra_job_ids))
    return _(
        "Job {job_id} was created more than once: {extra} should not exist and may be billed.",
        job_id=safe(submission.job_id),
        extra=extra,
    )


def _unknown_sentence(submission: Submission) -> str:
    return _(
        "{describe_call} and was never answered; there may be a job.",
        describe_call=describe_call(submission),
    )


def describe_call(submission: Submission) -> str:
    """What a create call asked for and when it went out, as the beginning of a sentence."""
    file, model = _file_name(submission), _model(submission)
    return _(
        "A create call for {model} with {file} went out {when}",
        model=model,
        file=file,
        when=_when(submission),
    )


def _unreported_sentence(submission: Submission) -> str:
    return _(
        "Job {job_id} for {model} with {file_name} was "
        "created {when}; its id may not have reached you.",
        job_id=safe(submission.job_id),
        model=_model(submission),
        file_name=_file_name(submission),
        when=_when(submission),
    )


def _unreadable_sentence(_unused: Submission) -> str:
    return _(
        "The record of a submission cannot be read, so what came of it is not known; look at the "
        "list of jobs and files."
    )


def _file_name(submission: Submission) -> str:
    file = submission.files.get(TRAINING)
    return safe(file.name or file.file_id, maxlen=80) if file else ""


def _unsent_sentence(submission: Submission) -> str:
    return _(
        "A job for {model} with {file_name} was confirmed {when}, but not asked for.{why}",
        model=_model(submission),
        file_name=_file_name(submission),
        when=_when(submission),
        why=_why(submission),
    )


def _file_sentence(submission: Submission) -> str:
    ours = [file for file in submission.files.values() if file.is_ours and file.file_id]
    names = ", ".join(f"{safe(file.file_id)} ({safe(file.name)})" for file in ours)
    wanted = _("for {model}", model=_model(submission))
    return _(
        "{names} is uploaded {wanted}, but no job uses it.{why}",
        names=names,
        wanted=wanted,
        why=_why(submission),
    )


def _upload_sentence(submission: Submission) -> str:
    open_files = [file for file in submission.files.values() if not file.file_id]
    if not open_files:
        return _(
            "Everything for a {model} job is uploaded; the job is not asked for.",
            model=_model(submission),
        )
    file = open_files[0]
    return _(
        "{path} is uploaded to {share} for a {model} job.{expiry}{why}",
        path=safe_path(file.path) or safe(file.name),
        share=_share(file),
        model=_model(submission),
        expiry=_expiry(file),
        why=_why(submission),
    )


def _lone_sentence(submission: Submission) -> str:
    file = submission.files[TRAINING]
    return _(
        "{path} is uploaded to {share}; no job asks for it.{expiry}",
        path=safe_path(file.path) or safe(file.name),
        share=_share(file),
        expiry=_expiry(file),
    )


def _share(file: FileState) -> str:
    sent = min(len(file.parts) * file.part_size, file.size)
    return f"{sent * 100 // file.size} %" if file.size else "0 %"


def _expiry(file: FileState) -> str:
    if file.expires_at is None or not file.parts:
        return ""
    if datetime.now(UTC) >= file.expires_at:
        return _(" Those parts have expired at the endpoint, so it starts again.")
    until = file.expires_at.astimezone()
    if until.date() != datetime.now().astimezone().date():
        day, time = day_text(until), clock_text(until)[:5]
        return _(" The rest can be sent until {day}, {time}.", day=day, time=time)
    return _(" The rest can be sent until {astimezone:%H:%M}.", astimezone=until)


def _model(submission: Submission) -> str:
    """The model, and what else tells one submission from another."""
    request = submission.request
    details = [_("suffix {suffix}", suffix=request.suffix)] if request.suffix else []
    details += [f"{key}={value}" for key, value in request.metadata.items()]
    model = safe(request.model, maxlen=80)
    return f"{model} ({safe(clauses(details), maxlen=200)})" if details else model


def _why(submission: Submission) -> str:
    return f" {submission.error}" if submission.error else ""


def _when(submission: Submission) -> str:
    moment = submission.intent_at or submission.created_at
    if moment is None:
        return _("earlier")
    return _("on {day} at {time}", day=day_text(moment.astimezone()), time=clock_text(moment)[:5])
