"""Whatever a request holds, the answer is a refusal with a reason, never an error of the server."""

from __future__ import annotations

import json
import string
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.service.sandbox.raw_http import connect, read_answer

from fttui.server import ManualClock, SandboxServer, fill_with_samples

Upload = Callable[..., str]

NOT_NUMBERS = [
    "\u00b2",
    "\u0663",
    "--5",
    "-",
    "+5",
    "1_0",
    " 5",
    "5 ",
    "1e3",
    "0x1",
    "9" * 19,
    "9" * 5000,
]
SOURCE = {"name": "g", "type": "string_check", "operation": "eq", "reference": "x"}


def refused(response: httpx2.Response, param: str | None = None) -> str:
    """The message of a 400, in the API's shape."""
    assert response.status_code == 400, response.text[:500]
    error = response.json()["error"]
    assert error["type"] == "invalid_request_error"
    if param is not None:
        assert error["param"] == param
    return str(error["message"])


def send_file(http: httpx2.Client, **fields: str) -> httpx2.Response:
    return http.post(
        "/files", data={"purpose": "fine-tune", **fields}, files={"file": ("t.jsonl", b"{}\n")}
    )


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_what_is_no_number_of_ascii_digits_is_refused(http: httpx2.Client, text: str) -> None:
    policy = {"expires_after[anchor]": "created_at", "expires_after[seconds]": text}
    message = refused(send_file(http, **policy), "expires_after.seconds")
    assert "expected an integer" in message
    for path in ("/files", "/fine_tuning/jobs", "/fine_tuning/jobs/x/events"):
        message = refused(http.get(path, params={"limit": text}), "limit")
        assert "expected an integer" in message


def test_numbers_of_ascii_digits_are_taken(http: httpx2.Client) -> None:
    policy = {"expires_after[anchor]": "created_at", "expires_after[seconds]": "03600"}
    assert send_file(http, **policy).status_code == 200
    assert "minimum" in refused(send_file(http, **{**policy, "expires_after[seconds]": "-5"}))
    assert "maximum" in refused(http.get("/files", params={"limit": "9" * 18}))


@pytest.mark.parametrize("first", [True, False])
def test_a_text_beside_its_own_parts_is_refused(http: httpx2.Client, first: bool) -> None:
    parts = {"expires_after[anchor]": "created_at", "expires_after[seconds]": "3600"}
    whole = {"expires_after": "soon"}
    fields = whole | parts if first else parts | whole
    assert "sent twice" in refused(send_file(http, **fields), "expires_after")


def test_an_object_may_come_as_one_json_text(http: httpx2.Client) -> None:
    policy = {"anchor": "created_at", "seconds": 7200}
    file = send_file(http, expires_after=json.dumps(policy)).json()
    assert file["expires_at"] - file["created_at"] == 7200
    below = send_file(http, expires_after=json.dumps(policy | {"seconds": 5}))
    assert "minimum" in refused(below, "expires_after.seconds")
    for text in ("soon", "[]", "7200", "null", "{"):
        assert "an object" in refused(send_file(http, expires_after=text), "expires_after")


@pytest.mark.parametrize("place", [*NOT_NUMBERS, "1", "-1"])
def test_a_grader_finds_no_item_at_what_is_no_place(http: httpx2.Client, place: str) -> None:
    grader = SOURCE | {"input": "{{ item.list[" + place + "] }}"}
    body = {"grader": grader, "model_sample": "", "item": {"list": ["x"]}}
    done = http.post("/fine_tuning/alpha/graders/run", json=body)
    assert done.status_code == 200
    assert done.json()["reward"] == 0


def test_a_grader_finds_the_item_at_a_place(http: httpx2.Client) -> None:
    body = {
        "grader": SOURCE | {"input": "{{ item.list[0] }}"},
        "model_sample": "",
        "item": {"list": ["x"]},
    }
    assert http.post("/fine_tuning/alpha/graders/run", json=body).json()["reward"] == 1


@pytest.mark.parametrize(("levels", "failed"), [(64, False), (65, True), (5000, True)])
def test_a_sample_that_is_nested_deeper_than_a_body_is_no_json(
    http: httpx2.Client, levels: int, failed: bool
) -> None:
    sample = "[" * levels + "]" * levels
    body = {"grader": SOURCE | {"input": "{{ sample.output_json[0] }}"}, "model_sample": sample}
    done = http.post("/fine_tuning/alpha/graders/run", json=body)
    assert done.json()["metadata"]["errors"]["sample_parse_error"] is failed


