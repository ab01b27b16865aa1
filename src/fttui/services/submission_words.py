"""What is said about a submission: its facts and cost before, its stage and progress meanwhile.

The app and the command line say it by these functions alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import ServiceError
from fttui.services.job_form import settings_of
from fttui.services.job_metadata import metadata_text
from fttui.terminal.format import (
    as_of_text,
    bar_text,
    count_text,
    counted,
    dollars_text,
    progress_text,
    rate_text,
    size_text,
)
from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.models import format_notice

if TYPE_CHECKING:
    from fttui.services.counted_files import CountedFile
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.job_form import JobRequest
    from fttui.services.session import Session
    from fttui.services.submission.types import Draft, SubmissionProgress
    from fttui.storage.settings import Settings
    from fttui.training_data.models import Estimate, Price
    from fttui.training_data.report import Report

_EXACT_UP_TO = 10_000_000
BILLS_NOBODY = _("nothing: this server bills nobody")
_BY_TIME = _("not known: reinforcement is billed by the time that it takes")


def prices_of(settings: Settings) -> Mapping[str, Price]:
    """The prices that the user has set, by model, with the date that goes with them."""
    from fttui.training_data.models import Price, model_table

    as_of = settings.prices_as_of or model_table().prices_as_of
    return {model: Price(dollars, as_of) for model, dollars in settings.prices.items()}


def estimate_for(request: JobRequest, report: Report, session: Session) -> Estimate:
    """Epochs, billable tokens and cost of `request` with the file that `report` is of.

    OpenAI's prices are nobody else's: elsewhere only those that the user has set count.
    """
    from fttui.training_data.models import estimate, price_in

    name = session.endpoint.profile.renames.get("n_epochs", "n_epochs")
    epochs = request.hyperparameters.get(name)
    prices = prices_of(session.settings)
    found = estimate(
        report,
        model=request.model,
        epochs=epochs if isinstance(epochs, int) else None,
        prices=prices,
    )
    is_users = price_in(prices, request.model) is not None
    if bills_nobody(request.model, session):
        return replace(found, price=None, usd=0.0)
    is_own = session.retirement.knows_openai or is_users
    return found if is_own else replace(found, price=None, usd=None)


def is_unbilled(model: str, session: Session) -> bool:
    """Whether nobody bills a job: what another machine says of its models is no promise."""
    return session.endpoint.is_loopback and model in session.retirement.unbilled


def bills_nobody(model: str, session: Session) -> bool:
    """Whether a job costs nothing: it is unbilled, and no price of the user's says otherwise."""
    from fttui.training_data.models import price_in

    is_priced = price_in(prices_of(session.settings), model) is not None
    return is_unbilled(model, session) and not is_priced


def describe_estimate(estimated: Estimate) -> list[tuple[str, str]]:
    """Label and value of each thing that an estimate tells; `≈` marks what is not exact."""
    about, guess = _marks(estimated)
    facts = [(EPOCHS, f"{estimated.epochs}")]
    if estimated.epochs_are_default:
        facts = [(EPOCHS, _("≈ {epochs} (auto: the endpoint decides)", epochs=estimated.epochs))]
    if estimated.billable_tokens is not None:
        cut = estimated.truncated_examples
        less = (
            _(" ({counted} cut at the model's limit)", counted=counted(cut, "example"))
            if cut
            else ""
        )
        facts.append((BILLABLE, f"{guess}{count_text(estimated.billable_tokens)}{less}"))
    if estimated.validation_tokens is not None:
        facts.append(
            (
                _("Validation"),
                _(
                    "{about}{validation_tokens:,} tokens, not billed",
                    about=about,
                    validation_tokens=estimated.validation_tokens,
                ),
            )
        )
    return [*facts, (COST, money_text(estimated))]


def money_text(estimated: Estimate, *, brief: bool = False) -> str:
    """What a job costs, by which price and of what day, or why that is not known."""
    _unused, guess = _marks(estimated)
    if estimated.price is not None and estimated.usd is not None:
        rate = rate_text(estimated.price.per_million)
        as_of = as_of_text(estimated.price.as_of, brief=brief)
        cost = dollars_text(estimated.usd)
        if not 0 < estimated.usd < 0.01:  # what is under a cent is no exact figure anyway
            cost = f"{guess}{cost}"
        if brief:
            return _("{cost} ({rate}/M, {as_of})", cost=cost, rate=rate, as_of=as_of)
        return _(
            "{cost} ({rate} per million, as of {as_of})",
            cost=cost,
            rate=rate,
            as_of=as_of,
        )
    if estimated.usd is not None:
        return _("costs nothing") if brief else BILLS_NOBODY
    if brief:
        return _("cost not known")
    if estimated.price is not None:
        return _("not known: the tokens were not counted")
    if estimated.is_billed_by_time:
        return _BY_TIME
    if not estimated.model:
        return _("not known without a model: --model names one")
    return _("not known: no price for this model; [prices] in the settings")


