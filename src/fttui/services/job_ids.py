"""What a word for a job means: its id, the end of its id, or the newest that there is.

A whole id is taken as it is. What may be the end of one is looked for in what is kept on this
machine, then asked of the endpoint as an id, and last looked for in its list.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fttui.services.kept_jobs import has_journal
from fttui.services.newest_jobs import are_oldest_first
from fttui.terminal.format import counted, moment_text
from fttui.terminal.language import _, marked
from fttui.terminal.near_words import meant
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session

LAST = "@last"
ELLIPSIS = "…"
"""How the end of an id begins where fttui itself prints it."""
_LAST = re.compile(rf"{LAST}(?::([1-9][0-9]{{0,2}}))?")
_LEAST = 4
_WHOLE = re.compile(
    r"ftjob[-_].+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|.*[/:].*",
    re.IGNORECASE,
)
_MADE_TOO_FEW = marked("There is no {word}: fttui has made {jobs} at {host}.")
_LISTED_TOO_FEW = marked("There is no {word}: {host} has {jobs}.")
_HOW_TO_FIND = marked("`fttui jobs` lists all jobs with their ids.")
_MOST_PAGES = 100
_MOST_NAMED = 5
_LONGEST = 200


class JobNotNamed(Exception):  # noqa: N818 - says what became of it
    """A word names no job, or several; the text is a sentence, `hint` says what to write."""

    def __init__(self, sentence: str, hint: str) -> None:
        super().__init__(sentence)
        self.hint = hint


class SeveralJobs(JobNotNamed):
    """A word is the end of more than one id."""


@dataclass(frozen=True, slots=True)
class NamedJob:
    """The job that `word` names; `job` is it as it was last told, where that was looked at."""

    word: str
    raw_id: str
    job: Job | None = None

    @property
    def is_whole(self) -> bool:
        """True where the word is the id itself."""
        return self.word == self.raw_id


def place_of_last(word: str) -> int | None:
    """The N of `@last:N`, 1 for `@last` alone; None of any other word."""
    found = _LAST.fullmatch(word)
    return int(found[1] or 1) if found else None


def _is_job_id(word: str) -> bool:
    """True of what is a whole id by its form: OpenAI's, a UUID, or one of several parts."""
    return _WHOLE.fullmatch(word) is not None


async def named_jobs(
    session: Session, words: Iterable[str], *, surely: bool = False, or_whole: bool = False
) -> list[NamedJob]:
    """The job of each word, in their order; the endpoint's list is read once at most.

    `surely`, for what costs or destroys: the end of an id must be the only one in the endpoint's
    list as it is now, not in what was kept of it. With `or_whole` a word that names none is an id
    all the same, so that the call itself tells that there is none.

    Raises:
        JobNotNamed: a word names no job, or (SeveralJobs) more than one.
        ServiceError: the endpoint would have to be asked, and does not tell.
    """
    finder = _Finder(session, surely=surely, or_whole=or_whole)
    return [await finder.find(word) for word in words]


