"""What is said about a job: its status, its events, and why an action on it is refused.

The app and the command line say it by these functions alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fttui.services.endpoint.models import Job, JobError, JobEvent, Status
from fttui.terminal.format import NOTHING, full_moment_text
from fttui.terminal.language import _, marked, short

if TYPE_CHECKING:
    from fttui.services.explanations import Explanation

_GLYPHS = {
    "succeeded": "✓",
    "failed": "✗",
    "cancelled": "-",
    "running": "●",
    "resuming": "●",
    "validating_files": "◌",
    "queued": "○",
    "pending": "○",
    "created": "○",
    "paused": "=",
    "pausing": "=",
    "cancelling": "-",
    "notRunning": "=",
}
_UNKNOWN = "·"


_STYLES = {
    "succeeded": "good",
    "failed": "bad",
    "cancelled": "muted",
    "running": "active",
    "resuming": "active",
}
_WORDS = frozenset(
    {
        marked("succeeded"),
        marked("failed"),
        marked("cancelled"),
        marked("validating_files"),
        marked("queued"),
        marked("pending"),
        marked("created"),
        marked("notRunning"),
        marked("running"),
        marked("pausing"),
        marked("paused"),
        marked("resuming"),
        marked("cancelling"),
        marked("unknown"),
    }
)
"""The statuses that have a word in every language: those of OpenAI's API, and fttui's own."""
_BRIEF_WORDS = {
    "validating_files": short("validating"),
    "pausing": short("pausing"),
    "cancelling": short("cancelling"),
    "notRunning": short("notRunning"),
}
_STATES = {
    "succeeded": _("has succeeded"),
    "failed": _("has failed"),
    "cancelled": _("has been cancelled"),
    "validating_files": _("is being validated"),
    "notRunning": _("is not running"),
    "cancelling": _("is being cancelled"),
    "queued": _("is queued"),
    "pending": _("is pending"),
    "created": _("is created"),
    "running": _("is running"),
    "pausing": _("is pausing"),
    "paused": _("is paused"),
    "resuming": _("is resuming"),
}
_ENDED = {
    "succeeded": _("has already succeeded"),
    "failed": _("has already failed"),
    "cancelled": _("has already been cancelled"),
}
_LEAST_BASE = 8
"""Of `ft:gpt-4.1-mini`, what still tells the base."""

_EVENT_STYLES = {"error": "bad", "warn": "waiting", "warning": "waiting"}


@dataclass(frozen=True, slots=True)
class StatusStyle:
    """A one-cell glyph, and the name of the look that a status is painted in."""

    glyph: str
    style: str


def style_of(status: Status) -> StatusStyle:
    """The look of `status`; a word that nobody knows yet is drawn neutrally."""
    other = "waiting" if status.is_known else "plain"
    glyph = _GLYPHS.get(status.word, _UNKNOWN)
    return StatusStyle(glyph, _STYLES.get(status.word, other))


def status_text(status: Status) -> str:
    """Glyph and word, for example `✓ succeeded`."""
    return f"{style_of(status).glyph} {status_word(status)}"


def status_word(status: Status) -> str:
    """The status in the user's language; a word of the endpoint's own as it is."""
    return _(status.shown) if status.shown in _WORDS else status.shown


def short_status(status: Status) -> str:
    """The status in at most ten letters for a list, where it is one of OpenAI's."""
    return _BRIEF_WORDS.get(status.shown) or status_word(status)


def state_text(status: Status) -> str:
    """What comes after the job's name in a sentence: `has succeeded`, `is running`."""
    return _STATES.get(status.word) or _("has the status {word}", word=status_word(status))


def event_text(event: JobEvent) -> str:
    """The message of an event, after its level where that is not info."""
    return event.message if event.level == "info" else f"{event.level}: {event.message}"


def event_row(event: JobEvent) -> tuple[str, str]:
    """When an event was, and what it tells."""
    return full_moment_text(event.created_at), event_text(event)


def event_style(event: JobEvent) -> str:
    """The name of the look that an event is painted in."""
    return _EVENT_STYLES.get(event.level, "plain")


def short_name(job: Job) -> str:
    """What a person called the job: its suffix, else its fine-tuned model's name."""
    return job.suffix or job.fine_tuned_model or NOTHING


def shorten_model(name: str, columns: int) -> str:
    """A fine-tuned model's name in `columns` columns, by what tells it from others.

    That is its end, suffix and id, then as much of its base as there is room for, as in
    `ft:gpt-4.1-m…:desk:ga2TICc2`. Any other name tells it by its beginning and stays as it is.
    """
    parts = name.split(":", 3)
    if len(parts) < 4 or parts[0] != "ft" or not name.isascii() or len(name) <= columns:
        return name
    end = f"…:{parts[3]}"
    room = columns - len(end)
    if room >= _LEAST_BASE:
        return name[:room] + end
    return f"…{name[len(name) - columns + 1 :]}" if columns > 1 else "…"


def no_checkpoints(status: Status) -> str:
    """Why a job in this state has no checkpoint to show."""
    if status.word in {"failed", "cancelled"}:
        return _(
            "No checkpoints: the job {state_text} before it had one to show.",
            state_text=state_text(status),
        )
    if status.word == "succeeded":
        return _("No checkpoints: the endpoint kept none of this job.")
    return _("No checkpoints yet: they can be seen once the job has succeeded or is paused.")


