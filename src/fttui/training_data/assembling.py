"""Putting a report together from the sums over a file's lines and the rules for its whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.training_data.duplicates import find_shared
from fttui.training_data.file_rules import (
    Whole,
    after_reading,
    duplicates,
    file_problem,
    listed,
    notes,
)
from fttui.training_data.formats import Method
from fttui.training_data.merging import Merger
from fttui.training_data.models import encoding_of
from fttui.training_data.problems import Problem
from fttui.training_data.report import Report, TokenStats
from fttui.training_data.rules import RULES
from fttui.training_data.statistics import describe


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
        if training.whole.method is Method.REINFORCEMENT and not training.whole.is_validation:
            message = _("a reinforcement job needs a validation file")
            training.problems.append(file_problem("validation-required", message))
        return
    if training.digests is None or validation.digests is None:
        return
    if training.digests == validation.digests:
        message = _("the training and the validation file are the same")
        training.problems.append(file_problem("same-file", message))
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
        training.problems.append(file_problem("shared-example", message, line=earlier))
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
        validation.problems.append(file_problem("prompts-differ-in-validation", message))


def assemble(checked: Checked, model: str | None, seconds: float) -> Report:
    """Make the report of one file."""
    whole, merged, tally = checked.whole, checked.merged, checked.merged.tally
    problems = list(checked.problems)
    counts = dict(checked.extra)
    if checked.digests is not None:
        problems += after_reading(whole, merged)
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
        counts=_in_catalogue_order(counts),
        tokens=_tokens(checked, model),
        token_limit=whole.profile.token_limit,
        roles=dict(sorted(tally.roles.items(), key=lambda pair: -pair[1])),
        messages=describe(tally.messages),
        system_prompts=len(tally.prompts),
        with_tools=tally.with_tools,
        with_images=tally.with_images,
        secrets=dict(merged.secrets),
        notes=tuple(notes(whole, merged)),
        seconds=seconds,
    )


def _in_catalogue_order(counts: Mapping[str, int]) -> dict[str, int]:
    return {rule: counts[rule] for rule in RULES if rule in counts}


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
