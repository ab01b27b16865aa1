"""A page is opened in a window of its own, or not at all."""

import sys

import pytest

from fttui.terminal.browser import browser_command, open_page

URL = "https://x.example/1"
DESK = {"DISPLAY": ":0"}
WEB = "textual.drivers.web_driver:WebDriver"


def there(*names: str):
    return lambda name: f"/bin/{name}" if name in names else None


@pytest.mark.parametrize(
    ("environ", "programs", "command"),
    [
        (DESK, ["xdg-open"], ["xdg-open", URL]),
        (DESK, ["gio"], ["gio", "open", URL]),
        ({}, ["xdg-open"], None),
        (DESK, [], None),
        ({**DESK, "SSH_TTY": "/dev/pts/1"}, ["xdg-open"], None),
        ({**DESK, "SSH_CONNECTION": "1", "BROWSER": "mine"}, ["mine"], None),
        ({**DESK, "TEXTUAL_DRIVER": WEB}, ["xdg-open"], None),
        ({"BROWSER": "mine"}, ["mine"], ["mine", URL]),
        ({"BROWSER": "mine --at=%s &"}, ["mine"], ["mine", f"--at={URL}"]),
        (
            {**DESK, "BROWSER": "/usr/bin/lynx:gone"},
            ["/usr/bin/lynx", "xdg-open"],
            ["xdg-open", URL],
        ),
        ({"BROWSER": "'"}, ["xdg-open"], None),
    ],
)
def test_the_command_by_what_there_is(environ, programs, command) -> None:
    found = browser_command(URL, environ, platform="linux", which=there(*programs))
    assert found == command


def test_a_browser_that_fails_is_told_and_one_that_works_is_not() -> None:
    good = {"BROWSER": f"{sys.executable} -c pass", "PATH": "/bin"}
    assert open_page(URL, good) == ""
    bad = {"BROWSER": f"{sys.executable} -c 1/0", "PATH": "/bin"}
    assert open_page(URL, bad) == f"{sys.executable} ended with status 1."
    assert "no browser here" in open_page(URL, {"SSH_TTY": "x"})
