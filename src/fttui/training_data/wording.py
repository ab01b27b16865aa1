"""What is said about a training file: verdict, places and numbers, and pieces of messages.

The app and the command line only lay out what these functions say.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from fttui.terminal.format import count_text, counted, size_text
from fttui.terminal.language import _, clauses
from fttui.terminal.text import safe
from fttui.training_data.rules import EXCERPT, RULES, SOMETIMES_MENDED, Problem, Rule, Severity

if TYPE_CHECKING:
    from fttui.training_data.report import Report, TokenStats
    from fttui.training_data.tally import Distribution

_MANY_PROMPTS = 1000

Fact = tuple[str, str, str]
"""Label and value of something that was counted, and the look of the value."""

CONVERT = _("write a copy as JSON Lines: fttui check --fix OUT")
"""The fix of a file whose examples a copy can lay out anew."""


def kind_of(value: Any) -> str:
    """Name the JSON type of a value, with its article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _("a text") if value else _("an empty text")
    if isinstance(value, list):
        return _("a list") if value else _("an empty list")
    if isinstance(value, dict):
        return _("an object")
    return _("a number")


def quoted(value: Any) -> str:
    """Show a value of the file in a message: a short text in quotes, anything else by its kind."""
    if isinstance(value, str):
        return f'"{safe(value, maxlen=EXCERPT)}"'
    if isinstance(value, int | float) and not isinstance(value, bool):
        return safe(value, maxlen=EXCERPT)
    return kind_of(value)


def key_path(base: str, key: str) -> str:
    """The JSON path of a key, in brackets when it is not a plain word."""
    if key.isidentifier() and len(key) <= EXCERPT and key.isascii():
        return f"{base}.{key}" if base else key
    return f'{base}["{safe(key, maxlen=EXCERPT)}"]'


def listed(words: Collection[str]) -> str:
    """Join words by commas, in their own order."""
    return ", ".join(words)


def verdict(report: "Report") -> str:
    """What the check comes to, in a few words."""
    warnings = counted(report.warning_count, "warning")
    if report.ok:
        return (
            _("No errors, {warnings}", warnings=warnings)
            if report.warning_count
            else _("No errors")
        )
    errors = counted(report.error_count, "error")
    return f"{errors}, {warnings}" if report.warning_count else errors


def verdict_mark(report: "Report") -> tuple[str, str]:
    """The mark before the verdict, and its look."""
    if not report.ok:
        return "✗", "bad"
    return ("!", "waiting") if report.warning_count else ("✓", "good")


def extent(report: "Report") -> str:
    """How much there is in the file: `60 examples, 12.3 kB`."""
    return f"{counted(report.examples, 'example')}, {size_text(report.bytes)}"


def broken_rules(report: "Report") -> list[Rule]:
    """The rules that the file breaks, those with errors first."""
    rules = [RULES[name] for name in report.counts]
    return sorted(rules, key=lambda rule: rule.severity is not Severity.ERROR)


def rule_mark(rule: Rule) -> tuple[str, str]:
    """The mark before a broken rule, and its look."""
    return ("✗", "bad") if rule.severity is Severity.ERROR else ("!", "waiting")


def place_of(problem: Problem) -> str:
    """`line 12`, with the example's number where blank lines make it another, or the whole file."""
    if problem.line is None:
        return _("the whole file")
    if problem.example is None or problem.example == problem.line:
        return _("line {line:,}", line=problem.line)
    return _("line {line:,}, example {example:,}", line=problem.line, example=problem.example)


def where(problem: Problem) -> str:
    """The place of a problem and its JSON path."""
    return ", ".join(part for part in (place_of(problem), problem.path) if part)


def file_facts(report: "Report") -> list[Fact]:
    """What the file is and holds."""
    prompts = report.system_prompts
    facts = [
        (_("Format"), _format(report), "plain"),
        (
            _("Examples"),
            _("{examples:,} in {size}", examples=report.examples, size=size_text(report.bytes)),
            "plain",
        ),
        (
            _("Messages an example"),
            _spread(report.messages) if report.messages.count else "",
            "plain",
        ),
        (_("Messages by role"), _counts(report.roles), "plain"),
        (
            _("System prompts"),
            _prompts(prompts) if prompts else "",
            "plain",
        ),
        (_("With tools"), count_text(report.with_tools) if report.with_tools else "", "plain"),
        (_("With images"), count_text(report.with_images) if report.with_images else "", "plain"),
        (_("Secrets"), _counts(report.secrets), "bad"),
    ]
    return [fact for fact in facts if fact[1]]


