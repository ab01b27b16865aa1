"""`fttui create --from JOB --to PROFILE`: one job of an endpoint, asked for at another."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.cli.job_options import (
    Wish,
    given_of,
    job_again,
    lists_of,
    request_of,
    told_apart,
    with_rest,
)
from fttui.cli.output import Output
from fttui.cli.problems import CommandError, UsageError
from fttui.cli.sessions import open_session, open_target
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.job_again import Again
    from fttui.services.moving.single import There
    from fttui.services.session import Session
    from fttui.storage.moved_files import MovedFiles


def create_there(args: argparse.Namespace, create: Callable[..., int]) -> int:
    """Create the job by `create.create`; its files go when nothing needs them any more.

    Returns the exit status; raises UsageError without `--from`.
    """
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
    from fttui.services.moving.single import known_again
    from fttui.services.submission.sweeps import sweep_key

    given = given_of(args)
    lists = lists_of(given, is_again=True)
    offered = target.thread.wait(ask_target(target))
    job_id = job_again(args, source, lists)
    job = source.thread.wait(source.handle.find_job(job_id))
    again = source.thread.wait(known_again(source, job))
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
    single, values = told_apart(requests, given, lists)
    rest = [args.training_file, args.validation_file, args.metadata, args.further]
    key = sweep_key("to", again.job.raw_id, values, single, rest, first.form.grader)
    return Wish(requests, training, validation, told, against, key)


def _there(
    args: argparse.Namespace,
    source: Session,
    target: Session,
    again: Again,
    given: Mapping[str, str],
    offered: Sequence[str],
) -> There:
    """The job's form with what is given, as the other endpoint takes it; raises CommandError."""
    from fttui.services.job_again import changed_form
    from fttui.services.moving.single import there_of

    model = given.get("model", "")
    others = {name: text for name, text in given.items() if name != "model"}
    form = with_rest(changed_form(again.form, others), args, again.form)
    method = again.job.method if "method" not in given else form.method
    further = () if args.training_file else again.job.further_files
    asked = replace(again, form=form, job=replace(again.job, method=method, further_files=further))
    there = there_of(source, target, asked, offered, model)
    if not there.form.model:
        shown = there.offered
        raise CommandError(
            _("Nobody knows which model stands for {base} there.", base=there.base or "?"),
            _("Name one with --model: {shown}.", shown=shown) if shown else _("Give --model."),
        )
    return there


def _files(
    args: argparse.Namespace,
    source: Session,
    target: Session,
    again: Again,
    there: There,
    files: MovedFiles,
    paths: list[Path],
) -> tuple[str, str, tuple[str, ...]]:
    """The words for the training and the validation file, and what of them is not as it was."""
    from fttui.services.moving.fetching import Fetcher
    from fttui.services.moving.single import fetch_files
    from fttui.training_data.endpoints import limits_of

    training, validation = args.training_file, args.validation_file
    fetcher = Fetcher(source, files, limits_of(target.endpoint.base_url).max_bytes)
    wants = there.has_validation and validation is None
    if training:
        if not (wants and again.validation):
            return training, validation or "", ()
        found = source.thread.wait(fetcher.fetch(again.validation))
        paths.append(found.path)
        return training, str(found.path), tuple(filter(None, [found.note]))
    here = source.thread.wait(fetch_files(fetcher, again, validation=wants))
    paths += here.paths
    held_out = validation if validation is not None else str(here.validation or "")
    return str(here.training), held_out, here.notes
