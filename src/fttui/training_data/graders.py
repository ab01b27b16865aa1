"""What a reinforcement grader asks of the examples."""

import re
from typing import Any

_TEMPLATE = re.compile(r"\{\{\s*item\.([A-Za-z_][\w-]*)")
_DEEPEST = 50


def item_fields(grader: Any) -> tuple[str, ...]:
    """The item fields in the `{{item.…}}` templates of a grader, given as its JSON value, sorted.

    Only the first step counts: `{{item.answer.value}}` needs the field `answer`.
    """
    found: set[str] = set()
    _collect(grader, found, 0)
    return tuple(sorted(found))


def _collect(value: Any, found: set[str], depth: int) -> None:
    if isinstance(value, str):
        found.update(_TEMPLATE.findall(value))
    elif depth < _DEEPEST and isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _collect(item, found, depth + 1)
