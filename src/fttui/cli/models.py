"""`fttui models`: which models there are, what made them, and until when; deleting them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fttui.cli.account_models import account_of, find_tuned
from fttui.cli.output import Output, colour_of
from fttui.cli.parser import endpoint_id
from fttui.cli.problems import CommandError, UsageError
from fttui.cli.sessions import open_session
from fttui.cli.table import Cell, TextColumn
from fttui.services.job_words import shorten_model
from fttui.services.tuned_models.bases import BaseModel, base_facts
from fttui.services.tuned_models.inventory import TunedModel
from fttui.services.tuned_models.model_filter import WORDS, ModelFilter
from fttui.services.tuned_models.words import (
    archived_word,
    days_words,
    state_of,
    tuned_facts,
)
from fttui.terminal.format import NOTHING, brief_day, count_text, moment_text
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.training_data.retirement import Retirement

_MODEL_LEAST = 40  # so that 80 columns show the state and the days
_COLUMNS = (
    TextColumn(_("MODEL"), least=_MODEL_LEAST, shorten=shorten_model),
    TextColumn(_("STATE"), rank=1),
    TextColumn(_("SHUT DOWN"), rank=3),
    TextColumn(_("DAYS LEFT"), rank=2, right=True),
    TextColumn(_("JOB"), rank=4),
    TextColumn(_("ARCHIVED"), rank=5),
    TextColumn(_("BASE"), least=12, rank=7, shorten=shorten_model),
    TextColumn(_("CREATED"), rank=6),
    TextColumn(_("OWNER"), least=8, rank=8),
)
_BASE_COLUMNS = (
    TextColumn(_("MODEL"), least=23),
    TextColumn(_("METHODS"), least=15, rank=2),
    TextColumn(_("TRAINING/1M"), rank=1, right=True),
    TextColumn(_("TOKENS"), rank=4, right=True),
    TextColumn(_("DAYS LEFT"), rank=3, right=True),
    TextColumn(_("SHUT DOWN"), rank=5),
    TextColumn(_("JOBS"), rank=6, right=True),
)


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "models",
        description=_(
            "The models that your key may use, with what made them and until when they are there; "
            "also those that a job made and that are deleted. `fttui models show MODEL` tells all "
            "of one, `fttui models delete MODEL...` deletes fine-tuned ones."
        ),
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="FILTER | show MODEL | delete MODEL...",
        help=_(
            "what the app's filter takes: 'desk base:gpt-4.1 job:JOB file:ID since:7d is:leaving "
            "!deleted'"
        ),
    )
    parser.add_argument("--mine", action="store_true", help=_("only fine-tuned models"))
    parser.add_argument(
        "--base", action="store_true", help=_("base models that can be tuned, with their prices")
    )
    parser.add_argument("--yes", action="store_true", help=_("delete without asking"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print models, newest first; or tell of one, or delete some."""
    action, *names = args.words or [""]
    if action not in ("show", "delete"):
        if args.yes:
            raise UsageError(_("--yes is for `fttui models delete`."), _("Leave it out."))
        return _list(args)
    if not names or (action == "show" and len(names) > 1):
        raise UsageError(
            _("`fttui models {action}` wants a model.", action=action),
            _("Name one as `fttui models --mine` lists it."),
        )
    if args.mine or args.base:
        raise UsageError(_("--mine and --base are for the list."), _("Leave them out."))
    models = list(dict.fromkeys(map(_model_id, names)))
    if action == "show":
        return _show(args, models[0])
    from fttui.cli.model_deletion import delete

    return delete(args, models)


def _model_id(text: str) -> str:
    try:
        return endpoint_id(text)
    except argparse.ArgumentTypeError:
        raise UsageError(
            _("“{text}” is not the id of a model.", text=safe(text, maxlen=200)),
            _("Name one as `fttui models --mine` lists it."),
        ) from None


