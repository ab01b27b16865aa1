"""Choosing how a file is judged: in this process if it is small, by workers if it is not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from fttui.training_data.block import BlockResult, Examiner, judge, too_long
from fttui.training_data.profile import IN_PROCESS, IN_PROCESS_WITH_TOKENS, CheckProfile
from fttui.training_data.reader import Block
from fttui.training_data.worker_start import usual_count

if TYPE_CHECKING:
    from fttui.training_data.worker_pool import Pool


class CheckCancelled(Exception):  # noqa: N818 - an outcome, not a failure
    """The check was cancelled; its workers are gone."""


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """How the work is done; what is found is the same for all of them."""

    workers: int | None = None
    """Worker processes, None for one for each core, 4 at most."""
    in_process_below: int | None = None
    """Bytes under which no worker is started; None for what is fastest."""
    md5: bool = True
    """Take the MD5 too, which an upload in parts needs."""


class Runner:
    """Judges the blocks of files; keeps its workers for the next file with the same profile."""

    def __init__(
        self, settings: CheckSettings, total: int, cancelled: Callable[[], bool] | None
    ) -> None:
        self._settings = settings
        self._total = total
        self._cancelled = cancelled or (lambda: False)
        self._pool: Pool | None = None
        self._examiner: Examiner | None = None
        self._profile: CheckProfile | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()

    def results(
        self,
        blocks: Iterator[Block],
        profile: CheckProfile,
        max_line: int,
        full: Callable[[], frozenset[str]],
    ) -> Iterator[BlockResult | None]:
        """Yield each block's result in order, None while waiting; raises CheckCancelled.

        `full` tells the rules whose problems need no text, by the results taken so far.
        """
        self._prepare(profile, max_line)
        if self._pool is not None:
            found = self._pool.results(blocks, full)
        else:
            found = self._here(blocks, max_line, full)
        for result in found:
            if self._cancelled():
                raise CheckCancelled
            yield result

    def _here(
        self, blocks: Iterator[Block], max_line: int, full: Callable[[], frozenset[str]]
    ) -> Iterator[BlockResult | None]:
        assert self._examiner is not None or self._pool is not None
        for block in blocks:
            yield None
            if block.data is None:
                yield too_long(block, max_line)
            elif self._examiner is not None:
                yield judge(self._examiner, block.data, block.offset, full())

    def _prepare(self, profile: CheckProfile, max_line: int) -> None:
        if profile == self._profile:
            return
        self._drop()
        self._profile = profile
        if self._wants_workers(profile):
            from fttui.training_data.worker_pool import Pool

            try:
                self._pool = Pool(profile, self._count(), max_line)
            except OSError:
                self._pool = None
        if self._pool is None:
            self._examiner = Examiner(profile)

    def _wants_workers(self, profile: CheckProfile) -> bool:
        """Whether starting processes costs less than they save, with and without tokens."""
        limit = self._settings.in_process_below
        if limit is None:
            limit = IN_PROCESS_WITH_TOKENS if profile.encoding else IN_PROCESS
        return self._total >= limit and self._count() > 0

    def _count(self) -> int:
        if self._settings.workers is not None:
            return self._settings.workers
        return usual_count()

    def _drop(self) -> None:
        if self._pool is not None:
            self._pool.close()
        self._pool = self._examiner = self._profile = None
