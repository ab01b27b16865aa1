"""A program that has the terminal in front of fttui does not outlive it there."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from fttui.terminal import foreground
from fttui.terminal.foreground import ForegroundProgram
from waiting import PATIENCE, wait_until


@pytest.mark.parametrize(("heard", "end"), [("", signal.SIGHUP), ("trap '' HUP", signal.SIGTERM)])
def test_an_editor_is_ended_with_the_terminal_also_one_that_takes_no_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heard: str, end: signal.Signals
):
    # A first signal that would be heard must have the time that a busy machine takes for it.
    monkeypatch.setattr(foreground, "_SECONDS_TO_END", 0.1 if heard else PATIENCE)
    ready = tmp_path / "ready"
    script = f"{heard or ':'}; : > '{ready}'; exec sleep 600"
    program = ForegroundProgram(["sh", "-c", script], os.environ)
    ended: list[int] = []
    waiting = threading.Thread(target=lambda: ended.append(program.wait()))
    waiting.start()
    wait_until(ready.exists, "it has not begun")
    program.hang_up()
    waiting.join(PATIENCE)
    assert ended == [-end]