def estimate_line(report: Report, estimated: Estimate | None) -> str:
    """Examples, tokens, epochs and cost in one line; None stands for an unreadable form.

    For example `60 examples · 2,412 tokens × 3 epochs = 7,236 · $0.18 ($25/M, 2026-11-22)`.
    """
    parts = [counted(report.examples, "example")]
    if report.format == "reinforcement":
        return " · ".join([*parts, _("billed by time: cost not known")])
    if estimated is None or estimated.tokens_per_epoch is None or estimated.billable_tokens is None:
        if report.tokens is not None:
            parts.append(_("{tokens} tokens", tokens=_tokens(report.tokens.total)))
        return " · ".join(parts)
    about, guess = _marks(estimated)
    likely = "≈ " if estimated.epochs_are_default else ""
    parts.append(
        _(
            "{about}{tokens} tokens × {likely}{counted} = {guess}{tokens2}",
            about=about,
            tokens=_tokens(estimated.tokens_per_epoch),
            likely=likely,
            counted=counted(estimated.epochs, "epoch"),
            guess=guess,
            tokens2=_tokens(estimated.billable_tokens),
        )
    )
    parts.append(money_text(estimated, brief=True))
    if estimated.truncated_examples:
        parts.append(
            _(
                "{truncated_examples:,} over the limit",
                truncated_examples=estimated.truncated_examples,
            )
        )
    return " · ".join(parts)


def _marks(estimated: Estimate) -> tuple[str, str]:
    """`≈ ` where the tokens, and where the sum over all epochs, are not exact."""
    about = "" if estimated.exact else "≈ "
    return about, about or ("≈ " if estimated.epochs_are_default else "")


def _tokens(count: int) -> str:
    return count_text(count) if count < _EXACT_UP_TO else f"{count / 1e6:,.1f} M"


_STAGES = {
    "drafted": _("Preparing"),
    "confirmed": _("Preparing"),
    "uploading": _("Uploading"),
    "uploaded": _("Uploaded"),
    "intent": _("Creating the job"),
    "sending": _("Creating the job"),
}


def is_on_its_way(progress: SubmissionProgress) -> bool:
    """True until the create call is answered, or lost: then a note alone says how it is."""
    return progress.stage in _STAGES


def progress_line(progress: SubmissionProgress, *, bar: int = 0) -> str:
    """Stage and figures in one line, with a bar of so many columns where bytes are on their way.

    For example `Uploading the training file: 25 % of 12.0 MB, 1.2 MB/s, 8 s left`.
    """
    stage = _STAGES.get(progress.stage, str(progress.stage).capitalize())
    if not progress.file:
        return f"{stage}… {progress.note}".rstrip()
    done, total = progress.bytes_sent, progress.bytes_total
    still = progress.paused or progress.awaits_answer
    rate = None if still else progress.bytes_per_second
    figures = progress_text(done, total, rate, None if still else progress.seconds_left)
    if progress.awaits_answer:
        figures = _("{figures} sent, waiting for the endpoint", figures=figures)
    now = _("Paused") if progress.paused else stage
    what = (
        _("{now} the training file", now=now)
        if progress.file == "training"
        else _("{now} the validation file", now=now)
    )
    what = f"{what} {bar_text(done, total, bar)}" if bar else _("{what}:", what=what)
    note = f" · {progress.note}" if progress.note else ""
    return f"{what} {figures}{note}"


EPOCHS = _("Epochs")
"""The label of the epochs that an estimate rests on."""
BILLABLE = _("Billable tokens")
COST = _("Cost")
COUNTED = _("Counted")
NOT_COUNTED = _("not known: the tokens were not counted")
"""What is said of the cost of a job on a file of the endpoint whose tokens nobody knows."""

TRAINING_FILE = _("Training file")
VALIDATION_FILE = _("Validation file")
"""The labels of the facts that `stored_text` and `named_files` replace."""


