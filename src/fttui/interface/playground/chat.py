"""A chat with one model, or with two side by side: what is asked, the answers, and Send."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, TextArea

from fttui.interface.actions.playground import Call
from fttui.interface.guard.notices import notice
from fttui.interface.guard.typing_ahead import focus_now, now
from fttui.interface.interface_utils import OpenAiInterfaceUtils, utils_of
from fttui.interface.playground.answers import Answers
from fttui.interface.playground.fields import PromptFields, Wanted
from fttui.interface.playground.keys import CHAT_KEYS
from fttui.interface.playground.known_models import KnownModels
from fttui.interface.playground.model_input import ModelInput
from fttui.interface.playground.prompt_area import PromptArea, put_text
from fttui.interface.playground.send_row import SendRow
from fttui.interface.tab_messages.playground import AnswerEnded, PromptPriced
from fttui.services.playground.chat_copies import chat_texts
from fttui.terminal.language import _

PRICE_PAUSE = 0.3
"""Seconds without a change before the price is worked out anew."""
UNSEEN_SECONDS = 0.3
"""Seconds that another price must have stood beside Send before it can be paid."""


class Chat(Vertical):
    """Sends what its price stands beside: each change asks for another one first."""

    BINDINGS: ClassVar[list[BindingType]] = CHAT_KEYS

    class ExamplesWanted(Message):
        """The examples of a file are to be tried, or seen."""

    def __init__(self) -> None:
        super().__init__(id="try-chat")
        self.fields = PromptFields()
        self.answers = Answers()
        self.prompt = PromptArea(
            placeholder=_("Write a prompt. Enter is a new line, Ctrl+S sends."), id="try-prompt"
        )
        self.send_row = SendRow()
        self.send_waits = False
        """True while Send waits for the price of what is asked now."""
        self.is_unseen = False
        """True until a price was seen here of what came along from before another profile."""
        self._asked = 0
        self._priced = -1
        self._shown_before = ""
        self._seen_at = 0.0
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """What is asked above, the answers in the middle, the prompt and Send below."""
        yield self.fields
        yield self.answers
        yield self.prompt
        yield self.send_row

    def on_mount(self) -> None:
        """Say what is missing yet."""
        host = self._utils.host
        self.known = KnownModels(host.listed_jobs, host.session.retirement)
        for line in (self.fields.model, self.fields.against):
            line.complete_to(lambda: self.known.names)
        self.answers.sides[0].view.placeholder = _(
            "Answers come here. Tab goes on; PgUp and PgDn scroll them from the prompt."
        )
        self.review()

    @property
    def _utils(self) -> OpenAiInterfaceUtils:
        return utils_of(self)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys for what there is not are not named, and pass on to others."""
        if action == "stop":
            return self.send_waits or self._utils.playground.under_way
        if action == "turn":
            return self.is_mounted and self.answers.can_turn
        return super().check_action(action, parameters)

    # What is asked

    def have_models(self, model: str, against: str) -> None:
        """Ask these."""
        self.fields.model.show_name(model)
        self.fields.against.show_name(against)
        self.review()

    @on(ModelInput.Wanted)
    def _models_wanted(self, event: ModelInput.Wanted) -> None:
        event.stop()
        line = event.line

        def chosen(name: str | None) -> None:
            if name is not None:
                line.show_name(name)
                focus_now(self.prompt)  # what is typed next is no part of a name

        is_model = line is self.fields.model
        title = _("Model to try") if is_model else _("Model to try beside it")
        beside = "" if is_model else self.fields.model.value.strip()
        items = self.known.items(line.value.strip(), beside)
        if not items:
            notice(self.app, _("No models are known yet: write the name of one."))
            return
        self._utils.choose_model(title, items, chosen)

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _changed(self, event: Input.Changed | TextArea.Changed) -> None:
        event.stop()
        self.review()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """Enter in a line goes on to the prompt."""
        event.stop()
        focus_now(self.prompt)

    @on(PromptArea.Paged)
    def _paged(self, event: PromptArea.Paged) -> None:
        event.stop()
        self.answers.front.view.action_scroll_pages(event.pages)

    def _calls(self, wanted: Wanted) -> list[Call]:
        prompt = self.prompt.text
        return [
            Call(model, side.chat.messages(wanted.system, prompt))
            for model, side in zip(wanted.models, self.answers.sides, strict=False)
        ]

    # What it may cost

    def review(self) -> None:
        """Something that is asked has changed: say why it cannot be sent, or what it costs."""
        self._asked += 1
        self.send_waits = False
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        wanted = self.fields.read()
        if self.answers.show_models(wanted.models):
            self.refresh_bindings()
        reason = self.why_not(wanted)
        if reason:
            self.send_row.show_reason(reason)
            return
        if not self.send_row.is_priced:
            self.send_row.show_reason(_("Working out the highest price…"), is_off=False)
        self._timer = self.set_timer(PRICE_PAUSE, self._ask_price)

    def why_not(self, wanted: Wanted) -> str:
        """Why nothing can be sent now, as a sentence; "" where it can."""
        utils = self._utils
        return (
            utils.why_no_prompt()
            or wanted.problem
            or ("" if self.prompt.text.strip() else _("Write a prompt first."))
        )

    def _ask_price(self) -> None:
        wanted = self.fields.read()
        if not self.why_not(wanted):
            self._utils.price_prompt(self._asked, self._calls(wanted), wanted.options)

    def show_price(self, message: PromptPriced) -> None:
        """The price of what was asked came; of what is asked now, Send may have waited for it."""
        if message.ticket != self._asked:
            return
        waited, self.send_waits = self.send_waits, False
        if message.price is None:
            self.send_row.show_reason(message.problem)
            return
        self._priced = self._asked
        before = self._shown_before if waited else self.send_row.words
        self.send_row.show_price(self.fields.read().models, message.price)
        if (self.is_unseen or not message.price.is_free) and self.send_row.words != before:
            self._seen_at = now() + UNSEEN_SECONDS
        self.is_unseen = False
        if waited:
            self.action_send()

    # Sending

    def action_send(self) -> None:
        """Send the prompt for the price that stands beside Send, or wait for that first."""
        wanted = self.fields.read()
        reason = self.why_not(wanted)
        if reason:
            notice(self.app, reason, severity="warning")
            focus_now(wanted.place or self.prompt)
        elif self._priced == self._asked and now() >= self._seen_at:
            self._send(wanted)
        elif self._priced == self._asked:
            text = _("The price beside Send was not seen yet. Send again to pay that at most.")
            notice(self.app, text, severity="warning")
        elif not self.send_waits:
            self.send_waits, self._shown_before = True, self.send_row.words
            self._ask_price()

    def _send(self, wanted: Wanted) -> None:
        prompt = self.prompt.text
        if not self._utils.send_prompt(self._calls(wanted), wanted.options):
            return
        for model, side in zip(wanted.models, self.answers.sides, strict=False):
            side.begin(model, prompt)
        put_text(self.prompt, "")
        focus_now(self.prompt)
        self.review()
        self.refresh_bindings()

    def end_answer(self, message: AnswerEnded) -> None:
        """An answer is whole, was stopped, or failed: then the prompt is there again."""
        turn = self.answers.sides[message.side].end(message.answer)
        if self._utils.playground.under_way:
            return
        said = [side.chat.last for side in self.answers.sides if side.chat.last is not None]
        is_lost = not any(one.goes_on for one in said if one.prompt == turn.prompt)
        if is_lost and not self.prompt.text.strip():
            put_text(self.prompt, turn.prompt)
        self.review()
        self.refresh_bindings()

    def action_stop(self) -> None:
        """Let no more of the answers come; or take a Send back that waits for its price."""
        if self.send_waits:
            self.send_waits = False
        else:
            self._utils.stop_answers()

    def action_new_chat(self) -> None:
        """Forget what was said, on both sides."""
        if self._utils.playground.under_way:
            text = _("An answer is coming. Stop it with Esc before a new chat.")
            notice(self.app, text, severity="warning")
            return
        self.answers.clear()
        focus_now(self.prompt)
        self.review()

    def action_examples(self) -> None:
        """See the examples that are tried, or choose some."""
        self.post_message(self.ExamplesWanted())

    # What came

    def action_turn(self) -> None:
        """Bring the other side to the front."""
        self.answers.turn()

    def action_copy(self) -> None:
        """Copy the newest answer of the side that is in front."""
        last = self.answers.front.chat.last
        self._utils.copy_answer(last.answer.text if last else "")

    def action_copy_menu(self) -> None:
        """Choose what to copy of the side that is in front."""
        side, wanted = self.answers.front, self.fields.read()
        last = side.chat.last
        model = last.answer.model if last else side.model
        endpoint = self._utils.host.session.endpoint
        make = partial(
            chat_texts, model, side.chat, self.fields.system.text, wanted.options, endpoint
        )
        self._utils.copy_chat(model, make)

    @property
    def first_focus(self) -> Widget:
        """Where work goes on: in the prompt, or in the model's line while that is empty."""
        return self.prompt if self.fields.model.value.strip() else self.fields.model
