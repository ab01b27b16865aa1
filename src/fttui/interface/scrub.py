"""The last thing before the terminal: nothing painted may act on it or run an action of ours.

Text is made safe where it enters. This filter stands behind that gate, because Textual
hands escape sequences, links and actions found in data on to the terminal.
"""

import re
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

# All of these take no column in Textual, so that dropping them moves nothing.
_ACTING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_BROKEN = re.compile("[\ud800-\udfff]")

_OWN_ACTIONS = frozenset(
    {("@mouse.down", "grab"), ("@mouse.down", "scroll_up"), ("@mouse.down", "scroll_down")}
)
"""The actions in painted text that Textual's scroll bars use; no other is ever live."""


class Scrub(LineFilter):
    """Drops controls, bidirectional overrides and tags from what is painted, and unknown links.

    `links` are the only addresses that may become hyperlinks.
    """

    def __init__(self, links: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self._links = links

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return `segments` with harmless texts and styles, each as wide as before."""
        links = self._links
        return [
            Segment(
                text if text.isprintable() else _harmless(text),
                None if style is None else _inert(style, links),
            )
            for text, style, control in segments
            if not control
        ]


def _harmless(text: str) -> str:
    """`text` without the characters that a terminal acts on."""
    return _BROKEN.sub("\ufffd", _ACTING.sub("", text))


@lru_cache(8192)
def _inert(style: Style, links: frozenset[str]) -> Style:
    """`style` without actions and links that are not our own."""
    meta = style.meta
    link = style.link if style.link in links else None
    kept = {name: value for name, value in meta.items() if _is_own(name, value)}
    if len(kept) == len(meta) and link == style.link:
        return style
    plain = style.clear_meta_and_links()
    if kept:
        plain += Style.from_meta(kept)
    return plain.update_link(link) if link else plain


def _is_own(name: str, value: object) -> bool:
    """Whether a piece of meta data is no action, or an action of Textual's own widgets."""
    return not name.startswith("@") or (isinstance(value, str) and (name, value) in _OWN_ACTIONS)
