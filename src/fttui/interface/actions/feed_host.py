"""The app as the feed of one among several endpoints sees it: what it tells says where it is."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from fttui.interface.messages import ArchiveOffered

if TYPE_CHECKING:
    from textual.worker import Worker

    from fttui.interface.host import Host
    from fttui.interface.messages import FttuiMessage
    from fttui.services.session import Session


class FeedHostAt:
    """`session` takes the place of the app's; its messages carry the mark of its endpoint.

    Errors stand in the list, beside the endpoint's name, and not on the line of the endpoint in
    use, unless it is that one's.
    """

    def __init__(self, host: Host, session: Session) -> None:
        self._host = host
        self.session = session
        self._mark = session.endpoint.mark
        self._is_own = session is host.session

    @property
    def in_front(self) -> str:
        """As the app's."""
        return self._host.in_front

    def post(self, message: FttuiMessage) -> None:
        """Tell the panes; an archive is offered for the endpoint in use alone."""
        if self._is_own or not isinstance(message, ArchiveOffered):
            message.profile = self._mark
            self._host.post(message)

    def notice(self, text: str, **options: Any) -> None:
        """As the app's."""
        self._host.notice(text, **options)

    def show_error(self, sentence: str) -> None:
        """As the app's, of the endpoint in use."""
        if self._is_own:
            self._host.show_error(sentence)

    def show_title(self, owner: str, text: str) -> None:
        """As the app's, for an owner of its own."""
        self._host.show_title(f"{owner} {self._mark}", text)

    def start_worker(
        self,
        work: Callable[[], Coroutine[Any, Any, None]],
        group: str,
        *,
        exclusive: bool = False,
        waits_for: str | None = None,
    ) -> Worker[None]:
        """As the app's, exclusive among the endpoint's own."""
        what = self.session.endpoint.host if waits_for is None else waits_for
        name = f"{group} {self._mark}"
        return self._host.start_worker(work, name, exclusive=exclusive, waits_for=what)

    def call_later(self, callback: Callable[..., Any], *args: Any) -> bool:
        """As the app's."""
        return self._host.call_later(callback, *args)

    def write_escape(self, sequence: str) -> None:
        """As the app's."""
        self._host.write_escape(sequence)
