"""Running the app on a real terminal, from before the first byte to after the last."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.terminal_driver import (
    SteadyDriver,
    forbid_core_dumps,
    terminal_problem,
    terminal_restored,
)

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
    problem = terminal_problem()
    if problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return 2
    forbid_core_dumps()
    from fttui.interface.app import OpenAIInterfaceFT

    app = OpenAIInterfaceFT(
        session, demo=demo, start_folder=start_folder, driver_class=SteadyDriver
    )
    with terminal_restored():
        choice = app.run()
    session.close()
    if choice == "demo" and open_demo is not None:
        return open_demo()
    return app.return_code or 0
