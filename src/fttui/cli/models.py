"""`fttui models`: what the endpoint serves, and until when."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from fttui.cli.output import Output, colour_of
from fttui.cli.sessions import open_session
from fttui.cli.table import Cell, TextColumn
from fttui.services.job_words import shorten_model
from fttui.terminal.format import NOTHING, moment_text
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Model
    from fttui.training_data.retirement import Retirement

_MODEL_LEAST = 48  # so that 80 columns show the date and the days
_COLUMNS = (
    TextColumn("MODEL", least=_MODEL_LEAST, shorten=shorten_model),
    TextColumn(_("SHUT DOWN"), rank=2),
    TextColumn(_("DAYS LEFT"), rank=1, right=True),
    TextColumn("OWNER", least=8, rank=4),
    TextColumn("CREATED", rank=3),
)


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "models",
        help=_("models of the endpoint"),
        description=_("The models that your key may use."),
    )
    parser.add_argument("--mine", action="store_true", help=_("only fine-tuned models"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the models, newest first."""
    output = Output.of(args)
    with open_session(args) as session:
        page = session.thread.wait(session.handle.list_models())
    clock = session.retirement
    clock.learn(page.items)
    models = [model for model in page.items if model.is_fine_tuned or not args.mine]
    models.sort(key=lambda model: model.created_at.timestamp() if model.created_at else 0.0)
    models.reverse()
    if output.json:
        output.document([model.to_json(clock.of(model.id)) for model in models])
    elif models:
        output.table(_COLUMNS, [_row(model, clock.of(model.id)) for model in models])
    else:
        output.message(_("No models."))
    return 0


def _row(model: Model, goes: Retirement | None) -> list[str | Cell]:
    created = moment_text(model.created_at)
    day, left = (f"{goes.day}", goes.short) if goes else (NOTHING, NOTHING)
    cell = Cell(left, colour_of(goes.look) if goes else "")
    return [model.id or NOTHING, day, cell, model.owned_by or NOTHING, created]
