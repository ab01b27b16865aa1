"""Splitting a training file into one to train on and one to validate with."""

import heapq
from array import array
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from fttui.training_data.check import CheckCancelled
from fttui.training_data.converting import Layout, RepairRefused, lines_of
from fttui.training_data.files import CheckedFile, open_checked
from fttui.training_data.kinds import recognise
from fttui.training_data.writing import new_file

__all__ = ["RepairRefused", "SplitReport", "split", "split_names"]

_TICK = 1_000


@dataclass(frozen=True, slots=True)
class SplitReport:
    """The two files and how many examples each holds."""

    training: Path
    validation: Path
    training_examples: int
    validation_examples: int
    seed: int


def split_names(source: Path) -> tuple[Path, Path]:
    """The names of the two files beside the original: `x.train.jsonl` and `x.validation.jsonl`."""
    stem = source.name.removesuffix(".jsonl")
    return (
        source.with_name(f"{stem}.train.jsonl"),
        source.with_name(f"{stem}.validation.jsonl"),
    )


def split(
    source: Path | str | CheckedFile,
    training: Path | str,
    validation: Path | str,
    *,
    share: float = 0.1,
    seed: int = 0,
    cancelled: Callable[[], bool] | None = None,
) -> SplitReport:
    """Put about `share` of the examples into the validation file, the rest into the other.

    The same seed and examples give the same split, whatever their order; equal examples stay
    together; the order is kept; at least one example goes into each file. Raises FileRefused,
    RepairRefused and CheckCancelled, after which nothing is left behind.
    """
    if not 0 < share < 1:
        raise RepairRefused("The share for validation is a number between 0 and 1, such as 0.1.")
    stop = cancelled or (lambda: False)
    with ExitStack() as stack:
        file = source
        if not isinstance(file, CheckedFile):
            file = stack.enter_context(open_checked(file))
        _require_lines(file)
        key = seed.to_bytes(16, "little", signed=True)
        last = _last_chosen(file, share, key, stop)
        train_out = stack.enter_context(new_file(Path(training).expanduser()))
        valid_out = stack.enter_context(new_file(Path(validation).expanduser()))
        counts = [0, 0]
        for line in lines_of(file, Layout()):
            if not line.data.strip():
                continue
            chosen = _rank(line.data, key) <= last
            counts[chosen] += 1
            (valid_out if chosen else train_out).write(line.data + b"\n")
            if sum(counts) % _TICK == 0 and stop():
                raise CheckCancelled
    return SplitReport(Path(training), Path(validation), counts[0], counts[1], seed)


def _require_lines(file: CheckedFile) -> None:
    head = file.pread(1 << 20, 0)
    kind = recognise(head, len(head) >= file.size)
    if kind is not None:
        raise RepairRefused(
            f"{file.name} is {kind.name}; write a copy as JSON Lines first: fttui check --fix OUT."
        )


def _last_chosen(file: CheckedFile, share: float, key: bytes, stop: Callable[[], bool]) -> int:
    """The highest rank that still goes into the validation file."""
    ranks = array("Q")
    for line in lines_of(file, Layout()):
        if line.data.strip():
            ranks.append(_rank(line.data, key))
            if len(ranks) % _TICK == 0 and stop():
                raise CheckCancelled
    distinct = len(set(ranks))
    if distinct < 2:
        raise RepairRefused(f"{file.name} holds fewer than two different examples to split.")
    wanted = min(max(1, round(len(ranks) * share)), len(ranks) - 1)
    lowest = heapq.nsmallest(wanted, ranks)
    highest = max(ranks)
    if lowest[-1] == highest:
        return max(rank for rank in lowest if rank != highest)
    return lowest[-1]


def _rank(data: bytes, key: bytes) -> int:
    """A number that looks random, and is the same for the same example and seed."""
    return int.from_bytes(blake2b(data, digest_size=8, key=key).digest(), "little")
