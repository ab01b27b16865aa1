"""`OpenAiInterfaceUtils`: everything that a user can ask for, one method each.

Buttons, keys and the command palette call the same method. It returns at once; what it starts runs
in a worker, awaits the service thread, and posts messages that the panes show.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.dom import DOMNode

from fttui.interface.actions.checks import FileChecks
from fttui.interface.actions.copying import Copying
from fttui.interface.actions.job_actions import JobActions
from fttui.interface.actions.job_feed import Listing
from fttui.interface.actions.recovery import Recovering
from fttui.interface.actions.repair import Repairs, Reporting
from fttui.interface.actions.start import Starting
from fttui.interface.actions.submit import Submitting
from fttui.interface.guard.notices import notice
from fttui.interface.kit.keys import Waits
from fttui.interface.messages import FileChosen, FttuiMessage, JobChanged
from fttui.storage.recent import recent_files, remember_file

if TYPE_CHECKING:
    from textual.worker import Worker

    from fttui.interface.app import OpenAIInterfaceFT
    from fttui.services.endpoint.models import Job
    from fttui.services.job_form import JobForm
    from fttui.services.story import Story


class OpenAiInterfaceUtils:
    """What a user can ask for; `app` is the application that it serves."""

    def __init__(self, app: OpenAIInterfaceFT) -> None:
        self.app = app
        self.waits = Waits(app)
        self.checks = FileChecks(self.tell)
        self.repairs = Repairs(self.tell)
        self.reporting = Reporting(self)
        self.listing = Listing(self)
        self.submitting = Submitting(self)
        self.job_actions = JobActions(self)
        self.copying = Copying(self)
        self.starting = Starting(self)
        self.recovering = Recovering(self)

    def start(self) -> None:
        """Find the key and load the first lists; called after the first paint."""
        self.starting.begin()

    def quit(self) -> None:
        """Leave the app; asks first while a submission is under way."""
        self.starting.quit()

    def browse_training_data(self, field: str = "training") -> None:
        """Open the file picker for the `training` or the `validation` file."""
        from fttui.interface.screens.file_picker import FilePicker

        recent = recent_files()
        start = self.app.start_folder or (recent[0].parent if recent else Path.cwd())

        def chosen(path: Path | None) -> None:
            if path is not None:
                self.app.start_folder = path.parent
                self.choose_file(field, path)

        self.app.push_screen(FilePicker(start, recent, title=f"Choose the {field} file"), chosen)

    def choose_file(self, field: str, path: Path) -> None:
        """Take `path` as the field's file, as if it had been picked."""
        remember_file(path)
        self.tell(FileChosen(field, path))

    def check_training_file(
        self, field: str, path: Path, method: str | None = None, model: str | None = None
    ) -> None:
        """Check a file in the background; a check of the same field under way is given up."""
        self.checks.start(field, path, method, model)

    def stop_check(self, field: str) -> None:
        """Give up the field's check, if one is under way."""
        self.checks.stop(field)

    def repair_training_file(
        self,
        field: str,
        source: Path,
        copy: Path,
        method: str | None = None,
        model: str | None = None,
    ) -> None:
        """Write a repaired copy of a field's file in the background, and check the copy."""
        self.repairs.start(field, source, copy, method, model)

    def stop_repair(self) -> None:
        """Give up the copy that is being written, if one is."""
        self.repairs.stop()

    def create_fine_tuning_job(
        self, form: JobForm, training: Path | str, validation: Path | str | None = None
    ) -> None:
        """Confirm, upload and create; a second call while one is under way does nothing."""
        self.submitting.begin(form, training, validation)

    def pause_upload(self) -> None:
        """Send no further part until `resume_upload`."""
        self.submitting.pause()

    def resume_upload(self) -> None:
        """Go on with a paused upload."""
        self.submitting.resume()

    def cancel_upload(self) -> None:
        """Give up the upload that is under way, after a confirmation."""
        self.submitting.cancel()

    def show_left_open(self) -> None:
        """Show what earlier runs left open: uploads, files without a job, unanswered calls."""
        self.recovering.show()

    def stop_loading(self) -> None:
        """Give up the load of the list, if one is under way."""
        self.listing.stop_loading()

    def load_models(self) -> None:
        """Ask which models the endpoint serves."""
        self.listing.load_models()

    def display_job_ids(self) -> None:
        """Load every page of jobs anew and show them; a load under way is not doubled."""
        self.listing.load_jobs()

    def show_job(self, job: Job, *, known: Story | None = None, everything: bool = False) -> None:
        """Load what is not `known` of the one job that is in view, and keep its events coming.

        Of a job without known events it is the newest page, with `everything` all pages. Showing
        another job gives this up.
        """
        self.listing.load_story(job, known, everything=everything)

    def catch_up(self, job: Job, known: Story) -> None:
        """Load the events of the job in view that came since those that are `known`."""
        self.listing.load_story(job, known, only_events=True)

    def leave_job(self) -> None:
        """No job is in view any more: ask nothing more of the last one."""
        self.listing.leave_story()

    def job_changed(self, job: Job, *, select: bool = False) -> None:
        """An action made `job` what it is now: tell all panes, and watch it from now on.

        `select` moves the list's cursor to it. From any thread.
        """
        self.tell(JobChanged(job, select=select))
        self.listing.freshness.learn(job)

    def select_job_ids(self) -> None:
        """Copy the ids of the selected jobs."""
        self.copying.copy_job_ids(self.selected_jobs())

    def select_names(self) -> None:
        """Copy the names of the selected jobs: the fine-tuned model's, or the suffix until then."""
        self.copying.copy_job_names(self.selected_jobs())

    def copy_to_clipboard(self, text: str, what: str = "the text") -> None:
        """Copy `text`, called `what` in the toast that tells how far it is known to have got."""
        self.copying.copy(text, what)

    def show_copied_text(self) -> None:
        """Show the last copied text on a plain screen, to select it by hand."""
        self.copying.show_last()

    def cancel_job(self) -> None:
        """Cancel the selected jobs, after a confirmation."""
        self.job_actions.begin("cancel", self.selected_jobs())

    def pause_job(self) -> None:
        """Pause the selected jobs, after a confirmation."""
        self.job_actions.begin("pause", self.selected_jobs())

    def resume_job(self) -> None:
        """Let the selected paused jobs go on, after a confirmation."""
        self.job_actions.begin("resume", self.selected_jobs())

    def selected_jobs(self) -> list[Job]:
        """The marked jobs of the list, or the one under the cursor."""
        return self.app.jobs_pane.selected_jobs()

    def tell(self, message: FttuiMessage) -> None:
        """Post `message` to every pane; safe to call from any thread."""
        for pane in self.app.listeners:
            pane.post_message(copy.copy(message))

    def run(
        self,
        work: Callable[[], Coroutine[Any, Any, None]],
        group: str,
        *,
        exclusive: bool = False,
        waits_for: str | None = None,
    ) -> Worker[None]:
        """Start a worker whose failure is shown and never ends the app.

        It calls `work` when it runs: of one that is cancelled before, nothing is left behind.
        When it lasts, the key line says what it `waits_for`: the endpoint, when that is None, and
        nothing for "", where other words stand on the screen.
        """
        what = self.app.session.endpoint.host if waits_for is None else waits_for

        async def begin() -> None:
            with self.waits.told(what) if what else nullcontext():
                await work()

        return self.app.run_worker(begin, group=group, exclusive=exclusive, exit_on_error=False)

    def show_outcome(self, job: Job, *, was_waited_for: bool = False) -> None:
        """Show a job that was made: in the list, if the user waited for it, else by its row alone.

        Who has gone on to something else meanwhile is left there.
        """
        app = self.app
        is_followed = app.tabs.pane is app.create_pane and app.create_pane.is_followed
        goes_there = app.is_at_rest and (was_waited_for or is_followed)
        self.job_changed(job, select=goes_there or app.tabs.pane is not app.jobs_pane)
        if goes_there:
            app.show_tab("jobs")

    def show_trouble(self, sentence: str) -> None:
        """Put `sentence` on the connection line, or take it away with ""; from any thread."""
        self.app.call_later(self.app.connection.set_trouble, sentence)

    def notice(self, text: str, **options: Any) -> None:
        """Show a toast."""
        notice(self.app, text, **options)


def utils_of(node: DOMNode) -> OpenAiInterfaceUtils:
    """The utilities of the app that `node` belongs to."""
    utils: OpenAiInterfaceUtils = node.app.utils  # type: ignore[attr-defined]
    return utils
