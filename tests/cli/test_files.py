"""Files on the endpoint: there and back, and never over somebody's work."""

from __future__ import annotations

import os
import resource
import stat
import time
from pathlib import Path

import pytest
from tests.cli.conftest import MODEL, Run

from faults.proxy import Fault, FaultProxy, error_answer
from fttui.server import SandboxServer
from fttui.services.result_files import decoded, read_metrics
from fttui.services.submission.recovery_words import spare_file
from fttui.services.submission_words import already_uploaded
from fttui.storage.recent import save_copied_text

FILE_SHAPE = {"id", "filename", "bytes", "purpose", "status", "status_details", "created_at"} | {
    "expires_at",
    "used_by",
    "unused",
}


@pytest.fixture
def own_sandbox(sandbox: SandboxServer, environment, monkeypatch) -> SandboxServer:
    """A sandbox without files."""
    monkeypatch.setenv("OPENAI_BASE_URL", sandbox.base_url)
    return sandbox


def test_files_are_listed_and_filtered_by_purpose(run: Run) -> None:
    every = run("files", "--json").document
    assert all(set(file) == FILE_SHAPE for file in every)
    results = run("files", "list", "--purpose", "fine-tune-results", "--json").document
    assert results == [file for file in every if file["purpose"] == "fine-tune-results"] != []
    assert every[0]["id"] in run("files").out


def test_an_account_without_files_has_none_that_is_unused(run: Run, own_sandbox) -> None:
    found = run("files", "list", "unused", "--json")
    assert (found.status, found.document) == (0, [])


def test_a_file_goes_up_and_comes_back_as_it_was(
    run: Run, own_sandbox, training_file, tmp_path
) -> None:
    stored = run("files", "upload", training_file, "--json").document
    assert stored["bytes"] == training_file.stat().st_size
    assert run("files", "show", stored["id"], "--json").document["id"] == stored["id"]
    target = tmp_path / "back.jsonl"
    assert run("files", "download", stored["id"], "-o", target).status == 0
    assert target.read_bytes() == training_file.read_bytes()


def test_a_large_file_goes_up_in_parts(
    run: Run, own_sandbox, training_file, fttui_home, monkeypatch
) -> None:
    monkeypatch.setattr("fttui.cli.uploading.PART_BYTES", 10_000)
    settings = fttui_home / "config" / "fttui" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("direct_upload_mb = 0\n")
    result = run("files", "upload", training_file, "--json")
    assert result.status == 0
    assert len(result.err.splitlines()) >= 3
    content = run("files", "download", result.document["id"], "--json").document["content"]
    assert content == training_file.read_text()


