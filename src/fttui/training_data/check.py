"""The offline check of a training file: one pass, every problem, all tokens.

`check_file` blocks until it is done, so an app calls it from a thread. Nothing that a file
holds makes it raise; it stops within a fifth of a second of being cancelled.
"""

import time
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from fttui.terminal.language import _
from fttui.training_data.assembling import Checked, assemble, problems_of_both
from fttui.training_data.file_rules import Whole, before_reading, file_problem
from fttui.training_data.files import CheckedFile, open_checked
from fttui.training_data.formats import METHODS, Format, Method
from fttui.training_data.head import read_head
from fttui.training_data.merging import Merger
from fttui.training_data.models import encoding_of, token_limit_of
from fttui.training_data.profile import CheckProfile, Limits
from fttui.training_data.reader import Digests, Reader
from fttui.training_data.report import Report
from fttui.training_data.running import CheckCancelled, CheckSettings, Runner

__all__ = ["CheckCancelled", "CheckSettings", "Limits", "Progress", "Report", "check_file"]

Source = Path | str | int | CheckedFile
"""A path, an open descriptor, or a file that `open_checked` opened."""

_LIMITS = Limits()
_SETTINGS = CheckSettings()
_PROGRESS_SECONDS = 0.1


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


def check_file(
    source: Source,
    *,
    method: Method | str | None = None,
    model: str | None = None,
    validation: Source | None = None,
    count_tokens: bool = True,
    item_fields: Collection[str] = (),
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    limits: Limits = _LIMITS,
    settings: CheckSettings = _SETTINGS,
) -> Report:
    """Check a training file and, if given, its validation file; block until done.

    A method that is not known says nothing about the format. `item_fields` are the names that a
    grader's `{{item.…}}` templates use. Raises FileRefused for a path that is no readable file,
    and CheckCancelled.
    """
    started = time.monotonic()
    method = Method(method) if method in METHODS else None
    with ExitStack() as stack:
        training = _opened(source, stack)
        held_out = _opened(validation, stack) if validation is not None else None
        total = training.size + (held_out.size if held_out else 0)
        clock = _Clock(started, total, progress)
        runner = stack.enter_context(Runner(settings, total, cancelled))
        check = _Check(runner, limits, clock, settings.md5)
        base = CheckProfile(
            encoding=encoding_of(model)[0] if count_tokens else None,
            token_limit=token_limit_of(model),
            images_per_example=limits.images_per_example,
            item_fields=tuple(item_fields),
        )
        first = check.one(training, base, method, None)
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


class _Check:
    """Reads one file after the other with the same workers."""

    def __init__(self, runner: Runner, limits: Limits, clock: _Clock, md5: bool) -> None:
        self._runner = runner
        self._limits = limits
        self._clock = clock
        self._md5 = md5

    def one(
        self, file: CheckedFile, base: CheckProfile, method: Method | None, first: Checked | None
    ) -> Checked:
        """Check a file; after the training file, `first`, comes the validation file."""
        whole = Whole(file.name, file.size, method, base, self._limits, first is not None)
        checked = Checked(whole, Merger())
        checked.problems.extend(before_reading(whole))
        if file.size > self._limits.max_bytes or file.size == 0:
            return checked
        head = read_head(file.fd, file.size, self._limits.max_line_bytes)
        if head.kind is not None:
            message = _("the file is {name}", name=head.kind.name)
            checked.problems.append(file_problem(head.kind.rule, message, head.kind.fix))
            return checked
        profile = first.whole.profile if first is not None else base
        if profile.format is None:
            profile = self._profile(head.profile(base, method))
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
            reader = Reader(file.fd, file.size, longest, digests)
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
            checked.whole, has_bom=reader.has_bom, read_problem=problem or file.change()
        )
        self._clock.before += file.size
