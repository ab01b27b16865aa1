"""Copying takes the way that fits the place and claims no more than is known."""

import base64
import os
import shutil
import stat
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.storage.recent import drop_old_copied_text, save_copied_text
from fttui.terminal.clipboard import (
    MOST_COPIED,
    Cleaned,
    Clipboard,
    clean_for_copy,
    join_ids,
    objection,
    osc52,
    through_screen,
    through_tmux,
)
from fttui.terminal.clipboard_plan import look_around, native_tool, plan

SSH = {"SSH_TTY": "/dev/pts/1"}
BROWSER = {"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"}


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state/fttui"


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder to be the whole PATH, with a shell and what the stand-ins below need."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "cat", "sleep", "which"):
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    return folder


def tool(folder: Path, name: str, script: str) -> None:
    """A program of that name which does what the shell script says."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def payload(sequence: str) -> str:
    """The text in an OSC 52 sequence."""
    body = sequence.removeprefix("\x1b]52;c;").removesuffix("\a")
    return base64.b64decode(body, validate=True).decode()


def names(environ: dict[str, str], setting: str = "auto", size: int = 10) -> list[str]:
    """The usable ways, in order."""
    return [way.name for way in plan({"PATH": "", **environ}, setting, size) if way.usable]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, ["osc52", "file"]),
        (SSH, ["osc52", "file"]),
        ({"SSH_CONNECTION": "1 2 3 4"}, ["osc52", "file"]),
        ({"MOSH_X": "1"}, ["osc52", "file"]),
        ({"TMUX": "/tmp/t,1,0", **SSH}, ["tmux", "osc52", "file"]),
        ({"STY": "1.pts", **SSH}, ["osc52", "file"]),
        ({"TMUX": "/tmp/t,1,0", "DISPLAY": ":0", **BROWSER}, ["osc52", "file"]),
    ],
)
def test_the_way_follows_from_the_environment(environ: dict[str, str], expected: list[str]) -> None:
    assert names(environ) == expected


def test_a_tool_of_the_wrong_machine_is_left_alone(tools: Path) -> None:
    tool(tools, "xclip", "exit 0")
    here = {"PATH": str(tools), "DISPLAY": ":0"}
    assert names(here) == ["native", "osc52", "file"]
    assert names({**here, **SSH}) == ["osc52", "file"]
    forwarded = {**here, **SSH, "DISPLAY": "localhost:10.0"}
    assert names(forwarded) == ["osc52", "native", "file"]


@pytest.mark.parametrize(
    ("environ", "size", "usable"),
    [
        (SSH, 74_000, True),
        (SSH, 74_001, False),
        ({"STY": "1.x"}, 48_001, False),
        ({"MOSH_X": "1"}, 12_001, False),
    ],
)
def test_what_is_too_long_for_the_terminal_is_not_sent(
    environ: dict[str, str], size: int, usable: bool
) -> None:
    assert ("osc52" in names(environ, size=size)) is usable


@pytest.mark.parametrize("setting", ["osc52", "tmux", "native", "file"])
def test_the_setting_decides_and_the_environment_overrides_it(setting: str) -> None:
    assert names({}, setting)[0] == setting
    assert names({"FTTUI_CLIPBOARD": setting}, "auto")[0] == setting
    assert names({"FTTUI_CLIPBOARD": "file"}, setting) == ["file"]


def test_every_way_has_a_reason() -> None:
    ways = plan({"PATH": "", **SSH})
    assert {way.name for way in ways} == {"tmux", "osc52", "native", "file"}
    assert all(way.why for way in ways)
    assert "SSH_TTY" in next(way.why for way in ways if way.name == "native")


def test_over_ssh_the_terminal_is_asked_and_nothing_is_claimed() -> None:
    sent: list[str] = []
    clipboard = Clipboard(environ=SSH, write_escape=sent.append, save=save_copied_text)
    outcome = clipboard.copy("ftjob-é")
    assert payload(sent[0]) == "ftjob-é"
    assert not outcome.verified
    assert outcome.sentence.startswith("Sent to your terminal (OSC 52)")
    assert outcome.hint
    assert clipboard.copy("again").hint == "", "the hint is for the first copy"
    assert clipboard.last == "again"


def test_without_any_clipboard_the_text_is_in_a_private_file(state: Path) -> None:
    outcome = Clipboard(environ={}, save=save_copied_text).copy("ftjob-1")
    assert outcome.path == state / "clipboard.txt"
    assert outcome.path.read_text() == "ftjob-1"
    assert stat.S_IMODE(outcome.path.stat().st_mode) == 0o600
    assert str(outcome.path) in outcome.sentence


def test_the_saved_text_is_said_to_be_kept_for_a_day(state: Path) -> None:
    for environ in ({}, SSH):
        clipboard = Clipboard(environ=environ, write_escape=lambda _: None, save=save_copied_text)
        assert f"{state / 'clipboard.txt'} for a day" in clipboard.copy("x" * 12_001).sentence


def test_only_a_copied_text_of_more_than_a_day_is_dropped(state: Path) -> None:
    drop_old_copied_text()
    path = save_copied_text("x")
    for age, kept in ((86_400 - 60, True), (86_400 + 60, False)):
        moment = time.time() - age
        os.utime(path, (moment, moment))
        drop_old_copied_text()
        assert path.exists() is kept
    path.mkdir()
    os.utime(path, (0, 0))
    drop_old_copied_text()
    assert path.is_dir()


def test_a_text_beyond_all_measure_is_refused_and_the_longest_is_not(state: Path) -> None:
    clipboard = Clipboard(environ={}, save=save_copied_text)
    assert clipboard.copy("x" * MOST_COPIED).path is not None
    refused = clipboard.copy("x" * (MOST_COPIED + 1))
    assert (refused.via, refused.path) == ("nothing", None)
    assert "4,000,001 characters are too many" in refused.sentence


def test_all_that_is_invisible_is_dropped_wherever_it_stands() -> None:
    text = "]a\x1b^b\\-\u202ec\u200b\ud800d\x00\x7f[\u2028\u200d"
    assert clean_for_copy(text) == Cleaned("]a^b\\-cd[\u200d", 7)


def test_a_text_too_long_for_the_terminal_goes_to_the_file(state: Path) -> None:
    sent: list[str] = []
    clipboard = Clipboard(environ=SSH, write_escape=sent.append, save=save_copied_text)
    outcome = clipboard.copy("x" * 80_000)
    assert sent == []
    assert outcome.path == state / "clipboard.txt"
    assert "80,000 bytes" in outcome.sentence


def test_a_text_that_may_be_cut_is_announced_and_also_saved(state: Path) -> None:
    sent: list[str] = []
    clipboard = Clipboard(environ=SSH, write_escape=sent.append, save=save_copied_text)
    assert "cut" in clipboard.warning("x" * 12_001)
    assert clipboard.warning("x" * 12_000) == ""
    outcome = clipboard.copy("x" * 12_001)
    assert len(sent) == 1
    assert outcome.path == state / "clipboard.txt"
    assert "cut" in outcome.sentence


def test_nothing_to_copy_is_said() -> None:
    outcome = Clipboard(environ=SSH, write_escape=lambda _: None).copy("\n\x1b ")
    assert outcome.via == "nothing"
    assert "nothing to copy" in outcome.sentence


def test_when_nothing_works_it_says_so() -> None:
    outcome = Clipboard(environ={}).copy("x")
    assert outcome.via == "nothing"
    assert outcome.sentence.startswith("Not copied")


def test_a_folder_that_refuses_does_not_raise() -> None:
    def refuse(_text: str) -> Path:
        raise PermissionError(13, "Permission denied")

    outcome = Clipboard(environ={}, save=refuse).copy("x")
    assert "Permission denied" in outcome.sentence


@pytest.mark.skipif(sys.platform != "linux", reason="stand-ins for Linux clipboard programs")
class TestNativePrograms:
    def test_a_program_that_keeps_the_text_is_verified(self, tools: Path) -> None:
        store = tools / "store"
        tool(
            tools,
            "xclip",
            f'case "$*" in *-o*) cat {store};; *) cat > {store}; sleep 3 & esac',
        )
        clipboard = Clipboard(environ={"PATH": str(tools), "DISPLAY": ":0"})
        outcome = clipboard.copy("ftjob-1 é")
        assert (outcome.verified, outcome.sentence) == (True, "Copied.")
        assert store.read_bytes() == "ftjob-1 é".encode()

    @pytest.mark.parametrize(
        "script",
        ["exit 1", "cat > /dev/null", "exec sleep 60"],
        ids=["fails", "keeps nothing", "hangs"],
    )
    def test_a_program_that_fails_silently_or_hangs_is_not_believed(
        self, tools: Path, script: str
    ) -> None:
        tool(tools, "xclip", script)
        environ = {"PATH": str(tools), "DISPLAY": ":0"}
        outcome = Clipboard(environ=environ, save=save_copied_text).copy("ftjob-1")
        assert not outcome.verified
        assert outcome.via == "file"
        assert "xclip did not" in outcome.sentence

    @pytest.mark.parametrize("remote", [{}, {**SSH, "DISPLAY": "localhost:10.0"}])
    def test_a_program_that_failed_is_named_beside_the_way_that_was_taken(
        self, tools: Path, remote: dict[str, str]
    ) -> None:
        tool(tools, "xclip", "exit 1")
        environ = {"PATH": str(tools), "DISPLAY": ":0", **remote}
        sent: list[str] = []
        clipboard = Clipboard(environ=environ, write_escape=sent.append, save=save_copied_text)
        outcome = clipboard.copy("ftjob-1")
        assert outcome.sentence.startswith("Sent to your terminal (OSC 52).")
        assert "Also tried: xclip did not" in outcome.sentence and len(sent) == 1

    def test_the_real_xclip_without_a_display_is_not_believed(self) -> None:
        if not shutil.which("xclip"):
            pytest.skip("xclip is not installed")
        environ = {"PATH": os.environ["PATH"], "DISPLAY": ":4711"}
        sent: list[str] = []
        clipboard = Clipboard(environ=environ, write_escape=sent.append, save=save_copied_text)
        outcome = clipboard.copy("ftjob-1")
        assert not outcome.verified
        assert payload(sent[0]) == "ftjob-1"

    def test_the_user_s_own_command_reads_the_text_and_no_key(self, tools: Path) -> None:
        store = tools / "store"
        tool(tools, "mine", f'printf "%s" "$OPENAI_API_KEY$MY_TOKEN$1" > {store}; cat >> {store}')
        environ = {
            "PATH": str(tools),
            "OPENAI_API_KEY": "sk-secret-secret",
            "MY_TOKEN": "abc",
            "FTTUI_CLIPBOARD": f"'{tools}/mine' 'a b'",
        }
        outcome = Clipboard(environ=environ).copy("ftjob-1")
        assert (outcome.verified, outcome.via) == (False, "command")
        assert store.read_text() == "a bftjob-1"

    def test_a_command_that_does_not_exist_leaves_the_file(self) -> None:
        clipboard = Clipboard("no-such-command --x", environ={}, save=save_copied_text)
        outcome = clipboard.copy("ftjob-1")
        assert outcome.via == "file"
        assert "no-such-command" in outcome.sentence


TMUX = """case "$1" in
load-buffer) echo "$*" >> {0}/calls; cat > {0}/buffer;;
show-buffer) cat {0}/buffer;;
display-message) echo "{1}";;
esac"""


@pytest.mark.skipif(sys.platform != "linux", reason="a stand-in for tmux")
class TestInsideTmux:
    @pytest.fixture
    def environ(self, tools: Path) -> dict[str, str]:
        return {"PATH": str(tools), "TMUX": "/tmp/t,1,0", **SSH}

    def test_the_buffer_is_read_back_and_the_terminal_outside_is_told(
        self, tools: Path, environ: dict[str, str]
    ) -> None:
        tool(tools, "tmux", TMUX.format(tools, "256,clipboard,title"))
        outcome = Clipboard(environ=environ).copy("ftjob-1 é")
        assert (tools / "buffer").read_text() == "ftjob-1 é"
        assert (tools / "calls").read_text() == "load-buffer -w -\n"
        assert (outcome.verified, outcome.via, outcome.hint) == (True, "tmux", "")
        assert outcome.sentence == "In the tmux buffer (prefix ]) and sent to your terminal."
        cut = Clipboard(environ=environ).copy("x" * 12_001).sentence
        assert "may arrive cut there" in cut

    def test_a_terminal_outside_without_a_clipboard_is_not_claimed(
        self, tools: Path, environ: dict[str, str]
    ) -> None:
        tool(tools, "tmux", TMUX.format(tools, "256,title"))
        outcome = Clipboard(environ=environ).copy("ftjob-1")
        assert outcome.sentence == "In the tmux buffer (prefix ])."
        assert "fttui doctor" in outcome.hint

    def test_a_buffer_that_holds_something_else_is_not_verified(
        self, tools: Path, environ: dict[str, str]
    ) -> None:
        tool(tools, "tmux", 'case "$1" in load-buffer) cat > /dev/null;; *) echo other;; esac')
        assert not Clipboard(environ=environ).copy("ftjob-1").verified

    def test_on_a_machine_with_a_desktop_its_clipboard_is_named(
        self, tools: Path, environ: dict[str, str]
    ) -> None:
        tool(tools, "tmux", TMUX.format(tools, "clipboard"))
        tool(tools, "xclip", "exit 0")
        del environ["SSH_TTY"]
        desktop = Clipboard(environ={**environ, "DISPLAY": ":0"}).copy("ftjob-1")
        assert "FTTUI_CLIPBOARD=native" in desktop.hint

    def test_what_the_terminal_outside_cannot_take_is_in_a_file_too(
        self, tools: Path, environ: dict[str, str], state: Path
    ) -> None:
        tool(tools, "tmux", TMUX.format(tools, "clipboard"))
        long = "x" * 74_001
        outcome = Clipboard(environ=environ, save=save_copied_text).copy(long)
        assert (tools / "calls").read_text() == "load-buffer -\n"
        assert (outcome.verified, outcome.via) == (True, "tmux")
        assert outcome.path == state / "clipboard.txt"
        assert outcome.path.read_text() == long
        alone = Clipboard(environ=environ).copy(long)
        assert alone.sentence == "In the tmux buffer (prefix ]); too long for your terminal."

    def test_where_tmux_refuses_the_terminal_is_asked_both_ways(
        self, tools: Path, environ: dict[str, str]
    ) -> None:
        tool(tools, "tmux", "exit 1")
        sent: list[str] = []
        outcome = Clipboard(environ=environ, write_escape=sent.append).copy("ftjob-1")
        assert outcome.via == "osc52"
        assert sent == [osc52("ftjob-1") + through_tmux(osc52("ftjob-1"))]


def test_inside_screen_the_sequence_goes_through_in_pieces() -> None:
    sent: list[str] = []
    Clipboard(environ={"STY": "1.x"}, write_escape=sent.append).copy("y" * 3000)
    assert sent == [through_screen(osc52("y" * 3000))]


def test_a_terminal_that_refuses_and_one_that_is_not_there_are_told() -> None:
    def refuse(_: str) -> None:
        raise OSError(5, "Input/output error")

    refused = Clipboard(environ={}, write_escape=refuse, save=save_copied_text).copy("x")
    assert refused.via == "file"
    assert "the terminal refused it: Input/output error" in refused.sentence
    nobody = Clipboard(environ={}, save=save_copied_text).copy("x")
    assert "there is no terminal to send it to" in nobody.sentence


def test_a_command_with_an_open_quote_and_one_that_fails_are_told(tools: Path) -> None:
    quote = Clipboard("'mine", environ={}, save=save_copied_text).copy("x")
    assert (quote.via, "open quote" in quote.sentence) == ("file", True)
    tool(tools, "mine", "cat > /dev/null; exit 7")
    failed = Clipboard("mine", environ={"PATH": str(tools)}, save=save_copied_text)
    assert "status 7" in failed.copy("x").sentence


def test_where_nothing_can_be_kept_beside_what_was_sent_no_file_is_named() -> None:
    def refuse(_text: str) -> Path:
        raise PermissionError(13, "Permission denied")

    sent: list[str] = []
    outcome = Clipboard(environ=SSH, write_escape=sent.append, save=refuse).copy("x" * 12_001)
    assert (outcome.via, outcome.path, len(sent)) == ("osc52", None, 1)
    assert " in " not in outcome.sentence


@pytest.mark.parametrize(
    ("platform", "environ", "programs", "found"),
    [
        ("darwin", {}, ["pbcopy"], "pbcopy"),
        ("linux", {"WSL_DISTRO_NAME": "Debian"}, ["clip.exe"], "clip.exe"),
        ("linux", {"WAYLAND_DISPLAY": "w"}, ["wl-copy", "xclip"], "wl-copy"),
        ("linux", {"DISPLAY": ":0"}, ["wl-copy", "xsel"], "xsel"),
        ("linux", {}, ["wl-copy", "xclip", "pbcopy"], ""),
    ],
)
def test_the_program_for_the_clipboard_follows_from_the_system(
    tools: Path,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    environ: dict[str, str],
    programs: list[str],
    found: str,
) -> None:
    monkeypatch.setattr("fttui.terminal.clipboard_plan.sys.platform", platform)
    monkeypatch.setattr("shutil.which", lambda name, path: name if name in programs else None)
    assert native_tool({"PATH": str(tools), **environ}) == found


def test_a_forced_way_that_is_too_short_for_a_text_is_not_taken() -> None:
    assert names({}, "osc52", size=74_001) == ["file"]


def test_inside_tmux_the_clipboard_of_the_machine_is_left_alone(tools: Path) -> None:
    tool(tools, "xclip", "exit 0")
    place = {"PATH": str(tools), "DISPLAY": ":0", "TMUX": "/tmp/t,1,0"}
    assert names(place) == ["tmux", "osc52", "file"]


@pytest.mark.parametrize(
    ("parents", "is_mosh"),
    [
        ({"self": "(python) S 20 1", "20": "(mosh-server) S 1 1"}, True),
        ({"self": "(python) S 20 1", "20": "(a) mosh-server (sh) S 1 1"}, False),
        ({"self": "(python) S 20 1"}, False),
        ({str(n): f"(sh) S {n} 1" for n in (20,)} | {"self": "(python) S 20 1"}, False),
    ],
)
def test_mosh_is_known_by_the_process_above(
    monkeypatch: pytest.MonkeyPatch, parents: dict[str, str], is_mosh: bool
) -> None:
    def read(path: Path, *_: object) -> str:
        if (name := path.parent.name) not in parents:
            raise FileNotFoundError(path)
        return f"1 {parents[name]}"

    monkeypatch.setattr(Path, "read_text", read)
    assert look_around({"PATH": ""}).mosh is is_mosh


@pytest.mark.parametrize(
    ("text", "cleaned", "removed"),
    [
        ("ftjob-1\n", "ftjob-1", 0),
        ("a\nb\r\nc\n\n", "a b c", 0),
        ("a\x1b[201~b", "a[201~b", 1),
        ("a\u202eb\u200b", "ab", 2),
        ("-rf $(x); y", "-rf $(x); y", 0),
        ("\ud800x", "x", 1),
        ("a\tb", "a b", 0),
    ],
)
def test_a_copied_text_is_one_harmless_line(text: str, cleaned: str, removed: int) -> None:
    result = clean_for_copy(text)
    assert (result.text, result.removed) == (cleaned, removed)


def test_removed_characters_are_counted_in_the_sentence() -> None:
    outcome = Clipboard(environ=SSH, write_escape=lambda _: None).copy("a\x1bb\x00c")
    assert "2 control characters left out" in outcome.sentence


@given(st.text(st.characters(exclude_categories=())))
def test_a_copied_text_never_runs_by_itself(text: str) -> None:
    assert "\n" not in clean_for_copy(text).text
    assert not clean_for_copy(text, lines=True).text.endswith("\n")
    assert "\x1b" not in clean_for_copy(text, lines=True).text


def test_several_ids_are_on_one_line_unless_lines_are_wanted() -> None:
    assert join_ids(["a", "b"]) == "a b"
    assert join_ids(["a", "b"], lines=True) == "a\nb"


def test_an_odd_id_is_asked_about() -> None:
    assert objection(["ftjob-1", "ft:gpt-4o:org::x"]) == ""
    question = objection(["ftjob-1", "x;rm -rf ~\x1b"])
    assert question.endswith("?")
    assert "\x1b" not in question


@given(st.text(max_size=3000))
def test_wrapping_for_multiplexers_loses_nothing(text: str) -> None:
    sequence = osc52(text)
    wrapped = through_tmux(sequence).removeprefix("\x1bPtmux;").removesuffix("\x1b\\")
    assert wrapped.replace("\x1b\x1b", "\x1b") == sequence
    pieces = through_screen(sequence).split("\x1b\\")[:-1]
    assert "".join(piece.removeprefix("\x1bP") for piece in pieces) == sequence
    assert all(len(piece) <= 702 for piece in pieces)
