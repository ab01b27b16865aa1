"""Running the app until the user leaves it, from one profile to the next."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.carried import Switch
from fttui.interface.guard.app import run_safely
from fttui.interface.host import OPEN_ARCHIVE
from fttui.services.profiles.sessions import ProfileSessions

if TYPE_CHECKING:
    from fttui.services.session import Session

_LONGEST_WRITE = 10.0
"""Seconds that what an app still writes when it is left has its session, a note for example."""


def run_app(
    session: Session,
    *,
    demo: bool = False,
    start_folder: Path | None = None,
    tab: str = "create",
    open_demo: Callable[[], int] | None = None,
    open_archive: Callable[[str], int] | None = None,
    profiles: ProfileSessions | None = None,
) -> int:
    """Run the app until the user leaves it; returns the exit status of the process.

    `demo` marks the endpoint as a sandbox. `start_folder` is where the file picker opens, and
    `tab` what is shown first. `open_demo` is called after the app has ended because the user asked
    for the sandbox, `open_archive` with the folder of an archive that was asked for. `profiles`
    opens what the user goes to from there.
    """
    opener = profiles or ProfileSessions(session)
    app = OpenAIInterfaceFT(session, demo=demo, start_folder=start_folder, tab=tab, profiles=opener)

    def following(ended: OpenAIInterfaceFT) -> OpenAIInterfaceFT | None:
        nonlocal app
        app = app_after(ended, demo=demo, start_folder=start_folder) or app
        return None if app is ended else app

    status = run_safely(app, following)
    app.threads.wait(_LONGEST_WRITE)
    app.sessions.close_others()
    app.session.close()
    opener.end()
    result = app.return_value
    if result == "demo" and open_demo is not None:
        return open_demo()
    if isinstance(result, str) and result.startswith(OPEN_ARCHIVE) and open_archive is not None:
        return open_archive(result.removeprefix(OPEN_ARCHIVE))
    return status


def app_after(
    ended: OpenAIInterfaceFT, *, demo: bool = False, start_folder: Path | None = None
) -> OpenAIInterfaceFT | None:
    """The app at the profile that the user has left another one for; None of one that was quit."""
    switch, profiles = ended.return_value, ended.profiles
    if not isinstance(switch, Switch):
        return None
    written = partial(ended.threads.wait, _LONGEST_WRITE)
    ended.sessions.close_others(written)
    profiles.leave(ended.session, written)
    return OpenAIInterfaceFT(
        switch.session,
        demo=demo and profiles.is_at_first(switch.session),
        start_folder=start_folder,
        tab=switch.tab,
        profiles=profiles,
        carried=switch.carried,
    )
