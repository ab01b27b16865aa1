"""Reading what an endpoint sends: bodies up to a bound, and untrusted JSON values.

Each reader of a value gives a plain one or None, and never raises.

What an endpoint says is shown, printed and copied; so a key that comes back in it is taken out
here, once. The contents of files, which are saved byte for byte, do not pass here.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import orjson

from fttui.services.endpoint.errors import UnreadableAnswerError
from fttui.storage.secrets import holds_key, key_forms, redact, redact_keys
from fttui.terminal.format import count_text
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    import httpx2

_MAX_TIME = 253_402_214_400  # a day before datetime ends, so that it is a local time everywhere
_FIRST_MILLISECONDS = 1e12
_FINEST = 3  # times a thousandth: nanoseconds
_MAX_INTEGER_DIGITS = 300
_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_WHOLE = re.compile(r"-?[0-9]{1,19}")
_SECONDS = re.compile(r"[0-9]{1,19}(\.[0-9]{1,9})?")
_NUMBERS = re.compile(r"\d{1,9}(?:\s{0,2},\s{0,2}\d{1,9}){9,}")
_MESSAGE = 2000
_LONGEST_MESSAGE = 1_000_000
_AFTER_NUMBERS = 100
_LOOKED_THROUGH = 6000  # of a key that is cut, too little may be left to know it by


def as_text(value: object, maxlen: int = 2000) -> str | None:
    """`value` without secrets and made safe to show, at most `maxlen` characters.

    Numbers and booleans become their JSON text.
    """
    return _shown(value, maxlen, redact)


def as_message(value: object) -> str | None:
    """`as_text` of a sentence, in which a list of numbers that has no room ends between two.

    The lines that a file was refused for, or that were skipped, may be thousands.
    """
    if not isinstance(value, str) or len(value) <= _MESSAGE:
        return as_text(value, _MESSAGE)
    told = value[:_LONGEST_MESSAGE]
    found = _NUMBERS.search(told)
    if found is None:
        return as_text(told, _MESSAGE)
    room = _MESSAGE - found.start() - min(len(told) - found.end(), _AFTER_NUMBERS) - _AFTER_NUMBERS
    numbers = [number.strip() for number in found[0].split(",")]
    kept, size = 0, 0
    while kept < len(numbers) and size + len(numbers[kept]) + 2 <= room:
        size += len(numbers[kept]) + 2
        kept += 1
    shown = ", ".join(numbers[:kept])
    if kept < len(numbers):
        shown = _("{shown} and {count} more", shown=shown, count=count_text(len(numbers) - kept))
    return as_text(told[: found.start()] + shown + told[found.end() :], _MESSAGE)


def as_name(value: object, maxlen: int = 2000) -> str | None:
    """`as_text` of an id or a name that calls may need: it loses the keys in use, and no more."""
    return _shown(value, maxlen, redact_keys)


def _shown(value: object, maxlen: int, hide: Callable[[str], str]) -> str | None:
    if isinstance(value, bool | int | float):
        value = json.dumps(value)
    if not isinstance(value, str) or not value:
        return None
    sound = _sound_texts(hide)
    if value in sound and len(value) <= maxlen:
        return value
    shown = safe(hide(value[: max(maxlen * 4, _LOOKED_THROUGH)]), maxlen=maxlen)
    if shown == value and len(value) <= _LONGEST_SOUND:
        if len(sound) >= _MOST_SOUND:
            sound.clear()
        sound.add(value)
    return shown


_LONGEST_SOUND = 200
_MOST_SOUND = 60_000
_sound: tuple[frozenset[str], dict[object, set[str]]] = (frozenset(), {})


def _sound_texts(hide: Callable[[str], str]) -> set[str]:
    """Texts that were looked at and needed no change: answers repeat most of what they tell.

    With another key in use nothing of it counts any more.
    """
    global _sound  # replaced whole, so that no thread takes those of one set of keys for another's
    keys = key_forms()
    known, texts = _sound
    if known is not keys:
        _sound = keys, texts = keys, {}
    return texts.setdefault(hide, set())


def raw_text(value: object) -> str:
    """`value` exactly as sent when it is a text that fits an id and holds no key, else "".

    An id that is a whole number is its digits, by which paths name it.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        value = str(value)
    fits = isinstance(value, str) and len(value) <= 512 and not holds_key(value)
    return str(value) if fits else ""


