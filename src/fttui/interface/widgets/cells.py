"""Cutting, padding and wrapping text by terminal cells, where some characters take two."""

from __future__ import annotations

from rich.cells import cell_len, chop_cells, set_cell_size

_ELLIPSIS = "…"


def cut(text: str, width: int, *, keep_end: bool = False) -> str:
    """`text` in at most `width` cells; what is left out at the end (or the start) becomes `…`."""
    if width <= 0:
        return ""
    if (len(text) <= width and text.isascii()) or cell_len(text) <= width:
        return text
    if not keep_end:
        return set_cell_size(text, width - 1).rstrip() + _ELLIPSIS
    kept = set_cell_size(text[::-1], width - 1)[::-1].lstrip()
    return _ELLIPSIS + kept


def fit(text: str, width: int, *, right: bool = False, keep_end: bool = False) -> str:
    """`text` in exactly `width` cells, on the left of them unless `right`."""
    shown = cut(text, width, keep_end=keep_end)
    padding = " " * (width - (len(shown) if shown.isascii() else cell_len(shown)))
    return padding + shown if right else shown + padding


def wrap(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, broken at spaces where there are any."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if cell_len(longer) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            *whole, line = chop_cells(word, max(width, 2)) if word else [""]
            lines.extend(whole)
        lines.append(line)
    return lines
