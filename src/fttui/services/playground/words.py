"""What is said of calls to models that were made: tokens, money, seconds, and how they ended.

The app and the command line say it by these functions alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fttui.terminal.format import counted, exact_dollars_text
from fttui.terminal.language import _, clauses, localized
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.services.playground.trial_types import ModelTally, TrialPlan, TrialSummary
    from fttui.services.playground.types import Answer


IN_FLIGHT = 2
"""Calls of a run of trials that are under way at most."""


def price_text(dollars: float | None) -> str:
    """What a call has cost: `$0.00042`, `free`, `price not known`."""
    if dollars is None:
        return _("price not known")
    return exact_dollars_text(dollars) if dollars > 0 else _("free")


def highest_text(dollars: float) -> str:
    """What calls have cost of which no more is known: `at most $0.00042`."""
    return _("at most {dollars}", dollars=exact_dollars_text(dollars, up=True))


def total_text(tallies: Sequence[ModelTally]) -> str:
    """What all calls came to: `412 + 980 tokens, $0.0012`, `About 412 + 980 tokens, ...`."""
    prompt = sum(tally.prompt_tokens for tally in tallies)
    said = sum(tally.completion_tokens for tally in tallies)
    if any(tally.about for tally in tallies):
        tokens = _("about {prompt:,} + {answer:,} tokens", prompt=prompt, answer=said)
    else:
        tokens = _("{prompt:,} + {answer:,} tokens", prompt=prompt, answer=said)
    return f"{tokens[:1].upper()}{tokens[1:]}, {total_price_text(tallies)}"


def total_price_text(tallies: Sequence[ModelTally]) -> str:
    """What all calls have cost, or at most, as far as it is known."""
    if not any(tally.calls for tally in tallies):
        return ""
    known = [tally.dollars for tally in tallies if tally.dollars is not None]
    price = price_text(sum(known) if known else None)
    if not any(tally.about for tally in tallies):
        return price
    most = [tally.most_dollars for tally in tallies if tally.calls]
    bounded = [dollars for dollars in most if dollars is not None]
    if len(bounded) == len(most):
        return highest_text(sum(bounded)) if sum(bounded) > sum(known) else price
    return _("{price}, and more that was not told", price=price) if known else price


def answer_text(answer: Answer) -> str:
    """One line below an answer: `first 0.31 s · 1.24 s · 34 + 120 tokens · $0.00042`.

    An end that is none of the usual ones is told first; an error is not, it is a sentence.
    """
    parts = [_end_text(answer)]
    if answer.first_seconds is not None:
        parts.append(_("first {seconds}", seconds=seconds_text(answer.first_seconds)))
    parts.append(seconds_text(answer.seconds))
    parts.append(_tokens_text(answer))
    if answer.is_past_limit:
        parts.append(_("past the limit of {n:,}", n=answer.most_tokens))
    if answer.most_dollars is not None and answer.dollars is None:
        parts.append(highest_text(answer.most_dollars))
    elif (
        answer.dollars is not None
        or answer.completion_tokens is not None
        or answer.about_completion_tokens is not None
    ):
        parts.append(price_text(answer.dollars))
    return " · ".join(part for part in parts if part)


def _tokens_text(answer: Answer) -> str:
    """`34 + 120 tokens`, `about 34 + 120 tokens` where they are counted here."""
    prompt, said = answer.likely_prompt_tokens, answer.likely_completion_tokens
    if answer.prompt_tokens is not None and answer.completion_tokens is not None:
        return _("{prompt:,} + {answer:,} tokens", prompt=prompt, answer=said)
    if answer.about_prompt_tokens is not None or answer.about_completion_tokens is not None:
        return _("about {prompt:,} + {answer:,} tokens", prompt=prompt, answer=said)
    return _("tokens not told") if answer.text or answer.is_whole else ""


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


def summary_text(summary: TrialSummary) -> str:
    """How a run of trials ended, as a sentence: all done, stopped, or why not all was done."""
    if not summary.planned:
        return _("All of it is answered: nothing is sent.")
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


def earlier_text(plan: TrialPlan) -> str:
    """What a run goes on with, in sentences; "" for one that begins."""
    earlier = plan.earlier
    if earlier is None:
        return ""
    told = []
    if not plan.kept:
        name = safe_path(earlier.path.name)
        told.append(_("{file} is gone on with; it has no answer to these calls yet.", file=name))
    else:
        told.append(
            _(
                "Kept, and not asked again: {answers} in {file}.",
                answers=counted(len(plan.kept), "answer"),
                file=safe_path(earlier.path.name),
            )
        )
    if earlier.failed:
        calls = counted(earlier.failed, "call")
        told.append(_("Asked anew: {calls} that failed or were stopped.", calls=calls))
    if earlier.is_torn:
        told.append(
            _("Its last line was cut off in writing: it is kept as a text, and asked anew.")
        )
    if earlier.unseen:
        most = counted(min(earlier.unseen, IN_FLIGHT), "answer")
        told.append(
            _("If its last run was killed, {most} at most may have been paid and lost.", most=most)
        )
    if earlier.others:
        told.append(_("{lines} of other calls stay there.", lines=counted(earlier.others, "line")))
    return " ".join(told)


def to_go_on_text(summary: TrialSummary) -> str:
    """How many calls are left, where a run has ended before its last one."""
    left = summary.planned - sum(tally.calls - tally.failed for tally in summary.tallies)
    if not left:
        return ""
    calls = counted(left, "call")
    return _("Left: {calls}. Asked again with the same file, the answers are kept.", calls=calls)
