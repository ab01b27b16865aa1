"""What is known here of the tokens of a file that is on the endpoint: what a check has counted."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import ServiceError
from fttui.services.kept_jobs import has_journal
from fttui.storage.counted_files import FileCount, keep_count, read_count
from fttui.storage.journal import JournalError
from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.profile import Format
from fttui.training_data.report import Report, TokenStats
from fttui.training_data.tally import Distribution

if TYPE_CHECKING:
    from fttui.services.session import Session


@dataclass(frozen=True, slots=True)
class CountedFile:
    """A file that was checked here: `report` has no more than its examples and tokens.

    `day` is the local day of the check.
    """

    report: Report
    name: str
    day: date

    @property
    def text(self) -> str:
        """Which file was counted, and when."""
        return _("{name} on {day}, the same content", name=safe(self.name, maxlen=80), day=self.day)


def keep_counts(report: Report) -> None:
    """Keep the tokens that a check has counted, by the file's content; blocks, and never raises.

    Of a file with errors nothing is: what stands on a line that is none was not counted.
    """
    for one in (report, report.validation):
        if one is None or not one.ok or one.tokens is None or one.format is None or not one.sha256:
            continue
        tokens = one.tokens
        bars = {f"{length}": n for length, n in tokens.histogram.items()}
        day = date.today().isoformat()
        keep_count(
            one.sha256,
            FileCount(
                one.file,
                day,
                one.format.value,
                one.examples,
                tokens.encoding,
                tokens.exact,
                tokens.total,
                bars,
            ),
        )


def counted_file(session: Session, file_id: str) -> CountedFile | None:
    """What was counted of the content of a file of the session's account; blocks, and never raises.

    None where this machine does not know the content, or several by that id, or has not counted it.
    """
    if session.endpoint.archive or not has_journal(session):
        return None
    digests: frozenset[str] = frozenset()
    with suppress(JournalError, ServiceError):
        digests = session.journal.digests_of(session.account, file_id)
    return _read(next(iter(digests))) if len(digests) == 1 else None


def _read(sha256: str) -> CountedFile | None:
    kept = read_count(sha256)
    if kept is None:
        return None
    try:
        format = Format(kept.format)
    except ValueError:
        return None
    bars = {int(length): n for length, n in kept.histogram.items()}
    tokens = TokenStats(kept.encoding, kept.exact, kept.total, 0, Distribution(), bars)
    report = Report(
        file=kept.name,
        bytes=0,
        sha256=sha256,
        md5="",
        format=format,
        method=None,
        model=None,
        examples=kept.examples,
        problems=(),
        counts={},
        tokens=tokens,
    )
    return CountedFile(report, kept.name, date.fromisoformat(kept.day))
