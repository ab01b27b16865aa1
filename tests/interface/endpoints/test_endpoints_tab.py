"""The tab Endpoints by keys: what is tested, made, given a key and forgotten."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.interface.endpoints.two_places import Places, switch_of
from tests.interface.jobs.jobs_host import screen_text
from tests.interface.seen import say_yes, toast
from textual.events import Paste

from faults.proxy import Fault, FaultProxy
from fttui.interface.endpoints.pane import EndpointsPane
from fttui.interface.screens.give_key import GiveKey
from fttui.interface.screens.menu import Menu
from fttui.interface.screens.profile_form import ProfileForm
from fttui.server import SandboxServer
from fttui.storage.made_profiles import made_values
from fttui.storage.settings import made_path, settings_path
from recording_endpoint import recording_endpoint
from settling import press, settled, until

AZURE = "https://acme.openai.azure.com/openai/v1"
KEY = "sk-wrong-0123456789abcdef"


@pytest.fixture
def places(sandbox: SandboxServer, fault_proxy: FaultProxy) -> Iterator[Places]:
    urls = {"one": sandbox.base_url, "two": fault_proxy.base_url}
    made = Places(urls, dict.fromkeys(urls, sandbox.api_key))
    yield made
    made.close()


async def test_one_endpoint_that_does_not_answer_holds_up_no_other_that_is_tested(
    places: Places, fault_proxy: FaultProxy
) -> None:
    fault_proxy.always("GET /fine_tuning/jobs", Fault("hang"))
    app = places.app("one")
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "f7")
        await until(pilot, lambda: len(app.query_one(EndpointsPane).table.profiles) == 3)
        rows = app.query_one(EndpointsPane).table.profiles
        besides = ("check-profile",)
        await press(pilot, "T", besides=besides)
        await until(pilot, lambda: rows["one"].result is not None, besides)
        assert rows["one"].state[0] == "✓ works"
        assert "offers fine-tuning jobs, files, models" in screen_text(app)
        assert rows["two"].is_asking
        await press(pilot, "j", "escape", besides=besides)
        assert not rows["two"].is_asking
        await settled(pilot)


async def test_a_profile_is_made_from_a_template_keeps_keys_out_and_is_forgotten_after_a_yes(
    places: Places,
) -> None:
    app = places.app("one")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "f7")
        await until(pilot, lambda: len(app.query_one(EndpointsPane).table.profiles) == 3)
        await press(pilot, "n", "down", "enter")
        assert isinstance(app.screen, ProfileForm)
        await press(pilot, "ctrl+s")
        assert "what is in braces" in screen_text(app)
        await press(pilot, *"acme", "tab")
        app.post_message(Paste(KEY))
        await settled(pilot)
        assert "looks like a key" in screen_text(app)
        await press(pilot, *KEY, "tab")
        assert "0123456" not in screen_text(app)
        await press(pilot, "up", *"LAB_KEY", "ctrl+s")
        await until(pilot, lambda: "Set LAB_KEY" in toast(app))
        values = made_values(settings_path(), "azure")
        assert (values["base_url"], values["api_key_env"]) == (AZURE, "LAB_KEY")
        assert values["training_type"] == "GlobalStandard"
        await press(pilot, "x")
        await say_yes(pilot)
        await until(pilot, lambda: "azure is removed" in toast(app))
        assert "azure" not in made_path(settings_path()).read_text()
        await press(pilot, "g", "j", "e")
        assert "fttui never touches" in toast(app)


async def test_a_key_that_comes_late_cuts_no_dialog_short_and_is_used_when_one_goes_there_anew(
    places: Places, fault_proxy: FaultProxy
) -> None:
    places.keys = {"one": places.keys["one"], "two": KEY}
    right, trying = places.keys["one"], ("give-key two",)
    app = places.app("two")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "f3")
        fault_proxy.always("GET /", Fault("held"))
        await press(pilot, "K", "s")
        app.post_message(Paste(right))
        await press(pilot, "enter", besides=trying)
        await press(pilot, "n", besides=trying)
        await press(pilot, "f7", "n", besides=trying)
        assert isinstance(app.screen, Menu)
        fault_proxy.let_go()
        await until(pilot, lambda: "Go to two anew to use it." in toast(app))
        assert isinstance(app.screen, Menu) and app.is_running
        await press(pilot, "escape", "enter")
        await until(pilot, lambda: not app.is_running)
    session = switch_of(app).session
    places.sessions.append(session)
    assert session.credential.secret.reveal() == right
    assert session.endpoint.profile.name == "two"


async def test_a_key_given_for_this_run_is_seen_in_the_list_until_it_is_forgotten(
    places: Places, sandbox: SandboxServer
) -> None:
    places.keys, places.urls = {"one": sandbox.api_key, "two": ""}, dict(places.urls)
    app = places.app("one")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "f7")
        pane = app.query_one(EndpointsPane)
        await until(pilot, lambda: len(pane.table.profiles) == 3)
        await press(pilot, "j", "K", "f")
        app.post_message(Paste(sandbox.api_key))
        await press(pilot, "enter")
        await until(pilot, lambda: pane.table.profiles["two"].state[0] == "✓ works")
        assert pane.table.profiles["two"].key.text.endswith(sandbox.api_key[-4:])
        await press(pilot, "x", "k")
        await say_yes(pilot)
        await until(pilot, lambda: "Its key is removed" in toast(app))
        await press(pilot, "enter")
        await until(pilot, lambda: "no API key" in toast(app))
        assert app.is_running
        await press(pilot, "i")
        assert "from one" not in screen_text(app) and "Base URL" in screen_text(app)


async def test_another_key_is_tried_first_and_the_app_goes_on_with_it(
    places: Places, sandbox: SandboxServer
) -> None:
    right = sandbox.api_key
    places.keys = {"one": KEY, "two": right}
    app = places.app("one")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.create_pane._fields.field("suffix").value = "kept"
        await press(pilot, "f3")
        assert "K gives another key" in screen_text(app)
        await press(pilot, "K", "s")
        assert isinstance(app.screen, GiveKey)
        await press(pilot, *"sk-another-wrong-9", "enter")
        await until(pilot, lambda: "The key was not taken" in toast(app))
        assert app.session.credential.secret.ending == KEY[-4:].rjust(5, "…")
        await press(pilot, "K", "s")
        app.post_message(Paste(right))
        await settled(pilot)
        assert right not in screen_text(app)
        await press(pilot, "enter")
        await until(pilot, lambda: not app.is_running)
    switch = switch_of(app)
    places.sessions.append(switch.session)
    assert switch.session.credential.secret.reveal() == right
    assert switch.session.endpoint.profile.name == "one"
    assert switch.carried.texts["create"]["suffix"] == "kept"
    assert "The key works." in switch.carried.word


async def test_a_key_goes_to_no_other_place_than_the_one_it_was_asked_for() -> None:
    """The profile leads elsewhere by now: before the key is asked for, and while it is typed."""
    with recording_endpoint() as old, recording_endpoint() as new, recording_endpoint() as newest:
        places = Places({"one": old.base_url}, {"one": "sk-of-the-old-place-01"})
        app = places.app("one")
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            places.urls = {"one": new.base_url}
            places.write()
            await press(pilot, "f7")
            await until(pilot, lambda: len(app.query_one(EndpointsPane).table.profiles) == 2)
            await press(pilot, "G", "t")
            await until(pilot, lambda: new.requests)
            await press(pilot, "K", "s")
            assert isinstance(app.screen, GiveKey)
            assert new.base_url.split("/")[2] in screen_text(app)
            places.urls = {"one": newest.base_url}
            places.write()
            await press(pilot, *KEY, "enter")
            await until(pilot, lambda: "the key was not given" in toast(app))
            await press(pilot, "r", "K", "s", *KEY, "enter")
            await until(pilot, lambda: newest.requests)
        places.close()
    for place in (old, new):
        assert not any(request.holds(KEY) for request in place.requests)
    assert any(request.holds(KEY) for request in newest.requests)
