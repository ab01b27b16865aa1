"""The examples of a file as prompts: how each model answered each of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import DataTable

from fttui.interface.interface_utils import OpenAiInterfaceUtils, utils_of
from fttui.interface.kit.columns import Column
from fttui.interface.kit.inputs import TextLine
from fttui.interface.kit.table import Table
from fttui.interface.playground.kept import KeptTrials
from fttui.interface.playground.keys import TRIAL_KEYS
from fttui.interface.screens.example_answers import verdict
from fttui.interface.tab_messages.playground import TrialsEnded
from fttui.services.job_words import shorten_model
from fttui.services.playground.words import (
    model_labels,
    seconds_text,
    summary_text,
    to_go_on_text,
    total_text,
)
from fttui.terminal.format import cut
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from fttui.services.playground.trial_types import Trial, TrialPlan, TrialResult, TrialSummary
    from fttui.services.playground.types import Message as ChatMessage

_LONGEST_START = 200
_LEAST_NAME = 14
_EXAMPLE = Column("example", "#", 5, 7, 0, right=True)
_PROMPT = Column("prompt", _("Prompt"), 16, 30, 1, grows=True)


class TrialTable(Table):
    """A row for each example, by its number in the file, with what each model made of it."""

    BINDINGS: ClassVar[list[BindingType]] = TRIAL_KEYS

    def __init__(self) -> None:
        super().__init__((_EXAMPLE, _PROMPT), id="trials-table")
        self.models: tuple[str, ...] = ()
        self.trials: dict[str, Trial] = {}
        self.results: dict[tuple[str, str], TrialResult] = {}

    def begin(self, plan: TrialPlan) -> None:
        """Show what is going to be asked."""
        self.models = plan.models
        self.results = {(str(one.trial.example), one.model): one for one in plan.kept}
        self.trials = {str(trial.example): trial for trial in plan.trials}
        columns = [_EXAMPLE, _PROMPT]
        for number, (name, _model) in enumerate(model_labels(plan.models)):
            columns.append(Column(f"answer{number}", name, 9, 10, 2 + number))
            columns.append(Column(f"seconds{number}", _("Time"), 7, 7, 6 + number, right=True))
        self.have_columns(columns)
        self.set_rows([*self.trials])
        self.action_scroll_top()

    def add(self, results: Iterable[TrialResult]) -> None:
        """More was answered."""
        self.results.update({(str(one.trial.example), one.model): one for one in results})
        self.repaint()

    def cell(self, key: str, column: Column) -> tuple[str, str]:
        """The text and look of one cell."""
        if column.key == "example":
            return key, "muted"
        if column.key == "prompt":
            return prompt_start(self.trials[key].messages), "plain"
        result = self.results.get((key, self.models[int(column.key[-1])]))
        if column.key.startswith("answer"):
            return verdict(result)
        return ("" if result is None else seconds_text(result.answer.seconds)), "muted"


class TrialsView(Vertical):
    """The table below how many were answered as expected, and above what becomes of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", _("Stop or back"), id="playground.leave"),
        Binding("w", "save", _("Save results"), id="playground.save"),
        Binding("ctrl+o", "examples", _("Other examples"), id="playground.again"),
    ]

    class Left(Message):
        """The chat is wanted again."""

    class Again(Message):
        """Other examples are wanted."""

    def __init__(self) -> None:
        super().__init__(id="trials")
        self.table = TrialTable()
        self._title = TextLine(id="trials-title")
        self._note = TextLine(id="trials-note")
        self._planned = 0
        self._saved = ""
        self._is_kept = False
        self._begun: tuple[TrialPlan, Path | None] | None = None
        self._ended: TrialsEnded | None = None
        self._is_busy = False

    def compose(self) -> ComposeResult:
        """Title, table, note."""
        yield self._title
        yield self.table
        yield self._note

    @property
    def has_some(self) -> bool:
        """Whether examples are being tried, or were."""
        return bool(self.table.trials)

    @property
    def _utils(self) -> OpenAiInterfaceUtils:
        return utils_of(self)

    def on_resize(self) -> None:
        """Shorten the names for the new width."""
        self._show_title()

    def begin(self, plan: TrialPlan, path: Path | None) -> None:
        """Examples are being tried."""
        self._begun, self._ended = (plan, path), None
        self._planned, self._is_busy = plan.calls + len(plan.kept), True
        self.table.begin(plan)
        self._is_kept = path is not None
        self._saved = _("Saved: {path}", path=safe_path(path)) if path else _("Not saved.")
        self._note.remove_class("-ended")
        self._note.show(self._saved)
        self._show_title()

    def add(self, results: tuple[TrialResult, ...]) -> None:
        """More was answered."""
        self.table.add(results)
        self._show_title()

    def end(self, message: TrialsEnded) -> None:
        """No more is tried."""
        self._is_busy, self._ended = False, message
        told = _told(message.summary, self._is_kept) if message.summary else []
        self._note.add_class("-ended")  # all of it is to be read, in several lines
        self._note.show(" ".join(filter(None, (message.problem, *told, self._saved))))
        self._note.refresh(layout=True)
        self._show_title()
        self.refresh_bindings()

    @property
    def kept(self) -> KeptTrials | None:
        """All that is shown, to be shown again; None where nothing was tried."""
        if self._begun is None:
            return None
        return KeptTrials(*self._begun, tuple(self.table.results.values()), self._ended)

    def take(self, kept: KeptTrials) -> None:
        """Show what was kept."""
        self.begin(kept.plan, kept.path)
        self.add(kept.results)
        left = _("They were left before their end.")
        self.end(kept.ended or TrialsEnded(None, left))

    def _show_title(self) -> None:
        results, models = self.table.results, self.table.models
        state = _("trying") if self._is_busy else _("tried")
        calls = _(
            "{state} {done} of {planned} calls",
            state=state,
            done=len(results),
            planned=self._planned,
        )
        counts = []
        for model in models:
            of = [one for (_unused, name), one in results.items() if name == model]
            exact = sum(one.is_exact for one in of)
            compared = sum(one.is_compared for one in of)
            counts.append(_("{exact}/{count} exact", exact=exact, count=compared))
        taken = sum(map(len, (calls, *counts))) + 4 * len(models)
        room = max((self._title.size.width - taken) // max(len(models), 1), _LEAST_NAME)
        pairs = zip(models, counts, strict=True)
        parts = [f"{cut(shorten_model(model, room), room)} {count}" for model, count in pairs]
        self._title.show(" · ".join([*parts, calls]))

    @on(DataTable.RowSelected, "#trials-table")
    def _row_chosen(self, event: DataTable.RowSelected) -> None:
        event.stop()
        key = self.table.cursor_key
        if key is not None:
            examples = [*self.table.trials.values()]
            place = [*self.table.trials].index(key)
            self._utils.show_example(examples, place, self.table.models, self.table.results)

    def action_leave(self) -> None:
        """Stop what is under way; without that, go back to the chat."""
        if self._is_busy:
            self._utils.stop_trials()
        else:
            self.post_message(self.Left())

    def action_save(self) -> None:
        """Save the results that are there in a file of a new name."""
        self._utils.save_trials([*self.table.results.values()])

    def action_examples(self) -> None:
        """Choose other examples."""
        self.post_message(self.Again())


def prompt_start(messages: Sequence[ChatMessage]) -> str:
    """The beginning of what the user says last, in one line."""
    said = next((one for one in reversed(messages) if one.role == "user"), None)
    content = said.content if said is not None else ""
    if isinstance(content, list):
        content = " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return safe(" ".join((content or "")[:_LONGEST_START].split()))


def _told(summary: TrialSummary, is_kept: bool) -> list[str]:
    """How it ended, what all calls came to, and how to go on."""
    told = [summary_text(summary), summary.hint]
    if summary.planned:
        told.append(f"{total_text(summary.tallies)}.")
    if summary.unwritten:
        told.append(_("w saves all that came, elsewhere."))
    elif is_kept:
        told.append(to_go_on_text(summary))
    return told
