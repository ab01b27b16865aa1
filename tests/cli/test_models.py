"""`fttui models`: what made a model, whether it is there, and deleting it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from faults.proxy import Fault, FaultProxy, error_answer
from fttui.cli import main
from fttui.server import ManualClock, SandboxConfig, SandboxServer, fill_with_samples
from sandbox_key import SANDBOX_KEY

SHAPE = {
    "id", "owned_by", "created_at", "shutdown_date", "days_left", "fine_tuned", "exists", "base",
    "job", "checkpoint_of", "step", "archived",
}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    """A sandbox of these tests alone, which delete models; its jobs outlast them."""
    config = SandboxConfig(clock=ManualClock(time.time()), api_key=SANDBOX_KEY)
    with SandboxServer(config) as running:
        fill_with_samples(running)
        yield running


@pytest.fixture
def untouched(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The user's endpoint is a sandbox on which no test has deleted anything."""
    config = SandboxConfig(clock=ManualClock(time.time()), api_key=SANDBOX_KEY)
    with SandboxServer(config) as running:
        fill_with_samples(running)
        monkeypatch.setenv("OPENAI_BASE_URL", running.base_url)
        yield


@pytest.fixture
def proxy(server: SandboxServer, monkeypatch: pytest.MonkeyPatch, run: Run) -> Iterator[FaultProxy]:
    """Stands between the commands and the sandbox."""
    with FaultProxy(server.base_url) as proxy:
        monkeypatch.setenv("OPENAI_BASE_URL", proxy.base_url)
        yield proxy


def whole(run: Run, place: int = 0) -> dict[str, str]:
    """A model that a job has made, no checkpoint, and that is there and stays for a while."""
    mine = run("models", "--mine", "--json").document
    return [
        one for one in mine
        if one["exists"] and not one["checkpoint_of"] and one["days_left"] > 0
    ][place]  # fmt: skip


def test_each_model_is_told_with_the_job_that_made_it(run: Run, untouched: None) -> None:
    mine = run("models", "--mine", "--json").document
    jobs = {job["id"]: job for job in run("jobs", "--json").document}
    assert all(set(one) == SHAPE and one["fine_tuned"] for one in mine)
    made = [one for one in mine if not one["checkpoint_of"]]
    assert made and {jobs[one["job"]]["fine_tuned_model"] for one in made} == {
        one["id"] for one in made
    }
    assert {one["exists"] for one in mine} == {True} and {one["archived"] for one in mine} == {
        False
    }
    assert [one["id"] for one in run("models", "--mine", "tone", "!ckpt", "--json").document] == [
        one["id"] for one in made if ":tone:" in one["id"]
    ]


def test_the_bases_that_can_be_tuned_have_price_and_limit(run: Run) -> None:
    bases = {one["id"]: one for one in run("models", "--base", "--json").document}
    one = bases["gpt-4.1-mini-2025-04-14"]
    assert (one["training_price_per_million"], one["token_limit"]) == (5.0, 65_536)
    assert one["methods"] == ["supervised", "dpo"] and one["jobs"] > 0
    assert "text-embedding-3-small" not in bases


def test_a_deleted_model_is_told_as_such_wherever_its_job_is(run: Run) -> None:
    model = whole(run)
    assert run("models", "delete", model["id"]).status == 2  # nobody is there to confirm
    done = run("models", "delete", model["id"], model["id"], "--yes")
    assert (done.status, done.out) == (0, f"{model['id']}  deleted\n")
    assert "not archived" not in done.err
    again = run("models", "delete", model["id"], "--yes", "--json")
    assert (again.status, again.document) == (0, [{"id": model["id"], "deleted": True}])
    told = run("models", "show", model["id"])
    assert "✗ deleted" in told.out and model["job"] in told.out
    job = run("show", model["job"], "--json").document
    assert job["fine_tuned_model_exists"] is False
    assert "✗ deleted" in run("show", model["job"]).out
    (row,) = (line for line in run("jobs").out.splitlines() if model["job"] in line)
    assert row.endswith("✗ deleted")
    (leaving,) = (
        one for one in run("retire", "--json").document["models"] if one["model"] == model["id"]
    )
    assert leaving["exists"] is False


def test_a_deleted_model_is_told_as_such_where_no_list_is_asked_for_and_in_an_archive(
    run: Run, tmp_path: Path
) -> None:
    model, folder = whole(run), tmp_path / "saved"
    marked = f"{model['id']} (✗ deleted)"
    assert run("archive", "--to", folder).status == 0
    row = f'{model["id"]} <span class="bad">✗ deleted</span>'
    assert row not in (folder / "index.html").read_text()
    assert marked not in run("watch", model["job"]).out
    assert run("models", "delete", model["id"], "--yes").status == 0
    assert marked in run("watch", model["job"]).out
    assert marked in run("checkpoints", model["job"]).out
    last = run("checkpoints", model["job"], "--json").document[0]
    assert (last["model"], last["model_exists"]) == (model["id"], False)
    file_id = run("show", model["job"], "--json").document["training_file"]
    (use,) = (one for one in run("files", "show", file_id).out.splitlines() if model["job"] in one)
    assert "✗ model deleted" in use

    assert run("archive", "--to", folder).status == 0
    assert run("archive", "verify", folder).status == 0
    assert row in (folder / "index.html").read_text()
    (page,) = folder.glob(f"jobs/{model['job']}*/index.html")
    assert "✗ deleted: the list of models has it no more" in page.read_text()
    in_archive = ("--archive", str(folder))
    assert "✗ deleted" in run(*in_archive, "models", "show", model["id"]).out
    assert (
        run(*in_archive, "show", model["job"], "--json").document["fine_tuned_model_exists"]
        is False
    )
    assert marked in run(*in_archive, "watch", model["job"]).out


