"""Copying to the clipboard the user means, and saying honestly what is known of the outcome."""

import base64
import os
import re
import shlex
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fttui.terminal.children import SECONDS, ask, feed
from fttui.terminal.clipboard_plan import (
    MOST_OVER_OSC52,
    MOST_UNCUT,
    Name,
    look_around,
    native_tool,
    plan,
)
from fttui.terminal.format import counted
from fttui.terminal.language import _, clauses, labelled
from fttui.terminal.text import is_plain_id, safe, safe_path

MOST_COPIED = 4_000_000
"""Characters; more would only keep the screen and every program that takes them waiting."""

_DCS_PIECE = 700
_TERMINAL_HINT = _(
    "If paste brings nothing: allow clipboard access in iTerm2 or xterm, "
    "or `set -g set-clipboard on` in tmux."
)
_BROWSER_SENT = _(
    "Sent to your browser, which takes it at localhost or over https. If paste brings nothing: "
    "key v shows it."
)
_DESKTOP_HINT = _("For the clipboard of this machine's desktop set FTTUI_CLIPBOARD=native.")
# Joiners are part of how words and emoji are written.
_KEPT = "\n\t\u200c\u200d"
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_COPY = "import pyperclip, sys; pyperclip.copy(sys.stdin.buffer.read().decode('utf-8'))"
_PASTE = "import pyperclip, sys; sys.stdout.buffer.write(pyperclip.paste().encode('utf-8'))"


@dataclass(frozen=True, slots=True)
class Copied:
    """The outcome of a copy: `verified` only if the text was read back from where it went."""

    verified: bool
    via: str
    sentence: str
    hint: str = ""
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text that is harmless when pasted, and how many characters were taken out of it."""

    text: str
    removed: int


def clean_for_copy(text: str, *, lines: bool = False) -> Cleaned:
    """Drop controls, invisible characters and the last newline; line ends too unless `lines`.

    A line end that goes becomes one space and is not counted.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    if not lines:
        text = " ".join(part for part in text.replace("\t", " ").split("\n") if part)
    # Few characters differ in a long text, and one look at each is enough.
    dropped = [c for c in set(text) if c not in _KEPT and unicodedata.category(c) in _DROPPED]
    kept = re.sub(f"[{re.escape(''.join(dropped))}]+", "", text) if dropped else text
    return Cleaned(kept.rstrip("\n"), len(text) - len(kept))


def join_ids(ids: Sequence[str], *, lines: bool = False) -> str:
    """Several ids as one text: separated by spaces, or one a line when the user chose so."""
    return ("\n" if lines else " ").join(ids)


def objection(ids: Sequence[str]) -> str:
    """Why ids should not be copied without asking, as a sentence; empty if they are harmless."""
    odd = [text for text in ids if not is_plain_id(text)]
    if not odd:
        return ""
    return _(
        "{odd!r} is not a usual id: it holds characters that a shell may "
        "act on when it is pasted. Copy it all the same?",
        odd=safe(odd[0], maxlen=80),
    )


def osc52(text: str) -> str:
    """The escape sequence that asks a terminal to set its clipboard; it never gives an answer."""
    return f"\x1b]52;c;{base64.b64encode(text.encode('utf-8', 'replace')).decode('ascii')}\a"


def through_tmux(sequence: str) -> str:
    """Wrap a sequence so that tmux hands it to the outer terminal, if it is allowed to."""
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def through_screen(sequence: str) -> str:
    """Wrap a sequence so that GNU screen hands it on, in pieces as long as screen accepts."""
    pieces = (sequence[at : at + _DCS_PIECE] for at in range(0, len(sequence), _DCS_PIECE))
    return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)


