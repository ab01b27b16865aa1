"""What the trainer adds to TRL: the same ids, labels, order and seed, with TRL alone beside it.

    PYTHON benchmarks/training/no_tax.py [FOLDER]       a model, else the demo's made on the spot

By turns, three times each. The losses at steps 1, 50 and 150 must be the same within 1 %, and the
processes' CPU seconds, loading and tokens included, within 10 %: both save each epoch.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
SOURCE = Path(__file__).parents[2] / "src"
sys.path.insert(0, str(SOURCE))

TRAINER = SOURCE / "fttui" / "trainer"
SPEC: dict[str, Any] = {
    "job": "ftjob-bench", "adapter": None, "method": "supervised", "seed": 42, "valid": None,
    "train": "train.jsonl", "resume": None, "device": "cpu",
    "hyperparameters": {"n_epochs": 7, "batch_size": 4, "learning_rate_multiplier": 10.0},
}  # fmt: skip


def alone(folder: Path, out: Path) -> None:
    """TRL with nothing of the trainer but its tokens: in a process of its own."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    from fttui.trainer.encoding import Encoder

    spec = json.loads((folder / "spec.json").read_text())
    tokenizer = AutoTokenizer.from_pretrained(spec["model"])
    examples = Encoder(tokenizer, 8192).file(folder / "train.jsonl", "supervised", "", "").examples
    seen: list[tuple[int, float]] = []

    class Listen(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if "loss" in logs:
                seen.append((state.global_step, logs["loss"]))

    config = SFTConfig(
        output_dir=str(out), num_train_epochs=7, per_device_train_batch_size=4, learning_rate=2e-3,
        lr_scheduler_type="linear", warmup_steps=0.05, seed=42, logging_steps=1, bf16=False,
        save_strategy="epoch", report_to=[], max_length=None, gradient_checkpointing=False,
        dataset_kwargs={"skip_prepare_dataset": True}, use_cpu=True, disable_tqdm=True,
        data_seed=42, weight_decay=0.0,
    )  # fmt: skip
    lora = LoraConfig(task_type="CAUSAL_LM", r=16, lora_alpha=32, lora_dropout=0.0,
                      target_modules="all-linear")  # fmt: skip
    model = AutoModelForCausalLM.from_pretrained(spec["model"], dtype=torch.float32)
    trainer = SFTTrainer(
        model=model, args=config, train_dataset=Dataset.from_list(examples),
        processing_class=tokenizer, peft_config=lora, callbacks=[Listen()],
    )  # fmt: skip
    trainer.train()
    (out / "seen.json").write_text(json.dumps(seen))


def child(*command: str) -> float:
    """A process that must succeed; the CPU seconds that it took."""
    before = os.times()
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)  # fmt: skip
    after = os.times()
    return (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )


def main(model: Path | None) -> None:
    """Runs both by turns and prints what they made of it."""
    from fttui.trainer.demo_questions import conversations

    with tempfile.TemporaryDirectory() as place:
        base = Path(place)
        if model is None:
            model = base / "model"
            child(str(TRAINER), "--make-demo-model", str(model))
        seconds: dict[str, list[float]] = {"ours": [], "TRL alone": []}
        losses: dict[str, dict[int, float]] = {}
        for turn in range(3):
            run = base / f"run{turn}"
            run.mkdir()
            rows = "".join(json.dumps(row) + "\n" for row in conversations(4))
            (run / "train.jsonl").write_text(rows)
            (run / "spec.json").write_text(json.dumps({**SPEC, "model": str(model)}))
            seconds["ours"].append(child(str(TRAINER), str(run)))
            facts = [json.loads(line) for line in (run / "facts.jsonl").read_text().splitlines()]
            steps = [fact for fact in facts if fact["fact"] == "step"]
            losses["ours"] = {fact["step"]: fact["train_loss"] for fact in steps}
            out = base / f"alone{turn}"
            out.mkdir()
            seconds["TRL alone"].append(child(__file__, "alone", str(run), str(out)))
            seen = json.loads((out / "seen.json").read_text())
            losses["TRL alone"] = dict(seen)
        for name, found in losses.items():
            print(f"{name:10}", *(f"step {step}: {found[step]:.5f}" for step in (1, 50, 150)),
                  f"CPU s of the process: {', '.join(f'{each:.1f}' for each in seconds[name])}",
                  )  # fmt: skip
        ratio = statistics.median(seconds["ours"]) / statistics.median(seconds["TRL alone"])
        print(f"ours / TRL alone, medians: {ratio:.3f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["alone"]:
        alone(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
