"""The pane around the list: what it says, what its keys and buttons ask for."""

import pytest
from tests.interface.jobs.jobs_host import (
    JobsHost,
    make_events,
    make_job,
    screen_text,
    settled,
)
from textual.widgets import Button

from fttui.interface.kit.keys import shown_keys
from fttui.interface.messages import (
    HiddenAsked,
    JobBusy,
    JobChanged,
    JobHistoryFailed,
    JobHistoryRead,
    JobMissing,
    JobsAnnotated,
    JobsFailed,
    JobsLoading,
    JobsRecovered,
)
from fttui.services.endpoint.errors import ServiceError
from fttui.storage.annotations import Annotation
from settling import press

WIDE = (120, 40)
NARROW = (80, 24)


def note(app: JobsHost) -> str:
    return str(app.pane.query_one("#jobs-note").content)  # type: ignore[attr-defined]


def keys_told(app: JobsHost) -> list[str]:
    return [key.meaning for key in shown_keys(app.screen)]


def title(app: JobsHost) -> str:
    return str(app.pane.query_one("#jobs-title").content)  # type: ignore[attr-defined]


async def test_when_no_job_is_hidden_any_more_the_title_speaks_of_none():
    job = make_job(1)
    app = JobsHost([job])
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        app.tell(JobsAnnotated({job.raw_id: Annotation(hidden=True)}))
        app.tell(HiddenAsked())
        await settled(pilot)
        assert "hidden ones too" in title(app)
        app.tell(JobsAnnotated({}))
        await settled(pilot)
        assert "hidden" not in title(app) and not app.pane.table.shows_hidden


async def test_a_key_and_its_button_ask_for_the_same():
    app = JobsHost([make_job(1, "running")])
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        app.utils.asked.clear()
        for key, asked in {
            "r": "display_job_ids",
            "y": "select_job_ids",
            "Y": "select_names",
            "x": "cancel_job",
            "p": "pause_job",
            "w": "resume_job",
        }.items():
            await press(pilot, key)
            assert app.utils.asked.pop() == asked
        for label, asked in {
            "Get All Job IDs": "display_job_ids",
            "Select/Copy Job IDs": "select_job_ids",
            "Select/Copy Names": "select_names",
            "Cancel Job": "cancel_job",
        }.items():
            button = next(one for one in app.query(Button) if str(one.label) == label)
            button.focus()
            await press(pilot, "enter")
            await settled(pilot)
            assert app.utils.asked.pop() == asked
        assert app.utils.asked == []


async def test_letters_act_on_the_list_while_a_button_has_the_focus():
    app = JobsHost([make_job(n) for n in range(1, 5)])
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        app.query_one("#jobs-reload").focus()
        await press(pilot, "j", "j")
        assert app.pane.selected_jobs()[0].suffix == "run-3"


async def test_letters_typed_into_the_filter_do_nothing_else():
    app = JobsHost([make_job(n) for n in range(1, 5)])
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        app.utils.asked.clear()
        await press(pilot, "slash", *"xprywsoenjG 12")
        await settled(pilot)
        assert app.utils.asked == []
        assert app.pane.filter_bar.text == "xprywsoenjG 12"


async def test_the_filter_narrows_the_list_a_moment_after_typing_and_enter_keeps_it():
    app = JobsHost([make_job(n) for n in range(1, 30)])
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "slash", *"run-11")
        await settled(pilot)
        assert app.pane.table.row_count == 1
        await press(pilot, "enter")
        await settled(pilot)
        assert app.focused is app.pane.table
        assert "Jobs 1 of 29" in title(app)
        assert "filter: run-11" in title(app)


async def test_escape_clears_the_filter_first_and_then_the_marks():
    app = JobsHost([make_job(n) for n in range(1, 5)])
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "space", "slash", *"run", "enter")
        await settled(pilot)
        await press(pilot, "escape")
        await settled(pilot)
        assert app.pane.filter_bar.text == ""
        assert len(app.pane.table.marked_jobs) == 1
        await press(pilot, "escape")
        assert app.pane.table.marked_jobs == []


async def test_escape_while_typing_a_filter_goes_back_to_the_whole_list():
    app = JobsHost([make_job(n) for n in range(1, 5)])
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "slash", *"zzz")
        await settled(pilot)
        assert "No job matches “zzz”" in screen_text(app)
        await press(pilot, "escape")
        await settled(pilot)
        assert app.pane.table.row_count == 4
        assert app.focused is app.pane.table
        assert not app.pane.filter_bar.display


