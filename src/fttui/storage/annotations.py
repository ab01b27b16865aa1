"""Notes, labels and hidden jobs: what a person keeps beside the jobs of an account.

They stand in the journal, by account and by the id that the endpoint gave a job. They never go to
an endpoint.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from fttui.storage.secrets import redact
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    import sqlite3

    from fttui.storage.journal import Account, Journal

LONGEST_NOTE = 1000
LONGEST_LABEL = 40
MOST_LABELS = 20
_NO_LABEL = frozenset("\"',:")


class AnnotationRefused(Exception):  # noqa: N818 - says what became of it
    """A note or a label cannot be kept as it is; the text is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """What is kept beside one job: one line of text, labels in the order in which they came."""

    note: str = ""
    labels: tuple[str, ...] = ()
    hidden: bool = False

    def to_json(self) -> dict[str, object]:
        """The fields of a job's document that are kept here."""
        return {"notes": self.note or None, "labels": list(self.labels), "hidden": self.hidden}

    @property
    def is_empty(self) -> bool:
        """True when nothing is kept."""
        return self == Annotation()

    @classmethod
    def read(cls, note: object, labels: object, hidden: object) -> Annotation:
        """What was kept, as far as it is sound: anybody may have written there since."""
        words = labels if isinstance(labels, list | tuple) else ()
        sound = [word for word in words if isinstance(word, str) and not label_problem(word)]
        text = note if isinstance(note, str) else ""
        kept = tuple(dict.fromkeys(sound))[:MOST_LABELS]
        return cls(_one_line(text)[:LONGEST_NOTE], kept, bool(hidden))


def _one_line(text: str) -> str:
    """A note as it is kept: one line, no key, and nothing that a terminal would act on."""
    return safe(redact(" ".join(text.split())), maxlen=LONGEST_NOTE * 2)


def note_problem(text: str) -> str:
    """Why a note cannot be kept, as a sentence; "" for one that can."""
    length = len(_one_line(text))
    if length > LONGEST_NOTE:
        return _(
            "A note has at most {most:,} characters; this one has {length:,}.",
            most=LONGEST_NOTE,
            length=length,
        )
    return ""


def label_problem(text: str) -> str:
    """Why a word cannot be a label, as a sentence; "" for one that can."""
    shown = safe(text, maxlen=LONGEST_LABEL)
    if not text or len(text) > LONGEST_LABEL:
        return _("A label has 1 to {most} characters.", most=LONGEST_LABEL)
    if redact(text) != text:
        return _("This is a key, and no label.")
    if any(sign.isspace() or sign in _NO_LABEL for sign in text) or safe(text) != text:
        return _("“{shown}” is no label: no blanks, quotes, commas or colons.", shown=shown)
    if text[0] in "-!+":
        return _("“{shown}” is no label: it begins with {sign}.", shown=shown, sign=text[0])
    return ""


