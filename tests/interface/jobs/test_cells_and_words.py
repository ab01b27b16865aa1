"""Texts in cells: widths, wrapping, times, durations."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from tests.interface.jobs.jobs_host import NOW, make_job

from fttui.interface.jobs.columns import LIST_COLUMNS
from fttui.interface.kit.lines import cut, fit, wrap
from fttui.services.endpoint.models import KNOWN_STATUSES, Job, Status
from fttui.services.job_progress import fraction_done, span_of
from fttui.services.job_words import style_of
from fttui.terminal.text import safe

BREAKING = " \t\n\r\f\v"  # no-break spaces are as good as letters
texts = st.text(max_size=40).map(safe)


@given(texts, st.integers(1, 30), st.booleans(), st.booleans())
def test_a_fitted_text_takes_exactly_its_cells(text: str, width: int, right: bool, end: bool):
    assert cell_len(fit(text, width, right=right, keep_end=end)) == width


@given(texts, st.integers(2, 30))
def test_wrapped_lines_fit_and_lose_no_letter(text: str, width: int):
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    letters = (each for each in text if each not in BREAKING)
    assert "".join(lines).replace(" ", "") == "".join(letters)


def test_a_cut_id_keeps_the_end_that_tells_it_apart():
    assert cut("ftjob-abcdef", 7, keep_end=True) == "…abcdef"
    assert cut("ftjob-abcdef", 7) == "ftjob-…"
    assert cut("日本語の名前", 5) == "日本…"


def test_a_running_jobs_duration_counts_to_now_and_an_ended_one_without_an_end_has_none():
    assert span_of(make_job(2, "running"), NOW) == timedelta(hours=2)
    assert span_of(make_job(2), NOW) == timedelta(seconds=1500)
    assert span_of(make_job(2, "failed", finished_at=None), NOW) is None
    assert span_of(Job(id="x", created_at=datetime(1, 1, 1, tzinfo=UTC)), NOW) is not None


def test_progress_stays_between_nothing_and_all():
    assert fraction_done(Job(id="x", step=5, total_steps=20)) == 0.25
    assert fraction_done(Job(id="x", step=50, total_steps=20)) == 1.0
    assert fraction_done(Job(id="x", step=5)) is None
    assert fraction_done(Job(id="x", step=5, total_steps=0)) is None


def test_every_status_has_a_glyph_of_one_cell_and_unknown_ones_are_neutral():
    for word in KNOWN_STATUSES:
        assert cell_len(style_of(Status(word)).glyph) == 1
    assert style_of(Status("a word of next year")).style == "plain"


def test_states_that_a_person_must_tell_apart_differ_in_their_glyph():
    words = ("succeeded", "failed", "cancelled", "running", "queued", "paused", "unheard of")
    assert len({style_of(Status(word)).glyph for word in words}) == len(words)


def test_a_deleted_model_is_called_so_also_where_its_name_has_no_room() -> None:
    fitted = LIST_COLUMNS["name"].column.shorten
    assert fitted is not None
    assert fitted("✗ deleted: desk-v3", 18) == "✗ deleted: desk-v3"
    assert fitted("✗ deleted: ft:gpt-4.1:acme:desk:Bx81", 22) == "✗ deleted: …:desk:Bx81"
    assert fitted("desk-v3", 12) == "desk-v3"
