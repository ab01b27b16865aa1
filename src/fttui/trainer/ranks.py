"""The processes that train one model together, if there are several: see `distributed`."""

from __future__ import annotations

import os
import sys
from typing import Any


def _group() -> Any:
    """torch.distributed where this process is one of several, or None."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.distributed.is_available():
        return None
    return torch.distributed if torch.distributed.is_initialized() else None


def count() -> int:
    """How many train together."""
    group = _group()
    return 1 if group is None else int(group.get_world_size())


def number() -> int:
    """Which of them this one is, from 0 on."""
    group = _group()
    return 0 if group is None else int(group.get_rank())


def beside() -> int:
    """How many of them are on this machine, this one among them."""
    return max(1, int(os.environ.get("LOCAL_WORLD_SIZE", "1"))) if count() > 1 else 1


def first() -> bool:
    """Whether this is the one that writes what all of them made."""
    return number() == 0


def agreed(value: bool) -> bool:
    """What the first one says; asked of all at the same place, as no one may go on alone."""
    group = _group()
    if group is None:
        return value
    said = _tensor(group, float(value))
    group.broadcast(said, src=0)
    return bool(said.item())


def least(value: int) -> int:
    """The least that any of them says."""
    group = _group()
    if group is None:
        return value
    said = _tensor(group, float(value))
    group.all_reduce(said, op=group.ReduceOp.MIN)
    return int(said.item())


def wait() -> None:
    """Goes on when all of them are here."""
    agreed(True)
    least(0)


def _tensor(group: Any, value: float) -> Any:
    import torch

    device = "cuda" if group.get_backend() == "nccl" else "cpu"
    return torch.tensor([value], dtype=torch.float64, device=device)
