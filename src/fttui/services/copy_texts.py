"""What can be copied of jobs, each ready to be pasted where it belongs.

A key is never in it: commands and code read it from the variable that the endpoint's key is in.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fttui.services.job_form import SUBMISSION_TAG, JobRequest
from fttui.storage.profile_rules import OPTION_OF, variable_of
from fttui.storage.secrets import redact
from fttui.storage.settings import OPENAI_BASE_URL
from fttui.terminal.language import _
from fttui.terminal.text import safe_json

if TYPE_CHECKING:
    from fttui.services.endpoint.address import Endpoint
    from fttui.services.endpoint.models import Job

_DEFAULT_VARIABLE = "OPENAI_API_KEY"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class CopyText:
    """One thing to copy: `lines` of text, or `why_not`, a sentence, where there is none.

    `key` is a letter to choose it by. A bare one stands as the endpoint told it, so that odd
    characters in it are worth a question.
    """

    id: str
    name: str
    key: str
    lines: tuple[str, ...] = ()
    why_not: str = ""
    is_bare: bool = False
    note: str = ""
    """What is to be known before it is copied."""

    @property
    def text(self) -> str:
        """What is copied."""
        return "\n".join(self.lines)


def copy_texts(
    jobs: Sequence[Job], endpoint: Endpoint, is_deleted: Callable[[Job], bool] = lambda job: False
) -> list[CopyText]:
    """All that there is to copy of these jobs, one line or more for each of them.

    `is_deleted` tells of a job whose model is gone.
    """
    missing = {
        "id": _("The endpoint gave it no id."),
        "name": _("It has no suffix, and no model yet to be called by."),
        "model": _("It has no fine-tuned model yet."),
        "base": _("The endpoint does not tell its base model."),
        "training": _("The endpoint does not tell its training file."),
        "validation": _("It has no validation file."),
        "results": _("It has no result file yet."),
        "error": _("It has no error."),
    }
    bare: list[tuple[str, str, str, Callable[[Job], Iterable[str | None]]]] = [
        ("id", _("Job id"), "i", lambda job: [job.raw_id]),
        ("name", _("Name"), "n", lambda job: [job.name]),
        ("model", _("Fine-tuned model"), "m", lambda job: [job.fine_tuned_model]),
        ("base", _("Base model"), "b", lambda job: [job.model]),
        ("training", _("Training file"), "t", lambda job: [job.training_file]),
        ("validation", _("Validation file"), "v", lambda job: [job.validation_file]),
        ("results", _("Result files"), "r", lambda job: job.result_files),
        ("error", _("Error"), "e", _error),
    ]
    items = []
    for name, label, key, of in bare:
        lines = tuple(dict.fromkeys(text for job in jobs for text in of(job) if text))
        why_not = "" if lines else missing[name]
        gone = sum(map(is_deleted, jobs)) if name in ("model", "name") else 0
        note = gone_note(gone, len(lines))
        items.append(CopyText(name, label, key, lines, why_not, name != "error", note))
    return [*items, *_ready_made(jobs, endpoint)]


def joined_texts(groups: Sequence[Sequence[CopyText]]) -> list[CopyText]:
    """What there is to copy of several groups of jobs, each at an endpoint of its own."""

    def joined(parts: Sequence[CopyText]) -> CopyText:
        lines = tuple(dict.fromkeys(line for part in parts for line in part.lines))
        if not parts[0].is_bare:
            lines = tuple(line for part in parts for line in part.lines)
        why_not = "" if lines else parts[0].why_not
        note = next((part.note for part in parts if part.note), "")
        return replace(parts[0], lines=lines, why_not=why_not, note=note)

    return [joined(parts) if len(parts) > 1 else parts[0] for parts in zip(*groups, strict=True)]


def gone_note(gone: int, of: int) -> str:
    """That models are deleted, in front of their names."""
    if not gone:
        return ""
    return _("✗ deleted") if of <= 1 else _("✗ {gone} of {of} deleted", gone=gone, of=of)


def _ready_made(jobs: Sequence[Job], endpoint: Endpoint) -> Iterable[CopyText]:
    """What is made of jobs that have an id: to be run, or sent."""
    named = [job for job in jobs if job.can_be_acted_on]
    why_not = "" if named else _("The endpoint gave it no id.")
    parameters = tuple(_parameters_json(job, endpoint, indented=len(jobs) == 1) for job in jobs)
    yield CopyText("parameters", _("Parameters as JSON"), "p", parameters)
    away = _("An archive has no address to ask.") if endpoint.archive else why_not
    curls = tuple(_curl_line(job, endpoint) for job in named) if not away else ()
    yield CopyText("curl", _("curl"), "c", curls, away)
    yield CopyText("python", _("Python"), "y", _python(named, endpoint) if not away else (), away)
    yield CopyText("fttui", _("fttui show"), "f", _show(named, endpoint), why_not)
    lines = tuple(_create_line(job, endpoint) for job in named)
    yield CopyText("create", _("fttui create"), "g", lines, why_not)


def _error(job: Job) -> list[str]:
    error = job.error
    return [f"{error.code}: {error.message}" if error.message else error.code] if error else []


def _parameters_json(job: Job, endpoint: Endpoint, *, indented: bool = True) -> str:
    """The body of a create call that asks for this job again."""
    profile, told = endpoint.profile, job.metadata.items()
    request = JobRequest(
        job.model or "",
        job.training_file or "",
        job.validation_file or "",
        job.method or "supervised",
        job.hyperparameters.as_dict(),
        job.seed,
        job.suffix or "",
        {name: value for name, value in told if name != SUBMISSION_TAG},
        profile.training_type,
        profile.top_level_hyperparameters,
        grader=_without_keys(job.grader),
    )
    return safe_json(request.to_body(), indent=2 if indented else None)


def _without_keys(value: Any) -> Any:
    """A value of JSON as it was told, without what is a key in its texts."""
    if isinstance(value, Mapping):
        return {redact(name): _without_keys(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_keys(each) for each in value]
    return redact(value) if isinstance(value, str) else value


def shell_word(text: str) -> str:
    """`text` as one word of a shell's line, whatever is in it; always on one line.

    What a terminal would act on when it is pasted is written in escapes, which bash and zsh know.
    """
    if text.isprintable():
        return shlex.quote(text)
    escaped = "".join(
        one if one.isprintable() and one not in "\\'" else _escape(one) for one in text
    )
    return f"$'{escaped}'"


def _escape(sign: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in sign.encode("utf-8", "surrogatepass"))


def _curl_line(job: Job, endpoint: Endpoint) -> str:
    """A command that asks the endpoint for the job."""
    place = f"/fine_tuning/jobs/{quote(job.raw_id, safe='', errors='replace')}"
    return " ".join(curl_words(place, endpoint))


def curl_words(place: str, endpoint: Endpoint) -> list[str]:
    """The words of a command that calls what is at `place` below the endpoint's address."""
    extras = _own(endpoint)
    url = shell_word(f"{endpoint.base_url}{place}")
    for number, (name, value) in enumerate(extras[1].items()):
        variable = variable_of(value)
        shown = quote(name, safe="") + "=" + ("" if variable else quote(value, safe=""))
        url += shell_word(f"{'&' if number else '?'}{shown}") + (
            f'"${{{variable}}}"' if variable else ""
        )
    words = ["curl", "-sS", url]
    for name, value in extras[0].items():
        variable = variable_of(value)
        word = f'{shell_word(f"{name}: ")}"${{{variable}}}"' if variable else None
        words += ["-H", word or shell_word(f"{name}: {value}")]
    if endpoint.extras.sends_key:
        header = endpoint.extras.key_header
        head = f"{header}: " if header else "Authorization: Bearer "
        words += ["-H", f'{shell_word(head)}"${{{_key_variable(endpoint)}}}"']
    return words


