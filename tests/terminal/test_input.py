"""What the terminal sends becomes keys and pastes, and nothing that begins holds them for long."""

import inspect
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._parser import Parser
from textual.app import App
from textual.drivers import linux_driver

from fttui.interface.guard import terminal_input
from fttui.interface.guard.driver import read_number
from fttui.interface.guard.terminal_input import (
    QUIET_TICKS,
    InputDecoder,
    ResilientParser,
    TerminalGone,
)

REPLIES = [
    b"\x1b[?62;22;52c",
    b"\x1b[>41;379;0c",
    b"\x1b[0n",
    b"\x1b[8;24;80t",
    b"\x1b]11;rgb:cccc/dddd/cccc\x1b\\",
    b"\x1b]52;c;Y3l5Y3k=\x07",
    b"\x1b]lcdlry\x1b\\",
    b"\x1bP1+r436f=6379\x1b\\",
    b"\x1bP1$r0m\x1b\\",
]


@given(st.binary(min_size=1))
def test_no_byte_of_the_input_is_an_error(data: bytes) -> None:
    InputDecoder().decode(data)


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1))
def test_typed_text_passes_also_in_pieces(text: str) -> None:
    decoder = InputDecoder()
    assert "".join(decoder.decode(bytes([byte])) for byte in text.encode()) == text


@pytest.mark.parametrize(
    "keys",
    [
        "\x1b",
        "\x1ba",
        "\x1b[A",
        "\x1bOP",
        "\x1b[1;5A",
        "\x1b[<0;1;1M",
        "\x1b[97;5u",
        "\x1b[200~pasted\x1b[201~",
        "\x1b[?2026;2$y",
        "\x1b[48;24;80;0;0t",
        "\x1b[I",
    ],
)
def test_keys_mouse_and_pastes_pass(keys: str) -> None:
    assert InputDecoder().decode(keys.encode()) == keys


@pytest.mark.parametrize("at", range(1, 6))
def test_a_key_that_comes_in_two_parts_is_whole_however_late(at: int) -> None:
    decoder = InputDecoder()
    key = b"\x1b[200~"
    first = decoder.decode(key[:at])
    decoder._heard_at -= 10
    assert first + decoder.decode(key[at:]) == key.decode()


def test_a_reply_that_never_ends_does_not_swallow_keys() -> None:
    decoder = InputDecoder()
    assert decoder.decode(b"\x1b]11;rgb:") == ""
    decoder._heard_at -= 10
    assert decoder.decode(b"q") == "q"


@pytest.mark.parametrize(
    ("reads", "keys"),
    [
        (["\x1by"], ["escape", "y"]),
        (["\x1b", "y"], ["escape", "y"]),
        (["\r\x1byx\x1b"], ["enter", "escape", "y", "x"]),
        (["\x1b2\x1b\r"], ["escape", "2", "escape", "enter"]),
        (["\x1b\x1by"], ["escape", "escape", "y"]),
        (["\x1b", "b"], ["escape", "b"]),
        (["\x1b", "P"], ["escape", "P"]),
        (["\x1bb"], ["ctrl+left"]),
        (["\x1b\t"], ["escape", "tab"]),
        (["\x1b", "\x1bb"], ["escape", "ctrl+left"]),
        (["x\x1b\x1bf\x1b\x7f"], ["x", "escape", "ctrl+right", "ctrl+w"]),
        (["\x1b[A\x1bOB"], ["up", "down"]),
        (["\x1b", "[A"], ["up"]),
        (["\x1b", "OP"], ["f1"]),
    ],
)
def test_the_key_escape_and_one_that_follows_it_at_once_are_two(
    reads: list[str], keys: list[str]
) -> None:
    parser = ResilientParser()
    found = [message for read in reads for message in parser.feed(read)]
    assert [event.key for event in found if isinstance(event, events.Key)] == keys


def test_the_end_of_the_input_is_told() -> None:
    with pytest.raises(TerminalGone):
        InputDecoder().decode(b"")


