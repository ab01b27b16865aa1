"""Help tells of every key by its name, and the settings can give each another."""

from __future__ import annotations

from typing import Any

import pytest
from tests.interface.jobs.jobs_host import screen_text
from tests.interface.seen import toast
from textual.command import CommandPalette
from textual.dom import DOMNode

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.jobs.details import JobDetails
from fttui.interface.keymap import named_bindings, read_keymap
from fttui.interface.kit.keys import Command, active_commands, app_commands
from fttui.interface.screens.help import Help, key_lines
from fttui.server import SandboxServer, fill_with_samples
from fttui.services.session import Session
from fttui.storage.settings import Settings
from settling import press, settled, until


def test_every_binding_of_the_interface_has_a_name_and_says_what_it_does():
    found = list(named_bindings())
    assert {kind.__name__ for kind, _ in found} >= {
        *("OpenAIInterfaceFT", "ListJobs", "CreateJob", "JobDetails", "Confirm", "FilePicker"),
        *("PathInput", "CheckReport", "ExamplePreview", "RecoveryList", "FirstRun", "SaveCopy"),
        *("Help", "CopiedText", "FilterLine", "LineView", "Choice", "ModelList", "Dialog"),
    }
    assert [(kind.__name__, each.key) for kind, each in found if not each.id] == []
    assert [(kind.__name__, each.id) for kind, each in found if not each.description] == []


def test_a_name_stands_for_one_action_in_each_class():
    actions: dict[tuple[type[DOMNode], str], str] = {}
    for kind, each in named_bindings():
        assert each.id
        assert actions.setdefault((kind, each.id), each.action) == each.action


def test_a_name_that_nothing_has_is_told_with_the_one_that_was_meant():
    keymap, problems = read_keymap({"jobs.cancle": "X", "nothing.like.it": "Y", "jobs.mark": "M"})
    assert keymap == {"jobs.mark": "M"}
    assert problems == [
        "[keymap] names no key: there is no 'jobs.cancle'. Did you mean `jobs.cancel`?",
        "[keymap] names no key: there is no 'nothing.like.it'. Help (F1) shows them all.",
    ]


def test_a_name_that_is_told_can_act_on_no_terminal():
    _, (problem,) = read_keymap({"jobs\x1b[2J" + "x" * 200: "X"})
    assert "\x1b" not in problem
    assert len(problem) < 200


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("?", "question_mark"),
        ("X", "X"),
        ("f9, ctrl+x", "f9,ctrl+x"),
        ("/", "slash"),
        (":", "colon"),
    ],
)
def test_keys_may_be_written_as_they_are_typed(written: str, key: str):
    assert read_keymap({"jobs.cancel": written})[0] == {"jobs.cancel": key}


@pytest.mark.parametrize(
    ("keymap", "key", "one", "other"),
    [
        ({"jobs.cancel": "space"}, "space", "jobs.cancel", "jobs.mark"),
        ({"jobs.cancel": "f9", "jobs.mark": "f8, f9"}, "f9", "jobs.cancel", "jobs.mark"),
        ({"jobs.cancel": "q"}, "q", "app.quit", "jobs.cancel"),
        ({"app.quit": "w"}, "w", "app.quit", "jobs.resume"),
        ({"create.send": "f3"}, "f3", "create.send", "tab.jobs"),
        ({"details.copy_id": "down"}, "↓", "details.copy_id", "table.down"),
        ({"jobs.mark": "/"}, "/", "jobs.filter", "jobs.mark"),
        ({"files.kinds": "escape"}, "esc", "dialog.back", "files.kinds"),
        ({"details.reload": "?"}, "?", "app.help", "details.reload"),
    ],
)
def test_a_key_that_two_actions_hear_at_once_is_told_with_both(
    keymap: dict[str, str], key: str, one: str, other: str
):
    taken, problems = read_keymap(keymap)
    assert set(taken) == set(keymap)
    (problem,) = problems
    assert problem.startswith(f"[keymap] {key!r} is the key of {one!r} and {other!r}")
    assert problem.endswith(", and only one of them can hear it. Give it to one alone.")


def test_all_that_hear_one_key_are_told_in_one_sentence():
    _, (problem,) = read_keymap({"jobs.cancel": "enter"})
    assert "'filter.keep' and 'jobs.cancel' and 'jobs.details' and 'table.select'" in problem


