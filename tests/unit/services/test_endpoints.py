"""Which endpoint gets the key, and which ones never do."""

from __future__ import annotations

from pathlib import Path

import pytest

from fttui.services.endpoints import EndpointRefusedError, check_base_url, resolve_endpoint
from fttui.storage.settings import Profile, Settings, SettingsError, load_settings

HOME = Profile("home", base_url="https://ft.home.example/v1", organization="org-home")
SETTINGS = Settings(profiles={"openai": Profile(), "home": HOME})


@pytest.mark.parametrize(
    ("environ", "profile", "url", "source"),
    [
        ({}, "", "https://api.openai.com/v1", "profile openai"),
        ({"OPENAI_BASE_URL": ""}, "", "https://api.openai.com/v1", "profile openai"),
        ({"OPENAI_BASE_URL": "https://a.test/v1/"}, "", "https://a.test/v1", "OPENAI_BASE_URL"),
        ({"OPENAI_BASE_URL": "https://a.example"}, "home", HOME.base_url, "profile home"),
        ({"FTTUI_PROFILE": "home"}, "", HOME.base_url, "profile home"),
        ({"FTTUI_PROFILE": "home"}, "openai", "https://api.openai.com/v1", "profile openai"),
    ],
)  # fmt: skip
def test_the_more_explicit_choice_wins(
    environ: dict[str, str], profile: str, url: str, source: str
) -> None:
    endpoint = resolve_endpoint(SETTINGS, environ, profile)
    assert (endpoint.base_url, endpoint.source) == (url, source)


def test_a_profile_that_is_asked_for_keeps_its_own_organisation() -> None:
    environ = {"OPENAI_ORG_ID": "org-env", "OPENAI_PROJECT_ID": "proj-env"}
    assert resolve_endpoint(SETTINGS, environ, "home").organization == "org-home"
    default = resolve_endpoint(SETTINGS, environ)
    assert (default.organization, default.project) == ("org-env", "proj-env")


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="there are: openai, home"):
        resolve_endpoint(SETTINGS, {}, "hmoe")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://api.example/v1", "unencrypted"),
        ("ftp://api.example", "https://HOST/v1"),
        ("file:///etc/passwd", "https://HOST/v1"),
        ("api.example/v1", "https://HOST/v1"),
        ("https://", "https://HOST/v1"),
        ("https://user:secret@api.example/v1", "user name or password"),
        ("https://api.example/v1?key=1", "what follows"),
        ("https://api.example/v1#x", "what follows"),
        ("https://api.example:port/v1", "not a URL"),
        ("https://[::1/v1", "not a URL"),
        ("https://api.example/\x1b[2J", "control character"),
        ("https://api .example/v1", "space"),
    ],
)
def test_a_base_url_that_gets_no_key_is_refused_with_the_reason_and_its_source(
    url: str, reason: str
) -> None:
    with pytest.raises(EndpointRefusedError) as refused:
        check_base_url(url, "OPENAI_BASE_URL")
    text = str(refused.value)
    assert reason in text and "OPENAI_BASE_URL" in text
    assert "secret" not in text and text.isprintable()


@pytest.mark.parametrize(
    "url",
    ["http://localhost:8000/v1", "http://127.0.0.1:1/v1", "http://[::1]:1", "http://127.9.9.9"],
)
def test_plain_http_is_fine_on_this_machine(url: str) -> None:
    assert check_base_url(url, "test") == url


def test_plain_http_elsewhere_needs_a_permission_and_is_shown() -> None:
    profile = Profile("lab", base_url="http://lab.example/v1", allow_insecure_http=True)
    endpoint = resolve_endpoint(Settings(profiles={"lab": profile}, profile="lab"), {})
    assert endpoint.is_insecure
    assert "NOT ENCRYPTED" in endpoint.connection_parts({})


def test_the_connection_line_names_what_decides_where_the_key_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", "http://user:pw@proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    endpoint = resolve_endpoint(SETTINGS, {"OPENAI_ORG_ID": "org-1"})
    environ = {"SSL_CERT_FILE": "/ca.pem", "SSLKEYLOGFILE": "/tmp/keys"}
    assert endpoint.connection_parts(environ) == [
        "api.openai.com",
        "org org-1",
        "via proxy proxy.example:3128",
        "CA from /ca.pem",
        "TLS keys are written to SSLKEYLOGFILE",
    ]
    local = resolve_endpoint(SETTINGS, {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"})
    assert local.proxy() == ""


def test_settings_are_read_and_what_they_do_not_know_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        'profile = "home"\ncolour = "red"\n[profiles.home]\nbase_url = "https://a/v1"\nx = 1\n'
        '[prices]\nas_of = "2026-11-22"\n"gpt-4o" = 25\n[keymap]\nquit = "q"\n'
    )
    settings = load_settings(path)
    assert settings.profiles["home"].base_url == "https://a/v1"
    assert "openai" in settings.profiles
    assert settings.prices == {"gpt-4o": 25.0} and settings.prices_as_of == "2026-11-22"
    assert settings.keymap == {"quit": "q"}
    assert ["'colour'" in w or "'x'" in w for w in settings.warnings] == [True, True]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("profile = ", "not valid TOML"),
        ("direct_upload_mb = 'x'", "must be of type int"),
        ("profiles = 1", "must be a table"),
        ("[profiles.a]\nsuffix_limit = 65", "from 1 to 64"),
        ("[prices]\nm = -1", "must be a number"),
        ("[prices]\nm = true", "must be a number"),
    ],
)
def test_settings_that_cannot_be_used_say_where_and_why(
    tmp_path: Path, text: str, problem: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=problem) as refused:
        load_settings(path)
    assert str(path) in str(refused.value)


def test_no_settings_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.toml") == Settings()
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path)
