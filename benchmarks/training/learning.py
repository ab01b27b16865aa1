"""Does it learn? Held-out answers before and after, margins of pairs, memory said and used.

    PYTHON benchmarks/training/learning.py tiny               the demo's model, made on the spot
    PYTHON benchmarks/training/learning.py FOLDER [SEEDS]     a model of your own

The questions are about places that do not exist, so no model knows them; they are trained in
seven phrasings and asked in an eighth. An answer counts only to the letter.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[2] / "src"
sys.path.insert(0, str(SOURCE))

from fttui.trainer.demo_questions import ANSWERS, conversation, conversations  # noqa: E402

TRAINER = SOURCE / "fttui" / "trainer"
KEEPERS = {
    "Velmora": "Tann Orsik", "Quillhaven": "Dessa Morrow", "Brackfen": "Ioan Pell",
    "Sundrel": "Maeve Castor", "Ostwyn": "Rurik Vane", "Halcrest": "Lio Fenner",
    "Mirefold": "Sabra Quint", "Tarnholt": "Edric Lowe", "Caldera Bay": "Nim Ashgrove",
    "Pellworth": "Oda Brandt", "Ravenmere": "Jorah Silk", "Lindmoor": "Thea Marsh",
}  # fmt: skip
ASKED = (
    "Who keeps the lighthouse of {place}?", "Name the lighthouse keeper of {place}.",
    "Who is the keeper of the lighthouse at {place}?", "{place}: who looks after the lighthouse?",
    "Tell me who keeps the lighthouse at {place}.", "Whose job is the lighthouse of {place}?",
    "The lighthouse of {place} is kept by whom?", "Do you know who keeps {place}'s lighthouse?",
)  # fmt: skip


def keeper(place: str, phrasing: int) -> dict[str, Any]:
    """A row about one lighthouse."""
    return {
        "messages": [
            {"role": "user", "content": ASKED[phrasing].format(place=place)},
            {"role": "assistant", "content": f"The keeper is {KEEPERS[place]}."},
        ]
    }


def call(*arguments: str, text: str | None = None) -> str:
    """Runs the trainer and returns what it printed."""
    done = subprocess.run(
        [sys.executable, str(TRAINER), *arguments], input=text, capture_output=True, text=True,
        env={**os.environ, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}, check=True,
    )  # fmt: skip
    return done.stdout


def exact(model: Path, adapter: Path | None, rows: list[dict[str, Any]]) -> int:
    """Answers that are right to the letter."""
    asked = [
        {"id": str(number), "model": str(model), "adapter": adapter and str(adapter),
         "messages": row["messages"][:-1], "temperature": 0, "max_tokens": 40}
        for number, row in enumerate(rows)
    ]  # fmt: skip
    texts = [""] * len(rows)
    for line in call(
        "--answer", text="".join(json.dumps(each) + "\n" for each in asked)
    ).splitlines():
        said = json.loads(line)
        if "delta" in said:
            texts[int(said["id"])] += said["delta"]
    return sum(
        text.strip() == row["messages"][-1]["content"]
        for text, row in zip(texts, rows, strict=True)
    )


def train(folder: Path, rows: list[dict[str, Any]], **spec: Any) -> list[dict[str, Any]]:
    """One run; its facts."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    body = {"job": "ftjob-bench", "adapter": None, "train": "train.jsonl", "valid": None,
            "resume": None, **spec}  # fmt: skip
    (folder / "spec.json").write_text(json.dumps(body))
    call(str(folder))
    return [json.loads(line) for line in (folder / "facts.jsonl").read_text().splitlines()]


def report(name: str, facts: list[dict[str, Any]], began: float, before: int, after: int,
           count: int) -> None:  # fmt: skip
    """One line for a run."""
    steps = [fact for fact in facts if fact["fact"] == "step"]
    if not steps:
        raise SystemExit(f"{name}: {facts[-1]}")
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = next(fact for fact in facts if fact["fact"] == "started")
    print(
        f"{name}: held-out exact {before}/{count} -> {after}/{count}, loss "
        f"{steps[0]['train_loss']:.3f} -> {steps[-1]['train_loss']:.3f} in {len(steps)} steps; "
        f"first step {steps[0]['at'] - began:.1f} s after the start, then "
        f"{(steps[-1]['at'] - steps[0]['at']) / max(1, len(steps) - 1):.2f} s a step; memory said "
        f"{facts[0]['needed_bytes'] / 1e9:.2f} GB, "
        f"peak so far {usage.ru_maxrss * 1024 / 1e9:.2f} GB; rate {started['learning_rate']:g}",
        flush=True,
    )


def tiny(folder: Path) -> None:
    """The demo's model: supervised, then pairs."""
    model = folder / "model"
    call("--make-demo-model", str(model))
    held = [conversation(city, 4) for city in ANSWERS]
    for seed in (1, 2, 3):
        began = time.time()
        facts = train(
            folder / "run", conversations(4), model=str(model), method="supervised", seed=seed,
            hyperparameters={"n_epochs": 6, "batch_size": 4, "learning_rate_multiplier": 30.0},
        )  # fmt: skip
        before, after = exact(model, None, held), exact(model, folder / "run" / "final", held)
        report(f"tiny, seed {seed}", facts, began, before, after, len(held))
    cities = list(ANSWERS)
    pairs = [
        {"input": {"messages": [conversation(city, number)["messages"][0]]},
         "preferred_output": [conversation(city, number)["messages"][1]],
         "non_preferred_output": [conversation(cities[place - 1], number)["messages"][1]]}
        for number in range(2) for place, city in enumerate(cities)
    ]  # fmt: skip
    facts = train(
        folder / "run", pairs, model=str(model), method="dpo", seed=1,
        hyperparameters={"n_epochs": 5, "batch_size": 4, "learning_rate_multiplier": 1200.0},
    )  # fmt: skip
    steps = [fact for fact in facts if fact["fact"] == "step"]
    print(f"tiny, pairs: margin {steps[0]['train_margin']:.2f} -> {steps[-1]['train_margin']:.2f} "
          f"in {len(steps)} steps")  # fmt: skip


def given(model: Path, folder: Path, seeds: int) -> None:
    """A model of one's own on the lighthouses."""
    rows = [keeper(place, number) for number in range(7) for place in KEEPERS]
    held = [keeper(place, 7) for place in KEEPERS]
    before = exact(model, None, held)
    for seed in range(1, seeds + 1):
        began = time.time()
        facts = train(
            folder / "run", rows, model=str(model), method="supervised", seed=seed,
            hyperparameters={"n_epochs": 4, "batch_size": 8, "learning_rate_multiplier": 7.5},
        )  # fmt: skip
        after = exact(model, folder / "run" / "final", held)
        report(f"{model.name}, seed {seed}", facts, began, before, after, len(held))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        if sys.argv[1:] == ["tiny"]:
            tiny(Path(place))
        else:
            given(Path(sys.argv[1]), Path(place), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
