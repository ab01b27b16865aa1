"""Says in one JSON line what this interpreter has for training; works without torch."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import sys
from typing import Any

from .devices import choose_device, device_memory, device_name, main_memory

PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets")


def versions() -> dict[str, str | None]:
    """The version of each package that training needs; None where it is not installed."""
    found: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
    return found


def probe() -> dict[str, Any]:
    """What there is, what is missing, and what is wrong with what is there."""
    found = versions()
    missing = [name for name, version in found.items() if version is None]
    said: dict[str, Any] = {"python": platform.python_version(), **found, "device": "cpu"}
    problem = None
    if found["torch"] is not None:
        try:
            said["device"] = choose_device("auto")
            free, total = device_memory(said["device"])
        except Exception as error:  # noqa: BLE001
            # A broken driver or build: whatever it raises is what the user has to hear.
            problem = f"torch {found['torch']} cannot be used: {_line(error)}"
            said["device"] = "cpu"
    if problem is not None or found["torch"] is None:
        free, total = main_memory()
    said["device_name"] = device_name(said["device"])
    said.update(free_bytes=free, total_bytes=total, missing=missing)
    if problem is None and missing:
        problem = f"{', '.join(missing)} must be installed: pip install {' '.join(missing)}"
    if problem is None and sys.version_info < (3, 10):
        problem = f"Python {platform.python_version()} is older than 3.10"
    said["problem"] = problem
    return said


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def tell() -> None:
    """Writes the line."""
    sys.stdout.write(json.dumps(probe()) + "\n")
    sys.stdout.flush()
