"""Only a server on this machine is believed that it bills nobody, and one's own prices go first."""

from __future__ import annotations

import hashlib

import pytest

from fttui.services.cost_again import cost_of
from fttui.services.endpoint.models import Model
from fttui.services.job_form import JobRequest
from fttui.services.retirement_clock import RetirementClock
from fttui.services.session import Session
from fttui.services.submission_words import is_unbilled

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
        assert cost_of(request, None, None, session).text.startswith(
            "not known: reinforcement is billed"
        )
        told = Model.read({"id": MODEL, "owned_by": "org-local"})
        assert told is not None
        session.retirement.learn([told])
        assert cost_of(request, None, None, session).text == "nothing: this server bills nobody"
    finally:
        session.close()


def test_a_date_of_its_own_for_openais_name_makes_no_endpoint_openais() -> None:
    clock = RetirementClock(is_openais=False)
    for day, is_openais in (("2028-03-31", False), ("2027-01-14", True)):
        told = Model.read({"id": "gpt-4.1-2025-04-14", "shutdown_date": day})
        assert told is not None
        clock.learn([told])
        assert clock.knows_openai is is_openais
        assert (clock.of("gpt-4.1-mini-2025-04-14") is not None) is is_openais
