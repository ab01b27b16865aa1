"""The first frame: the form as its widgets will paint it, and the words that both show.

It is painted without Textual, which takes most of a start: a person sees at once what is coming,
and what is typed meanwhile waits (`terminal.typed_early`). The widgets then paint over it.
"""

from __future__ import annotations

import colorsys
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fttui.interface.palettes import PALETTES, PLAIN_THEME, Palette, default_theme
from fttui.terminal.format import cut, width_of
from fttui.terminal.language import _, short
from fttui.terminal.plain_signs import has_all_signs, with_plain_signs
from fttui.terminal.text import safe
from fttui.terminal.window import terminal_size

if TYPE_CHECKING:
    from fttui.services.session import Session

TABS = {
    "create": _("Create Fine-Tuning Job"),
    "jobs": _("List Fine-Tuning Jobs"),
    "files": _("Files"),
    "models": _("Models"),
    "playground": _("Playground"),
    "endpoints": _("Endpoints"),
}
"""The tabs by id, as they are called where there is room: from WIDE columns on."""
BRIEF_TABS = {
    "create": _("Create"),
    "jobs": _("Jobs"),
    "files": _("Files"),
    "models": _("Models"),
    "playground": _("Try"),
    "endpoints": _("Endpoints"),
}
LABELS = {
    "training": _("Training file"),
    "validation": _("Validation file"),
    "model": _("Model"),
    "method": _("Method"),
    "n_epochs": _("Number of epochs (n_epochs)"),
    "batch_size": _("Batch size (batch_size)"),
    "learning_rate_multiplier": _("Learning rate multiplier"),
    "beta": _("Beta (beta)"),
    "grader": _("Grader"),
    "reasoning_effort": _("Reasoning effort"),
    "compute_multiplier": _("Compute multiplier"),
    "eval_interval": _("Eval interval (eval_interval)"),
    "eval_samples": _("Eval samples (eval_samples)"),
    "suffix": _("Suffix (suffix)"),
    "seed": _("Seed (seed)"),
    "metadata": _("Metadata (name=value, ...)"),
}
PLACEHOLDERS = {
    "validation": _("optional"),
    "grader": _("a JSON file"),
    **dict.fromkeys(("n_epochs", "batch_size", "learning_rate_multiplier", "beta"), "auto"),
    **dict.fromkeys(("compute_multiplier", "eval_interval", "eval_samples"), "auto"),
    "reasoning_effort": _("default"),
    "suffix": _("none"),
    "seed": _("any"),
    "metadata": short("none"),
}
FILE_HINT = _("A .jsonl file or a table, or a file id. Enter checks it, ctrl+o browses.")
BROWSE, SEND = _("Browse"), _("Send")
KEYS = (
    ("^s", _("Send")),
    ("^r", _("Report")),
    ("^q", _("Quit")),
    ("f2", _("Create")),
    ("f3", _("Jobs")),
    ("f1", _("Help")),
)
METHODS = ("supervised", "dpo", "reinforcement")

TALL, WIDE = 30, 100
HIGH, BROAD = 33, 150
"""The rows that fields, Send and a banner take, and some; the columns for two parts abreast."""
_LEAST, _WIDEST, _WIDTH_WHEN_BROAD = (60, 16), 130, 100
_INLINE_LABEL, _BUTTON, _SCROLL_BAR = 17, 10, 2
ROWS_AROUND = 4
"""The rows of the connection line, the tabs and the keys."""

Look = tuple[str, str, str]
"""Names of foreground and background in a palette, and attributes as they are written."""

