"""Whatever a file or a path is, the answer is a sentence: no hang, no crash, little memory."""

import gzip
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from fttui.training_data.check import CheckCancelled, CheckSettings, Limits, check_file
from fttui.training_data.files import FileRefused, open_checked, upload_name
from unit.training_data.training_samples import CHAT, check, lines, many, only, write
from waiting import PATIENCE, wait_until


def test_a_folder_a_pipe_a_socket_and_devices_are_refused_without_waiting(tmp_path: Path) -> None:
    pipe, place = tmp_path / "pipe.jsonl", tmp_path / "socket.jsonl"
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place))
        for path, words in [
            (tmp_path, "is a folder"),
            (pipe, "is a named pipe"),
            (place, "cannot be opened"),
            (Path("/dev/zero"), "is a device"),
            (Path("/dev/null"), "is a device"),
        ]:
            with pytest.raises(FileRefused, match=words):
                open_checked(path)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_a_file_that_the_system_makes_up_is_refused() -> None:
    with pytest.raises(FileRefused, match="made up by the system"):
        open_checked("/proc/self/status")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("missing.jsonl", "no such file"),
        ("$HOME/train.jsonl", "variables such as"),
        ("a" * 300, "the name is too long"),
        ("nul\0.jsonl", "not a valid path"),
        ("", "No file was named"),
        ("loop", "lead in a circle"),
        ("dangling", "does not exist"),
        ("train.jsonl/x", "not a folder"),
    ],
)
def test_a_path_that_cannot_be_opened_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, many(CHAT))
    Path("loop").symlink_to("loop")
    Path("dangling").symlink_to("nowhere\x1b[2J")
    with pytest.raises(FileRefused, match=words) as refused:
        open_checked(path)
    assert str(refused.value).isprintable()
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("form", ["'{}'", '"{}"', "  {} \n", "file://{}", "'file://{}' "])
def test_a_pasted_path_is_understood(tmp_path: Path, form: str) -> None:
    folder = tmp_path / "with space"
    folder.mkdir()
    path = write(folder, many(CHAT))
    text = form.format(path)
    if "file://" in form:
        text = text.replace(" ", "%20", 1) if form.startswith("file") else text
    with open_checked(text) as file:
        assert file.path == path


def test_a_home_folder_is_filled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path, many(CHAT))
    with open_checked("~/train.jsonl") as file:
        assert file.name == "train.jsonl"


def test_a_link_shows_its_target_and_a_hostile_name_is_harmless(tmp_path: Path) -> None:
    write(tmp_path, many(CHAT))
    link = tmp_path / "link.jsonl"
    link.symlink_to("train.jsonl")
    with open_checked(link) as file:
        assert file.shown.endswith(f"-> {tmp_path / 'train.jsonl'}")
    bad = tmp_path / os.fsdecode(b"\x1b]0;x\x07\xff.jsonl")
    bad.write_bytes(lines(many(CHAT)))
    with open_checked(bad) as file:
        assert file.name.isprintable()
    assert check_file(bad, count_tokens=False).file.isprintable()


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("train.jsonl", "train.jsonl"),
        ("/home/anna/Säle 2026.JSONL", "S_le_2026.jsonl"),
        ('a"\r\nb.jsonl', "a_b.jsonl"),
        ("\x1b[31m.jsonl", "31m.jsonl"),
        ("日本.jsonl", "training.jsonl"),
        ("..jsonl", "training.jsonl"),
        ("x" * 200 + ".jsonl", "x" * 64 + ".jsonl"),
        ("data.json", "data.json.jsonl"),
    ],
)
def test_the_name_that_is_sent_holds_nothing_private_or_hostile(name: str, sent: str) -> None:
    assert upload_name(name) == sent


