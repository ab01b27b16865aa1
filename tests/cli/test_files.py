"""Files on the endpoint: there and back, and never over somebody's work."""

from __future__ import annotations

import pytest
from tests.cli.conftest import Run

from fttui.sandbox import SandboxServer
from fttui.services.result_files import decoded, read_metrics

FILE_SHAPE = {"id", "filename", "bytes", "purpose", "status", "status_details", "created_at"}


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


def test_a_download_replaces_nothing(run: Run, own_sandbox, training_file, tmp_path) -> None:
    stored = run("files", "upload", training_file, "--json").document
    target = tmp_path / "mine"
    target.write_text("precious")
    result = run("files", "download", stored["id"], "-o", target)
    assert result.status == 1
    assert target.read_text() == "precious"


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


def test_cells_that_are_no_number_are_left_out_of_metrics() -> None:
    text = b"\xef\xbb\xbfstep,train_loss,valid_loss\n1,0.5,\n2,nan,x\n=1+1,3,3\n2,,0.25\n"
    first, second = read_metrics(text)
    assert (first.step, first.train_loss, first.valid_loss) == (1, 0.5, None)
    assert (second.step, second.train_loss, second.valid_loss) == (2, None, 0.25)