_LOOKS: Mapping[str, Look] = {
    "plain": ("foreground", "background", ""),
    "bar": ("foreground", "panel", ""),
    "title": ("foreground", "panel", "1"),
    "tab": ("text-muted", "background", ""),
    "tab.on": ("foreground", "background", "1"),
    "rule": ("panel", "background", ""),
    "rule.on": ("text-primary", "background", ""),
    "label": ("text-muted", "background", ""),
    "label.on": ("text-primary", "background", "1"),
    "box": ("foreground", "boost", ""),
    "box.empty": ("text-muted", "boost", ""),
    "box.on": ("foreground", "primary-muted", ""),
    "cursor": ("background", "foreground", ""),
    "button": ("foreground", "boost", ""),
    "button.off": ("text-disabled", "background", ""),
    "key": ("accent", "panel", "1"),
}
_PLAIN_LOOKS: Mapping[str, str] = {
    "title": "1",
    "tab.on": "1",
    "label.on": "1",
    "key": "1",
    "cursor": "1;7",
    "button": "1;4",
    "box.empty": "2",
    "button.off": "2",
    "edge": "90",
}


def tab_labels(columns: int) -> dict[str, str]:
    """What the tabs are called on a screen of so many columns."""
    return TABS if columns >= WIDE else BRIEF_TABS


def connection_words(
    session: Session, *, demo: bool, width: int | None = None
) -> tuple[str, list[str]]:
    """The title, and the profile, where the key and the data go, and whose they are.

    In `width` cells, of the line without the title, what can be told in fewer is, the least
    important first.
    """
    title = _TITLES[demo]
    steps = range(_STEPS + 1) if width is not None else (0,)
    words: list[str] = []
    for step in steps:
        words = [safe(each) for each in _connection_parts(session, demo=demo, step=step) if each]
        if width is None or width_of(_BETWEEN.join(words)) <= width:
            break
    return title, words


def connection_room(columns: int, *, demo: bool) -> int:
    """The cells beside the title on a line of so many columns."""
    return columns - width_of(f" {_TITLES[demo]} ")


_TITLES = {False: "fttui", True: _("fttui demo · a sandbox, trains nothing")}
_BETWEEN, _STEPS, _LONGEST_NAME = " · ", 3, 16


def _connection_parts(session: Session, *, demo: bool, step: int) -> list[str]:
    """What the line tells, each `step` in fewer cells."""
    endpoint = session.endpoint
    host, *parts = endpoint.connection_parts(os.environ, brief=step >= 1)
    has_key = endpoint.extras.sends_key and not endpoint.archive
    credential = session.credential if has_key else None
    key = _("key {ending}", ending=credential.secret.ending) if credential else ""
    if demo:
        return [host, *parts, key]  # its key is its own, and its line is long enough
    route = session.key_route
    if step >= 2 and key:
        route = host
    name = cut(endpoint.place_name, _LONGEST_NAME if step else 60)
    return [name if step < _STEPS else "", route, *parts, key]


def first_frame(session: Session, *, demo: bool = False, tab: str = "create") -> str:
    """What to write to the terminal; "" where something else comes first, or there is no room."""
    columns, rows = terminal_size(sys.stderr)
    if session.credential is None or columns < _LEAST[0] or rows < _LEAST[1]:
        return ""
    if tab == "create" and session.endpoint.profile.methods:
        return ""  # other fields come then
    settings = session.settings
    theme = settings.theme or default_theme(os.environ)
    frame = _Frame(columns, rows, is_plain=theme == PLAIN_THEME)
    title, words = connection_words(session, demo=demo, width=connection_room(columns, demo=demo))
    frame.connection(title, _BETWEEN.join(words))
    tab = "jobs" if session.refusal else tab
    frame.tabs(tab)
    if tab == "create":
        frame.form(safe(session.endpoint.profile.default_model))
        frame.keys(() if settings.keymap else KEYS)
    text = frame.text(_codes(theme))
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    return text if has_all_signs(encoding) else with_plain_signs(text, encoding)


@dataclass(frozen=True, slots=True)
class _Piece:
    column: int
    text: str
    look: str