def _list(args: argparse.Namespace) -> int:
    if args.mine and args.base:
        raise UsageError(_("--mine and --base ask for different models."), _("Leave one out."))
    wanted = _filter_of(args.words)
    output = Output.of(args)
    with open_session(args) as session:
        account = account_of(session, output)
    if wanted.asks_for_jobs and not account.knows_jobs:
        raise CommandError(
            _("Which jobs made which models is not known, for the jobs could not be read."),
            _("Leave that out of the filter."),
        )
    if args.base:
        bases = [one for one in account.bases if wanted.matches(one)]
        _print_bases(output, bases)
        return 0
    every = [*account.tuned] if args.mine else _newest_first([*account.tuned, *account.others])
    models = [one for one in every if wanted.matches(one)]
    if output.json:
        output.document([one.to_json() for one in models])
    elif models:
        output.table(_COLUMNS, [_row(one) for one in models])
    else:
        output.message(_("No models."))
    return 0


def _filter_of(words: Sequence[str]) -> ModelFilter:
    """The filter's words; raises UsageError for one that says nothing."""
    text = " ".join(words)
    wanted = ModelFilter.parse(text)
    if wanted.problems:
        hint = _("`fttui models --help` shows what it takes.")
        raise UsageError(wanted.problems[0], f"{WORDS.near_field(text)} {hint}".lstrip())
    return wanted


def _newest_first(models: list[TunedModel]) -> list[TunedModel]:
    """The fine-tuned ones keep their order among the others."""
    return sorted(models, key=lambda one: -one.created_at.timestamp() if one.created_at else 0.0)


def _print_bases(output: Output, bases: Sequence[BaseModel]) -> None:
    if output.json:
        output.document([one.to_json() for one in bases])
    elif bases:
        output.table(_BASE_COLUMNS, [_base_row(one) for one in bases])
    else:
        output.message(_("No base model is known that can be tuned here."))


def _row(model: TunedModel) -> list[str | Cell]:
    state = state_of(model)
    day, days = _end(model.goes, deleted=model.is_deleted)
    return [
        model.id or NOTHING,
        Cell(state.text, colour_of(state.style)) if model.is_tuned else Cell(state.text),
        day,
        days,
        (model.job.id or NOTHING) if model.job else NOTHING,
        archived_word(model.archived),
        model.base or NOTHING,
        moment_text(model.created_at),
        model.owned_by or NOTHING,
    ]


def _base_row(model: BaseModel) -> list[str | Cell]:
    day, days = _end(model.goes)
    return [
        model.id,
        ", ".join(model.methods) or (NOTHING if model.can_be_tuned else _("not known")),
        model.price_text or NOTHING,
        count_text(model.most_tokens),
        days,
        day,
        f"{model.jobs}",
    ]


def _end(goes: Retirement | None, *, deleted: bool = False) -> tuple[str, Cell]:
    """The day on which a model goes, and the days that are left."""
    days, look = days_words(goes, deleted=deleted)
    return brief_day(goes.day) if goes and not deleted else NOTHING, Cell(days, colour_of(look))


def _show(args: argparse.Namespace, name: str) -> int:
    output = Output.of(args)
    with open_session(args) as session:
        account = account_of(session, output)
        host = session.endpoint.host
    base = next((one for one in account.bases if name in (one.id, one.raw_id)), None)
    tuned = find_tuned([*account.tuned, *account.others], name)
    if tuned is None and base is None:
        raise CommandError(
            _("{host} has no model {name}.", host=host, name=safe(name)),
            _("`fttui models` lists those that there are."),
        )
    if base is not None and (tuned is None or not tuned.is_tuned):
        served = tuned.to_json() if tuned else {}
        output.document({**served, **base.to_json()}) if output.json else output.lines(
            output.facts(base_facts(base))
        )
    elif tuned is not None:
        facts = [(label.lower(), value) for label, value in tuned_facts(tuned)]
        output.document(tuned.to_json()) if output.json else output.lines(output.facts(facts))
    return 0
