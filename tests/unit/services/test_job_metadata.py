"""The metadata of a job as text: what is read, what is written, and what is not taken."""

from __future__ import annotations

import pytest

from fttui.services.field_error import FieldError
from fttui.services.job_form import JobForm
from fttui.services.job_metadata import SUBMISSION_TAG, metadata_text, read_metadata
from fttui.storage.settings import Profile


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", {}),
        ("  ", {}),
        ("team=desk", {"team": "desk"}),
        (" team = desk ,run= 3", {"team": "desk", "run": "3"}),
        ("note=a, b and c, run=3", {"note": "a, b and c", "run": "3"}),
        ("url=http://x/?a=b", {"url": "http://x/?a=b"}),
        ('note=" a, b=c ", run=3', {"note": " a, b=c ", "run": "3"}),
        ('"a b"=1', {"a b": "1"}),
        ("empty=, run=3", {"empty": "", "run": "3"}),
        ("resources.gpu=2", {"resources.gpu": "2"}),
        ("ü=日本", {"ü": "日本"}),
    ],
)
def test_pairs_are_read_as_they_are_meant(text: str, pairs: dict[str, str]) -> None:
    assert read_metadata(text) == pairs


@pytest.mark.parametrize(
    "pairs",
    [
        {"team": "desk", "run": "3"},
        {"note": 'a "b", c=d', "k=": ",", "": "x"},
        {"blank": "  ", "line": "a\nb", "empty": ""},
        {"back\\slash": '\\"', "comma,": "="},
    ],
)
def test_what_is_written_is_read_again(pairs: dict[str, str]) -> None:
    pairs.pop("", None)
    assert read_metadata(metadata_text(pairs)) == pairs
    assert metadata_text({**pairs, SUBMISSION_TAG: "x"}) == metadata_text(pairs)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("team", "name=value"),
        ("=desk", "name=value"),
        ('note="open', "Quotes are opened"),
        ('note="a" b', "comes a comma"),
        ("a=1, a=2", "a is there twice"),
        ({"k" * 65: "v"}, "65 characters, at most 64"),
        ({"k": "v" * 513}, "k: 513 characters, at most 512"),
        ({f"k{n}": "v" for n in range(16)}, "16 pairs, at most 15"),
        ({"k": "\udc80"}, "cannot be sent"),
        ({"": "v"}, "name=value"),
    ],
)
def test_what_cannot_be_sent_is_told(given: dict[str, str] | str, why: str) -> None:
    with pytest.raises(FieldError, match=why):
        read_metadata(given)
    form = JobForm(model="m", metadata=given)
    assert why in form.problems(Profile())["metadata"]


def test_all_that_the_api_takes_goes_out_and_fttuis_mark_is_its_own() -> None:
    pairs = {f"{n:064}": "v" * 512 for n in range(15)}
    form = JobForm(model="m", metadata={**pairs, SUBMISSION_TAG: "an older one"})
    request = form.to_request(Profile())
    assert request.metadata == pairs
    assert request.tagged("mine").to_body()["metadata"] == {**pairs, SUBMISSION_TAG: "mine"}
