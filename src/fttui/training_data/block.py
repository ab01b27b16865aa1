"""Judging a block of whole lines, in whichever process; nothing in a block may stop it."""

import io
import sys
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, compress
from typing import TYPE_CHECKING, Any

import msgspec
import orjson

from fttui.terminal.language import _
from fttui.training_data.conversation import ROLES
from fttui.training_data.examples import PROMPT_ROLES, check_example
from fttui.training_data.plain_chat import (
    NOT_PLAIN,
    FastLane,
    Message,
    Shape,
    has_each_key_once,
)
from fttui.training_data.profile import PREFERENCE_KEYS, CheckProfile, Format
from fttui.training_data.rules import Problem, Problems
from fttui.training_data.secrets import find_secrets
from fttui.training_data.syntax import (
    REFUSED,
    check_characters,
    check_hidden_faults,
    may_have_odd_characters,
    parse,
    walk,
)
from fttui.training_data.tally import Tally
from fttui.training_data.tokens import ExampleTokens, TokenCounter, shape_tokens
from fttui.training_data.wording import key_path

if TYPE_CHECKING:
    from fttui.training_data.reader import Block

_REST_BLOCKS = 8
_BLANK = b" \t\r\n\v\f"


class BlockResult(msgspec.Struct):
    """What a block of lines holds; its line and example numbers begin at 1 in the block."""

    lines: int
    examples: int
    counts: dict[str, int]
    """Problems by rule, all of them."""
    listed: list[Problem]
    tally: Tally
    hashes: bytes
    """A 64-bit hash of each line, 0 for a blank one, to find duplicates by; native byte order."""
    crlf: int = 0
    """Lines that end in a carriage return and a line feed."""
    secrets: dict[str, int] = msgspec.field(default_factory=dict)
    """Secrets by their kind."""


