"""An embedded server that speaks OpenAI's fine-tuning API and trains nothing.

Importing this package is cheap; the server behind it is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .clock import Clock, ManualClock
from .config import SandboxConfig

if TYPE_CHECKING:
    from .config import DataInUseError, FolderRefusedError, ListenError, StartError
    from .samples.broken_file import write_sample_broken_file
    from .samples.jobs import fill_with_samples, seed_many_jobs
    from .samples.training_files import (
        write_sample_preference_file,
        write_sample_training_file,
        write_sample_validation_file,
    )
    from .server import SandboxServer, run

__all__ = [
    "Clock",
    "DataInUseError",
    "FolderRefusedError",
    "ListenError",
    "ManualClock",
    "SandboxConfig",
    "SandboxServer",
    "StartError",
    "fill_with_samples",
    "run",
    "seed_many_jobs",
    "write_sample_broken_file",
    "write_sample_preference_file",
    "write_sample_training_file",
    "write_sample_validation_file",
]

_LAZY = {
    "DataInUseError": ".config",
    "FolderRefusedError": ".config",
    "ListenError": ".config",
    "StartError": ".config",
    "SandboxServer": ".server",
    "run": ".server",
    "fill_with_samples": ".samples.jobs",
    "seed_many_jobs": ".samples.jobs",
    "write_sample_broken_file": ".samples.broken_file",
    "write_sample_preference_file": ".samples.training_files",
    "write_sample_training_file": ".samples.training_files",
    "write_sample_validation_file": ".samples.training_files",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name], __name__), name)
