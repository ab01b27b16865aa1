"""The faults of a line that a pattern alone does not know: each looks at what is around a place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import orjson

from fttui.terminal.format import count_text
from fttui.terminal.language import _
from fttui.training_data.faults.characters import character_name, shown
from fttui.training_data.faults.quotes import FAMILIES, KEY, as_json, escape, read_text
from fttui.training_data.faults.scanner import DONE, Due, Scanner


@dataclass(frozen=True, slots=True)
class Hit:
    """A fault that stands at a place, and how the text is edited where that is certain."""

    end: int
    """The place behind what is replaced, where the walk goes on."""
    taken: str = ""
    """What the walk takes the new text for."""
    new: str | None = None
    """What to write; None where a person decides."""
    start: int | None = None
    """The first character that is replaced, if that is not where the walk stopped."""
    at: int | None = None
    """The place that is told, if that is not where the walk stopped."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What the messages of the row name, safe to print."""


_QUOTE_NAMES = {
    "'": _("single quotes: APOSTROPHE (U+0027)"),
    "`": _("backticks: GRAVE ACCENT (U+0060)"),
}
_KEY_THEN = re.compile(KEY)
_WORD_KEY = re.compile(r"([\w$][\w$-]*)\s*(?=[:：=])")
_WORDS_KEY = re.compile(r"([^\s\"'{}\[\],:][^\"'{}\[\],:]{0,60}?)\s*(?=:)")
_CUT_KEY = re.compile(r'"(\w[\w -]{0,80}?)(\s*:\s*)(?=["\[{])')
_HALF_KEY = re.compile(r'([\w$][\w$-]*)"\s*(?=:)')
_HALF_VALUE = re.compile(r'([^"\\{}\[\],:\s][^"\\{}\[\],:]*)"(?=\s*[,}\]])')
_VALUE_BEGINS = re.compile(r'["{\[]|-?[0-9]|(?:true|false|null)\b')
_CALL = re.compile(
    r"[A-Za-z_][\w.]*\([^\"{}]*?\)|[bBrRfF]{1,2}(?=[\"'])|<[A-Za-z][^<>\"]{1,60}>|\$\{[^}]*\}"
)
_OTHER_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*+\\[bfnrtu]")
_WHOLE_TEXT = re.compile(r'"(?:[^"\\]|\\.)*+', re.DOTALL)
_RAN_ON = re.compile(r'(?:,|[}\]]\s*,\s*\{)\s*"\s*$')
_MIXED_KEY = re.compile(r"([^\"“”„]*)[“”„](?=\s*:)")
_MIXED_VALUE = re.compile(rf"([^\"“”„]*)[“”„](?=\s*(?:[}}\]]|,\s*(?:{KEY}|\{{)))")


def raw_control(scanner: Scanner) -> Hit | None:
    """A control character that a text may hold only as an escape."""
    text, at = scanner.text, scanner.at
    if at >= len(text) or text[at] >= " ":
        return None
    new = escape(text[at])
    words = {"sign": character_name(text[at]), "plain": new}
    return Hit(at + 1, "", new, words=words)


def bad_escape(scanner: Scanner) -> Hit | None:
    """A backslash that begins no escape; it is certain where the text has no other escapes."""
    text, at = scanner.text, scanner.at
    if text[at : at + 1] != "\\" or at + 1 >= len(text):
        return None
    words = {"found": shown(text[at : at + 2]), "plain": "'"}
    if text[at + 1] in "'`":
        return Hit(at + 2, "", text[at + 1], words=words | {"plain": text[at + 1]})
    has_others = _has_escapes(text, scanner.string)
    words["plain"] = shown(f"\\{text[at : at + 2]}")
    return Hit(at + 1, "", None if has_others else "\\\\", words=words)


@lru_cache(maxsize=1)
def _has_escapes(text: str, begin: int) -> bool:
    """Tell whether the text that begins there has escapes of letters; asked of each backslash."""
    whole = _WHOLE_TEXT.match(text, begin)
    return whole is None or _OTHER_ESCAPE.search(whole.group()) is not None


def cut_line(scanner: Scanner) -> Hit | None:
    """The end of the line, where it may not end."""
    if scanner.at < len(scanner.text):
        return None
    return Hit(scanner.at, words={"begins": count_text(scanner.string + 1)})


