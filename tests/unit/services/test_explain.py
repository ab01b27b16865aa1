"""Every failure is a sentence that says what is certain, whatever raised it."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.services.endpoint.error_mapping import best_message, map_error, read_retry_after
from fttui.services.endpoint.errors import (
    ConnectionLostError,
    NotFoundError,
    NotSentError,
    Outcome,
    OutOfQuotaError,
    RateLimitedError,
    RedirectError,
    RefusedError,
    ServerFailedError,
    ServiceError,
    UnauthorizedError,
    UnreadableAnswerError,
    UnsupportedError,
    cause_of,
)
from fttui.storage.secrets import parse_key

HOST = "api.example"


class _Response:
    def __init__(self, headers: dict[str, str]) -> None:
        self.headers = headers


class StatusError(Exception):
    """What the SDK raises for a status, as far as it is looked at."""

    def __init__(self, status: int, body: object = None, **headers: str) -> None:
        super().__init__(str(body))
        self.status_code = status
        self.body = body
        self.response = _Response({k.replace("_", "-"): v for k, v in headers.items()})


class APIConnectionError(Exception):
    pass


class ConnectError(Exception):
    pass


class ReadError(Exception):
    pass


class ConnectTimeout(Exception):
    pass


class PoolTimeout(Exception):
    pass


class ReadTimeout(Exception):
    pass


class LocalProtocolError(Exception):
    pass


def _raised_from(error: Exception, *causes: Exception) -> Exception:
    link: BaseException = error
    for cause in causes:
        link.__cause__ = cause
        link = cause
    return error


@pytest.mark.parametrize(
    ("status", "body", "kind", "outcome"),
    [
        (400, {"message": "bad", "param": "model"}, RefusedError, Outcome.REFUSED),
        (401, {"message": "bad key"}, UnauthorizedError, Outcome.REFUSED),
        (403, {"message": "no"}, RefusedError, Outcome.REFUSED),
        (404, {"message": "no such job"}, NotFoundError, Outcome.REFUSED),
        (404, "<html>not found</html>", UnsupportedError, Outcome.REFUSED),
        (405, None, UnsupportedError, Outcome.REFUSED),
        (501, {"message": "not here"}, UnsupportedError, Outcome.REFUSED),
        (407, None, RefusedError, Outcome.REFUSED),
        (422, [{"msg": "bad"}], RefusedError, Outcome.REFUSED),
        (429, {"message": "slow down"}, RateLimitedError, Outcome.UNKNOWN),
        (429, {"message": "x", "code": "insufficient_quota"}, OutOfQuotaError, Outcome.REFUSED),
        (408, None, ServerFailedError, Outcome.UNKNOWN),
        (409, None, ServerFailedError, Outcome.UNKNOWN),
        (500, "boom", ServerFailedError, Outcome.UNKNOWN),
        (520, 7, ServerFailedError, Outcome.UNKNOWN),
        (307, None, RedirectError, Outcome.REFUSED),
    ],
)
def test_a_status_says_what_is_certain(
    status: int, body: object, kind: type[ServiceError], outcome: Outcome
) -> None:
    error = map_error(StatusError(status, body, location="http://evil.example/"), HOST)
    assert type(error) is kind
    assert error.outcome is outcome and error.status == status
    assert HOST in error.sentence or "account" in error.sentence or "proxy" in error.sentence
    assert error.hint
    assert len(error.full_text.splitlines()) <= 3


@pytest.mark.parametrize(
    ("cause", "kind", "outcome"),
    [
        (ConnectError("[Errno 111] Connection refused"), NotSentError, Outcome.NOT_SENT),
        (ConnectError("CERTIFICATE_VERIFY_FAILED"), NotSentError, Outcome.NOT_SENT),
        (ConnectTimeout("no answer"), NotSentError, Outcome.NOT_SENT),
        (PoolTimeout("no free connection"), NotSentError, Outcome.NOT_SENT),
        (FileNotFoundError(2, "No such file"), ConnectionLostError, Outcome.UNKNOWN),
        (ReadTimeout("no answer"), ConnectionLostError, Outcome.UNKNOWN),
        (ReadError("reset by peer"), ConnectionLostError, Outcome.UNKNOWN),
        (OSError(5, "Input/output error"), ConnectionLostError, Outcome.UNKNOWN),
    ],
)
def test_only_a_connection_that_never_stood_is_certain(
    cause: Exception, kind: type[ServiceError], outcome: Outcome
) -> None:
    error = map_error(_raised_from(APIConnectionError("Connection error."), cause), HOST)
    assert type(error) is kind and error.outcome is outcome
    assert "Connection error." not in error.sentence


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ImportError("Using SOCKS proxy, but 'socksio' is not installed"), "SOCKS proxy"),
        (FileNotFoundError(2, "No such file or directory"), "SSL_CERT_FILE"),
        (_raised_from(APIConnectionError("x"), ConnectError("CERTIFICATE_VERIFY_FAILED")), "PEM"),
    ],
)
def test_what_this_machine_lacks_is_named_and_nothing_was_sent(
    error: Exception, words: str
) -> None:
    found = map_error(error, HOST, "proxy.example:3128 (from HTTPS_PROXY)")
    assert found.outcome is Outcome.NOT_SENT and not found.retryable
    assert words in found.full_text


def test_a_proxy_that_does_not_answer_is_named() -> None:
    refused = _raised_from(APIConnectionError("x"), ConnectError("Connection refused"))
    direct = map_error(refused, HOST)
    assert direct.sentence.startswith("api.example cannot be reached (Connection refused)")
    error = map_error(refused, HOST, "proxy.example:3128 (from HTTPS_PROXY)")
    assert error.sentence == (
        "api.example cannot be reached: the proxy proxy.example:3128 (from HTTPS_PROXY) did not"
        " connect (Connection refused); nothing was sent."
    )
    assert "unset it" in error.hint and error.retryable


@pytest.mark.parametrize(
    ("status", "message", "words"),
    [
        (407, "who are you", "HTTPS_PROXY"),
        (400, "the file is still being processed", "try again in a minute"),
        (400, "gpt-2 is not available for fine-tuning", "Choose another model"),
        (401, "bad key", "`fttui doctor` says where the key comes from"),
    ],
)
def test_the_next_step_fits_the_refusal(status: int, message: str, words: str) -> None:
    assert words in map_error(StatusError(status, {"message": message}), HOST).hint


@pytest.mark.parametrize(
    ("status", "seconds"), [(408, 7.0), (429, 7.0), (503, 7.0), (500, None), (400, None)]
)
def test_a_wait_is_told_where_waiting_helps(status: int, seconds: float | None) -> None:
    assert map_error(StatusError(status, None, retry_after="7"), HOST).retry_after == seconds


def test_an_earlier_refused_connection_does_not_make_a_lost_answer_certain() -> None:
    earlier = ConnectError("refused")
    error = map_error(_raised_from(APIConnectionError("x"), ReadError("reset"), earlier), HOST)
    assert error.outcome is Outcome.UNKNOWN


def test_a_lost_connection_without_words_of_its_own_is_told_by_its_kind() -> None:
    error = map_error(_raised_from(APIConnectionError("x"), ReadError()), HOST)
    assert error.sentence == "The connection to api.example was lost (ReadError)."


def test_a_key_that_cannot_be_sent_is_not_shown() -> None:
    key = parse_key("sk-test-1234567890abcdef")
    cause = LocalProtocolError(f"Illegal header value b'Bearer {key.reveal()}\\n'")
    error = map_error(_raised_from(APIConnectionError("x"), cause), HOST)
    assert isinstance(error, NotSentError)
    assert "7890abcd" not in error.full_text + error.detail


def test_a_key_that_a_server_echoes_is_redacted() -> None:
    key = parse_key("sk-test-1234567890abcdef").reveal()
    error = map_error(StatusError(401, {"message": f"Incorrect API key: {key}"}), HOST)
    assert key not in str(error.to_json()) and "7890abcd" not in error.full_text + error.detail


@pytest.mark.parametrize(
    "error",
    [RecursionError(), KeyError("x"), TypeError(), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x")],
)
def test_what_a_broken_answer_raises_in_the_sdk_is_an_unreadable_answer(error: Exception) -> None:
    found = map_error(error, HOST)
    assert isinstance(found, UnreadableAnswerError) and found.outcome is Outcome.UNKNOWN


def test_a_failure_of_our_own_passes_through_the_sdk_unchanged() -> None:
    ours = RefusedError("ours", outcome=Outcome.REFUSED)
    assert map_error(_raised_from(APIConnectionError("x"), ours), HOST) is ours


@pytest.mark.parametrize(
    "earlier",
    [
        RefusedError("It was refused.", outcome=Outcome.REFUSED),
        NotSentError("It was not sent.", outcome=Outcome.NOT_SENT),
        ConnectError("nobody listens"),
    ],
)
def test_what_became_of_an_earlier_call_says_nothing_of_one_that_was_lost(
    earlier: Exception,
) -> None:
    lost = _raised_from(APIConnectionError("x"), ReadError("reset"), earlier)
    error = map_error(lost, HOST, before=earlier)
    assert isinstance(error, ConnectionLostError) and error.outcome is Outcome.UNKNOWN
    assert error.sentence == "The connection to api.example was lost (reset)."


def test_an_error_is_never_its_own_cause() -> None:
    ours = RefusedError("ours", outcome=Outcome.REFUSED)
    wrapped = _raised_from(APIConnectionError("x"), ours)
    for error in (ours, wrapped):
        assert cause_of(ours, error) is None
    other = NotSentError("other", outcome=Outcome.NOT_SENT)
    assert cause_of(other, wrapped) is wrapped


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"message": "m"}, "m"),
        ({"detail": "d"}, "d"),
        ({"detail": [{"msg": "field required"}]}, "field required"),
        ({"title": "t", "type": "about:blank"}, "t"),
        ({"error": {"message": "inner"}}, "inner"),
        (["first"], "first"),
        ("<!DOCTYPE html><p>Bad Gateway", "the answer is a web page, not the API's"),
        (None, ""),
        ({}, ""),
        ({"message": "\x1b[31mred\x07"}, "␛[31mred␇"),
        ({"errors": {"n_epochs": ["is too big", "is odd"]}}, "n_epochs: is too big is odd"),
        ({"errors": ["just", "texts"], "x": 1}, "just; texts"),
        ({"message": "Invalid.", "errors": {"model": "no"}}, "Invalid: model: no"),
        ({"message": "no such thing", "errors": [{"message": "no such thing"}]}, "no such thing"),
        ({"title": "T", "invalid-params": [{"name": "suffix", "reason": "r"}]}, "T: suffix: r"),
        (
            {"message": "M", "violations": [{"propertyPath": "seed", "message": "no"}]},
            "M: seed: no",
        ),
        (
            {"error": "Bad Request", "message": ["epochs must be a number"]},
            "epochs must be a number",
        ),
    ],
)
def test_the_best_text_of_an_error_body_is_found(body: object, text: str) -> None:
    assert best_message(body) == text


def test_a_conflict_is_told_as_one_and_not_as_a_failure() -> None:
    error = map_error(StatusError(409, {"message": "the job has ended"}), HOST)
    assert "conflicts with what is there: the job has ended" in error.sentence
    assert "on the endpoint's side" not in error.hint


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"errors": {"n_epochs": ["is too big"]}}, "n_epochs"),
        ({"invalid-params": [{"name": "suffix", "reason": "r"}]}, "suffix"),
        ({"violations": [{"propertyPath": "seed", "message": "no"}]}, "seed"),
        ({"detail": {"loc": 1}}, None),
    ],
)
def test_the_field_at_fault_is_found_by_the_names_of_many(body: object, field: str | None) -> None:
    assert map_error(StatusError(422, body), HOST).param == field


@pytest.mark.parametrize(
    ("content", "said", "is_apis"),
    [
        (b'{"error": null, "message": "The job is gone"}', "The job is gone", True),
        (b'{"error": true, "message": "The job is gone"}', "The job is gone", True),
        (b'{"error": "Not Found", "message": "The job is gone"}', "The job is gone", False),
        (b'\xef\xbb\xbf{"error": {"message": "The job is gone"}}', "The job is gone", True),
        (b"The job is gone", "The job is gone", False),
        (b"caf\xe9", "caf\N{REPLACEMENT CHARACTER}", False),
    ],
)
def test_what_a_refusal_says_is_read_from_its_bytes(
    content: bytes, said: str, is_apis: bool
) -> None:
    raised = StatusError(400, None)
    vars(raised.response)["content"] = content
    error = map_error(raised, HOST)
    assert (error.detail, error.is_apis) == (said, is_apis)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


@given(st.integers(300, 999), _JSON | st.fixed_dictionaries({"message": _JSON, "code": _JSON}))
def test_any_error_body_becomes_printable_text_of_bounded_length(status: int, body: Any) -> None:
    error = map_error(StatusError(status, body), HOST)
    kinds = {unicodedata.category(letter) for letter in error.full_text.replace("\n", "")}
    assert kinds.isdisjoint({"Cc", "Cs"})
    assert len(error.full_text) < 1500


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "100000"}, 120.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "Fri, 21 Oct 2095 07:28:00 GMT"}, 120.0),
        ({"retry-after": "Fri, 21 Oct 2095 07:28:00 -0000"}, 120.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({}, None),
    ],
)
def test_a_wait_that_is_asked_for_is_bounded(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert read_retry_after(headers) == seconds
