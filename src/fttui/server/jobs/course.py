"""How a run has gone, from what the server has noted and what the trainer has written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..identifiers import EventIds
from .events import event_object, step_text
from .facts import Fact, FactsFile, as_count, as_number, as_text
from .job import ENDED, Checkpoint, Status
from .plan import checkpoint_name
from .requests import JobRequest

KEPT_CHECKPOINTS = 3
_METRICS = (
    "train_loss", "train_mean_token_accuracy", "valid_loss", "valid_mean_token_accuracy",
    "full_valid_loss", "full_valid_mean_token_accuracy",
)  # fmt: skip
_OURS = frozenset({"server_error", "out_of_memory", "insufficient_memory", "trainer_lost"})
"""Failures that the trainer's log may say more of."""
_OF_THE_ENGINE = frozenset({"away", "back"})
"""Notes that hold also of a job that has ended, whose run may still have to be killed."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the server did or saw, when, and how many facts there were before it."""

    kind: str
    at: float
    after: int
    detail: dict[str, Any] | None = None

    def to_json(self) -> list[Any]:
        """As the database keeps it."""
        return [self.kind, self.at, self.after, self.detail]


@dataclass(frozen=True, slots=True)
class _Entry:
    """An event; `step` is set for those that do not hold once training goes on from before it."""

    at: float
    text: str
    level: str = "info"
    data: dict[str, Any] | None = None
    kind: str = "message"
    step: int | None = None


@dataclass(slots=True)
class _Made:
    """A checkpoint that was made; `fact` is the place of what told of it."""

    at: float
    folder: str
    fact: int
    paused: bool = False


