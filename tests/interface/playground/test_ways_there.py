"""The ways to the playground: from the list, from a job's screen, from a checkpoint."""

from __future__ import annotations

from tests.interface.jobs.jobs_host import screen_text
from tests.interface.playground.playground_app import playground, session_on
from tests.interface.seen import toast

from settling import press, until
from strangers import CHECKPOINTS, EVENTS, JOB, JOBS, job, listed, stranger

TUNED, STEP = "ft:tiny:acme:desk:A1", "ft:tiny:acme:desk:A1:ckpt-step-8"
DONE = job("succeeded", fine_tuned_model=TUNED)
STEPS = listed(
    {
        "id": "c1",
        "object": "fine_tuning.job.checkpoint",
        "step_number": 8,
        "fine_tuned_model_checkpoint": STEP,
        "created_at": 1_790_000_100,
        "metrics": {},
    }
)


async def test_a_key_on_a_job_or_its_checkpoint_opens_it_with_its_model() -> None:
    answers = {JOBS: listed(DONE), JOB: DONE, EVENTS: listed(), CHECKPOINTS: STEPS}
    with stranger(answers) as place:
        async with playground(session_on(place.base_url), (120, 40)) as tab:
            await press(tab.pilot, "f3")
            await until(tab.pilot, lambda: bool(tab.app.jobs_pane.table.jobs))
            await press(tab.pilot, "T")
            fields = tab.pane.chat.fields
            assert (fields.model.value, fields.against.value) == (TUNED, "tiny")
            assert tab.app.focused is tab.pane.chat.prompt
            await press(tab.pilot, "f3", "enter", "3")
            await until(tab.pilot, lambda: STEP in screen_text(tab.app))
            await press(tab.pilot, "enter", "t")
            await until(tab.pilot, lambda: tab.app.in_front == "playground")
            assert (fields.model.value, fields.against.value) == (STEP, TUNED)
            tab.app.screen.set_focus(fields.against)
            await press(tab.pilot, "down", "enter", "h", "i")
            assert fields.against.value in (TUNED, "tiny") and tab.pane.chat.prompt.text == "hi"


async def test_of_a_job_without_a_model_it_is_said_why() -> None:
    with stranger({JOBS: listed(job("running")), JOB: job("running"), EVENTS: listed()}) as place:
        async with playground(session_on(place.base_url), (120, 40)) as tab:
            await press(tab.pilot, "f3")
            await until(tab.pilot, lambda: bool(tab.app.jobs_pane.table.jobs))
            await press(tab.pilot, "T")
            assert "no model yet: it is running" in toast(tab.app)
            assert tab.app.in_front == "jobs"
