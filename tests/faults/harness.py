"""Short patience, drafts, and a view of the sandbox that no fault can touch."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from faults.proxy import FaultProxy
from fttui.server import SandboxServer
from fttui.services.endpoint.errors import ServiceError
from fttui.services.endpoint.models import Job, TrainingFile
from fttui.services.endpoint.transport import Timeouts
from fttui.services.job_form import SUBMISSION_TAG, JobRequest
from fttui.services.service_thread import ServiceThread
from fttui.services.session import Session, SessionOptions
from fttui.services.submission.create_call import SendOptions
from fttui.services.submission.state import Submission, read_submission
from fttui.services.submission.submissions import Draft
from fttui.services.submission.types import NO_CONSENT, Consent, UploadOptions
from fttui.storage.journal import Account
from fttui.training_data.files import open_checked
from waiting import PATIENCE

MODEL = "gpt-4o-mini-2024-07-18"
MIB = 1024 * 1024
IN_PARTS = {"direct_bytes": 1, "part_bytes": MIB, "window": 2}
HASTY_SEND = SendOptions(look_after=(0.0, 0.02), look_later=(), file_poll=0.05)


def hasty(
    folder: Path | None = None,
    *,
    deadline: float = PATIENCE,
    tries: int = 2,
    send: SendOptions = HASTY_SEND,
    **upload: Any,
) -> SessionOptions:
    """Options under which trying again costs a fraction of a second.

    Deadlines are long, because an answer that comes may come slowly; see `skip_silence`.
    """
    upload = {"first_pause": 0.01, "tries": 3, **upload}
    return SessionOptions(
        journal_folder=folder,
        timeouts=Timeouts(
            read=deadline, write=deadline, join=deadline, tries=tries, first_pause=0.01
        ),
        upload=UploadOptions(**upload),
        send=send,
    )


def skip_silence(proxy: FaultProxy, *sessions: Session) -> None:
    """Whenever `proxy` falls silent, make the clocks of `sessions` say that their patience is over.

    So what a deadline does is seen without waiting for it, and no slow machine meets one.
    """

    def skip(share: float) -> None:
        for session in sessions:
            _pass_time(session.thread, share * (PATIENCE + 1))

    proxy.on_silence = skip


def _pass_time(thread: ServiceThread, seconds: float) -> None:
    loop: Any = thread._loop

    def skip() -> None:
        loop.skipped = getattr(loop, "skipped", 0.0) + seconds
        loop.time = lambda: time.monotonic() + loop.skipped

    if loop is not None:
        with contextlib.suppress(RuntimeError):  # the session has been closed
            loop.call_soon_threadsafe(skip)


def write_rows(path: Path, examples: int = 12, *, filler: int = 0, mark: str = "") -> Path:
    """A valid training file; `filler` is the number of characters added to each example."""
    with path.open("w") as file:
        for number in range(examples):
            question = f"{mark} question {number} " + "x" * filler
            messages = [
                {"role": "user", "content": question},
                {"role": "assistant", "content": f"answer {number}"},
            ]
            file.write(json.dumps({"messages": messages}) + "\n")
    return path


@contextmanager
def draft_of(path: Path | str, validation: Path | None = None, **values: Any) -> Iterator[Draft]:
    """A draft for the file at `path`, or for a file id, open while the block lasts."""
    training = path if isinstance(path, str) else open_checked(path)
    held_out = open_checked(validation) if validation else None
    request = values.pop("request", JobRequest(MODEL, suffix="t"))
    try:
        yield Draft(request, training, held_out, **values)
    finally:
        for file in (training, held_out):
            if file is not None and not isinstance(file, str):
                file.close()


class Truth:
    """What is really on the sandbox, asked without any proxy in between."""

    def __init__(self, sandbox: SandboxServer) -> None:
        environ = {
            **os.environ,
            "OPENAI_API_KEY": sandbox.api_key,
            "OPENAI_BASE_URL": sandbox.base_url,
        }
        self.session = Session.open(environ=environ)

    def jobs(self, submission_id: str = "") -> list[Job]:
        """The newest 100 jobs, or those that carry a submission's mark."""

        mark = {SUBMISSION_TAG: submission_id} if submission_id else None

        async def collect() -> list[Job]:
            return list((await self.session.handle.list_jobs(limit=100, metadata=mark)).items)

        return self.session.thread.wait(collect())

    def files(self) -> list[TrainingFile]:
        """All files, newest first."""

        async def collect() -> list[TrainingFile]:
            return [file async for page in self.session.handle.file_pages() for file in page.items]

        return self.session.thread.wait(collect())

    def content(self, file_id: str) -> bytes:
        """A file's bytes."""
        return self.session.thread.wait(self.session.handle.file_content(file_id, 2**30))

    def close(self) -> None:
        """Close the connection."""
        self.session.close()


def outcome_of(session: Session, draft: Draft, consent: Consent = NO_CONSENT) -> Job | ServiceError:
    """Submit, and return what the user would be told."""
    try:
        return session.thread.wait(session.submissions.submit(draft, consent=consent))
    except ServiceError as error:
        return error


def job_of(session: Session, draft: Draft) -> Job:
    """Submit, and return the job that comes of it."""
    told = outcome_of(session, draft)
    assert isinstance(told, Job), told
    return told


def failure_of(session: Session, draft: Draft) -> ServiceError:
    """Submit, and return why no job came of it."""
    told = outcome_of(session, draft)
    assert isinstance(told, ServiceError), told
    return told


def drop_metadata(proxy: FaultProxy) -> None:
    """Make the endpoint one that keeps nothing of a submission's mark."""
    mark = SUBMISSION_TAG.encode()
    proxy.rewrite = lambda request, body: (
        body.replace(mark, b"x" * len(mark)) if request.startswith("POST") else body
    )


def account_of(session: Session) -> Account:
    """Whose entries the journal keeps for `session`."""
    return session.submissions._account


def kinds_of(session: Session, submission_id: str) -> list[str]:
    """The kinds of a submission's entries in the journal, oldest first."""
    return [e.kind for e in session.journal.entries(account_of(session), submission_id)]


def read_back(session: Session, submission_id: str) -> Submission:
    """A submission as the next run would read it from the journal."""
    entries = session.journal.entries(account_of(session), submission_id)
    found = read_submission(submission_id, entries)
    assert found is not None
    return found


def requests(proxy: FaultProxy, route: str) -> int:
    """How many requests so far had a "METHOD /path" that ends with `route`."""
    return sum(count for request, count in proxy.seen.items() if request.endswith(route))
