"""Reading jobs: the list, one of them, and what they tell."""

from __future__ import annotations

import csv
import io
import re
import sys
from argparse import Namespace
from collections.abc import Mapping
from xml.etree import ElementTree

import pytest
from tests.cli.conftest import Run

from fttui.cli.output import Output
from fttui.services.endpoint.models import Status
from fttui.services.job_words import no_checkpoints

JOB_SHAPE = {
    "id", "name", "model", "method", "status", "fine_tuned_model", "created_at", "finished_at",
    "estimated_finish", "training_file", "validation_file", "result_files", "trained_tokens",
    "hyperparameters", "seed", "suffix", "metadata", "error", "step", "total_steps",
    "shutdown_date", "raw_status", "asked", "notes", "labels", "hidden",
    "fine_tuned_model_exists", "actual_cost", "endpoint", "base_url",
}  # fmt: skip
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def test_all_jobs_come_newest_first_in_our_shape(run: Run) -> None:
    jobs = run("jobs", "--json").document
    assert len(jobs) >= 14
    assert all(set(job) == JOB_SHAPE for job in jobs)
    created = [job["created_at"] for job in jobs]
    assert created == sorted(created, reverse=True)
    assert all(RFC_3339.fullmatch(moment) for moment in created)


def test_the_table_has_a_row_for_each_job_with_glyph_and_word(run: Run) -> None:
    jobs = run("jobs", "--json").document
    lines = run("jobs").out.splitlines()
    assert len(lines) == len(jobs) + 1
    for job, line in zip(jobs, lines[1:], strict=True):
        assert job["id"] in line
        assert re.match(rf"[^\w\s] {job['status']} ", line)


