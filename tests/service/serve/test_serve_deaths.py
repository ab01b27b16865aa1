"""Trainers and servers that die, clocks that jump, disks that are full: told, and nothing lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from openai import InternalServerError, OpenAI
from tests.service.serve.conftest import Kill, Place

from fttui.server import ManualClock, SandboxConfig, SandboxServer
from fttui.server.engines import EngineUnavailable
from fttui.server.engines.local import LocalEngine
from fttui.server.engines.processes import start_mark
from fttui.server.jobs import run_folder
from fttui.server.jobs.facts import FactsFile, end_last_line
from waiting import PATIENCE, hear_signals, wait_until


@pytest.mark.parametrize("how", ["dies_at", "torn_at", "ends_at"])
def test_a_trainer_that_dies_without_a_word_fails_its_job(place: Place, how: str) -> None:
    place.start()
    place.script(**{how: 3})
    ended = place.until(place.create().id, "failed")
    assert ended.error.code == "trainer_lost"
    assert str(place.folder(ended.id) / "log.txt") in ended.error.message
    assert place.steps(ended.id) == [1, 2, 3]


def test_a_trainer_that_dies_before_its_first_word_fails_its_job(place: Place) -> None:
    place.start()
    place.script(dies_before_a_word=True)
    assert place.until(place.create().id, "failed").error.code == "trainer_lost"


def test_a_killed_trainer_makes_place_for_the_next_job(place: Place, kill: Kill) -> None:
    place.start()
    place.script(allowed=2)
    first, second = place.create(), place.create()
    place.until_said(first.id, "Step 2/6")
    kill(place.pid(first.id))
    place.until(first.id, "failed")
    place.script()
    place.until(second.id, "succeeded")


def test_a_torn_line_takes_nothing_of_the_next_run(place: Place) -> None:
    client = place.start()
    job = place.paused_at(2)
    wait_until(lambda: place.turn() or not place.runs(job.id), "its process went on")
    with open(place.folder(job.id) / "facts.jsonl", "a") as facts:
        facts.write('{"fact": "step", "at": 1, "st')
    place.script()
    client.fine_tuning.jobs.resume(job.id)
    place.until(job.id, "succeeded")
    assert place.steps(job.id) == [1, 2, 3, 4, 5, 6]
    assert sum(each.startswith("Loading the model") for each in place.messages(job.id)) == 2


def test_facts_are_read_on_and_lines_that_are_none_are_passed_over(tmp_path: Path) -> None:
    facts, path = FactsFile(tmp_path), tmp_path / "facts.jsonl"
    assert facts.read_on() == []
    good = {"fact": "step", "at": 1.5, "step": 1}
    wrong = ["", "[1]", "{}", "no", '{"fact": 1, "at": 1}', '{"fact": "x", "at": "1"}']
    path.write_text("\n".join([*wrong, '{"fact": "x", "at": NaN}', *[json.dumps(good)] * 2]))
    assert facts.read_on() == [good]
    assert facts.read_on() == []
    end_last_line(tmp_path)
    assert facts.read_on() == [good]
    size = path.stat().st_size
    end_last_line(tmp_path)
    assert path.stat().st_size == size


def test_a_run_goes_on_while_the_server_is_away(place: Place) -> None:
    place.start()
    place.script(allowed=2)
    job = place.create()
    place.until_said(job.id, "Step 2/6")
    place.stop()
    assert place.runs(job.id)
    place.script(allowed=4)
    place.start()
    place.until_said(job.id, "Step 4/6")
    place.turn()
    assert place.job(job.id).status == "running"
    place.script()
    place.until(job.id, "succeeded")
    assert place.steps(job.id) == [1, 2, 3, 4, 5, 6]


def test_what_happened_while_the_server_was_away_is_told(place: Place, kill: Kill) -> None:
    place.start(places=2)
    place.script(allowed=2, total_steps=10)
    done, dead = place.create(), place.create()
    for job in (done, dead):
        place.until_said(job.id, "Step 2/10")
    place.stop()
    kill(place.pid(dead.id))
    place.script(total_steps=10)
    wait_until(lambda: not place.runs(done.id), "the run did not end")
    client = place.start(places=2)
    assert client.fine_tuning.jobs.retrieve(done.id).status == "succeeded"  # also without a turn
    kept = [each.step_number for each in client.fine_tuning.jobs.checkpoints.list(done.id)]
    assert kept == [10, 8, 6]
    assert sum(model.id.startswith("ft:") for model in client.models.list()) in (3, 4)
    place.turn()
    assert place.job(dead.id).error.code == "trainer_lost"


def test_a_pause_holds_also_if_the_server_dies_once_it_has_answered(place: Place) -> None:
    client = place.start()
    place.script(allowed=2)
    job = place.create()
    wait_until(lambda: place.turn() or place.steps(job.id) == [1, 2], "it did not train")
    client.fine_tuning.jobs.pause(job.id)
    place.script()  # no turn of the queue comes before it may go on
    wait_until(lambda: not place.runs(job.id), "the trainer has not ended")
    assert place.job(job.id).status == "paused"


def test_a_start_that_a_kill_of_the_server_cut_short_is_made_anew(place: Place) -> None:
    place.start()
    job = place.create()
    place.turn()
    wait_until(lambda: not place.runs(job.id), "the run did not end")
    assert place.server is not None
    place.stop()
    for name in ("facts.jsonl", "process.json"):  # as if it had never come to it
        (place.folder(job.id) / name).unlink()
    place.start()
    place.until(job.id, "succeeded")
    assert any("is started again" in each for each in place.messages(job.id))


class _Unsteady(LocalEngine):
    """Cannot start anything while `broken` is there."""

    broken = True

    def start(self, name: str, folder: Path) -> None:
        if type(self).broken:
            raise EngineUnavailable("The machines are away.")
        super().start(name, folder)


def test_a_run_that_cannot_be_started_waits_and_is_tried_again(place: Place) -> None:
    _Unsteady.broken = True
    client = place.start(engine=lambda runs: _Unsteady(runs, str(place.python)))
    job = place.create()
    for _ in range(3):
        place.turn()
    assert place.job(job.id).status == "queued"
    told = [each for each in place.messages(job.id) if "The machines are away." in each]
    assert told == ["The engine cannot start the run, which waits: The machines are away."]
    newest = client.fine_tuning.jobs.list_events(job.id).data[0]
    assert newest.level == "warn"
    _Unsteady.broken = False
    place.until(job.id, "succeeded")


def test_an_interpreter_that_is_gone_leaves_the_job_in_the_queue(place: Place) -> None:
    place.start()
    place.python.rename(place.python.with_name("away"))
    job = place.create()
    place.turn()
    assert place.job(job.id).status == "queued"
    assert f"There is no program {place.python}" in place.messages(job.id)[-1]
    place.python.with_name("away").rename(place.python)
    place.until(job.id, "succeeded")


def test_a_full_disk_is_told_before_the_start_and_the_job_waits(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.start()
    monkeypatch.setattr(run_folder, "free_bytes", lambda _: 1_000_000)
    job = place.create()
    place.turn()
    place.turn()
    said = place.messages(job.id)
    assert (
        sum("The disk is too full to start: about 67 MB are needed" in each for each in said) == 1
    )
    assert place.job(job.id).status == "queued"
    assert not place.runs(job.id)
    monkeypatch.undo()
    place.until(job.id, "succeeded")


def test_a_disk_that_is_full_while_a_job_is_created_keeps_nothing_of_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = place.start()
    file_id = place.upload()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_folder, "_put", full)
    with pytest.raises(InternalServerError, match="disk is full") as caught:
        place.create(training_file=file_id)
    assert caught.value.status_code == 507
    assert client.fine_tuning.jobs.list().data == []
    assert list((place.data / "runs").iterdir()) == []


def test_what_a_crash_left_of_a_job_that_never_was_goes_at_the_start(place: Place) -> None:
    (place.data / "runs" / ".new-0123").mkdir(parents=True)
    (place.data / ".fttui-serve").touch()
    place.start()
    assert list((place.data / "runs").iterdir()) == []


def test_times_never_go_back_whatever_the_clocks_do(place: Place) -> None:
    clock = ManualClock(start=2_000_000_000.0)  # ahead of the trainer's
    config = SandboxConfig(data_dir=place.data, serve=place.serve, clock=clock)
    with SandboxServer(config) as server, OpenAI(
        base_url=server.base_url, api_key=server.api_key, max_retries=0
    ) as client:  # fmt: skip
        place.server, place.client = server, client
        job = place.create()
        clock.advance(-1_000_000)
        place.until(job.id, "succeeded")
        clock.set(1_000_000_000.0)
        listed = client.fine_tuning.jobs.list_events(job.id, limit=1000).data
        times = [event.created_at for event in reversed(listed)]
        assert times == sorted(times)
        ended = place.job(job.id)
        assert ended.created_at <= ended.finished_at == times[-1]


def test_a_process_is_not_taken_for_another_one_with_its_number(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path, "")
    folder = tmp_path / "job"
    folder.mkdir()
    mark = start_mark(os.getpid())
    assert mark is not None
    for known, alive in (
        ({"pid": os.getpid(), "mark": mark}, True),
        ({"pid": os.getpid(), "mark": mark + "1"}, False),
        ({"pid": os.getpid(), "mark": None}, False),
        ({"pid": 2**22 + 1, "mark": None}, False),
        ({"pid": 0, "mark": mark}, False),
        ({"pid": "x"}, False),
        ([], False),
    ):
        (folder / "process.json").write_text(json.dumps(known))
        assert engine.alive("job") == alive
    assert start_mark(2**22 + 1) is None


def test_a_process_that_has_ended_unheard_does_not_run() -> None:
    process = subprocess.Popen([sys.executable, "-S", "-E", "-c", ""])
    wait_until(lambda: start_mark(process.pid) is None, "a zombie counts as running")
    process.wait()


def test_a_trainer_that_lingers_after_its_last_word_is_ended(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fttui.server.jobs.queue._LINGERS", 0.0)
    place.start()
    place.script(lingers=True)
    first, second = place.create(), place.create()
    place.until(second.id, "succeeded")
    assert place.job(first.id).status == "succeeded"


def test_sigkill_of_the_server_loses_nothing(place: Place) -> None:
    code = (
        "import sys; from pathlib import Path; from fttui.server import SandboxConfig, run;"
        "from fttui.server.config import ServeConfig;"
        "data, models, python, script = sys.argv[1:];"
        "serve = ServeConfig(Path(models), python, tick=0.01, recipe={'script': script});"
        "run(SandboxConfig(data_dir=Path(data), serve=serve), json=True, out=sys.stdout)"
    )
    script = str(place.serve.recipe["script"])
    command = [sys.executable, "-c", code, place.data, place.models, place.python, script]

    def begin() -> tuple[subprocess.Popen[str], OpenAI]:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            preexec_fn=hear_signals,
        )  # fmt: skip
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        return process, OpenAI(**told, max_retries=0, timeout=PATIENCE)

    def status(client: OpenAI, job_id: str) -> str:
        return client.fine_tuning.jobs.retrieve(job_id).status

    place.script(allowed=2)
    process, place.client = begin()
    first, second = place.create(), place.create()
    wait_until(lambda: 2 in place.steps(first.id), "it did not begin")
    for allowed in (3, 4):
        process.kill()
        process.communicate()
        place.script(allowed=allowed)
        process, place.client = begin()
        wait_until(lambda allowed=allowed: allowed in place.steps(first.id), "it did not go on")
        assert status(place.client, second.id) == "queued"
    place.script()
    wait_until(lambda: status(place.client, second.id) == "succeeded", "the second was lost")
    assert status(place.client, first.id) == "succeeded"
    assert place.steps(first.id) == [1, 2, 3, 4, 5, 6]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
