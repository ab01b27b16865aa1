"""Valid examples of each format, and files made of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fttui.training_data.check import check_file
from fttui.training_data.report import Report

TOOL = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
}
CHAT = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello."},
    ]
}
TOOLS = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Rain in Rome?"},
        {
            "role": "assistant",
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city": "Rome"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "dry"},
        {"role": "assistant", "content": "No."},
    ],
    "tools": [TOOL],
    "parallel_tool_calls": False,
}
VISION = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is it?"},
                {
                    "type": "image_url",
                    "image_url": {"url": "https://example.org/a.png", "detail": "low"},
                },
            ],
        },
        {"role": "assistant", "content": "A cat."},
    ]
}
PREFERENCE = {
    "input": {"messages": [{"role": "user", "content": "Hi"}]},
    "preferred_output": [{"role": "assistant", "content": "Hello."}],
    "non_preferred_output": [{"role": "assistant", "content": "What?"}],
}
REINFORCEMENT = {
    "messages": [
        {"role": "developer", "content": "Answer with a number."},
        {"role": "user", "content": "2 + 2"},
    ],
    "answer": 4,
}
COMPLETION = {"prompt": "Say hi ->", "completion": " hi\n"}


def numbered(example: dict[str, Any], number: int) -> dict[str, Any]:
    """A copy of `example` that no other number gives."""
    made = copy.deepcopy(example)
    if "prompt" in made:
        made["prompt"] = f"{number}: {made['prompt']}"
        return made
    holder = made.get("input", made)
    content = holder["messages"][-1 if "input" in made else 1]["content"]
    target = holder["messages"][-1 if "input" in made else 1]
    if isinstance(content, list):
        content[0]["text"] += f" {number}"
    else:
        target["content"] = f"{content} {number}"
    return made


def many(example: dict[str, Any], count: int = 60) -> list[dict[str, Any]]:
    """Different examples of one kind, enough for no complaint about their number."""
    return [numbered(example, number) for number in range(count)]


def lines(examples: Iterable[Any]) -> bytes:
    """The examples as JSON Lines."""
    return b"".join(json.dumps(example).encode() + b"\n" for example in examples)


def write(folder: Path, content: bytes | Iterable[Any], name: str = "train.jsonl") -> Path:
    """Write bytes, or examples as JSON Lines, to a file and return its path."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else lines(content))
    return path


def check(folder: Path, content: bytes | Iterable[Any], **options: Any) -> Report:
    """Check a file with this content; tokens are left out unless asked for."""
    options.setdefault("count_tokens", False)
    return check_file(write(folder, content), **options)


def check_with(folder: Path, bad: Any, good: dict[str, Any] = CHAT, **options: Any) -> Report:
    """Check a file of good examples whose line 12 is `bad`: an example, or the bytes of a line."""
    examples = many(good)
    line = bad.rstrip(b"\n") + b"\n" if isinstance(bad, bytes) else lines([bad])
    content = lines(examples[:11]) + line + lines(examples[11:])
    return check(folder, content, **options)


def only(report: Report, rule: str) -> Any:
    """The one problem of a report, which is of this rule."""
    assert dict(report.counts) == {rule: 1}, report.counts
    (problem,) = report.problems
    assert problem.rule == rule
    return problem
