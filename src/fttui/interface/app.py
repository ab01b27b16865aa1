"""`OpenAIInterfaceFT`: the application. It frames the panes; what they do is in the utilities."""

from __future__ import annotations

import copy
from collections.abc import Callable, Coroutine, Iterable
from contextlib import nullcontext
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static, TabPane

from fttui.interface.appearance import LATER, apply_settings, styles
from fttui.interface.carried import Carried, Switch
from fttui.interface.connection_line import ConnectionLine
from fttui.interface.create.pane import CreateJob
from fttui.interface.first_frame import tab_labels
from fttui.interface.guard.notices import notice
from fttui.interface.interface_utils import OpenAiInterfaceUtils
from fttui.interface.kit.keys import KeyLine, Waits
from fttui.interface.kit.palette import PaletteApp
from fttui.interface.messages import FormFilled
from fttui.interface.tabs import AppTabs
from fttui.services.profiles.sessions import ProfileSessions
from fttui.services.profiles.several import Sessions
from fttui.services.retirement_clock import day_of
from fttui.terminal.language import _

if TYPE_CHECKING:
    from textual.worker import Worker

    from fttui.interface.carried import Texts
    from fttui.interface.host import FileInView
    from fttui.interface.jobs.pane import ListJobs
    from fttui.interface.messages import FttuiMessage
    from fttui.interface.screens.menu import MenuItem
    from fttui.services.endpoint.models import Job
    from fttui.services.job_again import Again
    from fttui.services.session import Session


