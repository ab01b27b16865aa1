"""What earlier runs moved to an account, or began to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from fttui.services.moving.plan import text_of_submission
from fttui.services.submission.state import Stage, Submission


class Earlier:
    """The submissions of one account, by the jobs of another that they stand for."""

    def __init__(self, submissions: Iterable[Submission | None], account: str) -> None:
        self._all = [one for one in submissions if one is not None]
        self._by_job: dict[str, list[Submission]] = {}
        self._by_text: dict[str, Submission] = {}
        self._texts: dict[str, str] = {}
        self._own: set[str] = set()
        for one in self._all:
            moved = one.sweep.moved if one.sweep else None
            if one.stage is Stage.ABANDONED or not (moved or one.job_id) or not one.files:
                continue
            text = text_of_submission(one)
            if one.job_id or text not in self._by_text:
                self._by_text[text] = one
            if moved is None:
                continue
            self._texts[one.id] = text
            if moved.account == account:
                self._own.add(one.id)
                self._by_job.setdefault(moved.job, []).append(one)

    def made_of(self, job_id: str) -> Submission | None:
        """The one that has made a job in the place of this one."""
        return next((one for one in self._of(job_id) if one.job_id), None)

    def out_of(self, job_id: str) -> Submission | None:
        """One for this job whose call may have made a job that nobody knows of."""
        return next((one for one in self._of(job_id) if one.may_have_job), None)

    def open_of(self, job_id: str) -> Submission | None:
        """The newest for this job of which certainly no job came yet."""
        found = [one for one in self._of(job_id) if not (one.job_id or one.may_have_job)]
        return found[-1] if found else None

    def same_as(self, text: str) -> Submission | None:
        """The one that asked for exactly this, for whichever job."""
        return self._by_text.get(text)

    def text_of(self, submission: Submission) -> str:
        """All that a submission asks for."""
        return self._texts.get(submission.id, "")

    def open_rows(self, jobs: Collection[str] = ()) -> list[Submission]:
        """Those for jobs of the account that are not done, in the order in which they were begun.

        With the raw ids of `jobs` only those that stand for these.
        """
        rows = [one for one in self._all if one.id in self._own and not one.is_finished]
        return [one for one in rows if not jobs or _job_of(one) in jobs]

    @property
    def needed_files(self) -> set[Path]:
        """The files of this machine that any submission has yet to send."""
        return {
            Path(file.path)
            for one in self._all
            if not one.is_finished
            for file in one.files.values()
            if file.path and not file.file_id
        }

    def _of(self, job_id: str) -> list[Submission]:
        return self._by_job.get(job_id, [])


def _job_of(submission: Submission) -> str:
    """The raw id of the job that it stands for."""
    moved = submission.sweep.moved if submission.sweep else None
    return moved.job if moved else ""
