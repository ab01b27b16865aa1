"""Sessions on endpoints that answer chats as a test tells them to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from fttui.services.endpoint.transport import Timeouts
from fttui.services.playground.chat import ask
from fttui.services.playground.types import Answer, ChatOptions, Message
from fttui.services.session import Session, SessionOptions
from scripted_chat import Reply, ScriptedChat, scripted_chat

Asks = Callable[..., tuple[Answer, list[str]]]


@pytest.fixture
def chat() -> Iterator[ScriptedChat]:
    """An endpoint without replies yet."""
    with scripted_chat() as endpoint:
        yield endpoint


@pytest.fixture
def chats(chat: ScriptedChat, open_session: Callable[..., Session]) -> Session:
    """A session on `chat` with little patience."""
    return open_session(
        chat.base_url, SessionOptions(timeouts=Timeouts(tries=1, first_answer=60.0, answer=0.2))
    )


@pytest.fixture
def asks(chat: ScriptedChat, chats: Session) -> Asks:
    """Ask the endpoint, which gives these replies; the answer and the pieces that came."""

    def asked(
        *replies: Reply,
        model: str = "some-model",
        options: ChatOptions | None = None,
        **more: object,
    ) -> tuple[Answer, list[str]]:
        chat.replies = list(replies)
        pieces: list[str] = []
        question = [Message("user", "How do you do?")]
        call = ask(chats, model, question, options or ChatOptions(), pieces.append, **more)  # type: ignore[arg-type]
        return chats.thread.wait(call, 20), pieces

    return asked
