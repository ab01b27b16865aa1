"""What a job is billed for is counted beside the requests, and by the sum of the file's tokens."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import pytest
from openai import OpenAI

from fttui.server import ManualClock, SandboxServer, fill_with_samples
from fttui.server.catalogue import base_model
from fttui.server.errors import ApiError
from fttui.server.jobs import billing
from fttui.server.tokens import billed_tokens
from waiting import PATIENCE

MODEL = "gpt-4.1-mini-2025-04-14"


class Count:
    """A count that goes on until it is let go, and then reads the lines."""

    tokens = 1_234
    given_up = False

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self, lines: Iterable[bytes], encoding: str, limit: int) -> int:
        self.begun.set()
        assert self.go_on.wait(PATIENCE)
        try:
            assert list(lines)
        except ApiError:
            self.given_up = True
            raise
        return self.tokens


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Count:
    made = Count()
    monkeypatch.setattr(billing, "billed_tokens", made)
    return made


def create(client: OpenAI, training_file: str, epochs: int = 2) -> str:
    return client.fine_tuning.jobs.create(
        model=MODEL, training_file=training_file, hyperparameters={"n_epochs": epochs}
    ).id


@pytest.mark.parametrize("listed", [False, True])
def test_a_job_is_created_before_its_tokens_are_counted_and_shown_after(
    client: OpenAI, clock: ManualClock, training_file: str, count: Count, listed: bool
) -> None:
    job = create(client, training_file)
    assert count.begun.wait(PATIENCE)
    assert client.fine_tuning.jobs.retrieve(job).trained_tokens is None
    assert client.fine_tuning.jobs.list().data[0].trained_tokens is None
    clock.advance(60)
    told: list[int | None] = []

    def ask() -> None:
        jobs = client.fine_tuning.jobs
        found = jobs.list().data[0] if listed else jobs.retrieve(job)
        told.append(found.trained_tokens)

    asking = threading.Thread(target=ask)
    asking.start()
    # Whoever does not ask for the job is answered meanwhile.
    assert client.files.retrieve(training_file).id == training_file
    assert not told
    count.go_on.set()
    asking.join()
    assert told == [count.tokens * 2]


def test_a_file_that_is_deleted_before_it_is_counted_leaves_an_estimate(
    client: OpenAI,
    server: SandboxServer,
    clock: ManualClock,
    training_file: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def gone(*_: object) -> int:
        raise FileNotFoundError(2, "No such file")

    monkeypatch.setattr(billing, "_read", gone)
    job = create(client, training_file, 1)
    clock.advance(60)
    assert (client.fine_tuning.jobs.retrieve(job).trained_tokens or 0) > 1000
    assert f"The tokens of {job} stay an estimate" in caplog.text
    assert server.call(lambda sandbox: dict(sandbox.counts)) == {}


def test_a_job_that_fails_is_not_counted(client: OpenAI, server: SandboxServer, upload) -> None:
    create(client, upload('{"messages": [{"role": "user", "content": "few"}]}'))
    assert server.call(lambda sandbox: dict(sandbox.counts)) == {}


def test_a_server_that_ends_gives_a_count_up(
    client: OpenAI, server: SandboxServer, training_file: str, count: Count
) -> None:
    create(client, training_file)
    assert count.begun.wait(PATIENCE)
    ending = server.call(lambda sandbox: sandbox.ending)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    assert ending.wait(PATIENCE)
    count.go_on.set()
    stopping.join()
    assert count.given_up


def test_the_sample_jobs_have_the_tokens_of_their_files(
    client: OpenAI, server: SandboxServer
) -> None:
    fill_with_samples(server)
    contents: dict[str, bytes] = {}
    jobs = [job for job in client.fine_tuning.jobs.list() if job.status == "succeeded"]
    assert len(jobs) > 5
    for job in jobs:
        name = job.training_file
        contents[name] = contents.get(name) or client.files.content(name).content
        base = base_model(job.model.split(":")[1] if job.model.startswith("ft:") else job.model)
        assert base is not None
        tokens = billed_tokens(contents[name].splitlines(True), base.encoding, base.max_tokens)
        assert job.method is not None
        (settings,) = [value for key, value in job.method.to_dict().items() if key != "type"]
        epochs = settings["hyperparameters"]["n_epochs"]
        assert job.trained_tokens == tokens * epochs
