"""Token counts offline, with the vocabularies that come inside splintr's wheel.

The count of an example is the sum that amitness.com/notes/openai-finetuning-cost checked against
a bill: 3 for each message, and the tokens of its role and of its content. The cookbook's notebook
adds 3 more for each example, which that bill did not have; they are not counted here. From the
cookbook come the tokens of a name and 1 more for it. A preference example has three lists of such
messages; a completion has the tokens of its two texts and no frame.

A count is called exact when it is that sum. Tools, tool calls, refusals and images are written
into the prompt in a way that is not published; they are counted by their text, and images by
OpenAI's tile prices, so such an example is an estimate.

Loading a vocabulary takes 50 ms, and the first text that is not ASCII another 120 ms, in which
the tokenizer works out its tables. Both can begin ahead of their use and beside other work, the
second without holding other Python threads up.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress
from typing import Any

import orjson

from fttui.training_data.profile import PREFERENCE_KEYS, Format

PER_MESSAGE = 3
PER_NAME = 1
IMAGE_LOW = 85
IMAGE_HIGH = 765
"""Tokens of a picture of 1024 x 1024 in high detail; its true size is not known here."""

_BILLED = frozenset({"role", "content", "name"})

_REMEMBERED = 60_000
"""Texts in each of two generations, the older of which is forgotten first."""

_SPECIAL = "<|"
_BOUNDARY = "<|endoftext|>"
_CHUNK = 100_000

_FIRST_TEXT = "é"

_waiting: dict[str, "_Ahead"] = {}
_lock = threading.Lock()


class TokenCounter:
    """Counts the tokens of texts, each distinct text once while it is remembered.

    Remembered are 64-bit hashes, not the texts: system prompts, tool results and short answers,
    which real files repeat, cost nothing the second time, and the memory is bounded however long
    the texts are. The hashes are keyed by chance: nobody can make two texts that share one.
    """

    def __init__(self, encoding: str) -> None:
        self._tokenizer = tokenizer = load(encoding)
        self._is_warm = False
        self._encode = tokenizer.encode_flat
        self._encode_literally = tokenizer.encode_ordinary
        self._boundary = tokenizer.encode_flat(_BOUNDARY)
        self._known: dict[int, int] = {}
        self._older: dict[int, int] = {}

    def count(self, text: str) -> int:
        """The number of tokens in `text`; control tokens spelt out in it are plain text."""
        return self.count_all([text])[0]

    def count_all(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens in each text; many at once cost less than one by one."""
        keys = list(map(hash, texts))
        known = self._known
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            if len(known) + len(missing) > _REMEMBERED:
                known = {key: known[key] for key in keys if key in known}
                self._older, self._known = self._known, known
            self._count_missing(missing)
        return [known[key] for key in keys]

    def _count_missing(self, missing: dict[int, str]) -> None:
        """Count texts that are not known, and remember them."""
        known, older = self._known, self._older
        keys: list[int] = []
        waiting: list[str] = []
        room = _CHUNK
        for key, text in missing.items():
            if key in older:
                known[key] = older[key]
            elif "<" in text and _SPECIAL in text:
                known[key] = len(self._encode_literally(text))
            else:
                keys.append(key)
                waiting.append(text)
                room -= len(text)
                if room < 0:
                    known.update(zip(keys, self._count_joined(waiting), strict=True))
                    keys, waiting, room = [], [], _CHUNK
        known.update(zip(keys, self._count_joined(waiting), strict=True))

    def _count_joined(self, texts: list[str]) -> list[int]:
        """Count texts in one call, with a control token between them that none of them holds.

        The bytes of that token cannot come about by chance between two others: each token has
        four bytes of which the highest is 0 and the next is too small.
        """
        if not texts:
            return []
        joined = _BOUNDARY.join(texts)
        if not self._is_warm and not joined.isascii():
            warm_up(self._tokenizer)
            self._is_warm = True
        return [len(ids) // 4 for ids in self._encode(joined).split(self._boundary)]


class TokenPlan:
    """Texts of many examples, to be counted in one call."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._plans: list[tuple[tuple[int, int], int, Sequence[bool], int]] = []

    def add(
        self, place: tuple[int, int], texts: Sequence[str], answers: Sequence[bool], more: int
    ) -> None:
        """Plan an example, known by its `place`; `more` are its tokens beside those of `texts`.

        `answers` tells which of the texts are the assistant's.
        """
        self._plans.append((place, len(self._texts), answers, more))
        self._texts += texts

    def count(self, counter: TokenCounter) -> Iterator[tuple[tuple[int, int], int, int]]:
        """Yield of each example its place, its tokens, and those of the assistant among them."""
        counts = counter.count_all(self._texts)
        for place, start, answers, more in self._plans:
            found = counts[start : start + len(answers)]
            yield place, sum(found) + more, sum(compress(found, answers))


def shape_tokens(roles: Iterable[str], counter: TokenCounter) -> int:
    """The tokens of a conversation without its texts: what its roles and their frames cost."""
    return sum(PER_MESSAGE + counter.count(role) for role in roles)


def image_tokens(detail: object) -> int:
    """The tokens of an image that is asked to be seen in this detail."""
    return IMAGE_LOW if detail == "low" else IMAGE_HIGH


class ExampleTokens:
    """The tokens of one parsed example: all, those of assistant texts, and if the sum is exact."""

    def __init__(self, counter: TokenCounter) -> None:
        self._counter = counter
        self.total = 0
        self.assistant = 0
        self.exact = True

    def measure(self, example: Mapping[str, Any], kind: Format) -> None:
        """Count one example afresh."""
        self.total = self.assistant = 0
        self.exact = True
        if kind is Format.COMPLETION:
            self._add_completion(example)
            return
        if kind is not Format.PREFERENCE:
            self._add_conversation(example)
            return
        given = example.get("input")
        if isinstance(given, dict):
            self._add_conversation(given)
        for key in PREFERENCE_KEYS[1:]:
            self._add_messages(example.get(key))

    def _add_completion(self, example: Mapping[str, Any]) -> None:
        for key in ("prompt", "completion"):
            text = example.get(key)
            if isinstance(text, str):
                count = self._counter.count(text)
                self.total += count
                if key == "completion":
                    self.assistant += count

    def _add_conversation(self, example: Mapping[str, Any]) -> None:
        self._add_messages(example.get("messages"))
        for key in ("tools", "functions"):
            if example.get(key):
                self._add_estimate(orjson.dumps(example[key]).decode())

    def _add_estimate(self, text: str) -> None:
        self.total += self._counter.count(text)
        self.exact = False

    def _add_messages(self, messages: Any) -> None:
        if not isinstance(messages, list):
            return
        for message in messages:
            if isinstance(message, dict):
                self._add_message(message)

    def _add_message(self, message: dict[str, Any]) -> None:
        self.total += PER_MESSAGE
        by_assistant = message.get("role") == "assistant"
        for key, value in message.items():
            if type(value) is str:
                if key not in _BILLED:
                    self._add_estimate(value)
                    continue
                count = self._counter.count(value)
                self.total += count
                if key == "name":
                    self.total += PER_NAME
                elif by_assistant and key == "content":
                    self.assistant += count
            elif key == "content" and isinstance(value, list):
                self._add_parts(value, by_assistant)
            elif key in ("tool_calls", "function_call"):
                self._add_calls(value if isinstance(value, list) else [{"function": value}])

    def _add_parts(self, parts: list[Any], by_assistant: bool) -> None:
        for part in parts:
            if not isinstance(part, dict):
                continue
            text = part.get("text")
            if isinstance(text, str):
                count = self._counter.count(text)
                self.total += count
                self.assistant += count if by_assistant else 0
            if isinstance(part.get("refusal"), str):
                self._add_estimate(part["refusal"])
            if "image_url" in part:
                image = part["image_url"]
                self.total += image_tokens(image.get("detail") if isinstance(image, dict) else "")
                self.exact = False

    def _add_calls(self, calls: list[Any]) -> None:
        for call in calls:
            function = call.get("function") if isinstance(call, dict) else None
            if isinstance(function, dict):
                for key in ("name", "arguments"):
                    if isinstance(function.get(key), str):
                        self._add_estimate(function[key])


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
