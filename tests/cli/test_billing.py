"""What the check says a job will be billed for is what the finished job was billed for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import MODEL, Run

from fttui.server import ManualClock, SandboxServer
from fttui.server.tokens import billed_tokens
from fttui.training_data.models import encoding_of, token_limit_of
from unit.training_data.training_samples import (
    CHAT,
    COMPLETION,
    PREFERENCE,
    TOOLS,
    VISION,
    check,
    lines,
    many,
    write,
)


def said(role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


def chat(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"messages": list(messages)}


ASKED = said("user", "Où est <|endoftext|> 日本語?")
PARTS = [{"type": "text", "text": "Look"}, {"type": "text", "text": " here."}]
CHATS = (
    CHAT,
    chat(ASKED, said("assistant", "Là-bas 😕")),
    chat(said("user", "Hi", name="anna"), said("assistant", "Hello.", name="bo")),
    chat(ASKED, said("assistant", "No.", weight=0), ASKED, said("assistant", "Yes.", weight=1)),
    chat(said("user", PARTS), said("assistant", "Hello.")),
)
TOO_LONG = chat(said("user", "Go on"), said("assistant", "hi " * 70_000))
PICTURE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
CALLED = {"name": "rain", "arguments": '{"city": "Rome"}'}
ESTIMATED = (
    TOOLS,
    VISION,
    chat(said("user", [*PARTS, PICTURE]), said("assistant", "A bell.")),
    chat(ASKED, said("assistant", None, refusal="I will not.")),
    chat(ASKED, said("assistant", [{"type": "refusal", "refusal": "I will not."}])),
    {
        **chat(ASKED, said("assistant", None, function_call=CALLED)),
        "functions": [{"name": "rain", "parameters": {"type": "object"}}],
    },
)


@pytest.fixture(autouse=True)
def own_sandbox(sandbox: SandboxServer, environment: object, monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", sandbox.base_url)


def said_and_billed(run: Run, path: Path, clock: ManualClock, epochs: str) -> tuple[Any, int]:
    """What `check` tells of a file, and the tokens of the job that was then made with it."""
    told = run("check", path, "--model", MODEL, "--epochs", epochs, "--json").document
    made = run(
        "create", "--training-file", path, "--model", MODEL, "--epochs", epochs,
        "--method", "dpo" if told["format"] == "preference" else "supervised", "--yes", "--json",
    ).document  # fmt: skip
    clock.advance(2000)
    job = run("show", made["id"], "--json").document
    assert job["status"] == "succeeded"
    return told, job["trained_tokens"]


@pytest.mark.parametrize("format_", ["chat", "preference"])
def test_a_finished_job_has_the_tokens_that_the_check_calls_exact(
    run: Run, tmp_path: Path, clock: ManualClock, format_: str
) -> None:
    one = many(PREFERENCE, 12)
    rows = one if format_ == "preference" else [row for some in CHATS for row in many(some, 3)]
    told, billed = said_and_billed(run, write(tmp_path, rows), clock, "2")
    assert told["tokens"]["exact"]
    assert told["billable_tokens"] == billed


def test_without_a_choice_of_epochs_it_is_the_same_sum(
    run: Run, tmp_path: Path, clock: ManualClock
) -> None:
    rows = [*many(CHAT, 11), TOO_LONG]
    told, billed = said_and_billed(run, write(tmp_path, rows), clock, "auto")
    assert told["billable_tokens"] == billed < told["tokens"]["total"] * told["epochs"]


def test_what_is_only_an_estimate_is_not_called_exact_and_is_near(
    run: Run, tmp_path: Path, clock: ManualClock
) -> None:
    rows = [*many(CHAT, 11), TOOLS]
    told, billed = said_and_billed(run, write(tmp_path, rows), clock, "1")
    assert not told["tokens"]["exact"]
    assert told["billable_tokens"] == pytest.approx(billed, rel=0.01)


@pytest.mark.parametrize("row", [*CHATS, TOO_LONG, PREFERENCE, COMPLETION, *ESTIMATED])
@pytest.mark.parametrize("model", [MODEL, "gpt-3.5-turbo-0125"])
def test_a_row_of_any_kind_is_billed_by_the_sum_of_the_check(
    tmp_path: Path, row: dict[str, Any], model: str
) -> None:
    limit, encoding = token_limit_of(model), encoding_of(model)[0]
    assert limit is not None
    tokens = check(tmp_path, [row], model=model, count_tokens=True).tokens
    assert tokens is not None
    assert tokens.exact == (row not in ESTIMATED)
    assert billed_tokens(lines([row]).splitlines(keepends=True), encoding, limit) == (
        tokens.billed(limit)
    )


def test_a_windows_file_is_billed_as_it_was_checked(
    run: Run, tmp_path: Path, clock: ManualClock
) -> None:
    path = write(tmp_path, many(CHAT, 12))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n\r\n"))
    told, billed = said_and_billed(run, path, clock, "1")
    assert told["billable_tokens"] == billed
