"""Every answer of the sandbox against the shapes of OpenAI's own document."""

from __future__ import annotations

import json
import re
import ssl
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from tests.service.sandbox.openai_shapes import CALLS, differences

from fttui.server import ManualClock, SandboxConfig, SandboxServer

MODEL = "gpt-4.1-mini-2025-04-14"
REASONER = "o4-mini-2025-04-16"

LIKE_OPENAI = {
    # Sent by the real service, though its document does not name them.
    "FineTuningJob.user_provided_suffix: not named",
    "FineTuningJob.usage_metrics: not named",
    "FineTuningJob.shared_with_openai: not named",
    "FineTuningJob.eval_id: not named",
    "FineTuningJob.status: paused",
    "FineTuningJobEvent.type: moderation_checks",
    "FineTuneReinforcementMethod.response_format: not named",
    "FineTuningIntegration.wandb.run_id: not named",
    "FineTuningIntegration.wandb.tags: null",
    "FineTuningJobCheckpoint.metrics.train_mean_reward: not named",
    "FineTuningJobCheckpoint.metrics.full_valid_mean_reward: not named",
    # `{}` for a job without an error, and null where only supervised jobs have numbers.
    "FineTuningJob.error.code: missing",
    "FineTuningJob.error.message: missing",
    "FineTuningJob.error.param: missing",
    "FineTuningJob.hyperparameters: null",
    # null for what the document would leave out.
    "OpenAIFile.expires_at: null",
    "OpenAIFile.status_details: null",
}
"""Where the sandbox follows OpenAI's service rather than its document."""

ALWAYS = {"ListFilesResponse.first_id: null", "ListFilesResponse.last_id: null"}
"""An empty list of files has no first one, which the document forgets."""


@dataclass
class Told:
    """Asks a sandbox, and notes how its answers differ from the document."""

    http: httpx2.Client
    calls: set[str] = field(default_factory=set)
    found: set[str] = field(default_factory=set)

    def __call__(self, method: str, path: str, **content: Any) -> Any:
        answer = self.http.request(method, path, **content)
        assert answer.status_code == 200, answer.text
        bare = path.partition("?")[0]
        call = next(each for each in CALLS if _is(each, f"{method} {bare}"))
        self.calls.add(call)
        document = answer.json()
        self.found.update(differences(document, CALLS[call]))
        return document


def _is(call: str, asked: str) -> bool:
    return re.fullmatch(re.escape(call).replace(r"\{\}", "[^/]+"), asked) is not None


