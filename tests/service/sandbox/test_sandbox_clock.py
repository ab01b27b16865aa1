"""A clock that is set back: what has been told stays true, and jobs go on."""

from pathlib import Path

import pytest
from openai import BadRequestError, OpenAI

from fttui.server import Clock, ManualClock, SandboxConfig, SandboxServer
from fttui.server.clock import MonotonicClock


def test_a_steady_clock_follows_the_other_one_forward() -> None:
    manual = ManualClock(start=100.0, speed=7.0)
    steady = MonotonicClock(manual)
    assert (steady.now(), steady.speed) == (100.0, 7.0)
    manual.advance(5)
    assert steady.now() == 105.0


def test_a_steady_clock_goes_on_from_where_it_was_set_back() -> None:
    manual = ManualClock(start=10_000.0)
    steady = MonotonicClock(manual)
    steady.now()
    manual.advance(-3600)
    assert steady.now() == 10_000.0
    manual.advance(60)
    assert steady.now() == 10_060.0
    manual.advance(-100)
    assert steady.now() == 10_060.0
    manual.advance(1)
    assert steady.now() == 10_061.0


def test_a_steady_clock_is_the_other_one_again_once_that_has_caught_up() -> None:
    manual = ManualClock(start=10_000.0)
    steady = MonotonicClock(manual, latest=13_600.0)
    assert steady.now() == 13_600.0
    manual.set(13_700.0)
    assert steady.now() == 13_700.0
    manual.set(13_650.0)
    assert steady.now() == 13_700.0


def serve(data: Path, clock: Clock) -> SandboxServer:
    return SandboxServer(SandboxConfig(data_dir=data, clock=clock))


def sdk(server: SandboxServer) -> OpenAI:
    return OpenAI(base_url=server.base_url, api_key=server.api_key, max_retries=0)


def make_job(client: OpenAI, content: bytes) -> str:
    file_id = client.files.create(file=("t.jsonl", content), purpose="fine-tune").id
    return client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=file_id).id


@pytest.mark.parametrize("restarted", [False, True])
def test_an_ended_job_stays_ended_when_the_clock_is_set_back(
    tmp_path: Path, samples: dict[str, bytes], restarted: bool
) -> None:
    clock = ManualClock()
    server = serve(tmp_path, clock)
    with server, sdk(server) as client:
        job_id = make_job(client, samples["chat"])
        clock.advance(600)
        before = client.fine_tuning.jobs.retrieve(job_id)
        assert before.status == "succeeded"
        if not restarted:
            clock.advance(-3600)
            assert client.fine_tuning.jobs.retrieve(job_id) == before
    if restarted:
        clock.advance(-3600)
        server = serve(tmp_path, clock)
    with server, sdk(server) as client:
        assert client.fine_tuning.jobs.retrieve(job_id) == before
        with pytest.raises(BadRequestError, match="'succeeded'"):
            client.fine_tuning.jobs.cancel(job_id)


def test_a_job_goes_on_and_its_times_are_in_order_after_the_clock_was_set_back(
    tmp_path: Path, samples: dict[str, bytes]
) -> None:
    clock = ManualClock()
    server = serve(tmp_path, clock)
    with server, sdk(server) as client:
        old = make_job(client, samples["chat"])
        clock.advance(3)
        assert client.fine_tuning.jobs.retrieve(old).status == "queued"
    clock.advance(-3600)
    server = serve(tmp_path, clock)
    with server, sdk(server) as client:
        assert client.fine_tuning.jobs.retrieve(old).status == "queued"
        new = make_job(client, samples["chat"])
        assert [job.id for job in client.fine_tuning.jobs.list()] == [new, old]
        clock.advance(600)
        for job in client.fine_tuning.jobs.list():
            assert job.status == "succeeded"
            assert job.finished_at is not None
            assert job.finished_at >= job.created_at
        cancelled = make_job(client, samples["chat"])
        clock.advance(-60)
        job = client.fine_tuning.jobs.cancel(cancelled)
        assert job.finished_at is not None
        assert job.finished_at >= job.created_at


def test_the_time_is_known_again_even_after_a_kill(
    tmp_path: Path, samples: dict[str, bytes]
) -> None:
    clock = ManualClock()
    with serve(tmp_path, clock) as server, sdk(server) as client:
        job_id = make_job(client, samples["chat"])
        clock.advance(3)
        client.fine_tuning.jobs.pause(job_id)
        # Only what is recorded with the pause itself is left of the time.
        server.call(lambda sandbox: sandbox.database.execute("DELETE FROM clock"))
        server.call(lambda sandbox: sandbox.discard())
    clock.advance(-3600)
    with serve(tmp_path, clock) as server, sdk(server) as client:
        resumed = client.fine_tuning.jobs.resume(job_id)
        assert resumed.status == "queued"
        assert server.call(lambda sandbox: sandbox.clock.now()) == clock.now() + 3600


def test_the_time_is_noted_at_times_while_nothing_else_is_written(tmp_path: Path) -> None:
    clock = ManualClock(start=1000.0)
    noted = []
    with serve(tmp_path, clock) as server, sdk(server) as client:
        for _ in range(3):
            clock.advance(9)
            client.files.list()
            noted += server.call(lambda sandbox: sandbox.database.all("SELECT seen FROM clock"))
    assert [row["seen"] for row in noted] == [1009.0, 1009.0, 1027.0]


def test_the_time_is_noted_at_the_end(tmp_path: Path) -> None:
    clock = ManualClock(start=1000.0)
    with serve(tmp_path, clock):
        clock.advance(500)
    clock.advance(-300)
    with serve(tmp_path, clock) as server:
        assert server.call(lambda sandbox: sandbox.clock.now()) == 1500.0
