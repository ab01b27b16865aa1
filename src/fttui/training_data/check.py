"""The offline check of a training file: one pass, every problem, all tokens.

`check_file` blocks until it is done, so an app calls it from a thread. Nothing that a file
holds makes it raise; it stops within a fifth of a second of being cancelled.
"""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from fttui.terminal.language import _
from fttui.training_data.block import BlockResult, Examiner, judge, too_long
from fttui.training_data.file_rules import (
    Checked,
    Merger,
    Whole,
    assemble,
    before_reading,
    problems_of_both,
)
from fttui.training_data.file_text import nuls_at_end
from fttui.training_data.files import CheckedFile, open_checked
from fttui.training_data.models import encoding_of, token_limit_of
from fttui.training_data.profile import (
    IN_PROCESS,
    IN_PROCESS_WITH_TOKENS,
    METHODS,
    MUCH_TEXT,
    CheckProfile,
    Format,
    Limits,
    Method,
)
from fttui.training_data.reader import Block, Digests, Reader
from fttui.training_data.report import Report
from fttui.training_data.sample import read_head
from fttui.training_data.worker_start import usual_count

if TYPE_CHECKING:
    from fttui.training_data.worker_pool import Pool

__all__ = ["CheckCancelled", "CheckSettings", "Limits", "Progress", "Report", "check_file"]

Source = Path | str | int | CheckedFile
"""A path, an open descriptor, or a file that `open_checked` opened."""

