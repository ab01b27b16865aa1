"""What a model answers to a chat, put together from the documents of its stream."""

from __future__ import annotations

from dataclasses import dataclass, field

from fttui.services.endpoint.chat_events import TOO_LARGE
from fttui.services.endpoint.errors import Outcome, ServerFailedError, UnreadableAnswerError
from fttui.services.endpoint.reading import (
    as_integer,
    as_list,
    as_mapping,
    as_text,
)
from fttui.services.endpoint.refusals import best_message, code_of
from fttui.terminal.language import _

MOST_CHARACTERS = 1_000_000
_MOST_CALLS = 128
_REASONING = ("reasoning_content", "reasoning", "thinking")
_TEXT_PARTS = frozenset({"text", "output_text"})
_REASONING_PARTS = frozenset({"thinking", "reasoning", "reasoning_text"})


@dataclass
class ChatAnswer:
    """An answer as far as it has come; `take` adds a document and gives its new text.

    `is_ended` once the endpoint has said why it ends. Texts are as they came, keys too.
    """

    host: str
    finish_reason: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    is_begun: bool = False
    size: int = 0
    """Characters of all that was said, reasoning and calls of tools too."""
    _texts: list[str] = field(default_factory=list)
    _thoughts: list[str] = field(default_factory=list)
    _calls: dict[int, tuple[list[str], list[str]]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The answer."""
        return "".join(self._texts)

    @property
    def reasoning(self) -> str:
        """What the model told apart from its answer."""
        return "".join(self._thoughts)

    @property
    def tool_calls(self) -> tuple[tuple[str, str], ...]:
        """Names of functions with their arguments as they came."""
        return tuple(("".join(name), "".join(said)) for name, said in self._calls.values())

    @property
    def is_ended(self) -> bool:
        """Whether the endpoint has told how the answer ends."""
        return bool(self.finish_reason)

    def take(self, document: object) -> str:
        """The new text in a document.

        Raises:
            ServerFailedError: it tells of an error.
            UnreadableAnswerError: the answer is longer than any.
        """
        told = as_mapping(document)
        if told.get("error") or told.get("object") == "error":
            raise self._broken_off(told)
        self._take_usage(as_mapping(told.get("usage")))
        new = ""
        for choice in map(as_mapping, as_list(told.get("choices"))):
            if (as_integer(choice.get("index")) or 0) == 0:
                new += self._take_choice(choice)
        if self.size > MOST_CHARACTERS:
            raise UnreadableAnswerError(
                _("The answer was not read on: it has more than a million characters."),
                _("What came before is kept. Set a limit of tokens."),
                code=TOO_LARGE,
            )
        return new

    def _take_usage(self, usage: object) -> None:
        for name in ("prompt_tokens", "completion_tokens"):
            count = as_integer(as_mapping(usage).get(name))
            if count is not None and count >= 0:
                setattr(self, name, count)

    def _take_choice(self, choice: object) -> str:
        told = as_mapping(choice)
        self.is_begun = True
        delta, message = as_mapping(told.get("delta")), as_mapping(told.get("message"))
        said = delta or ({} if self._texts else message)
        new, thought = _texts(said.get("content"))
        new += _text(said.get("refusal")) or ("" if said else _text(told.get("text")))
        thought += next(filter(None, (_text(said.get(name)) for name in _REASONING)), "")
        self._say(self._texts, new)
        self._say(self._thoughts, thought)
        for place, call in enumerate(as_list(said.get("tool_calls"))):
            self._take_call(place, call)
        self.finish_reason = as_text(told.get("finish_reason"), 60) or self.finish_reason
        return new

    def _take_call(self, place: int, call: object) -> None:
        told = as_mapping(call)
        at = as_integer(told.get("index"))
        at = place if at is None else at
        function = as_mapping(told.get("function"))
        if at not in self._calls and len(self._calls) >= _MOST_CALLS:
            return
        name, arguments = self._calls.setdefault(at, ([], []))
        self._say(name, _text(function.get("name")))
        self._say(arguments, _text(function.get("arguments")))

    def _say(self, where: list[str], text: str) -> None:
        if text:
            where.append(text)
            self.size += len(text)

    def _broken_off(self, told: object) -> ServerFailedError:
        found = as_mapping(told).get("error")
        body = found if isinstance(found, dict | str) and found else told
        said = best_message(body)
        ending = _(": {said}", said=said) if said else "."
        if self.is_begun:
            sentence = _("{host} broke the answer off{said}", host=self.host, said=ending)
        else:
            sentence = _("{host} gave no answer{said}", host=self.host, said=ending)
        return ServerFailedError(
            sentence,
            _("What came before is kept.") if self.is_begun else _("Try again in a while."),
            outcome=Outcome.UNKNOWN,
            code=code_of(as_mapping(body)) or "broken_off",
            detail=said,
        )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(content: object) -> tuple[str, str]:
    """The text of a content, and the reasoning that stands in it; it may be a list of parts."""
    if not isinstance(content, list):
        return _text(content), ""
    text = thought = ""
    for part in content:
        told = as_mapping(part)
        kind = told.get("type", "text")
        if kind in _TEXT_PARTS:
            text += part if isinstance(part, str) else _text(told.get("text"))
        elif kind in _REASONING_PARTS:
            inner = told.get("thinking") or told.get("text")
            thought += _texts(inner)[0] if inner is not content else ""
    return text, thought
