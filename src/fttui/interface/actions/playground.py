"""Prompts to models, one or two side by side: what they may cost, and their answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.actions.trickle import Trickle
from fttui.interface.screens.menu import Menu, MenuItem
from fttui.interface.tab_messages.playground import (
    AnswerEnded,
    AnswerGrew,
    ModelToTry,
    PromptPriced,
)
from fttui.services.endpoint.errors import ServiceError
from fttui.services.job_words import status_word
from fttui.services.playground.trial_types import together
from fttui.services.playground.types import Answer, ChatOptions, HighestPrice, Message
from fttui.services.session import NoKeyError
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.interface.actions.copying import CopyActions
    from fttui.interface.actions.job_facts import JobFacts
    from fttui.interface.host import Host
    from fttui.services.copy_texts import CopyText
    from fttui.services.endpoint.models import Job
    from fttui.services.playground.stop import Stop

_LONGEST_HINT = 300


@dataclass(frozen=True, slots=True)
class Call:
    """What one model is asked."""

    model: str
    messages: tuple[Message, ...]


class PlaygroundActions:
    """Asks at most one prompt at a time, each model that it goes to by one call."""

    def __init__(self, host: Host, copying: CopyActions, facts: JobFacts) -> None:
        self._host = host
        self._copying = copying
        self._facts = facts
        self._under_way = 0
        self._stop: Stop | None = None

    @property
    def under_way(self) -> bool:
        """True while an answer is coming."""
        return self._under_way > 0

    def why_not(self) -> str:
        """Why no model can be asked now, as a sentence; "" where one can."""
        session = self._host.session
        if session.refusal:
            return session.refusal
        if session.credential is None:
            error = NoKeyError(session.key_problem, session.endpoint)
            return f"{error.sentence} {error.hint}"
        if self.under_way:
            return _("An answer is coming. Wait for it, or stop it with Esc.")
        return ""

    def send(self, calls: Sequence[Call], options: ChatOptions) -> bool:
        """Make these calls, which are paid for; False, and nothing is sent, while others run."""
        from fttui.services.playground.stop import Stop

        if self.why_not():
            return False
        self._under_way, self._stop = len(calls), Stop()
        for side, call in enumerate(calls):
            ask = partial(self._ask, side, call, options, self._stop)
            self._host.start_worker(ask, group="prompt", waits_for="")
        return True

    def stop(self) -> None:
        """Let no more of the answers come; what came stays."""
        if self._stop is not None:
            self._stop.ask()

    async def _ask(self, side: int, call: Call, options: ChatOptions, stop: Stop) -> None:
        from fttui.services.playground.chat import ask

        def grow(pieces: list[str]) -> None:
            self._host.post(AnswerGrew(side, "".join(pieces)))

        pieces = Trickle(self._host, grow)
        session = self._host.session
        answer = Answer(call.model, stopped=True)
        try:
            answer = await session.thread.write(
                ask(session, call.model, call.messages, options, pieces.add, stop)
            )
        except ServiceError as error:
            answer = Answer(call.model, error=error.sentence, error_hint=error.hint)
        finally:
            self._under_way -= 1
            pieces.flush()
            self._host.post(AnswerEnded(side, answer))

    def price(self, ticket: int, calls: Sequence[Call], options: ChatOptions) -> None:
        """Work out what these calls can cost at most; a question that is older is given up."""
        work = partial(self._price, ticket, tuple(calls), options)
        self._host.start_worker(work, group="prompt-price", exclusive=True, waits_for="")

    async def _price(self, ticket: int, calls: tuple[Call, ...], options: ChatOptions) -> None:
        try:
            price = await asyncio.to_thread(self._highest, calls, options)
        except ServiceError as error:
            self._host.post(PromptPriced(ticket, None, error.sentence))
        else:
            self._host.post(PromptPriced(ticket, price))

    def _highest(self, calls: tuple[Call, ...], options: ChatOptions) -> HighestPrice:
        from fttui.services.playground.prices import highest_price

        session = self._host.session
        prices = [highest_price(session, one.model, one.messages, options) for one in calls]
        return together(prices) if len(prices) > 1 else prices[0]

    def choose_model(
        self, title: str, items: Sequence[MenuItem], chosen: Callable[[str | None], None]
    ) -> None:
        """Offer models in a menu; `chosen` is called with the one that is taken, or None."""
        self._host.push_screen(Menu(title, items), chosen)

    def copy_answer(self, text: str) -> None:
        """Copy an answer, exactly as it came."""
        if text:
            self._copying.copy(text, _("the answer"), lines=True)
        else:
            self._host.notice(_("There is no answer to copy yet."), severity="warning")

    def copy_menu(self, model: str, make: Callable[[], Sequence[CopyText]]) -> None:
        """Choose what to copy of a chat with `model`; a long one is written down in a thread."""
        place = self._host.place

        async def work() -> None:
            texts = await asyncio.to_thread(make)
            if self._host.place == place:  # else the user has gone on to something else
                self._show_copies(model, texts)

        self._host.start_worker(work, group="copy-chat", exclusive=True, waits_for="")

    def _show_copies(self, model: str, texts: Sequence[CopyText]) -> None:
        if not texts:
            self._host.notice(_("There is no answer to copy yet."), severity="warning")
            return
        known = {one.id: one for one in texts}

        def chosen(name: str | None) -> None:
            if name in known:
                self._copying.copy(known[name].text, known[name].name, lines=True)

        self._host.push_screen(Menu(_("Copy"), [_item(one) for one in texts], lead=model), chosen)

    def try_model(self, model: str, against: str) -> None:
        """Open the tab with `model`; without one, with that of the selected job and its base."""
        examples = None
        if refusal := self._host.session.refusal:
            self._host.notice(refusal, severity="warning")
            return
        if (not model or not self._host.in_front) and self._is_elsewhere():
            return
        if not model:
            jobs = self._host.selected_jobs()
            job = jobs[0] if len(jobs) == 1 else None
            if job is None or not job.fine_tuned_model:
                self._host.notice(_why_not(len(jobs), job), severity="warning")
                return
            model, against = job.fine_tuned_model, against or job.model or ""
            source = self._facts.files_of(job).source
            examples = Path(source.path) if source is not None else None
        self._host.show_tab("playground")
        self._host.post(ModelToTry(model, against, examples))

    def _is_elsewhere(self) -> bool:
        """True, and told, where the selected job is at another endpoint than the one in use."""
        sessions = self._host.sessions
        job = next((job for job in self._host.selected_jobs() if not sessions.is_own(job)), None)
        if job is not None:
            text = _(
                "This job is at {there}, but models are tried at {here}. P goes to {there} first.",
                there=job.profile,
                here=sessions.own.endpoint.mark,
            )
            self._host.notice(text, severity="warning")
        return job is not None


def _why_not(count: int, job: Job | None) -> str:
    if not count:
        return _("No job is selected. Move the cursor to one first.")
    if job is None:
        return _("One model is tried at a time: unmark the others.")
    if job.status.is_final:
        return _("This job made no model: it is {status}.", status=status_word(job.status))
    return _("This job has no model yet: it is {status}.", status=status_word(job.status))


def _item(one: CopyText) -> MenuItem:
    hint = " ".join(" ".join(line[:_LONGEST_HINT] for line in one.lines[:8]).split())
    return MenuItem(one.id, one.name, hint, one.why_not, one.key)
