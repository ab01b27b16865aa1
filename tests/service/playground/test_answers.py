"""What is made of a streamed answer, whichever way an endpoint gives it or fails to."""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fttui.services.endpoint import chat_events
from fttui.services.playground.chat import ask
from fttui.services.playground.counting import vocabulary_of
from fttui.services.playground.stop import Stop
from fttui.services.playground.token_bound import TokenBound
from fttui.services.playground.types import Answer, ChatOptions, Message
from fttui.services.playground.words import answer_text
from fttui.services.session import Session
from sandbox_key import SANDBOX_KEY
from scripted_chat import DONE, Reply, ScriptedChat, chunk, refusal, usage

Asks = Callable[..., tuple[Answer, list[str]]]

HELLO = [chunk("Hel"), chunk("lo"), chunk(finish="stop"), usage(9, 2), DONE]
PLAIN = json.dumps(
    {
        "choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2},
    }
).encode()
CRLF = b": keep-alive\r\n\r\n" + b"".join(HELLO).replace(b"\n", b"\r\n")
LINES = b"".join(piece.removeprefix(b"data: ").strip() + b"\n" for piece in HELLO[:-1])
PARTS = b'data: {"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"text":"Hm"}]},\
{"type":"text","text":"Hello"}]},"finish_reason":"stop"}]}\n\n'


@pytest.mark.parametrize(
    "reply",
    [
        Reply(HELLO),
        Reply([bytes([byte]) for byte in CRLF]),
        Reply([b"".join(HELLO).replace(b"\n", b"\r")]),
        Reply([PLAIN], kind="application/json"),
        Reply([LINES], kind="application/x-ndjson"),
        Reply([gzip.compress(b"".join(HELLO))], headers={"Content-Encoding": "gzip"}),
        Reply([*HELLO[:-1]], cut=True),
        Reply([b'data: {"choices": null}\n\n', b"data: {\n\n", b"event: ping\n\n", *HELLO]),
    ],
    ids=["events", "bytewise", "returns", "plain", "lines", "gzip", "no-done", "odd-events"],
)
def test_an_answer_is_read_whichever_way_it_is_written(asks: Asks, reply: Reply) -> None:
    answer, pieces = asks(reply)
    assert (answer.text, "".join(pieces), answer.error) == ("Hello", "Hello", "")
    assert (answer.prompt_tokens, answer.completion_tokens) == (9, 2)
    assert answer.finish_reason == "stop"
    assert answer.first_seconds is not None and 0 < answer.first_seconds <= answer.seconds


def test_reasoning_and_calls_of_tools_are_told_apart(asks: Asks) -> None:
    call = {"index": 0, "function": {"name": "find", "arguments": '{"a"'}}
    more = {"index": 0, "function": {"arguments": ":1}"}}
    pieces = [
        b"data: " + json.dumps({"choices": [{"delta": delta}]}).encode() + b"\n\n"
        for delta in (
            {"role": "assistant", "content": None, "reasoning_content": "Let me see"},
            {"tool_calls": [call]},
            {"tool_calls": [more]},
        )
    ]
    answer, shown = asks(Reply([*pieces, chunk(finish="tool_calls"), DONE]))
    assert (answer.text, answer.reasoning, shown) == ("", "Let me see", [])
    assert answer.tool_calls == (("find", '{"a":1}'),)
    by_id = [{"id": name, "function": {"name": name}} for name in ("find", "open")]
    old = {"function_call": {"name": "find", "arguments": "{}"}}
    for deltas, calls in (
        ([{"tool_calls": [one]} for one in by_id], (("find", ""), ("open", ""))),
        ([old], (("find", "{}"),)),
    ):
        pieces = [
            b"data: " + json.dumps({"choices": [{"delta": delta}]}).encode() + b"\n\n"
            for delta in deltas
        ]
        assert asks(Reply([*pieces, DONE]))[0].tool_calls == calls
    answer, _shown = asks(Reply([PARTS, DONE]))
    assert (answer.text, answer.reasoning) == ("Hello", "Hm")


