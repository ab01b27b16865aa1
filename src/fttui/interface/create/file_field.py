"""A file of the form: its path, a Browse button, and what the check says about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input

from fttui.interface.create.field import Field
from fttui.interface.first_frame import BROWSE, FILE_HINT, LABELS, PLACEHOLDERS
from fttui.interface.kit.inputs import SmallButton
from fttui.services.file_names import certain_id
from fttui.terminal.format import bar_text, counted, progress_text
from fttui.terminal.language import _, labelled
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from fttui.training_data.check import Progress
    from fttui.training_data.report import Report


REPORT_KEY = "ctrl+r"
_BAR = 8
_OTHER_KINDS = ("file-kind", "foreign-format")
_LONGEST_KIND = 38


@dataclass(frozen=True, slots=True)
class FileCheck:
    """How far the check of one file got: running, refused, or done with a report."""

    running: bool = False
    progress: Progress | None = None
    report: Report | None = None
    refusal: str = ""
    on_endpoint: bool = False

    def obstacle(self, what: str, *, allow_errors: bool) -> str:
        """Why this file cannot be sent, as a sentence; "" when it can."""
        if self.on_endpoint:
            return ""
        if self.running:
            return _("The {what} is being checked. Esc stops it.", what=what)
        if self.refusal:
            return self.refusal
        if self.report is None:
            return _("The {what} is not checked yet: press Enter on it.", what=what)
        if not self.report.ok and not allow_errors:
            count = counted(self.report.error_count, "error")
            return _(
                "{count} in the {what}: {report_key} shows them.",
                count=count,
                what=what,
                report_key=REPORT_KEY,
            )
        return ""

    def is_for(self, model: str) -> bool:
        """False for a report of prompts and completions whose verdict `model` changes."""
        report = self.report
        if report is None or report.format != "completion":
            return True
        from fttui.training_data.models import formats_of

        before, now = formats_of(report.model), formats_of(model)
        return (before, bool(report.model)) == (now, bool(model))

    def message(self, *, allow_errors: bool) -> tuple[str, str, str]:
        """The verdict as a problem, a warning or a note, of which two are empty."""
        if self.on_endpoint:
            return "", "", _("On the endpoint already, so it is not checked here.")
        if self.running:
            return "", "", _running_text(self.progress)
        if self.refusal:
            return self.refusal, "", ""
        if self.report is None:
            return "", "", ""
        return _verdict_parts(self.report, allow_errors=allow_errors)


def _running_text(progress: Progress | None) -> str:
    """How far a check or a copy is, and what stops it."""
    if progress is None:
        return _("Checking… Esc stops")
    bar = bar_text(progress.done, progress.total, _BAR)
    rate, left = progress.bytes_per_second, progress.seconds_left
    errors = f" · {counted(progress.errors, 'error')}" if progress.errors else ""
    return _(
        "{bar} {progress_text}{errors} · Esc stops",
        bar=bar,
        progress_text=progress_text(progress.done, progress.total, rate, left),
        errors=errors,
    )


def _verdict_parts(report: Report, *, allow_errors: bool = False) -> tuple[str, str, str]:
    """The verdict of `report` as a problem, a warning or a note, for the line below a file."""
    from fttui.training_data.wording import extent, verdict, verdict_mark

    text = verdict(report)
    if report.ok:
        text = f"{text} · {extent(report)}"
        shown = ("", f"{text} · {REPORT_KEY}", "")
        mark, _unused = verdict_mark(report)
        return shown if report.warning_count else ("", "", f"{mark} {text} · {REPORT_KEY}")
    shown_by = _of_another_kind(report) or _(
        "{text} · {report_key} shows them", text=text, report_key=REPORT_KEY
    )
    return (
        ("", _("{shown_by}; sent all the same", shown_by=shown_by), "")
        if allow_errors
        else (shown_by, "", "")
    )


def _of_another_kind(report: Report) -> str:
    """What a file is that is no JSON Lines of ours, and what to do; "" for one that is."""
    kind = next((each for each in report.errors if each.rule in _OTHER_KINDS), None)
    if kind is None:
        return ""
    found = report.foreign
    name = found.name if found is not None and kind.rule == "foreign-format" else kind.message
    if not kind.mend and not (found is not None and found.asks_columns):
        return labelled(name, kind.fix)
    return _(
        "{name}: {report_key} shows how to convert it",
        name=safe(name, maxlen=_LONGEST_KIND),
        report_key=REPORT_KEY,
    )


class FileField(Field):
    """The path of a local file, or the id of one that is on the endpoint already.

    `Chosen` is posted when a path was typed and Enter pressed or the field left, `Browse` when
    the picker is wanted. A chosen path is kept as it is, whatever the field can show of it.
    """

    class Chosen(Message):
        """Another file was typed; `text` is the field's text, "" when it was emptied."""

        def __init__(self, field: FileField, text: str) -> None:
            super().__init__()
            self.field = field
            self.text = text

    class CheckWanted(Message):
        """Enter was pressed on a file that is chosen already: look at it again."""

        def __init__(self, field: FileField) -> None:
            super().__init__()
            self.field = field

    class Browse(Message):
        """The picker is wanted for this field."""

        def __init__(self, field: FileField) -> None:
            super().__init__()
            self.field = field

    def __init__(self, key: str) -> None:
        words = PLACEHOLDERS.get(key, "")
        super().__init__(key, LABELS[key], placeholder=words, hint=FILE_HINT, inline=True)
        self.check = FileCheck()
        self._copying: Progress | None = None
        self._allow_errors = False
        self._path: Path | None = None
        self._settled = ""

    def compose_control(self) -> ComposeResult:
        """The path and, to its right, the button."""
        with Horizontal(classes="file-line"):
            yield self._input
            yield SmallButton(Content(BROWSE), classes="browse")

    @property
    def path(self) -> Path | None:
        """The chosen local file; None while the text is another one, an id or empty."""
        return self._path if self.value == self._settled else None

    @property
    def file_id(self) -> str:
        """The id of a file on the endpoint, or ""."""
        text = self.value.strip()
        is_known = self.is_settled and self.check.on_endpoint
        return certain_id(text) or (text if is_known else "")

    @property
    def is_settled(self) -> bool:
        """False while a typed path waits for Enter."""
        return self.value == self._settled

    def show_path(self, path: Path) -> None:
        """Show `path` as the chosen file, the end of it in sight."""
        self._path = path
        self._copying = None
        self._settled = safe_path(path)
        self.value = self._settled
        self._input.cursor_position = len(self._settled)
        self._input.show_cursor()

    def take_id(self, file_id: str) -> None:
        """Show the id of a file on the endpoint as what was typed, being asked for; "" for none."""
        self._path = None
        self._copying = None
        self._settled = self.value = file_id
        self.check = FileCheck(running=bool(file_id))
        self._tell()

    def show_check(self, check: FileCheck, *, allow_errors: bool) -> None:
        """Take `check` as what is known of the file, and tell it below the path.

        The path stands above: what is wrong with it would have no room beside a long one.
        """
        if self._path is not None:
            name = safe_path(self._path.name) or self._settled
            check = replace(check, refusal=check.refusal.replace(self._settled, name, 1))
        self.check = check
        self._allow_errors = allow_errors
        self._tell()

    def show_copying(self, path: Path, progress: Progress | None) -> None:
        """Tell how far a copy of `path` is in the place of its verdict; None when it ended."""
        self._copying = progress if path == self._path else None
        self._tell()

    def _tell(self) -> None:
        if self._copying is not None and not self.check.running:
            self.show_message("", note=_("Copy {text}", text=_running_text(self._copying)))
            return
        problem, warning, note = self.check.message(allow_errors=self._allow_errors)
        self.show_message(problem, note=note, warning=warning)

    def obstacle(self, *, required: bool, allow_errors: bool) -> str:
        """Why this file keeps the form from being sent, or ""."""
        what = self.label.lower()
        if not self.value.strip():
            return _("Choose a {what} first.", what=what) if required else ""
        if not self.is_settled:
            return _("Press Enter to take the typed {what}.", what=what)
        return self.check.obstacle(what, allow_errors=allow_errors)

    def _settle(self) -> None:
        if self.value == self._settled:
            return
        self._path = None
        self._settled = self.value
        self.check = FileCheck()  # that of another text
        self.post_message(self.Chosen(self, self.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.path is not None:
            self.post_message(self.CheckWanted(self))
        elif self.is_settled and self.check.refusal:
            self.post_message(self.Chosen(self, self.value))
        self._settle()

    @on(Input.Blurred)
    def _left(self, event: Input.Blurred) -> None:
        event.stop()
        self._settle()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.post_message(self.Browse(self))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Keep the end of a long path in sight, where its name is."""
        super().on_descendant_focus(event)
        self._input.cursor_position = len(self.value)
