"""The list of jobs alone in an app, fed with prepared answers, so that a screen is always equal."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.pilot import Pilot

import fttui.interface
from fttui.interface.guard.app import SafeApp
from fttui.interface.jobs.pane import ListJobs
from fttui.interface.messages import FttuiMessage, JobHistoryRead, JobsLoading, JobsPage
from fttui.services.endpoint.events import Checkpoint, JobEvent
from fttui.services.endpoint.models import Job
from fttui.services.job_files import NO_FILES
from fttui.services.job_history import JobHistory
from fttui.services.profiles.several import Sessions
from fttui.services.retirement_clock import RetirementClock
from settling import later

STYLES = Path(fttui.interface.__file__).parent / "styles"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
_BEGIN = int(NOW.timestamp())


def make_job(number: int, status: str = "succeeded", **more: Any) -> Job:
    """A job as an endpoint sends it, `number` hours old."""
    created = _BEGIN - number * 3600
    has_ended = status in {"succeeded", "failed", "cancelled"}
    model = "gpt-4o-mini-2024-07-18"
    value = {
        "id": f"ftjob-{number:024}",
        "status": status,
        "model": model,
        "user_provided_suffix": f"run-{number}",
        "fine_tuned_model": f"ft:{model}:acme:run-{number}:A{number:07}"
        if status == "succeeded"
        else None,
        "created_at": created,
        "finished_at": created + 1500 if has_ended else None,
        "trained_tokens": 123_456 * number if status == "succeeded" else None,
        "training_file": "file-training",
        "seed": 42,
        "method": {
            "type": "supervised",
            "supervised": {"hyperparameters": {"n_epochs": 3, "batch_size": 1}},
        },
        **more,
    }
    job = Job.read(value)
    assert job is not None
    return job


def make_events(steps: int, total: int, begin: int = _BEGIN - 3600) -> tuple[JobEvent, ...]:
    """The metrics events of a job, newest first: one step in two seconds, falling losses."""
    events = []
    for step in range(steps, 0, -1):
        loss = round(0.4 + 1.6 * 0.98**step, 4)
        data = {"step": step, "total_steps": total, "train_loss": loss}
        if step % 20 == 0:
            data |= {"valid_loss": loss + 0.1}
        if step % 60 == 0:
            data |= {"full_valid_loss": loss + 0.15}
        event = JobEvent.read(
            {
                "id": f"ftevent-{step}",
                "created_at": begin + step * 2,
                "level": "info",
                "type": "metrics",
                "message": f"Step {step}/{total}: training loss={loss:.2f}",
                "data": data,
            }
        )
        assert event is not None
        events.append(event)
    return tuple(events)


def make_checkpoints(job: Job, *steps: int) -> tuple[Checkpoint, ...]:
    found = [
        Checkpoint.read(
            {
                "id": f"ftckpt_{step}",
                "created_at": _BEGIN - 3600 + step,
                "fine_tuned_model_checkpoint": f"{job.fine_tuned_model}:ckpt-step-{step}",
                "step_number": step,
                "metrics": {"train_loss": 0.5, "full_valid_loss": 0.6},
            }
        )
        for step in steps
    ]
    return tuple(one for one in found if one is not None)


class Recorder:
    """Stands where the app's utilities stand: notes what is asked for, answers from a table."""

    def __init__(self, app: "JobsHost") -> None:
        self.app = app
        self.asked: list[str] = []
        self.copied: list[str] = []
        self.left = 0
        self.histories: dict[str, JobHistoryRead] = {}
        endpoint = SimpleNamespace(host="api.example.com")
        session: Any = SimpleNamespace(
            endpoint=endpoint, refusal="", why_not=lambda _action: "", retirement=RetirementClock()
        )
        self.host = SimpleNamespace(session=session, sessions=Sessions(session))
        self.job_facts = SimpleNamespace(
            files_of=lambda _job: NO_FILES, cost_of=lambda _job: None, learn=lambda _job: None
        )
        self.rows: list[str] = []
        self.feeds = SimpleNamespace(
            load_history=self.load_history,
            leave_history=self.leave_history,
            show_rows=self.show_rows,
        )

    def select_job_ids(self) -> None:
        self.asked.append("select_job_ids")
        self.copied.extend(job.raw_id for job in self.app.selected_jobs())

    def select_names(self) -> None:
        self.asked.append("select_names")
        self.copied.extend(job.name for job in self.app.selected_jobs() if job.name)

    def show_rows(self, jobs: Iterable[Job]) -> None:
        self.rows = [job.id for job in jobs]

    def leave_history(self) -> None:
        self.left += 1

    def load_history(
        self, job: Job, known: JobHistory | None = None, *, everything: bool = False, **_: bool
    ) -> None:
        self.asked.append(f"{'all of ' if everything else ''}{job.id}")
        if job.id in self.histories:
            self.app.tell(self.histories[job.id])

    def use_as_base(self, model: str) -> None:
        self.asked.append(f"base {model}")

    def copy_to_clipboard(self, text: str, what: str = "") -> None:
        self.copied.append(text)

    def __getattr__(self, name: str) -> Any:
        return lambda *_: self.asked.append(name)


class JobsHost(SafeApp[None]):
    """Only the pane; `loads` is shown as one complete load when the app starts."""

    CSS_PATH: ClassVar[Any] = [STYLES / "controls.tcss", STYLES / "jobs.tcss"]
    HORIZONTAL_BREAKPOINTS: ClassVar[Any] = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS: ClassVar[Any] = [(0, "-short"), (30, "-tall")]

    def __init__(self, loads: Iterable[Job] | None = None, among: Any = None) -> None:
        super().__init__()
        self.utils = Recorder(self)
        self.utils.host.sessions = among or self.utils.host.sessions
        self.pane = ListJobs(clock=lambda: NOW, among=among, id="jobs-pane")
        self._loads = loads

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        self.animation_level = "none"
        self.pane.take_focus()
        if self._loads is not None:
            self.load(self._loads)

    def tell(self, message: FttuiMessage) -> None:
        self.pane.post_message(message)

    def action_ask(self, name: str) -> None:
        getattr(self.utils, name)()

    def selected_jobs(self) -> list[Job]:
        return getattr(self.screen, "selected_jobs", self.pane.selected_jobs)()

    def load(self, jobs: Iterable[Job], dropped: int = 0) -> None:
        self.tell(JobsLoading())
        self.tell(JobsPage(tuple(jobs), dropped=dropped))
        self.tell(JobsPage((), last=True))


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until the list has come to rest, with the pauses that it makes before it asks."""
    await later(pilot, 1.0)


def screen_text(app: App[Any]) -> str:
    """The screen as plain lines."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)
