"""The rules for a file as a whole, once all its lines have been judged."""

from collections.abc import Iterator
from dataclasses import dataclass

from fttui.terminal.format import counted
from fttui.training_data.duplicates import Repeats, find_duplicates
from fttui.training_data.formats import FORMATS_OF, METHOD_OF, Format, Method
from fttui.training_data.merging import MAX_HASHES, Merger
from fttui.training_data.problems import Problem
from fttui.training_data.profile import CheckProfile, Limits
from fttui.training_data.rules import RULES
from fttui.training_data.tally import MAX_PROMPTS, Affixes

_MIN_AFFIX_EXAMPLES = 10
_LEAST_PREFIX = 4


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


def file_problem(rule: str, message: str, fix: str = "", *, line: int | None = None) -> Problem:
    """A problem of the file as a whole; `line` is only where to look."""
    return Problem(rule, line, None, "", message, fix or RULES[rule].fix)


def before_reading(whole: Whole) -> Iterator[Problem]:
    """Judge the name and the size."""
    if not whole.name.lower().endswith(".jsonl"):
        yield file_problem("file-extension", "the file name does not end in .jsonl")
    limit = whole.limits.max_bytes
    if whole.size > limit:
        message = f"the file has {whole.size / 1e6:,.0f} MB, over the limit of {limit / 1e6:,.0f}"
        yield file_problem("file-size", message)
    if whole.size == 0:
        yield file_problem("file-empty", "the file is empty")


def after_reading(whole: Whole, merged: Merger) -> Iterator[Problem]:
    """Judge the sums over all lines."""
    if whole.read_problem:
        yield file_problem("file-changed", f"the check does not hold: {whole.read_problem}")
    if whole.has_bom:
        yield file_problem("byte-order-mark", "the file begins with a byte order mark", line=1)
    if merged.crlf:
        message = f"{counted(merged.crlf, 'line')} with a carriage return at the end"
        yield file_problem("crlf", message)
    if merged.examples == 0 and whole.size:
        yield file_problem("file-empty", "the file holds blank lines only")
    elif merged.examples:
        yield from _number_of_examples(whole, merged)
        yield from _method(whole)
        yield from _differences(whole, merged)
    if whole.profile.format is Format.COMPLETION:
        yield from _affixes(merged)


def _number_of_examples(whole: Whole, merged: Merger) -> Iterator[Problem]:
    limits, count = whole.limits, merged.examples
    if not whole.is_validation and count < limits.min_examples:
        message = f"the file has {counted(count, 'example')}, at least {limits.min_examples} are "
        yield file_problem("too-few-examples", message + "needed")
    elif not whole.is_validation and count < limits.recommended_examples:
        message = f"{counted(count, 'example')}; {limits.recommended_examples} or more are better"
        yield file_problem("few-examples", message)
    if merged.tally.with_images > limits.examples_with_images:
        most = limits.examples_with_images
        message = f"{merged.tally.with_images:,} examples have images, at most {most:,} may"
        yield file_problem("too-many-examples", message)
    if whole.profile.format is Format.REINFORCEMENT:
        most = limits.reinforcement_examples
        if whole.is_validation:
            most = limits.reinforcement_validation_examples
        if count > most:
            message = f"the file has {count:,} examples, at most {most:,} are taken"
            yield file_problem("too-many-examples", message)


def _method(whole: Whole) -> Iterator[Problem]:
    method, found = whole.method, whole.profile.format
    if method is None or found is None or found in FORMATS_OF[method]:
        return
    wanted = " or ".join(FORMATS_OF[method])
    message = f"the file is in {found} format, the method {method} takes {wanted}"
    fix = f"choose the method {METHOD_OF[found]}, or a file in {wanted} format"
    yield file_problem("method-format", message, fix)


def _differences(whole: Whole, merged: Merger) -> Iterator[Problem]:
    tally = merged.tally
    if len(tally.prompts) > 1:
        many = "at least " if len(tally.prompts) >= MAX_PROMPTS else ""
        message = f"{many}{len(tally.prompts):,} different system prompts; another one begins here"
        yield file_problem("system-prompts-differ", message, line=tally.other_prompt)
    without = tally.measured - tally.with_tools
    if tally.with_tools and without:
        first = tally.first_with_tools
        message = f"{counted(tally.with_tools, 'example')} with tools, {without:,} without"
        yield file_problem("tools-in-some-examples", message, line=first)
    if tally.with_images:
        message = f"{counted(tally.with_images, 'example')} with images"
        yield file_problem("images-may-be-skipped", message, line=tally.first_with_images)


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
        message = f"{' and '.join(missing)} have no common end"
        yield file_problem("no-common-suffix", message)
    if _is_common_start(completion):
        message = f"all completions begin with the same {len(completion.prefix or '')} characters"
        yield file_problem("common-prefix", message)


def _is_common_start(affixes: Affixes) -> bool:
    return len((affixes.prefix or "").strip()) >= _LEAST_PREFIX


def duplicates(merged: Merger) -> tuple[int, list[Problem]]:
    """All examples that repeat an earlier one, and the first of them."""
    repeats = find_duplicates(merged.hashes)
    return repeats.count, listed(repeats, merged, "duplicate-example", "same as line {line:,}")


def listed(repeats: Repeats, merged: Merger, rule: str, wording: str) -> list[Problem]:
    """Word the repeats that are listed; `{line}` in the wording is the line that they repeat."""
    problems: list[Problem] = []
    at = blank = 0
    for line, earlier in repeats.listed:
        blank += merged.hashes[at:line].count(0)
        at = line
        message = wording.format(line=earlier)
        problems.append(Problem(rule, line, line - blank, "", message, RULES[rule].fix))
    return problems


def notes(whole: Whole, merged: Merger) -> Iterator[str]:
    """Sentences for what is neither an error nor a warning."""
    if merged.lines > MAX_HASHES:
        yield f"Duplicates were looked for among the first {MAX_HASHES:,} lines only."
    if merged.tally.estimated:
        examples = counted(merged.tally.estimated, "example")
        yield f"{examples} with tools or images: their tokens are an estimate."
    if whole.profile.format is Format.REINFORCEMENT:
        yield "Reinforcement is billed by the hour of training, so no cost is worked out."
