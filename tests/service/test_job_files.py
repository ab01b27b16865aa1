"""Where the files of a job came from, by what this machine has sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from faults.harness import draft_of, hasty, write_rows
from fttui.server import SandboxServer
from fttui.services.job_files import known_files
from fttui.services.session import Session
from fttui.services.submission.record import SubmissionRecords
from fttui.services.submission.state import Submission


def test_the_source_of_a_training_file_is_found_by_no_more_reads_than_need_be(
    open_session: Callable[..., Session],
    sandbox: SandboxServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = open_session(sandbox.base_url, hasty(tmp_path / "journal"))
    jobs = []
    for name in ("first", "second", "third"):
        with draft_of(write_rows(tmp_path / f"{name}.jsonl", mark=name)) as draft:
            jobs.append(session.thread.wait(session.submissions.submit(draft)))
    read: list[str] = []
    really = SubmissionRecords.read

    def watched(records: SubmissionRecords, submission_id: str) -> Submission | None:
        read.append(submission_id)
        return really(records, submission_id)

    monkeypatch.setattr(SubmissionRecords, "read", watched)
    for job, name, reads in zip(jobs[1:], ("second", "third"), (2, 1), strict=True):
        read.clear()
        files = known_files(session, job)
        assert files.source is not None and files.source.path == str(tmp_path / f"{name}.jsonl")
        assert f" · {name}.jsonl · 1.3 kB" in files.text(job.training_file or "")
        assert len(read) == reads
