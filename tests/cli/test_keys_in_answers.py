"""A key that an endpoint sends back is in nothing that is shown, printed or copied."""

from __future__ import annotations

import base64
import json
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.cli.conftest import Run

from echoing_endpoint import Echoing, echoing_endpoint

KEY = "k3y/Ab3dEf6h+Ij9lMn2pQr5tUv8x=="  # looks like no key of a known maker

FORMS: list[tuple[str, Callable[[str], str], int]] = [
    ("in a URL", lambda key: quote(key, safe=""), 0),
    ("in JSON", lambda key: key.replace("/", "\\/"), 0),
    ("base64", lambda key: base64.b64encode(key.encode()).decode(), 4),
    ("basic", lambda key: base64.b64encode(f"user:{key}".encode()).decode(), 8),
    ("for URLs", lambda key: base64.urlsafe_b64encode(f"me:{key}!".encode()).decode(), 8),
    ("cut", lambda key: key[4:20], 0),
]
"""How the key may be written, and how many characters at both ends tell nothing of it."""

DISGUISES: list[tuple[str, Callable[[str], str], int]] = [
    ("in hex", lambda key: key.encode().hex(), 0),
    ("in hex bytes", lambda key: key.encode().hex(":").upper(), 0),
    ("all escaped for URLs", lambda key: "".join(f"%{ord(one):02x}" for one in key), 6),
    ("escaped twice", lambda key: "".join(f"%25{ord(one):02X}" for one in key), 10),
    ("escaped for JSON", lambda key: "".join(f"\\u{ord(one):04x}" for one in key), 12),
    ("escaped for Python", lambda key: "".join(f"\\x{ord(one):02x}" for one in key), 8),
    ("in octal", lambda key: "".join(f"\\{ord(one):03o}" for one in key), 8),
    ("for HTML", lambda key: "".join(f"&#{ord(one)};" for one in key), 10),
    ("for HTML in hex", lambda key: "".join(f"&#x{ord(one):X};" for one in key), 12),
    ("in capitals", str.upper, 2),
    ("in sevens", lambda key: " ".join(textwrap.wrap(key, 7)), 2),
    ("letter by letter", " ".join, 4),
    ("base32", lambda key: base64.b32encode(f"a{key}".encode()).decode(), 8),
    ("backwards", lambda key: key[::-1], 2),
]
"""More ways, in which it is found as a whole."""


@pytest.fixture
def place(environment: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Echoing]:
    """The endpoint in use, which echoes the key."""
    with echoing_endpoint() as place:
        monkeypatch.setenv("OPENAI_BASE_URL", place.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        yield place


def leaked(shown: str, echoed: str) -> list[str]:
    """Every eight characters of what is echoed that are in `shown`."""
    return [echoed[at : at + 8] for at in range(len(echoed) - 7) if echoed[at : at + 8] in shown]


COMMANDS = [
    ("jobs",),
    ("show", "ftjob-1"),
    ("events", "ftjob-1"),
    ("checkpoints", "ftjob-1"),
    ("files",),
    ("files", "show", "file-1"),
    ("models",),
    ("profiles", "verify"),
    ("doctor",),
    ("cancel", "ftjob-1", "--yes"),
]


@pytest.mark.parametrize("refuse", [False, True], ids=["answer", "refusal"])
def test_no_command_shows_the_key_that_comes_back(run: Run, place: Echoing, refuse: bool) -> None:
    place.refuse = refuse
    for command in COMMANDS:
        for options in ((), ("--json",)):
            result = run(*command, *options)
            assert result.status == refuse, result
            assert leaked(result.out + result.err, KEY) == [], command
    assert place.requests


@pytest.mark.parametrize("refuse", [False, True], ids=["answer", "refusal"])
@pytest.mark.parametrize(
    ("form", "blurred"), [form[1:] for form in FORMS], ids=[f[0] for f in FORMS]
)
def test_no_way_of_writing_the_key_is_shown(
    run: Run, place: Echoing, form: Callable[[str], str], blurred: int, refuse: bool
) -> None:
    place.form, place.refuse = form, refuse
    echoed = form(KEY)[blurred : len(form(KEY)) - blurred]
    assert len(echoed) > 8
    for command in (("show", "ftjob-1"), ("models",)):
        result = run(*command)
        assert leaked(result.out + result.err, echoed) == []
        assert "•••" in result.out + result.err


@pytest.mark.parametrize("refuse", [False, True], ids=["answer", "refusal"])
@pytest.mark.parametrize(
    ("form", "blurred"), [form[1:] for form in DISGUISES], ids=[f[0] for f in DISGUISES]
)
def test_no_disguise_hides_the_key(
    run: Run, place: Echoing, form: Callable[[str], str], blurred: int, refuse: bool
) -> None:
    place.form, place.refuse = form, refuse
    echoed = form(KEY)[blurred : len(form(KEY)) - blurred]
    result = run("show", "ftjob-1")
    assert leaked(result.out + result.err, echoed) == []
    assert "•••" in result.out + result.err


def test_what_stands_around_the_key_is_still_told(run: Run, place: Echoing) -> None:
    shown = run("show", "ftjob-1", "--json").document
    assert shown["error"] == {"code": "•••", "message": "Bad key ••• in line 3", "param": "•••"}
    assert shown["metadata"] == {"note": "••• is yours", "•••": "x"}
    assert (shown["id"], shown["status"]) == ("ftjob-1", "failed")


def test_a_downloaded_file_is_saved_as_it_is_and_shown_without_the_key(
    run: Run, place: Echoing, tmp_path: Path
) -> None:
    said = f"your key {KEY}, is it?"
    assert run("files", "download", "file-1", "-o", tmp_path / "saved").status == 0
    saved = json.loads((tmp_path / "saved").read_bytes())
    assert saved["messages"][0]["content"] == said
    document = run("files", "download", "file-1", "--json").document
    assert "your key •••, is it?" in document["content"]
