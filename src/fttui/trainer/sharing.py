"""What makes each of several workers train on its share of the very batches that one would have."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from . import ranks
from .encoding import Example
from .spans import IGNORED

ROWS = "rows_of_batch"
"""Where a share says of how many pairs it is one."""


class Together:
    """Goes before a trainer's class: every worker reads each batch, and learns from its rows.

    Left alone, the libraries fill up the last batch of an epoch with rows of its beginning, so that
    some rows would be learnt twice, and more of them the more workers there are.
    """

    data_collator: Any

    def _get_dataloader(
        self, *rest: Any, batch_size: int, is_training: bool = False, **named: Any
    ) -> Any:
        build: Any = super()._get_dataloader  # type: ignore[misc]
        if ranks.count() == 1:
            return build(*rest, batch_size=batch_size, is_training=is_training, **named)
        whole = self.data_collator
        if is_training:
            batch_size *= ranks.count()
            self.data_collator = Share(whole, ranks.number(), ranks.count())
        try:
            loader = build(*rest, batch_size=batch_size, is_training=is_training, **named)
        finally:
            self.data_collator = whole
        # It would give each worker batches of its own.
        batches = loader.batch_sampler
        batches.num_processes, batches.process_index, batches.even_batches = 1, 0, False
        return loader


class Share:
    """Makes tensors of one worker's rows of a batch, with the collator of the whole."""

    def __init__(self, whole: Any, number: int, count: int) -> None:
        self._whole = whole
        self._number = number
        self._count = count

    def __call__(self, rows: list[Example]) -> Any:
        """The batch; where it has no row for this worker, one that nothing is learnt from."""
        mine = rows[self._number :: self._count]
        batch = self._whole(mine or [_unlearnt(rows[0])])
        if "labels" not in rows[0]:
            import torch

            batch[ROWS] = torch.tensor(len(rows))
        return batch


def shares(rows: int) -> list[int]:
    """How many of so many rows each worker has."""
    count = ranks.count()
    return [len(range(rank, rows, count)) for rank in range(count)]


@contextlib.contextmanager
def gathered(accelerator: Any, rows: int) -> Iterator[None]:
    """Lets the accelerator gather a value for each row where some workers have more than others."""
    gather = accelerator.gather
    own = shares(rows)
    width = max(own)

    def gather_rows(values: Any) -> Any:
        if values.dim() == 0:
            return gather(values)
        import torch

        padded = torch.nn.functional.pad(values, (0, width - len(values)))
        found = gather(padded).view(len(own), width)
        return torch.cat([part[:mine] for part, mine in zip(found, own, strict=True)])

    accelerator.gather = gather_rows
    try:
        yield
    finally:
        del accelerator.gather


def _unlearnt(row: Example) -> Example:
    if "labels" not in row:
        return row
    return {**row, "labels": [IGNORED] * len(row["labels"])}
