"""Endpoints that know the create call as it was before there were methods."""

from __future__ import annotations

import json
from pathlib import Path

from fttui.server import SandboxServer, write_sample_training_file
from fttui.services.job_form import JobForm
from fttui.services.session import Session
from fttui.storage.settings import Profile
from fttui.training_data.files import open_checked

FORM = JobForm(model="gpt-4o-mini-2024-07-18", n_epochs="2", suffix="older")


def test_settings_stand_at_the_top_of_the_call_when_the_profile_says_so() -> None:
    body = FORM.to_request(Profile(top_level_hyperparameters=True)).to_body()
    assert body["hyperparameters"] == {"n_epochs": 2}
    assert "method" not in body
    assert "hyperparameters" not in FORM.to_request(Profile()).to_body()


def test_a_job_is_created_by_the_older_call(
    session: Session, sandbox: SandboxServer, tmp_path: Path
) -> None:
    from fttui.services.submission.submissions import Draft

    path = write_sample_training_file(tmp_path / "train.jsonl", examples=20)
    request = FORM.to_request(Profile(top_level_hyperparameters=True))
    with open_checked(path) as file:
        job = session.thread.wait(session.submissions.submit(Draft(request, file)))
    assert json.loads(json.dumps(job.to_json()))["hyperparameters"]["n_epochs"] == 2
    assert job.suffix == "older"
