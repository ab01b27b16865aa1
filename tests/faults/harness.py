"""Short patience, drafts, and a view of the sandbox that no fault can touch."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fttui.sandbox import SandboxServer
from fttui.services.create_call import SendOptions
from fttui.services.errors import ServiceError
from fttui.services.job_request import SUBMISSION_TAG, JobRequest
from fttui.services.models import Job, TrainingFile
from fttui.services.session import Session, SessionOptions
from fttui.services.submission import Draft
from fttui.services.transport import Patience
from fttui.services.upload import UploadOptions
from fttui.training_data.files import open_checked

MODEL = "gpt-4o-mini-2024-07-18"
HASTY_SEND = SendOptions(look_after=(0.0, 0.02), look_later=(), file_poll=0.05, file_patience=5.0)


def hasty(
    folder: Path | None = None,
    *,
    deadline: float = 0.4,
    tries: int = 2,
    send: SendOptions = HASTY_SEND,
    **upload: Any,
) -> SessionOptions:
    """Options under which a lost answer costs a fraction of a second."""
    upload = {"first_pause": 0.01, "tries": 3, **upload}
    return SessionOptions(
        journal_folder=folder,
        patience=Patience(
            read=deadline, write=deadline, join=deadline, tries=tries, first_pause=0.01
        ),
        upload=UploadOptions(**upload),
        send=send,
    )


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


def outcome_of(session: Session, draft: Draft) -> Job | ServiceError:
    """Submit, and return what the user would be told."""
    try:
        return session.thread.wait(session.submissions.submit(draft))
    except ServiceError as error:
        return error