async def test_the_next_match_goes_from_the_last_to_the_first():
    app = JobsHost([make_job(n) for n in range(1, 5)])
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "n")
        assert [one.message for one in app._notifications] == [
            "There is no filter. Press / to type one."
        ]
        await press(pilot, "slash", *"run", "enter")
        await settled(pilot)
        seen = []
        for _ in range(5):
            await press(pilot, "n")
            seen.append(app.pane.selected_jobs()[0].suffix)
        assert seen == ["run-2", "run-3", "run-4", "run-1", "run-2"]


async def test_marked_jobs_are_the_selection_and_else_the_current_one():
    app = JobsHost([make_job(n) for n in range(1, 5)])
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        assert [job.suffix for job in app.pane.selected_jobs()] == ["run-1"]
        await press(pilot, "space", "j", "space")
        assert [job.suffix for job in app.pane.selected_jobs()] == ["run-1", "run-3"]
        await settled(pilot)
        assert "2 marked" in title(app)
        await press(pilot, "k", "k", "space")
        assert len(app.pane.selected_jobs()) == 3


async def test_a_button_that_is_off_says_why_and_hides_no_keys():
    app = JobsHost([make_job(1), make_job(2, "running", user_provided_suffix=None)])
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        assert app.query_one("#jobs-cancel").disabled
        assert "This job has already succeeded" in str(app.query_one("#jobs-cancel").tooltip)
        assert "Cancel Job" in keys_told(app)
        await press(pilot, "j")
        await settled(pilot)
        assert not app.query_one("#jobs-cancel").disabled
        assert app.query_one("#jobs-copy-names").disabled
        assert "no name yet" in str(app.query_one("#jobs-copy-names").tooltip)
        assert "Cancel Job" in keys_told(app)


async def test_while_the_filter_takes_letters_no_letter_is_told_as_a_key():
    app = JobsHost([make_job(1, "running")])
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "slash")
        assert "Cancel Job" not in keys_told(app)
        assert "Esc clears" in note(app)
        await press(pilot, "enter")
        assert "Cancel Job" in keys_told(app)


@pytest.mark.parametrize("width", [100, 110, 120, 130, 200])
async def test_the_panel_shows_every_letter_at_every_width(width: int):
    message = "".join(f"{number:04}" for number in range(100))
    failed = make_job(1, "failed", error={"code": "bad", "message": message, "param": None})
    app = JobsHost([failed])
    async with app.run_test(size=(width, 40)) as pilot:
        await settled(pilot)
        panel = app.pane.panel
        rows = [panel.render_line(y).text[:-1] for y in range(panel.size.height)]
        assert message in "".join(row.strip() for row in rows)


async def test_a_list_in_a_window_that_has_grown_again_shows_all_that_it_can():
    app = JobsHost([make_job(number) for number in range(12)])
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "G")
        await pilot.resize_terminal(80, 10)
        await settled(pilot)
        assert app.pane.table.top > 0
        await pilot.resize_terminal(*NARROW)
        await settled(pilot)
        assert app.pane.table.top == 0


async def test_an_action_under_way_is_shown_and_cannot_be_asked_for_twice():
    job = make_job(1, "running")
    app = JobsHost([job])
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        app.tell(JobBusy(job.id, busy=True))
        await settled(pilot)
        assert "… asked" in screen_text(app)
        assert app.query_one("#jobs-cancel").disabled
        assert "An action on this job is under way" in note(app)
        app.tell(JobBusy(job.id, busy=False))
        await settled(pilot)
        assert not app.query_one("#jobs-cancel").disabled


async def test_the_focus_goes_to_the_list_when_its_button_goes_off():
    job = make_job(1, "running")
    app = JobsHost([job])
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        app.query_one("#jobs-cancel").focus()
        app.tell(JobChanged(make_job(1, "cancelled")))
        await settled(pilot)
        assert app.focused is app.pane.table
        assert "- cancelled" in screen_text(app)


