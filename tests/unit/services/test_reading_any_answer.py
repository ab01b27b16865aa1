"""No JSON, and nothing that is not JSON, gets an exception out of the readers."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fttui.services.endpoint import reading
from fttui.services.endpoint.models import (
    Checkpoint,
    Hyperparameters,
    Job,
    JobError,
    JobEvent,
    Metrics,
    Model,
    Page,
    TrainingFile,
    suffix_of,
)
from fttui.services.endpoint.reading import (
    as_integer,
    as_name,
    as_number,
    as_text,
    as_time,
    parse_json,
    raw_text,
)
from fttui.services.endpoint.upload_body import Upload, UploadPart
from fttui.storage.secrets import Secret, parse_key, register

READERS: list[Callable[[object], Any]] = [
    Job.read,
    JobEvent.read,
    Checkpoint.read,
    TrainingFile.read,
    Model.read,
    Upload.read,
    UploadPart.read,
    Metrics.read,
    JobError.read,
    Hyperparameters.read,
]

FIELDS = [
        "id", "object", "status", "created_at", "finished_at", "estimated_finish", "model", "error",
        "method", "type", "supervised", "dpo", "hyperparameters", "n_epochs", "batch_size",
        "result_files", "trained_tokens", "metadata", "fine_tuned_model", "data", "message",
        "level", "step", "train_loss", "total_steps", "metrics", "bytes", "filename", "purpose",
        "expires_at", "file", "shutdown_date", "code", "param", "suffix", "seed", "_fields_set",
        "filename", "status_details", "owned_by", "organization_id", "training_file",
        "validation_file", "user_provided_suffix", "fine_tuned_model_checkpoint",
        "__class__", "model_dump", "created", "step_number", "has_more",
]  # fmt: skip
_NAMES = st.sampled_from(FIELDS)
_HOSTILE = st.sampled_from(["", "\x1b]52;c;x\x07", "a\ud800b", "\u202e", "x" * 5000, "{}", "NaN"])
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**300, max_value=10**310)
    | st.floats()
    | st.text(max_size=20)
    | _HOSTILE
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(_NAMES | st.text(max_size=5), inner)
    ),
    max_leaves=25,
)
_OBJECTS = st.dictionaries(_NAMES, _VALUES, max_size=12)


@given(_OBJECTS | _VALUES)
@settings(max_examples=150, deadline=None)
def test_any_value_is_read_and_printed_without_an_exception(value: object) -> None:
    for read in READERS:
        found = read(value)
        if found is not None and hasattr(found, "to_json"):
            text = json.dumps(found.to_json(), allow_nan=False, ensure_ascii=False)
            assert "\\u001b" not in text and "\ud800" not in text and "\u202e" not in text
        if isinstance(found, Job):
            assert isinstance(found.name, str) and isinstance(found.status.is_final, bool)


@given(st.fixed_dictionaries({"data": _VALUES | st.lists(_OBJECTS), "has_more": _VALUES}))
@settings(max_examples=80, deadline=None)
def test_a_page_drops_what_is_no_entry_and_counts_it(value: dict[str, Any]) -> None:
    page = Page.read(value, Job.read)
    entries = value["data"] if isinstance(value["data"], list) else []
    assert len(page.items) + page.dropped == len(entries)
    assert not page.has_more or page.cursor


@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_a_value_error(body: bytes) -> None:
    try:
        parse_json(body)
    except ValueError:
        return


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": NaN, "b": -Infinity}', {"a": "NaN", "b": "-Infinity"}),
        (b'{"a": ' + b"9" * 5000 + b"}", {"a": None}),
        (b'"\\ud800"', "\ud800"),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_what_servers_send_and_strict_json_refuses_is_understood(
    body: bytes, value: object
) -> None:
    assert parse_json(body) == value


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"\xff\xfe{}", b"[" * 100_000, b"caf\xe9"])
def test_what_is_not_json_is_one_kind_of_error(body: bytes) -> None:
    with pytest.raises(ValueError, match="not JSON"):
        parse_json(body)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "0",
        "soon",
        "0001-01-01T00:00:00Z",
        True,
        math.nan,
        math.inf,
        -1,
        0,
        1e300,
        10**400,
        [],
        {},
    ],
)
def test_absurd_times_are_none(value: object) -> None:
    assert as_time(value) is None


def test_numbers_and_times_are_plain() -> None:
    assert as_time(1795345200) == datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
    assert (as_integer(3.0), as_integer(3.5), as_integer(2**64)) == (3, None, None)
    assert (as_number(True), as_number("3"), as_number(10**400)) == (None, None, None)


@pytest.mark.parametrize(
    "value",
    [
        "1795345200",
        "1795345200.0",
        1795345200000,
        "1795345200000",
        1795345200 * 10**6,
        1795345200 * 10**9,
        "1795345200000000000",
        {"seconds": 1795345200, "nanos": 0},
        {"seconds": "1795345200"},
        "Sun, 22 Nov 2026 11:00:00 GMT",
        "Sun, 22 Nov 2026 12:00:00 +0100",
        "2026-11-22 11:00:00 UTC",
        "2026-11-22T11:00:00Z",
        "2026-11-22T11:00:00.000000000Z",
        "2026-11-22T12:00:00+01:00",
        "2026-11-22T11:00:00",
        "2026-11-22 11:00:00",
    ],
)
def test_a_time_in_any_sound_form_is_that_time(value: object) -> None:
    assert as_time(value) == datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


def test_an_id_that_is_a_whole_number_is_its_digits() -> None:
    job = Job.read({"id": 7, "status": "running"})
    assert job is not None and (job.id, job.raw_id) == ("7", "7")
    assert raw_text(-7) == raw_text(7.5) == raw_text(2**70) == ""
    assert (as_integer("12"), as_integer("1.5"), as_integer("x"), as_integer("")) == (
        12,
        *[None] * 3,
    )


def test_why_a_file_is_unsound_is_told_by_its_own_error_too() -> None:
    file = TrainingFile.read({"id": "f", "error": {"code": "bad_line", "message": "Line 3."}})
    assert file is not None and file.status_details == "bad_line: Line 3."
    plain = TrainingFile.read({"id": "f", "status_details": "x", "error": None})
    assert plain is not None and plain.status_details == "x"


@pytest.mark.parametrize("error", [{}, None, {"code": None, "message": None}, [], "x", 3])
def test_a_healthy_job_has_no_error_whatever_its_error_field_looks_like(error: object) -> None:
    job = Job.read({"id": "ftjob-1", "error": error})
    assert job is not None and job.error is None


@pytest.mark.parametrize(
    ("sent", "word", "final"),
    [
        ("paused", "paused", False),
        ("a_future_one", "a_future_one", False),
        (None, "unknown", False),
        (7, "7", False),
        ({}, "unknown", False),
        ("succeeded", "succeeded", True),
    ],
)
def test_any_status_is_a_word_and_only_three_are_final(
    sent: object, word: str, final: bool
) -> None:
    job = Job.read({"id": "ftjob-1", "status": sent})
    assert job is not None
    assert (job.status.word, job.status.is_final) == (word, final)


def test_a_row_without_an_id_is_kept_but_cannot_be_acted_on() -> None:
    for value in ({}, {"id": None}, {"id": True}, {"id": {"a": 1}}):
        job = Job.read(value)
        assert job is not None and not job.can_be_acted_on


def test_settings_are_read_from_the_method_first() -> None:
    job = Job.read(
        {
            "id": "ftjob-1",
            "hyperparameters": {"n_epochs": 1},
            "method": {"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 3, "beta": 0.1}}},
        }
    )
    assert job is not None
    assert job.hyperparameters.as_dict() == {"n_epochs": 3, "beta": 0.1}
    older = Job.read({"id": "ftjob-1", "hyperparameters": {"n_epochs": "auto"}})
    assert older is not None and older.hyperparameters.n_epochs == "auto"


def test_steps_are_read_from_data_or_else_from_the_message() -> None:
    told = JobEvent.read({"id": "e", "message": "x", "data": {"step": 3, "train_loss": 0.5}})
    said = JobEvent.read({"id": "e", "message": "Step 3/20: training loss=0.50", "data": {}})
    assert told is not None and told.metrics == Metrics(step=3, train_loss=0.5)
    assert said is not None and said.metrics == Metrics(step=3, total_steps=20, train_loss=0.5)


def test_the_suffix_is_found_in_a_model_s_name() -> None:
    assert suffix_of("ft:gpt-4o-mini:org:orders:7p4l") == "orders"
    assert suffix_of("ft:gpt-4o-mini:org::7p4l") is None
    assert suffix_of("gpt-4o-mini") is None


def test_an_id_that_holds_a_key_is_none_to_call_with() -> None:
    key = parse_key("Ab3dEf6hIj9lMn2pQr5t").reveal()
    assert raw_text(f"ftjob-{key}") == raw_text(key) == raw_text(None) == raw_text(True) == ""
    assert raw_text("ftjob-1") == "ftjob-1" and raw_text("x" * 512) == "x" * 512
    assert raw_text("x" * 513) == ""
    job = Job.read({"id": key, "status": "running"})
    assert job is not None and not job.can_be_acted_on and job.id == "•••"
    assert str(job.status) == "running"


def test_a_time_past_the_last_year_is_none() -> None:
    last = as_time(253_402_214_400)
    assert last == datetime(9999, 12, 31, tzinfo=UTC)
    assert last.astimezone(timezone(timedelta(hours=14))).year == 9999
    assert as_time(253_402_300_799) is as_time(0) is as_time(-1) is None


def test_prose_loses_look_alikes_too_and_names_keep_them() -> None:
    assert as_text("Bearer abc and sk-0123456789") == "Bearer ••• and •••"
    assert as_name("sk-0123456789") == "sk-0123456789"
    assert as_text("") is as_text(None) is as_text([]) is None
    assert (as_text(True), as_text(2.5)) == ("true", "2.5")


def test_a_key_is_hidden_before_a_text_is_cut() -> None:
    key = parse_key("Zy8xWv7uTs6rQp5oNm4l").reveal()
    for shown in (as_text("x" * 14 + key, 20), as_name("x" * 14 + key, 20)):
        assert shown is not None and len(shown) <= 20 and key[:8] not in shown
    assert as_text("x" * 100, 20) == "x" * 19 + "…"


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__qualname__)
def test_no_reader_lets_a_key_through(reader: Callable[[object], Any]) -> None:
    key = parse_key("Hj7kLm8nPq9rSt1vWx2y").reveal()
    fields = dict.fromkeys(FIELDS, key) | {"created_at": 1}
    fields["metadata"] = {key: f"x {key}"}
    for nested in ("error", "method", "hyperparameters", "file", "metrics", "data"):
        answer = {**fields, nested: dict(fields)}
        assert key[:8] not in repr(reader(answer))


def test_a_text_that_was_sound_is_looked_at_again_once_another_key_is_in_use() -> None:
    key = "sk-Ab3dEf6hIj9lMn2pQr5tUv8x"
    for text in (key, f"a {key[3:20]} b"):
        assert as_name(text) == text  # no key of this run, so far
    register(Secret(key))
    for text in (key, f"a {key[3:20]} b"):
        assert "Ab3dEf6h" not in str(as_name(text))


def test_what_is_sound_as_a_name_may_be_none_as_prose_or_where_there_is_less_room() -> None:
    text = "sk-looks-like-a-key-of-nobody"
    assert as_name(text) == as_name(text) == text
    assert "looks-like" not in str(as_text(text))
    assert as_name(text, 10) == f"{text[:9]}…"


def test_texts_that_are_known_as_sound_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_MOST_SOUND", 3)
    for number in range(20):
        assert as_name(f"text {number}") == f"text {number}"
        assert len(reading._sound_texts(reading.redact_keys)) <= 3
    long = "x" * 1000
    assert as_name(long) == long and long not in reading._sound_texts(reading.redact_keys)
