"""Curves of jobs: saving them as a file."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.disk.writing import NotWritten, new_files, require_free, target_of
from fttui.interface.screens.prompt import Prompt
from fttui.services.curve_file import csv_of, no_curves, svg_of_job
from fttui.services.job_words import short_name
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.interface.host import Host
    from fttui.services.endpoint.models import Job, Metrics

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 60
Makers = dict[str, Callable[[], str]]


class CurveActions:
    """Asks for a file to save curves in, and writes it."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def save_job(self, job: Job, metrics: Sequence[Metrics]) -> None:
        """Save the curves of a job: as a picture, or as CSV if the name ends so."""
        if not metrics:
            self._host.notice(no_curves(), severity="warning")
            return
        title = f"{short_name(job)} · {job.id}"
        makers: Makers = {
            ".svg": lambda: svg_of_job(title, metrics),
            ".csv": lambda: csv_of(metrics),
        }
        self.ask(job.id, makers)

    def ask(self, name: str, makers: Makers) -> None:
        """Ask for a file of a new name; its ending chooses which of `makers` makes its text."""
        stem = _NOT_IN_A_NAME.sub("-", name)[:_LONGEST_NAME].strip(".-") or "curves"
        hint = _("A name that ends in {endings}.", endings=_(" or ").join(makers))

        def check(text: str) -> str:
            try:
                path = target_of(text)
                require_free(path, called=path.name)
            except NotWritten as refused:
                return str(refused)
            return "" if path.suffix in makers else hint

        def answered(text: str | None) -> None:
            if text is not None:
                path = target_of(text)
                self._host.start_worker(
                    lambda: self._write(path, makers[path.suffix]), group="curves", waits_for=""
                )

        self._host.push_screen(
            Prompt(_("Save the curves"), _("File"), _free(stem), hint=hint, check=check), answered
        )

    async def _write(self, path: Path, make: Callable[[], str]) -> None:
        def write() -> str:
            content = make().encode()
            with new_files(path) as (file,):
                file.write(content)
            return safe_path(path.absolute())

        try:
            written = await asyncio.to_thread(write)
        except NotWritten as refused:
            self._host.notice(str(refused), severity="error")
        else:
            self._host.notice(_("The curves are in {path}", path=written))


def _free(stem: str) -> str:
    """A name in this folder that nothing has yet."""
    names = (f"{stem}{tail}.svg" for tail in ("", *(f"-{n}" for n in range(2, 1000))))
    return next((name for name in names if not Path(name).exists()), f"{stem}.svg")
