"""The values that an argument may have: words that are known, and what this machine has kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from fttui.cli.argument import Argument
from fttui.cli.completing.kept import Kept, Words
from fttui.terminal.language import _

_FILES = frozenset({"FILE", "PATH", "OUT", "PATH|FILE_ID"})
_PURPOSES = ("fine-tune", "fine-tune-results")
_SPANS = ("1d", "7d", "4w")
_HOSTS = ("127.0.0.1", "0.0.0.0", "::1")  # noqa: S104 - offered, not listened on


class Values(NamedTuple):
    """Words with what each is, and whether files or folders are meant."""

    words: Words
    files: bool = False
    folders: bool = False


class Typed(NamedTuple):
    """What is typed of a value, what was kept of the endpoint, and the words that are known."""

    text: str
    kept: Kept
    known: Mapping[str, Sequence[str]]

    def words(self, kind: str) -> Words:
        """The known words of a kind."""
        return _plain(*self.known.get(kind, ()))


def values_of(
    command: str,
    argument: Argument,
    typed: str,
    words: Sequence[str],
    known: Mapping[str, Sequence[str]],
) -> Values:
    """The values of an argument of a command; `typed` is what is there behind `words`."""
    there = Typed(typed, Kept(words), known)
    kind = argument.value.strip("[].")
    name = f"{command} {argument.dest}".strip()
    finder = _FINDERS.get(name) or _EVERYWHERE.get(argument.dest)
    if finder is not None:
        return Values(finder(there))
    if kind in _FILES:
        ids = there.kept.files if kind == "PATH|FILE_ID" and typed else []
        return Values(ids, files=True)
    if kind == "DIR":
        return Values([], folders=True)
    return Values(_KINDS[kind](there) if kind in _KINDS else [])


def _plain(*words: str) -> Words:
    return [(word, "") for word in words]


def _jobs(typed: Typed) -> Words:
    return [*typed.kept.jobs, ("@last", _("the newest job"))]


def _base_models(typed: Typed) -> Words:
    return list(dict([*typed.words("base_models"), *typed.kept.used_models]).items())


def _any_models(typed: Typed) -> Words:
    return [*typed.kept.own_models, *_base_models(typed)]


def _models(typed: Typed) -> Words:
    actions = [("show", _("all of one")), ("delete", _("delete fine-tuned ones"))]
    return [*actions, *_any_models(typed), *_model_filter(typed)]


def _model_filter(typed: Typed) -> Words:
    values: dict[str, Callable[[], Words]] = {
        "is": lambda: typed.words("model_states"),
        "since": lambda: _plain(*_SPANS),
        "base": lambda: _base_models(typed),
        "job": lambda: typed.kept.jobs,
        "file": lambda: typed.kept.files,
        "method": lambda: typed.words("methods"),
    }
    alone = [] if ":" in typed.text else typed.words("model_states")
    return [*_filter_words(typed, "model_fields", values), *alone]


def _job_filter(typed: Typed) -> Words:
    """Fields, and behind one its values; what inverts a word stays in front of it."""
    values: dict[str, Callable[[], Words]] = {
        "is": lambda: typed.words("job_states"),
        "status": lambda: typed.words("statuses"),
        "label": lambda: typed.kept.labels,
        "since": lambda: _plain(*_SPANS),
        "method": lambda: typed.words("methods"),
        "model": lambda: _base_models(typed),
    }
    return _filter_words(typed, "job_fields", values)


def _file_filter(typed: Typed) -> Words:
    values: dict[str, Callable[[], Words]] = {
        "is": lambda: typed.words("file_states"),
        "purpose": lambda: _plain(*_PURPOSES),
        "since": lambda: _plain(*_SPANS),
        "used": lambda: typed.kept.jobs,
    }
    alone = [] if ":" in typed.text else typed.words("file_states")
    return [*_filter_words(typed, "file_fields", values), *alone]


def _filter_words(typed: Typed, fields: str, values: Mapping[str, Callable[[], Words]]) -> Words:
    sign = typed.text[:1] if typed.text.startswith("!") else ""
    name, colon, _value = typed.text.removeprefix(sign).partition(":")
    if not colon:
        every = typed.known.get(fields, ())
        return _plain(*(f"{sign}{one}" if one.endswith(".") else f"{sign}{one}:" for one in every))
    found = values.get(name)
    return [(f"{sign}{name}:{word}", text) for word, text in (found() if found else [])]


def _key_variables(_typed: Typed) -> Words:
    return _plain(*sorted(name for name in os.environ if name.endswith(("_KEY", "_TOKEN"))))


def _auto(_typed: Typed) -> Words:
    return _plain("auto")


_Finder = Callable[[Typed], Words]
_KINDS: dict[str, _Finder] = {
    "JOB": _jobs,
    "MODEL": _any_models,
    "M": _base_models,
    "LABEL": lambda typed: typed.kept.labels,
    "PROFILE": lambda typed: typed.kept.profiles,
    "CODE": lambda typed: typed.words("codes"),
    "COMMAND": lambda typed: typed.words("commands"),
    "N|auto": _auto,
}
"""By what a value is called in the help."""
_FINDERS: dict[str, _Finder] = {
    "create method": lambda typed: typed.words("methods"),
    "create model": _base_models,
    "create n_epochs": _auto,
    "create batch_size": _auto,
    "create learning_rate_multiplier": _auto,
    "create beta": _auto,
    "create reasoning_effort": lambda _typed: _plain("low", "medium", "high"),
    "create compute_multiplier": _auto,
    "jobs filter": _job_filter,
    "jobs status": lambda typed: typed.words("statuses"),
    "files list filter": _file_filter,
    "files list purpose": lambda _typed: _plain(*_PURPOSES),
    "files show file": lambda typed: typed.kept.files,
    "files download file": lambda typed: typed.kept.files,
    "files delete files": lambda typed: typed.kept.files,
    "models words": _models,
    "try model": lambda typed: [*_any_models(typed), *_jobs(typed)],
    "try against": lambda typed: [*_plain("base"), *_any_models(typed)],
    "recover submission": lambda typed: typed.kept.submissions,
    "archive jobs": _jobs,
    "move jobs": _jobs,
    "profiles show name": lambda typed: typed.kept.profiles,
    "profiles verify name": lambda typed: typed.kept.profiles,
    "profiles remove name": lambda typed: typed.kept.profiles,
    "profiles add template": lambda typed: typed.words("templates"),
    "profiles add api_key_env": _key_variables,
    "sandbox host": lambda _typed: _plain(*_HOSTS),
    "serve host": lambda _typed: _plain(*_HOSTS),
}
"""By the command and the name of an argument whose help calls its values something else."""
_EVERYWHERE: dict[str, _Finder] = {"profile": lambda typed: typed.kept.profiles}
"""By the name of an option that every command has."""