class Examiner:
    """Judges blocks, one after the other; keeps the vocabulary and its caches between them."""

    def __init__(self, profile: CheckProfile) -> None:
        self._profile = profile
        self._lane = FastLane()
        self._blocks_without_lane = 0
        self._counter = TokenCounter(profile.encoding) if profile.encoding else None
        self._example_tokens = ExampleTokens(self._counter) if self._counter else None
        self._limit = sys.maxsize if profile.token_limit is None else profile.token_limit
        self._start_block()

    def _start_block(self, full: frozenset[str] = frozenset()) -> None:
        self._problems = Problems(full)
        self._tally = Tally()
        self._shapes: dict[tuple[str, ...], int] = {}
        self._prompt: str | None = None
        self._blank = 0
        self._lengths: list[int] = []
        self._texts: list[str] = []
        self._plans: list[tuple[tuple[int, int, int], Shape, int]] = []
        self._answers = 0

    def block(self, data: bytes, offset: int, full: frozenset[str] = frozenset()) -> BlockResult:
        """Judge whole lines, each with its line feed; `offset` is their place in the file.

        Problems of the rules in `full` are counted without their text.
        """
        self._start_block(full)
        lines = io.BytesIO(data).readlines()
        if self._profile.format is Format.CHAT and not self._blocks_without_lane:
            self._judge(lines, offset)
        else:
            self._blocks_without_lane = max(0, self._blocks_without_lane - 1)
            self._judge_all_slowly(lines, offset)
        if self._counter is not None:
            self._count_planned(self._counter)
        if may_have_odd_characters(data):
            self._judge_characters(lines, offset)
        crlf = data.count(b"\r\n") if b"\r" in data else 0
        secrets = self._find_secrets(data, lines, offset)
        self._add_shapes()
        self._tally.add_lengths(self._lengths)
        self._tally.assistant_tokens = self._answers
        return BlockResult(
            lines=len(lines),
            examples=len(lines) - self._blank,
            counts=self._problems.counts,
            # Some rules are asked of many lines at once, by whichever way a block is judged.
            listed=sorted(self._problems.listed, key=lambda problem: problem.line or 0),
            tally=self._tally,
            hashes=_hashes(lines, bool(crlf), bool(self._blank)),
            crlf=crlf,
            secrets=secrets,
        )

    def _add_shapes(self) -> None:
        for roles, examples in self._lane.take_counts():
            self._tally.add_shape(roles, examples)
            self._tally.measured += examples
        for roles, examples in self._shapes.items():
            self._tally.add_shape(roles, examples)

    def _judge(self, lines: list[bytes], offset: int) -> None:
        """Judge chat lines, each by the fastest way that takes it."""
        problems, lane = self._problems, self._lane
        decode, shapes = lane.decode, lane.plain_shapes
        slow_lines = 0
        for number, line in enumerate(lines, 1):
            problems.line, problems.offset = number, offset
            offset += len(line)
            try:
                messages = decode(line).messages
                shape = shapes[tuple(map(type, messages))]
            except NOT_PLAIN:
                shape = None
            except KeyError:
                shape = lane.add_plain_shape(messages)
            quotes = line.count(b'"')
            if shape is not None and (
                quotes == shape.quotes or has_each_key_once(line, quotes, messages, shape)
            ):
                self._accept(messages, shape)
            elif not self._judge_full(line):
                slow_lines += 1
                self._judge_slowly(line)
        if slow_lines * 2 > len(lines):
            self._blocks_without_lane = _REST_BLOCKS

    def _judge_all_slowly(self, lines: list[bytes], offset: int) -> None:
        problems = self._problems
        for number, line in enumerate(lines, 1):
            problems.line, problems.offset = number, offset
            offset += len(line)
            self._judge_slowly(line)

    def _judge_characters(self, lines: list[bytes], offset: int) -> None:
        """Look for odd characters, which a block seldom has, in each of its lines."""
        problems = self._problems
        self._blank = 0
        for number, line in enumerate(lines, 1):
            problems.line, problems.offset = number, offset
            offset += len(line)
            if not line.strip(_BLANK):
                self._blank += 1
            problems.example = number - self._blank
            check_characters(line, problems)

    def _judge_full(self, line: bytes) -> bool:
        """Try the line as messages with weights and names; False if it needs the slow lane."""
        if b'"weight"' not in line and b'"name"' not in line:
            return False
        try:
            messages = self._lane.decode_full(line).messages
        except NOT_PLAIN:
            return False
        shape = self._lane.full_shape_of(messages)
        if shape is None or not has_each_key_once(line, line.count(b'"'), messages, shape):
            return False
        self._accept(messages, shape)
        return True

    def _accept(self, messages: Sequence[Message], shape: Shape) -> None:
        """Take the measures of a plain example, and note what its shape lacks."""
        shape.examples += 1
        if shape.problems:
            self._problems.example = self._problems.line - self._blank
            for rule, path, message in shape.problems:
                self._problems.add(rule, path, message)
        if shape.prompt is not None:
            text = messages[shape.prompt].content
            if text != self._prompt:
                self._note_prompt(text)
        if self._counter is not None:
            self._plan_count(messages, shape, self._counter)

    def _plan_count(self, messages: Sequence[Message], shape: Shape, counter: TokenCounter) -> None:
        """Leave the texts of an example to be counted with all others of the block."""
        if shape.tokens is None:
            shape.tokens = shape_tokens(shape.roles, shape.names, counter)
        problems, texts = self._problems, self._texts
        place = (problems.line, problems.line - self._blank, problems.offset)
        self._plans.append((place, shape, len(texts)))
        texts.extend([message.content for message in messages])
        if shape.names:
            texts.extend(name for m in messages if isinstance(name := getattr(m, "name", 0), str))

    def _count_planned(self, counter: TokenCounter) -> None:
        counts = counter.count_all(self._texts)
        for place, shape, start in self._plans:
            end = start + len(shape.roles)
            total = sum(counts[start : end + shape.names]) + (shape.tokens or 0)
            self._answers += sum(compress(counts[start:end], shape.answers))
            self._lengths.append(total)
            if total > self._limit:
                problems = self._problems
                problems.line, problems.example, problems.offset = place
                self._report_length(total)

    def _judge_slowly(self, line: bytes) -> None:
        problems = self._problems
        if not line.strip(_BLANK):
            self._blank += 1
            problems.example = None
            problems.add("blank-line", "", _("the line is blank"))
            return
        problems.example = problems.line - self._blank
        value = parse(line, problems)
        if value is REFUSED:
            return
        check_hidden_faults(line, value, problems)
        if check_example(value, self._profile, problems):
            self._measure(value)

    def _measure(self, example: dict[str, Any]) -> None:
        kind = self._profile.format
        if kind is None:
            return
        tally = self._tally
        tally.measured += 1
        if kind is Format.COMPLETION:
            _note_affixes(example, tally)
        else:
            self._measure_messages(example, kind)
        if self._example_tokens is not None:
            found = self._example_tokens
            found.measure(example, kind)
            self._answers += found.assistant
            self._lengths.append(found.total)
            tally.estimated += not found.exact
            if found.total > self._limit:
                self._report_length(found.total)

    def _measure_messages(self, example: dict[str, Any], kind: Format) -> None:
        tally, line = self._tally, self._problems.line
        prompt = example.get("input") if kind is Format.PREFERENCE else example
        messages = _messages(prompt.get("messages") if isinstance(prompt, dict) else None)
        text = next((m.get("content") for m in messages if m.get("role") in PROMPT_ROLES), None)
        if isinstance(text, str):
            self._note_prompt(text)
        if isinstance(prompt, dict) and ("tools" in prompt or "functions" in prompt):
            tally.with_tools += 1
            tally.first_with_tools = tally.first_with_tools or line
        if kind is Format.PREFERENCE:
            for key in PREFERENCE_KEYS[1:]:
                messages += _messages(example.get(key))
        if any(_has_image(message) for message in messages):
            tally.with_images += 1
            tally.first_with_images = tally.first_with_images or line
        roles = tuple([_role(message) for message in messages])
        self._shapes[roles] = self._shapes.get(roles, 0) + 1

    def _note_prompt(self, text: str) -> None:
        if text == self._prompt:
            return
        self._prompt = text
        self._tally.add_prompt(hash(text))
        if self._tally.other_prompt is None and text != self._profile.first_prompt:
            self._tally.other_prompt = self._problems.line

    def _report_length(self, tokens: int) -> None:
        over = tokens - self._limit
        message = _(
            "{tokens:,} tokens, {over:,} over the limit of {limit:,}",
            tokens=tokens,
            over=over,
            limit=self._limit,
        )
        self._problems.add("token-limit", "", message)

    def _find_secrets(self, data: bytes, lines: list[bytes], offset: int) -> dict[str, int]:
        found = sorted(find_secrets(data))
        counts: dict[str, int] = {}
        if not found:
            return counts
        problems = self._problems
        starts = list(accumulate(map(len, lines), initial=0))
        blank = list(accumulate((not line.strip(_BLANK) for line in lines), initial=0))
        for at, kind in found:
            counts[kind] = counts.get(kind, 0) + 1
            number = bisect_right(starts, at)
            problems.line, problems.example = number, number - blank[number - 1]
            problems.offset = offset + starts[number - 1]
            if not problems.only_count("secret"):
                path = _path_at(lines[number - 1], at - starts[number - 1])
                problems.add("secret", path, _("the text holds what looks like {kind}", kind=kind))
        return counts


