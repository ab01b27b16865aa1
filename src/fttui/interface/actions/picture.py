"""Pictures of the screen, to show to others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from fttui.interface.actions.new_file import NewFile, ask_for_new_file
from fttui.interface.kit.screen_svg import screen_svg
from fttui.services.hidden_words import hidden_words
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.interface.host import Host
    from fttui.interface.kit.screen_svg import Row
    from fttui.services.session import Session

_MOST_ORGANIZATIONS = 50
"""A person is in a few: an endpoint that tells another with each job would take minutes."""


class PictureActions:
    """Takes a picture of the screen in front, and asks where it is saved."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def save(self) -> None:
        """Take the picture once the palette is away."""
        self._host.call_after_refresh(self._take)

    def _take(self) -> None:
        host = self._host
        rows = host.painted()
        told = Counter(job.organization_id for job in host.listed_jobs(everywhere=True))
        organizations = [name for name, _count in told.most_common(_MOST_ORGANIZATIONS)]
        picture = partial(_picture, rows, [*host.sessions.all], organizations)
        today = host.session.retirement.today()
        new = NewFile(
            _("Save a picture of this screen"),
            f"fttui-{host.in_front or _('dialog')}-{today:%Y-%m-%d}",
            "fttui",
            {".svg": picture},
            hint=_("Keys, secrets, ids of accounts and the name of your home are left out."),
        )
        ask_for_new_file(host, new, lambda path: _("The picture is in {path}", path=path))


def _picture(
    rows: Sequence[Row], sessions: Iterable[Session], organizations: Sequence[str | None]
) -> str:
    """The rows as SVG, without what of these sessions others shall not read; it takes time."""
    words = [word for session in sessions for word in hidden_words(session, organizations)]
    return screen_svg(rows, tuple(dict.fromkeys(words)))
