"""A process that dies at any instant loses nothing: the next run ends where it would have ended."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

import pytest

from faults.harness import Truth, hasty, write_rows
from faults.proxy import FaultProxy
from faults.victim import fork_server, start
from fttui.server import SandboxServer
from fttui.services.endpoint.errors import ServiceError
from fttui.services.endpoint.models import Job
from fttui.services.session import Session
from fttui.services.submission.submissions import UnfinishedItem
from fttui.services.submission.types import new_submission_id
from waiting import PATIENCE, wait_until

MIB = 1024 * 1024
DIRECT_STEPS = 9
PART_STEPS = 13
IN_PARTS = {"direct_bytes": 1, "part_bytes": MIB, "window": 2}


@pytest.fixture(scope="session")
def context() -> ForkServerContext:
    return fork_server()


@pytest.fixture
def truth(sandbox: SandboxServer) -> Iterator[Truth]:
    found = Truth(sandbox)
    yield found
    found.close()


@dataclass
class Scene:
    """What a victim works with, and how its work is taken up afterwards."""

    context: ForkServerContext
    truth: Truth
    open_session: Callable[..., Session]
    environ: dict[str, str]
    folder: Path
    training: Path
    upload: dict[str, Any]
    submission_id: str

    def start(
        self, die_at: tuple[int, str] | None = None, begun: Connection | None = None
    ) -> ForkServerProcess:
        """Start a victim; `begun` gets a byte when it has made its first entry."""
        return start(
            self.context,
            self.environ,
            self.folder / "journal",
            self.training,
            self.submission_id,
            die_at,
            self.upload,
            begun,
        )

    def start_and_see_it_begin(self) -> ForkServerProcess:
        """Start a victim and wait for its first entry in the journal."""
        begun, told = self.context.Pipe(duplex=False)
        with begun:
            process = self.start(begun=told)
            told.close()
            assert begun.poll(PATIENCE), "there was no entry"
            assert begun.recv_bytes() == b"1"
        return process

    def take_up(self) -> list[str]:
        """Do the first action of what is open until nothing is; the actions done."""
        session = self.open_session(
            self.environ["OPENAI_BASE_URL"],
            hasty(self.folder / "journal", **self.upload),
        )
        done: list[str] = []
        while items := session.submissions.unfinished_items():
            action = _choose(items[0], done)
            done.append(action)
            work = session.submissions.recover(
                items[0].submission_id, action, consent=action == "resend"
            )
            try:
                session.thread.wait(work)
            except ServiceError as error:
                assert action == "look_up", error.full_text
        return done

    def check_end_state(self) -> Job:
        """One job with the mark, on one file with the right content."""
        (job,) = self.truth.jobs(self.submission_id)
        content = self.truth.content(job.training_file or "")
        expected = hashlib.sha256(self.training.read_bytes()).digest()
        assert hashlib.sha256(content).digest() == expected
        return job


def _choose(item: UnfinishedItem, done: list[str]) -> str:
    """The first action, or the second where the first was done already and found nothing."""
    assert len(done) < 4
    assert not item.busy
    return item.actions[1] if item.actions[0] in done else item.actions[0]


@pytest.fixture
def scene(
    context: ForkServerContext,
    sandbox: SandboxServer,
    truth: Truth,
    open_session: Callable[..., Session],
    tmp_path: Path,
) -> Scene:
    environ = {"OPENAI_API_KEY": sandbox.api_key, "OPENAI_BASE_URL": sandbox.base_url}
    training = write_rows(tmp_path / "train.jsonl")
    return Scene(context, truth, open_session, environ, tmp_path, training, {}, new_submission_id())


def _die(scene: Scene, step: int, moment: str) -> bool:
    process = scene.start((step, moment))
    process.join(PATIENCE)
    return process.exitcode == -9


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", range(DIRECT_STEPS))
def test_a_kill_at_any_entry_of_the_journal_ends_in_the_same_job(
    scene: Scene, step: int, moment: str
) -> None:
    assert _die(scene, step, moment)
    done = scene.take_up()
    if (step, moment) == (0, "before"):
        assert done == []
        assert scene.truth.jobs() == []
        return
    scene.check_end_state()
    assert len(scene.truth.files()) == 1


@pytest.mark.parametrize("step", range(3, PART_STEPS))
def test_a_kill_at_any_entry_of_an_upload_in_parts_ends_in_the_same_job(
    scene: Scene, step: int
) -> None:
    scene.upload = dict(IN_PARTS)
    write_rows(scene.training, 40, filler=70_000)
    assert _die(scene, step, "after")
    scene.take_up()
    scene.check_end_state()
    assert len(scene.truth.files()) == 1


def test_without_a_kill_the_steps_are_as_many_as_the_kills_above(scene: Scene) -> None:
    for upload, filler, steps in (({}, 0, DIRECT_STEPS), (IN_PARTS, 70_000, PART_STEPS)):
        scene.upload = dict(upload)
        scene.submission_id = new_submission_id()
        write_rows(scene.training, 40, filler=filler)
        assert not _die(scene, steps, "before")
        assert _die_again(scene, steps - 1)


def _die_again(scene: Scene, step: int) -> bool:
    """The same work as another submission, of another content, reaches entry number `step`."""
    scene.submission_id = new_submission_id()
    with scene.training.open("a") as file:
        file.write(scene.training.read_text().splitlines()[0] + "\n")
    return _die(scene, step, "before")


def test_kills_at_random_instants_of_an_upload_cost_at_most_the_parts_in_flight(
    scene: Scene, sandbox: SandboxServer
) -> None:
    scene.upload = dict(IN_PARTS)
    write_rows(scene.training, 100, filler=120_000)
    size = scene.training.stat().st_size
    chance = random.Random(7)
    with FaultProxy(sandbox.base_url) as proxy:
        scene.environ["OPENAI_BASE_URL"] = proxy.base_url
        kills = 0
        while kills < 6:
            # However late the kill comes: by then one part more is there, and two are on the way.
            with proxy.holding("/parts$", after=1):
                process = scene.start_and_see_it_begin()
                _wait_for_requests(proxy, chance.randrange(3), process)
                time.sleep(chance.uniform(0.0, 0.02))
                process.kill()
                process.join()
            assert process.exitcode == -9
            kills += 1
        scene.take_up()
        sent = sum(count for route, count in proxy.body_bytes.items() if "/parts" in route)
    scene.check_end_state()
    assert len(scene.truth.files()) == 1
    assert sent <= size + kills * (IN_PARTS["window"] + 1) * (MIB + 1024) + 100 * 1024


def _wait_for_requests(proxy: FaultProxy, count: int, process: ForkServerProcess) -> None:
    """Wait until so many requests more have come: on any machine that is as far into the upload."""
    enough = proxy.seen.total() + count
    wait_until(lambda: proxy.seen.total() >= enough or not process.is_alive(), "it does nothing")
