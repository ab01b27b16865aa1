"""How alike two texts are, from 0 to 1, in the measures that graders can ask for.

Texts are cut to 2,000 characters first, because some measures take time that grows with the
product of both lengths.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

_CUT = 2000


def similarity(metric: str, candidate: str, reference: str) -> float:
    """The value of a metric; 1 for equal texts, 0 when either is empty and the other is not."""
    candidate, reference = candidate[:_CUT], reference[:_CUT]
    if candidate == reference:
        return 1.0
    if not candidate.strip() or not reference.strip():
        return 0.0
    if metric == "fuzzy_match":
        return _matching_share(candidate, reference)
    ours, theirs = _words(candidate), _words(reference)
    if metric == "rouge_l":
        return _matching_share(ours, theirs)
    if metric.startswith("rouge_"):
        return _rouge(ours, theirs, int(metric.removeprefix("rouge_")))
    return _MEASURES[metric](ours, theirs)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text.lower())


def _grams(words: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))


def _matching_share(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """Twice the longest common subsequence over both lengths."""
    previous = [0] * (len(theirs) + 1)
    for item in ours:
        current = [0]
        for at, other in enumerate(theirs, 1):
            longer = previous[at - 1] + 1 if item == other else max(previous[at], current[-1])
            current.append(longer)
        previous = current
    return 2 * previous[-1] / (len(ours) + len(theirs))


def _rouge(ours: Sequence[str], theirs: Sequence[str], size: int) -> float:
    mine, other = _grams(ours, size), _grams(theirs, size)
    total = mine.total() + other.total()
    return 2 * (mine & other).total() / total if total else 0.0


def _bleu(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """Up to four words at a time, add-one smoothing above single words, brevity penalty."""
    logs = []
    for size in range(1, 5):
        mine = _grams(ours, size)
        matched = (mine & _grams(theirs, size)).total()
        smooth = 0 if size == 1 else 1
        if matched + smooth == 0 or mine.total() + smooth == 0:
            return 0.0
        logs.append(math.log((matched + smooth) / (mine.total() + smooth)))
    brevity = min(1.0, math.exp(1 - len(theirs) / len(ours)))
    return brevity * math.exp(sum(logs) / len(logs))


def _gleu(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """The smaller of precision and recall over runs of one to four words."""
    matched = mine_total = other_total = 0
    for size in range(1, 5):
        mine, other = _grams(ours, size), _grams(theirs, size)
        matched += (mine & other).total()
        mine_total += mine.total()
        other_total += other.total()
    return matched / max(mine_total, other_total, 1)


def _meteor(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """Weighted towards recall, less the more the matching words are out of order."""
    free: dict[str, list[int]] = {}
    for at, word in enumerate(theirs):
        free.setdefault(word, []).append(at)
    places = [free[word].pop(0) for word in ours if free.get(word)]
    if not places:
        return 0.0
    precision, recall = len(places) / len(ours), len(places) / len(theirs)
    mean = 10 * precision * recall / (recall + 9 * precision)
    chunks = 1 + sum(after != before + 1 for before, after in pairwise(places))
    return mean * (1 - 0.5 * (chunks / len(places)) ** 3)


_MEASURES: dict[str, Callable[[Sequence[str], Sequence[str]], float]] = {
    "bleu": _bleu,
    "gleu": _gleu,
    "meteor": _meteor,
}
