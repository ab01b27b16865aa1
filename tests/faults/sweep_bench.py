"""A sweep's session behind a fault proxy, and what is really there behind it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from faults.harness import MODEL, Truth, draft_of, drop_metadata, hasty, write_rows
from faults.proxy import FaultProxy
from fttui.server import SandboxServer
from fttui.services.job_form import JobRequest
from fttui.services.session import Session
from fttui.services.submission.sweeps import RowOutcome, Sweeps, as_rows
from fttui.services.submission.types import Consent, Draft

KEY = "k" * 64
"""What tells the bench's usual command from another."""


class Bench:
    """A sweep's session behind a proxy, and the truth behind it."""

    def __init__(self, sandbox: SandboxServer, proxy: FaultProxy, folder: Path) -> None:
        self.proxy, self.folder = proxy, folder
        self.environ = {"OPENAI_API_KEY": sandbox.api_key, "OPENAI_BASE_URL": proxy.base_url}
        self.session = self.open()
        self.truth = Truth(sandbox)
        as_it_is = proxy.rewrite
        drop_metadata(proxy)  # or its job would tell that the endpoint keeps some
        with draft_of(write_rows(folder / "train.jsonl")) as draft:
            job = self.session.thread.wait(self.session.submissions.submit(draft))
        proxy.rewrite = as_it_is
        assert job.training_file
        self.file = job.training_file
        self.before = {job.raw_id}
        proxy.calm()

    def open(self) -> Session:
        return Session.open(environ=self.environ, options=hasty(self.folder / "journal"))

    def sweeps(self) -> Sweeps:
        return Sweeps(self.session.submissions, self.session.annotations)

    def rows(self, *epochs: int, **request: object) -> list[Draft]:
        drafts = [
            Draft(JobRequest(MODEL, hyperparameters={"n_epochs": each}, **request), self.file)
            for each in epochs
        ]
        return as_rows(drafts, KEY, [None] * len(drafts))

    def run(self, *epochs: int, key: str = KEY, consent: Consent | None = None) -> list[RowOutcome]:
        """What `fttui create --from` does: go on with the open sweep, else begin one."""
        sweeps, agreed = self.sweeps(), consent or Consent()
        known = [] if agreed.again else sweeps.find(key)
        drafts = [] if known else self.rows(*epochs)
        drafts = [replace(one, sweep=replace(one.sweep, asked=key)) for one in drafts if one.sweep]
        work = sweeps.carry_out(key, drafts, known, lambda _: None, consent=agreed)
        outcomes = self.session.thread.wait(work)
        for one in outcomes:
            if one.job:
                self.session.thread.wait(self.session.submissions.note_reported(one.job))
        return outcomes

    def made(self) -> list[object]:
        """The epochs of each job that is really there, sorted."""
        jobs = [job for job in self.truth.jobs() if job.raw_id not in self.before]
        return sorted(job.hyperparameters.n_epochs or 0 for job in jobs)  # type: ignore[type-var]

    def close(self) -> None:
        self.session.close()
        self.truth.close()
