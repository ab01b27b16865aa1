"""What a model answers to a chat, put together from the documents of its stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fttui.services.endpoint.chat_events import TOO_LARGE
from fttui.services.endpoint.errors import (
    Outcome,
    ServerFailedError,
    ServiceError,
    UnreadableAnswerError,
)
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
_TOKENS = (("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens"))
_MOST_TOKENS = 10**9
"""A larger number of tokens is no count of any answer."""
_ERROR_KEYS = ("error_code", "detail")
_BROKEN = "error"
_FIRST_HALVES = frozenset(map(chr, range(0xD800, 0xDC00)))
PAST_LIMIT = "past_limit"
"""The code of what ends an answer that keeps no limit of tokens."""


@dataclass
class ChatAnswer:
    """An answer as far as it has come; `take` adds a document and gives its new text.

    `is_ended` once the endpoint has said why it ends. Texts are as they came, keys too. `bound`
    is told each piece of a streamed one, and gives what is wrong with its length, or None.
    """

    host: str
    bound: Callable[[str], ServiceError | None] | None = None
    finish_reason: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    is_begun: bool = False
    size: int = 0
    """Characters of all that was said, reasoning and calls of tools too."""
    problem: ServiceError | None = None
    """Why no more of it is read: the endpoint has told of an error, or it is longer than any."""
    _texts: list[str] = field(default_factory=list)
    _thoughts: list[str] = field(default_factory=list)
    _calls: dict[int, tuple[list[str], list[str]]] = field(default_factory=dict)
    _halves: dict[int, str] = field(default_factory=dict)
    """The first halves of characters that were cut in two, by what they are going to stand in."""
    _past: ServiceError | None = None
    _places: dict[str, int] = field(default_factory=dict)
    """Of calls of tools that are told by their ids alone."""

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
        """The new text in a document; `problem` says whether it is the last one to be read."""
        told = as_mapping(document)
        if _tells_error(told):
            self.problem = self._broken_off(told)
            return ""
        self._take_usage(told.get("usage") or as_mapping(told.get("x_groq")).get("usage"))
        new = ""
        for choice in map(as_mapping, as_list(told.get("choices"))):
            if (as_integer(choice.get("index")) or 0) == 0:
                new += self._take_choice(choice)
        if self._past is not None and not self.is_ended:
            self.problem = self.problem or self._past
        if self.size > MOST_CHARACTERS:
            self.problem = UnreadableAnswerError(
                _("The answer was not read on: it has more than a million characters."),
                _("What came before is kept. Set a limit of tokens."),
                code=TOO_LARGE,
            )
        return new

    def _take_usage(self, usage: object) -> None:
        told = as_mapping(usage)
        for names in _TOKENS:
            counts = [as_integer(told.get(name)) for name in names]
            known = [count for count in counts if count is not None and 0 <= count <= _MOST_TOKENS]
            if known:
                setattr(self, names[0], known[0])

    def _take_choice(self, choice: object) -> str:
        told = as_mapping(choice)
        self.is_begun = True
        delta, message = as_mapping(told.get("delta")), as_mapping(told.get("message"))
        said = delta or ({} if self._texts else message)
        if message and said is message and told.get("finish_reason"):
            self.bound = None  # it came whole, and there is nothing left to end
        new, thought = _texts(said.get("content"))
        new += _text(said.get("refusal")) or ("" if said else _text(told.get("text")))
        thought += next(filter(None, (_text(said.get(name)) for name in _REASONING)), "")
        new = self._say(self._texts, new)
        self._say(self._thoughts, thought)
        for place, call in enumerate(as_list(said.get("tool_calls"))):
            self._take_call(place, call)
        if isinstance(function := said.get("function_call"), dict):  # the older way
            self._take_call(0, {"function": function})
        ending = as_text(told.get("finish_reason"), 60)
        if told.get("error") or ending == _BROKEN:
            self.problem = self._broken_off(told)
        else:
            self.finish_reason = ending or self.finish_reason
        return new

    def _take_call(self, place: int, call: object) -> None:
        told = as_mapping(call)
        at, name_of_it = as_integer(told.get("index")), _text(told.get("id"))
        if at is None:
            at = self._places.setdefault(name_of_it, len(self._calls)) if name_of_it else place
        function = as_mapping(told.get("function"))
        if at not in self._calls and len(self._calls) >= _MOST_CALLS:
            return
        name, arguments = self._calls.setdefault(at, ([], []))
        self._say(name, _text(function.get("name")))
        self._say(arguments, _text(function.get("arguments")))

    def _say(self, where: list[str], text: str) -> str:
        """Add `text`, and give what of it is whole: half a character waits for its other half."""
        if not text:
            return ""
        text = self._halves.pop(id(where), "") + text
        if text[-1] in _FIRST_HALVES:
            self._halves[id(where)], text = text[-1], text[:-1]
        text = _sound(text)
        where.append(text)
        self.size += len(text)
        if self.bound is not None and self._past is None:
            self._past = self.bound(text)
        return text

    def _broken_off(self, told: object) -> ServerFailedError:
        found = as_mapping(told).get("error")
        is_choice = "delta" in as_mapping(told)
        body = found if isinstance(found, dict | str) and found else {} if is_choice else told
        said = best_message(body) or best_message({"message": as_mapping(body).get("text")})
        ending = _(": {said}", said=said) if said else "."
        if self.size:
            sentence = _("{host} broke the answer off{said}", host=self.host, said=ending)
        else:
            sentence = _("{host} gave no answer{said}", host=self.host, said=ending)
        return ServerFailedError(
            sentence,
            _("What came before is kept.") if self.size else _("Try again in a while."),
            outcome=Outcome.UNKNOWN,
            code=code_of(as_mapping(body)) or "broken_off",
            detail=said,
        )


def _tells_error(told: Mapping[str, object]) -> bool:
    """Whether a document tells of a failure, in any of the ways that servers have for it."""
    if told.get("error") or _BROKEN in (told.get("object"), told.get("type")):
        return True
    if "choices" in told:
        return False
    is_coded = bool(told.get("code")) and isinstance(told.get("message"), str)
    return is_coded or any(told.get(key) for key in _ERROR_KEYS)


def _sound(text: str) -> str:
    """`text` with its halves of characters put together, and a sign for those that stand alone.

    No such half can be sent, written or counted.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


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
