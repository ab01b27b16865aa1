"""Run folders for the trainer, and the interpreter that has what training needs."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import fttui
from waiting import PATIENCE

TRAINER = Path(fttui.__file__).parent / "trainer"
PACKAGES = ("torch", "transformers", "peft", "trl")
# Read before the fixtures take the environment of whoever runs the tests away.
_NAMED = os.environ.get("FTTUI_TRAIN_PYTHON")


def train_python() -> str | None:
    """The interpreter to train with; None where there is none, or where "none" is named."""
    if _NAMED:
        return None if _NAMED == "none" else _NAMED
    if all(importlib.util.find_spec(name) for name in PACKAGES):
        return sys.executable
    return None


def environment() -> dict[str, str]:
    """What a trainer is started with: little, and one thread, as cores are shared."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONUNBUFFERED": "1",
    }


def command(*arguments: str | Path) -> list[str]:
    """The trainer's command line."""
    return [str(train_python()), str(TRAINER), *map(str, arguments)]


def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs the trainer to its end."""
    return subprocess.run(
        command(*arguments),
        env=environment(),
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
        check=False,
    )


def lines(rows: list[dict[str, Any]]) -> str:
    """Rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def make_run(
    folder: Path,
    model: Path,
    rows: list[dict[str, Any]],
    valid: list[dict[str, Any]] | None = None,
    *,
    hyperparameters: dict[str, Any],
    **spec: Any,
) -> Path:
    """A run folder, ready for the trainer."""
    folder.mkdir(parents=True)
    (folder / "train.jsonl").write_text(lines(rows), encoding="utf-8")
    if valid is not None:
        (folder / "valid.jsonl").write_text(lines(valid), encoding="utf-8")
    body = {
        "job": "ftjob-test",
        "model": str(model),
        "adapter": None,
        "method": "supervised",
        "hyperparameters": hyperparameters,
        "seed": 42,
        "train": "train.jsonl",
        "valid": None if valid is None else "valid.jsonl",
        "resume": None,
        "recipe": None,
        "kept_checkpoints": 3,
        "device": "cpu",
        **spec,
    }
    (folder / "spec.json").write_text(json.dumps(body))
    return folder


def change_spec(folder: Path, **changes: Any) -> None:
    """Writes the spec anew with other values, as the server does before each start."""
    path = folder / "spec.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def facts(folder: Path, kind: str | None = None) -> list[dict[str, Any]]:
    """The facts of a run that stand whole, of one kind or all."""
    path = folder / "facts.jsonl"
    if not path.exists():
        return []
    found = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
    return [fact for fact in found if kind in (None, fact["fact"])]


def last(folder: Path) -> dict[str, Any]:
    """The last fact."""
    return facts(folder)[-1]


class Lines:
    """A process that is spoken to line by line; ended with the tests."""

    def __init__(self, *command: str | Path) -> None:
        self._child = subprocess.Popen(
            [str(part) for part in command],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )

    def tell(self, value: Any) -> None:
        """Gives it a line."""
        assert self._child.stdin is not None
        self._child.stdin.write(json.dumps(value) + "\n")
        self._child.stdin.flush()

    def hear(self) -> Any:
        """Its next line."""
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        assert line, "the process is gone"
        return json.loads(line)

    def end(self) -> int:
        """Ends its input; its exit status."""
        assert self._child.stdin is not None
        self._child.stdin.close()
        return self._child.wait(PATIENCE)


class Driver(Lines):
    """The trainer's modules in one process, so that the libraries are loaded once."""

    def __init__(self) -> None:
        super().__init__(str(train_python()), Path(__file__).with_name("driver.py"))

    def call(self, name: str, *arguments: Any) -> Any:
        """What a function of the driver makes of these."""
        self.tell([name, *(str(each) if isinstance(each, Path) else each for each in arguments)])
        return self.hear()

    def train(self, folder: Path) -> list[dict[str, Any]]:
        """Trains to the last fact and returns all."""
        assert self.call("train", folder) == 0
        return facts(folder)


class Chat(Lines):
    """The process that answers chats."""

    def __init__(self) -> None:
        super().__init__(*command("--answer"))

    def talk(self, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Asks all at once, and returns what is said until all is answered."""
        for each in asked:
            self.tell(each)
        waiting = {each["id"] for each in asked if "id" in each}
        said = []
        while waiting:
            line = self.hear()
            said.append(line)
            if "done" in line or "error" in line:
                waiting.discard(line["id"])
        return said

    def answers(self, model: Path, adapter: Path | None, rows: list[dict[str, Any]]) -> list[str]:
        """What the model says to the rows' messages before their last, picked without chance."""
        asked = [
            {
                "id": str(number),
                "model": str(model),
                "adapter": None if adapter is None else str(adapter),
                "messages": row["messages"][:-1],
                "max_tokens": 40,
                "temperature": 0,
            }
            for number, row in enumerate(rows)
        ]
        said = self.talk(asked)
        assert not [line for line in said if "error" in line], said
        texts = [""] * len(rows)
        for line in said:
            if "delta" in line:
                texts[int(line["id"])] += line["delta"]
        return texts


def exact(said: list[str], rows: list[dict[str, Any]]) -> int:
    """How many answers are those of the rows, to the letter."""
    return sum(text == row["messages"][-1]["content"] for text, row in zip(said, rows, strict=True))
