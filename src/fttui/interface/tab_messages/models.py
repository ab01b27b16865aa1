"""What workers tell the tab "Models"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fttui.interface.messages import FttuiMessage

if TYPE_CHECKING:
    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.tuned_models.account import AccountModels


class ModelsLoading(FttuiMessage):
    """The models are being asked for."""


class ModelsArranged(FttuiMessage):
    """All models of the account, as they are known now."""

    def __init__(self, account: AccountModels) -> None:
        super().__init__()
        self.account = account


class ModelsFailed(FttuiMessage):
    """The models could not be loaded; what is shown stays."""

    def __init__(self, error: ServiceError) -> None:
        super().__init__()
        self.error = error


class ModelsBusy(FttuiMessage):
    """These models, by their ids, are being deleted, and no others."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__()
        self.names = names
