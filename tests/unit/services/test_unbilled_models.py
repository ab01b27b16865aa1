"""Only a server on this machine is believed that it bills nobody, and one's own prices go first."""

from __future__ import annotations

import hashlib

import pytest

from fttui.services.endpoint.models import Model
from fttui.services.job_form import JobRequest
from fttui.services.session import Session
from fttui.services.submission_words import cost_text, is_unbilled

MODEL = "qwen-small"


@pytest.mark.parametrize(
    ("base_url", "owner", "unbilled"),
    [
        ("http://127.0.0.1:8321/v1", "org-local", True),
        ("http://127.0.0.1:8321/v1", "local", False),
        ("https://gpu.example/v1", "org-local", False),
    ],
)
def test_a_job_costs_nothing_only_on_a_server_of_ones_own_on_this_machine(
    base_url: str, owner: str, unbilled: bool
) -> None:
    key = "sk-" + hashlib.sha256(base_url.encode()).hexdigest()[:24]
    session = Session.open(environ={"OPENAI_API_KEY": key, "OPENAI_BASE_URL": base_url})
    try:
        told = Model.read({"id": MODEL, "owned_by": owner})
        assert told is not None
        session.retirement.learn([told])
        assert is_unbilled(MODEL, session) is unbilled
        assert not is_unbilled("another", session)
    finally:
        session.close()


def test_reinforcement_is_no_sum_of_tokens_and_costs_nothing_where_nobody_bills() -> None:
    request = JobRequest(MODEL, method="reinforcement", grader={"type": "python"})
    session = Session.open(
        environ={"OPENAI_API_KEY": "sk-x", "OPENAI_BASE_URL": "http://127.0.0.1:8321/v1"}
    )
    try:
        assert cost_text(request, None, session).startswith("not known: reinforcement is billed")
        told = Model.read({"id": MODEL, "owned_by": "org-local"})
        assert told is not None
        session.retirement.learn([told])
        assert cost_text(request, None, session) == "nothing: this server bills nobody"
    finally:
        session.close()