def missing_brackets(scanner: Scanner) -> Hit | None:
    """The end of the line where only the bracket of the object itself is missing."""
    text = scanner.text
    if scanner.at < len(text) or scanner.open != ["{"]:
        return None
    # Of a number nobody knows whether it was cut.
    if scanner.last == "0" and text.rstrip()[-1:].isdigit():
        return None
    return Hit(scanner.at, "}", "}")


def open_brackets(scanner: Scanner) -> Hit | None:
    """The end of the line after a whole value, where several brackets are missing."""
    if scanner.at < len(scanner.text) or scanner.last not in ("}", "]", '"'):
        return None
    wanted = "".join("}" if sign == "{" else "]" for sign in reversed(scanner.open))
    return Hit(scanner.at, words={"wanted": shown(wanted)})


def leading_comma(scanner: Scanner) -> Hit | None:
    """A comma right after the bracket that was opened, or before the object."""
    text, at = scanner.text, scanner.at
    if text[at : at + 1] != "," or not (scanner.due is Due.START or scanner.is_first):
        return None
    return Hit(at + 1, "", "")


def second_colon(scanner: Scanner) -> Hit | None:
    """Another colon right after the one that follows a key."""
    at = scanner.at
    if scanner.last != ":" or scanner.text[at : at + 1] != ":":
        return None
    return Hit(at + 1, "", "")


def missing_comma(scanner: Scanner) -> Hit | None:
    """The next key or value without a comma before it."""
    text, at, last = scanner.text, scanner.at, scanner.last
    sign = text[at : at + 1]
    words = {"found": shown(text[at : at + 20])}
    if scanner.open[-1] == "{":
        is_word = sign not in FAMILIES
        if (is_word and last == '"') or not _KEY_THEN.match(text, at):
            return None
        return Hit(at, ",", ",", words=words)
    if sign in ("{", "[") or (sign == '"' and last in ("}", "]")):
        return Hit(at, ",", ",", words=words)
    is_apart = text[at - 1].isspace() and _VALUE_BEGINS.match(text, at)
    return Hit(at, words=words) if is_apart and (sign == '"' or last != '"') else None


def missing_colon(scanner: Scanner) -> Hit | None:
    """A value right after its key."""
    text, at = scanner.text, scanner.at
    if not _VALUE_BEGINS.match(text, at):
        return None
    words = {"key": shown(_last_text(scanner))}
    return Hit(at, ":", ":", words=words)


def _last_text(scanner: Scanner) -> str:
    return scanner.text[scanner.string : scanner.at] if scanner.string >= 0 else ""


def cut_key(scanner: Scanner) -> Hit | None:
    """A key without its second quote, which ran on to the first quote of the value."""
    begin = scanner.string
    found = _CUT_KEY.match(scanner.text, begin) if begin >= 0 else None
    if found is None or found.end() >= scanner.at:
        return None
    new = f'"{found[1]}"{found[2]}'
    return Hit(found.end(), ":", new, begin, begin, words={"key": shown(found[1])})


def half_quoted_key(scanner: Scanner) -> Hit | None:
    """A key without its first quote."""
    found = _HALF_KEY.match(scanner.text, scanner.at)
    if found is None:
        return None
    return Hit(found.end(), '"', f'"{found[1]}"', words={"key": shown(found[1])})


def half_quoted_value(scanner: Scanner) -> Hit | None:
    """A text without its first quote."""
    found = _HALF_VALUE.match(scanner.text, scanner.at)
    if found is None:
        return None
    return Hit(found.end(), '"', f'"{found[1]}"', words={"found": shown(found[1])})


def key_without_quotes(scanner: Scanner) -> Hit | None:
    """A key that is a word, or several words, before a colon."""
    text, at = scanner.text, scanner.at
    found = _WORD_KEY.match(text, at)
    if found:
        return Hit(found.end(1), '"', f'"{found[1]}"', words={"key": shown(found[1])})
    found = _WORDS_KEY.match(text, at)
    return Hit(found.end(1), words={"key": shown(found[1])}) if found else None


