"""`fttui` with a small app in place of the real one; the first argument says what it does.

All before the app is what fttui does: this replaces only the module that opens it.
"""

import os
import sys
import threading
import types
from typing import Any

HOW, ARGUMENTS = sys.argv[1], sys.argv[2:]


def open_app(*_: object, open_demo: Any = None, **__: object) -> int:
    """Tell that the app is wanted, and what the terminal sends until `q`."""
    os.write(1, b"WANTED ")
    if HOW == "hang":
        while True:  # again and again, or a signal just before the wait would not end it
            threading.Event().wait(0.05)
    if HOW == "fail":
        raise RuntimeError("no app today")
    if HOW == "slow":
        while not os.path.exists(os.environ["GO_ON"]):
            os.sched_yield()

    from textual import events
    from textual.widgets import Static

    from fttui.interface.guard.app import SafeApp, run_safely

    class Heard(SafeApp[None]):
        heard = ""

        def compose(self) -> Any:
            yield Static("", id="heard", markup=False)

        def on_mount(self) -> None:
            self.show()

        async def on_event(self, event: events.Event) -> None:
            if not isinstance(event, events.Key):
                await super().on_event(event)
            elif event.key == "q":
                self.exit()
            else:
                self.heard += f"{event.key} "
                self.show()

        def show(self) -> None:
            for static in self.query("#heard").results(Static):
                static.update(f"heard: {self.heard}.")

    status = run_safely(Heard())
    if HOW == "twice" and open_demo is not None:
        return open_demo()
    return status


running = types.ModuleType("fttui.interface.running")
running.run_app = open_app
sys.modules[running.__name__] = running

if HOW == "watched":  # that no other command touches the terminal
    import termios

    def refuse(*_: object) -> None:
        os.write(1, b"TOUCHED")
        os._exit(99)

    termios.tcsetattr = refuse

from fttui.cli import main  # noqa: E402

sys.exit(main(ARGUMENTS))
