"""What a run is asked to do: `spec.json`, read with distrust."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .failure import FailureError

SPEC = "spec.json"
METHODS = ("supervised", "dpo")
DEVICES = ("auto", "cpu", "cuda", "mps")
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Recipe:
    """What the server's owner may set; never part of a request.

    `max_length` is in tokens a row, `micro_batch` in rows that are computed at once, `base_rate`
    the learning rate at multiplier 1, `memory_bytes` the most memory that a run may need.
    """

    lora_r: int = 16
    lora_alpha: int = 32
    max_length: int | None = None
    micro_batch: int | None = None
    base_rate: float | None = None
    memory_bytes: int | None = None


@dataclass(frozen=True)
class Spec:
    """One run; `hyperparameters` hold numbers or "auto", only the names that `method` knows."""

    folder: Path
    job: str
    model: Path
    adapter: Path | None
    method: str
    hyperparameters: dict[str, Any]
    seed: int
    train: Path
    valid: Path | None
    resume: Path | None
    recipe: Recipe = field(default_factory=Recipe)
    kept_checkpoints: int = 3
    device: str = "auto"


def read_spec(folder: Path) -> Spec:
    """The spec of a run folder; raises FailureError with code server_error for any fault in it."""
    path = folder / SPEC
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _fault("it is larger than a spec can be")
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise _fault(f"it cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise _fault("it is not JSON") from None
    if not isinstance(data, dict):
        raise _fault("it is not a JSON object")
    method = _one_of(data, "method", METHODS, "supervised")
    return Spec(
        folder=folder,
        job=_text(data, "job"),
        model=Path(_text(data, "model")),
        adapter=_optional_path(data, "adapter"),
        method=method,
        hyperparameters=_hyperparameters(data.get("hyperparameters"), method),
        seed=_whole(data.get("seed", 42), "seed", 0, 2**32 - 1),
        train=_within(folder, _text(data, "train"), "train"),
        valid=None if data.get("valid") is None else _within(folder, _text(data, "valid"), "valid"),
        resume=_resume(folder, data),
        recipe=_recipe(data.get("recipe")),
        kept_checkpoints=_whole(data.get("kept_checkpoints", 3), "kept_checkpoints", 1, 1000),
        device=_one_of(data, "device", DEVICES, "auto"),
    )


def _fault(what: str) -> FailureError:
    return FailureError(
        "server_error", f"The run's {SPEC} cannot be used: {what}. Start the job again."
    )


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value or "\0" in value:
        raise _fault(f"'{name}' is no text")
    return value


def _optional_path(data: dict[str, Any], name: str) -> Path | None:
    return None if data.get(name) is None else Path(_text(data, name))


def _one_of(data: dict[str, Any], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = data.get(name, default)
    if value not in allowed:
        raise _fault(f"'{name}' is none of {', '.join(allowed)}")
    return str(value)


def _whole(value: Any, name: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _fault(f"'{name}' is no whole number from {least} to {most}")
    return value


def _positive(value: Any, name: str, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _fault(f"'{name}' is no number")
    if not math.isfinite(value) or not 0 < value <= most:
        raise _fault(f"'{name}' is not above 0 and at most {most:g}")
    return float(value)


def _within(folder: Path, name: str, key: str) -> Path:
    path = folder / name
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise _fault(f"'{key}' is not inside the run folder")
    return path


def _resume(folder: Path, data: dict[str, Any]) -> Path | None:
    if data.get("resume") is None:
        return None
    path = _within(folder, _text(data, "resume"), "resume")
    if step_of(path) is None:
        raise _fault("'resume' is no checkpoint-N")
    return path


def step_of(folder: Path) -> int | None:
    """N of a folder named checkpoint-N, else None."""
    head, _, number = folder.name.partition("-")
    return int(number) if head == "checkpoint" and number.isascii() and number.isdigit() else None


def _hyperparameters(given: Any, method: str) -> dict[str, Any]:
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise _fault("'hyperparameters' is no object")
    values: dict[str, Any] = {}
    for name, most in (("n_epochs", 1000), ("batch_size", 4096)):
        value = given.get(name, "auto")
        values[name] = value if value == "auto" else _whole(value, name, 1, most)
    # Whatever is too large is told by what becomes of the loss.
    decimals = [("learning_rate_multiplier", sys.float_info.max)]
    if method == "dpo":
        decimals.append(("beta", 100.0))
    for name, highest in decimals:
        value = given.get(name, "auto")
        values[name] = value if value == "auto" else _positive(value, name, highest)
    return values


def _recipe(given: Any) -> Recipe:
    if given is None:
        return Recipe()
    if not isinstance(given, dict):
        raise _fault("'recipe' is no object")
    known = {"lora_r", "lora_alpha", "max_length", "micro_batch", "base_rate", "memory_bytes"}
    unknown = sorted(str(name) for name in given if name not in known)
    if unknown:
        raise _fault(f"'recipe' has no '{unknown[0]}'; it may hold {', '.join(sorted(known))}")
    values: dict[str, Any] = {}
    for name, value in given.items():
        if value is None:
            continue
        most = 2**53 if name == "memory_bytes" else 10_000_000
        values[name] = _positive(value, name, 1) if name == "base_rate" else _whole(
            value, name, 1, most
        )  # fmt: skip
    return Recipe(**values)
