"""`fttui check`: the offline check of a training file, its repair and its split."""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fttui.cli.output import Output, colour_of
from fttui.cli.parser import input_file, output_file
from fttui.cli.problems import CommandError, UsageError
from fttui.cli.progress import waiting_for
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.training_data.profile import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from fttui.training_data.models import Estimate, Price
    from fttui.training_data.repair import RepairReport
    from fttui.training_data.report import Report
    from fttui.training_data.split import SplitReport

_LONGEST_GRADER = 1_000_000
_LISTED = 10


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "check",
        help=_("check a training file offline"),
        description=_(
            "Check a training file offline: every problem with its line, tokens, epochs "
            "and cost. Nothing is sent. Exit status 1 if there are errors."
        ),
    )
    add = parser.add_argument
    add("file", nargs="?", metavar="FILE", help=_("the training file"))
    add("--validation", metavar="FILE", help=_("check this validation file too, against the first"))
    add("--method", choices=METHODS, help=_("the method that the file is for"))
    add("--model", metavar="M", help=_("the model, for tokens, limits and cost"))
    add("--epochs", type=_epochs, default="auto", metavar="N|auto", help=_("for the estimate"))
    add("--no-tokens", action="store_true", help=_("do not count tokens, which takes most time"))
    add(
        "--grader",
        metavar="FILE",
        type=input_file,
        help=_("a grader as JSON; its item fields are checked"),
    )
    add(
        "--fix",
        metavar="OUT",
        type=output_file,
        help=_("write a corrected copy to OUT and check that"),
    )
    add(
        "--split",
        metavar="SHARE",
        type=_share,
        help=_("write FILE.train.jsonl and FILE.validation.jsonl with this share, such as 0.1"),
    )
    add(
        "--seed", type=int, default=0, metavar="N", help=_("for the split; the same N splits alike")
    )
    add("--rules", action="store_true", help=_("list the rules and stop"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check, and repair or split if asked to; the exit status is 1 if there are errors."""
    output = Output.of(args)
    if args.rules:
        return _list_rules(output)
    if args.file is None:
        raise UsageError(_("No file was named."), _("`fttui check FILE` checks a training file."))
    from fttui.training_data.files import FileRefused

    try:
        return _check(args, output)
    except FileRefused as refused:
        raise UsageError(str(refused)) from None


def _check(args: argparse.Namespace, output: Output) -> int:
    if args.fix is None and args.validation is None:
        from fttui.training_data.worker_start import prepare

        prepare(args.file, model=args.model, count_tokens=not args.no_tokens)
    from fttui.cli.progress import CheckProgress
    from fttui.training_data.check import CheckSettings, check_file

    source, repaired = args.file, None
    with CheckProgress() as progress:
        check = partial(
            check_file,
            method=args.method,
            model=args.model,
            validation=args.validation,
            count_tokens=not args.no_tokens,
            item_fields=_item_fields(args.grader),
            progress=progress.show,
            settings=CheckSettings(md5=False),
        )
        if args.fix is not None:
            repaired = _repair(args, check)
            source, report = repaired.destination, repaired.check
        else:
            report = check(source)
    parts = _split(args, source) if args.split is not None else None
    estimate = _estimate(args, report)
    if output.json:
        output.document(_document(report, estimate, repaired, parts) | _end_of(args.model))
    else:
        lines = [*_lines_of_report(report, estimate, repaired, output), *_lines_of_parts(parts)]
        lines += _lines_of_model(args.model, output)
        output.lines(lines)
    fine = report.ok and (report.validation is None or report.validation.ok)
    return 0 if fine else 1


def _repair(args: argparse.Namespace, check: Callable[[Path], Report]) -> RepairReport:
    from fttui.training_data.repair import RepairRefused, repair

    try:
        return repair(args.file, args.fix, check=check)
    except RepairRefused as refused:
        raise CommandError(str(refused)) from None


def _split(args: argparse.Namespace, source: str | Path) -> SplitReport:
    from fttui.training_data.files import open_checked
    from fttui.training_data.split import RepairRefused, split, split_names

    with open_checked(source) as file:
        training, validation = split_names(file.path)
        try:
            with waiting_for(_("Writing the two files ...")):
                return split(file, training, validation, share=args.split, seed=args.seed)
        except RepairRefused as refused:
            raise CommandError(str(refused)) from None


def _estimate(args: argparse.Namespace, report: Report) -> Estimate:
    from fttui.training_data.models import estimate

    epochs = None if args.epochs == "auto" else args.epochs
    return estimate(report, model=args.model, epochs=epochs, prices=_prices(args.config))


def _prices(config: Path | None) -> Mapping[str, Price]:
    """The user's own prices; without a settings file nothing is read."""
    from fttui.storage.folders import config_folder

    path = config or config_folder() / "config.toml"
    if config is None and not path.exists():
        return {}
    from fttui.services.submission_words import prices_of
    from fttui.storage.settings import load_settings

    return prices_of(load_settings(path))


def _item_fields(grader: Path | None) -> tuple[str, ...]:
    if grader is None:
        return ()
    from fttui.disk.reading import NotReadable, read_small
    from fttui.terminal.text import safe_path
    from fttui.training_data.profile import item_fields

    try:
        content, _unused = read_small(grader, _LONGEST_GRADER)
        return item_fields(json.loads(content))
    except (NotReadable, OSError, ValueError, RecursionError):
        sentence = _("{grader} cannot be read as a grader.", grader=safe_path(grader))
        raise UsageError(sentence, _("It is one JSON object, as in a job's method.")) from None


def _lines_of_report(
    report: Report, estimate: Estimate, repaired: RepairReport | None, output: Output
) -> Iterator[str]:
    """The verdict first, then the problems, then the numbers; of each file."""
    from fttui.services.submission_words import describe_estimate
    from fttui.training_data.wording import file_facts, mendable_rules, token_facts

    if repaired is not None:
        yield from _lines_of_repair(repaired)
    yield from _lines_of_problems(report, output)
    mended = mendable_rules(report)
    if mended and repaired is None:
        yield ""
        sentence = _(
            "fttui check FILE --fix OUT writes a copy that mends {join}.", join=", ".join(mended)
        )
        yield from output.wrapped(sentence)
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


def _lines_of_repair(repaired: RepairReport) -> Iterator[str]:
    from fttui.terminal.text import safe_path

    yield _(
        "Wrote a corrected copy of {source} to {destination}:",
        source=repaired.source,
        destination=safe_path(repaired.destination),
    )
    for done in repaired.corrections:
        yield f"  {done.sentence}"
    if not repaired.corrections:
        yield _("  nothing had to be corrected")
    yield ""


def _lines_of_problems(report: Report, output: Output) -> Iterator[str]:
    from fttui.training_data.wording import broken_rules, extent, rule_mark, verdict, verdict_mark
    from fttui.training_data.wording import where as where_of

    mark, look = verdict_mark(report)
    sentence = output.painted(f"{mark} {verdict(report)}", colour_of(look))
    yield f"{report.file}: {sentence} · {extent(report)}"
    for note in report.notes:
        yield from output.wrapped(note, indent=2)
    for rule in broken_rules(report):
        count, listed = report.counts[rule.name], report.of_rule(rule.name)[:_LISTED]
        mark, look = rule_mark(rule)
        yield ""
        yield output.painted(f"{mark} {count:,} × {rule.name}", colour_of(look))
        yield from output.wrapped(_("rule: {title}", title=rule.title), indent=2)
        for problem in listed:
            yield from output.wrapped(f"{where_of(problem)}: {problem.message}", indent=2)
        if listed:
            yield from output.wrapped(_("Fix: {fix}", fix=listed[0].fix), indent=2)
        if count > len(listed):
            yield _("  and {count:,} more", count=count - len(listed))


def _lines_of_parts(parts: SplitReport | None) -> Iterator[str]:
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


def _lines_of_model(model: str | None, output: Output) -> Iterator[str]:
    """When the model that the file is for goes, as far as that is known without the endpoint."""
    from fttui.training_data.retirement import local_today, retirement_of

    goes = retirement_of(model or "", local_today())
    if goes is not None:
        yield ""
        painted = output.painted(goes.long, colour_of(goes.look))
        for line in output.wrapped(f"{model} {goes.long}"):
            yield line.replace(goes.long, painted)


def _end_of(model: str | None) -> dict[str, Any]:
    from fttui.training_data.retirement import local_today, retirement_of

    goes = retirement_of(model or "", local_today())
    return {
        "shutdown_date": goes and f"{goes.day}",
        "days_left": goes and goes.days_left,
    }


def _document(
    report: Report,
    estimate: Estimate,
    repaired: RepairReport | None,
    parts: SplitReport | None,
) -> dict[str, Any]:
    from fttui.terminal.text import safe_path

    document = report.to_json() | estimate.to_json()
    if repaired is not None:
        document["fix"] = {
            "source": repaired.source,
            "destination": safe_path(repaired.destination),
            "corrections": [
                {"kind": done.kind, "count": done.count, "lines": list(done.lines)}
                for done in repaired.corrections
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
    return document


def _list_rules(output: Output) -> int:
    from fttui.training_data.rules import RULES

    if output.json:
        output.document(
            [
                {
                    "rule": rule.name,
                    "severity": rule.severity.value,
                    "title": rule.title,
                    "explanation": rule.explanation,
                    "fix": rule.fix,
                }
                for rule in RULES.values()
            ]
        )
        return 0
    for rule in RULES.values():
        output.lines(output.wrapped(f"{rule.name}  ({rule.severity})  {rule.title}"))
        output.lines(output.wrapped(rule.explanation, indent=4))
    return 0


def _epochs(text: str) -> int | str:
    if text == "auto":
        return text
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= 50:
        raise argparse.ArgumentTypeError(
            _("{text!r} is neither auto nor a number from 1 to 50", text=text)
        )
    return number


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(_("{text!r} is not a number between 0 and 1", text=text))
    return share
