"""Curves of jobs: saving them as a file, and several jobs side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from fttui.interface.actions.new_file import Makers, NewFile, ask_for_new_file
from fttui.interface.messages import JobCompared
from fttui.services.comparison import MOST_JOBS
from fttui.services.curve_file import csv_of, no_curves, svg_of_job, svg_of_series
from fttui.services.endpoint.errors import ServiceError
from fttui.services.job_history import HistoryNews, JobHistory, read_history
from fttui.services.job_words import short_name
from fttui.services.kept_jobs import annotations_of
from fttui.storage.journal import JournalError
from fttui.terminal.language import _

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.worker import Worker

    from fttui.interface.host import Host
    from fttui.services.curves import Series
    from fttui.services.endpoint.models import Job, Metrics
    from fttui.storage.annotations import Annotation

_SWEEP = "sweep-"


class CurveActions:
    """Asks for a file to save curves in, and writes it; compares jobs."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._known: dict[str, HistoryNews] = {}
        """By raw key what was read of jobs that have ended for good, of the last comparison."""

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
        kept = await asyncio.to_thread(self._read_annotations, job)
        if self._host.place != place:
            return  # the user has gone on to something else
        labels = kept[job.raw_id].labels if job.raw_id in kept else ()
        sweep = next((label for label in labels if label.startswith(_SWEEP)), None)
        if sweep is None:
            self._compare([job])
            return
        of_sweep = {raw_id for raw_id, one in kept.items() if sweep in one.labels}
        there = [
            one for one in self._host.listed_jobs(everywhere=True) if one.profile == job.profile
        ]
        self._compare([one for one in there if one.raw_id in of_sweep])

    def _read_annotations(self, job: Job) -> Mapping[str, Annotation]:
        """What is kept beside the jobs of the account of `job`; nothing where it cannot be read."""
        try:
            kept = annotations_of(self._host.sessions.of(job))
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
        wanted = {job.raw_key for job in jobs}
        self._known = {key: news for key, news in self._known.items() if key in wanted}
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
        for job in jobs:
            news = self._known.get(job.raw_key)
            try:
                session = self._host.sessions.of(job)
                if news is None:
                    news = await session.thread.read(
                        read_history(session.handle, job.raw_id, JobHistory(), everything=True)
                    )
            except ServiceError as error:
                screen.post_message(JobCompared(job, None, error.sentence))
                continue
            now = (news.job or job).updated(job).with_progress(news.history.events)
            if now.status.is_final and news.history.is_whole:
                self._known[job.raw_key] = news
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
        ask_for_new_file(
            self._host,
            NewFile(_("Save the curves"), name, "curves", makers),
            lambda path: _("The curves are in {path}", path=path),
        )
