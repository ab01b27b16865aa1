"""Going to another profile within the app: what goes along, and what keeps one here."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from tests.interface.endpoints.two_places import Places, switch_of
from tests.interface.jobs.jobs_host import screen_text
from tests.interface.seen import facts, say_yes, toast

from faults.harness import write_rows
from faults.proxy import Fault, FaultProxy
from fttui.interface.actions import profile_switching
from fttui.interface.running import app_after
from fttui.interface.screens.confirm import Confirm
from fttui.interface.screens.menu import Menu
from fttui.server import SandboxServer, fill_with_samples
from settling import press, press_at_once, settled, until

KEYLESS = '[profiles.bare]\nbase_url = "https://lab.example/v1"\n'
BROKEN = '[profiles.far]\nbase_url = "http://lab.example/v1"\napi_key_env = "ONE_KEY"\n'


@pytest.fixture
def places(sandbox: SandboxServer, fault_proxy: FaultProxy) -> Iterator[Places]:
    """Two ways to one sandbox, which are two places, and two profiles that cannot be used."""
    fill_with_samples(sandbox)
    urls = {"one": sandbox.base_url, "two": fault_proxy.base_url}
    made = Places(urls, dict.fromkeys(urls, sandbox.api_key), KEYLESS + BROKEN)
    yield made
    made.close()


async def test_what_is_typed_goes_along_to_the_other_profile_and_keys_typed_at_once_act_there(
    places: Places, tmp_path: Path
) -> None:
    places.more = f'methods = ["supervised"]\n{places.more}'  # of the last profile, "two"
    app = places.app("one")
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        app.create_pane._fields.field("suffix").value = "kept-suffix"
        app.create_pane._fields.method.value = "dpo"
        path = write_rows(tmp_path / "rows.jsonl")
        app.create_pane._file("training").value = str(path)
        await press(pilot, "enter")
        await until(pilot, lambda: app.create_pane._file("training").check.report)
        await press(pilot, "f3", "slash", *"desk", "enter", "f6")
        await until(pilot, lambda: "playground" in app.tabs.opened)
        await press(pilot, *"hello", "f3", "P")
        assert isinstance(app.screen, Menu)
        press_at_once(pilot, "down", "down", "enter", "f2")
        await until(pilot, lambda: not app.is_running)
    switch = switch_of(app)
    assert (switch.session.endpoint.profile.name, switch.tab) == ("two", "jobs")
    following = app_after(app)
    assert following is not None
    places.sessions.append(following.session)
    async with following.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: following.listed_jobs())
        pane = following.create_pane
        assert following.in_front == "create"  # by the key that was typed on the way
        assert "two takes no method dpo: the form has supervised now." in toast(following)
        assert pane._fields.field("suffix").value == "kept-suffix"
        await until(pilot, lambda: pane._file("training").check.report)
        assert pane._file("training").path == path
        await press(pilot, "f3")
        assert "/ desk" in screen_text(following)
        table = following.jobs_pane.table
        assert 0 < table.row_count < table.total
        await press(pilot, "f6")
        assert "hello" in screen_text(following)


async def test_a_profile_that_cannot_be_used_is_told_and_nothing_is_left(places: Places) -> None:
    app = places.app("one")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.listed_jobs())
        await press(pilot, "f3", "P", "down", "down", "down", "down", "enter")
        await until(pilot, lambda: "over http your key would travel unencrypted" in toast(app))
        await press(pilot, "P", "down", "down", "down", "enter")
        await until(pilot, lambda: "no API key for lab.example" in toast(app))
        assert app.is_running
        assert app.session.endpoint.profile.name == "one"
        await press(pilot, "f5")
        assert app.in_front == "models"


@pytest.mark.parametrize("waits_for", ["the list", "the key"])
async def test_who_presses_esc_while_it_is_looked_for_stays_and_later_keys_act(
    places: Places, monkeypatch: pytest.MonkeyPatch, waits_for: str
) -> None:
    app = places.app("one")
    answered, asked = Event(), Event()
    opened, listed = app.profiles.open, profile_switching.profiles_beside

    def slow(known: Any, *given: Any) -> Any:
        asked.set()
        answered.wait(60)
        return known(*given)

    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        if waits_for == "the list":
            monkeypatch.setattr(profile_switching, "profiles_beside", partial(slow, listed))
            app.utils.choose_profile()
        else:
            monkeypatch.setattr(app.profiles, "open", partial(slow, opened))
            app.switch_profile("two")
        await until(pilot, asked.is_set, besides=("switch",))
        press_at_once(pilot, "f3", "escape", "f5")
        await until(pilot, lambda: app.in_front == "models", besides=("switch",))
        answered.set()
        await settled(pilot)
        assert app.is_running
        assert app.in_front == "models"


async def test_from_the_details_of_a_job_one_comes_to_the_list_and_its_change_is_asked_about_first(
    places: Places, fault_proxy: FaultProxy
) -> None:
    fault_proxy.always("POST /fine_tuning/jobs/.*/resume", Fault("held"))
    app = places.app("two")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.listed_jobs())
        paused = next(job for job in app.listed_jobs() if job.status.word == "paused")
        await press(pilot, "f3")
        app.show_job(paused)
        await settled(pilot)
        await press(pilot, "w")
        busy = (f"act-{paused.raw_key}",)
        await say_yes(pilot, busy)
        await press(pilot, "P", "down", "enter", besides=busy)
        await until(pilot, lambda: isinstance(app.screen, Confirm), busy)
        assert "being cancelled, paused or resumed" in facts(app)["Under way"]
        await press(pilot, "escape", besides=busy)
        fault_proxy.let_go()
        await settled(pilot)
        app.switch_profile("one")
        await until(pilot, lambda: not app.is_running)
    switch = switch_of(app)
    places.sessions.append(switch.session)
    assert switch.tab == "jobs"
