"""Keys that come back disguised: escaped, in hex, in other cases, or with something in between."""

import base64
import re
import unicodedata

_PIECE = 16
_GRAM = 6
_STEP = _PIECE - _GRAM + 1
_LONGEST_TEXT = 200_000

_NO_LETTER = re.compile("[^a-z0-9]+")
# Escaped characters, and what others put between the letters of a text that is painted.
_ESCAPE = re.compile(
    r"(?i:%(?:25)*([0-9a-f]{2})|\\+(?:x|u00)([0-9a-f]{2})|&#x0*([0-9a-f]{2});)"
    r"|&#0*([0-9]{2,3});|\\+([01][0-7]{2})"
    r"|\x1b\[[0-9;]*[A-Za-z]|<U\+[0-9A-F]{4,6}>"
)
_TOKEN = re.compile(f"{_ESCAPE.pattern}|.", re.DOTALL)
_MARK = re.compile(r"[%\\\x1b]|&#|<U")


class Disguises:
    """The letters and digits of known keys, by which a text is compared without its dressing.

    Only pieces of sixteen or more count, since shorter ones may be words.
    """

    def __init__(self) -> None:
        self._forms: frozenset[str] = frozenset()
        self._grams: frozenset[str] = frozenset()

    def add(self, key: str) -> None:
        """From now on find `key`."""
        forms = _forms(key)
        self._grams |= {
            form[at : at + _GRAM] for form in forms for at in range(len(form) - _GRAM + 1)
        }
        self._forms |= forms

    def find(self, text: str) -> list[tuple[int, int]]:
        """Where keys stand in `text`, as places that do not overlap; for texts of some length."""
        if not self._grams or not _PIECE <= len(text) <= _LONGEST_TEXT:
            return []
        bare = _bare(_ESCAPE.sub(_decoded, text) if _MARK.search(text) else text)
        places = range(0, len(bare) - _GRAM + 1, _STEP)
        if self._grams.isdisjoint([bare[at : at + _GRAM] for at in places]):
            return []
        return self._places(text)

    def _places(self, text: str) -> list[tuple[int, int]]:
        letters, spans = [], []
        for token in _TOKEN.finditer(text):
            for letter in _bare(_decoded(token) if len(token[0]) > 1 else token[0]):
                letters.append(letter)
                spans.append(token.span())
        bare, places, at = "".join(letters), list[tuple[int, int]](), 0
        while at + _PIECE <= len(bare):
            size = self._size_of_piece(bare, at)
            if size:
                places.append((spans[at][0], spans[at + size - 1][1]))
            at += size or 1
        return places

    def _size_of_piece(self, bare: str, at: int) -> int:
        """How many characters from `at` on stand in a key; 0 when they are too few."""
        size = 0
        if bare[at : at + _GRAM] not in self._grams:
            return size
        for form in self._forms:
            least = max(size, _PIECE - 1) + 1
            while at + least <= len(bare) and bare[at : at + least] in form:
                size, least = least, least + 1
        return size


def _decoded(token: re.Match[str]) -> str:
    """The character that an escape stands for, "" for what paints nothing."""
    in_hex = token[1] or token[2] or token[3]
    if in_hex:
        return chr(int(in_hex, 16))
    if token[4]:
        return chr(int(token[4]))
    return chr(int(token[5], 8)) if token[5] else ""


def _bare(text: str) -> str:
    """The letters and digits of a text alone, in one case and width."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
    return _NO_LETTER.sub("", text.lower())


def _forms(key: str) -> frozenset[str]:
    """What is left of a key, whichever way it was written; behind any other text, too."""
    data = key.encode("utf-8", "replace")
    forms = {key, key[::-1], data.hex(), "".join(map(str, data))}
    for before in range(5):
        padded = b"." * before + data
        if before < 3:
            forms.add(base64.b64encode(padded).decode()[before + before // 2 :].rstrip("=")[:-1])
        forms.add(base64.b32encode(padded).decode()[2 * before :].rstrip("=")[:-1])
    return frozenset(bare for bare in map(_bare, forms) if len(bare) >= _PIECE)
