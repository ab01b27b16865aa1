"""What many lines of a file have and is told once, with their number and the first of them."""

from collections.abc import Iterator
from typing import NamedTuple

from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.profile import Format, Limits
from fttui.training_data.rules import EXCERPT
from fttui.training_data.tally import MAX_PROMPTS, Tally
from fttui.training_data.wording import listed


class Once(NamedTuple):
    """A problem of the file as a whole; `line` is where to look, `mend` as in `Problem`."""

    rule: str
    message: str
    fix: str = ""
    line: int | None = None
    mend: str = ""


def differences(tally: Tally) -> Iterator[Once]:
    """What some examples have and others do not, or have otherwise."""
    if len(tally.prompts) > 1:
        many = _("at least ") if len(tally.prompts) >= MAX_PROMPTS else ""
        message = _(
            "{many}{count:,} different system prompts; another one begins here",
            many=many,
            count=len(tally.prompts),
        )
        yield Once("system-prompts-differ", message, line=tally.other_prompt)
    without = tally.measured - tally.with_tools
    if tally.with_tools and without:
        message = _(
            "{counted} with tools, {without:,} without",
            counted=counted(tally.with_tools, "example"),
            without=without,
        )
        yield Once("tools-in-some-examples", message, line=tally.first_with_tools)
    if tally.with_images:
        message = _("{counted} with images", counted=counted(tally.with_images, "example"))
        yield Once("images-may-be-skipped", message, line=tally.first_with_images)


def remains(tally: Tally) -> Iterator[Once]:
    """What a conversion left behind: keys that hold nothing, and text in a wrong encoding."""
    if tally.with_nulls:
        message = _(
            "{counted} with keys that are null or empty: {names}",
            counted=counted(tally.with_nulls, "example"),
            names=listed(sorted(tally.null_keys)),
        )
        yield Once("null-keys", message, line=tally.first_with_nulls, mend="nulls")
    if tally.mojibake:
        message = _(
            "{counted} with text such as Ã© or â€™: it was UTF-8 and was read as another encoding",
            counted=counted(tally.mojibake, "line"),
        )
        yield Once("mojibake", message, line=tally.first_mojibake)
    if tally.replaced:
        message = _(
            "{counted} with U+FFFD, which stands where a character was lost",
            counted=counted(tally.replaced, "line"),
        )
        yield Once("replacement-character", message, line=tally.first_replaced)


def of_model(
    model: str | None,
    formats: tuple[Format, ...] | None,
    found: Format | None,
    limits: Limits,
) -> Iterator[Once]:
    """Whether prompts and completions are what the model is trained with; `formats` if known."""
    if found is not Format.COMPLETION or limits.takes_completions:
        return
    if not model:
        yield Once("completion-models", _("the file is in completion format"))
    elif formats and Format.COMPLETION not in formats:
        message = _(
            "{model} is trained with files in {wanted} format; this one is in {found} format",
            model=safe(model, maxlen=EXCERPT),
            wanted=_(" or ").join(formats),
            found=found,
        )
        yield Once("format-model", message, mend="convert")
