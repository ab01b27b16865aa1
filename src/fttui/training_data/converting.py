"""The lines of a file in whatever encoding and layout it is, as UTF-8 JSON Lines."""

import codecs
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, NoReturn

from fttui.disk.reading import why
from fttui.terminal.language import _
from fttui.training_data.file_kinds import recognise
from fttui.training_data.files import CheckedFile
from fttui.training_data.wording import CONVERT

_BLOCK = 1 << 20
_MAX_VALUE = 16_000_000
BOM = b"\xef\xbb\xbf"
_PUNCTUATION = frozenset("€‚„…†‡‰‹›‘’“”•–—™¡¢£¥§©«»®°±²³´·¹º¼½¾¿×÷\u00a0\u00ad")


class RepairRefused(Exception):  # noqa: N818 - an outcome with a sentence for the user
    """A file that cannot be corrected or split; the text says why."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the examples are laid out in a file."""

    codec: str = "utf-8"
    """Python's name of the encoding of the file, or of the lines that are not UTF-8."""
    is_json: bool = False
    """One or more JSON values across lines, such as an array, instead of JSON Lines."""
    mixed: bool = False
    """Most lines are UTF-8; only the others are decoded with `codec`."""

    @property
    def is_lines(self) -> bool:
        """Whether the file is JSON Lines already, whatever its encoding."""
        return not self.is_json

    @property
    def correction(self) -> str:
        """The name of the correction that laying each line out anew is, empty for none."""
        return "array" if self.is_json else ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its line end, as UTF-8 where that could be done."""

    data: bytes
    number: int
    """The line of the original, or for JSON across lines the number of the value."""
    had_crlf: bool = False
    was_converted: bool = False


def layout_of(file: CheckedFile) -> Layout:
    """Look a file over, as far as that is needed, and tell its layout.

    Raises RepairRefused for an archive, a table or an encoding that is not certain.
    """
    head = _pread(file, 0, _BLOCK)
    kind = recognise(head, len(head) >= file.size)
    if kind is None:
        return _encoding_of_lines(file)
    if kind.codec:
        text = head.decode(kind.codec, "ignore").lstrip("\ufeff \t\r\n")
        return Layout(kind.codec, is_json=_spans_lines(text, len(head) >= file.size))
    if kind.fix == CONVERT:
        return Layout(is_json=True)
    raise RepairRefused(
        _(
            "{name} is {name2}, which cannot be corrected: {fix}.",
            name=file.name,
            name2=kind.name,
            fix=kind.fix,
        )
    )


def _spans_lines(text: str, whole: bool) -> bool:
    found = recognise(text.encode(), whole)
    return found is not None and found.fix == CONVERT


def _encoding_of_lines(file: CheckedFile) -> Layout:
    """UTF-8, or the one other encoding that all lines that are not UTF-8 agree on."""
    bad: list[bytes] = []
    seen_multibyte = False
    for data in _raw_lines(file):
        if data.isascii():
            continue
        try:
            data.decode()
            seen_multibyte = True
        except UnicodeDecodeError:
            bad.append(data[:4096])
            if len(bad) >= 1000:
                break
    if not bad:
        return Layout()
    if all(_is_cesu(line) for line in bad):
        return Layout("cesu-8", mixed=True)
    if not seen_multibyte and all(_is_windows_1252(line) for line in bad):
        return Layout("cp1252", mixed=True)
    raise RepairRefused(
        _(
            "{name} is not UTF-8, and its encoding cannot be told for certain. "
            "Save it as UTF-8 with the program that wrote it.",
            name=file.name,
        )
    )


def _is_cesu(line: bytes) -> bool:
    """Surrogate pairs written as two sequences of three bytes, as Java and Oracle do."""
    try:
        _from_cesu(line)
    except UnicodeError:
        return False
    return True


def _from_cesu(line: bytes) -> str:
    text = line.decode("utf-8", "surrogatepass")
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def _is_windows_1252(line: bytes) -> bool:
    """Every byte has a meaning, and what is not ASCII are letters and usual punctuation."""
    try:
        text = line.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return all(c.isascii() or c.isalpha() or c in _PUNCTUATION for c in text)


def lines_of(file: CheckedFile, layout: Layout) -> Iterator[Line]:
    """Yield the lines, or the JSON values one to a line, blank lines included."""
    if layout.is_json:
        for number, value in enumerate(_Values(file, layout.codec), 1):
            yield Line(_written(value), number)
    elif layout.codec == "utf-8" or layout.mixed:
        for number, raw in enumerate(_raw_lines(file), 1):
            yield line_of(raw.removeprefix(BOM) if number == 1 else raw, number, layout)
    else:
        for number, text in enumerate(_decoded_lines(file, layout.codec), 1):
            stripped = text.removesuffix("\r")
            data = stripped.encode("utf-8", "surrogatepass")
            yield Line(data, number, stripped != text, was_converted=True)


def line_of(raw: bytes, number: int, layout: Layout) -> Line:
    """A line of a file whose lines are bytes, as it stands between two line feeds."""
    data = raw.removesuffix(b"\r")
    had_crlf = len(data) != len(raw)
    if not layout.mixed or data.isascii():
        return Line(data, number, had_crlf)
    try:
        data.decode()
    except UnicodeDecodeError:
        text = _from_cesu(data) if layout.codec == "cesu-8" else data.decode(layout.codec)
        return Line(text.encode(), number, had_crlf, was_converted=True)
    return Line(data, number, had_crlf)


def _raw_lines(file: CheckedFile) -> Iterator[bytes]:
    """The bytes between line feeds; nothing after the last one if that ends the file."""
    for block in whole_lines(file):
        yield from block[:-1].split(b"\n")


def whole_lines(file: CheckedFile) -> Iterator[bytes]:
    """The file in blocks of whole lines; the last one gets the line feed that it may lack."""
    rest = b""
    for data in _blocks(file):
        end = data.rfind(b"\n") + 1
        if end:
            yield rest + data[:end]
            rest = b""
        rest += data[end:]
        _limit(len(rest))
    if rest:
        yield rest + b"\n"


def _decoded_lines(file: CheckedFile, codec: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(codec)()
    rest = ""
    for data in chain(_blocks(file), [b""]):
        try:
            text = rest + decoder.decode(data, final=not data)
        except UnicodeDecodeError:
            raise RepairRefused(
                _("{name} is not valid {upper} throughout.", name=file.name, upper=codec.upper())
            ) from None
        pieces = text.removeprefix("\ufeff").split("\n")
        rest = pieces.pop()
        _limit(len(rest))
        yield from pieces
    if rest:
        yield rest


def require_unchanged(file: CheckedFile) -> None:
    """Raise RepairRefused if the file is not what it was when it was opened, or not there."""
    change = file.change()
    if change:
        raise RepairRefused(
            _(
                "{name} was not left alone: {change}. Nothing was written; start again.",
                name=file.name,
                change=change,
            )
        )


def _limit(length: int) -> None:
    if length > _MAX_VALUE:
        raise RepairRefused(
            _("A line is longer than {max_value:,} bytes: split it by hand.", max_value=_MAX_VALUE)
        )


def _blocks(file: CheckedFile) -> Iterator[bytes]:
    at = 0
    while at < file.size:
        data = _pread(file, at, min(_BLOCK, file.size - at))
        if not data:
            raise RepairRefused(_("{name} became shorter while it was read.", name=file.name))
        yield data
        at += len(data)


def _pread(file: CheckedFile, offset: int, wanted: int) -> bytes:
    try:
        return os.pread(file.fd, wanted, offset)
    except OSError as error:
        raise RepairRefused(
            _("{name} cannot be read: {why}.", name=file.name, why=why(error))
        ) from None


class _Values:
    """The items of a JSON array, or the values that follow each other, read piece by piece."""

    def __init__(self, file: CheckedFile, codec: str) -> None:
        self._name = file.name
        self._codec = "utf-8-sig" if codec == "utf-8" else codec
        self._decoder = codecs.getincrementaldecoder(self._codec)()
        self._parse = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode
        self._blocks = _blocks(file)
        self._text = ""
        self._at = 0
        self._wanted = 1
        self._ended = False

    def __iter__(self) -> Iterator[Any]:
        is_array = self._next_character() == "["
        if is_array:
            self._at += 1
        while (character := self._next_character(skip="," if is_array else "")) != "":
            if is_array and character == "]":
                self._at += 1
                if self._next_character():
                    raise RepairRefused(
                        _("More follows the end of the array in {name}.", name=self._name)
                    )
                return
            yield self._value()
        if is_array:
            raise RepairRefused(
                _("The array in {name} has no end: the file is cut.", name=self._name)
            )

    def _next_character(self, skip: str = "") -> str:
        """The next character that is no white space, empty at the end of the file."""
        while True:
            while self._at < len(self._text):
                character = self._text[self._at]
                if not character.isspace() and character != skip:
                    return character
                self._at += 1
            if not self._fill():
                return ""

    def _value(self) -> Any:
        self._wanted = 1
        while True:
            try:
                value, end = self._parse(self._text, self._at)
            except (ValueError, RecursionError):
                if not self._fill():
                    sentence = _(
                        "The JSON in {name} is not valid, so it cannot be converted.",
                        name=self._name,
                    )
                    raise RepairRefused(sentence) from None
                continue
            if end < len(self._text) or not self._fill():
                self._at = end
                return value

    def _fill(self) -> bool:
        """Read on, twice as much each time while one value lasts; False at the end."""
        self._text, self._at = self._text[self._at :], 0
        _limit(len(self._text))
        for _unused in range(self._wanted):
            data = next(self._blocks, b"")
            try:
                self._text += self._decoder.decode(data, final=not data)
            except UnicodeDecodeError:
                codec = self._codec.removesuffix("-sig").upper()
                raise RepairRefused(
                    _("{name} is not valid {codec} throughout.", name=self._name, codec=codec)
                ) from None
            if not data:
                was_ended, self._ended = self._ended, True
                return not was_ended
        self._wanted *= 2
        return True


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _written(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()
