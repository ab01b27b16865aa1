"""`fttui explain`, and what `fttui show` says of a job that failed."""

from tests.cli.conftest import Run

from scripted_endpoint import scripted_endpoint


def test_a_code_is_explained_with_its_cure(run: Run) -> None:
    result = run("explain", "internalFailure")
    assert result.status == 0
    assert "not at fault" in result.out and "fttui create --from JOB" in result.out
    document = run("explain", "internalFailure", "--json").document
    assert document["code"] == "server_error" and document["again"] is True
    assert set(document) == {"code", "cause", "next_step", "again"}


def test_an_unknown_code_fails_and_names_what_was_meant(run: Run) -> None:
    result = run("explain", "invalid_trainig_file")
    assert (result.status, result.out) == (1, "")
    assert "Did you mean `invalid_training_file`" in result.err
    hostile = run("explain", "\x1b]0;zq\x07")
    assert hostile.status == 1 and "\x1b" not in hostile.err
    assert run("explain", "quantum", "--json").document["error"]["hint"]


def test_without_a_code_all_are_listed(run: Run) -> None:
    assert "out_of_memory" in run("explain").out
    listed = {one["code"] for one in run("explain", "--json").document}
    assert {"quota_exceeded", "http_429", "content_filter"} <= listed


def test_show_says_what_to_do_about_a_failed_job(run: Run, monkeypatch) -> None:
    with scripted_endpoint() as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.base_url)
        error = {"code": "unexpectedEntityState", "message": "Odd.", "param": None}
        job = {"id": "ftjob-1", "object": "fine_tuning.job", "status": "failed", "error": error}
        endpoint.answers = {"ftjob-1": job, "events": {"data": []}, "checkpoints": {"data": []}}
        shown = run("show", "ftjob-1").out
    assert "unexpectedEntityState: Odd." in shown
    assert "what to do" in shown and "Wait until the file is processed" in shown
