"""The models of an account, read for a command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fttui.cli.output import Output, not_whole
from fttui.services.tuned_models.account import AccountModels, read_account
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.session import Session
    from fttui.services.tuned_models.inventory import TunedModel


def account_of(session: Session, output: Output) -> AccountModels:
    """The account's models; what could not be read of it, and what closes, is told on stderr."""
    account, trouble = session.thread.wait(read_account(session))
    if trouble:
        output.message(trouble)
    if account.dropped:
        output.message(
            _(
                "{dropped} entries of the endpoint's list could not be read.",
                dropped=account.dropped,
            )
        )
    if not account.is_whole and not trouble:
        output.message(not_whole(_("models")))
    if account.closing and not output.json:
        output.message(account.closing)
    return account


def find_tuned(models: Sequence[TunedModel], name: str) -> TunedModel | None:
    """The model of this id, as the endpoint tells it or as it is shown."""
    by_raw = next((one for one in models if one.raw_id == name), None)
    return by_raw or next((one for one in models if one.id == name), None)
