"""Planning a move: which jobs go, as what, with which files, and at what cost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.services.cost_again import cost_of
from fttui.services.job_again import Again, again_from
from fttui.services.moving.earlier import Earlier
from fttui.services.moving.fetching import Fetcher, NotFetchedError
from fttui.services.moving.fitting import Customs, Fitted, LeftOut, fitted
from fttui.services.moving.models import ModelMap
from fttui.services.moving.plan import (
    NEW,
    SKIPPED,
    MovedFile,
    MovePlan,
    MoveRow,
    text_of_row,
)
from fttui.services.submission.state import TRAINING, VALIDATION, Submission, request_data
from fttui.terminal.language import _, labelled
from fttui.terminal.text import safe
from fttui.training_data.check import check_file
from fttui.training_data.endpoints import limits_of
from fttui.training_data.files import FileRefused
from fttui.training_data.models import format_notice
from fttui.training_data.profile import item_fields
from fttui.training_data.wording import verdict, where

if TYPE_CHECKING:
    from fttui.services.endpoint.asked import Asked
    from fttui.services.job_form import JobRequest
    from fttui.services.session import Session
    from fttui.storage.annotations import Annotation
    from fttui.training_data.report import Report

_PROBLEMS = 2


@dataclass(frozen=True, slots=True)
class Planning:
    """What a plan is made of: the endpoint to go to, its models, the files, and earlier runs.

    `from_url` is where the jobs were made, `bases` what their fine-tuned models were made from,
    `asked` and `kept` what this machine knows of them by their ids: what was asked, and the notes.
    """

    target: Session
    models: ModelMap
    fetcher: Fetcher
    earlier: Earlier
    from_url: str
    bases: Mapping[str, str]
    asked: Mapping[str, Asked]
    kept: Mapping[str, Annotation]


class Planner:
    """Makes the rows; `on_row` is told how many are done. Its coroutine runs on source's thread."""

    def __init__(self, planning: Planning, on_row: Callable[[int], None] | None = None) -> None:
        self._with = planning
        self._on_row = on_row or (lambda _: None)
        self._reports: dict[tuple[object, ...], Report | FileRefused] = {}
        self._asked: dict[str, MoveRow] = {}
        self._limits = limits_of(planning.target.endpoint.base_url)
        self._lacks = Customs.of(planning.target.endpoint.profile).lacks

    async def plan(self, rows: Sequence[MoveRow]) -> MovePlan:
        """The plan for these jobs, oldest first; what is decided of a row already stays so."""
        for number, row in enumerate(rows, 1):
            if row.state == NEW:
                await self._plan(row)
            self._on_row(number)
        return MovePlan(tuple(rows))

    async def _plan(self, row: MoveRow) -> None:
        earlier, job_id = self._with.earlier, row.job.raw_id
        row.kept = self._with.kept.get(job_id)
        if known := earlier.made_of(job_id) or earlier.out_of(job_id):
            row.take(known)  # whatever is asked now
            return
        again = again_from(replace(row.job, asked=self._with.asked.get(job_id)))
        fit = self._fit(row, again)
        if fit is None:
            return
        own = earlier.open_of(job_id)
        if own is not None and self._asks_the_same(row, own, fit):
            await self._restore(own, again)
            row.take(own)
            self._asked.setdefault(earlier.text_of(own), row)
            return
        try:
            await self._fetch(row, again, fit)
        except NotFetchedError as error:
            row.refuse(error.sentence, error.hint)
            return
        await asyncio.to_thread(self._check, row)
        if row.state == NEW:
            self._compare(row, own)

    def _asks_the_same(self, row: MoveRow, own: Submission, fit: Fitted) -> bool:
        assert row.request is not None
        texts = [
            json.dumps(request_data(one.with_files("")), sort_keys=True)
            for one in (row.request, own.request)
        ]
        return texts[0] == texts[1] and (VALIDATION in own.files) == fit.has_validation

    async def _restore(self, own: Submission, again: Again) -> None:
        """Fetch files anew that have yet to be sent and are gone; without them it tells why."""
        ids = {TRAINING: again.training, VALIDATION: again.validation}
        for role, file in own.files.items():
            is_here = await asyncio.to_thread(Path(file.path).exists)
            if not file.file_id and ids[role] and not is_here:
                with suppress(NotFetchedError):
                    await self._with.fetcher.fetch(ids[role])

    def _fit(self, row: MoveRow, again: Again) -> Fitted | None:
        """The form as the other endpoint takes it; None where it is refused, or has no model."""
        job, model = again.job, again.form.model
        row.model = self._with.models.choose(model, self._with.bases.get(model, ""))
        if not again.training:
            row.refuse(_("It does not say which training file it used."))
            return None
        if job.further_files:
            row.refuse(
                _("It was trained on several files, and a job there has one."),
                _("Join them, and create the job from that."),
            )
            return None
        fit = fitted(again, self._with.target.endpoint, self._with.from_url)
        row.left_out += fit.left_out
        if fit.refusals:
            row.refuse(*fit.refusals)
            return None
        if not row.model.model:
            self._refuse_unnamed(row)
            return None
        form = replace(fit.form, model=row.model.model)
        if problems := form.problems(self._with.target.endpoint.profile):
            row.refuse(*(labelled(name, text) for name, text in problems.items()))
            return None
        row.request = form.to_request(self._with.target.endpoint.profile)
        return fit

    def _refuse_unnamed(self, row: MoveRow) -> None:
        base = safe(row.model.base, maxlen=100)
        if base:
            row.refuse(_("Nobody knows which model stands for {base} there.", base=base))
        else:
            row.refuse(_("It does not say which model it was trained from."))
        row.refuse(_("Name one: --map {base}=MODEL.", base=base or "OLD"))
        if offered := self._with.models.offered_text:
            row.refuse(_("There are: {offered}.", offered=safe(offered, maxlen=600)))

    async def _fetch(self, row: MoveRow, again: Again, fit: Fitted) -> None:
        for role, file_id in (("training", again.training), ("validation", again.validation)):
            if not file_id or (role == "validation" and not fit.has_validation):
                continue
            found = await self._with.fetcher.fetch(file_id)
            row.left_out += [LeftOut(found.note.rstrip("."))] if found.note else []
            setattr(row, role, MovedFile(found.path, ""))

    def _check(self, row: MoveRow) -> None:
        """Check the files by the rules of the other endpoint, and work out the cost."""
        assert row.request is not None and row.training is not None
        request, profile = row.request, self._with.target.endpoint.profile
        held_out = row.validation.path if row.validation else None
        if not held_out and request.grader and self._limits.requires_validation:
            row.refuse(_("Reinforcement needs a validation file there."))
            return
        try:
            report = self._report(request, row)
        except FileRefused as problem:
            row.refuse(str(problem))
            return
        row.training = _with_digests(row.training, report)
        if row.validation is not None and report.validation is not None:
            row.validation = _with_digests(row.validation, report.validation)
        for one in filter(None, (report, report.validation)):
            self._judge(row, one, allow_errors=profile.allow_file_errors)
        if notice := format_notice(request.model, report.format):
            row.left_out.append(LeftOut(notice.rstrip(".")))
        row.cost = cost_of(request, report, None, self._with.target)

    def _report(self, request: JobRequest, row: MoveRow) -> Report:
        assert row.training is not None
        held_out = row.validation.path if row.validation else None
        fields, method, model = item_fields(request.grader), request.method, request.model
        key = (row.training.path, held_out, method, model, fields)
        if key not in self._reports:
            check = partial(check_file, method=method, model=model, limits=self._limits)
            try:
                found: Report | FileRefused = check(
                    row.training.path, validation=held_out, item_fields=fields
                )
            except FileRefused as refused:
                found = refused
            self._reports[key] = found
        known = self._reports[key]
        if isinstance(known, FileRefused):
            raise known
        return known

    def _judge(self, row: MoveRow, report: Report, *, allow_errors: bool) -> None:
        for kind, count, words in (
            ("images", report.with_images, _("images")),
            ("tools", report.with_tools, _("tools")),
        ):
            if count and kind in self._lacks:
                row.refuse(
                    _("{file} has {what}, which are not taken there.", file=report.file, what=words)
                )
        if report.error_count and not allow_errors:
            told = [labelled(where(one), one.message) for one in report.errors[:_PROBLEMS]]
            row.refuse(
                _("{file}: {verdict}.", file=report.file, verdict=verdict(report)), " · ".join(told)
            )

    def _compare(self, row: MoveRow, own: Submission | None) -> None:
        """Find the row, or an earlier submission, that asks for the same."""
        text, earlier = text_of_row(row), self._with.earlier
        if (first := self._asked.get(text)) is not None:
            row.state, row.same_as = SKIPPED, first.job.raw_id
            row.reasons.append(_("It asks for the same as {job}.", job=first.job.id))
            first.twins.append(row)
        elif (same := earlier.same_as(text)) is not None:
            row.same_as = same.sweep.moved.job if same.sweep and same.sweep.moved else ""
            row.take(same)
        else:
            row.replaces = own
        self._asked.setdefault(text, row)


def _with_digests(file: MovedFile, report: Report) -> MovedFile:
    return replace(file, sha256=report.sha256, md5=report.md5, size=report.bytes)