class KeptAnnotations(Protocol):
    """What is kept beside jobs, wherever that is."""

    @property
    def refusal(self) -> str:
        """Why nothing can be changed, as a sentence; "" where it can."""

    @property
    def doubt(self) -> str:
        """Why what is kept now will be gone after this run, as a sentence; "" where it stays."""

    def all(self) -> dict[str, Annotation]:
        """By a job's raw id; jobs that nothing is kept of are not there."""

    def of(self, raw_id: str) -> Annotation:
        """What is kept of one job."""

    def set_note(self, raw_id: str, text: str) -> Annotation:
        """Keep a note, or none for ""; raises AnnotationRefused."""

    def change_labels(
        self, raw_id: str, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> Annotation:
        """Put labels on a job and take others off; raises AnnotationRefused."""

    def set_hidden(self, raw_id: str, hidden: bool) -> Annotation:
        """Leave a job out of the list, or show it again."""


class SavedAnnotations:
    """What an archive holds; it cannot be changed, and each change raises AnnotationRefused."""

    doubt = ""

    def __init__(self, kept: dict[str, Annotation], refusal: str) -> None:
        self._kept = kept
        self.refusal = refusal

    def all(self) -> dict[str, Annotation]:
        """By a job's raw id; jobs that nothing is kept of are not there."""
        return dict(self._kept)

    def of(self, raw_id: str) -> Annotation:
        """What is kept of one job."""
        return self._kept.get(raw_id, Annotation())

    def set_note(self, raw_id: str, text: str) -> Annotation:
        """Refuse."""
        raise AnnotationRefused(self.refusal)

    def change_labels(
        self, raw_id: str, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> Annotation:
        """Refuse."""
        raise AnnotationRefused(self.refusal)

    def set_hidden(self, raw_id: str, hidden: bool) -> Annotation:
        """Refuse."""
        raise AnnotationRefused(self.refusal)


class Annotations:
    """The annotations of one account; from any thread, and each call waits for the disk.

    Other processes may change them too. Every method raises JournalError.
    """

    def __init__(self, journal: Journal, account: Account) -> None:
        self._journal = journal
        self._account = account

    @property
    def refusal(self) -> str:
        """Why nothing can be changed, as a sentence; "" where it can."""
        return ""

    @property
    def doubt(self) -> str:
        """Why what is kept now will be gone after this run, as a sentence; "" where it stays."""
        return "" if self._journal.is_durable else self._journal.why_not

    def all(self) -> dict[str, Annotation]:
        """By a job's raw id; jobs that nothing is kept of are not there."""
        rows = self._journal.rows(
            "SELECT job, note, labels, hidden FROM annotations WHERE host = ? AND key = ?",
            (self._account.place, self._account.key),
        )
        return {str(job): _read(*kept) for job, *kept in rows}

    def of(self, raw_id: str) -> Annotation:
        """What is kept of one job."""
        rows = self._journal.rows(_ONE, (self._account.place, self._account.key, raw_id))
        return _read(*rows[0]) if rows else Annotation()

    def set_note(self, raw_id: str, text: str) -> Annotation:
        """Keep a note, or none for ""; raises AnnotationRefused."""
        if problem := note_problem(text):
            raise AnnotationRefused(problem)
        return self._change(raw_id, lambda old: replace(old, note=_one_line(text)))

    def change_labels(
        self, raw_id: str, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> Annotation:
        """Put labels on a job and take others off; raises AnnotationRefused."""
        added, removed = tuple(add), frozenset(remove)
        if problem := next(filter(None, map(label_problem, added)), ""):
            raise AnnotationRefused(problem)

        def changed(old: Annotation) -> Annotation:
            kept = (label for label in (*old.labels, *added) if label not in removed)
            labels = tuple(dict.fromkeys(kept))
            if len(labels) > MOST_LABELS:
                raise AnnotationRefused(_("A job has at most {most} labels.", most=MOST_LABELS))
            return replace(old, labels=labels)

        return self._change(raw_id, changed)

    def set_hidden(self, raw_id: str, hidden: bool) -> Annotation:
        """Leave a job out of the list, or show it again."""
        return self._change(raw_id, lambda old: replace(old, hidden=hidden))

    def _change(self, raw_id: str, change: Callable[[Annotation], Annotation]) -> Annotation:
        with self._journal.writing() as database:
            return self._changed(database, raw_id, change)

    def _changed(
        self,
        database: sqlite3.Connection,
        raw_id: str,
        change: Callable[[Annotation], Annotation],
    ) -> Annotation:
        place = (self._account.place, self._account.key, raw_id)
        row = database.execute(_ONE, place).fetchone()
        new = change(_read(*row) if row else Annotation())
        if new.is_empty:
            database.execute(
                "DELETE FROM annotations WHERE host = ? AND key = ? AND job = ?", place
            )
        else:
            labels, now = json.dumps(new.labels), datetime.now(UTC).timestamp()
            database.execute(
                "INSERT OR REPLACE INTO annotations VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*place, new.note, labels, int(new.hidden), now),
            )
        return new


_ONE = "SELECT note, labels, hidden FROM annotations WHERE host = ? AND key = ? AND job = ?"


def _read(note: object, labels: object, hidden: object) -> Annotation:
    try:
        words = json.loads(labels) if isinstance(labels, str) else None
    except (ValueError, RecursionError):
        words = None
    return Annotation.read(note, words, hidden)
