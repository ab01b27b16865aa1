"""The messages that workers post and panes show.

Each goes to every pane (see `Host.post`), so none of them bubbles; a pane handles
those that it has an `@on` handler for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.endpoint.models import Checkpoint, Job, JobEvent, Model
    from fttui.services.job_again import Again
    from fttui.services.job_history import JobHistory
    from fttui.services.profiles.several import Place
    from fttui.services.submission.submissions import SubmissionProgress
    from fttui.storage.annotations import Annotation
    from fttui.training_data.check import Progress, Report
    from fttui.training_data.repair import RepairReport


class FttuiMessage(Message, bubble=False):
    """Base of all messages that go to the panes.

    `profile` is the mark of the endpoint that it is about, where several are read; else "".
    """

    profile = ""


class GraderRead(FttuiMessage):
    """A grader's text was read from `path`, or written where that is None; else why not."""

    def __init__(self, path: Path | None, text: str = "", *, refusal: str = "") -> None:
        super().__init__()
        self.path = path
        self.text = text
        self.refusal = refusal


class JobsLoading(FttuiMessage):
    """A load of the whole list has begun."""


class JobsKnown(FttuiMessage):
    """Jobs as an earlier run was told of them at `told_at`, the newest first."""

    def __init__(self, jobs: tuple[Job, ...], told_at: datetime) -> None:
        super().__init__()
        self.jobs = jobs
        self.told_at = told_at


class JobsPage(FttuiMessage):
    """Jobs that arrived, newest first.

    `last` completes the list; `dropped` counts entries that were unreadable. `goes_on` when the
    endpoint tells of more: of the last page that it does so although there is no way to them.
    """

    def __init__(
        self,
        jobs: tuple[Job, ...],
        *,
        last: bool = False,
        dropped: int = 0,
        goes_on: bool = False,
    ) -> None:
        super().__init__()
        self.jobs = jobs
        self.last = last
        self.dropped = dropped
        self.goes_on = goes_on


class JobsFailed(FttuiMessage):
    """The list could not be loaded or refreshed; what is shown stays, told last at `as_of`."""

    def __init__(self, error: ServiceError, as_of: datetime | None = None) -> None:
        super().__init__()
        self.error = error
        self.as_of = as_of


class HiddenAsked(FttuiMessage):
    """The hidden jobs are to be seen too, or no longer."""


class ColumnsAsked(FttuiMessage):
    """Other columns of the list are wanted."""


class JobsAnnotated(FttuiMessage):
    """What is kept beside the jobs, by their raw keys: all of it."""

    def __init__(self, annotations: Mapping[str, Annotation]) -> None:
        super().__init__()
        self.annotations = annotations


class EndpointsKnown(FttuiMessage):
    """Which other endpoints have their jobs in the list; some of them cannot be read."""

    def __init__(self, places: Sequence[Place]) -> None:
        super().__init__()
        self.places = places


class JobsRecovered(FttuiMessage):
    """The list can be refreshed again after a failure."""


class JobMissing(FttuiMessage):
    """The endpoint no longer knows a job of the list."""

    def __init__(self, raw_id: str) -> None:
        super().__init__()
        self.raw_id = raw_id


class JobChanged(FttuiMessage):
    """One job is now as told; it may be new to the list. `select` moves the cursor to it."""

    def __init__(self, job: Job, *, select: bool = False) -> None:
        super().__init__()
        self.job = job
        self.select = select


class JobHistoryRead(FttuiMessage):
    """What the endpoint tells of one job, beside what it told before: all of it newest first."""

    def __init__(
        self,
        job: Job,
        events: tuple[JobEvent, ...],
        checkpoints: tuple[Checkpoint, ...] | None = None,
        *,
        error_text: str = "",
        is_whole: bool = False,
    ) -> None:
        from fttui.services.job_history import JobHistory

        super().__init__()
        self.job = job
        self.history = JobHistory(events, checkpoints, error_text, is_whole)

    @classmethod
    def of(cls, job: Job, history: JobHistory) -> JobHistoryRead:
        """The message that a history of `job` came."""
        message = cls(job, ())
        message.history = history
        return message


class JobCompared(FttuiMessage):
    """What the endpoint told of a job that is compared; without a history why it did not."""

    def __init__(self, job: Job, history: JobHistory | None, error_text: str = "") -> None:
        super().__init__()
        self.job = job
        self.history = history
        self.error_text = error_text


class JobEvents(FttuiMessage):
    """Events of one job that follow on those that were told before, newest first."""

    def __init__(self, job_id: str, events: tuple[JobEvent, ...]) -> None:
        super().__init__()
        self.job_id = job_id
        self.events = events


