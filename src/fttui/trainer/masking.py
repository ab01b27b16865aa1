"""Which tokens of a conversation are the assistant's: found, checked, or refused.

A wrong mask trains silently. So each way of finding the assistant's tokens is tried in turn, and
what it finds counts only if decoding it gives the messages' texts and their end marks exactly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .conversation import Message, with_argument_texts, with_parts
from .failure import RowFaultError
from .likeness import Shape, bare, check_run, not_shown, sentinels
from .spans import Span, joined, pieces, tokens_of

Way = Callable[[list[Message], Any], "tuple[str, list[Span]]"]
"""Renders a conversation and says which of its text, for each answer, is the assistant's."""
Variant = Callable[[list[Message]], list[Message]]


class _UnsuitableError(Exception):
    """The way does not tell the assistant's tokens for certain; the text says why."""


class _UnrenderedError(Exception):
    """The template does not take messages of this shape, or leaves some of them out."""


def _as_they_are(messages: list[Message]) -> list[Message]:
    return messages


_PARTS = re.compile(r"""\{\s*["']type["']\s*:\s*["']text["']""")
VARIANTS: tuple[Variant, ...] = (
    _as_they_are,
    with_argument_texts,
    with_parts,
    lambda messages: with_parts(with_argument_texts(messages)),
)
"""The shapes of messages that templates want; the first that is rendered whole is used."""


