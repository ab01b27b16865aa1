"""Which jobs a filter lets through, as it is typed in the app and on the command line.

run                 a word that stands in the name, model, id, status, labels or note
status:failed       a word in one field; with quotes round it where it has blanks
metadata.team:desk  a value of the job's metadata
endpoint:nebius     the profile, in a list of several endpoints
since:7d            made in the last 7 days; 12h, 2w, or a date such as 2026-11-01
is:hidden           hidden, active or ended
!word  -word        not so
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from fttui.services.endpoint.models import Job
from fttui.services.filter_words import Term, Vocabulary
from fttui.services.job_words import status_word
from fttui.storage.annotations import Annotation

UNKEPT = Annotation()
"""What is kept beside a job that nothing is kept of."""
METADATA = "metadata."


def _status(job: Job, kept: Annotation) -> str:
    status = job.status
    return " ".join(dict.fromkeys((status.word, status.raw, status_word(status)))).rstrip()


def _everything(job: Job, kept: Annotation) -> str:
    parts = (_status(job, kept), job.suffix, job.fine_tuned_model, job.model, job.id, job.profile)
    return " ".join(part for part in (*parts, *kept.labels, kept.note) if part)


TEXTS: dict[str, Callable[[Job, Annotation], str]] = {
    "status": _status,
    "name": lambda job, kept: f"{job.suffix or ''} {job.fine_tuned_model or ''}",
    "model": lambda job, kept: f"{job.model or ''} {job.fine_tuned_model or ''}",
    "suffix": lambda job, kept: job.suffix or "",
    "id": lambda job, kept: job.id,
    "method": lambda job, kept: job.method or "",
    "file": lambda job, kept: f"{job.training_file or ''} {job.validation_file or ''}",
    "label": lambda job, kept: " ".join(kept.labels),
    "note": lambda job, kept: kept.note,
    "endpoint": lambda job, kept: job.profile,
}
"""By the word before the colon, the text that is looked in."""
STATES: dict[str, Callable[[Job, Annotation], bool]] = {
    "hidden": lambda job, kept: kept.hidden,
    "active": lambda job, kept: job.status.is_moving,
    "ended": lambda job, kept: job.status.is_final,
}
"""What `is:` can ask for."""
WORDS = Vocabulary((*TEXTS, "since", "is"), (*STATES,), open_field=METADATA)
"""What the list of jobs can be asked for."""


@dataclass(frozen=True, slots=True)
class JobFilter:
    """All its terms must hold; `problems` are sentences about words that are none of its terms."""

    terms: tuple[Term, ...] = ()
    problems: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str, now: datetime | None = None) -> JobFilter:
        """Read a filter as typed at `now`."""
        terms, problems = WORDS.read(text, now)
        return cls(terms, tuple(problems))

    @property
    def asks_for_hidden(self) -> bool:
        """True for one that says itself what becomes of hidden jobs: they are not left out."""
        return Term("is", "hidden") in self.terms

    def pick(
        self, jobs: Mapping[str, Job], kept: Callable[[Job], Annotation], *, but_hidden: bool
    ) -> Iterable[tuple[str, Job]]:
        """The jobs that it lets through, with their keys; `but_hidden` leaves hidden ones out."""
        found: Iterable[tuple[str, Job]] = jobs.items()
        if but_hidden:
            found = [pair for pair in found if not kept(pair[1]).hidden]
        if self.terms:
            found = [pair for pair in found if self.matches(pair[1], kept(pair[1]))]
        return found

    def matches(self, job: Job, kept: Annotation = UNKEPT) -> bool:
        """True when every term holds for the job and what is kept beside it."""
        return all(_has(term, job, kept) is term.wanted for term in self.terms)


def _has(term: Term, job: Job, kept: Annotation) -> bool:
    if term.since is not None:
        return job.created_at is not None and job.created_at >= term.since
    if term.field == "is":
        return STATES[term.needle](job, kept)
    if term.field.startswith(METADATA):
        wanted = term.field.removeprefix(METADATA)
        values = (value for key, value in job.metadata.items() if key.lower() == wanted)
        return any(term.needle in value.lower() for value in values)
    return term.needle in TEXTS.get(term.field, _everything)(job, kept).lower()
