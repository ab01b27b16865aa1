"""What fails before the first byte of a create call has left is certainly not sent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from faults.harness import MODEL, hasty
from faults.proxy import Fault, FaultProxy
from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.job_form import JobRequest
from fttui.services.session import Session

CREATE = "POST /fine_tuning/jobs$"


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port on which connections are taken, and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def failure_of(session: Session, request: JobRequest) -> ServiceError:
    with pytest.raises(ServiceError) as failed:
        session.thread.wait(session.handle.create_fine_tuning_job(request))
    return failed.value


def test_a_call_to_a_server_that_never_greets_is_not_sent(
    open_session: Callable[..., Session], deaf_port: int
) -> None:
    session = open_session(f"https://127.0.0.1:{deaf_port}/v1", hasty(deadline=0.3))
    error = failure_of(session, JobRequest(MODEL, "file-1"))
    assert error.outcome is Outcome.NOT_SENT
    assert "nothing was sent" in error.sentence


def test_a_call_that_cannot_be_put_into_bytes_is_not_sent(
    session: Session, open_session: Callable[..., Session]
) -> None:
    error = failure_of(session, JobRequest(MODEL, "file-1", metadata={"name": "\ud800"}))
    assert error.outcome is Outcome.NOT_SENT


@pytest.mark.parametrize("commit", [True, False])
def test_a_call_that_has_left_may_have_made_a_job(
    commit: bool, open_session: Callable[..., Session], fault_proxy: FaultProxy
) -> None:
    session = open_session(fault_proxy.base_url, hasty())
    fault_proxy.script(CREATE, Fault("reset", commit=commit))
    assert failure_of(session, JobRequest(MODEL, "file-1")).outcome is Outcome.UNKNOWN


def test_a_call_on_a_connection_that_was_used_before_may_have_left(
    open_session: Callable[..., Session], fault_proxy: FaultProxy
) -> None:
    session = open_session(fault_proxy.base_url, hasty())
    session.thread.wait(session.handle.list_jobs())
    fault_proxy.script(CREATE, Fault("reset", commit=True))
    assert failure_of(session, JobRequest(MODEL, "file-1")).outcome is Outcome.UNKNOWN


def test_a_proxy_that_opens_a_way_and_falls_silent_has_sent_nothing_on(
    open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread = threading.Thread(target=open_and_fall_silent, args=(listener,))
        thread.start()
        session = open_session("https://endpoint.invalid/v1", hasty(deadline=0.3))
        error = failure_of(session, JobRequest(MODEL, "file-1"))
        session.close()
        thread.join()
    assert error.outcome is Outcome.NOT_SENT


def open_and_fall_silent(listener: socket.socket) -> None:
    """Be a proxy that answers one CONNECT, and then says nothing more."""
    client, _ = listener.accept()
    with client:
        while b"\r\n\r\n" not in client.recv(65_536):
            pass
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        while client.recv(65_536):
            pass
