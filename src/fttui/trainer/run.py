"""One training from its spec to its last fact."""

from __future__ import annotations

import contextlib
import errno
import gc
import shutil
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .devices import choose_device, device_memory
from .encoding import Encoded, Encoder
from .facts import Facts
from .failure import FailureError
from .hyperparameters import MOST_ROWS_AT_ONCE, Schedule, half, make_schedule, micro_batches
from .loading import WEIGHT_BYTES, check_vocabulary, load_model, load_tokenizer, with_adapter
from .memory import Fit, Sizes, fit, gigabytes, read_sizes
from .probe import versions
from .spec import Spec, read_spec, step_of

LONGEST = 8192
"""Tokens of a row beyond which it is cut, where neither the model nor the recipe says less."""
ROOM = 64_000_000
"""Bytes that stay free on the disk beside the checkpoints."""


def run(folder: Path) -> int:
    """Trains as the folder's spec says; every end that is understood is a fact, and 0."""
    facts = Facts(folder)
    try:
        _run(read_spec(folder), facts)
    except FailureError as failure:
        facts.failed(failure.code, failure.message, failure.param)
    except Exception as error:  # noqa: BLE001
        traceback.print_exc()
        facts.failed(*_unforeseen(error))
    return 0


def _unforeseen(error: Exception) -> tuple[str, str]:
    if out_of_memory(error):
        return "out_of_memory", (
            "The training ran out of memory. Take a smaller model, shorter rows or a smaller batch."
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "server_error", "The disk is full. Make room for checkpoints and start again."
    if isinstance(error, ModuleNotFoundError):
        return "server_error", (
            f"This Python has no {error.name}. Install torch, transformers, trl, peft, accelerate "
            "and datasets there."
        )
    text = " ".join(str(error).split())[:300]
    return "server_error", (
        f"The training ended with an error that it does not know ({type(error).__name__}: {text}). "
        "The run's log.txt says more."
    )


def out_of_memory(error: BaseException) -> bool:
    """Whether a library says that memory did not suffice; each has its own way to."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and (
        "out of memory" in text or "can't allocate memory" in text
    )


@dataclass
class _Prepared:
    """All that is known before the model is loaded."""

    spec: Spec
    facts: Facts
    device: str
    tokenizer: Any
    train: Encoded
    valid: Encoded | None
    schedule: Schedule
    sizes: Sizes
    fit: Fit
    free: int


def _run(spec: Spec, facts: Facts) -> None:
    prepared = _prepare(spec, facts)
    resume = spec.resume
    if resume is not None and not (resume / "trainer_state.json").is_file():
        raise FailureError(
            "server_error", f"The checkpoint {resume.name} is not there, or not whole. Start anew."
        )
    try:
        return _train(prepared, resume)
    except Exception as error:
        rows = half(prepared.schedule.batch, prepared.fit.rows)
        if not out_of_memory(error) or rows is None:
            raise
        traceback.print_exc()
    # Outside of the handler, as the error holds the tensors that did not fit.
    _free_memory()
    facts.notice(
        f"The memory did not suffice; going on with {rows} rows at once instead of "
        f"{prepared.fit.rows}.",
        "warn",
    )
    prepared.fit = Fit(rows, prepared.fit.checkpointing, prepared.fit.needed)
    return _train(prepared, _last_checkpoint(spec, facts) or resume)


def _free_memory() -> None:
    gc.collect()
    with contextlib.suppress(Exception):
        import torch

        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _last_checkpoint(spec: Spec, facts: Facts) -> Path | None:
    steps = [fact["step"] for fact in facts.read() if fact["fact"] == "checkpoint"]
    folders = [spec.folder / f"checkpoint-{step}" for step in steps]
    return next((each for each in reversed(folders) if each.is_dir()), None)


def _prepare(spec: Spec, facts: Facts) -> _Prepared:
    sizes = read_sizes(spec.model)
    device = choose_device(spec.device)
    tokenizer = load_tokenizer(spec.model)
    longest = min(sizes.context, spec.recipe.max_length or LONGEST)
    encoder = Encoder(tokenizer, longest)
    train = encoder.file(spec.train, spec.method, "invalid_training_file", "training_file")
    valid = None
    if spec.valid is not None:
        valid = encoder.file(spec.valid, spec.method, "invalid_validation_file", "validation_file")
    schedule = make_schedule(spec, len(train.examples))
    free, _ = device_memory(device)
    if spec.recipe.memory_bytes is not None:
        free = min(free, spec.recipe.memory_bytes)
    most = spec.recipe.micro_batch or MOST_ROWS_AT_ONCE[device]
    asked = micro_batches(schedule.batch, most)
    found = fit(
        sizes,
        asked,
        max(train.longest, valid.longest if valid else 0),
        free,
        pairs=spec.method == "dpo",
        lora_r=spec.recipe.lora_r,
        weight_bytes=WEIGHT_BYTES[device],
    )
    prepared = _Prepared(spec, facts, device, tokenizer, train, valid, schedule, sizes, found, free)
    _check_disk(prepared)
    facts.write("loading", device=device, needed_bytes=found.needed, free_bytes=free)
    _tell(prepared, longest, asked[0])
    return prepared


def _check_disk(prepared: _Prepared) -> None:
    """A checkpoint is the adapter and twice as much for the optimizer, four bytes a weight."""
    spec = prepared.spec
    one = prepared.sizes.lora_weights_a_rank * spec.recipe.lora_r * 12
    needed = one * (min(prepared.schedule.epochs, spec.kept_checkpoints) + 1) + ROOM
    free = shutil.disk_usage(spec.folder).free
    if free < needed:
        raise FailureError(
            "server_error",
            f"The checkpoints need about {gigabytes(needed)} of disk, and {gigabytes(free)} are "
            "free. Make room and start again.",
        )


def _tell(prepared: _Prepared, longest: int, asked: int) -> None:
    """What was decided on the user's behalf."""
    facts, schedule, found = prepared.facts, prepared.schedule, prepared.fit
    facts.notice(
        f"LoRA of rank {prepared.spec.recipe.lora_r} on {prepared.device}: learning rate "
        f"{schedule.rate:g} (multiplier {schedule.multiplier:g}), {schedule.epochs} epochs, "
        f"batches of {schedule.batch}, {found.rows} rows at once."
    )
    if found.rows < asked or found.checkpointing:
        kept = ", and computes activations twice to keep fewer" if found.checkpointing else ""
        facts.notice(f"To fit, it takes {found.rows} rows at once{kept}.", "warn")
    for encoded, name in ((prepared.train, "training"), (prepared.valid, "validation")):
        if encoded is None:
            continue
        if encoded.cut_rows:
            facts.notice(
                f"{encoded.cut_rows} rows of the {name} file are longer than {longest} tokens and "
                "were cut at the end.",
                "warn",
            )
        if encoded.dropped_rows:
            facts.notice(
                f"{encoded.dropped_rows} rows of the {name} file have nothing to learn within "
                f"{longest} tokens and were left out.",
                "warn",
            )
        if encoded.without_tools:
            facts.notice(
                f"The model's chat template does not show tools: those of "
                f"{encoded.without_tools} rows of the {name} file were left out.",
                "warn",
            )


def _train(prepared: _Prepared, resume: Path | None) -> None:
    # Here and not above: what is wrong with a file is known before the slow libraries load.
    from .evaluating import Validation
    from .progress import Progress
    from .trainers import make_trainer

    spec, facts, schedule = prepared.spec, prepared.facts, prepared.schedule
    begin = step_of(resume) or 0 if resume is not None else 0
    _remove_later(spec.folder, begin)
    model = load_model(spec.model, prepared.device)
    for encoded in filter(None, (prepared.train, prepared.valid)):
        check_vocabulary(model, encoded.examples, spec.model)
    if spec.adapter is not None:
        model = with_adapter(model, spec.adapter)
    trainer = make_trainer(
        spec, schedule, prepared.fit, prepared.device, model, prepared.tokenizer, prepared.train
    )
    validation = None
    if prepared.valid is not None:
        validation = Validation(
            prepared.valid,
            batch=schedule.batch,
            rows=prepared.fit.rows,
            total_steps=schedule.total_steps,
        )
    progress = Progress(spec, schedule, facts, validation)
    progress.trainer = trainer
    trainer.add_callback(progress)
    _started(prepared, begin)
    trainer.train(resume_from_checkpoint=None if resume is None else str(resume))
    step = trainer.state.global_step
    if progress.paused:
        facts.write("paused", step=step, folder=f"checkpoint-{step}")
        return
    _save(spec.folder, trainer.model, prepared.tokenizer)
    facts.write(
        "succeeded",
        step=step,
        folder="final",
        trained_tokens=prepared.train.tokens * schedule.epochs,
    )


def _remove_later(folder: Path, step: int) -> None:
    """Checkpoints after the one to begin from are of a training that is void."""
    for each in folder.iterdir():
        found = step_of(each)
        if found is not None and found > step:
            shutil.rmtree(each, ignore_errors=True)


def _started(prepared: _Prepared, step: int) -> None:
    found = versions()
    prepared.facts.write(
        "started",
        step=step,
        total_steps=prepared.schedule.total_steps,
        steps_per_epoch=prepared.schedule.steps_per_epoch,
        examples=len(prepared.train.examples),
        validation_examples=len(prepared.valid.examples) if prepared.valid else 0,
        tokens=prepared.train.tokens,
        hyperparameters=prepared.schedule.numbers(),
        learning_rate=prepared.schedule.rate,
        cut_rows=prepared.train.cut_rows,
        **{name: found[name] for name in ("torch", "transformers", "trl", "peft")},
    )


def _save(folder: Path, model: Any, tokenizer: Any) -> None:
    """Writes final/ beside its place first, so that it stands there whole or not at all."""
    making, final = folder / "final.partial", folder / "final"
    for old in (making, final):
        if old.exists():
            shutil.rmtree(old)
    # Beside the trained adapter, training on pairs may hold a copy of where it began.
    model.save_pretrained(str(making), selected_adapters=["default"])
    tokenizer.save_pretrained(str(making))
    (making / "README.md").unlink(missing_ok=True)
    making.replace(final)
    sys.stdout.flush()