@pytest.mark.parametrize(
    ("content", "rule", "words"),
    [
        (b"", "file-empty", "empty"),
        (b"\n\n \n", "file-empty", "blank lines only"),
        (gzip.compress(lines(many(CHAT)), mtime=0), "file-kind", "gzip"),
        (b"PK\x03\x04" + bytes(100), "file-kind", "zip"),
        (b"\xfd7zXZ\x00" + bytes(9), "file-kind", "xz"),
        (b"\x28\xb5\x2f\xfd" + bytes(9), "file-kind", "zstd"),
        (b"PAR1" + bytes(9), "file-kind", "Parquet"),
        (b"%PDF-1.7\n", "file-kind", "PDF"),
        (json.dumps(many(CHAT)).encode(), "file-kind", "JSON array"),
        (json.dumps(many(CHAT), indent=2).encode(), "file-kind", "JSON array"),
        (json.dumps(CHAT, indent=2).encode(), "file-kind", "pretty-printed"),
        (b"prompt,completion\nhi,ho\n", "file-kind", "CSV"),
        (b"prompt\tcompletion\nhi\tho\n", "file-kind", "tab-separated"),
        (b"<!doctype html>\n<p>", "file-kind", "HTML"),
        (bytes(100_000), "file-kind", "binary"),
        ("\ufeff{}\n".encode("utf-16-le"), "not-utf8", "UTF-16"),
        (lines(many(CHAT)).decode().encode("utf-16-be"), "not-utf8", "UTF-16"),
        (lines(many(CHAT)).decode().encode("utf-32"), "not-utf8", "UTF-32"),
    ],
)
def test_a_file_of_another_kind_is_named(
    tmp_path: Path, content: bytes, rule: str, words: str
) -> None:
    report = check(tmp_path, content)
    (problem,) = report.of_rule(rule)
    assert words in problem.message
    assert not report.ok


def test_other_line_ends_a_byte_order_mark_and_no_last_line_end_are_accepted(
    tmp_path: Path,
) -> None:
    content = b"\xef\xbb\xbf" + lines(many(CHAT)).replace(b"\n", b"\r\n")[:-2]
    report = check(tmp_path, content)
    assert report.counts == {"byte-order-mark": 1, "crlf": 1}
    assert report.ok
    assert report.examples == 60


def test_a_wrong_extension_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, many(CHAT), "train.json")
    assert only(check_file(path, count_tokens=False), "file-extension")


def test_lines_over_the_limit_are_passed_over_and_the_rest_is_checked(tmp_path: Path) -> None:
    good = lines(many(CHAT))
    limits = Limits(max_line_bytes=2_000_000)
    long = b'{"messages": "' + b"x" * 5_000_000 + b'"}\n'
    report = check(tmp_path, good + long + b"[]\n" + long[:-1], limits=limits)
    assert [problem.line for problem in report.of_rule("line-length")] == [61, 63]
    assert [problem.line for problem in report.of_rule("json-object")] == [62]
    assert report.examples == 63


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sparse.jsonl"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    report = check_file(path)
    assert only(report, "file-size")
    assert report.sha256 == ""


