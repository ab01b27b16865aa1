"""Reads go over the SDK's transport without the SDK: with the same headers, key and refusals."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

import httpx2
import pytest

from echoing_endpoint import Echoing, echoing_endpoint
from faults.proxy import Fault, FaultProxy
from fttui import __version__
from fttui.server import SandboxServer
from fttui.services.endpoint import connection
from fttui.services.endpoint.errors import NotSentError, Outcome, RefusedError, ServiceError
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.reading import ERROR_CAP
from fttui.services.session import Session
from fttui.storage.secrets import Secret
from waiting import PATIENCE

KEY = Secret("sk-reads-Ab3dEf6hIj9lMn2pQr5t")


@pytest.fixture
def echoing() -> Iterator[Echoing]:
    with echoing_endpoint() as place:
        yield place


@pytest.fixture
def ask(session: Session, echoing: Echoing) -> Callable[..., dict[str, str]]:
    """The headers that a read of an endpoint comes with, and those that a change comes with."""

    def asked(**how: object) -> dict[str, str]:
        endpoint = replace(session.endpoint, base_url=echoing.base_url, **how)  # type: ignore[arg-type]
        handle = FineTuningHandle(endpoint, KEY)
        before = len(echoing.requests)
        session.thread.wait(handle.list_models())
        with suppress(RefusedError):  # an echo deletes nothing
            session.thread.wait(handle.delete_file("file-1"))
        session.thread.wait(handle.close())
        read, changed = echoing.requests[before : before + 2]
        for name in ("authorization", "openai-organization", "openai-project", "x-team"):
            assert read.get(name) == changed.get(name)
        return read

    return asked


def test_a_read_says_who_asks_and_for_whom(ask: Callable[..., dict[str, str]]) -> None:
    headers = ask(organization="org-1", project="proj-1")
    assert headers["authorization"] == f"Bearer {KEY.reveal()}"
    assert (headers["openai-organization"], headers["openai-project"]) == ("org-1", "proj-1")
    assert headers["user-agent"] == f"fttui/{__version__}"
    assert headers["accept"] == "application/json"
    assert not {"openai-organization", "openai-project"} & ask().keys()


def test_headers_of_the_environment_go_to_its_endpoint_alone(
    ask: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "X-Team:  blue \nno colon\nAuthorization: Bearer other\nOpenAI-Project: theirs"
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", lines)
    headers = ask(is_environments=True, project="ours")
    assert (headers["x-team"], headers["openai-project"]) == ("blue", "theirs")
    assert headers["authorization"] == f"Bearer {KEY.reveal()}"
    assert "x-team" not in ask(is_environments=False)


def test_the_content_of_a_file_is_taken_whatever_its_kind(
    session: Session, echoing: Echoing
) -> None:
    handle = FineTuningHandle(replace(session.endpoint, base_url=echoing.base_url), KEY)
    assert b"messages" in session.thread.wait(handle.file_content("file-1"))
    assert "*/*" in echoing.requests[-1]["accept"]
    session.thread.wait(handle.close())


@pytest.mark.parametrize("raw_id", ["", ".", "..", "\ud800"])
def test_an_id_that_would_lead_elsewhere_is_not_asked_for(
    session: Session, echoing: Echoing, raw_id: str
) -> None:
    handle = FineTuningHandle(replace(session.endpoint, base_url=echoing.base_url), KEY)
    for call in (handle.retrieve_job, handle.list_events, handle.retrieve_file):
        with pytest.raises(NotSentError) as refused:
            session.thread.wait(call(raw_id))
        assert refused.value.outcome is Outcome.NOT_SENT
    assert not echoing.requests


def test_an_id_with_any_letters_is_asked_for_as_it_is(
    session: Session, fault_proxy: FaultProxy
) -> None:
    handle = FineTuningHandle(replace(session.endpoint, base_url=fault_proxy.base_url), KEY)
    with pytest.raises(ServiceError):
        session.thread.wait(handle.retrieve_job("a/b?c#d e%"))
    assert list(fault_proxy.seen) == ["GET /fine_tuning/jobs/a%2Fb%3Fc%23d%20e%25"]
    session.thread.wait(handle.close())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "refused it."),
        (b"plain words", "refused it: plain words"),
        (b'{"error": {"message": "in it"}}', "refused it: in it"),
        (b'{"detail": "beside it"}', "refused it: beside it"),
        (b"[" * 100_000, "refused it"),
        (b'{"error": "\xff"}', "refused it"),
    ],
)
def test_a_refusal_of_any_shape_is_told(
    session: Session, fault_proxy: FaultProxy, body: bytes, words: str
) -> None:
    handle = FineTuningHandle(replace(session.endpoint, base_url=fault_proxy.base_url), KEY)
    fault_proxy.always("GET", Fault("answer", status=400, body=body))
    with pytest.raises(ServiceError) as refused:
        session.thread.wait(handle.list_jobs())
    assert words in refused.value.sentence
    assert (refused.value.status, refused.value.outcome) == (400, Outcome.REFUSED)
    session.thread.wait(handle.close())


def test_a_read_of_which_the_connection_is_lost_is_told_so(
    session: Session, fault_proxy: FaultProxy
) -> None:
    handle = FineTuningHandle(replace(session.endpoint, base_url=fault_proxy.base_url), KEY)
    fault_proxy.always("GET", Fault("close", commit=False))
    with pytest.raises(ServiceError) as lost:
        session.thread.wait(handle.list_models(tries=1))
    assert (lost.value.code, lost.value.retryable) == ("connection_lost", True)
    session.thread.wait(handle.close())


_IMPORTED = """
import sys
from fttui.services.endpoint.connection import load_sdk
turn = sys.getswitchinterval()
turns = []
class Finder:
    def find_spec(self, name, path=None, target=None):
        turns.append(sys.getswitchinterval())
