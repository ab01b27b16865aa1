"""Which endpoint gets the key, and which ones never do."""

from __future__ import annotations

import os
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from fttui.services.endpoint.address import EndpointRefusedError, check_base_url, resolve_endpoint
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
    assert resolve_endpoint(SETTINGS, environ, "openai").organization == ""
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
        ("https://api.example/v1#", "what follows"),
        ("https://api.example/v1?", "what follows"),
        ("https://api.example:port/v1", "not a URL"),
        ("https://[::1/v1", "not a URL"),
        ("https://api.example/\x1b[2J", "control character"),
        ("https://api .example/v1", "space"),
        ("https://аpi.openai.com/v1", "not ASCII"),
        ("https://api.openai.com\\.evil.example/v1", "not ASCII, or is none"),
        ("https://api..example/v1", "or is none"),
        ("http://foo.localhost:8000/v1", "unencrypted"),
        ("http://localhost.:8000/v1", "unencrypted"),
        ("http://127.1/v1", "unencrypted"),
        ("http://128.0.0.1/v1", "unencrypted"),
        ("http://[::ffff:127.0.0.1]/v1", "unencrypted"),
        ("http://[::2]/v1", "unencrypted"),
        ("http://0.0.0.0/v1", "unencrypted"),
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
    ["http://LocalHost:8000/v1", "http://127.0.0.1:1/v1", "http://[::1]:1", "http://127.9.9.9"],
)
def test_plain_http_is_fine_on_this_machine(url: str) -> None:
    assert check_base_url(url, "test") == url


def test_plain_http_elsewhere_needs_a_permission_and_is_shown() -> None:
    profile = Profile("lab", base_url="http://lab.example/v1", allow_insecure_http=True)
    endpoint = resolve_endpoint(Settings(profiles={"lab": profile}, profile="lab"), {})
    assert endpoint.is_insecure
    assert "NOT ENCRYPTED" in endpoint.connection_parts({})


def test_the_permission_for_plain_http_is_for_the_profiles_own_server() -> None:
    profile = Profile("lab", base_url="http://lab.example/v1", allow_insecure_http=True)
    settings = Settings(profiles={"lab": profile}, profile="lab")
    same = resolve_endpoint(settings, {"OPENAI_BASE_URL": "http://lab.example/other"})
    assert same.base_url == "http://lab.example/other"
    with pytest.raises(EndpointRefusedError, match="unencrypted"):
        resolve_endpoint(settings, {"OPENAI_BASE_URL": "http://evil.example/v1"})


OPENAI = "https://api.openai.com/v1"
LAB = "https://lab.example/v1"


@pytest.mark.parametrize(
    ("base_url", "named", "environment", "asked", "variable"),
    [
        (OPENAI, "", "", False, "OPENAI_API_KEY"),
        (OPENAI, "", "", True, "OPENAI_API_KEY"),
        (OPENAI, "MINE", "", True, "MINE"),
        (OPENAI, "", OPENAI, False, "OPENAI_API_KEY"),
        (OPENAI, "", LAB, False, "OPENAI_API_KEY"),
        (OPENAI, "", LAB, True, ""),
        (OPENAI, "MINE", LAB, False, "OPENAI_API_KEY"),
        (OPENAI, "OPENAI_API_KEY", LAB, True, "OPENAI_API_KEY"),
        (LAB, "", "", False, ""),
        (LAB, "", "", True, ""),
        (LAB, "MINE", "", False, "MINE"),
        (LAB, "MINE", LAB, False, "MINE"),
        (LAB, "", LAB, True, "OPENAI_API_KEY"),
        (LAB, "MINE", OPENAI, False, "OPENAI_API_KEY"),
        (LAB, "MINE", OPENAI, True, "MINE"),
        (LAB, "", "not a URL", True, ""),
        (OPENAI, "", "not a URL", True, ""),
        ("https://api.openai.com.evil.example/v1", "", "", True, ""),
        ("http://api.openai.com/v1", "", "", True, ""),
    ],
)  # fmt: skip
def test_which_variable_may_hold_the_key(
    base_url: str, named: str, environment: str, asked: bool, variable: str
) -> None:
    profile = Profile("lab", base_url=base_url, api_key_env=named, allow_insecure_http=True)
    settings = Settings(profiles={"lab": profile}, profile="lab")
    environ = {"OPENAI_BASE_URL": environment} if environment else {}
    assert resolve_endpoint(settings, environ, "lab" if asked else "").key_variable == variable