def _format(report: "Report") -> str:
    if report.foreign is not None:
        return _("foreign: {name}", name=report.foreign.name)
    return str(report.format or _("not recognised"))


_SUM = _("the sum checked against a bill (3 a message + role + content)")


def token_facts(tokens: "TokenStats", limit: int | None) -> list[Fact]:
    """How many tokens there are, how they are spread, and how many examples `limit` cuts."""
    exact = _("exact by {sum}", sum=_SUM) if tokens.exact else _("an estimate")
    facts = [
        (
            _("Total"),
            _(
                "{total:,} by {encoding}, {exact}",
                total=tokens.total,
                encoding=tokens.encoding,
                exact=exact,
            ),
            "plain",
        ),
        (_("In the answers"), count_text(tokens.assistant_total), "plain"),
        (_("An example"), _spread(tokens.lengths), "plain"),
    ]
    if limit:
        over = tokens.over(limit)
        text = (
            _("{counted} cut", counted=counted(over, "example is", "examples are"))
            if over
            else _("no example is cut")
        )
        facts.append((_("Limit of {limit:,}", limit=limit), text, "waiting" if over else "plain"))
    return facts


def _prompts(count: int) -> str:
    if count == 1:
        return _("one, the same everywhere")
    return _(
        "{count:,}{value} different ones",
        count=count,
        value=_(" or more") if count >= _MANY_PROMPTS else "",
    )


def _spread(values: "Distribution") -> str:
    return _(
        "{min:,} to {max:,}, mean {mean:,.1f}, median {median:,.0f},"
        " 5–95 %: {p5:,.0f} to {p95:,.0f}",
        min=values.min,
        max=values.max,
        mean=values.mean,
        median=values.median,
        p5=values.p5,
        p95=values.p95,
    )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def mendable_rules(report: "Report") -> tuple[str, ...]:
    """The broken rules that a repaired copy may keep, in the order of the catalogue.

    Whether the encoding of a file can be told is known only when the copy is written, and of
    problems that are counted but not listed nothing is known: both pass as mendable.
    """
    mended = {problem.rule for problem in report.problems if problem.mend}
    mended |= {
        rule
        for rule in SOMETIMES_MENDED & report.counts.keys()
        if len(report.of_rule(rule)) < report.counts[rule]
    }
    return tuple(rule for rule in report.counts if rule in mended)


def to_do(report: "Report", how: str) -> str:
    """What a person has to do before the file can be sent, in one sentence; "" for nothing.

    `how` is the key or the command that writes a repaired copy.
    """
    parts = [part for part in (_lines_to_mend(report), _to_change(report)) if part]
    mends = {problem.mend for problem in report.problems if problem.mend}
    if mends:
        what = counted(len(mends), "thing", "things")
        parts.append(_("{what} can be repaired for you: {how}", what=what, how=how))
    return clauses(parts)


def _left(report: "Report") -> list[Problem]:
    return [problem for problem in report.errors if not problem.mend]


def _lines_to_mend(report: "Report") -> str:
    """The lines with an error that no copy mends; of what is not listed as much as is certain."""
    left = [problem for problem in _left(report) if problem.example is not None]
    if not left:
        return ""
    lines = len({problem.line for problem in left})
    rules = {problem.rule for problem in left}
    more = any(report.counts[rule] > len(report.of_rule(rule)) for rule in rules)
    text = counted(lines, "line", "lines")
    return _("more than {text} to mend", text=text) if more else _("{text} to mend", text=text)


def _to_change(report: "Report") -> str:
    """What is wrong with the file as a whole and stays so."""
    rules = {problem.rule for problem in _left(report) if problem.example is None}
    if not rules:
        return ""
    what = counted(len(rules), "thing", "things")
    return _("{what} to change in the file as a whole", what=what)
