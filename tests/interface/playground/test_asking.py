"""Prompts in the playground: their price, their answers, and what ends them."""

from __future__ import annotations

import json

from tests.interface.jobs.jobs_host import screen_text
from tests.interface.playground.playground_app import playground, session_on
from tests.interface.seen import toast

from fttui.interface.kit.flowing import MOST_SHOWN
from fttui.interface.playground.chat import UNSEEN_SECONDS
from fttui.services.session import Session
from scripted_chat import DONE, Reply, chunk, refusal, scripted_chat, usage
from settling import later, press_at_once

HELLO = Reply([chunk("Hel"), chunk("lo\n  there", "stop"), usage(12, 5), DONE])


def roles(body: dict[str, object]) -> list[str]:
    messages = body["messages"]
    assert isinstance(messages, list)
    return [message["role"] for message in messages]


async def test_a_chat_goes_on_and_each_answer_has_its_figures_below() -> None:
    with scripted_chat(HELLO) as place:
        async with playground(session_on(place.base_url)) as tab:
            tab.pane.chat.fields.system.load_text("Be brief.")
            await tab.write("Who are you?")
            assert "tiny · price not known" in tab.pane.chat.send_row.words
            await tab.press("ctrl+s")
            await tab.answered()
            assert "▸ Who are you?\nHello\n  there\n" in tab.shown()
            assert "12 + 5 tokens · price not known" in tab.shown()
            await tab.write("And now?")
            await tab.press("ctrl+s")
            await tab.until(lambda: len(tab.pane.chat.answers.sides[0].chat.turns) == 2)
            assert roles(place.bodies[1]) == ["system", "user", "assistant", "user"]
            await tab.write("And you?", "other")
            assert "other · asked next" in screen_text(tab.app)  # the answers are tiny's
            await tab.press("ctrl+s")
            await tab.until(lambda: len(tab.pane.chat.answers.sides[0].chat.turns) == 3)
            assert "\nFrom here on: other\n▸ And you?\nHello" in tab.shown()
            await tab.press("ctrl+n")
            assert tab.shown() == ""
            await tab.write("Anew?")
            await tab.press("ctrl+s")
            await tab.until(lambda: len(place.bodies) == 4)
            assert roles(place.bodies[3]) == ["system", "user"]
            await tab.answered()


async def test_two_models_are_asked_side_by_side_and_each_has_its_own_history() -> None:
    with scripted_chat(HELLO) as place:
        async with playground(session_on(place.base_url), (120, 40)) as tab:
            await tab.write("Who?", "tiny", "base")
            assert "tiny + base · price not known" in tab.pane.chat.send_row.words
            await tab.press("ctrl+s")
            await tab.answered(0, 1)
            assert sorted(body["model"] for body in place.bodies) == ["base", "tiny"]
            assert "Hello" in tab.shown(0) and "Hello" in tab.shown(1)
            await tab.write("And?", "tiny", "")
            await tab.press("ctrl+s")
            await tab.until(lambda: len(place.bodies) == 3)
            await tab.answered(0)
            assert len(tab.pane.chat.answers.sides[1].chat.turns) == 1


async def test_nothing_is_sent_at_a_price_that_nobody_has_seen() -> None:
    with scripted_chat(HELLO) as place:
        async with playground(session_on(place.base_url)) as tab:
            tab.pane.chat.have_models("tiny", "")
            tab.pane.chat.prompt.focus()
            press_at_once(tab.pilot, "h", "i", "ctrl+s", "ctrl+s")
            await tab.until(lambda: "Send again" in toast(tab.app) or place.bodies)
            assert place.bodies == []
            await later(tab.pilot, UNSEEN_SECONDS)
            await tab.press("ctrl+s")
            await tab.answered()
            assert len(place.bodies) == 1


