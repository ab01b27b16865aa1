"""What a user can ask for in the tab "Models"."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from fttui.terminal.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fttui.interface.actions.copying import CopyActions
    from fttui.interface.actions.job_feed import JobFeed
    from fttui.interface.actions.models_copying import ModelCopying
    from fttui.interface.actions.models_deleting import ModelDeleting
    from fttui.interface.actions.models_listing import ModelListing
    from fttui.interface.host import Host
    from fttui.services.tuned_models.bases import BaseModel
    from fttui.services.tuned_models.inventory import TunedModel


class ModelRequests:
    """A base of OpenAiInterfaceUtils: one method for each thing that can be asked for."""

    host: Host

    if TYPE_CHECKING:  # what the utilities have

        @cached_property
        def copying(self) -> CopyActions:
            """What goes to the clipboard."""

        @property
        def job_feed(self) -> JobFeed:
            """The list of jobs."""

        def create_again(self, model: str = "") -> None:
            """Fill the form from the selected job."""

    @cached_property
    def model_listing(self) -> ModelListing:
        """The account's models."""
        from fttui.interface.actions.models_listing import ModelListing

        return ModelListing(self.host)

    @cached_property
    def model_deleting(self) -> ModelDeleting:
        """What deletes models."""
        from fttui.interface.actions.models_deleting import ModelDeleting

        return ModelDeleting(self.host, self.model_listing, self.job_feed)

    @cached_property
    def model_copying(self) -> ModelCopying:
        """What of models goes to the clipboard."""
        from fttui.interface.actions.models_copying import ModelCopying

        return ModelCopying(self.host, self.copying)

    def load_account_models(self) -> None:
        """Load the models of the account anew."""
        self.model_listing.load()

    def stop_loading_models(self) -> None:
        """Give up the load of models, if one is under way."""
        self.model_listing.stop_loading()

    def delete_models(self, models: Sequence[TunedModel]) -> None:
        """Delete these models, after a confirmation."""
        self.model_deleting.begin(models)

    def copy_model_ids(self, models: Sequence[TunedModel | BaseModel]) -> None:
        """Copy the ids of these models."""
        self.model_copying.copy_ids(models)

    def show_model_copy_menu(self, models: Sequence[TunedModel | BaseModel]) -> None:
        """Choose among all that can be copied of these models."""
        self.model_copying.show_menu(models)

    def use_as_base(self, model: str) -> None:
        """Go to the form with `model` in it; in a job's details, with all that this job was."""
        if not self.host.in_front:
            self.create_again(model)
            return
        from fttui.interface.actions.read_only import refuses_change
        from fttui.interface.messages import ModelChosen

        if not refuses_change(self.host):
            self.host.show_tab("create")
            self.host.post(ModelChosen(model))

    def show_job_of(self, model: TunedModel | None) -> None:
        """Show all that is known of the job that has made a model."""
        if model is not None and model.job is not None:
            self.host.show_job(model.job)
            return
        self.host.notice(_("No job is known that has made this model."), severity="warning")
