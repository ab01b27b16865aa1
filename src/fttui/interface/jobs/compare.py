"""Several jobs side by side: their curves over each other, and in what they differ."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.interface_utils import utils_of
from fttui.interface.jobs.curves_view import CurvesView
from fttui.interface.kit.inputs import TextLine
from fttui.interface.kit.keys import KeyLine
from fttui.interface.kit.lines import Line, LineView, cut, fit, wrap
from fttui.interface.messages import JobCompared
from fttui.services.comparison import (
    MARKS,
    STYLES,
    Row,
    as_lines,
    asked_rows,
    curves_of_jobs,
    equal_words,
    names_of,
    result_rows,
    told_curves,
)
from fttui.services.curves import Series, best_text, curve_title, steps_of
from fttui.services.endpoint.models import Job, Metrics
from fttui.terminal.format import counted, number_text
from fttui.terminal.language import _, labelled

_WIDEST_LABEL, _LEAST_VALUE = 26, 8
_TABLE_SHARE = 0.45


class ComparedCurves(CurvesView):
    """One curve of each job, all over each other."""

    def __init__(self, jobs: Sequence[Job], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._jobs = jobs
        self.metrics: dict[str, list[Metrics]] = {}
        self._told: list[tuple[str, str]] = []
        self.by_share = False
        self._cached: dict[tuple[str, bool], list[Series]] = {}

    @property
    def kinds(self) -> list[str]:
        """Kind and name of each curve that some job tells, as one word."""
        return ["/".join(one) for one in self._told]

    def curves_of(self, kind: str) -> list[Series]:
        """The curve of that name of each job."""
        key = kind, self.by_share
        if key not in self._cached:
            of_kind, _slash, name = kind.partition("/")
            self._cached[key] = (
                curves_of_jobs(self._jobs, self.metrics, of_kind, name, by_share=self.by_share)
                if name
                else []
            )
        return self._cached[key]

    def take(self, job: Job, metrics: list[Metrics]) -> None:
        """Draw what a job has told too."""
        self.metrics[job.key] = metrics
        self._told = told_curves(self.metrics)
        self._cached.clear()
        if self.kind not in self.kinds and self.kinds:
            self.kind = self.kinds[0]
        self.draw()

    def turn_axis(self) -> None:
        """Draw by the share of the training that is done, or by steps again."""
        self.by_share = not self.by_share
        self.x_name = _("% of the training") if self.by_share else _("step")
        self.cursor = self.window = None
        self.draw()

    def marked(self, series: Sequence[Series]) -> list[Series]:
        """Each curve as a line that carries its mark."""
        return as_lines(series)

    def averages(self, series: Series) -> bool:
        """A training curve is noisy; a validation is not."""
        return self.kind.endswith("/training")

    def legend(self, series: Sequence[Series], width: int) -> list[Line]:
        """What is drawn, then mark, name, last and best value of each job."""
        kind, _slash, name = self.kind.partition("/")
        lines: list[list[tuple[str, str]]] = [[(f"{curve_title(kind, name)}   ", "strong")]]
        room = width - cell_len(lines[0][0][0])
        for one in series:
            last = number_text(one.points[-1][1])
            text = cut(f"{one.mark} {one.name} {last}, {best_text(one, kind)}", width) + "   "
            if cell_len(text) - 3 > room:
                lines.append([])
                room = width
            lines[-1].append((text, one.style))
            room -= cell_len(text)
        return [tuple(line) for line in lines] if series else []

    def save(self) -> None:
        """Ask for a file to save the picture in."""
        kind, _slash, name = self.kind.partition("/")
        title = curve_title(kind, name) if name else ""
        utils_of(self).curves.save_compared(title, self.series, kind, self.x_name)


class CompareJobs(Dialog[None]):
    """The curves of several jobs, and a table of what differs; they come one after the other."""

    TITLE = _("Compare jobs")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "next_metric", _("Next metric"), id="compare.next_metric"),
        Binding("f", "turn_axis", _("By share"), id="compare.by_share"),
        Binding("j", "scroll(1)", _("Down"), show=False, id="compare.down"),
        Binding("k", "scroll(-1)", _("Up"), show=False, id="compare.up"),
        Binding("escape,q", "dismiss(None)", _("Back"), id="compare.back"),
    ]

    def __init__(self, jobs: Sequence[Job]) -> None:
        super().__init__(id="compare-jobs")
        self.jobs = list(jobs)
        self._names = names_of(jobs)
        self._errors: dict[str, str] = {}
        self.curves = ComparedCurves(self.jobs, id="compare-curves")
        self.table = LineView(id="compare-table")

    def compose(self) -> ComposeResult:
        """Curves above, the table below."""
        yield TextLine(id="compare-title")
        yield self.curves
        yield self.table
        yield KeyLine()

    def on_mount(self) -> None:
        """Show what is known already."""
        self.table.can_focus = False
        self._draw()
        focus_now(self.curves)

    def on_resize(self) -> None:
        """Lay the table out for the new width."""
        self.call_after_refresh(self._draw)

    @on(JobCompared)
    def _read(self, message: JobCompared) -> None:
        place = next(at for at, job in enumerate(self.jobs) if job.raw_key == message.job.raw_key)
        if message.history is None:
            self._errors[message.job.key] = message.error_text
        else:
            self.jobs[place] = message.job
            self.curves.take(message.job, steps_of(message.history.events))
        self._draw()

    def action_next_metric(self) -> None:
        """Compare by the next curve."""
        self.curves.next_kind()

    def action_turn_axis(self) -> None:
        """Compare by the share of the training, or by steps."""
        self.curves.turn_axis()

    def action_scroll(self, lines: int) -> None:
        """Scroll the table."""
        self.table.action_scroll_lines(lines)

    def _draw(self) -> None:
        if not self.is_mounted or not self.is_open or not self.size.width:
            return
        come = len(self.curves.metrics) + len(self._errors)
        title = _("{title} · {jobs}", title=self.TITLE, jobs=counted(len(self.jobs), "job"))
        if come < len(self.jobs):
            title += _(" · {come} of them read", come=come)
        self.query_one("#compare-title", TextLine).show(title)
        lines = self._lines(self.size.width - 3)
        self.table.styles.height = min(len(lines), int(self.size.height * _TABLE_SHARE))
        self.table.set_lines(lines)

    def _lines(self, width: int) -> list[Line]:
        session_of = utils_of(self).host.sessions.of
        asked = asked_rows(self.jobs)
        results = result_rows(self.jobs, self.curves.metrics, session_of, datetime.now(UTC))
        differing = [row for row in asked if not row.is_equal]
        lines: list[Line] = [
            ((text, "bad"),)
            for job, name in zip(self.jobs, self._names, strict=True)
            if job.key in self._errors
            for text in wrap(labelled(name, self._errors[job.key]), width)
        ]
        equal = equal_words(asked)
        if equal:
            told = _("The same for all: {equal}", equal=equal)
            lines += [((text, "muted"),) for text in wrap(told, width)]
        return [*lines, *table_lines(self._names, [*differing, *results], width)]


def table_lines(names: Sequence[str], rows: Sequence[Row], width: int) -> list[Line]:
    """A column for each job, headed by its mark and name, and a line for each row."""
    longest = max((cell_len(row.label) for row in rows), default=0)
    label = min(longest, _WIDEST_LABEL, max(width - _LEAST_VALUE * len(names), 8)) + 1
    column = max((width - label) // len(names), _LEAST_VALUE)
    heads = [f"{mark} {name}" for mark, name in zip(MARKS, names, strict=False)]
    lines: list[Line] = [
        (
            (" " * label, "plain"),
            *((_cell(head, column), style) for head, style in zip(heads, STYLES, strict=False)),
        )
    ]
    for row in rows:
        cells = tuple((_cell(value, column), "plain") for value in row.values)
        lines.append(((fit(row.label, label - 1) + " ", "muted"), *cells))
    return lines


def _cell(text: str, width: int) -> str:
    return fit(text, width - 1, keep_end=text.startswith("file")) + " "