def no_metrics(status: Status) -> str:
    """Why a job in this state has no numbers to show."""
    if status.is_final:
        return _("No metrics: the endpoint tells none of this job.")
    return _("No metrics yet; they begin when the job is running.")


def no_advice(status: Status) -> str:
    """Why nothing is said of the curves of a job in this state."""
    if status.is_final:
        return _("No advice: the curves of this job are too short to say anything.")
    return _("No advice yet; it begins with the first steps.")


@dataclass(frozen=True, slots=True)
class Action:
    """How an action on jobs is worded; `done` is what it makes of them."""

    title: str
    title_of_many: str
    question: str
    question_of_many: str
    yes: str
    yes_of_many: str
    none_fits: str
    some_do_not: str
    warning: str = ""
    danger: bool = False

    def asks(self, count: int) -> str:
        """The question before the action on so many jobs."""
        return self.question if count == 1 else self.question_of_many.format(count=count)

    def agrees(self, count: int) -> str:
        """The yes to that question."""
        return self.yes if count == 1 else self.yes_of_many.format(count=count)


ACTIONS = {
    "cancel": Action(
        _("Cancel Job"),
        _("Cancel Jobs ({count})"),
        _("Cancel it? A cancelled job cannot go on."),
        _("Cancel these {count} jobs? Cancelled jobs cannot go on."),
        _("Cancel the job"),
        _("Cancel all {count} jobs"),
        _("None of these {of} jobs can be cancelled: {join}."),
        _("{count} of the {of} jobs cannot be cancelled: {join}."),
        _("What was trained so far is billed and, without a checkpoint, lost."),
        danger=True,
    ),
    "pause": Action(
        _("Pause Job"),
        _("Pause Jobs ({count})"),
        _("Pause it? It can be resumed later."),
        _("Pause these {count} jobs? They can be resumed later."),
        _("Pause the job"),
        _("Pause all {count} jobs"),
        _("None of these {of} jobs can be paused: {join}."),
        _("{count} of the {of} jobs cannot be paused: {join}."),
    ),
    "resume": Action(
        _("Resume Job"),
        _("Resume Jobs ({count})"),
        _("Let it go on? Training from here on is billed."),
        _("Let these {count} jobs go on? Training from here on is billed."),
        _("Resume the job"),
        _("Resume all {count} jobs"),
        _("None of these {of} jobs can be resumed: {join}."),
        _("{count} of the {of} jobs cannot be resumed: {join}."),
    ),
}
_RESUMABLE = frozenset({"paused", "pausing"})
_MOST_NAMED = 3


def refusal(action: str, job: Job, *, busy: bool = False) -> str:
    """Why `action` cannot be done to `job`, and what to do instead; "" when it can.

    `busy` is True while another action on the job is under way.
    """
    if not job.can_be_acted_on:
        return _("The endpoint gave this job no id, so nothing can be asked of it.")
    if busy:
        return _("An action on this job is under way. Wait for its answer.")
    status = job.status
    if status.is_final:
        ended = _ENDED.get(status.word) or state_text(status)
        advice = {
            "cancel": _("there is nothing left to cancel."),
            "pause": _("there is nothing left to pause."),
            "resume": _("an ended job cannot go on. To train again, create a new one."),
        }[action]
        return _("This job {ended}: {advice}", ended=ended, advice=advice)
    if status.word == "cancelling":
        return _("This job is being cancelled already. Wait for its end.")
    if action == "pause" and status.word in _RESUMABLE:
        return _(
            "This job {state_text} already. Resume it when it is to go on.",
            state_text=state_text(status),
        )
    if action == "resume" and status.is_known and status.word not in _RESUMABLE:
        return _(
            "Only a paused job can be resumed; this one {state_text}.",
            state_text=state_text(status),
        )
    return ""


def refusal_of(action: str, jobs: Sequence[Job], busy: Collection[str] = ()) -> str:
    """Why `action` can be done to none of these `jobs`; "" when it can be done to one at least.

    `busy` are the ids of jobs that another action is under way for.
    """
    reasons = [refusal(action, job, busy=job.key in busy) for job in jobs]
    if not all(reasons):
        return ""
    return reasons[0] if len(jobs) == 1 else left_out(action, jobs, len(jobs))


def left_out(action: str, refused: Sequence[Job], of: int) -> str:
    """Which jobs, out of so many that were chosen, `action` cannot be done to, as a sentence."""
    named = [f"{_named(job)} {state_text(job.status)}" for job in refused[:_MOST_NAMED]]
    if len(refused) > _MOST_NAMED:
        named.append(_("and {count} more", count=len(refused) - _MOST_NAMED))
    words = ACTIONS[action]
    sentence = words.none_fits if len(refused) == of else words.some_do_not
    return sentence.format(count=len(refused), of=of, join=", ".join(named))


def changed_text(job: Job) -> str:
    """What an action has made of `job`, as a sentence."""
    return f"{_named(job)} {state_text(job.status)}."


def _named(job: Job) -> str:
    return job.name or job.id or _("a job without an id")


def failure_advice(error: JobError) -> str:
    """What a job's error means and what to do next; "" for a code that nobody has explained."""
    found = explained(error)
    return found.text if found else ""


def is_cured_again(error: JobError) -> bool:
    """True where creating the same job again is the cure, or a part of it."""
    found = explained(error)
    return found is not None and found.again


def explained(error: JobError) -> Explanation | None:
    """What is known of a job's error."""
    from fttui.services.explanations import explain  # a table that most jobs have no need of

    return explain(error.code, error.message)
