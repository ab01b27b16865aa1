"""Strings that attack a terminal, a layout or a markup parser, each with what must not come out."""

from dataclasses import dataclass

TOKEN = "Zq7"
"""Stands in every string, so that a test can find where it was shown."""


@dataclass(frozen=True, slots=True)
class Hostile:
    """`needle` is the part that acts when it reaches a terminal raw; empty if the text is inert."""

    name: str
    text: str
    needle: bytes = b""


def _raw(name: str, sequence: str) -> Hostile:
    return Hostile(name, f"{TOKEN}{sequence}end", sequence.encode("utf-8", "surrogatepass"))


def _inert(name: str, text: str) -> Hostile:
    return Hostile(name, f"{TOKEN}{text}")


_SEQUENCES = {
    "osc52-bel": "\x1b]52;c;WnE3\x07",
    "osc52-st": "\x1b]52;c;WnE3\x1b\\",
    "osc52-c1": "\x9d52;c;WnE3\x9c",
    "osc52-primary": "\x1b]52;p;WnE3\x07",
    "osc52-read": "\x1b]52;c;?\x07",
    "osc0-title": "\x1b]0;Zq7 title\x07",
    "osc2-title": "\x1b]2;Zq7 title\x1b\\",
    "osc1-icon": "\x1b]1;Zq7\x07",
    "osc4-palette": "\x1b]4;1;#777777\x07",
    "osc7-folder": "\x1b]7;file://zq7/\x07",
    "osc8-link": "\x1b]8;;https://zq7.example\x1b\\",
    "osc9-notify": "\x1b]9;Zq7\x07",
    "osc10-query": "\x1b]10;?\x07",
    "osc11-query": "\x1b]11;?\x1b\\",
    "osc50-font": "\x1b]50;Zq7\x07",
    "osc104-palette": "\x1b]104;7\x07",
    "osc133-prompt": "\x1b]133;A;Zq7\x07",
    "osc777-notify": "\x1b]777;notify;Zq7;x\x07",
    "osc1337-file": "\x1b]1337;File=name=WnE3:WnE3\x07",
    "osc-open": "\x1b]52;c;WnE3",
    "csi-color": "\x1b[38;5;177m",
    "csi-color-colon": "\x1b[38:2::7:7:7m",
    "csi-clear": "\x1b[2J\x1b[3J",
    "csi-home": "\x1b[77;77H",
    "csi-up": "\x1b[177A",
    "csi-insert": "\x1b[77@",
    "csi-scroll-region": "\x1b[7;17r",
    "csi-alt-off": "\x1b[?47l",
    "csi-mouse-on": "\x1b[?1002h",
    "csi-resize": "\x1b[8;7;77t",
    "csi-iconify": "\x1b[2t",
    "csi-c1": "\x9b31;177m",
    "csi-repeat": "x\x1b[7777b",
    "csi-soft-reset": "\x1b[!p",
    "query-da1": "\x1b[c",
    "query-da1-zero": "\x1b[0c",
    "query-da1-c1": "\x9bc",
    "query-da2": "\x1b[>c",
    "query-cursor": "\x1b[6n",
    "query-status": "\x1b[5n",
    "query-title": "\x1b[21t",
    "query-size": "\x1b[18t",
    "query-mode": "\x1b[?1$p",
    "query-xtgettcap": "\x1bP+q436f\x1b\\",
    "query-decrqss": "\x1bP$qm\x1b\\",
    "query-decid": "\x1bZ",
    "query-enq": "\x05",
    "dcs-sixel": "\x1bPq#7;2;7;7;7~\x1b\\",
    "dcs-tmux": "\x1bPtmux;\x1b\x1b]52;c;WnE3\x07\x1b\\",
    "dcs-c1": "\x90+q436f\x9c",
    "apc-kitty": "\x1b_Ga=T,f=24;WnE3\x1b\\",
    "pm": "\x1b^Zq7\x1b\\",
    "sos": "\x1bXZq7\x1b\\",
    "ris": "\x1bc",
    "decaln": "\x1b#8",
    "charset": "\x1b(0",
    "save-restore": "\x1b8\x1b7",  # each by itself is written by the app, too
    "keypad": "\x1b=",
    "nul": "\x00",
    "backspaces": "\x08\x08\x08",
    "vertical-tab": "\x0b",
    "form-feed": "\x0c",
    "carriage-return": "\rZq7",
    "shift-out": "\x0e",
    "shift-in": "\x0f",
    "delete": "\x7f",
    "lone-escape": "\x1bq",
    "nel": "\x85",
    "c1-apc": "\x9fZq7\x9c",
    "rlo": "\u202ezq7",
    "lro": "\u202d",
    "rli": "\u2067",
    "pdi": "\u2069",
    "alm": "\u061c",
    "line-separator": "\u2028",
    "paragraph-separator": "\u2029",
    "tags": "\U000e0041\U000e0042\U000e007f",
    "surrogate": "\ud83d",
    "paste-end": "\x1b[201~",
}

_PLAIN = {
    "zero-width-space": "a\u200bb",
    "byte-order-mark": "a\ufeffb",
    "word-joiner": "a\u2060b",
    "soft-hyphen": "a\u00adb",
    "hangul-filler": "a\u3164b",
    "noncharacter": "a\uffffb\U0010ffffc",
    "marks": "a" + "\u0301" * 300 + "b",
    "right-to-left": "שלום",
    "homoglyph": "\u0430\u0440\u0440",
    "wide": "日本語🤖",
    "newline": "a\nb",
    "tab": "a\tb",
    "markup-close": "x[/]",
    "markup-close-name": "[/foo]",
    "markup-path": "[/etc/passwd]",
    "markup-open": "[",
    "markup-color": "[red]b[/red]",
    "markup-bad-color": "[#zzz]x[/]",
    "markup-index": "see [1] and [x] and [bold]y",
    "markup-click": "[@click=app.act('x')]press[/]",
    "markup-click-bell": "[@click=app.bell]press[/]",
    "markup-link": "[link=file:///etc/passwd]x[/link]",
    "markup-on": "[on $error]x",
    "markup-variable": "[$x]..[/] $name",
    "markup-percent": "[50%]..[/]",
    "markup-escaped": "\\[/]",
    "markup-backslash": "end\\",
    "markup-brackets": "[" * 300,
    "markup-emoji": ":smile:",
    "format": "{0} {x!r} %s %(a)s ${HOME}",
    "flood": "A" * 5000,
}

CORPUS: tuple[Hostile, ...] = (
    *(_raw(name, sequence) for name, sequence in _SEQUENCES.items()),
    *(_inert(name, text) for name, text in _PLAIN.items()),
)


def leaks(raw: bytes, corpus: tuple[Hostile, ...] = CORPUS) -> list[str]:
    """The strings whose acting part is in the bytes that a program wrote, with what is around."""
    found: list[str] = []
    for one in corpus:
        at = raw.find(one.needle) if one.needle else -1
        if at >= 0:
            around = raw[max(at - 60, 0) : at + len(one.needle) + 60]
            found.append(f"{one.name} at {at} of {len(raw)}: {around!r}")
    return found