@pytest.mark.parametrize(
    "formula",
    [
        "(0 - 1) ^ 0.5", "max((0 - 1) ^ 0.5, 1)", "floor((0 - 1) ^ 0.5)", "exp((0 - 1) ^ 0.5)",
        "abs((0 - 1) ^ 0.5)", "2 ^ ((0 - 1) ^ 0.5)", "0 ^ -1", "1 / 0", "10 ^ 10 ^ 10", "exp(1000)",
        "log(0)", "sqrt(0 - 1)", "floor(" + "9" * 400 + ")", "g / (g - g)",
    ],
)  # fmt: skip
def test_a_formula_without_a_real_value_is_an_error_of_the_grade(
    http: httpx2.Client, formula: str
) -> None:
    grader = {
        "type": "multi", "name": "m", "calculate_output": formula,
        "graders": {"g": SOURCE | {"input": "x"}},
    }  # fmt: skip
    done = http.post("/fine_tuning/alpha/graders/run", json={"grader": grader, "model_sample": ""})
    assert done.status_code == 200
    assert done.json()["metadata"]["errors"]["formula_parse_error"] is True


def test_digits_of_other_scripts_are_no_part_of_a_formula(http: httpx2.Client) -> None:
    grader = {
        "type": "multi", "name": "m", "calculate_output": "g + \u0663",
        "graders": {"g": SOURCE | {"input": "x"}},
    }  # fmt: skip
    body = {"grader": grader}
    assert "unexpected" in refused(http.post("/fine_tuning/alpha/graders/validate", json=body))


def test_a_grader_has_at_most_64_members(http: httpx2.Client) -> None:
    def validate(count: int) -> httpx2.Response:
        members = {f"g{n}": SOURCE | {"input": "x"} for n in range(count)}
        grader = {"type": "multi", "name": "m", "calculate_output": "g0", "graders": members}
        return http.post("/fine_tuning/alpha/graders/validate", json={"grader": grader})

    assert validate(64).status_code == 200
    assert "at most 64" in refused(validate(65), "grader.graders")


@pytest.mark.parametrize("count", [17, 1500])
def test_more_than_16_filters_are_refused(http: httpx2.Client, count: int) -> None:
    params = {f"metadata[k{n}]": "v" for n in range(count)}
    message = refused(http.get("/fine_tuning/jobs", params=params), "metadata")
    assert "at most 16" in message
    params = {f"metadata[k{n}]": "v" for n in range(16)}
    assert http.get("/fine_tuning/jobs", params=params).json()["data"] == []


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    return value


@pytest.mark.parametrize("levels", [63, 200, 900])
def test_deep_bodies_are_refused_before_they_are_stored(
    http: httpx2.Client, samples: dict[str, bytes], upload: Upload, levels: int
) -> None:
    grader = {"type": "score_model", "name": "g", "model": "m", "input": nested(levels)}
    body = json.dumps({"grader": grader})
    message = refused(http.post("/fine_tuning/alpha/graders/validate", content=body))
    assert "64 levels" in message
    file_id = upload(samples["reinforcement"])
    method = {"grader": grader, "response_format": {"x": nested(levels)}}
    job = {
        "model": "o4-mini", "training_file": file_id, "validation_file": file_id,
        "method": {"type": "reinforcement", "reinforcement": method},
    }  # fmt: skip
    refused(http.post("/fine_tuning/jobs", content=json.dumps(job)))
    assert http.get("/fine_tuning/jobs").json()["data"] == []


def test_the_deepest_body_that_is_taken_can_be_answered(
    http: httpx2.Client, samples: dict[str, bytes], upload: Upload
) -> None:
    file_id = upload(samples["reinforcement"])
    grader = {"type": "score_model", "name": "g", "model": "m", "input": nested(60)}
    job = {
        "model": "o4-mini", "training_file": file_id, "validation_file": file_id,
        "method": {"type": "reinforcement", "reinforcement": {"grader": grader}},
    }  # fmt: skip
    assert http.post("/fine_tuning/jobs", json=job).status_code == 200
    (listed,) = http.get("/fine_tuning/jobs").json()["data"]
    assert listed["method"]["reinforcement"]["grader"] == grader


def test_deep_and_long_values_in_a_training_file_are_told_in_short(
    http: httpx2.Client, upload: Upload, clock: ManualClock
) -> None:
    deep = '{"messages": [{"role": ' + "[" * 1000 + "]" * 1000 + "}]}\n"
    long = '{"messages": [{"role": "' + "x" * 100_000 + '"}]}\n'
    for content in (deep, long):
        file_id = upload(content * 12)
        assert http.get(f"/files/{file_id}").status_code == 200
        job = {"model": "gpt-4o-mini", "training_file": file_id}
        assert http.post("/fine_tuning/jobs", json=job).status_code == 200
    clock.advance(60)
    newer, older = http.get("/fine_tuning/jobs").json()["data"]
    assert "role 'an array'" in older["error"]["message"]
    assert "role 'xxx" in newer["error"]["message"]
    assert len(newer["error"]["message"]) < 2000


