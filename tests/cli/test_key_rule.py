"""A key goes to the server that it is for, and to no other, whatever names that other."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from string import ascii_letters

import pytest
from tests.cli.conftest import Result, Run

from echoing_endpoint import Echoing, echoing_endpoint
from fttui.cli.app_sessions import AppSessions
from fttui.cli.parser import GLOBAL_DEFAULTS
from fttui.cli.sessions import open_session

KEY = "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x"
OTHER = "sk-proj-Zz9yXx8wVv7uTt6sRr5qPp4o"


@pytest.fixture
def here() -> Iterator[Echoing]:
    """The server that keys are kept for."""
    with echoing_endpoint() as place:
        yield place


@pytest.fixture
def there() -> Iterator[Echoing]:
    """Another server on the same machine."""
    with echoing_endpoint() as place:
        yield place


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch, environment: object) -> Callable[..., None]:
    """Sets the variables of one's environment; all others of an endpoint are gone."""

    def set_all(**variables: str) -> None:
        for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "FTTUI_PROFILE", "LAB_KEY"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    set_all()
    return set_all


@pytest.fixture
def config(fttui_home: Path) -> Callable[[str], None]:
    """Writes the settings file."""
    path = fttui_home / "config" / "fttui" / "config.toml"
    path.parent.mkdir(parents=True)
    return lambda text: path.write_text(text) and None


def lab(url: str, more: str = "") -> str:
    return f'[profiles.lab]\nbase_url = "{url}"\n{more}\n'


def refused(result: Result, *words: str) -> None:
    assert result.status == 2, result
    assert KEY not in result.out + result.err and KEY[-8:] not in result.out + result.err
    for word in words:
        assert word in result.err


def keys_sent(place: Echoing) -> set[str]:
    return {request["authorization"].removeprefix("Bearer ") for request in place.requests}


@pytest.fixture
def keep_key(run: Run, environ: Callable[..., None], tmp_path: Path) -> Callable[..., None]:
    """Keeps the key by `login`, with OPENAI_BASE_URL at `url`."""
    path = tmp_path / "new-key"
    path.write_text(KEY)
    path.chmod(0o600)

    def keep(url: str, *arguments: str) -> None:
        environ(**({"OPENAI_BASE_URL": url} if url else {}))
        told = ("--where", "file", "--no-verify", "--api-key-file", str(path))
        result = run("login", *told, *arguments)
        assert result.status == 0, result
        assert "alone" in result.err
        environ()

    return keep


def test_a_kept_key_is_not_sent_to_another_address_that_the_environment_names(
    run: Run,
    keep_key: Callable[..., None],
    environ: Callable[..., None],
    here: Echoing,
    there: Echoing,
) -> None:
    keep_key(here.base_url)
    environ(OPENAI_BASE_URL=there.base_url)
    refused(
        run("jobs"),
        f"kept for {here.base_url.removesuffix('/v1')}",
        f"not sent to {there.base_url.removesuffix('/v1')}",
        "Set OPENAI_API_KEY, or run `fttui login`",
    )
    assert there.requests == []
    environ(OPENAI_BASE_URL=here.base_url.replace("/v1", "/openai/v1"))
    assert run("jobs").status == 0
    assert keys_sent(here) == {KEY}


def test_a_key_kept_for_openai_is_sent_to_no_other_address(
    run: Run, keep_key: Callable[..., None], environ: Callable[..., None], there: Echoing
) -> None:
    keep_key("")
    environ(OPENAI_BASE_URL=there.base_url)
    refused(run("jobs"), "kept for https://api.openai.com")
    assert there.requests == []


def test_a_profile_whose_address_changed_after_login_does_not_get_the_key(
    run: Run,
    keep_key: Callable[..., None],
    environ: Callable[..., None],
    config: Callable[[str], None],
    here: Echoing,
    there: Echoing,
) -> None:
    config(lab(here.base_url))
    keep_key("", "--profile", "lab")
    assert run("jobs", "--profile", "lab").status == 0
    config(lab(there.base_url))
    refused(run("jobs", "--profile", "lab"), "was kept for", "fttui login --profile lab")
    environ(FTTUI_PROFILE="lab")
    refused(run("jobs"), "was kept for")
    assert (there.requests, keys_sent(here)) == ([], {KEY})