@pytest.mark.parametrize(
    ("reply", "text", "said"),
    [
        (Reply([chunk("Hé")[:-6]], cut=True), "", "ends in the middle"),
        (Reply([chunk("Half")], cut=True), "Half", "ends in the middle"),
        (Reply([chunk("Half")]), "Half", "ends in the middle"),
        (Reply([chunk("Half"), b": ping\n\n"], hold=True), "Half", "nothing more for 0.2 s"),
        (Reply([chunk("Half"), b'data: {"error": {"message": "Boom"}}\n\n']), "Half", "off: Boom"),
        (Reply([b'event: error\ndata: {"message": "Boom"}\n\n']), "", "gave no answer: Boom"),
        (Reply([chunk("Half"), b"event: error\ndata: no room\n\n"]), "Half", "off: no room"),
        (Reply([chunk("Half"), b'{"error": {"message": "Boom"}}\n']), "Half", "off: Boom"),
        (Reply([chunk("Half"), b'data: {"detail": "Boom"}\n\n']), "Half", "off: Boom"),
        (Reply([chunk("Half"), chunk(finish="error"), DONE]), "Half", "broke the answer off"),
        (Reply([b'{"detail": "Gone"}'], kind="application/json"), "", "no answer: Gone"),
        (Reply([b"<html>Log in</html>"], kind="text/html"), "", "a web page"),
        (Reply([b""]), "", "is empty"),
        (Reply([DONE]), "", "no chat's"),
        (Reply([b'["x"]'], kind="application/json"), "", "no chat's"),
        (Reply([b"\x1f\x8bjunk"], headers={"Content-Encoding": "gzip"}), "", "could not be read"),
        (refusal(503, "Busy"), "", "failed \\(HTTP 503\\): Busy"),
        (refusal(404, "Not found"), "", "does not offer chat completions"),
    ],
)
def test_what_came_before_a_failure_is_kept_and_the_failure_is_a_sentence(
    asks: Asks, chat: ScriptedChat, reply: Reply, text: str, said: str
) -> None:
    answer, pieces = asks(reply)
    assert (answer.text, "".join(pieces)) == (text, text)
    assert re.search(said, answer.error), answer.error
    assert answer.error_hint
    assert not answer.is_whole
    assert len(chat.bodies) == 1  # nothing that may be paid is sent twice


@pytest.mark.parametrize(
    "piece", [b"data: " + b"x" * 5000, b"data: x\n", chunk("y" * 2000), b": ping\n\n" * 100]
)
def test_an_answer_without_an_end_is_bounded(
    asks: Asks, monkeypatch: pytest.MonkeyPatch, piece: bytes
) -> None:
    monkeypatch.setattr(chat_events, "MOST_BYTES", 200_000)
    monkeypatch.setattr(chat_events, "LONGEST_LINE", 20_000)
    unlimited = ChatOptions(max_tokens=None)
    answer, _pieces = asks(Reply([piece], endless=True), options=unlimited)
    assert "was not read on" in answer.error
    assert len(answer.text) <= 200_000


@pytest.mark.parametrize(
    "said",
    [
        "max_tokens is not a valid parameter",
        "Unknown parameter: 'max_tokens'.",
        "this model has max_completion_tokens, max_tokens cannot be used",
        "'max_tokens': property not in schema",
    ],
)
def test_a_limit_that_an_endpoint_does_not_know_by_its_name_goes_by_the_other(
    asks: Asks, chat: ScriptedChat, said: str
) -> None:
    answer, _pieces = asks(refusal(400, said), Reply([chunk("A"), chunk(finish="stop"), DONE]))
    assert answer.is_whole
    assert ["max_tokens" in body for body in chat.bodies] == [True, False]


