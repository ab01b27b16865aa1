import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from openai import BadRequestError, NotFoundError, OpenAI

from fttui.server import ManualClock, SandboxConfig, SandboxServer

Upload = Callable[..., str]


def _statuses(client: OpenAI, clock: ManualClock, job: str, seconds: int) -> list[str]:
    seen = [client.fine_tuning.jobs.retrieve(job).status]
    for _ in range(seconds):
        clock.advance(1)
        status = client.fine_tuning.jobs.retrieve(job).status
        if status != seen[-1]:
            seen.append(status)
    return seen


def _messages(client: OpenAI, job: str) -> list[str]:
    """All messages, oldest first."""
    return [event.message for event in client.fine_tuning.jobs.list_events(job, limit=300)][::-1]


def test_a_job_passes_through_every_status(
    client: OpenAI, clock: ManualClock, training_file: str
) -> None:
    job = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=training_file).id
    assert _statuses(client, clock, job, 30) == [
        "validating_files",
        "queued",
        "running",
        "succeeded",
    ]


def test_two_hundred_examples_take_about_forty_seconds_and_less_at_higher_speed(
    samples: dict[str, bytes],
) -> None:
    rows = samples["chat"] * 5
    for speed, longest in ((1.0, 45), (10.0, 5)):
        clock = ManualClock(speed=speed)
        with (
            SandboxServer(SandboxConfig(clock=clock)) as server,
            OpenAI(base_url=server.base_url, api_key=server.api_key) as client,
        ):
            file = client.files.create(file=("t.jsonl", rows), purpose="fine-tune").id
            job = client.fine_tuning.jobs.create(model="gpt-3.5-turbo", training_file=file).id
            clock.advance(longest * 0.7)
            assert client.fine_tuning.jobs.retrieve(job).status == "running"
            clock.advance(longest * 0.3)
            assert client.fine_tuning.jobs.retrieve(job).status == "succeeded"


def test_a_healthy_job_looks_as_openai_sends_it(client: OpenAI, training_file: str) -> None:
    job = client.fine_tuning.jobs.create(
        model="gpt-3.5-turbo", training_file=training_file, suffix="my-model"
    )
    assert re.fullmatch(r"ftjob-\w{24}", job.id)
    assert job.model == "gpt-3.5-turbo-0125"
    assert job.organization_id == "org-sandbox-trains-nothing"
    assert job.to_dict()["error"] == {}
    assert job.hyperparameters.n_epochs == "auto"
    assert job.method is not None
    assert job.method.supervised is not None
    assert job.method.supervised.hyperparameters is not None
    assert job.method.supervised.hyperparameters.batch_size == "auto"
    assert job.to_dict()["user_provided_suffix"] == "my-model"
    assert (job.fine_tuned_model, job.finished_at, job.trained_tokens) == (None, None, None)
    assert (job.result_files, job.estimated_finish, job.integrations) == ([], None, [])


def test_numbers_replace_auto_when_the_job_starts(
    client: OpenAI, clock: ManualClock, training_file: str
) -> None:
    job = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=training_file).id
    clock.advance(5)
    assert client.fine_tuning.jobs.retrieve(job).hyperparameters.n_epochs == "auto"
    clock.advance(2)
    running = client.fine_tuning.jobs.retrieve(job)
    assert running.status == "running"
    numbers = running.hyperparameters
    assert (numbers.n_epochs, numbers.batch_size, numbers.learning_rate_multiplier) == (3, 1, 1.8)
    assert running.estimated_finish is not None
    clock.set(running.estimated_finish + 1)
    done = client.fine_tuning.jobs.retrieve(job)
    assert done.status == "succeeded"
    assert done.finished_at == running.estimated_finish
    assert done.estimated_finish is None


def test_a_finished_job_names_its_model_and_counts_its_tokens(
    client: OpenAI, clock: ManualClock, training_file: str
) -> None:
    made = client.fine_tuning.jobs.create(
        model="gpt-4.1-mini",
        training_file=training_file,
        suffix="été 2:x",
        hyperparameters={"n_epochs": 2},
    )
    clock.advance(60)
    job = client.fine_tuning.jobs.retrieve(made.id)
    pattern = r"ft:gpt-4\.1-mini-2025-04-14:sandbox:-t--2-x:\w{8}"
    assert re.fullmatch(pattern, job.fine_tuned_model or "")
    assert job.trained_tokens is not None
    assert job.trained_tokens > 1000
    assert job.trained_tokens % 2 == 0
    model = client.models.retrieve(job.fine_tuned_model or "")
    assert (model.owned_by, model.shutdown_date) == ("org-sandbox-trains-nothing", "2027-01-14")


