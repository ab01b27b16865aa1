"""A worker process of the check: blocks of lines come in on stdin, results go out on stdout.

It loads nothing but the parsers and the vocabulary, gives way to other processes, does not hear
ctrl+c, and ends when its parent's end of the pipe is closed.
"""

import contextlib
import gc
import itertools
import os
import signal
import struct

import msgspec

from fttui.terminal.language import as_plain
from fttui.training_data.block import Examiner, judge
from fttui.training_data.profile import CheckProfile

HEADER = struct.Struct("<QQQ")
"""Length of the data, its offset in the file, and the length of the names of rules before it."""

ANSWER = struct.Struct("<Q")
"""Length of the encoded result that follows."""

NICE = 5
_BLOCKS_BETWEEN_COLLECTIONS = 100


def main() -> None:
    """Serve until the input ends; the first frame is the profile, each further one a block."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(NICE)
    # What is made for a line goes with it; looking for cycles takes a seventh of the time.
    gc.disable()
    frame = _read_frame()
    if frame is None:
        return
    examiner = Examiner(msgspec.msgpack.decode(frame[0], type=CheckProfile))
    encode = msgspec.msgpack.Encoder(enc_hook=as_plain).encode
    for count in itertools.count(1):
        frame = _read_frame()
        if frame is None:
            return
        if count % _BLOCKS_BETWEEN_COLLECTIONS == 0:
            gc.collect()
        data, offset, full = frame
        result = encode(judge(examiner, data, offset, full))
        try:
            _write(ANSWER.pack(len(result)))
            _write(result)
        except BrokenPipeError:
            return


def _read_frame() -> tuple[bytes, int, frozenset[str]] | None:
    """The next frame with its offset and the rules that are full, None at the end of the input."""
    header = _read(HEADER.size)
    if header is None:
        return None
    length, offset, names_length = HEADER.unpack(header)
    names = _read(names_length)
    data = _read(length)
    if names is None or data is None:
        return None
    return data, offset, frozenset(names.decode().split())


def _read(length: int) -> bytes | None:
    """Exactly so many bytes; in one piece, without a copy, if the pipe holds them already."""
    pieces: list[bytes] = []
    while length:
        piece = os.read(0, length)
        if not piece:
            return None
        pieces.append(piece)
        length -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]
