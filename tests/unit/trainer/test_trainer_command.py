"""The trainer run by its path, by an interpreter that need not have torch; and its questions."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import fttui
from fttui.trainer.failure import FailureError
from fttui.trainer.questions import Held, read_question
from waiting import PATIENCE

TRAINER = Path(fttui.__file__).parent / "trainer"
TORCH = importlib.util.find_spec("torch") is not None
KEYS = {
    *("python", "torch", "transformers", "trl", "peft", "accelerate", "datasets", "device"),
    *("device_name", "free_bytes", "total_bytes", "missing", "problem"),
}


def call(*arguments: str, folder: Path, text: str = "") -> subprocess.CompletedProcess[str]:
    """Runs the trainer from a folder where nothing of fttui can be imported."""
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, str(TRAINER), *arguments],
        input=text,
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.skipif(TORCH, reason="torch is here")
def test_the_probe_tells_an_interpreter_without_torch_what_to_install(tmp_path: Path) -> None:
    done = call("--probe", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    said = json.loads(done.stdout)
    assert set(said) == KEYS
    assert said["torch"] is None
    assert said["missing"] == ["torch", "transformers", "trl", "peft", "accelerate", "datasets"]
    assert said["problem"] == (
        "torch, transformers, trl, peft, accelerate, datasets must be installed: "
        "pip install torch transformers trl peft accelerate datasets"
    )
    assert said["device"] == "cpu"
    assert 0 < said["free_bytes"] <= said["total_bytes"]


@pytest.mark.skipif(TORCH, reason="torch is here")
def test_a_training_without_torch_fails_with_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    header = b'{"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}'
    (tmp_path / "m.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    spec = {"job": "j", "model": str(tmp_path), "train": "train.jsonl", "method": "supervised"}
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    assert call(str(tmp_path), folder=tmp_path).returncode == 0
    (fact,) = [json.loads(line) for line in (tmp_path / "facts.jsonl").read_text().splitlines()]
    assert (fact["fact"], fact["code"]) == ("failed", "server_error")
    assert fact["message"].startswith("This Python has no torch. Install torch, transformers")


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("raise OSError('libcuda.so\\nis not here')", "libcuda.so is not here"),
        # The trainer's own modules are not in the way of those of other packages.
        ("import facts", "No module named 'facts'"),
    ],
)
def test_a_broken_torch_is_a_problem_that_the_probe_tells(
    code: str, problem: str, tmp_path: Path
) -> None:
    broken = tmp_path / "packages"
    (broken / "torch").mkdir(parents=True)
    (broken / "torch" / "__init__.py").write_text(code)
    (broken / "torch-9.9.dist-info").mkdir()
    (broken / "torch-9.9.dist-info" / "METADATA").write_text("Name: torch\nVersion: 9.9\n")
    done = subprocess.run(
        [sys.executable, str(TRAINER), "--probe"],
        env={"PYTHONPATH": str(broken), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    assert said["problem"] == f"torch 9.9 cannot be used: {problem}"
    assert said["free_bytes"] > 0


def test_the_trainer_is_found_by_its_path_alone(tmp_path: Path) -> None:
    (tmp_path / "facts.py").write_text("raise SystemExit('not this one')")
    (tmp_path / "spec.json").write_text("{}")
    assert call(str(tmp_path), folder=tmp_path).returncode == 0
    fact = json.loads((tmp_path / "facts.jsonl").read_text())
    assert (fact["fact"], fact["code"]) == ("failed", "server_error")


@pytest.mark.parametrize(
    "arguments",
    [(), ("--strange",), ("--probe", "x"), ("a", "b"), ("--make-demo-model", "x", "--model", "y")],
)
def test_what_is_not_understood_is_told_with_the_usage(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    done = call(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = call("nowhere", folder=tmp_path)
    assert (done.returncode, done.stderr) == (2, "no such folder: nowhere\n")


def test_a_demo_model_is_not_made_over_what_is_there(tmp_path: Path) -> None:
    done = call("--make-demo-model", str(tmp_path), folder=tmp_path)
    assert done.returncode == 1
    assert "is there already" in done.stderr


def test_every_module_is_python_3_10_and_imports_nothing_of_fttui() -> None:
    paths = sorted(TRAINER.glob("*.py"))
    assert len(paths) > 20
    for path in paths:
        tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 10))
        for node in ast.walk(tree):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level < 2, path
                names.append(node.module or "")
            assert not [name for name in names if name.partition(".")[0] == "fttui"], path


def question(**changes: Any) -> dict[str, Any]:
    return {"id": "1", "model": "/m", "adapter": None, "messages": [], **changes}


def test_a_question_has_the_usual_values_where_it_names_none() -> None:
    asked = read_question(question(max_tokens=None, stop=None, seed=None))
    assert (asked.max_tokens, asked.temperature, asked.top_p, asked.n) == (256, 1.0, 1.0, 1)
    assert (asked.stop, asked.seed) == ((), None)
    assert read_question(question(stop="x", temperature=2)).stop == ("x",)
    assert isinstance(read_question(question(temperature=2)).temperature, float)


@pytest.mark.parametrize(
    "changes",
    [
        {"model": None},
        {"adapter": 4},
        {"max_tokens": 0},
        {"max_tokens": True},
        {"temperature": float("nan")},
        {"temperature": "hot"},
        {"top_p": 1.5},
        {"n": 0},
        {"n": 1000},
        {"stop": [""]},
        {"stop": [3]},
        {"stop": {"a": 1}},
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(FailureError) as caught:
        read_question(question(**changes))
    assert caught.value.code == "invalid_request"


def spoken(stops: tuple[str, ...], *pieces: str) -> tuple[list[str], bool]:
    """What goes out of these pieces, and whether a stop text ended it."""
    held = Held(stops)
    out = [held.add(piece) for piece in pieces]
    return [*out, held.rest()], held.ended


def test_a_stop_text_is_never_told_however_it_comes() -> None:
    assert spoken((), "a", "b") == (["a", "b", ""], False)
    assert spoken(("STOP",), "go ST", "OP on") == (["go ", "", ""], True)
    assert spoken(("STOP",), "go ST", "ART") == (["go ", "START", ""], False)
    assert spoken(("STOP",), "go ST") == (["go ", "ST"], False)
    assert spoken(("b", "ab"), "xaby") == (["x", ""], True)
    assert spoken(("aab",), "a", "a", "a", "b") == (["", "", "a", "", ""], True)
    assert spoken(("x",), "1x2", "3") == (["1", "", ""], True)
