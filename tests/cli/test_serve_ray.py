"""`fttui serve --ray`: what is looked at before the start, and what is said of the cluster."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from openai import OpenAI
from tests.cli.conftest import FTTUI, Run
from tests.service.serve.conftest import MODEL, ROWS, make_interpreter, make_model
from tests.service.serve.ray_stub import RayStub

from waiting import PATIENCE, hear_signals, wait_until

TOKEN = "ray-token-0123456789abcdef"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    make_model(tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture
def stub(tmp_path: Path) -> Iterator[RayStub]:
    (tmp_path / "ray").mkdir()
    stub = RayStub(tmp_path / "ray", token=TOKEN)
    stub.up()
    yield stub
    stub.end()


@contextmanager
def serving(
    *arguments: object, **environ: str
) -> Iterator[tuple[subprocess.Popen[str], OpenAI, list[str]]]:
    """A server, the SDK in front of it, and what it says, once it has ended."""
    told: list[str] = []
    process = subprocess.Popen(
        [FTTUI, "serve", "--json", "--port", "0", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=hear_signals,
        env={"PATH": "/usr/bin:/bin", **environ},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first, process.communicate()[1]
        yield process, OpenAI(**json.loads(first), max_retries=0, timeout=PATIENCE), told
        process.terminate()
        told += process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()


def test_it_trains_on_ray_over_the_command_line(
    models: Path, tmp_path: Path, stub: RayStub
) -> None:
    python, data = make_interpreter(tmp_path), tmp_path / "data"
    arguments = (
        "--models", models, "--python", python, "--data", data, "--ray", stub.url + "/",
        "--ray-gpus", "0.5", "--ray-cpus", "2", "--parallel", "3",
    )  # fmt: skip
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    with serving(*arguments, RAY_AUTH_TOKEN_PATH=str(token)) as (_, client, told):
        sent = client.files.create(file=("t.jsonl", ROWS.encode()), purpose="fine-tune")
        jobs = client.fine_tuning.jobs
        job = jobs.create(model=MODEL, training_file=sent.id)
        wait_until(lambda: stub.jobs, "it was not handed over")
        order = stub.only().order
        wait_until(lambda: jobs.retrieve(job.id).status == "succeeded", "it did not train")
        name = jobs.retrieve(job.id).fine_tuned_model
        messages = [{"role": "user", "content": "hi"}]
        answer = client.chat.completions.create(model=name, messages=messages)
        assert answer.choices[0].message.content == "You said: hi (final)"
    assert (order["entrypoint_num_cpus"], order["entrypoint_num_gpus"]) == (2, 0.5)
    run = data / "runs" / job.id
    assert order["entrypoint"] == f"exec {python} launch.py {run} {job.id}-1 2"
    said = told[1]
    assert f"Engine ray: Ray 2.60.0 at {stub.url}, 2 CPUs and 0.5 GPUs a job." in said
    assert f"Ray's machines must see {data}, {models} and {python} by these paths." in said
    assert "Engine local" not in said
    assert TOKEN not in "".join(told)


def test_several_workers_for_a_job_are_asked_for_over_the_command_line(
    models: Path, tmp_path: Path, stub: RayStub
) -> None:
    python, data = make_interpreter(tmp_path), tmp_path / "data"
    arguments = (
        "--models", models, "--python", python, "--data", data, "--ray", stub.url,
        "--ray-gpus", "1", "--ray-cpus", "2", "--ray-workers", "3",
    )  # fmt: skip
    with serving(*arguments, RAY_AUTH_TOKEN=TOKEN) as (_, client, told):
        sent = client.files.create(file=("t.jsonl", ROWS.encode()), purpose="fine-tune")
        client.fine_tuning.jobs.create(model=MODEL, training_file=sent.id)
        wait_until(lambda: stub.jobs, "it was not handed over")
    assert stub.only().order["entrypoint"].endswith(" 2 --workers 3 --cpus 2 --gpus 1")
    assert f"Ray 2.60.0 at {stub.url}, 6 CPUs and 3 GPUs a job." in told[1]


def test_ray_that_is_away_at_the_start_is_waited_for(
    models: Path, tmp_path: Path, stub: RayStub
) -> None:
    stub.down()
    python = make_interpreter(tmp_path)
    arguments = ("--models", models, "--python", python, "--data", tmp_path / "data")
    with serving(*arguments, "--ray", stub.url, RAY_AUTH_TOKEN=TOKEN) as (_, client, told):
        assert [model.id for model in client.models.list()] == [MODEL]
    assert "Connection refused. Jobs wait until it answers." in told[1]


def test_an_interpreter_that_is_only_there_trains_and_leaves_chats_alone(
    models: Path, tmp_path: Path, stub: RayStub
) -> None:
    arguments = ("--models", models, "--python", "no-such-python", "--data", tmp_path / "data")
    with serving(*arguments, "--ray", stub.url, RAY_AUTH_TOKEN=TOKEN) as (_, client, told):
        sent = client.files.create(file=("t.jsonl", ROWS.encode()), purpose="fine-tune")
        client.fine_tuning.jobs.create(model=MODEL, training_file=sent.id)
        wait_until(lambda: stub.jobs, "it was not handed over")
    assert stub.only().order["entrypoint"].startswith("exec no-such-python launch.py ")
    assert "There is no interpreter no-such-python. So no chat is answered here" in told[1]


def test_an_interpreter_that_is_only_there_cannot_fetch_models_here(
    run: Run, monkeypatch: pytest.MonkeyPatch, models: Path, tmp_path: Path, stub: RayStub
) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", TOKEN)
    refused = run(
        "serve", "--models", models, "--data", tmp_path / "data", "--ray", stub.url,
        "--python", "no-such-python", "--allow-download", "org/new",
    )  # fmt: skip
    assert (refused.status, refused.out) == (2, "")
    assert "There is no interpreter no-such-python." in refused.err.splitlines()[-2]


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({}, "wants a token. Set RAY_AUTH_TOKEN"),
        ({"RAY_AUTH_TOKEN": "a-wrong-one"}, "does not take the token"),
        ({"RAY_AUTH_TOKEN_PATH": "/nowhere"}, "cannot be read: No such file"),
    ],
)
def test_a_token_that_does_not_fit_ends_the_start(
    run: Run, monkeypatch: pytest.MonkeyPatch, models: Path, tmp_path: Path, stub: RayStub,
    environ: dict[str, str], sentence: str,
) -> None:  # fmt: skip
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    data = tmp_path / "data"
    refused = run("serve", "--models", models, "--data", data, "--ray", stub.url)
    assert (refused.status, refused.out) == (2, "")
    assert sentence in refused.err
    assert "a-wrong-one" not in refused.err
    assert not data.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--ray", "http://ray.example.com:8265"), "unencrypted"),
        (("--ray", "https://me:pass@ray.example.com"), "name or a password"),
        (("--ray", ""), "no http(s) URL"),
        (("--ray", "ray://127.0.0.1"), "no http(s) URL"),
        (("--ray-gpus", "-1"), "not a number from 0 on"),
        (("--ray-gpus", "nan"), "not a number from 0 on"),
        (("--ray-cpus", "inf"), "not a number from 0 on"),
        (("--ray-cpus", "x"), "not a number from 0 on"),
        (("--ray-gpus", "1"), "--ray-gpus needs --ray"),
        (("--ray-cpus", "1"), "--ray-cpus needs --ray"),
        (("--ray-workers", "2"), "--ray-workers needs --ray"),
        (("--ray-workers", "0"), "0"),
        (("--ray", "http://127.0.0.1:1", "--ray-workers", "2", "--ray-gpus", "0.5"), "one GPU or"),
        (("--ray", "http://127.0.0.1:1", "--ray-workers", "2", "--ray-gpus", "2"), "one GPU or"),
    ],
)
def test_wrong_options_are_refused(
    run: Run, models: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    refused = run("serve", "--models", models, *arguments)
    assert (refused.status, refused.out) == (2, "")
    assert sentence in refused.err
    assert "me:pass" not in refused.err
