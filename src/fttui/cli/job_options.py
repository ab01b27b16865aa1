"""What `fttui create` asks for: its options, and the job that `--from` takes them over from."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from fttui.cli.api_names import add_api_names, other_option
from fttui.cli.grader_option import add_grader, grader_text, reinforcement_problems
from fttui.cli.job_word import job_of, job_word
from fttui.cli.output import Output
from fttui.cli.own_models import unnamed_model
from fttui.cli.parser import hyperparameter, metadata_pair
from fttui.cli.problems import CommandError, UsageError
from fttui.storage.profile_rules import OPTION_OF
from fttui.terminal.language import _, labelled
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.job_again import Again
    from fttui.services.job_form import JobForm, JobRequest
    from fttui.services.session import Session

_FILE_WORDS = _("a .jsonl file, or an id (id:WORD is always one)")
_FORM_OPTIONS = (
    (
        "model",
        _("the model to fine-tune; when left out the profile's default, or a server's only one"),
    ),
    ("method", _("supervised (the default), dpo or reinforcement")),
    ("n_epochs", _("auto, or 1 to 50")),
    ("batch_size", _("auto, or 1 to 256")),
    ("learning_rate_multiplier", _("auto, or a multiplier above 0")),
    ("beta", _("for dpo: auto, or above 0 and at most 2")),
    ("reasoning_effort", _("for reinforcement: low, medium or high")),
    ("compute_multiplier", _("for reinforcement: auto, or up to 10")),
    ("eval_interval", _("for reinforcement: steps between validations")),
    ("eval_samples", _("for reinforcement: samples of a validation example")),
    ("seed", _("a whole number; the endpoint picks one when left out")),
    ("suffix", _("becomes part of the fine-tuned model's name")),
)
_LISTED = ("n_epochs", "batch_size", "learning_rate_multiplier", "beta", "seed", "suffix")
"""Of which a sweep may have several."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a command asks for: one request, or those of a sweep that `key` tells from others.

    `training` and `validation` are words as a user writes them, "" for none. `again` is the job
    that the rest comes from, None without `--from`; `against` how the request differs from it.
    """

    requests: tuple[JobRequest, ...]
    training: str
    validation: str
    again: Again | None = None
    against: str = ""
    key: str = ""


def add_job_options(parser: Any) -> None:
    """Add to `fttui create` what says which job is wanted."""
    parser.add_argument(
        "--from",
        dest="from_job",
        metavar="JOB",
        type=job_word,
        help=_(
            "take over what this job was asked to be; other options go before it, and a list such"
            " as --epochs 2,3,4 makes a sweep: one job for each value, asked for once"
        ),
    )
    parser.add_argument(
        "--to",
        metavar="PROFILE",
        help=_(
            "create what --from takes over at the endpoint of this profile: files are fetched and "
            "checked by its rules, and what it cannot do is told before anything is sent"
        ),
    )
    for option in ("--training-file", "--validation-file"):
        parser.add_argument(option, metavar="PATH|FILE_ID", help=_FILE_WORDS)
    for name, words in _FORM_OPTIONS:
        if other := other_option(name):
            words = _("{words}; also {option}", words=words, option=other)
        parser.add_argument(OPTION_OF[name], dest=name, metavar="V", help=words)
    add_api_names(parser, (name for name, _words in _FORM_OPTIONS))
    add_api_names(parser, ("training_file", "validation_file"), "PATH|FILE_ID")
    add_grader(parser)
    parser.add_argument(
        "--metadata",
        action="append",
        type=metadata_pair,
        default=[],
        metavar="K=V",
        help=_("kept with the job (may be given again)"),
    )
    parser.add_argument(
        "--set",
        action="append",
        type=hyperparameter,
        default=[],
        dest="further",
        metavar="NAME=VALUE",
        help=_("a further hyperparameter: JSON, else a text (may be given again)"),
    )


def wish_of(args: argparse.Namespace, session: Session) -> Wish:
    """What the options ask for, with what is taken over from another job.

    Raises:
        UsageError: they cannot be sent as they are.
        CommandError: the job of `--from` has something that is gone.
        ServiceError: that job could not be asked for.
    """
    given = given_of(args)
    lists = lists_of(given, is_again=bool(args.from_job))
    if args.from_job:
        return _wish_again(args, session, given, lists)
    if not args.training_file:
        raise UsageError(
            _("The following arguments are required: --training-file."),
            _("`fttui create --help` shows what it takes."),
        )
    from fttui.services.job_form import JobForm

    given["model"] = given.get("model") or unnamed_model(session)
    given["method"] = given.get("method") or "supervised"
    form = with_rest(JobForm(**given), args)
    request = request_of(args, session, form, args.validation_file or "")
    return Wish((request,), args.training_file, args.validation_file or "")


def given_of(args: argparse.Namespace) -> dict[str, Any]:
    """The texts of the options that have fields in the form, as far as they are given."""
    return {
        name: getattr(args, name).strip()
        for name, _unused in _FORM_OPTIONS
        if getattr(args, name) is not None
    }


def lists_of(given: Mapping[str, str], *, is_again: bool) -> dict[str, list[str]]:
    """The values of each option that has several.

    Raises UsageError without `--from` (`is_again`), and for a value that is missing.
    """
    lists: dict[str, list[str]] = {}
    for name in _LISTED:
        values = [value.strip() for value in given.get(name, "").split(",")]
        if len(values) < 2:
            continue
        if not is_again:
            raise UsageError(
                _(
                    "{option}: only with --from JOB can it be a list.",
                    option=OPTION_OF[name],
                ),
                _("Create one job first; then `fttui create --from JOB` takes lists."),
            )
        if not all(values):
            raise UsageError(
                _("{option}: a value is missing between two commas.", option=OPTION_OF[name])
            )
        lists[name] = values
    return lists


def _wish_again(
    args: argparse.Namespace,
    session: Session,
    given: Mapping[str, str],
    lists: Mapping[str, Sequence[str]],
) -> Wish:
    from fttui.services.job_again import again_from, against_text, changed_form, form_texts
    from fttui.services.submission.asking import with_asked
    from fttui.services.submission.sweeps import sweep_key

    job_id = job_again(args, session, lists)
    job = session.thread.wait(session.handle.find_job(job_id))
    again = again_from(with_asked(job, session.journal, session.account))
    training = args.training_file or again.training
    validation = again.validation if args.validation_file is None else args.validation_file
    if not training:
        raise CommandError(" ".join(again.left_out), _("Give --training-file."))
    if again.is_of_another_method and "method" not in given:
        raise CommandError(" ".join(again.left_out), _("Give --method."))
    _require_there(session, {"training": training, "validation": validation}, again)
    rows = [dict(zip(lists, values, strict=True)) for values in product(*lists.values())]
    forms = [
        with_rest(changed_form(again.form, {**given, **row}), args, again.form) for row in rows
    ]
    requests = tuple(request_of(args, session, form, validation) for form in forms)
    files = {"training": training, "validation": validation}
    against = against_text(again, form_texts(forms[0]) | files)
    if not args.training_file:
        training = f"id:{training}"
    if args.validation_file is None and validation:
        validation = f"id:{validation}"
    if not lists:
        return Wish(requests, training, validation, again, against)
    single, values = told_apart(requests, given, lists)
    rest = [args.training_file, args.validation_file, args.metadata, args.further, forms[0].grader]
    key = sweep_key(job.raw_id, values, single, rest)
    return Wish(requests, training, validation, again, against, key)


def told_apart(
    requests: Sequence[JobRequest], given: Mapping[str, str], lists: Mapping[str, Sequence[str]]
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What a sweep is known by beside its job: the values given once, and the lists of the others.

    Raises UsageError where the requests are no sweep.
    """
    from fttui.services.submission.sweeps import SweepRefusedError, require_sweep

    try:
        require_sweep(requests)
    except SweepRefusedError as error:
        raise UsageError(error.sentence) from None
    single = {name: value for name, value in given.items() if name not in lists}
    return single, {name: sorted(values) for name, values in lists.items()}


