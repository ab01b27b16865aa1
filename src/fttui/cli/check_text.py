"""What `fttui check` prints of a file: its report, what was repaired, and the same as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fttui.cli.output import Output, colour_of
from fttui.terminal.format import counted
from fttui.terminal.language import _, labelled

if TYPE_CHECKING:
    from fttui.training_data.models import Estimate
    from fttui.training_data.repair import RepairReport
    from fttui.training_data.report import Report
    from fttui.training_data.rules import Problem
    from fttui.training_data.split import SplitReport

_LISTED = 10
_MARGIN = "    "
_LEAST = 10
_FIX = "fttui check FILE --fix OUT"


def lines_of_report(
    report: Report, estimate: Estimate, repaired: RepairReport | None, output: Output
) -> Iterator[str]:
    """The verdict first, then the problems, then the numbers; of each file."""
    from fttui.services.submission_words import describe_estimate
    from fttui.training_data.wording import file_facts, token_facts

    if repaired is not None:
        yield from _lines_of_repair(repaired, output)
    yield from _lines_of_problems(report, output)
    yield ""
    yield from output.facts(file_facts(report), margin=2)
    if report.tokens is not None and report.examples:
        yield from (
            "",
            _("Tokens"),
            *output.facts(token_facts(report.tokens, report.token_limit), margin=2),
        )
        yield from ("", _("Estimate"), *output.facts(describe_estimate(estimate), margin=2))
    if report.validation is not None:
        yield from ("", *_lines_of_problems(report.validation, output))


def _lines_of_repair(repaired: RepairReport, output: Output) -> Iterator[str]:
    from fttui.terminal.text import safe_path

    yield from output.wrapped(
        _(
            "Wrote a corrected copy of {source} to {destination}: {sentence}",
            source=repaired.source,
            destination=safe_path(repaired.destination),
            sentence=repaired.sentence,
        )
    )
    for done in repaired.corrections:
        yield from output.wrapped(done.sentence, indent=2)
    if not repaired.corrections:
        yield _("  nothing had to be corrected")
    found = repaired.plan.recognition
    if found is not None and found.mapping:
        yield from output.wrapped(labelled(found.name, found.mapping), indent=2)
    for change in repaired.plan.changes:
        yield ""
        yield _("  line {number:,} before and after", number=change.number)
        yield from output.wrapped(change.before, indent=4)
        yield from output.wrapped(change.after or _("(left out)"), indent=4)
    yield ""


def _lines_of_problems(report: Report, output: Output) -> Iterator[str]:
    from fttui.training_data.wording import (
        broken_rules,
        extent,
        rule_mark,
        to_do,
        verdict,
        verdict_mark,
    )

    mark, look = verdict_mark(report)
    sentence = output.painted(f"{mark} {verdict(report)}", colour_of(look))
    yield labelled(report.file, f"{sentence} · {extent(report)}")
    if task := to_do(report, _FIX):
        yield from output.wrapped(task, indent=2)
    for note in report.notes:
        yield from output.wrapped(note, indent=2)
    for rule in broken_rules(report):
        count, listed = report.counts[rule.name], report.of_rule(rule.name)[:_LISTED]
        mark, look = rule_mark(rule)
        yield ""
        yield output.painted(f"{mark} {count:,} × {rule.name}", colour_of(look))
        yield from output.wrapped(_("rule: {title}", title=rule.title), indent=2)
        yield from _lines_of_listed(listed, output)
        if count > len(listed):
            yield _("  and {count:,} more", count=count - len(listed))


def _lines_of_listed(listed: tuple[Problem, ...], output: Output) -> Iterator[str]:
    """Each problem with its line's text; what mends several that follow is said after them."""
    from fttui.training_data.excerpts import windowed
    from fttui.training_data.rules import Severity
    from fttui.training_data.wording import where

    for index, problem in enumerate(listed):
        yield from output.wrapped(labelled(where(problem), problem.message), indent=2)
        if problem.excerpt and (index == 0 or problem.severity is Severity.ERROR):
            excerpt, caret = problem.excerpt, problem.caret
            if (room := output.room) is not None:
                excerpt, caret = windowed(excerpt, caret, max(room - len(_MARGIN), _LEAST))
            yield f"{_MARGIN}{excerpt}"
            yield f"{_MARGIN}{' ' * caret}^"
        if index + 1 == len(listed) or listed[index + 1].fix != problem.fix:
            yield from output.wrapped(_("Fix: {fix}", fix=problem.fix), indent=2)


def lines_of_parts(parts: SplitReport | None) -> Iterator[str]:
    """The two files that a split wrote."""
    from fttui.terminal.text import safe_path

    if parts is not None:
        yield ""
        for count, path in (
            (parts.training_examples, parts.training),
            (parts.validation_examples, parts.validation),
        ):
            yield _(
                "Wrote {counted} to {path}", counted=counted(count, "example"), path=safe_path(path)
            )


def lines_of_model(model: str | None, output: Output) -> Iterator[str]:
    """When the model that the file is for goes, as far as that is known without the endpoint."""
    from fttui.training_data.retirement import local_today, retirement_of

    goes = retirement_of(model or "", local_today())
    if goes is not None:
        yield ""
        painted = output.painted(goes.long, colour_of(goes.look))
        for line in output.wrapped(f"{model} {goes.long}"):
            yield line.replace(goes.long, painted)


def document_of(
    report: Report,
    estimate: Estimate,
    repaired: RepairReport | None,
    parts: SplitReport | None,
    model: str | None,
) -> dict[str, Any]:
    """The one document of a file."""
    from fttui.terminal.text import safe_path

    document = report.to_json() | estimate.to_json()
    if repaired is not None:
        document["fix"] = {
            "source": repaired.source,
            "destination": safe_path(repaired.destination),
            "lines_corrected": repaired.lines_corrected,
            "errors_left": repaired.check.error_count,
            "corrections": [
                {
                    "kind": done.kind,
                    "count": done.count,
                    "lines": list(done.lines),
                    "names": list(done.names),
                }
                for done in repaired.corrections
            ],
            "changes": [
                {"line": change.number, "before": change.before, "after": change.after}
                for change in repaired.plan.changes
            ],
        }
    if parts is not None:
        document["split"] = {
            "training": safe_path(parts.training),
            "validation": safe_path(parts.validation),
            "training_examples": parts.training_examples,
            "validation_examples": parts.validation_examples,
            "seed": parts.seed,
        }
    return document | _end_of(model)


def _end_of(model: str | None) -> dict[str, Any]:
    from fttui.training_data.retirement import local_today, retirement_of

    goes = retirement_of(model or "", local_today())
    return {
        "shutdown_date": goes and f"{goes.day}",
        "days_left": goes and goes.days_left,
    }
