"""The check behind the form: a file that is replaced meanwhile is not called good."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fttui.interface.actions.checks import FileChecks
from fttui.interface.messages import CheckDone, CheckProgressed, FttuiMessage
from unit.training_data.test_chat_rules import changed
from unit.training_data.training_samples import CHAT, VISION, many, write
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


def test_few_examples_are_enough_to_validate_with_also_where_the_training_file_is_not_here(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, many(CHAT, 4))
    for field, ok in (("training", False), ("validation", True)):
        told: list[FttuiMessage] = []
        host: Any = SimpleNamespace(post=told.append)
        checks = FileChecks(host)
        checks.start(field, path, None, None)
        wait_until(lambda told=told: any(isinstance(one, CheckDone) for one in told), "its end")
        report = checks.report(field)
        assert report is not None
        assert report.ok is ok
        checks.forget(field)


def test_a_file_is_checked_by_what_the_endpoint_of_the_form_takes(tmp_path: Path) -> None:
    pictures = changed(VISION, "messages.1.content", VISION["messages"][1]["content"] * 11)
    path = write(tmp_path, [*many(VISION), pictures])
    for base_url, ok in ((None, False), ("https://mine.openai.azure.com/openai/v1", True)):
        told: list[FttuiMessage] = []
        host: Any = SimpleNamespace(post=told.append)
        checks = FileChecks(host)
        checks.start("training", path, None, None, base_url)
        wait_until(lambda told=told: any(isinstance(one, CheckDone) for one in told), "its end")
        report = checks.report("training")
        assert report is not None
        assert report.ok is ok
        checks.forget("training")
