"""Answers chats, line by line: questions on stdin, pieces of answers on stdout.

One model is loaded at a time; adapters are switched on it. Lines in:

    {"id": "1", "model": FOLDER, "adapter": FOLDER or null, "messages": [...], "tools": [...] or
     null, "max_tokens": 256, "temperature": 1.0, "top_p": 1.0, "stop": [...], "seed": 1 or null,
     "n": 1}
    {"cancel": "1"}     the answer ends early; what was asked but not begun is dropped
    {"unload": true}    the model's memory is given back once the answers before it are done

Lines out: {"id", "index", "delta"}, {"id", "index", "calls": [{"name", "arguments": JSON text}]}
where the answer ends with calls of tools, then {"id", "done": true, "finish_reasons": [...],
"prompt_tokens", "completion_tokens"}; or {"id", "error": SENTENCE, "code"}. A finish reason is
"stop", "tool_calls", "length" or "cancelled". The end of stdin ends the process.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .calls import Listener
from .conversation import normal_messages, normal_tools
from .failure import FailureError, RowFaultError
from .questions import Question, read_question
from .run import out_of_memory

Send = Callable[..., None]


class Cancelled:
    """The questions that nobody waits for any more; used by two threads."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._lock = threading.Lock()

    def add(self, name: str) -> None:
        """Nobody waits for this one."""
        with self._lock:
            self._ids.add(name)

    def __contains__(self, name: object) -> bool:
        with self._lock:
            return name in self._ids

    def forget(self, name: str) -> None:
        """The question is done with; its id may come again."""
        with self._lock:
            self._ids.discard(name)


def answer() -> int:
    """Answers until stdin ends."""
    # What libraries print must not come between the lines.
    lines = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    work: queue.Queue[dict[str, Any] | None] = queue.Queue()
    cancelled = Cancelled()
    threading.Thread(target=_read, args=(work, cancelled), daemon=True).start()

    def send(**values: Any) -> None:
        lines.write(json.dumps(values, ensure_ascii=False).encode("utf-8", "replace") + b"\n")

    try:
        _serve(work, cancelled, send)
    except BrokenPipeError:
        # Whoever asked is gone.
        return 0
    return 0


def _read(work: queue.Queue[dict[str, Any] | None], cancelled: Cancelled) -> None:
    for line in sys.stdin.buffer:
        try:
            asked = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(asked, dict) and isinstance(asked.get("cancel"), str):
            cancelled.add(asked["cancel"])
        elif isinstance(asked, dict):
            work.put(asked)
    work.put(None)


def _serve(work: queue.Queue[dict[str, Any] | None], cancelled: Cancelled, send: Send) -> None:
    from .generating import Speaker

    speaker = Speaker()
    while (asked := work.get()) is not None:
        if asked.get("unload"):
            speaker.unload()
            continue
        name = asked.get("id")
        if not isinstance(name, str):
            continue
        try:
            _one(speaker, name, asked, cancelled, send)
        except BrokenPipeError:
            raise
        except FailureError as failure:
            send(id=name, error=failure.message, code=failure.code)
        except Exception as error:  # noqa: BLE001
            traceback.print_exc()
            if out_of_memory(error):
                speaker.unload()
            send(id=name, **_told(error))
        cancelled.forget(name)


def _told(error: Exception) -> dict[str, str]:
    if out_of_memory(error):
        return {
            "error": "The memory does not suffice to answer. Ask for fewer tokens, or wait until "
            "no training runs.",
            "code": "out_of_memory",
        }
    text = " ".join(str(error).split())[:300]
    return {
        "error": f"The model could not answer ({type(error).__name__}: {text}).",
        "code": "server_error",
    }


def _one(speaker: Any, name: str, asked: dict[str, Any], cancelled: Cancelled, send: Send) -> None:
    question = read_question(asked)
    reasons: list[str] = []
    completion = 0
    speaker.take(Path(question.model), Path(question.adapter) if question.adapter else None)
    ids = _prompt(speaker, question)
    for index in range(question.n):
        if name in cancelled:
            reasons.append("cancelled")
            continue
        heard = Listener(speaker.calls_as, question.tools)

        def tell(text: str, place: int = index, heard: Listener = heard) -> None:
            if more := heard.add(text):
                send(id=name, index=place, delta=more)

        told = speaker.say(ids, question, index, delta=tell, cancelled=lambda: name in cancelled)
        completion += told.completion_tokens
        rest, calls = heard.close(whole=told.reason == "stop")
        if rest:
            send(id=name, index=index, delta=rest)
        if calls:
            send(id=name, index=index, calls=[asdict(call) for call in calls])
        reasons.append("tool_calls" if calls else told.reason)
    send(
        id=name,
        done=True,
        finish_reasons=reasons,
        prompt_tokens=len(ids),
        completion_tokens=completion,
    )


def _prompt(speaker: Any, question: Question) -> list[int]:
    try:
        messages, _ = normal_messages(question.messages)
        tools = normal_tools({"tools": question.tools})
    except RowFaultError as fault:
        raise FailureError("invalid_request", f"The request {fault}.", "messages") from None
    except (KeyError, TypeError, AttributeError):
        raise FailureError(
            "invalid_request", "The messages have not the shape of a conversation.", "messages"
        ) from None
    return list(speaker.prompt(messages, tools))
