"""What is kept of a check's tokens for a job on a stored file."""

from __future__ import annotations

import json
from pathlib import Path

from fttui.services.counted_files import counted_file, keep_counts
from fttui.services.session import Session
from fttui.storage.folders import state_folder
from fttui.training_data.check import check_file
from unit.training_data.training_samples import CHAT, lines, many, write


def test_only_what_was_counted_whole_of_a_content_that_is_known_is_believed(
    session: Session, tmp_path: Path
) -> None:
    good = check_file(write(tmp_path, many(CHAT), "good.jsonl"))
    bad = check_file(write(tmp_path, lines(many(CHAT)) + b"no JSON\n", "bad.jsonl"))
    assert good.ok and not bad.ok and bad.tokens is not None
    for report, file_id in ((good, "file-good"), (bad, "file-bad")):
        keep_counts(report)
        session.journal.remember_file(session.account, report.sha256, file_id)
    found = counted_file(session, "file-good")
    assert found is not None and found.report.tokens is not None and good.tokens is not None
    assert found.report.tokens.billed(None) == good.tokens.billed(None)
    assert found.report.tokens.billed(3) == good.tokens.billed(3)
    assert counted_file(session, "file-bad") is None
    (kept,) = (state_folder() / "counted").glob("*.json")
    told = json.loads(kept.read_text())
    told["histogram"] = {"9" * 5000: told["examples"]}  # more than a number is read of
    kept.write_text(json.dumps(told))
    assert counted_file(session, "file-good") is None
    keep_counts(good)
    assert counted_file(session, "file-good") is not None
    session.journal.remember_file(session.account, "0" * 64, "file-good")
    assert counted_file(session, "file-good") is None