def submission_facts(
    draft: Draft, session: Session, report: Report | None, counted: CountedFile | None = None
) -> list[tuple[str, str]]:
    """Label and value of each thing that is sent: where, what and at what cost come first.

    `report` is that of the training file, `counted` what an earlier check has counted of one that
    is on the endpoint.
    """
    request = draft.request
    facts = [
        (_("Endpoint"), " · ".join(session.endpoint.connection_parts(os.environ))),
        (TRAINING_FILE, _file_text(draft.training)),
    ]
    if draft.validation is not None:
        facts.append((VALIDATION_FILE, _file_text(draft.validation)))
    goes = session.retirement.of(request.model)
    is_warned_of = bool(session.retirement.notice(request.model))
    shown = f"{request.model} ({goes.until})" if goes and not is_warned_of else request.model
    facts.append((_("Model"), shown))
    if session.endpoint.is_loopback and not is_unbilled(request.model, session):
        facts.append((_("Billing"), _("by what runs at this address; a sandbox bills nothing")))
    if request.grader:
        facts += [(COST, reinforcement_cost(request, session)), *grader_facts(request.grader)]
    elif report is not None:
        facts += _estimate_facts(request, report, session)
    else:
        facts += stored_facts(request, session, counted, draft.cost)
    facts.append((_("Method"), request.method))
    facts += [
        (name, str(request.hyperparameters.get(name, _("auto (the endpoint decides)"))))
        for name in settings_of(request.method)
    ]
    further = {**request.further_hyperparameters, **request.extra_body}
    facts += [(name, _json_text(value)) for name, value in further.items()]
    facts.append(
        ("seed", _("the endpoint picks one") if request.seed is None else str(request.seed))
    )
    facts.append((_("suffix"), request.suffix or _("none")))
    if pairs := metadata_text(request.metadata):
        facts.append((_("metadata"), pairs))
    return [(safe(label), safe(value)) for label, value in facts]


def stored_facts(
    request: JobRequest, session: Session, counted: CountedFile | None, cost: str
) -> list[tuple[str, str]]:
    """What a job on a file of the endpoint costs, in the words of `cost`, and by whose count.

    Billable tokens, count and cost are there also where nobody knows them.
    """
    unknown = [(BILLABLE, _("not known")), (COUNTED, _("not on this machine; R in Files does it"))]
    if counted is not None:
        told = _estimate_facts(request, counted.report, session)
        unknown = [fact for fact in told if fact[0] != COST] + [(COUNTED, counted.text)]
    return [*unknown, (COST, cost or NOT_COUNTED)]


def _estimate_facts(request: JobRequest, report: Report, session: Session) -> list[tuple[str, str]]:
    """What an estimate tells, but for the epochs that were chosen, which stand below."""
    estimated = estimate_for(request, report, session)
    chosen = "" if estimated.epochs_are_default else EPOCHS
    return [fact for fact in describe_estimate(estimated) if fact[0] != chosen]


def reinforcement_cost(request: JobRequest, session: Session) -> str:
    """What a job of reinforcement costs: it is billed by the hour, and by what judges.

    Tokens times a price would be a wrong sum.
    """
    if is_unbilled(request.model, session):
        return BILLS_NOBODY
    return _BY_TIME


GRADER = _("Grader")
"""The label of the grader, which is told anew when the endpoint has looked at it."""


def grader_facts(grader: Mapping[str, object], told: str = "") -> list[tuple[str, str]]:
    """What judges the answers, with what the endpoint `told` of it, and what that costs besides."""
    from fttui.services.job_grader import function_of, grader_words, models_of

    facts = [(GRADER, " · ".join(filter(None, (grader_words(grader), told))))]
    if models_of(grader):
        facts.append((_("Also billed"), _("what the model of the grader reads and writes")))
    if function_of(grader):
        facts.append((_("Also billed"), _("the calls of the function, by AWS")))
    return facts


def stored_text(draft: Draft, stored: str) -> str:
    """The training file's fact when its content is on the endpoint already, as `stored`."""
    where = already_uploaded(stored)
    return safe(
        _(
            "{file_text}\n{where}: that one is used",
            file_text=_file_text(draft.training),
            where=where,
        ),
        newlines=True,
    )


async def named_files(draft: Draft, handle: FineTuningHandle) -> list[tuple[str, str]]:
    """The facts of the draft's files that are on the endpoint, with their names and sizes.

    A file that the endpoint does not tell of keeps its id.
    """
    files = ((TRAINING_FILE, draft.training), (VALIDATION_FILE, draft.validation))
    facts = []
    for label, file in files:
        if isinstance(file, str):
            with suppress(ServiceError):
                stored = await handle.retrieve_file(file)
                if stored.filename:
                    size = "" if stored.size is None else f" ({size_text(stored.size)})"
                    facts.append((label, f"{safe(stored.filename)}{size}\n{_file_text(file)}"))
    return facts


def already_uploaded(stored: str) -> str:
    """What comes after the name of a file whose content is on the endpoint, as `stored`."""
    return _("is on the endpoint already as {stored}, and is not sent a second time", stored=stored)


def submission_warning(draft: Draft, session: Session, report: Report | None) -> str:
    """What may make this job a waste, a sentence a line: a model that goes, a file not for it."""
    model = draft.request.model
    gone = session.retirement.notice(model)
    form = format_notice(model, report.format if report else None)
    same = ""
    if isinstance(draft.training, str) and draft.training == draft.validation:
        same = _("The validation file is the training file: its loss will tell nothing new.")
    return "\n".join(filter(None, (gone, form, same)))


def _json_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _file_text(file: object) -> str:
    if isinstance(file, str):
        return _("{file} (already on the endpoint)", file=file)
    name, size = getattr(file, "name", ""), getattr(file, "size", 0)
    return f"{name} ({size_text(size)})"
