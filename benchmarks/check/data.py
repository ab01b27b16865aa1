"""Training files for the benchmarks: the same at every call, and nearly without repeated texts.

The words are those of Python's own documentation, in an order that only knows which word followed
which: it reads like prose to a tokenizer, and no two paragraphs are the same. One word in thirty
is code, a tenth of the examples is in other languages, half of the lines have every character
beyond ASCII escaped. Twenty system prompts repeat, as they do in real files.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from pydoc_data.topics import topics

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "unit" / "training_data"))
from token_corpus import SENTENCES

_SEED = 1
_PROSE = re.compile(r"[(“]?[A-Za-z][a-z'’-]*[.,;:!?)”]{0,2}")
_PROMPTS = 20


class Prose:
    """An endless text, in pieces of as many words as wanted."""

    def __init__(self, source: random.Random) -> None:
        self._source = source
        words = [word for text in topics.values() for word in text.split()]
        words = [word for word in words if _PROSE.fullmatch(word) or source.random() < 0.03]
        self._words = words
        self._after: dict[str, list[str]] = {}
        for word, following in pairwise(words):
            self._after.setdefault(word, []).append(following)
        self._foreign = [s.split() for name, s in SENTENCES.items() if not name.startswith("Latin")]

    def piece(self, words: int) -> str:
        """Prose of about so many words, with a paragraph now and then."""
        source, after = self._source, self._after
        word = source.choice(self._words)
        made = [word.capitalize()]
        for number in range(words):
            word = source.choice(after.get(word) or self._words)
            made.append(word + "\n\n" if number % 60 == 59 else word)
        return " ".join(made)

    def foreign(self, words: int) -> str:
        """Words of many languages and scripts."""
        source = self._source
        return " ".join(source.choice(source.choice(self._foreign)) for _ in range(words))


def chat_lines(seed: int = _SEED) -> Iterator[bytes]:
    """Plain chat examples for ever: about 1.1 kB each, two to six messages."""
    source = random.Random(seed)
    prose = Prose(source)
    prompts = [prose.piece(source.randint(10, 60)) for _ in range(_PROMPTS)]
    while True:
        write = prose.foreign if source.random() < 0.1 else prose.piece
        messages = [{"role": "system", "content": source.choice(prompts)}]
        for _ in range(source.choice((1, 1, 1, 2, 2, 3))):
            messages.append({"role": "user", "content": write(source.randint(5, 60))})
            messages.append({"role": "assistant", "content": write(source.randint(10, 120))})
        example = {"messages": messages}
        yield json.dumps(example, ensure_ascii=source.random() < 0.5).encode() + b"\n"


def rich_lines(seed: int = _SEED) -> Iterator[bytes]:
    """Chat examples of which a third has tools, a tenth images and a fifth weights."""
    source = random.Random(seed)
    tools = [
        {
            "type": "function",
            "function": {
                "name": f"look_up_{number}",
                "description": "Looks something up.",
                "parameters": {"type": "object", "properties": {"q": {"type": "string"}}},
            },
        }
        for number in range(3)
    ]
    for line in chat_lines(seed):
        example = json.loads(line)
        messages = example["messages"]
        kind = source.random()
        if kind < 0.33:
            function = {"name": "look_up_1", "arguments": json.dumps({"q": "x" * 20})}
            call = {"id": "call_1", "type": "function", "function": function}
            result = {"role": "tool", "tool_call_id": "call_1", "content": "found: " + "y" * 40}
            messages[2:2] = [{"role": "assistant", "tool_calls": [call]}, result]
            example["tools"] = tools
        elif kind < 0.43:
            image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
            messages[1]["content"] = [{"type": "text", "text": messages[1]["content"]}, image]
        elif kind < 0.63:
            messages[2]["weight"] = source.choice((0, 1)) if len(messages) > 4 else 1
        yield json.dumps(example).encode() + b"\n"


def bad_lines(seed: int = _SEED) -> Iterator[bytes]:
    """Chat examples of which each has a fault, of many kinds."""
    source = random.Random(seed)
    faults = (
        lambda line: line.replace(b'"user"', b'"usr"', 1),
        lambda line: line.replace(b'"content"', b'"contents"', 1),
        lambda line: line.replace(b"}]}", b"},]}"),
        lambda line: line[: len(line) // 2] + b"\n",
        lambda line: line.replace(b'{"messages"', b'{"weight": 1, "messages"'),
        lambda line: line.replace(b'"role": "user"', b'"role": "user", "weight": 1', 1),
        lambda line: line.replace(b'"assistant"', b'"system"'),
        lambda line: line.replace(b"e", b"\xe9", 5),
    )
    for line in chat_lines(seed):
        yield source.choice(faults)(line)


def short_lines(seed: int = _SEED) -> Iterator[bytes]:
    """Questions and answers of one number, about 100 bytes each."""
    source = random.Random(seed)
    while True:
        asked = {"role": "user", "content": f"Twice {source.randrange(10**6)}?"}
        answer = {"role": "assistant", "content": f"{source.randrange(10**6)}"}
        yield json.dumps({"messages": [asked, answer]}).encode() + b"\n"


KINDS = {"chat": chat_lines, "rich": rich_lines, "bad": bad_lines, "short": short_lines}


def write(path: Path, megabytes: int, kind: str = "chat") -> Path:
    """Write a file of at least this size; one that is there already is taken as it is."""
    if path.exists():
        return path
    part = path.with_suffix(".part")
    left = megabytes * 1_000_000
    with part.open("wb", 1 << 20) as out:
        for line in KINDS[kind]():
            left -= out.write(line)
            if left <= 0:
                break
    part.rename(path)
    return path


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "chat")
