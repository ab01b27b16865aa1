"""What OpenAI's cookbook does with a chat file before a job: load, check, count, print.

Runs in the environment of the peers: `python cookbook.py FILE`.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import mean, median

import tiktoken

ENCODING = tiktoken.get_encoding("o200k_base")
LIMIT = 65_536
KNOWN_KEYS = {"role", "content", "name", "function_call", "weight"}
KNOWN_ROLES = {"system", "user", "assistant", "function"}


def format_errors(dataset: list) -> dict:
    """Count the examples with each kind of fault."""
    errors: dict = defaultdict(int)
    for example in dataset:
        if not isinstance(example, dict):
            errors["data_type"] += 1
            continue
        messages = example.get("messages")
        if not messages:
            errors["missing_messages_list"] += 1
            continue
        for message in messages:
            if "role" not in message or "content" not in message:
                errors["message_missing_key"] += 1
            if any(key not in KNOWN_KEYS for key in message):
                errors["message_unrecognized_key"] += 1
            if message.get("role") not in KNOWN_ROLES:
                errors["unrecognized_role"] += 1
            content = message.get("content")
            if (not content and not message.get("function_call")) or not isinstance(content, str):
                errors["missing_content"] += 1
        if not any(message.get("role") == "assistant" for message in messages):
            errors["example_missing_assistant_message"] += 1
    return errors


def tokens_of(messages: list) -> int:
    total = 3
    for message in messages:
        total += 3
        for key, value in message.items():
            total += len(ENCODING.encode(value, disallowed_special=()))
            if key == "name":
                total += 1
    return total


def assistant_tokens_of(messages: list) -> int:
    answers = (message["content"] for message in messages if message["role"] == "assistant")
    return sum(len(ENCODING.encode(answer, disallowed_special=())) for answer in answers)


def describe(name: str, values: list) -> None:
    ordered = sorted(values)
    low, high = ordered[len(ordered) // 20], ordered[len(ordered) * 19 // 20]
    print(f"{name}: {ordered[0]} {ordered[-1]} {mean(values)} {median(values)} {low} {high}")


def main(path: str) -> None:
    with Path(path).open(encoding="utf-8") as file:
        dataset = [json.loads(line) for line in file]
    print(len(dataset), dict(format_errors(dataset)))
    counts, lengths, answers = [], [], []
    for example in dataset:
        messages = example["messages"]
        counts.append(len(messages))
        lengths.append(tokens_of(messages))
        answers.append(assistant_tokens_of(messages))
    describe("messages", counts)
    describe("tokens", lengths)
    describe("assistant tokens", answers)
    epochs = 3
    if len(dataset) * epochs < 100:
        epochs = min(25, 100 // len(dataset))
    elif len(dataset) * epochs > 25_000:
        epochs = max(1, 25_000 // len(dataset))
    print("billable", sum(min(LIMIT, length) for length in lengths) * epochs)
    print("total", sum(lengths))


main(sys.argv[1])
