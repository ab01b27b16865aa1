"""Curves that are looked into: a cursor that reads values, zoom, average and a log axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from fttui.interface.interface_utils import utils_of
from fttui.interface.jobs.advice_lines import advice_lines
from fttui.interface.jobs.plot import Plotted, axis_end, legend_lines, plotted, x_text
from fttui.interface.kit.keys import keys_by_name
from fttui.interface.kit.lines import Line, LineView, cut, joined, plain_text
from fttui.services.advice import Advice
from fttui.services.curves import KINDS, Series, brief_name, moving_mean, series_of, steps_of
from fttui.services.endpoint.models import Job, Metrics
from fttui.services.job_history import JobHistory
from fttui.terminal.format import number_text
from fttui.terminal.language import _

_LEAST_POINTS = 4  # on the axis after a zoom
_CELLS_BESIDE = 12  # of a line: the labels of the y axis, about
_PAGE = 10
_AVERAGED = 25  # this share of a curve is one point of its average
_ADVICE_SHARE = 4  # of the lines at most this part


class CurvesView(LineView, inherit_bindings=False):
    """Curves with a cursor; what is drawn comes from `kinds` and `curves_of`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "move(1)", _("Read values"), id="curves.right"),
        Binding("left", "move(-1)", _("Cursor left"), show=False, id="curves.left"),
        Binding("pagedown,shift+right", "move(10)", _("Ten right"), show=False, id="curves.page"),
        Binding("pageup,shift+left", "move(-10)", _("Ten left"), show=False, id="curves.page_left"),
        Binding("home", "end(0)", _("First step"), show=False, id="curves.first"),
        Binding("end", "end(-1)", _("Last step"), show=False, id="curves.last"),
        Binding("plus", "zoom(0.5)", _("Zoom"), id="curves.zoom"),
        Binding("equals_sign", "zoom(0.5)", _("Zoom"), show=False, id="curves.zoom_too"),
        Binding("minus", "zoom(2)", _("Zoom out"), show=False, id="curves.zoom_out"),
        Binding("a", "average", _("Average"), show=False, id="curves.average"),
        Binding("l", "log", _("Log axis"), show=False, id="curves.log"),
        Binding("s", "save", _("Save"), show=False, id="curves.save"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.kind = "loss"
        self.cursor: float | None = None
        self.window: tuple[float, float] | None = None
        self.logarithmic = self.averaged = False
        self.x_name = _("step")
        self._series: list[Series] = []
        self._base = Plotted([])
        self._head: list[Line] = []
        self._below: list[Line] = []
        self._keys: dict[str, str] = {}

    @property
    def kinds(self) -> list[str]:
        """What can be plotted."""
        raise NotImplementedError

    def curves_of(self, kind: str) -> list[Series]:
        """All curves of a kind."""
        raise NotImplementedError

    def legend(self, series: Sequence[Series], width: int) -> list[Line]:
        """The lines above the plot."""
        raise NotImplementedError

    def below(self, width: int, most: int) -> list[Line]:
        """At most so many lines below the plot."""
        return []

    def marked(self, series: Sequence[Series]) -> list[Series]:
        """The curves as they are drawn."""
        return list(series)

    def averages(self, series: Series) -> bool:
        """Whether a curve is noisy, so that an average tells more."""
        return not series.mark

    def save(self) -> None:
        """Save the curves as a file."""

    @property
    def until(self) -> float | None:
        """Up to where the x axis goes at least."""
        return None

    @property
    def series(self) -> list[Series]:
        """What is drawn now."""
        return self._series

    def next_kind(self) -> None:
        """Plot the next kind that there are numbers for."""
        kinds = self.kinds
        if kinds:
            at = kinds.index(self.kind) + 1 if self.kind in kinds else 0
            self.kind = kinds[at % len(kinds)]
            self.draw()

    def action_average(self) -> None:
        """Draw the mean of neighbours in the place of each noisy line, or the line again."""
        self.averaged = not self.averaged
        self.draw()

    def action_log(self) -> None:
        """Make the y axis logarithmic, or even again."""
        self.logarithmic = not self.logarithmic
        self.draw()

    def action_save(self) -> None:
        """Save the curves as a file."""
        self.save()

    def action_zoom(self, by: float) -> None:
        """Show less of the x axis, around the cursor or else its end, or more."""
        xs = self._xs(self.curves_of(self.kind))
        if len(xs) < _LEAST_POINTS:
            return
        low, high = self.window or (xs[0], xs[-1])
        middle = high if self.cursor is None else self.cursor
        half = (high - low) * by / 2
        start = min(max(middle - half, xs[0]), max(xs[-1] - 2 * half, xs[0]))
        window = start, start + 2 * half
        if by > 1 and window[0] <= xs[0] and window[1] >= xs[-1]:
            self.window = None
        elif sum(window[0] <= x <= window[1] for x in xs) >= _LEAST_POINTS:
            self.window = window
        self.draw()

    def action_move(self, cells: int) -> None:
        """Move the cursor by so many cells at least, to a step at which something was measured."""
        xs = self._xs(self.curves_of(self.kind))
        if not xs:
            return
        if self.cursor is None:
            self._put(xs[-1])
            return
        low, high = self.window or (xs[0], xs[-1])
        cell = (high - low) / max(self.size.width - _CELLS_BESIDE, 1)
        reach = self.cursor + cells * cell
        if cells > 0:
            passed = [x for x in xs if self.cursor < x <= reach] or [
                x for x in xs if x > self.cursor
            ][:1]
        else:
            passed = [x for x in xs if reach <= x < self.cursor][::-1] or [
                x for x in xs if x < self.cursor
            ][-1:]
        if passed:
            self._put(self._fullest(passed if abs(cells) == 1 else passed[-1:]))

    def action_end(self, place: int) -> None:
        """Move the cursor to the first or the last step."""
        xs = self._xs(self.curves_of(self.kind))
        if xs:
            self._put(xs[place])

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.draw()

    def draw(self) -> None:
        """Draw all anew."""
        width, height = self.line_width, self.size.height
        if not width:
            return
        self._series = self._drawn()
        self._head = self.legend(self._series, width)
        self._below = self.below(width, height // _ADVICE_SHARE)
        shown = [self._in_window(one) for one in self.marked(self._series)]
        until = self.window[1] if self.window else self.until
        room = height - len(self._head) - 1 - len(self._below)
        self._base = plotted(
            [one for one in shown if one.points],
            width,
            room,
            self.x_name,
            until,
            log=self.logarithmic,
        )
        self._show()

    def _drawn(self) -> list[Series]:
        series = self.curves_of(self.kind)
        if not self.averaged:
            return series
        return [
            one
            if not self.averages(one)
            else replace(
                one,
                name=_("{name} (mean of {window})", name=_(one.name), window=window),
                points=moving_mean(one.points, window),
            )
            for one in series
            for window in [max(len(one.points) // _AVERAGED, 3) | 1]
        ]

    def _in_window(self, series: Series) -> Series:
        if self.window is None:
            return series
        low, high = self.window
        return replace(series, points=tuple(at for at in series.points if low <= at[0] <= high))

    def _put(self, x: float) -> None:
        """Move the cursor there; a window that it leaves goes with it."""
        self.cursor = x
        if self.window is not None and not self.window[0] <= x <= self.window[1]:
            half = (self.window[1] - self.window[0]) / 2
            xs = self._xs(self.curves_of(self.kind))
            start = min(max(x - half, xs[0]), max(xs[-1] - 2 * half, xs[0]))
            self.window = start, start + 2 * half
            self.draw()
        else:
            self._show()

    def _show(self) -> None:
        lines = self._base.lines
        if self.cursor is not None and self._base.columns:
            column = self._base.column_of(self.cursor)
            axis = len(lines) - 2
            lines = [
                with_cell(line, column, "▲" if at == axis else "") if at <= axis else line
                for at, line in enumerate(lines)
            ]
        self.set_lines([*self._head, self._state_line(), *lines, *self._below])

    def _state_line(self) -> Line:
        """The values under the cursor, and what is not as usual about the axes."""
        notes = [_("log axis")] if self.logarithmic else []
        notes += [
            _("{count} of 0 or less not drawn", count=count)
            for count in [self._not_drawn()]
            if self.logarithmic and count
        ]
        if self.window:
            notes.append(_("zoomed"))
        width = self.line_width
        if self.cursor is None:
            return ((cut(" · ".join([*notes, *self._hints()]), width), "muted"),)
        told = " · ".join(notes)
        values = self._reading(self.cursor)
        room = max(width - cell_len(told) - 3, 0) if told else width
        return joined([(cut(values, room), "strong"), (f" · {told}" if told else "", "muted")])

    def _hints(self) -> list[str]:
        """The keys that the last line of the screen has no room for."""
        if not self._keys:
            self._keys = keys_by_name(self)
        words = {
            "curves.average": _("average"),
            "curves.log": _("log axis"),
            "curves.save": _("save"),
        }
        return [f"{self._keys.get(name, '')} {word}".strip() for name, word in words.items()]

    def _not_drawn(self) -> int:
        return sum(y <= 0 for one in self._series for _unused, y in one.points)

    def _reading(self, x: float) -> str:
        """Every curve's value at `x`, or the last one before it with where that was."""
        parts = [f"{self.x_name} {x_text(x)}"]
        for one in self.curves_of(self.kind):
            at = next((point for point in reversed(one.points) if point[0] <= x), None)
            if at is not None:
                earlier = "" if at[0] == x else f" ({x_text(at[0])})"
                parts.append(f"{brief_name(one.name)} {number_text(at[1])}{earlier}".strip())
        return "  ".join(parts)

    def _fullest(self, xs: Sequence[float]) -> float:
        """The x at which most was measured, so that no validation is passed by; else the last."""
        wanted = set(xs)
        counts = dict.fromkeys(xs, 0)
        for one in self.curves_of(self.kind):
            for x, _unused in one.points:
                if x in wanted:
                    counts[x] += 1
        return max(reversed(xs), key=lambda x: counts[x])

    def _xs(self, series: Iterable[Series]) -> list[float]:
        return sorted({x for one in series for x, _unused in one.points})


def with_cell(line: Line, column: int, character: str) -> Line:
    """The line with its cell under the cursor, or `character` there; a blank one stays as it is.

    A line down the whole plot would be repainted at each move, which is kilobytes.
    """
    if not (character or plain_text(line)[column : column + 1].strip()):
        return line
    pieces: list[tuple[str, str]] = []
    at = 0
    for part, look in line:
        place = column - at
        if 0 <= place < len(part):
            under = character or part[place]
            pieces += [(part[:place], look), (under, "cursor"), (part[place + 1 :], look)]
        else:
            pieces.append((part, look))
        at += len(part)
    return joined(piece for piece in pieces if piece[0])


class JobCurves(CurvesView):
    """The curves of one job, and what they say below."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._job: Job | None = None
        self.metrics: list[Metrics] = []
        self._curves: dict[str, list[Series]] = {}
        self._advice: Sequence[Advice] = ()
        self._until: float | None = None

    @property
    def kinds(self) -> list[str]:
        """The kinds that the job has numbers for."""
        return [kind for kind, series in self._curves.items() if series]

    def curves_of(self, kind: str) -> list[Series]:
        """All curves of a kind."""
        return self._curves.get(kind, [])

    @property
    def until(self) -> float | None:
        """Up to which step the axis goes while the job trains."""
        return self._until

    def show(self, job: Job, history: JobHistory | None, advice: Sequence[Advice]) -> None:
        """Draw what the job has told so far."""
        self.metrics = steps_of(history.events if history else ())
        self._curves = {kind: series_of(self.metrics, kind) for kind in KINDS}
        self._job, self._advice, self._until = job, advice, axis_end(job)
        if self.kind not in self.kinds and self.kinds:
            self.kind = self.kinds[0]
        self.draw()

    def legend(self, series: Sequence[Series], width: int) -> list[Line]:
        """Mark, name, last and best value of each curve."""
        return legend_lines(series, self.kind, width)

    def below(self, width: int, most: int) -> list[Line]:
        """What the curves say."""
        return advice_lines(self._advice, width)[:most]

    def save(self) -> None:
        """Ask for a file to save the curves in."""
        if self._job is not None:
            utils_of(self).curves.save_job(self._job, self.metrics)
