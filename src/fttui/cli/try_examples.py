"""The examples of a file for `fttui try`: one question, then each answer beside the expected."""

from __future__ import annotations

import argparse
import queue
import sys
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING

from fttui.cli.asked_models import asked_models
from fttui.cli.output import Output, confirm
from fttui.cli.problems import CommandError
from fttui.cli.table import TextColumn
from fttui.cli.try_prompt import learn_prices
from fttui.disk.writing import is_free, require_free
from fttui.terminal.format import count_text, counted, cut
from fttui.terminal.language import _, labelled
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fttui.services.playground.trial_types import TrialPlan, TrialResult, Trials, TrialSummary
    from fttui.services.playground.types import ChatOptions
    from fttui.services.session import Session

_SECONDS_TO_END = 3.0
_LONGEST_SHOWN = 400
_COLUMNS = (
    TextColumn(_("MODEL"), least=12),
    TextColumn(_("CALLS"), right=True),
    TextColumn(_("EXACT"), right=True),
    TextColumn(_("FAILED"), right=True),
    TextColumn(_("TOKENS"), right=True),
    TextColumn(_("PRICE"), right=True),
)


def try_examples(
    session: Session, output: Output, args: argparse.Namespace, options: ChatOptions, limit: int
) -> int:
    """Ask once, then try the examples; 1 when a call failed, or nothing was agreed to."""
    from fttui.services.playground.trials import plan_trials
    from fttui.services.playground.words import earlier_text

    _handle = session.handle  # without a key it ends here, and tells no price
    if args.output is not None and is_free(args.output):
        require_free(args.output)  # its folder is there
    trials = _read(args, output, limit)
    models = asked_models(session, args.model, args.against)
    learn_prices(session)
    plan = plan_trials(session, trials.trials, models, options, args.output)
    if told := earlier_text(plan):
        output.message(told)
    if not plan.calls:
        return _try(session, output, args, plan)
    output.message(_("At {host}: {plan}.", host=session.endpoint.host, plan=plan.text))
    for model, price in zip(plan.models, plan.prices, strict=True):
        output.message(f"  {labelled(safe(model, maxlen=200), price.text)}")
    what = _("{calls} of models", calls=counted(plan.calls, "call"))
    if not confirm(_("Make these calls?"), yes=args.yes, what=what):
        output.message(_("Nothing was sent."))
        return 1
    return _try(session, output, args, plan)


def _try(session: Session, output: Output, args: argparse.Namespace, plan: TrialPlan) -> int:
    results: list[TrialResult] = [*plan.kept]

    def tell(summary: TrialSummary) -> None:
        _tell(args, output, summary, results)

    def take(result: TrialResult) -> None:
        results.append(result)
        if not output.json:
            output.lines(_lines(result, len(plan.models) > 1))
            sys.stdout.flush()  # who reads no more ends the run

    summary = _run(session, plan, args.output, take, tell)
    tell(summary)
    is_whole = not summary.ended_early and all(result.answer.is_whole for result in results)
    return 0 if is_whole else 1


def _read(args: argparse.Namespace, output: Output, limit: int) -> Trials:
    from fttui.services.playground.trial_files import read_trials
    from fttui.services.playground.words import skipped_text
    from fttui.training_data.files import FileRefused

    try:
        trials = read_trials(args.examples, limit)
    except FileRefused as refused:
        raise CommandError(str(refused)) from None
    if skipped := skipped_text(trials.skipped, trials.skipped_count):
        output.message(skipped)
    if trials.is_cut:
        told = counted(len(trials.trials), "example")
        output.message(
            _("There are more than {examples}; --limit N takes more of them.", examples=told)
        )
    if not trials.trials:
        raise CommandError(
            _("{file} has no example that can be tried.", file=safe_path(args.examples)),
            _("`fttui check {file}` tells what is in it.", file=safe_path(args.examples)),
        )
    return trials


def _run(
    session: Session,
    plan: TrialPlan,
    path: Path | None,
    take: Callable[[TrialResult], None],
    tell: Callable[[TrialSummary], None],
) -> TrialSummary:
    """Make the calls; results are taken in this thread, as they come.

    Where that fails, or one ends it, the calls end, and `tell` is told what came of them.
    """
    from fttui.services.playground.stop import Stop
    from fttui.services.playground.trial_runs import run_kept_trials

    stop, results = Stop(), queue.SimpleQueue["TrialResult | None"]()
    future = session.thread.start(run_kept_trials(session, plan, path, results.put, stop))
    future.add_done_callback(lambda _unused: results.put(None))
    try:
        while (result := results.get()) is not None:
            take(result)
        return future.result()
    except (KeyboardInterrupt, OSError):
        stop.ask()
        summary = None
        with suppress(TimeoutError, CancelledError):
            summary = future.result(_SECONDS_TO_END)
        while not results.empty():
            if (result := results.get()) is not None:
                with suppress(OSError):
                    take(result)
        if summary is not None:
            with suppress(OSError):
                tell(summary)
        raise
    finally:
        stop.ask()


def _lines(result: TrialResult, several: bool) -> list[str]:
    """How one answer compares: a line, and both texts where they differ."""
    answer, trial = result.answer, result.trial
    if answer.error or answer.stopped:
        word = _("stopped") if answer.stopped else _("failed: {why}", why=answer.error)
    elif result.is_exact:
        word = _("exact")
    else:
        word = _("differs") if trial.expected else _("nothing to compare")
    model = f"{safe(answer.model, maxlen=200)}  " if several else ""
    lines = [f"{_('line')} {trial.line}  {model}{word}"]
    if answer.is_whole and not result.is_exact:
        if trial.expected:
            lines.append(f"  {_('expected:')} {_shown(trial.expected)}")
        calls = " ".join(f"{name}({said})" for name, said in answer.tool_calls)
        lines.append(f"  {_('answer:')}   {_shown(answer.text or calls)}")
    return lines


def _shown(text: str) -> str:
    return cut(safe(text.strip(), maxlen=2 * _LONGEST_SHOWN), _LONGEST_SHOWN)


def _tell(
    args: argparse.Namespace, output: Output, summary: TrialSummary, results: list[TrialResult]
) -> None:
    from fttui.services.playground.words import summary_text, to_go_on_text

    output.message(summary_text(summary))
    if summary.hint:
        output.message(summary.hint)
    if args.output is not None and len(results) > summary.unwritten:
        output.message(_("The results are in {file}.", file=safe_path(args.output)))
        if told := to_go_on_text(summary):
            output.message(told)
    if output.json:
        found = [result.to_json() for result in results]
        output.document({**summary.to_json(), "results": found})
    else:
        output.lines([""])
        output.table(_COLUMNS, _rows(summary))
    sys.stdout.flush()


def _rows(summary: TrialSummary) -> list[list[str]]:
    from fttui.services.playground.words import total_price_text

    return [
        [
            safe(tally.model, maxlen=200),
            count_text(tally.calls),
            f"{tally.exact:,} / {tally.compared:,}",
            count_text(tally.failed),
            ("≈ " if tally.about else "")
            + f"{tally.prompt_tokens:,} + {tally.completion_tokens:,}",
            total_price_text([tally]),
        ]
        for tally in summary.tallies
    ]