def test_the_organisation_of_one_server_is_not_told_to_another() -> None:
    lab = Profile("lab", base_url=LAB, organization="org-lab", project="proj-lab")
    settings = Settings(profiles={"lab": lab}, profile="lab")
    ours = {"OPENAI_ORG_ID": "org-env", "OPENAI_PROJECT_ID": "proj-env"}
    told = [
        resolve_endpoint(settings, environ)
        for environ in (
            ours,
            {"OPENAI_BASE_URL": "https://other.example"},
            {"OPENAI_BASE_URL": "https://other.example", **ours},
            {"OPENAI_BASE_URL": LAB, **ours},
        )
    ]
    assert [(one.organization, one.project) for one in told] == [
        ("org-lab", "proj-lab"),
        ("", ""),
        ("org-env", "proj-env"),
        ("org-env", "proj-env"),
    ]


def test_keys_that_are_set_for_another_server_are_named() -> None:
    lab = Profile("lab", base_url=LAB, api_key_env="LAB_KEY", api_key_file="~/lab.key")
    bare = Profile("bare", base_url=LAB)
    settings = Settings(profiles={"openai": Profile(), "lab": lab, "bare": bare})
    keys = {"OPENAI_API_KEY": "x", "LAB_KEY": "y"}
    assert resolve_endpoint(settings, {}, "lab").withheld_keys(keys) == []
    assert resolve_endpoint(settings, {}).withheld_keys(keys) == []
    keyless = resolve_endpoint(settings, {}, "bare")
    assert keyless.withheld_keys({}) == [] and len(keyless.withheld_keys(keys)) == 1
    environ = {"OPENAI_BASE_URL": "https://other.example"}
    away = resolve_endpoint(replace(settings, profile="lab"), environ)
    assert away.key_file == ""
    assert [word.split(" is ")[0] for word in away.withheld_keys(keys)] == ["LAB_KEY", "~/lab.key"]
    assert [word.split(" is ")[0] for word in away.withheld_keys({})] == ["~/lab.key"]
    usual = Profile("usual", base_url=LAB, api_key_env="OPENAI_API_KEY")
    named = resolve_endpoint(Settings(profiles={"usual": usual}, profile="usual"), environ)
    assert named.key_variable == "OPENAI_API_KEY" and named.withheld_keys(keys) == []


def test_a_dead_proxy_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    endpoint = resolve_endpoint(SETTINGS, {})
    assert endpoint.named_proxy() == ""
    monkeypatch.setenv("ALL_PROXY", "socks5://user:secret@one.example:1080")
    assert endpoint.named_proxy() == "one.example:1080 (from ALL_PROXY)"
    monkeypatch.setenv("https_proxy", "two.example:3128")
    assert endpoint.named_proxy() == "two.example:3128 (from https_proxy)"
    monkeypatch.setenv("no_proxy", "api.openai.com")
    assert endpoint.named_proxy() == ""


@pytest.mark.parametrize("system", ["darwin", "win32", "linux"])
def test_the_settings_of_a_system_that_has_some_name_a_proxy_too(
    system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr("urllib.request.getproxies", lambda: {"https": "http://own.example:80"})
    monkeypatch.setattr("urllib.request.proxy_bypass", lambda _: False)
    named = resolve_endpoint(Settings(), {}).named_proxy()
    assert named == ("" if system == "linux" else "own.example:80 (from the system's settings)")


def test_the_connection_line_names_what_decides_where_the_key_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", "http://user:pw@proxy.example:3128")
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    environ = {"OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "proj-1"}
    environ |= {"SSL_CERT_FILE": "/ca.pem", "SSLKEYLOGFILE": "/tmp/keys"}
    environ |= {"OPENAI_CUSTOM_HEADERS": "X-Team: blue"}
    endpoint = resolve_endpoint(SETTINGS, environ)
    assert endpoint.connection_parts(environ) == [
        "api.openai.com",
        "with OPENAI_CUSTOM_HEADERS",
        "org org-1",
        "project proj-1",
        "via proxy proxy.example:3128",
        "CA from /ca.pem",
        "TLS keys are written to SSLKEYLOGFILE",
    ]
    local = resolve_endpoint(SETTINGS, {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"})
    assert local.proxy() == ""
    assert local.connection_parts(environ)[0] == "127.0.0.1:9"
    assert not any("CA" in part or "TLS" in part for part in local.connection_parts(environ))
    assert "with OPENAI_CUSTOM_HEADERS" not in resolve_endpoint(
        SETTINGS, environ, "home"
    ).connection_parts(environ)


def test_certificates_are_those_of_this_machine_and_none_are_read_for_plain_http() -> None:
    assert resolve_endpoint(SETTINGS, {}).trusted() is True
    trusted = resolve_endpoint(SETTINGS, {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}).trusted()
    assert isinstance(trusted, ssl.SSLContext)
    assert trusted.cert_store_stats()["x509"] == 0
    assert trusted.verify_mode is ssl.CERT_REQUIRED and trusted.check_hostname


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
