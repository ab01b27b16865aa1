"""The libraries that count tokens, with the vocabularies that come inside their wheels.

Both count as OpenAI's own does. splintr is loaded in 40 ms, and its first text that is not ASCII
takes another 70 ms, in which it works out its tables; toktok is loaded in 300 ms to 450 ms and
counts half as fast again, or faster. Either can begin ahead of its use and beside other work.
"""

import threading
from typing import Any, Protocol

_SPECIAL = "<|"
_BOUNDARY = "<|endoftext|>"
_CHUNK = 100_000
_FIRST_TEXT = "日本語"  # that splintr's table of short texts does not have

_waiting: "dict[tuple[str, bool], _Ahead]" = {}
_lock = threading.Lock()


class Tokenizer(Protocol):
    """Counts tokens in one thread; control tokens spelt out in a text are plain text."""

    def count(self, texts: list[str]) -> list[int]:
        """The number of tokens in each text."""

    def warm_up(self) -> None:
        """Do now what the first text beyond ASCII would wait for; other threads go on."""


class _Splintr:
    """The one that is soon there."""

    def __init__(self, encoding: str) -> None:
        import splintr

        self._tokenizer: Any = splintr.Tokenizer.from_pretrained(encoding)
        self._encode = self._tokenizer.encode_flat
        self._boundary = self._encode(_BOUNDARY)
        self._is_warm = False

    def count(self, texts: list[str]) -> list[int]:
        """The number of tokens in each text; short ones are counted many at once."""
        counts: list[int] = []
        waiting: list[str] = []
        room = _CHUNK
        for text in texts:
            if "<" in text and _SPECIAL in text:
                counts += self._joined(waiting)
                counts.append(len(self._tokenizer.encode_ordinary(text)))
                waiting, room = [], _CHUNK
                continue
            waiting.append(text)
            room -= len(text)
            if room < 0:
                counts += self._joined(waiting)
                waiting, room = [], _CHUNK
        return counts + self._joined(waiting)

    def warm_up(self) -> None:
        """Work out the tables for texts beyond ASCII; other threads go on meanwhile."""
        self._tokenizer.encode_batch_flat([_FIRST_TEXT])
        self._is_warm = True

    def _joined(self, texts: list[str]) -> list[int]:
        """Count texts in one call, with a control token between them that none of them holds.

        The bytes of that token cannot come about by chance between two others: each token has
        four bytes of which the highest is 0 and the next is too small.
        """
        if not texts:
            return []
        joined = _BOUNDARY.join(texts)
        if not self._is_warm and not joined.isascii():
            self.warm_up()
        return [len(ids) // 4 for ids in self._encode(joined).split(self._boundary)]


class _Toktok:
    """The one that is worth waiting for where there is much to count."""

    def __init__(self, encoding: str) -> None:
        import toktok

        self._count = toktok.batch_count
        self._encoding = encoding
        self.count([_FIRST_TEXT])  # loads

    def count(self, texts: list[str]) -> list[int]:
        """The number of tokens in each text."""
        counts: list[int] = self._count(texts, self._encoding, threads=1)
        return counts

    def warm_up(self) -> None:
        """It is ready when it is loaded."""


def load(encoding: str, *, much: bool = False) -> Tokenizer:
    """The tokenizer of an encoding, for `much` text or little.

    It is loaded now, unless `load_ahead` has begun to.
    """
    with _lock:
        ahead = _waiting.pop((encoding, much), None)
    tokenizer = ahead.tokenizer() if ahead is not None else None
    return _read(encoding, much) if tokenizer is None else tokenizer


def load_ahead(encoding: str, *, much: bool, warm: bool) -> None:
    """Begin to load in a thread, and to warm up; the next such `load` takes it."""
    with _lock:
        if (encoding, much) not in _waiting:
            _waiting[encoding, much] = _Ahead(encoding, much, warm)


def _read(encoding: str, much: bool) -> Tokenizer:
    return _Toktok(encoding) if much else _Splintr(encoding)


class _Ahead(threading.Thread):
    """Loads a tokenizer, hands it over, and then may warm it up."""

    def __init__(self, encoding: str, much: bool, warm: bool) -> None:
        super().__init__(name="fttui-vocabulary")
        self._encoding = encoding
        self._much = much
        self._warm = warm
        self._loaded = threading.Event()
        self._tokenizer: Tokenizer | None = None
        self.start()

    def run(self) -> None:
        """Load and warm up; a failure is left to whoever loads next."""
        try:
            self._tokenizer = _read(self._encoding, self._much)
        except Exception:  # noqa: BLE001 - the same failure meets the caller of `load`
            return
        finally:
            self._loaded.set()
        if self._warm:
            self._tokenizer.warm_up()

    def tokenizer(self) -> Tokenizer | None:
        """Wait until it is loaded; None if that failed."""
        self._loaded.wait()
        return self._tokenizer