@pytest.mark.parametrize(("failures", "status"), [(2, 0), (3, 1)])
def test_a_part_that_fails_is_sent_again_twice(
    run: Run,
    own_sandbox,
    fault_proxy: FaultProxy,
    training_file,
    fttui_home,
    monkeypatch,
    failures: int,
    status: int,
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", fault_proxy.base_url)
    settings = fttui_home / "config" / "fttui" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("direct_upload_mb = 0\n")
    busy = error_answer(503, commit=False, headers=(("retry-after", "0"),))
    fault_proxy.script("POST /uploads/[^/]*/parts$", *[busy] * failures)
    assert run("files", "upload", training_file).status == status


def test_an_upload_that_was_interrupted_is_gone_on_with_unless_the_file_is_another_by_now(
    run: Run, own_sandbox, fault_proxy: FaultProxy, training_file, fttui_home, monkeypatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", fault_proxy.base_url)
    monkeypatch.setattr("fttui.cli.uploading.PART_BYTES", 2_000)
    monkeypatch.setattr("fttui.cli.uploading._TRIES", 1)
    settings = fttui_home / "config" / "fttui" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("direct_upload_mb = 0\n")
    content = training_file.read_bytes()
    file = fttui_home / "mine.jsonl"
    file.write_bytes(content)
    fault_proxy.script("/parts$", *[None] * 4, *[Fault("reset", commit=False)] * 9)
    assert run("files", "upload", file).status == 1
    fault_proxy.calm()
    (item,) = run("recover", "--json").document  # a part at least is there: 3 are on the way

    file.write_bytes(content.replace(b"user", b"USER", 1))
    changed = run("recover", item["submission_id"], "upload")
    assert changed.status == 1 and "has changed since a part of it was uploaded" in changed.err
    assert not fault_proxy.body_bytes

    file.write_bytes(content)
    stored = run("recover", item["submission_id"], "upload", "--json").document
    assert stored["bytes"] == len(content)
    parts = [count for route, count in fault_proxy.body_bytes.items() if "/parts" in route]
    assert 0 < sum(parts) < len(content)
    assert [one["kind"] for one in run("recover", "--json").document] == ["spare_file"]


@pytest.mark.parametrize("status", [200, 206])
def test_a_download_that_was_cut_leaves_nothing(
    run: Run, own_sandbox, fault_proxy: FaultProxy, training_file, tmp_path, monkeypatch, status
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", fault_proxy.base_url)
    stored = run("files", "upload", training_file, "--json").document
    half = training_file.read_bytes()[: stored["bytes"] // 2]
    fault_proxy.script("GET /files/.*/content$", *[Fault("answer", status=status, body=half)] * 2)
    for options in (("-o", tmp_path / "mine"), ()):
        result = run("files", "download", stored["id"], *options)
        assert result.status == 1 and result.out == ""
        assert "Only " in result.err and "nothing was written" in result.err
    assert not list(tmp_path.glob("*mine*")) and not list(tmp_path.glob("*.part"))
    assert run("files", "download", stored["id"], "-o", tmp_path / "mine").status == 0


def test_a_download_without_a_record_to_compare_is_taken(
    run: Run, own_sandbox, fault_proxy: FaultProxy, training_file, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", fault_proxy.base_url)
    stored = run("files", "upload", training_file, "--json").document
    fault_proxy.always("GET /files/[^/]*$", error_answer(404, commit=False))
    assert run("files", "download", stored["id"], "-o", tmp_path / "mine").status == 0
    assert (tmp_path / "mine").read_bytes() == training_file.read_bytes()


def test_a_download_replaces_nothing(run: Run, own_sandbox, training_file, tmp_path) -> None:
    stored = run("files", "upload", training_file, "--json").document
    target = tmp_path / "mine"
    target.write_text("precious")
    result = run("files", "download", stored["id"], "-o", target)
    assert result.status == 1
    assert "exists already, and is not overwritten" in result.err
    assert target.read_text() == "precious"


def test_a_download_is_for_its_owner_alone(run: Run, own_sandbox, training_file, tmp_path) -> None:
    stored = run("files", "upload", training_file, "--json").document
    target = tmp_path / "mine"
    assert run("files", "download", stored["id"], "-o", target).status == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_download_onto_a_full_disk_leaves_nothing_and_can_be_done_again(
    run: Run, own_sandbox, training_file, tmp_path
) -> None:
    stored = run("files", "upload", training_file, "--json").document
    folder = tmp_path / "full"
    folder.mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    (tmp_path / "home" / "state" / "fttui" / "fttui.log").unlink(missing_ok=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, hard))
    try:
        result = run("files", "download", stored["id"], "-o", folder / "mine")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert result.status == 1
    assert "mine cannot be written: " in result.err
    assert list(folder.iterdir()) == []
    assert run("files", "download", stored["id"], "-o", folder / "mine").status == 0
    assert (folder / "mine").read_bytes() == training_file.read_bytes()


@pytest.mark.parametrize(
    ("target", "status", "words"),
    [
        ("-", 2, "write ./-"),
        ("", 2, "No file was named"),
        ("folder/", 2, "names a folder"),
        ("~nobody-of-that-name/x", 2, "no home folder ~nobody-of-that-name"),
        (".", 2, "names a folder"),
        ("made", 1, "is a folder"),
        ("/dev/null", 1, "is a device"),
        ("missing/x", 1, "There is no folder missing"),
    ],
)
def test_a_place_that_takes_no_file_is_refused_before_anything_is_fetched(
    run: Run, tmp_path, monkeypatch, target: str, status: int, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "made").mkdir()
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    result = run("files", "download", "file-x", "-o", target)
    assert (result.status, words in result.err) == (status, True), result.err


def test_a_content_that_is_there_is_not_uploaded_again_unless_that_is_wanted(
    run: Run, own_sandbox, training_file
) -> None:
    first = run("files", "upload", training_file, "--json")
    assert "already" not in first.err
    file_id = first.document["id"]
    again = run("files", "upload", training_file, "--json")
    assert (again.status, again.document["id"]) == (0, file_id)
    assert f"{Path(training_file).name} {already_uploaded(file_id)}." in again.err
    assert "--again" in again.err
    assert len(run("files", "--json").document) == 1
    wanted = run("files", "upload", training_file, "--again", "--json")
    assert wanted.document["id"] != file_id
    assert len(run("files", "--json").document) == 2
    for one in (file_id, wanted.document["id"]):
        assert run("files", "delete", one, "--yes").status == 0
    assert run("files", "upload", training_file, "--json").document["id"] not in {
        file_id,
        wanted.document["id"],
    }


def test_a_file_that_no_job_uses_is_listed_until_a_job_takes_it_or_it_is_deleted(
    run: Run, own_sandbox, training_file
) -> None:
    file_id = run("files", "upload", training_file, "--json").document["id"]
    (item,) = run("recover", "--json").document
    assert (item["kind"], item["file_id"], item["submission_id"]) == ("spare_file", file_id, None)
    said = run("recover").out
    assert spare_file(file_id) in said
    assert f"fttui files delete {file_id}" in said
    other = run("files", "upload", training_file, "--again", "--json").document["id"]
    assert run("files", "delete", file_id, "--yes").status == 0
    assert [item["file_id"] for item in run("recover", "--json").document] == [other]
    create = ("create", "--training-file", training_file, "--model", MODEL, "--yes", "--detach")
    assert run(*create).status == 0
    assert run("recover", "--json").document == []
    assert "Nothing is left open." in run("recover").err


def test_an_upload_tells_how_far_it_is_in_the_words_of_the_app(
    run: Run, own_sandbox, training_file
) -> None:
    said = run("files", "upload", training_file).err
    assert "Uploading the training file: 0 % of " in said
    assert " sent, waiting for the endpoint" in said


def test_an_upload_that_cannot_be_remembered_says_so(
    run: Run, own_sandbox, training_file, fttui_home
) -> None:
    assert "remembered" not in run("files", "upload", training_file, "--json").err
    state = fttui_home / "state" / "fttui"
    state.chmod(0o777)
    result = run("files", "upload", training_file, "--again", "--json")
    assert (result.status, result.document["status"]) == (0, "processed")
    assert "Not remembered, so a job of this file uploads it again: The journal" in result.err


def test_a_copied_text_is_gone_at_the_first_start_after_a_day(run: Run, own_sandbox) -> None:
    path = save_copied_text("secret")
    assert run("files").status == 0
    assert path.read_text() == "secret"
    day_before = time.time() - 86_400 - 60
    os.utime(path, (day_before, day_before))
    assert run("files").status == 0
    assert not path.exists()


def test_result_files_come_decoded_unless_raw(run: Run, job_ids) -> None:
    (file_id,) = run("show", job_ids["succeeded"], "--json").document["result_files"]
    readable = run("files", "download", file_id).out
    assert readable.startswith("step,")
    raw = run("files", "download", file_id, "--raw").out
    assert decoded(raw.encode()).decode() == readable
    assert raw != readable
    steps = run("metrics", job_ids["succeeded"], "--json").document
    assert [metrics.step for metrics in read_metrics(raw.encode())] == [m["step"] for m in steps]


def test_deleting_asks_and_a_wrong_id_does_not_pass_for_deleted(
    run: Run, own_sandbox, training_file
) -> None:
    stored = run("files", "upload", training_file, "--json").document
    assert run("files", "delete", stored["id"]).status == 2
    assert run("files", "--json").document != []
    deleted = run("files", "delete", stored["id"], "--yes", "--json")
    assert deleted.document == {"id": stored["id"], "deleted": True}
    again = run("files", "delete", stored["id"], "--yes")
    assert (again.status, "does not know" in again.err) == (1, True)
    assert run("files", "--json").document == []


def test_a_file_with_errors_is_not_uploaded_unless_that_is_wanted(
    run: Run, own_sandbox, tmp_path
) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"messages": []}\n')
    assert run("files", "upload", bad).status == 1
    assert run("files", "--json").document == []
    wanted = run("files", "upload", bad, "--no-check", "--json")
    assert (wanted.status, wanted.document["bytes"]) == (0, bad.stat().st_size)


def test_what_is_not_base64_of_text_stays_as_it_is() -> None:
    for content in (b"", b"step,loss\n1,2\n", b"abcd\xff", b"QUJD\n\xff", b"////"):
        assert decoded(content) == content


def test_minus_one_is_no_loss_where_an_endpoint_writes_it_for_not_measured() -> None:
    text = b"step,train_loss,valid_loss,train_mean_reward\n1,0.5,-1,-1\n2,-1.0,0.4,2\n"
    first, second = read_metrics(text)
    assert (first.train_loss, first.valid_loss, first.train_reward) == (0.5, None, -1)
    assert (second.train_loss, second.valid_loss) == (None, 0.4)


def test_cells_that_are_no_number_are_left_out_of_metrics() -> None:
    text = b"\xef\xbb\xbfstep,train_loss,valid_loss\n1,0.5,\n2,nan,x\n=1+1,3,3\n2,,0.25\n"
    first, second = read_metrics(text)
    assert (first.step, first.train_loss, first.valid_loss) == (1, 0.5, None)
    assert (second.step, second.train_loss, second.valid_loss) == (2, None, 0.25)
