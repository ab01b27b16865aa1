"""Chats with base and fine-tuned models, by the one process that answers or another server."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from openai import APIStatusError, BadRequestError, InternalServerError, NotFoundError, OpenAI
from tests.service.serve.conftest import MODEL, Place
from tests.service.serve.vllm_stub import VllmStub

from fttui.server import answer_process
from waiting import wait_until


def ask(client: OpenAI, model: str, text: str, **given: object) -> str | None:
    messages = [{"role": "user", "content": text}]
    answer = client.chat.completions.create(model=model, messages=messages, **given)
    return answer.choices[0].message.content


def answering(place: Place) -> list[int]:
    """The processes that answer for this server."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                folder = os.readlink(entry / "fd" / "2")
            except OSError:
                continue
            if b"--answer" in words and folder == str(place.data / "answers.txt"):
                found.append(int(entry.name))
    return found


def test_base_and_fine_tuned_models_answer(place: Place) -> None:
    client = place.start()
    ended = place.until(place.create().id, "succeeded")
    answer = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "hello"}], n=2, max_tokens=5
    )
    assert [choice.message.content for choice in answer.choices] == ["You said: hello (base)"] * 2
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (7, 4)
    assert answer.model == MODEL
    assert ask(client, ended.fine_tuned_model, "a") == "You said: a (final)"
    kept = client.fine_tuning.jobs.checkpoints.list(ended.id).data[1]
    assert ask(client, kept.fine_tuned_model_checkpoint, "a") == "You said: a (checkpoint-4)"


def test_the_model_of_a_paused_job_answers(place: Place) -> None:
    client = place.start()
    job = place.paused_at(1)
    kept = client.fine_tuning.jobs.checkpoints.list(job.id).data[0]
    said = ask(client, kept.fine_tuned_model_checkpoint, "a")
    assert said == f"You said: a (checkpoint-{kept.step_number})"


def test_an_answer_is_streamed_as_it_comes(place: Place) -> None:
    client = place.start()
    chunks = list(
        client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "hi"}], stream=True,
            stream_options={"include_usage": True},
        )
    )  # fmt: skip
    told = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert told == ["", "You", " said:", " hi", " (base)", None]
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 11
    assert len({chunk.id for chunk in chunks}) == 1


