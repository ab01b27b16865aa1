"""`fttui try`: the price before, the answer as it comes, a file's examples after one question."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.cli.conftest import FTTUI, Run

from scripted_chat import DONE, Reply, chunk, scripted_chat
from waiting import PATIENCE


def tuned_job(run: Run) -> str:
    """A job of the sandbox that has made a model from a chat file."""
    jobs = run("jobs", "--status", "succeeded", "--json").document
    return next(job["id"] for job in jobs if "4.1-nano" in job["model"])


def test_a_prompt_is_answered_on_stdout_and_its_price_told_on_stderr(run: Run) -> None:
    result = run("try", "gpt-4o-mini", "How \x1b[2J are you?", "--max-tokens", "100")
    assert result.status == 0
    assert result.out.endswith("How ␛[2J are you?\n")
    before, after = result.err.splitlines()
    assert before.startswith("gpt-4o-mini at 127.0.0.1:")
    assert "free: a sandbox (at OpenAI at most $0.000" in before
    assert "+ at most 100 tokens)." in before
    assert " tokens · free]" in after


def test_a_job_stands_for_its_model_and_is_compared_with_its_base(run: Run) -> None:
    job = tuned_job(run)
    answers = run("try", job, "Hi", "--against", "base", "--json").document
    assert answers[0]["model"].startswith("ft:")
    assert answers[1]["model"] == "gpt-4.1-nano-2025-04-14"
    assert all(answer["answer"] and answer["error"] is None for answer in answers)
    running = run("jobs", "--status", "running", "--json").document[0]["id"]
    refused = run("try", running, "Hi")
    assert refused.status == 1
    assert "has made no model" in refused.err


def test_what_cannot_be_asked_is_a_sentence(run: Run, spawn: Run) -> None:
    gone = run("try", "gpt-nope", "Hi", "--json")
    assert gone.status == 1
    assert gone.document["error"]["status"] == 404
    assert "`fttui models`" in gone.err
    for arguments, said in (
        (("m", "x", "--temperature", "3"), "from 0 to 2"),
        (("m", "x", "--max-tokens", "0"), "from 1 on"),
        (("m", "x", "--limit", "3"), "goes with --examples"),
        (("m", " "), "empty"),
    ):
        result = run("try", *arguments)
        assert (result.status, said in result.err) == (2, True), result.err
    piped = spawn("try", "gpt-4o-mini", "-", stdin="From a pipe\n")
    assert piped.out.endswith("From a pipe\n")


def test_examples_are_tried_after_one_question_and_their_results_kept(
    run: Run, tmp_path: Path
) -> None:
    job = tuned_job(run)
    file_id = run("show", job, "--json").document["training_file"]
    path, kept = tmp_path / "train.jsonl", tmp_path / "results.jsonl"
    run("files", "download", file_id, "--output", path)
    asked = ["try", job, "--examples", path, "--limit", "12", "--against", "base"]
    refused = run(*asked)
    assert refused.status == 2
    assert "24 calls (12 examples × 2 models)" in refused.err
    result = run(*asked, "--output", kept, "--yes", "--json")
    assert result.status == 0
    tuned, base = result.document["models"]
    assert 0 < tuned["exact"] < tuned["compared"] == 12
    assert (base["exact"], base["failed"]) == (0, 0)
    lines = [json.loads(line) for line in kept.read_text().splitlines()]
    assert lines == result.document["results"]
    before = kept.read_bytes()
    again = run(*asked, "--output", kept, "--yes", "--json")
    assert (again.status, again.document["calls"], again.document["kept"]) == (0, 0, 24)
    assert kept.read_bytes() == before
    whole = b"".join(before.splitlines(keepends=True)[:10])
    kept.write_bytes(whole + before.splitlines()[10][:80])
    more = run(*asked, "--output", kept, "--yes", "--json")
    assert (more.status, more.document["calls"], more.document["kept"]) == (0, 14, 10)
    assert "14 calls (of 24; answered: 10)" in more.err
    assert "2 answers at most may have been paid and lost" in more.err
    after = kept.read_bytes()
    assert after.startswith(whole) and len(after.splitlines()) == 25
    assert "torn" in json.loads(after.splitlines()[10])
    other = run(*asked, "--output", kept, "--yes", "--temperature", "1")
    assert other.status == 1 and "not overwritten" in other.err
    assert kept.read_bytes() == after
    table = run(*asked[:-2], "--yes").out
    assert "exact" in table
    assert "expected:" in table
    assert f"{tuned['exact']} / 12" in table


def test_ctrl_c_stops_an_answer_and_what_came_stays(
    environment: Mapping[str, str],
) -> None:
    with (
        scripted_chat(Reply([chunk("So far, so good")], hold=True)) as chat,
        subprocess.Popen(
            [FTTUI, "try", "m", "Hi"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env={**environment, "OPENAI_BASE_URL": chat.base_url},
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.read(6) == b"So far"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert out == b", so good\n"
    assert b"[stopped" in err
    assert b"Traceback" not in err
    assert process.returncode == 130


def test_examples_are_asked_no_further_when_nobody_reads_the_answers(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    example = {"messages": [{"role": role, "content": "A"} for role in ("user", "assistant")]}
    path = tmp_path / "many.jsonl"
    path.write_text(f"{json.dumps(example)}\n" * 1000, encoding="utf-8")
    with (
        scripted_chat(Reply([chunk("A"), chunk(finish="stop"), DONE])) as chat,
        subprocess.Popen(
            [FTTUI, "try", "m", "--examples", path, "--limit", "1000", "--yes"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**environment, "OPENAI_BASE_URL": chat.base_url},
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read().decode()
        assert len(chat.bodies) < 1000
    assert "Stopped after" in told


def test_without_a_key_no_price_is_told_that_nobody_can_pay(
    run: Run, training_file: Path, monkeypatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    for arguments in (("gpt-4o-mini", "Hi"), ("gpt-4o-mini", "--examples", training_file)):
        refused = run("try", *arguments)
        assert refused.status == 2
        assert refused.err.startswith("There is no API key"), refused.err