def test_events_come_in_openais_order_and_words(
    client: OpenAI, clock: ManualClock, training_file: str, validation_file: str
) -> None:
    job = client.fine_tuning.jobs.create(
        model="gpt-4o-mini",
        training_file=training_file,
        validation_file=validation_file,
        hyperparameters={"n_epochs": 3, "batch_size": 8},
    ).id
    clock.advance(90)
    done = client.fine_tuning.jobs.retrieve(job)
    messages = _messages(client, job)
    assert messages[:4] == [
        f"Created fine-tuning job: {job}",
        f"Validating training file: {training_file} and validation file: {validation_file}",
        "Files validated, moving job to queued state",
        "Fine-tuning job started",
    ]
    steps = messages[4:19]
    for number, message in enumerate(steps, 1):
        assert re.match(rf"Step {number}/15: training loss=\d\.\d\d", message)
    pattern = r"Step 5/15: training loss=.*, validation loss=.*, full validation loss=\d\.\d\d"
    assert re.fullmatch(pattern, steps[4])
    name = "ft:gpt-4o-mini-2024-07-18:sandbox::"
    for step, message in zip((5, 10), messages[19:21], strict=True):
        pattern = (
            rf"Checkpoint created at step {step} with Snapshot ID: "
            rf"{name}\w{{8}}:ckpt-step-{step}"
        )
        assert re.fullmatch(pattern, message)
    assert messages[21:] == [
        f"Moderation checks for snapshot {done.fine_tuned_model} passed.",
        f"New fine-tuned model created: {done.fine_tuned_model}",
        "The job has successfully completed",
    ]


def test_every_event_has_its_kind_and_data(
    client: OpenAI, clock: ManualClock, training_file: str, validation_file: str
) -> None:
    job = client.fine_tuning.jobs.create(
        model="gpt-4o-mini", training_file=training_file, validation_file=validation_file
    ).id
    clock.advance(90)
    events = list(client.fine_tuning.jobs.list_events(job, limit=300))
    assert [event.created_at for event in events] == sorted(
        (event.created_at for event in events), reverse=True
    )
    assert {event.type for event in events} == {"message", "metrics", "moderation_checks"}
    assert all(event.level == "info" for event in events)
    metrics: list[Any] = [event.data for event in events if event.type == "metrics"]
    assert [data["step"] for data in metrics] == list(range(120, 0, -1))
    assert all({"train_loss", "train_mean_token_accuracy"} <= set(data) for data in metrics)
    assert 5 < sum("valid_loss" in data for data in metrics) < 60
    full = [data["step"] for data in metrics if "full_valid_loss" in data]
    assert full == [120, 80, 40]
    (checks,) = [event.data for event in events if event.type == "moderation_checks"]
    assert len(checks["results"]) == 13
    assert checks["blocked"] is False


def test_the_last_events_arrive_after_the_job_has_finished(
    client: OpenAI, clock: ManualClock, training_file: str
) -> None:
    job = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=training_file).id
    while client.fine_tuning.jobs.retrieve(job).status != "succeeded":
        clock.advance(0.25)
    assert "successfully completed" not in _messages(client, job)[-1]
    clock.advance(4)
    last = client.fine_tuning.jobs.list_events(job, limit=1).data[0]
    assert last.message == "The job has successfully completed"
    finished = client.fine_tuning.jobs.retrieve(job).finished_at
    assert finished is not None
    assert last.created_at > finished


def test_events_are_paged_newest_first(
    client: OpenAI, http: httpx2.Client, clock: ManualClock, training_file: str
) -> None:
    job = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=training_file).id
    clock.advance(90)
    everything = client.fine_tuning.jobs.list_events(job, limit=300).data
    one_by_seven = [event.id for event in client.fine_tuning.jobs.list_events(job, limit=7)]
    assert one_by_seven == [event.id for event in everything]
    assert len(set(one_by_seven)) == len(everything) == 4 + 120 + 2 + 3
    assert client.fine_tuning.jobs.list_events(job).has_more
    assert len(client.fine_tuning.jobs.list_events(job).data) == 20
    answer = http.get(f"/fine_tuning/jobs/{job}/events?after=ftevent-000000000000000000000000")
    assert answer.status_code == 404