class Clock:
    """Stands in for the module `time`, and stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(terminal_input, "time", clock)
    return clock


def typed(decoder: InputDecoder, clock: Clock, keys: bytes, pause: float) -> str:
    """What comes through of keys that are typed one by one."""
    through = ""
    for byte in keys:
        clock.now += pause
        through += decoder.decode(bytes([byte]))
    return through


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("at", [2, 3, -1])
def test_an_answer_in_two_parts_presses_no_key(clock: Clock, reply: bytes, at: int) -> None:
    decoder = InputDecoder()
    first = decoder.decode(reply[:at])
    clock.now += 0.4
    assert first + decoder.decode(reply[at:]) == ""
    assert decoder.decode(b"q") == "q"


@pytest.mark.parametrize("begun", [b"\x1b]11;rgb:", b"\x1bP1+r", b"\x1b_G", b"\x1b]", b"\x1b[?6"])
def test_an_answer_without_end_does_not_swallow_a_quick_writer_s_keys(
    clock: Clock, begun: bytes
) -> None:
    decoder = InputDecoder()
    assert decoder.decode(begun) == ""
    through = typed(decoder, clock, b"01234567890123456789", pause=0.2)
    assert through.endswith("0123456789")


@pytest.mark.parametrize("begun", [b"\x1b[3", b"\x1b[1;5", b"\x1b[200"])
def test_a_key_without_end_swallows_no_digits_and_presses_none(clock: Clock, begun: bytes) -> None:
    decoder = InputDecoder()
    assert decoder.decode(begun) == ""
    assert typed(decoder, clock, b"1234q", pause=1) == "1234q"


def test_digits_typed_at_once_after_a_key_without_end_come_through_in_the_end(
    clock: Clock,
) -> None:
    decoder = InputDecoder()
    decoder.decode(b"\x1b[3")
    assert typed(decoder, clock, b"1" * 50, pause=0.1).endswith("1" * 25)


def test_line_feeds_from_before_the_app_had_the_terminal_are_enter() -> None:
    decoder = InputDecoder(cooked=4)
    assert decoder.decode(b"a\nb") + decoder.decode(b"\n\nc\n") == "a\rb\r\nc\n"


def told(messages: Iterable[object]) -> list[str]:
    """Keys by name and pastes by text."""
    return [
        message.key if isinstance(message, events.Key) else f"<{message.text}>"
        for message in messages
        if isinstance(message, events.Key | events.Paste)
    ]


def silence(parser: ResilientParser) -> list[str]:
    """What the parser tells after the tick that follows a read, and a second of others."""
    return [text for _ in range(QUIET_TICKS + 1) for text in told(parser.tick())]


def test_a_paste_without_end_is_delivered_after_a_second_of_silence_and_keys_are_keys() -> None:
    parser = ResilientParser()
    assert told(parser.feed("a\x1b[200~some text")) == ["a"]
    assert silence(parser) == ["<some text>"]
    assert told(parser.feed("q\r")) == ["q", "enter"]


def test_a_paste_that_is_flowing_is_not_cut() -> None:
    parser = ResilientParser()
    heard = told(parser.feed("\x1b[200~"))
    for _ in range(5):
        heard += told(parser.feed("piece "))
        heard += [text for _ in range(QUIET_TICKS) for text in told(parser.tick())]
    assert heard == []
    assert told(parser.feed("end\x1b[201~x")) == ["<piece piece piece piece piece end>", "x"]


@pytest.mark.parametrize("at", range(20))
def test_a_paste_in_two_reads_is_one_paste(at: int) -> None:
    parser = ResilientParser()
    raw = "\x1b[200~pasted\x1b[201~x"
    heard = told(parser.feed(raw[:at])) if at else []
    heard += told(parser.feed(raw[at:]))
    assert heard == ["<pasted>", "x"]


def test_a_paste_whose_mark_came_in_two_parts_and_has_no_end_is_closed_too() -> None:
    parser = ResilientParser()
    assert told(parser.feed("\x1b")) + told(parser.feed("[200~text")) == []
    assert silence(parser) == ["<text>"]
    assert told(parser.feed("q")) == ["q"]


def test_escape_sequences_in_a_paste_press_no_key() -> None:
    parser = ResilientParser()
    text = "a\x1b[31mq\x1by \x1b" + "q" * 60
    assert told(parser.feed(f"\x1b[200~{text}\x1b[201~")) == [f"<{text}>"]
    assert silence(parser) == []


def test_a_second_paste_ends_one_that_was_left_open() -> None:
    parser = ResilientParser()
    heard = told(parser.feed("\x1b[200~lost\x1b[200~new\x1b[201~q"))
    assert heard == ["<lost>", "<new>", "q"]


def test_an_empty_paste_and_a_lone_end_of_one_are_nothing() -> None:
    parser = ResilientParser()
    assert told(parser.feed("\x1b[200~\x1b[201~\x1b[201~q")) == ["q"]


@given(st.text(st.sampled_from("\x1b[20~1;ax\n")), st.lists(st.integers(0, 60)))
def test_whatever_began_a_second_of_silence_makes_keys_of_keys_again(
    text: str, cuts: list[int]
) -> None:
    parser = ResilientParser()
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(text)], strict=True):
        if text[start:end]:
            told(parser.feed(text[start:end]))
    parser._timeout_time = parser._timeout_time and 0.0  # as late as the silence makes it
    silence(parser)
    assert told(parser.feed("q")) == ["q"]


def numbers(messages: Iterable[object]) -> Iterator[int | None]:
    """The reads that brought keys and pastes."""
    for message in messages:
        if isinstance(message, events.Key | events.Paste):
            yield read_number(message)


def test_keys_and_pastes_of_one_read_have_its_number_and_those_of_the_next_another() -> None:
    parser = ResilientParser()
    first = list(numbers(parser.feed("ab\x1b[A\x1b[200~text\x1b[201~")))
    second = list(numbers(parser.feed("c")))
    assert len(first) == 4
    assert len({*first}) == len({*second}) == 1
    assert None not in first
    assert second[0] == first[0] + 1


def test_an_escape_that_nothing_follows_has_the_number_of_its_read() -> None:
    parser = ResilientParser()
    (before,) = numbers(parser.feed("a\x1b"))
    parser._timeout_time = 0.0
    assert list(numbers(parser.tick())) == [before]


def test_a_new_parser_goes_on_with_the_numbers() -> None:
    (one,) = numbers(ResilientParser().feed("a"))
    (other,) = numbers(ResilientParser().feed("a"))
    assert one != other


async def test_a_key_that_a_test_presses_has_no_number() -> None:
    heard: list[int | None] = []

    class Hearing(App[None]):
        def on_key(self, event: events.Key) -> None:
            heard.append(read_number(event))

    async with Hearing().run_test() as pilot:
        await pilot.press("a")
    assert heard == [None]


def test_the_parts_of_textual_s_input_that_are_relied_on_are_still_there() -> None:
    reading = inspect.getsource(linux_driver.LinuxDriver.run_input_thread)
    assert "XTermParser(self._debug)" in reading
    assert "for event in tick():" in reading
    assert "process_selector_events(selector.select(0.1))" in reading  # a tenth of a tick's second
    assert reading.count("feed(unicode_data)") == 1
    assert "ParseTimeout" in inspect.getsource(Parser.tick)
