"""Keeping what trials came to, one JSON document a line; and what an earlier run has kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from fttui.disk.more_lines import LinesThere, more_lines
from fttui.disk.writing import NotWritten, new_lines
from fttui.services.playground.differences import is_exact
from fttui.services.playground.trial_types import Asked, Earlier, Trial, TrialResult
from fttui.services.playground.types import Answer
from fttui.terminal.language import _
from fttui.terminal.text import safe_json, safe_path
from fttui.training_data.syntax import has_too_many_values

_LONGEST = 64 << 20
_BEGINNINGS = (b'{"example": ', b'{"torn": ')
"""Of the lines that are written here; what is less than a whole line is known by them."""
_MOST = 10**9
_BOM = b"\xef\xbb\xbf"
"""What some editors put before the first line of a file that they save."""

Calls = Sequence[tuple[Trial, str]]
Found = dict[str, list[tuple[int, Answer]]]


@contextmanager
def results_file(
    path: Path, earlier: Earlier | None = None
) -> Iterator[Callable[[TrialResult], None]]:
    """A function that adds a result to a new file, or to that of an `earlier` run.

    What was added is there whatever follows. A new file is readable by its owner only. Raises
    NotWritten if the name is taken, the earlier file is not as it was, or a result cannot be
    written.
    """
    if earlier is None:
        lines = new_lines(path)
    else:
        lines = more_lines(path, earlier.state, earlier.sound, _mended)
    with lines as add:
        yield lambda result: add(safe_json(result.to_json()).encode())


def save_results(path: Path, results: Iterable[TrialResult]) -> None:
    """Write results to a new file; raises NotWritten as `results_file`."""
    with results_file(path) as add:
        for result in results:
            add(result)


def _mended(torn: bytes) -> bytes:
    """What is written for a line that was cut off: itself if it is whole, else as a text."""
    if _read(torn) is not None:
        return torn
    return safe_json({"torn": torn.decode(errors="backslashreplace")}).encode()


def read_earlier(path: Path, calls: Calls, asked: Asked) -> tuple[Earlier, tuple[TrialResult, ...]]:
    """What a file of results holds of these calls: it is gone on with, and these are answered.

    Where an example stands in the file does not matter, all else of it does. It reads the disk.
    Raises NotWritten where the file has no result of these calls, or cannot be gone on with.
    """
    digests = {(trial.example, model): asked.digest(trial, model) for trial, model in calls}
    there = LinesThere(path)
    found = _Sorted(frozenset(digests.values()))
    for line in there.read(_LONGEST):
        found.take(line)
    if there.is_torn and found.is_begun:  # by a run of ours that was killed
        found.others -= 1
    if found.others and not found.whole and not found.failed:
        raise NotWritten(_why_not(path))
    kept = _taken(calls, digests, found.whole, asked)
    done = {(result.trial.example, result.model) for result in kept}
    left = [digest for key, digest in digests.items() if key not in done]
    again = sum(digest in found.failed for digest in left)
    is_torn = there.is_torn and found.is_half
    more = (again, len(left) - again, found.others, found.examples)
    return Earlier(path, there.state, there.sound, is_torn, *more), kept


class _Sorted:
    """The lines of a file: whole answers to the wanted calls, which of these have failed, others.

    `is_half` where the last one was less than a document, `is_begun` where it begins as ours do.
    """

    def __init__(self, wanted: Collection[str]) -> None:
        self._wanted = wanted
        self.whole: Found = defaultdict(list)
        self.failed: set[str] = set()
        self.others = 0
        self.examples = 0
        self.is_half = False
        self.is_begun = False

    def take(self, line: bytes) -> None:
        """One line more."""
        told = _read(line)
        self.is_half = told is None and bool(line.strip())
        is_ours = any(line.startswith(one[: len(line)]) for one in _BEGINNINGS)
        self.is_begun = self.is_half and is_ours
        if told is None:
            self.others += self.is_half
            return
        answer, call = _answer_of(told), _text(told.get("call"))
        if answer is None or call not in self._wanted:
            self.others += "torn" not in told
            return
        asked = told.get("asked")
        some = _count(asked.get("examples")) if isinstance(asked, dict) else None
        self.examples = max(self.examples, some or 0)
        if answer.is_whole:
            self.whole[call].append((_count(told.get("line")) or 0, answer))
        else:
            self.failed.add(call)


def _taken(
    calls: Calls, digests: Mapping[tuple[int, str], str], whole: Found, asked: Asked
) -> tuple[TrialResult, ...]:
    """An answer for each call that has one; equal examples have one each, by their lines first."""
    taken: dict[tuple[int, str], TrialResult] = {}
    for by_line in (True, False):
        for trial, model in calls:
            key = (trial.example, model)
            found = whole.get(digests[key], [])
            fitting = (one for one in found if not by_line or one[0] == trial.line)
            one = next(fitting, None) if key not in taken else None
            if one is not None:
                found.remove(one)
                exact = is_exact(trial.expected, one[1].text)
                taken[key] = TrialResult(trial, model, one[1], exact, asked)
    return tuple(taken[key] for key in digests if key in taken)


def _why_not(path: Path) -> str:
    return _(
        "{shown} exists already, and has no answer of these models to these examples with these "
        "settings. It is not overwritten: choose another name.",
        shown=safe_path(path),
    )


def _read(line: bytes) -> dict[str, Any] | None:
    if has_too_many_values(line):
        return None
    try:
        told = orjson.loads(line.removeprefix(_BOM))
    except orjson.JSONDecodeError:
        return None
    return told if isinstance(told, dict) else None


def _answer_of(told: Mapping[str, Any]) -> Answer | None:
    """The answer in a line of results; None where it is none."""
    model, text = told.get("model"), told.get("answer")
    if not isinstance(model, str) or not isinstance(text, str):
        return None
    error = told.get("error")
    problem = error.get("message") if isinstance(error, dict) else None
    return Answer(
        model,
        text,
        _text(told.get("finish_reason")),
        _number(told.get("first_seconds")),
        _number(told.get("seconds")) or 0.0,
        _count(told.get("prompt_tokens")),
        _count(told.get("completion_tokens")),
        _number(told.get("usd")),
        error=_text(problem) or ("" if error is None else "?"),
        stopped=told.get("stopped") is not False,
        reasoning=_text(told.get("reasoning")),
        tool_calls=tuple(_calls(told.get("tool_calls"))),
        about_prompt_tokens=_count(told.get("about_prompt_tokens")),
        about_completion_tokens=_count(told.get("about_completion_tokens")),
        most_dollars=_number(told.get("most_usd")),
    )


def _calls(value: object) -> Iterator[tuple[str, str]]:
    for call in value if isinstance(value, list) else []:
        if isinstance(call, dict):
            yield _text(call.get("name")), _text(call.get("arguments"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return value if is_count and 0 <= value <= _MOST else None  # type: ignore[operator, return-value]


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _MOST else None