class _Finder:
    """Finds jobs by words; what is read for one word is there for the next."""

    def __init__(self, session: Session, *, surely: bool, or_whole: bool) -> None:
        self._session = session
        self._surely = surely
        self._or_whole = or_whole
        self._kept: dict[str, bytes] | None = None
        self._made: list[str] | None = None
        self._listed: list[Job] | None = None
        self._is_whole = False

    async def find(self, word: str) -> NamedJob:
        """The job that `word` names: a whole id, the end of one, or `@last`.

        What is kept on this machine is looked through first, then the endpoint's list. Raises as
        `named_jobs`.
        """
        if (place := place_of_last(word)) is not None:
            return await self._last(word, place)
        end = word.removeprefix(ELLIPSIS)
        may_be_whole = end == word
        if may_be_whole and (_is_job_id(word) or len(word) < _LEAST):
            return NamedJob(word, word)
        if kept := await self._find_kept(word, end, may_be_whole):
            return kept
        if may_be_whole and (job := await self._told(word)):
            return NamedJob(word, word, job)
        return await self._find_listed(word, end, may_be_whole)

    async def _last(self, word: str, place: int) -> NamedJob:
        """The newest job that was made from this machine, else the newest of the list."""
        if made := await self._own():
            if place > len(made):
                raise self._too_few(_MADE_TOO_FEW, word, len(made))
            return NamedJob(word, made[place - 1])
        jobs = await self._list(place)
        if place > len(jobs):
            raise self._too_few(_LISTED_TOO_FEW, word, len(jobs))
        job = jobs[place - 1]
        return NamedJob(word, job.raw_id, job)

    def _too_few(self, sentence: str, word: str, count: int) -> JobNotNamed:
        jobs, host = counted(count, "job"), self._session.endpoint.host
        return JobNotNamed(_(sentence, word=word, jobs=jobs, host=host), _(_HOW_TO_FIND))

    async def _find_kept(self, word: str, end: str, may_be_whole: bool) -> NamedJob | None:
        """The job among those that this machine knows, if it is one alone."""
        if self._kept is None:
            self._kept = await asyncio.to_thread(_kept_ids, self._session)
        known = dict.fromkeys((*self._kept, *await self._own()))
        if may_be_whole and word in known:
            return NamedJob(word, word, _read(self._kept.get(word)))
        found = [raw_id for raw_id in known if raw_id.endswith(end)]
        if self._surely or len(found) != 1:
            return None
        return NamedJob(word, found[0], _read(self._kept.get(found[0])))

    async def _told(self, word: str) -> Job | None:
        """The job of this very id, where the endpoint has one."""
        from fttui.services.endpoint.errors import (
            NotFoundError,
            UnreadableAnswerError,
            UnsupportedError,
        )

        try:
            return await self._session.handle.retrieve_job(word)
        except (NotFoundError, UnsupportedError, UnreadableAnswerError):
            return None

    async def _find_listed(self, word: str, end: str, may_be_whole: bool) -> NamedJob:
        from fttui.services.endpoint.errors import UnsupportedError

        try:
            jobs = await self._list()
        except UnsupportedError:
            if not may_be_whole:
                raise
            return NamedJob(word, word)  # nobody can tell; the call itself will
        host = self._session.endpoint.host
        shown = safe(word, maxlen=_LONGEST)
        by_id = {job.raw_id: job for job in jobs}
        if may_be_whole and word in by_id:
            return NamedJob(word, word, by_id[word])
        found = [job for raw_id, job in by_id.items() if raw_id.endswith(end)]
        if not found and self._or_whole and may_be_whole:
            return NamedJob(word, word)
        if not found:
            raise JobNotNamed(
                _("{host} has no job whose id is {word}, or ends so.", host=host, word=shown),
                f"{_in_other_case(end, by_id)} {_(_HOW_TO_FIND)}".lstrip(),
            )
        if len(found) > 1:
            raise SeveralJobs(
                _(
                    "{word} is the end of {jobs} at {host}: {named}.",
                    word=shown,
                    jobs=counted(len(found), "id"),
                    host=host,
                    named=_named(found),
                ),
                _("Write more of the end, or the whole id."),
            )
        if self._surely and not self._is_whole:
            raise SeveralJobs(
                _(
                    "{word} is the end of {job_id}, but the list of {host} goes on, and another "
                    "id may end so.",
                    word=shown,
                    job_id=found[0].id,
                    host=host,
                ),
                _("Write the whole id."),
            )
        return NamedJob(word, found[0].raw_id, found[0])

    async def _own(self) -> list[str]:
        """The jobs that were made from this machine, the newest first."""
        if self._made is None:
            self._made = await asyncio.to_thread(_made_ids, self._session)
        return self._made

    async def _list(self, most: int | None = None) -> list[Job]:
        """The endpoint's jobs that can be named, the newest first; `most` are enough."""
        if self._listed is not None:
            return self._listed
        jobs: list[Job] = []
        pages, goes_on, oldest_first = 0, False, False
        async for page in self._session.handle.job_pages():
            pages += 1
            goes_on = page.goes_on
            jobs += [job for job in page.items if job.can_be_acted_on]
            oldest_first = oldest_first or are_oldest_first(page.items)
            if most and len(jobs) >= most and not oldest_first:
                return jobs
            if pages >= _MOST_PAGES:
                break
        self._is_whole = not goes_on
        self._listed = jobs[::-1] if oldest_first else jobs
        return self._listed


def _kept_ids(session: Session) -> dict[str, bytes]:
    """The ids in the last known list, each with its line."""
    import orjson

    from fttui.storage.last_lists import read_list

    owner = session.list_owner
    kept = read_list(owner) if owner is not None else None
    found: dict[str, bytes] = {}
    for line in kept.lines if kept else ():
        try:
            job = orjson.loads(line)
        except ValueError:
            break
        raw_id = job.get("id") if isinstance(job, dict) else None
        if isinstance(raw_id, str):
            found.setdefault(raw_id, line)
    return found


def _read(line: bytes | None) -> Job | None:
    """The job of a line of the last known list."""
    import orjson

    from fttui.services.endpoint.models import Job

    return Job.read(orjson.loads(line), reading=0) if line is not None else None


def _made_ids(session: Session) -> list[str]:
    """The jobs that the journal has; none of an archive's account, or without a journal."""
    from fttui.services.submission.made_jobs import made_job_ids
    from fttui.storage.journal import JournalError

    if session.endpoint.archive or not has_journal(session):
        return []
    try:
        return made_job_ids(session.journal, session.account)
    except JournalError:
        return []


def _in_other_case(end: str, ids: Iterable[str]) -> str:
    """Which ids end so but for upper and lower case, as a question; "" for none."""
    wanted = end.casefold()
    found = [safe(one, maxlen=_LONGEST) for one in ids if one.casefold().endswith(wanted)]
    return meant(found[:_MOST_NAMED])


def _named(jobs: Sequence[Job]) -> str:
    """Some jobs with what tells them apart, in one line."""
    named = [
        " ".join(filter(None, (job.id, job.name, moment_text(job.created_at))))
        for job in jobs[:_MOST_NAMED]
    ]
    if len(jobs) > _MOST_NAMED:
        named.append(_("and {count} more", count=len(jobs) - _MOST_NAMED))
    return ", ".join(named)