def test_new_events_do_not_move_the_old_ones(
    client: OpenAI, clock: ManualClock, training_file: str
) -> None:
    job = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=training_file).id
    clock.advance(8)
    early = [event.to_dict() for event in client.fine_tuning.jobs.list_events(job, limit=300)]
    client.fine_tuning.jobs.pause(job)
    clock.advance(50)
    client.fine_tuning.jobs.resume(job)
    clock.advance(90)
    late = [event.to_dict() for event in client.fine_tuning.jobs.list_events(job, limit=300)]
    assert late[-len(early) :] == early
    after = client.fine_tuning.jobs.list_events(job, after=early[2]["id"], limit=300)
    assert [event.id for event in after] == [event["id"] for event in early[3:]]


def test_checkpoints_are_the_last_three_epochs_and_end_with_the_model(
    client: OpenAI, clock: ManualClock, training_file: str, validation_file: str
) -> None:
    job = client.fine_tuning.jobs.create(
        model="gpt-4.1",
        training_file=training_file,
        validation_file=validation_file,
        hyperparameters={"n_epochs": 5, "batch_size": 4},
    ).id
    clock.advance(10)
    assert client.fine_tuning.jobs.retrieve(job).status == "running"
    assert client.fine_tuning.jobs.checkpoints.list(job).data == []
    clock.advance(60)
    found = client.fine_tuning.jobs.checkpoints.list(job).data
    assert [checkpoint.step_number for checkpoint in found] == [50, 40, 30]
    model = client.fine_tuning.jobs.retrieve(job).fine_tuned_model
    assert found[0].fine_tuned_model_checkpoint == model
    for checkpoint in found[1:]:
        name = checkpoint.fine_tuned_model_checkpoint
        assert name.endswith(f":ckpt-step-{checkpoint.step_number}")
        assert client.models.retrieve(name).id == name
    assert found[0].metrics.full_valid_loss is not None
    assert found[0].created_at > found[1].created_at > found[2].created_at
    paged = list(client.fine_tuning.jobs.checkpoints.list(job, limit=1))
    assert paged == found
    page = client.fine_tuning.jobs.checkpoints.list(job, limit=2)
    assert page.has_more
    assert (page.to_dict()["first_id"], page.to_dict()["last_id"]) == (found[0].id, found[1].id)


def test_pausing_stops_the_jobs_time_and_resuming_goes_on(
    client: OpenAI, clock: ManualClock, training_file: str
) -> None:
    job = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=training_file).id
    clock.advance(8)
    paused = client.fine_tuning.jobs.pause(job)
    assert paused.status == "paused"
    steps = len(_messages(client, job))
    clock.advance(1000)
    assert client.fine_tuning.jobs.retrieve(job).status == "paused"
    assert len(_messages(client, job)) == steps
    (snapshot,) = client.fine_tuning.jobs.checkpoints.list(job).data
    name = snapshot.fine_tuned_model_checkpoint
    assert client.models.retrieve(name).id == name
    with pytest.raises(BadRequestError, match="'paused'"):
        client.fine_tuning.jobs.pause(job)
    assert client.fine_tuning.jobs.resume(job).status == "running"
    with pytest.raises(BadRequestError, match="'running'"):
        client.fine_tuning.jobs.resume(job)
    clock.advance(60)
    done = client.fine_tuning.jobs.retrieve(job)
    assert done.status == "succeeded"
    assert done.finished_at is not None
    assert done.finished_at > done.created_at + 1000
    messages = _messages(client, job)
    at = messages.index("Fine-tuning job paused")
    assert messages[at + 1] == "Fine-tuning job resumed"
    numbers = [int(m.split()[1].split("/")[0]) for m in messages if m.startswith("Step")]
    assert numbers == list(range(1, 121))


def test_a_cancelled_job_stays_cancelled(
    client: OpenAI, clock: ManualClock, training_file: str
) -> None:
    job = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=training_file).id
    clock.advance(8)
    assert client.fine_tuning.jobs.cancel(job).status == "cancelled"
    clock.advance(1000)
    after = client.fine_tuning.jobs.retrieve(job)
    assert (after.status, after.fine_tuned_model, after.result_files) == ("cancelled", None, [])
    assert after.finished_at == after.created_at + 8
    assert _messages(client, job)[-1] == "Fine-tuning job cancelled"
    for call in (client.fine_tuning.jobs.cancel, client.fine_tuning.jobs.pause):
        with pytest.raises(BadRequestError, match="'cancelled'") as caught:
            call(job)
        assert caught.value.code == "invalid_job_status"