async def test_a_burst_of_send_sends_once_and_what_runs_is_stopped_with_what_came() -> None:
    with scripted_chat(Reply([chunk("So far")], hold=True)) as place:
        async with playground(session_on(place.base_url)) as tab:
            await tab.write("Go on and on")
            press_at_once(tab.pilot, "ctrl+s", "ctrl+s", "ctrl+s")
            await tab.until(lambda: "So" in tab.shown())
            assert len(place.bodies) == 1
            assert "An answer is coming" in toast(tab.app)
            await tab.press("f2", "f6")  # leaving the tab loses nothing
            assert "So" in tab.shown()
            await tab.press("escape")
            await tab.answered()
            assert "So far\nstopped" in tab.shown()
            assert "■ stopped" in screen_text(tab.app)


async def test_a_prompt_that_failed_stands_there_again() -> None:
    with scripted_chat(refusal(404, "no such model [red]\x1b[31m")) as place:
        async with playground(session_on(place.base_url)) as tab:
            await tab.write("Who are you?")
            await tab.press("ctrl+s")
            await tab.answered()
            assert "✗" in tab.shown() and "\x1b" not in tab.shown()
            assert tab.pane.chat.prompt.text == "Who are you?"
            assert tab.pane.chat.answers.sides[0].chat.messages("", "") == ()


async def test_hostile_answers_are_shown_as_letters_and_cut_but_kept_whole() -> None:
    nasty = "[bold]x[/] \x1b]52;c;aGk=\x07 \u202eabc\u200d " + "\u0301" * 40
    endless = "y" * (MOST_SHOWN + 1000)
    reply = Reply([chunk(nasty), chunk(endless, "length"), usage(3, 9), DONE])
    with scripted_chat(reply) as place:
        async with playground(session_on(place.base_url)) as tab:
            await tab.write("?")
            await tab.press("ctrl+s")
            await tab.answered()
            shown = tab.shown()
            assert "[bold]x[/] ␛]52;c;aGk=␇ <U+202E>abc<U+200D>" in shown
            assert "are shown; copy takes all" in shown and "cut at the limit" in shown
            last = tab.pane.chat.answers.sides[0].chat.last
            assert last is not None and last.answer.text == nasty + endless
            assert "\x1b" not in screen_text(tab.app)


async def test_what_is_wrong_with_a_field_is_said_and_leads_there(session: Session) -> None:
    async with playground(session) as tab:
        await tab.press("ctrl+s")
        assert "Choose a model" in toast(tab.app)
        tab.pane.chat.have_models("gpt-4.1-nano-2025-04-14", "")
        tab.pane.chat.fields.limit.value = "many"
        await tab.press("ctrl+s")
        assert "whole number" in toast(tab.app)
        assert tab.app.focused is tab.pane.chat.fields.limit


async def test_an_answer_and_the_call_for_it_are_copied_without_the_key() -> None:
    key = "sk-of-the-playground-9f8e7d6c5b4a"
    with scripted_chat(HELLO) as place:
        async with playground(session_on(place.base_url, key)) as tab:
            await tab.write("Who are you? 'quoted'")
            await tab.press("ctrl+s")
            await tab.answered()
            copied: list[str] = []
            tab.app.utils.copying.copy = (  # type: ignore[method-assign]
                lambda text, what, *, lines=False: copied.append(text)
            )
            await tab.press("shift+tab", "y")
            assert copied == ["Hello\n  there"]
            for letter in "jcy":
                await tab.press("c", letter)
            chat, curl, python = copied[1:]
            assert [one["role"] for one in json.loads(chat)] == ["user", "assistant"]
            assert curl.startswith("curl -sS") and "/chat/completions" in curl
            assert "client.chat.completions.create" in python
            assert key not in "".join(copied)


async def test_without_a_key_it_is_said_why_nothing_can_be_sent() -> None:
    session = Session.open(environ={"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"})
    async with playground(session, first_keys=("escape",)) as tab:
        assert "There is no API key" in tab.pane.chat.send_row.words
