"""Which accounts were offered an archive already, so that each is offered one once."""

from __future__ import annotations

import contextlib
import json

from fttui.disk.reading import NotReadable, read_small
from fttui.storage.folders import FolderRefused, private_folder, state_folder, write_private

_FILE = "offered.json"
_MOST = 200
_LONGEST_FILE = 100_000


def is_first_offer(server: str, account: str, base_url: str = "") -> bool:
    """True when this account was not asked about before; it is remembered as asked from now on.

    An account is one of a base URL; what was remembered before that was told apart is by `server`,
    and counts for all there. Where nothing can be remembered it is true each time.
    """
    name = f"{base_url or server} {account}"
    offered = _offered()
    if name in offered or f"{server} {account}" in offered:
        return False
    with contextlib.suppress(OSError, FolderRefused):
        content = json.dumps([name, *offered][:_MOST])
        write_private(private_folder(state_folder()) / _FILE, content)
    return True


def _offered() -> list[str]:
    try:
        content, _ = read_small(state_folder() / _FILE, _LONGEST_FILE)
        told = json.loads(content)
    except (NotReadable, OSError, ValueError, RecursionError):
        return []
    return [name for name in told if isinstance(name, str)] if isinstance(told, list) else []
