"""What the journal tells of one submission: its stage, its files, its job."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from fttui.services.job_form import JobRequest
from fttui.services.submission.rows import SweepRow
from fttui.storage.journal import UNREADABLE, Account, Entry
from fttui.terminal.language import _
from fttui.training_data.files import CheckedFile

log = logging.getLogger(__name__)

_MISUNDERSTOOD = (KeyError, TypeError, ValueError, AttributeError)

LONE = "lone-"
"""How the ids of uploads begin that no job asked for: they are no submissions."""
TRAINING = "training"
VALIDATION = "validation"


class Stage(StrEnum):
    """How far a submission got; each change is one committed entry of the journal."""

    DRAFTED = "drafted"
    CONFIRMED = "confirmed"
    UPLOADING = "uploading"
    UPLOADED = "uploaded"
    INTENT = "intent"
    SENDING = "sending"
    CREATED = "created"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class SentPart:
    """An acknowledged part; `sha256` is of everything in the file up to the part's end."""

    id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class FileState:
    """One file of a submission: where it came from and how much of it the endpoint has.

    `file_id` is set once the endpoint has it all. `upload_id`, `part_size` and `parts` (by
    number, from 0) describe an upload in parts; `started_at` is when the sending began.
    """

    role: str
    path: str = ""
    name: str = ""
    size: int = 0
    device: int = 0
    inode: int = 0
    mtime_ns: int = 0
    sha256: str = ""
    md5: str = ""
    upload_id: str = ""
    expires_at: datetime | None = None
    part_size: int = 0
    parts: Mapping[int, SentPart] = field(default_factory=dict)
    completing: bool = False
    started_at: datetime | None = None
    file_id: str = ""
    is_ours: bool = False

    @classmethod
    def of(cls, role: str, file: CheckedFile, sha256: str, md5: str) -> FileState:
        """A file of this machine of which nothing is sent yet, by the digests of its check."""
        identity = file.identity()
        return cls(
            role,
            path=os.fspath(file.path.absolute()),
            name=file.upload_name,
            size=file.size,
            device=identity.device,
            inode=identity.inode,
            mtime_ns=identity.mtime_ns,
            sha256=sha256,
            md5=md5,
        )

    def to_data(self) -> dict[str, Any]:
        """The plain form that the journal keeps."""
        names = ("role", "path", "name", "size", "device", "inode", "mtime_ns", "sha256", "md5")
        return {name: getattr(self, name) for name in (*names, "file_id")}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> FileState:
        """Read back what `to_data` made."""
        return cls(**dict(data))


@dataclass(frozen=True, slots=True)
class Submission:
    """One confirmed request for one job, as the journal knows it.

    `request` is what the user was shown. `error` is a sentence. `extra_job_ids` are further jobs
    that carry this submission's mark and should not exist. `earlier_job_ids` are those that used
    the same file before the create call, None when nobody looked; `newest_at` is when the newest
    job of that time was made, by the endpoint's clock. `is_out` says that a create call
    has left, and nothing certain is known of it; `is_lost`, that an earlier one is so, too.
    `is_reported` says that whoever asked for the job was told its id, `cost` what the job was
    said to cost. `sweep` is its place in a sweep, None outside of one. `scope` is that of its
    account, None of one that was written before scopes were told apart.
    """

    id: str
    request: JobRequest
    files: Mapping[str, FileState]
    stage: Stage = Stage.DRAFTED
    job_id: str = ""
    extra_job_ids: tuple[str, ...] = ()
    earlier_job_ids: frozenset[str] | None = None
    error: str = ""
    param: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    intent_at: datetime | None = None
    newest_at: datetime | None = None
    is_out: bool = False
    is_lost: bool = False
    is_reported: bool = False
    cost: str = ""
    sweep: SweepRow | None = None
    scope: str | None = None

    def is_of(self, account: Account) -> bool:
        """True unless it was asked for as another organisation or project, or by other headers."""
        return self.scope in (None, account.scope)

    @property
    def may_have_job(self) -> bool:
        """True when a create call left whose outcome is not known."""
        return self.is_out or self.is_lost

    @property
    def known_jobs(self) -> tuple[str, ...]:
        """The raw ids of the jobs that are known to be this submission's."""
        return (*filter(None, (self.job_id,)), *self.extra_job_ids)

    @property
    def training_file(self) -> str:
        """The training file's id on the endpoint, "" until it is uploaded."""
        return self._file_id(TRAINING)

    @property
    def validation_file(self) -> str:
        """The validation file's id on the endpoint, "" when there is none (yet)."""
        return self._file_id(VALIDATION)

    @property
    def body(self) -> JobRequest:
        """The request as it goes out: with the files' ids and the mark to find its job by."""
        return self.request.with_files(self.training_file, self.validation_file).tagged(self.id)

    @property
    def is_lone(self) -> bool:
        """True of an upload that no job asked for."""
        return self.id.startswith(LONE)

    @property
    def is_finished(self) -> bool:
        """True when nothing is left to recover."""
        if self.is_lone:
            return bool(self.training_file) or self.stage is Stage.ABANDONED
        if self.may_have_job:
            return self.stage is Stage.ABANDONED
        if self.stage is Stage.REFUSED:
            if self.sweep is not None:
                return False  # or the same command would begin another sweep, and pay again
            return not any(file.is_ours and file.file_id for file in self.files.values())
        if self.stage is Stage.CREATED:
            return self.is_reported and not self.extra_job_ids
        return self.stage is Stage.ABANDONED

    @property
    def has_ended(self) -> bool:
        """True when nothing is left to do that two could do at one time: its lock may go."""
        return self.is_finished or self.stage is Stage.CREATED

    def _file_id(self, role: str) -> str:
        file = self.files.get(role)
        return file.file_id if file else ""


