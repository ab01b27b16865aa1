"""`fttui check`: the offline check of a training file, its repair and its split."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fttui.cli.output import Output
from fttui.cli.parser import input_file, output_file
from fttui.cli.problems import CommandError, UsageError
from fttui.cli.progress import waiting_for
from fttui.cli.splitting import require_free_names, seed_of, share_of, write_parts
from fttui.terminal.language import _
from fttui.terminal.text import safe_path
from fttui.training_data.profile import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from fttui.training_data.check import Progress
    from fttui.training_data.files import CheckedFile
    from fttui.training_data.foreign.columns import ColumnMap
    from fttui.training_data.models import Estimate, Price
    from fttui.training_data.repair import RepairReport
    from fttui.training_data.report import Report
    from fttui.training_data.split import SplitReport

_LONGEST_GRADER = 1_000_000
STANDARD_INPUT = "-"


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "check",
        description=_(
            "Check a training file offline: every problem with its line, tokens, epochs "
            "and cost. Nothing is sent. Exit status 1 if there are errors."
        ),
    )
    _add_files(parser)
    _add_copies(parser)
    parser.add_argument("--rules", action="store_true", help=_("list the rules and stop"))
    parser.set_defaults(run=run)


def _add_files(parser: argparse.ArgumentParser) -> None:
    """Add the files, and what they are checked and counted for."""
    add = parser.add_argument
    add("files", nargs="*", metavar="FILE", help=_("a training file; - reads standard input"))
    add("--validation", metavar="FILE", help=_("check this validation file too, against the first"))
    add("--method", choices=METHODS, help=_("the method that the file is for"))
    add("--model", metavar="M", help=_("the model, for tokens, limits and cost"))
    add(
        "--epochs",
        type=_epochs,
        default="auto",
        metavar="N|auto",
        help=_("for the estimate; also --n-epochs"),
    )
    add(
        *("--n-epochs", "--n_epochs"),
        dest="epochs",
        type=_epochs,
        default=argparse.SUPPRESS,
        metavar="N|auto",
        help=argparse.SUPPRESS,
    )
    add("--no-tokens", action="store_true", help=_("do not count tokens, which takes most time"))
    add(
        "--grader",
        metavar="FILE",
        type=input_file,
        help=_("a grader as JSON; its item fields are checked"),
    )


def _add_copies(parser: argparse.ArgumentParser) -> None:
    """Add what writes other files."""
    add = parser.add_argument
    add(
        "--fix",
        metavar="OUT",
        type=output_file,
        help=_("write a corrected or converted copy to OUT and check that"),
    )
    add(
        "--map",
        metavar="user=COL,assistant=COL",
        type=_column_map,
        help=_("with --fix: which columns are asked and answered; system=COL may follow"),
    )
    add(
        "--split",
        metavar="SHARE",
        type=share_of,
        help=_("write FILE.train.jsonl and FILE.validation.jsonl with this share, such as 0.1"),
    )
    add(
        "--seed",
        type=seed_of,
        default=0,
        metavar="N",
        help=_("for the split; the same N splits alike"),
    )


def run(args: argparse.Namespace) -> int:
    """Check, and repair or split if asked to; the exit status is 1 if there are errors."""
    output = Output.of(args)
    if args.rules:
        return _list_rules(output)
    if not args.files:
        raise UsageError(_("No file was named."), _("`fttui check FILE` checks a training file."))
    _require_one_file(args)
    from fttui.training_data.files import FileRefused

    if len(args.files) > 1:
        return _check_several(args, output)
    try:
        result = _check(args, args.files[0], output)
    except FileRefused as refused:
        raise UsageError(str(refused)) from None
    result.tell(output)
    return 0 if result.is_fine else 1


def _require_one_file(args: argparse.Namespace) -> None:
    """Refuse what is done to one file where several are named, and a map without a copy."""
    alone = {"--fix": args.fix, "--split": args.split, "--validation": args.validation}
    given = next((name for name, value in alone.items() if value is not None), None)
    if given is not None and len(args.files) > 1:
        raise UsageError(
            _("{given} is for one file, and several are named.", given=given),
            _("Name one file, or leave {given} out.", given=given),
        )
    if args.split is not None and args.files == ["-"] and args.fix is None:
        raise UsageError(
            _("The parts of standard input would have no name."),
            _("Write it to a file first, or give --fix OUT too."),
        )
    if args.map is not None and args.fix is None:
        raise UsageError(
            _("--map says how a copy is written, and none is asked for."),
            _("Give --fix OUT too."),
        )


def _check_several(args: argparse.Namespace, output: Output) -> int:
    """Report on each file; one that cannot be read keeps none of the others back."""
    from fttui.training_data.files import FileRefused

    documents: list[Any] = []
    status = good = 0
    for named in args.files:
        try:
            result = _check(args, named, output)
        except FileRefused as refused:
            output.message(str(refused))
            documents.append({"file": safe_path(named), "ok": False, "refused": str(refused)})
            status = 2
            continue
        if output.json:
            documents.append(result.document())
        else:
            result.tell(output)
            output.line("")
        good += result.is_fine
        status = max(status, 0 if result.is_fine else 1)
    if output.json:
        output.document(documents)
    else:
        output.line(_("{good} of {count} files have no errors.", good=good, count=len(args.files)))
    return status


@dataclass(frozen=True, slots=True)
class _Result:
    """All that is known of a file in the end."""

    report: Report
    estimate: Estimate
    repaired: RepairReport | None
    parts: SplitReport | None
    model: str | None

    @property
    def is_fine(self) -> bool:
        """Whether neither the file nor the validation file has an error."""
        report = self.report
        return report.ok and (report.validation is None or report.validation.ok)

    def document(self) -> dict[str, Any]:
        """What `--json` prints of it."""
        from fttui.cli.check_text import document_of

        return document_of(self.report, self.estimate, self.repaired, self.parts, self.model)

    def tell(self, output: Output) -> None:
        """Print it, as a document or as lines."""
        from fttui.cli.check_text import lines_of_model, lines_of_parts, lines_of_report

        if output.json:
            output.document(self.document())
            return
        lines = [*lines_of_report(self.report, self.estimate, self.repaired, output)]
        lines += lines_of_parts(self.parts)
        output.lines([*lines, *lines_of_model(self.model, output)])


def _check(args: argparse.Namespace, named: str, output: Output) -> _Result:
    if args.split is not None:
        require_free_names(args.fix or named)
    if args.fix is None and args.validation is None and named != STANDARD_INPUT:
        from fttui.training_data.worker_start import prepare

        prepare(named, model=args.model, count_tokens=not args.no_tokens)
    from fttui.cli.endpoint_limits import limits_for
    from fttui.cli.progress import CheckProgress
    from fttui.services.counted_files import keep_counts
    from fttui.training_data.check import CheckSettings, check_file

    repaired = None
    with _opened(named) as source:
        with CheckProgress() as progress:
            check = partial(
                check_file,
                method=args.method,
                model=args.model,
                validation=args.validation,
                count_tokens=not args.no_tokens,
                item_fields=_item_fields(args.grader),
                progress=progress.show,
                limits=limits_for(args),
                settings=CheckSettings(md5=False),
            )
            if args.fix is not None:
                repaired = _repair(args, source, check, progress.show)
                report = repaired.check
            else:
                report = check(source)
                keep_counts(report)
        parts = None
        if args.split is not None:
            parts = write_parts(args, repaired.destination if repaired else source)
    return _Result(report, _estimate(args, report), repaired, parts, args.model)


@contextmanager
def _opened(named: str) -> Iterator[str | CheckedFile]:
    """What a word names: a path, or standard input, which is kept in a file meanwhile."""
    if named != STANDARD_INPUT:
        yield named
        return
    from fttui.training_data.files import kept_input

    with waiting_for(_("Reading standard input ...")):
        file = kept_input(sys.stdin.buffer)
    with file:
        yield file


def _repair(
    args: argparse.Namespace,
    source: str | CheckedFile,
    check: Callable[[Path], Report],
    progress: Callable[[Progress], None],
) -> RepairReport:
    from fttui.training_data.repair import RepairRefused, repair

    try:
        return repair(
            source,
            args.fix,
            method=args.method,
            model=args.model,
            mapping=args.map,
            progress=progress,
            check=check,
        )
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


def _column_map(text: str) -> ColumnMap:
    from fttui.training_data.foreign.columns import ColumnMap

    try:
        return ColumnMap.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error).rstrip(".")) from None
