"""A job's curves as a file of their own: CSV, or one SVG with its looks inside for a browser."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import fields

from fttui.services.archive.curve import curves, drawable, picture
from fttui.services.archive.markup import escaped
from fttui.services.curves import Series
from fttui.services.endpoint.events import Metrics
from fttui.terminal.language import _

_WIDTH = 760
_HEAD = 40
_BETWEEN = 16
_HEIGHT = re.compile(r'viewBox="0 0 \d+ (\d+)"')
_COLOURS = ("#0860ca", "#b54708", "#7b3fc4", "#1a7037", "#b3261e", "#59636e")
_DASHES = ("none", "7 4", "2 4", "12 4", "9 3 2 3", "4 4")
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#59636e}.said,.title{fill:#1c2128}"
    ".title{font-size:15px;font-weight:600}"
    "path,polyline{fill:none;stroke-width:1.8;stroke-linejoin:round}"
    ".grid{stroke:#d5dae0;stroke-width:1}.axis{stroke:#59636e;stroke-width:1}"
)


def svg_of_job(title: str, metrics: Sequence[Metrics]) -> str:
    """All curves of one job, one kind below the other; "" where nothing was measured."""
    return _file(title, curves(metrics).values(), ("train", "valid", "full"))


def svg_of_series(title: str, series: Sequence[Series], kind: str, x_name: str) -> str:
    """Curves of several jobs in one picture, of which each has a colour and dashes of its own."""
    shown = drawable(series)
    looks = [f"c{at}" for at in range(len(_COLOURS))]
    of_each = [looks[at % len(looks)] for at in range(len(shown))]
    return _file(title, [picture(shown, kind, of_each, x_name)] if shown else [], looks)


def measured(metrics: Iterable[Metrics]) -> list[str]:
    """The names of the numbers that at least one step tells."""
    rows = list(metrics)
    names = [field.name for field in fields(rows[0])] if rows else ["step"]
    return [name for name in names if any(getattr(row, name) is not None for row in rows)]


def csv_of(metrics: Sequence[Metrics]) -> str:
    """A line for each step, below the names of all that was measured."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    names = measured(metrics) or ["step"]
    writer.writerow(names)
    writer.writerows([getattr(one, name) for name in names] for one in metrics)
    return target.getvalue()


def no_curves() -> str:
    """Why there is no file."""
    return _("There is no curve to save: nothing was measured yet.")


def _file(title: str, pictures: Iterable[str], looks: Sequence[str]) -> str:
    y, parts = _HEAD, []
    for one in pictures:
        found = _HEIGHT.search(one)
        height = int(found[1]) if found else 0
        place = f'<svg y="{y}" width="{_WIDTH}" height="{height}" class="curve"'
        parts.append(one.replace('<svg class="curve"', place, 1))
        y += height + _BETWEEN
    if not parts:
        return ""
    style = _STYLE + "".join(
        f".{look}{{stroke:{colour};stroke-dasharray:{dashes}}}"
        f".dot.{look}{{stroke:none;fill:{colour}}}"
        for look, colour, dashes in zip(looks, _COLOURS, _DASHES, strict=False)
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y}"'
        f' viewBox="0 0 {_WIDTH} {y}">'
    )
    return "\n".join(
        [
            head,
            f"<style>{style}</style>",
            '<rect width="100%" height="100%" fill="#fff"/>',
            f'<text class="title" x="14" y="26">{escaped(title)}</text>',
            *parts,
            "</svg>\n",
        ]
    )
