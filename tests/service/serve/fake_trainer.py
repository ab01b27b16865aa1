"""A trainer that trains nothing, but keeps to the contract of the run folder.

What it does is in the file that the recipe's `script` names: how many steps there are, after which
one it waits until the script allows more, where it dies, and how it fails.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

LONGEST = 120.0
PLAIN = {"total_steps": 6, "steps_per_epoch": 2, "allowed": 1_000_000}


def main(arguments: list[str]) -> int:
    if arguments[1] == "--probe":
        print(json.dumps(PROBE))
        return 0
    if arguments[1] == "--answer":
        return answer()
    if arguments[1] == "--make-demo-model":
        return make_model(Path(arguments[2]))
    Run(Path(arguments[1])).go()
    return 0


PROBE = {
    "python": "3.11.7", "torch": "2.13.0", "transformers": "5.24.0", "trl": "1.16.0",
    "peft": "0.19.0", "accelerate": "1.12.0", "datasets": "4.4.0", "device": "cpu",
    "device_name": "a fake", "free_bytes": 8_000_000_000, "total_bytes": 16_000_000_000,
    "missing": [], "problem": None,
}  # fmt: skip


class Run:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spec: dict[str, Any] = json.loads((folder / "spec.json").read_text())
        self.examples = len((folder / self.spec["train"]).read_bytes().splitlines())

    def script(self) -> dict[str, Any]:
        recipe = self.spec["recipe"] or {}
        script = recipe.get("script")
        return PLAIN | json.loads(Path(script).read_text()) if script else PLAIN

    def say(self, fact: str, **values: Any) -> None:
        line = json.dumps({"fact": fact, "at": time.time(), **values}) + "\n"
        with open(self.folder / "facts.jsonl", "ab", buffering=0) as target:
            target.write(line.encode())

    def save(self, step: int, name: str) -> None:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        (folder / "adapter_model.safetensors").write_text(str(step))

    def go(self) -> None:
        script = self.script()
        print("environment", json.dumps(dict(os.environ)))
        (self.folder / "specs.jsonl").open("a").write(json.dumps(self.spec) + "\n")
        if script.get("dies_before_a_word"):
            os._exit(3)
        self.say("loading", device="cpu", needed_bytes=2_100_000_000, free_bytes=8_000_000_000)
        if failure := script.get("fails"):
            self.say("failed", param=None, **failure)
            return
        first = int(self.spec["resume"].removeprefix("checkpoint-")) if self.spec["resume"] else 0
        self.start(first, script)
        self.say("notice", level="info", message="Learning rate 0.0002.")
        total, step = script["total_steps"], first
        while step < total:
            step += 1
            self.wait(step)
            self.step(step)
            if self.dies(step):
                return
            if step % script["steps_per_epoch"] == 0:
                self.save(step, f"checkpoint-{step}")
                self.say("checkpoint", step=step, folder=f"checkpoint-{step}")
            if (self.folder / "stop").exists() and step < total:
                self.save(step, f"checkpoint-{step}")
                self.say("paused", step=step, folder=f"checkpoint-{step}")
                return
            if step == script.get("goes_back_at") and not (self.folder / "went-back").exists():
                (self.folder / "went-back").touch()
                step = script["goes_back_to"]
                self.start(step, script)
        self.save(total, "final")
        self.say("succeeded", step=total, folder="final", trained_tokens=1234)
        if self.script().get("lingers"):
            time.sleep(LONGEST)

    def start(self, step: int, script: dict[str, Any]) -> None:
        given = self.spec["hyperparameters"]
        values = {"n_epochs": 3, "batch_size": 2, "learning_rate_multiplier": 1.0}
        values |= {"beta": 0.1} if self.spec["method"] == "dpo" else {}
        values |= {name: value for name, value in given.items() if value != "auto"}
        self.say(
            "started", step=step, total_steps=script["total_steps"],
            steps_per_epoch=script["steps_per_epoch"], examples=self.examples,
            validation_examples=0, tokens=400, hyperparameters=values, learning_rate=2e-4,
            cut_rows=0, torch="2.13.0", transformers="5.24.0", trl="1.16.0", peft="0.19.0",
        )  # fmt: skip

    def wait(self, step: int) -> None:
        end = time.monotonic() + LONGEST
        while (script := self.script())["allowed"] < step:
            if (self.folder / "stop").exists() and not script.get("in_a_step"):
                return
            if time.monotonic() > end:  # its test was killed
                os._exit(4)
            time.sleep(0.005)

    def step(self, step: int) -> None:
        more = {"full_valid_loss": 2.5, "full_valid_mean_token_accuracy": 0.4}
        given = more if self.spec["valid"] and step % 2 == 0 else {}
        self.say("step", step=step, train_loss=3.0 / step, train_mean_token_accuracy=0.5, **given)

    def dies(self, step: int) -> bool:
        script = self.script()
        if script.get("torn_at") == step:
            with open(self.folder / "facts.jsonl", "ab", buffering=0) as target:
                target.write(b'{"fact": "step", "at": 1, "st')
        if step in (script.get("torn_at"), script.get("dies_at")):
            os.kill(os.getpid(), signal.SIGKILL)
        return step == script.get("ends_at")


def answer() -> int:
    """Says what it was asked, a word at a time."""
    for line in sys.stdin:
        asked = json.loads(line)
        if "unload" in asked:
            print(json.dumps({"unloaded": True}), file=sys.stderr, flush=True)
            continue
        if "cancel" in asked:
            print("cancelled", asked["cancel"], file=sys.stderr, flush=True)
            continue
        name = asked["id"]

        def tell(name: str = name, **values: Any) -> None:
            print(json.dumps({"id": name, **values}), flush=True)

        last = asked["messages"][-1]["content"]
        if last == "never ending":
            tell(index=0, delta="and")
            continue
        if last == "die":
            os._exit(9)
        if last == "fail":
            tell(error="The model has no chat template.", code="no_chat_template")
            continue
        if asked["tools"]:
            calls = [{"name": "find", "arguments": '{"n": 1}'}, {"name": "find", "arguments": "{}"}]
            tell(index=0, delta="Wait.")
            tell(index=0, calls=calls)
            tell(done=True, finish_reasons=["tool_calls"], prompt_tokens=7, completion_tokens=4)
            continue
        told = Path(asked["adapter"]).name if asked["adapter"] else "base"
        for index in range(asked["n"]):
            for word in ("You", " said:", f" {last}", f" ({told})"):
                tell(index=index, delta=word)
        tell(
            done=True, finish_reasons=["stop"] * asked["n"], prompt_tokens=7, completion_tokens=4,
        )  # fmt: skip
    return 0


def make_model(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text('{"max_position_embeddings": 512}')
    (folder / "model.safetensors").write_bytes(b"weights")
    print("made", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
