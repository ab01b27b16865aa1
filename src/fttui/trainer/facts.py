"""The file of facts: what happened in a run, one line each, only ever appended to."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

FACTS = "facts.jsonl"


class Facts:
    """Writes facts of one run; each is one line by one write, so that readers see it whole."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FACTS

    def write(self, fact: str, **values: Any) -> None:
        """Appends a fact; raises OSError when it could not be written whole."""
        body = {"fact": fact, "at": round(time.time(), 3), **values}
        line = json.dumps(body, ensure_ascii=False, allow_nan=False).encode() + b"\n"
        file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(file).st_size
            if size and os.pread(file, 1, size - 1) != b"\n":
                # A writer was killed within a line: this one must not become its end.
                line = b"\n" + line
            if os.write(file, line) != len(line):
                raise OSError(f"{self._path} could not be written whole")
        finally:
            os.close(file)

    def notice(self, message: str, level: str = "info") -> None:
        """Tells the user something; `level` is "info" or "warn"."""
        self.write("notice", level=level, message=message)

    def failed(self, code: str, message: str, param: str | None = None) -> None:
        """Says that the training has failed."""
        self.write("failed", code=code, message=message, param=param)

    def read(self) -> list[dict[str, Any]]:
        """All facts so far that stand whole; what a later `started` made void is left out."""
        try:
            lines = self._path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        return _in_force(lines)


def _in_force(lines: list[bytes]) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = []
    # What follows the last line break is no line yet.
    for line in lines[:-1]:
        try:
            fact = json.loads(line)
        except ValueError:
            continue
        if not isinstance(fact, dict) or not isinstance(fact.get("fact"), str):
            continue
        if fact["fact"] == "started":
            facts = [old for old in facts if not _later(old, fact.get("step", 0))]
        facts.append(fact)
    return facts


def _later(fact: dict[str, Any], step: Any) -> bool:
    said = fact.get("step")
    return isinstance(said, int) and isinstance(step, int) and said > step
