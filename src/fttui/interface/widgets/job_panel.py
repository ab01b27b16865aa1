"""The panel beside the list: the selected job's state, error, last events and parameters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual.message import Message

from fttui.interface.jobs.panel import panel_lines
from fttui.interface.jobs.table import now_utc
from fttui.interface.kit.lines import LineView
from fttui.services.endpoint.models import Job
from fttui.services.story import Story


class JobPanel(LineView):
    """Shows one job; lines that are the same for the next job are not repainted."""

    class Turned(Message):
        """The panel came into view or went out of it, with its tab for example."""

    def __init__(self, *, clock: Callable[[], datetime] = now_utc, id: str | None = None) -> None:
        super().__init__(id=id)
        self.clock = clock
        self._job: Job | None = None
        self._story: Story | None = None

    @property
    def job(self) -> Job | None:
        """The job that is shown."""
        return self._job

    def show(self, job: Job | None, story: Story | None) -> None:
        """Show `job`; with `story` None its events are still on their way."""
        another = job is None or self._job is None or job.id != self._job.id
        self._job, self._story = job, story
        self._draw(from_top=another)

    def on_show(self) -> None:
        """Tell that the panel is seen."""
        self.post_message(self.Turned())

    def on_hide(self) -> None:
        """Tell that the panel is no longer seen."""
        self.post_message(self.Turned())

    def on_resize(self) -> None:
        """Wrap for the new width."""
        self._draw()

    def _draw(self, *, from_top: bool = False) -> None:
        width = self.size.width
        if self._job is None:
            self.set_lines([(("No job is selected.", "muted"),)], from_top=from_top)
        elif width > 0:
            self.set_lines(
                panel_lines(self._job, self._story, self.clock(), width), from_top=from_top
            )