def _chunked(server: SandboxServer, path: str, *blocks: bytes) -> tuple[int, Any]:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.api_key}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with connect(server) as connection:
        connection.sendall(head.encode())
        for block in blocks:
            try:
                connection.sendall(b"%x\r\n%s\r\n" % (len(block), block))
            except OSError:
                break  # it has answered and does not read on
        return read_answer(connection)


FIELD = b'--b\r\nContent-Disposition: form-data; name="%d"\r\n\r\n' + b"x" * 60_000 + b"\r\n"
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="t.jsonl"\r\n\r\n{}\n\r\n'


@pytest.mark.parametrize(
    "blocks",
    [
        [FIELD % n for n in range(20)],
        [FILE, *(FIELD % n for n in range(20))],
        [FILE + b"--b--\r\n", *([b"x" * 60_000] * 20)],
        [b"\r\n" * 30_000] * 20,
        [b'--b\r\nContent-Disposition: form-data; name=""\r\n\r\n\r\n' * 1000] * 30,
    ],
    ids=["fields", "after the file", "after the end", "before the form", "many"],
)  # fmt: skip
def test_what_is_around_the_file_of_a_form_is_limited(
    server: SandboxServer, blocks: list[bytes]
) -> None:
    code, document = _chunked(server, "/v1/files", *blocks)
    assert (code, document["error"]["code"]) == (413, "content_too_large")
    assert "1048576 bytes" in document["error"]["message"]


def test_a_file_larger_than_what_may_be_around_it_is_taken(http: httpx2.Client) -> None:
    content = b'{"a": "' + b"x" * 3_000_000 + b'"}\n'
    sent = http.post("/files", data={"purpose": "fine-tune"}, files={"file": ("t.jsonl", content)})
    assert sent.json()["bytes"] == len(content)


# What follows looks for the inputs that nobody thought of.

