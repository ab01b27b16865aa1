"""When a model goes: its date, the days that are left, and how both are said.

All that fttui shows of a model's end comes from here. The endpoint's own date goes before the
table's, which holds OpenAI's dates alone and so speaks only of models by their OpenAI names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from fttui.terminal.format import counted
from fttui.terminal.language import _, marked
from fttui.training_data.models import base_model, find_model, model_table

SOON = 60
"""Days within which a model's end is told without being asked for."""
_URGENT = 30
_WORTH_A_SENTENCE = 365
_CHECKPOINT = re.compile(r":ckpt-step-\d+$")
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?!\d)")

Told = Mapping[str, date]
"""The endpoint's own dates, by the name of the model."""
NOTHING_TOLD: Told = {}
Source = Literal["endpoint", "table"]


@dataclass(frozen=True, slots=True)
class Retirement:
    """The first day on which a model is not there, and the days from today to it.

    `source` tells whose date it is: the endpoint's own, or that of the table.
    """

    day: date
    days_left: int
    source: Source

    @property
    def is_gone(self) -> bool:
        """True from the day after the date on."""
        return self.days_left < 0

    @property
    def is_soon(self) -> bool:
        """True of a model that is still there, and will not be in 60 days."""
        return 0 <= self.days_left <= SOON

    @property
    def look(self) -> str:
        """The name of the look that it is painted in: where all models go, few may be marked."""
        return "bad" if self.days_left < _URGENT else "plain"

    @property
    def short(self) -> str:
        """For a column: `49 d`, `today`, `shut down`."""
        if self.is_gone:
            return _("shut down")
        return _("{days} d", days=self.days_left) if self.days_left else _("today")

    @property
    def until(self) -> str:
        """To follow a model's name: `until 2027-01-14, 49 d`, `shut down 2026-10-23`."""
        if self.is_gone:
            return _("shut down {day}", day=self.day)
        return _("until {day}, {short}", day=self.day, short=self.short)

    @property
    def when(self) -> str:
        """As the value of a label: `2027-01-14, in 49 days`, `2026-10-23, 34 days ago`."""
        if self.is_gone:
            return _("{day}, {days} ago", day=self.day, days=counted(-self.days_left, "day"))
        if not self.days_left:
            return _("{day}, {short}", day=self.day, short=self.short)
        return _("{day}, in {days}", day=self.day, days=counted(self.days_left, "day"))

    @property
    def long(self) -> str:
        """To end a sentence: `shuts down on 2027-01-14, in 49 days`."""
        if self.is_gone:
            return _("was shut down on {day}", day=self.day)
        return _("shuts down on {when}", when=self.when)


def local_today() -> date:
    """The day of this machine's clock, in local time."""
    return date.today()


def told_dates(models: Iterable[tuple[str, str | None]]) -> dict[str, date]:
    """The dates that an endpoint tells, by model; a text that is no date tells nothing."""
    told = {}
    for name, text in models:
        found = _DATE.match(text or "")
        if found is None or not name:
            continue
        try:
            told[name] = date.fromisoformat(found[1])
        except ValueError:
            continue
    return told


def without_checkpoint(model: str) -> str:
    """The model that `model` is a checkpoint of, else its own name."""
    return _CHECKPOINT.sub("", model.strip())


def shutdown_day(
    model: str, told: Told = NOTHING_TOLD, base: str = ""
) -> tuple[date, Source] | None:
    """The day on which `model`, a base, a fine-tuned one or a checkpoint, goes, and whose word.

    The endpoint's date for that very model counts, else for the one that it is a checkpoint of,
    else for its base. `base` is that where the name does not tell it. None when nobody has said.
    """
    model = model.strip()
    for name in (model, without_checkpoint(model), base_model(model), base):
        if name in told:
            return told[name], "endpoint"
    known = find_model(model)
    return (known.shut_down, "table") if known and known.shut_down else None


def retirement_of(
    model: str, today: date, told: Told = NOTHING_TOLD, base: str = ""
) -> Retirement | None:
    """When `model` goes, as `shutdown_day` says, counted from `today`."""
    found = shutdown_day(model, told, base)
    return Retirement(found[0], (found[0] - today).days, found[1]) if found else None


_WAS_SHUT_DOWN = (
    marked("{base} was shut down{whose} on {gone}.{instead}"),
    marked("Shut down {gone}.{instead}"),
)
_NO_NEW_JOBS = (
    marked(
        "{base}: no new jobs from {no_jobs_from}, shut down{whose} on {when}, with its "
        "fine-tunes.{instead}"
    ),
    marked("{first}no new jobs from {no_jobs_from}, shut down on {gone}, {short}."),
)
_SHUT_DOWN = (
    marked("{base} and its fine-tunes are shut down{whose} on {when}.{instead}"),
    marked("{first}shut down on {gone}, {short}, with its fine-tunes."),
)


def retirement_notice(
    model: str, today: date, told: Told = NOTHING_TOLD, *, brief: bool = False
) -> str:
    """One sentence when `model` is gone or goes within a year, else "".

    `brief` is for the line below the model's name, which is short: what to use instead must stand
    in it.
    """
    found, known = retirement_of(model, today, told), find_model(model)
    if found is None or found.days_left > _WORTH_A_SENTENCE:
        return ""
    replacement = known.replacement if known else ""
    no_jobs_from = model_table().no_new_jobs_from
    if found.is_gone:
        texts = _WAS_SHUT_DOWN
    elif known and known.methods and known.shut_down == found.day and no_jobs_from < found.day:
        texts = _NO_NEW_JOBS
    else:
        texts = _SHUT_DOWN
    is_openais = known is not None and known.shut_down == found.day
    return _(
        texts[brief],
        base=base_model(model),
        gone=found.day,
        when=found.when,
        short=found.short,
        no_jobs_from=no_jobs_from,
        whose=_(" by OpenAI") if is_openais else "",
        instead=_(" Use {model} instead.", model=replacement) if replacement else "",
        first=_("Use {model}: ", model=replacement) if replacement else "",
    )