TOOLS = [{"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}]
CALLS = [("find", '{"n": 1}'), ("find", "{}")]


def test_calls_of_tools_are_answered_as_such(place: Place) -> None:
    completions = place.start().chat.completions
    asked = {"model": MODEL, "messages": [{"role": "user", "content": "hi"}], "tools": TOOLS}
    (choice,) = completions.create(**asked).choices
    calls = choice.message.tool_calls
    assert [(call.function.name, call.function.arguments) for call in calls] == CALLS
    assert len({call.id for call in calls}) == 2
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", "Wait.")
    chunks = list(completions.create(**asked, stream=True))
    told = [one for chunk in chunks for one in chunk.choices[0].delta.tool_calls or []]
    assert [(one.index, one.function.name, one.function.arguments) for one in told] == [
        (place, *call) for place, call in enumerate(CALLS)
    ]
    assert all(one.id and one.type == "function" for one in told)
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


def test_a_model_is_not_told_of_tools_that_it_may_not_call(place: Place) -> None:
    client = place.start()
    assert ask(client, MODEL, "hi", tools=TOOLS, tool_choice="none") == "You said: hi (base)"


def test_an_answer_that_nobody_reads_any_more_is_cancelled(place: Place) -> None:
    client = place.start()
    messages = [{"role": "user", "content": "never ending"}]
    stream = client.chat.completions.create(model=MODEL, messages=messages, stream=True)
    next(stream)
    stream.close()
    log = place.data / "answers.txt"
    wait_until(lambda: "cancelled 1" in log.read_text(), "it goes on for nobody")


def test_what_cannot_be_answered_is_refused_also_when_streamed(place: Place) -> None:
    client = place.start()
    for stream in (False, True):
        with pytest.raises(InternalServerError, match="no chat template") as caught:
            ask(client, MODEL, "fail", stream=stream)
        assert caught.value.code == "no_chat_template"
    for name in ("nothing", "../models/tiny/llama", f"ft:{MODEL}:local::12345678"):
        with pytest.raises(NotFoundError):
            ask(client, name, "hi")
    with pytest.raises(BadRequestError):
        client.chat.completions.create(model=MODEL, messages=[])


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks for processes in /proc")
def test_one_process_answers_and_is_started_again_when_it_has_died(place: Place) -> None:
    client = place.start()
    ask(client, MODEL, "hi")
    ask(client, MODEL, "hi")
    (first,) = answering(place)
    with pytest.raises(InternalServerError, match="has ended"):
        ask(client, MODEL, "die")
    assert ask(client, MODEL, "hi") == "You said: hi (base)"
    (second,) = answering(place)
    assert second != first
    os.kill(second, signal.SIGKILL)
    wait_until(lambda: not answering(place), "it did not end")
    wait_until(lambda: ask_again(client) == "You said: hi (base)", "it was not started again")
    place.stop()
    assert answering(place) == []


def ask_again(client: OpenAI) -> str | None:
    try:
        return ask(client, MODEL, "hi")
    except InternalServerError:  # between its death and the moment that this is heard
        return None


@pytest.mark.parametrize(
    ("device", "free", "answered"),
    [
        ("cpu", 8 << 30, True),
        ("cpu", 1 << 20, False),
        ("cpu", None, True),
        ("cuda", 8 << 30, False),
    ],
)
def test_while_a_job_trains_chats_are_answered_only_where_there_is_room(
    place: Place, monkeypatch: pytest.MonkeyPatch, device: str, free: int | None, answered: bool
) -> None:
    monkeypatch.setattr(answer_process, "free_memory", lambda: free)
    client = place.start(device=device)
    assert ask(client, MODEL, "hi") == "You said: hi (base)"
    place.script(allowed=1)
    job = place.create()
    place.until_said(job.id, "Step 1/6")
    if answered:
        assert ask(client, MODEL, "hi") == "You said: hi (base)"
    else:
        with pytest.raises(APIStatusError, match="A job is training") as caught:
            ask(client, MODEL, "hi")
        assert (caught.value.status_code, caught.value.code) == (503, "training")
    client.fine_tuning.jobs.cancel(job.id)
    assert ask(client, MODEL, "hi") == "You said: hi (base)"


def test_the_model_is_unloaded_before_a_run_is_started(place: Place) -> None:
    client = place.start()
    ask(client, MODEL, "hi")
    log = place.data / "answers.txt"
    assert "unloaded" not in log.read_text()
    place.until(place.create().id, "succeeded")
    wait_until(lambda: "unloaded" in log.read_text(), "it kept its memory")


def test_the_process_gets_no_key_and_few_variables(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789")
    monkeypatch.setenv("LC_TIME", "C")
    place.start()
    ended = place.until(place.create().id, "succeeded")
    line = (place.folder(ended.id) / "log.txt").read_text().splitlines()[0]
    seen = json.loads(line.removeprefix("environment "))
    assert not any(name.endswith(("KEY", "TOKEN")) for name in seen)
    assert "sk-secret" not in line
    assert seen["LC_TIME"] == "C"
    assert (seen["HF_HUB_OFFLINE"], seen["TOKENIZERS_PARALLELISM"]) == ("1", "false")
    assert int(seen["OMP_NUM_THREADS"]) >= 1


def test_another_server_answers_and_loads_adapters_first(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTTUI_ANSWERS_KEY", "sk-vllm-0123456789")
    with VllmStub() as stub:
        client = place.start(answers=f"{stub.url}/v1")
        ended = place.until(place.create().id, "succeeded")
        name = ended.fine_tuned_model
        assert ask(client, MODEL, "a") == f"{MODEL} heard a"
        assert ask(client, name, "b") == f"{name} heard b"
        assert ask(client, name, "c") == f"{name} heard c"
        loaded = {"lora_name": name, "lora_path": str(place.folder(ended.id) / "final")}
        assert stub.loaded == [loaded]
        assert set(stub.keys) == {"Bearer sk-vllm-0123456789"}
        chunks = client.chat.completions.create(
            model=name, messages=[{"role": "user", "content": "d"}], stream=True
        )
        assert "".join(c.choices[0].delta.content or "" for c in chunks) == f"{name} heard d"
        stub.forget()  # as when it is started anew
        assert ask(client, name, "e") == f"{name} heard e"
        stub.refuses = "LoRA is not enabled."
        stub.forget()
        with pytest.raises(InternalServerError, match=r"LoRA is not enabled.*--enable-lora"):
            ask(client, name, "f")
    with pytest.raises(InternalServerError, match="does not answer"):
        ask(client, MODEL, "g")
