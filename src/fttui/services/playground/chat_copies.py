"""What can be copied of a chat, each ready to be pasted where it belongs; a key is never in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fttui.services.copy_texts import CopyText, client_lines, curl_words, shell_word
from fttui.storage.secrets import redact
from fttui.terminal.language import _
from fttui.terminal.text import safe_json

if TYPE_CHECKING:
    from fttui.services.endpoint.address import Endpoint
    from fttui.services.playground.conversation import Conversation
    from fttui.services.playground.types import ChatOptions, Message

_PATH = "/chat/completions"


def chat_texts(
    model: str,
    chat: Conversation,
    system: str,
    options: ChatOptions,
    endpoint: Endpoint,
) -> list[CopyText]:
    """All that there is to copy of a chat with `model`: its answer, and its last call again."""
    last = chat.last
    if last is None:
        return []
    nothing = "" if last.answer.text else _("There is no answer yet.")
    answer = tuple(redact(last.answer.text).split("\n")) if last.answer.text else ()
    said = chat.messages(system, "")
    before = type(chat)(chat.turns[:-1])
    body = _body(model, before.messages(system, last.prompt), options)
    whole = safe_json([message.to_json() for message in said], indent=2)
    return [
        CopyText("answer", _("Answer"), "a", answer, nothing),
        CopyText("prompt", _("Prompt"), "p", tuple(redact(last.prompt).split("\n"))),
        CopyText("chat", _("Conversation as JSON"), "j", tuple(redact(whole).split("\n"))),
        CopyText("curl", _("curl"), "c", (_curl(body, endpoint),)),
        CopyText("python", _("Python"), "y", _python(body, endpoint)),
    ]


def _body(model: str, messages: Sequence[Message], options: ChatOptions) -> dict[str, Any]:
    """What a call for the last answer sends, by the names that most endpoints know."""
    asked: dict[str, Any] = {
        "model": model,
        "messages": [message.to_json() for message in messages],
        "temperature": options.temperature,
        "max_tokens": options.max_tokens,
        "stop": list(options.stop) or None,
    }
    return {name: value for name, value in asked.items() if value is not None}


def _curl(body: dict[str, Any], endpoint: Endpoint) -> str:
    words = curl_words(_PATH, endpoint)
    words += ["-H", shell_word("Content-Type: application/json")]
    return " ".join([*words, "-d", shell_word(redact(safe_json(body)))])


def _python(body: dict[str, Any], endpoint: Endpoint) -> tuple[str, ...]:
    """A program for the official package that asks for the last answer."""
    asked = redact(safe_json(body, indent=4)).split("\n")
    return (
        *client_lines(endpoint),
        f"request = {asked[0]}",
        *asked[1:],
        "answer = client.chat.completions.create(**request)",
        "print(answer.choices[0].message.content)",
    )