_LIMITS = Limits()
_PROGRESS_SECONDS = 0.1


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


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a check has come; bytes of the validation file count too."""

    done: int
    total: int
    seconds: float
    errors: int

    @property
    def bytes_per_second(self) -> float:
        """The average speed since the check began, 0 before anything was read."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """The time that the rest will take at this speed, None while it is not known."""
        rate = self.bytes_per_second
        return (self.total - self.done) / rate if rate > 0 else None


_SETTINGS = CheckSettings()


def check_file(
    source: Source,
    *,
    method: Method | str | None = None,
    model: str | None = None,
    validation: Source | None = None,
    is_validation: bool = False,
    count_tokens: bool = True,
    item_fields: Collection[str] = (),
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    limits: Limits = _LIMITS,
    settings: CheckSettings = _SETTINGS,
) -> Report:
    """Check a training file and, if given, its validation file; block until done.

    A method that is not known says nothing about the format. `item_fields` are the names that a
    grader's `{{item.…}}` templates use. With `is_validation` the file is a validation file whose
    training file is not at hand. Raises FileRefused for a path that is no readable file,
    and CheckCancelled.
    """
    started = time.monotonic()
    method = Method(method) if method in METHODS else None
    with ExitStack() as stack:
        training = _opened(source, stack)
        held_out = _opened(validation, stack) if validation is not None else None
        total = training.size + (held_out.size if held_out else 0)
        clock = _Clock(started, total, progress)
        runner = stack.enter_context(_Runner(settings, total, cancelled))
        check = _Check(runner, limits, clock, settings.md5, model)
        base = CheckProfile(
            encoding=encoding_of(model)[0] if count_tokens else None,
            is_much=total >= MUCH_TEXT,
            token_limit=token_limit_of(model),
            limits=limits,
            item_fields=tuple(item_fields),
        )
        first = check.one(training, base, method, None, is_validation=is_validation)
        second = check.one(held_out, base, method, first) if held_out is not None else None
    # The workers are gone before the duplicates are looked for, which takes memory of its own.
    problems_of_both(first, second)
    report = assemble(first, model, time.monotonic() - started)
    if second is None:
        return report
    return replace(report, validation=assemble(second, model, time.monotonic() - started))


def _opened(source: Source, stack: ExitStack) -> CheckedFile:
    """The open file of a source; only what is opened here is closed again."""
    if isinstance(source, CheckedFile):
        return source
    if isinstance(source, int):
        shown = _("file descriptor {source}", source=source)
        return CheckedFile(source, _path_of(source), shown, is_by_name=False)
    return stack.enter_context(open_checked(source))


def _path_of(descriptor: int) -> Path:
    """The name behind a descriptor, where the system tells it."""
    try:
        return Path(f"/proc/self/fd/{descriptor}").readlink()
    except OSError:
        return Path(f"descriptor-{descriptor}.jsonl")


class _Clock:
    """Tells the caller how far the check has come, a few times a second."""

    def __init__(
        self, started: float, total: int, report: Callable[[Progress], None] | None
    ) -> None:
        self._started = started
        self._total = total
        self._report = report
        self._reported = 0.0
        self.before = 0
        """Bytes of the files that are done."""

    def tick(self, read: int, errors: int, *, now: bool = False) -> None:
        """Report that `read` bytes of the current file are done, if it is time to."""
        moment = time.monotonic()
        if self._report is None or (moment - self._reported < _PROGRESS_SECONDS and not now):
            return
        self._reported = moment
        self._report(Progress(self.before + read, self._total, moment - self._started, errors))


class _Runner:
    """Judges the blocks of files: in this process if they are small, by workers if they are not.

    It keeps its workers for the next file with the same profile.
    """

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


class _Check:
    """Reads one file after the other with the same workers."""

    def __init__(
        self, runner: _Runner, limits: Limits, clock: _Clock, md5: bool, model: str | None
    ) -> None:
        self._runner = runner
        self._limits = limits
        self._clock = clock
        self._md5 = md5
        self._model = model

    def one(
        self,
        file: CheckedFile,
        base: CheckProfile,
        method: Method | None,
        first: Checked | None,
        *,
        is_validation: bool = False,
    ) -> Checked:
        """Check a file; after the training file, `first`, comes the validation file."""
        whole = Whole(
            file.name,
            file.size,
            method,
            base,
            self._limits,
            is_validation=is_validation or first is not None,
            model=self._model,
        )
        checked = Checked(whole, Merger())
        checked.problems.extend(before_reading(whole))
        if file.size > self._limits.max_bytes or file.size == 0:
            return checked
        head = read_head(file, self._limits.max_line_bytes)
        other_kind = head.problem()
        if other_kind is not None:
            checked.problems[:] = [other_kind]
            checked.whole = replace(whole, profile=replace(base, foreign=head.foreign))
            return checked
        profile = self._profile(head.profile(base, method))
        if first is not None and first.whole.profile.format and not profile.foreign:
            profile = first.whole.profile
        if profile.foreign is not None:
            from fttui.training_data.foreign.judging import foreign_problem  # slow to import

            checked.problems.append(foreign_problem(profile.foreign))
        checked.whole = replace(whole, profile=profile)
        self._read(file, checked)
        return checked

    def _profile(self, profile: CheckProfile) -> CheckProfile:
        if profile.format is not Format.COMPLETION:
            return profile
        limit = self._limits.completion_tokens
        return replace(profile, token_limit=min(profile.token_limit or limit, limit))

    def _read(self, file: CheckedFile, checked: Checked) -> None:
        longest = self._limits.max_line_bytes
        digests = Digests(md5=self._md5)
        try:
            nuls = nuls_at_end(file)
            reader = Reader(file.fd, file.size, longest, digests, nuls)
            merged, profile = checked.merged, checked.whole.profile
            for result in self._runner.results(reader.blocks(), profile, longest, merged.full):
                if result is not None:
                    merged.add(result)
                self._clock.tick(reader.read, merged.errors())
            self._clock.tick(reader.read, merged.errors(), now=True)
        finally:
            checked.digests = digests.finish()
        problem = reader.problem
        checked.whole = replace(
            checked.whole,
            has_bom=reader.has_bom,
            read_problem=problem or file.change(),
            nuls=nuls,
        )
        self._clock.before += file.size
