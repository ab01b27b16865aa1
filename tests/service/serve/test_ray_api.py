"""Speaking to Ray: to whom a token may be sent, and what is made of answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from tests.service.serve.ray_stub import RayStub

from fttui.server.engines import EngineUnavailable
from fttui.server.engines.ray_api import (
    AnswerLost,
    RayApi,
    RayRefusedError,
    RayTokenError,
    checked_address,
    token_from,
)

TOKEN = "ray-token-0123456789abcdef"


@pytest.fixture
def stub(tmp_path: Path) -> Iterator[RayStub]:
    stub = RayStub(tmp_path)
    stub.up()
    yield stub
    stub.end()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8265", "http://127.8.9.1:1/", "http://localhost:8265", "http://[::1]:8265",
        "https://ray.example.com", "https://10.0.0.7:8265/ray/", "http://LOCALHOST",
    ],
)  # fmt: skip
def test_https_and_loopback_may_be_spoken_to(url: str) -> None:
    assert checked_address(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://ray.example.com:8265", "http://10.0.0.7:8265", "http://0.0.0.0:8265",
        "http://localhost.example.com", "http://127.0.0.1.example.com", "http://127.1",
        "http://[::2]:8265", "http://[::ffff:10.0.0.7]:8265", "http://2130706433",
    ],
)  # fmt: skip
def test_plain_http_to_another_machine_is_refused_with_what_to_do(url: str) -> None:
    with pytest.raises(RayRefusedError, match="unencrypted") as caught:
        checked_address(url)
    assert "ssh -L 8265:127.0.0.1:8265 HOST" in caught.value.hint


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "no http"), ("127.0.0.1:8265", "no http"), ("ray://127.0.0.1:10001", "no http"),
        ("http://", "no http"), ("http://[", "no http"), ("http://127.0.0.1:x", "no http"),
        ("https://a b", "no http"), ("https://a/?token=x", "no http"), ("https://a/#x", "no http"),
        ("https://a\n.b", "no http"), ("http://127.0.0.1:99999", "no http"),
        ("https://me:secret@ray.example.com", "name or a password"),
        ("http://me@127.0.0.1", "name or a password"),
    ],
)  # fmt: skip
def test_what_is_no_address_or_holds_a_secret_is_refused(url: str, sentence: str) -> None:
    with pytest.raises(RayRefusedError, match=sentence) as caught:
        checked_address(url)
    assert "secret" not in str(caught.value)


def test_the_token_comes_from_the_variable_then_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("from-the-file\n")
    named = {"RAY_AUTH_TOKEN_PATH": str(path)}
    assert token_from({}) is None
    assert token_from(named) == "from-the-file"
    assert token_from(named | {"RAY_AUTH_TOKEN": " from-the-variable \n"}) == "from-the-variable"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file"), (b"\xff\xfe", "cannot be read: it is no text"),
        (b" \n", "is empty"), (b"two secrets", "is no token"), (b"a\nsecret", "is no token"),
        ("sécret".encode(), "is no token"),
    ],
)  # fmt: skip
def test_a_token_that_cannot_be_had_is_told_without_it(
    tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RayRefusedError, match=sentence) as caught:
        token_from({"RAY_AUTH_TOKEN_PATH": str(path)})
    assert "RAY_AUTH_TOKEN_PATH" in str(caught.value)
    assert "cret" not in str(caught.value).replace(str(path), "")


def test_one_that_does_not_answer_is_left_alone_longer_each_time(stub: RayStub) -> None:
    moment = [100.0]
    api = RayApi(stub.url, None, pause=2.0, now=lambda: moment[0])
    stub.answers["GET /api/version"] = (401, "")  # an answer as good as none, and counted

    def waits(seconds: float) -> None:
        before = len(stub.asked)
        with pytest.raises(EngineUnavailable):
            api.version()
        assert len(stub.asked) == before + 1
        moment[0] += seconds - 0.5
        with pytest.raises(EngineUnavailable, match="wants a token"):
            api.job("x")
        assert len(stub.asked) == before + 1  # it was not asked
        moment[0] += 1.0

    for seconds in (2, 4, 8, 16, 32, 60, 60):
        waits(seconds)
    stub.answers.clear()
    assert api.version() == "2.60.0"
    stub.answers["GET /api/version"] = (403, "")
    for seconds in (2, 4):
        waits(seconds)


def test_what_is_no_answer_of_ray_is_told(stub: RayStub) -> None:
    api = RayApi(stub.url, None, pause=0.0)
    for text in ("<html>", "[]", "", "[" * 100_000):
        stub.answers["GET /api/version"] = (200, text)
        with pytest.raises(EngineUnavailable, match="is not Ray's Jobs API"):
            api.version()
    for text in ("{}", '{"status": "NEW"}', '{"status": 1}'):
        stub.answers["GET /api/jobs/x"] = (200, text)
        with pytest.raises(EngineUnavailable, match="does not say how x stands"):
            api.job("x")


def test_a_refusal_is_told_by_the_last_line_of_it_and_without_the_token(stub: RayStub) -> None:
    stub.token = TOKEN
    api = RayApi(stub.url, TOKEN, pause=0.0)
    stub.answers["GET /api/jobs/x"] = (400, f"Traceback\n  File\nValueError: {TOKEN}\x1b[2J no\n")
    with pytest.raises(EngineUnavailable) as caught:
        api.job("x")
    assert not isinstance(caught.value, AnswerLost)
    assert str(caught.value) == (
        f"Ray at {stub.url} refused (400): ValueError: [hidden]\\x1b[2J no"
    )
    stub.answers["GET /api/jobs/x"] = (503, "")
    with pytest.raises(AnswerLost, match="refused \\(503\\): nothing"):
        api.job("x")


def test_a_wrong_token_is_told_and_not_shown(stub: RayStub) -> None:
    stub.token = TOKEN
    with pytest.raises(RayTokenError, match="wants a token"):
        RayApi(stub.url, None).version()
    with pytest.raises(RayTokenError, match="does not take the token") as caught:
        RayApi(stub.url, "a-wrong-one").version()
    assert "a-wrong-one" not in str(caught.value)
    assert "a-wrong-one" not in repr(RayApi(stub.url, "a-wrong-one"))


def test_an_answer_that_is_cut_short_is_another_thing_than_none(stub: RayStub) -> None:
    stub.cuts.add("POST /api/jobs/")
    with pytest.raises(AnswerLost, match="does not answer"):
        RayApi(stub.url, None).submit({"submission_id": "a"})
    stub.down()
    with pytest.raises(EngineUnavailable, match="Connection refused") as caught:
        RayApi(stub.url, None).submit({"submission_id": "a"})
    assert not isinstance(caught.value, AnswerLost)


def test_an_answer_without_an_end_is_not_taken(
    stub: RayStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fttui.server.engines.ray_api._MOST_BYTES", 1000)
    stub.answers["GET /api/jobs/x/logs"] = (200, json.dumps({"logs": "x" * 2000}))
    with pytest.raises(AnswerLost, match="without an end"):
        RayApi(stub.url, None).logs("x")


def test_no_redirect_is_followed_no_proxy_asked_and_no_other_key_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            seen.append((self.path, self.headers.get("authorization")))
            self.send_response(307)
            self.send_header("location", "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    with pytest.raises(EngineUnavailable, match="refused \\(307\\)"):
        RayApi(f"http://127.0.0.1:{server.server_port}", TOKEN).version()
    server.shutdown()
    server.server_close()
    assert seen == [("/api/version", f"Bearer {TOKEN}")]
