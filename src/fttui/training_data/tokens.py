"""Token counts offline, by the sum that OpenAI bills.

The count of an example is the sum that amitness.com/notes/openai-finetuning-cost checked against
a bill: 3 for each message, and the tokens of its role and of its content. The cookbook's notebook
adds 3 more for each example, which that bill did not have; they are not counted here. From the
cookbook come the tokens of a name and 1 more for it. A preference example has three lists of such
messages; a completion has the tokens of its two texts and no frame.

A count is called exact when it is that sum. Tools, tool calls, refusals and images are written
into the prompt in a way that is not published; they are counted by their text, and images by
OpenAI's tile prices, so such an example is an estimate.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress
from typing import Any

import orjson

from fttui.training_data.profile import PREFERENCE_KEYS, Format
from fttui.training_data.tokenizers import Tokenizer, load

PER_MESSAGE = 3
PER_NAME = 1
IMAGE_LOW = 85
IMAGE_HIGH = 765
"""Tokens of a picture of 1024 x 1024 in high detail; its true size is not known here."""

_BILLED = frozenset({"role", "content", "name"})

_REMEMBERED = 10_000
"""Texts in each of two generations, the older of which is forgotten first."""


class TokenCounter:
    """Counts the tokens of texts, each distinct text once while it is remembered.

    Remembered are 64-bit hashes, not the texts: system prompts, tool results and short answers,
    which real files repeat, cost nothing the second time, and the memory is bounded however long
    the texts are. The hashes are keyed by chance: nobody can make two texts that share one.
    """

    def __init__(
        self, encoding: str, *, much: bool = False, tokenizer: Tokenizer | None = None
    ) -> None:
        """`much` is where one that is fast is worth its longer load; else it is `tokenizer`."""
        self._tokenizer = tokenizer or load(encoding, much=much)
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
        for key in missing.keys() & older.keys():
            known[key] = older[key]
            del missing[key]
        known.update(zip(missing, self._tokenizer.count([*missing.values()]), strict=True))


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

    def of_turn(self, turn: Any) -> int:
        """The tokens of one message, or of a text that stands alone, afresh."""
        self.total = self.assistant = 0
        if isinstance(turn, str):
            self.total = self._counter.count(turn)
        elif isinstance(turn, dict):
            self._add_message(turn)
        return self.total

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
