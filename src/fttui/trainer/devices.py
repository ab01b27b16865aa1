"""What this machine computes with, and how much memory is free for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .failure import FailureError

_CGROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
    ),
)


def choose_device(wanted: str) -> str:
    """The device to train on: "cuda", "mps" or "cpu"; raises FailureError where it is not there."""
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": _has_mps(torch), "cpu": True}
    if wanted == "auto":
        return next(name for name, found in there.items() if found)
    if not there.get(wanted, False):
        raise FailureError(
            "server_error",
            f"The run asks for the device '{wanted}', which this machine does not have. Start the "
            "server with another one.",
        )
    return wanted


def _has_mps(torch: Any) -> bool:
    backends = getattr(torch.backends, "mps", None)
    return backends is not None and bool(backends.is_available())


def device_memory(device: str) -> tuple[int, int]:
    """Free and total bytes of the device's memory."""
    if device == "cuda":
        import torch

        free, total = torch.cuda.mem_get_info()
        return int(free), int(total)
    return main_memory()


def device_name(device: str) -> str:
    """The device as people call it."""
    if device == "cuda":
        import torch

        return str(torch.cuda.get_device_name(0))
    return {"mps": "Apple GPU", "cpu": f"{os.cpu_count() or 1} CPU cores"}.get(device, device)


def main_memory() -> tuple[int, int]:
    """Free and total bytes of main memory, within what a container is allowed."""
    free, total = _machine_memory()
    for limit_path, used_path in _CGROUPS:
        limit, used = _number(limit_path), _number(used_path)
        if limit is not None and used is not None and limit < total:
            total = limit
            free = min(free, max(0, limit - used))
    return free, total


def _machine_memory() -> tuple[int, int]:
    found: dict[str, int] = {}
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            name, _, rest = line.partition(":")
            found[name] = int(rest.split()[0]) * 1024
        return found["MemAvailable"], found["MemTotal"]
    except (OSError, ValueError, IndexError, KeyError):
        pass
    try:
        import psutil
    except ImportError:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        return total, total
    memory = psutil.virtual_memory()
    return int(memory.available), int(memory.total)


def _number(path: str) -> int | None:
    try:
        return int(Path(path).read_text())
    except (OSError, ValueError):
        return None
