"""Asks the trainer's own modules something, run by the interpreter that has torch."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "src" / "fttui" / "trainer"


def load(name: str) -> Any:
    """A module of the trainer, loaded as its own `__main__` loads it."""
    if "trainer" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "trainer", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
        )
        assert spec is not None and spec.loader is not None
        sys.modules["trainer"] = importlib.util.module_from_spec(spec)
    return importlib.import_module(f"trainer.{name}")


def merging_tokenizer(template: str) -> Any:
    """A tokenizer that makes one token of any line breaks, whoever wrote them."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(
        ["assistant\n\n\nYes assistant\n\nYes assistant: Yes\n\n"] * 9,
        trainers.BpeTrainer(
            vocab_size=400,
            special_tokens=["<pad>", "<|im_start|>", "<|im_end|>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="<|im_end|>", pad_token="<pad>"
    )
    tokenizer.chat_template = template
    return tokenizer


def beginning_tokenizer(template: str) -> Any:
    """One that also writes a blank before whatever text it is given, as older ones do."""
    from tokenizers import decoders, pre_tokenizers

    tokenizer = merging_tokenizer(template)
    made = tokenizer.backend_tokenizer
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(prepend_scheme="first", split=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    made.decoder = decoders.Sequence(
        [decoders.ByteLevel(), decoders.Replace("\u2581", " "), decoders.Fuse()]
    )
    return tokenizer


def merged(file: str, template: str, begins: bool = False) -> dict[str, Any]:
    """What is learnt of each row with a tokenizer that merges; else why it is refused."""
    tokenizer = beginning_tokenizer(template) if begins else merging_tokenizer(template)
    try:
        return {"learnt": _labelled(tokenizer, file)}
    except load("failure").FailureError as failure:
        return {"learnt": None, "message": failure.message}


def labelled(model: str, file: str) -> list[list[str]]:
    """For each row, the decoded stretches of tokens that are learnt."""
    return _labelled(load("loading").load_tokenizer(Path(model)), file)


def _labelled(tokenizer: Any, file: str) -> list[list[str]]:
    encoder = load("encoding").Encoder(tokenizer, 100_000)
    found = encoder.file(Path(file), "supervised", "code", "param")
    rows = []
    for example in found.examples:
        mask = [label != -100 for label in example["labels"]]
        assert all(
            label in (-100, token)
            for label, token in zip(example["labels"], example["input_ids"], strict=True)
        )
        stretches = [list(each) for bit, each in groupby(range(len(mask)), mask.__getitem__) if bit]
        ids = example["input_ids"]
        rows.append([tokenizer.decode(ids[each[0] : each[-1] + 1]) for each in stretches])
    return rows


def refused(model: str, file: str, template: str) -> dict[str, str]:
    """How a file is refused with another chat template."""
    tokenizer = load("loading").load_tokenizer(Path(model))
    tokenizer.chat_template = template
    encoder = load("encoding").Encoder(tokenizer, 100_000)
    try:
        encoder.file(Path(file), "supervised", "invalid_training_file", "training_file")
    except load("failure").FailureError as failure:
        return {"code": failure.code, "message": failure.message}
    return {"code": "", "message": ""}


def train(folder: str) -> int:
    """Trains as the command does, without loading the libraries anew."""
    return int(load("run").run(Path(folder)))


def out_of_memory(folder: str, call: int, times: int) -> int:
    """Trains, with memory running out at this micro step and the ones after it, so many times."""
    import torch

    def fail(_: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")

    return _disturbed(folder, call, times, fail)


def runaway(folder: str, call: int) -> int:
    """Trains, with a loss that is no number at this micro step."""
    return _disturbed(folder, call, 1, lambda loss: loss * float("nan"))


def _disturbed(folder: str, call: int, times: int, disturb: Any) -> int:
    trainer = load("trainers")._Sft
    original = trainer.training_step
    seen = {"calls": 0, "left": times}

    def step(self: Any, *args: Any, **kwargs: Any) -> Any:
        seen["calls"] += 1
        loss = original(self, *args, **kwargs)
        if seen["calls"] >= call and seen["left"]:
            seen["left"] -= 1
            return disturb(loss)
        return loss

    trainer.training_step = step
    try:
        return train(folder)
    finally:
        trainer.training_step = original


def main() -> None:
    """Answers calls, one a line, each a list of a name and arguments."""
    asked = {
        each.__name__: each for each in (labelled, merged, refused, train, out_of_memory, runaway)
    }
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(asked[name](*arguments)), file=out, flush=True)


if __name__ == "__main__":
    main()
