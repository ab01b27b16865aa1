"""Several endpoints at one time: each its own, and none in the way of another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from endpoints import KEYS, keys_of, opened, sandboxes, write_profiles
from fttui.server import SandboxServer
from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.endpoint.models import Job
from fttui.services.profiles.several import Sessions
from fttui.services.profiles.trouble import trouble
from fttui.services.session import Session


@pytest.fixture
def servers() -> Iterator[dict[str, SandboxServer]]:
    with sandboxes("one", "two") as found:
        yield found


@pytest.fixture
def config(servers: dict[str, SandboxServer], tmp_path: Path) -> Path:
    urls = {name: server.base_url for name, server in servers.items()}
    return write_profiles(tmp_path / "config.toml", urls)


def jobs_of(session: Session) -> dict[str, Job]:
    """The jobs of an endpoint by their ids."""
    return {job.id: job for job in session.thread.wait(session.handle.list_jobs()).items}


@pytest.fixture
def sessions(config: Path) -> Iterator[Sessions]:
    with opened(config, keys_of(["one", "two"])) as found:
        found.open_others()
        yield found


def test_the_same_id_at_two_endpoints_is_two_jobs_each_acted_on_where_it_is(sessions: Sessions):
    one, two = sessions.all
    first, second = jobs_of(one), jobs_of(two)
    assert first.keys() == second.keys(), "the samples are the same everywhere"
    job_id = next(job.id for job in second.values() if job.status.may_train)
    assert first[job_id].key != second[job_id].key
    assert (sessions.of(first[job_id]), sessions.of(second[job_id])) == (one, two)
    at = sessions.of(second[job_id])
    changed = at.thread.wait(at.handle.cancel_fine_tuning_job(job_id))
    assert sessions.of(changed) is two
    assert jobs_of(two)[job_id].status.word == "cancelled"
    assert jobs_of(one)[job_id].status.may_train


def test_of_a_job_whose_endpoint_is_not_known_nothing_is_asked(sessions: Sessions):
    job = next(iter(jobs_of(sessions.own).values()))
    for stray in (replace(job, profile="elsewhere"), replace(job, profile="")):
        with pytest.raises(ServiceError) as refused:
            sessions.of(stray)
        assert refused.value.outcome is Outcome.NOT_SENT


def test_notes_are_kept_with_the_endpoint_that_the_job_is_at(sessions: Sessions):
    one, two = sessions.all
    job_id = next(iter(jobs_of(one)))
    two.annotations.set_note(job_id, "the better one")
    assert two.annotations.of(job_id).note == "the better one"
    assert one.annotations.of(job_id).note == ""


def test_what_cannot_be_read_is_told_and_what_is_the_same_is_left_out(
    servers: dict[str, SandboxServer], tmp_path: Path
):
    urls = {name: server.base_url for name, server in servers.items()}
    config = write_profiles(tmp_path / "config.toml", urls | {"three": urls["one"]})
    text = config.read_text().replace('"THREE_KEY"', '"ONE_KEY"')
    text = text.replace(
        '[profiles.three]\nbase_url = "http:', '[profiles.three]\nbase_url = "HTTP:'
    )
    broken = '[profiles.bare]\nbase_url = "https://bare.example/v1"\n'
    broken += '[profiles.far]\nbase_url = "http://far.example/v1"\n'
    config.write_text(f"{text}\n{broken}")
    with opened(config, keys_of(["one", "two"])) as sessions:
        places = {place.mark: place for place in sessions.open_others()}
        assert [session.endpoint.mark for session in sessions.all] == ["one", "two"]
    assert "openai" not in places, "it has no key, and nobody has asked for it"
    assert places["three"].left_out == "the same account as one"
    told = {
        mark: (trouble(one.error), one.error.full_text) for mark, one in places.items() if one.error
    }
    assert told["bare"][0] == "no key" and "api_key_env" in told["bare"][1]
    assert told["far"][0] == "cannot be used" and "http" in told["far"][1]


def test_a_variable_s_url_stands_beside_the_profiles(
    servers: dict[str, SandboxServer], config: Path
):
    config.write_text(config.read_text().replace('profile = "one"', 'profile = "openai"'))
    environ = {
        **keys_of(["one", "two"]),
        "OPENAI_BASE_URL": servers["two"].base_url,
        "OPENAI_API_KEY": KEYS["two"],
    }
    with opened(config, environ) as sessions:
        places = {place.mark: place for place in sessions.open_others()}
        assert sessions.own.endpoint.mark == servers["two"].base_url.split("/")[2]
        assert places["two"].left_out.startswith("the same account as 127.0.0.1")
        assert places["one"].session is not None
        assert "openai" not in places
