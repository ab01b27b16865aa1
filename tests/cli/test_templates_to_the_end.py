"""Each template's profile, from `profiles add` to the last word, on a server in that shape."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from tests.cli.conftest import MODEL, Result, Run

from fttui.server import SandboxConfig, SandboxServer
from fttui.services.polling_schedule import PollingSchedule
from fttui.storage.templates import templates
from recording_endpoint import Answer, Recorded, Recording, recording_endpoint
from sandbox_key import SANDBOX_KEY

CREATE = "POST fine_tuning/jobs"
FASTAPI_404 = 404, {"detail": "Not Found"}
Demand = Callable[[Recorded], Answer | None]
WRONG_WORDS = ("platform.openai.com", "OPENAI_API_KEY", "may be deleted", "Traceback")


def as_litellm(request: Recorded) -> Answer | None:
    """A proxy that must be told whose jobs they are, and has no parts of jobs."""
    if request.call.endswith(("/events", "/checkpoints")):
        return FASTAPI_404
    if request.query.get("custom_llm_provider") != "openai":
        return 400, {"error": {"message": "custom_llm_provider is needed"}}
    if request.call == CREATE and request.json.get("custom_llm_provider") != "openai":
        return 400, {"error": {"message": "custom_llm_provider is needed in the body"}}
    return None


def as_portkey(request: Recorded) -> Answer | None:
    """A gateway that must be told the provider, and has no list of models."""
    if request.headers.get("x-portkey-provider") != "openai":
        return 400, {"status": "failure", "message": "x-portkey-provider is a required header"}
    return FASTAPI_404 if request.call.endswith(" models") else None


@dataclass(frozen=True)
class Shape:
    """A server: the sandbox `like` another, behind a gateway that makes a `demand`."""

    model: str = MODEL
    like: str | None = None
    path: str = "/v1"
    demand: Demand = field(default=lambda _: None)
    create: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    """Commands on a job that the server does not offer."""


SHAPES = {
    "openai": Shape(),
    "azure": Shape("gpt-4.1-2025-04-14", "azure", "/openai/v1"),
    "bedrock": Shape("openai.gpt-oss-20b", "bedrock"),
    "nebius": Shape(
        "meta-llama/Llama-3.1-8B-Instruct", "nebius", create=("--set", "lora=true"),
        lacks=("pause",),
    ),
    "mistral": Shape("open-mistral-7b", "mistral"),
    "llmariner": Shape(
        "google-gemma-2b-it-q4_0", "llmariner", create=("--suffix", "desk"),
        lacks=("events", "checkpoints", "pause"),
    ),
    "litellm": Shape(demand=as_litellm, lacks=("events", "checkpoints")),
    "portkey": Shape(demand=as_portkey),
    "local": Shape(),
}  # fmt: skip


def relay(server: SandboxServer, place: Recording, demand: Demand) -> None:
    """Let `place` hand on what `demand` has nothing against, and answer what comes back."""

    def answer(request: Recorded) -> Answer:
        refusal = demand(request)
        if refusal is not None:
            return refusal
        given = {name: text for name, text in request.query.items() if "llm_provider" not in name}
        sent = request.body
        if request.call == CREATE:
            asked = {name: one for name, one in request.json.items() if "llm_provider" not in name}
            sent = json.dumps(asked).encode()
        left_out = {"host", "transfer-encoding", "content-length", "accept-encoding"}
        headers = {name: text for name, text in request.headers.items() if name not in left_out}
        link = http.client.HTTPConnection(urlsplit(server.base_url).netloc)
        try:
            link.request(request.method, f"{request.path}?{urlencode(given)}", sent, headers)
            told = link.getresponse()
            return told.status, told.read()
        finally:
            link.close()

    place.answer = answer  # type: ignore[method-assign]


ARN = "arn:aws:lambda:us-west-2:123456789012:function:judge"


def for_reinforcement(folder: Path) -> tuple[Path, tuple[str, ...]]:
    """A training file of prompts, and the options of a job that a function of AWS judges."""
    names = ("train", "valid", "grader")
    training, validation, grader = (folder / f"rft-{name}.jsonl" for name in names)
    for file, numbers in ((training, range(12)), (validation, range(50, 62))):
        rows = ({"messages": [{"role": "user", "content": f"{n} + 1?"}], "x": n} for n in numbers)
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    grader.write_text(json.dumps({"type": "lambda", "lambda": {"function": ARN}}))
    files = ("--validation-file", f"{validation}", "--grader", f"{grader}")
    return training, ("--method", "reinforcement", *files)


@dataclass
class Stage:
    """A profile `mine` of a template on its server; `say` runs a command with it."""

    run: Run
    place: Recording
    shape: Shape
    file: Path
    said: list[str] = field(default_factory=list)

    def say(self, *arguments: object, status: int = 0) -> Result:
        result = self.run("--profile", "mine", *arguments)
        self.said.append(result.out + result.err)
        assert result.status == status, (arguments, result)
        assert not [word for word in WRONG_WORDS if word in self.said[-1]], self.said[-1]
        return result

    def create(self, status: int = 0) -> Result:
        asked = ("--training-file", self.file, "--model", self.shape.model, "--epochs", "2")
        more = (*self.shape.create, "--yes", "--detach", "--json")
        return self.say("create", *asked, *more, status=status)


@pytest.fixture
def staged(
    run: Run, training_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Stage]]:
    quick = PollingSchedule(fastest=0.05, slowest=0.1, settling=0.05, settle_polls=2)
    monkeypatch.setattr("fttui.services.watching.PollingSchedule", lambda: quick)
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name)
    with ExitStack() as opened:

        def stage(name: str) -> Stage:
            shape = SHAPES[name]
            config = SandboxConfig(speed=200, api_key=SANDBOX_KEY, like=shape.like)
            server = opened.enter_context(SandboxServer(config))
            place = opened.enter_context(recording_endpoint(path=shape.path))
            relay(server, place, shape.demand)
            base = ("--template", name, "--base-url", place.base_url)
            assert run("profiles", "add", "mine", *base).status == 0
            monkeypatch.setenv(templates()[name].settings["api_key_env"], SANDBOX_KEY)
            if name == "bedrock":
                file, options = for_reinforcement(tmp_path)
                return Stage(run, place, replace(shape, create=options), file)
            return Stage(run, place, shape, training_file)

        yield stage


def test_every_template_has_its_server_here() -> None:
    assert set(SHAPES) == set(templates())


@pytest.mark.parametrize("name", [name for name in SHAPES if name != "mistral"])
def test_a_job_is_made_once_and_followed_to_its_files(
    staged: Callable[[str], Stage], name: str
) -> None:
    stage = staged(name)
    offers = stage.say("profiles", "verify", "--json").document["offers"]
    wanted = {each: each in templates()[name].offers for each in ("files", "models")}
    assert {each: offers[each] for each in wanted} == wanted and offers["jobs"]
    made = stage.create().document
    assert made["id"] and made["asked"] is None
    job = made["id"]
    stage.say("watch", job)
    assert "succeeded" in stage.said[-1]
    shown = stage.say("show", job, "--json").document
    assert shown["status"] == "succeeded" and shown["hyperparameters"]["n_epochs"] == 2
    assert 0 not in shown["hyperparameters"].values()  # which a server without nulls sends
    assert [each["id"] for each in stage.say("jobs", "--json").document] == [job]
    for part in ("events", "checkpoints"):
        lacks = part in stage.shape.lacks
        assert ("does not offer" in stage.say(part, job, status=int(lacks)).err) == lacks
    files = stage.say("files", "--json").document
    assert {"fine-tune", "fine-tune-results"} <= {each["purpose"] for each in files}
    assert "already succeeded" in stage.say("cancel", job, status=1).err
    assert stage.place.calls().count(CREATE) == 1
    if stage.shape.like not in (None, "azure"):
        told = "".join(stage.said).lower()  # of OpenAI's days nothing
        assert "shut down" not in told and "shuts down" not in told


def test_bedrock_takes_one_method_one_kind_of_grader_and_no_suffix(
    staged: Callable[[str], Stage], tmp_path: Path
) -> None:
    stage = staged("bedrock")
    asked = ("create", "--training-file", stage.file, "--yes", "--detach")
    assert "takes only: reinforcement" in stage.say(*asked, status=2).err
    (tmp_path / "other.json").write_text('{"type": "string_check"}')
    other = (*stage.shape.create[:4], "--grader", tmp_path / "other.json", "--suffix", "desk")
    refused = stage.say(*asked, *other, status=2).err
    assert '--grader: grader.type: the type "string_check" is not taken' in refused
    assert "Write one of: lambda" in refused
    assert "--suffix: Leave it empty: profile mine takes none." in refused
    assert stage.place.calls().count(CREATE) == 0
    job = stage.create().document["id"]
    assert "calls of the function, by AWS" in stage.said[-1]
    (sent,) = stage.place.of(CREATE)
    reinforcement = sent.json["method"]["reinforcement"]
    assert reinforcement["grader"] == {"type": "lambda", "lambda": {"function": ARN}}
    assert stage.say("show", job, "--json").document["method"] == "reinforcement"


def test_mistral_lists_and_shows_and_its_refusal_of_a_create_call_is_final(
    staged: Callable[[str], Stage],
) -> None:
    stage = staged("mistral")
    refused = stage.create(status=1)
    error = json.loads(refused.out)["error"]
    assert "training_files" in error["message"] and error["outcome"] == "refused"
    assert "training_files, which fttui does not send" in error["hint"]
    assert "Correct what it names" not in refused.err
    assert stage.place.calls().count(CREATE) == 1
    (file,) = stage.say("files", "--json").document
    made = stage.place.base_url + "/fine_tuning/jobs"
    link = http.client.HTTPConnection(urlsplit(made).netloc)
    body = {"model": stage.shape.model, "training_files": [{"file_id": file["id"]}]}
    headers = {"Authorization": f"Bearer {SANDBOX_KEY}", "Content-Type": "application/json"}
    link.request("POST", urlsplit(made).path, json.dumps(body).encode(), headers)
    job = json.loads(link.getresponse().read())["id"]
    link.close()
    stage.say("watch", job)
    assert "SUCCESS" in stage.said[-1]
    assert stage.say("show", job, "--json").document["raw_status"] == "SUCCESS"
    for part in ("events", "checkpoints"):
        assert stage.say(part, job, "--json").out
    assert stage.place.calls().count(CREATE) == 2, "the second is the test's own"