def read_submission(submission_id: str, entries: Iterable[Entry]) -> Submission | None:
    """The submission that `entries` tell of, oldest first; None when they do not begin one."""
    found: Submission | None = None
    for entry in entries:
        if entry.kind == Stage.DRAFTED:
            try:
                found = _begin(submission_id, entry)
            except _MISUNDERSTOOD:
                log.warning("the journal's record of submission %s cannot be read", submission_id)
                return None
        elif found is not None:
            found = apply(found, entry)
    return found


def unreadable(submission_id: str) -> Submission:
    """What stands for a submission whose record cannot be read."""
    return Submission(submission_id, JobRequest(""), {})


def apply(submission: Submission, entry: Entry) -> Submission:
    """The submission after one more entry; one that cannot be understood changes nothing.

    That is safe: what is not known to be done is looked up, or sent again where that is free.
    """
    change = _CHANGES.get(entry.kind)
    try:
        changed = change(submission, entry) if change else submission
    except _MISUNDERSTOOD:
        log.warning("an entry of submission %s cannot be read: %s", submission.id, entry.kind)
        changed = submission
    return replace(changed, updated_at=entry.at)


def request_data(request: JobRequest) -> dict[str, Any]:
    """The plain form of a request that the journal keeps."""
    return {
        "model": request.model,
        "training_file": request.training_file,
        "validation_file": request.validation_file,
        "method": request.method,
        "hyperparameters": dict(request.hyperparameters),
        "seed": request.seed,
        "suffix": request.suffix,
        "metadata": dict(request.metadata),
        "training_type": request.training_type,
        "top_level_hyperparameters": request.top_level_hyperparameters,
        **({"extra_body": dict(request.extra_body)} if request.extra_body else {}),
        **({"grader": dict(request.grader)} if request.grader else {}),
    }


def _begin(submission_id: str, entry: Entry) -> Submission:
    files = [FileState.from_data(data) for data in entry.data["files"]]
    return Submission(
        id=submission_id,
        request=JobRequest(**entry.data["request"]),
        files={file.role: file for file in files},
        cost=str(entry.data.get("cost", "")),
        scope=entry.data.get("scope"),
        sweep=SweepRow.read(entry.data["sweep"]) if entry.data.get("sweep") else None,
        created_at=entry.at,
        updated_at=entry.at,
    )


def _stage(stage: Stage) -> Callable[[Submission, Entry], Submission]:
    return lambda submission, _: replace(submission, stage=stage)


def _file_changed(submission: Submission, role: str, **changes: Any) -> Submission:
    changed = replace(submission.files[role], **changes)
    return replace(submission, files={**submission.files, role: changed})


