"""Leafing through the examples of a training file, of a gigabyte as quickly as of a kilobyte."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from fttui.interface.dialogs.leafing import Leaf, Leafing, Wish
from fttui.interface.guard.screens import QuietModal
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import TextInput
from fttui.interface.kit.keys import KeyLine
from fttui.interface.kit.lines import LineView
from fttui.interface.widgets.example_lines import example_lines
from fttui.interface.widgets.text_line import TextLine
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from fttui.training_data.preview import Page, Preview
    from fttui.training_data.problems import Problem

_ABOVE_MARK = 3


class ExamplePreview(QuietModal[None]):
    """One example at a time; begins with the line of `problem`, its part at fault marked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,n,l", "leaf(1)", "Next", id="preview.next", key_display="n"),
        Binding("left,p,h", "leaf(-1)", "Previous", id="preview.previous", key_display="p"),
        Binding("colon", "ask_line", "Go to line", id="preview.line", key_display=":"),
        Binding("g", "first", "First", show=False, id="preview.first"),
        Binding("G", "last", "Last", show=False, id="preview.last"),
        Binding("j", "scroll(1)", "Scroll", id="preview.down"),
        Binding("k", "scroll(-1)", "Scroll up", show=False, id="preview.up"),
        Binding("ctrl+d", "scroll_half(0.5)", "Half a page down", show=False, id="preview.half"),
        Binding("ctrl+u", "scroll_half(-0.5)", "Half a page up", show=False, id="preview.back"),
        Binding("escape,q", "back", "Back", id="dialog.back", key_display="esc"),
    ]

    class Leafed(Message):
        """A page was read, or the lines were counted (`counted`)."""

        def __init__(self, leaf: Leaf, *, counted: bool) -> None:
            super().__init__()
            self.leaf = leaf
            self.counted = counted

    def __init__(self, path: Path, problem: Problem | None = None) -> None:
        super().__init__(classes="dialog")
        self._path = path
        self._problem = problem
        self._page: Page | None = None
        self._lines = "…"
        self._view = LineView(id="example")
        self._asked = TextInput(placeholder="line number", id="line-number", max_length=12)
        self._leafing: Leafing | None = None
        self._answered = 0
        self._from = 0
        self._steps: tuple[int, ...] = ()

    def compose(self) -> ComposeResult:
        """Where we are, what is wrong there, and the example itself."""
        with Vertical(id="example-preview", classes="dialog-box"):
            yield TextLine(id="example-place")
            problem = self._problem
            if problem is not None:
                text = f"✗ {problem.message}\nFix: {problem.fix}"
                yield Static(Content(safe(text, newlines=True)), id="example-problem")
            yield self._asked
            yield self._view
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the first page."""
        self._asked.display = False
        focus_now(self._view)
        self._leafing = Leafing(
            self._path,
            lambda leaf: self._tell(leaf, counted=False),
            lambda leaf: self._tell(leaf, counted=True),
        )
        problem = self._problem
        if problem is None or problem.line is None:
            self._wish(lambda preview: preview.page(preview.next_filled(0) or 1))
            return
        line, offset, path = problem.line, problem.offset, problem.path

        def page(preview: Preview) -> Page | None:
            if offset is None:
                return preview.page(line, path)
            return preview.page_of(line, offset, path)

        self._wish(page)

    def on_unmount(self) -> None:
        """Let go of the file."""
        if self._leafing is not None:
            self._leafing.close()

    @property
    def is_reading(self) -> bool:
        """True while a page is on its way, or the lines are being counted."""
        leafing = self._leafing
        return leafing is not None and (self._answered < leafing.wishes or not leafing.has_counted)

    def _wish(self, wish: Wish, steps: tuple[int, ...] = ()) -> None:
        self._steps = steps
        if self._leafing is not None:
            self._leafing.wish(wish)

    def _tell(self, leaf: Leaf, *, counted: bool) -> None:
        self.post_message(self.Leafed(leaf, counted=counted))

    @on(Leafed)
    def _leafed(self, message: Leafed) -> None:
        message.stop()
        leaf = message.leaf
        self._answered = max(self._answered, leaf.wish)
        if leaf.lines is not None:
            self._lines = f"{leaf.lines:,}"
        if leaf.problem:
            self._view.set_lines([((f"  {safe(leaf.problem)}", "bad"),)])
        elif not message.counted and leaf.page is not None:
            self._page = leaf.page
            self._show(from_mark=True)
        elif not message.counted and self._page is None:
            self._view.set_lines([(("  There is no example in this file.", "muted"),)])
        elif not message.counted:
            self.app.bell()
        self._show_place()

    def _show_place(self) -> None:
        line = f"{self._page.line:,}" if self._page else "–"
        place = f"line {line} of {self._lines}"
        problem, at_problem = self._problem, self._is_at_problem()
        where = f" · {problem.path}" if problem and at_problem and problem.path else ""
        name = safe_path(self._path.name)
        self.query_one("#example-place", TextLine).show(f"{name} · {place}{where}")
        for shown in self.query("#example-problem"):
            shown.display = at_problem

    def _is_at_problem(self) -> bool:
        problem, page = self._problem, self._page
        return problem is not None and page is not None and problem.line == page.line

    def _show(self, *, from_mark: bool = False) -> None:
        if self._page is None:
            return
        lines, marked = example_lines(self._page, self._view.line_width)
        self._view.set_lines(lines, from_top=from_mark)
        if from_mark and marked > _ABOVE_MARK:
            self._view.scroll_to_line(marked - _ABOVE_MARK)
            self._view.repaint()

    def on_resize(self, event: events.Resize) -> None:
        """Wrap the example anew."""
        self.call_after_refresh(self._show)

    def action_leaf(self, step: int) -> None:
        """Show the next example, or the one before; steps not yet shown count, too."""
        if self._page is None or self._leafing is None:
            return
        if not self._steps or self._answered == self._leafing.wishes:
            self._from, self._steps = self._page.line, ()
        line, steps = self._from, (*self._steps, step)

        def neighbour(preview: Preview) -> Page | None:
            found = line
            for each in steps:
                found = preview.next_filled(found, each) or found
            return preview.page(found) if found != line else None

        self._wish(neighbour, steps)

    def action_first(self) -> None:
        """Show the first example."""
        self._wish(lambda preview: preview.page(preview.next_filled(0) or 1))

    def action_last(self) -> None:
        """Show the last example; the whole file is read for its place."""

        def last(preview: Preview) -> Page | None:
            while preview.scan():
                pass
            found = preview.next_filled((preview.lines or 0) + 1, -1)
            return preview.page(found) if found else None

        self._wish(last)

    def action_scroll(self, lines: int) -> None:
        """Scroll the example."""
        self._view.action_scroll_lines(lines)

    def action_scroll_half(self, pages: float) -> None:
        """Scroll the example by half a page."""
        self._view.action_scroll_pages(pages)

    def action_ask_line(self) -> None:
        """Ask which line to show."""
        self._asked.display = True
        self._asked.value = ""
        focus_now(self._asked)

    @on(Input.Submitted, "#line-number")
    def _go(self, event: Input.Submitted) -> None:
        event.stop()
        digits = event.value.replace(",", "").strip()
        self._close_question()
        if digits.isascii() and digits.isdigit():
            line = int(digits)
            self._wish(lambda preview: preview.page(line))

    def _close_question(self) -> None:
        self._asked.display = False
        focus_now(self._view)

    def action_back(self) -> None:
        """Close the question for a line, or the preview."""
        if self._asked.display:
            self._close_question()
        else:
            self.dismiss(None)