sys.meta_path.insert(0, Finder())
load_sdk()
assert "openai" in sys.modules
print(max(turns) <= 0.001, sys.getswitchinterval() == turn)
"""


def test_while_the_sdk_is_imported_the_other_threads_get_many_turns() -> None:
    command = [sys.executable, "-c", _IMPORTED]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "True True\n"


def test_two_changes_at_once_make_one_client(session: Session) -> None:
    async def both() -> bool:
        link = connection.Connection(session.endpoint, KEY)
        first, second = await link.sdk(), await link.sdk()
        await link.close()
        return first is second

    assert session.thread.wait(both())


def test_what_is_closed_while_the_sdk_is_imported_serves_again(
    session: Session, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end, has_begun = threading.Event(), threading.Event()

    def slowly() -> None:
        has_begun.set()
        may_end.wait(PATIENCE)

    monkeypatch.setattr(connection, "load_sdk", slowly)
    handle = session.handle
    preparing = session.thread.start(handle.prepare())
    assert has_begun.wait(PATIENCE)
    session.thread.wait(handle.close())
    may_end.set()
    preparing.result(PATIENCE)
    session.thread.wait(handle.delete_file("file-1"))


def test_the_turns_of_threads_are_the_usual_after_two_loads_at_one_time() -> None:
    usual = sys.getswitchinterval()
    try:
        sys.setswitchinterval(0.0005)  # as another load that goes on has left it
        connection.load_sdk()
        assert sys.getswitchinterval() == usual
    finally:
        sys.setswitchinterval(usual)


_COLLECTED = """
import gc, sys
from fttui.services.session import Session
session = Session.open()
alive = [[] for _ in range(1000)]
before = gc.get_freeze_count()
session.thread.wait(session.handle.list_jobs())
print(gc.get_freeze_count() - before > 1000, gc.isenabled(), "openai" in sys.modules)
session.close()
"""


def test_what_is_alive_at_the_first_read_is_left_out_of_later_collections(
    sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", sandbox.api_key)
    monkeypatch.setenv("OPENAI_BASE_URL", sandbox.base_url)
    command = [sys.executable, "-c", _COLLECTED]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "True True False\n"


async def _got(link: connection.Connection, path: str) -> httpx2.Response:
    async with link.get(path, {}, "*/*") as response:
        return response


def test_an_answer_that_is_not_read_is_closed_and_a_long_refusal_cut(
    session: Session, fault_proxy: FaultProxy
) -> None:
    link = connection.Connection(replace(session.endpoint, base_url=fault_proxy.base_url), KEY)
    fault_proxy.always("GET /long", Fault("answer", body=b"x" * 1_000_000))
    fault_proxy.always("GET /refused", Fault("answer", status=400, body=b"x" * 1_000_000))
    assert session.thread.wait(_got(link, "/long")).is_closed
    with pytest.raises(connection.StatusError) as refused:
        session.thread.wait(_got(link, "/refused"))
    assert len(refused.value.response.content) == ERROR_CAP
    session.thread.wait(link.close())
