"""`fttui note`, `label` and `hide`: what is kept on this machine beside a job."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fttui.cli.job_word import add_job, add_jobs, job_of, jobs_of
from fttui.cli.output import Output
from fttui.cli.problems import CommandError
from fttui.cli.sessions import open_session
from fttui.terminal.language import _, labelled

if TYPE_CHECKING:
    from fttui.services.session import Session
    from fttui.storage.annotations import Annotation, KeptAnnotations

_LOCAL = _("It stays on this machine, for this endpoint and key; nothing is sent.")


def add_parser(commands: Any) -> None:
    """Add the three commands to the program's."""
    note = commands.add_parser(
        "note",
        description=" ".join([_("Show the note of a job, or write it."), _LOCAL]),
    )
    add_job(note)
    note.add_argument("text", metavar="TEXT", nargs="?", help=_('the note; "" takes it away'))
    note.set_defaults(run=_note)
    label = commands.add_parser(
        "label",
        description=" ".join([_("Show the labels of jobs, or change them."), _LOCAL]),
    )
    for option, what in (("--add", _("put it on")), ("--remove", _("take it off"))):
        label.add_argument(
            option,
            action="append",
            default=[],
            metavar="LABEL",
            help=_("{what} (may be given again)", what=what),
        )
    hide = commands.add_parser(
        "hide",
        description=" ".join([_("Leave jobs out of the list; the jobs go on."), _LOCAL]),
    )
    hide.add_argument("--undo", action="store_true", help=_("show them again"))
    for parser, run in ((label, _label), (hide, _hide)):
        add_jobs(parser)
        parser.set_defaults(run=run)


def _note(args: argparse.Namespace) -> int:
    output = Output.of(args)
    with _kept(args, changes=args.text is not None) as (session, kept):
        job_id = job_of(session, args.job, output)
        found = kept.of(job_id)
        if args.text is not None:
            found = kept.set_note(job_id, args.text)
    if output.json:
        output.document({"id": job_id, **found.to_json()})
    elif found.note:
        output.lines(output.wrapped(found.note))
    else:
        output.message(_("{job} has no note.", job=job_id))
    return 0


def _label(args: argparse.Namespace) -> int:
    def change(kept: KeptAnnotations, job_id: str) -> Annotation:
        return kept.change_labels(job_id, args.add, args.remove)

    changes = bool(args.add or args.remove)
    return _each(args, change if changes else None, lambda one: " ".join(one.labels))


def _hide(args: argparse.Namespace) -> int:
    def change(kept: KeptAnnotations, job_id: str) -> Annotation:
        return kept.set_hidden(job_id, not args.undo)

    return _each(args, change, lambda one: _("hidden") if one.hidden else _("shown"))


def _each(
    args: argparse.Namespace,
    change: Callable[[KeptAnnotations, str], Annotation] | None,
    words: Callable[[Annotation], str],
) -> int:
    """Change each job, the rest too when one is refused; 1 if any was."""
    from fttui.storage.annotations import AnnotationRefused
    from fttui.storage.journal import JournalError

    output = Output.of(args)
    documents: list[dict[str, object]] = []
    lines: list[str] = []
    failed = False
    with _kept(args, changes=change is not None) as (session, kept):
        for job_id in jobs_of(session, args.jobs, output):
            try:
                found = change(kept, job_id) if change else kept.of(job_id)
            except (AnnotationRefused, JournalError) as refused:
                if len(args.jobs) == 1:
                    raise
                failed = True
                documents.append({"id": job_id, "error": {"message": f"{refused}"}})
                output.message(labelled(job_id, str(refused)))
                continue
            documents.append({"id": job_id, **found.to_json()})
            lines.append(f"{job_id}  {words(found)}".rstrip())
    if output.json:
        output.document(documents[0] if len(documents) == 1 else documents)
    else:
        output.lines(lines)
    return 1 if failed else 0


@contextmanager
def _kept(args: argparse.Namespace, *, changes: bool) -> Iterator[tuple[Session, KeptAnnotations]]:
    """The session, and what is kept beside the jobs of the endpoint that is asked for.

    Raises CommandError where it cannot be read, or not be kept after this command.
    """
    from fttui.storage.annotations import AnnotationRefused
    from fttui.storage.journal import JournalError

    with open_session(args, changes=changes) as session:
        kept = session.annotations
        if changes and kept.doubt:
            raise CommandError(_("Nothing was kept. {doubt}", doubt=kept.doubt))
        try:
            yield session, kept
        except AnnotationRefused as refused:
            raise CommandError(f"{refused}") from None
        except JournalError as problem:
            raise CommandError(f"{problem}", problem.hint) from None


def all_kept(session: Session, output: Output) -> Mapping[str, Annotation]:
    """What is kept beside all jobs; what cannot be read is told, and is none.

    A journal that is not there is not made by it.
    """
    from fttui.services.kept_jobs import annotations_of
    from fttui.storage.journal import JournalError

    try:
        kept = annotations_of(session)
        return kept.all() if kept else {}
    except JournalError as problem:
        output.message(_("Notes and labels could not be read. {problem}", problem=problem))
        return {}
