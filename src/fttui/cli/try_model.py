"""`fttui try`: one prompt, or the examples of a file, put to models."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, TypeVar

from fttui.cli.output import Output
from fttui.cli.parser import input_file, output_file, positive_int
from fttui.cli.problems import UsageError
from fttui.cli.sessions import open_session
from fttui.services.field_error import FieldError
from fttui.terminal.language import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from fttui.services.playground.types import ChatOptions, Message

T = TypeVar("T")

_LARGEST_PROMPT = 4 * 1024 * 1024
_USUAL_LIMIT = 20


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "try",
        description=_(
            "Send a prompt to a model and print its answer as it comes. The model and the highest "
            "price are told on stderr before, and that is the confirmation; seconds, tokens and "
            "price after. With --examples the examples of a training file are the prompts, and "
            "the answers are compared with the expected ones: it asks once, with calls, tokens "
            "and dollars."
        ),
    )
    parser.add_argument(
        "model", metavar="MODEL", type=_model, help=_("a model, or a job for the model it has made")
    )
    parser.add_argument(
        "prompt", metavar="PROMPT", nargs="?", help=_("what is asked; - or nothing reads stdin")
    )
    parser.add_argument(
        "--against",
        metavar="MODEL",
        action="append",
        type=_model,
        default=[],
        help=_('another model to ask the same; "base" is what MODEL was made from; repeatable'),
    )
    _add_options(parser)
    group = parser.add_argument_group(_("examples"))
    group.add_argument(
        "--examples", metavar="FILE", type=input_file, help=_("a training or validation file")
    )
    group.add_argument(
        "--limit", metavar="N", type=positive_int, help=_("at most N of its examples (20)")
    )
    group.add_argument(
        "--output",
        metavar="FILE",
        type=output_file,
        help=_("keep each result there, as JSONL; a run that has begun it is gone on with"),
    )
    group.add_argument("--yes", action="store_true", help=_("do not ask"))
    parser.set_defaults(run=run)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--system", metavar="TEXT", help=_("the system prompt"))
    parser.add_argument("--temperature", metavar="T", default="", help=_("from 0 to 2"))
    parser.add_argument(
        "--max-tokens",
        metavar="N",
        default="512",
        help=_('tokens of an answer at most (512); "none" for no limit, and no highest price'),
    )
    parser.add_argument(
        "--stop",
        metavar="TEXT",
        action="append",
        default=[],
        help=_("a text that ends the answer; up to four"),
    )


def _model(text: str) -> str:
    """The name of a model: anything that is not empty and can be sent."""
    name = text.strip()
    if not name or len(name) > 512 or not _is_sendable(name):
        raise argparse.ArgumentTypeError(_("{text!r} is not the name of a model", text=text))
    return name


def run(args: argparse.Namespace) -> int:
    """Ask, and print what is answered; 1 when an answer is not whole."""
    output = Output.of(args)
    options = _options(args)
    if args.examples is None:
        from fttui.cli.try_prompt import try_prompt

        for option in ("limit", "output"):
            if getattr(args, option) is not None:
                raise UsageError(_("--{option} goes with --examples.", option=option))
        messages = _messages(args)
        with open_session(args, changes=True) as session:
            return try_prompt(session, output, args.model, args.against, messages, options)
    from fttui.cli.try_examples import try_examples
    from fttui.services.playground.trial_files import MOST_TRIALS

    if args.prompt is not None:
        raise UsageError(_("Give a prompt or --examples, not both."))
    limit = args.limit or _USUAL_LIMIT
    if limit > MOST_TRIALS:
        raise UsageError(_("--limit takes {most:,} examples at most.", most=MOST_TRIALS))
    with open_session(args, changes=True) as session:
        return try_examples(session, output, args, options, limit)


def _options(args: argparse.Namespace) -> ChatOptions:
    from fttui.services.playground.options import (
        check_stops,
        parse_max_tokens,
        parse_temperature,
    )
    from fttui.services.playground.types import ChatOptions

    no_limit = args.max_tokens.strip().lower() == "none"
    most = "" if no_limit else args.max_tokens.strip() or "0"
    return ChatOptions(
        temperature=_checked(lambda: parse_temperature(args.temperature)),
        max_tokens=_checked(lambda: parse_max_tokens(most)),
        stop=_checked(lambda: check_stops(args.stop)),
    )


def _checked(read: Callable[[], T]) -> T:
    try:
        return read()
    except FieldError as error:
        raise UsageError(str(error)) from None


def _messages(args: argparse.Namespace) -> tuple[Message, ...]:
    from fttui.services.playground.types import Message

    prompt = _stdin() if args.prompt in {None, "-"} else args.prompt
    if not prompt.strip():
        raise UsageError(_("The prompt is empty, so nothing was sent."))
    if not _is_sendable(prompt) or not _is_sendable(args.system or ""):
        raise UsageError(_("The prompt is not UTF-8, so nothing was sent."))
    system = (Message("system", args.system),) if args.system else ()
    return (*system, Message("user", prompt))


def _is_sendable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _stdin() -> str:
    """The prompt that another program writes, or a person types up to Ctrl+D."""
    if sys.stdin.isatty():
        print(_("The prompt, up to Ctrl+D on a line of its own:"), file=sys.stderr, flush=True)
    data = sys.stdin.buffer.read(_LARGEST_PROMPT + 1)
    if len(data) > _LARGEST_PROMPT:
        raise UsageError(_("The prompt is larger than {n} MB.", n=_LARGEST_PROMPT >> 20))
    try:
        return data.decode().removesuffix("\n")
    except UnicodeDecodeError:
        raise UsageError(_("The prompt is not UTF-8, so nothing was sent.")) from None
