"""The sandbox in the shapes of other servers, through bare HTTP."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest
from tests.service.sandbox.raw_http import answer, connect, read_all

from fttui.cli import sandbox as command
from fttui.server import ManualClock, SandboxConfig, SandboxServer
from fttui.server.config import LIKES

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ROW = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
ROWS = (json.dumps(ROW) + "\n") * 24


class Like:
    """A sandbox in another shape, with one training file in it."""

    def __init__(self, server: SandboxServer, clock: ManualClock, http: httpx2.Client) -> None:
        self.server = server
        self.clock = clock
        self.http = http
        sent = self.get("POST", "/files", data={"purpose": "fine-tune"}, files={
            "file": ("t.jsonl", ROWS)})  # fmt: skip
        self.file: str = sent["id"]
        self.sent = sent

    def ask(self, method: str, path: str, **content: Any) -> tuple[int, Any]:
        given = self.http.request(method, path, **content)
        return given.status_code, given.json()

    def get(self, method: str, path: str, **content: Any) -> Any:
        status, document = self.ask(method, path, **content)
        assert status == 200, document
        return document

    def create(self, **asked: Any) -> tuple[int, Any]:
        return self.ask("POST", "/fine_tuning/jobs", json={"training_file": self.file} | asked)

    def made(self, **asked: Any) -> Any:
        status, job = self.create(**asked)
        assert status == 200, job
        return job


@pytest.fixture
def like(clock: ManualClock, tls: ssl.SSLContext) -> Iterator[Callable[[str], Like]]:
    with ExitStack() as opened:

        def start(name: str) -> Like:
            config = SandboxConfig(clock=clock, like=name)
            server = opened.enter_context(SandboxServer(config))
            key = {"Authorization": f"Bearer {server.api_key}"}
            http = httpx2.Client(base_url=server.base_url, headers=key, verify=tls)
            return Like(server, clock, opened.enter_context(http))

        yield start


def test_the_command_knows_every_shape() -> None:
    assert command.LIKES == LIKES


@pytest.mark.parametrize("name", LIKES)
def test_a_shape_asks_for_the_key_before_it_says_anything(
    like: Callable[[str], Like], name: str
) -> None:
    server = like(name).server
    root = server.base_url
    for path in ("/models", "/fine_tuning/jobs", "/no-such-call", "/fine_tuning/jobs/x/pause"):
        assert httpx2.get(root + path).status_code == 401
    large = "x" * 100
    assert httpx2.post(f"{root}/fine_tuning/jobs", content=large).status_code == 401
    foreign = {"Authorization": f"Bearer {server.api_key}", "Host": "evil.example"}
    assert httpx2.get(f"{root}/models", headers=foreign).status_code == 403


@pytest.mark.parametrize("name", LIKES)
def test_a_shape_takes_no_body_that_is_too_large_or_none(
    like: Callable[[str], Like], name: str
) -> None:
    here = like(name)
    jobs = f"{here.server.base_url}/fine_tuning/jobs"
    large = here.http.post(jobs, content=b" " * (16 * 1024 * 1024 + 1))
    assert large.status_code == 413
    for body in (b"[]", b"{", b"", b"[" * 100_000, b"\xff"):
        assert here.http.post(jobs, content=body).status_code in {400, 422}
    assert here.get("GET", "/fine_tuning/jobs")["data"] == []


@pytest.mark.parametrize("name", ["azure", "mistral", "nebius"])
def test_the_content_of_a_file_passes_unchanged(like: Callable[[str], Like], name: str) -> None:
    here = like(name)
    assert here.http.get(f"/files/{here.file}/content").text == ROWS


# Azure.


def test_azure_lives_under_openai_and_takes_its_own_key_header(like: Callable[[str], Like]) -> None:
    server = like("azure").server
    assert server.base_url.endswith("/openai/v1")
    own = {"api-key": server.api_key}
    assert httpx2.get(f"{server.base_url}/models?api-version=v1", headers=own).status_code == 200
    bare = server.base_url.replace("/openai/v1", "/v1")
    missing = httpx2.get(f"{bare}/models", headers=own)
    assert missing.status_code == 404
    assert missing.json() == {"error": {"code": "404", "message": "Resource not found"}}
    root = server.base_url.removesuffix("openai/v1")
    assert httpx2.get(f"{root}models", headers=own).json() == missing.json()
    assert httpx2.get(root, headers={"Accept": "application/json"}).json()["base_url"] == (
        server.base_url
    )


def test_azure_wants_a_training_type_for_some_models(like: Callable[[str], Like]) -> None:
    here = like("azure")
    status, refused = here.create(model="gpt-4.1-2025-04-14")
    assert status == 400
    assert refused["error"].keys() == {"code", "message"}
    assert "base model does not support fine-tuning" in refused["error"]["message"]
    assert here.create(model="gpt-4.1-2025-04-14", trainingType="cheap")[0] == 400
    assert here.made(model="gpt-4.1-2025-04-14", trainingType="GlobalStandard")
    assert here.made(model="gpt-4o-mini-2024-07-18")


def test_azure_tells_a_status_while_a_job_pauses_and_resumes(like: Callable[[str], Like]) -> None:
    here = like("azure")
    job = here.made(model="gpt-4o-mini-2024-07-18", metadata={"a": "b"})
    path = f"/fine_tuning/jobs/{job['id']}"
    assert (job["status"], job["error"], job["metadata"]) == ("pending", None, {"a": "b"})
    here.clock.advance(8)
    assert here.get("POST", f"{path}/pause", json={})["status"] == "pausing"
    assert here.get("GET", path)["status"] == "paused"
    assert here.get("POST", f"{path}/resume", json={})["status"] == "resuming"
    assert here.get("GET", path)["status"] == "running"
    assert here.get("GET", f"{path}/events")["data"]
    found = here.get("GET", "/fine_tuning/jobs?metadata[a]=b&limit=1&api-version=preview")
    assert [each["id"] for each in found["data"]] == [job["id"]]
    assert here.get("GET", "/fine_tuning/jobs?metadata[a]=c")["data"] == []


def test_azure_cancels_only_with_a_body(like: Callable[[str], Like]) -> None:
    here = like("azure")
    job = here.made(model="gpt-4o-mini-2024-07-18")
    path = f"/openai/v1/fine_tuning/jobs/{job['id']}"
    with connect(here.server) as connection:
        head = f"POST {path}/cancel HTTP/1.1\r\nHost: localhost\r\napi-key: {here.server.api_key}"
        connection.sendall(f"{head}\r\nConnection: close\r\n\r\n".encode())
        assert answer(read_all(connection))[0] == 411
    assert here.get("GET", f"/fine_tuning/jobs/{job['id']}")["status"] == "pending"
    cancelled = here.get("POST", f"/fine_tuning/jobs/{job['id']}/cancel", json={})
    assert cancelled["status"] == "cancelled"


# Nebius.


def test_nebius_tells_steps_and_keeps_its_own_hyperparameters(like: Callable[[str], Like]) -> None:
    here = like("nebius")
    model = "meta-llama/Llama-3.1-8B-Instruct"
    own = {"n_epochs": 2, "learning_rate": 1e-5, "lora": True, "lora_r": 16, "packing": False}
    job = here.made(
        model=model, suffix="s", metadata={"a": "b"}, tags=["x"], hyperparameters=own,
    )  # fmt: skip
    assert (job["model"], job["trained_steps"], job["total_steps"]) == (model, 0, None)
    assert job["hyperparameters"] == own | {"batch_size": 8}
    assert "metadata" not in job
    here.clock.advance(8)
    running = here.get("GET", f"/fine_tuning/jobs/{job['id']}")
    assert 0 < running["trained_steps"] < running["total_steps"] == 6
    here.clock.advance(60)
    ended = here.get("GET", "/fine_tuning/jobs?metadata[a]=other")["data"][0]
    assert (ended["status"], ended["trained_steps"]) == ("succeeded", 6)
    assert ended["fine_tuned_model"].startswith(f"ft:{model}:")


def test_nebius_takes_a_method_and_drops_what_it_does_not_know(
    like: Callable[[str], Like],
) -> None:
    here = like("nebius")
    values = {"n_epochs": 2, "learning_rate_multiplier": 0.5, "warmup_ratio": 0.1}
    job = here.made(
        model="meta-llama/Llama-3.1-8B-Instruct",
        method={"type": "supervised", "supervised": {"hyperparameters": values}},
    )
    told = {"n_epochs": 2, "batch_size": 8, "warmup_ratio": 0.1}
    assert job["method"] == {"type": "supervised", "supervised": {"hyperparameters": told}}


def test_nebius_has_files_at_its_checkpoints(like: Callable[[str], Like]) -> None:
    here = like("nebius")
    job = here.made(model="meta-llama/Llama-3.1-8B-Instruct")
    here.clock.advance(60)
    path = f"/fine_tuning/jobs/{job['id']}/checkpoints"
    points = here.get("GET", path)["data"]
    assert len(points) == 3
    assert here.get("GET", f"{path}/{points[1]['id']}") == points[1]
    assert here.ask("GET", f"{path}/none")[0] == 404
    for file in points[1]["result_files"]:
        assert here.http.get(f"/files/{file}/content").status_code == 200


def test_nebius_refuses_as_fastapi_does(like: Callable[[str], Like]) -> None:
    here = like("nebius")
    model = "meta-llama/Llama-3.1-8B-Instruct"
    status, refused = here.create(model=model, seed="seven")
    assert (status, refused["detail"][0]["loc"]) == (422, ["body", "seed"])
    status, refused = here.create(model=model, hyperparameters={"lora": "yes"})
    assert (status, refused["detail"][0]["loc"]) == (422, ["body", "hyperparameters", "lora"])
    status, refused = here.create(model=model, integrations=[{"type": "x"}])
    assert refused["detail"][0]["loc"] == ["body", "integrations", 0, "type"]
    job = here.made(model=model)
    for path in ("pause", "resume"):
        asked = here.ask("POST", f"/fine_tuning/jobs/{job['id']}/{path}", json={})
        assert asked == (404, {"detail": "Not Found"})
    assert here.ask("POST", "/uploads", json={}) == (404, {"detail": "Not Found"})
    assert here.ask("PUT", "/models") == (405, {"detail": "Method Not Allowed"})
    status, missing = here.ask("GET", "/fine_tuning/jobs/ftjob-none")
    assert (status, missing) == (404, {"detail": "Could not find fine tune: ftjob-none"})


# LLMariner.

GEMMA = "google-gemma-2b-it-q4_0"


def test_llmariner_tells_empty_values_and_numbers_as_text(like: Callable[[str], Like]) -> None:
    here = like("llmariner")
    assert here.sent["bytes"] == str(len(ROWS))
    assert here.sent["created_at"] == str(int(here.clock.now()))
    job = here.made(model=GEMMA, suffix="mine", metadata={"a": "b"})
    told = {
        "created_at": str(int(here.clock.now())), "finished_at": "0", "fine_tuned_model": "",
        "validation_file": "", "trained_tokens": 0, "error": None, "status": "creating",
        "model": GEMMA,
    }  # fmt: skip
    assert {name: job[name] for name in told} == told
    assert "metadata" not in job
    here.clock.advance(60)
    page = here.get("GET", "/fine_tuning/jobs")
    assert page["total_items"] == 1
    assert page["data"][0]["status"] == "succeeded"
    assert int(page["data"][0]["finished_at"]) > int(page["data"][0]["created_at"])


def test_llmariner_has_a_flat_method_and_drops_the_nested_one(like: Callable[[str], Like]) -> None:
    here = like("llmariner")
    nested = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 2}}}
    zeros = {"batch_size": 0, "learning_rate_multiplier": 0, "n_epochs": 0}
    assert here.made(model=GEMMA, suffix="a", method=nested)["hyperparameters"] == zeros
    flat = {"type": "dpo", "hyperparameters": {"n_epochs": 2, "beta": 0.5}}
    told = here.made(model=GEMMA, suffix="a", method=flat)
    assert told["method"] == {"type": "dpo", "hyperparameters": zeros | {
        "n_epochs": 2, "beta": 0.5}}  # fmt: skip
    status, refused = here.create(model=GEMMA, suffix="a", hyperparameters={"n_epochs": "auto"})
    assert (status, refused["code"]) == (400, 3)
    assert 'int32 field n_epochs: "auto"' in refused["message"]


@pytest.mark.parametrize(
    ("suffix", "taken"), [(None, False), ("", False), ("x" * 18, True), ("x" * 19, False)]
)
def test_llmariner_needs_a_short_suffix(
    like: Callable[[str], Like], suffix: str | None, taken: bool
) -> None:
    status, document = like("llmariner").create(model=GEMMA, suffix=suffix)
    assert status == (200 if taken else 400)
    if not taken:
        assert document.keys() == {"code", "message", "details"}
        assert document["message"].startswith("suffix ")


def test_llmariner_cancels_by_its_own_words(like: Callable[[str], Like]) -> None:
    here = like("llmariner")
    job = here.made(model=GEMMA, suffix="a")
    path = f"/fine_tuning/jobs/{job['id']}"
    assert here.get("POST", f"{path}/cancel", json={})["status"] == "canceling"
    assert here.get("GET", path)["status"] == "canceled"
    nowhere = (404, {"code": 5, "message": "Not Found", "details": []})
    assert here.ask("GET", f"{path}/events") == nowhere
    assert here.ask("GET", f"{path}/checkpoints") == nowhere
    assert here.ask("PATCH", path)[0] == 501
    assert here.ask("GET", "/fine_tuning/jobs/none")[1]["code"] == 5


# Mistral.


def mistrals(here: Like, **asked: Any) -> Any:
    files = [{"file_id": here.file, "weight": 1}]
    body = {"model": "open-mistral-7b", "training_files": files} | asked
    return here.get("POST", "/fine_tuning/jobs", json=body)


def test_mistral_has_uuids_and_its_own_names_and_statuses(like: Callable[[str], Like]) -> None:
    here = like("mistral")
    assert re.fullmatch(UUID, here.file)
    own = {"training_steps": 10, "learning_rate": 0.0001}
    job = mistrals(here, hyperparameters=own, validation_files=[here.file])
    assert re.fullmatch(UUID, job["id"])
    told = {
        "object": "job", "model": "open-mistral-7b", "training_files": [here.file],
        "validation_files": [here.file], "hyperparameters": own, "status": "VALIDATING",
        "job_type": "completion",
    }  # fmt: skip
    assert {name: job[name] for name in told} == told
    assert not job.keys() & {"training_file", "finished_at", "seed", "error", "metadata"}
    path = f"/fine_tuning/jobs/{job['id']}"
    for seconds, status in ((4, "QUEUED"), (4, "RUNNING"), (60, "SUCCESS")):
        here.clock.advance(seconds)
        assert here.get("GET", path)["status"] == status
    assert here.get("GET", f"/files/{here.file}")["id"] == here.file


def test_mistral_tells_events_and_checkpoints_in_the_job_alone(
    like: Callable[[str], Like],
) -> None:
    here = like("mistral")
    job = mistrals(here)
    here.clock.advance(60)
    alone = here.get("GET", f"/fine_tuning/jobs/{job['id']}")
    assert [event["data"]["status"] for event in alone["events"]] == [
        "SUCCESS", "RUNNING", "VALIDATED", "VALIDATING", "QUEUED",
    ]  # fmt: skip
    assert alone["modified_at"] == alone["events"][0]["created_at"] > alone["created_at"]
    assert [point.keys() for point in alone["checkpoints"]] == [
        {"step_number", "created_at", "metrics"}
    ] * 3
    listed = here.get("GET", "/fine_tuning/jobs")["data"][0]
    assert not listed.keys() & {"events", "checkpoints"}
    gone = (404, {"message": "no Route matched with those values"})
    for part in ("events", "checkpoints"):
        assert here.ask("GET", f"/fine_tuning/jobs/{job['id']}/{part}") == gone


def test_mistral_counts_its_pages(like: Callable[[str], Like]) -> None:
    here = like("mistral")
    made = [mistrals(here)["id"] for _ in range(5)][::-1]
    for query, ids in (
        ("", made), ("page=0&page_size=2", made[:2]), ("page=2&page_size=2", made[4:]),
        ("page=9", []), ("page=x&after=y&limit=1", made),
    ):  # fmt: skip
        page = here.get("GET", f"/fine_tuning/jobs?{query}")
        assert ([job["id"] for job in page["data"]], page["total"]) == (ids, 5)
        assert "has_more" not in page
    assert here.get("GET", "/files?page_size=1&page=1") == {
        "object": "list", "data": [], "total": 1,
    }  # fmt: skip


def test_mistral_refuses_in_its_own_ways(like: Callable[[str], Like]) -> None:
    here = like("mistral")
    status, refused = here.create(model="open-mistral-7b")
    assert (status, refused["detail"][0]["loc"]) == (422, ["body", "training_files"])
    unknown = "00000000-0000-4000-8000-000000000000"
    status, missing = here.ask("GET", f"/fine_tuning/jobs/{unknown}")
    assert (status, missing["object"]) == (404, "error")
    assert unknown in missing["message"]
    job = mistrals(here)
    assert here.get("POST", f"/fine_tuning/jobs/{job['id']}/start", json={})["id"] == job["id"]
    cancelled = here.get("POST", f"/fine_tuning/jobs/{job['id']}/cancel", json={})
    assert cancelled["status"] == "CANCELLATION_REQUESTED"
    assert here.get("GET", f"/fine_tuning/jobs/{job['id']}")["status"] == "CANCELLED"


def test_only_the_models_of_a_shape_are_listed_and_they_answer(
    like: Callable[[str], Like],
) -> None:
    for name, model in (("nebius", "meta-llama/Llama-3.1-8B-Instruct"), ("llmariner", GEMMA),
                        ("mistral", "open-mistral-7b")):  # fmt: skip
        here = like(name)
        ids = [each["id"] for each in here.get("GET", "/models")["data"]]
        assert model in ids
        assert not any(each.startswith("gpt-") for each in ids)
        asked = {"model": model, "messages": [{"role": "user", "content": "Hi"}]}
        assert here.get("POST", "/chat/completions", json=asked)["model"] == model
        streamed = here.http.request("POST", "/chat/completions", json={**asked, "stream": True})
        assert model in streamed.text
        assert "gpt-" not in streamed.text


def test_strict_keeps_pages_of_events_whole_without_what_is_not_named(
    clock: ManualClock, tls: ssl.SSLContext
) -> None:
    with SandboxServer(SandboxConfig(clock=clock, strict=True)) as server:
        key = {"Authorization": f"Bearer {server.api_key}"}
        with httpx2.Client(base_url=server.base_url, headers=key, verify=tls) as http:
            here = Like(server, clock, http)
            job = here.made(model="gpt-4o-mini-2024-07-18")
            clock.advance(60)
            path = f"/fine_tuning/jobs/{job['id']}/events"
            whole = here.get("GET", f"{path}?limit=1000")["data"]
            one_by_one = []
            after = ""
            while True:
                page = here.get("GET", f"{path}?limit=1{after}")
                one_by_one += page["data"]
                if not page["has_more"]:
                    break
                after = f"&after={page['data'][-1]['id']}"
    assert one_by_one == whole
    assert {event["type"] for event in whole} == {"message", "metrics"}
    assert [event["message"] for event in whole[:2]] == [
        "The job has successfully completed", whole[1]["message"]]  # fmt: skip
    assert whole[1]["message"].startswith("New fine-tuned model created")
