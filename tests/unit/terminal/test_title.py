"""The title of a window: kept once, changed, and given back."""

from fttui.terminal.title import GIVE_BACK_TITLE, KEEP_TITLE, WindowTitle, has_title, set_title


def test_it_is_kept_before_the_first_and_given_back_after_the_last() -> None:
    said: list[str] = []
    title = WindowTitle(said.append)
    title.show("jobs", "a")
    title.show("jobs", "a")
    title.show("archive", "b")
    title.show("jobs", "c")
    title.show("archive", "")
    title.show("jobs", "")
    title.show("jobs", "")
    assert said == [KEEP_TITLE, *map(set_title, ["a", "b", "c"]), GIVE_BACK_TITLE]


def test_another_program_gets_the_terminal_with_its_own_title() -> None:
    said: list[str] = []
    title = WindowTitle(said.append)
    title.give_back()
    title.show("jobs", "a")
    title.give_back()
    title.take_again()
    once = [KEEP_TITLE, set_title("a")]
    assert said == [*once, GIVE_BACK_TITLE, *once]


def test_a_console_has_no_title() -> None:
    assert not has_title({"TERM": "linux"}) and not has_title({"TERM": "dumb"})
    assert has_title({"TERM": "xterm"}) and has_title({})


def test_no_name_ends_the_sequence() -> None:
    said = set_title("x\x07\x1b]9;y\x1b\\\x9c\u202e")
    assert said.count("\x07") == 1 and said.count("\x1b") == 1
    assert "\x9c" not in said and "\u202e" not in said
