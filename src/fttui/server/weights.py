"""The weights of a model in a folder."""

from __future__ import annotations

from pathlib import Path


def weight_bytes(folder: Path) -> int:
    """How much its weights take on the disk."""
    return sum(path.stat().st_size for path in folder.glob("*.safetensors"))
