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
from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import TextInput, TextLine
from fttui.interface.kit.keys import KeyLine
from fttui.interface.kit.lines import LineView
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from fttui.interface.kit.lines import Line
    from fttui.training_data.preview import ExamplePage, Preview, Span
    from fttui.training_data.rules import Problem


_MARK = "▸ "
_PLAIN = "  "


def example_lines(page: ExamplePage, width: int) -> tuple[list[Line], int]:
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
            is_marked = any(style == "bad" for _unused, style in pieces)
            if is_marked and first_marked < 0:
                first_marked = len(lines)
            lines.append(((_MARK if is_marked else _PLAIN, "bad"), *pieces))
            at += len(piece)
        at += 1
    if page.is_cut:
        lines.append(((_PLAIN, "plain"), (_("… the rest of this line is not shown"), "muted")))
    return lines, max(first_marked, 0)


def _parts(piece: str, at: int, span: Span | None) -> list[tuple[str, str]]:
    if span is None:
        return [(piece, "plain")]
    start = min(max(span.start - at, 0), len(piece))
    end = min(max(span.end - at, 0), len(piece))
    parts = ((piece[:start], "plain"), (piece[start:end], "bad"), (piece[end:], "plain"))
    return [(text, style) for text, style in parts if text.strip() or (style == "plain" and text)]


_PAUSE = 0.002
"""Seconds between two pieces of a count."""

PageRequest = Callable[["Preview"], "ExamplePage | None"]


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """What was found: a page, or None where there is none; `problem` is a sentence.

    `lines` is the number of lines in the file, `known` those found so far while that is None.
    `request` is the number of the wish that it answers, 0 for none.
    """

    page: ExamplePage | None
    lines: int | None = None
    known: int = 0
    problem: str = ""
    request: int = 0


class PageReader:
    """Answers the newest wish for a page, and counts the file's lines while there is none.

    `answer` is called in the thread; for a count alone the page is None and `on_count` is called.
    `requests` is how many there were; `has_counted` turns true when the file's lines are counted.
    """

    def __init__(
        self,
        path: Path,
        answer: Callable[[PageAnswer], None],
        on_count: Callable[[PageAnswer], None],
    ) -> None:
        self._path = path
        self._answer = answer
        self._on_count = on_count
        self._request: PageRequest | None = None
        self.requests = 0
        self.has_counted = False
        self._closed = False
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="page-reader", daemon=True).start()

    def request(self, request: PageRequest) -> None:
        """Ask for a page; a wish that was not answered yet is dropped."""
        with self._changed:
            if not self._closed:
                self._request = request
                self.requests += 1
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
            self._fail(_("The file cannot be read: {why}.", why=why(error)))

    def _fail(self, problem: str) -> None:
        with self._changed:
            self._closed = self.has_counted = True
        self._answer(PageAnswer(None, problem=problem, request=self.requests))

    def _serve(self, preview: Preview) -> None:
        counting = True
        while True:
            with self._changed:
                while self._request is None and not self._closed and not counting:
                    self._changed.wait()
                if self._request is None:
                    # Counting is not urgent: without a pause it would slow every key.
                    self._changed.wait(_PAUSE)
                request, self._request, number = self._request, None, self.requests
                if self._closed:
                    return
            if request is not None:
                page = request(preview)
                self._answer(PageAnswer(page, preview.lines, preview.lines_known, request=number))
            elif counting:
                counting = preview.scan()
                if not counting:
                    self._on_count(PageAnswer(None, preview.lines, preview.lines_known))
                    self.has_counted = True


_ABOVE_MARK = 3


