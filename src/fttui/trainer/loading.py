"""Loads tokenizers, models and adapters: from folders, safetensors only, no code of theirs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .failure import FailureError
from .spec import Recipe

WEIGHT_BYTES = {"cpu": 4, "mps": 4, "cuda": 2}
"""Bytes of a weight of the base model on each device."""


@contextlib.contextmanager
def _told(what: str, folder: Path) -> Iterator[None]:
    """Whatever a library raises over a broken file becomes one sentence; memory faults pass."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        # Where the folder is on this machine is nothing for the user's eyes.
        why = " ".join(str(error).replace(f"{folder}/", "").split())[:300] or type(error).__name__
        raise FailureError(
            "model_not_available", f"The {what} '{folder.name}' cannot be loaded: {why}", "model"
        ) from error


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer of a model's folder; it has a token to pad with, and says what it decodes.

    Raises FailureError, also where no token ends a text.
    """
    from transformers import AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    with _told("tokenizer of the model", folder):
        tokenizer = AutoTokenizer.from_pretrained(
            str(folder), trust_remote_code=False, local_files_only=True
        )
    if tokenizer.pad_token is None and tokenizer.eos_token is None:
        raise FailureError(
            "model_not_available",
            f"The tokenizer of the model '{folder.name}' names no token that ends a text.",
            "model",
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(folder: Path, device: str) -> Any:
    """The base model on its device: half precision on CUDA, full precision elsewhere."""
    import torch
    from transformers import AutoModelForCausalLM

    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    with _told("model", folder):
        model = AutoModelForCausalLM.from_pretrained(
            str(folder),
            dtype=dtype,
            trust_remote_code=False,
            local_files_only=True,
            use_safetensors=True,
        )
    return model.to(device)


def check_vocabulary(model: Any, folder: Path, highest: int) -> None:
    """Refuses tokens that the model does not know: its tokenizer is another model's."""
    known = model.get_input_embeddings().num_embeddings
    if highest >= known:
        raise FailureError(
            "model_not_available",
            f"The tokenizer of the model '{folder.name}' is another model's: it makes tokens up to "
            f"{highest}, beyond the {known} that the model has. Put the tokenizer that belongs to "
            "its weights there.",
            "model",
        )


def new_adapter(recipe: Recipe) -> Any:
    """What a new adapter is: LoRA on all linear layers."""
    from peft import LoraConfig

    return LoraConfig(
        task_type="CAUSAL_LM",
        r=recipe.lora_r,
        lora_alpha=recipe.lora_alpha,
        lora_dropout=0.0,
        target_modules="all-linear",
    )


def with_adapter(model: Any, folder: Path) -> Any:
    """The model with an adapter that is trained on. Raises FailureError."""
    from peft import PeftModel

    if not (folder / "adapter_model.safetensors").is_file():
        raise FailureError(
            "model_not_available",
            f"The fine-tuned model to continue from, '{folder.name}', has no "
            "adapter_model.safetensors.",
            "model",
        )
    with _told("fine-tuned model", folder):
        return PeftModel.from_pretrained(model, str(folder), is_trainable=True)
