"""`fttui serve`: what it looks at before it starts, what it says, and what it keeps."""

from __future__ import annotations

import json
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from openai import OpenAI
from tests.cli.conftest import FTTUI, Run
from tests.cli.test_sandbox import demo
from tests.service.serve.conftest import FAKE, MODEL, ROWS, make_interpreter, make_model

from fttui.cli import demo_training
from fttui.cli.demo_server import DemoFolder
from fttui.server import SandboxConfig, SandboxServer
from fttui.server.engines.local import LocalEngine
from fttui.server.engines.probe import checked_probe
from fttui.server.engines.processes import start_mark
from waiting import PATIENCE, hear_signals, wait_until


@pytest.fixture
def python(tmp_path: Path) -> Path:
    return make_interpreter(tmp_path)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    make_model(tmp_path / "models")
    return tmp_path / "models"


def interpreter(folder: Path, **told: object) -> Path:
    """An interpreter that says this of itself, and nothing else."""
    path = folder / "other-python"
    found = {"python": "3.12.1", "torch": "2.13.0", "device": "cpu", "missing": [], **told}
    path.write_text(f"#!/bin/sh\ncat <<'EOF'\n{json.dumps(found)}\nEOF\n")
    path.chmod(0o755)
    return path


@contextmanager
def serving(*arguments: object, **environ: str) -> Iterator[tuple[subprocess.Popen[str], OpenAI]]:
    process = subprocess.Popen(
        [FTTUI, "serve", "--json", "--port", "0", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_signals,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first, process.communicate()[1]
        yield process, OpenAI(**json.loads(first), max_retries=0, timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()


def test_it_trains_over_the_kill_of_the_server(models: Path, python: Path, tmp_path: Path) -> None:
    arguments = ("--models", models, "--python", python, "--data", tmp_path / "data")
    with serving(*arguments) as (process, client):
        sent = client.files.create(file=("t.jsonl", ROWS.encode()), purpose="fine-tune")
        job = client.fine_tuning.jobs.create(model=MODEL, training_file=sent.id)
        process.kill()
        process.communicate()
    with serving(*arguments) as (process, client):
        jobs = client.fine_tuning.jobs
        wait_until(lambda: jobs.retrieve(job.id).status == "succeeded", "it did not go on")
        name = jobs.retrieve(job.id).fine_tuned_model
        messages = [{"role": "user", "content": "hi"}]
        answer = client.chat.completions.create(model=name, messages=messages)
        assert answer.choices[0].message.content == "You said: hi (final)"
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
    assert told.startswith("Looking at what there is to train with ...")
    assert f"Engine local: {python}, torch 2.13.0, transformers 5.24.0" in told
    assert "Device: cpu (a fake), 8.0 GB free of 16.0 GB." in told
    assert f"Models: {MODEL}." in told
    assert "Traceback" not in told
    assert "trains nothing" not in told
    key = tmp_path / "data" / "key"
    assert key.read_text().strip() == client.api_key
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert not LocalEngine(tmp_path / "data" / "runs", "").alive(job.id)


def test_without_json_it_says_where_it_is_and_what_it_has(
    models: Path, python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = subprocess.Popen(
        [FTTUI, "serve", "--models", models, "--python", python, "--port", "0",
         "--host", "0.0.0.0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=hear_signals,
        env={"XDG_DATA_HOME": str(tmp_path / "xdg"), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    while "ctrl+c" not in lines[-1]:
        lines.append(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=PATIENCE)
    text = "".join(lines)
    assert "trains for real, with open models and the engine 'local'" in text
    data = tmp_path / "xdg" / "fttui" / "serve"
    assert f"Kept in {data}." in text
    assert f"OPENAI_API_KEY={(data / 'key').read_text().strip()}" in text
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert "Other machines can reach the server" in told


@pytest.mark.parametrize(
    ("told", "sentence", "hint"),
    [
        ({"missing": ["peft", "trl"]}, "cannot train: peft, trl are missing.", "-m pip install"),
        ({"torch": None, "missing": ["torch"]}, "cannot train: torch is missing.", "pip install"),
        ({"torch": None}, "cannot train: torch is missing.", "pip install"),
        ({"problem": "CUDA driver too old."}, "cannot train: CUDA driver too old.", ""),
    ],
)
def test_an_interpreter_that_cannot_train_is_told_with_what_to_install(
    run: Run, models: Path, tmp_path: Path, told: dict[str, object], sentence: str, hint: str
) -> None:
    python = interpreter(tmp_path, **told)
    refused = run("serve", "--models", models, "--python", python, "--data", tmp_path / "data")
    assert (refused.status, refused.out) == (2, "")
    assert f"The interpreter {python} {sentence}" in refused.err
    assert hint in refused.err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("python", ["/nowhere/python", "no-such-python", "~/no/python"])
def test_an_interpreter_that_is_not_there_is_told(
    run: Run, models: Path, tmp_path: Path, python: str
) -> None:
    refused = run("serve", "--models", models, "--python", python)
    assert (refused.status, refused.out) == (2, "")
    assert f"There is no interpreter {python}." in refused.err
    assert "python -m venv" in refused.err


def test_an_interpreter_that_says_nothing_useful_is_told_with_its_last_line(
    run: Run, models: Path, tmp_path: Path
) -> None:
    odd = tmp_path / "odd"
    for script in ("echo one; echo two >&2", "echo '[1]'", "echo '{}'"):
        odd.write_text(f"#!/bin/sh\n{script}\n")
        odd.chmod(0o755)
        refused = run("serve", "--models", models, "--python", odd)
        assert refused.status == 2
        assert "does not say what it has" in refused.err
    assert "It said: nothing" in refused.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "required: --models"),
        (("--models", "nowhere"), "There is no folder nowhere with models."),
        (("--models", ""), "name of the folder is empty"),
        (("--models", ".", "--port", "70000"), "not a port"),
        (("--models", ".", "--parallel", "0"), "not a whole number from 1 on"),
        (("--models", ".", "--allow-download", "../x"), "no name of a model"),
        (("--models", ".", "--allow-download", "a/b/c"), "no name of a model"),
        (("--models", ".", "--answers", "ftp://x"), "no http(s) URL"),
        (("--models", ".", "--answers", "http://["), "no http(s) URL"),
        (("--models", ".", "--recipe", "nowhere.json"), "nowhere.json cannot be read"),
    ],
)
def test_wrong_options_are_refused(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    refused = run("serve", *arguments)
    assert (refused.status, refused.out) == (2, "")
    assert sentence in refused.err


def test_a_recipe_is_an_object(run: Run, models: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.json"
    for text, sentence in (("[1]", "no JSON object"), ("{", "it is no JSON")):
        recipe.write_text(text)
        refused = run("serve", "--models", models, "--recipe", recipe)
        assert refused.status == 2
        assert sentence in refused.err


def test_a_folder_of_others_and_a_port_that_is_taken_are_refused(
    run: Run, models: Path, python: Path, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    common = ("serve", "--models", models, "--python", python)
    refused = run(*common, "--data", tmp_path / "full", "--port", "0")
    assert refused.status == 2
    assert "no folder of fttui serve" in refused.err
    with SandboxServer(SandboxConfig()) as other:
        port = other.base_url.split(":")[2].split("/")[0]
        refused = run(*common, "--data", tmp_path / "data", "--port", port)
    assert refused.status == 1
    assert f"The server cannot listen on 127.0.0.1:{port}" in refused.err


def test_the_demo_trains_a_model_of_its_own_and_leaves_nothing(
    python: Path, tmp_path: Path
) -> None:
    with demo(tmp_path, "--train", "--python", python) as terminal:
        terminal.wait_for("desk")  # the list comes first, with the curve that falls
        terminal.wait_for("succeeded")
        terminal.wait_for("x Cancel Job")  # its keys act, and not those of the form
        (runs,) = (tmp_path / "tmp").glob("fttui-demo-*/serve/runs")
        (run_folder,) = runs.iterdir()
        spec = json.loads((run_folder / "spec.json").read_text())
        assert spec["model"].endswith("/models/demo")
        assert spec["recipe"] == {"base_rate": 6e-3}
        assert len((run_folder / "train.jsonl").read_bytes().splitlines()) == 240
        assert "trains nothing" not in terminal.text
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert list((tmp_path / "tmp").iterdir()) == []


def put(folder: Path, python: Path) -> str:
    """Puts the model into a demo's folder; what was said."""
    made = DemoFolder(folder)
    made.make()
    said: list[str] = []
    found = checked_probe(str(python))
    demo_training.put_model(made, str(python), found, SimpleNamespace(message=said.append))
    assert (made.models / "demo" / "config.json").exists()
    assert [each.name for each in made.models.iterdir()] == ["demo"]
    return " ".join(said)


def test_the_model_of_a_demo_is_made_once_and_kept_for_the_next(
    python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert "Making a small model to train, once" in put(tmp_path / "a", python)
    (kept,) = (tmp_path / "cache" / "fttui").iterdir()
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert put(tmp_path / "b", python) == ""
    assert put(tmp_path / "a", python) == ""  # it is there already
    shutil.rmtree(kept)
    kept.symlink_to(tmp_path / "a" / "models" / "demo")
    assert "Making" in put(tmp_path / "c", python)  # what may be anybody's is not taken


def test_a_model_for_other_versions_is_made_anew(
    python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    put(tmp_path / "a", python)
    fake = FAKE.read_text().replace('"transformers": "5.24.0"', '"transformers": "6.0.0"')
    (tmp_path / "fake.py").write_text(fake)
    python.write_text(python.read_text().replace(str(FAKE), str(tmp_path / "fake.py")))
    assert "Making" in put(tmp_path / "b", python)


def test_a_demo_without_a_cache_makes_its_model_all_the_same(
    python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert "Making" in put(tmp_path / "a", python)


def test_what_a_demo_trains_ends_with_it(python: Path, tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path / "demo")
    run_folder = folder.training / "runs" / "ftjob-1"
    run_folder.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexec sleep 1000\n")
    engine = LocalEngine(folder.training / "runs", str(python))
    engine.start("ftjob-1", run_folder)
    pid = int(json.loads((run_folder / "process.json").read_text())["pid"])
    assert start_mark(pid) is not None
    folder.remove()
    wait_until(lambda: start_mark(pid) is None, "it went on")
    assert not folder.path.exists()


def test_a_demo_that_cannot_train_says_what_to_install(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fttui.cli.sessions.require_terminal", lambda: None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    python = interpreter(tmp_path, missing=["torch"], torch=None)
    refused = run("demo", "--train", "--python", python)
    assert refused.status == 2
    assert "torch is missing" in refused.err
    assert "pip install torch" in refused.err
    assert list(tmp_path.glob("fttui-demo-*")) == []
    assert run("demo", "--python", python).status == 2


def test_the_doctor_says_what_there_is_to_train_with(
    run: Run, python: Path, tmp_path: Path
) -> None:
    def finding(*arguments: object) -> dict[str, object]:
        document = run("doctor", "--offline", "--json", *arguments).document
        return {one["name"]: one for one in document["findings"]}["training"]

    found = finding("--train", "--python", python)
    assert (found["state"], found["message"]) == ("ok", "cpu (a fake), 8.0 GB free of 16.0 GB")
    assert "torch 2.13.0" in str(found["more"])
    lacking = finding("--train", "--python", interpreter(tmp_path, missing=["trl"]))
    assert (lacking["state"], lacking["message"]) == ("problem", "trl missing")
    assert "pip install" in str(lacking["more"])
    broken = finding("--train", "--python", interpreter(tmp_path, problem="No driver."))
    assert (broken["state"], broken["message"]) == ("problem", "No driver.")
    absent = finding("--train", "--python", "/nowhere/python")
    assert absent["state"] == "problem"
    assert "/nowhere/python" in str(absent["message"])
    names = [one["name"] for one in run("doctor", "--offline", "--json").document["findings"]]
    assert "training" not in names


def test_models_that_may_be_fetched_are_fetched_once(tmp_path: Path, models: Path) -> None:
    python = tmp_path / "python"
    python.write_text(
        f'#!{sys.executable}\nimport json, os, pathlib, sys\n'
        "if '--probe' in sys.argv:\n"
        "    print(json.dumps({'python': '3', 'torch': '2', 'missing': []}))\n"
        "else:\n"
        "    folder = pathlib.Path(sys.argv[4])\n"
        "    folder.mkdir(parents=True)\n"
        "    (folder / 'config.json').write_text('{}')\n"
        "    (folder / 'w.safetensors').touch()\n"
        "    with open(os.path.dirname(__file__) + '/asked', 'a') as asked:\n"
        "        print(sys.argv[3], os.environ['HF_HUB_OFFLINE'], file=asked)\n"
    )  # fmt: skip
    python.chmod(0o755)
    arguments = ("--models", models, "--python", python, "--data", tmp_path / "data")
    for _ in range(2):
        with serving(*arguments, "--allow-download", "org/new, one") as (_process, client):
            assert [model.id for model in client.models.list()] == ["one", "org/new", MODEL]
    assert (tmp_path / "asked").read_text() == "org/new 0\none 0\n"
