"""Judging a block of whole lines, in whichever process; nothing in a block may stop it."""

import io
import sys
from array import array
from bisect import bisect_right
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import msgspec

from fttui.terminal.language import _
from fttui.training_data.conversation import ROLES
from fttui.training_data.examples import PROMPT_ROLES, check_example
from fttui.training_data.needles import Found, search
from fttui.training_data.nulls import leave_out_nulls, may_hold_nulls
from fttui.training_data.plain_chat import Messages, Shape, Shapes, read_plain
from fttui.training_data.profile import PREFERENCE_KEYS, CheckProfile, Format
from fttui.training_data.rich_chat import RichLane
from fttui.training_data.rules import Problem, Problems
from fttui.training_data.syntax import (
    REFUSED,
    check_characters,
    check_hidden_faults,
    parse,
    path_of_text,
)
from fttui.training_data.tally import Tally
from fttui.training_data.tokens import ExampleTokens, TokenCounter, TokenPlan

if TYPE_CHECKING:
    from fttui.training_data.reader import Block

_REST_BLOCKS = 8
_BLANK = b" \t\r\n\v\f"
_ROLES = frozenset(ROLES)


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
        self._rich = RichLane(profile.limits)
        self._plain_rests = self._rich_rests = 0
        encoding, much = profile.encoding, profile.is_much
        self._counter = TokenCounter(encoding, much=much) if encoding else None
        self._shapes = Shapes(self._counter)
        self._example_tokens = ExampleTokens(self._counter) if self._counter else None
        self._limit = sys.maxsize if profile.token_limit is None else profile.token_limit

    def block(self, data: bytes, offset: int, full: frozenset[str] = frozenset()) -> BlockResult:
        """Judge whole lines, each with its line feed; `offset` is their place in the file.

        Problems of the rules in `full` are counted without their text.
        """
        lines = io.BytesIO(data).readlines()
        found = search(data)
        self._start(lines, offset, full)
        self._may_hold_nulls = found.may_hold_nulls
        if self._profile.format is Format.CHAT:
            self._judge_chat(data, escaped=found.has_escaped_quotes)
        else:
            for index in range(len(lines)):
                self._judge_slowly(index)
        if self._counter is not None:
            self._count_planned(self._counter)
        if found.may_be_odd:
            self._judge_characters()
        self._note_misread(found)
        secrets = self._note_secrets(found.secrets)
        for roles, examples in self._slow_shapes.items():
            self._tally.add_shape(roles, examples)
        self._tally.add_lengths(self._lengths)
        return BlockResult(
            lines=len(lines),
            examples=len(lines) - self._blank,
            counts=self._problems.counts,
            # Some rules are asked of many lines at once, by whichever way a block is judged.
            listed=sorted(self._problems.listed, key=lambda problem: problem.line or 0),
            tally=self._tally,
            hashes=_hashes(lines, bool(found.crlf), bool(self._blank)),
            crlf=found.crlf,
            secrets=secrets,
        )

    def _start(self, lines: list[bytes], offset: int, full: frozenset[str]) -> None:
        self._lines = lines
        self._starts = list(accumulate(map(len, lines), initial=offset))
        self._problems = Problems(full, lines, offset)
        self._tally = Tally()
        self._prompt: str | None = None
        self._blank = self._slow = 0
        self._noted: Counter[Shape] = Counter()
        self._slow_shapes: Counter[tuple[str, ...]] = Counter()
        self._lengths: list[int] = []
        self._plan = TokenPlan()

    def _turn_to(self, index: int, blank: int | None = None) -> None:
        """Let problems be of this line; `blank` lines come before it, if not all those so far."""
        problems = self._problems
        problems.line, problems.offset = index + 1, self._starts[index]
        problems.example = index + 1 - (self._blank if blank is None else blank)

    def _judge_chat(self, data: bytes, *, escaped: bool) -> None:
        """Judge chat lines: plain ones together, each other one by the lane that takes it.

        A lane that took few lines of a block is left out for the next ones.
        """
        lines = self._lines
        if self._plain_rests:
            self._plain_rests -= 1
            messages: list[Messages] = []
            shapes: list[Shape | None] = [None] * len(lines)
        else:
            messages, shapes = read_plain(lines, data, self._shapes, escaped=escaped)
            if shapes.count(None) * 2 > len(lines):
                self._plain_rests = _REST_BLOCKS
        quiet = {shape for shape in set(shapes) if shape is not None and self._is_quiet(shape)}
        for index, shape in enumerate(shapes):
            if shape in quiet:
                continue
            if shape is None:
                shapes[index] = self._judge_other(index, escaped=escaped)
                continue
            if shape.problems:
                self._note_lacks(index, shape)
                if self._is_quiet(shape):
                    quiet.add(shape)
            if shape.prompt is not None:
                self._see_prompt(index, messages[index][shape.prompt].content)
            if self._counter is not None:
                texts = [message.content for message in messages[index]]
                self._plan.add((index, self._blank), texts, shape.answers, shape.tokens)
        if self._rich_rests:
            self._rich_rests -= 1
        elif self._slow * 2 > len(lines):
            self._plain_rests = self._rich_rests = _REST_BLOCKS
        self._add_up(Counter(shapes))

    def _is_quiet(self, shape: Shape) -> bool:
        """Tell whether plain lines of a shape are only to be counted, all at once."""
        if shape.prompt is not None or self._counter is not None:
            return False
        return not any(self._problems.lists(rule) for rule, _, _ in shape.problems)

    def _add_up(self, shapes: Counter[Shape | None]) -> None:
        """Count the lines of each shape, and what they lack where that was not noted of each."""
        for shape, examples in shapes.items():
            if shape is not None:
                self._tally.measured += examples
                self._tally.add_shape(shape.roles, examples)
                for rule, _path, _message in shape.problems:
                    self._problems.count(rule, examples - self._noted[shape])

    def _judge_other(self, index: int, *, escaped: bool) -> Shape | None:
        """Judge a line that is not plain; its shape, if it is one of the second lane."""
        row = None if self._rich_rests else self._rich.read(self._lines[index], escaped=escaped)
        if row is None:
            self._slow += 1
            self._judge_slowly(index)
            return None
        shape, tally = self._shapes[row.key], self._tally
        if shape.problems:
            self._note_lacks(index, shape)
        if shape.prompt is not None and type(text := row.messages[shape.prompt].content) is str:
            self._see_prompt(index, text)
        if row.has_tools:
            tally.with_tools += 1
            tally.first_with_tools = tally.first_with_tools or index + 1
        if row.images:
            tally.with_images += 1
            tally.first_with_images = tally.first_with_images or index + 1
        if self._counter is not None:
            tally.estimated += not row.is_exact
            more = shape.tokens + row.tokens + self._counter.count(row.tools.text)
            self._plan.add((index, self._blank), row.texts, row.answers, more)
        return shape

    def _note_lacks(self, index: int, shape: Shape) -> None:
        self._noted[shape] += 1
        self._turn_to(index)
        for rule, path, message in shape.problems:
            self._problems.add(rule, path, message)

    def _see_prompt(self, index: int, text: str) -> None:
        if text != self._prompt:
            self._prompt = text
            self._tally.add_prompt(hash(text))
            if self._tally.other_prompt is None and text != self._profile.first_prompt:
                self._tally.other_prompt = index + 1

    def _count_planned(self, counter: TokenCounter) -> None:
        for (index, blank), tokens, answered in self._plan.count(counter):
            self._tally.assistant_tokens += answered
            self._note_length(index, blank, tokens)

    def _note_length(self, index: int, blank: int, tokens: int) -> None:
        self._lengths.append(tokens)
        if tokens <= self._limit:
            return
        self._turn_to(index, blank)
        message = _(
            "{tokens:,} tokens, {over:,} over the limit of {limit:,}",
            tokens=tokens,
            over=tokens - self._limit,
            limit=self._limit,
        )
        self._problems.add("token-limit", "", message)

    def _judge_slowly(self, index: int) -> None:
        line, problems = self._lines[index], self._problems
        if not line.strip(_BLANK):
            self._turn_to(index)
            self._blank += 1
            problems.example = None
            if problems.line > problems.joined_until:
                problems.add("blank-line", "", _("the line is blank"))
            return
        self._turn_to(index)
        value = parse(line, problems)
        if value is REFUSED:
            return
        check_hidden_faults(line, value, problems)
        if not isinstance(value, dict):
            from fttui.training_data.line_faults import check_wrapping  # slow to import

            if check_wrapping(line, value, problems):
                return
        elif self._may_hold_nulls and may_hold_nulls(line):
            self._tally.add_nulls(leave_out_nulls(value, self._profile.format), index + 1)
        if check_example(value, self._profile, problems):
            self._measure(index, value)

    def _measure(self, index: int, example: dict[str, Any]) -> None:
        kind, tally = self._profile.format, self._tally
        if kind is None:
            return
        tally.measured += 1
        if kind is Format.COMPLETION:
            _note_affixes(example, tally)
        else:
            self._measure_messages(index, example, kind)
        if self._example_tokens is not None:
            found = self._example_tokens
            found.measure(example, kind)
            tally.assistant_tokens += found.assistant
            tally.estimated += not found.exact
            self._note_length(index, self._blank, found.total)

    def _measure_messages(self, index: int, example: dict[str, Any], kind: Format) -> None:
        tally = self._tally
        prompt = example.get("input") if kind is Format.PREFERENCE else example
        messages = _messages(prompt.get("messages") if isinstance(prompt, dict) else None)
        text = next((m.get("content") for m in messages if m.get("role") in PROMPT_ROLES), None)
        if isinstance(text, str):
            self._see_prompt(index, text)
        if isinstance(prompt, dict) and ("tools" in prompt or "functions" in prompt):
            tally.with_tools += 1
            tally.first_with_tools = tally.first_with_tools or index + 1
        if kind is Format.PREFERENCE:
            for key in PREFERENCE_KEYS[1:]:
                messages += _messages(example.get(key))
        if any(_has_image(m["content"]) for m in messages if type(m.get("content")) is list):
            tally.with_images += 1
            tally.first_with_images = tally.first_with_images or index + 1
        roles = [message.get("role") for message in messages]
        self._slow_shapes[
            tuple([role if type(role) is str and role in _ROLES else "" for role in roles])
        ] += 1

    def _judge_characters(self) -> None:
        """Look for odd characters, which a block seldom has, in each of its lines."""
        blank = 0
        for index, line in enumerate(self._lines):
            blank += not line.strip(_BLANK)
            self._turn_to(index, blank)
            check_characters(line, self._problems)

    def _note_misread(self, found: Found) -> None:
        """Count the lines with text that was read in another encoding than it was written in."""
        tally = self._tally
        if found.mojibake:
            tally.mojibake = len(found.mojibake)
            tally.first_mojibake = self._line_at(found.mojibake[0])
        if found.replaced:
            tally.replaced = len(found.replaced)
            tally.first_replaced = self._line_at(found.replaced[0])

    def _line_at(self, place: int) -> int:
        """The line of a place in the block."""
        return bisect_right(self._starts, self._starts[0] + place)

    def _note_secrets(self, found: list[tuple[int, str]]) -> dict[str, int]:
        """List the secrets, given by their place in the block and their kind; count each kind."""
        counts: dict[str, int] = {}
        if not found:
            return counts
        lines, starts, problems = self._lines, self._starts, self._problems
        blank = list(accumulate((not line.strip(_BLANK) for line in lines), initial=0))
        for at, kind in found:
            counts[kind] = counts.get(kind, 0) + 1
            index = self._line_at(at) - 1
            self._turn_to(index, blank[index])
            if not problems.only_count("secret"):
                path = path_of_text(lines[index], starts[0] + at - starts[index])
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


def _has_image(content: list[Any]) -> bool:
    return any(isinstance(part, dict) and "image_url" in part for part in content)


def _note_affixes(example: dict[str, Any], tally: Tally) -> None:
    prompt, completion = example.get("prompt"), example.get("completion")
    if isinstance(prompt, str) and isinstance(completion, str):
        tally.prompt.add(prompt)
        tally.completion.add(completion)


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