class Masker:
    """Finds the assistant's tokens with one tokenizer."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._special = set(tokenizer.added_tokens_decoder)
        self._opening = self._opening_text()
        # Thoughts may be begun for the model that earlier messages are shown without.
        self._header = self._opening.partition("<think>")[0]
        self._ways: list[Way] = [self._by_marks(each) for each in self._marked_templates()]
        self._ways.append(self._by_prefixes)
        self._shapes: dict[tuple[int, str], list[Shape]] = {}
        self._last = 0

    def encode(self, messages: list[Message], tools: Any) -> tuple[list[int], list[Span]]:
        """The tokens of the conversation and, for each assistant message, which are its own.

        Raises RowFaultError when no way gives exactly the messages' texts.
        """
        reasons: list[str] = []
        for way in self._order():
            try:
                found = self._by(way, messages, tools)
            except (_UnsuitableError, _UnrenderedError) as reason:
                reasons.append(str(reason))
                continue
            self._last = way
            return found
        raise RowFaultError(
            f"cannot be trained with this model's chat template, as it is not certain which "
            f"tokens are the assistant's: {reasons[0]}"
        )

    def _order(self) -> list[int]:
        """The ways, the one that did for the row before first."""
        return sorted(range(len(self._ways)), key=lambda way: way != self._last)

    def _by(self, way: int, messages: list[Message], tools: Any) -> tuple[list[int], list[Span]]:
        """Tries one way with messages as they are, and other shapes only where it must.

        What the template takes as it is must not be learnt in another shape.
        """
        first: _UnrenderedError | None = None
        for variant in VARIANTS:
            try:
                return self._encode(way, variant(messages), messages, tools)
            except _UnrenderedError as reason:
                first = first or reason
        raise first or _UnsuitableError("the template is not understood")

    def _encode(
        self, way: int, messages: list[Message], plain: list[Message], tools: Any
    ) -> tuple[list[int], list[Span]]:
        ids, spans = self._render(way, messages, tools)
        answers = [message for message in plain if message["role"] == "assistant"]
        if len(spans) != len(answers):
            raise _UnsuitableError("the template does not keep the assistant's messages apart")
        text = self._decode(ids)
        if messages != plain and _PARTS.search(text) and not _PARTS.search(str(plain)):
            raise _UnrenderedError("the template writes the parts of a message as code")
        missing = not_shown(plain, text)
        if missing is not None:
            raise _UnrenderedError(f"the template leaves out {missing}")
        shapes = self._shapes_of(way, messages, plain, tools)
        for span, shape, message in zip(spans, shapes, answers, strict=True):
            fault = check_run(self._text(ids, span), shape, message)
            if fault is not None:
                raise _UnsuitableError(fault)
            before = bare(shape.before)
            if before and (not self._header or self._header.strip() in before):
                raise _UnsuitableError("the template does not open an answer before it is given")
        return ids, spans

    def _render(
        self, way: int, messages: list[Message], tools: Any
    ) -> tuple[list[int], list[Span]]:
        try:
            text, found = self._ways[way](messages, tools)
        except _UnsuitableError:
            raise
        except Exception as error:
            # A template may raise whatever its author liked, or what its code happens to.
            raise _UnrenderedError(_told(error)) from error
        # Some templates mark what the model is given to begin with as the assistant's.
        found = [
            (begin + len(self._header) if text.startswith(self._header, begin, end) else begin, end)
            for begin, end in found
        ]
        ids, spans = self._tokens(text, found)
        return ids, [self._trimmed(ids, span) for span in spans]

    def _tokens(self, text: str, found: list[Span]) -> tuple[list[int], list[Span]]:
        """The tokens of a text and of its stretches, none of which reaches over a border."""
        ids, offsets = self._encoded(text)
        spans = [tokens_of(span, offsets) for span in found]
        if None not in spans:
            return ids, [span for span in spans if span is not None]
        # As when the model is asked: what it is given is made tokens alone, and it goes on.
        apart: list[int] = []
        whole = []
        for begin, end, own in pieces(len(text), found):
            first = len(apart)
            apart += self._encoded(text[begin:end])[0]
            if own:
                whole.append((first, len(apart)))
        if self._decode(apart) != self._decode(ids) or any(a == b for a, b in whole):
            raise _UnsuitableError("a token reaches over the border of a message")
        return apart, whole

    def _encoded(self, text: str) -> tuple[list[int], list[Span]]:
        done = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        return list(done["input_ids"]), [(int(a), int(b)) for a, b in done["offset_mapping"]]

    def _shapes_of(
        self, way: int, messages: list[Message], plain: list[Message], tools: Any
    ) -> list[Shape]:
        """What the template puts around the assistant's texts in a conversation of this form."""
        probe, key = sentinels(plain)
        as_parts = isinstance(messages[0]["content"], list)
        as_texts = messages != plain and not as_parts
        place = (way, f"{as_parts} {as_texts} {tools is not None} {key}")
        if place not in self._shapes:
            given = with_argument_texts(probe) if as_texts else probe
            ids, spans = self._render(way, with_parts(given) if as_parts else given, tools)
            own = [place for place, each in enumerate(plain) if each["role"] == "assistant"]
            if len(spans) != len(own):
                raise _UnsuitableError("the template does not keep the assistant's messages apart")
            if len(self._shapes) >= 1000:
                self._shapes.clear()
            self._shapes[place] = [
                Shape(self._text(ids, span), message, ends=ids[span[1] - 1] in self._special)
                for span, message in zip(spans, own, strict=True)
            ]
        return self._shapes[place]

    def _text(self, ids: list[int], span: Span) -> str:
        return self._decode(ids[span[0] : span[1]])

    def _decode(self, ids: list[int]) -> str:
        decode = self._tokenizer.decode
        return str(decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))

    def _trimmed(self, ids: list[int], span: Span) -> Span:
        """The span without blanks after its end mark."""
        begin, end = span
        for place in range(end - 1, begin - 1, -1):
            if ids[place] in self._special:
                return (begin, place + 1)
            if self._text(ids, (place, place + 1)).strip():
                break
        return (begin, end)

    def _opening_text(self) -> str:
        """What is written before an answer is asked for."""
        ask = [{"role": "user", "content": "zq"}]
        try:
            render = self._tokenizer.apply_chat_template
            without = render(ask, tokenize=False)
            opened = render(ask, tokenize=False, add_generation_prompt=True)
        except Exception:  # noqa: BLE001
            # As templates do that want another shape of messages: those do not mark it.
            return ""
        return opened[len(without) :] if opened.startswith(without) else ""

    def _marked_templates(self) -> list[str | None]:
        """Templates that mark what the assistant says: TRL's for this one, and this one itself."""
        from trl.chat_template_utils import get_training_chat_template, has_generation_markers

        own = self._tokenizer.chat_template
        templates: list[str | None] = []
        try:
            trained = get_training_chat_template(processing_class=self._tokenizer)
        except Exception:  # noqa: BLE001
            # It raises for a template that it does not know, and what unknown templates raise.
            trained = None
        if trained is not None:
            templates.append(trained)
        if own is not None and has_generation_markers(own):
            templates.append(None)
        return templates

    def _by_marks(self, template: str | None) -> Way:
        from transformers.utils.chat_template_utils import render_jinja_template

        def way(messages: list[Message], tools: Any) -> tuple[str, list[Span]]:
            texts, marked = render_jinja_template(
                conversations=[messages],
                tools=tools,
                chat_template=self._tokenizer.get_chat_template(template, tools),
                return_assistant_tokens_mask=True,
                **self._tokenizer.special_tokens_map,
            )
            return texts[0], joined(marked[0])

        return way

    def _by_prefixes(self, messages: list[Message], tools: Any) -> tuple[str, list[Span]]:
        """What the template adds when one more message is there than before."""

        def render(upto: int, *, prompt: bool) -> str:
            return str(
                self._tokenizer.apply_chat_template(
                    messages[:upto], tools=tools, tokenize=False, add_generation_prompt=prompt
                )
            )

        whole = render(len(messages), prompt=False)
        spans: list[Span] = []
        for place, message in enumerate(messages):
            if message["role"] != "assistant":
                continue
            after = whole if place + 1 == len(messages) else render(place + 1, prompt=False)
            before = render(place, prompt=True) if place else self._opened(after)
            if not (whole.startswith(after) and after.startswith(before)):
                raise _UnsuitableError(
                    "the template writes earlier messages differently as more follow"
                )
            spans.append((len(before), len(after)))
        return whole, spans

    def _opened(self, text: str) -> str:
        """What stands before the first message where that is the assistant's."""
        head, opening, _ = text.partition(self._opening or text)
        return head + opening


def _told(error: Exception) -> str:
    text = " ".join(str(error).split())[:200]
    return f"the template says: {text}" if text else f"the template fails ({type(error).__name__})"
