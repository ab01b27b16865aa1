"""Leaving the app, or a profile: after a question when something is under way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.interface.host import Host
    from fttui.interface.screens.confirm import Confirm


@dataclass(frozen=True, slots=True)
class LeaveWords:
    """What is asked before work is left: the title, the question, and the yes."""

    title: str
    question: str
    yes: str


QUIT = LeaveWords(
    _("Quit"),
    _(
        "Quit now? An upload can be resumed at the next start within the hour; a create"
        " call that is out is recorded and looked up."
    ),
    _("Quit"),
)
SWITCH = LeaveWords(
    _("Another profile"),
    _(
        "Leave this profile now? An upload can be resumed within the hour when you come back; a"
        " create call that is out is recorded and looked up."
    ),
    _("Leave it"),
)


class Leaving:
    """Asks once; `under_way` tells what is, a line for each."""

    def __init__(self, host: Host, under_way: Callable[[], list[str]]) -> None:
        self._host = host
        self._under_way = under_way
        self._asked: Confirm | None = None
        self._told: set[str] = set()

    def begin(self, words: LeaveWords, leave: Callable[[], None]) -> None:
        """Call `leave`, at once or after a yes."""
        works = self._under_way()
        self._told = set(works)
        if not works:
            leave()
            return
        if self._asked is not None and self._asked.is_open:
            return
        from fttui.interface.screens.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                leave()

        facts = [(_("Under way"), "\n".join(works))]
        self._asked = Confirm(words.title, facts, words.question, words.yes, _("Stay"))
        self._host.push_screen(self._asked, answered)

    @property
    def has_more_to_ask(self) -> bool:
        """True where something was begun that the last question, if there was one, did not name."""
        return not self._told.issuperset(self._under_way())
