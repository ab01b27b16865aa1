"""`fttui models`: what the endpoint serves, and until when."""

from __future__ import annotations

import argparse
from datetime import date
from typing import TYPE_CHECKING, Any

from fttui.cli.output import Output
from fttui.cli.sessions import open_session
from fttui.cli.table import TextColumn
from fttui.terminal.format import NOTHING, moment_text
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Model

_COLUMNS = (
    TextColumn("MODEL"),
    TextColumn(_("SHUT DOWN"), rank=1),
    TextColumn("OWNER", least=8, rank=3),
    TextColumn("CREATED", rank=2),
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
    models = [model for model in page.items if model.is_fine_tuned or not args.mine]
    models.sort(key=lambda model: model.created_at.timestamp() if model.created_at else 0.0)
    models.reverse()
    if output.json:
        output.document([model.to_json() for model in models])
    elif models:
        today = date.today()
        output.table(_COLUMNS, [_row(model, today) for model in models])
    else:
        output.message(_("No models."))
    return 0


def _row(model: Model, today: date) -> list[str]:
    created = moment_text(model.created_at)
    return [model.id or NOTHING, _last_day(model, today), model.owned_by or NOTHING, created]


def _last_day(model: Model, today: date) -> str:
    if not model.shutdown_date:
        return NOTHING
    try:
        day = date.fromisoformat(model.shutdown_date)
    except ValueError:
        return model.shutdown_date
    left = (day - today).days
    return _("{day} (gone)", day=day) if left < 0 else _("{day} (in {left} d)", day=day, left=left)
