"""TRL's trainers, given ready tokens and labels, and told to keep to themselves."""

from __future__ import annotations

from typing import Any

from transformers import PrinterCallback
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

from . import ranks
from .encoding import Encoded, Example
from .hyperparameters import Schedule
from .loading import new_adapter
from .memory import Fit
from .sharing import ROWS, Together, gathered, shares
from .spans import IGNORED
from .spec import Spec


class _Sft(Together, SFTTrainer):
    def create_model_card(self, *_: Any, **__: Any) -> None:
        """No README is written into a run's folder."""


class _Dpo(Together, DPOTrainer):
    def create_model_card(self, *_: Any, **__: Any) -> None:
        """No README is written into a run's folder."""

    def compute_loss(self, model: Any, inputs: Any, *rest: Any, **named: Any) -> Any:
        """The mean over pairs; of several workers, each counts as much as it has of them."""
        pairs = inputs.pop(ROWS, None)
        if pairs is None:
            return super().compute_loss(model, inputs, *rest, **named)
        own = shares(int(pairs))
        with gathered(self.accelerator, int(pairs)):
            loss = super().compute_loss(model, inputs, *rest, **named)
        return loss * own[ranks.number()] * len(own) / int(pairs)

    def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
        # The rows are tokens already, with masks that were checked: TRL would guess its own.
        return dataset


class PairCollator:
    """Makes tensors of pairs: the chosen in the first half, the rejected in the second."""

    def __init__(self, pad: int) -> None:
        self._pad = pad

    def __call__(self, pairs: list[Example]) -> dict[str, Any]:
        """The batch as DPOTrainer takes it."""
        import torch

        ids = [pair["chosen_ids"] for pair in pairs] + [pair["rejected_ids"] for pair in pairs]
        wanted = [pair["chosen_labels"] for pair in pairs]
        wanted += [pair["rejected_labels"] for pair in pairs]
        width = max(len(each) for each in ids)
        return {
            "input_ids": torch.tensor([row + [self._pad] * (width - len(row)) for row in ids]),
            "attention_mask": torch.tensor(
                [[1] * len(row) + [0] * (width - len(row)) for row in ids]
            ),
            "completion_mask": torch.tensor(
                [
                    [int(label != IGNORED) for label in row] + [0] * (width - len(row))
                    for row in wanted
                ]
            ),
        }


def arguments(spec: Spec, schedule: Schedule, fit: Fit, device: str) -> dict[str, Any]:
    """What both trainers are told; whoever compares with TRL alone needs the same."""
    return {
        "output_dir": str(spec.folder),
        "num_train_epochs": schedule.epochs,
        "per_device_train_batch_size": fit.rows,
        "per_device_eval_batch_size": fit.rows,
        "gradient_accumulation_steps": schedule.batch // ranks.count() // fit.rows,
        "gradient_checkpointing": fit.checkpointing,
        "learning_rate": schedule.rate,
        "lr_scheduler_type": "linear",
        "warmup_steps": 0.05,
        "weight_decay": 0.0,
        "seed": spec.seed,
        "data_seed": spec.seed,
        "bf16": device == "cuda",
        "ddp_find_unused_parameters": False,
        "use_cpu": device == "cpu",
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_strategy": "no",
        "eval_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
        "max_length": None,
        "remove_unused_columns": False,
        "dataloader_pin_memory": device == "cuda",
    }


def make_trainer(
    spec: Spec, schedule: Schedule, fit: Fit, device: str, model: Any, tokenizer: Any, data: Encoded
) -> Any:
    """TRL's trainer for the run; nothing is trained yet."""
    from datasets import Dataset

    given = arguments(spec, schedule, fit, device)
    rows = Dataset.from_list(data.examples)
    # A model that comes with an adapter is trained on it, any other gets a new one.
    adapter = new_adapter(spec.recipe) if spec.adapter is None else None
    if spec.method == "dpo":
        trainer = _Dpo(
            model=model,
            args=DPOConfig(**given, beta=schedule.beta),
            train_dataset=rows,
            processing_class=tokenizer,
            data_collator=PairCollator(tokenizer.pad_token_id),
            peft_config=adapter,
        )
    else:
        config = SFTConfig(**given, packing=False, dataset_kwargs={"skip_prepare_dataset": True})
        trainer = _Sft(
            model=model,
            args=config,
            train_dataset=rows,
            processing_class=tokenizer,
            peft_config=adapter,
        )
    trainer.remove_callback(PrinterCallback)
    return trainer
