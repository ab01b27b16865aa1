"""How the list of files looks at two sizes, and with names that mean harm."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from tests.interface.files.files_host import NOW, FilesHost, make_file, make_job

from settling import press, settled

Compare = Callable[..., bool]
HOSTILE = "\x1b]52;c;aGk=\x07[red]x[/red] ‮lnosj.evil\n" + "a" * 500


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times of day are shown in local time, so the place must be fixed."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def full_host() -> FilesHost:
    train, held = make_file(30, "support-desk-train.jsonl"), make_file(29, "support-val.jsonl")
    results = make_file(4, "step_metrics.csv", purpose="fine-tune-results")
    reason = "Line 4: expected a JSON object, found an array."
    files = [
        make_file(0, "new.jsonl", status="uploaded"),
        make_file(1, HOSTILE, expires_at=NOW.timestamp() + 200_000),
        make_file(2, "broken.jsonl", status="error", status_details=reason),
        make_file(3, "", bytes=None, purpose="assistants"),
        results,
        held,
        train,
    ]
    jobs = [
        make_job(1, "desk-v2", "running", train, validation_file=held.id),
        make_job(2, "desk-v1", "succeeded", train, result_files=[results.id]),
    ]
    return FilesHost(files, jobs)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("keys", [(), ("down", "enter")], ids=["list", "details"])
def test_files(snap_compare: Compare, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    async def before(pilot: object) -> None:
        await settled(pilot)  # type: ignore[arg-type]
        await press(pilot, *keys)  # type: ignore[arg-type]

    assert snap_compare(full_host(), terminal_size=size, run_before=before)