def job_again(
    args: argparse.Namespace, session: Session, lists: Mapping[str, Sequence[str]]
) -> str:
    """The id of the job that `--from` names.

    Raises UsageError where the same command would be another sweep once a job is made.
    """
    word = args.from_job
    job_id = job_of(session, word, Output.of(args), surely=True)
    if lists and word.startswith("@"):
        raise UsageError(
            _(
                "{word} is another job once one of the sweep is made, so that the same command "
                "could not go on with it.",
                word=word,
            ),
            _("Name the job itself: --from {job_id}", job_id=safe(job_id)),
        )
    return job_id


def with_rest(form: JobForm, args: argparse.Namespace, old: JobForm | None = None) -> JobForm:
    """`form` with what has no plain value: pairs that are given go before those of the old one."""
    pairs = old.metadata if old is not None and not isinstance(old.metadata, str) else {}
    return replace(
        form,
        metadata={**pairs, **dict(args.metadata)},
        further={**form.further, **dict(args.further)},
        grader=grader_text(args.grader) or form.grader,
    )


def request_of(
    args: argparse.Namespace, session: Session, form: JobForm, validation: str
) -> JobRequest:
    """The request of a form; raises UsageError for what cannot be sent as it is."""
    from fttui.services.job_form import FieldError

    profile = session.endpoint.profile
    given = argparse.Namespace(**{**vars(args), "validation_file": validation})
    problems = form.problems(profile) | reinforcement_problems(given, form, session.endpoint)
    if form.beta and form.method != "dpo":
        problems["beta"] = _("Only the method dpo has it.")
    if problems:
        lines = [labelled(OPTION_OF.get(name, name), text) for name, text in problems.items()]
        raise UsageError("\n".join(lines))
    try:
        return form.to_request(profile)
    except FieldError as error:
        raise UsageError(str(error)) from None


def _require_there(session: Session, files: Mapping[str, str], again: Again) -> None:
    """Raise CommandError when a file that is taken over is on the endpoint no more."""
    from fttui.services.endpoint.errors import NotFoundError, UnsupportedError

    gone = {
        "training": _("The training file {word} of {job_id} is not on the endpoint any more."),
        "validation": _("The validation file {word} of {job_id} is not on the endpoint any more."),
    }
    for role, word in files.items():
        if not word or word != getattr(again, role):
            continue
        try:
            session.thread.wait(session.handle.retrieve_file(word))
        except UnsupportedError:
            continue  # nobody can tell; the create call will
        except NotFoundError:
            raise CommandError(
                gone[role].format(word=safe(word), job_id=again.job.id),
                _("Give another one: --{role}-file PATH.", role=role),
            ) from None