def _own(endpoint: Endpoint) -> tuple[dict[str, str], dict[str, str]]:
    """Headers and query beside the key, with "env:NAME" for what is in a variable."""
    profile = endpoint.profile
    headers = dict(profile.extra_headers) if endpoint.is_profiles else {}
    query = dict(profile.extra_query) if endpoint.is_profiles else {}
    chosen = {
        "OpenAI-Organization": endpoint.organization,
        "OpenAI-Project": endpoint.project,
    }
    return {**{name: value for name, value in chosen.items() if value}, **headers}, query


def _key_variable(endpoint: Endpoint) -> str:
    name = endpoint.key_variable
    return name if _VARIABLE.fullmatch(name) else _DEFAULT_VARIABLE


def _python(jobs: Sequence[Job], endpoint: Endpoint) -> tuple[str, ...]:
    """A program for the official package that reads the jobs."""
    if not jobs:
        return ()
    ids = ", ".join(f"{job.raw_id!a}" for job in jobs)
    return (
        *client_lines(endpoint),
        f"for job_id in [{ids}]:",
        "    job = client.fine_tuning.jobs.retrieve(job_id)",
        "    print(job.id, job.status, job.fine_tuned_model)",
    )


def client_lines(endpoint: Endpoint) -> list[str]:
    """The first lines of such a program: the official package's client for this endpoint."""
    headers, query = _own(endpoint)
    key = f"os.environ[{_key_variable(endpoint)!a}]" if endpoint.extras.sends_key else '"none"'
    entries = [f"{name!a}: {_value(value)}" for name, value in headers.items()]
    if header := endpoint.extras.key_header:
        entries = [*entries, f"{header!a}: {key}", '"Authorization": Omit()']
    lines = [
        "import os",
        "",
        f"from openai import {'Omit, ' if header else ''}OpenAI",
        "",
        f"client = OpenAI(base_url={endpoint.base_url!a}, api_key={key},",
        f"    default_headers={{{', '.join(entries)}}},",
        f"    default_query={{{', '.join(f'{k!a}: {_value(v)}' for k, v in query.items())}}},",
        ")",
    ]
    return [line for line in lines if "={}," not in line]


