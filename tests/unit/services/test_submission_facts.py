"""What a confirmation says of the files that are paid for."""

from __future__ import annotations

from pathlib import Path

from fttui.services.job_form import JobRequest
from fttui.services.session import Session
from fttui.services.submission.types import Draft
from fttui.services.submission_words import (
    already_uploaded,
    stored_text,
    submission_facts,
    submission_warning,
)
from fttui.terminal.format import size_text
from fttui.training_data.files import open_checked
from unit.training_data.training_samples import CHAT, many, write


def facts(draft: Draft, session: Session) -> dict[str, str]:
    return dict(submission_facts(draft, session, None))


def test_a_file_on_the_endpoint_is_named_by_its_id(session: Session) -> None:
    draft = Draft(JobRequest("gpt-4.1-mini"), "file-abc", "file-def")
    told = facts(draft, session)
    assert told["Training file"] == "file-abc (already on the endpoint)"
    assert told["Validation file"] == "file-def (already on the endpoint)"


def test_one_file_to_train_on_and_to_validate_with_is_warned_of(session: Session) -> None:
    twice = Draft(JobRequest("a-model"), "file-abc", "file-abc")
    assert "The validation file is the training file" in submission_warning(twice, session, None)
    two = Draft(JobRequest("a-model"), "file-abc", "file-def")
    assert "The validation file" not in submission_warning(two, session, None)


def test_a_file_of_this_machine_is_named_with_its_size(session: Session, tmp_path: Path) -> None:
    path = write(tmp_path, many(CHAT))
    with open_checked(path) as file:
        draft = Draft(JobRequest("gpt-4.1-mini"), file)
        told = facts(draft, session)
        size = size_text(path.stat().st_size)
        assert told["Training file"] == f"train.jsonl ({size})"
        assert "Validation file" not in told
        assert stored_text(draft, "file-abc") == (
            f"train.jsonl ({size})\n{already_uploaded('file-abc')}: that one is used"
        )