class _Frame:
    """Pieces of text on a screen of so many columns and rows, each in one of the looks."""

    def __init__(self, columns: int, rows: int, *, is_plain: bool) -> None:
        self._columns, self._rows = columns, rows
        self._is_plain = is_plain
        self._lines: dict[int, list[_Piece]] = {}
        self._base = dict.fromkeys((0, rows - 1), "bar")

    def put(self, row: int, column: int, text: str, look: str) -> None:
        """Put `text` there; it must not reach beyond the last column."""
        self._lines.setdefault(row, []).append(_Piece(column, text, look))

    def text(self, codes: Mapping[str, str]) -> str:
        """All rows, each from its first column on."""
        shown, now = [], ""
        for row in range(self._rows):
            base = self._base.get(row, "plain")
            pieces = [*sorted(self._lines.get(row, ()), key=lambda each: each.column)]
            pieces.append(_Piece(self._columns, "", base))
            shown.append(f"\x1b[{row + 1};1H")
            at = 0
            for piece in pieces:
                gap = " " * (piece.column - at)
                for text, code in ((gap, codes[base]), (piece.text, codes[piece.look])):
                    if text:
                        shown.append(text if code == now else code + text)
                        now = code
                at = piece.column + width_of(piece.text)
        return "".join(shown) + "\x1b[m"

    def connection(self, title: str, words: str) -> None:
        """The first row."""
        title = f" {title} "
        self.put(0, 0, title, "title")
        self.put(0, width_of(title), _cut(words, self._columns - width_of(title)), "bar")

    def tabs(self, front: str) -> None:
        """The names of the tabs, and the rule below the one in front."""
        at = 0
        rule = " " if self._is_plain else "━"
        for name, words in tab_labels(self._columns).items():
            width = width_of(words)
            self.put(1, at + 1, words, "tab.on" if name == front else "tab")
            if name == front:
                left, right = ("", " ") if self._is_plain else ("╸", "╺")
                self.put(2, 0, rule * at + left, "rule")
                self.put(2, at + 1, "━" * width, "rule.on")
                rest = self._columns - at - width - 2
                self.put(2, at + width + 1, right + rule * rest, "rule")
            at += width + 2

    def keys(self, keys: tuple[tuple[str, str], ...]) -> None:
        """The last row."""
        at = 1
        for key, meaning in keys:
            self.put(self._rows - 1, at, key, "key")
            self.put(self._rows - 1, at + len(key) + 1, meaning, "bar")
            at += len(key) + width_of(meaning) + 3

    def form(self, model: str) -> None:
        """The fields, as many as there is room for, and what stands below them."""
        is_tall, is_wide = self._rows >= TALL, self._columns >= WIDE
        top, side = (1, 2) if is_tall and is_wide else (0, 1)
        high, room = self._rows - ROWS_AROUND >= HIGH, self._rows - ROWS_AROUND
        broad = self._columns >= BROAD
        width = _WIDTH_WHEN_BROAD if broad else min(self._columns, _WIDEST)
        fields = 2 * top + 17 + is_tall
        foot = 2 + 1 + top + 2 * is_tall
        shown = fields if high else room - foot
        inner = width - 2 * side - (_SCROLL_BAR if shown < fields else 0)
        end = 3 + shown
        self._fields(3 + top, side, inner, end, model, gap=int(is_tall))
        self._foot(end + top, side, width - 2 * side, gap=int(is_tall))

    def _fields(self, row: int, left: int, width: int, end: int, model: str, *, gap: int) -> None:
        control, room = left + _INLINE_LABEL, width - _INLINE_LABEL
        for key, value in (("training", ""), ("validation", ""), ("model", model)):
            if row >= end:
                return
            self.put(row, left, LABELS[key], "label.on" if key == "training" else "label")
            is_file = key != "model"
            self._box(row, control, room - (_BUTTON + 1) * is_file, key, value)
            if is_file:
                at = left + width - _BUTTON
                self.put(row, at, " ", "box")
                self.put(row, at + 1, f" {BROWSE} ", "button")
                self.put(row, at + _BUTTON - 1, " ", "box")
            row += 2
        if row < end:
            self.put(row, left, LABELS["method"], "label")
            marks = "  ".join(f"({'•' if each == METHODS[0] else ' '}) {each}" for each in METHODS)
            self.put(row, control + 1, cut(marks, room - 2), "plain")
        row += 2 + gap
        first = (width - 2) * 5 // 9
        pairs = (("n_epochs", "batch_size"), ("learning_rate_multiplier", "seed"))
        for pair in (*pairs, ("suffix", "metadata")):
            for key, column, cells in zip(
                pair, (left, left + first + 2), (first, width - 2 - first), strict=True
            ):
                if row < end:
                    self.put(row, column, _cut(LABELS[key], cells), "label")
                if row + 1 < end:
                    self._box(row + 1, column, cells, key, "")
            row += 3

    def _box(self, row: int, column: int, width: int, key: str, value: str) -> None:
        """A field's input, with its value or what stands in its place."""
        is_on = key == "training"
        words = _cut(value or PLACEHOLDERS.get(key, ""), width - 2)
        look = "box.on" if is_on else "box" if value else "box.empty"
        back = "box.on" if is_on else "box"
        if self._is_plain:
            self.put(row, column, "▌", "plain" if is_on else "edge")
            self.put(row, column + 1, " ", back)
            start = column + 2
        else:
            self.put(row, column, " ", back)
            start = column + 1
        if is_on:
            self.put(row, start, " ", "cursor")
            start += 1
        elif words:
            self.put(row, start, words, look)
            start += width_of(words)
        self.put(row, start, " " * (column + width - start), back)

    def _foot(self, row: int, left: int, width: int, *, gap: int) -> None:
        """The hint, and Send with the reason why it cannot be pressed."""
        self.put(row, left, _cut(FILE_HINT, width), "label")
        row += 2 + gap
        self.put(row, left + 1, f" {SEND} ", "button.off")
        reason = _("Choose a {what} first.", what=LABELS["training"].lower())
        self.put(row, left + width_of(SEND) + 6, _cut(reason, width - 10), "label")