class OpenAIInterfaceFT(PaletteApp[str | Switch]):
    """The fine-tuning interface on one session; its result is "demo" when a sandbox is wanted.

    It is a `Switch` when another profile is wanted. `profiles` opens those, and `carried` is what
    was typed before this one was gone to.
    """

    TITLE = "fttui"
    CSS = styles()
    HORIZONTAL_BREAKPOINTS = [(0, "-too-narrow"), (60, "-narrow"), (100, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-too-short"), (16, "-short"), (30, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1,f2", "show_tab('create')", _("Create"), id="tab.create", key_display="1"),
        Binding("2,f3", "show_tab('jobs')", _("Jobs"), id="tab.jobs", key_display="2"),
        Binding("3,f4", "show_tab('files')", _("Files"), id="tab.files", show=False),
        Binding("4,f5", "show_tab('models')", _("Models"), id="tab.models", show=False),
        Binding("5,f6", "show_tab('playground')", _("Playground"), id="tab.try", show=False),
        Binding("6,f7", "show_tab('endpoints')", _("Endpoints"), id="tab.endpoints", show=False),
        Binding("v", "ask('show_copied_text')", _("Copied text"), id="app.copied", show=False),
        Binding("question_mark,f1", "help", _("Help"), id="app.help", key_display="?"),
        Binding("u", "ask('show_left_open')", _("Unfinished"), id="app.unfinished", show=False),
        Binding("P", "ask('choose_profile')", _("Profile"), id="app.profile", show=False),
        Binding("K", "ask('give_another_key')", _("Another key"), id="app.key", show=False),
        Binding("A", "ask('show_archive')", _("Archive"), id="app.archive", show=False),
        Binding("escape", "ask('stop_loading')", _("Stop loading"), id="app.stop", show=False),
        Binding(
            "ctrl+p", "command_palette", _("Commands"), id="app.commands", show=False, priority=True
        ),
        Binding("ctrl+z", "suspend_process", _("Suspend"), id="app.suspend", show=False),
        Binding("q", "ask('quit')", _("Quit"), id="app.quit"),
        Binding("ctrl+q", "ask('quit')", _("Quit"), id="app.quit", priority=True),
    ]

    def __init__(
        self,
        session: Session,
        *,
        demo: bool = False,
        start_folder: Path | None = None,
        tab: str = "create",
        today: date | None = None,
        clock: Callable[[], datetime] | None = None,
        profiles: ProfileSessions | None = None,
        carried: Carried | None = None,
    ) -> None:
        super().__init__()
        self.session = session
        self.profiles = profiles or ProfileSessions(session)
        self.sessions = Sessions(session, self.profiles if self.profiles.lists_all else None)
        self._carried = carried or Carried()
        self.demo = demo
        self.chosen_folder = self._carried.folder
        self.waits = Waits(self)
        self.utils = OpenAiInterfaceUtils(self, start_folder)
        self._clock = clock or (lambda: datetime.now(UTC))
        session.retirement.today = lambda: today or day_of(self._clock())
        # An archive is there to be looked at: nothing can be created in it.
        tab = "jobs" if session.refusal else tab
        self.create_pane = CreateJob(in_front=tab == "create", id="create-pane")
        self.create_pane.carried = self._carried.texts.get("create", {})
        self.connection = ConnectionLine(session, demo=demo)
        texts = self._carried.texts
        self.tabs = AppTabs(initial=tab, before=self._add_tab_styles, carried=texts, id="tabs")

    @cached_property
    def jobs_pane(self) -> ListJobs:
        """The list; it comes after the first paint, and before all that is told to it."""
        from fttui.interface.jobs.making import list_pane

        pane = list_pane(self.sessions, self._clock, self._warn)
        pane.carried = self._carried.texts.get("jobs", {})
        return pane

    @property
    def typed_texts(self) -> dict[str, Texts]:
        """What is typed in each tab, by its id; of one that was not opened what came along."""
        panes = {"create": self.create_pane, "jobs": vars(self).get("jobs_pane")}
        found = {tab: pane.texts() for tab, pane in (panes | self.tabs.opened).items() if pane}
        return {**self._carried.texts, **found}

    def switch_profile(self, profile: str, form: Again | None = None, word: str = "") -> None:
        """Go to another profile, with the form filled from `form`; there `word` is said."""
        self.utils.switching.begin(profile, form, word)

    def post(self, message: FttuiMessage) -> None:
        """Give `message` to every pane that is there, and to the dialogs that hear workers.

        Safe to call from any thread.
        """
        later = (vars(self).get("jobs_pane"), *self.tabs.opened.values())
        dialogs = (each for each in self.screen_stack if getattr(each, "hears_workers", False))
        panes: Iterable[Any] = (self.create_pane, *later, *dialogs)
        if message.profile not in ("", self.session.endpoint.mark):  # the list alone has others
            panes = later[:1]
        for pane in panes:
            if pane is not None and pane.is_attached:
                pane.post_message(copy.copy(message))

    def notice(self, text: str, **options: Any) -> None:
        """Show a toast."""
        notice(self, text, **options)

    def _warn(self, text: str) -> None:
        self.notice(text, severity="warning")

    def show_error(self, sentence: str) -> None:
        """Put `sentence` on the connection line, or take it away with ""; from any thread."""
        self.call_later(self.connection.show_error, sentence)

    def show_work(self, words: str) -> None:
        """Put what goes on behind the screens on the connection line, or take it away with ""."""
        self.connection.show_work(words)

    def start_worker(
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
        what = self.session.endpoint.host if waits_for is None else waits_for

        async def begin() -> None:
            with self.waits.named(what) if what else nullcontext():
                await work()

        return self.run_worker(begin, group=group, exclusive=exclusive, exit_on_error=False)

    def selected_jobs(self) -> list[Job]:
        """The job of the details that are open, else the marked ones, or the one at the cursor."""
        from fttui.interface.jobs.details import JobDetails

        source = self.screen if isinstance(self.screen, JobDetails) else self.jobs_pane
        return source.selected_jobs()

    def listed_jobs(self, *, everywhere: bool = False) -> list[Job]:
        """All jobs of the list at the endpoint in use, or everywhere, filtered out ones too."""
        jobs = self.jobs_pane.table.jobs
        return jobs if everywhere else [job for job in jobs if self.sessions.is_own(job)]

    def show_comparison(self, jobs: list[Job], closed: Callable[[None], Any]) -> Screen[None]:
        """Open the comparison of `jobs`, which waits for a JobCompared of each."""
        from fttui.interface.jobs.compare import CompareJobs

        screen = CompareJobs(jobs)
        self.push_screen(screen, closed)
        return screen

    def first_to_copy(self) -> tuple[MenuItem, str] | None:
        """What the screen in front would copy first, and its text: an event of a job, say."""
        first = getattr(self.screen, "menu_first", None)
        found: tuple[MenuItem, str] | None = first() if callable(first) else None
        return found

    def file_in_front(self) -> FileInView | None:
        """The place in a file that the screen in front shows; None where it shows none."""
        shown = getattr(self.screen, "file_in_view", None)
        found: FileInView | None = shown() if callable(shown) else None
        return found

    def show_tab(self, tab: str) -> None:
        """Leave a job's details, and go to `tab`, whose pane is there to be told of things."""
        if self.screen.id == "job-details":
            self.screen.dismiss()
        self.tabs.go_to(tab)

    def show_job(self, job: Job) -> None:
        """Show all that is known of a job, whichever tab is in front."""
        self.jobs_pane.action_details(job=job)

    def show_new_job(self, job: Job, *, was_waited_for: bool = False) -> None:
        """Show a job that was made: in the list, if the user waited for it, else by its row alone.

        Who has gone on to something else meanwhile is left there.
        """
        is_followed = self.tabs.pane is self.create_pane and self.create_pane.is_followed
        goes_there = self.is_at_rest and (was_waited_for or is_followed)
        select = goes_there or self.tabs.pane is not self.jobs_pane
        self.utils.feeds.of(job).job_changed(job, select=select)
        if goes_there:
            self.tabs.go_to("jobs")

    def compose(self) -> ComposeResult:
        """The connection line, the tabs, and the keys that matter now."""
        yield self.connection
        with self.tabs:
            for tab, words in tab_labels(self.size.width).items():
                with TabPane(Content(words), id=tab):
                    if tab == "create":
                        yield self.create_pane
        yield Static(
            Content(_("The terminal is too small: 60 x 16 at least. Ctrl+Q quits.")), id="too-small"
        )
        yield KeyLine()

    def push_screen(self, *args: Any, **options: Any) -> Any:
        """Open a dialog, which may be before the styles of all dialogs are there."""
        self._complete_styles()
        return super().push_screen(*args, **options)

    def _complete_styles(self) -> None:
        """Take the styles of what is not in the first frame; nothing in that changes by them."""
        self.add_styles(*LATER)

    def _add_tab_styles(self, tab: str) -> None:
        self._complete_styles()  # its list has the looks of all lists, also if it comes early
        self.add_styles(f"styles/{tab}")

    def add_styles(self, *names: str) -> None:
        """Take styles into use, once."""
        place = ("", " ".join(names))
        if not self.stylesheet.has_source(*place):
            self.stylesheet.add_source(styles(names), read_from=place)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy what Textual's own widgets copy by the same way as everything else."""
        self._clipboard = text
        self.utils.copy_to_clipboard(text, _("the selection"))

    def on_mount(self) -> None:
        """Set looks and keys; everything that takes time begins after the first paint."""
        apply_settings(self, self.session.settings, self._warn)
        if self.session.archive_notes:
            self._warn(" ".join(self.session.archive_notes))
        # The form is what comes first: what is typed already can stand in it when it is painted.
        self.utils.start.has_begun = self.session.credential is not None
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        if self._carried.word:
            self.notice(self._carried.word)
        self.keys.take_over(self._carried.keys)
        if self.tabs.active == "jobs":  # Textual has put the focus into the first tab
            self.tabs.go_to("jobs")
        self.utils.start.begin()

    def show_rest(self) -> None:
        """Mount the tab that is not in front, get ready for dialogs, and read which models are."""
        self._complete_styles()
        self.query_one("#jobs", TabPane).mount(self.jobs_pane)
        if self.tabs.active == "jobs":  # it was gone to before
            self.jobs_pane.enter()
        self.create_pane.offer_models()
        if self._carried.form is not None:
            self.tabs.go_to("create")
            self.post(FormFilled(self._carried.form))

    def on_app_blur(self, event: events.AppBlur) -> None:
        """Ask the endpoint less often while nobody looks.

        Textual would take the focus away and give it back, whatever is there by then.
        """
        event.prevent_default()
        self.utils.feeds.set_focused(False)

    def on_app_focus(self) -> None:
        """Look again at once when somebody does."""
        self.utils.feeds.set_focused(True)

    @property
    def is_at_rest(self) -> bool:
        """True when no dialog stands in front of the tabs, so that they may be switched."""
        return len(self.screen_stack) == 1

    @property
    def in_front(self) -> str:
        """The id of the tab that keys go to; "" while a dialog stands before it."""
        return self.tabs.active if self.is_at_rest else ""

    @property
    def open_tab(self) -> str:
        """The id of the tab that is open, whatever stands before it."""
        return self.tabs.active

    @property
    def place(self) -> object:
        """What stands in front: another one when a dialog or a tab was opened or left since."""
        return self.screen, self.in_front

    @property
    def keys_taken(self) -> int:
        """How many keys and pastes there were so far."""
        return self.keys.taken

    @property
    def keys_wait(self) -> bool:
        """True until the first screen is decided on, and while a tab or a dialog is not there."""
        if not self.utils.start.has_begun or super().keys_wait:
            return True
        return self.is_at_rest and (self.tabs.pane is None or self.tabs.pane.keys_wait)

    async def act_on(self, event: events.Event) -> None:
        """Handle an event whose turn it is; without a focus no key of a tab would act."""
        if self.utils.is_switching and isinstance(event, events.Key) and event.key == "escape":
            self.utils.switching.stop()
            return
        if self.is_at_rest and self.screen.focused is None and self.tabs.pane:
            self.tabs.pane.take_focus()
        await super().act_on(event)

    @property
    def esc_ends_wait(self) -> bool:
        """True while a dialog, or Send, waits for what it was asked for."""
        pane = self.tabs.pane
        return (
            super().esc_ends_wait
            or self.utils.is_switching
            or (self.is_at_rest and pane is not None and pane.esc_ends_wait)
        )

    def action_show_tab(self, tab: str) -> None:
        """Show a tab, by key or from the palette."""
        self.tabs.go_to(tab)

    def action_ask(self, name: str) -> None:
        """Do what a key, a button or the palette asks for: a method of the utilities."""
        getattr(self.utils, name)()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what the utilities know can be asked for."""
        if action == "ask":
            return callable(getattr(self.utils, str(parameters[0]), None))
        return super().check_action(action, parameters)

    def action_help(self) -> None:
        """Show the keys of the screen in front, then all others, and the guide to the API key."""
        from fttui.interface.screens.guide import KeyPlace
        from fttui.interface.screens.help import Help

        if not isinstance(self.screen, Help):
            self.push_screen(Help(KeyPlace.of(self.session.endpoint)))

    async def action_quit(self) -> None:
        """Quit; ask first when something that was paid for is under way."""
        self.utils.quit()
