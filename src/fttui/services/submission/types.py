"""What goes into a submission and what it tells while it runs."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.endpoint.upload_source import READ_TIMEOUT
from fttui.services.job_form import JobRequest
from fttui.services.submission.rows import SweepRow
from fttui.services.submission.state import Stage, Submission
from fttui.terminal.language import _
from fttui.training_data.files import CheckedFile

MIB = 1024 * 1024
_PARTS = 32
_LARGEST_PART = 64 * MIB  # which the Uploads API takes


def new_submission_id() -> str:
    """An id that no other submission has, on any machine."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """How files travel.

    Files up to `direct_bytes` go in one request, larger ones in parts, of which `window` at most
    wait for their answers: so much goes twice when everything is lost. A part has `part_bytes`,
    or a 32nd of a large file: small where little is sent, so that a lost one costs little,
    and large where each costs its answer. A part, or a whole file, gets `tries` attempts with a
    pause from `first_pause` seconds on, doubled each time. `read_timeout` is for the local disk.
    """

    direct_bytes: int = 32 * MIB
    part_bytes: int = 8 * MIB
    window: int = 3
    tries: int = 5
    first_pause: float = 1.0
    read_timeout: float = READ_TIMEOUT

    def part_size(self, size: int) -> int:
        """Bytes of each part of a file of `size` bytes but the last: at most 64 MiB when grown."""
        grown = min(size // _PARTS // MIB * MIB, _LARGEST_PART)
        return max(self.part_bytes, grown)


@dataclass(frozen=True, slots=True)
class Draft:
    """What the user was shown and confirmed; sent as it is.

    A file is either open and checked, or the id of one that is on the endpoint already. The hex
    digests are those of the check; where one is missing the file is read once more for it. With
    `reuse` a content that is on the endpoint already is not uploaded a second time. `cost` is what
    was said of it, kept for who takes the draft up later. Submitting one draft twice is one
    submission, known by `id`. `sweep` is its place in a sweep, None outside of one.
    """

    request: JobRequest
    training: CheckedFile | str
    validation: CheckedFile | str | None = None
    training_sha256: str = ""
    training_md5: str = ""
    validation_sha256: str = ""
    validation_md5: str = ""
    reuse: bool = True
    cost: str = ""
    id: str = field(default_factory=new_submission_id)
    sweep: SweepRow | None = None

    @property
    def asked(self) -> dict[str, object]:
        """What the job is asked to be; a file that is not on the endpoint yet has no name."""
        names = [file if isinstance(file, str) else "" for file in (self.training, self.validation)]
        return self.request.with_files(*names).asked()

    def close(self) -> None:
        """Close its files; a submission under way has copies of their descriptors."""
        for file in (self.training, self.validation):
            if file is not None and not isinstance(file, str):
                file.close()


@dataclass(frozen=True, slots=True)
class SubmissionProgress:
    """How far a submission is.

    Bytes count as done when the endpoint has acknowledged them; `bytes_sent` are those, and what
    has left without an answer yet, which the rate is of. `file` is "training" or "validation"
    while one is uploaded, else "". `seconds_left` is None while the rate is not known. `note` is a
    sentence about what is happening now, or "".
    """

    submission_id: str
    stage: Stage
    file: str = ""
    bytes_acknowledged: int = 0
    bytes_total: int = 0
    bytes_per_second: float = 0.0
    seconds_left: float | None = None
    note: str = ""
    paused: bool = False
    bytes_sent: int = 0

    @property
    def awaits_answer(self) -> bool:
        """True when all bytes of the file are sent, and the endpoint has yet to say so."""
        return bool(self.file) and self.bytes_acknowledged < self.bytes_total <= self.bytes_sent


ProgressListener = Callable[[SubmissionProgress], None]


@dataclass(frozen=True, slots=True)
class UnfinishedItem:
    """Something an earlier run, or a failure, left open.

    `kind` is "upload" (unfinished), "lone_upload" (of a file for no job), "file" (uploaded, but
    no job uses it), "unknown" (the create call was never answered), "duplicate" (more than one job
    carries the mark), "untold" (nobody was told of its job) or "unreadable" (its record cannot be
    read). `actions` are words for `Submissions.recover`, the safest first; "upload" alone is done
    by uploading the file again, which goes on with it. `busy` is True while a running fttui works
    on it, and then there are no actions.
    """

    submission_id: str
    kind: str
    sentence: str
    actions: tuple[str, ...]
    submission: Submission
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """What the user has agreed to in so many words, beyond the yes to the job itself.

    `without_journal`: to pay though an interruption would lose track of it, or what earlier runs
    left open is not known. `again`: to pay though an earlier call for this file and model is
    unanswered.
    """

    without_journal: bool = False
    again: bool = False


NO_CONSENT = Consent()
WITHOUT_JOURNAL = "without journal"
AGAIN = "again"
"""What the app wants typed for each of them."""


class JournalNeededError(ServiceError):
    """The journal cannot hold what is to be paid for, and the user has not agreed to that."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            _("{reason} Nothing was sent.", reason=reason),
            _(
                "Mend that (see `fttui doctor`), or pay all the same: `--without-journal`, in "
                "the app "
                "{without_journal!r} typed.",
                without_journal=WITHOUT_JOURNAL,
            ),
            outcome=Outcome.NOT_SENT,
            code="journal_needed",
        )
        self.why = reason


