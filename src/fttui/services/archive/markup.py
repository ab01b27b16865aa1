"""The HTML that pages of an archive are made of: all text escaped, links into the archive alone."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from fttui.terminal.language import _, as_spoken
from fttui.terminal.text import MAX_LENGTH, safe

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'none'; base-uri 'none';"
    " form-action 'none'"
)
_NAME = r"(?!\.)[^/\x00-\x1f\ud800-\udfff]+"
_LINK = re.compile(rf"(?:\.\./){{0,2}}{_NAME}(?:/{_NAME}){{0,3}}")
_LONGEST_LABEL = 200

_STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2128;--muted:#59636e;--line:#d5dae0;
--good:#1a7037;--bad:#b3261e;--waiting:#7d5a00;--active:#0550ae;
--train:#0860ca;--valid:#b54708;--full:#7b3fc4}
@media(prefers-color-scheme:dark){:root{--paper:#14171c;--ink:#e4e7eb;--muted:#a0a8b3;
--line:#363d47;--good:#6fcf8b;--bad:#ff8a80;--waiting:#e8b64c;--active:#79b8ff;
--train:#6cb0ff;--valid:#ffa657;--full:#cba6f7}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:92rem;margin:0 auto;padding:2rem 1.5rem 4rem}
h1{font-size:1.6rem;line-height:1.25;margin:.2rem 0 .4rem;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:2.4rem 0 .6rem}
h3{font-size:1rem;margin:1.4rem 0 .3rem}
p{margin:.4rem 0;max-width:60rem;overflow-wrap:anywhere}
a{color:var(--active);text-underline-offset:.15em}
a:focus-visible{outline:2px solid;outline-offset:2px}
small,.muted{color:var(--muted)}
small{font-size:.82rem}
.good{color:var(--good)}.bad{color:var(--bad)}
.waiting{color:var(--waiting)}.active{color:var(--active)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th{position:sticky;top:0;background:var(--paper);box-shadow:inset 0 -2px var(--line);
text-align:left;vertical-align:bottom;font-size:.82rem;font-weight:600;color:var(--muted)}
th,td{padding:.4rem 1rem .4rem 0}
td{border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere;min-width:6rem}
th:last-child,td:last-child{padding-right:0}
tbody tr:hover td{box-shadow:inset 0 -1px var(--muted)}
.number{text-align:right;white-space:nowrap;min-width:0}
.short{white-space:nowrap;min-width:0}
.wide{min-width:14rem}
.name{min-width:17rem}
.facts{width:auto;min-width:min(100%,34rem)}
.facts th{position:static;box-shadow:none;border-bottom:1px solid var(--line);vertical-align:top;
white-space:nowrap;padding-right:2rem}
ul{margin:.4rem 0;padding-left:1.2rem}
li{overflow-wrap:anywhere}
.curve{display:block;width:100%;max-width:56rem;height:auto;margin:.2rem 0 1.2rem}
.curve text{font-size:12px;fill:var(--muted);font-variant-numeric:tabular-nums}
.curve .said{fill:var(--ink)}
.curve path,.curve polyline{fill:none;stroke-width:1.8;stroke-linejoin:round}
.curve .grid{stroke:var(--line);stroke-width:1}
.curve .axis{stroke:var(--muted);stroke-width:1}
.curve .train{stroke:var(--train);stroke-width:1.3}
.curve .valid{stroke:var(--valid);stroke-dasharray:7 4}
.curve .full{stroke:var(--full);stroke-dasharray:2 4}
.curve .dot{stroke:none}
.curve .dot.train{fill:var(--train)}
.curve .dot.valid{fill:var(--valid)}
.curve .dot.full{fill:var(--full)}
@media print{:root{color-scheme:light;--paper:#fff;--ink:#000;--muted:#444;--line:#bbb}
main{max-width:none;padding:0}body{font-size:10pt}th{position:static}
tr,.curve{break-inside:avoid}h2,h3{break-after:avoid}}
""".strip()


def escaped(text: object, maxlen: int = MAX_LENGTH) -> str:
    """`text` as HTML shows it, also inside an attribute; controls of any kind are made visible."""
    if isinstance(text, str):
        text = as_spoken(text)
    return html.escape(safe(text, maxlen=maxlen), quote=True)


def link(path: str, label: object) -> str:
    """A link to `path`, relative to the page; the label alone where that is no name in an archive.

    A path goes up by two folders at most and from there only down, and is quoted, so that no
    address, query or other folder can be made of it.
    """
    shown = escaped(label, _LONGEST_LABEL)
    if not _LINK.fullmatch(path):
        return shown
    return f'<a href="{escaped(quote(path))}">{shown}</a>'


def top(title: str) -> str:
    """A page from its beginning to where its content comes; nothing is ever loaded for it."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escaped(title, 200)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n"
        "<body>\n<main>\n"
    )


BOTTOM = "</main>\n</body>\n</html>\n"

Column = tuple[str, str]
"""A title, and the class of its cells: "" or `number`, `short`, `wide`, `name`."""


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]], nothing: str) -> Iterator[str]:
    """A table piece by piece; the cells are HTML. Without a row it is the sentence `nothing`."""
    is_begun = False
    for row in rows:
        if not is_begun:
            is_begun = True
            heads = "".join(
                f'<th scope="col"{_class(look)}>{escaped(name)}</th>' for name, look in columns
            )
            yield f"<table>\n<thead>\n<tr>{heads}</tr>\n</thead>\n<tbody>\n"
        cells = zip(row, columns, strict=True)
        yield f"<tr>{''.join(f'<td{_class(look)}>{cell}</td>' for cell, (_, look) in cells)}</tr>\n"
    yield "</tbody>\n</table>\n" if is_begun else f'<p class="muted">{escaped(nothing)}</p>\n'


def _class(look: str) -> str:
    return f' class="{look}"' if look else ""


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Labels and values below each other; a value is HTML, and one that is "" is left out."""
    rows = "".join(
        f'<tr><th scope="row">{escaped(label)}</th><td class="wide">{value}</td></tr>\n'
        for label, value in pairs
        if value
    )
    return f'<table class="facts">\n<tbody>\n{rows}</tbody>\n</table>\n'


def heading(text: str) -> str:
    """What the next part of a page is called."""
    return f"<h2>{escaped(text)}</h2>\n"


def missing_list(missing: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What could not be had, each with its reason; nothing where there is nothing of the kind."""
    is_begun = False
    for what, reason in missing:
        if not is_begun:
            is_begun = True
            yield heading(_("What could not be had")) + "<ul>\n"
        yield f"<li>{escaped(what)}: {escaped(reason)}</li>\n"
    if is_begun:
        yield "</ul>\n"