def test_an_endpoint_that_keeps_no_limit_of_tokens_is_read_no_further(asks: Asks) -> None:
    few = ChatOptions(max_tokens=20)
    answer, pieces = asks(Reply([chunk("word ")], endless=True), options=few)
    assert "does not keep the limit of 20 tokens" in answer.error
    assert 500 < len(answer.text) < 2_000
    assert "".join(pieces) == answer.text
    whole = b'data: {"choices": [{"message": {"content": "word "}}]}\n\n'
    answer, _pieces = asks(Reply([whole, chunk("word ")], endless=True), options=few)
    assert len(answer.text) < 2_000  # what looks like a whole answer may be the first piece
    answer, _pieces = asks(
        Reply([chunk("word " * 9), chunk(finish="stop"), usage(9, 21), DONE]), options=few
    )
    assert answer.is_whole
    assert "past the limit of 20" in answer_text(answer)


def test_halves_of_characters_are_put_together_and_none_is_left_alone(asks: Asks) -> None:
    halves = [chunk("a \ud83d"), chunk("\ude00 b \ud83d"), chunk("!"), chunk(finish="stop"), DONE]
    answer, pieces = asks(Reply(halves))
    assert answer.text == "".join(pieces) == "a \U0001f600 b \ufffd!"


def test_a_stopped_answer_is_what_came_until_then(chat: ScriptedChat, chats: Session) -> None:
    chat.replies = [Reply([chunk("So far")], hold=True)]
    stop = Stop()
    call = ask(chats, "m", [Message("user", "?")], ChatOptions(), lambda _: stop.ask(), stop)
    chats.settings = replace(chats.settings, answer_prices={"m": (1.0, 2.0)})
    answer = chats.thread.wait(call, 20)
    assert (answer.text, answer.stopped, answer.error) == ("So far", True, "")
    assert (answer.prompt_tokens, answer.dollars, answer.about_completion_tokens) == (None, None, 2)
    assert answer.most_dollars == pytest.approx((answer.about_prompt_tokens + 2 * 512) / 1e6)
    assert re.search(r"about \d+ \+ 2 tokens · at most \$0\.00104", answer_text(answer))
    again = ask(chats, "m", [Message("user", "?")], ChatOptions(), lambda _: None, stop)
    assert chats.thread.wait(again, 20).about_prompt_tokens is None  # it was never sent
    chat.replies = [refusal(400, "No")]
    refused = ask(chats, "m", [Message("user", "?")], ChatOptions(), lambda _: None)
    assert chats.thread.wait(refused, 20).most_dollars is None


def test_what_is_told_of_one_half_of_the_tokens_counts_in_the_highest_price(
    chat: ScriptedChat, chats: Session
) -> None:
    chats.settings = replace(chats.settings, answer_prices={"m": (1.0, 2.0)})

    def asked(told: dict[str, int]) -> Any:
        event = b"data: " + json.dumps({"choices": [], "usage": told}).encode() + b"\n\n"
        chat.replies = [Reply([chunk("A"), event, DONE])]
        call = ask(chats, "m", [Message("user", "?")], ChatOptions(), lambda _: None)
        return chats.thread.wait(call, 20)

    by_answer, by_prompt = asked({"completion_tokens": 900}), asked({"prompt_tokens": 999})
    assert by_answer.most_dollars == pytest.approx((by_answer.about_prompt_tokens + 1800) / 1e6)
    assert by_prompt.most_dollars == pytest.approx((999 + 2 * 512) / 1e6)


def test_where_the_vocabulary_is_the_models_own_the_bound_is_nearer() -> None:
    vocabulary, is_own = vocabulary_of("gpt-4o")
    assert is_own
    for is_exact, most in ((True, 1000 + 250 + 64), (False, 2000 + 64)):
        bound = TokenBound(vocabulary, "host", 1000, is_exact=is_exact)
        count = next(n for n in range(1, 9999) if bound.take(" word"))
        assert most < count < most + 32


def test_what_takes_the_pieces_may_fail_and_that_is_no_failure_of_the_call(
    chat: ScriptedChat, chats: Session
) -> None:
    def take(piece: str) -> None:
        raise OSError("the disk is full")

    chat.replies = [Reply(HELLO)]
    with pytest.raises(OSError, match="disk is full"):
        chats.thread.wait(ask(chats, "m", [Message("user", "?")], ChatOptions(), take), 20)


