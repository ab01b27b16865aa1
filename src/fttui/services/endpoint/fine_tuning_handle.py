"""`FineTuningHandle`: every call to the fine-tuning API.

Each goes out once (the SDK's silent retries can pay for a job three times), follows no redirect,
has a total deadline, and is read from capped raw bytes into our own types.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

from fttui.services.endpoint.address import Endpoint
from fttui.services.endpoint.chat import Chats
from fttui.services.endpoint.connection import Connection, posted
from fttui.services.endpoint.deletion import require_deleted
from fttui.services.endpoint.errors import (
    CannotChangeError,
    NotFoundError,
    Outcome,
    RedirectError,
    RefusedError,
    ServiceError,
    UnreadableAnswerError,
    UnsupportedError,
    cause_of,
)
from fttui.services.endpoint.grader_call import validate_grader
from fttui.services.endpoint.job_reads import is_usable_id, names
from fttui.services.endpoint.lists import FILE_LIST, JOB_NAMES, single
from fttui.services.endpoint.model_calls import ModelCalls
from fttui.services.endpoint.models import Job, Page, TrainingFile
from fttui.services.endpoint.offered import CHANGES, CONTENT, CREATE, DELETE_FILE, UPLOAD
from fttui.services.endpoint.offered import FILES as FILE_CALLS
from fttui.services.endpoint.probe import Offered, ask_offered
from fttui.services.endpoint.records import FILES, Records, content_path, file_path
from fttui.services.endpoint.refusals import is_no_route, said_in
from fttui.services.endpoint.retries import RetryNotice
from fttui.services.endpoint.status import BEING_CANCELLED
from fttui.services.endpoint.transport import EMPTY_ANSWER, Take, Timeouts, Transport, all_pages
from fttui.services.endpoint.upload_body import (
    MultipartForm,
    Upload,
    UploadPart,
    counted,
)
from fttui.services.endpoint.upload_source import UploadSource, whole_source
from fttui.services.job_form import JobRequest
from fttui.services.job_words import refusal
from fttui.storage.profile_rules import OPTION_OF
from fttui.storage.secrets import Secret, register
from fttui.terminal.language import _
from fttui.terminal.text import safe

_SDKS = frozenset((*OPTION_OF, "hyperparameters"))
"""What the SDK knows of a create call; it takes all else as `extra_body`."""
_NOTHING_DONE = frozenset({301, 307, 308})
"""Redirects that say "send it there"; the others may say "it is done, and to be seen there"."""


class FineTuningHandle(ModelCalls):
    """The fine-tuning API of one endpoint.

    Its coroutines run on one event loop, the service thread's. All of them raise `ServiceError`
    and nothing else. `on_retry` is told before each wait of a read that is tried again. `offers` is
    kept for those who ask again and again.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        key: Secret,
        *,
        on_retry: Callable[[RetryNotice], None] | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        register(key)
        wire = Transport(
            endpoint.host,
            Connection(endpoint, key),
            timeouts=timeouts,
            on_retry=on_retry,
            proxy=endpoint.named_proxy,
            key_advice=endpoint.key_advice,
        )
        super().__init__(endpoint, wire)
        self.records = Records(self._wire)
        self.chats = Chats(self._wire, self.offers, self.path_hint)
        self.timeouts = self._wire.timeouts

    async def prepare(self) -> None:
        """Make the client now, so that what fails on this machine fails before anything is paid."""
        await self._wire.prepare()

    async def upload_training_file(
        self,
        source: UploadSource,
        on_progress: Callable[[int], None] | None = None,
        *,
        sha256: str = "",
    ) -> TrainingFile:
        """Upload `source` in one request, with purpose `fine-tune`; one attempt.

        `on_progress` gets the bytes handed over so far; only the answer acknowledges them. A
        content that does not hash to `sha256` (hex, when given) is never sent whole.
        """
        content = counted(whole_source(source, sha256, self._wire.timeouts.file_read), on_progress)
        form = MultipartForm(
            {"purpose": "fine-tune"}, "file", source.upload_name, content, source.size
        )
        deadline = self._wire.timeouts.upload(source.size)
        async with self._told_apart(UPLOAD):
            answer = await self._wire.change(
                lambda client: posted(client, "/files", form), deadline
            )
        return self._named(TrainingFile.read(single(answer, "file")), _("a file"), answer)

    async def create_fine_tuning_job(self, request: JobRequest) -> Job:
        """Send `request` exactly once, unmarked where the profile says that it lacks metadata.

        Raises:
            ServiceError: with `outcome` NOT_SENT or REFUSED when there is certainly no job, and
                UNKNOWN when there may be one, also for an answer that names no job.
        """
        if "metadata" in self.endpoint.profile.lacks:
            request = request.untagged()
        filled = self.endpoint.extras.filled(dict(request.extra_body))
        body: dict[str, Any] = replace(request, extra_body=filled).to_body()
        known = {*_SDKS, *body, "trainingType"}
        extra = {name: body.pop(name) for name in list(body) if name not in _SDKS}
        try:
            async with self._told_apart(CREATE):
                answer = await self._wire.change(
                    lambda client: client.fine_tuning.jobs.with_streaming_response.create(
                        **body, extra_body=extra or None
                    ),
                    self._wire.timeouts.write,
                )
        except RefusedError as error:
            _explain_unknown_field(error, known)
            raise
        except RedirectError as error:
            if error.status not in _NOTHING_DONE:
                error.outcome = Outcome.UNKNOWN
            raise
        job = self._read_job(single(answer, *JOB_NAMES))
        if job is None or not is_usable_id(job.raw_id):
            raise UnreadableAnswerError(
                _(
                    "{host} answered the create call without naming a job{said}.",
                    host=self.endpoint.host,
                    said=said_in(answer),
                ),
                _("fttui looks for the job before anything is sent again."),
                outcome=Outcome.UNKNOWN,
                code="no_job_id",
            )
        return job

    async def validate_grader(self, grader: Mapping[str, object]) -> bool:
        """Whether the endpoint says that it takes it, at no cost; see `grader_call`."""
        return await validate_grader(self._wire, grader)

    async def get_all_job_ids(
        self, on_page: Callable[[Page[Job]], None] | None = None
    ) -> list[str]:
        """The ids of all jobs, every page, newest first; `on_page` gets each page as it comes."""
        ids: list[str] = []
        async for page in self.job_pages():
            ids += [job.id for job in page.items if job.id]
            if on_page is not None:
                on_page(page)
        return ids

    async def cancel_fine_tuning_job(self, job_id: str) -> Job:
        """Ask for the job's end and return it; one that has ended so, or will, is done."""
        return await self._change(job_id, "cancel", BEING_CANCELLED)

    async def pause_job(self, job_id: str) -> Job:
        """Ask for a pause and return the job; already paused counts as done."""
        return await self._change(job_id, "pause", {"paused", "pausing"})

    async def resume_job(self, job_id: str) -> Job:
        """Ask a paused job to go on and return it; already running counts as done."""
        return await self._change(job_id, "resume", {"running", "queued", "resuming"})

    async def list_files(
        self, after: str | None = None, purpose: str = "", limit: int = 1000
    ) -> Page[TrainingFile]:
        """One page of files, newest first, of one purpose or of all. Raises ServiceError."""
        query: dict[str, Any] = {"limit": limit, "order": "desc"}
        query |= {"after": after} if after else {}
        query |= {"purpose": purpose} if purpose else {}
        async with self._told_apart(FILE_CALLS, is_list=not after):
            return await self._wire.read_page(FILES, query, FILE_LIST, TrainingFile.read)
        raise AssertionError("unreachable")

    def file_pages(self, purpose: str = "") -> AsyncIterator[Page[TrainingFile]]:
        """All pages of files, newest first."""
        return all_pages(lambda after: self.list_files(after, purpose))

    async def retrieve_file(self, file_id: str) -> TrainingFile:
        """The file's record as it is now, under the id that was asked for, whatever id it bears."""
        try:
            answer = await self._wire.read(file_path(file_id))
        except (NotFoundError, UnsupportedError) as error:
            if self.endpoint.archive or names(error, file_id):
                raise
            return await self._listed_file(file_id, error)
        told = TrainingFile.read(single(answer, "file"))
        named = told if told and told.raw_id else self._named(told, _("a file"), answer)
        return named.called(file_id)

    async def _listed_file(self, file_id: str, error: ServiceError) -> TrainingFile:
        """The file as the list tells it; else `error`, or that there are no files here at all."""
        try:
            page = await self.list_files()
        except UnsupportedError as no_list:
            raise (no_list if is_no_route(error.detail) else error) from error
        except ServiceError:
            raise error from None
        found = next((file for file in page.items if file.raw_id == file_id), None)
        if found is None:
            raise error
        return found

    async def file_content(self, file_id: str, cap: int = 64 * 1024 * 1024) -> bytes:
        """The file's bytes, refused past `cap` bytes."""
        async with self._content_told_apart(file_id):
            return await self._wire.content(content_path(file_id), 600.0, cap)
        raise AssertionError("unreachable")

    async def receive_file(self, file_id: str, take: Take, size: int | None = None) -> int:
        """Hand the file's bytes to `take`, as `Records.content` does; returns how many."""
        async with self._content_told_apart(file_id):
            return await self.records.content(file_id, take, size=size)
        raise AssertionError("unreachable")

    @asynccontextmanager
    async def _content_told_apart(self, file_id: str) -> AsyncIterator[None]:
        """Around a call for the bytes of a file that may be there without them."""
        try:
            yield
        except (NotFoundError, UnsupportedError) as error:
            if self.endpoint.archive or self.offers.has_worked(CONTENT) or names(error, file_id):
                raise
            try:
                await self.retrieve_file(file_id)
            except ServiceError:
                raise error from None
            raise self.offers.not_offered(CONTENT, error) from error
        self.offers.note_answer(CONTENT)

    async def delete_file(self, file_id: str) -> None:
        """Delete the file; one that is already gone counts as deleted.

        After any answer but a clear yes the file itself decides.
        """
        file_path(file_id)  # refuses what is no id
        try:
            answer = await self._wire.change(
                lambda client: client.files.with_streaming_response.delete(file_id),
                self._wire.timeouts.read,
            )
        except UnsupportedError as error:
            raise self.offers.not_offered(DELETE_FILE, error) from error
        except NotFoundError as error:
            is_there = await self._has_file(file_id)
            if is_there or (is_there is None and is_no_route(error.detail)):
                raise self.offers.not_offered(DELETE_FILE, error) from error
            return
        has_file = partial(self._has_file, file_id)
        await require_deleted(answer, file_id, self.endpoint.host, has_file)

    async def _has_file(self, file_id: str) -> bool | None:
        """Whether the file is there; None where that cannot be read."""
        try:
            found = await self.retrieve_file(file_id)
        except NotFoundError:
            return False
        except ServiceError:
            return None
        return found.status not in {"deleted", "deleting"}

    async def create_upload(self, name: str, size: int) -> Upload:
        """Announce an upload in parts of `size` bytes in all; it expires after an hour."""
        answer = await self._wire.change(
            lambda client: client.uploads.with_streaming_response.create(
                bytes=size, filename=name, mime_type="application/jsonl", purpose="fine-tune"
            ),
            self._wire.timeouts.read,
        )
        return self._named(Upload.read(answer), _("an upload"), answer)

    async def add_upload_part(
        self,
        upload_id: str,
        content: AsyncIterable[bytes],
        size: int,
        on_progress: Callable[[int], None] | None = None,
    ) -> UploadPart:
        """Send `content`, of `size` bytes in all, as one part of an upload; one attempt.

        `on_progress` gets the bytes handed over so far.
        """
        form = MultipartForm({}, "data", "part", counted(content, on_progress), size)
        path = f"/uploads/{quote(upload_id, safe='')}/parts"
        answer = await self._wire.change(
            lambda client: posted(client, path, form),
            self._wire.timeouts.upload(size),
        )
        return self._named(UploadPart.read(answer), _("an upload part"), answer)

    async def complete_upload(self, upload_id: str, part_ids: list[str], md5: str) -> Upload:
        """Join the parts in this order into a file; the endpoint verifies `md5` (hex)."""
        answer = await self._wire.change(
            lambda client: client.uploads.with_streaming_response.complete(
                upload_id, part_ids=part_ids, md5=md5
            ),
            self._wire.timeouts.join,
        )
        return self._named(Upload.read(answer), _("an upload"), answer)

    async def cancel_upload(self, upload_id: str) -> None:
        """Give up an upload; one that is gone or done counts as given up."""
        try:
            await self._wire.change(
                lambda client: client.uploads.with_streaming_response.cancel(upload_id),
                self._wire.timeouts.read,
            )
        except ServiceError as error:
            if error.outcome is not Outcome.REFUSED:
                raise

    async def verify(self) -> None:
        """Prove that the key works, at no cost; a restricted key is tried on the jobs list too."""
        try:
            await self.list_models()
        except ServiceError as error:
            if error.status not in {403, 404, 405}:
                raise
            await self.list_jobs(limit=1)

    async def offered(self) -> Offered:
        """What the endpoint offers, by four calls that cost nothing; raises as `ask_offered`."""
        return await ask_offered(self._wire)

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def _change(self, job_id: str, action: str, wanted: Collection[str]) -> Job:
        """Ask for a change of state; when it fails, the job's real state decides and is told."""
        if not_offered := self.offers.refusal_of(CHANGES[action]):
            raise not_offered
        try:
            answer = await self._wire.change(
                lambda client: getattr(client.fine_tuning.jobs.with_streaming_response, action)(
                    job_id
                ),
                self._wire.timeouts.write,
            )
            return self._named(self._read_job(single(answer, *JOB_NAMES)), _("a job"), answer)
        except (NotFoundError, UnsupportedError) as error:
            job = await self._job_behind(job_id, error)
            told = self._explained(CHANGES[action], job, job_id, error)
            raise told from cause_of(told, error)
        except ServiceError as error:
            if error.outcome is Outcome.NOT_SENT or error.status in {401, 403, 429}:
                raise
            job = await self._state_after(job_id, error)
            if job.status.word in wanted:
                return job
            if error.code == EMPTY_ANSWER and job.status.is_moving:
                return job  # it was taken, and is under way
            if why_not := refusal(action, job):
                raise CannotChangeError(why_not, error) from error
            raise

    async def _state_after(self, job_id: str, error: ServiceError) -> Job:
        try:
            return await self.retrieve_job(job_id)
        except ServiceError:
            raise error from None


def _explain_unknown_field(error: RefusedError, known: Collection[str]) -> None:
    """Let a refusal for a field that no option sends say so: there is nothing to correct."""
    field = re.split(r"[.\[]", error.param or "", maxsplit=1)[0]
    if error.status in {400, 422} and field and field not in known:
        error.hint = _(
            "Its create call wants {field}, which fttui does not send. extra_body in the profile"
            " can add it; where that is another form of the call, create the job elsewhere.",
            field=safe(field, maxlen=60),
        )
