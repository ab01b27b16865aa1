"""The tab "Playground": prompts to one model or two, and the examples of a file as prompts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.widget import Widget

from fttui.interface.guard.notices import notice
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.interface_utils import utils_of
from fttui.interface.kit.opened_pane import OpenedPane
from fttui.interface.messages import (
    JobChanged,
    JobHistoryRead,
    JobsLoading,
    JobsPage,
    ModelsLoaded,
)
from fttui.interface.playground.chat import Chat
from fttui.interface.playground.kept import LAST, KeptPlayground, key_of
from fttui.interface.playground.trials import TrialsView
from fttui.interface.tab_messages.playground import (
    AnswerEnded,
    AnswerGrew,
    ModelToTry,
    PromptPriced,
    TrialsAnswered,
    TrialsBegun,
    TrialsEnded,
)

if TYPE_CHECKING:
    from fttui.interface.carried import Texts
    from fttui.services.session import Session


class PlaygroundPane(OpenedPane):
    """Shows answers, and asks the app's utilities for everything else.

    In front is the chat, or the examples that are tried.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.chat = Chat()
        self.trials = TrialsView()
        self.examples: Path | None = None
        """The file that the model in front was trained on, where that is known here."""
        self._has_chosen = False

    def compose(self) -> ComposeResult:
        """The chat; the examples when there are any."""
        yield self.chat
        yield self.trials

    def on_mount(self) -> None:
        """Begin with the chat, and a model that was made here if there is one."""
        self.trials.display = False
        self._offer()
        utils_of(self).job_feed.load_models()

    def texts(self) -> Texts:
        """What is kept of each endpoint, and under LAST of the one that is left."""
        if not self._has_fields:
            return self.carried
        sides = tuple((side.model, side.so_far) for side in self.chat.answers.sides)
        here = KeptPlayground(super().texts(), sides, self.examples, self.trials.kept)
        return {**self.carried, key_of(self._session): here, LAST: here}

    def take_texts(self) -> None:
        """Put what was kept of this endpoint where it was; of another one the prompt is taken."""
        carried, kept = self.carried, self.carried.get(key_of(self._session))
        last = carried.get(LAST)
        if isinstance(kept, KeptPlayground):
            self.carried = kept.texts
        else:
            self.carried = last.asked if isinstance(last, KeptPlayground) else {}
        super().take_texts()
        self.carried = carried
        # A key that was typed on the way must not send what nobody has seen here yet.
        self.chat.is_unseen = bool(carried)
        if isinstance(kept, KeptPlayground):
            self._has_chosen = True
            self.examples = kept.examples
            for side, (model, chat) in zip(self.chat.answers.sides, kept.sides, strict=True):
                side.take(model, chat)
            if kept.trials is not None:
                self.trials.take(kept.trials)
        self.chat.review()

    @property
    def _session(self) -> Session:
        return utils_of(self).host.session

    @property
    def keys_wait(self) -> bool:
        """True until the tab is there, and while Send waits for a price."""
        return super().keys_wait or self.chat.send_waits

    @property
    def esc_ends_wait(self) -> bool:
        """True while Send waits for a price."""
        return self.chat.send_waits

    def first_focus(self) -> Widget | None:
        """The examples while they are in front, else where the chat goes on."""
        return self.trials.table if self.trials.display else self.chat.first_focus

    def on_resize(self) -> None:
        """Make room for the answers where the window is low."""
        self.set_class(self.size.height < _LOW, "-low")
        self.set_class(self.size.width >= _WIDE, "-wide")

    def show_examples(self, shown: bool) -> None:
        """Bring the examples to the front, or the chat."""
        if self.trials.display != shown:
            focused = self.screen.focused
            has_focus = focused is not None and self in focused.ancestors
            self.trials.display, self.chat.display = shown, not shown
            if has_focus:
                self.take_focus()

    # What workers tell

    @on(ModelToTry)
    def _model_to_try(self, message: ModelToTry) -> None:
        self.examples = message.examples
        self.show_examples(False)
        self.chat.have_models(message.model, message.against)
        self.take_focus()

    @on(ModelsLoaded)
    def _models_came(self, message: ModelsLoaded) -> None:
        self.chat.known.served = message.models
        self._offer()

    @on(JobHistoryRead)
    def _history_came(self, message: JobHistoryRead) -> None:
        if message.history.checkpoints:
            checkpoints = tuple(message.history.checkpoints)
            self.chat.known.checkpoints[message.job.raw_id] = checkpoints
            self.chat.known.changed()

    @on(JobsPage)
    @on(JobChanged)
    def _jobs_came(self) -> None:
        self._offer()

    @on(JobsLoading)  # a key was found
    def _key_came(self) -> None:
        self.chat.review()

    @on(PromptPriced)
    def _priced(self, message: PromptPriced) -> None:
        self.chat.show_price(message)

    @on(AnswerGrew)
    def _answer_grew(self, message: AnswerGrew) -> None:
        self.chat.answers.sides[message.side].grow(message.text)

    @on(AnswerEnded)
    def _answer_ended(self, message: AnswerEnded) -> None:
        self.chat.end_answer(message)

    @on(TrialsBegun)
    def _trials_begun(self, message: TrialsBegun) -> None:
        self.trials.begin(message.plan, message.path)
        self.show_examples(True)
        self.chat.review()

    @on(TrialsAnswered)
    def _trials_answered(self, message: TrialsAnswered) -> None:
        self.trials.add(message.results)

    @on(TrialsEnded)
    def _trials_ended(self, message: TrialsEnded) -> None:
        self.trials.end(message)
        self.chat.review()

    @on(TrialsView.Again)
    def _other_examples(self) -> None:
        self.choose_examples()

    def choose_examples(self) -> None:
        """Choose examples for the models in front."""
        wanted = self.chat.fields.read()
        utils = utils_of(self)
        reason = utils.why_no_prompt() or wanted.problem
        if reason:
            notice(self.app, reason, severity="warning")
            if wanted.place is not None:
                self.show_examples(False)
                focus_now(wanted.place)
        else:
            utils.try_examples(wanted.models, wanted.options, self.examples)

    @on(Chat.ExamplesWanted)
    def _examples_wanted(self) -> None:
        if self.trials.has_some:
            self.show_examples(True)
        else:
            self.choose_examples()

    @on(TrialsView.Left)
    def _trials_left(self) -> None:
        self.show_examples(False)

    def _offer(self) -> None:
        """Other models are known; the first that a job has made is taken, if none was chosen."""
        self.chat.known.changed()
        self._has_chosen = self._has_chosen or bool(self.chat.fields.model.value)
        if not self._has_chosen:
            self.chat.have_models(self.chat.known.newest, "")


_LOW, _WIDE = 16, 98