def test_a_key_in_an_answer_is_taken_out_of_its_pieces_too(asks: Asks) -> None:
    spread = [chunk(SANDBOX_KEY[at : at + 3]) for at in range(0, len(SANDBOX_KEY), 3)]
    answer, pieces = asks(Reply([chunk("Key: "), *spread, chunk(" end"), chunk(finish="stop")]))
    assert answer.text == "Key: ••• end"
    assert "".join(pieces) == answer.text


def test_a_field_that_is_refused_is_left_out_once_and_from_then_on(
    asks: Asks, chat: ScriptedChat
) -> None:
    no_usage = refusal(400, "Unknown parameter: 'stream_options'.", "stream_options")
    no_limit = refusal(
        400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    )
    answer, _pieces = asks(no_usage, no_limit, Reply(HELLO))
    assert answer.text == "Hello"
    assert [("stream_options" in body, "max_tokens" in body) for body in chat.bodies] == [
        (True, True), (False, True), (False, False),
    ]  # fmt: skip
    assert chat.bodies[-1]["max_completion_tokens"] == 512
    asks(Reply(HELLO))
    assert len(chat.bodies) == 4
    assert chat.bodies[-1] == chat.bodies[-2]


def test_any_other_refusal_is_told_and_nothing_is_sent_again(
    asks: Asks, chat: ScriptedChat
) -> None:
    answer, _pieces = asks(refusal(400, "Invalid temperature", "temperature"))
    assert "Invalid temperature" in answer.error
    assert len(chat.bodies) == 1
    for said in (  # another name may mean no limit there
        "max_tokens is too large; it is not allowed",
        "max_tokens 9000 is not supported; the limit is 8192",
        "Invalid param max_tokens: must be <= 4096",
    ):
        chat.bodies.clear()
        answer, _pieces = asks(refusal(400, said, "max_tokens"))
        assert said in answer.error
        assert len(chat.bodies) == 1
    answer, _pieces = asks(refusal(429, "Slow down", Retry_After="7"))
    assert answer.error_hint == "Wait 7 s. Nothing was answered, nor paid."
    assert "token" not in answer_text(answer)
    assert len(chat.bodies) == 2


def test_models_that_reason_are_told_their_limit_by_its_new_name(
    asks: Asks, chat: ScriptedChat
) -> None:
    for model in ("ft:o4-mini-2025-04-16:org::1", "gpt-5-mini", "gpt-4.1", "o1-style-llama"):
        asks(Reply(HELLO), model=model)
    assert ["max_completion_tokens" in body for body in chat.bodies] == [True, True, False, True]


def test_a_model_that_is_listed_but_not_known_yet_is_asked_again(
    asks: Asks, chat: ScriptedChat
) -> None:
    chat.models = [{"id": "ft:new", "object": "model"}]
    unknown = refusal(404, "The model 'ft:new' does not exist")
    waits: list[str] = []
    answer, _pieces = asks(
        unknown, Reply(HELLO), model="ft:new", on_wait=waits.append, pauses=(0.01,)
    )
    assert answer.text == "Hello"
    assert "does not know it yet" in waits[0]
    answer, _pieces = asks(unknown, model="ft:other", on_wait=waits.append, pauses=(0.01,))
    assert "does not exist" in answer.error
    assert len(chat.bodies) == 3


def test_a_stop_from_another_thread_ends_a_call_that_waits_for_its_first_word(
    chat: ScriptedChat, chats: Session
) -> None:
    chat.replies = [Reply([b": ping\n\n"], hold=True)]
    stop = Stop()
    future = chats.thread.start(
        ask(chats, "m", [Message("user", "?")], ChatOptions(), lambda _: None, stop)
    )
    threading.Thread(target=stop.ask).start()
    answer = future.result(10)
    assert answer.stopped
    assert answer.first_seconds is None
