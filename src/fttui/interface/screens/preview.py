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

from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.host import FileInView
from fttui.interface.kit.inputs import TextInput, TextLine
from fttui.interface.kit.keys import KeyLine
from fttui.interface.kit.lines import LineView
from fttui.interface.messages import FileEdited
from fttui.interface.screens.example_lines import ShownExample, lay_out, token_words
from fttui.interface.screens.page_reader import PageAnswer, PageReader, PageRequest
from fttui.terminal.format import count_text
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from fttui.training_data.preview import ExamplePage, Preview
    from fttui.training_data.rules import Problem
    from fttui.training_data.turn_tokens import Counting, TurnTokens
    from fttui.training_data.turns import Turn

_ABOVE_MARK = 3


class ExamplePreview(Dialog[None]):
    """One example at a time; begins with the line of `problem`, its part at fault marked.

    Its tokens are counted as `counting` says, without it as for a model that is not chosen.
    `why_not_edited` is a sentence where the file is not one of the user's.
    """

    TITLE = _("Examples")
    hears_workers = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,n,l", "turn_page(1)", _("Next"), id="preview.next", key_display="n"),
        Binding(
            "left,p,h",
            "turn_page(-1)",
            _("Previous"),
            show=False,
            id="preview.previous",
            key_display="p",
        ),
        Binding("colon", "ask_line", _("Go to line"), id="preview.line", key_display=":"),
        Binding("tab,t", "turn_view(False)", _("As JSON"), id="preview.json", key_display="tab"),
        Binding("tab,t", "turn_view(True)", _("As a chat"), id="preview.chat", key_display="tab"),
        Binding("E", "app.ask('edit_file')", _("Edit"), id="preview.edit"),
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

    def __init__(
        self,
        path: Path,
        problem: Problem | None = None,
        counting: Counting | None = None,
        *,
        why_not_edited: str = "",
    ) -> None:
        super().__init__(classes="dialog")
        self._path = path
        self._problem = problem
        self._counting = counting
        self._why_not_edited = why_not_edited
        self._as_chat = problem is None or not problem.path
        self._shown: ShownExample | None = None
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
        self._open()
        problem = self._problem
        if problem is None or problem.line is None:
            self._request(lambda preview: preview.page(preview.next_filled(0) or 1))
            return
        self._request_line(problem.line, problem.offset)

    def _open(self) -> None:
        """Begin to read the file as it is now."""
        from fttui.training_data.turn_tokens import Counting

        self._answered = 0
        self._page_reader = PageReader(
            self._path,
            lambda answer: self._report(answer, counted=False),
            lambda answer: self._report(answer, counted=True),
            self._lay_out,
            self._counting or Counting.of_model(None),
        )

    def _lay_out(
        self, page: ExamplePage, turns: tuple[Turn, ...], tokens: TurnTokens | None
    ) -> ShownExample:
        """Lay a page out for the present width; in the reader's thread."""
        shown, width = turns if self._as_chat else (), self._view.line_width
        return lay_out(page, shown, tokens, width, self._path_at(page.line))

    def _path_at(self, line: int) -> str:
        problem = self._problem
        return problem.path if problem is not None and problem.line == line else ""

    def _request_line(self, line: int, offset: int | None = None) -> None:
        path = self._path_at(line)

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
            self._answered < page_reader.requests
            or page_reader.is_at_work
            or not page_reader.has_counted
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
            self._lines = count_text(answer.lines)
        if answer.problem:
            self._view.set_lines([((f"  {safe(answer.problem)}", "bad"),)])
        elif not message.counted and answer.page is not None:
            is_new = not answer.is_more
            self._page, self._shown = answer.page, answer.shown
            self._show(from_mark=is_new)
        elif not message.counted and self._page is None:
            self._view.set_lines([((_("  There is no example in this file."), "muted"),)])
        elif not message.counted:
            self.app.bell()
        self._show_place()

    def _show_place(self) -> None:
        line = count_text(self._page.line) if self._page else "–"
        place = _("line {line} of {lines}", line=line, lines=self._lines)
        problem, at_problem = self._problem, self._is_at_problem()
        where = f" · {problem.path}" if problem and at_problem and problem.path else ""
        name = safe_path(self._path.name)
        tokens = self._shown.tokens if self._shown is not None else None
        words = f" · {token_words(tokens)}" if tokens is not None else ""
        self.query_one("#example-place", TextLine).show(f"{name} · {place}{where}{words}")
        for shown in self.query("#example-problem"):
            shown.display = at_problem

    def _is_at_problem(self) -> bool:
        problem, page = self._problem, self._page
        return problem is not None and page is not None and problem.line == page.line

    def _show(self, *, from_mark: bool = False) -> None:
        """Show what was laid out; what was meant for another width is asked for anew."""
        shown = self._shown
        if self._page is None or shown is None:
            return
        if shown.width != self._view.line_width:
            self._request_line(self._page.line, self._page.offset)
            return
        self._view.set_lines(shown.lines, from_top=from_mark)
        if from_mark and shown.marked > _ABOVE_MARK:
            self._view.scroll_to_line(shown.marked - _ABOVE_MARK)
            self._view.repaint()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The other of the two views can be turned to."""
        if action == "turn_view":
            return parameters != (self._as_chat,)
        return super().check_action(action, parameters)

    def action_turn_view(self, as_chat: bool) -> None:
        """Show examples as chats, or as the JSON that they are."""
        self._as_chat = as_chat
        if self._page is not None:
            self._request_line(self._page.line, self._page.offset)
        self.refresh_bindings()

    def file_in_view(self) -> FileInView:
        """The line that is shown, and the column of its problem."""
        page, problem = self._page, self._problem
        if page is None:
            return FileInView(self._path, why_not=self._why_not_edited)
        at_problem = problem is not None and problem.line == page.line
        column = (problem.column if problem and at_problem else None) or 1
        return FileInView(self._path, page.line, column, page.offset, self._why_not_edited)

    @on(FileEdited)
    def _edited(self, message: FileEdited) -> None:
        """Read the line anew; what was said of it may be true no more."""
        if message.path != self._path or self._page is None:
            return
        if self._page_reader is not None:
            self._page_reader.close()
        self._problem, line = self._problem_after_edit(), self._page.line
        self._lines = "…"
        self._open()
        self._request_line(line)

    def _problem_after_edit(self) -> Problem | None:
        """What is still to be said of the file."""
        return None

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
