"""Leafing through the examples of a training file, of a gigabyte as quickly as of a kilobyte."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.cells import chop_cells
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from fttui.disk.reading import why
from fttui.interface.guard.screens import QuietModal
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import TextInput, TextLine
from fttui.interface.kit.keys import KeyLine
from fttui.interface.kit.lines import LineView
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from fttui.interface.kit.lines import Line
    from fttui.training_data.locating import Span
    from fttui.training_data.preview import Page, Preview
    from fttui.training_data.problems import Problem


_MARK = "▸ "
_PLAIN = "  "


def example_lines(page: Page, width: int) -> tuple[list[Line], int]:
    """The lines of a page, none wider than `width` cells, and the first that is marked (or 0).

    Marked lines begin with `▸`, so that the mark does not hang on a colour.
    """
    lines: list[Line] = []
    first_marked = -1
    at = 0
    room = max(width - len(_MARK), 8)
    for text in page.text.split("\n"):
        for piece in chop_cells(text, room) or [""]:
            pieces = _parts(piece, at, page.span)
            is_marked = any(look == "bad" for _, look in pieces)
            if is_marked and first_marked < 0:
                first_marked = len(lines)
            lines.append(((_MARK if is_marked else _PLAIN, "bad"), *pieces))
            at += len(piece)
        at += 1
    if page.is_cut:
        lines.append(((_PLAIN, "plain"), ("… the rest of this line is not shown", "muted")))
    return lines, max(first_marked, 0)


def _parts(piece: str, at: int, span: Span | None) -> list[tuple[str, str]]:
    if span is None:
        return [(piece, "plain")]
    start = min(max(span.start - at, 0), len(piece))
    end = min(max(span.end - at, 0), len(piece))
    parts = ((piece[:start], "plain"), (piece[start:end], "bad"), (piece[end:], "plain"))
    return [(text, look) for text, look in parts if text.strip() or (look == "plain" and text)]


_PAUSE = 0.002
"""Seconds between two pieces of a count."""

Wish = Callable[["Preview"], "Page | None"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """What was found: a page, or None where there is none; `problem` is a sentence.

    `lines` is the number of lines in the file, `known` those found so far while that is None.
    `wish` is the number of the wish that it answers, 0 for none.
    """

    page: Page | None
    lines: int | None = None
    known: int = 0
    problem: str = ""
    wish: int = 0


class Leafing:
    """Answers the newest wish for a page, and counts the file's lines while there is none.

    `answer` is called in the thread; for a count alone the page is None and `on_count` is called.
    `wishes` is how many there were; `has_counted` turns true when the file's lines are counted.
    """

    def __init__(
        self, path: Path, answer: Callable[[Leaf], None], on_count: Callable[[Leaf], None]
    ) -> None:
        self._path = path
        self._answer = answer
        self._on_count = on_count
        self._wish: Wish | None = None
        self.wishes = 0
        self.has_counted = False
        self._closed = False
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="leaf", daemon=True).start()

    def wish(self, wish: Wish) -> None:
        """Ask for a page; a wish that was not answered yet is dropped."""
        with self._changed:
            if not self._closed:
                self._wish = wish
                self.wishes += 1
                self._changed.notify()

    def close(self) -> None:
        """Let the file go as soon as the present read ends."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        from fttui.training_data.files import FileRefused
        from fttui.training_data.preview import Preview

        try:
            with Preview(self._path) as preview:
                self._serve(preview)
        except FileRefused as error:
            self._fail(str(error))
        except OSError as error:
            self._fail(f"The file cannot be read: {why(error)}.")

    def _fail(self, problem: str) -> None:
        with self._changed:
            self._closed = self.has_counted = True
        self._answer(Leaf(None, problem=problem, wish=self.wishes))

    def _serve(self, preview: Preview) -> None:
        counting = True
        while True:
            with self._changed:
                while self._wish is None and not self._closed and not counting:
                    self._changed.wait()
                if self._wish is None:
                    # Counting is not urgent: without a pause it would slow every key.
                    self._changed.wait(_PAUSE)
                wish, self._wish, number = self._wish, None, self.wishes
                if self._closed:
                    return
            if wish is not None:
                page = wish(preview)
                self._answer(Leaf(page, preview.lines, preview.lines_known, wish=number))
            elif counting:
                counting = preview.scan()
                if not counting:
                    self._on_count(Leaf(None, preview.lines, preview.lines_known))
                    self.has_counted = True


_ABOVE_MARK = 3


class ExamplePreview(QuietModal[None]):
    """One example at a time; begins with the line of `problem`, its part at fault marked."""

    TITLE = "Examples"
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