def _value(value: str) -> str:
    variable = variable_of(value)
    return f"os.environ[{variable!a}]" if variable else f"{value!a}"


def _fttui(endpoint: Endpoint) -> str:
    """How fttui is called for this endpoint."""
    profile = endpoint.profile
    if endpoint.archive:
        return f"fttui --archive {shell_word(profile.archive)}"
    if not endpoint.is_profiles or endpoint.base_url != profile.base_url.rstrip("/"):
        return f"OPENAI_BASE_URL={shell_word(endpoint.base_url)} fttui"
    is_usual = profile.name == "openai" and endpoint.base_url == OPENAI_BASE_URL
    return "fttui" if is_usual else f"fttui --profile {shell_word(profile.name)}"


def _show(jobs: Sequence[Job], endpoint: Endpoint) -> tuple[str, ...]:
    lines = []
    for job in jobs:
        end_of_options = "-- " if job.raw_id.startswith("-") else ""
        lines.append(f"{_fttui(endpoint)} show {end_of_options}{shell_word(job.raw_id)}")
    return tuple(lines)


def _create_line(job: Job, endpoint: Endpoint) -> str:
    """A command that asks for the job again, of reinforcement by its id: a grader is no option."""
    start = f"{_fttui(endpoint)} create"
    if job.method not in (None, "supervised", "dpo") or not job.training_file:
        return f"{start} {shell_word(f'--from={job.raw_id}')}"
    settings = job.hyperparameters.as_dict()
    options: dict[str, object] = {
        "model": job.model,
        "training_file": f"id:{job.training_file}",
        "validation_file": f"id:{job.validation_file}" if job.validation_file else None,
        "method": job.method,
        **{name: value for name, value in settings.items() if name in OPTION_OF},
        "seed": job.seed,
        "suffix": job.suffix,
    }
    words = [f"{OPTION_OF[name]}={each}" for name, each in options.items() if each is not None]
    words += [
        f"--set={name}={json.dumps(value)}"
        for name, value in settings.items()
        if name not in OPTION_OF
    ]
    words += [
        f"--metadata={name}={value}"
        for name, value in job.metadata.items()
        if name != SUBMISSION_TAG
    ]
    return " ".join([start, *map(shell_word, words)])
