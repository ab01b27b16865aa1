"""Jobs that are trained: queue, pause, resume, cancel, and what is told of them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from openai import BadRequestError, NotFoundError
from tests.service.serve.conftest import MODEL, ROWS, Place

from fttui.server.engines import EngineUnavailable
from fttui.server.engines.local import LocalEngine
from fttui.server.jobs import queue, running
from fttui.server.jobs.facts import FactsFile
from fttui.server.jobs.job import ControlKind
from waiting import wait_until


def test_a_job_trains_to_the_end_and_tells_it_as_openai_does(place: Place) -> None:
    client = place.start()
    job = place.create(
        suffix="desk", metadata={"team": "a"}, validation_file=place.upload(),
        hyperparameters={"n_epochs": 3},
    )  # fmt: skip
    assert (job.status, job.organization_id) == ("validating_files", "org-local")
    assert job.hyperparameters.batch_size == "auto"
    ended = place.until(job.id, "succeeded")
    tail = ended.fine_tuned_model.rpartition(":")[2]
    assert ended.fine_tuned_model == f"ft:{MODEL}:local:desk:{tail}"
    assert (ended.trained_tokens, ended.hyperparameters.batch_size) == (1234, 2)
    assert ended.finished_at >= ended.created_at
    said = place.messages(job.id)
    assert said[0] == f"Created fine-tuning job: {job.id}"
    assert said[1].startswith("Validating training file: file-")
    assert said[2] == "Files validated, moving job to queued state"
    assert said[3] == "Loading the model on cpu: about 2.1 GB needed, 8.0 GB free"
    assert said[4:6] == ["Fine-tuning job started", "Learning rate 0.0002."]
    assert "Step 2/6: training loss=1.50, full validation loss=2.50" in said
    assert said[-2:] == [
        f"New fine-tuned model created: {ended.fine_tuned_model}",
        "The job has successfully completed",
    ]
    assert place.steps(job.id) == [1, 2, 3, 4, 5, 6]
    table = base64.b64decode(client.files.content(ended.result_files[0]).read()).decode()
    assert table.splitlines()[:2] == [
        "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy", "1,3.0,0.5,,",
    ]  # fmt: skip
    kept = client.fine_tuning.jobs.checkpoints.list(job.id)
    found = [(each.step_number, each.metrics.train_loss) for each in kept]
    assert found == [(6, 0.5), (4, 0.75), (2, 1.5)]
    models = {model.id for model in client.models.list()}
    assert ended.fine_tuned_model in models
    assert len([name for name in models if name.startswith("ft:")]) == 3
    assert client.models.retrieve(ended.fine_tuned_model).owned_by == "org-local"


def test_one_job_trains_at_a_time_and_the_next_one_follows(place: Place) -> None:
    place.start()
    place.script(allowed=1)
    first, second = place.create(), place.create()
    place.until_said(first.id, "Step 1/6")
    place.turn()
    assert (place.job(first.id).status, place.job(second.id).status) == ("running", "queued")
    assert not place.runs(second.id)
    place.script()
    place.until(second.id, "succeeded")
    assert place.job(first.id).status == "succeeded"


def test_as_many_train_at_a_time_as_there_are_places(place: Place) -> None:
    place.start(places=2)
    place.script(allowed=1)
    jobs = [place.create() for _ in range(3)]
    for job in jobs[:2]:
        place.until_said(job.id, "Step 1/6")
    assert [place.job(job.id).status for job in jobs] == ["running", "running", "queued"]


def test_the_facts_of_a_run_are_read_once_however_many_jobs_wait(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = place.start()
    monkeypatch.setattr(running, "_MOST_COURSES", 1)
    place.script(allowed=2)
    first, file = place.create(), place.upload()
    place.until_said(first.id, "Step 2/6")
    for _ in range(2):
        client.fine_tuning.jobs.cancel(place.create(training_file=file).id)
    place.create(training_file=file)
    opened = list[Path]()
    make = FactsFile.__init__

    def note(self: FactsFile, folder: Path) -> None:
        opened.append(folder)
        make(self, folder)

    monkeypatch.setattr(FactsFile, "__init__", note)
    place.turn()
    assert place.job(first.id).status == "running"
    assert place.folder(first.id) not in opened


def test_a_pause_takes_hold_once_the_checkpoint_is_there(place: Place) -> None:
    client = place.start()
    place.script(allowed=3, in_a_step=True)
    job = place.create()
    place.until_said(job.id, "Step 3/6")
    assert client.fine_tuning.jobs.pause(job.id).status == "pausing"
    for again in (client.fine_tuning.jobs.pause, client.fine_tuning.jobs.resume):
        with pytest.raises(BadRequestError, match="'pausing'"):
            again(job.id)
    place.script(allowed=4)
    place.until(job.id, "paused")
    assert place.messages(job.id)[-1] == "Fine-tuning job paused"
    newest = client.fine_tuning.jobs.checkpoints.list(job.id).data[0]
    name = newest.fine_tuned_model_checkpoint
    assert newest.step_number == 4
    assert name in {model.id for model in client.models.list()}
    wait_until(lambda: place.turn() or not place.runs(job.id), "its process went on")


def test_a_job_that_goes_on_does_each_step_once(place: Place) -> None:
    client = place.start()
    job = place.paused_at(3)
    paused = client.fine_tuning.jobs.checkpoints.list(job.id).data[0].step_number
    place.script()
    assert client.fine_tuning.jobs.resume(job.id).status == "queued"
    place.until(job.id, "succeeded")
    assert place.steps(job.id) == [1, 2, 3, 4, 5, 6]
    specs = (place.folder(job.id) / "specs.jsonl").read_text().splitlines()
    assert [json.loads(spec)["resume"] for spec in specs] == [None, f"checkpoint-{paused}"]
    assert f"Training goes on after step {paused}" in place.messages(job.id)
    assert place.messages(job.id).count("Fine-tuning job started") == 1


def test_the_checkpoint_of_a_pause_stays_when_others_go(place: Place) -> None:
    client = place.start()
    place.script(total_steps=10, allowed=1)
    job = place.create()
    place.until_said(job.id, "Step 1/10")
    client.fine_tuning.jobs.pause(job.id)
    place.until(job.id, "paused")
    place.script(total_steps=10)
    client.fine_tuning.jobs.resume(job.id)
    place.until(job.id, "succeeded")
    kept = [c.step_number for c in client.fine_tuning.jobs.checkpoints.list(job.id)]
    paused = kept[-1]
    assert paused in (1, 2)
    assert kept[:3] == [10, 8, 6]
    listed = [model.id for model in client.models.list() if model.id.startswith("ft:")]
    assert len(listed) == 4


def test_a_job_that_waits_is_paused_at_once_and_begins_from_the_start(place: Place) -> None:
    client = place.start()
    job = place.create()
    assert client.fine_tuning.jobs.pause(job.id).status == "paused"
    place.turn()
    assert place.job(job.id).status == "paused"
    assert not place.runs(job.id)
    client.fine_tuning.jobs.resume(job.id)
    place.until(job.id, "succeeded")
    assert place.steps(job.id) == [1, 2, 3, 4, 5, 6]


def test_a_cancelled_job_ends_at_once_and_its_process_is_killed(place: Place) -> None:
    client = place.start()
    place.script(allowed=2)
    job, after = place.create(), place.create()
    place.until_said(job.id, "Step 2/6")
    cancelled = client.fine_tuning.jobs.cancel(job.id)
    assert cancelled.status == "cancelled"
    assert cancelled.finished_at is not None
    wait_until(lambda: place.turn() or not place.runs(job.id), "its process went on")
    assert place.messages(job.id)[-1] == "Fine-tuning job cancelled"
    with pytest.raises(BadRequestError, match="'cancelled'"):
        client.fine_tuning.jobs.cancel(job.id)
    place.script()
    place.until(after.id, "succeeded")


def test_a_job_that_waits_is_cancelled_without_a_process(place: Place) -> None:
    client = place.start()
    job = place.create()
    assert client.fine_tuning.jobs.cancel(job.id).status == "cancelled"
    place.turn()
    assert not (place.folder(job.id) / "process.json").exists()


def test_a_job_that_is_cancelled_while_its_start_is_prepared_is_not_started(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = place.start()
    job = place.create()
    prepare = queue._prepare

    def cancel_meanwhile(*arguments: Any) -> None:
        client.fine_tuning.jobs.cancel(job.id)
        prepare(*arguments)

    monkeypatch.setattr(queue, "_prepare", cancel_meanwhile)
    place.turn()
    place.turn()
    assert place.job(job.id).status == "cancelled"
    assert not (place.folder(job.id) / "process.json").exists()


def test_a_job_that_is_cancelled_while_its_start_fails_stays_cancelled(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = place.start()
    job = place.create()
    start = LocalEngine.start

    def cancel_and_fail(*_: Any) -> None:
        client.fine_tuning.jobs.cancel(job.id)
        raise EngineUnavailable("There is no place.")

    monkeypatch.setattr(LocalEngine, "start", cancel_and_fail)
    place.turn()
    monkeypatch.setattr(LocalEngine, "start", start)
    place.until(place.create().id, "succeeded")
    assert place.job(job.id).status == "cancelled"
    assert place.messages(job.id)[-1] == "Fine-tuning job cancelled"
    assert not (place.folder(job.id) / "process.json").exists()


@pytest.mark.parametrize("kind", ["pause", "cancel"])
def test_what_is_asked_for_after_the_last_word_changes_nothing(
    place: Place, kind: ControlKind
) -> None:
    place.start()
    job = place.until(place.create().id, "succeeded")
    said = place.messages(job.id)
    assert place.server is not None

    # As when the last word comes between the look at the status and the note of what was asked.
    place.server.call(lambda sandbox: sandbox.jobs.control(job.id, kind, sandbox.clock.now()))
    place.turn()
    place.stop()
    place.start()
    assert place.job(job.id).status == "succeeded"
    assert place.messages(job.id) == said


def test_a_failure_tells_its_code_and_where_the_log_is(place: Place) -> None:
    place.start()
    place.script(fails={"code": "out_of_memory", "message": "CUDA ran out of memory."})
    ended = place.until(place.create().id, "failed")
    assert ended.error.code == "out_of_memory"
    log = place.folder(ended.id) / "log.txt"
    assert ended.error.message == f"CUDA ran out of memory. The trainer's log is {log}"
    assert log.exists()
    assert place.messages(ended.id)[-1] == ended.error.message


def test_a_failure_of_the_file_names_no_log(place: Place) -> None:
    place.start()
    place.script(fails={"code": "invalid_training_file", "message": "Row 3 has no text."})
    ended = place.until(place.create().id, "failed")
    assert (ended.error.code, ended.error.message) == (
        "invalid_training_file", "Row 3 has no text.",
    )  # fmt: skip


def test_a_bad_file_fails_before_anything_is_started(place: Place) -> None:
    place.start()
    job = place.create(training_file=place.upload(ROWS.replace('"assistant"', '"asistant"')))
    assert place.until(job.id, "failed").error.param == "training_file"
    assert not (place.folder(job.id) / "process.json").exists()


def test_a_file_may_be_deleted_while_its_job_waits_or_trains(place: Place) -> None:
    client = place.start()
    file_id = place.upload()
    job = place.create(training_file=file_id)
    client.files.delete(file_id)
    place.until(job.id, "succeeded")
    assert (place.folder(job.id) / "train.jsonl").read_text() == ROWS


def test_a_file_of_several_pieces_reaches_the_trainer_whole(place: Place) -> None:
    client = place.start()
    half = len(ROWS) // 2
    upload = client.uploads.create(
        bytes=len(ROWS), filename="t.jsonl", mime_type="text/jsonl", purpose="fine-tune"
    )
    parts = [
        client.uploads.parts.create(upload.id, data=piece.encode()).id
        for piece in (ROWS[:half], ROWS[half:])
    ]
    done = client.uploads.complete(upload.id, part_ids=parts)
    job = place.create(training_file=done.file.id)
    place.until(job.id, "succeeded")
    assert (place.folder(job.id) / "train.jsonl").read_text() == ROWS


def test_a_job_goes_on_from_a_model_that_an_earlier_one_has_made(place: Place) -> None:
    client = place.start()
    first = place.until(place.create().id, "succeeded")
    second = client.fine_tuning.jobs.create(
        model=first.fine_tuned_model, training_file=first.training_file
    )
    ended = place.until(second.id, "succeeded")
    assert ended.fine_tuned_model.startswith(f"ft:{MODEL}:local:")
    spec = json.loads((place.folder(second.id) / "spec.json").read_text())
    assert spec["adapter"] == str(place.folder(first.id) / "final")
    assert spec["model"] == str(place.models / MODEL)


def test_a_model_that_is_gone_fails_the_job_that_waits_for_it(place: Place) -> None:
    client = place.start()
    first = place.until(place.create().id, "succeeded")
    second = client.fine_tuning.jobs.create(
        model=first.fine_tuned_model, training_file=first.training_file
    )
    client.models.delete(first.fine_tuned_model)
    ended = place.until(second.id, "failed")
    assert (ended.error.code, ended.error.param) == ("model_not_available", "model")


def test_a_deleted_model_does_not_come_back(place: Place) -> None:
    client = place.start()
    name = place.until(place.create().id, "succeeded").fine_tuned_model
    client.models.delete(name)
    place.turn()
    place.stop()
    client = place.start()
    with pytest.raises(NotFoundError):
        client.models.retrieve(name)


def test_steps_that_are_done_anew_are_told_once(place: Place) -> None:
    client = place.start()
    place.script(goes_back_at=5, goes_back_to=2)
    job = place.create()
    place.until(job.id, "succeeded")
    assert place.steps(job.id) == [1, 2, 3, 4, 5, 6]
    assert "Training goes on after step 2" in place.messages(job.id)
    page, seen = client.fine_tuning.jobs.list_events(job.id, limit=2), []
    while True:
        seen += [event.message for event in page.data]
        if not page.has_next_page():
            break
        page = page.get_next_page()
    assert list(reversed(seen)) == place.messages(job.id)


def test_events_keep_their_ids_over_a_restart(place: Place) -> None:
    client = place.start()
    job = place.paused_at(2)
    client.fine_tuning.jobs.resume(job.id)
    place.script()
    place.until(job.id, "succeeded")
    before = client.fine_tuning.jobs.list_events(job.id, limit=1000).data
    shown = client.fine_tuning.jobs.retrieve(job.id)
    place.stop()
    client = place.start()
    assert client.fine_tuning.jobs.list_events(job.id, limit=1000).data == before
    assert client.fine_tuning.jobs.retrieve(job.id) == shown
    assert len({event.id for event in before}) == len(before)


def test_a_job_that_has_ended_is_told_when_its_folder_is_gone(place: Place) -> None:
    import shutil

    place.start()
    shown = place.until(place.create().id, "succeeded")
    place.turn()
    place.stop()
    shutil.rmtree(place.folder(shown.id))
    place.start()
    assert place.job(shown.id) == shown
    assert place.messages(shown.id)[0] == f"Created fine-tuning job: {shown.id}"


def test_dpo_asks_for_a_preference_file_and_tells_beta(place: Place) -> None:
    place.start()
    pairs = "".join(
        json.dumps({
            "input": {"messages": [{"role": "user", "content": f"{n}?"}]},
            "preferred_output": [{"role": "assistant", "content": "yes"}],
            "non_preferred_output": [{"role": "assistant", "content": "no"}],
        }) + "\n"
        for n in range(12)
    )  # fmt: skip
    method = {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.3}}}
    ended = place.until(
        place.create(training_file=place.upload(pairs), method=method).id, "succeeded"
    )
    assert ended.method.dpo.hyperparameters.beta == 0.3
    assert ended.method.dpo.hyperparameters.n_epochs == 3
    wrong = place.until(place.create(method=method).id, "failed")
    assert wrong.error.code == "invalid_training_file"


def test_a_deleted_model_gives_its_space_back_unless_its_job_may_go_on(place: Place) -> None:
    client = place.start()
    job = place.paused_at(1)
    (paused,) = client.fine_tuning.jobs.checkpoints.list(job.id).data
    folder = place.folder(job.id)
    client.models.delete(paused.fine_tuned_model_checkpoint)
    assert (folder / f"checkpoint-{paused.step_number}").is_dir()
    place.script()
    client.fine_tuning.jobs.resume(job.id)
    ended = place.until(job.id, "succeeded")
    assert (folder / "final").is_dir()
    client.models.delete(ended.fine_tuned_model)
    assert not (folder / "final").exists()
    assert not (folder / "checkpoint-6").exists()
    assert (folder / "checkpoint-4").is_dir()
    assert client.fine_tuning.jobs.retrieve(job.id).fine_tuned_model == ended.fine_tuned_model
