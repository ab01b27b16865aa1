"""The examples of a file as prompts: confirmed once, told as they come, shown whole, saved."""

from __future__ import annotations

import json
from pathlib import Path

from tests.interface.jobs.jobs_host import screen_text
from tests.interface.playground.playground_app import BESIDES, Tab, playground, session_on
from tests.interface.seen import asked, facts, say_yes, toast

from fttui.interface.screens.example_answers import ExampleAnswers
from fttui.interface.screens.trial_setup import TrialSetup
from scripted_chat import DONE, Reply, chunk, refusal, scripted_chat
from settling import later


def reply(text: str) -> Reply:
    return Reply([chunk(text, "stop"), DONE])


def write_examples(path: Path, count: int) -> Path:
    rows = [
        [
            {"role": "user", "content": f"Where is {n}?"},
            {"role": "assistant", "content": f"At {n}."},
        ]
        for n in range(count)
    ]
    path.write_text("".join(json.dumps({"messages": row}) + "\n" for row in rows))
    return path


async def choose(tab: Tab, file: Path, results: Path | None) -> None:
    """From the tab to the confirmation."""
    await tab.press("ctrl+o")
    await tab.paste(str(file))
    await tab.press("enter")
    await tab.until(lambda: isinstance(tab.app.screen, TrialSetup))
    await tab.press("tab", "ctrl+u")
    await tab.paste(str(results or ""))
    await tab.press("enter")
    await asked(tab.pilot, BESIDES)


async def test_examples_are_asked_after_one_confirmation_and_told_as_they_come(
    tmp_path: Path,
) -> None:
    file, results = write_examples(tmp_path / "t.jsonl", 3), tmp_path / "r.jsonl"
    with scripted_chat(reply("At 1.")) as place:
        async with playground(session_on(place.base_url)) as tab:
            tab.pane.chat.have_models("tiny", "")
            await choose(tab, file, results)
            told = facts(tab.app)
            assert told["Model"] == "tiny" and told["Calls"] == "3, at most 2 at a time"
            assert told["Cost"] == "price not known" and place.bodies == []
            await say_yes(tab.pilot, BESIDES)
            await tab.until(lambda: "tried 3 of 3 calls" in screen_text(tab.app))
            await later(tab.pilot, 1.0)
            assert "tiny 1/3 exact" in screen_text(tab.app)
            assert len(results.read_text().splitlines()) == 3
            await tab.press("enter")
            assert isinstance(tab.app.screen, ExampleAnswers)
            await tab.until(lambda: "At [-0-]{+1+}." in screen_text(tab.app))
            await tab.press("n")
            assert "Example 2 of 3" in screen_text(tab.app)
            await tab.press("escape", "escape")
            assert tab.pane.chat.display and not tab.pane.trials.display


async def test_a_run_is_stopped_with_what_came_and_a_no_asks_nothing(tmp_path: Path) -> None:
    file, results = write_examples(tmp_path / "t.jsonl", 5), tmp_path / "r.jsonl"
    with scripted_chat(reply("At 0."), Reply([chunk("At")], hold=True)) as place:
        async with playground(session_on(place.base_url)) as tab:
            tab.pane.chat.have_models("tiny", "")
            await choose(tab, file, results)
            await tab.press("escape")
            assert place.bodies == [] and not results.exists()
            await choose(tab, file, results)
            await say_yes(tab.pilot, BESIDES)
            await tab.until(lambda: len(place.bodies) == 3)
            await tab.until(lambda: "trying 1 of 5 calls" in screen_text(tab.app))
            assert "Examples are being tried" in tab.app.utils.why_no_prompt()
            await tab.press("escape")
            await tab.until(lambda: "Stopped after 3 calls of 5." in screen_text(tab.app))
            assert place.most_at_once <= 2
            assert len(results.read_text().splitlines()) == 3
            kept, place.bodies, place.replies = results.read_bytes(), [], [reply("At 1.")]
            results.rename(tmp_path / "t.results.jsonl")
            tab.app.utils.trials._set_up(file, ("tiny",), tab.pane.chat.fields.read().options)
            await tab.until(lambda: tab.app.screen.query_one("#trials-most").value == "5")
            assert tab.app.screen.query_one("#trials-path").value.endswith("/t.results.jsonl")
            await tab.press("enter")
            await asked(tab.pilot, BESIDES)
            assert facts(tab.app)["Calls"] == "4 calls (of 5; answered: 1), at most 2 at a time"
            assert "Asked anew: 2 calls" in tab.app.screen._warning
            await say_yes(tab.pilot, BESIDES)
            await tab.until(lambda: "tried 5 of 5 calls" in screen_text(tab.app))
            await later(tab.pilot, 1.0)
            assert len(place.bodies) == 4 and "/5 exact" in screen_text(tab.app)
            assert (tmp_path / "t.results.jsonl").read_bytes().startswith(kept)


