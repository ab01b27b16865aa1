"""Two endpoints, the sessions on them, and a move from the one to the other."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.harness import hasty, write_rows
from fttui.server import SandboxConfig, SandboxServer
from fttui.services.endpoint.models import Job
from fttui.services.job_form import JobRequest
from fttui.services.moving.earlier import Earlier
from fttui.services.moving.gathering import ask_target, gather, rows_begun
from fttui.services.moving.moves import Moves
from fttui.services.moving.origin import origin_of
from fttui.services.moving.plan import MovePlan
from fttui.services.moving.planning import plan_move
from fttui.services.session import Session
from fttui.services.submission.sweeps import RowOutcome
from fttui.services.submission.types import Draft
from fttui.storage.moved_files import MovedFiles
from fttui.storage.templates import templates
from fttui.training_data.files import open_checked
from sandbox_key import SANDBOX_KEY

MODEL = "gpt-4.1-mini-2025-04-14"
OF_AN_ADDRESS = {"base_url", "api_key_env", "api_key_file"}


def settings_of(like: str) -> dict[str, Any]:
    """What the template of an endpoint says beyond its address."""
    known = templates()[like].settings if like else {}
    return {name: value for name, value in known.items() if name not in OF_AN_ADDRESS}


def write_profiles(path: Path, profiles: Mapping[str, Mapping[str, Any]]) -> Path:
    """A settings file with these profiles."""
    lines = []
    for name, values in profiles.items():
        lines.append(f"[profiles.{name}]")
        lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f'"{k}" = {_toml(v)}' for k, v in value.items()) + "}"
    return json.dumps(value)


@dataclass
class MoveBench:
    """Sessions at `old` and at `new`, and what a move between them does."""

    config: Path
    environ: Mapping[str, str]
    folder: Path
    old: Session
    new: Session
    mapped: dict[str, str] = field(default_factory=dict)

    def make(self, path: Path, at: Session | None = None, **request: Any) -> Job:
        """A job at the old endpoint."""
        session = at or self.old
        with open_checked(path) as file:
            draft = Draft(JobRequest(**{"model": MODEL, **request}), file)
            return session.thread.wait(session.submissions.submit(draft))

    def file(self, name: str, examples: int = 12) -> Path:
        """A training file of its own."""
        return write_rows(self.folder / f"{name}.jsonl", examples, mark=name)

    def files(self) -> MovedFiles:
        """What is on its way."""
        return MovedFiles.of(self.new.account)

    def left_behind(self) -> list[Path]:
        """The fetched files that are still there."""
        return [path for path in (self.folder / "home").rglob("moving/**/*") if path.is_file()]

    def earlier(self) -> Earlier:
        """What earlier runs moved."""
        return Moves(self.new).earlier(self.old)

    def plan(self, *ids: str, mapped: Mapping[str, str] | None = None) -> MovePlan:
        """What `fttui move` plans."""
        offered = self.new.thread.wait(ask_target(self.new))
        gathered = self.old.thread.wait(gather(self.old, ids))
        work = plan_move(
            self.old,
            self.new,
            gathered,
            self.earlier(),
            self.files(),
            offered,
            mapped or self.mapped,
            lambda *_: None,
        )
        return self.old.thread.wait(work)

    def carry_out(self, plan: MovePlan, *, told: bool = True) -> list[RowOutcome]:
        """What `fttui move` does after the yes."""
        moves = Moves(self.new)
        with moves.alone():
            made = self.new.thread.wait(moves.make(plan, origin_of(self.old).mark, lambda _: None))
            if told:
                self.new.thread.wait(moves.note_told(made))
            moves.tidy()
        return made

    def move(self, *ids: str, mapped: Mapping[str, str] | None = None) -> list[RowOutcome]:
        """Plan and carry out."""
        return self.carry_out(self.plan(*ids, mapped=mapped))

    def begun(self, *ids: str) -> MovePlan:
        """What goes on when the old endpoint is gone."""
        return MovePlan(tuple(rows_begun(self.earlier(), ids)))

    def jobs(self, session: Session | None = None) -> list[Job]:
        """All jobs that are really at the new endpoint."""
        at = session or self.new

        async def collect() -> list[Job]:
            return [job async for page in at.handle.job_pages() for job in page.items]

        return at.thread.wait(collect())

    def content(self, job: Job) -> bytes:
        """The training file of a job at the new endpoint."""
        return self.new.thread.wait(self.new.handle.file_content(job.training_file or ""))


@contextmanager
def bench(
    folder: Path,
    old: str,
    new: str,
    *,
    old_is: Mapping[str, Any] | None = None,
    new_is: Mapping[str, Any] | None = None,
) -> Iterator[MoveBench]:
    """A bench between two base URLs with the sandbox's key; what else their profiles say."""
    values = {
        name: {"base_url": url, "api_key_env": f"{name.upper()}_KEY", **(more or {})}
        for name, url, more in (("old", old, old_is), ("new", new, new_is))
    }
    config = write_profiles(folder / "config.toml", values)
    environ = {**os.environ, "OLD_KEY": SANDBOX_KEY, "NEW_KEY": SANDBOX_KEY}
    options = hasty(folder / "journal")
    first, second = (
        Session.open(config=config, profile=name, environ=environ, options=options)
        for name in values
    )
    try:
        yield MoveBench(config, environ, folder, first, second)
    finally:
        for session in (first, second):
            session.close()


@contextmanager
def two_sandboxes(
    folder: Path, *, old: str = "", new: str = "", **more: Any
) -> Iterator[MoveBench]:
    """A bench between two sandboxes in these shapes, whose jobs end at once."""
    with (
        SandboxServer(SandboxConfig(api_key=SANDBOX_KEY, like=old or None, speed=1e7)) as first,
        SandboxServer(SandboxConfig(api_key=SANDBOX_KEY, like=new or None, speed=1e7)) as second,
    ):
        told = {"old_is": settings_of(old), "new_is": settings_of(new), **more}
        with bench(folder, first.base_url, second.base_url, **told) as made:
            yield made


def ids_of(outcomes: Sequence[RowOutcome]) -> list[str]:
    """The new jobs, "" where there is none."""
    return [one.job_id for one in outcomes]
