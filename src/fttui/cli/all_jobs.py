"""`fttui jobs --all-profiles`: the jobs of every profile in one list."""

from __future__ import annotations

import argparse
import asyncio
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fttui.cli.annotations import all_kept
from fttui.cli.app_sessions import AppSessions
from fttui.cli.job_list import (
    COLUMNS,
    Wanted,
    collect_jobs,
    filter_of,
    job_row,
    require_known,
    tell_left_out,
)
from fttui.cli.output import Output
from fttui.cli.problems import UsageError
from fttui.cli.progress import waiting_for
from fttui.cli.sessions import open_session
from fttui.cli.table import TextColumn
from fttui.services.endpoint.errors import ConnectionLostError, Outcome, ServiceError
from fttui.services.job_filter import UNKEPT, JobFilter
from fttui.services.job_json import job_json
from fttui.services.profiles.several import Sessions
from fttui.services.tuned_models.asking import ask_models_briefly
from fttui.storage.settings import Profile
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session
    from fttui.storage.annotations import Annotation

PATIENCE = 15.0
"""Seconds that an endpoint may tell nothing before the list goes without it."""
LONGEST = 300.0
"""Seconds that an endpoint may go on telling: a list without an end must not hide the others."""
_ENDPOINT = TextColumn(_("ENDPOINT"), least=8)


@dataclass(slots=True)
class _Reading:
    """What one endpoint has told; `error` is why it has not told all of it."""

    session: Session
    wanted: Wanted
    kept: Mapping[str, Annotation]
    jobs: list[Job] = field(default_factory=list)
    dropped: int = 0
    is_whole: bool = True
    error: ServiceError | None = None

    @property
    def mark(self) -> str:
        """What its jobs are marked with."""
        return self.session.endpoint.mark


def run(args: argparse.Namespace) -> int:
    """Print the jobs of all profiles, the newest first; 1 where an endpoint could not be read."""
    output = Output.of(args)
    wanted = filter_of(args)
    if args.ids or args.watch:
        raise UsageError(
            _("--ids and --watch are for the jobs of one endpoint."),
            _(
                "An id alone does not say whose it is: --json has the profile beside it. "
                "`fttui --all-profiles` keeps the list of all up to date; --profile names one."
            ),
        )
    with open_session(args) as own:
        profiles = AppSessions(args, own)
        sessions = Sessions(own, profiles)
        try:
            with waiting_for(_("Waiting for the places where API keys are kept ...")):
                places = sessions.open_others()
            read = sessions.all if _is_asked_for(own, args, sessions) else sessions.all[1:]
            readings = _read_all(read, args, wanted, output)
            _print(readings, args, output)
        finally:
            sessions.close_others()
            profiles.end()
    failed = [(one.mark, one.error.full_text) for one in readings if one.error]
    failed += [(place.mark, place.error.full_text) for place in places if place.error]
    for mark, text in failed:
        output.message(_("{name}: {text}", name=safe(mark), text=text))
    for place in places:
        if place.left_out:
            words = {"name": safe(place.mark), "why": place.left_out}
            output.message(_("{name}: left out, {why}.", **words))
    return 1 if failed else 0


def _is_asked_for(own: Session, args: argparse.Namespace, sessions: Sessions) -> bool:
    """False for OpenAI where nobody has named it, there is no key for it, and there are others."""
    is_usual = own.endpoint.profile == Profile() and own.endpoint.is_openais and not args.profile
    return own.credential is not None or not is_usual or len(sessions.all) == 1


def _read_all(
    sessions: list[Session], args: argparse.Namespace, wanted: JobFilter, output: Output
) -> list[_Reading]:
    """Read all endpoints at one time, each on its own thread."""
    readings = []
    for session in sessions:
        kept = all_kept(session, output) if session.credential is not None else {}
        readings.append(_Reading(session, Wanted(args, wanted, kept), kept))
    futures: list[Future[None]] = []
    try:
        with waiting_for(
            _("Waiting for {counted} ...", counted=counted(len(sessions), "endpoint"))
        ):
            futures += [one.session.thread.start(_read(one, args)) for one in readings]
            for future in futures:
                future.result()
    finally:
        for future in futures:
            future.cancel()
    return readings


async def _read(reading: _Reading, args: argparse.Namespace) -> None:
    """Read one endpoint, as long as it goes on telling; on its session's thread."""
    loop = asyncio.get_running_loop()
    session, end = reading.session, loop.time() + LONGEST
    try:
        async with asyncio.timeout(PATIENCE) as limit:

            def wanted(job: Job) -> bool:
                limit.reschedule(min(loop.time() + PATIENCE, end))
                is_wanted = reading.wanted(job)
                reading.jobs += [job] if is_wanted else []
                return is_wanted

            found = await collect_jobs(session.handle, args, wanted)
            reading.jobs, reading.dropped, reading.is_whole = found
    except TimeoutError:
        reading.error = _silent(session, is_endless=loop.time() >= end)
    except ServiceError as error:
        reading.error = error
    if reading.jobs:
        session.retirement.presence.meet(reading.jobs)
        await ask_models_briefly(session)


def _silent(session: Session, *, is_endless: bool) -> ServiceError:
    host = session.endpoint.host
    said = _("{host} has told nothing for {seconds:.0f} seconds.", host=host, seconds=PATIENCE)
    if is_endless:
        said = _(
            "The list of {host} has not ended within {seconds:.0f} seconds.",
            host=host,
            seconds=LONGEST,
        )
    return ConnectionLostError(
        said,
        _("fttui jobs --profile {name} waits longer.", name=safe(session.endpoint.profile.name)),
        outcome=Outcome.NOT_SENT,
        retryable=True,
    )


def _print(readings: list[_Reading], args: argparse.Namespace, output: Output) -> None:
    """All jobs as one list, the newest first; those of an endpoint that failed, as far as told."""
    pairs = [(job, one) for one in readings for job in one.jobs]
    pairs.sort(key=lambda pair: -pair[0].created_at.timestamp() if pair[0].created_at else 1.0)
    pairs = pairs[: args.limit]
    if not pairs:
        require_known(args.status or [])
    every = Wanted(args, JobFilter(), {})
    every.left_out = sum(one.wanted.left_out for one in readings)
    dropped = sum(one.dropped for one in readings)
    tell_left_out(output, every, dropped, is_whole=all(one.is_whole for one in readings))
    if output.json:
        output.document([_document(job, one) for job, one in pairs])
    elif pairs:
        rows = [job_row(job, one.session.retirement) for job, one in pairs]
        told = [[row[0], one.mark, *row[1:]] for row, (_job, one) in zip(rows, pairs, strict=True)]
        output.table((COLUMNS[0], _ENDPOINT, *COLUMNS[1:]), told)
    else:
        output.message(_("No jobs."))


def _document(job: Job, reading: _Reading) -> dict[str, object]:
    kept = reading.kept.get(job.raw_id, UNKEPT)
    return {"profile": reading.mark, **job_json(job, reading.session, kept)}