def as_number(value: object) -> float | None:
    """A finite number, or None; booleans are not numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def as_integer(value: object) -> int | None:
    """A whole number of 64 bits, or None; 3.0 counts as 3, and so does "3"."""
    if isinstance(value, str):
        value = int(value) if _WHOLE.fullmatch(value) else None
    number = as_number(value)
    if number is None or not number.is_integer() or abs(number) >= 2**63:
        return None
    return value if isinstance(value, int) else int(number)


def as_time(value: object) -> datetime | None:
    """A time as an aware UTC datetime; 0, negative and absurd values are None.

    It may be Unix time in seconds, or in thousandths, millionths or billionths of one, as a number,
    its digits or the `seconds` of an object; ISO 8601, which without a zone is UTC; or the date of
    a mail.
    """
    if isinstance(value, dict):
        value = value.get("seconds")
    number = as_number(value)
    if isinstance(value, str):
        number = float(value) if _SECONDS.fullmatch(value) else _written_seconds(value[:64].strip())
    for _unused in range(_FINEST):
        if number is not None and number >= _FIRST_MILLISECONDS:
            number /= 1000
    if number is None or not 0 < number <= _MAX_TIME:
        return None
    return datetime.fromtimestamp(number, tz=UTC)


def _written_seconds(text: str) -> float | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text.removesuffix(" UTC"))
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            continue
    return None


def as_mapping(value: object) -> Mapping[str, object]:
    """`value` when it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def snake_cased(value: Mapping[str, object]) -> Mapping[str, object]:
    """`value` with its camelCase names in the API's way too, where they are none of its own."""
    if all(map(str.islower, value)):
        return value
    return {_CAPITAL.sub(r"_\1", name).lower(): each for name, each in value.items()} | {**value}


def as_list(value: object) -> list[object]:
    """`value` when it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def to_rfc3339(moment: datetime | None) -> str | None:
    """`moment` as RFC 3339 in UTC, to the second; None stays None."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def parse_json(body: bytes) -> object:
    """The JSON value in `body`.

    A second, lenient pass accepts what some servers send and strict JSON refuses: a byte order
    mark, NaN and Infinity (read as those words), numbers of any length (read as null past 300
    digits).

    Raises:
        ValueError: `body` is not JSON by any reading.
    """
    try:
        return orjson.loads(body)
    except ValueError:
        pass
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=str, parse_int=_bounded_integer)
    except (ValueError, RecursionError) as error:
        raise ValueError("not JSON") from error


def refusal_body(content: bytes) -> object:
    """What a refusal says: its `error` where that is an object, else all of it; text if no JSON."""
    try:
        told = parse_json(content)
    except ValueError:
        return content.decode(errors="replace").strip()
    inner = told.get("error") if isinstance(told, dict) else None
    return inner if inner and isinstance(inner, dict | list) else told


def _bounded_integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MAX_INTEGER_DIGITS else None


ANSWER_CAP = 64 * 1024 * 1024
ERROR_CAP = 256 * 1024
PACKED_ERROR_CAP = 16 * 1024


async def read_body(response: httpx2.Response, cap: int | None = None) -> bytes:
    """The decoded body of a streamed response.

    Raises:
        UnreadableAnswerError: the body is larger than `cap` bytes (64 MiB unless told).
    """
    chunks = [chunk async for chunk in pieces_of(response, ANSWER_CAP if cap is None else cap)]
    return b"".join(chunks)


async def pieces_of(response: httpx2.Response, bound: int) -> AsyncIterator[bytes]:
    """The decoded body of a streamed response, as it comes.

    Raises:
        UnreadableAnswerError: the body is larger than `bound` bytes.
    """
    size = 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > bound:
            raise UnreadableAnswerError(
                _(
                    "The answer is larger than {bound} MB, so it was not read.",
                    bound=bound // (1024 * 1024),
                ),
                _("Ask for less at a time, or check that the base URL is right."),
                code="answer_too_large",
            )
        yield chunk


async def cap_answer(response: httpx2.Response) -> None:
    """A response hook: error bodies, which the SDK reads whole, end after 256 KiB.

    Compressed ones end after 16 KiB, because they may grow a thousandfold.
    """
    if response.status_code >= 300:
        packed = "content-encoding" in response.headers
        cap = PACKED_ERROR_CAP if packed else ERROR_CAP
        response.stream = _capped(response.stream, cap)


def _capped(inner: Any, cap: int) -> httpx2.AsyncByteStream:
    """The first `cap` bytes of another stream."""
    import httpx2

    class CappedStream(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            left = cap
            async for chunk in inner:
                yield chunk[:left]
                left -= len(chunk)
                if left <= 0:
                    return

        async def aclose(self) -> None:
            await inner.aclose()

    return CappedStream()
