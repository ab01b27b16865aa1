"""Reads the pages of a preview in a thread, the newest wish first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.disk.reading import why
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.interface.screens.example_lines import ShownExample
    from fttui.training_data.preview import ExamplePage, Preview
    from fttui.training_data.turn_tokens import Counting, TurnCounter, TurnTokens
    from fttui.training_data.turns import Turn

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
    shown: ShownExample | None = None
    is_more: bool = False
    """The same page was answered before, without its tokens."""


LayOut = Callable[["ExamplePage", "tuple[Turn, ...]", "TurnTokens | None"], "ShownExample"]
_QUICK = 20_000
"""Bytes of an example whose tokens are counted before a page is shown."""
_MOST_COUNTED = 8_000_000
"""Characters whose tokens are counted at all: they take 16 times as much memory meanwhile."""


class PageReader:
    """Answers the newest wish for a page, and counts the file's lines while there is none.

    `answer` is called in the thread; for a count alone the page is None and `on_count` is called.
    `requests` is how many there were; `has_counted` turns true when the file's lines are counted,
    and `is_at_work` is true while a page is laid out, or its tokens are counted. `lay_out` is
    called in the thread, too: a page can be long.
    """

    def __init__(
        self,
        path: Path,
        answer: Callable[[PageAnswer], None],
        on_count: Callable[[PageAnswer], None],
        lay_out: LayOut,
        counting: Counting,
    ) -> None:
        self._path = path
        self._lay_out = lay_out
        self._counting = counting
        self._counter: TurnCounter | None = None
        self._answer = answer
        self._on_count = on_count
        self._request: PageRequest | None = None
        self.requests = 0
        self.has_counted = self.is_at_work = False
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
                self.is_at_work = True
                self._serve_page(preview, request(preview), number)
                self.is_at_work = False
            elif counting:
                counting = preview.scan()
                if not counting:
                    self._on_count(PageAnswer(None, preview.lines, preview.lines_known))
                    self.has_counted = True

    def _serve_page(self, preview: Preview, page: ExamplePage | None, number: int) -> None:
        """Tell of a page, at once; what its tokens are, if that takes longer, follows."""
        from fttui.training_data.turns import turns_of

        known = (preview.lines, preview.lines_known)
        if page is None:
            self._answer(PageAnswer(None, *known, request=number))
            return
        turns, tokens = turns_of(page.value), None
        is_quick = self._counter is not None and page.size < _QUICK
        if is_quick:
            tokens = self._tokens(page, turns)
        shown = self._lay_out(page, turns, tokens)
        self._answer(PageAnswer(page, *known, request=number, shown=shown))
        if is_quick or not turns or self._request is not None or self._closed:
            return
        tokens = self._tokens(page, turns)
        if tokens is not None and number == self.requests:
            shown = self._lay_out(page, turns, tokens)
            self._answer(PageAnswer(page, *known, request=number, shown=shown, is_more=True))

    def _tokens(self, page: ExamplePage, turns: tuple[Turn, ...]) -> TurnTokens | None:
        """What is counted; None where the vocabulary cannot be had."""
        from fttui.training_data.turn_tokens import TurnCounter, text_length

        if not turns:
            return None
        try:
            if page.size > _MOST_COUNTED and text_length(turns) > _MOST_COUNTED:
                return None
            self._counter = self._counter or TurnCounter(self._counting)
            return self._counter.count(page.value, turns)
        except (ImportError, MemoryError, ValueError, RecursionError):
            return None