class JobFactsLearned(FttuiMessage):
    """More is known of a job's files than before."""

    def __init__(self, job_id: str) -> None:
        super().__init__()
        self.job_id = job_id


class JobEventsMissed(FttuiMessage):
    """A job has told more events than could be followed; those between have to be read."""

    def __init__(self, job_id: str) -> None:
        super().__init__()
        self.job_id = job_id


class JobHistoryFailed(FttuiMessage):
    """A job's events could not be loaded."""

    def __init__(self, job_id: str, error: ServiceError) -> None:
        super().__init__()
        self.job_id = job_id
        self.error = error


class ModelsLoaded(FttuiMessage):
    """The models that the endpoint serves."""

    def __init__(self, models: tuple[Model, ...]) -> None:
        super().__init__()
        self.models = models


class ArchiveOffered(FttuiMessage):
    """Models of the list are soon to go, and nothing is archived; or the offer `stands` no more."""

    def __init__(self, stands: bool = True) -> None:
        super().__init__()
        self.stands = stands


class FileChosen(FttuiMessage):
    """A file was chosen in the picker; `field` is "training" or "validation"."""

    def __init__(self, field: str, path: Path) -> None:
        super().__init__()
        self.field = field
        self.path = path


class FileIdChosen(FttuiMessage):
    """A file on the endpoint was chosen for a new job by its id."""

    def __init__(self, file_id: str) -> None:
        super().__init__()
        self.file_id = file_id


class FileAsked(FttuiMessage):
    """The endpoint knows the word in `field` as a file's id; `sentence` says why not, or ""."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__()
        self.field = field
        self.sentence = sentence


class ModelChosen(FttuiMessage):
    """The form is to ask for a job with this model; all else stays as it is typed."""

    def __init__(self, model: str) -> None:
        super().__init__()
        self.model = model


class FormFilled(FttuiMessage):
    """The form is to ask for what another job was asked to be."""

    def __init__(self, again: Again) -> None:
        super().__init__()
        self.again = again


class CheckProgressed(FttuiMessage):
    """The check of a field's file went on."""

    def __init__(self, field: str, path: Path, progress: Progress) -> None:
        super().__init__()
        self.field = field
        self.path = path
        self.progress = progress

    def can_replace(self, message: Message) -> bool:
        """Only the newest progress matters."""
        return isinstance(message, CheckProgressed) and message.field == self.field


class CheckDone(FttuiMessage):
    """A field's file is checked; `report` tells all that was found."""

    def __init__(self, field: str, path: Path, report: Report) -> None:
        super().__init__()
        self.field = field
        self.path = path
        self.report = report


class CheckRefused(FttuiMessage):
    """A field's file cannot be checked at all, or the check was stopped; `sentence` says why."""

    def __init__(self, field: str, path: Path, sentence: str) -> None:
        super().__init__()
        self.field = field
        self.path = path
        self.sentence = sentence


class FileEdited(FttuiMessage):
    """A file on this machine was changed in the user's editor: what is known of it is old."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path


class RepairProgressed(FttuiMessage):
    """The copy of a field's file, or the check of the copy, went on; None when it ended."""

    def __init__(self, field: str, path: Path, progress: Progress | None = None) -> None:
        super().__init__()
        self.field = field
        self.path = path
        self.progress = progress

    def can_replace(self, message: Message) -> bool:
        """Only the newest progress matters."""
        return isinstance(message, RepairProgressed) and message.field == self.field


class RepairEnded(FttuiMessage):
    """A repaired copy of a field's file was written, or could not be, which `problem` explains."""

    def __init__(self, field: str, report: RepairReport | None = None, problem: str = "") -> None:
        super().__init__()
        self.field = field
        self.report = report
        self.problem = problem


class SubmissionBegun(FttuiMessage):
    """The user said yes: from now on an upload or a create call is under way."""


class SubmissionProgressed(FttuiMessage):
    """A submission went on: bytes acknowledged, or another stage."""

    def __init__(self, progress: SubmissionProgress) -> None:
        super().__init__()
        self.progress = progress

    def can_replace(self, message: Message) -> bool:
        """Only the newest progress matters."""
        return isinstance(message, SubmissionProgressed)


class SubmissionEnded(FttuiMessage):
    """A submission ended: with a job, or with an error whose outcome says what is certain."""

    def __init__(self, job: Job | None = None, error: ServiceError | None = None) -> None:
        super().__init__()
        self.job = job
        self.error = error


class JobBusy(FttuiMessage):
    """An action on a job began (`busy`) or ended, so that it is not asked for twice."""

    def __init__(self, job_id: str, *, busy: bool) -> None:
        super().__init__()
        self.job_id = job_id
        self.busy = busy
