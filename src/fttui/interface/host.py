"""`Host`: the few things that actions know of the app, so that nothing imports what holds it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from fttui.terminal.language import _

if TYPE_CHECKING:
    from rich.segment import Segment
    from textual.screen import Screen
    from textual.worker import Worker

    from fttui.interface.carried import Texts
    from fttui.interface.guard.typing_ahead import KeyOrPaste
    from fttui.interface.messages import FttuiMessage
    from fttui.services.endpoint.models import Job
    from fttui.services.job_again import Again
    from fttui.services.profiles.sessions import ProfileSessions
    from fttui.services.profiles.several import Sessions
    from fttui.services.session import Session
    from fttui.terminal.children import Ended


ON_ENDPOINT = _("This file is on the endpoint. Download it, and edit or split that copy.")
"""Why a file cannot be edited that was fetched to be looked at."""

OPEN_ARCHIVE = "archive:"
"""How the app's result begins when an archive is to be opened; its folder follows."""


@dataclass(frozen=True, slots=True)
class FileInView:
    """The place in a file that a screen shows: line and column from 1, the byte of the line.

    `why_not` is a sentence where the file cannot be edited here.
    """

    path: Path
    line: int = 1
    column: int = 1
    offset: int | None = None
    why_not: str = ""


class FeedHost(Protocol):
    """What the feed of one endpoint asks of the app.

    `post`, `show_error`, `show_title`, `write_escape` and `call_later`: from any thread.
    """

    @property
    def session(self) -> Session:
        """The endpoint, its key and the journal."""

    @property
    def in_front(self) -> str:
        """The id of the tab that keys go to; "" while a dialog stands before it."""

    def post(self, message: FttuiMessage) -> None:
        """Give `message` to every pane."""

    def notice(self, text: str, **options: Any) -> None:
        """Show a toast."""

    def show_error(self, sentence: str) -> None:
        """Put `sentence` on the connection line, or take it away with ""."""

    def show_title(self, owner: str, text: str) -> None:
        """Have the window called `text` while `owner` wants it, "" for no more; from any thread."""

    def start_worker(
        self,
        work: Callable[[], Coroutine[Any, Any, None]],
        group: str,
        *,
        exclusive: bool = False,
        waits_for: str | None = None,
    ) -> Worker[None]:
        """Start a worker whose failure is shown and never ends the app."""

    def call_later(self, callback: Callable[..., Any], *args: Any) -> bool:
        """Call it on the app's own loop."""

    def write_escape(self, sequence: str) -> None:
        """Send a sequence of our own to the terminal, between two frames."""


class Host(FeedHost, Protocol):
    """What an action may ask of the app."""

    @property
    def sessions(self) -> Sessions:
        """The session in use, and those of other endpoints whose jobs are listed too."""

    @property
    def demo(self) -> bool:
        """True on a sandbox that goes, with its folder, when the app ends."""

    chosen_folder: Path | None
    """Where a file was saved last in this run; None before the first one."""

    @property
    def profiles(self) -> ProfileSessions:
        """What opens the sessions of other profiles."""

    @property
    def typed_texts(self) -> dict[str, Texts]:
        """What is typed in each tab, by its id."""

    def switch_profile(self, profile: str, form: Again | None = None, word: str = "") -> None:
        """Go to another profile, of the name "" to what the run began with; there `word` is said.

        What is typed goes along, and the form is filled from `form`, if one is given. Work that is
        under way is asked about first. A profile that cannot be used is told, and nothing is left.
        """

    @property
    def open_tab(self) -> str:
        """The id of the tab that is open, whatever stands before it."""

    @property
    def place(self) -> object:
        """What stands in front: another one when a dialog or a tab was opened or left since."""

    @property
    def keys_taken(self) -> int:
        """How many keys and pastes there were so far."""

    @property
    def keys_are_through(self) -> bool:
        """True when all keys have acted, or wait for a screen that is not there."""

    def show_rest(self) -> None:
        """Mount what the first paint had no need of."""

    def selected_jobs(self) -> list[Job]:
        """The job of the details that are open, else the marked ones, or the one at the cursor."""

    def painted(self) -> list[list[Segment]]:
        """What stands on the screen now, row by row."""

    def listed_jobs(self, *, everywhere: bool = False) -> list[Job]:
        """All jobs of the list at the endpoint in use, those that a filter hides too.

        With `everywhere` those at other endpoints, too.
        """

    def show_comparison(self, jobs: list[Job], closed: Callable[[None], Any]) -> Screen[None]:
        """Open the comparison of `jobs`, which waits for a JobCompared of each."""

    def first_to_copy(self) -> tuple[Any, str] | None:
        """The `MenuItem` of what the screen in front would copy first, and its text."""

    def file_in_front(self) -> FileInView | None:
        """The place in a file that the screen in front shows; None where it shows none."""

    @property
    def can_lend_terminal(self) -> bool:
        """False where there is no terminal of the user's, as in a browser."""

    def hold_keys(self) -> None:
        """Let no key act from now on: the terminal is about to be lent."""

    def release_keys(self, *, keep: bool = False) -> None:
        """Let keys act again; unless they are kept, those typed meanwhile were not meant for us."""

    async def hand_over(self) -> tuple[KeyOrPaste, ...]:
        """Leave the terminal to the next app as it is; returns what was typed and did not act."""

    async def run_in_terminal(self, words: Sequence[str]) -> Ended:
        """Run a program that has the terminal until it ends; never raises for one that fails."""

    def allow_link(self, url: str) -> None:
        """Let this address of our own be a link where it is painted."""

    def clear_notifications(self) -> None:
        """Take the toast away."""

    def show_work(self, words: str) -> None:
        """Put what goes on behind the screens on the connection line, or take it away with ""."""

    def show_tab(self, tab: str) -> None:
        """Leave a job's details, and go to `tab`, whose pane is there to be told of things."""

    def show_job(self, job: Job) -> None:
        """Show all that is known of a job of the list, on a screen of its own."""

    def show_new_job(self, job: Job, *, was_waited_for: bool = False) -> None:
        """Show a job that was made, in the list if the user waited for it."""

    def push_screen(self, screen: Screen[Any], callback: Any = None) -> Any:
        """Open a dialog; `callback` gets its answer."""

    def call_after_refresh(self, callback: Callable[..., Any], *args: Any) -> bool:
        """Call it on the app's own loop when what has changed is painted."""

    def set_timer(self, delay: float, callback: Callable[[], Any]) -> Any:
        """Call it on the app's own loop after `delay` seconds."""

    def exit(self, result: Any = None) -> None:
        """Leave the app."""
