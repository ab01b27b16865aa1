"""A server that trains with a fake trainer, and the real SDK on a real socket in front of it."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from fttui.server import SandboxConfig, SandboxServer
from fttui.server.config import ServeConfig
from fttui.server.engines.local import LocalEngine
from sandbox_key import SANDBOX_KEY
from waiting import PATIENCE, wait_until

FAKE = Path(__file__).with_name("fake_trainer.py")
MODEL = "tiny/llama"
ROWS = "".join(
    json.dumps({"messages": [
        {"role": "user", "content": f"{n}?"}, {"role": "assistant", "content": f"{n}!"}
    ]}) + "\n"
    for n in range(12)
)  # fmt: skip


def make_interpreter(folder: Path) -> Path:
    """An interpreter that runs the fake trainer, whatever it is told to run."""
    path = folder / "python"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -E "{FAKE}" "$@"\n')
    path.chmod(0o755)
    return path


def make_model(models: Path, name: str = MODEL) -> Path:
    folder = models / name
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"max_position_embeddings": 512}')
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


class Place:
    """The folders of a server that trains, and the server on them, as often as it is started."""

    def __init__(self, root: Path, stack: ExitStack) -> None:
        self.models, self.data = root / "models", root / "data"
        make_model(self.models)
        self.python = make_interpreter(root)
        self._script = root / "script.json"
        self._stack = stack
        self.script()
        self.serve = ServeConfig(
            models=self.models, python=str(self.python), tick=None,
            recipe={"script": str(self._script)},
        )  # fmt: skip
        self.server: SandboxServer | None = None
        self.client: OpenAI | None = None

    def script(self, **told: Any) -> None:
        """What the fake trainer is to do from now on."""
        draft = self._script.with_suffix(".new")
        draft.write_text(json.dumps(told))
        draft.replace(self._script)

    def start(self, **changed: Any) -> OpenAI:
        config = SandboxConfig(
            data_dir=self.data, serve=replace(self.serve, **changed), api_key=SANDBOX_KEY
        )
        self.server = SandboxServer(config).start()
        self._stack.callback(self.server.stop)
        self.client = OpenAI(
            base_url=self.server.base_url, api_key=self.server.api_key, max_retries=0,
            timeout=PATIENCE, http_client=httpx2.Client(),
        )  # fmt: skip
        self._stack.callback(self.client.close)
        return self.client

    def stop(self) -> None:
        assert self.server is not None
        self.server.stop()

    def turn(self) -> None:
        assert self.server is not None
        self.server.turn()

    def upload(self, content: str = ROWS) -> str:
        assert self.client is not None
        sent = self.client.files.create(file=("t.jsonl", content.encode()), purpose="fine-tune")
        return sent.id

    def create(self, **asked: Any) -> FineTuningJob:
        assert self.client is not None
        given = {"model": MODEL, "training_file": asked.pop("training_file", None) or self.upload()}
        return self.client.fine_tuning.jobs.create(**given, **asked)

    def job(self, job_id: str) -> FineTuningJob:
        assert self.client is not None
        return self.client.fine_tuning.jobs.retrieve(job_id)

    def until(self, job_id: str, *statuses: str) -> FineTuningJob:
        """Has the queue turn until the job has one of these statuses."""
        wait_until(
            lambda: self.turn() or self.job(job_id).status in statuses,
            f"the job was never {statuses}: {self.messages(job_id)}",
        )
        return self.job(job_id)

    def until_said(self, job_id: str, text: str) -> None:
        wait_until(
            lambda: self.turn() or any(text in each for each in self.messages(job_id)),
            f"it was never said: {text}",
        )

    def paused_at(self, step: int) -> FineTuningJob:
        """A job of six steps that is paused after this one."""
        assert self.client is not None
        self.script(allowed=step)
        job = self.create()
        self.until_said(job.id, f"Step {step}/6")
        self.client.fine_tuning.jobs.pause(job.id)
        return self.until(job.id, "paused")

    def messages(self, job_id: str) -> list[str]:
        """What the job's events say, oldest first."""
        assert self.client is not None
        listed = self.client.fine_tuning.jobs.list_events(job_id, limit=1000)
        return [event.message for event in reversed(listed.data)]

    def steps(self, job_id: str) -> list[int]:
        assert self.client is not None
        listed = self.client.fine_tuning.jobs.list_events(job_id, limit=1000)
        return [e.data["step"] for e in reversed(listed.data) if e.type == "metrics"]

    def folder(self, job_id: str) -> Path:
        return self.data / "runs" / job_id

    def pid(self, job_id: str) -> int:
        return int(json.loads((self.folder(job_id) / "process.json").read_text())["pid"])

    def runs(self, job_id: str) -> bool:
        return LocalEngine(self.data / "runs", "").alive(job_id)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        found = Place(tmp_path, stack)
        yield found
        for process in found.data.glob("runs/*/process.json"):
            engine = LocalEngine(found.data / "runs", "")
            if engine.alive(process.parent.name):
                engine.kill(process.parent.name)


Kill = Callable[[int], None]


@pytest.fixture
def kill() -> Kill:
    def send(pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    return send
