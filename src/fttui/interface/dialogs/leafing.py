"""Reading the pages of a file in a thread, so that a huge or slow file never holds up a key."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fttui.training_data.preview import Page, Preview

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
            self._fail(f"The file cannot be read: {error.strerror}.")

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
