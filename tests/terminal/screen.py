"""A terminal screen, as far as full-screen programs use one, and fast."""

import re

from rich.cells import cell_len

_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f\x9b]+)"
    r"|\x1b\[(?P<private>[<=>?]?)(?P<numbers>[0-9;:]*)(?P<middle>[ -/]*)(?P<final>[@-~])"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC
    r"|\x1b[PX^_].*?\x1b\\"  # DCS, SOS, PM, APC
    r"|\x1b(?P<cursor>[78])"
    r"|\x1b[ -/]+[0-~]|\x1b[0-69-OQ-WYZ`-~]"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])",
    re.DOTALL,
)


class Screen:
    """Rows of cells; feed it text, and read `lines`.

    Knows cursor movement, erasing, inserting and deleting, wrapping and scrolling; colours
    and modes other than line wrap are passed over.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self._pending = ""
        self.resize(rows, columns)
        self.clear()

    def clear(self) -> None:
        """An empty screen with the cursor at home."""
        self._cells = [[" "] * self._columns for _ in range(self._rows)]
        self._row = self._column = 0
        self._saved = 0, 0
        self._wraps = True

    def resize(self, rows: int, columns: int) -> None:
        """Change the size; what stays visible is kept."""
        self._rows, self._columns = max(rows, 1), max(columns, 1)
        old = getattr(self, "_cells", [])
        kept = [(row + [" "] * self._columns)[: self._columns] for row in old[: self._rows]]
        missing = self._rows - len(kept)
        self._cells = kept + [[" "] * self._columns for _ in range(missing)]
        self._row = min(getattr(self, "_row", 0), self._rows - 1)
        self._column = min(getattr(self, "_column", 0), self._columns - 1)

    @property
    def lines(self) -> list[str]:
        """The rows, without trailing blanks."""
        return ["".join(row).rstrip() for row in self._cells]

    def feed(self, text: str) -> None:
        """Take what a program wrote; a sequence that is cut off waits for the rest."""
        text = self._pending + text
        at = 0
        while at < len(text):
            token = _TOKEN.match(text, at)
            if token is None:
                if len(text) - at < 200_000:
                    break
                at += 1  # a sequence that never ends
                continue
            at = token.end()
            if token.lastgroup == "text":
                self._write(token["text"])
            elif token.lastgroup == "final":
                self._sequence(token["private"], token["numbers"], token["final"])
            elif token.lastgroup == "control":
                self._control(token["control"])
            elif token.lastgroup == "cursor" and token["cursor"] == "7":
                self._saved = self._row, self._column
            elif token.lastgroup == "cursor":
                self._row, self._column = self._saved
        self._pending = text[at:]

    def _write(self, text: str) -> None:
        if text.isascii() and self._column + len(text) <= self._columns:
            self._cells[self._row][self._column : self._column + len(text)] = text
            self._column += len(text)
            return
        for character in text:
            self._put(character, self.width(character))

    width = staticmethod(cell_len)
    """The columns of one character; terminals differ."""

    def _put(self, character: str, width: int) -> None:
        if width == 0:
            before = max(self._column - 1, 0)
            self._cells[self._row][before] += character
            return
        if self._column + width > self._columns:
            if not self._wraps:
                self._column = self._columns - width
            else:
                self._column = 0
                self._line_feed()
        row = self._cells[self._row]
        if 0 <= self._column < self._columns:
            row[self._column] = character
            if width == 2 and self._column + 1 < self._columns:
                row[self._column + 1] = ""
        self._column += width

    def _line_feed(self) -> None:
        if self._row + 1 < self._rows:
            self._row += 1
        else:
            self._cells.append([" "] * self._columns)
            del self._cells[0]

    def _control(self, control: str) -> None:
        if control in "\n\x0b\x0c":
            self._line_feed()
        elif control == "\r":
            self._column = 0
        elif control == "\b":
            self._column = max(self._column - 1, 0)
        elif control == "\t":
            self._column = min((self._column // 8 + 1) * 8, self._columns - 1)

    def _sequence(self, private: str, numbers: str, final: str) -> None:
        if private:
            if private == "?" and final in "hl" and numbers == "7":
                self._wraps = final == "h"
            elif private == "?" and final == "h" and numbers == "1049":
                self.clear()
            return
        values = [int(part) if part.isdigit() else 0 for part in numbers.split(";")]
        count = values[0] or 1
        if final in "ABCDEFGd`Hf":
            self._move(final, count, values)
        elif final in "JK":
            self._erase(final, values[0])
        elif final in "XP@":
            self._edit(final, count)

    def _move(self, final: str, count: int, values: list[int]) -> None:
        row, column = self._row, self._column
        if final in "Hf":
            row, column = count - 1, (values[1] or 1) - 1 if len(values) > 1 else 0
        elif final in "G`":
            column = count - 1
        elif final == "d":
            row = count - 1
        else:
            row += {"A": -count, "B": count, "E": count, "F": -count}.get(final, 0)
            column = 0 if final in "EF" else column + {"C": count, "D": -count}.get(final, 0)
        self._row = min(max(row, 0), self._rows - 1)
        self._column = min(max(column, 0), self._columns - 1)

    def _erase(self, final: str, what: int) -> None:
        row = self._cells[self._row]
        here = min(self._column, self._columns - 1)
        start, end = {0: (here, self._columns), 1: (0, here + 1)}.get(what, (0, self._columns))
        row[start:end] = [" "] * (end - start)
        if final == "J":
            rows = {0: range(self._row + 1, self._rows), 1: range(self._row)}
            for number in rows.get(what, range(self._rows)):
                self._cells[number] = [" "] * self._columns

    def _edit(self, final: str, count: int) -> None:
        row = self._cells[self._row]
        here = self._column
        if final == "X":
            row[here : here + count] = [" "] * len(row[here : here + count])
        elif final == "P":
            del row[here : here + count]
            row += [" "] * (self._columns - len(row))
        else:
            row[here:here] = [" "] * count
            del row[self._columns :]
