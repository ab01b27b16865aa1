"""Loading a tokenizer, if wanted ahead of its use and beside other work.

Loading takes 50 ms, and the first text that is not ASCII another 120 ms, in which the tokenizer
works out its tables. The second part can be done without holding other Python threads up.
"""

import threading
from typing import Any

_FIRST_TEXT = "é"

_waiting: dict[str, "_Ahead"] = {}
_lock = threading.Lock()


def load(encoding: str) -> Any:
    """The tokenizer of an encoding, loaded now unless `load_ahead` has begun to."""
    with _lock:
        ahead = _waiting.pop(encoding, None)
    tokenizer = ahead.tokenizer() if ahead is not None else None
    return _read(encoding) if tokenizer is None else tokenizer


def load_ahead(encoding: str, *, warm: bool) -> None:
    """Begin to load in a thread, and to warm up; the next `load` of this encoding takes it."""
    with _lock:
        if encoding not in _waiting:
            _waiting[encoding] = _Ahead(encoding, warm)


def warm_up(tokenizer: Any) -> None:
    """Work out the tables for texts beyond ASCII; other threads go on meanwhile."""
    tokenizer.encode_batch_flat([_FIRST_TEXT])


def _read(encoding: str) -> Any:
    import splintr

    return splintr.Tokenizer.from_pretrained(encoding)


class _Ahead(threading.Thread):
    """Loads a tokenizer, hands it over, and then may warm it up."""

    def __init__(self, encoding: str, warm: bool) -> None:
        super().__init__(name="fttui-vocabulary")
        self._encoding = encoding
        self._warm = warm
        self._loaded = threading.Event()
        self._tokenizer: Any = None
        self.start()

    def run(self) -> None:
        """Load and warm up; a failure is left to whoever loads next."""
        try:
            self._tokenizer = _read(self._encoding)
        except Exception:  # noqa: BLE001 - the same failure meets the caller of `load`
            return
        finally:
            self._loaded.set()
        if self._warm:
            warm_up(self._tokenizer)

    def tokenizer(self) -> Any:
        """Wait until it is loaded; None if that failed."""
        self._loaded.wait()
        return self._tokenizer
