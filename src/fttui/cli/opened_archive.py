"""An archive in the place of an endpoint: which one, what it is called, and its server."""

from __future__ import annotations

import os
import secrets
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fttui.cli.output import Output
from fttui.cli.problems import CommandError, UsageError
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from fttui.server.archive.reading import Archive, Head, Soundness
    from fttui.services.endpoint.address import Endpoint, ServedArchive
    from fttui.storage.settings import Profile

_FOREIGN = ("OPENAI_", "AZURE_OPENAI_", "FTTUI_")
_MOST_TOLD = 10


def archive_folder(args: Namespace) -> Path | None:
    """The folder of the archive that is asked for by `--archive` or by the profile in use.

    Raises SettingsError for a configuration that cannot be used.
    """
    if args.archive is not None:
        return Path(args.archive).absolute()
    from fttui.services.endpoint.address import chosen_profile
    from fttui.storage.settings import load_settings, settings_path

    settings = load_settings(args.config or settings_path())
    return folder_of(chosen_profile(settings, os.environ, args.profile))


def folder_of(profile: Profile) -> Path | None:
    """The archive that a profile names; raises SettingsError for a home that is not there."""
    from fttui.storage.settings import SettingsError

    if not profile.archive:
        return None
    try:
        return Path(profile.archive).expanduser().absolute()
    except RuntimeError:
        raise SettingsError(
            _("There is no home folder for {path}.", path=safe_path(profile.archive))
        ) from None


@contextmanager
def served_archive(path: Path, output: Output | None) -> Iterator[ServedArchive]:
    """The archive in `path`, served until the end; what its server tells goes to `output`.

    Raises UsageError for a folder that is no archive, or cannot be opened.
    """
    from fttui.cli.embedded import child_server
    from fttui.services.endpoint.address import ServedArchive
    from fttui.storage.secrets import Secret
    from fttui.storage.settings import OPENAI_BASE_URL

    key = "sk-archive-" + secrets.token_hex(16)
    environ = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN)}
    with ExitStack() as stack:
        archive = stack.enter_context(closing(opened(path)))
        try:
            server = child_server(
                "fttui.cli.archive_server",
                str(path),
                key=key,
                environ=environ,
                log=stack.enter_context(tempfile.TemporaryFile()),
                ended=partial(_tell_end, output),
            )
            base_url = stack.enter_context(server)
        except OSError as error:
            raise CommandError(
                _("The archive cannot be served: {reason}.", reason=error.strerror or error)
            ) from None
        head = archive.head()  # the server starts meanwhile
        notes = tuple(_notes_on(head, archive.soundness()))
        archive.close()
        is_openais = head.host == urlsplit(OPENAI_BASE_URL).netloc
        yield ServedArchive(
            _label_of(head), base_url, Secret(key), str(path), notes, is_openais=is_openais
        )


def opened(path: Path) -> Archive:
    """The archive in `path`; raises UsageError where there is none."""
    from fttui.server.archive.reading import Archive
    from fttui.server.config import StartError
    from fttui.storage.archive.head import no_archive

    try:
        archive = Archive(path)
    except StartError as error:
        raise UsageError(safe(error.sentence), safe(error.hint)) from None
    if archive.is_one():
        return archive
    archive.close()
    raise UsageError(no_archive(path), _("Name the folder that `fttui archive` wrote."))


def _label_of(head: Head) -> str:
    """What people know the archive as: `archive of HOST, saved DATE`."""
    if not head.host:
        return _("archive of an unknown endpoint")
    host = safe(head.host)
    if head.saved:
        return _("archive of {host}, saved {date}", host=host, date=head.saved)
    if head.is_finished:
        return _("archive of {host}", host=host)
    return _("archive of {host}, not finished", host=host)


def _notes_on(head: Head, soundness: Soundness) -> list[str]:
    """Sentences about what of an archive is not sound, or may be missing from it."""
    from fttui.server.archive.reading import VERSION

    notes = []
    if not head.is_finished:
        notes.append(
            _("The run that saves this archive has not ended, so some of it may be missing.")
        )
    if not head.has_index and head.is_finished:
        notes.append(_("index.json of this archive is missing, or is not that of an archive."))
    if head.version != VERSION:
        notes.append(
            _(
                "This archive is of version {version}, but this fttui knows version {known}: it "
                "shows what it understands.",
                version=head.version,
                known=VERSION,
            )
        )
    for name in soundness.missing if head.is_finished else ():
        notes.append(_("{name} is missing from this archive.", name=name))
    for name, count in soundness.unreadable.items():
        lines = counted(count, "line", "lines")
        notes.append(_("{lines} of {name} in this archive cannot be read.", lines=lines, name=name))
    for name in soundness.cut:
        notes.append(_("{name} of this archive is too large to be read to its end.", name=name))
    return notes


def _tell_end(output: Output | None, status: int, lines: list[str]) -> None:
    """Tell why the server had ended early, or what it found out of order meanwhile."""
    if output is None:
        return
    if status:
        reason = safe((lines or [_("no reason given")])[-1])
        output.message(
            _(
                "The server of the archive had ended early (status {status}): {reason}",
                status=status,
                reason=reason,
            )
        )
        return
    for line in lines[:_MOST_TOLD]:
        output.message(_("Warning: {warning}", warning=safe(line)))


def unserved(profile: Profile) -> Endpoint | None:
    """What a profile that names an archive leads to; nothing is served, so nothing can be asked.

    Raises UsageError as `opened`, and SettingsError as `folder_of`.
    """
    from fttui.services.endpoint.address import ServedArchive, archive_endpoint
    from fttui.storage.secrets import Secret

    path = folder_of(profile)
    if path is None:
        return None
    with closing(opened(path)) as archive:
        label = _label_of(archive.head())
    nowhere = ServedArchive(label, "http://127.0.0.1", Secret(""), str(path))
    return archive_endpoint(nowhere, profile)
