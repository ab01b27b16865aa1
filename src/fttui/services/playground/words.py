"""What is said of calls to models that were made: tokens, money, seconds, and how they ended.

The app and the command line say it by these functions alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fttui.terminal.format import counted, exact_dollars_text
from fttui.terminal.language import _, clauses, localized

if TYPE_CHECKING:
    from fttui.services.playground.types import Answer, ModelTally, TrialSummary


def price_text(dollars: float | None) -> str:
    """What a call has cost: `$0.00042`, `free`, `price not known`."""
    if dollars is None:
        return _("price not known")
    return exact_dollars_text(dollars) if dollars > 0 else _("free")


def answer_text(answer: Answer) -> str:
    """One line below an answer: `first 0.31 s · 1.24 s · 34 + 120 tokens · $0.00042`.

    An end that is none of the usual ones is told first; an error is not, it is a sentence.
    """
    parts = [_end_text(answer)]
    if answer.first_seconds is not None:
        parts.append(_("first {seconds}", seconds=seconds_text(answer.first_seconds)))
    parts.append(seconds_text(answer.seconds))
    if answer.prompt_tokens is not None and answer.completion_tokens is not None:
        parts.append(
            _(
                "{prompt:,} + {answer:,} tokens",
                prompt=answer.prompt_tokens,
                answer=answer.completion_tokens,
            )
        )
    elif answer.text or answer.is_whole:
        parts.append(_("tokens not told"))
    if answer.is_past_limit:
        parts.append(_("past the limit of {n:,}", n=answer.most_tokens))
    if answer.dollars is not None or answer.completion_tokens is not None:
        parts.append(price_text(answer.dollars))
    return " · ".join(part for part in parts if part)


def _end_text(answer: Answer) -> str:
    if answer.stopped:
        return _("stopped")
    if answer.error:
        return _("failed")
    words = {
        "length": _("cut at the limit of tokens"),
        "content_filter": _("cut by the endpoint's filter"),
        "tool_calls": _("calls a tool"),
        "function_call": _("calls a tool"),
    }
    is_empty = not answer.text and not answer.tool_calls
    return words.get(answer.finish_reason, _("an empty answer") if is_empty else "")


def seconds_text(seconds: float) -> str:
    """`0.31 s`, `12.4 s`, `184 s`."""
    digits = 2 if seconds < 10 else 1 if seconds < 100 else 0
    return _("{seconds} s", seconds=localized(f"{seconds:.{digits}f}"))


def tally_text(tally: ModelTally) -> str:
    """`8 of 10 exact, 1 failed, 412 + 980 tokens, $0.0012`, without the model's name."""
    parts = [_("{exact} of {calls} exact", exact=tally.exact, calls=tally.compared)]
    if (alone := tally.calls - tally.compared - tally.failed) > 0:
        parts.append(_("{n} with nothing to compare", n=alone))
    if tally.failed:
        parts.append(_("{failed} failed", failed=tally.failed))
    parts.append(
        _(
            "{prompt:,} + {answer:,} tokens",
            prompt=tally.prompt_tokens,
            answer=tally.completion_tokens,
        )
    )
    parts.append(price_text(tally.dollars))
    return ", ".join(parts)


def summary_text(summary: TrialSummary) -> str:
    """How a run of trials ended, as a sentence: all done, stopped, or why not all was done."""
    made = counted(summary.calls, "call")
    if summary.ended_early:
        return _(
            "Ended after {made} of {planned}: {why}",
            made=made,
            planned=summary.planned,
            why=summary.ended_early,
        )
    if summary.is_stopped:
        return _("Stopped after {made} of {planned}.", made=made, planned=summary.planned)
    return _("{made} done.", made=made)


def model_labels(models: Sequence[str]) -> list[tuple[str, str]]:
    """Each of the models, which are to be told apart, after what it is called in the tab."""
    return list(zip((_("Model"), _("Against")), models, strict=False))


def skipped_text(skipped: Sequence[tuple[int, str]], count: int) -> str:
    """Which examples of a file cannot be tried, and why; "" where all can."""
    if not count:
        return ""
    told = clauses(_("line {line}: {why}", line=line, why=why) for line, why in skipped[:3])
    more = _(" and {n} more", n=count - 3) if count > 3 else ""
    return _(
        "{examples} cannot be tried ({told}{more}).",
        examples=counted(count, "example"),
        told=told,
        more=more,
    )
