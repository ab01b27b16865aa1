"""All that can be copied of the selected jobs, and their pages in a browser."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from fttui.interface.screens.menu import Menu, MenuItem
from fttui.services.copy_texts import CopyText, copy_texts, joined_texts
from fttui.services.job_page import job_page
from fttui.terminal.format import counted
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.interface.actions.copying import CopyActions
    from fttui.interface.host import Host
    from fttui.services.endpoint.models import Job


class CopyMenu:
    """Asks what to copy, and opens pages."""

    def __init__(self, host: Host, copying: CopyActions) -> None:
        self._host = host
        self._copying = copying

    def show(self) -> None:
        """Ask what to copy of the selected jobs; what the screen in front has comes first."""
        jobs = self._host.selected_jobs()
        if not jobs:
            text = _("No job is selected. Move the cursor to one first.")
            self._host.notice(text, severity="warning")
            return
        texts = {one.id: one for one in self._texts(jobs)}
        items = [item_of(one) for one in texts.values()]
        first = self._host.first_to_copy()
        if first is not None:
            items.insert(0, first[0])

        def chosen(name: str | None) -> None:
            if first is not None and name == first[0].id:
                self._copying.copy(first[1], first[0].text, lines=True)
            elif name in texts:
                self._copy(texts[name])

        one = jobs[0].name or jobs[0].id
        lead = one if len(jobs) == 1 else counted(len(jobs), "job")
        self._host.push_screen(Menu(_("Copy"), items, lead=lead), chosen)

    def _texts(self, jobs: list[Job]) -> list[CopyText]:
        return joined_texts(
            [
                copy_texts(some, session.endpoint, session.retirement.is_deleted)
                for session, some in self._host.sessions.grouped(jobs)
            ]
        )

    def _copy(self, one: CopyText) -> None:
        names = list(one.lines) if one.is_bare else []
        self._copying.copy_after_a_look(names, one.name.lower(), one.name, one.text)

    def open_page(self) -> None:
        """Open the page of the selected job in a browser, or else show and copy its address."""
        jobs = self._host.selected_jobs()
        if len(jobs) != 1:
            text = _("A page is opened for one job at a time: unmark the others.")
            if not jobs:
                text = _("No job is selected. Move the cursor to one first.")
            self._host.notice(text, severity="warning")
            return
        endpoint = self._host.sessions.of(jobs[0]).endpoint
        url = job_page(jobs[0], endpoint)
        if not url:
            text = _(
                "No page of this job is known at {host}. If it has one, set job_page in the "
                'profile, as "https://.../{{id}}".',
                host=endpoint.host,
            )
            self._host.notice(text, severity="warning")
            return

        async def open_it() -> None:
            from fttui.terminal.browser import open_page

            place = self._host.place
            problem = await asyncio.to_thread(open_page, url, dict(os.environ))
            if problem:
                self._copying.copy(url, _("the address"))
                if self._host.place == place:  # else the user has gone on to something else
                    self._show_link(url)
            else:
                self._host.notice(_("Opened in the browser: {url}", url=url))

        self._host.start_worker(open_it, group="browser", waits_for=_("the browser"))

    def _show_link(self, url: str) -> None:
        from fttui.interface.screens.link import LinkScreen

        self._host.allow_link(url)
        self._host.push_screen(LinkScreen(url))


def item_of(one: CopyText) -> MenuItem:
    """The line of a menu that offers a text to copy."""
    hint = one.lines[0] if one.lines else ""
    if len(one.lines) > 1 and one.is_bare:
        hint = _("{count} lines: {first}, …", count=len(one.lines), first=hint)
    elif one.id in ("parameters", "python", "json"):
        hint = " ".join(one.text.split())
    if one.note and hint:
        hint = f"{one.note} · {hint}"
    return MenuItem(one.id, one.name, hint, one.why_not, one.key)
