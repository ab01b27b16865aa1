"""What a word for a training file means: a file on this machine, or the id of one on the endpoint.

The command line and the form take the same words in the same way.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import NotFoundError, ServiceError, UnsupportedError
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle

_PREFIX = "id:"
_LONGEST = 512
_ID = re.compile(
    r"file[-_][A-Za-z0-9_-]{1,200}"
    r"|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    r"|s3://[!-~]+"
)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,255}")
_ENDING = re.compile(
    r"(?i)\.(jsonl?|ndjson|txt|csv|tsv|parquet|arrow|gz|zip|bz2|xz|zst|xlsx?|md|ya?ml|toml|xml"
    r"|html?|pdf|py|log|bak|tmp|old|orig)$"
)


class UnknownFileError(ServiceError):
    """A word that is neither a file here nor known to the endpoint as an id."""


def certain_id(text: str) -> str:
    """The id that `text` certainly is, "" of a path and of what only may be one.

    `id:` before it makes an id of anything visible. A file of that name goes before an id that is
    known by its form alone.
    """
    if text.startswith(_PREFIX):
        named = text.removeprefix(_PREFIX)
        return named if _is_id(named) else ""
    is_known = len(text) <= _LONGEST and _ID.fullmatch(text) is not None
    return text if is_known and not os.path.lexists(text) else ""


def any_id(text: str) -> str:
    """What stands behind `id:` where a call can name a file by it, "" of anything else.

    A job cannot be asked for with blanks in an id, but a file may be listed by one.
    """
    named = text.removeprefix(_PREFIX)
    is_one = 0 < len(named) <= _LONGEST and named.isprintable() and named.strip(". ") != ""
    return named if is_one and named != text else ""


def _is_id(text: str) -> bool:
    """True of what can be sent as an id: visible, without blanks, and no folder."""
    is_visible = text.isprintable() and not any(letter.isspace() for letter in text)
    return 0 < len(text) <= _LONGEST and is_visible and text not in (".", "..")


def may_be_id(text: str) -> bool:
    """True of a word that only the endpoint can tell to be an id: no file here, and none's name."""
    is_word = _WORD.fullmatch(text) is not None and not _ENDING.search(text)
    return is_word and not os.path.lexists(text)


async def why_gone(handle: FineTuningHandle, file_id: str) -> str:
    """Why the file of a job cannot be used again, as sentences; "" where nothing speaks against it.

    It is an id whatever it looks like, also at an endpoint that cannot be asked about files.
    """
    try:
        await handle.retrieve_file(file_id)
    except NotFoundError:
        return _(
            "{host} has the file {file_id} no more. Choose another one.",
            host=handle.endpoint.host,
            file_id=safe(file_id, maxlen=_LONGEST),
        )
    except UnsupportedError:
        return ""
    except ServiceError as error:
        return error.full_text
    return ""


async def find_file(handle: FineTuningHandle, word: str) -> None:
    """Ask the endpoint whether `word`, which may be an id, is one.

    Raises:
        UnknownFileError: it does not know it, or does not offer to be asked.
        ServiceError: it could not be asked. Both name the two things that the word may mean.
    """
    try:
        await handle.retrieve_file(word)
    except ServiceError as error:
        is_no_id = isinstance(error, NotFoundError | UnsupportedError)
        raise (UnknownFileError if is_no_id else ServiceError)(
            _(
                "There is no file {word} here, and it is not known to be the id of a file either:"
                " {sentence}",
                word=safe(word),
                sentence=error.sentence,
            ),
            _(
                "Write the path of a .jsonl file, or id:{word} to send it as an id all the same.",
                word=safe(word),
            ),
            outcome=error.outcome,
            retryable=error.retryable,
            status=error.status,
            code=error.code,
        ) from error