def test_the_table_fits_80_columns_with_whole_ids(run: Run, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = run("jobs").out.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert all(job["id"] in run("jobs").out for job in run("jobs", "--json").document[:2])


@pytest.mark.parametrize("columns", ["80", "110"])
def test_no_two_fine_tuned_models_read_alike_however_narrow(
    run: Run, monkeypatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = run("jobs").out.splitlines()
    named = {job["id"]: job["fine_tuned_model"] for job in run("jobs", "--json").document}
    shown = []
    for job_id, model in named.items():
        (line,) = [line for line in lines if job_id in line]
        if model:
            shown.append(line.partition(job_id)[2].split()[0])
            assert model.endswith(shown[-1].rpartition("…")[2])
    assert len(shown) >= 7
    assert len(set(shown)) == len(shown)


def test_jobs_are_filtered_by_status_model_and_number(run: Run) -> None:
    every = run("jobs", "--json").document
    ended = run("jobs", "--json", "--status", "failed", "--status", "cancelled").document
    assert ended
    assert {job["status"] for job in ended} == {"failed", "cancelled"}
    minis = run("jobs", "--json", "--model", "mini").document
    assert minis == [job for job in every if "mini" in job["model"]]
    assert [job["id"] for job in run("jobs", "--json", "--limit", "3").document] == [
        job["id"] for job in every[:3]
    ]


def test_no_jobs_is_an_empty_document_and_a_message(run: Run) -> None:
    result = run("jobs", "--status", "paused", "--model", "nonesuch")
    assert (result.status, result.out) == (0, "")
    assert "No jobs" in result.err
    assert run("jobs", "--status", "paused", "--model", "nonesuch", "--json").document == []


def test_colour_comes_only_when_asked_for_or_on_a_terminal(run: Run, monkeypatch) -> None:
    assert "\x1b" not in run("jobs").out
    assert "\x1b[32m" in run("jobs", "--color", "always").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("jobs").out


@pytest.mark.parametrize(
    ("environ", "colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_a_terminal_may_ask_for_no_colour(
    environment: Mapping[str, str], monkeypatch, environ: dict[str, str], colour: bool
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert Output.of(Namespace(json=False, color="auto")).colour is colour


def test_one_job_is_shown_with_its_progress_and_last_events(run: Run, job_ids) -> None:
    job = run("show", job_ids["succeeded"], "--json").document
    assert set(job) == JOB_SHAPE | {"advice"}
    assert job["step"] == job["total_steps"] > 0
    text = run("show", job_ids["succeeded"]).out
    assert job["fine_tuned_model"] in text
    assert "The job has successfully completed" in text


def test_a_failed_job_tells_why(run: Run, job_ids) -> None:
    job = run("show", job_ids["failed"], "--json").document
    assert set(job["error"]) == {"code", "message", "param"}
    assert job["error"]["message"] in run("show", job_ids["failed"]).out


def test_an_unknown_job_is_a_sentence_with_the_request_id(run: Run) -> None:
    result = run("show", "ftjob-unknown", "--json")
    assert result.status == 1
    error = result.document["error"]
    assert error["status"] == 404
    assert error["request_id"] in result.err


def test_a_job_is_shown_with_its_files_by_name_its_cost_and_its_moderation(
    run: Run, job_ids
) -> None:
    told = run("show", job_ids["succeeded"])
    shown = " ".join(told.out.split())
    assert "per million, as of 20" in shown
    assert "13 categories checked, all passed" in shown and "threshold" in shown
    job = run("show", job_ids["succeeded"], "--json").document
    assert job["actual_cost"]["usd"] > 0 and job["endpoint"] in job["base_url"]
    assert run("show", job_ids["running"], "--json").document["actual_cost"] is None


def test_events_are_chosen_by_level_and_without_steps(run: Run, job_ids) -> None:
    events = run("events", job_ids["succeeded"], "--no-steps", "--json").json_lines
    assert 4 < len(events) < 20 and not any(event["type"] == "metrics" for event in events)
    assert any(event.get("moderation") for event in events)
    failed = run("events", job_ids["failed"], "--level", "error", "--json").json_lines
    assert [event["level"] for event in failed] == ["error"]
    assert run("events", job_ids["failed"], "--level", "loud").status == 2


def test_events_come_oldest_first_one_document_a_line(run: Run, job_ids) -> None:
    events = run("events", job_ids["succeeded"], "--json").json_lines
    assert "Created fine-tuning job" in events[0]["message"]
    assert len({event["id"] for event in events}) == len(events) > 100
    assert set(events[0]) == {"id", "created_at", "level", "type", "message", "metrics"}
    assert len(run("events", job_ids["succeeded"]).out.splitlines()) == len(events)


def test_following_the_events_of_a_job_that_has_ended_ends(run: Run, job_ids) -> None:
    plain = run("events", job_ids["succeeded"], "--json")
    assert run("events", job_ids["succeeded"], "--follow", "--json").out == plain.out


def test_checkpoints_are_listed_with_their_models(run: Run, job_ids) -> None:
    found = run("checkpoints", job_ids["succeeded"], "--json").document
    assert found
    assert set(found[0]) == {
        "id", "model", "model_exists", "step", "created_at", "metrics", "result_files",
    }  # fmt: skip
    assert found[0]["model"] in run("checkpoints", job_ids["succeeded"]).out


def test_metrics_have_an_entry_for_each_step(run: Run, job_ids) -> None:
    found = run("metrics", job_ids["succeeded"], "--json").document
    assert [metrics["step"] for metrics in found] == list(range(1, len(found) + 1))
    rows = list(csv.DictReader(io.StringIO(run("metrics", job_ids["succeeded"], "--csv").out)))
    assert [float(row["train_loss"]) for row in rows] == [m["train_loss"] for m in found]
    assert len(run("metrics", job_ids["succeeded"]).out.splitlines()) == len(found) + 1


def test_a_job_without_metrics_says_so(run: Run, job_ids) -> None:
    result = run("metrics", job_ids["failed"])
    assert (result.status, result.out) == (0, "")
    assert "No metrics" in result.err


def test_advice_is_told_alike_by_metrics_and_show(run: Run, job_ids) -> None:
    document = run("metrics", job_ids["succeeded"], "--advice", "--json").document
    assert set(document) == {"advice"}
    assert {"word", "text", "figures"} == set(document["advice"][0])
    assert "no-validation" in [one["word"] for one in document["advice"]]
    assert run("show", job_ids["succeeded"], "--json").document["advice"] == document["advice"]
    for command in (("metrics", "--advice"), ("show",)):
        text = run(*command, job_ids["succeeded"]).out
        for one in document["advice"]:
            assert one["word"] in text and one["text"] in text
    assert "No advice" in run("metrics", job_ids["failed"], "--advice").err


def test_curves_are_saved_as_a_picture_that_is_never_written_over_a_file(
    run: Run, job_ids, tmp_path
) -> None:
    path = tmp_path / "curves.svg"
    result = run("metrics", job_ids["succeeded"], "--svg", str(path))
    assert result.status == 0 and "curves.svg" in result.err
    root = ElementTree.fromstring(path.read_bytes())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not [each for each in root.iter() if each.tag.endswith(("script", "image", "a"))]
    assert run("metrics", job_ids["succeeded"], "--svg").out.encode() == path.read_bytes()
    again = run("metrics", job_ids["succeeded"], "--svg", str(path))
    assert again.status == 1 and "not overwritten" in again.err
    assert run("metrics", job_ids["failed"], "--svg").status == 1


def test_my_models_are_the_fine_tuned_ones_with_their_last_day(run: Run) -> None:
    every = run("models", "--json").document
    mine = run("models", "--mine", "--json").document
    assert mine == [model for model in every if model["id"].startswith("ft:")]
    assert 0 < len(mine) < len(every)
    dated = next(model for model in mine if model["shutdown_date"])
    assert dated["shutdown_date"] in run("models", "--mine").out


@pytest.mark.parametrize("command", ["show", "events", "checkpoints", "metrics", "watch"])
def test_without_a_key_every_command_says_how_to_get_one(
    run: Run, command: str, monkeypatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    result = run(command, "ftjob-x")
    assert result.status == 2
    assert "OPENAI_API_KEY" in result.err


def test_a_status_that_does_not_exist_is_bad_usage(run: Run) -> None:
    result = run("jobs", "--status", "finished")
    assert result.status == 2
    assert "succeeded" in result.err


def test_that_a_job_has_no_checkpoints_is_explained_as_in_the_app(
    run: Run, job_ids: dict[str, str]
) -> None:
    for word in ("cancelled", "failed"):
        assert no_checkpoints(Status(word)) in run("checkpoints", job_ids[word]).err