@pytest.mark.parametrize("how", ["option", "variable", "settings", "redefined"])
def test_a_profile_of_another_host_does_not_get_the_key_for_openai(
    run: Run,
    environ: Callable[..., None],
    config: Callable[[str], None],
    there: Echoing,
    how: str,
) -> None:
    environ(OPENAI_API_KEY=KEY, **({"FTTUI_PROFILE": "lab"} if how == "variable" else {}))
    text = lab(there.base_url)
    if how == "redefined":
        text = text.replace("profiles.lab", "profiles.openai")
    config('profile = "lab"\n' + text if how == "settings" else text)
    refused(
        run("jobs", *(["--profile", "lab"] if how == "option" else [])),
        "OPENAI_API_KEY is not sent to",
        "names no key of its own",
        "api_key_env",
    )
    assert there.requests == []


def test_a_profile_that_names_the_variable_gets_it(
    run: Run, environ: Callable[..., None], config: Callable[[str], None], there: Echoing
) -> None:
    environ(OPENAI_API_KEY=KEY)
    config(lab(there.base_url, 'api_key_env = "OPENAI_API_KEY"'))
    assert run("jobs", "--profile", "lab").status == 0
    assert keys_sent(there) == {KEY}


@pytest.mark.parametrize("kind", ["variable", "file"])
def test_a_profiles_key_does_not_follow_the_environment_to_another_address(
    run: Run,
    environ: Callable[..., None],
    config: Callable[[str], None],
    here: Echoing,
    there: Echoing,
    tmp_path: Path,
    kind: str,
) -> None:
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "key").chmod(0o600)
    named = {"variable": 'api_key_env = "LAB_KEY"', "file": f'api_key_file = "{tmp_path}/key"'}
    own = {"LAB_KEY": KEY} if kind == "variable" else {}
    config('profile = "lab"\n' + lab(here.base_url, named[kind]))
    environ(**own)
    assert run("jobs").status == 0
    environ(OPENAI_BASE_URL=there.base_url, **own)
    refused(run("jobs"), "is the key of profile lab and is not sent to", "OPENAI_BASE_URL names")
    environ(OPENAI_BASE_URL=there.base_url, OPENAI_API_KEY=OTHER, **own)
    assert run("jobs").status == 0
    assert (keys_sent(here), keys_sent(there)) == ({KEY}, {OTHER})


def test_a_key_beside_a_base_url_in_the_environment_is_not_sent_to_a_profile(
    run: Run,
    environ: Callable[..., None],
    config: Callable[[str], None],
    here: Echoing,
    there: Echoing,
) -> None:
    environ(OPENAI_API_KEY=KEY, OPENAI_BASE_URL=here.base_url)
    config(lab(there.base_url))
    refused(run("jobs", "--profile", "lab"), "it is for the endpoint of OPENAI_BASE_URL")
    assert run("jobs").status == 0
    assert (there.requests, keys_sent(here)) == ([], {KEY})


