"""The keys that the list tells of are those that are bound."""

from tests.interface.jobs.jobs_host import JobsHost, make_job, screen_text, settled

from fttui.interface.kit.keys import shown_keys
from settling import press


async def test_the_last_line_names_the_keys_of_the_settings():
    app = JobsHost([make_job(1, "running")])
    app.set_keymap({"jobs.cancel": "f9", "jobs.reload": "f5"})
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        assert ("f9", "Cancel Job") in {
            (key.display, key.meaning) for key in shown_keys(app.screen)
        }
        await press(pilot, "f5")
        assert app.utils.asked[-1] == "display_job_ids"


async def test_an_empty_list_names_them_too():
    app = JobsHost()
    app.set_keymap({"jobs.reload": "f5"})
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        assert "Press f5 to load them" in screen_text(app)
