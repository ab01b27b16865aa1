"""Writing a copy in the background: one at a time, and every end told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fttui.interface.actions.checks import FileChecks
from fttui.interface.actions.repair import CopyOrder, RepairActions
from fttui.interface.messages import FttuiMessage, RepairEnded, RepairProgressed
from unit.training_data.training_samples import CHAT, lines, many, write
from waiting import wait_until


def ended(
    source: Path, copy: Path, meddle: Callable[[RepairActions], None] | None = None
) -> RepairEnded:
    told: list[FttuiMessage] = []
    host: Any = SimpleNamespace(post=told.append)
    repairs = RepairActions(host, FileChecks(host))
    repairs.start(CopyOrder("training", source, copy))
    if meddle:
        meddle(repairs)
    wait_until(lambda: any(isinstance(each, RepairEnded) for each in told), "the end of the copy")
    assert not repairs.is_running
    *progress, message = told
    assert all(isinstance(each, RepairProgressed) for each in progress)
    assert isinstance(message, RepairEnded)
    return message


def test_a_copy_is_told_with_what_was_done(tmp_path: Path) -> None:
    source = write(tmp_path, lines(many(CHAT)) + b"\n")
    message = ended(source, tmp_path / "copy.jsonl")
    assert message.report is not None
    assert message.report.destination == tmp_path / "copy.jsonl"
    assert message.problem == ""


@pytest.mark.parametrize(
    ("source", "copy", "words"),
    [
        ("train.jsonl", "train.jsonl", "exists already"),
        ("train.jsonl", "missing/copy.jsonl", "There is no folder"),
        ("missing.jsonl", "copy.jsonl", "no such file"),
        ("archive.jsonl", "copy.jsonl", "cannot be corrected"),
    ],
)
def test_a_copy_that_cannot_be_is_a_sentence(
    tmp_path: Path, source: str, copy: str, words: str
) -> None:
    write(tmp_path, many(CHAT))
    write(tmp_path, b"\x1f\x8b" + bytes(20), "archive.jsonl")
    message = ended(tmp_path / source, tmp_path / copy)
    assert message.report is None
    assert words in message.problem


def test_a_copy_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    source = write(tmp_path, lines(many(CHAT, 50_000)))
    message = ended(source, tmp_path / "copy.jsonl", RepairActions.stop)
    assert message.problem == "The copy was given up; nothing of it is left."
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["train.jsonl"]