@pytest.mark.parametrize(
    "keymap",
    [
        {"jobs.cancel": "X"},
        {"jobs.cancel": "ctrl+r"},  # that of another tab
        {"jobs.cancel": "J"},  # that of the details
        {"jobs.copy_id": "f9", "details.copy_id": "f9"},
        {"jobs.back": "f9", "app.stop": "f9"},  # Esc is of both, and they take turns
        {"jobs.cancel": "x"},
        {"jobs.cancel": "n", "jobs.next_match": "x"},
    ],
)
def test_a_key_that_two_actions_never_hear_at_once_is_no_problem(keymap: dict[str, str]):
    assert read_keymap(keymap)[1] == []


def test_the_keys_that_are_given_without_a_keymap_are_no_problem():
    given: dict[str, set[str]] = {}
    for _, each in named_bindings():
        assert each.id
        given.setdefault(each.id, set()).add(each.key)
    for name, keys in given.items():
        assert read_keymap({name: ",".join(sorted(keys))})[1] == []


@pytest.mark.parametrize("written", ["", "f9,,f10"])
def test_a_name_without_a_key_keeps_the_key_it_has(written: str):
    keymap, problems = read_keymap({"jobs.cancel": written})
    assert keymap == {}
    assert problems == ["[keymap] gives no key to 'jobs.cancel': write a key between the quotes."]


@pytest.fixture
def session(sandbox: SandboxServer, open_session: Any) -> Session:
    fill_with_samples(sandbox)
    return open_session(sandbox.base_url)  # type: ignore[no-any-return]


def with_keys(session: Session, **keymap: str) -> OpenAIInterfaceFT:
    named = {name.replace("__", "."): key for name, key in keymap.items()}
    object.__setattr__(session, "settings", Settings(keymap=named))
    return OpenAIInterfaceFT(session)


async def test_the_app_warns_of_a_misspelt_name_and_takes_the_others(session: Session):
    app = with_keys(session, jobs__detials="f9", app__help="f8", details__back="f10")
    async with app.run_test(size=(120, 70)) as pilot:
        await settled(pilot)
        assert "there is no 'jobs.detials'. Did you mean `jobs.details`?" in toast(app)
        await press(pilot, "f3")
        await until(pilot, lambda: app.jobs_pane.table.rows)
        await press(pilot, "enter")
        assert isinstance(app.screen, JobDetails)
        assert "f10 Back  f8 Help" in screen_text(app)
        await press(pilot, "f1", "question_mark")
        assert isinstance(app.screen, JobDetails)
        await press(pilot, "f8")
        assert isinstance(app.screen, Help)
        assert "f10" in screen_text(app) and "details.back" in screen_text(app)
        await press(pilot, "escape", "f10")
        assert app.is_at_rest


async def test_the_palette_opens_by_another_key(session: Session):
    app = with_keys(session, app__commands="f9")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "ctrl+p")
        assert not isinstance(app.screen, CommandPalette)
        await press(pilot, "f9")
        assert isinstance(app.screen, CommandPalette)


async def test_settings_without_keys_load_no_screen_to_look_for_their_names(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("fttui.interface.keymap.named_bindings", None)
    assert read_keymap({}) == ({}, [])


async def test_help_begins_with_the_tab_in_front_and_names_all_others_after_it(session: Session):
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(120, 70)) as pilot:
        await settled(pilot)
        for key, first in (("f2", "Create Fine-Tuning Job"), ("f3", "List Fine-Tuning Jobs")):
            await press(pilot, key)
            groups = list(dict.fromkeys(each.group for each in active_commands(app.screen)))
            assert groups[0] == first
            assert groups[-1] == "Everywhere"
            assert set(groups) == {
                *("Create Fine-Tuning Job", "List Fine-Tuning Jobs", "Tabs", "Everywhere"),
            }
            await press(pilot, "f1")
            shown = screen_text(app)
            assert shown.index(first) < shown.index("Everywhere")
            for name in ("jobs.cancel", "create.send", "app.help", "tab.jobs", "app.commands"):
                assert name in shown
            await press(pilot, "escape")


