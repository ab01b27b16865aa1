"""Splitting a training file into one to train on and one to validate with."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from fttui.disk.writing import is_free, new_files, require_free, target_of
from fttui.terminal.language import _
from fttui.training_data.check import CheckCancelled
from fttui.training_data.converting import BOM, RepairRefused, require_unchanged, whole_lines
from fttui.training_data.file_kinds import kind_of_file
from fttui.training_data.files import CheckedFile, open_checked

__all__ = [
    "RepairRefused",
    "SplitReport",
    "free_split_names",
    "ranks_of",
    "split",
    "split_counts",
    "split_names",
]

MOST_SEED = 2**63
"""Seeds are below this, and not below its negative."""

_GROUP_BITS = 48
"""Ranks with the same bits above these are one of 65,536 groups."""


@dataclass(frozen=True, slots=True)
class SplitReport:
    """The two files and how many examples each holds."""

    training: Path
    validation: Path
    training_examples: int
    validation_examples: int
    seed: int


def split_names(source: Path, number: int = 1) -> tuple[Path, Path]:
    """The names of the two files beside the original: `x.train.jsonl` and `x.validation.jsonl`."""
    stem = source.name.removesuffix(".jsonl")
    tail = "" if number == 1 else f"-{number}"
    return (
        source.with_name(f"{stem}.train{tail}.jsonl"),
        source.with_name(f"{stem}.validation{tail}.jsonl"),
    )


def free_split_names(source: Path) -> tuple[Path, Path]:
    """Names beside the original of which nothing has either; the two have the same number."""
    number = 1
    while not all(map(is_free, split_names(source, number))):
        number += 1
    return split_names(source, number)


def ranks_of(
    source: Path | str, seed: int, cancelled: Callable[[], bool] | None = None
) -> "array[int]":
    """What decides where each example goes, for `split_counts`; the whole file is read.

    Raises FileRefused, RepairRefused and CheckCancelled.
    """
    with open_checked(source) as file:
        _require_lines(file)
        return _ranks(file, _key(seed), cancelled or (lambda: False))


def split_counts(ranks: "array[int]", share: float) -> tuple[int, int]:
    """How many examples a split would train on and validate with. Raises RepairRefused."""
    _require_share(share)
    last = _last_chosen(ranks, share, _("the file"))
    validation = sum(rank <= last for rank in ranks)
    return len(ranks) - validation, validation


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
    RepairRefused, NotWritten and CheckCancelled, after which nothing is left behind.
    """
    _require_share(share)
    targets = target_of(training), target_of(validation)
    stop = cancelled or (lambda: False)
    with ExitStack() as stack:
        file = source
        if not isinstance(file, CheckedFile):
            file = stack.enter_context(open_checked(file))
        _require_lines(file)
        key = _key(seed)
        for target in targets:
            require_free(target)
        last = _last_chosen(_ranks(file, key, stop), share, file.name)
        counts = [0, 0]
        with new_files(*targets) as outs:
            for data in _examples(file, stop):
                chosen = _rank(data, key) <= last
                counts[chosen] += 1
                outs[chosen].write(data + b"\n")
            require_unchanged(file)
    return SplitReport(*targets, counts[0], counts[1], seed)


def _require_share(share: float) -> None:
    if not 0 < share < 1:
        raise RepairRefused(_("The share for validation is a number between 0 and 1, such as 0.1."))


def _key(seed: int) -> bytes:
    return seed.to_bytes(16, "little", signed=True)


def _examples(file: CheckedFile, stop: Callable[[], bool]) -> Iterator[bytes]:
    """The lines that are not blank, without their line ends."""
    for number, block in enumerate(whole_lines(file)):
        if stop():
            raise CheckCancelled
        text = block if number else block.removeprefix(BOM)
        for raw in text[:-1].split(b"\n"):
            data = raw.removesuffix(b"\r")
            if data.strip():
                yield data


def _require_lines(file: CheckedFile) -> None:
    kind = kind_of_file(file)
    if kind is not None:
        raise RepairRefused(
            _(
                "{name} is {name2}; write a copy as JSON Lines first: fttui check --fix OUT.",
                name=file.name,
                name2=kind.name,
            )
        )


def _ranks(file: CheckedFile, key: bytes, stop: Callable[[], bool]) -> "array[int]":
    """The rank of each example, in the order of the file."""
    return array("Q", (_rank(data, key) for data in _examples(file, stop)))


def _last_chosen(ranks: "array[int]", share: float, name: str) -> int:
    """The highest rank that still goes into the validation file, of the file called `name`."""
    if not ranks or min(ranks) == max(ranks):
        raise RepairRefused(
            _("{name} holds fewer than two different examples to split.", name=name)
        )
    last, highest = _lowest(ranks, max(1, round(len(ranks) * share))), max(ranks)
    return last if last < highest else max(rank for rank in ranks if rank != highest)


def _lowest(ranks: "array[int]", number: int) -> int:
    """The rank at place `number` from 1 in their order, without sorting all of them."""
    groups = Counter(rank >> _GROUP_BITS for rank in ranks)
    before = 0
    for group in sorted(groups):
        if before + groups[group] >= number:
            break
        before += groups[group]
    among = Counter(rank for rank in ranks if rank >> _GROUP_BITS == group)
    for rank in sorted(among):
        before += among[rank]
        if before >= number:
            return rank
    raise AssertionError("unreachable")


def _rank(data: bytes, key: bytes) -> int:
    """A number that looks random, and is the same for the same example and seed."""
    return int.from_bytes(blake2b(data, digest_size=8, key=key).digest(), "little")
