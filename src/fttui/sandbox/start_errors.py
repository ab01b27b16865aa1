"""Why a sandbox cannot start, in sentences."""

from __future__ import annotations


class StartError(Exception):
    """The sandbox cannot start: `sentence` says why, `hint` what to do about it."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(" ".join(part for part in (sentence, hint) if part))
        self.sentence = sentence
        self.hint = hint


class FolderRefusedError(StartError):
    """The data folder is none of the sandbox's own; nothing in it was touched."""


class DataInUseError(StartError):
    """Another process has the same data folder open."""


class ListenError(OSError):
    """The address cannot be listened on; the arguments are those of the system's error."""


def shown(value: object) -> str:
    """A path or another text as one printable line."""
    return repr(str(value))[1:-1]


def reason(error: OSError) -> str:
    """What the system says, without the number and the path."""
    return shown(error.strerror or error)
