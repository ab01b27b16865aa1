"""Jobs that are trained on a Ray cluster, which is a stub of its Jobs REST API."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from openai import OpenAI
from tests.service.serve.conftest import FAKE, Place
from tests.service.serve.ray_stub import RayStub

from fttui.server.engines import End, EngineUnavailable
from fttui.server.engines.ray import RayEngine
from fttui.server.engines.ray_api import RayApi
from waiting import wait_until

TOKEN = "ray-token-0123456789abcdef"


def make_trainer(folder: Path) -> Path:
    """The fake trainer as a folder, as the true one is run."""
    folder.mkdir()
    (folder / "__main__.py").write_text(
        f"import sys\nsys.path.insert(0, {str(FAKE.parent)!r})\nimport fake_trainer\n"
        "raise SystemExit(fake_trainer.main(sys.argv))\n"
    )
    return folder


class RayPlace(Place):
    """A server that trains on a stub of Ray."""

    def __init__(self, root: Path, stack: ExitStack) -> None:
        # Blanks and quotes in every path: Ray gives the command to a shell.
        root = root / 'it\'s a "place"'
        root.mkdir()
        super().__init__(root, stack)
        self.trainer = make_trainer(root / "trainer")
        self.ray = RayStub(root, token=TOKEN)
        self.ray.up()
        stack.callback(self.ray.end)
        self.token: str | None = TOKEN

    def engine(self, runs: Path, **changed: Any) -> RayEngine:
        api = RayApi(self.ray.url, self.token, pause=0.0)
        return RayEngine(runs, api, sys.executable, trainer=self.trainer, **changed)

    def start(self, **changed: Any) -> OpenAI:
        return super().start(engine=lambda runs: self.engine(runs, **changed))

    def kept(self, job_id: str) -> dict[str, Any]:
        return dict(json.loads((self.folder(job_id) / "ray.json").read_text()))

    def states(self) -> dict[str, str]:
        return {name: job.status for name, job in self.ray.jobs.items()}


@pytest.fixture
def ray(tmp_path: Path) -> Iterator[RayPlace]:
    with ExitStack() as stack:
        yield RayPlace(tmp_path, stack)


def test_a_job_trains_on_ray_to_the_end(ray: RayPlace) -> None:
    client = ray.start(cpus=2.5, gpus=0.5)
    job = ray.create()
    ended = ray.until(job.id, "succeeded")
    assert ray.steps(job.id) == [1, 2, 3, 4, 5, 6]
    assert ended.fine_tuned_model in {model.id for model in client.models.list()}
    order = ray.ray.only().order
    assert order["submission_id"] == f"{job.id}-1"
    assert (order["entrypoint_num_cpus"], order["entrypoint_num_gpus"]) == (2.5, 0.5)
    said = ray.messages(job.id)
    assert said[3].startswith("Loading the model")


def test_of_a_job_with_several_workers_what_starts_them_takes_no_place(ray: RayPlace) -> None:
    ray.ray.environ = {"RAY_ADDRESS": "10.0.0.1:6379", "AWS_SECRET": "x"}
    (ray.trainer / "__main__.py").write_text(
        "import json, os, sys\nprint('told', json.dumps(sys.argv[2:]))\n"
        "print('variables', json.dumps(dict(os.environ)), flush=True)\nraise SystemExit(1)\n"
    )
    ray.start(cpus=2.5, gpus=1, workers=3)
    ended = ray.until(ray.create().id, "failed")
    order = ray.ray.only().order
    assert (order["entrypoint_num_cpus"], order["entrypoint_num_gpus"]) == (0, 0)
    assert order["runtime_env"]["env_vars"]["OMP_NUM_THREADS"] == "2"
    log = (ray.folder(ended.id) / "log.txt").read_text()
    told = json.loads(log.split("told ")[1].splitlines()[0])
    assert told == ["--workers", "3", "--cpus", "2.5", "--gpus", "1"]
    variables = json.loads(log.split("variables ")[1].splitlines()[0])
    assert variables["RAY_ADDRESS"] == "10.0.0.1:6379"
    assert "AWS_SECRET" not in variables


def test_fewer_jobs_with_several_workers_wait_in_ray(ray: RayPlace) -> None:
    places = [ray.engine(ray.data, workers=workers).places for workers in (1, 2)]
    assert places == [64, 8]
    assert ray.engine(ray.data, workers=2, places=3).places == 3


def test_the_trainer_travels_once_and_nothing_else_with_it(ray: RayPlace) -> None:
    (ray.trainer / "__pycache__").mkdir()
    (ray.trainer / "__pycache__" / "x.pyc").touch()
    (ray.trainer / "deep").mkdir()
    (ray.trainer / "deep" / "part.py").touch()
    ray.start()
    for _ in range(2):
        ray.until(ray.create().id, "succeeded")
    [content] = ray.ray.packages.values()
    assert sorted(zipfile.ZipFile(io.BytesIO(content)).namelist()) == [
        "environment.py", "launch.py", "trainer/__main__.py", "trainer/deep/part.py",
    ]  # fmt: skip
    assert sum(each.startswith("PUT") for each in ray.ray.asked) == 1


def test_a_trainer_that_is_missing_leaves_the_job_in_the_queue(ray: RayPlace) -> None:
    ray.start()
    (ray.trainer / "__main__.py").rename(ray.trainer / "away")
    job = ray.create()
    ray.until_said(job.id, "The trainer is missing")
    assert ray.job(job.id).status == "queued"
    (ray.trainer / "away").rename(ray.trainer / "__main__.py")
    ray.until(job.id, "succeeded")


def test_a_job_is_queued_while_ray_has_no_place_for_it(ray: RayPlace) -> None:
    ray.start()
    ray.script(allowed=1)
    jobs = [ray.create() for _ in range(3)]
    ray.until_said(jobs[0].id, "Step 1/6")
    ray.turn()
    assert [ray.job(job.id).status for job in jobs] == ["running", "queued", "queued"]
    assert list(ray.states().values()) == ["RUNNING", "PENDING", "PENDING"]
    ray.script()
    for job in jobs:
        ray.until(job.id, "succeeded")
    assert len(ray.ray.jobs) == 3


def test_no_more_jobs_are_handed_over_than_there_are_places(ray: RayPlace) -> None:
    ray.start(places=2)
    ray.script(allowed=1)
    jobs = [ray.create() for _ in range(3)]
    ray.until_said(jobs[0].id, "Step 1/6")
    ray.turn()
    assert len(ray.ray.jobs) == 2
    ray.script()
    ray.until(jobs[2].id, "succeeded")


def test_a_pause_never_asks_ray_and_each_step_is_done_once(ray: RayPlace) -> None:
    client = ray.start()
    ray.script(allowed=3)
    job = ray.create()
    ray.until_said(job.id, "Step 3/6")
    assert client.fine_tuning.jobs.pause(job.id).status == "pausing"
    ray.until(job.id, "paused")
    wait_until(lambda: ray.turn() or ray.kept(job.id)["ended"], "its run went on")
    assert not any(each.endswith("/stop") for each in ray.ray.asked)
    assert ray.states() == {f"{job.id}-1": "SUCCEEDED"}
    ray.script()
    client.fine_tuning.jobs.resume(job.id)
    ray.until(job.id, "succeeded")
    assert ray.steps(job.id) == [1, 2, 3, 4, 5, 6]
    assert list(ray.ray.jobs) == [f"{job.id}-1", f"{job.id}-2"]


def test_a_cancelled_job_is_ended_by_ray(ray: RayPlace) -> None:
    client = ray.start()
    ray.script(allowed=2)
    job = ray.create()
    ray.until_said(job.id, "Step 2/6")
    client.fine_tuning.jobs.cancel(job.id)
    wait_until(lambda: ray.turn() or ray.states() == {f"{job.id}-1": "STOPPED"}, "it went on")
    assert ray.job(job.id).status == "cancelled"
    ray.turn()
    ray.turn()
    before = len(ray.ray.asked)
    ray.turn()
    assert len(ray.ray.asked) == before  # nothing more is asked of what has ended


@pytest.mark.parametrize("how", ["pause", "cancel"])
def test_a_job_that_waits_in_ray_is_taken_back_at_once(ray: RayPlace, how: str) -> None:
    client = ray.start()
    ray.script(allowed=1)
    first, second = ray.create(), ray.create()
    ray.until_said(first.id, "Step 1/6")
    ray.turn()
    getattr(client.fine_tuning.jobs, how)(second.id)
    assert ray.job(second.id).status == {"pause": "paused", "cancel": "cancelled"}[how]
    ray.turn()
    ray.turn()
    asked = [each for each in ray.ray.asked if each.endswith("/stop")]
    assert asked == [f"POST /api/jobs/{second.id}-1/stop"]  # once, though it still waits there
    assert ray.kept(second.id)["given_up"]
    ray.script()
    ray.until(first.id, "succeeded")
    wait_until(lambda: ray.turn() or ray.states()[f"{second.id}-1"] == "STOPPED", "it waits still")
    assert ray.steps(second.id) == []
    if how == "pause":
        client.fine_tuning.jobs.resume(second.id)
        ray.until(second.id, "succeeded")
        assert ray.steps(second.id) == [1, 2, 3, 4, 5, 6]
        assert f"{second.id}-2" in ray.ray.jobs


def test_what_a_run_says_that_was_paused_before_its_first_word_counts_no_more(
    ray: RayPlace,
) -> None:
    client = ray.start()
    ray.script(allowed=1)
    first, second = ray.create(), ray.create()
    ray.until_said(first.id, "Step 1/6")
    ray.turn()
    client.fine_tuning.jobs.pause(second.id)
    fact = {"fact": "loading", "at": 1.0, "device": "cpu"}
    (ray.folder(second.id) / "facts.jsonl").write_text(json.dumps(fact) + "\n")
    assert ray.job(second.id).status == "paused"
    assert not any(each.startswith("Loading") for each in ray.messages(second.id))


def test_a_resumed_job_is_not_begun_beside_its_former_run(ray: RayPlace) -> None:
    client = ray.start()
    ray.script(allowed=1)
    first, second = ray.create(), ray.create()
    ray.until_said(first.id, "Step 1/6")
    client.fine_tuning.jobs.pause(second.id)
    ray.turn()
    client.fine_tuning.jobs.resume(second.id)
    ray.turn()
    assert ray.states()[f"{second.id}-1"] == "PENDING"
    assert f"{second.id}-2" not in ray.ray.jobs
    assert ray.job(second.id).status == "queued"


@pytest.mark.parametrize("how", ["dies_at", "torn_at"])
def test_the_death_of_a_trainer_is_told_with_what_its_log_says_last(
    ray: RayPlace, how: str
) -> None:
    ray.start()
    ray.script(**{how: 3})
    ended = ray.until(ray.create().id, "failed")
    assert ended.error.code == "trainer_lost"
    assert "Ray says: Job entrypoint command failed with exit code" in ended.error.message
    assert "Its last lines: environment {" in ended.error.message
    log = ray.folder(ended.id) / "log.txt"
    assert str(log) in ended.error.message
    assert log.read_text().startswith(f"--- {ended.id}-1 on Ray\nRunning entrypoint for job")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert ray.steps(ended.id) == [1, 2, 3]


def test_a_trainer_that_ends_before_its_first_word_is_lost(ray: RayPlace) -> None:
    ray.start()
    ray.script(dies_before_a_word=True)
    ended = ray.until(ray.create().id, "failed")
    assert ended.error.code == "trainer_lost"
    assert "failed with exit code 3" in ended.error.message


def test_a_machine_that_does_not_see_the_folder_is_told(ray: RayPlace) -> None:
    ray.start()
    ray.ray.room = 0
    job = ray.create()
    wait_until(lambda: ray.turn() or ray.ray.jobs, "it was not handed over")
    folder = ray.folder(job.id)
    order = ray.ray.only().order
    order["entrypoint"] = order["entrypoint"].replace("/runs/", "/elsewhere/")
    ray.ray.room = 1
    message = ray.until(job.id, "failed").error.message
    assert "The run's folder is not seen from this machine" in message
    assert "name a folder on it with --data" in message
    assert folder.is_dir()


def test_a_run_that_somebody_stops_in_ray_is_lost(ray: RayPlace) -> None:
    ray.start()
    ray.script(allowed=2)
    job = ray.create()
    ray.until_said(job.id, "Step 2/6")
    ray.ray.only().asked_to_stop = True
    assert "Somebody has stopped the run in Ray." in ray.until(job.id, "failed").error.message


def test_a_run_that_ray_has_forgotten_while_it_ran_is_lost(ray: RayPlace) -> None:
    ray.start()
    ray.script(allowed=2)
    job = ray.create()
    ray.until_said(job.id, "Step 2/6")
    ray.ray.forget()
    error = ray.until(job.id, "failed").error
    assert error.code == "trainer_lost"
    assert "Ray does not know the run any more" in error.message


def test_a_run_that_ray_has_forgotten_before_its_first_word_is_handed_over_again(
    ray: RayPlace,
) -> None:
    ray.start()
    ray.ray.room = 0
    job = ray.create()
    wait_until(lambda: ray.turn() or ray.ray.jobs, "it was not handed over")
    ray.ray.forget()
    ray.ray.room = 1
    ray.until(job.id, "succeeded")
    assert list(ray.ray.jobs) == [f"{job.id}-2"]
    assert any("Ray does not know the run any more" in each for each in ray.messages(job.id))


def test_a_run_that_waited_too_long_for_ray_is_handed_over_again_and_told_once(
    ray: RayPlace,
) -> None:
    ray.start()
    ray.ray.room = 0
    job = ray.create()
    for number in (1, 2):
        wait_until(lambda n=number: ray.turn() or len(ray.ray.jobs) == n, "not handed over")
        waiting = ray.ray.jobs[f"{job.id}-{number}"]
        waiting.status, waiting.error_type = "FAILED", "JOB_SUPERVISOR_ACTOR_START_TIMEOUT"
        waiting.message = "Job supervisor actor failed to start within 900.0 seconds."
        assert ray.job(job.id).status == "queued"
    ray.turn()
    ray.ray.room = 1
    ray.until(job.id, "succeeded")
    said = [each for each in ray.messages(job.id) if "Ray gave the run no place" in each]
    assert said == [
        "Ray gave the run no place, so it is handed over again: Job supervisor actor failed to "
        "start within 900.0 seconds."
    ]


def test_a_run_goes_on_and_is_found_again_while_the_server_is_away(ray: RayPlace) -> None:
    ray.start()
    ray.script(allowed=2)
    first, second = ray.create(), ray.create()
    ray.until_said(first.id, "Step 2/6")
    ray.turn()
    ray.stop()
    ray.script(allowed=4)
    ray.start()
    ray.until_said(first.id, "Step 4/6")
    assert ray.job(second.id).status == "queued"
    ray.script()
    ray.until(second.id, "succeeded")
    assert ray.steps(first.id) == [1, 2, 3, 4, 5, 6]
    assert sorted(ray.ray.jobs) == sorted([f"{first.id}-1", f"{second.id}-1"])


def test_a_start_that_the_death_of_the_server_cut_short_is_made_anew(ray: RayPlace) -> None:
    ray.start()
    job = ray.create()
    wait_until(lambda: ray.turn() or ray.ray.jobs, "it was not handed over")
    ray.stop()
    # As if the server had died after it noted the attempt, and before Ray heard of it.
    ray.ray.forget()
    (ray.folder(job.id) / "facts.jsonl").unlink(missing_ok=True)
    kept = ray.kept(job.id) | {"known": False, "ended": False}
    (ray.folder(job.id) / "ray.json").write_text(json.dumps(kept))
    ray.start()
    ray.until(job.id, "succeeded")
    assert list(ray.ray.jobs) == [f"{job.id}-2"]


def test_ray_that_is_away_is_told_once_and_nothing_is_lost(ray: RayPlace) -> None:
    ray.start()
    ray.script(allowed=2)
    running = ray.create()
    ray.until_said(running.id, "Step 2/6")
    ray.ray.down()
    queued = ray.create()
    for _ in range(4):
        ray.turn()
    assert ray.job(running.id).status == "running"
    assert ray.job(queued.id).status == "queued"
    away = f"Ray cannot be reached at {ray.ray.url}: Connection refused."
    assert [each for each in ray.messages(running.id) if "cannot be reached" in each] == [away]
    told = [each for each in ray.messages(queued.id) if "cannot be reached" in each]
    assert told == [f"The engine cannot start the run, which waits: {away}"]
    ray.script()
    ray.ray.up()
    ray.until(running.id, "succeeded")
    ray.until(queued.id, "succeeded")
    assert "The engine answers again" in ray.messages(running.id)
    assert ray.steps(running.id) == [1, 2, 3, 4, 5, 6]
    # The attempts that never came to Ray count, so that none of them can come late.
    assert len(ray.ray.jobs) == 2


def test_a_job_that_is_cancelled_while_ray_is_away_is_ended_when_it_is_back(
    ray: RayPlace,
) -> None:
    client = ray.start()
    ray.script(allowed=2)
    job = ray.create()
    ray.until_said(job.id, "Step 2/6")
    ray.ray.down()
    client.fine_tuning.jobs.cancel(job.id)
    ray.turn()
    assert ray.job(job.id).status == "cancelled"
    assert ray.messages(job.id)[-1] == "Fine-tuning job cancelled"
    ray.ray.up()
    wait_until(lambda: ray.turn() or ray.states() == {f"{job.id}-1": "STOPPED"}, "it went on")


def test_an_answer_that_is_lost_hands_nothing_over_twice(ray: RayPlace) -> None:
    ray.start()
    ray.ray.cuts.add("POST /api/jobs/")
    job = ray.create()
    wait_until(lambda: ray.turn() or ray.ray.jobs, "it was not handed over")
    assert not ray.kept(job.id)["known"]
    ray.ray.cuts.clear()
    ray.until(job.id, "succeeded")
    assert list(ray.ray.jobs) == [f"{job.id}-1"]


def test_a_refusal_that_may_have_been_none_is_looked_after(ray: RayPlace) -> None:
    ray.start()
    ray.ray.answers["POST /api/jobs/"] = (500, "Traceback:\n  x\nRuntimeError: no agent")
    job = ray.create()
    ray.until_said(job.id, "no agent")
    assert ray.job(job.id).status == "queued"
    ray.ray.answers.clear()
    ray.until(job.id, "succeeded")


def test_a_job_that_is_there_already_counts_as_handed_over(ray: RayPlace) -> None:
    ray.start()
    ray.ray.answers["POST /api/jobs/"] = (500, "Traceback:\nJob with x already exists. \nUse")
    job = ray.create()
    wait_until(lambda: ray.turn() or "POST /api/jobs/" in ray.ray.asked, "it was not sent")
    assert ray.kept(job.id)["known"]


def test_a_run_that_waits_to_be_handed_over_again_is_so_by_itself(ray: RayPlace) -> None:
    ray.serve = replace(ray.serve, tick=0.01)
    ray.start()
    ray.ray.room = 0
    job = ray.create()
    for number in (1, 2):
        wait_until(lambda n=number: len(ray.ray.jobs) == n, f"it waits for ever: {ray.states()}")
        waiting = ray.ray.jobs[f"{job.id}-{number}"]
        waiting.error_type = "JOB_SUPERVISOR_ACTOR_START_TIMEOUT"
        waiting.status = "FAILED"
    ray.ray.room = 1
    wait_until(lambda: ray.job(job.id).status == "succeeded", "it waits for ever")


def test_an_attempt_is_on_the_disk_before_ray_hears_of_it(
    ray: RayPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []
    submit = RayApi.submit

    def look(api: RayApi, order: dict[str, Any]) -> None:
        seen.append(json.loads((ray.folder(order["metadata"]["job"]) / "ray.json").read_text()))
        submit(api, order)

    monkeypatch.setattr(RayApi, "submit", look)
    ray.start()
    job = ray.create()
    ray.until(job.id, "succeeded")
    [kept] = seen
    assert (kept["submission"], kept["known"], kept["given_up"]) == (f"{job.id}-1", False, False)


def test_a_former_run_that_does_not_end_is_ended_so_that_the_job_can_go_on(
    ray: RayPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fttui.server.jobs.queue._LINGERS", 0.0)
    alive, kill = RayEngine.alive, RayEngine.kill
    lingering = {"job"}
    monkeypatch.setattr(
        RayEngine, "alive", lambda engine, name: alive(engine, name) or bool(lingering)
    )
    monkeypatch.setattr(
        RayEngine, "kill", lambda engine, name: (lingering.clear(), kill(engine, name))
    )
    client = ray.start()
    ray.script(allowed=2)
    job = ray.create()
    ray.until_said(job.id, "Step 2/6")
    client.fine_tuning.jobs.pause(job.id)
    ray.turn()
    wait_until(lambda: ray.job(job.id).status == "paused", "it was not paused")
    ray.script()
    client.fine_tuning.jobs.resume(job.id)
    ray.until(job.id, "succeeded")
    assert ray.steps(job.id) == [1, 2, 3, 4, 5, 6]


def test_a_job_that_is_cancelled_while_its_end_is_looked_into_is_cancelled(
    ray: RayPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = ray.start()
    ray.script(allowed=2)
    job = ray.create()
    ray.until_said(job.id, "Step 2/6")
    ending = RayEngine.ending

    def cancelling(engine: RayEngine, name: str) -> End:
        client.fine_tuning.jobs.cancel(name)
        return ending(engine, name)

    monkeypatch.setattr(RayEngine, "ending", cancelling)
    ray.ray.forget()
    ray.turn()
    assert ray.job(job.id).status == "cancelled"


def test_requests_are_answered_while_ray_lets_the_server_wait(ray: RayPlace) -> None:
    ray.start()
    job = ray.create()
    ray.ray.held = Event()
    turning = Thread(target=ray.turn)
    turning.start()
    wait_until(lambda: ray.ray.asked, "Ray was not asked")
    assert ray.job(job.id).status == "queued"
    assert turning.is_alive()
    ray.ray.held.set()
    turning.join()
    ray.until(job.id, "succeeded")


@pytest.mark.parametrize("token", [None, "another"])
def test_a_token_that_ray_does_not_take_leaves_the_job_in_the_queue(
    ray: RayPlace, token: str | None
) -> None:
    ray.token = token
    ray.start()
    job = ray.create()
    ray.turn()
    ray.turn()
    assert ray.job(job.id).status == "queued"
    assert ray.kept(job.id)["ended"]
    assert ray.kept(job.id)["given_up"]
    said = ray.messages(job.id)[-1]
    assert "RAY_AUTH_TOKEN" in said
    assert ("wants a token" in said) == (token is None)
    assert ray.ray.jobs == {}
    assert "another" not in said


def test_the_token_is_shown_nowhere_and_no_variable_of_the_cluster_comes_to_the_trainer(
    ray: RayPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", TOKEN)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-server")
    ray.ray.environ = {"AWS_SECRET": "of the cluster", "CUDA_VISIBLE_DEVICES": "3"}
    ray.start(cpus=3)
    ray.script(dies_at=2)
    job = ray.create()
    # A trainer that writes the token, as a careless one might.
    (ray.trainer / "__main__.py").write_text(
        f"print('{TOKEN}', flush=True)\n" + (ray.trainer / "__main__.py").read_text()
    )
    ray.until(job.id, "failed")
    order = ray.ray.only().order
    assert "sk-of-the-server" not in json.dumps(order)
    assert TOKEN not in json.dumps(order)
    log = (ray.folder(job.id) / "log.txt").read_text()
    assert "[hidden]\nenvironment" in log
    environ = json.loads(log.split("environment ")[1].splitlines()[0])
    assert environ["CUDA_VISIBLE_DEVICES"] == "3"
    assert environ["OMP_NUM_THREADS"] == "3"
    assert environ["HF_HUB_OFFLINE"] == "1"
    assert not {"AWS_SECRET", "RAY_AUTH_TOKEN", "OPENAI_API_KEY"} & set(environ)
    for kept in ray.data.rglob("*"):
        assert not kept.is_file() or TOKEN.encode() not in kept.read_bytes(), kept
    assert TOKEN not in json.dumps(ray.messages(job.id))


def test_a_run_that_was_given_up_or_handed_over_anew_is_not_begun(tmp_path: Path) -> None:
    engine_folder = Path(sys.modules[RayEngine.__module__].__file__ or "").parent
    for name in ("ray_launch.py", "environment.py"):
        (tmp_path / name).write_text((engine_folder / name).read_text())
    make_trainer(tmp_path / "trainer").joinpath("__main__.py").write_text("print('begun')")
    command = [sys.executable, tmp_path / "ray_launch.py", tmp_path, "job-1", "1"]
    for kept, begins in (
        ({"submission": "job-1", "given_up": False}, True),
        ({"submission": "job-1", "given_up": True}, False),
        ({"submission": "job-2", "given_up": False}, False),
    ):
        (tmp_path / "ray.json").write_text(json.dumps(kept))
        done = subprocess.run(command, capture_output=True, text=True)
        assert (done.stdout == "begun\n", done.returncode == 0) == (begins, begins)


def test_of_a_long_log_the_end_is_kept_and_one_without_an_end_is_left(
    ray: RayPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fttui.server.engines.ray._LOG_BYTES", 10)
    ray.start()
    ray.script(dies_at=1)
    (ray.trainer / "__main__.py").write_text(
        (ray.trainer / "__main__.py").read_text().replace("raise", "print('x' * 5000)\nraise")
    )
    ended = ray.until(ray.create().id, "failed")
    assert len((ray.folder(ended.id) / "log.txt").read_text()) < 100
    monkeypatch.setattr("fttui.server.engines.ray_api._MOST_BYTES", 8000)
    monkeypatch.setattr(RayStub, "padding", "x" * 9000)
    job = ray.create()
    assert ray.until(job.id, "failed").error.code == "trainer_lost"
    assert not (ray.folder(job.id) / "log.txt").exists()


def test_a_log_that_cannot_be_had_does_not_keep_a_death_from_being_told(ray: RayPlace) -> None:
    ray.start()
    ray.script(dies_at=1, allowed=0)
    job = ray.create()
    wait_until(lambda: ray.turn() or ray.ray.jobs, "it was not handed over")
    ray.ray.answers[f"GET /api/jobs/{job.id}-1/logs"] = (500, "the node is gone")
    ray.script(dies_at=1)
    message = ray.until(job.id, "failed").error.message
    assert "Its last lines:" in message  # those that came with Ray's own message
    assert "environment {" in message


def test_what_is_kept_of_an_attempt_is_private_and_survives_nonsense(ray: RayPlace) -> None:
    ray.start()
    job = ray.create()
    ray.until(job.id, "succeeded")
    path = ray.folder(job.id) / "ray.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    engine = ray.engine(ray.data / "runs")
    for text in ("", "[]", '{"odd": 1}', "null"):
        path.write_text(text)
        assert not engine.alive(job.id)
        engine.kill(job.id)
    engine.stop("ftjob-none")
    with pytest.raises(EngineUnavailable):
        RayEngine(ray.data / "runs", RayApi(ray.ray.url, None), "python").alive(
            _known(path, job.id)
        )


def _known(path: Path, job_id: str) -> str:
    path.write_text(json.dumps({"number": 1, "submission": f"{job_id}-1", "known": True}))
    return job_id