def other_quotes(scanner: Scanner) -> Hit | None:
    """A text or key in single, curly or other quotes."""
    text, at = scanner.text, scanner.at
    sign = text[at : at + 1]
    if sign == '"' or sign not in FAMILIES:
        return None
    words = {
        "sign": _QUOTE_NAMES.get(sign) or character_name(sign),
        "found": shown(text[at : at + 20]),
    }
    is_key = scanner.due is Due.KEY
    reading = read_text(text, at, is_key=is_key, in_object=scanner.open[-1:] == ["{"])
    if reading is None or not reading.is_only:
        return Hit(at + 1, words=words)
    content = text[at + 1 : reading.end]
    words["found"] = shown(text[at : reading.end + 1])
    return Hit(reading.end + 1, '"', as_json(content, is_python=sign == "'"), words=words)


def mixed_quotes(scanner: Scanner) -> Hit | None:
    """A text that begins with a plain quote and ends with a curly one, and so ran on."""
    text, begin = scanner.text, scanner.string
    if scanner.last != '"' or begin < 0:
        return None
    pattern = _MIXED_KEY if scanner.due is Due.COLON else _MIXED_VALUE
    found = pattern.match(text, begin + 1)
    if found is None or found.end() >= scanner.at:
        return None
    words = {"begins": count_text(begin + 1), "sign": character_name(text[found.end() - 1])}
    return Hit(found.end(), "", as_json(found[1]), begin, found.end() - 1, words=words)


def unclosed_value(scanner: Scanner) -> Hit | None:
    """A text without its second quote, which ran on to the first quote of the next key."""
    text, begin = scanner.text, scanner.string
    if scanner.last != '"' or begin < 0 or not _HALF_KEY.match(text, scanner.at):
        return None
    if not _RAN_ON.search(text, begin, scanner.at):
        return None
    return Hit(scanner.at, at=begin, words={"begins": count_text(begin + 1)})


def inner_quotes(scanner: Scanner) -> Hit | None:
    """A quote within a text, which ended the text for the grammar."""
    text, begin = scanner.text, scanner.string
    if scanner.last != '"' or begin < 0 or text[scanner.at] in "]},":
        return None
    is_key = scanner.due is Due.COLON
    words = {"begins": count_text(begin + 1), "sign": '"'}
    reading = read_text(text, begin, is_key=is_key, in_object=scanner.open[-1:] == ["{"])
    first = text.rfind('"', begin, scanner.at)
    if reading is None or not reading.inner or reading.end < scanner.at:
        return None if is_key else Hit(scanner.at, at=first, words=words)
    new = as_json(text[begin + 1 : reading.end]) if reading.is_only else None
    return Hit(reading.end + 1, "", new, begin, first, words=words)


def wrong_bracket(scanner: Scanner) -> Hit | None:
    """A closing bracket of the other kind, or before one that is due."""
    text, at = scanner.text, scanner.at
    sign = text[at : at + 1]
    if sign not in ("}", "]"):
        return None
    wanted = "}" if scanner.open[-1:] == ["{"] else "]"
    words = {"sign": sign, "wanted": wanted}
    if scanner.due is not Due.COMMA:
        return Hit(at, words=words)
    ways = (wanted, wanted + text[at], "")
    # The brackets are even in number in one of the ways at most.
    right = [new for new in ways if is_json(text[:at] + new + text[at + 1 :])]
    if not right:
        return Hit(at, words=words)
    return Hit(len(text), DONE, right[0] + text[at + 1 :], words=words)


def lost_bracket(scanner: Scanner) -> Hit | None:
    """An object where a key is due: the one before it was not closed."""
    text, at = scanner.text, scanner.at
    comma = text.rfind(",", 0, at)
    if text[at] != "{" or scanner.last != "," or comma < 0:
        return None
    new = f"}}{text[comma:]}"
    is_right = is_json(text[:comma] + new)
    return Hit(len(text), DONE, new if is_right else None, comma, comma)


def call(scanner: Scanner) -> Hit | None:
    """A value that only a program knows, such as `datetime(2026, 1, 2)`."""
    found = _CALL.match(scanner.text, scanner.at)
    return Hit(found.end(), words={"found": shown(found.group())}) if found else None


def is_json(text: str) -> bool:
    """Tell whether a text is JSON that can be written as UTF-8."""
    try:
        orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return False
    return True