class ExamplePreview(Dialog[None]):
    """One example at a time; begins with the line of `problem`, its part at fault marked."""

    TITLE = _("Examples")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,n,l", "turn_page(1)", _("Next"), id="preview.next", key_display="n"),
        Binding("left,p,h", "turn_page(-1)", _("Previous"), id="preview.previous", key_display="p"),
        Binding("colon", "ask_line", _("Go to line"), id="preview.line", key_display=":"),
        Binding("g", "first", _("First"), show=False, id="preview.first"),
        Binding("G", "last", _("Last"), show=False, id="preview.last"),
        Binding("j", "scroll(1)", _("Scroll"), id="preview.down"),
        Binding("k", "scroll(-1)", _("Scroll up"), show=False, id="preview.up"),
        Binding("ctrl+d", "scroll_half(0.5)", _("Half a page down"), show=False, id="preview.half"),
        Binding("ctrl+u", "scroll_half(-0.5)", _("Half a page up"), show=False, id="preview.back"),
        Binding("escape,q", "back", _("Back"), id="dialog.back", key_display="esc"),
    ]

    class PageRead(Message):
        """A page was read, or the lines were counted (`counted`)."""

        def __init__(self, answer: PageAnswer, *, counted: bool) -> None:
            super().__init__()
            self.answer = answer
            self.counted = counted

    def __init__(self, path: Path, problem: Problem | None = None) -> None:
        super().__init__(classes="dialog")
        self._path = path
        self._problem = problem
        self._page: ExamplePage | None = None
        self._lines = "…"
        self._view = LineView(id="example")
        self._asked = TextInput(placeholder=_("line number"), id="line-number", max_length=12)
        self._page_reader: PageReader | None = None
        self._answered = 0
        self._from = 0
        self._steps: tuple[int, ...] = ()

    def compose(self) -> ComposeResult:
        """Where we are, what is wrong there, and the example itself."""
        with Vertical(id="example-preview", classes="dialog-box"):
            yield TextLine(id="example-place")
            problem = self._problem
            if problem is not None:
                text = _("✗ {message}\nFix: {fix}", message=problem.message, fix=problem.fix)
                yield Static(Content(safe(text, newlines=True)), id="example-problem")
            yield self._asked
            yield self._view
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the first page."""
        self._asked.display = False
        focus_now(self._view)
        self._page_reader = PageReader(
            self._path,
            lambda answer: self._report(answer, counted=False),
            lambda answer: self._report(answer, counted=True),
        )
        problem = self._problem
        if problem is None or problem.line is None:
            self._request(lambda preview: preview.page(preview.next_filled(0) or 1))
            return
        line, offset, path = problem.line, problem.offset, problem.path

        def page(preview: Preview) -> ExamplePage | None:
            if offset is None:
                return preview.page(line, path)
            return preview.page_of(line, offset, path)

        self._request(page)

    def on_unmount(self) -> None:
        """Let go of the file."""
        if self._page_reader is not None:
            self._page_reader.close()

    @property
    def is_reading(self) -> bool:
        """True while a page is on its way, or the lines are being counted."""
        page_reader = self._page_reader
        return page_reader is not None and (
            self._answered < page_reader.requests or not page_reader.has_counted
        )

    def _request(self, request: PageRequest, steps: tuple[int, ...] = ()) -> None:
        self._steps = steps
        if self._page_reader is not None:
            self._page_reader.request(request)

    def _report(self, answer: PageAnswer, *, counted: bool) -> None:
        self.post_message(self.PageRead(answer, counted=counted))

    @on(PageRead)
    def _page_read(self, message: PageRead) -> None:
        message.stop()
        answer = message.answer
        self._answered = max(self._answered, answer.request)
        if answer.lines is not None:
            self._lines = f"{answer.lines:,}"
        if answer.problem:
            self._view.set_lines([((f"  {safe(answer.problem)}", "bad"),)])
        elif not message.counted and answer.page is not None:
            self._page = answer.page
            self._show(from_mark=True)
        elif not message.counted and self._page is None:
            self._view.set_lines([((_("  There is no example in this file."), "muted"),)])
        elif not message.counted:
            self.app.bell()
        self._show_place()

    def _show_place(self) -> None:
        line = f"{self._page.line:,}" if self._page else "–"
        place = _("line {line} of {lines}", line=line, lines=self._lines)
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

    def action_turn_page(self, step: int) -> None:
        """Show the next example, or the one before; steps not yet shown count, too."""
        if self._page is None or self._page_reader is None:
            return
        if not self._steps or self._answered == self._page_reader.requests:
            self._from, self._steps = self._page.line, ()
        line, steps = self._from, (*self._steps, step)

        def neighbour(preview: Preview) -> ExamplePage | None:
            found = line
            for each in steps:
                found = preview.next_filled(found, each) or found
            return preview.page(found) if found != line else None

        self._request(neighbour, steps)

    def action_first(self) -> None:
        """Show the first example."""
        self._request(lambda preview: preview.page(preview.next_filled(0) or 1))

    def action_last(self) -> None:
        """Show the last example; the whole file is read for its place."""

        def last(preview: Preview) -> ExamplePage | None:
            while preview.scan():
                pass
            found = preview.next_filled((preview.lines or 0) + 1, -1)
            return preview.page(found) if found else None

        self._request(last)

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
            self._request(lambda preview: preview.page(line))

    def _close_question(self) -> None:
        self._asked.display = False
        focus_now(self._view)

    def action_back(self) -> None:
        """Close the question for a line, or the preview."""
        if self._asked.display:
            self._close_question()
        else:
            self.dismiss(None)
