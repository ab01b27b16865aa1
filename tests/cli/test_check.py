"""`fttui check`: the document, the text, the exit status, repair and split."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from tests.cli.conftest import Run

from fttui.cli import _prepare_check
from fttui.cli.progress import CheckProgress
from fttui.training_data.check import Progress
from fttui.training_data.rules import RULES
from terminal.pty_harness import plain_environment
from unit.training_data.training_samples import CHAT, PREFERENCE, REINFORCEMENT, lines, many, write


def test_a_good_file_is_told_as_one_document(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, many(CHAT))
    result = run("check", str(path), "--json", "--model", "gpt-4o-mini-2024-07-18")
    assert result.status == 0
    document = result.document
    assert document["ok"]
    assert (document["file"], document["bytes"]) == ("train.jsonl", path.stat().st_size)
    assert (document["format"], document["examples"], document["epochs"]) == ("chat", 60, 3)
    assert document["billable_tokens"] == document["tokens"]["total"] * 3
    assert document["cost"]["price_per_million"] == 3.0
    assert not result.err


def test_errors_give_status_1_and_stand_in_the_document(run: Run, tmp_path: Path) -> None:
    bad = {"messages": [{"role": "asistant", "content": "x"}]}
    path = write(tmp_path, [*many(CHAT), bad, *many(CHAT)[:1]])
    result = run("check", "--json", "--no-tokens", str(path))
    assert result.status == 1
    document = result.document
    assert not document["ok"]
    assert document["error_count"] == 1
    assert document["errors"] == [
        {
            "rule": "message-role",
            "line": 61,
            "example": 61,
            "path": "messages[0].role",
            "message": 'role "asistant" is not one of system, developer, user, assistant, tool, '
            "function",
            "fix": 'write "assistant"',
            "column": 24,
            "excerpt": '{"messages": [{"role": "asistant", "content": "x"}]}',
        }
    ]
    assert document["warnings"][0]["message"] == "same as line 1"
    assert document["tokens"] is None
    assert document["cost"] is None


def test_warnings_alone_leave_the_status_0(run: Run, tmp_path: Path) -> None:
    result = run("check", str(write(tmp_path, many(CHAT, 20))), "--no-tokens")
    assert result.status == 0
    assert "No errors, 1 warning" in result.out


def test_the_text_begins_with_the_verdict_and_names_lines_and_fixes(
    run: Run, tmp_path: Path
) -> None:
    path = write(tmp_path, lines(many(CHAT)) + b"[]\n" * 30)
    result = run("check", str(path), "--model", "gpt-4o")
    assert result.out.startswith("train.jsonl: ✗ 30 errors")
    assert "✗ 30 × json-object" in result.out
    assert "line 61: the line is an empty list, not an object" in result.out
    assert "and 20 more" in result.out
    assert "($25 per million, as of " in result.out
    assert "\x1b" not in result.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("missing.jsonl",), "no such file"),
        ((), "No file was named"),
        (("x.jsonl", "--epochs", "0"), "neither auto nor"),
        (("x.jsonl", "--split", "2"), "not a number between 0 and 1"),
        (("x.jsonl", "--split", "0.1", "--seed", "9" * 40), "not a whole number"),
        (("x.jsonl", "--method", "magic"), "magic"),
        (("/dev/null",), "is a device"),
        (("x.jsonl", "--grader", "~nobody-of-that-name/x"), "no home folder"),
        (("x.jsonl", "--grader", ""), "no file was named"),
        (("x.jsonl", "--config", "~nobody-of-that-name/x"), "no home folder"),
        (("x.jsonl", "--api-key-file", "~nobody-of-that-name/x"), "no home folder"),
        (("x.jsonl", "--fix", "-"), "write ./-"),
        (("x.jsonl", "--fix", ""), "No file was named"),
        (("x.jsonl", "--fix", "folder/"), "names a folder"),
        (("x.jsonl", "--fix", "~nobody-of-that-name/x"), "no home folder ~nobody-of-that-name"),
    ],
)
def test_bad_usage_is_a_sentence_and_status_2(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    result = run("check", *arguments)
    assert result.status == 2
    assert words in result.err
    assert "Traceback" not in result.err


def test_a_method_that_does_not_fit_is_an_error(run: Run, tmp_path: Path) -> None:
    path = str(write(tmp_path, many(PREFERENCE)))
    assert run("check", path, "--method", "dpo", "--no-tokens").status == 0
    result = run("check", path, "--method", "supervised", "--no-tokens", "--json")
    assert result.status == 1
    assert [error["rule"] for error in result.document["errors"]] == ["method-format"]


def test_a_validation_file_has_a_document_of_its_own(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, many(CHAT))
    held_out = write(tmp_path, [*many(CHAT)[:2], {}], "held-out.jsonl")
    result = run("check", str(path), "--validation", str(held_out), "--json")
    assert result.status == 1
    assert result.document["ok"]
    assert result.document["validation"]["error_count"] == 1
    assert result.document["validation"]["warning_count"] == 3
    text = run("check", str(path), "--validation", str(held_out)).out
    assert "held-out.jsonl: ✗ 1 error" in text


def test_the_fields_of_a_grader_are_checked(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, many(REINFORCEMENT))
    grader = tmp_path / "grader.json"
    grader.write_text(json.dumps({"input": "{{item.solution}}"}))
    result = run("check", str(path), "--grader", str(grader), "--no-tokens", "--json")
    assert result.document["error_count"] == 60
    for unlike in ("{", "[" * 100_000, " " * 1_000_001):
        grader.write_text(unlike)
        assert run("check", str(path), "--grader", str(grader)).status == 2
    assert run("check", path, "--grader", grader, "--fix", tmp_path / "copy.jsonl").status == 2
    assert not (tmp_path / "copy.jsonl").exists()
    grader.unlink()
    os.mkfifo(grader)
    for place in (grader, "/dev/zero", tmp_path):
        result = run("check", str(path), "--grader", place)
        assert (result.status, "cannot be read as a grader" in result.err) == (2, True)


def test_a_copy_is_corrected_and_checked_again(run: Run, tmp_path: Path) -> None:
    source = write(tmp_path, b"\xef\xbb\xbf" + lines(many(CHAT)).replace(b"\n", b"\r\n\r\n"))
    copy = tmp_path / "copy.jsonl"
    result = run("check", str(source), "--fix", str(copy), "--no-tokens", "--json")
    assert result.status == 0
    assert result.document["file"] == "copy.jsonl"
    assert result.document["warning_count"] == 0
    assert [done["kind"] for done in result.document["fix"]["corrections"]] == [
        "bom",
        "crlf",
        "blank",
    ]
    again = run("check", str(source), "--fix", str(copy))
    assert again.status == 1
    assert "exists already" in again.err
    other = run("check", str(source), "--fix", str(tmp_path / "other.jsonl"), "--no-tokens")
    assert "60 blank lines removed (lines 2, 4," in other.out


def test_a_copy_is_pointed_to_only_where_it_mends_something(run: Run, tmp_path: Path) -> None:
    source = write(tmp_path, lines(many(CHAT)).replace(b"\n", b"\r\n\r\n"))
    hint = "can be repaired for you: fttui check FILE --fix OUT\n"
    assert f"  2 things {hint}" in run("check", source, "--no-tokens").out
    copied = run("check", source, "--fix", tmp_path / "copy.jsonl", "--no-tokens")
    assert hint not in copied.out
    broken = write(tmp_path, b"".join(b"{'a': %d}\n" % n for n in range(120)), "broken.jsonl")
    assert f"  1 thing {hint}" in run("check", broken, "--no-tokens").out
    again = run("check", broken, "--fix", tmp_path / "still.jsonl", "--no-tokens")
    assert hint not in again.out
    few = write(tmp_path, many(CHAT, 20), "few.jsonl")
    told = run("check", few, "--no-tokens").out
    assert "few-examples" in told and "--fix" not in told


@pytest.mark.parametrize(
    ("target", "words"),
    [("/dev/null", "is a device"), ("made", "is a folder"), ("missing/x", "There is no folder")],
)
def test_a_copy_needs_a_place_of_its_own(run: Run, tmp_path: Path, target: str, words: str) -> None:
    source = write(tmp_path, many(CHAT))
    (tmp_path / "made").mkdir()
    result = run("check", source, "--fix", tmp_path / target)
    assert (result.status, words in result.err) == (1, True), result.err


def test_a_file_that_is_replaced_while_it_is_checked_is_not_called_good(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, many(CHAT))
    told = CheckProgress.show

    def replaced(self: CheckProgress, progress: Progress) -> None:
        write(tmp_path, b"[]\n", "other").rename(path)
        told(self, progress)

    monkeypatch.setattr(CheckProgress, "show", replaced)
    result = run("check", path, "--no-tokens")
    assert result.status == 1
    assert "another file took its name while it was read" in result.out


def test_a_file_is_split_beside_itself(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, many(CHAT))
    result = run("check", str(path), "--split", "0.1", "--seed", "3", "--no-tokens", "--json")
    assert result.status == 0
    assert result.document["split"] == {
        "training": str(tmp_path / "train.train.jsonl"),
        "validation": str(tmp_path / "train.validation.jsonl"),
        "training_examples": 54,
        "validation_examples": 6,
        "seed": 3,
    }
    both = (tmp_path / "train.train.jsonl").read_bytes().splitlines()
    both += (tmp_path / "train.validation.jsonl").read_bytes().splitlines()
    assert sorted(both) == sorted(path.read_bytes().splitlines())


def test_a_split_whose_names_are_taken_or_too_long_is_refused(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, many(CHAT))
    (tmp_path / "train.validation.jsonl").symlink_to("nowhere")
    result = run("check", str(path), "--split", "0.1", "--no-tokens")
    assert (result.status, result.out) == (1, "")
    assert "train.validation.jsonl exists already" in result.err and "Move it away" in result.err
    long = path.rename(tmp_path / f"{'x' * 244}.jsonl")
    result = run("check", str(long), "--split", "0.1", "--no-tokens")
    assert result.status == 1 and "the name is too long" in result.err


def test_the_users_price_goes_before_the_built_in_one(run: Run, tmp_path: Path) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text('[prices]\nas_of = "2026-06-01"\n"my-model" = 2.5\n')
    path = write(tmp_path, many(CHAT))
    result = run("check", str(path), "--model", "my-model", "--config", str(settings), "--json")
    assert result.document["cost"]["price_per_million"] == 2.5
    assert result.document["cost"]["as_of"] == "2026-06-01"
    assert not result.document["tokens"]["exact"]


def test_the_rules_are_listed(run: Run) -> None:
    text = run("check", "--rules").out
    assert all(f"{name}  (" in text for name in RULES)
    document = run("check", "--rules", "--json").document
    assert [rule["rule"] for rule in document] == list(RULES)
    assert all(
        set(rule) == {"rule", "severity", "title", "explanation", "fix"} for rule in document
    )


def test_validation_tokens_and_cut_examples_are_told_apart(run: Run, tmp_path: Path) -> None:
    long = {"messages": [*CHAT["messages"][:2], {"role": "assistant", "content": "hi " * 17_000}]}
    path = write(tmp_path, [*many(CHAT), long])
    held_out = write(tmp_path, many(CHAT, 65)[60:], "held-out.jsonl")
    text = run(
        "check", str(path), "--validation", str(held_out), "--model", "gpt-3.5-turbo-0125"
    ).out
    assert "1 example cut at the model's limit" in text
    assert "tokens, not billed" in text


@pytest.mark.parametrize("kind", ["thread", "finaliser"])
def test_an_error_that_nobody_handles_is_told_though_nothing_was_ready_for_it(
    tmp_path: Path, kind: str
) -> None:
    """The command is told apart before what tells of errors is imported."""
    code = f"""
        import sys, threading
        from fttui.cli import main
        import fttui.cli.program
        def fail():
            raise ValueError("of nobody")
        class Odd:
            def __del__(self):
                fail()
        def run(arguments):
            assert "fttui.storage.logs" not in sys.modules
            if {kind == "thread"}:
                thread = threading.Thread(target=fail)
                thread.start()
                thread.join()
            else:
                Odd()
            return 0
        fttui.cli.program.run = run
        raise SystemExit(main(["check", "x.jsonl"]))
        """
    done = subprocess.run(
        [sys.executable, "-c", dedent(code)],
        env=plain_environment(XDG_STATE_HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert "ValueError" in done.stderr
    assert "Traceback" not in done.stderr
    assert len([*tmp_path.rglob("report-*.txt")]) == 1


@pytest.mark.parametrize(
    ("arguments", "prepared"),
    [
        (["FILE"], (None, True)),
        (["FILE", "--json"], (None, True)),
        (["--no-tokens", "FILE"], (None, False)),
        (["--model", "gpt-4", "FILE", "--method", "dpo"], ("gpt-4", True)),
        (["FILE", "--fix", "out.jsonl"], None),
        (["FILE", "--validation", "FILE"], None),
        (["FILE", "--validation=FILE"], None),
        (["FILE", "--grader", "FILE"], None),
        (["FILE", "FILE"], None),
        (["missing.jsonl"], None),
        (["--rules"], None),
        ([], None),
    ],
)
def test_what_a_check_needs_is_begun_before_its_arguments_are_parsed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    prepared: tuple[str | None, bool] | None,
) -> None:
    path = str(write(tmp_path, many(CHAT)))
    asked: list[tuple[str, str | None, bool]] = []
    monkeypatch.setattr(
        "fttui.training_data.worker_start.prepare",
        lambda path, *, model, count_tokens: asked.append((path, model, count_tokens)),
    )
    _prepare_check([each.replace("FILE", path) for each in arguments])
    assert asked == ([(path, *prepared)] if prepared else [])
