import json
from collections.abc import Iterator

import httpx2
import pytest
from openai import BadRequestError, NotFoundError, OpenAI, PermissionDeniedError

from fttui.server import ManualClock, SandboxServer


@pytest.fixture
def model(client: OpenAI, clock: ManualClock, training_file: str) -> str:
    job = client.fine_tuning.jobs.create(
        model="gpt-4o-mini", training_file=training_file, suffix="mine"
    )
    clock.advance(60)
    name = client.fine_tuning.jobs.retrieve(job.id).fine_tuned_model
    assert name is not None
    return name


@pytest.fixture
def admin(server: SandboxServer) -> Iterator[OpenAI]:
    with OpenAI(base_url=server.base_url, api_key=server.admin_api_key, max_retries=0) as sdk:
        yield sdk


def test_the_catalogue_has_dates_and_what_was_trained(client: OpenAI, model: str) -> None:
    models = {each.id: each for each in client.models.list()}
    assert models["gpt-3.5-turbo"].shutdown_date == "2026-10-23"
    assert models["gpt-4.1-2025-04-14"].shutdown_date == "2027-01-14"
    assert models["text-embedding-3-small"].shutdown_date is None
    assert models[model].shutdown_date == "2027-01-14"
    assert sum(name.startswith("ft:") for name in models) == 3
    assert client.models.retrieve(model) == models[model]
    assert client.models.retrieve("gpt-4o").id == "gpt-4o"


def test_only_fine_tuned_models_can_be_deleted_and_the_job_stays(
    client: OpenAI, model: str
) -> None:
    assert client.models.delete(model).deleted
    for call in (client.models.retrieve, client.models.delete):
        with pytest.raises(NotFoundError) as caught:
            call(model)
        assert caught.value.code == "model_not_found"
    assert model not in {each.id for each in client.models.list()}
    assert client.fine_tuning.jobs.list().data[0].fine_tuned_model == model
    with pytest.raises(PermissionDeniedError):
        client.models.delete("gpt-4o-mini")


def test_the_limits_name_every_model_that_can_be_trained(http: httpx2.Client) -> None:
    limits = {each["model"]: each for each in http.get("/fine_tuning/model_limits").json()["data"]}
    assert limits["gpt-3.5-turbo-0125"]["max_tokens_per_example"] == 16_385
    assert limits["o4-mini-2025-04-16"]["methods"] == ["reinforcement"]
    assert "text-embedding-3-small" not in limits


def test_a_fine_tuned_model_answers_that_nobody_is_there(client: OpenAI, model: str) -> None:
    answer = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "Wie geht es?"}], n=2
    )
    assert len(answer.choices) == 2
    choice = answer.choices[0]
    assert (choice.finish_reason, choice.message.role) == ("stop", "assistant")
    text = choice.message.content or ""
    assert "sandbox" in text
    assert text.endswith("Wie geht es?")
    assert answer.model == model
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_streamed_answer_adds_up_to_the_plain_one(client: OpenAI) -> None:
    question = [{"role": "user", "content": "Hello  there\n😀"}]
    plain = client.chat.completions.create(model="gpt-4.1", messages=question)  # type: ignore[arg-type]
    chunks = list(
        client.chat.completions.create(  # type: ignore[call-overload]
            model="gpt-4.1",
            messages=question,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert len({chunk.id for chunk in chunks}) == 1
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1])
    assert text == plain.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert plain.usage is not None
    assert chunks[-1].usage.total_tokens == plain.usage.total_tokens


def test_limits_and_stops_and_json_are_kept_to(client: OpenAI) -> None:
    messages = [{"role": "user", "content": "a b c STOP d"}]
    short = client.chat.completions.create(model="gpt-4o", messages=messages, max_tokens=3)  # type: ignore[arg-type]
    assert short.choices[0].finish_reason == "length"
    assert short.usage is not None
    assert short.usage.completion_tokens == 3
    stopped = client.chat.completions.create(model="gpt-4o", messages=messages, stop="STOP")  # type: ignore[arg-type]
    assert (stopped.choices[0].message.content or "").endswith("a b c ")
    as_json = client.chat.completions.create(  # type: ignore[call-overload]
        model="gpt-4o", messages=messages, response_format={"type": "json_object"}
    )
    assert json.loads(as_json.choices[0].message.content)["sandbox"] is True


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"model": None}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": [3]}, "messages[0]"),
        ({"messages": [{"role": "bot"}]}, "messages[0].role"),
        ({"temperature": 2.5}, "temperature"),
        ({"n": 0}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"stream": "yes"}, "stream"),
        ({"stop": 5}, "stop"),
        ({"engine": "x"}, "engine"),
    ],
)
def test_a_wrong_chat_parameter_is_named(
    http: httpx2.Client, change: dict[str, object], param: str
) -> None:
    good = {"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}]}
    answer = http.post("/chat/completions", json={**good, **change})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


@pytest.mark.parametrize("name", ["ft:gpt-4o-mini-2024-07-18:sandbox::none", "davinci-002", "x"])
def test_a_model_that_cannot_chat_is_not_found(client: OpenAI, name: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        client.chat.completions.create(model=name, messages=[{"role": "user", "content": "x"}])
    assert caught.value.param == "model"


def test_permissions_are_given_listed_and_taken_back(admin: OpenAI, model: str) -> None:
    permissions = admin.fine_tuning.checkpoints.permissions
    made = permissions.create(model, project_ids=["proj_a", "proj_b", "proj_c"]).data
    assert [each.project_id for each in made] == ["proj_a", "proj_b", "proj_c"]
    again = permissions.create(model, project_ids=["proj_a"]).data
    assert again == [made[0]], "a project has at most one permission"
    listed = list(permissions.list(model, limit=2))
    assert [each.id for each in listed] == [each.id for each in made[::-1]]
    ascending = permissions.list(model, order="ascending", after=made[0].id)
    assert [each.id for each in ascending] == [each.id for each in made[1:]]
    assert [each.id for each in permissions.list(model, project_id="proj_b")] == [made[1].id]
    gone = permissions.delete(made[1].id, fine_tuned_model_checkpoint=model)
    assert gone.deleted
    assert len(permissions.list(model).data) == 2
    with pytest.raises(NotFoundError):
        permissions.delete(made[1].id, fine_tuned_model_checkpoint=model)


def test_permissions_are_for_models_that_exist(admin: OpenAI, model: str) -> None:
    permissions = admin.fine_tuning.checkpoints.permissions
    with pytest.raises(NotFoundError):
        permissions.create("ft:gpt-4o:x::y", project_ids=["proj_a"])
    with pytest.raises(BadRequestError) as caught:
        permissions.create(model, project_ids=[])
    assert caught.value.param == "project_ids"
