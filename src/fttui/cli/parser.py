"""The argument parser: global options in every place, nothing abbreviated, errors as sentences."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any, NoReturn

from fttui.terminal.language import _, labelled
from fttui.terminal.window import terminal_size

GLOBAL_DEFAULTS: dict[str, Any] = {
    "profile": "",
    "archive": None,
    "json": False,
    "color": "auto",
    "config": None,
    "api_key_file": None,
    "all_profiles": False,
}
_CALLS = frozenset({"events", "checkpoints", "cancel", "pause", "resume", "content"})
"""What stands behind an id in the paths of the API."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,255}")


class CommandParser(argparse.ArgumentParser):
    """A parser whose subcommands take the global options too, before or after their own.

    Options are never abbreviated: `--api-key sk-...` must not pass for `--api-key-file`.
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault("allow_abbrev", False)
        super().__init__(add_help=False, **options)
        self._words: list[str] = []
        _add_global_options(self)

    def format_help(self) -> str:
        """The page of the command, as wide as the terminal."""
        from fttui.cli.help.page import page_of
        from fttui.cli.help.text import page_text

        return page_text(page_of(self), terminal_size(sys.stdout).columns)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does it; words that the command does not take raise UsageError here.

        Only this parser knows the options that may have been meant.
        """
        self._words = list(sys.argv[1:] if args is None else args)
        found, unknown = super().parse_known_args(args, namespace)
        unknown = self._taken_after_options(found, unknown)
        if unknown:
            from fttui.cli.usage_errors import unknown_words

            raise unknown_words(self, unknown)
        return found, unknown

    def _taken_after_options(self, found: argparse.Namespace, words: list[str]) -> list[str]:
        """Words after an option, as in `delete --yes ID`, are of the same list as those before it.

        argparse ends a list at the first option. What is left over is answered.
        """
        lists = [each for each in self._actions if each.nargs in ("*", "+")]
        taking = [each for each in lists if not each.option_strings]
        if len(taking) != 1 or any(word.startswith("-") for word in words):
            return words
        (action,) = taking
        read = action.type if callable(action.type) else str
        try:
            more = [read(word) for word in words]
        except argparse.ArgumentTypeError as wrong:
            self.error(str(argparse.ArgumentError(action, str(wrong))))
        setattr(found, action.dest, [*(getattr(found, action.dest, None) or []), *more])
        return []

    def error(self, message: str) -> NoReturn:
        """Raise UsageError instead of printing a usage that scrolls the reason away.

        An option that is not known is a likelier mistake than the one that is missing then.
        """
        from fttui.cli.usage_errors import refused, strange_options, unknown_words

        if strange := strange_options(self, self._words):
            raise unknown_words(self, strange)
        raise refused(self, message)

    def _check_value(self, action: argparse.Action, value: object) -> None:
        """Raise UsageError for none of the choices; argparse calls it by this name."""
        if action.choices is not None and value not in action.choices:
            from fttui.cli.usage_errors import unknown_choice

            raise unknown_choice(self, action, value)


def _add_global_options(parser: argparse.ArgumentParser) -> None:
    # SUPPRESS: what was given before the subcommand must not be reset by the subcommand's default.
    group = parser.add_argument_group(_("everywhere"))
    keep: Any = argparse.SUPPRESS
    group.add_argument(
        "-h", "--help", action="help", default=keep, help=_("tell what there is, and stop")
    )
    group.add_argument("--profile", metavar="NAME", default=keep, help=_("the endpoint to use"))
    group.add_argument(
        "--archive",
        metavar="DIR",
        type=folder,
        default=keep,
        help=_("read what `fttui archive` has saved in DIR, in the place of an endpoint"),
    )
    group.add_argument("--json", action="store_true", default=keep, help=_("answer in JSON"))
    group.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default=keep,
        help=_("when to use colour; auto: on a terminal"),
    )
    group.add_argument(
        "--config",
        metavar="FILE",
        type=input_file,
        default=keep,
        help=_("the settings file to read"),
    )
    group.add_argument(
        "--api-key-file",
        metavar="FILE",
        type=input_file,
        default=keep,
        help=_("a private file that holds the API key"),
    )


