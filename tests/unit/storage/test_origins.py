"""Two base URLs are the same server in any spelling, and no other one passes for it."""

from __future__ import annotations

import pytest

from fttui.storage.credentials import OPENAI_ORIGIN, origin_of


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com",
        "https://api.openai.com/v1",
        "https://api.openai.com/v1/",
        " https://API.OpenAI.com/other/path ",
        "HTTPS://api.openai.com:443/v1",
        "https://api.openai.com:/v1",
        "https://api.openai.com./v1",
        "https://evil.example@api.openai.com/v1",
    ],
)
def test_no_spelling_of_an_address_makes_another_server_of_it(url: str) -> None:
    assert origin_of(url) == OPENAI_ORIGIN == "https://api.openai.com"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://api.openai.com/v1", "http://api.openai.com"),
        ("https://api.openai.com:8443/v1", "https://api.openai.com:8443"),
        ("https://api.openai.com:80/v1", "https://api.openai.com:80"),
        ("http://api.openai.com:80", "http://api.openai.com"),
        ("http://api.openai.com:443", "http://api.openai.com:443"),
        ("https://openai.com/v1", "https://openai.com"),
        ("https://eu.api.openai.com/v1", "https://eu.api.openai.com"),
        ("https://api.openai.com.evil.example/v1", "https://api.openai.com.evil.example"),
        ("https://api-openai.com", "https://api-openai.com"),
        ("https://api.openai.com@evil.example/v1", "https://evil.example"),
        ("https://evil.example/https://api.openai.com", "https://evil.example"),
        ("https://xn--pi-7kc.openai.com", "https://xn--pi-7kc.openai.com"),
        ("http://[::1]:8000/v1", "http://[::1]:8000"),
        ("http://[0:0:0:0:0:0:0:1]:8000/v1", "http://[::1]:8000"),
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000"),
    ],
)
def test_whatever_differs_in_scheme_host_or_port_is_another_server(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.openai.com",
        "ftp://api.openai.com",
        "https://",
        "https:///v1",
        "https://.",
        "https://api.openai.com../v1",
        "https://api..openai.com/v1",
        "https://аpi.openai.com/v1",
        "https://ａpi.openai.com/v1",
        "https://api.openai.com\\.evil.example/v1",
        "https://api%2eopenai.com/v1",
        "https://api.openai.com:port/v1",
        "https://[::1/v1",
        "https://[localhost]/v1",
        "https://[1:2]/v1",
    ],
)
def test_what_names_no_server_for_certain_has_no_origin(url: str) -> None:
    with pytest.raises(ValueError):
        origin_of(url)
