"""One job in words: state, error, progress, parameters, events."""

from datetime import timedelta

from tests.interface.jobs.jobs_host import NOW, make_events, make_job

from fttui.interface.jobs.pace import expected_finish
from fttui.interface.jobs.panel import panel_lines
from fttui.interface.kit.lines import plain_text
from fttui.services.endpoint.models import Job
from fttui.services.job_history import JobHistory


def text_of(job: Job, history: JobHistory | None = None, width: int = 42) -> str:
    lines = panel_lines(job, history, NOW, width)
    assert all(len(plain_text(line)) <= width for line in lines)
    return "\n".join(plain_text(line).rstrip() for line in lines)


def test_a_failed_job_tells_code_parameter_message_and_what_to_do():
    error = {"code": "invalid_n_examples", "message": "has 7 examples", "param": "training_file"}
    shown = text_of(make_job(3, "failed", error=error))
    for part in ("invalid_n_examples", "training_file", "has 7 examples", "at least 10"):
        assert part in shown.replace("\n", " ")


def test_a_reinforcement_job_tells_its_grader_and_settings_by_whole_words():
    grader = {"type": "string_check", "name": "exact", "operation": "eq"}
    settings = {"compute_multiplier": 2, "eval_interval": 5, "reasoning_effort": "low"}
    own = {"grader": grader, "hyperparameters": settings}
    method = {"type": "reinforcement", "reinforcement": own}
    shown = text_of(make_job(3, method=method))
    for line in ('Grader     string_check "exact"', "Compute ×  2", "Reasoning  low"):
        assert line in shown
    assert "…" not in shown.split("Created")[0]


def test_a_healthy_job_with_an_empty_error_shows_none():
    assert "Error" not in text_of(make_job(3, "running", error={}))


def test_a_running_job_shows_step_share_and_when_it_will_be_done():
    events = make_events(90, 180, begin=int(NOW.timestamp()) - 180)
    job = make_job(1, "running").with_progress(events)
    shown = text_of(job, JobHistory(events))
    assert "Step 90/180 · 50%" in shown
    assert "done ≈" in shown
    assert "Training loss" in shown


def test_the_finish_is_the_endpoints_word_or_follows_from_the_pace():
    begin = int(NOW.timestamp()) - 180
    events = make_events(90, 180, begin=begin)
    job = make_job(1, "running").with_progress(events)
    guessed = expected_finish(job, events, NOW)
    assert guessed is not None
    assert abs(guessed - (NOW + timedelta(seconds=180))) < timedelta(seconds=2)
    told = make_job(1, "running", estimated_finish=int(NOW.timestamp()) + 60)
    assert expected_finish(told, (), NOW) == NOW + timedelta(seconds=60)
    assert expected_finish(make_job(1), events, NOW) is None
    assert expected_finish(make_job(1, "paused").with_progress(events), events, NOW) is None


def test_an_estimate_that_has_passed_is_not_shown():
    late = make_job(1, "running", estimated_finish=int(NOW.timestamp()) - 60)
    assert expected_finish(late, (), NOW) is None


def test_parameters_metadata_and_files_are_listed_and_missing_ones_left_out():
    job = make_job(2, metadata={"team": "support"}, validation_file=None, result_files=["file-r"])
    shown = text_of(job)
    for part in ("Epochs     3", "Batch size 1", "Seed       42", "team", "support", "file-r"):
        assert part in shown
    assert "Validation" not in shown


def test_a_long_value_goes_on_below_itself():
    shown = text_of(make_job(2, training_file="file-" + "x" * 60), width=40)
    assert shown.count("x") >= 60


def test_events_come_with_their_time_and_a_missing_story_is_said_to_load():
    assert "Loading…" in text_of(make_job(2))
    assert "None yet." in text_of(make_job(2), JobHistory())
    assert "training loss=" in text_of(make_job(2), JobHistory(make_events(5, 9)))
    assert "not reached" in text_of(make_job(2), JobHistory(error_text="api was not reached"))


def test_a_job_of_which_nothing_is_known_can_be_shown():
    shown = text_of(Job(id=""))
    assert "none: nothing can be asked" in shown.replace("\n           ", " ")
