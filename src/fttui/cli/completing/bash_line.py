"""What bash has on its command line, taken apart and put together again; nothing is expanded.

bash hands over what was typed, with its quotes, and puts in what it gets, without any. What it
takes for a word ends at signs of its own (`:`, `=`, `@`), which ids and names are full of.
"""

from __future__ import annotations

from dataclasses import dataclass

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+,=~^")
_IN_QUOTES = frozenset('"\\$`')
_PREFIXES = frozenset("@$")
"""Signs that end a word and begin the next."""


@dataclass(frozen=True, slots=True)
class BashLine:
    """The words before the cursor's, the cursor's own so far, and the quote that is open in it.

    `kept` is how much of the last word bash keeps in front of what it is given.
    """

    words: tuple[str, ...]
    typed: str
    quote: str = ""
    kept: str = ""

    @classmethod
    def read(cls, line: str, breaks: str) -> BashLine:
        """A line up to the cursor; `breaks` are the signs that end a word for bash."""
        words: list[str] = []
        word, quote, is_word = "", "", False
        kept = ""
        signs = iter(line)
        for sign in signs:
            if quote == "'":
                quote, word = ("", word) if sign == "'" else (quote, word + sign)
            elif sign == "\\":
                following = next(signs, "")
                escaped = not quote or following in _IN_QUOTES
                word, is_word = word + ("" if escaped else sign) + following, True
            elif quote:
                quote, word = ("", word) if sign == quote else (quote, word + sign)
            elif sign in "'\"":
                quote, is_word = sign, True
                kept = word
            elif sign.isspace():
                words += [word] if is_word else []
                word, is_word, kept = "", False, ""
            else:
                before, word, is_word = word, word + sign, True
                if sign in breaks:
                    kept = before if sign in _PREFIXES else word
        return cls(tuple(words[1:]), word, quote, kept)

    def insertion(self, word: str) -> str:
        """What bash is to put in for `word`, so that the shell reads it as it is."""
        rest = word[len(self.kept) :] if word.startswith(self.kept) else word
        if self.quote == "'":
            return rest.replace("'", "'\\''")
        if self.quote:
            return "".join(f"\\{sign}" if sign in _IN_QUOTES else sign for sign in rest)
        shown = "".join(sign if self._is_bare(sign) else f"\\{sign}" for sign in rest)
        return f"\\{shown}" if shown.startswith("~") else shown

    def _is_bare(self, sign: str) -> bool:
        return sign in _BARE or (not sign.isascii() and sign.isalnum())