def _hashes(lines: list[bytes], has_crlf: bool, has_blank: bool) -> bytes:
    """Hash every line, a blank one to 0; how the line ends makes no difference."""
    if has_crlf:
        lines = [line.rstrip(b"\r\n") + b"\n" for line in lines]
    if has_blank:
        return array("q", [hash(line) if line.strip(_BLANK) else 0 for line in lines]).tobytes()
    return array("q", map(hash, lines)).tobytes()


def _messages(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        return []
    return [message for message in value if isinstance(message, dict)]


def _role(message: dict[str, Any]) -> str:
    role = message.get("role")
    return role if isinstance(role, str) and role in ROLES else ""


def _has_image(message: dict[str, Any]) -> bool:
    content = message.get("content")
    if not isinstance(content, list):
        return False
    return any(isinstance(part, dict) and "image_url" in part for part in content)


def _note_affixes(example: dict[str, Any], tally: Tally) -> None:
    prompt, completion = example.get("prompt"), example.get("completion")
    if isinstance(prompt, str) and isinstance(completion, str):
        tally.prompt.add(prompt)
        tally.completion.add(completion)


def _path_at(line: bytes, at: int) -> str:
    """The JSON path of the text that begins around byte `at` of a line, empty if unknown."""
    piece = line[at : at + 24].decode("ascii", "ignore")
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return ""
    for path, container in walk(value):
        items = container.items() if isinstance(container, dict) else enumerate(container)
        for key, item in items:
            if isinstance(item, str) and piece in item:
                return f"{path}[{key}]" if isinstance(key, int) else key_path(path, key)
    return ""


def judge(
    examiner: Examiner, data: bytes, offset: int, full: frozenset[str] = frozenset()
) -> BlockResult:
    """Judge whole lines; a failure of the checker itself becomes an error of these lines."""
    try:
        return examiner.block(data, offset, full)
    except Exception as error:  # noqa: BLE001 - a defect here must not end in a traceback
        return unchecked(data, offset, type(error).__name__)


def unchecked(data: bytes, offset: int, reason: str) -> BlockResult:
    """The result of lines that the checker could not judge."""
    lines = data.count(b"\n")
    return _one_problem(
        lines,
        offset,
        "not-checked",
        _("{lines} lines from here: {reason}", lines=lines, reason=reason),
    )


def too_long(block: "Block", limit: int) -> BlockResult:
    """The result of a single line that was over the limit and not kept."""
    return _one_problem(
        1, block.offset, "line-length", _("the line is over {limit:,} bytes long", limit=limit)
    )


def _one_problem(lines: int, offset: int, rule: str, message: str) -> BlockResult:
    problems = Problems()
    problems.line, problems.example, problems.offset = 1, 1, offset
    problems.add(rule, "", message)
    return BlockResult(lines, lines, problems.counts, problems.listed, Tally(), bytes(8 * lines))
