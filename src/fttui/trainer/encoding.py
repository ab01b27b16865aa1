"""A file's rows as tokens and labels, cut to length, with the fault of a row named by its line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .failure import FailureError, RowFaultError
from .masking import Masker
from .rows import Chat, Completion, Pair, Row, read_rows
from .spans import IGNORED, Span, labels

Example = dict[str, list[int]]


@dataclass
class Encoded:
    """What a file holds: examples ready to be trained on, and what was left out of them.

    `tokens` counts all tokens of one pass, `longest` those of the longest row; `highest` is the
    largest number of a token; `cut_rows` were longer than allowed, `dropped_rows` had nothing to
    learn left after the cut, `without_tools` name tools that the chat template does not show.
    """

    examples: list[Example] = field(default_factory=list)
    tokens: int = 0
    longest: int = 0
    highest: int = 0
    cut_rows: int = 0
    dropped_rows: int = 0
    without_tools: int = 0


class Encoder:
    """Makes examples of rows with one tokenizer; rows longer than `longest` tokens are cut."""

    def __init__(self, tokenizer: Any, longest: int) -> None:
        self._tokenizer = tokenizer
        self._longest = longest
        self._masker: Masker | None = None

    def file(self, path: Path, method: str, code: str, param: str) -> Encoded:
        """All examples of a file; raises FailureError with `code` for the first row at fault."""
        found = Encoded()
        try:
            for row in read_rows(path, method):
                self._add(row, found)
        except RowFaultError as fault:
            raise FailureError(
                code, f"The file cannot be trained: {fault}. Change that line and start again.",
                param,
            ) from None  # fmt: skip
        if not found.examples:
            why = "all of its rows are longer than the model can take" if found.dropped_rows else (
                "it has no examples"
            )  # fmt: skip
            raise FailureError(code, f"The file cannot be trained: {why}.", param)
        return found

    def _add(self, row: Row, found: Encoded) -> None:
        try:
            self._encode(row, found)
        except RowFaultError as fault:
            raise RowFaultError(f"line {row.line} {fault}") from None
        except UnicodeError:
            raise RowFaultError(f"line {row.line} holds half of a character") from None

    def _encode(self, row: Row, found: Encoded) -> None:
        if isinstance(row, Completion):
            self._keep(found, [self._completion(row)], ("input_ids", "labels"))
        elif isinstance(row, Chat):
            self._keep(found, [self._chat(row, found)], ("input_ids", "labels"))
        else:
            names = ("chosen_ids", "chosen_labels", "rejected_ids", "rejected_labels")
            self._keep(found, list(self._pair(row, found)), names)

    def _keep(
        self, found: Encoded, parts: list[tuple[list[int], list[int]]], names: Iterable[str]
    ) -> None:
        cut = [(ids[: self._longest], wanted[: self._longest]) for ids, wanted in parts]
        if any(len(ids) > self._longest for ids, _ in parts):
            found.cut_rows += 1
        if any(all(label == IGNORED for label in wanted[1:]) for _, wanted in cut):
            found.dropped_rows += 1
            return
        values = [each for part in cut for each in part]
        found.examples.append(dict(zip(names, values)))  # noqa: B905
        found.tokens += sum(len(ids) for ids, _ in cut)
        found.longest = max(found.longest, *(len(ids) for ids, _ in cut))
        found.highest = max(found.highest, *(max(ids, default=0) for ids, _ in cut))

    def _completion(self, row: Completion) -> tuple[list[int], list[int]]:
        # Apart, as the prompt comes alone when the model is asked.
        before = list(self._tokenizer(row.prompt)["input_ids"])
        eos = self._tokenizer.eos_token_id
        if before and before[-1] == eos and row.prompt:
            before.pop()
        after = list(self._tokenizer(row.completion, add_special_tokens=False)["input_ids"])
        ids = before + after + ([eos] if eos is not None else [])
        if not after:
            raise RowFaultError("has an empty completion")
        said = self._tokenizer.decode(after, clean_up_tokenization_spaces=False)
        if said.strip() != row.completion.strip():
            raise RowFaultError("has a completion that the model's tokens cannot write")
        return ids, labels(ids, [(len(before), len(ids))], [1])

    def _chat(self, row: Chat, found: Encoded) -> tuple[list[int], list[int]]:
        ids, spans = self._spans(row)
        if row.tools and not self._shows_tools(row, ids):
            found.without_tools += 1
        return ids, labels(ids, spans, row.weights)

    def _spans(self, row: Chat) -> tuple[list[int], list[Span]]:
        if self._masker is None:
            if not self._tokenizer.chat_template:
                raise RowFaultError(
                    "holds messages, but this model has no chat template; train it with rows of "
                    "'prompt' and 'completion'"
                )
            self._masker = Masker(self._tokenizer)
        return self._masker.encode(row.messages, row.tools)

    def _shows_tools(self, row: Chat, ids: list[int]) -> bool:
        text = self._tokenizer.decode(ids)
        named = [tool.get("function", {}).get("name") for tool in row.tools or ()]
        return all(isinstance(name, str) and name in text for name in named)

    def _pair(
        self, row: Pair, found: Encoded
    ) -> tuple[tuple[list[int], list[int]], tuple[list[int], list[int]]]:
        chosen, rejected = self._chat(row.chosen, found), self._chat(row.rejected, found)
        first = [
            next(place for place, label in enumerate(wanted) if label != IGNORED)
            for _, wanted in (chosen, rejected)
        ]
        if chosen[0][: first[0]] != rejected[0][: first[1]]:
            raise RowFaultError(
                "cannot be trained with this model's chat template: what stands before the two "
                "answers is written differently for each"
            )
        return chosen, rejected