async def test_help_names_no_command_without_a_key(session: Session, sandbox: SandboxServer):
    fill_with_samples(sandbox)
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for keys in (["ctrl+o"], ["escape", "f3", "enter"], ["escape", "u"]):
            await press(pilot, *keys)
            assert app.screen.is_modal
            found = active_commands(app.screen)
            assert [each.text for each in found if not (each.keys and each.name)] == []


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        (["O"], {"columns.mark", "columns.down_by_one", "dialog.go_on", "columns.standard"}),
        (["c"], {"dialog.choose", "dialog.back"}),
        (["t"], {"dialog.go_on", "dialog.back"}),
        (["enter", "2", "enter"], {"whole.copy", "dialog.back"}),
    ],
)
async def test_help_names_each_key_of_a_screen_that_has_no_title_too(
    session: Session, sandbox: SandboxServer, keys: list[str], names: set[str]
):
    fill_with_samples(sandbox)
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "f3")
        await until(pilot, lambda: app.jobs_pane.table.rows)
        for key in keys:
            await press(pilot, key)
            await settled(pilot)
        assert app.screen.title is None
        found = active_commands(app.screen)
        assert names <= {each.name for each in found}
        assert {each.group for each in found} == {"On this screen", "Everywhere"}


async def test_a_message_is_painted_to_its_end_in_the_narrowest_window(session: Session):
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(60, 16), notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "f3", "v")
        assert toast(app) == "Nothing was copied yet. Press y on a job to copy its id."
        await until(pilot, lambda: "Nothing was copied yet." in screen_text(app))
        assert toast(app) in " ".join(screen_text(app).replace("▌", " ").split())


async def test_letters_and_arrows_move_in_help_to_its_ends(session: Session):
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "f1")
        page = app.screen.query_one("#help-scroll")
        places = []
        for key in ("j", "down", "k", "ctrl+d", "ctrl+u", "G", "g", "end", "home"):
            await press(pilot, key)
            places.append(page.scroll_offset.y)
        bottom = page.max_scroll_y
        assert places[:3] == [1, 2, 1]
        assert 5 < places[3] < bottom
        assert places[4:] == [1, bottom, 0, bottom, 0]


async def test_help_is_filled_anew_for_another_width_and_language(session: Session):
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(130, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "f1")
        assert any("create.send" in row and "jobs." in row for row in screen_text(app).split("\n"))
        await pilot.resize_terminal(80, 40)
        await settled(pilot)
        shown = screen_text(app).split("\n")
        assert not any("create.send" in row and "jobs." in row for row in shown)
        assert max(map(len, shown)) <= 80
        before = str(app.screen.query_one("#help-text").render())
        await press(pilot, "f")
        assert str(app.screen.query_one("#help-text").render()) != before


def commands(*counts: int) -> list[Command]:
    node: Any = None
    return [
        Command(f"Group {number}", f"Do {number}.{n}", "x", "do", f"name.{number}-{n}", node)
        for number, count in enumerate(counts)
        for n in range(count)
    ]


def test_two_columns_are_about_as_long_and_the_first_group_is_on_the_left():
    lines = [str(line) for line in key_lines(commands(5, 4, 3, 2), 130)]
    assert lines[0].startswith("Group 0") and "Group 2" not in lines[0].split("  ")[0]
    column = lines[0].index("Group", 5)
    assert column == 130 // 2 + 1 or column == (130 - 3) // 2 + 3
    assert len(lines) < 18
    assert all(len(line) <= 130 for line in lines)
    text = "\n".join(lines)
    assert all(f"name.{number}-0" in text for number in range(4))


def test_one_column_where_two_would_be_cut():
    lines = [str(line) for line in key_lines(commands(3, 2), 100)]
    assert len(lines) == 3 + 2 + 2 * 2
    assert sum("Group" in line for line in lines) == 2


async def test_the_palette_offers_what_acts_on_the_screen_in_front(session: Session):
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        titles = [each.title for each in app_commands(app, app.screen)]
        assert {"Cancel Job", "Send", "Quit", "Help", "Theme"} <= set(titles)
        assert "Commands" not in titles  # that is the palette itself
        await press(pilot, "f3")
        await until(pilot, lambda: app.jobs_pane.table.rows)
        await press(pilot, "enter")
        titles = [each.title for each in app_commands(app, app.screen)]
        assert {"Next tab", "Copy id", "Help", "Theme"} <= set(titles)
        assert not {"Filter", "Send", "Unfinished", "Create"} & set(titles)
        (events,) = [each for each in app_commands(app, app.screen) if each.title == "Events"]
        assert events.help == "Details of a job · 2 e"
        events.callback()
        await settled(pilot)
        assert app.focused is app.screen.query_one("#details-events")
