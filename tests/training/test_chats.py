"""The process that answers chats, line by line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from training.conftest import HELD_OUT
from training.runs import Chat

QUESTION = HELD_OUT[0]["messages"][:1]
ANSWER = HELD_OUT[0]["messages"][1]["content"]


def asked(number: str, model: Path, adapter: Path | None = None, **more: Any) -> dict[str, Any]:
    """One question."""
    return {
        "id": number,
        "model": str(model),
        "adapter": None if adapter is None else str(adapter),
        "messages": QUESTION,
        "temperature": 0,
        "max_tokens": 30,
        **more,
    }


def text(said: list[dict[str, Any]], number: str, index: int = 0) -> str:
    """All pieces of one answer."""
    return "".join(
        line["delta"]
        for line in said
        if line["id"] == number and "delta" in line and line["index"] == index
    )


def done(said: list[dict[str, Any]], number: str) -> dict[str, Any]:
    """How an answer ended."""
    (line,) = [line for line in said if line["id"] == number and "delta" not in line]
    return line


def test_an_answer_ends_with_the_templates_mark_where_the_models_own_is_another(
    model: Path, trained: Path, tmp_path: Path, chat: Chat
) -> None:
    other = tmp_path / "model"
    shutil.copytree(model, other)
    for name, key, value in (
        ("tokenizer_config.json", "eos_token", "<|pad|>"),
        ("generation_config.json", "eos_token_id", 0),
        ("config.json", "eos_token_id", 0),
    ):
        body = json.loads((other / name).read_text())
        (other / name).write_text(json.dumps({**body, key: value}))
    said = chat.talk([asked("tuned", other, trained / "final")])
    assert text(said, "tuned") == ANSWER
    assert done(said, "tuned")["finish_reasons"] == ["stop"]


def test_base_and_fine_tuned_models_answer_by_turns(model: Path, trained: Path, chat: Chat) -> None:
    said = chat.talk(
        [
            asked("base", model),
            asked("tuned", model, trained / "final"),
            asked("base again", model),
            asked("earlier", model, trained / "checkpoint-96"),
            {"unload": True},
            asked("tuned again", model, trained / "final"),
        ]
    )
    assert text(said, "tuned") == text(said, "tuned again") == ANSWER
    assert text(said, "base") == text(said, "base again") != ANSWER
    ended = done(said, "tuned")
    assert ended["done"] and ended["finish_reasons"] == ["stop"]
    assert ended["prompt_tokens"] > 10
    assert 3 < ended["completion_tokens"] < 30
    # In pieces, as they come.
    assert sum(line["id"] == "tuned" and "delta" in line for line in said) > 3


def test_answers_end_where_they_are_told_to(model: Path, trained: Path, chat: Chat) -> None:
    tuned = trained / "final"
    said = chat.talk(
        [
            asked("short", model, tuned, max_tokens=2),
            asked("stop", model, tuned, stop=["nowhere", " lies"]),
            asked("two", model, tuned, n=2, temperature=1.5, seed=3),
            asked("two again", model, tuned, n=2, temperature=1.5, seed=3),
            asked("other", model, tuned, n=2, temperature=1.5, seed=4),
        ]
    )
    assert done(said, "short")["finish_reasons"] == ["length"]
    assert done(said, "short")["completion_tokens"] == 2
    assert text(said, "stop") == ANSWER.partition(" lies")[0]
    assert done(said, "stop")["finish_reasons"] == ["stop"]
    assert len(done(said, "two")["finish_reasons"]) == 2
    both = [text(said, "two", index) for index in (0, 1)]
    assert both == [text(said, "two again", index) for index in (0, 1)]


def test_what_cannot_be_answered_is_told_and_the_next_is_answered(
    model: Path, trained: Path, tmp_path: Path, chat: Chat
) -> None:
    said = chat.talk(
        [
            asked("no model", tmp_path / "nothing"),
            asked("no adapter", model, tmp_path),
            asked("strange", model, messages=[{"role": "wizard", "content": "x"}]),
            asked("shapeless", model, messages="hello"),
            asked("image", model, messages=[{"role": "user", "content": [{"type": "image_url"}]}]),
            asked("long", model, messages=[{"role": "user", "content": "Paris " * 2000}]),
            asked("hot", model, temperature=9),
            asked("fine", model, trained / "final"),
        ]
    )
    assert done(said, "no model")["code"] == "model_not_available"
    assert done(said, "no adapter")["code"] == "model_not_available"
    assert done(said, "strange")["code"] == "invalid_request"
    assert done(said, "shapeless")["code"] == "invalid_request"
    assert "only text" in done(said, "image")["error"]
    assert done(said, "long")["code"] == "context_length_exceeded"
    assert "temperature" in done(said, "hot")["error"]
    assert text(said, "fine") == ANSWER


def test_a_config_that_is_no_match_for_its_weights_is_refused_at_once(
    model: Path, chat: Chat, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(model, other)
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 10**9}))
    said = chat.talk([asked("huge", other), asked("next", model)])
    refused = done(said, "huge")
    assert refused["code"] == "model_not_available"
    assert "of a larger model than its weights" in refused["error"]
    assert done(said, "next")["done"]


def test_an_answer_that_nobody_waits_for_ends_early(model: Path, chat: Chat) -> None:
    chat.tell(asked("long", model, max_tokens=900, temperature=2, seed=1, n=100))
    chat.tell(asked("dropped", model))
    assert chat.hear()["id"] == "long"
    chat.tell({"cancel": "dropped"})
    chat.tell({"cancel": "long"})
    said = chat.talk([asked("next", model)])
    assert done(said, "long")["finish_reasons"][-1] == "cancelled"
    assert done(said, "dropped")["finish_reasons"] == ["cancelled"]
    assert text(said, "next")
