"""The curves of one job: losses, or accuracies, or rewards."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fttui.interface.jobs.plot import Point, Series, plot
from fttui.interface.kit.lines import Line, LineView
from fttui.interface.widgets.wording import number_text
from fttui.services.endpoint.models import JobEvent, Metrics

Reader = Callable[[Metrics], float | None]

_KINDS: dict[str, tuple[tuple[str, str, str, Reader], ...]] = {
    "loss": (
        ("training", "active", "", lambda metrics: metrics.train_loss),
        ("validation", "waiting", "o", lambda metrics: metrics.valid_loss),
        ("full validation", "second", "#", lambda metrics: metrics.full_valid_loss),
    ),
    "accuracy": (
        ("training", "active", "", lambda metrics: metrics.train_accuracy),
        ("validation", "waiting", "o", lambda metrics: metrics.valid_accuracy),
        ("full validation", "second", "#", lambda metrics: metrics.full_valid_accuracy),
    ),
    "reward": (
        ("training", "active", "", lambda metrics: metrics.train_reward),
        ("validation", "waiting", "o", lambda metrics: metrics.valid_reward),
    ),
}


def steps_of(events: Iterable[JobEvent]) -> list[Metrics]:
    """The metrics of each step once, by rising step, whatever order the events came in."""
    by_step = {
        event.metrics.step: event.metrics
        for event in events
        if event.metrics is not None and event.metrics.step is not None
    }
    return [by_step[step] for step in sorted(by_step)]


def series_of(metrics: Iterable[Metrics], kind: str) -> list[Series]:
    """The curves of one kind ("loss", "accuracy", "reward") that have any point."""
    steps = list(metrics)
    found = []
    for name, look, mark, read in _KINDS[kind]:
        points: list[Point] = []
        for step in steps:
            value = read(step)
            if value is not None and step.step is not None:
                points.append((float(step.step), value))
        if points:
            found.append(Series(name, tuple(points), look, mark))
    return found


class MetricsPlot(LineView):
    """Plots one kind of metric as large as its room; `next_kind` goes to the next one."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.kind = "loss"
        self._metrics: list[Metrics] = []

    @property
    def kinds(self) -> list[str]:
        """The kinds that the job has numbers for."""
        return [kind for kind in _KINDS if series_of(self._metrics, kind)]

    def set_events(self, events: Iterable[JobEvent]) -> None:
        """Plot the metrics in `events`."""
        self._metrics = steps_of(events)
        if self.kind not in self.kinds and self.kinds:
            self.kind = self.kinds[0]
        self._draw()

    def next_kind(self) -> None:
        """Plot the next kind that the job has numbers for."""
        kinds = self.kinds
        if kinds:
            self.kind = kinds[(kinds.index(self.kind) + 1) % len(kinds)]
            self._draw()

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._draw()

    def _draw(self) -> None:
        series = series_of(self._metrics, self.kind)
        width, height = self.size
        legend = _legend(series, self.kind)
        self.set_lines([*legend, *plot(series, width, height - len(legend))])


def _legend(series: list[Series], kind: str) -> list[Line]:
    if not series:
        return []
    spans = [(f"{kind:<10}", "strong")]
    for one in series:
        last = number_text(one.points[-1][1])
        spans.append((f"{one.mark or '⠒⠒'} {one.name} {last}   ", one.look))
    return [tuple(spans)]
