"""The single findings of `fttui doctor`; each stands alone, so that one failure hides no other."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fttui import __version__
from fttui.cli.problems import CommandError
from fttui.storage.folders import FolderRefused
from fttui.terminal.language import _, labelled
from fttui.terminal.text import safe, safe_path
from fttui.terminal.window import terminal_size

if TYPE_CHECKING:
    from fttui.services.session import Session

State = Literal["ok", "note", "warning", "problem"]
_TMUX_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; only a "problem" keeps fttui from working."""

    name: str
    state: State
    text: str
    more: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The stable shape that `--json` prints."""
        return {
            "name": self.name,
            "state": self.state,
            "message": self.text,
            "more": list(self.more),
        }


def all_findings(args: argparse.Namespace) -> Iterator[Finding]:
    """Everything worth knowing, the slow questions last."""
    yield _versions()
    yield _terminal()
    yield _colours()
    yield from _multiplexer()
    yield from _session_findings(args)
    if args.train:
        yield _training(args.python)


def _training(python: str) -> Finding:
    """What an interpreter has for `fttui serve`."""
    from fttui.server.engines.probe import INSTALL, ProbeError, probe

    try:
        found = probe(python)
    except ProbeError as error:
        hint = (safe(error.hint),) if error.hint else ()
        return Finding("training", "problem", safe(error.sentence), hint)
    versions = [f"Python {found.python}", *(f"{n} {v}" for n, v in found.versions.items())]
    more = [safe(", ".join(versions)), safe(python)]
    if found.missing:
        text = _("{missing} missing", missing=", ".join(found.missing))
        more.append(f"{python} -m {INSTALL}")
        return Finding("training", "problem", safe(text), tuple(map(safe, more)))
    if found.problem is not None:
        return Finding("training", "problem", safe(found.problem), tuple(more))
    return Finding("training", "ok", safe(found.summary()), tuple(more))


def _versions() -> Finding:
    found = [f"fttui {__version__}", f"Python {platform.python_version()}", sys.platform]
    for package in ("textual", "openai"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            return Finding(
                "versions",
                "problem",
                _("{package} is not installed.", package=package),
                tuple(found),
            )
    return Finding("versions", "ok", ", ".join(found))


def _terminal() -> Finding:
    size = terminal_size(sys.stderr)  # where the app paints
    kind = safe(os.environ.get("TERM", "") or "unset", maxlen=60)
    text = _(
        "TERM {kind}, {columns}x{lines}, {encoding}",
        kind=kind,
        columns=size.columns,
        lines=size.lines,
        encoding=sys.stdout.encoding,
    )
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return Finding(
            "terminal", "note", _("{text}; not a terminal, so the app cannot open here", text=text)
        )
    if kind == "dumb":
        return Finding("terminal", "warning", _("{text}; a dumb terminal shows little", text=text))
    if size.columns < 60 or size.lines < 16:
        return Finding("terminal", "warning", _("{text}; the app needs 60x16 at least", text=text))
    if "utf" not in (sys.stdout.encoding or "").lower():
        return Finding(
            "terminal", "warning", _("{text}; without UTF-8 glyphs are not readable", text=text)
        )
    return Finding("terminal", "ok", text)


def _colours() -> Finding:
    if os.environ.get("NO_COLOR"):
        return Finding("colours", "note", _("NO_COLOR is set: none; states are words and glyphs"))
    depth = os.environ.get("COLORTERM", "").lower()
    if depth in {"truecolor", "24bit"}:
        return Finding("colours", "ok", _("true colour (COLORTERM)"))
    many = "256color" in os.environ.get("TERM", "")
    return Finding("colours", "ok", _("256 colours") if many else _("16 colours"))


def _multiplexer() -> Iterator[Finding]:
    if os.environ.get("STY"):
        yield Finding(
            "screen", "note", _("inside GNU screen: the clipboard goes through in pieces")
        )
    if not os.environ.get("TMUX"):
        return
    version = _ask_tmux("-V")
    if not version:
        yield Finding("tmux", "warning", _("TMUX is set, but tmux does not answer"))
        return
    setting = _ask_tmux("show-options", "-gv", "set-clipboard") or "unknown"
    yield Finding(
        "tmux", "ok", _("{version}, set-clipboard {setting}", version=version, setting=setting)
    )


def _ask_tmux(*arguments: str) -> str:
    program = shutil.which("tmux")
    if program is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - tmux with constant arguments
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TMUX_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return safe(done.stdout.strip(), maxlen=80) if done.returncode == 0 else ""


def _session_findings(args: argparse.Namespace) -> Iterator[Finding]:
    from fttui.cli.sessions import open_session
    from fttui.storage.secrets import KeyRefused
    from fttui.storage.settings import SettingsError, settings_path

    path = args.config or settings_path()
    try:
        with open_session(args, quiet=True) as session:
            yield _settings(path, session.settings.warnings)
            yield _clipboard(session.settings.clipboard)
            yield _state_folder()
            yield _journal(session)
            yield _archive(session)
            yield _endpoint(session)
            yield _key(session)
            if not args.offline and session.credential is not None:
                yield from _verified(session)
    except SettingsError as problem:
        yield Finding("settings", "problem", str(problem))
        yield _clipboard("auto")
        yield _state_folder()
    except KeyRefused as problem:
        yield Finding("key", "problem", str(problem))
    except CommandError as problem:
        yield Finding(
            "endpoint", "problem", problem.sentence, (problem.hint,) if problem.hint else ()
        )


def _settings(path: Path, warnings: tuple[str, ...]) -> Finding:
    where = (
        safe_path(path)
        if path.exists()
        else _("{path} (not there: defaults)", path=safe_path(path))
    )
    if warnings:
        return Finding("settings", "warning", where, warnings)
    return Finding("settings", "ok", where)


def _clipboard(setting: str) -> Finding:
    from fttui.terminal.clipboard_plan import plan

    ways = plan(os.environ, setting)
    lines = tuple(labelled(way.name, way.why) for way in ways if way.usable)
    unusable = tuple(
        _("not {name}: {why}", name=way.name, why=way.why) for way in ways if not way.usable
    )
    first = ways[0]
    if first.name == "file":
        text = _("copied text is shown and kept in a file")
        return Finding("clipboard", "note", text, (*lines, *unusable))
    return Finding("clipboard", "ok", _("by {name}", name=first.name), (*lines, *unusable))


def _state_folder() -> Finding:
    from fttui.storage.folders import private_folder, state_folder

    path = state_folder()
    try:
        with tempfile.TemporaryFile(dir=private_folder(path)) as probe:
            probe.write(b"x")
    except (FolderRefused, OSError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem
        what = _("cannot be used, so no job can be recorded, and no key, report or log kept")
        return Finding("state", "problem", f"{safe_path(path)} {what}: {safe(reason)}")
    return Finding("state", "ok", safe_path(path))


def _journal(session: Session) -> Finding:
    warning = session.journal.warning
    if warning:
        return Finding(
            "journal",
            "problem",
            _("{warning} Nothing is paid for before that is mended.", warning=warning),
        )
    return Finding("journal", "ok", _("can be written; uploads and create calls are recorded"))


def _archive(session: Session) -> Finding:
    if session.credential is None:
        return Finding("archive", "note", _("each key's account has its own: there is no key"))
    found = session.archive
    if found is None:
        text = _("none yet; `fttui archive`, or A in the app, saves all that the endpoint has")
        return Finding("archive", "note", text)
    where = safe_path(found.folder)
    if not found.saved:
        text = _("{where}, not finished; `fttui archive` goes on with it", where=where)
        return Finding("archive", "note", text)
    return Finding("archive", "ok", _("{where}, saved {day}", where=where, day=found.saved))


def _endpoint(session: Session) -> Finding:
    endpoint = session.endpoint
    text = _(
        "{join} (from {source})",
        join=", ".join(endpoint.connection_parts(os.environ)),
        source=safe(endpoint.source),
    )
    if session.archive_notes:
        return Finding("endpoint", "warning", text, session.archive_notes)
    insecure = endpoint.is_insecure or bool(os.environ.get("SSLKEYLOGFILE"))
    return Finding("endpoint", "warning" if insecure else "ok", text)


def _key(session: Session) -> Finding:
    if session.endpoint.archive:
        return Finding("key", "ok", _("an archive needs none"))
    if session.credential is not None:
        secret = session.credential.secret
        source = safe(session.credential.source)
        text = _(
            "{masked}, {key_route} (from {source})",
            masked=secret.masked,
            key_route=session.key_route,
            source=source,
        )
        return Finding("key", "ok", text, session.key_notes)
    advice = (f"{session.endpoint.key_advice}.", session.endpoint.keyless_advice)
    more = (*filter(None, advice), *session.key_notes)
    return Finding("key", "problem", session.key_problem or _("none found"), more)


def _verified(session: Session) -> Iterator[Finding]:
    from fttui.services.verification import verify_offers

    result = session.thread.wait(verify_offers(session.handle))
    lines = result.text.splitlines()
    states: dict[bool | None, State] = {True: "ok", False: "problem", None: "warning"}
    yield Finding("verified", states[result.works], lines[0], tuple(lines[1:]))
    if result.told:
        yield Finding("offers", states[result.offers["jobs"]], result.told[0], result.told[1:])
