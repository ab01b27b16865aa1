"""API keys that do not show themselves, and the redactor that takes them out of any text."""

import base64
import hashlib
import hmac
import json
import logging
import re
import threading
import traceback
from collections.abc import Callable
from typing import Any, NoReturn, Self
from urllib.parse import quote

from fttui.storage.disguises import Disguises
from fttui.terminal.language import _

MASK = "•••"
"""What stands where a secret was."""

_DOT = "•"
Mask = Callable[[str], str]
"""What is put where a secret was, by the secret."""

LONGEST_KEY = 8192
"""Characters; tokens of directories have some thousands."""

_PIECE = 8
_STEP = 5
_GRAM = _PIECE - _STEP + 1

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_WRAPPING = re.compile(
    r"(?:(?:export|set|\$env:)\s*)?(?:[A-Z][A-Z0-9_]*(?:KEY|TOKEN)\s*=\s*)"
    r"|Authorization\s*:\s*|Bearer(?:\s+|$)",
    re.IGNORECASE,
)
_KEY_LIKE = re.compile(
    r"(?<![A-Za-z0-9])(?:sk-[\w-]{8,}|gh[pousr]_\w{16,}|hf_\w{16,}|AKIA[A-Z0-9]{12,}"
    r"|AIza[\w-]{20,}|eyJ[\w-]{16,})"
)
_LONG_WORD = re.compile(r"[A-Za-z0-9]{20,}")
_QUOTES = "\"'`“”‘’«»"


class KeyRefused(ValueError):  # noqa: N818 - reads as what happened
    """A text that cannot be an API key; the message is a sentence that never holds the text."""


class Secret:
    """An API key that prints as dots, cannot be pickled, and is read by `reveal()` only."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The key itself: give it to the HTTP client and to nothing else."""
        return self.__value

    @property
    def is_dummy(self) -> bool:
        """True of a word like `EMPTY` or `none`, for endpoints that want some key: no secret."""
        return len(self.__value) < _PIECE

    @property
    def ending(self) -> str:
        """`…` and the last four characters, by which people tell keys apart; all of a dummy."""
        return self.__value if self.is_dummy else f"…{self.__value[-4:]}"

    @property
    def masked(self) -> str:
        """The form for the screen: `sk-…abcd`, or all of a dummy."""
        has_mark = self.__value.startswith("sk-") and not self.is_dummy
        return f"{'sk-' if has_mark else ''}{self.ending}"

    @property
    def fingerprint(self) -> str:
        """The first eight hex digits of the SHA-256, which name the key in the journal."""
        return hashlib.sha256(self.__value.encode()).hexdigest()[:8]

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__value.encode(), other.__value.encode())

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret cannot be pickled")


def parse_key(text: str, *, source: str = _("the key that was entered")) -> Secret:
    """Clean a pasted key and register it with the redactor; KeyRefused names `source` only."""
    key = _unwrapped(text)
    secret = Secret(key)
    register(secret)
    problem = _problem(key)
    if problem:
        raise KeyRefused(f"{source[:1].upper()}{source[1:]} {problem}")
    return secret


def looks_like_key(text: str, *, any_long_word: bool = True) -> bool:
    """True of a text that is likely a key, which nobody means to show.

    With `any_long_word` also of letters and digits, mixed, of over 20 in one piece.
    """
    word = _unwrapped(text)
    if _KEY_LIKE.search(word):
        return True
    return any_long_word and any(
        any(map(str.isdigit, piece)) and any(map(str.isalpha, piece))
        for piece in _LONG_WORD.findall(word)
    )


def _unwrapped(text: str) -> str:
    """Take off what comes along when a key is copied: quotes, `Bearer`, `NAME=`, line ends."""
    key = _INVISIBLE.sub("", text)
    while True:
        stripped = key.strip().strip(_QUOTES).strip()
        found = _WRAPPING.match(stripped)
        if found:
            stripped = stripped[found.end() :]
        if stripped == key:
            return key
        key = stripped


def _problem(key: str) -> str:
    """What is wrong with a cleaned key, as the end of a sentence; empty if it may be tried."""
    if not key:
        return _("is empty. Paste the whole key, for example sk-…")
    if any(character.isspace() for character in key):
        return _("holds a space or a line break inside. Paste one key, in one piece.")
    if any(mask in key for mask in ("…", "•", "***", "...")):
        return _(
            "is the shortened form that web pages show. Copy the whole key, or make a new one."
        )
    if not key.isascii() or not key.isprintable():
        place = next(n for n, c in enumerate(key, 1) if not "!" <= c <= "~")
        return _(
            "holds a character that no key has, at position {place}. Copy the key again.",
            place=place,
        )
    if len(key) > LONGEST_KEY:
        return _(
            "has {count:,} characters; a key has at most {most:,}. Copy the key alone.",
            count=len(key),
            most=LONGEST_KEY,
        )
    if key.startswith("sk-admin-"):
        return _("is an admin key, which cannot run fine-tuning jobs. Use a project key.")
    return ""


def _short(_secret: str) -> str:
    return MASK


def _as_long(secret: str) -> str:
    return _DOT * len(secret)


def _masked(found: re.Match[str], mask: Mask) -> str:
    """What a pattern has found, without the secret in it."""
    start, end = (place - found.start() for place in found.span("secret"))
    return f"{found[0][:start]}{mask(found['secret'])}{found[0][end:]}"


