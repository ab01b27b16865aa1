"""A command that is ended while it writes a file: nothing of it is left, nothing half done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from unit.training_data.training_samples import CHAT, many, write
from waiting import PATIENCE

# The signal comes when all is written and nothing has its name yet.
ENDED_AT_THE_LAST_MOMENT = """
import os, sys
from fttui.cli import main
number, *arguments = sys.argv[1:]
signals = iter([int(number)])  # a second one would end it at once
os.fsync = lambda _: [os.kill(os.getpid(), each) for each in signals]
sys.exit(main(arguments))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    write(made, many(CHAT))
    return made


def end(folder: Path, number: int, environ: Mapping[str, str], *arguments: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", ENDED_AT_THE_LAST_MOMENT, str(int(number)), *arguments],
        cwd=folder,
        env=dict(environ),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("options", [("--fix", "copy.jsonl"), ("--split", "0.5")])
def test_a_copy_or_split_that_is_interrupted_leaves_nothing(
    folder: Path, environment: Mapping[str, str], number: int, options: tuple[str, ...]
) -> None:
    arguments = ("check", "train.jsonl", "--no-tokens", *options)
    assert end(folder, number, environment, *arguments) == 128 + number
    assert names(folder) == ["train.jsonl"]


def test_a_download_that_is_interrupted_leaves_nothing_or_all_of_it(
    run: Run, folder: Path, environment: Mapping[str, str], training_file: Path
) -> None:
    file_id = run("files", "upload", training_file, "--json").document["id"]
    arguments = ("files", "download", file_id, "-o", "back.jsonl")
    assert end(folder, signal.SIGTERM, environment, *arguments) == 128 + signal.SIGTERM
    # It is written in a thread, which may have named it before the signal was heard.
    back = folder / "back.jsonl"
    assert names(folder) == ["back.jsonl", "train.jsonl"] if back.exists() else ["train.jsonl"]
    assert not back.exists() or back.read_bytes() == training_file.read_bytes()


@pytest.mark.parametrize("options", [("--fix", "copy.jsonl"), ("--split", "0.5")])
def test_what_a_killed_command_left_is_private_and_gone_with_the_next_one(
    run: Run,
    folder: Path,
    environment: Mapping[str, str],
    options: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    arguments = ("check", "train.jsonl", "--no-tokens", *options)
    assert end(folder, signal.SIGKILL, environment, *arguments) == -signal.SIGKILL
    left = [path for path in folder.iterdir() if path.name != "train.jsonl"]
    assert left
    assert all(path.name.startswith(".fttui-") for path in left)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in left)
    assert run(*arguments).status == 0
    assert not list(folder.glob(".fttui-*"))