def _cut(text: str, width: int) -> str:
    """`text` as a widget of `width` shows it: with the blank, if one is before the `…`."""
    if width_of(text) <= width:
        return text
    kept = cut(text, width)[:-1]
    return f"{kept}{' ' * (width - 1 - width_of(kept))}…"


def _codes(theme: str) -> dict[str, str]:
    """What to write before a piece of each look."""
    palette = PALETTES.get(theme)
    codes = {"edge": "\x1b[m"}
    if palette is None or theme == PLAIN_THEME:
        marks = _PLAIN_LOOKS if palette else {}
        return codes | {name: f"\x1b[0;{marks.get(name, '')}m" for name in (*_LOOKS, "edge")}
    for name, (front, back, attributes) in _LOOKS.items():
        colours = f"38;{_colour(palette, front)};48;{_colour(palette, back)}"
        codes[name] = f"\x1b[0;{attributes}{';' * bool(attributes)}{colours}m"
    return codes


def _colour(palette: Palette, name: str) -> str:
    """A colour as it is written: as it is, or the nearest of 256."""
    text: str = palette.get(name) or palette["variables"][name]
    red, green, blue = (int(text[at : at + 2], 16) for at in (1, 3, 5))
    if os.environ.get("COLORTERM", "").strip().lower() in {"truecolor", "24bit"}:
        return f"2;{red};{green};{blue}"
    _hue, light, saturation = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
    if saturation < 0.15:  # as Rich chooses, so that no colour changes when the widgets come
        grey = round(light * 25)
        return f"5;{ {0: 16, 25: 231}.get(grey, 231 + grey) }"
    six = [round(each / 95 if each < 95 else 1 + (each - 95) / 40) for each in (red, green, blue)]
    return f"5;{16 + 36 * six[0] + 6 * six[1] + six[2]}"
