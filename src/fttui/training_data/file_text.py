"""A training file as a run of blocks: its bytes, its text in any encoding, its whole lines."""

import codecs
import io
import os
from collections.abc import Iterator
from itertools import chain

from fttui.disk.reading import why
from fttui.terminal.language import _
from fttui.training_data.files import CheckedFile

BLOCK = 1 << 20
MAX_LINE = 64_000_000
"""Bytes of the longest line, and characters of the longest value, that is taken in."""

BOM = b"\xef\xbb\xbf"
_NUL = b"\0"


class RepairRefused(Exception):  # noqa: N818 - an outcome with a sentence for the user
    """A file that cannot be corrected or split; the text says why."""


def pread(file: CheckedFile, offset: int, wanted: int) -> bytes:
    """Up to `wanted` bytes from `offset`. Raises RepairRefused if the disk fails."""
    try:
        return os.pread(file.fd, wanted, offset)
    except OSError as error:
        raise RepairRefused(
            _("{name} cannot be read: {why}.", name=file.name, why=why(error))
        ) from None


def nuls_at_end(file: CheckedFile) -> int:
    """How many NUL bytes a text file ends with: a disk or a program did not write it to its end.

    0 where NULs belong to the encoding, and for a file of nothing else.
    """
    at = file.size
    if file.pread(1, at - 1) != _NUL:
        return 0
    while at > 0:
        block = file.pread(min(BLOCK, at), max(0, at - BLOCK))
        left = len(block.rstrip(_NUL))
        at -= len(block) - left
        if left or not block:
            break
    nuls = file.size - at
    if not nuls or not at or _NUL in file.pread(min(at, BLOCK), 0):
        return 0
    return nuls


def blocks(file: CheckedFile) -> Iterator[bytes]:
    """The bytes of a file, without the NULs at its end. Raises RepairRefused if it is cut."""
    at, size = 0, file.size - nuls_at_end(file)
    while at < size:
        data = pread(file, at, min(BLOCK, size - at))
        if not data:
            raise RepairRefused(_("{name} became shorter while it was read.", name=file.name))
        yield data
        at += len(data)


def texts(file: CheckedFile, codec: str) -> Iterator[str]:
    """The text of a file, block by block, without a byte order mark.

    The codec `cesu-8` leaves the halves of a pair apart. Raises RepairRefused for bytes that are
    not of the encoding.
    """
    is_cesu = codec == "cesu-8"
    made = codecs.getincrementaldecoder("utf-8" if is_cesu else codec)
    decoder = made("surrogatepass" if is_cesu else "strict")
    is_first = True
    for data in chain(blocks(file), [b""]):
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeDecodeError:
            raise RepairRefused(
                _("{name} is not valid {upper} throughout.", name=file.name, upper=codec.upper())
            ) from None
        if text:
            yield text.removeprefix("\ufeff") if is_first else text
            is_first = False


def whole_lines(file: CheckedFile) -> Iterator[bytes]:
    """The file in blocks of whole lines; the last one gets the line feed that it may lack."""
    rest = b""
    for data in blocks(file):
        end = data.rfind(b"\n") + 1
        if end:
            yield rest + data[:end]
            rest = b""
        rest += data[end:]
        limit(len(rest))
    if rest:
        yield rest + b"\n"


def limit(length: int) -> None:
    """Raise RepairRefused for a line or a value that is longer than one may be."""
    if length > MAX_LINE:
        raise RepairRefused(
            _("A line is longer than {max_line:,} bytes: split it by hand.", max_line=MAX_LINE)
        )


class Seekable(io.RawIOBase):
    """An open file as a stream with a position of its own, for libraries that want one."""

    def __init__(self, file: CheckedFile) -> None:
        self._file = file
        self._at = 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It has a position."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place, as files do."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._file.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """The position."""
        return self._at

    def readinto(self, buffer: object) -> int:
        """Read into a buffer, 0 bytes at the end. Raises OSError if the disk fails."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        data = os.pread(self._file.fd, len(view), self._at)
        view[: len(data)] = data
        self._at += len(data)
        return len(data)