def test_what_is_no_fine_tuned_model_is_never_deleted(run: Run, proxy: FaultProxy) -> None:
    done = run("models", "delete", "gpt-4.1-2025-04-14", "ft:nonsense", "--yes", "--json")
    assert done.status == 1 and {one["deleted"] for one in done.document} == {False}
    assert not [call for call in proxy.seen if call.startswith("DELETE")]


def test_a_server_without_the_call_has_deleted_nothing(run: Run, proxy: FaultProxy) -> None:
    model = whole(run)
    body = json.dumps({"detail": "Not Found"}).encode()
    proxy.always("DELETE /models", Fault("answer", status=404, body=body, commit=False))
    done = run("models", "delete", model["id"], "--yes")
    assert done.status == 1 and "does not offer deleting models" in done.err
    assert "deleted" not in done.out


def test_what_a_vague_or_a_wrong_yes_has_done_is_looked_at_and_else_not_known(
    run: Run, proxy: FaultProxy
) -> None:
    model = whole(run)
    yes = json.dumps({"id": model["id"], "object": "model", "deleted": True}).encode()
    proxy.script("DELETE /models", Fault("answer", status=200, body=yes, commit=False))
    done = run("models", "delete", model["id"], "--yes")
    assert done.status == 0 and "lists it all the same" in done.err
    assert run("models", "show", model["id"], "--json").document["exists"]
    lists = proxy.seen["GET /models"]
    proxy.script("GET /models$", *[None] * 1, *[error_answer(500, commit=False)] * 9)
    proxy.script("DELETE /models", Fault("answer", status=200, body=b"{}", commit=False))
    done = run("models", "delete", model["id"], "--yes", "--json")
    assert proxy.seen["GET /models"] > lists + 1
    (told,) = done.document
    assert done.status == 1 and told["deleted"] is None and told["error"]


def test_who_may_not_delete_is_told_of_the_owner(run: Run, proxy: FaultProxy) -> None:
    model = whole(run)
    proxy.always("DELETE /models", error_answer(403, commit=False))
    done = run("models", "delete", model["id"], "--yes")
    assert done.status == 1 and "owner of the organization" in done.err


def test_who_may_not_list_models_has_those_of_the_jobs(run: Run, proxy: FaultProxy) -> None:
    proxy.always("GET /models", error_answer(403, commit=False))
    told = run("models", "--mine")
    assert told.status == 0 and "? not known" in told.out and "✗" not in told.out


def test_after_a_lost_answer_the_list_decides(run: Run, proxy: FaultProxy) -> None:
    model = whole(run)
    proxy.always("DELETE /models", Fault("reset", commit=True))
    assert run("models", "delete", model["id"], "--yes").status == 0
    assert sum(count for call, count in proxy.seen.items() if call.startswith("DELETE")) == 1


def test_a_model_that_a_job_has_come_to_need_while_it_was_asked_about_stays(
    run: Run, proxy: FaultProxy, training_file, monkeypatch
) -> None:
    model = whole(run)["id"]

    def agrees(*_asked: object, **_how: object) -> bool:
        made = ("--training-file", training_file, "--model", model, "--yes", "--detach")
        assert main(["create", *map(str, made)]) == 0
        return True

    monkeypatch.setattr("fttui.cli.model_deletion.confirm", agrees)
    refused = run("models", "delete", model)
    assert refused.status == 1
    assert "a job came meanwhile" in refused.err and "Needed by" in refused.err
    assert proxy.seen[f"DELETE /models/{model}"] == 0
    assert run("models", "show", model, "--json").document["exists"]


def test_no_model_is_deleted_while_it_cannot_be_read_whether_a_job_needs_it_by_now(
    run: Run, proxy: FaultProxy, monkeypatch
) -> None:
    model = whole(run)["id"]

    def agrees(*_asked: object, **_how: object) -> bool:
        proxy.always("GET /fine_tuning/jobs$", error_answer(403, commit=False))
        return True

    monkeypatch.setattr("fttui.cli.model_deletion.confirm", agrees)
    refused = run("models", "delete", model)
    assert refused.status == 1 and "Nothing was deleted: whether a job needs it" in refused.err
    assert proxy.seen[f"DELETE /models/{model}"] == 0