class Clipboard:
    """Copies text by the best way of an environment.

    `write_escape` gives a sequence to the terminal (None: there is no terminal of ours) and
    `save` keeps the text in a private file. `copy` blocks for some seconds at worst: call it
    in a thread, one copy at a time.
    """

    def __init__(
        self,
        setting: str = "auto",
        environ: Mapping[str, str] | None = None,
        write_escape: Callable[[str], None] | None = None,
        save: Callable[[str], Path] | None = None,
    ) -> None:
        self._setting = setting
        self._environ = dict(os.environ if environ is None else environ)
        self._write_escape = write_escape
        self._save = save
        self._hint_given = False
        self.last = ""
        """The text of the last copy, for the view from which it can be selected by hand."""

    def warning(self, text: str) -> str:
        """What to tell before copying a long text from afar; empty if there is nothing to say."""
        size = len(text.encode("utf-8", "replace"))
        place = look_around(self._environ)
        if size <= MOST_UNCUT or not place.cut_risk or place.tmux:
            return ""
        return _("{size:,} bytes may arrive cut. Save them to a file instead?", size=size)

    def copy(self, text: str, *, lines: bool = False) -> Copied:
        """Clean `text`, try each way until one works, and tell what happened. Never raises."""
        if len(text) > MOST_COPIED:
            size = _("{count:,} characters are too many for a clipboard", count=len(text))
            return Copied(
                False,
                "nothing",
                _(
                    "Not copied: {size}. {most_copied:,} are the most.",
                    size=size,
                    most_copied=MOST_COPIED,
                ),
            )
        cleaned = clean_for_copy(text, lines=lines)
        if not cleaned.text.strip():
            return Copied(False, "nothing", _("There is nothing to copy. Select a row first."))
        self.last = cleaned.text
        outcome = self._by_the_plan(cleaned.text)
        if cleaned.removed:
            count = counted(cleaned.removed, "control character")
            outcome = replace(
                outcome,
                sentence=_("{sentence} {count} left out.", sentence=outcome.sentence, count=count),
            )
        return outcome

    def _by_the_plan(self, text: str) -> Copied:
        """Go through the usable ways; what a way could not do is said with the next one."""
        size = len(text.encode("utf-8"))
        sent: Copied | None = None
        ways = plan(self._environ, self._setting, size)
        errors = [way.why for way in ways if way.too_long]
        for way in ways:
            if not way.usable or (sent is not None and way.name == "file"):
                continue
            outcome = self._try(way.name, way.why, text, errors)
            if outcome is None:
                continue
            if outcome.verified or outcome.via in ("tmux", "file", "command"):
                return outcome
            sent = outcome
        if sent is None:
            return self._failed(errors)
        if errors:
            sent = replace(
                sent,
                sentence=_(
                    "{sentence} Also tried: {join}.", sentence=sent.sentence, join=clauses(errors)
                ),
            )
        return self._also_saved(sent, text, size)

    def _try(self, name: Name, why: str, text: str, errors: list[str]) -> Copied | None:
        """One way; None, and a word in `errors`, if it did not work."""
        if name == "tmux":
            return self._by_tmux(text, errors)
        if name == "osc52":
            return self._by_osc52(text, errors)
        if name == "native":
            return self._by_pyperclip(text, errors)
        if name == "command":
            return self._by_command(why, text, errors)
        return self._by_file(text, errors)

    def _by_tmux(self, text: str, errors: list[str]) -> Copied | None:
        """`load-buffer -w` works whatever `set-clipboard` says; older than 3.2 refuses `-w`."""
        data = text.encode("utf-8")
        short = len(data) <= MOST_OVER_OSC52
        option = ["-w"] if short else []
        done = feed(["tmux", "load-buffer", *option, "-"], data, environ=self._environ)
        if done.status != 0:
            errors.append(done.problem)
            return None
        shown = ask(["tmux", "show-buffer"], environ=self._environ, limit=len(data) + 1)
        verified = shown.output == data
        if not short:
            return self._too_long_for_tmux(text, verified, errors)
        kept = _("In the tmux buffer (prefix ])")
        if not self._outer_terminal_copies():
            hint = _("The terminal outside tmux announces no clipboard; `fttui doctor` tells more.")
            return Copied(verified, "tmux", f"{kept}.", hint)
        cut = _("; such a long text may arrive cut there") if len(data) > MOST_UNCUT else ""
        place = look_around(self._environ)
        hint = "" if place.remote or not place.tool else _DESKTOP_HINT
        return Copied(
            verified, "tmux", _("{kept} and sent to your terminal{cut}.", kept=kept, cut=cut), hint
        )

    def _too_long_for_tmux(self, text: str, verified: bool, errors: list[str]) -> Copied:
        """The buffer of tmux has no limit, the terminal outside it has: a file for the rest."""
        kept = _("In the tmux buffer (prefix ]); too long for your terminal")
        saved = self._by_file(text, errors)
        if saved is None or saved.path is None:
            return Copied(verified, "tmux", f"{kept}.")
        sentence = _("{kept}, so it is in {path} for a day.", kept=kept, path=safe_path(saved.path))
        return Copied(verified, "tmux", sentence, path=saved.path)

    def _outer_terminal_copies(self) -> bool:
        """Whether the terminal that tmux runs in has told tmux that it has a clipboard."""
        question = ["tmux", "display-message", "-p", "#{client_termfeatures}"]
        return b"clipboard" in ask(question, environ=self._environ).output

    def _by_osc52(self, text: str, errors: list[str]) -> Copied | None:
        """Ask the terminal; it cannot be known whether it listens."""
        if self._write_escape is None:
            errors.append(_("there is no terminal to send it to"))
            return None
        place = look_around(self._environ)
        sequence = osc52(text)
        if place.tmux:
            sequence = sequence + through_tmux(sequence)
        elif place.screen:
            sequence = through_screen(sequence)
        try:
            self._write_escape(sequence)
        except OSError as problem:
            errors.append(_("the terminal refused it: {strerror}", strerror=safe(problem.strerror)))
            return None
        if place.browser:
            return Copied(False, "osc52", _BROWSER_SENT)
        hint = "" if self._hint_given else _TERMINAL_HINT
        self._hint_given = True
        sentence = _("Sent to your terminal (OSC 52). If paste does not work: key v shows it.")
        return Copied(False, "osc52", sentence, hint)

    def _by_pyperclip(self, text: str, errors: list[str]) -> Copied | None:
        """Set this machine's clipboard and read it back; pyperclip reports no failing program.

        It runs in a child, since it waits for its programs without a limit.
        """
        data = text.encode("utf-8")
        tool = native_tool(self._environ) or _("the clipboard program")
        python = [sys.executable, "-P", "-c"]
        done = feed([*python, _COPY], data, environ=self._environ, seconds=SECONDS)
        if done.status != 0:
            errors.append(_("{tool} did not take it", tool=tool))
            return None
        shown = ask([*python, _PASTE], environ=self._environ, limit=2 * len(data) + 2)
        if shown.output.replace(b"\r\n", b"\n") == data:
            return Copied(True, "native", _("Copied."))
        errors.append(_("{tool} did not keep it", tool=tool))
        return None

    def _by_command(self, command: str, text: str, errors: list[str]) -> Copied | None:
        """The user's own program, which reads the text from its stdin."""
        try:
            arguments = shlex.split(command)
        except ValueError:
            errors.append(_("the clipboard command has an open quote"))
            return None
        done = feed(arguments, text.encode("utf-8"), environ=self._environ)
        if done.status != 0:
            errors.append(safe(done.problem))
            return None
        return Copied(
            False, "command", _("Given to {arguments}.", arguments=safe(arguments[0], maxlen=60))
        )

    def _by_file(self, text: str, errors: list[str]) -> Copied | None:
        """Keep the text where it can be fetched from."""
        if self._save is None:
            return None
        try:
            path = self._save(text)
        except Exception as problem:  # noqa: BLE001 - whatever the folder is, a copy must not raise
            errors.append(_("it could not be saved: {problem}", problem=safe(problem, maxlen=200)))
            return None
        why = f" ({clauses(errors)})" if errors else ""
        sentence = _(
            "Not in a clipboard{why}. Saved to {path} for a day; key v shows it.",
            why=why,
            path=safe_path(path),
        )
        return Copied(False, "file", sentence, path=path)

    def _also_saved(self, sent: Copied, text: str, size: int) -> Copied:
        """Keep a file beside what was only sent, where it may arrive cut or not at all."""
        place = look_around(self._environ)
        if place.cut_risk and size <= MOST_UNCUT:
            return sent
        saved = self._by_file(text, [])
        if saved is None or saved.path is None:
            return sent
        risk = _("It may arrive cut; all of it is") if size > MOST_UNCUT else _("It is also")
        sentence = _(
            "{sentence} {risk} in {path} for a day.",
            sentence=sent.sentence,
            risk=risk,
            path=safe_path(saved.path),
        )
        return replace(sent, sentence=sentence, path=saved.path)

    def _failed(self, errors: list[str]) -> Copied:
        """Nothing worked: the text is still on the screen."""
        why = labelled("", clauses(errors)) if errors else ""
        return Copied(
            False, "nothing", _("Not copied{why}. Key v shows the text to select by hand.", why=why)
        )
