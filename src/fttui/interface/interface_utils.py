"""`OpenAiInterfaceUtils`: everything that a user can ask for, one method each.

Buttons, keys and the command palette call the same method. It returns at once; what it starts (see
`actions`) runs in a worker, awaits the service thread, and posts messages that the panes show.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from textual.dom import DOMNode

from fttui.interface.actions.start import StartActions
from fttui.interface.requests.endpoints import EndpointRequests
from fttui.interface.requests.files import FileRequests
from fttui.interface.requests.models import ModelRequests
from fttui.interface.requests.playground import PlaygroundRequests
from fttui.terminal.language import _

if TYPE_CHECKING:  # each is imported where it is first needed: the first paint needs none
    from fttui.interface.actions.again import AgainActions
    from fttui.interface.actions.annotating import AnnotationActions
    from fttui.interface.actions.archive import ArchiveActions
    from fttui.interface.actions.checks import FileChecks
    from fttui.interface.actions.copy_menu import CopyMenu
    from fttui.interface.actions.copying import CopyActions
    from fttui.interface.actions.curves import CurveActions
    from fttui.interface.actions.editing import EditActions
    from fttui.interface.actions.first_run import FirstRunActions
    from fttui.interface.actions.grader import GraderActions
    from fttui.interface.actions.job_actions import JobActions
    from fttui.interface.actions.job_facts import JobFacts
    from fttui.interface.actions.job_feed import JobFeed
    from fttui.interface.actions.job_feeds import JobFeeds
    from fttui.interface.actions.picture import PictureActions
    from fttui.interface.actions.recovery import RecoveryActions
    from fttui.interface.actions.repair import RepairActions
    from fttui.interface.actions.splitting import SplitActions
    from fttui.interface.actions.submit import SubmitActions
    from fttui.interface.host import Host
    from fttui.services.job_again import Again
    from fttui.services.job_form import JobForm


class OpenAiInterfaceUtils(FileRequests, ModelRequests, PlaygroundRequests, EndpointRequests):
    """What a user can ask for of the app that is the `host`.

    The file picker opens in `start_folder`, or else where a file was chosen last.
    """

    def __init__(self, host: Host, start_folder: Path | None = None) -> None:
        self.host = host
        self._start_folder = start_folder
        self.start = StartActions(
            host,
            lambda: self.feeds,
            lambda: self.recovery,
            lambda: self.annotating,
            lambda: self.first_run,
        )

    @cached_property
    def first_run(self) -> FirstRunActions:
        """What there is to do without a key."""
        from fttui.interface.actions.first_run import FirstRunActions

        return FirstRunActions(self.host, lambda: self.copying, self.start.load)

    @cached_property
    def checks(self) -> FileChecks:
        """The checks of the files in the form."""
        from fttui.interface.actions.checks import FileChecks

        return FileChecks(self.host, self._start_folder)

    @cached_property
    def grader(self) -> GraderActions:
        """Where the grader of the form comes from."""
        from fttui.interface.actions.grader import GraderActions

        return GraderActions(self.host, self._start_folder)

    @cached_property
    def repair(self) -> RepairActions:
        """Reports of checks, and repaired copies."""
        from fttui.interface.actions.repair import RepairActions

        return RepairActions(self.host, self.checks)

    @cached_property
    def editing(self) -> EditActions:
        """The user's editor."""
        from fttui.interface.actions.editing import EditActions

        return EditActions(self.host, self.checks)

    @cached_property
    def splitting(self) -> SplitActions:
        """Files that are split into two."""
        from fttui.interface.actions.splitting import SplitActions

        return SplitActions(self.host, self.checks)

    @cached_property
    def feeds(self) -> JobFeeds:
        """What all endpoints tell whose jobs are listed."""
        from fttui.interface.actions.job_feeds import JobFeeds

        return JobFeeds(self.host, lambda: self.annotating.load())

    @cached_property
    def job_feed(self) -> JobFeed:
        """What the endpoint in use tells of jobs and models."""
        return self.feeds.own

    @cached_property
    def submit(self) -> SubmitActions:
        """From a filled form to a job."""
        from fttui.interface.actions.submit import SubmitActions

        return SubmitActions(self.host, self.checks, self.job_feed)

    @cached_property
    def job_facts(self) -> JobFacts:
        """What is known of jobs beside what their records tell."""
        from fttui.interface.actions.job_facts import JobFacts

        return JobFacts(self.host)

    @cached_property
    def job_actions(self) -> JobActions:
        """What changes jobs."""
        from fttui.interface.actions.job_actions import JobActions

        return JobActions(self.host, self.feeds)

    @cached_property
    def again(self) -> AgainActions:
        """What takes a job over into the form."""
        from fttui.interface.actions.again import AgainActions

        return AgainActions(self.host)

    @cached_property
    def copying(self) -> CopyActions:
        """What goes to the clipboard."""
        from fttui.interface.actions.copying import CopyActions

        return CopyActions(self.host)

    @cached_property
    def annotating(self) -> AnnotationActions:
        """Notes, labels and hidden jobs."""
        from fttui.interface.actions.annotating import AnnotationActions

        return AnnotationActions(self.host)

    @cached_property
    def copy_menu(self) -> CopyMenu:
        """All that can be copied of jobs, and their pages."""
        from fttui.interface.actions.copy_menu import CopyMenu

        return CopyMenu(self.host, self.copying)

    @cached_property
    def archive(self) -> ArchiveActions:
        """The archive of this account."""
        from fttui.interface.actions.archive import ArchiveActions

        return ArchiveActions(self.host, self.copying)

    @cached_property
    def curves(self) -> CurveActions:
        """Curves of jobs, to save and to compare."""
        from fttui.interface.actions.curves import CurveActions

        return CurveActions(self.host)

    @cached_property
    def picture(self) -> PictureActions:
        """Pictures of the screen."""
        from fttui.interface.actions.picture import PictureActions

        return PictureActions(self.host)

    @cached_property
    def recovery(self) -> RecoveryActions:
        """What earlier runs left open."""
        from fttui.interface.actions.recovery import RecoveryActions

        return RecoveryActions(self.host, self.submit, self.upload_again)

    def quit(self) -> None:
        """Leave the app; asks first while a submission is under way."""
        from fttui.interface.actions.leaving import QUIT

        self.leaving.begin(QUIT, self.host.exit)

    def browse_training_data(self, field: str = "training") -> None:
        """Open the file picker for the `training` or the `validation` file, or the `grader`'s."""
        if field == "grader":
            self.grader.browse()
            return
        self.checks.browse(field)

    def edit_file(self) -> None:
        """Open the file in front in the user's editor, at the line in front."""
        self.editing.begin()

    def split_file(self) -> None:
        """Split the file in front into one to train on and one to validate with."""
        self.splitting.begin()

    def create_fine_tuning_job(
        self,
        form: JobForm,
        training: Path | str,
        validation: Path | str | None = None,
        again: Again | None = None,
    ) -> None:
        """Confirm, upload and create; a second call while one is under way does nothing.

        `again` is the job that the form was filled from.
        """
        self.submit.begin(form, training, validation, again)

    def create_again(self, model: str = "") -> None:
        """Fill the form from the selected job; `model` takes the place of its base."""
        self.again.begin(model)

    def pause_upload(self) -> None:
        """Send no further part, or go on after a pause."""
        self.submit.toggle_pause()

    def cancel_upload(self) -> None:
        """Give up the upload that is under way, after a confirmation."""
        self.submit.cancel()

    def show_left_open(self) -> None:
        """Show what earlier runs left open: uploads, files without a job, unanswered calls."""
        self.recovery.show()

    def show_archive(self) -> None:
        """Show the archive of this account, to save it or to go on."""
        self.archive.show()

    def stop_loading(self) -> None:
        """Give up the load of the list, if one is under way, and take a toast away."""
        self.host.clear_notifications()
        self.feeds.stop_loading()

    def display_job_ids(self) -> None:
        """Load every page of jobs anew and show them; a load under way is not doubled."""
        self.feeds.load_jobs()
        self.annotating.load()

    def select_job_ids(self) -> None:
        """Copy the ids of the selected jobs."""
        self.copying.copy_job_ids()

    def select_names(self) -> None:
        """Copy the names of the selected jobs: the fine-tuned model's, or the suffix until then."""
        self.copying.copy_job_names()

    def copy_to_clipboard(self, text: str, what: str = _("the text")) -> None:
        """Copy `text`, called `what` in the toast that tells how far it is known to have got."""
        self.copying.copy(text, what)

    def show_copy_menu(self) -> None:
        """Choose among all that can be copied of the selected jobs."""
        self.copy_menu.show()

    def open_in_browser(self) -> None:
        """Open the selected job's page, or show where it is."""
        self.copy_menu.open_page()

    def show_copied_text(self) -> None:
        """Show the last copied text on a plain screen, to select it by hand."""
        self.copying.show_last()

    def save_picture(self) -> None:
        """Save the screen in front as an SVG, without keys and secrets."""
        self.picture.save()

    def compare_jobs(self) -> None:
        """Compare the marked jobs, or those of a sweep: their curves, and what differs."""
        self.curves.compare()

    def show_training_file(self) -> None:
        """Show the training file of the job in front, where it is on this machine."""
        self.job_facts.show_training_file()

    def cancel_job(self) -> None:
        """Cancel the selected jobs, after a confirmation."""
        self.job_actions.begin("cancel")

    def pause_job(self) -> None:
        """Pause the selected jobs, after a confirmation."""
        self.job_actions.begin("pause")

    def edit_note(self) -> None:
        """Write a note to the selected jobs, which stays on this machine."""
        self.annotating.edit_note()

    def edit_labels(self) -> None:
        """Put labels on the selected jobs, or take them off."""
        self.annotating.edit_labels()

    def toggle_hidden(self) -> None:
        """Leave the selected jobs out of the list; on hidden ones, show them again."""
        self.annotating.toggle_hidden()

    def toggle_hidden_shown(self) -> None:
        """Show the hidden jobs too, or leave them out again."""
        self.annotating.toggle_shown()

    def choose_list_columns(self) -> None:
        """Choose the columns of the list and their order."""
        from fttui.interface.messages import ColumnsAsked

        self.host.post(ColumnsAsked())

    def resume_job(self) -> None:
        """Let the selected paused jobs go on, after a confirmation."""
        self.job_actions.begin("resume")


def utils_of(node: DOMNode) -> OpenAiInterfaceUtils:
    """The utilities of the app that `node` belongs to."""
    utils: OpenAiInterfaceUtils = node.app.utils  # type: ignore[attr-defined]
    return utils
