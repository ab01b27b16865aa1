"""The only place that shows toasts: their text is data, so it is never markup."""

from __future__ import annotations

from typing import Any, Literal

from textual.app import App

from fttui.storage.secrets import redact
from fttui.terminal.text import safe

Severity = Literal["information", "warning", "error"]
_LONGEST = 600


def notice(
    app: App[Any],
    text: str,
    *,
    title: str = "",
    severity: Severity = "information",
    timeout: float | None = None,
) -> None:
    """Show `text` as a toast, letter for letter, without secrets or control characters.

    It takes the place of the one before: an older one may not be true any more.
    """
    app.clear_notifications()
    app.notify(
        safe(redact(text), newlines=True, maxlen=_LONGEST),
        title=safe(title, maxlen=80),
        severity=severity,
        timeout=timeout if timeout is not None else (12 if severity == "error" else 6),
        markup=False,
    )
