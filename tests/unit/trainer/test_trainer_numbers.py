"""What the trainer reckons before it loads anything: epochs, batches, memory."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from fttui.server.jobs.plan import _automatic_epochs
from fttui.trainer.failure import FailureError
from fttui.trainer.hyperparameters import automatic_epochs, half, make_schedule, micro_batches
from fttui.trainer.memory import Load, Sizes, fit, needed_bytes, read_sizes
from fttui.trainer.spec import Recipe, Spec

SIZES = Sizes(
    weights=1_000_000,
    lora_weights_a_rank=5_000,
    layers=10,
    hidden=100,
    intermediate=300,
    vocabulary=1_000,
    context=2048,
)


def spec(method: str = "supervised", recipe: Recipe | None = None, **given: Any) -> Spec:
    """A run with these hyperparameters; the others are automatic."""
    auto = {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto"}
    return Spec(
        folder=Path("/run"),
        job="j",
        model=Path("/m"),
        adapter=None,
        method=method,
        hyperparameters={**auto, **given},
        seed=1,
        train=Path("t"),
        valid=None,
        resume=None,
        recipe=recipe or Recipe(),
    )


@pytest.mark.parametrize("examples", [1, 10, 33, 34, 100, 500, 8333, 8334, 25_000, 100_000])
def test_automatic_epochs_are_the_servers(examples: int) -> None:
    assert automatic_epochs(examples) == _automatic_epochs(examples)


def test_automatic_batches_and_rates() -> None:
    schedule = make_schedule(spec(), 2_000)
    assert (schedule.batch, schedule.multiplier, schedule.rate) == (4, 1.0, 2e-4)
    assert (schedule.steps_per_epoch, schedule.total_steps) == (500, 1500)
    assert make_schedule(spec(), 1_000_000).batch == 256
    assert make_schedule(spec(), 10).batch == 1
    pairs = make_schedule(spec("dpo", learning_rate_multiplier=2.0), 10)
    assert pairs.rate == 1e-5
    assert pairs.numbers()["beta"] == 0.1


def test_what_is_asked_for_is_kept() -> None:
    asked = {"n_epochs": 2, "batch_size": 7, "learning_rate_multiplier": 0.5}
    schedule = make_schedule(spec(recipe=Recipe(base_rate=1e-3), **asked), 15)
    assert schedule.numbers() == asked
    assert schedule.rate == 5e-4
    assert (schedule.steps_per_epoch, schedule.total_steps) == (3, 6)


def test_micro_batches_divide_the_batch() -> None:
    assert micro_batches(12, 8) == [6, 4, 3, 2, 1]
    assert micro_batches(7, 4) == [1]
    assert micro_batches(4, 8) == [4, 2, 1]
    assert half(8, 8) == 4
    assert half(12, 6) == 3
    assert half(7, 7) == 1
    assert half(4, 1) is None


def needed(rows: int, *, checkpointing: bool = False) -> int:
    return needed_bytes(SIZES, Load(rows, 100, checkpointing), lora_r=16, weight_bytes=4)


def test_memory_is_the_sum_of_its_parts() -> None:
    layer = 100 * (20 * 100 + 8 * 300) * 4
    assert needed(1) == (
        1_000_000 * 4 + 5_000 * 16 * 16 + 10 * layer + 3 * 100 * 1_000 * 4 + 500_000_000
    )
    assert needed(2) - needed(1) == 10 * layer + 3 * 100 * 1_000 * 4
    assert needed(1, checkpointing=True) == needed(1) - 9 * layer + 100 * 100 * 4 * 10


def fitted(free: int) -> tuple[int, bool]:
    """Rows at once, and whether activations are computed twice, in so much memory."""
    found = fit(SIZES, [8, 4, 2, 1], 100, free, pairs=False, lora_r=16, weight_bytes=4)
    assert found.needed <= free
    return found.rows, found.checkpointing


def test_memory_is_fitted_by_halves_then_by_computing_twice() -> None:
    assert fitted(needed(8)) == (8, False)
    assert fitted(needed(8) - 1) == (4, False)
    assert fitted(needed(4) - 1) == (2, False)
    assert fitted(needed(1)) == (1, False)
    rows, checkpointing = fitted(needed(1) - 1)
    assert checkpointing
    assert needed(rows, checkpointing=True) < needed(1)


def test_the_next_smaller_portion_is_at_most_half() -> None:
    sizes = [6, 4, 3, 2, 1]
    found = fit(SIZES, sizes, 100, needed(6) - 1, pairs=False, lora_r=16, weight_bytes=4)
    assert found.rows == 3


def test_what_does_not_fit_is_refused_with_both_numbers() -> None:
    with pytest.raises(FailureError) as caught:
        fit(SIZES, [2, 1], 100, 400_000_000, pairs=False, lora_r=16, weight_bytes=4)
    assert caught.value.code == "insufficient_memory"
    assert "0.5 GB" in caught.value.message
    assert "0.4 GB" in caught.value.message


def test_a_pair_takes_the_memory_of_two_rows() -> None:
    with pytest.raises(FailureError):
        fit(SIZES, [1], 100, needed(1, checkpointing=True), pairs=True, lora_r=16, weight_bytes=4)
    fit(SIZES, [1], 100, needed(2), pairs=True, lora_r=16, weight_bytes=4)


def model(folder: Path, config: Any, tensors: dict[str, list[int]], missing: int = 0) -> Path:
    """A model's folder with weights of zeros."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    place = 0
    for name, shape in tensors.items():
        size = 4
        for side in shape:
            size *= side
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [place, place + size]}
        place += size
    body = json.dumps(header).encode()
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").write_bytes(
        struct.pack("<Q", len(body)) + body + bytes(place - missing)
    )
    return folder


