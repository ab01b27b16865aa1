"""A notification is a bell everywhere, and more only where the terminal understands it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.terminal.notify import BELL, notification


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"TERM": "linux"},
        {"TERM": "dumb"},
        {"TERM": "xterm-256color", "TMUX": "/tmp/t,1,0"},
        {"TERM": "xterm-256color", "STY": "1.x"},
    ],
)
def test_it_is_the_bell_alone_where_more_would_be_shown_as_text(environ: dict[str, str]) -> None:
    assert notification("done", "ftjob-1", environ) == BELL


def test_other_terminals_get_their_own_sequence() -> None:
    assert notification("Done", "job 1", {"TERM": "xterm-kitty"}) == "\a\x1b]9;fttui: Done: job 1\a"
    assert notification("Done", "job 1", {"TERM": "foot"}) == "\a\x1b]777;notify;Done;job 1\a"


@given(st.text(st.characters(exclude_categories=())), st.sampled_from(["foot", "xterm"]))
def test_no_text_ends_the_sequence_or_adds_a_field(text: str, term: str) -> None:
    sequence = notification(text, text, {"TERM": term})
    body = re.fullmatch(r"\a\x1b\](?:777;notify;|9;fttui: )([^\x00-\x1f\x7f-\x9f]*)\a", sequence)
    assert body is not None
    assert body.group(1).count(";") == (1 if term == "foot" else 0)


def test_only_what_is_asked_for_is_sent() -> None:
    environ = {"TERM": "xterm"}
    assert notification("t", "b", environ, ("bell", "title")) == BELL
    assert notification("t", "b", environ, ("osc9",)) == "\x1b]9;fttui: t: b\a"
    assert notification("t", "b", environ, ()) == ""
    assert notification("t", "b", environ | {"TMUX": "x"}, ("osc9",)) == ""
