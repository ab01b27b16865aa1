"""Keys, headers, wrong addresses, and what the server says of itself."""

import re

import httpx2
import pytest
from openai import AsyncOpenAI, AuthenticationError, OpenAI, PermissionDeniedError

from fttui.server import ManualClock, SandboxConfig, SandboxServer


def test_a_wrong_key_is_refused_and_echoed_masked(server: SandboxServer) -> None:
    key = "sk-proj-abcdefghijklmnopqrstuvwxyz"
    with (
        OpenAI(base_url=server.base_url, api_key=key, max_retries=0) as client,
        pytest.raises(AuthenticationError) as caught,
    ):
        client.models.list()
    error = caught.value
    assert (error.code, error.type) == ("invalid_api_key", "invalid_request_error")
    assert "Incorrect API key provided: sk-proj-***" in error.message
    assert "***wxyz." in error.message
    assert key not in error.message


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic c2s6eA==", "sk-x"])
def test_no_key_is_told_from_a_wrong_one(server: SandboxServer, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = httpx2.get(f"{server.base_url}/models", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"]["message"].startswith("You didn't provide an API key.")
    assert answer.json()["error"]["code"] is None


def test_a_short_wrong_key_is_masked_whole(server: SandboxServer) -> None:
    answer = httpx2.get(f"{server.base_url}/models", headers={"Authorization": "Bearer secret"})
    assert "secret" not in answer.text
    assert "******" in answer.text


def test_a_large_upload_with_a_wrong_key_gets_its_refusal(server: SandboxServer) -> None:
    with (
        OpenAI(base_url=server.base_url, api_key="sk-wrong", max_retries=0) as client,
        pytest.raises(AuthenticationError),
    ):
        client.files.create(file=("a.jsonl", bytes(20_000_000)), purpose="fine-tune")


def test_every_answer_has_openais_headers(http: httpx2.Client) -> None:
    ids = set()
    for path in ("/models", "/nothing", "/files/none"):
        headers = http.get(path).headers
        assert headers["openai-organization"] == "org-sandbox-trains-nothing"
        assert headers["openai-processing-ms"].isdigit()
        assert headers["openai-version"] == "2020-10-01"
        assert re.fullmatch(r"req_[0-9a-f]{32}", headers["x-request-id"])
        ids.add(headers["x-request-id"])
    assert len(ids) == 3


def test_the_sdk_reads_the_request_id_of_a_refusal(server: SandboxServer) -> None:
    with (
        OpenAI(base_url=server.base_url, api_key="x", max_retries=0) as client,
        pytest.raises(AuthenticationError) as caught,
    ):
        client.models.list()
    assert (caught.value.request_id or "").startswith("req_")


def test_an_unknown_address_is_404_in_openais_words(http: httpx2.Client) -> None:
    answer = http.get("/fine-tunes")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": {
            "message": "Invalid URL (GET /v1/fine-tunes)",
            "type": "invalid_request_error",
            "param": None,
            "code": None,
        }
    }


def test_a_wrong_method_is_405(http: httpx2.Client) -> None:
    answer = http.put("/models", json={})
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_supported"
    assert "Not allowed to PUT on /v1/models" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/files", "GET, HEAD, POST"), ("/files/file-x", "DELETE, GET, HEAD"),
     ("/models", "GET, HEAD"),
     ("/fine_tuning/jobs", "GET, HEAD, POST"), ("/uploads", "POST")],
)  # fmt: skip
def test_a_wrong_method_is_told_all_that_the_path_has(
    http: httpx2.Client, path: str, methods: str
) -> None:
    assert http.put(path, json={}).headers["allow"] == methods


def test_a_trailing_slash_is_not_redirected(http: httpx2.Client) -> None:
    assert http.get("/models/").status_code == 404


def test_the_front_page_says_that_nothing_is_trained(server: SandboxServer) -> None:
    root = server.base_url.removesuffix("v1")
    page = httpx2.get(root)
    assert page.headers["content-type"].startswith("text/html")
    assert "it trains nothing" in page.text
    document = httpx2.get(root, headers={"Accept": "application/json"}).json()
    assert (document["sandbox"], document["trains"], document["jobs"]) == (True, False, 0)
    assert document["base_url"] == server.base_url


async def test_the_asynchronous_client_works_as_well(
    server: SandboxServer, clock: ManualClock, samples: dict[str, bytes]
) -> None:
    async with AsyncOpenAI(base_url=server.base_url, api_key=server.api_key) as client:
        file = await client.files.create(file=("t.jsonl", samples["chat"]), purpose="fine-tune")
        job = await client.fine_tuning.jobs.create(model="gpt-4.1", training_file=file.id)
        clock.advance(60)
        events = [event async for event in client.fine_tuning.jobs.list_events(job.id, limit=50)]
        assert events[0].message == "The job has successfully completed"
        assert [each.id async for each in client.fine_tuning.jobs.list()] == [job.id]


def test_servers_do_not_share_anything(server: SandboxServer, training_file: str) -> None:
    with (
        SandboxServer(SandboxConfig()) as other,
        OpenAI(base_url=other.base_url, api_key=other.api_key) as client,
    ):
        assert other.base_url != server.base_url
        assert client.files.list().data == []


def test_a_stopped_server_answers_no_more_and_can_be_started_again() -> None:
    server = SandboxServer()
    with server:
        first = f"{server.base_url}/models"
        assert httpx2.get(first).status_code == 401
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(first)
    server.stop()
    with server:
        assert httpx2.get(f"{server.base_url}/models").status_code == 401


def test_permissions_need_the_admin_key(client: OpenAI) -> None:
    with pytest.raises(PermissionDeniedError, match="admin API key"):
        client.fine_tuning.checkpoints.permissions.list("ft:x")
