"""Which tokens are learnt: stretches of them, cut and chosen without a tokenizer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

IGNORED = -100
"""The label of a token that is not learnt."""

Span = tuple[int, int]


def joined(found: Sequence[Sequence[int]]) -> list[Span]:
    """The stretches in order, empty ones left out, and those that touch as one."""
    spans: list[Span] = []
    for begin, end in found:
        if begin == end:
            continue
        if spans and spans[-1][1] == begin:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((begin, end))
    return spans


def pieces(length: int, found: Sequence[Span]) -> Iterator[tuple[int, int, bool]]:
    """All that long a text in order, cut at the stretches: where from, where to, whether one."""
    place = 0
    for begin, end in found:
        yield place, begin, False
        yield begin, end, True
        place = end
    yield place, length, False


def tokens_of(span: Span, offsets: Sequence[Span]) -> Span | None:
    """The tokens that make up a stretch of text; None where one reaches over its border.

    `offsets` say for each token where its text begins and ends.
    """
    begin, end = span
    inside = [
        place
        for place, (first, last) in enumerate(offsets)
        if first < end and last > begin and first != last
    ]
    if not inside:
        return None
    if any(offsets[place][0] < begin or offsets[place][1] > end for place in inside):
        return None
    return inside[0], inside[-1] + 1


def labels(ids: Sequence[int], spans: Sequence[Span], weights: Sequence[int]) -> list[int]:
    """The ids of the tokens in the spans whose weight is 1; IGNORED for all others.

    `spans` are of indices into `ids`, one a weight; ValueError is raised for another count.
    """
    if len(spans) != len(weights):
        raise ValueError(f"{len(spans)} stretches for {len(weights)} weights")
    chosen = [IGNORED] * len(ids)
    for (begin, end), weight in zip(spans, weights, strict=True):
        if weight:
            chosen[begin:end] = ids[begin:end]
    return chosen
