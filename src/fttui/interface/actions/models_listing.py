"""Loading the models of the account, and arranging them anew when jobs have changed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from fttui.interface.messages import ModelsLoaded
from fttui.interface.tab_messages.models import ModelsArranged, ModelsFailed, ModelsLoading
from fttui.services.endpoint.errors import ServiceError
from fttui.services.tuned_models.account import NO_LIST, arrange
from fttui.services.tuned_models.asking import ask_models, has_no_list
from fttui.terminal.language import _

if TYPE_CHECKING:
    from textual.worker import Worker

    from fttui.interface.host import Host
    from fttui.services.endpoint.model_calls import ModelLimit
    from fttui.services.endpoint.models import Model, Page


class ModelListing:
    """The list of models as it was told last, and what is made of it with the jobs of the list."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._page: Page[Model] | None = None
        self._limits: tuple[ModelLimit, ...] = ()
        self._work: Worker[None] | None = None

    def load(self) -> None:
        """Ask for the models anew."""
        self._work = self._host.start_worker(
            self._load, group="account-models", exclusive=True, waits_for=""
        )

    def stop_loading(self) -> None:
        """Give up a load under way, and say so: what jobs have made is shown all the same."""
        if self._work is None or self._work.is_finished:
            return
        self._work.cancel()
        self._work = None
        self._host.post(ModelsFailed(ServiceError(_("Loading the models was stopped."))))
        self._page = self._page or NO_LIST
        self.arrange()

    def arrange(self) -> None:
        """Show the models with the jobs as they are now; asks the endpoint for nothing."""
        if self._page is not None:
            self._host.start_worker(
                self._arrange, group="arrange-models", exclusive=True, waits_for=""
            )

    async def drop(self, model: str) -> None:
        """A model was deleted: show what is left."""
        if self._page is None:
            return
        left = tuple(one for one in self._page.items if one.id != model)
        self._page = replace(self._page, items=left)
        self._host.post(ModelsLoaded(left))
        await self._arrange()

    async def _load(self) -> None:
        session = self._host.session
        self._host.post(ModelsLoading())
        try:
            handle = session.handle
            self._page = await session.thread.read(ask_models(session))
            self._limits = await session.thread.read(handle.model_limits())
        except ServiceError as error:
            self._host.post(ModelsFailed(error))
            if self._page is not None and not has_no_list(error):
                return
            self._page = NO_LIST  # what jobs have made is shown all the same
            await self._arrange()
            return
        self._host.post(ModelsLoaded(self._page.items))
        await self._arrange()

    async def _arrange(self) -> None:
        page, jobs = self._page, self._host.listed_jobs()
        if page is None:
            return
        account = await asyncio.to_thread(arrange, self._host.session, page, jobs, self._limits)
        self._host.post(ModelsArranged(account))