class Course:
    """Everything that the facts and notes of one run say together.

    They are taken one by one, in an order that is the same after a restart, so that each event
    keeps its place. Times never go back, whatever the clocks of the two did.
    """

    def __init__(
        self, *, job_id: str, created_at: float, request: JobRequest, model: str, folder: Path
    ) -> None:
        self.phase: Status = "validating_files"
        self.facts = 0
        """How many facts have been taken."""
        self.started: dict[str, Any] = {}
        """The latest `started` fact, with the numbers that are used."""
        self.error: dict[str, Any] | None = None
        self.ended_at: float | None = None
        self.trained_tokens: int | None = None
        self.waits_for = ""
        """Why a run that is queued could not be started."""
        self.begun = 0
        """How many facts there were at the last start."""
        self.was_started = False
        self.handed_over = False
        """Whether it waits in the engine's own queue, for all that is known."""
        self.withdrawn = False
        """Whether it was paused there: what its run says and does counts no more."""
        self.away = False
        """Whether nobody can tell whether its run goes on."""
        self.steps: dict[int, tuple[float, dict[str, Any]]] = {}
        self._made: dict[int, _Made] = {}
        self._entries: list[_Entry] = []
        self._hidden: set[int] = set()
        self._latest = created_at
        self._request = request
        self._model = model
        self._log = folder / "log.txt"
        self._file = FactsFile(folder)
        self._ids = EventIds(job_id)
        self._notes = 0
        self._say(f"Created fine-tuning job: {job_id}")
        validating = f"Validating training file: {request.training_file}"
        if request.validation_file:
            validating += f" and validation file: {request.validation_file}"
        self._say(validating)

    # Taking what is new.

    def read(self, notes: Sequence[Note]) -> None:
        """Takes the facts that are new, and the notes that it has not taken yet."""
        for fact in self._file.read_on():
            self._take_notes(notes, until=self.facts)
            self._take_fact(fact)
        self._take_notes(notes, until=None)

    def _take_notes(self, notes: Sequence[Note], *, until: int | None) -> None:
        while self._notes < len(notes) and (until is None or notes[self._notes].after <= until):
            note = notes[self._notes]
            self._notes += 1
            # What was asked for or found out as the end came, and was noted after it.
            if self.phase in ENDED and note.kind not in _OF_THE_ENGINE:
                continue
            self._latest = max(self._latest, note.at)
            _NOTES[note.kind](self, note)

    def _take_fact(self, fact: Fact) -> None:
        place = self.facts
        self.facts += 1
        take = _FACTS.get(fact["fact"])
        if take is None or self.phase in ENDED or self.withdrawn:
            return
        if self.handed_over:
            self.phase, self.handed_over = "running", False
        self._latest = max(self._latest, float(fact["at"]))
        take(self, fact, place)

    def _say(self, text: str, level: str = "info", *, step: int | None = None) -> None:
        self._entries.append(_Entry(self._latest, text, level, step=step))

    # Notes.

    def _queued(self, _: Note) -> None:
        self.phase = "queued"
        self._say("Files validated, moving job to queued state")

    def _start(self, note: Note) -> None:
        self.begun, self.was_started, self.withdrawn = note.after, True, False
        self.handed_over = bool((note.detail or {}).get("queues"))
        self.phase = "queued" if self.handed_over else "running"

    def _waiting(self, note: Note) -> None:
        self.phase = "paused" if self.phase in ("pausing", "paused") else "queued"
        self.handed_over = False
        text = str((note.detail or {}).get("message"))
        if text != self.waits_for:
            self._say(text, "warn")
        self.waits_for = text

    def _pause(self, _: Note) -> None:
        if self.phase == "running":
            self.phase = "pausing"
            self._say("Fine-tuning job is pausing: a checkpoint is made after the present step")
        else:
            self.withdrawn, self.handed_over = self.handed_over, False
            self.phase = "paused"
            self._say("Fine-tuning job paused")

    def _resume(self, _: Note) -> None:
        self.phase, self.waits_for = "queued", ""
        self._say("Fine-tuning job resumed")

    def _engine_away(self, note: Note) -> None:
        self.away = True
        self._say(as_text((note.detail or {}).get("message")), "warn")

    def _engine_back(self, _: Note) -> None:
        self.away = False
        self._say("The engine answers again")

    def _cancel(self, _: Note) -> None:
        self.phase, self.ended_at = "cancelled", self._latest
        self._say("Fine-tuning job cancelled")

    def _fail(self, note: Note) -> None:
        self._failed_by(note.detail or {})

    def _failed_by(self, error: dict[str, Any]) -> None:
        code, message = as_text(error.get("code")) or "server_error", as_text(error.get("message"))
        if code in _OURS:
            message = f"{message} The trainer's log is {self._log}".strip()
        self.phase, self.ended_at = "failed", self._latest
        param = as_text(error.get("param")) or None
        self.error = {"code": code, "message": message, "param": param}
        self._say(message, "error")

    # Facts.

    def _loading(self, fact: Fact, _: int) -> None:
        needed, free = as_count(fact.get("needed_bytes")), as_count(fact.get("free_bytes"))
        text = f"Loading the model on {as_text(fact.get('device'), 40) or 'its device'}"
        if needed is not None and free is not None:
            text += f": about {needed / 1e9:.1f} GB needed, {free / 1e9:.1f} GB free"
        self._say(text)

    def _has_started(self, fact: Fact, _: int) -> None:
        step = as_count(fact.get("step")) or 0
        again = bool(self.started)
        self.started = fact
        self.steps = {each: found for each, found in self.steps.items() if each <= step}
        self._made = {each: found for each, found in self._made.items() if each <= step}
        for place, entry in enumerate(self._entries):
            if entry.step is not None and entry.step > step:
                self._hidden.add(place)
        goes_on = again or step > 0
        self._say(f"Training goes on after step {step}" if goes_on else "Fine-tuning job started")

    def _notice(self, fact: Fact, _: int) -> None:
        level = "warn" if fact.get("level") == "warn" else "info"
        self._say(as_text(fact.get("message")) or "The trainer has said nothing more", level)

    def _step(self, fact: Fact, _: int) -> None:
        step = as_count(fact.get("step"))
        if not step or step in self.steps:
            return
        names = (name for name in fact if name not in ("fact", "at", "step"))
        numbers = {name: as_number(fact[name]) for name in names}
        data: dict[str, Any] = {"step": step, "total_steps": self.total_steps}
        data |= {name: number for name, number in numbers.items() if number is not None}
        self.steps[step] = (self._latest, data)
        self._entries.append(
            _Entry(self._latest, step_text(data), data=data, kind="metrics", step=step)
        )

    def _checkpoint(self, fact: Fact, place: int) -> None:
        self._make(fact, place)

    def _make(self, fact: Fact, place: int, *, paused: bool = False) -> None:
        step, folder = as_count(fact.get("step")), as_text(fact.get("folder"))
        if not step or folder not in (f"checkpoint-{step}", "final"):
            return
        known = self._made.get(step)
        self._made[step] = _Made(
            known.at if known else self._latest, folder, place,
            paused or (known is not None and known.paused),
        )  # fmt: skip
        if known is None and step != self.total_steps:
            name = self.name_of(step)
            text = f"Checkpoint created at step {step} with Snapshot ID: {name}"
            self._say(text, step=step)

    def _has_paused(self, fact: Fact, place: int) -> None:
        self._make(fact, place, paused=True)
        self.phase = "paused"
        self._say("Fine-tuning job paused")

    def _succeeded(self, fact: Fact, place: int) -> None:
        self._make(fact, place)
        self.phase, self.ended_at = "succeeded", self._latest
        self.trained_tokens = as_count(fact.get("trained_tokens"))
        self._say(f"New fine-tuned model created: {self._model}")
        self._say("The job has successfully completed")

    def _has_failed(self, fact: Fact, _: int) -> None:
        self._failed_by(fact)

    # What there is to tell.

    @property
    def total_steps(self) -> int:
        """Steps of the whole training; 0 before it has started."""
        return as_count(self.started.get("total_steps")) or 0

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """As asked for, and once it has started the numbers that are used."""
        used = self.started.get("hyperparameters")
        numbers = used if isinstance(used, dict) else {}
        return {
            name: value if as_number(numbers.get(name)) is None else numbers[name]
            for name, value in self._request.hyperparameters.items()
        }

    @property
    def estimated_finish(self) -> float | None:
        """When the last step will be done at the pace so far; None before there is one."""
        first, last = as_count(self.started.get("step")) or 0, max(self.steps, default=0)
        if self.phase != "running" or last <= first:
            return None
        at = self.steps[last][0]
        pace = (at - float(self.started["at"])) / (last - first)
        return at + max(0.0, pace) * max(0, self.total_steps - last)

    @property
    def paused_folder(self) -> str | None:
        """The checkpoint that a run which was paused goes on from."""
        last = max(self._made, default=0)
        return self._made[last].folder if last else None

    def name_of(self, step: int) -> str:
        """The name of the model after a step."""
        return self._model if step == self.total_steps else checkpoint_name(self._model, step)

    def folder_of(self, model: str) -> str | None:
        """Where in the run's folder a model of this run lies."""
        for step, made in self._made.items():
            if self.name_of(step) == model:
                return made.folder
        return None

    def folders_of(self, model: str) -> set[str]:
        """All folders with a model's weights: the last checkpoint has the final ones, too."""
        for step, made in self._made.items():
            if self.name_of(step) == model:
                return {made.folder, f"checkpoint-{step}"}
        return set()

    def checkpoints(self) -> list[Checkpoint]:
        """Those that are kept: the last few, and each that a pause has made; oldest first."""
        turning = [step for step, made in self._made.items() if not made.paused]
        kept = set(sorted(turning)[-KEPT_CHECKPOINTS:])
        kept |= {step for step, made in self._made.items() if made.paused}
        return [
            Checkpoint(step, self._made[step].at, self.name_of(step), self._metrics(step))
            for step in sorted(kept)
        ]

    def made_since(self, facts: int) -> list[str]:
        """The names of the models that were made by facts from that place on."""
        return [self.name_of(step) for step, made in self._made.items() if made.fact >= facts]

    def _metrics(self, step: int) -> dict[str, Any]:
        data = self.steps[step][1] if step in self.steps else {}
        known = {name: data[name] for name in _METRICS if name in data}
        return {"step": step, **known}

    def rows(self) -> Iterable[dict[str, Any]]:
        """The metrics of each step, in order."""
        return (self.steps[step][1] for step in sorted(self.steps))

    # Events, as jobs.job.Events wants them.

    def count(self, now: float) -> int:
        """The first place that has no event yet."""
        return len(self._entries)

    def place(self, event_id: str) -> int | None:
        """The place of an event of this job."""
        return self._ids.place(event_id)

    def event(self, place: int) -> dict[str, Any] | None:
        """The event at a place; None where it was one of a step that was done anew."""
        if place in self._hidden:
            return None
        entry = self._entries[place]
        return event_object(
            self._ids.id(place), entry.at, entry.text,
            level=entry.level, data=entry.data, kind=entry.kind,
        )  # fmt: skip


_NOTES: dict[str, Callable[[Course, Note], None]] = {
    "queued": Course._queued,
    "start": Course._start,
    "waiting": Course._waiting,
    "pause": Course._pause,
    "resume": Course._resume,
    "cancel": Course._cancel,
    "failed": Course._fail,
    "away": Course._engine_away,
    "back": Course._engine_back,
}
_FACTS: dict[str, Callable[[Course, Fact, int], None]] = {
    "loading": Course._loading,
    "started": Course._has_started,
    "notice": Course._notice,
    "step": Course._step,
    "checkpoint": Course._checkpoint,
    "paused": Course._has_paused,
    "succeeded": Course._succeeded,
    "failed": Course._has_failed,
}