async def test_before_during_and_after_a_load_the_list_says_what_is_so():
    app = JobsHost()
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        assert "Press r to load them" in screen_text(app)
        app.tell(JobsLoading())
        await settled(pilot)
        assert "Loading jobs from api.example.com" in screen_text(app)
        app.load([])
        await settled(pilot)
        assert "No fine-tuning jobs yet. Press 1 to create one." in screen_text(app)
        assert "none is selected" in note(app)
        assert not app.query_one("#jobs-reload").disabled


async def test_a_first_load_that_failed_offers_to_try_again():
    app = JobsHost()
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        app.tell(JobsLoading())
        app.tell(JobsFailed(ServiceError("api.example.com did not answer.", "Check the net.")))
        await settled(pilot)
        shown = screen_text(app)
        assert "could not be loaded. Press r to try again." in shown
        assert "Check the net." in shown


async def test_a_banner_goes_when_the_endpoint_answers_again():
    app = JobsHost([make_job(1)])
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        app.tell(JobsFailed(ServiceError("The endpoint is away.")))
        await settled(pilot)
        assert "away" in screen_text(app)
        app.tell(JobsRecovered())
        await settled(pilot)
        assert "away" not in screen_text(app)


async def test_unreadable_entries_are_counted_in_the_title():
    app = JobsHost()
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        app.load([make_job(1)], dropped=3)
        await settled(pilot)
        assert "3 unreadable entries dropped" in title(app)


async def test_a_job_that_the_endpoint_forgot_is_marked():
    job = make_job(1, "running")
    app = JobsHost([job])
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        app.tell(JobMissing(job.raw_id))
        await settled(pilot)
        assert "gone" in screen_text(app)


async def test_running_past_rows_asks_for_one_story_only():
    app = JobsHost([make_job(n, "running") for n in range(1, 60)])
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        app.utils.asked.clear()
        for _ in range(20):
            app.pane.table.action_move(1)
        await settled(pilot)
        assert app.utils.asked == [make_job(21).id]


async def test_a_story_of_a_job_that_ended_long_ago_is_asked_for_once():
    first, second = make_job(1), make_job(2)
    app = JobsHost([first, second])
    app.utils.histories[first.id] = JobHistoryRead(first, make_events(3, 3), ())
    app.utils.histories[second.id] = JobHistoryRead(second, make_events(3, 3), ())
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        for key in ("j", "k", "j", "k"):
            await press(pilot, key)
            await settled(pilot)
        assert sorted(app.utils.asked) == [first.id, second.id]


async def test_a_late_story_of_another_job_does_not_take_the_panel():
    first, second = make_job(1, "running"), make_job(2, "running")
    app = JobsHost([first, second])
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await press(pilot, "j")
        await settled(pilot)
        app.tell(JobHistoryRead(first, make_events(50, 60)))
        await settled(pilot)
        assert app.pane.panel.job == second
        assert "Step 50/60" not in screen_text(app)


async def test_a_story_that_failed_is_told_in_the_panel_and_what_was_known_stays():
    job = make_job(1, "running")
    app = JobsHost([job])
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        app.tell(JobHistoryRead(job, make_events(5, 60)))
        app.tell(JobHistoryFailed(job.id, ServiceError("The events did not come.")))
        await settled(pilot)
        shown = screen_text(app)
        assert "The events did not come." in shown
        assert "Step 5/60" in shown


async def test_the_panel_is_beside_the_list_where_there_is_room_and_a_key_away_elsewhere():
    job = make_job(1, "running")
    app = JobsHost([job])
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        app.utils.asked.clear()
        assert "Parameters" not in screen_text(app)
        assert app.utils.asked == []
        await press(pilot, "o")
        await settled(pilot)
        assert app.pane.panel.display
        assert app.utils.asked == [job.id]
        assert "● running  for 1h 00m" in screen_text(app)
        await press(pilot, "o")
        await pilot.resize_terminal(*WIDE)
        await settled(pilot)
        assert not app.pane.panel.display
        await press(pilot, "o")
        await settled(pilot)
        assert "Parameters" in screen_text(app)


async def test_every_binding_has_a_name_to_remap_it_by_and_the_footer_shows_four_at_most():
    bindings = list(JobsHost().pane.BINDINGS)
    names = [binding.id for binding in bindings]  # type: ignore[union-attr]
    assert None not in names
    assert len(set(names)) == len(names)
    assert sum(binding.show for binding in bindings) <= 4  # type: ignore[union-attr]
