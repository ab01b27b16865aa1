"""What the playground keeps of a profile while another one is in use."""

from __future__ import annotations

from pathlib import Path

from tests.interface.endpoints.two_places import Places
from tests.interface.playground.playground_app import BESIDES, Tab
from tests.interface.playground.test_trials import choose, reply, write_examples
from tests.interface.seen import say_yes

from fttui.interface.playground.pane import PlaygroundPane
from fttui.interface.running import app_after
from scripted_chat import scripted_chat
from settling import later, press_at_once, until


async def opened(tab: Tab) -> None:
    """Open the tab, and wait until it is there."""
    await tab.press("f6")
    await until(tab.pilot, lambda: isinstance(tab.app.tabs.pane, PlaygroundPane), BESIDES)
    await until(tab.pilot, lambda: not tab.app.keys_wait, BESIDES)


async def test_all_of_it_stays_with_its_profile_and_nothing_is_sent_to_the_other(
    tmp_path: Path,
) -> None:
    file = write_examples(tmp_path / "t.jsonl", 2)
    with scripted_chat(reply("Hi")) as place:
        urls = {"one": place.base_url, "two": place.base_url.replace("127.0.0.1", "localhost")}
        places = Places(urls, dict.fromkeys(urls, "sk-of-two-places"))
        app = places.app("one")
        async with app.run_test(size=(80, 24)) as pilot:
            tab = Tab(app, pilot)
            await opened(tab)
            await tab.write("First?")
            await tab.press("ctrl+s")
            await tab.answered()
            await choose(tab, file, None)
            await say_yes(pilot, BESIDES)
            await tab.until(lambda: tab.pane.trials._ended)
            await tab.press("escape")
            await tab.write("Not sent")
            app.switch_profile("two")
            press_at_once(pilot, "ctrl+s")
            await until(pilot, lambda: not app.is_running)
        asked = len(place.bodies)
        there = app_after(app)
        assert there is not None
        places.sessions.append(there.session)
        async with there.run_test(size=(80, 24)) as pilot:
            tab = Tab(there, pilot)
            await opened(tab)
            chat = tab.pane.chat
            assert (chat.prompt.text, chat.fields.model.value) == ("Not sent", "")
            assert "First?" not in tab.shown() and not tab.pane.trials.has_some
            there.switch_profile("one")
            press_at_once(pilot, "ctrl+s")
            await until(pilot, lambda: not there.is_running)
        back = app_after(there)
        assert back is not None
        places.sessions.append(back.session)
        async with back.run_test(size=(80, 24)) as pilot:
            tab = Tab(back, pilot)
            await opened(tab)
            await later(pilot, 1.0, BESIDES)
            chat = tab.pane.chat
            assert (chat.prompt.text, chat.fields.model.value) == ("Not sent", "tiny")
            assert "First?" in tab.shown() and "Hi" in tab.shown()
            assert len(tab.pane.trials.table.results) == 2
            assert len(place.bodies) == asked
            await tab.press("ctrl+s")
            await tab.until(lambda: len(place.bodies) == asked + 1)
        places.close()
    assert [one["content"] for one in place.bodies[-1]["messages"]] == ["First?", "Hi", "Not sent"]