STRANGE = st.one_of(
    st.sampled_from(
        [*NOT_NUMBERS, "", "null", "true", "NaN", "1e999", "\x00", "\ud7ff", "asc", "file-x",
         "fine-tune", "created_at", "%00", "{{item.x}}", "g", "g^g", "supervised", "auto",
         "gpt-4o-mini"]
    ),
    st.text(max_size=20),
)  # fmt: skip
NUMBERS = st.one_of(
    st.integers(), st.sampled_from([2**31, 2**63, 2**64, -(2**63) - 1, 1e308, 5e-324, -0.0]),
    st.floats(allow_nan=False, allow_infinity=False),
)  # fmt: skip
NAMES = st.sampled_from(
    ["model", "training_file", "validation_file", "suffix", "seed", "hyperparameters", "method",
     "type", "supervised", "dpo", "reinforcement", "grader", "graders", "calculate_output", "input",
     "reference", "operation", "evaluation_metric", "name", "n_epochs", "batch_size", "beta",
     "learning_rate_multiplier", "integrations", "wandb", "tags", "project", "metadata", "bytes",
     "filename", "purpose", "mime_type", "expires_after", "anchor", "seconds", "part_ids", "md5",
     "messages", "role", "content", "n", "stop", "stream", "stream_options", "response_format",
     "max_tokens", "temperature", "project_ids", "model_sample", "item", "range", "source"]
)  # fmt: skip
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, STRANGE),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(NAMES, STRANGE), inner, max_size=5)
    ),
    max_leaves=25,
)
IDS = st.one_of(st.sampled_from(["JOB", "FILE", "UPLOAD", "MODEL"]), STRANGE.filter(bool))
QUIET = settings(
    max_examples=60, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


@pytest.fixture
def places(server: SandboxServer, http: httpx2.Client) -> dict[str, str]:
    """An id of each kind that is there, by the word that stands for it."""
    fill_with_samples(server)
    job = http.get("/fine_tuning/jobs").json()["data"][-1]
    upload = http.post(
        "/uploads",
        json={"bytes": 9, "filename": "t.jsonl", "purpose": "fine-tune", "mime_type": "text/jsonl"},
    ).json()
    return {
        "JOB": job["id"], "FILE": job["training_file"], "UPLOAD": upload["id"],
        "MODEL": job["fine_tuned_model"],
    }  # fmt: skip


def check(response: httpx2.Response) -> None:
    assert response.status_code < 500, (response.request.url, response.text[:300])
    if response.status_code >= 400:
        assert set(response.json()["error"]) == {"message", "type", "param", "code"}


@QUIET
@given(
    path=st.sampled_from(
        ["/files", "/files/{}", "/files/{}/content", "/fine_tuning/jobs", "/fine_tuning/jobs/{}",
         "/fine_tuning/jobs/{}/events", "/fine_tuning/jobs/{}/checkpoints", "/models/{}",
         "/fine_tuning/checkpoints/{}/permissions"]
    ),
    name=IDS,
    query=st.dictionaries(
        st.one_of(
            st.sampled_from(["limit", "after", "order", "purpose", "metadata", "metadata[",
                             "metadata[]", "metadata[a]", "project_id"]),
            STRANGE,
        ),
        st.one_of(STRANGE, IDS), max_size=4,
    ),
    admin=st.booleans(),
)  # fmt: skip
def test_no_query_makes_the_server_fail(
    server: SandboxServer,
    http: httpx2.Client,
    places: dict[str, str],
    path: str,
    name: str,
    query: dict[str, str],
    admin: bool,
) -> None:
    key = server.admin_api_key if admin else server.api_key
    url = path.format(quote(places.get(name, name), safe=""))
    params = {each: places.get(text, text) for each, text in query.items()}
    check(http.get(url, params=params, headers={"Authorization": f"Bearer {key}"}))


@QUIET
@given(
    path=st.sampled_from(
        ["/uploads", "/uploads/UPLOAD/complete", "/fine_tuning/jobs", "/chat/completions",
         "/fine_tuning/alpha/graders/validate", "/fine_tuning/alpha/graders/run",
         "/fine_tuning/checkpoints/MODEL/permissions", "/fine_tuning/jobs/JOB/pause"]
    ),
    body=st.one_of(
        JSON.map(lambda value: json.dumps(value).encode()), st.binary(max_size=60),
        st.dictionaries(NAMES, JSON, max_size=6).map(lambda value: json.dumps(value).encode()),
    ),
)  # fmt: skip
def test_no_body_makes_the_server_fail(
    server: SandboxServer, http: httpx2.Client, places: dict[str, str], path: str, body: bytes
) -> None:
    for word, place in places.items():
        path = path.replace(word, quote(place, safe=""))
    headers = {"Authorization": f"Bearer {server.admin_api_key}"}
    check(http.post(path, content=body, headers=headers))


GRADERS = st.fixed_dictionaries(
    {"type": st.sampled_from(["string_check", "text_similarity"]), "name": STRANGE,
     "input": STRANGE, "reference": STRANGE},
    optional={"operation": st.sampled_from(["eq", "ilike"]),
              "evaluation_metric": st.sampled_from(["bleu", "rouge_5", "meteor", "fuzzy_match"])},
)  # fmt: skip
FORMULAS = st.lists(
    st.sampled_from(
        ["g", "h", "1", "0", "0.5", "9" * 400, "+", "-", "*", "/", "^", "(", ")", ",", "min", "max",
         "floor", "sqrt", "exp", "abs", " ", "\u0663", "\u00b2", "_"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@QUIET
@given(
    graders=st.dictionaries(st.sampled_from(["g", "h"]), GRADERS, min_size=1),
    formula=FORMULAS,
    sample=STRANGE,
    item=JSON,
)
def test_no_grader_makes_the_server_fail(
    http: httpx2.Client, graders: dict[str, Any], formula: str, sample: str, item: Any
) -> None:
    grader = {"type": "multi", "name": "m", "graders": graders, "calculate_output": formula}
    body = {"grader": grader, "model_sample": sample, "item": item}
    check(http.post("/fine_tuning/alpha/graders/run", content=json.dumps(body)))


HEADS = st.text(alphabet=string.printable + "\u00b2\u00e9", max_size=60)


@QUIET
@given(
    parts=st.lists(
        st.tuples(
            st.one_of(
                st.sampled_from(
                    ['form-data; name="purpose"', 'form-data; name="file"; filename="t.jsonl"',
                     'form-data; name="expires_after[seconds]"', 'form-data; name="expires_after"',
                     'form-data; name="expires_after[anchor]"']
                ),
                HEADS,
            ),
            st.one_of(STRANGE.map(str.encode), st.binary(max_size=30)),
        ),
        max_size=5,
    ),
    kind=st.one_of(st.just("multipart/form-data; boundary=b"), HEADS),
    ending=st.sampled_from([b"--b--\r\n", b"", b"--b", b"\r\n--b--"]),
)  # fmt: skip
def test_no_form_makes_the_server_fail(
    http: httpx2.Client, parts: list[tuple[str, bytes]], kind: str, ending: bytes
) -> None:
    body = b"".join(
        b"--b\r\nContent-Disposition: " + head.encode("utf-8") + b"\r\n\r\n" + data + b"\r\n"
        for head, data in parts
    )
    kind = "".join(letter for letter in kind if letter.isprintable()).strip()
    headers = {"Content-Type": kind.encode("latin-1")}
    check(http.post("/files", content=body + ending, headers=headers))
