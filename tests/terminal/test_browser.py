"""The app in a browser, as `textual serve` starts it: packets on pipes, and no terminal."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fttui.server import SandboxServer
from fttui.storage.browser_word import WordRefused, browser_word, one_at_a_time, word_file
from fttui.storage.folders import config_folder
from fttui.storage.locks import FileLock
from fttui.terminal.served import GREETING, PageGone, about, packet, packets
from waiting import PATIENCE, wait_until

_LOOKS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\].*?\x07")


class Page:
    """What a browser gets of one fttui, and what it sends."""

    def __init__(self, sandbox: SandboxServer, *command: str, **environ: str) -> None:
        served = {"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver", "TERM": "xterm"}
        size = {"COLUMNS": "100", "ROWS": "30", "TEXTUAL_COLOR_SYSTEM": "truecolor"}
        account = {"OPENAI_BASE_URL": sandbox.base_url, "OPENAI_API_KEY": sandbox.api_key}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fttui", *command],
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env={**os.environ, **served, **size, **account, **environ},
        )
        self._came = b""
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        while part := os.read(self.process.stdout.fileno(), 65536):
            self._came += part

    def packets(self) -> list[tuple[str, bytes]]:
        """What came, by kind; the greeting first, once, and nothing between the packets."""
        assert GREETING.startswith(self._came[: len(GREETING)])
        rest, found = self._came[len(GREETING) :], []
        while len(rest) >= 5 + (size := int.from_bytes(rest[1:5], "big")):
            found.append((rest[:1].decode(), rest[5 : 5 + size]))
            assert found[-1][0] in "DM"
            rest = rest[5 + size :]
        return found

    @property
    def shown(self) -> str:
        """All that was written to the page, without looks."""
        return _LOOKS.sub("", b"".join(c for k, c in self.packets() if k == "D").decode())

    def wait_for(self, text: str) -> None:
        """Return when `text` was written."""
        wait_until(lambda: text in self.shown, f"{text!r} was not shown: {self.shown[-2000:]}")

    def send(self, kind: bytes, content: bytes) -> None:
        """Send one packet."""
        assert self.process.stdin is not None
        self.process.stdin.write(packet(kind, content))
        self.process.stdin.flush()

    def type(self, text: str) -> None:
        """Type."""
        self.send(b"D", text.encode())

    def end(self) -> tuple[int, str]:
        """Exit status, and what was said on stderr, when it has ended by itself."""
        status = self.process.wait(PATIENCE)
        self._reading.join(PATIENCE)
        assert self.process.stderr is not None
        return status, self.process.stderr.read().decode()


@pytest.fixture
def pages() -> Iterator[list[Page]]:
    """Pages whose processes are ended after the test, whatever it has found."""
    opened: list[Page] = []
    yield opened
    for page in opened:
        page.process.kill()
        page.process.wait()
        for stream in (page.process.stdin, page.process.stdout, page.process.stderr):
            assert stream is not None
            stream.close()


def test_a_page_without_the_word_gets_nothing_and_is_closed(
    sandbox: SandboxServer, pages: list[Page]
) -> None:
    pages.append(page := Page(sandbox, FTTUI_BROWSER_WORD="a-word-of-mine"))
    page.wait_for("it asks for a word")
    for number in range(1, 6):
        page.type("a-word-of-yours\x7f\x7f" if number > 1 else "\x1bOR3q")
        page.type("\r")
        if number < 5:
            wait_until(lambda n=number: page.shown.count("not the word") == n, "no refusal")
    status, said = page.end()
    assert (status, "5 wrong words" in said) == (1, True)
    assert page.packets()[-1] == ("M", json.dumps({"type": "exit"}).encode())
    assert "a-word" not in page.shown and "Jobs" not in page.shown and "/v1" not in page.shown


def test_who_has_the_word_gets_the_app_which_ends_with_the_page(
    sandbox: SandboxServer, pages: list[Page]
) -> None:
    settings = config_folder() / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        '[profiles.lab]\nbase_url = "https://lab.example/v1"\napi_key_env = "LAB_KEY"\n'
    )
    pages.append(page := Page(sandbox, LAB_KEY=sandbox.api_key))
    page.wait_for("it asks for a word")
    page.send(b"M", json.dumps({"type": "resize", "width": 118, "height": 30}).encode())
    page.type(f"{word_file().read_text().strip()}\r2")
    page.wait_for("List Fine-Tuning Jobs")  # 100 columns have the short names alone
    page.type("\x1bOR")  # F3
    page.wait_for("newest first")
    page.type("\x1a")
    page.wait_for("There is no shell")
    page.type("P")
    page.wait_for("lab.example")
    page.type("\x1b[B\x1b[B\r1xyz")
    page.wait_for("LAB_KEY -> ")  # another app on the same page, which has the keys
    page.wait_for("xyz")
    page.send(b"M", json.dumps({"type": "quit"}).encode())
    assert page.end() == (129, "")
    assert [kind for kind, _ in page.packets()].count("M") == 1


def test_the_app_ends_when_what_serves_its_page_is_gone(
    sandbox: SandboxServer, pages: list[Page]
) -> None:
    pages.append(page := Page(sandbox, FTTUI_BROWSER_WORD="none"))
    page.wait_for("Create")
    assert page.process.stdin is not None
    page.process.stdin.close()
    assert page.end()[0] == 129


def test_the_word_is_made_once_and_is_its_owners_alone() -> None:
    word = browser_word({})
    assert len(word) == 19 and browser_word({}) == word
    assert word_file().stat().st_mode & 0o077 == 0
    assert browser_word({"FTTUI_BROWSER_WORD": "none"}) == ""
    assert browser_word({"FTTUI_BROWSER_WORD": " of-my-own "}) == "of-my-own"


@pytest.mark.parametrize(("mode", "content"), [(0o644, "long-enough"), (0o600, "short")])
def test_a_word_that_others_know_or_can_guess_is_refused(mode: int, content: str) -> None:
    browser_word({})
    path: Path = word_file()
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(WordRefused, match="Delete it"):
        browser_word({})
    with pytest.raises(WordRefused, match="8 characters"):
        browser_word({"FTTUI_BROWSER_WORD": "guessed"})
    for untypable in ("w" * 257, "tabs\tinside", "\udcff" * 9):
        with pytest.raises(WordRefused, match="can be typed"):
            browser_word({"FTTUI_BROWSER_WORD": untypable})


def test_what_a_visitor_sends_breaks_nothing_and_words_are_tried_one_at_a_time() -> None:
    assert about(b"[" * 200_000) == {}
    came, sent = os.pipe()
    os.write(sent, b"D\xff\xff\xff\xff")
    with pytest.raises(PageGone):
        next(packets(came, PATIENCE))
    with one_at_a_time():
        assert not FileLock(word_file().with_name("locks") / "browser-word.lock").acquire()
    for end in (came, sent):
        os.close(end)
