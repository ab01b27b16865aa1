"""`fttui create --from JOB --to PROFILE`: one job of an endpoint, asked for at another."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.cli.create import create
from fttui.cli.job_options import Wish, given_of, lists_of, request_of, with_rest
from fttui.cli.output import Output
from fttui.cli.problems import CommandError, UsageError
from fttui.cli.sessions import open_session, open_target
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.job_again import Again
    from fttui.services.job_form import JobForm
    from fttui.services.session import Session
    from fttui.storage.moved_files import MovedFiles


def create_there(args: argparse.Namespace) -> int:
    """Create the job; as `create.run`. Its files go from here when nothing needs them any more."""
    from fttui.services.moving.single import drop_files, keep_beside
    from fttui.storage.moved_files import MovedFiles

    if not args.from_job:
        raise UsageError(_("--to goes with --from JOB."), _("--profile names the one endpoint."))
    output = Output.of(args)
    with open_session(args) as source, open_target(args, source) as target:
        files = MovedFiles.for_forms(target.account)
        paths: list[Path] = []
        try:
            wish = _wish(args, source, target, files, paths)
            assert wish.again is not None
            kept = partial(keep_beside, source, target, wish.again.job)
            return create(args, output, target, wish, kept)
        finally:
            drop_files(target, files, paths)


def _wish(
    args: argparse.Namespace,
    source: Session,
    target: Session,
    files: MovedFiles,
    paths: list[Path],
) -> Wish:
    """What is asked for there; what was fetched for it is added to `paths`."""
    from fttui.services.job_again import against_text, form_texts
    from fttui.services.moving.gathering import ask_target
    from fttui.services.moving.single import again_of
    from fttui.services.submission.sweeps import SweepRefusedError, require_sweep, sweep_key

    given = given_of(args)
    lists = lists_of(given, is_again=True)
    offered = target.thread.wait(ask_target(target))
    again = source.thread.wait(again_of(source, args.from_job))
    rows = [dict(zip(lists, values, strict=True)) for values in product(*lists.values())]
    there = [_there(args, source, target, again, {**given, **row}, offered) for row in rows]
    first = there[0]
    training, validation, notes = _files(args, source, target, again, first, files, paths)
    requests = tuple(request_of(args, target, one.form, validation) for one in there)
    told = replace(again, left_out=tuple(dict.fromkeys((*first.left_out, *notes))))
    same = {"training": again.training, "validation": again.validation if validation else ""}
    mine = {"training": args.training_file, "validation": args.validation_file}
    shown = same | {role: path for role, path in mine.items() if path is not None}
    against = against_text(told, form_texts(first.form) | shown)
    if not lists:
        return Wish(requests, training, validation, told, against)
    try:
        require_sweep(requests)
    except SweepRefusedError as error:
        raise UsageError(error.sentence) from None
    single = {name: value for name, value in given.items() if name not in lists}
    values = {name: sorted(values) for name, values in lists.items()}
    rest = [args.training_file, args.validation_file, args.metadata, args.further]
    key = sweep_key("to", again.job.raw_id, values, single, rest, first.form.grader)
    return Wish(requests, training, validation, told, against, key)


@dataclass(frozen=True, slots=True)
class _There:
    """What one row asks for at the other endpoint."""

    form: JobForm
    has_validation: bool
    left_out: tuple[str, ...]


def _there(
    args: argparse.Namespace,
    source: Session,
    target: Session,
    again: Again,
    given: Mapping[str, str],
    offered: Sequence[str],
) -> _There:
    """The job's form with what is given, as the other endpoint takes it; raises CommandError."""
    from fttui.services.job_again import changed_form
    from fttui.services.moving.fitting import fitted
    from fttui.services.moving.models import ModelMap
    from fttui.services.moving.origin import origin_of
    from fttui.services.moving.single import model_text

    model = given.get("model", "")
    others = {name: text for name, text in given.items() if name != "model"}
    form = with_rest(changed_form(again.form, others), args, again.form)
    method = again.job.method if "method" not in given else form.method
    asked = replace(again, form=form, job=replace(again.job, method=method))
    fit = fitted(asked, target.endpoint, origin_of(source).base_url)
    if fit.refusals:
        raise CommandError(
            _(
                "It cannot be asked for at {host}: {why}",
                host=target.endpoint.host,
                why=" ".join(fit.refusals),
            ),
            _("Nothing was sent."),
        )
    choices = ModelMap(target, offered, {"": model} if model else {})
    choice = choices.choose(again.form.model)
    if not choice.model:
        shown = choices.offered_text
        raise CommandError(
            _("Nobody knows which model stands for {base} there.", base=choice.base or "?"),
            _("Name one with --model: {shown}.", shown=shown) if shown else _("Give --model."),
        )
    left_out = (*fit.left_out, *filter(None, [model_text(choice)]))
    return _There(replace(fit.form, model=choice.model), fit.has_validation, left_out)


def _files(
    args: argparse.Namespace,
    source: Session,
    target: Session,
    again: Again,
    there: _There,
    files: MovedFiles,
    paths: list[Path],
) -> tuple[str, str, tuple[str, ...]]:
    """The words for the training and the validation file, and what of them is not as it was."""
    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.moving.fetching import Fetcher
    from fttui.training_data.endpoints import limits_of

    fetcher = Fetcher(source, files, limits_of(target.endpoint.base_url).max_bytes)
    notes: list[str] = []

    def fetched(file_id: str) -> str:
        found = source.thread.wait(fetcher.fetch(file_id))
        notes.extend(filter(None, [found.note]))
        paths.append(found.path)
        return str(found.path)

    training, validation = args.training_file, args.validation_file
    if not training and not again.training:
        raise CommandError(" ".join(again.left_out), _("Give --training-file."))
    if not training and again.job.further_files:
        raise CommandError(
            _("It was trained on several files, and a job there has one."),
            _("Join them, and give that with --training-file."),
        )
    try:
        training = training or fetched(again.training)
        if validation is None:
            wanted = again.validation if there.has_validation else ""
            validation = fetched(wanted) if wanted else ""
    except ServiceError as error:
        raise CommandError(error.sentence, error.hint) from None
    return training, validation, tuple(notes)