def test_a_finished_job_cannot_be_cancelled(
    client: OpenAI, clock: ManualClock, training_file: str
) -> None:
    job = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=training_file).id
    clock.advance(100)
    with pytest.raises(BadRequestError, match="'succeeded'"):
        client.fine_tuning.jobs.cancel(job)


def test_a_paused_job_can_be_cancelled(
    client: OpenAI, clock: ManualClock, training_file: str
) -> None:
    job = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=training_file).id
    client.fine_tuning.jobs.pause(job)
    assert client.fine_tuning.jobs.cancel(job).status == "cancelled"


def test_training_goes_on_from_a_fine_tuned_model_until_it_is_deleted(
    client: OpenAI, clock: ManualClock, training_file: str
) -> None:
    first = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=training_file).id
    clock.advance(60)
    model = client.fine_tuning.jobs.retrieve(first).fine_tuned_model
    assert model is not None
    second = client.fine_tuning.jobs.create(model=model, training_file=training_file)
    assert second.model == model
    client.models.delete(model)
    with pytest.raises(NotFoundError, match="does not exist") as caught:
        client.fine_tuning.jobs.create(model=model, training_file=training_file)
    assert caught.value.param == "model"


@pytest.mark.parametrize(
    "model", ["gpt-4o-2024-11-20", "gpt-4-0613", "text-embedding-3-small", "foobar"]
)
def test_a_model_that_cannot_be_fine_tuned_is_refused(
    client: OpenAI, training_file: str, model: str
) -> None:
    with pytest.raises(BadRequestError, match="not available for fine-tuning") as caught:
        client.fine_tuning.jobs.create(model=model, training_file=training_file)
    assert (caught.value.code, caught.value.param) == ("model_not_available", "model")


def test_a_reasoning_model_needs_the_reinforcement_method(
    client: OpenAI, training_file: str
) -> None:
    with pytest.raises(BadRequestError, match="requires the reinforcement method") as caught:
        client.fine_tuning.jobs.create(model="o4-mini", training_file=training_file)
    assert caught.value.param == "method"


def test_files_that_do_not_exist_or_are_for_something_else_are_refused(
    client: OpenAI, training_file: str
) -> None:
    other = client.files.create(file=("a.jsonl", b"{}"), purpose="assistants").id
    for wrong in ("file-none", other):
        with pytest.raises(BadRequestError, match=f"invalid training_file: {wrong}") as caught:
            client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=wrong)
        assert caught.value.param == "training_file"
    with pytest.raises(BadRequestError, match="invalid validation_file: file-none"):
        client.fine_tuning.jobs.create(
            model="gpt-4o-mini", training_file=training_file, validation_file="file-none"
        )


