"""What a training needs of memory, said before the model is loaded: arithmetic on its files."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .failure import FailureError

BASE_BYTES = 500_000_000
"""What the libraries need before any weight is loaded."""
LORA_BYTES = 16
"""A trained weight: itself, its gradient and the two moments of Adam, four bytes each."""
MOST_HEADER = 100_000_000
_PACKED = 8
"""So many weights one number in a file may hold. A layer has more than hidden x hidden of them."""


@dataclass(frozen=True)
class Sizes:
    """The sizes of a model, read from its config and the headers of its weights."""

    weights: int
    lora_weights_a_rank: int
    layers: int
    hidden: int
    intermediate: int
    vocabulary: int
    context: int


def read_sizes(folder: Path) -> Sizes:
    """Looks at a model's folder; raises FailureError with code model_not_available."""
    config = _config(folder)
    text = config.get("text_config")
    if isinstance(text, dict):
        config = {**config, **text}
    shapes = _shapes(folder)
    hidden = _size(config, ("hidden_size", "n_embd", "d_model"), 1)
    weights = 0
    linear = 0
    for name, shape in shapes.items():
        count = 1
        for side in shape:
            count *= side
        weights += count
        head = name.rpartition(".weight")[0].rpartition(".")[2]
        if len(shape) == 2 and not any(word in head for word in ("embed", "lm_head", "wte", "wpe")):
            linear += sum(shape)
    layers = _size(config, ("num_hidden_layers", "n_layer", "num_layers"), 1)
    if layers * hidden * hidden > _PACKED * weights:
        raise _no_model(folder, "its config.json is of a larger model than its weights")
    return Sizes(
        weights=weights,
        lora_weights_a_rank=linear,
        layers=layers,
        hidden=hidden,
        intermediate=_size(config, ("intermediate_size", "n_inner", "ffn_dim"), 4 * hidden),
        vocabulary=_size(config, ("vocab_size",), 32_000),
        context=_size(config, ("max_position_embeddings", "n_positions"), 2048),
    )


def _no_model(folder: Path, why: str) -> FailureError:
    return FailureError(
        "model_not_available",
        f"The model '{folder.name}' cannot be loaded: {why}. Put a model with config.json and "
        "*.safetensors there.",
        "model",
    )


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / "config.json").read_bytes())
    except OSError:
        raise _no_model(folder, "its folder has no config.json") from None
    except (ValueError, RecursionError):
        raise _no_model(folder, "its config.json is not JSON") from None
    if not isinstance(config, dict):
        raise _no_model(folder, "its config.json is no object")
    return config


def _size(config: dict[str, Any], names: tuple[str, ...], default: int) -> int:
    for name in names:
        value = config.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return default


def _shapes(folder: Path) -> dict[str, list[int]]:
    shapes: dict[str, list[int]] = {}
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise _no_model(folder, "its folder has no *.safetensors")
    for path in files:
        try:
            shapes.update(_header(path))
        except (OSError, ValueError, struct.error, AttributeError, KeyError, TypeError):
            raise _no_model(folder, f"{path.name} is no whole safetensors file") from None
    return shapes


def _header(path: Path) -> dict[str, list[int]]:
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > MOST_HEADER:
            raise ValueError("a header of that size")
        header = json.loads(file.read(length))
    end = max((each["data_offsets"][1] for name, each in header.items() if name[:2] != "__"),
              default=0)  # fmt: skip
    if path.stat().st_size < 8 + length + end:
        raise ValueError("the file was cut")
    return {
        name: [int(side) for side in each["shape"]]
        for name, each in header.items()
        if name != "__metadata__"
    }


@dataclass(frozen=True)
class Load:
    """How much is computed at once: `rows` (of a pair two) of at most `tokens` tokens.

    `checkpointing`: activations are computed anew in the backward pass instead of kept.
    """

    rows: int
    tokens: int
    checkpointing: bool = False


def needed_bytes(sizes: Sizes, load: Load, *, lora_r: int, weight_bytes: int) -> int:
    """Memory at the worst moment of a step; `weight_bytes` are those of one weight."""
    places = load.rows * load.tokens
    # What a layer keeps for the backward pass: its inputs, norms, projections and gates.
    layer = places * (20 * sizes.hidden + 8 * sizes.intermediate) * weight_bytes
    if load.checkpointing:
        activations = layer + places * sizes.hidden * weight_bytes * sizes.layers
    else:
        activations = layer * sizes.layers
    logits = 3 * places * sizes.vocabulary * 4
    lora = sizes.lora_weights_a_rank * lora_r * LORA_BYTES
    return sizes.weights * weight_bytes + lora + activations + logits + BASE_BYTES


@dataclass(frozen=True)
class Fit:
    """The largest portion that memory allows, and what it needs."""

    rows: int
    checkpointing: bool
    needed: int


def fit(
    sizes: Sizes,
    micro_batches: list[int],
    tokens: int,
    free: int,
    *,
    pairs: bool,
    lora_r: int,
    weight_bytes: int,
) -> Fit:
    """Halves the micro batch, then keeps no activations; raises FailureError insufficient_memory.

    `micro_batches` are the numbers of rows that may be computed at once, largest first.
    """
    smallest = 0
    for checkpointing in (False, True):
        limit = micro_batches[0]
        for rows in micro_batches:
            if rows > limit:
                continue
            load = Load(rows * (2 if pairs else 1), tokens, checkpointing)
            smallest = needed_bytes(sizes, load, lora_r=lora_r, weight_bytes=weight_bytes)
            if smallest <= free:
                return Fit(rows, checkpointing, smallest)
            limit = max(1, rows // 2)
    raise FailureError(
        "insufficient_memory",
        f"The training needs about {gigabytes(smallest)} of memory with one row at once, and "
        f"{gigabytes(free)} are free. Take a smaller model, shorter rows or a larger machine.",
        "model",
    )


def gigabytes(count: int) -> str:
    """A number of bytes for people."""
    return f"{count / 1e9:.1f} GB"
