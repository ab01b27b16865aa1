"""A filled sandbox for all tests of the command line, and ways to run commands against it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from fttui.cli import main
from fttui.cli.schema import FAILURE, name_for, schema_of
from fttui.server import (
    ManualClock,
    SandboxConfig,
    SandboxServer,
    fill_with_samples,
    write_sample_training_file,
)
from sandbox_key import SANDBOX_KEY
from waiting import PATIENCE

FTTUI = str(Path(sys.executable).with_name("fttui"))
MODEL = "gpt-4.1-mini-2025-04-14"


@dataclass(frozen=True)
class Result:
    """What a command left: its exit status and both streams."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def json_lines(self) -> list[Any]:
        """The stream of JSON documents on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


def without_waits(err: str) -> str:
    """What a process said, without what it says on a machine that is so slow that it waits."""
    lines = err.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("Waiting for "))


Run = Callable[..., Result]


@cache
def validator(name: str) -> Draft202012Validator:
    """What tells whether a document is as the project says."""
    return Draft202012Validator(schema_of(name))


def require_documented(arguments: list[str], out: str) -> None:
    """Every document that a command prints is as its schema says, with no further field."""
    name = name_for(arguments)
    if "--json" not in arguments or not out.strip() or not name:
        return
    try:
        documents = [json.loads(out)]
    except ValueError:  # a stream
        documents = [json.loads(line) for line in out.splitlines()]
    for document in documents:
        if not validator(FAILURE).is_valid(document):
            told = best_match(validator(name).iter_errors(document))
            assert told is None, f"{name}: {told.json_path}: {told.message[:2000]}"


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """No command of this process says that it waits, however slow the machine is."""
    monkeypatch.setattr("fttui.cli.progress.SECONDS", 3600.0)


@pytest.fixture(scope="session")
def server() -> Iterator[SandboxServer]:
    """A sandbox with sample jobs whose time stands still: two looks at a job tell the same."""
    clock = ManualClock(time.time())
    with SandboxServer(SandboxConfig(clock=clock, api_key=SANDBOX_KEY)) as running:
        fill_with_samples(running)
        yield running


@pytest.fixture(scope="session")
def training_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid training file."""
    return write_sample_training_file(tmp_path_factory.mktemp("files") / "train.jsonl", 24)


@pytest.fixture
def environment(server: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """The environment of a user of the sandbox."""
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", server.api_key)
    for name in ("COLUMNS", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    return os.environ


@pytest.fixture
def as_it_was() -> Iterator[None]:
    """A command takes over logging and hooks of its process, which here is the tests'."""
    root = logging.getLogger()
    handlers, level, raises = root.handlers[:], root.level, logging.raiseExceptions
    hooks = sys.unraisablehook, threading.excepthook
    yield
    for handler in root.handlers[:]:
        root.removeHandler(handler)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    logging.raiseExceptions = raises
    logging.captureWarnings(False)
    sys.unraisablehook, threading.excepthook = hooks


@pytest.fixture
def run(environment: Mapping[str, str], as_it_was: None, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run one command in this process."""

    def run_one(*arguments: object) -> Result:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        require_documented([str(argument) for argument in arguments], captured.out)
        return Result(status, captured.out, captured.err)

    return run_one


@pytest.fixture
def spawn(environment: Mapping[str, str]) -> Run:
    """Run one command in a process of its own; `stdin` is its input."""

    def spawn_one(*arguments: object, stdin: str = "", **environ: str) -> Result:
        done = subprocess.run(
            [FTTUI, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            env={**environment, **environ},
            timeout=PATIENCE,
        )
        assert "Traceback" not in done.stdout + done.stderr
        return Result(done.returncode, done.stdout, without_waits(done.stderr))

    return spawn_one


@pytest.fixture
def job_ids(run: Run) -> dict[str, str]:
    """The id of a sample job in each status."""
    return {job["status"]: job["id"] for job in run("jobs", "--json").document}
