"""What can be copied of models, each ready to be pasted where it belongs; a key is never in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fttui.services.copy_texts import CopyText, client_lines, curl_words, shell_word
from fttui.services.tuned_models.words import NO_ID
from fttui.terminal.language import _
from fttui.terminal.text import safe_json

if TYPE_CHECKING:
    from fttui.services.endpoint.address import Endpoint
    from fttui.services.tuned_models.bases import BaseModel
    from fttui.services.tuned_models.inventory import TunedModel

_PROMPT = "Say hello."


def model_texts(models: Sequence[TunedModel | BaseModel], endpoint: Endpoint) -> list[CopyText]:
    """All that there is to copy of these models, one line or more for each of them."""
    ids = tuple(one.raw_id for one in models if one.raw_id)
    no_id = "" if ids else NO_ID
    jobs = tuple(dict.fromkeys(job.raw_id for one in models if (job := getattr(one, "job", None))))
    bases = tuple(dict.fromkeys(base for one in models if (base := getattr(one, "base", ""))))
    away = _("An archive has no address to ask.") if endpoint.archive else no_id
    documents = tuple(safe_json(one.to_json(), indent=2) for one in models)
    return [
        CopyText("id", _("Model id"), "i", ids, no_id, is_bare=True),
        CopyText("base", _("Base model"), "b", bases, _no(bases, _("It has none.")), is_bare=True),
        CopyText("job", _("Job id"), "j", jobs, _no(jobs, _("No job is known.")), is_bare=True),
        CopyText("json", _("JSON"), "p", tuple("\n".join(documents).split("\n"))),
        CopyText("curl", _("curl"), "c", () if away else _curl(ids, endpoint), away),
        CopyText("python", _("Python"), "y", () if away else _python(ids, endpoint), away),
    ]


def _no(found: Sequence[str], why_not: str) -> str:
    return "" if found else why_not


def _curl(ids: Sequence[str], endpoint: Endpoint) -> tuple[str, ...]:
    """Commands that ask each model for an answer."""
    lines = []
    for name in ids:
        body = {"model": name, "messages": [{"role": "user", "content": _PROMPT}]}
        words = curl_words("/chat/completions", endpoint)
        words += ["-H", shell_word("Content-Type: application/json"), "-d"]
        lines.append(" ".join([*words, shell_word(json.dumps(body))]))
    return tuple(lines)


def _python(ids: Sequence[str], endpoint: Endpoint) -> tuple[str, ...]:
    """A program for the official package that asks each model for an answer."""
    return (
        *client_lines(endpoint),
        f"for model in [{', '.join(f'{name!a}' for name in ids)}]:",
        "    answer = client.chat.completions.create(",
        f'        model=model, messages=[{{"role": "user", "content": "{_PROMPT}"}}]',
        "    )",
        "    print(answer.choices[0].message.content)",
    )
