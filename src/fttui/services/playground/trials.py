"""Trying a file's examples: what that costs at most, and each answer beside the expected one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.disk.writing import is_free
from fttui.services.playground.chat import ask
from fttui.services.playground.differences import is_exact
from fttui.services.playground.prices import highest_price_of
from fttui.services.playground.stop import Stop
from fttui.services.playground.trial_results import read_earlier
from fttui.services.playground.trial_types import (
    Asked,
    ModelTally,
    Trial,
    TrialPlan,
    TrialResult,
    TrialSummary,
)
from fttui.services.playground.types import Answer, ChatOptions
from fttui.services.playground.words import IN_FLIGHT
from fttui.terminal.format import count_text, counted
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.session import Session

_OF_ALL = frozenset({"no_key", "insufficient_quota", "billing_hard_limit_reached"})
"""Codes of refusals that every further call would meet."""
_STATUSES_OF_ALL = frozenset({401, 402, 403})
_OF_MODEL = 404
_SAME_IN_A_ROW = 3
_WAITS = (2.0, 10.0, 30.0)
"""Seconds to wait where an endpoint asks for patience, and does not say how long."""
_LONGEST_WAIT = 60.0
_WAIT = 429


def plan_trials(
    session: Session,
    trials: Sequence[Trial],
    models: Sequence[str],
    options: ChatOptions,
    results: Path | None = None,
) -> TrialPlan:
    """What is to be confirmed: each trial with each model. It counts tokens: call it in a thread.

    Each distinct model is asked once. Where there is a file of `results` already, it is gone on
    with, and what it has the answers to is not asked again; raises NotWritten as `read_earlier`.
    """
    wanted = tuple(dict.fromkeys(models))
    asked = asked_at(session, options, len(trials))
    plan = TrialPlan(tuple(trials), wanted, options, (), asked)
    if results is not None and not is_free(results):
        earlier, kept = read_earlier(results, plan.left, asked)
        plan = replace(plan, earlier=earlier, kept=kept)
    left = plan.left
    prompts = [
        [(one.messages, one.tools) for one, name in left if name == model] for model in wanted
    ]
    prices = [
        highest_price_of(session, model, some, options)
        for model, some in zip(wanted, prompts, strict=True)
    ]
    return replace(plan, prices=tuple(prices))


def asked_at(session: Session, options: ChatOptions, examples: int) -> Asked:
    """How calls of so many examples are asked at this endpoint.

    What a profile adds to each call may lead it to another model behind the same address.
    """
    endpoint = session.endpoint
    profile = endpoint.profile
    more = {**profile.extra_headers, **profile.extra_query} if endpoint.is_profiles else {}
    added = [f"{name}={value}" for name, value in sorted(more.items())]
    return Asked(endpoint.host, " ".join([endpoint.place, *added]), options, examples)


async def run_trials(
    session: Session,
    plan: TrialPlan,
    on_result: Callable[[TrialResult], Awaitable[object] | object],
    stop: Stop | None = None,
    *,
    waits: Sequence[float] = _WAITS,
) -> TrialSummary:
    """Make the calls of `plan`, at most 2 at a time, and hand each result over as it comes.

    `on_result` is called on this thread; where it gives something to wait for, no call follows
    that one before. `stop` ends the run, and the calls under way; what came of these is handed over
    too. A refusal that all calls would meet ends the run, one for a model that is not there the
    calls of that model. A call that is refused for its pace (429), which is not paid, is made again
    after a wait. What `on_result` raises ends the run and is raised.
    """
    run = _Run(session, plan, on_result, stop or Stop(), waits)
    workers = [asyncio.ensure_future(run.work()) for _unused in range(IN_FLIGHT)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return run.summary()


@dataclass
class _Run:
    """The calls that are left, and what came of the others."""

    session: Session
    plan: TrialPlan
    on_result: Callable[[TrialResult], Awaitable[object] | object]
    stop: Stop
    waits: Sequence[float]
    ended_early: str = ""
    hint: str = ""
    gone: set[str] = field(default_factory=set)
    same: list[str] = field(default_factory=list)
    unbounded: set[str] = field(default_factory=set)
    """Models of which one call may have cost nobody knows how much."""
    came: int = 0
    """Tokens of answers, as far as the endpoint has told them."""

    def __post_init__(self) -> None:
        plan = self.plan
        self._left = iter(plan.left)
        self._tallies = {model: ModelTally(model) for model in plan.models}
        for result in plan.kept:
            tally = self._tallies[result.model]
            self._tallies[result.model] = replace(
                tally,
                kept=tally.kept + 1,
                compared=tally.compared + result.is_compared,
                exact=tally.exact + result.is_exact,
            )

    async def work(self) -> None:
        """Make one call after the other until none is left, or the run ends."""
        for trial, model in self._left:
            if self.stop.is_asked or self.ended_early:
                return
            if model in self.gone:
                continue
            answer = await self._answer(trial, model)
            matches = answer.is_whole and is_exact(trial.expected, answer.text)
            result = TrialResult(trial, model, answer, matches, self.plan.asked)
            self._count(result)
            self._judge(answer)  # before the result is waited for: another call may begin meanwhile
            waits_for = self.on_result(result)
            if isinstance(waits_for, Awaitable):
                await waits_for

    async def _answer(self, trial: Trial, model: str) -> Answer:
        options = replace(self.plan.options, tools=trial.tools)
        answer = await self._ask(trial, model, options)
        for wait in self.waits:
            if answer.error_status != _WAIT or answer.error_code in _OF_ALL or answer.text:
                break
            told = answer.retry_after
            await self._pause(wait if told is None else min(told, _LONGEST_WAIT))
            if self.stop.is_asked:
                break
            answer = await self._ask(trial, model, options)
        return answer

    async def _ask(self, trial: Trial, model: str, options: ChatOptions) -> Answer:
        return await ask(
            self.session, model, trial.messages, options, lambda piece: None, self.stop
        )

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.stop.wait()
        except TimeoutError:
            return

    def _count(self, result: TrialResult) -> None:
        tally, answer = self._tallies[result.model], result.answer
        is_told = answer.completion_tokens is not None and answer.prompt_tokens is not None
        counted_here = (answer.about_prompt_tokens, answer.about_completion_tokens)
        is_about = not is_told and counted_here != (None, None)
        most = answer.dollars if answer.dollars is not None else answer.most_dollars
        if is_about and most is None:
            self.unbounded.add(result.model)
        self._tallies[result.model] = replace(
            tally,
            calls=tally.calls + 1,
            compared=tally.compared + result.is_compared,
            exact=tally.exact + result.is_exact,
            failed=tally.failed + (not answer.is_whole),
            prompt_tokens=tally.prompt_tokens + answer.likely_prompt_tokens,
            completion_tokens=tally.completion_tokens + answer.likely_completion_tokens,
            dollars=_added(tally.dollars, answer.dollars),
            about=tally.about + is_about,
            most_dollars=_added(tally.most_dollars, most),
        )

    def _judge(self, answer: Answer) -> None:
        """End the run where the next calls would meet the same, or cost what nobody agreed to."""
        self._require_within_plan(answer)
        if not answer.error:
            self.same.clear()
            return
        kind = f"{answer.error_status} {answer.error_code}"
        if self.same and self.same[-1] != kind:
            self.same.clear()
        self.same.append(kind)
        if answer.error_status == _OF_MODEL:
            self.gone.add(answer.model)
        if (
            answer.error_status in _STATUSES_OF_ALL
            or answer.error_code in _OF_ALL
            or self.gone.issuperset(self.plan.models)
            or len(self.same) >= _SAME_IN_A_ROW
        ):
            self.ended_early, self.hint = answer.error, answer.error_hint

    def _require_within_plan(self, answer: Answer) -> None:
        self.came += answer.completion_tokens or 0
        most, came = self.plan.most_tokens, self.came
        if most is None or came <= most or self.ended_early:
            return
        self.ended_early = _(
            "{host} keeps no limit of tokens: it has answered {came}, and {most} were agreed to.",
            host=self.session.endpoint.host,
            came=count_text(came),
            most=count_text(most),
        )
        self.hint = _("Confirm it anew with a higher limit of tokens, or with none.")

    def summary(self) -> TrialSummary:
        """What came of all."""
        summary = TrialSummary(
            tuple(
                replace(tally, most_dollars=None) if tally.model in self.unbounded else tally
                for tally in self._tallies.values()
            ),
            self.plan.calls,
            self.stop.is_asked,
            self.ended_early,
            self.hint,
        )
        if self.gone and not self.ended_early and not self.stop.is_asked:
            left = self.plan.calls - summary.calls
            names = ", ".join(safe(name, maxlen=120) for name in sorted(self.gone))
            why = _("{host} does not know {names}.", host=self.session.endpoint.host, names=names)
            told = _("{why} {calls} were left out.", why=why, calls=counted(left, "call"))
            return replace(summary, ended_early=told if left else "")
        return summary


def _added(total: float | None, more: float | None) -> float | None:
    """A sum of what is known; None where nothing is."""
    return total if more is None else (total or 0.0) + more