@pytest.fixture(params=[False, True], ids=["as the service", "strict"])
def strict(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def told(strict: bool, clock: ManualClock, tls: ssl.SSLContext) -> Any:
    with SandboxServer(SandboxConfig(clock=clock, strict=strict)) as server:
        # The admin key may do all that the other may.
        key = {"Authorization": f"Bearer {server.admin_api_key}"}
        with httpx2.Client(base_url=server.base_url, headers=key, verify=tls) as http:
            yield Told(http)


def test_every_answer_has_the_shape_that_openai_names(
    told: Told, strict: bool, clock: ManualClock, samples: dict[str, bytes]
) -> None:
    _files_and_uploads(told, samples)
    _jobs(told, clock, samples)
    _what_jobs_leave(told)
    _graders(told)
    assert told.calls == set(CALLS)
    assert told.found == ALWAYS | (set() if strict else LIKE_OPENAI)


def _send(told: Told, content: bytes, **fields: str) -> str:
    form = {"purpose": "fine-tune", **fields}
    answer = told("POST", "/files", data=form, files={"file": ("t.jsonl", content)})
    return str(answer["id"])


def _files_and_uploads(told: Told, samples: dict[str, bytes]) -> None:
    told("GET", "/files")
    lasting = _send(told, samples["chat"], expires_after=json.dumps(
        {"anchor": "created_at", "seconds": 86_400}))  # fmt: skip
    broken = _send(told, b'{"messages": []}\n' * 12)
    for file in (lasting, broken):
        told("GET", f"/files/{file}")
    told("DELETE", f"/files/{lasting}")
    told("GET", "/files?order=asc&limit=1")
    announced = {
        "bytes": len(samples["chat"]), "filename": "u.jsonl", "purpose": "fine-tune",
        "mime_type": "application/jsonl",
    }  # fmt: skip
    upload = told("POST", "/uploads", json=announced)["id"]
    part = told("POST", f"/uploads/{upload}/parts", files={"data": samples["chat"]})["id"]
    told("POST", f"/uploads/{upload}/complete", json={"part_ids": [part]})
    told("POST", f"/uploads/{told('POST', '/uploads', json=announced)['id']}/cancel")


def _jobs(told: Told, clock: ManualClock, samples: dict[str, bytes]) -> None:
    chat, held, pairs, graded = (
        _send(told, samples[name]) for name in ("chat", "validation", "preference", "reinforcement")
    )
    broken = _send(told, b'{"messages": []}\n' * 12)

    def create(model: str, file: str, **asked: Any) -> str:
        body = {"model": model, "training_file": file, **asked}
        return str(told("POST", "/fine_tuning/jobs", json=body)["id"])

    wandb = {"type": "wandb", "wandb": {"project": "p"}}
    first = create(
        MODEL, chat, validation_file=held, suffix="s", seed=1, metadata={"a": "b"},
        integrations=[wandb, {"type": "wandb", "wandb": {"project": "p", "tags": ["t"]}}],
    )  # fmt: skip
    create(MODEL, broken)
    create(MODEL, pairs, method={"type": "dpo"})
    create(REASONER, graded, validation_file=graded, method={
        "type": "reinforcement", "reinforcement": {"grader": CHECK}})  # fmt: skip
    stopped = create(MODEL, chat)
    clock.advance(8)
    told("GET", f"/fine_tuning/jobs/{stopped}")
    for control in ("pause", "resume", "cancel"):
        told("POST", f"/fine_tuning/jobs/{stopped}/{control}", json={})
    for _ in range(4):
        told("GET", "/fine_tuning/jobs?limit=100")
        clock.advance(30)
    for job in told("GET", "/fine_tuning/jobs")["data"]:
        told("GET", f"/fine_tuning/jobs/{job['id']}")
        told("GET", f"/fine_tuning/jobs/{job['id']}/events?limit=1000")
        told("GET", f"/fine_tuning/jobs/{job['id']}/checkpoints")
    assert told("GET", f"/fine_tuning/jobs/{first}")["status"] == "succeeded"


def _what_jobs_leave(told: Told) -> None:
    told("GET", "/files?purpose=fine-tune-results")
    model = told("GET", "/models")["data"][-1]["id"]
    assert model.startswith("ft:")
    told("GET", f"/models/{model}")
    permissions = f"/fine_tuning/checkpoints/{model}/permissions"
    told("GET", permissions)
    made = told("POST", permissions, json={"project_ids": ["proj_a", "proj_b"]})["data"]
    told("GET", permissions)
    told("DELETE", f"{permissions}/{made[0]['id']}")
    told("DELETE", f"/models/{model}")


CHECK = {
    "type": "string_check", "name": "c", "input": "{{sample.output_text}}",
    "reference": "{{item.answer}}", "operation": "eq",
}  # fmt: skip
_GRADERS = (
    CHECK,
    {"type": "text_similarity", "name": "t", "input": "{{sample.output_text}}", "reference": "b",
     "evaluation_metric": "bleu"},
    {"type": "python", "name": "p", "source": "def grade(sample, item): return 1.0"},
    {"type": "score_model", "name": "m", "model": "gpt-4.1",
     "input": [{"role": "user", "content": "?"}]},
    {"type": "multi", "name": "x", "graders": CHECK, "calculate_output": "c + 1"},
)  # fmt: skip


def _graders(told: Told) -> None:
    for grader in _GRADERS:
        told("POST", "/fine_tuning/alpha/graders/validate", json={"grader": grader})
        asked = {"grader": grader, "model_sample": "b", "item": {"answer": "b"}}
        told("POST", "/fine_tuning/alpha/graders/run", json=asked)


def test_every_refusal_has_the_shape_that_openai_names(
    server: SandboxServer, tls: ssl.SSLContext
) -> None:
    key = {"Authorization": f"Bearer {server.admin_api_key}"}
    seen = set()
    with httpx2.Client(base_url=server.base_url, verify=tls) as http:
        for call in CALLS:
            method, _, path = call.partition(" ")
            for asked, headers in ((method, {}), (method, key), ("PATCH", key)):
                answer = http.request(
                    asked, path.replace("{}", "none"), headers=headers,
                    **({"json": {}} if asked == "POST" else {}),
                )  # fmt: skip
                if answer.status_code != 200:
                    assert differences(answer.json(), "ErrorResponse") == [], call
                    seen.add(answer.status_code)
    assert seen == {400, 401, 404, 405}