async def test_fewer_examples_and_one_model_can_follow_more_with_two(tmp_path: Path) -> None:
    with scripted_chat(reply("At 1.")) as place:
        async with playground(session_on(place.base_url)) as tab:
            for count, against in ((3, "big"), (1, "")):
                tab.pane.chat.have_models("tiny", against)
                await choose(tab, write_examples(tmp_path / f"{count}.jsonl", count), None)
                await say_yes(tab.pilot, BESIDES)
                calls = count * (2 if against else 1)
                told = f"tried {calls} of {calls} calls"
                await tab.until(lambda told=told: told in screen_text(tab.app))
            assert "Where is 2?" not in screen_text(tab.app)


async def test_the_reason_why_a_run_ended_is_shown_to_its_end(tmp_path: Path) -> None:
    file = write_examples(tmp_path / "t.jsonl", 4)
    why = "This project may not ask it, " * 9 + "says its owner."
    with scripted_chat(refusal(400, why)) as place:
        async with playground(session_on(place.base_url)) as tab:
            tab.pane.chat.have_models("tiny", "")
            await choose(tab, file, None)
            await say_yes(tab.pilot, BESIDES)
            end = "says its owner. Correct what it names and try again. 0 + 0 tokens"
            await tab.until(lambda: end in " ".join(screen_text(tab.app).split()))


async def test_a_name_that_is_taken_and_a_file_without_examples_are_refused(
    tmp_path: Path,
) -> None:
    file = write_examples(tmp_path / "t.jsonl", 2)
    empty = tmp_path / "[red]\x1b.jsonl"
    empty.write_text('{"nothing": 1}\n')
    with scripted_chat(reply("At 0.")) as place:
        async with playground(session_on(place.base_url)) as tab:
            tab.pane.chat.have_models("tiny", "")
            options = tab.pane.chat.fields.read().options
            tab.app.utils.trials._set_up(file, ("tiny", "big"), options)
            await tab.until(lambda: "Against" in facts(tab.app))
            await tab.until(lambda: tab.app.screen.query_one("#trials-most").value == "2")
            offered = tab.app.screen.query_one("#trials-path").value
            assert offered == str(tmp_path / "t.results.jsonl")
            await tab.press("tab", "ctrl+u")
            await tab.paste(str(file))
            assert "It is there already" in screen_text(tab.app)
            await tab.press("enter")
            await tab.until(lambda: "is not overwritten" in toast(tab.app))
            await tab.until(lambda: isinstance(tab.app.screen, TrialSetup))
            await tab.press("tab", "ctrl+u")
            await tab.paste(str(tmp_path))
            assert "is a folder" in screen_text(tab.app)
            await tab.press("enter")
            assert isinstance(tab.app.screen, TrialSetup)
            await tab.press("escape")
            tab.app.utils.trials._set_up(empty, ("tiny",), tab.pane.chat.fields.read().options)
            await tab.press("enter")
            await tab.until(lambda: "no example to try" in toast(tab.app))
            assert "\x1b" not in toast(tab.app) and place.bodies == []