class EarlierCallError(ServiceError):
    """An earlier call for the same file and model is unanswered, so there may be a job already."""

    def __init__(self, earlier: str, submission_id: str, looked: str) -> None:
        super().__init__(
            _("{earlier}. {looked} Nothing more was sent.", earlier=earlier, looked=looked),
            _(
                "`fttui recover {submission_id} look_up` (u in the app) looks again. To pay for "
                "another job all the same: `--again`, in the app {again!r} typed.",
                submission_id=submission_id[:8],
                again=AGAIN,
            ),
            outcome=Outcome.UNKNOWN,
            code="earlier_call",
        )
        self.why = f"{earlier}. {looked}"
        self.submission_id = submission_id


class UnreadableCallError(EarlierCallError):
    """There may have been a call for the same file and model, whose record cannot be read."""

    def __init__(self, submission_id: str) -> None:
        what = _("What an earlier create call asked for cannot be read in the journal any more")
        super().__init__(what, submission_id, _("Look at the list of jobs."))
        self.hint = _(
            "`fttui recover {submission_id} forget` (u in the app) lets go of it. To pay for "
            "a job all the same: `--again`, in the app {again!r} typed.",
            submission_id=submission_id[:8],
            again=AGAIN,
        )


class UploadCancelledError(ServiceError):
    """The user gave up the upload; there is certainly no job."""

    def __init__(self) -> None:
        super().__init__(
            _("The upload was cancelled; no job was created."),
            outcome=Outcome.NOT_SENT,
            code="cancelled",
        )


class UnknownOutcomeError(ServiceError):
    """The create call went out, and nobody knows whether there is a job."""

    def __init__(self, reason: str, looked: str) -> None:
        super().__init__(
            _(
                "{reason} Whether a job was created is not known: {looked}",
                reason=reason,
                looked=looked,
            ),
            _(
                "Nothing is sent again by itself. Look again later, or decide, with `fttui "
                "recover`."
            ),
            outcome=Outcome.UNKNOWN,
            code="unknown_outcome",
        )


class BusySubmissionError(ServiceError):
    """Another fttui works on this submission at this moment."""

    def __init__(self) -> None:
        super().__init__(
            _("Another fttui is working on this submission at the moment, so nothing was done."),
            _("Wait for that one to finish, or close it."),
            outcome=Outcome.NOT_SENT,
            code="busy",
        )


class ConsentNeededError(ServiceError):
    """Sending again may pay twice, which only the user may decide."""

    def __init__(self) -> None:
        super().__init__(
            _("Sending this again may create, and bill, a second job, so it was not sent."),
            _("Confirm that you accept this, after looking at the list of jobs."),
            outcome=Outcome.NOT_SENT,
            code="consent_needed",
        )
