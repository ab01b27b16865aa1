"""The check behind the form: a file that is replaced meanwhile is not called good."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fttui.interface.actions.checks import FileChecks
from fttui.interface.messages import CheckDone, CheckProgressed, FttuiMessage
from unit.training_data.training_samples import CHAT, many, write
from waiting import wait_until


def test_a_file_that_is_replaced_while_the_form_checks_it_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, many(CHAT))
    told: list[FttuiMessage] = []

    def tell(message: FttuiMessage) -> None:
        if isinstance(message, CheckProgressed) and not told:
            write(tmp_path, many(CHAT, 10), "other.jsonl").rename(path)
        told.append(message)

    host: Any = SimpleNamespace(post=tell)
    checks = FileChecks(host)
    checks.start("training", path, None, None)
    wait_until(lambda: any(isinstance(one, CheckDone) for one in told), "the end of the check")
    report = checks.report("training")
    assert report is not None
    assert report.counts["file-changed"] == 1
    assert not report.ok
    checks.forget("training")
