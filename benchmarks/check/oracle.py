"""Count the tokens of the test corpus with tiktoken, and keep the counts for the tests.

    python benchmarks/check/oracle.py

writes tests/unit/training_data/token_counts.json. With --fuzz N it instead compares N random
texts and prints those on which splintr and tiktoken differ.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import peers

ROOT = Path(__file__).resolve().parents[2]
COUNTS = ROOT / "tests" / "unit" / "training_data" / "token_counts.json"
sys.path.insert(0, str(COUNTS.parent))

_COUNT = """
import json, sys, tiktoken
texts = json.load(sys.stdin)
encodings = {name: tiktoken.get_encoding(name) for name in sys.argv[1:]}
count = lambda encoding, text: len(encoding.encode_ordinary(text))
json.dump({n: [count(e, t) for t in texts] for n, e in encodings.items()}, sys.stdout)
"""


def by_tiktoken(texts: list[str]) -> dict[str, list[int]]:
    """The counts of all texts, by encoding."""
    command = [str(peers.python()), "-c", _COUNT, *peers.ENCODINGS]
    given = json.dumps(texts).encode()
    done = subprocess.run(
        command, input=given, stdout=subprocess.PIPE, check=True, env=peers.environment()
    )
    counts: dict[str, list[int]] = json.loads(done.stdout)
    return counts


def keep() -> None:
    from token_corpus import corpus

    texts = corpus()
    counts = by_tiktoken(list(texts.values()))
    rows = {
        name: [counts[encoding][at] for encoding in peers.ENCODINGS]
        for at, name in enumerate(texts)
    }
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    COUNTS.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    print(f"{len(rows)} texts counted")


def fuzz(count: int) -> None:
    from fttui.training_data.tokens import TokenCounter

    source = random.Random()
    ranges = [(0x20, 0x7E)] * 6 + [(0, 0x24F), (0x300, 0x6FF), (0x900, 0x1FFF), (0x2000, 0x2BFF)]
    ranges += [(0x3000, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x1FFFF)]

    def text() -> str:
        span = source.choice(ranges)
        return "".join(chr(source.randint(*span)) for _ in range(source.randint(1, 40)))

    texts = ["".join(text() for _ in range(source.randint(1, 4))) for _ in range(count)]
    counts = by_tiktoken(texts)
    for encoding in peers.ENCODINGS:
        counter = TokenCounter(encoding)
        pairs = zip(texts, counts[encoding], strict=True)
        differ = [(t, n, counter.count(t)) for t, n in pairs if counter.count(t) != n]
        print(f"{encoding}: {len(differ)} of {count} texts differ")
        for example, theirs, ours in differ[:5]:
            print(f"  {example!a}: tiktoken {theirs}, splintr {ours}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--fuzz"]:
        fuzz(int(sys.argv[2]))
    else:
        keep()
