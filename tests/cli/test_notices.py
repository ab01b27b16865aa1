"""What a watch tells the terminal at its end."""

from __future__ import annotations

import pytest

from fttui.cli import notices
from fttui.services.session import Session
from fttui.terminal.hook import Hook


def test_all_commands_of_the_user_together_are_waited_for_as_long_as_one(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float | None] = []

    def problems(_hook: Hook, seconds: float | None = None) -> list[str]:
        waited.append(seconds)
        return ["it failed."]

    monkeypatch.setattr(Hook, "problems", problems)
    monkeypatch.setattr(notices, "monotonic", iter([10.0, 10.0, 12.0, 14.0]).__next__)
    told: list[str] = []
    watch = notices.WatchNotices(session, told.append)
    watch._hooks = [Hook("x", None, "")] * 3
    session.thread.wait(watch.hear())
    assert waited == [3.0, 1.0, 0] and len(told) == 3
