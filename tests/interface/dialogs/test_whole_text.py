"""One text in whole, where the screen has room for its beginning."""

import pytest
from tests.interface.dialog_host import DialogHost
from tests.interface.jobs.jobs_host import screen_text

from fttui.interface.screens.whole_text import WholeText
from settling import press, settled

ABOUT = "2026-11-27 03:05:08 · moderation_checks · warning · ftevent-BfiVuAQzpezJSWFZ2HQIXsMg"


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
async def test_a_text_is_shown_from_its_first_line_and_scrolls_to_its_last(size: tuple[int, int]):
    copied: list[str] = []
    text = "first " + "word " * 900 + "last"
    app = DialogHost(WholeText("Event", ABOUT, text, copied.append))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        shown = screen_text(app)
        assert "first word" in shown and "word last" not in shown
        assert "HQIXsMg" in shown and "c Copy" in shown
        await press(pilot, "end")
        await settled(pilot)
        assert "last" in screen_text(app) and "first" not in screen_text(app)
        await press(pilot, "c", "escape")
        assert copied == [text] and app.answer is None


async def test_a_short_text_is_whole_beside_its_head():
    app = DialogHost(WholeText("Event", ABOUT, "Fine-tuning job started", lambda _text: None))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "Fine-tuning job started" in screen_text(app)