CONFIG = {
    "hidden_size": 8,
    "intermediate_size": 16,
    "num_hidden_layers": 2,
    "vocab_size": 32,
    "max_position_embeddings": 64,
}
TENSORS = {
    "model.embed_tokens.weight": [32, 8],
    "model.layers.0.self_attn.q_proj.weight": [8, 8],
    "model.layers.0.mlp.up_proj.weight": [16, 8],
    "model.norm.weight": [8],
    "lm_head.weight": [32, 8],
}


def test_sizes_come_from_the_headers_of_the_weights(tmp_path: Path) -> None:
    sizes = read_sizes(model(tmp_path, CONFIG, TENSORS))
    assert sizes.weights == 32 * 8 + 64 + 128 + 8 + 32 * 8
    assert sizes.lora_weights_a_rank == 16 + 24
    assert (sizes.layers, sizes.hidden, sizes.vocabulary, sizes.context) == (2, 8, 32, 64)


def test_the_text_part_of_a_larger_model_is_what_counts(tmp_path: Path) -> None:
    sizes = read_sizes(model(tmp_path, {"vocab_size": 1, "text_config": CONFIG}, TENSORS))
    assert (sizes.vocabulary, sizes.hidden) == (32, 8)


def test_a_folder_that_holds_no_whole_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FailureError, match=r"no config\.json"):
        read_sizes(tmp_path)
    (tmp_path / "config.json").write_text("[" * 100_000)
    with pytest.raises(FailureError, match="is not JSON"):
        read_sizes(tmp_path)
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(FailureError, match="is no object"):
        read_sizes(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(FailureError, match=r"no \*\.safetensors"):
        read_sizes(tmp_path)
    for content in (b"", b"\xff" * 16, struct.pack("<Q", 2) + b"[]", struct.pack("<Q", 9) + b"{}"):
        (tmp_path / "model.safetensors").write_bytes(content)
        with pytest.raises(FailureError, match="no whole safetensors file") as caught:
            read_sizes(tmp_path)
        assert caught.value.code == "model_not_available"
    with pytest.raises(FailureError, match="no whole safetensors file"):
        read_sizes(model(tmp_path, CONFIG, TENSORS, missing=1))
