"""The guards that stand behind the text gate, and the parts of Textual that they rely on."""

import inspect
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import ControlType, Segment
from rich.style import Style
from tests.terminal.hostile import CORPUS, leaks
from textual.app import App
from textual.color import Color
from textual.driver import Driver
from textual.drivers import _writer_thread, linux_driver
from textual.worker import WorkerFailed

from fttui.interface.guard.app import SafeApp, SanitizeFilter, format_crash, root_error
from fttui.interface.guard.driver import ResilientDriver
from fttui.storage.secrets import parse_key

BLACK = Color(0, 0, 0)


def scrubbed(text: str, style: Style | None = None) -> tuple[str, Style | None]:
    """One segment after the filter."""
    ((text, style, control),) = SanitizeFilter().apply([Segment(text, style)], BLACK)
    assert control is None
    return text, style


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_that_acts_is_painted_and_nothing_moves(text: str) -> None:
    painted, _ = scrubbed(text)
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in painted)
    assert cell_len(painted) == cell_len(text)


def test_no_hostile_string_keeps_its_teeth() -> None:
    painted = "".join(scrubbed(one.text)[0] for one in CORPUS)
    assert leaks(painted.encode()) == []


@given(st.text(st.characters(exclude_categories=("C", "Z"), max_codepoint=0x2FF)))
def test_ordinary_text_is_painted_as_it_is(text: str) -> None:
    assert scrubbed(text)[0] == text


def test_control_segments_are_not_painted() -> None:
    segments = [Segment("\x1b[2J", None, [(ControlType.CLEAR,)]), Segment("a")]
    assert SanitizeFilter().apply(segments, BLACK) == [Segment("a")]


@pytest.mark.parametrize(
    "meta",
    [
        {"@click": "app.act('x')"},
        {"@click": ("act", ("x",))},
        {"@mouse.down": "app.quit"},
        {"@hover": "x"},
    ],
)
def test_actions_in_painted_text_are_dropped_and_other_marks_kept(meta: dict[str, object]) -> None:
    style = Style(bold=True, meta={"row": 3, **meta})
    _, kept = scrubbed("a", style)
    assert kept is not None
    assert kept.bold
    assert kept.meta == {"row": 3}


def test_scroll_bars_keep_their_actions() -> None:
    style = Style(meta={"@mouse.down": "grab"})
    assert scrubbed(" ", style)[1] == style


def test_only_known_links_are_kept() -> None:
    segments = [
        Segment("a", Style(link="https://a.example")),
        Segment("b", Style(link="https://b")),
    ]
    first, second = SanitizeFilter(frozenset({"https://a.example"})).apply(segments, BLACK)
    assert first.style is not None and first.style.link == "https://a.example"
    assert second.style is not None and second.style.link is None


def test_a_style_without_secrets_is_passed_on_as_it_is() -> None:
    style = Style(color="red", meta={"column": 1})
    assert scrubbed("a", style)[1] is style


def test_a_worker_s_error_is_told_not_its_wrapper(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    error = ValueError("reason")
    assert root_error(WorkerFailed(WorkerFailed(error))) is error
    assert "ValueError: reason" in format_crash(WorkerFailed(error)).sentence


def test_a_crash_report_holds_no_local_variable_key_or_control(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    key = parse_key("sk-proj-Kk1Ll2Mm3Nn4Oo5Pp6Qq7")

    def fail(headers: str) -> None:
        api_key = key.reveal()
        raise RuntimeError(f"Illegal header value {headers} \x1b]52;c;WnE3\x07 {len(api_key)}")

    try:
        fail(f"Bearer {key.reveal()}")
    except RuntimeError as error:
        report = format_crash(error)
    assert report.path is not None
    written = report.path.read_text() + report.text + report.sentence
    assert "Traceback" in report.text
    assert "Traceback" not in report.sentence
    assert "\x1b" not in written
    value = key.reveal()
    assert not any(value[at : at + 8] in written for at in range(len(value) - 7))


def test_a_crash_without_a_folder_for_reports_is_still_told(tmp_path, monkeypatch) -> None:
    (tmp_path / "fttui").write_text("in the way")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    report = format_crash(ValueError("reason"))
    assert report.path is None
    assert "reason" in report.sentence
    assert "No report could be written" in report.sentence


def test_the_parts_of_textual_that_are_replaced_are_still_where_they_were() -> None:
    reading = inspect.getsource(linux_driver.LinuxDriver.run_input_thread)
    starting = inspect.getsource(linux_driver.LinuxDriver.start_application_mode)
    assert 'getincrementaldecoder("utf-8")().decode' in reading
    assert "WriterThread(self._file)" in starting
    assert "target=self._run_input_thread" in starting
    assert "self.attrs_before = termios.tcgetattr" in starting
    assert "self._queue" in inspect.getsource(_writer_thread.WriterThread)
    assert "terminal_size = self._get_terminal_size()" in starting
    assert "if not self._in_band_window_resize:" in starting
    assert "signal.signal(signal.SIGWINCH, on_terminal_resize)" in starting
    assert "self._driver._size is not None" in inspect.getsource(App.size.fget)
    assert "self.start_application_mode()" in inspect.getsource(Driver.resume_application_mode)
    registered = inspect.getsource(linux_driver.LinuxDriver.__init__)
    for name in ("_sigtstp_application", "_sigcont_application"):
        assert f"self.{name})" in registered
        assert name in vars(ResilientDriver)


def test_the_crash_route_of_textual_is_still_the_one_that_is_replaced() -> None:
    source = inspect.getsource(inspect.getmodule(App))
    assert source.count("self._fatal_error()") == 1
    assert "self._fatal_error()" in inspect.getsource(App._handle_exception)
    assert source.count("show_locals=True") == 1
    assert "_handle_exception" in vars(SafeApp)
    assert "self._exit_renderables[0]" in inspect.getsource(App._print_error_renderables)
