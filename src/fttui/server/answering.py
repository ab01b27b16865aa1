"""Answers to chats, where there is a model that can give some."""

from __future__ import annotations

from typing import Protocol


class Chats(Protocol):
    """Whoever answers chats."""

    async def make_room(self) -> None:
        """Gives back the memory that the next run may need."""

    async def close(self) -> None:
        """Ends what was started to answer."""
