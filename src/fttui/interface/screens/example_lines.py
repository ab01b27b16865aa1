"""An example laid out as painted lines: as the conversation that it is, or as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import chop_cells

from fttui.interface.kit.lines import wrap
from fttui.terminal.format import counted
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.interface.kit.lines import Line
    from fttui.training_data.preview import ExamplePage, Span
    from fttui.training_data.turn_tokens import TurnTokens
    from fttui.training_data.turns import Turn

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


@dataclass(frozen=True, slots=True)
class ShownExample:
    """An example laid out for a `width`; `marked` is the line to be in sight."""

    lines: list[Line]
    marked: int
    width: int
    is_chat: bool
    tokens: TurnTokens | None = None


_LOOKS = {
    "system": "waiting",
    "developer": "waiting",
    "user": "active",
    "assistant": "good",
    "tool": "second",
    "function": "second",
}
_LEADS = {"call": "→ ", "refusal": "! "}
_BODY = 2
_MOST_INDENT = 12
_LEAST = 10


def lay_out(
    page: ExamplePage, turns: tuple[Turn, ...], tokens: TurnTokens | None, width: int, path: str
) -> ShownExample:
    """The example of a page as its turns, the one at `path` marked; as JSON where it has none."""
    if not turns:
        lines, marked = example_lines(page, width)
        return ShownExample(lines, marked, width, is_chat=False, tokens=tokens)
    lines, marked = [], -1
    for index, turn in enumerate(turns):
        at_fault = bool(path) and _leads_to(turn.path, path)
        if turn.part:
            lines += [()] if lines else []
            lines.append(((f"{_PLAIN}{turn.part}", "title"),))
        if at_fault and marked < 0:
            marked = len(lines)
        lines.append(_head(turn, index, tokens, at_fault=at_fault))
        lines += _body(turn, width, is_lost=_is_lost(tokens, index))
    return ShownExample(lines, max(marked, 0), width, is_chat=True, tokens=tokens)


def token_words(tokens: TurnTokens) -> str:
    """All tokens of an example, and what of it is cut off."""
    total = counted(tokens.total, "token")
    text = total if tokens.exact else f"≈ {total}"
    if not tokens.beyond:
        return text
    return _(
        "{text} · ✗ the last {beyond:,} are cut off (limit {limit:,})",
        text=text,
        limit=tokens.limit,
        beyond=tokens.beyond,
    )


def _head(turn: Turn, index: int, tokens: TurnTokens | None, *, at_fault: bool) -> Line:
    """Who speaks, and what is to know of it."""
    mark = _MARK if at_fault else _PLAIN
    look = "bad" if at_fault else _LOOKS.get(turn.role, "title")
    parts = [(mark, "bad"), (turn.role, look)]
    notes = list(turn.notes)
    if tokens is not None and turn.counted is not None:
        notes.append(counted(tokens.of_turns[index], "token"))
    if notes:
        parts.append((f" · {' · '.join(notes)}", "muted"))
    lost = tokens.lost(index) if tokens is not None else 0
    if tokens is not None and lost:
        whole = lost == tokens.of_turns[index]
        words = _("cut off") if whole else _("its last {lost:,} are cut off", lost=lost)
        parts.append((f" · ✗ {words}", "bad"))
    return tuple(parts)


def _is_lost(tokens: TurnTokens | None, index: int) -> bool:
    return tokens is not None and 0 < tokens.of_turns[index] == tokens.lost(index)


def _body(turn: Turn, width: int, *, is_lost: bool) -> list[Line]:
    margin = " " * (len(_PLAIN) + _BODY)
    room = max(width - len(margin), _LEAST)
    lines: list[Line] = []
    for kind, text in turn.texts:
        look = "muted" if is_lost or kind not in ("text", "call") else "plain"
        lead = _LEADS.get(kind, "")
        for number, part in enumerate(_wrapped(text, room - len(lead))):
            shown = f"{lead if number == 0 else ' ' * len(lead)}{part}"
            lines.append(((f"{margin}{shown}", look),))
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    """The lines of a text, each as far from the edge as it stands there."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        words = paragraph.lstrip(" ")
        indent = min(len(paragraph) - len(words), _MOST_INDENT, width // 2)
        lines += [f"{' ' * indent}{part}" for part in wrap(words, width - indent) or [""]]
    return lines


def _leads_to(outer: str, path: str) -> bool:
    """Whether a JSON path is within another."""
    return bool(outer) and path.startswith(outer) and path[len(outer) : len(outer) + 1] in "[."
