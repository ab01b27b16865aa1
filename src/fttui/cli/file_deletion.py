"""`fttui files delete`: asks once for all files, and tells of each what became of it."""

from __future__ import annotations

import argparse
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fttui.cli.interrupted import telling_of
from fttui.cli.output import Output, confirm
from fttui.cli.parser import file_id
from fttui.cli.problems import CommandError
from fttui.cli.sessions import open_session
from fttui.terminal.format import NOTHING, counted, size_text
from fttui.terminal.language import _, clauses, labelled

if TYPE_CHECKING:
    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.endpoint.models import TrainingFile
    from fttui.services.session import Session
    from fttui.services.stored_files.uses import FileUses

Asked = list[tuple[str, "TrainingFile | ServiceError"]]


def add_delete(actions: Any) -> None:
    """Add the action to those of `fttui files`."""
    delete = actions.add_parser(
        "delete",
        help=_("delete files from the endpoint"),
        description=_("Delete files from the endpoint, after a question that tells who uses them."),
    )
    delete.add_argument("--yes", action="store_true", help=_("do not ask"))
    delete.add_argument("files", metavar="ID", nargs="+", type=file_id, help=_("a file's id"))
    delete.set_defaults(run=_delete)


def _delete(args: argparse.Namespace) -> int:
    from fttui.services.endpoint.errors import ServiceError

    output = Output.of(args)
    file_ids = list(dict.fromkeys(args.files))
    with open_session(args, changes=True) as session:
        # A wrong id must not pass for a file that was deleted.
        asked = session.thread.wait(_look(session, file_ids))
        if len(asked) == 1 and isinstance(asked[0][1], ServiceError):
            raise asked[0][1]
        files = [file for _id, file in asked if not isinstance(file, ServiceError)]
        for name, problem in asked if not args.yes else ():
            if isinstance(problem, ServiceError):
                output.message(labelled(name, problem.sentence))
        if not _agreed(args, output, session, files):
            output.message(_("Nothing was deleted."))
            return 1
        return _carry_out(output, session, asked)


async def _look(session: Session, file_ids: list[str]) -> Asked:
    from fttui.services.endpoint.errors import ServiceError

    asked: Asked = []
    for name in file_ids:
        try:
            asked.append((name, await session.handle.retrieve_file(name)))
        except ServiceError as error:
            asked.append((name, error))
    return asked


def _agreed(
    args: argparse.Namespace, output: Output, session: Session, files: list[TrainingFile]
) -> bool:
    """Tell what would go and who needs it, and ask."""
    from fttui.services.stored_files.uses import read_uses
    from fttui.services.stored_files.words import deletion_warnings, size_sum_text

    if not files:
        return True
    uses = session.thread.wait(read_uses(session.handle))
    if not args.yes:
        output.message(_("At {host}:", host=session.endpoint.host))
        for file in files:
            output.message(f"  {file.id}  {file.filename or NOTHING}  {size_text(file.size)}")
    for warning in deletion_warnings(files, uses):
        output.message(_("Warning: {warning}", warning=warning))
    question = _("Delete this file? That cannot be undone.")
    if len(files) > 1:
        count, size = counted(len(files), "file"), size_sum_text(files)
        question = _("Delete these {count}, {size}? That cannot be undone.", count=count, size=size)
    must_type = str(len(files)) if len(files) > 1 else ""
    what = _("deleting {file}", file=" ".join(file.id for file in files))
    if not confirm(question, yes=args.yes, what=what, must_type=must_type):
        return False
    if not args.yes:
        _require_none_since(session, files, uses)
    return True


def _require_none_since(session: Session, files: list[TrainingFile], uses: FileUses) -> None:
    """Raise where a job needs a file by now that nobody was told of, or that cannot be read."""
    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.stored_files.uses import read_newer
    from fttui.services.stored_files.words import needed_since_text, not_looked_text

    told = uses.needing(files).keys()
    try:
        jobs = session.thread.wait(read_newer(session.handle, uses))
    except ServiceError as error:
        if uses.knows_all:
            raise CommandError(not_looked_text(error)) from error
        return
    for job in jobs:
        uses.note(job)
    since = [use for job_id, use in uses.needing(files).items() if job_id not in told]
    if since:
        raise CommandError(needed_since_text(since))


def _carry_out(output: Output, session: Session, asked: Asked) -> int:
    """Delete each file, the rest too when one fails; 1 if any failed."""
    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.stored_files.deleting import delete_file

    documents: list[dict[str, object]] = []
    done: list[str] = []
    deleted: list[TrainingFile] = []
    for name, file in asked:
        problem = file if isinstance(file, ServiceError) else None
        if not isinstance(file, ServiceError):
            try:
                with telling_of(output, name, done):
                    session.thread.wait(delete_file(session, file))
                deleted.append(file)
            except ServiceError as error:
                problem = error
        is_open = problem is not None and problem.may_be_done and problem is not file
        if problem is not None and len(asked) == 1 and not is_open:
            raise problem
        if problem is not None:
            is_deleted = None if is_open else False
            documents.append({"id": name, "deleted": is_deleted, "error": problem.to_json()})
            output.message(labelled(name, problem.full_text))
            continue
        documents.append({"id": name, "deleted": True})
        done.append(_("{file}  deleted", file=name))
        if not output.json:
            with suppress(OSError):  # told of all together below
                output.line(done[-1])
    document = documents[0] if len(asked) == 1 else documents
    is_open = any(one["deleted"] is None for one in documents)
    nothing = _("It is not known what was deleted") if is_open else _("Nothing was deleted")
    output.outcome(document, [], done=clauses(done or [nothing]) + ".")
    _tell_of_those_still_there(output, session, deleted)
    return 0 if len(done) == len(asked) else 1


def _tell_of_those_still_there(output: Output, session: Session, files: list[TrainingFile]) -> None:
    """An endpoint may say yes and delete nothing."""
    from fttui.services.stored_files.deleting import is_there_still
    from fttui.services.stored_files.words import listed_still_text

    for file in files:
        if session.thread.wait(is_there_still(session, file)):
            output.message(listed_still_text(file.id, session.endpoint.host))
