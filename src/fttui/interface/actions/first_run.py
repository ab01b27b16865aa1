"""The first screen without an API key: a typed key is tried, and there are other ways to go."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.host import OPEN_ARCHIVE
from fttui.interface.screens.first_run import Choice, FirstRun, Ways
from fttui.interface.screens.guide import KeyPlace
from fttui.services.verification import Verification, try_key
from fttui.storage.secrets import Secret
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.worker import Worker

    from fttui.interface.actions.copying import CopyActions
    from fttui.interface.host import Host
    from fttui.interface.screens.first_run_words import Words


class FirstRunActions:
    """Shows the screen, and does what it asks for; `load` is called when there is a key."""

    def __init__(
        self, host: Host, copying: Callable[[], CopyActions], load: Callable[[], None]
    ) -> None:
        self._host = host
        self._copying = copying
        self._load = load
        self._screen: FirstRun | None = None
        self._trial: Worker[None] | None = None

    def show(self) -> None:
        """Open the screen."""
        session = self._host.session
        ways = Ways(self._try, self._stop, self._show_serve, self._ask_archive)
        place = KeyPlace.of(session.endpoint)
        self._screen = FirstRun(place, session.key_problem, session.key_notes, ways)
        self._host.push_screen(self._screen, self._done)

    def _done(self, choice: Choice) -> None:
        if choice == "demo":
            self._host.exit("demo")
        elif isinstance(choice, Path):
            self._host.exit(f"{OPEN_ARCHIVE}{choice}")
        elif isinstance(choice, Secret):
            session = self._host.session
            session.with_key(choice)
            if session.credential is not None:  # for as long as this run lasts
                self._host.profiles.give_key(session.endpoint, session.credential)
            self._host.show_error("")  # and the key that is used now
            self._load()
        else:
            text = _("Without a key nothing can be loaded or sent. Press ? for how to set one.")
            self._host.notice(text, severity="warning")

    def _try(self, secret: Secret) -> None:
        trial = partial(self._try_key, secret)
        self._trial = self._host.start_worker(trial, group="try-key", exclusive=True, waits_for="")

    def _stop(self) -> None:
        if self._trial is not None:
            self._trial.cancel()

    async def _try_key(self, secret: Secret) -> None:
        session = self._host.session
        verdict = Verification(None, _("Something in fttui failed while this was under way."))
        try:
            verdict = await session.thread.read(try_key(session, secret))
        finally:
            if self._screen is not None:
                self._screen.post_message(FirstRun.Tried(secret, verdict))

    def _show_serve(self, words: Words) -> None:
        from fttui.interface.screens.first_run_words import (
            SERVE_COMMANDS,
            SERVE_PROFILE,
            serve_text,
        )
        from fttui.interface.screens.whole_text import WholeText

        def copy(_text: str) -> None:
            commands = f"{SERVE_COMMANDS}{SERVE_PROFILE}"
            self._copying().copy(commands, _("the commands"), lines=True)

        screen = WholeText(words.serve_title, words.serve_about, serve_text(words), copy)
        self._host.push_screen(screen)

    def _ask_archive(self) -> None:
        self._host.start_worker(
            self._ask_for_folder, group="ask-archive", exclusive=True, waits_for=""
        )

    async def _ask_for_folder(self) -> None:
        from fttui.storage.archive.known import newest_archive

        place = self._host.place
        known = await asyncio.to_thread(newest_archive)
        if self._host.place == place:  # else the user has gone on to something else
            self._prompt(str(known.folder) if known else "")

    def _prompt(self, path: str) -> None:
        from fttui.interface.screens.prompt import Prompt

        def answered(text: str | None) -> None:
            if text:
                look = partial(self._open, text)
                self._host.start_worker(look, group="ask-archive", exclusive=True)

        hint = _("The folder that `fttui archive` has written. It is only read.")
        self._host.push_screen(
            Prompt(_("Open an archive"), _("Folder"), path, hint, _problem_of, yes=_("Open it")),
            answered,
        )

    async def _open(self, text: str) -> None:
        """Leave for the archive in the folder `text`; where none is, say so and ask again."""
        from fttui.storage.archive.head import looks_like_archive, no_archive

        place, screen = self._host.place, self._screen
        path = _path_of(text)
        is_one = await asyncio.to_thread(looks_like_archive, path)
        if self._host.place != place or screen is None:
            return  # the user has gone on to something else
        if is_one:
            screen.dismiss(path)
            return
        self._host.notice(no_archive(path), severity="warning")
        self._prompt(text)


def _path_of(text: str) -> Path:
    """The folder that a text names; raises RuntimeError where there is no home folder."""
    return Path(text).expanduser().absolute()


def _problem_of(text: str) -> str:
    """Why a text is no folder's path."""
    if not text:
        return _("Type the path of a folder.")
    try:
        _path_of(text)
    except RuntimeError:
        return _("There is no home folder for {path}.", path=safe_path(text))
    return ""
