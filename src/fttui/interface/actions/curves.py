"""Curves of jobs: saving them as a file, and several jobs side by side."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.disk.writing import NotWritten, new_files, require_free, target_of
from fttui.interface.messages import JobCompared
from fttui.interface.screens.prompt import Prompt
from fttui.services.comparison import MOST_JOBS
from fttui.services.curve_file import csv_of, no_curves, svg_of_job, svg_of_series
from fttui.services.endpoint.errors import ServiceError
from fttui.services.job_history import HistoryNews, JobHistory, read_history
from fttui.services.job_words import short_name
from fttui.services.kept_jobs import annotations_of
from fttui.storage.journal import JournalError
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.worker import Worker

    from fttui.interface.host import Host
    from fttui.services.curves import Series
    from fttui.services.endpoint.models import Job, Metrics
    from fttui.storage.annotations import Annotation

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 60
_SWEEP = "sweep-"
Makers = dict[str, Callable[[], str]]


class CurveActions:
    """Asks for a file to save curves in, and writes it; compares jobs."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._known: dict[str, HistoryNews] = {}
        """By raw id what was read of jobs that have ended for good, of the last comparison."""

    def compare(self) -> None:
        """Compare the marked jobs, else all that carry the label of the current job's sweep."""
        jobs = self._host.selected_jobs()
        if len(jobs) == 1:
            of_sweep = partial(self._compare_sweep_of, jobs[0])
            self._host.start_worker(of_sweep, group="compare", exclusive=True, waits_for="")
        else:
            self._compare(jobs)

    async def _compare_sweep_of(self, job: Job) -> None:
        place = self._host.place
        kept = await asyncio.to_thread(self._read_annotations)
        if self._host.place != place:
            return  # the user has gone on to something else
        labels = kept[job.raw_id].labels if job.raw_id in kept else ()
        sweep = next((label for label in labels if label.startswith(_SWEEP)), None)
        if sweep is None:
            self._compare([job])
            return
        of_sweep = {raw_id for raw_id, one in kept.items() if sweep in one.labels}
        self._compare([one for one in self._host.listed_jobs() if one.raw_id in of_sweep])

    def _read_annotations(self) -> Mapping[str, Annotation]:
        """What is kept beside jobs; nothing where that cannot be read."""
        try:
            kept = annotations_of(self._host.session)
            return kept.all() if kept is not None else {}
        except (ServiceError, JournalError):
            return {}

    def _compare(self, selected: Sequence[Job]) -> None:
        jobs = [job for job in selected if job.can_be_acted_on]
        if len(jobs) < 2:
            self._host.notice(
                _("Two jobs are needed to compare. Mark them with Space, then press C."),
                severity="warning",
            )
            return
        if len(jobs) > MOST_JOBS:
            self._host.notice(
                _("The first {most} of {count} jobs are compared.", most=MOST_JOBS, count=len(jobs))
            )
            jobs = jobs[:MOST_JOBS]
        wanted = {job.raw_id for job in jobs}
        self._known = {raw_id: news for raw_id, news in self._known.items() if raw_id in wanted}
        worker: list[Worker[None]] = []

        def closed(_answer: None) -> None:
            for one in worker:
                one.cancel()

        screen = self._host.show_comparison(jobs, closed)
        worker.append(
            self._host.start_worker(
                lambda: self._read_all(screen, jobs), group="compared", exclusive=True
            )
        )

    async def _read_all(self, screen: Screen[None], jobs: Sequence[Job]) -> None:
        """Read what each job told, one after the other, and tell the screen of each."""
        session = self._host.session
        for job in jobs:
            news = self._known.get(job.raw_id)
            try:
                if news is None:
                    news = await session.thread.read(
                        read_history(session.handle, job.raw_id, JobHistory(), everything=True)
                    )
            except ServiceError as error:
                screen.post_message(JobCompared(job, None, error.sentence))
                continue
            now = (news.job or job).updated(job).with_progress(news.history.events)
            if now.status.is_final and news.history.is_whole:
                self._known[job.raw_id] = news
            screen.post_message(JobCompared(now, news.history, news.history.error_text))

    def save_compared(self, title: str, series: Sequence[Series], kind: str, x_name: str) -> None:
        """Save the curves of several jobs as a picture."""
        if not series:
            self._host.notice(no_curves(), severity="warning")
            return
        self.ask(f"compared-{title}", {".svg": lambda: svg_of_series(title, series, kind, x_name)})

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