def _uploading(submission: Submission, entry: Entry) -> Submission:
    data, expires = entry.data, entry.data.get("expires_at")
    changed = _file_changed(
        submission,
        data["role"],
        upload_id=data.get("upload_id", ""),
        part_size=data.get("part_size", 0),
        expires_at=datetime.fromisoformat(expires) if expires else None,
        parts={},
        completing=False,
        started_at=submission.files[data["role"]].started_at or entry.at,
    )
    return replace(changed, stage=Stage.UPLOADING, error="")


def _part(submission: Submission, entry: Entry) -> Submission:
    file = submission.files[entry.data["role"]]
    if file.upload_id != entry.data["upload_id"]:
        return submission
    sent = SentPart(entry.data["part_id"], entry.data["sha256"])
    return _file_changed(submission, file.role, parts={**file.parts, entry.data["index"]: sent})


def _completing(submission: Submission, entry: Entry) -> Submission:
    return _file_changed(submission, entry.data["role"], completing=True)


def _file(submission: Submission, entry: Entry) -> Submission:
    data = entry.data
    return _file_changed(
        submission, data["role"], file_id=data["file_id"], is_ours=bool(data.get("ours", True))
    )


def _file_missing(submission: Submission, entry: Entry) -> Submission:
    return _file_changed(
        submission, entry.data["role"], file_id="", upload_id="", parts={}, is_ours=False
    )


def _intent(submission: Submission, entry: Entry) -> Submission:
    if submission.may_have_job:
        # Its job is looked for from the first intent on.
        return replace(submission, stage=Stage.INTENT)
    earlier, newest = entry.data.get("earlier_job_ids"), entry.data.get("newest_at")
    return replace(
        submission,
        stage=Stage.INTENT,
        intent_at=entry.at,
        earlier_job_ids=None if earlier is None else frozenset(earlier),
        newest_at=datetime.fromisoformat(newest) if newest else None,
    )


def _sending(submission: Submission, _: Entry) -> Submission:
    lost = submission.is_lost or submission.is_out
    return replace(submission, stage=Stage.SENDING, is_out=True, is_lost=lost)


def _created(submission: Submission, entry: Entry) -> Submission:
    return replace(
        submission,
        stage=Stage.CREATED,
        job_id=entry.data["job_id"],
        extra_job_ids=tuple(entry.data.get("extra_job_ids", ())),
        error="",
        is_out=False,
        is_lost=False,
    )


def _reported(submission: Submission, _: Entry) -> Submission:
    return replace(submission, is_reported=True)


def _failed(stage: Stage) -> Callable[[Submission, Entry], Submission]:
    return lambda submission, entry: replace(
        submission,
        stage=stage,
        error=entry.data.get("error", ""),
        param=entry.data.get("param") or "",
    )


def _answered(stage: Stage) -> Callable[[Submission, Entry], Submission]:
    """The call that was out has certainly made no job; an earlier one may have."""

    def change(submission: Submission, entry: Entry) -> Submission:
        stands = Stage.UNKNOWN if submission.is_lost else stage
        return _failed(stands)(replace(submission, is_out=False), entry)

    return change


def _unreadable(submission: Submission, _unused: Entry) -> Submission:
    """Whatever was written there: it may have been that the call went out."""
    if submission.stage in {Stage.CREATED, Stage.ABANDONED}:
        return submission
    error = _("A part of its record cannot be read.")
    return replace(submission, stage=Stage.UNKNOWN, is_lost=True, error=error)


_CHANGES: Mapping[str, Callable[[Submission, Entry], Submission]] = {
    Stage.CONFIRMED: _stage(Stage.CONFIRMED),
    Stage.UPLOADING: _uploading,
    Stage.UPLOADED: _stage(Stage.UPLOADED),
    Stage.INTENT: _intent,
    Stage.SENDING: _sending,
    Stage.CREATED: _created,
    Stage.REFUSED: _answered(Stage.REFUSED),
    Stage.UNKNOWN: _failed(Stage.UNKNOWN),
    Stage.ABANDONED: _failed(Stage.ABANDONED),
    "interrupted": _failed(Stage.UPLOADING),
    "not sent": _answered(Stage.UPLOADED),
    "waiting": _answered(Stage.UPLOADED),
    "told": _reported,
    UNREADABLE: _unreadable,
    "part": _part,
    "completing": _completing,
    "file": _file,
    "file gone": _file_missing,
}
