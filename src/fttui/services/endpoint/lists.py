"""Lists in the shapes of many servers: read where it is certain what they are, else none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fttui.services.endpoint.pages import total_of
from fttui.services.endpoint.reading import snake_cased
from fttui.services.endpoint.status import STATES
from fttui.terminal.language import _

_COMMON = ("items", "results", "list", "content")
_ENVELOPES = ("data", "result", "response")


@dataclass(frozen=True, slots=True)
class ListKind:
    """One kind of list: what a sentence calls it, its own names, and the signs of its entries.

    An entry has one of each tuple of `signs` at least. `may_be_nothing` where an answer without
    content is an empty one, and `may_be_names` where an entry may be a mere text.
    """

    what: str
    names: tuple[str, ...]
    signs: tuple[tuple[str, ...], ...]
    may_be_nothing: bool = False
    may_be_names: bool = False

    def is_certain(self, entries: object) -> bool:
        """True for a list of which every entry has the signs of its kind; one at least."""
        return isinstance(entries, list) and bool(entries) and all(map(self._is_one, entries))

    def _is_one(self, entry: object) -> bool:
        if isinstance(entry, str):
            return self.may_be_names and bool(entry)
        return isinstance(entry, dict) and self._has_signs(snake_cased(entry))

    def _has_signs(self, entry: Mapping[str, object]) -> bool:
        return all(any(entry.get(name) not in (None, "") for name in sign) for sign in self.signs)


class NoContent(list[object]):
    """What an answer without content is read as."""


_ID = ("id", "job_id", "file_id")
JOB_NAMES = ("job", "fine_tuning_job", "fine_tune")
"""What a single job may be called within an answer."""
JOB_LIST = ListKind(_("jobs"), ("jobs", "fine_tuning_jobs", "fine_tunes"), (_ID, STATES))
EVENT_LIST = ListKind(
    _("events"), ("events",), (("message", "name"),), may_be_nothing=True, may_be_names=True
)
CHECKPOINT_LIST = ListKind(
    _("checkpoints"),
    ("checkpoints",),
    (("step_number", "fine_tuned_model_checkpoint", "metrics", "result_files"),),
    may_be_nothing=True,
)
FILE_LIST = ListKind(_("files"), ("files",), (("id", "file_id"), ("filename", "purpose")))
MODEL_LIST = ListKind(
    _("models"), ("models",), (("id", "name", "model"),), may_be_nothing=True, may_be_names=True
)


def page_body(answer: object, kind: ListKind) -> Mapping[str, object] | None:
    """`answer` as OpenAI's page, the entries as `data`; None where it has no list of this kind."""
    if isinstance(answer, list):
        is_empty = not answer and (kind.may_be_nothing or not isinstance(answer, NoContent))
        is_list = is_empty or kind.is_certain(answer)
        return {"data": answer} if is_list else None
    if not isinstance(answer, dict):
        return None
    data = answer.get("data")
    if answer.get("error") and not data:
        return None
    if isinstance(data, list):
        return answer
    if data is None and answer.get("object") == "list":
        return {**answer, "data": []}
    for name in _ENVELOPES:
        inner = answer.get(name)
        if isinstance(inner, dict) and not any(isinstance(inner.get(n), dict) for n in _ENVELOPES):
            return page_body(inner, kind)
    for name in (*kind.names, *_COMMON):
        entries = answer.get(name)
        is_told_empty = name in kind.names or total_of(answer) == 0
        if kind.is_certain(entries) or (entries == [] and is_told_empty):
            return {**answer, "data": entries}
    return None


def single(answer: object, *names: str) -> object:
    """The one thing that an answer is, or that it holds under one of these names or as `data`."""
    for _unused in range(2):
        if not isinstance(answer, dict) or any(map(snake_cased(answer).get, _ID)):
            break
        held = (answer.get(name) for name in (*names, *_ENVELOPES))
        answer = next((one for one in held if isinstance(one, dict)), answer)
    return answer