def test_the_organisation_and_headers_of_the_environment_go_where_its_key_goes(
    run: Run,
    environ: Callable[..., None],
    config: Callable[[str], None],
    here: Echoing,
    there: Echoing,
) -> None:
    ours = {"OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "proj-1"}
    ours["OPENAI_CUSTOM_HEADERS"] = "X-Team: blue"
    environ(OPENAI_API_KEY=KEY, OPENAI_BASE_URL=here.base_url, LAB_KEY=OTHER, **ours)
    sent = ("openai-organization", "openai-project", "x-team")
    assert run("jobs").status == 0
    assert [here.requests[-1].get(name) for name in sent] == ["org-1", "proj-1", "blue"]
    config('profile = "lab"\n' + lab(there.base_url, 'api_key_env = "LAB_KEY"'))
    environ(OPENAI_API_KEY=KEY, LAB_KEY=OTHER, **ours)
    assert run("jobs").status == 0
    assert [there.requests[-1].get(name) for name in sent] == [None, None, None]
    config(lab(there.base_url, 'api_key_env = "LAB_KEY"\norganization = "org-lab"'))
    assert run("jobs", "--profile", "lab").status == 0
    assert [there.requests[-1].get(name) for name in sent] == ["org-lab", None, None]


def test_which_key_goes_where_is_shown_without_the_key(
    run: Run, environ: Callable[..., None], config: Callable[[str], None], there: Echoing
) -> None:
    environ(OPENAI_API_KEY=KEY, LAB_KEY=OTHER)
    host = there.base_url.split("/")[2]
    config(
        lab(there.base_url, 'api_key_env = "LAB_KEY"')
        + lab("https://x.example").replace("lab", "x")
    )
    listed = {one["name"]: one["key_route"] for one in run("profiles", "--json").document}
    assert listed == {
        "openai": "OPENAI_API_KEY -> api.openai.com",
        "lab": f"LAB_KEY -> {host}",
        "x": "no key -> x.example",
    }
    assert f"LAB_KEY -> {host}" in run("profiles").out
    config(lab(there.base_url, 'api_key_env = "LAB_KEY"\napi_key_file = "~/lab.key"'))
    assert f"LAB_KEY -> {host}" in run("profiles").out
    environ(OPENAI_API_KEY=KEY)
    assert f"~/lab.key -> {host}" in run("profiles").out
    environ(OPENAI_API_KEY=KEY, LAB_KEY=OTHER)
    shown = run("profiles", "show", "lab").out
    assert f"LAB_KEY -> {host}" in shown and OTHER not in shown and OTHER[-8:] not in shown
    told = run("doctor", "--offline", "--profile", "lab").out
    assert f"sk-…{OTHER[-4:]}, LAB_KEY -> {host}" in told and OTHER[-8:] not in told
    config(lab("https://x.example").replace("lab", "x"))
    lost = run("doctor", "--offline", "--profile", "x")
    assert lost.status == 1
    assert "problem: OPENAI_API_KEY is not sent to x.example" in lost.out
    assert "api_key_env in profile x" in lost.out


@pytest.mark.parametrize("command", [("jobs",), ("doctor", "--offline")])
def test_a_kept_file_that_is_refused_is_told_with_the_reason(
    run: Run,
    keep_key: Callable[..., None],
    environ: Callable[..., None],
    here: Echoing,
    fttui_home: Path,
    command: tuple[str, ...],
) -> None:
    keep_key(here.base_url)
    environ(OPENAI_BASE_URL=here.base_url)
    next((fttui_home / "state/fttui/keys").iterdir()).chmod(0o644)
    result = run(*command)
    assert result.status in {1, 2}
    told = result.out + result.err
    assert "can be read by others. Run: chmod 600" in told
    assert "There is no API key" not in told and "none found" not in told
    assert here.requests == []


def test_the_profiles_show_the_address_that_the_environment_put_in_place(
    run: Run, environ: Callable[..., None], there: Echoing
) -> None:
    environ(OPENAI_BASE_URL=there.base_url)
    (listed,) = run("profiles", "--json").document
    assert listed["base_url"] == there.base_url
    assert there.base_url in run("profiles").out


def test_login_warns_of_a_variable_only_where_it_goes_before_the_kept_key(
    run: Run,
    environ: Callable[..., None],
    config: Callable[[str], None],
    there: Echoing,
    tmp_path: Path,
) -> None:
    path = tmp_path / "new-key"
    path.write_text(KEY)
    path.chmod(0o600)
    login = ("login", "--profile", "lab", "--no-verify", "--api-key-file", path)
    config(lab(there.base_url, 'api_key_env = "LAB_KEY"'))
    environ(OPENAI_API_KEY=OTHER, LAB_KEY=OTHER)
    assert "LAB_KEY is set in the environment" in run(*login).err
    environ(OPENAI_API_KEY=OTHER)
    assert "is set in the environment" not in run(*login).err
    config(lab(there.base_url))
    assert "is set in the environment" not in run(*login).err


def test_a_downloaded_content_is_shown_on_a_terminal_without_the_key(
    run: Run, environ: Callable[..., None], here: Echoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ(OPENAI_BASE_URL=here.base_url, OPENAI_API_KEY=KEY)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    shown = run("files", "download", "file-1")
    assert "your key •••, is it?" in shown.out and KEY not in shown.out


def test_where_no_key_is_sent_none_is_taken_or_kept(
    run: Run,
    config: Callable[[str], None],
    here: Echoing,
    tmp_path: Path,
) -> None:
    config(lab(here.base_url, 'api_key = "none"'))
    path = tmp_path / "new-key"
    path.write_text(KEY)
    path.chmod(0o600)
    for command in ("jobs", "login"):
        told = run(command, "--profile", "lab", "--api-key-file", path)
        refused(told, "Profile lab sends no key")
    assert here.requests == []
    assert run("jobs", "--profile", "lab").status == 0
    assert all("authorization" not in request for request in here.requests)
    assert run("profiles", "show", "lab", "--json").document["key"] == "none"


def test_how_to_do_without_a_key_is_said_by_the_profile_s_own_names(
    run: Run, environ: Callable[..., None], config: Callable[[str], None], here: Echoing
) -> None:
    config(lab(here.base_url, 'api_key_env = "LAB_KEY"'))
    environ()
    host = here.base_url.split("/")[2]
    result = run("jobs", "--profile", "lab")
    refused(result, "Set LAB_KEY", f'If {host} needs no key, write api_key = "none" in profile lab')
    assert "OPENAI_API_KEY" not in result.err
    environ(OPENAI_BASE_URL=here.base_url)
    refused(run("jobs"), f"If {host} needs no key, set OPENAI_API_KEY to any word")
    environ(OPENAI_BASE_URL=here.base_url, OPENAI_API_KEY="EMPTY")
    assert run("jobs").status == 0
    assert keys_sent(here) == {"EMPTY"}


def made_key(length: int) -> str:
    return "".join(Random(length).choices(ascii_letters, k=length - 4)) + "kkkk"


@pytest.mark.parametrize("key", ["x", "none", "ollama", *map(made_key, [8, 2000, 8192])])
def test_a_key_of_any_length_is_told_by_its_end_alone(
    run: Run, environ: Callable[..., None], here: Echoing, key: str
) -> None:
    environ(OPENAI_BASE_URL=here.base_url, OPENAI_API_KEY=key)
    shown = "".join(run(*command).out for command in (("doctor",), ("profiles", "show"), ("jobs",)))
    assert (key if len(key) < 8 else "…kkkk") in shown
    assert len(key) < 8 or key[-8:] not in shown


def test_a_key_file_of_the_command_line_goes_to_the_server_that_it_was_named_for_alone(
    here: Echoing,
    there: Echoing,
    config: Callable[[str], None],
    environ: Callable[..., None],
    tmp_path: Path,
):
    path = tmp_path / "key"
    path.write_text(KEY)
    path.chmod(0o600)
    config(f'profile = "lab"\n{lab(here.base_url)}')
    args = Namespace(**{**GLOBAL_DEFAULTS, "api_key_file": path})
    with open_session(args, quiet=True) as first:
        profiles = AppSessions(args, first)
        again = profiles.open("lab")
        assert again.credential is not None and again.credential.secret.reveal() == KEY
        config(f'profile = "lab"\n{lab(there.base_url)}')
        moved = profiles.open("lab")
        assert moved.endpoint.base_url == there.base_url
        assert moved.credential is None
        other = lab(there.base_url).replace("lab", "other")
        config(f'profile = "other"\n{lab(here.base_url)}{other}')
        chosen = profiles.open("lab")
        assert chosen.endpoint.base_url == here.base_url
        for one in (again, moved, chosen):
            profiles.leave(one)
        profiles.end()