_PEAK = """
import sys
from pathlib import Path
from fttui.training_data.check import CheckSettings, check_file
report = check_file(sys.argv[1], settings=CheckSettings(workers=0))
status = Path("/proc/self/status").read_text()
print(int(status.partition("VmHWM:")[2].split()[0]) // 1024, dict(report.counts))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
@pytest.mark.parametrize(
    ("before", "repeated", "times", "after"),  # put together in its own test: it is 140 MB
    [
        (b'{"messages": [', b"{},", 3_000_000, b"{}]}\n"),
        (b'{"messages": [', b"[],", 3_500_000, b"[]]}\n"),
        (b"", b"x", 100_000_000, b""),
        (b"", b"[", 20_000_000, b""),
    ],
    ids=["objects", "lists", "no line end", "brackets"],
)
def test_memory_stays_small_whatever_a_line_holds(
    tmp_path: Path, before: bytes, repeated: bytes, times: int, after: bytes
) -> None:
    path = write(tmp_path, before + repeated * times + after)
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, str(path)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout.split()[0]) < 200, done.stdout


def test_many_errors_are_counted_and_a_hundred_kept(tmp_path: Path) -> None:
    report = check(tmp_path, b"{}\n" * 150_000 + b"5\n" * 150_000)
    assert report.examples == 300_000
    assert report.counts["json-object"] == 150_000
    assert len(report.problems) < 1_000


def test_a_file_that_changes_while_it_is_read_is_not_called_good(tmp_path: Path) -> None:
    path = write(tmp_path, lines(many(CHAT, 30_000)))

    def grow(_: object) -> None:
        with path.open("ab") as file:
            file.write(b"{}\n")

    report = check_file(path, count_tokens=False, progress=grow)
    assert report.counts["file-changed"] == 1
    with open_checked(path) as file:
        assert file.unchanged()
        os.truncate(path, 100)
        assert not file.unchanged()
        report = check_file(file, count_tokens=False)
    assert report.counts["file-changed"] == 1


def replace(path: Path) -> None:
    write(path.parent, b"[]\n", "other").rename(path)


@pytest.mark.parametrize(
    ("meddle", "words"),
    [
        (replace, "another file took its name while it was read"),
        (lambda path: path.unlink(), "it was removed or renamed while it was read"),
        (lambda path: path.rename(path.with_name("new")), "it was removed or renamed"),
        (lambda path: (path.unlink(), path.symlink_to(path)), "its path can no longer be read"),
    ],
)
def test_a_file_that_loses_its_name_is_read_from_the_open_descriptor_and_told(
    tmp_path: Path, meddle: Callable[[Path], object], words: str
) -> None:
    path = write(tmp_path, many(CHAT))
    with open_checked(path) as file:
        before = file.identity()
        meddle(path)
        report = check_file(file, count_tokens=False)
        assert report.examples == 60
        assert words in only(report, "file-changed").message
        assert not report.ok
        assert file.identity() == before


def test_a_validation_file_that_is_replaced_is_told_in_its_own_report(tmp_path: Path) -> None:
    training, held_out = write(tmp_path, many(CHAT)), write(tmp_path, many(CHAT)[:3], "v.jsonl")
    with open_checked(held_out) as file:
        replace(held_out)
        report = check_file(training, validation=file, count_tokens=False)
    assert report.ok
    assert report.validation is not None
    assert report.validation.counts["file-changed"] == 1


def test_a_link_that_leads_to_the_same_file_all_along_is_fine(tmp_path: Path) -> None:
    write(tmp_path, many(CHAT))
    link = tmp_path / "link.jsonl"
    link.symlink_to("train.jsonl")
    assert check_file(link, count_tokens=False).ok


def test_an_open_descriptor_can_be_checked(tmp_path: Path) -> None:
    path = write(tmp_path, many(CHAT))
    with path.open("rb") as file:
        assert not check_file(file.fileno(), count_tokens=False).counts


def test_a_descriptor_needs_no_name(tmp_path: Path) -> None:
    path = write(tmp_path, many(CHAT))
    with path.open("rb") as file:
        path.unlink()
        assert "file-changed" not in check_file(file.fileno(), count_tokens=False).counts


@pytest.mark.parametrize("workers", [0, 2])
def test_a_check_stops_soon_after_it_is_cancelled(tmp_path: Path, workers: int) -> None:
    path = write(tmp_path, lines(many(CHAT, 60_000)) * 3)
    stop = threading.Event()
    settings = CheckSettings(workers=workers, in_process_below=0)
    outcome: list[object] = []

    def run() -> None:
        try:
            check_file(
                path,
                cancelled=stop.is_set,
                progress=lambda _: stop.set(),
                settings=settings,
            )
        except CheckCancelled as cancelled:
            outcome.append(cancelled)

    before = set(threading.enumerate())
    thread = threading.Thread(target=run)
    thread.start()
    thread.join(PATIENCE)
    assert outcome
    wait_until(lambda: set(threading.enumerate()) <= before, "a thread was left behind")
