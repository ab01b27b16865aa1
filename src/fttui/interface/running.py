"""Running the app on a real terminal, from before the first byte to after the last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.guard.app import run_guarded

if TYPE_CHECKING:
    from fttui.services.session import Session


def run_app(
    session: Session,
    *,
    demo: bool = False,
    start_folder: Path | None = None,
    open_demo: Callable[[], int] | None = None,
) -> int:
    """Run the app until the user leaves it; returns the exit status of the process.

    `demo` marks the endpoint as a sandbox. `start_folder` is where the file picker opens.
    `open_demo` is called after the app has ended because the user asked for the sandbox.
    """
    app = OpenAIInterfaceFT(session, demo=demo, start_folder=start_folder)
    status = run_guarded(app)
    session.close()
    if app.return_value == "demo" and open_demo is not None:
        return open_demo()
    return status