class Redactor:
    """Takes known keys, every piece of them from eight characters on, and look-alikes out of text.

    Safe to use from several threads.
    """

    # What a pattern needs stands before it in lower case: most texts hold none of it.
    _PATTERNS = (
        ("sk-", re.compile(r"(?<![A-Za-z0-9])(?P<secret>sk-[\w-]{8,})")),
        ("bearer", re.compile(r"(?i)\bbearer\s+(?P<secret>[^\s\"'<>()]+)")),
        (
            "basic",
            re.compile(r"(?i)\bauthorization[\"']?\s*[:=]\s*[\"']?basic\s+(?P<secret>[^\s\"']+)"),
        ),
        ("@", re.compile(r"(?<=://)(?P<secret>[^\s/?#]*)@")),
        (
            "@",
            re.compile(r"(?<![\w/•])(?P<secret>[\w.+-]{1,64}:[^\s:/@]{1,128})@(?=[\w.\[-])"),
        ),
    )

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: frozenset[str] = frozenset()
        self._grams: frozenset[str] = frozenset()
        self._disguises = Disguises()

    def register(self, secret: Secret) -> None:
        """From now on hide this key, whatever it looks like, and the ways in which it is sent.

        A dummy is a word like any other, and is not hidden.
        """
        key = secret.reveal()
        if secret.is_dummy or key in self._keys:
            return
        forms = _forms(key)
        with self._lock:
            self._grams |= {
                form[at : at + _GRAM] for form in forms for at in range(len(form) - _GRAM + 1)
            }
            self._disguises.add(key)
            self._keys |= forms  # last: who sees them sees all of it

    @property
    def forms(self) -> frozenset[str]:
        """Every known key, in all the ways in which it is written."""
        return self._keys

    def holds_key(self, text: str) -> bool:
        """True when a whole key, in any of its forms, stands in `text`."""
        return any(key in text for key in self._keys)

    def redact_keys(self, text: str, mask: Mask = _short) -> str:
        """Return `text` with every piece of a known key, however written, replaced by `•••`."""
        if not self._grams:
            return text
        text = self._without_pieces(text, mask)
        for start, end in reversed(self._disguises.find(text)):
            text = f"{text[:start]}{mask(text[start:end])}{text[end:]}"
        return text

    def redact(self, text: str, mask: Mask = _short) -> str:
        """Return `text` with every secret replaced by `•••`, and what looks like one."""
        text = self.redact_keys(text, mask)
        lowered = text.lower()
        for needed, pattern in self._PATTERNS:
            if needed in lowered:
                text = pattern.sub(lambda found: _masked(found, mask), text)
        return text

    def _without_pieces(self, text: str, mask: Mask) -> str:
        """Any eight characters in a row hold a whole gram at one of every five positions."""
        grams, pieces, end = self._grams, [], 0
        places = range(0, len(text), _STEP)
        if grams.isdisjoint([text[at : at + _GRAM] for at in places]):
            return text
        for at in places:
            if text[at : at + _GRAM] not in grams or at < end:
                continue
            found = self._longest_piece(text, at)
            if found:
                start = max(found[0], end)
                pieces.append(text[end:start])
                pieces.append(mask(text[start : found[1]]))
                end = found[1]
        pieces.append(text[end:])
        return "".join(pieces)

    def _longest_piece(self, text: str, at: int) -> tuple[int, int] | None:
        """The widest run around the gram at `at` that stands in a key; None if under eight."""
        best: tuple[int, int] | None = None
        gram = text[at : at + _GRAM]
        for key in self._keys:
            place = key.find(gram)
            while place >= 0:
                left = _common_suffix(text[max(at - len(key), 0) : at], key[:place])
                right = _common_prefix(text[at : at + len(key)], key[place:])
                longest = best[1] - best[0] if best else _PIECE - 1
                if left + right > longest:
                    best = (at - left, at + right)
                place = key.find(gram, place + 1)
        return best


def _forms(key: str) -> frozenset[str]:
    """The key as it is, in a URL, in JSON, and in base64 behind any other text (`user:KEY`)."""
    forms = {key, quote(key, safe=""), json.dumps(key)[1:-1], key.replace("/", "\\/")}
    data = key.encode("utf-8", "replace")
    for before in range(3):
        encoded = base64.b64encode(b"." * before + data).decode("ascii").rstrip("=")
        # The characters at both ends hold bits of the neighbours too.
        end = len(encoded) - ((before + len(data)) % 3 > 0)
        sure = encoded[(0, 2, 3)[before] : end]
        forms |= {sure, sure.replace("+", "-").replace("/", "_")}
    return frozenset(form for form in forms if len(form) >= _PIECE)


def _common_prefix(first: str, second: str) -> int:
    """How many characters both begin with."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count


def _common_suffix(first: str, second: str) -> int:
    """How many characters both end with."""
    return _common_prefix(first[::-1], second[::-1])


_DEFAULT = Redactor()


def register(secret: Secret) -> None:
    """Make every log line, report and message of this process hide `secret`."""
    _DEFAULT.register(secret)


def redact(text: str) -> str:
    """Return `text` without any registered key, `sk-…`, `Bearer …` or `user:password@`."""
    return _DEFAULT.redact(text)


def redact_in_place(text: str) -> str:
    """Return `text` with a dot for each character of what `redact` takes out: as long as before."""
    return _DEFAULT.redact(text, _as_long)


def redact_keys(text: str) -> str:
    """Return `text` without any registered key, for ids and names: look-alikes stay."""
    return _DEFAULT.redact_keys(text)


def key_forms() -> frozenset[str]:
    """Every registered key in all the ways in which it is written; never to be shown."""
    return _DEFAULT.forms


def holds_key(text: str) -> bool:
    """True when a registered key stands in `text`."""
    return _DEFAULT.holds_key(text)


class RedactingFilter(logging.Filter):
    """Redacts a record's message, traceback and stack; belongs on a handler, not on a logger.

    A logger's filters do not see the records of the loggers below it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True: the record is changed, never dropped."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            message = str(record.msg)
        record.msg, record.args = redact(message), None
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info))
        record.exc_info = None
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True
