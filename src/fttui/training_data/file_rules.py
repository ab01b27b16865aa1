"""The rules for a file as a whole, over the sums of its lines, and the report that they make."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.training_data import told_once
from fttui.training_data.block import BlockResult
from fttui.training_data.files import INPUT
from fttui.training_data.models import encoding_of, formats_of
from fttui.training_data.profile import FORMATS_OF, METHOD_OF, CheckProfile, Format, Limits, Method
from fttui.training_data.report import Report, TokenStats
from fttui.training_data.rules import LISTED, MENDED, RULES, Problem, Severity
from fttui.training_data.tally import (
    Affixes,
    Repeats,
    Tally,
    describe,
    find_duplicates,
    find_shared,
)

_MIN_AFFIX_EXAMPLES = 10
_LEAST_PREFIX = 4

MAX_HASHES = 4_000_000
"""Lines among which duplicates are looked for: 32 MB of hashes."""


class Merger:
    """The sums over all blocks so far; lines and examples are numbered through the file."""

    def __init__(self) -> None:
        self.lines = 0
        self.examples = 0
        self.counts: dict[str, int] = {}
        self.listed: dict[str, list[Problem]] = {}
        self.tally = Tally()
        self.hashes = array("q")
        """A hash of each line, 0 for a blank one, of the first lines of the file."""
        self.crlf = 0
        self.secrets: dict[str, int] = {}

    def add(self, block: BlockResult) -> None:
        """Add the block that follows those added before."""
        for problem in block.listed:
            self._list(problem)
        for rule, count in block.counts.items():
            self.counts[rule] = self.counts.get(rule, 0) + count
        for kind, count in block.secrets.items():
            self.secrets[kind] = self.secrets.get(kind, 0) + count
        if len(self.hashes) < MAX_HASHES:
            self.hashes.frombytes(block.hashes)
        self.tally.merge(block.tally, self.lines)
        self.crlf += block.crlf
        self.lines += block.lines
        self.examples += block.examples

    def full(self) -> frozenset[str]:
        """The rules of which no further problem will be listed."""
        return frozenset(rule for rule, found in self.listed.items() if len(found) >= LISTED)

    def errors(self) -> int:
        """The number of errors so far."""
        return sum(n for rule, n in self.counts.items() if RULES[rule].severity is Severity.ERROR)

    def _list(self, problem: Problem) -> None:
        listed = self.listed.setdefault(problem.rule, [])
        if len(listed) >= LISTED or problem.line is None:
            return
        example = problem.example
        listed.append(
            replace(
                problem,
                line=problem.line + self.lines,
                example=None if example is None else example + self.examples,
            )
        )


@dataclass(frozen=True, slots=True)
class Whole:
    """What is known of a file beside its lines."""

    name: str
    size: int
    method: Method | None
    profile: CheckProfile
    limits: Limits
    is_validation: bool = False
    has_bom: bool = False
    read_problem: str = ""
    model: str | None = None
    nuls: int = 0
    """NUL bytes at the end of the file, which belong to no line."""


def _file_problem(
    rule: str, message: str, fix: str = "", *, line: int | None = None, mend: str = ""
) -> Problem:
    """A problem of the file as a whole; `line` is only where to look, `mend` as in `Problem`."""
    mend = mend or MENDED.get(rule, "")
    return Problem(rule, line, None, "", message, fix or RULES[rule].fix, mend=mend)


def before_reading(whole: Whole) -> Iterator[Problem]:
    """Judge the name and the size."""
    if not whole.name.lower().endswith(".jsonl") and whole.name != INPUT.name:
        yield _file_problem("file-extension", _("the file name does not end in .jsonl"))
    limit = whole.limits.max_bytes
    if whole.size > limit:
        message = _(
            "the file has {size:,.0f} MB, over the limit of {limit:,.0f}",
            size=whole.size / 1e6,
            limit=limit / 1e6,
        )
        yield _file_problem("file-size", message)
    if whole.size == 0:
        yield _file_problem("file-empty", _("the file is empty"))


def _after_reading(whole: Whole, merged: Merger) -> Iterator[Problem]:
    """Judge the sums over all lines."""
    found = whole.profile.format
    if whole.read_problem:
        yield _file_problem(
            "file-changed",
            _("the check does not hold: {read_problem}", read_problem=whole.read_problem),
        )
    if whole.has_bom:
        yield _file_problem("byte-order-mark", _("the file begins with a byte order mark"), line=1)
    if whole.nuls:
        nuls = counted(whole.nuls, "NUL byte")
        message = _("{nuls} at the end: the file was not written to its end, or cut", nuls=nuls)
        yield _file_problem("nul-tail", message)
    if merged.crlf:
        message = _(
            "{counted} with a carriage return at the end", counted=counted(merged.crlf, "line")
        )
        yield _file_problem("crlf", message)
    if merged.examples == 0 and whole.size:
        yield _file_problem("file-empty", _("the file holds blank lines only"))
    elif merged.examples:
        yield from _number_of_examples(whole, merged)
        yield from _method(whole)
        formats = formats_of(whole.model)
        yield from _told(told_once.of_model(whole.model, formats, found, whole.limits))
        yield from _told(told_once.differences(merged.tally))
        yield from _told(told_once.remains(merged.tally))
    if found is Format.COMPLETION:
        yield from _affixes(merged)


def _told(found: Iterable[told_once.Once]) -> Iterator[Problem]:
    for rule, message, fix, line, mend in found:
        yield _file_problem(rule, message, fix, line=line, mend=mend)


def _number_of_examples(whole: Whole, merged: Merger) -> Iterator[Problem]:
    limits, count = whole.limits, merged.examples
    if not whole.is_validation and count < limits.min_examples:
        message = _(
            "the file has {counted}, at least {min_examples} are needed",
            counted=counted(count, "example"),
            min_examples=limits.min_examples,
        )
        yield _file_problem("too-few-examples", message)
    elif whole.is_validation and 0 < count < limits.min_examples:
        message = _(
            "{counted} to validate with; {min_examples} or more are safe",
            counted=counted(count, "example"),
            min_examples=limits.min_examples,
        )
        yield _file_problem("few-examples", message)
    elif not whole.is_validation and count < limits.recommended_examples:
        message = _(
            "{counted}; {recommended_examples} or more are better",
            counted=counted(count, "example"),
            recommended_examples=limits.recommended_examples,
        )
        yield _file_problem("few-examples", message)
    if merged.tally.with_images > limits.examples_with_images:
        most = limits.examples_with_images
        message = _(
            "{with_images:,} examples have images, at most {most:,} may",
            with_images=merged.tally.with_images,
            most=most,
        )
        yield _file_problem("too-many-examples", message)
    if whole.profile.format is Format.REINFORCEMENT:
        most = limits.reinforcement_examples
        if whole.is_validation:
            most = limits.reinforcement_validation_examples
        if count > most:
            message = _(
                "the file has {count:,} examples, at most {most:,} are taken",
                count=count,
                most=most,
            )
            yield _file_problem("too-many-examples", message)


def _method(whole: Whole) -> Iterator[Problem]:
    method, found = whole.method, whole.profile.format
    if whole.profile.foreign is not None:
        found = whole.profile.foreign.target
    if method is None or found is None or found in FORMATS_OF[method]:
        return
    wanted = _(" or ").join(FORMATS_OF[method])
    message = _(
        "the file is in {found} format, the method {method} takes {wanted}",
        found=found,
        method=method,
        wanted=wanted,
    )
    fix = _(
        "choose the method {method_of}, or a file in {wanted} format",
        method_of=METHOD_OF[found],
        wanted=wanted,
    )
    yield _file_problem("method-format", message, fix)


def _affixes(merged: Merger) -> Iterator[Problem]:
    """What legacy models want of the ends of prompts and completions."""
    if merged.tally.measured < _MIN_AFFIX_EXAMPLES:
        return
    prompt, completion = merged.tally.prompt, merged.tally.completion
    missing = [
        name
        for name, affixes in (("prompts", prompt), ("completions", completion))
        if not affixes.suffix
    ]
    if missing:
        message = _("{join} have no common end", join=_(" and ").join(missing))
        yield _file_problem("no-common-suffix", message)
    if _is_common_start(completion):
        message = _(
            "all completions begin with the same {count} characters",
            count=len(completion.prefix or ""),
        )
        yield _file_problem("common-prefix", message)


def _is_common_start(affixes: Affixes) -> bool:
    return len((affixes.prefix or "").strip()) >= _LEAST_PREFIX


def duplicates(merged: Merger) -> tuple[int, list[Problem]]:
    """All examples that repeat an earlier one, and the first of them."""
    repeats = find_duplicates(merged.hashes)
    return repeats.count, listed(repeats, merged, "duplicate-example", _("same as line {line:,}"))


def listed(repeats: Repeats, merged: Merger, rule: str, wording: str) -> list[Problem]:
    """Word the repeats that are listed; `{line}` in the wording is the line that they repeat."""
    problems: list[Problem] = []
    at = blank = 0
    for line, earlier in repeats.listed:
        blank += merged.hashes[at:line].count(0)
        at = line
        message = _(wording, line=earlier)
        fix, mend = RULES[rule].fix, MENDED.get(rule, "")
        problems.append(Problem(rule, line, line - blank, "", message, fix, mend=mend))
    return problems


def notes(whole: Whole, merged: Merger) -> Iterator[str]:
    """Sentences for what is neither an error nor a warning."""
    if merged.lines > MAX_HASHES:
        yield _(
            "Duplicates were looked for among the first {max_hashes:,} lines only.",
            max_hashes=MAX_HASHES,
        )
    if merged.tally.estimated:
        examples = counted(merged.tally.estimated, "example")
        yield _(
            "{examples} with tools, images or refusals: their tokens are an estimate.",
            examples=examples,
        )
    if whole.profile.format is Format.REINFORCEMENT:
        yield _("Reinforcement is billed by the hour of training, so no cost is worked out.")


@dataclass(slots=True)
class Checked:
    """A file whose lines have been judged, or that was refused before."""

    whole: Whole
    merged: Merger
    problems: list[Problem] = field(default_factory=list)
    """Problems that are not of a single line."""
    extra: dict[str, int] = field(default_factory=dict)
    """Counts of rules whose problems are not all listed."""
    digests: tuple[str, str] | None = None


def problems_of_both(training: Checked, validation: Checked | None) -> None:
    """Add what only the two files together show: shared examples, differing prompts."""
    if validation is None:
        whole = training.whole
        is_asked_for = whole.profile.limits.requires_validation and not whole.is_validation
        if whole.method is Method.REINFORCEMENT and is_asked_for:
            message = _("a reinforcement job needs a validation file")
            training.problems.append(_file_problem("validation-required", message))
        return
    if training.digests is None or validation.digests is None:
        return
    if training.digests == validation.digests:
        message = _("the training and the validation file are the same")
        training.problems.append(_file_problem("same-file", message))
        return
    shared = find_shared(validation.merged.hashes, training.merged.hashes)
    if shared.count:
        line, earlier = shared.listed[0]
        message = _("{counted} of the validation file", counted=counted(shared.count, "example"))
        message += _(
            " also in this file, the first in line {earlier:,} (there line {line:,})",
            earlier=earlier,
            line=line,
        )
        training.problems.append(_file_problem("shared-example", message, line=earlier))
        wording = _("also in the training file, line {line:,}")
        validation.problems += listed(shared, validation.merged, "shared-example", wording)
        validation.extra["shared-example"] = shared.count
    ours, theirs = training.merged.tally.prompts, validation.merged.tally.prompts
    unknown = theirs - ours
    if unknown and ours:
        message = _(
            "{counted} that the training file does not have",
            counted=counted(len(unknown), "system prompt"),
        )
        validation.problems.append(_file_problem("prompts-differ-in-validation", message))


def assemble(checked: Checked, model: str | None, seconds: float) -> Report:
    """Make the report of one file."""
    whole, merged, tally = checked.whole, checked.merged, checked.merged.tally
    problems = list(checked.problems)
    counts = dict(checked.extra)
    if checked.digests is not None:
        problems += _after_reading(whole, merged)
        repeated, first = duplicates(merged)
        problems += first
        if repeated:
            counts["duplicate-example"] = repeated
    counted = set(counts)
    for problem in problems:
        if problem.rule not in counted:
            counts[problem.rule] = counts.get(problem.rule, 0) + 1
    for rule, count in merged.counts.items():
        counts[rule] = counts.get(rule, 0) + count
    for of_rule in merged.listed.values():
        problems += of_rule
    sha256, md5 = checked.digests or ("", "")
    return Report(
        file=whole.name,
        bytes=whole.size,
        sha256=sha256,
        md5=md5,
        format=whole.profile.format,
        method=whole.method,
        model=model,
        examples=merged.examples,
        problems=tuple(sorted(problems, key=lambda problem: problem.line or 0)),
        counts={rule: counts[rule] for rule in RULES if rule in counts},
        tokens=_tokens(checked, model),
        token_limit=whole.profile.token_limit,
        roles=dict(sorted(tally.roles.items(), key=lambda pair: -pair[1])),
        messages=describe(tally.messages),
        system_prompts=len(tally.prompts),
        with_tools=tally.with_tools,
        with_images=tally.with_images,
        secrets=dict(merged.secrets),
        notes=tuple(notes(whole, merged)),
        foreign=whole.profile.foreign,
        seconds=seconds,
    )


def _tokens(checked: Checked, model: str | None) -> TokenStats | None:
    encoding = checked.whole.profile.encoding
    if encoding is None or checked.digests is None:
        return None
    tally = checked.merged.tally
    return TokenStats(
        encoding=encoding,
        exact=encoding_of(model)[1] and tally.estimated == 0,
        total=tally.tokens,
        assistant_total=tally.assistant_tokens,
        lengths=describe(
            tally.lengths, total=tally.tokens, shortest=tally.shortest, longest=tally.longest
        ),
        histogram=dict(tally.lengths),
    )
