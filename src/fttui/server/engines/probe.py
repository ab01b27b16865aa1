"""What an interpreter has for training, as it says itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import TRAINER
from .environment import child_environment

_SECONDS = 180.0
"""Loading torch for the first time from a slow disk takes long."""
PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets")
INSTALL = "pip install torch transformers trl peft accelerate datasets"


class ProbeError(Exception):
    """An interpreter cannot be asked, or cannot train: `sentence` says why, `hint` what to do."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(" ".join(part for part in (sentence, hint) if part))
        self.sentence = sentence
        self.hint = hint


@dataclass(frozen=True)
class Probe:
    """What there is: versions by package, the device, its memory in bytes, what is missing."""

    python: str
    versions: Mapping[str, str]
    device: str
    device_name: str
    free_bytes: int | None
    total_bytes: int | None
    missing: tuple[str, ...]
    problem: str | None

    @property
    def works(self) -> bool:
        """Whether it can train."""
        return not self.missing and self.problem is None

    def summary(self) -> str:
        """The device and its memory, in a few words."""
        text = self.device
        if self.device_name and self.device_name != self.device:
            text += f" ({self.device_name})"
        if self.free_bytes is not None:
            text += f", {self.free_bytes / 1e9:.1f} GB free"
            if self.total_bytes:
                text += f" of {self.total_bytes / 1e9:.1f} GB"
        return text


def program_of(python: str) -> str:
    """The interpreter's absolute path, from a path or a name; raises ProbeError without one."""
    # Not resolved: what an environment has is found by the link that it calls its interpreter by.
    program = shutil.which(Path(python).expanduser() if "/" in python else python)
    if program is None:
        raise ProbeError(
            f"There is no interpreter {python}.",
            f"Make one with `python -m venv DIR` and `DIR/bin/{INSTALL}`, and name it with "
            "--python DIR/bin/python.",
        )
    return str(Path(program).absolute())


def probe(python: str) -> Probe:
    """Asks the interpreter; raises ProbeError if it is not there or does not answer."""
    program = program_of(python)
    try:
        done = subprocess.run(  # noqa: S603 - the user's own interpreter
            [program, str(TRAINER), "--probe"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env=child_environment(os.environ),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProbeError(f"The interpreter {python} cannot be asked: {error}.") from None
    try:
        found = json.loads(done.stdout.decode("utf-8", "replace").strip().splitlines()[-1])
        return _read(found)
    except (ValueError, LookupError, TypeError, AttributeError):
        last = (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["nothing"])[-1]
        raise ProbeError(
            f"The interpreter {python} does not say what it has. It said: {last[:300]}"
        ) from None


def checked_probe(python: str) -> Probe:
    """Asks an interpreter that is to train; raises ProbeError also where it cannot."""
    found = probe(python)
    if found.missing:
        raise ProbeError(
            f"The interpreter {python} cannot train: {', '.join(found.missing)} "
            f"{'is' if len(found.missing) == 1 else 'are'} missing.",
            f"Install what is missing there, `{python} -m {INSTALL}`, or name another "
            "interpreter with --python.",
        )
    if found.problem is not None:
        raise ProbeError(f"The interpreter {python} cannot train: {found.problem}")
    return found


def _read(found: dict[str, Any]) -> Probe:
    versions = {name: str(found[name]) for name in PACKAGES if found.get(name)}
    missing = found.get("missing")
    named = [str(each) for each in missing] if isinstance(missing, list) else []
    missing_torch = [] if "torch" in versions or "torch" in named else ["torch"]
    return Probe(
        python=str(found["python"]),
        versions=versions,
        device=str(found.get("device") or "cpu"),
        device_name=str(found.get("device_name") or ""),
        free_bytes=_bytes(found.get("free_bytes")),
        total_bytes=_bytes(found.get("total_bytes")),
        missing=(*missing_torch, *named),
        problem=str(found["problem"]) if found.get("problem") else None,
    )


def _bytes(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and value >= 0 else None


_FETCH = """
import sys
from huggingface_hub import snapshot_download
snapshot_download(sys.argv[1], local_dir=sys.argv[2],
                  allow_patterns=["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"])
"""


def fetch(python: str, model: str, folder: Path) -> None:
    """Has the interpreter fetch a model, weights as safetensors alone; raises ProbeError."""
    done = subprocess.run(  # noqa: S603 - the user's own interpreter
        [python, "-c", _FETCH, model, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
        env=child_environment(os.environ) | {"HF_HUB_OFFLINE": "0"},
    )
    if done.returncode:
        last = (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["nothing"])[-1]
        raise ProbeError(f"The model {model} could not be fetched. It was said: {last[:300]}")
