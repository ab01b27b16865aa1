"""`FineTuningHandle` against the sandbox, and against an endpoint that misbehaves."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import gzip
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from faults.harness import MODEL, Truth, hasty, skip_silence, write_rows
from faults.proxy import HTML, Fault, FaultProxy, error_answer
from fttui.server import ManualClock, SandboxServer, seed_many_jobs
from fttui.services.endpoint.errors import (
    NotFoundError,
    Outcome,
    RedirectError,
    RefusedError,
    ServiceError,
    UnauthorizedError,
    UnreadableAnswerError,
    UnsupportedError,
)
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.models import Job
from fttui.services.endpoint.retries import RetryNotice
from fttui.services.job_form import JobRequest
from fttui.services.session import Session
from fttui.storage.secrets import Secret
from fttui.training_data.files import open_checked
from waiting import PATIENCE

JOB = "/fine_tuning/jobs/ftjob-"


@pytest.fixture
def truth(sandbox: SandboxServer) -> Iterator[Truth]:
    found = Truth(sandbox)
    yield found
    found.close()


@pytest.fixture
def proxied(fault_proxy: FaultProxy, open_session: Callable[..., Session]) -> Session:
    session = open_session(fault_proxy.base_url, hasty())
    skip_silence(fault_proxy, session)
    return session


@pytest.fixture
def job(truth: Truth, tmp_path: Path) -> Job:
    """A job that has just been created."""
    handle = truth.session.handle
    with open_checked(write_rows(tmp_path / "a.jsonl")) as source:
        file = truth.session.thread.wait(handle.upload_training_file(source))
    return truth.session.thread.wait(handle.create_fine_tuning_job(JobRequest(MODEL, file.raw_id)))


def _advance_until_running(session: Session, clock: ManualClock, job: Job) -> None:
    while session.thread.wait(session.handle.retrieve_job(job.raw_id)).status.word != "running":
        clock.advance(2)


def _error(session: Session, coroutine: object) -> ServiceError:
    with pytest.raises(ServiceError) as raised:
        session.thread.wait(coroutine)  # type: ignore[arg-type]
    return raised.value


def test_a_file_is_uploaded_and_a_job_made_listed_and_cancelled(
    session: Session, tmp_path: Path
) -> None:
    handle, wait = session.handle, session.thread.wait
    path = write_rows(tmp_path / "train.jsonl")
    handed_over: list[int] = []
    with open_checked(path) as source:
        file = wait(handle.upload_training_file(source, handed_over.append))
    assert (file.filename, file.size) == ("train.jsonl", path.stat().st_size)
    assert handed_over == [path.stat().st_size]
    job = wait(handle.create_fine_tuning_job(JobRequest(MODEL, file.raw_id)))
    assert wait(handle.get_all_job_ids()) == [job.id]
    assert wait(handle.cancel_fine_tuning_job(job.raw_id)).status.word == "cancelled"
    assert wait(handle.retrieve_job(job.raw_id)).status.word == "cancelled"
    events = wait(handle.list_events(job.raw_id))
    assert events.items[-1].message.startswith("Created fine-tuning job")


def test_no_certificates_are_read_for_plain_http(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    monkeypatch.setattr("httpcore2.default_ssl_context", lambda **_: read.append(1))
    assert session.thread.wait(session.handle.get_all_job_ids()) == []
    assert not read


def test_a_later_connection_keeps_nothing_that_lives_then_from_being_collected(
    open_session: Callable[..., Session],
) -> None:
    first, later = open_session(), open_session()
    assert first.thread.wait(first.handle.prepare()) is None
    frozen = gc.get_freeze_count()
    assert later.thread.wait(later.handle.prepare()) is None
    assert gc.get_freeze_count() <= frozen


def test_all_pages_of_jobs_are_read(session: Session, sandbox: SandboxServer) -> None:
    sandbox.call(lambda state: seed_many_jobs(state, 250))
    ids = session.thread.wait(session.handle.get_all_job_ids())
    assert len(ids) == len(set(ids)) == 250


@pytest.mark.parametrize("how", ["reset", "close", "hang", "truncate"])
@pytest.mark.parametrize("action", ["cancel_fine_tuning_job", "pause_job"])
def test_after_a_lost_answer_the_real_state_decides(
    proxied: Session, fault_proxy: FaultProxy, job: Job, clock: ManualClock, action: str, how: str
) -> None:
    if action == "pause_job":
        _advance_until_running(proxied, clock, job)
    wanted = {"cancel_fine_tuning_job": "cancelled", "pause_job": "paused"}[action]
    fault_proxy.script(f"POST {JOB}", Fault(how))
    changed = proxied.thread.wait(getattr(proxied.handle, action)(job.raw_id))
    assert changed.status.word == wanted
    again = proxied.thread.wait(getattr(proxied.handle, action)(job.raw_id))
    assert again.status.word == wanted


def test_a_paused_job_resumes_also_when_the_answer_is_lost(
    proxied: Session, fault_proxy: FaultProxy, job: Job, clock: ManualClock
) -> None:
    _advance_until_running(proxied, clock, job)
    proxied.thread.wait(proxied.handle.pause_job(job.raw_id))
    fault_proxy.script(f"POST {JOB}", Fault("reset"))
    assert proxied.thread.wait(proxied.handle.resume_job(job.raw_id)).status.is_moving


def test_a_change_that_did_not_happen_is_told(
    proxied: Session, fault_proxy: FaultProxy, job: Job, clock: ManualClock
) -> None:
    fault_proxy.script(f"POST {JOB}", Fault("reset", commit=False))
    error = _error(proxied, proxied.handle.cancel_fine_tuning_job(job.raw_id))
    assert error.outcome is Outcome.UNKNOWN
    clock.advance(100_000)
    error = _error(proxied, proxied.handle.cancel_fine_tuning_job(job.raw_id))
    assert isinstance(error, RefusedError)
    error = _error(proxied, proxied.handle.cancel_fine_tuning_job("ftjob-nope"))
    assert isinstance(error, NotFoundError)


def test_an_action_that_the_endpoint_lacks_is_told_as_unsupported(
    proxied: Session, fault_proxy: FaultProxy, job: Job
) -> None:
    for status in (405, 501):
        fault_proxy.script(f"POST {JOB}", error_answer(status, commit=False))
        assert isinstance(_error(proxied, proxied.handle.pause_job(job.raw_id)), UnsupportedError)


def test_deleting_what_is_gone_is_done(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, job: Job
) -> None:
    for _ in range(2):
        fault_proxy.script("DELETE /files", None)
        proxied.thread.wait(proxied.handle.delete_file(job.training_file or ""))
    assert truth.files() == []
    proxied.thread.wait(proxied.handle.delete_model("ft:gone"))


@pytest.mark.parametrize(
    "answer",
    [
        Fault("answer", False, 404, b'{"detail": "Not Found"}'),
        error_answer(500, commit=False),
        Fault("reset", False),
    ],
    ids=["no route", "failure", "lost"],
)
def test_a_list_that_never_had_a_model_tells_of_no_deletion(
    proxied: Session, fault_proxy: FaultProxy, answer: Fault
) -> None:
    fault_proxy.always("DELETE /models", answer)
    _error(proxied, proxied.handle.delete_model("ft:not-listed"))


def test_a_read_is_tried_three_times_where_the_user_can_see_it(
    fault_proxy: FaultProxy, open_session: Callable[..., Session]
) -> None:
    session = open_session(fault_proxy.base_url, hasty(tries=3))
    notices: list[RetryNotice] = []
    session.on_retry = notices.append
    fault_proxy.script("GET", Fault("reset", False), error_answer(503, commit=False))
    session.thread.wait(session.handle.list_jobs())
    assert fault_proxy.seen["GET /fine_tuning/jobs"] == 3
    assert [notice.attempt for notice in notices] == [1, 2]
    assert "lost" in notices[0].error.sentence and "503" in notices[1].error.sentence


def test_the_sdk_itself_never_tries_again(proxied: Session, fault_proxy: FaultProxy) -> None:
    retry = (("x-should-retry", "true"), ("retry-after", "0"))
    fault_proxy.always("POST", error_answer(500, commit=False, headers=retry))
    _error(proxied, proxied.handle.create_fine_tuning_job(JobRequest(MODEL, "file-1")))
    _error(proxied, proxied.handle.create_upload("a.jsonl", 10))
    assert set(fault_proxy.seen.values()) == {1}


def test_a_slow_drip_ends_at_the_total_deadline(proxied: Session, fault_proxy: FaultProxy) -> None:
    fault_proxy.always("GET", Fault("drip"))
    error = _error(proxied, proxied.handle.list_jobs())
    assert error.code == "timeout"


def test_cancelling_a_read_ends_it_at_once(proxied: Session, fault_proxy: FaultProxy) -> None:
    fault_proxy.always("GET", Fault("hang", False))
    hangs = threading.Event()
    fault_proxy.on_silence = lambda _: hangs.set()

    async def read_and_give_up() -> None:
        task = asyncio.create_task(proxied.handle.list_jobs())
        assert await asyncio.to_thread(hangs.wait, PATIENCE)
        task.cancel()
        await task

    with pytest.raises(concurrent.futures.CancelledError):
        proxied.thread.wait(read_and_give_up())
    assert fault_proxy.seen.total() == 1


@pytest.mark.parametrize(
    "answer",
    [
        Fault("answer", False, body=HTML, headers=(("content-type", "text/html"),)),
        Fault("answer", False, body=HTML),
        Fault("answer", False, status=204),
        Fault("answer", False, body=b""),
        Fault("answer", False, body=b"null"),
        Fault("answer", False, body=b'"text"'),
        Fault("answer", False, body=b"[" * 5000),
        Fault("answer", False, body=b'{"data": caf\xe9}'),
        Fault("answer", False, body=b'{"id": 1'),
    ],
    ids=str,
)
def test_an_answer_that_is_not_the_api_s_is_one_sentence(
    proxied: Session, fault_proxy: FaultProxy, answer: Fault
) -> None:
    fault_proxy.always("GET", answer)
    for call in (proxied.handle.list_jobs(), proxied.handle.retrieve_job("ftjob-1")):
        error = _error(proxied, call)
        assert isinstance(error, UnreadableAnswerError)
        assert len(error.full_text) < 400


def test_an_odd_page_is_read_as_far_as_it_makes_sense(
    proxied: Session, fault_proxy: FaultProxy
) -> None:
    body = b'{"data": [null, "x", {"id": "ftjob-1", "status": 7}, {}], "has_more": "false"}'
    fault_proxy.always("GET", Fault("answer", False, body=body))
    page = proxied.thread.wait(proxied.handle.list_jobs())
    assert [job.id for job in page.items] == ["ftjob-1", ""]
    assert (page.dropped, page.has_more) == (2, False)


def test_an_answer_that_unpacks_without_end_is_not_read(
    open_session: Callable[..., Session], fault_proxy: FaultProxy
) -> None:
    proxied = open_session(fault_proxy.base_url, hasty())
    packed = gzip.compress(b" " * (80 * 1024 * 1024), 6)
    headers = (("content-type", "application/json"), ("content-encoding", "gzip"))
    fault_proxy.always("GET /models", Fault("answer", False, 200, packed, headers))
    error = _error(proxied, proxied.handle.list_models())
    assert error.code == "answer_too_large"
    fault_proxy.always("GET /files", Fault("answer", False, 400, packed, headers))
    error = _error(proxied, proxied.handle.list_files())
    assert len(error.full_text) < 1000


def test_a_huge_error_message_with_escapes_becomes_a_short_harmless_sentence(
    proxied: Session, fault_proxy: FaultProxy
) -> None:
    message = "\\u001b]52;c;eA==\\u0007" + "x" * 2_000_000
    fault_proxy.always("GET", error_answer(400, commit=False, message=message))
    error = _error(proxied, proxied.handle.list_jobs())
    assert len(error.full_text) < 1000 and "\x1b" not in error.full_text


def test_redirects_are_never_followed(
    proxied: Session, fault_proxy: FaultProxy, sandbox: SandboxServer, tmp_path: Path
) -> None:
    with FaultProxy(sandbox.base_url) as elsewhere:
        for status in (301, 302, 303, 307, 308):
            location = (("location", f"{elsewhere.base_url}/files"),)
            fault_proxy.script("", *[error_answer(status, commit=False, headers=location)] * 3)
            assert isinstance(_error(proxied, proxied.handle.list_jobs()), RedirectError)
            with open_checked(write_rows(tmp_path / "a.jsonl")) as source:
                error = _error(proxied, proxied.handle.upload_training_file(source))
            assert isinstance(error, RedirectError)
            assert isinstance(_error(proxied, proxied.handle.delete_file("f")), RedirectError)
        signed = (("location", f"{elsewhere.base_url}/blob?sig=s3cr3t"),)
        fault_proxy.script("", error_answer(302, commit=False, headers=signed))
        told = _error(proxied, proxied.handle.file_content("f")).full_text
        assert "/blob?…" in told and "s3cr3t" not in told and "base URL" not in told
        assert elsewhere.seen.total() == 0


def test_a_wrong_key_is_said_without_showing_it(sandbox: SandboxServer, session: Session) -> None:
    handle = FineTuningHandle(session.endpoint, Secret("sk-wrong-1234567890"))
    error = _error(session, handle.verify())
    assert isinstance(error, UnauthorizedError)
    assert "34567890" not in error.full_text


def test_a_key_that_may_list_jobs_only_is_good(proxied: Session, fault_proxy: FaultProxy) -> None:
    fault_proxy.always("GET /models", error_answer(403, commit=False))
    proxied.thread.wait(proxied.handle.verify())


@pytest.mark.parametrize("call", ["list_jobs", "create"])
def test_an_answer_that_comes_a_byte_at_a_time_ends_with_the_patience(
    proxied: Session, fault_proxy: FaultProxy, call: str
) -> None:
    fault_proxy.always("/fine_tuning/jobs$", Fault("drip", commit=False))
    handle = proxied.handle
    request = JobRequest(MODEL, "file-1")
    coroutine = (
        handle.list_jobs() if call == "list_jobs" else handle.create_fine_tuning_job(request)
    )
    error = proxied.thread.start(coroutine).exception(PATIENCE)
    assert isinstance(error, ServiceError)
    assert (error.code, error.outcome) == ("timeout", Outcome.UNKNOWN)
    assert error.sentence == f"{proxied.endpoint.host} did not answer in time."


def test_a_key_in_an_answer_that_is_not_the_apis_is_in_no_detail(
    fault_proxy: FaultProxy, session: Session
) -> None:
    key = Secret("Ab3dEf6hIj9lMn2pQr5t")
    endpoint = replace(session.endpoint, base_url=fault_proxy.base_url)
    handle = FineTuningHandle(endpoint, key)
    fault_proxy.always("", Fault("answer", body=b"<html>" + key.reveal().encode()))
    error = _error(session, handle.retrieve_job("ftjob-1"))
    assert error.code == "unreadable_answer" and "<html>" in error.detail
    assert key.reveal()[:8] not in error.detail + error.full_text
    session.thread.wait(handle.close())


def test_a_dead_proxy_is_named_with_its_variable(
    open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@127.0.0.1:9")
    session = open_session("https://api.example.invalid/v1", hasty(tries=1))
    error = _error(session, session.handle.list_jobs())
    assert error.outcome is Outcome.NOT_SENT
    assert "the proxy 127.0.0.1:9 (from HTTPS_PROXY) did not connect" in error.sentence
    assert "secret" not in error.full_text + error.detail


def test_custom_headers_of_the_environment_do_not_replace_the_key(
    sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer other")
    monkeypatch.setenv("OPENAI_API_KEY", sandbox.api_key)
    monkeypatch.setenv("OPENAI_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    session = Session.open(environ=os.environ)
    session.thread.wait(session.handle.verify())
    session.close()


@pytest.mark.parametrize("hang", ["create", "read", "disk"])
def test_a_session_closes_soon_whatever_hangs(
    proxied: Session, fault_proxy: FaultProxy, hang: str
) -> None:
    hangs, release = threading.Event(), threading.Event()
    fault_proxy.always("", Fault("hang", False))
    fault_proxy.on_silence = lambda _: hangs.set()

    def read_from_a_dead_disk() -> None:
        hangs.set()
        release.wait()

    if hang == "disk":
        proxied.thread.start(asyncio.to_thread(read_from_a_dead_disk))
    elif hang == "read":
        proxied.thread.start(proxied.handle.list_jobs())
    else:
        proxied.thread.start(proxied.handle.create_fine_tuning_job(JobRequest(MODEL, "file-1")))
    assert hangs.wait(PATIENCE)
    closing = threading.Thread(target=proxied.close, kwargs={"grace": 0.5}, daemon=True)
    closing.start()
    closing.join(PATIENCE)  # what hangs does so until the end of the test
    assert not closing.is_alive()
    assert not proxied.thread.is_running
    release.set()