def test_a_direct_preference_job(
    client: OpenAI, clock: ManualClock, upload: Upload, samples: dict[str, bytes]
) -> None:
    job = client.fine_tuning.jobs.create(
        model="gpt-4.1-mini",
        training_file=upload(samples["preference"]),
        method={"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.3, "n_epochs": 2}}},
    )
    assert job.hyperparameters is None
    clock.advance(60)
    done = client.fine_tuning.jobs.retrieve(job.id)
    assert done.status == "succeeded"
    assert done.method is not None
    assert done.method.dpo is not None
    numbers = done.method.dpo.hyperparameters
    assert numbers is not None
    assert (numbers.beta, numbers.n_epochs, numbers.batch_size) == (0.3, 2, 1)
    first: Any = client.fine_tuning.jobs.list_events(job.id, limit=300).data[-5].data
    assert 0.4 < first["train_loss"] < 0.95


def test_a_reinforcement_job(
    client: OpenAI, clock: ManualClock, upload: Upload, samples: dict[str, bytes]
) -> None:
    file = upload(samples["reinforcement"])
    grader = {
        "type": "string_check",
        "name": "same",
        "operation": "eq",
        "input": "{{sample.output_text}}",
        "reference": "{{item.answer}}",
    }
    method: Any = {"type": "reinforcement", "reinforcement": {"grader": grader}}
    with pytest.raises(BadRequestError, match="validation_file"):
        client.fine_tuning.jobs.create(model="o4-mini", training_file=file, method=method)
    job = client.fine_tuning.jobs.create(
        model="o4-mini", training_file=file, validation_file=file, method=method
    )
    clock.advance(60)
    done = client.fine_tuning.jobs.retrieve(job.id)
    assert done.status == "succeeded"
    assert done.method is not None
    assert done.method.reinforcement is not None
    assert done.method.reinforcement.grader.to_dict() == grader
    steps = [
        e for e in client.fine_tuning.jobs.list_events(job.id, limit=300) if e.type == "metrics"
    ]
    data: Any = steps[0].data
    assert data["train_mean_reward"] > 0.5
    assert data["scores"]["valid_reward_mean"] == data["full_valid_mean_reward"]
    assert re.match(r"Step 100/100 , train mean reward=0\.\d\d, full validation", steps[0].message)


def test_a_grader_that_asks_for_a_missing_column_fails_the_job(
    client: OpenAI, clock: ManualClock, upload: Upload, samples: dict[str, bytes]
) -> None:
    file = upload(samples["reinforcement"])
    grader = {
        "type": "string_check",
        "name": "same",
        "operation": "eq",
        "input": "{{sample.output_text}}",
        "reference": "{{item.solution}}",
    }
    job = client.fine_tuning.jobs.create(
        model="o4-mini",
        training_file=file,
        validation_file=file,
        method={"type": "reinforcement", "reinforcement": {"grader": grader}},
    ).id
    clock.advance(3)
    failed = client.fine_tuning.jobs.retrieve(job)
    assert failed.error is not None
    assert "item.solution" in failed.error.message


def test_integrations_and_metadata_come_back(client: OpenAI, training_file: str) -> None:
    job = client.fine_tuning.jobs.create(
        model="gpt-4o-mini",
        training_file=training_file,
        seed=42,
        metadata={"team": "a", "été": "ü"},
        integrations=[{"type": "wandb", "wandb": {"project": "p", "tags": ["one", "two"]}}],
    )
    assert (job.seed, job.metadata) == (42, {"team": "a", "été": "ü"})
    assert job.integrations is not None
    run = job.integrations[0].wandb
    assert (run.project, run.tags) == ("p", ["one", "two"])
    assert job.to_dict()["integrations"][0]["wandb"]["run_id"] == job.id


def test_explicit_nulls_are_as_good_as_nothing(client: OpenAI, training_file: str) -> None:
    job = client.fine_tuning.jobs.create(
        model="gpt-4o-mini",
        training_file=training_file,
        validation_file=None,
        suffix=None,
        seed=None,
        metadata=None,
        integrations=None,
    )
    assert 0 <= job.seed < 2**31
    assert (job.metadata, job.validation_file) == (None, None)


def test_the_same_seed_gives_the_same_ids_and_curves(samples: dict[str, bytes]) -> None:
    def history(seed: int) -> list[dict[str, object]]:
        clock = ManualClock()
        with (
            SandboxServer(SandboxConfig(clock=clock, seed=seed)) as server,
            OpenAI(base_url=server.base_url, api_key=server.api_key) as client,
        ):
            file = client.files.create(file=("t.jsonl", samples["chat"]), purpose="fine-tune").id
            job = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=file).id
            clock.advance(60)
            events = client.fine_tuning.jobs.list_events(job, limit=300)
            return [client.fine_tuning.jobs.retrieve(job).to_dict()] + [e.to_dict() for e in events]

    assert history(1) == history(1)
    assert history(1) != history(2)


def test_a_deleted_training_file_does_not_stop_its_job(
    client: OpenAI, clock: ManualClock, training_file: str
) -> None:
    job = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=training_file).id
    client.files.delete(training_file)
    clock.advance(60)
    assert client.fine_tuning.jobs.retrieve(job).status == "succeeded"


def test_an_unknown_job_is_not_found_by_any_call(client: OpenAI) -> None:
    jobs = client.fine_tuning.jobs
    for call in (
        jobs.retrieve,
        jobs.cancel,
        jobs.pause,
        jobs.resume,
        jobs.list_events,
        jobs.checkpoints.list,
    ):
        with pytest.raises(NotFoundError, match="Could not find fine tune: ftjob-none") as caught:
            call("ftjob-none")
        assert caught.value.code == "fine_tune_not_found"