def endpoint_id(text: str) -> str:
    """An id as endpoints give them, which may be of several parts with `/` between them.

    Anything that could be another path of the API is refused.
    """
    first, *further = text.split("/")
    is_path = bool(_CALLS.intersection(further))
    if is_path or not all(map(_ID.fullmatch, (first, *further))):
        raise argparse.ArgumentTypeError(_("{text!r} is not an id", text=text))
    return text


def file_id(text: str) -> str:
    """The id of a file as endpoints give them; s3://... is one, and what `id:` stands before."""
    from fttui.services.file_names import any_id, certain_id

    if not text.startswith(("id:", "s3://")):
        if _ID.fullmatch(text) is None:
            problem = _("{text!r} is not an id; if it is one, write {wanted!r}",
                        text=text, wanted=f"id:{text}")  # fmt: skip
            raise argparse.ArgumentTypeError(problem)
        return text
    named = certain_id(text) or any_id(text)
    if not named:
        raise argparse.ArgumentTypeError(_("{text!r} is not an id", text=text))
    return named


def input_file(text: str) -> Path:
    """The path of a file to read, with `~` filled in."""
    if not text.strip():
        raise argparse.ArgumentTypeError(_("no file was named"))
    try:
        return Path(text).expanduser()
    except RuntimeError:
        home = text.partition("/")[0]
        raise argparse.ArgumentTypeError(_("there is no home folder {home!r}", home=home)) from None


def output_file(text: str) -> Path:
    """The path of a file to write, which is not looked at yet."""
    from fttui.disk.writing import NotWritten, target_of

    try:
        return target_of(text)
    except NotWritten as refused:
        raise argparse.ArgumentTypeError(str(refused).rstrip(".")) from None


def folder(text: str) -> Path:
    """A folder's path; an empty one would be the folder that the command is run in."""
    if not text.strip():
        raise argparse.ArgumentTypeError(_("the name of the folder is empty"))
    try:
        return Path(text).expanduser()
    except RuntimeError as problem:  # `~nobody/x`
        raise argparse.ArgumentTypeError(labelled(repr(text), str(problem))) from None


def positive_int(text: str) -> int:
    """A whole number from 1 on."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(_("{text!r} is not a whole number from 1 on", text=text))
    return number


def positive_number(text: str) -> float:
    """A finite number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(_("{text!r} is not a number above 0", text=text))
    return number


def metadata_pair(text: str) -> tuple[str, str]:
    """`key=value`; the value may hold further equal signs."""
    key, equal, value = text.partition("=")
    if not equal or not key.strip():
        raise argparse.ArgumentTypeError(_("{text!r} is not of the form key=value", text=text))
    return key.strip(), value


def model_pair(text: str) -> tuple[str, str]:
    """`old=new` of two models' names; neither holds an equal sign."""
    old, equal, new = (part.strip() for part in text.partition("="))
    is_name = new and not any(letter.isspace() or letter == "=" for letter in new)
    if not equal or not old or not is_name:
        raise argparse.ArgumentTypeError(_("{text!r} is not of the form OLD=NEW", text=text))
    return old, new


def header_pair(text: str) -> tuple[str, str]:
    """`name=value` of a header or a query; what it holds is not repeated, for it may be a key."""
    name, equal, value = text.partition("=")
    if not equal or not name.strip():
        raise argparse.ArgumentTypeError(_("write it as NAME=VALUE, or as NAME=env:VARIABLE"))
    return name.strip(), value.strip()


def hyperparameter(text: str) -> tuple[str, object]:
    """`name=value` of a hyperparameter that has no option: JSON if the value is some, else a text.

    What no JSON document may hold, such as NaN, is a text.
    """
    from fttui.storage.profile_rules import hyperparameter_problem

    name, equal, written = text.partition("=")
    name = name.strip()
    if not equal or not name:
        raise argparse.ArgumentTypeError(_("{text!r} is not of the form name=value", text=text))
    try:
        value: object = json.loads(written, parse_constant=_no_json)
    except (ValueError, RecursionError):
        value = written
    if problem := hyperparameter_problem(name, value):
        raise argparse.ArgumentTypeError(problem)
    return name, value


def _no_json(word: str) -> object:
    raise ValueError(word)
