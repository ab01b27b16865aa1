"""`fttui models delete`: each model named, confirmed, and deleted once."""

from __future__ import annotations

import argparse
from contextlib import suppress
from typing import TYPE_CHECKING

from fttui.cli.account_models import account_of, find_tuned
from fttui.cli.interrupted import telling_of
from fttui.cli.output import Output, confirm
from fttui.cli.problems import CommandError
from fttui.cli.sessions import open_session
from fttui.services.stored_files.words import listed_still_text, not_looked_text
from fttui.services.tuned_models.deletion import delete_one, needing_since
from fttui.services.tuned_models.words import (
    NOTHING_DELETED_SINCE,
    deletion_facts,
    deletion_question,
    deletion_warning,
    must_type,
    need_texts,
    needed_by_text,
    short_model,
    why_not_deleted,
)
from fttui.terminal.format import counted
from fttui.terminal.language import _, labelled
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.session import Session
    from fttui.services.tuned_models.inventory import TunedModel


def delete(args: argparse.Namespace, names: list[str]) -> int:
    """Delete these models; 1 if one of them could not be, or is none. One that is gone is fine."""
    output = Output.of(args)
    documents: list[dict[str, object]] = []
    with open_session(args, changes=True) as session:
        account = account_of(session, output)
        fitting: list[TunedModel] = []
        failed = False
        for name in names:
            model = find_tuned([*account.tuned, *account.others], name)
            problem = _problem(name, model, session)
            if model is not None and model.is_deleted:
                output.message(_("{model} was deleted before.", model=safe(name)))
                documents.append({"id": name, "deleted": True})
            elif problem or model is None:
                failed = True
                output.message(problem)
                documents.append({"id": name, "deleted": False, "error": {"message": problem}})
            else:
                fitting.append(model)
        if fitting and args.yes:
            for warning in need_texts(fitting, knows_jobs=account.knows_jobs):
                output.message(_("Warning: {warning}", warning=warning))
        elif fitting:
            if not _agreed(session, output, fitting, knows_jobs=account.knows_jobs):
                output.message(_("Nothing was deleted."))
                return 1
            _require_unneeded_since(session, fitting, knows_jobs=account.knows_jobs)
        failed = _delete_each(session, output, fitting, documents) or failed
    done = [safe(str(one["id"])) for one in documents if one["deleted"]]
    is_open = any(one["deleted"] is None for one in documents)
    words = _("It is not known what was deleted.") if is_open else _("Nothing was deleted.")
    words = _("Deleted: {names}.", names=", ".join(done)) if done else words
    output.outcome(documents, [], done=words)
    return 1 if failed else 0


def _problem(name: str, model: TunedModel | None, session: Session) -> str:
    """Why a model cannot be deleted, "" where it can; a wrong id is no deleted one."""
    if model is None:
        host = session.endpoint.host
        return _("{host} has no model {name}, so it was not deleted.", host=host, name=safe(name))
    if not model.is_tuned:
        return _("{name} was not fine-tuned by this account, so it stays.", name=safe(name))
    return why_not_deleted(model)


def _agreed(
    session: Session, output: Output, models: list[TunedModel], *, knows_jobs: bool
) -> bool:
    output.message(_("At {host}:", host=session.endpoint.host))
    for model in models:
        for label, value in deletion_facts(model):
            output.message(f"  {labelled(label, value)}")
    output.message(deletion_warning(models, knows_jobs=knows_jobs))
    count = len(models)
    what = _("deleting {counted}", counted=counted(count, "model"))
    word = must_type(models) if count > 1 else ""
    return confirm(deletion_question(count), yes=False, what=what, must_type=word)


def _require_unneeded_since(
    session: Session, models: list[TunedModel], *, knows_jobs: bool
) -> None:
    """Raise CommandError where a job that the question did not tell of needs one of them now.

    Also where the question could tell of all jobs, and they cannot be read any more.
    """
    from fttui.services.endpoint.errors import ServiceError

    work = needing_since(session.handle, models, knows_jobs=knows_jobs)
    try:
        since = session.thread.wait(work)
    except ServiceError as error:
        raise CommandError(not_looked_text(error)) from error
    if since:
        raise CommandError(needed_by_text(since), NOTHING_DELETED_SINCE)


def _delete_each(
    session: Session,
    output: Output,
    models: list[TunedModel],
    documents: list[dict[str, object]],
) -> bool:
    """Delete one after another, the rest too when one fails; True if any failed."""
    from fttui.services.endpoint.errors import ServiceError

    failed = False
    done: list[str] = []
    still: list[str] = []
    for model in models:
        try:
            with telling_of(output, model.id, done):
                is_gone = session.thread.wait(delete_one(session, model))
        except ServiceError as error:
            failed = True
            is_deleted = None if error.may_be_done else False
            documents.append({"id": model.id, "deleted": is_deleted, "error": error.to_json()})
            output.message(labelled(short_model(model.id), error.full_text))
            continue
        documents.append({"id": model.id, "deleted": True})
        if not is_gone:
            still.append(model.id)
        done.append(_("{model}  deleted", model=model.id))
        if not output.json:
            with suppress(OSError):  # told of all together below
                output.line(done[-1])
    for name in still:
        output.message(listed_still_text(short_model(name), session.endpoint.host))
    return failed
