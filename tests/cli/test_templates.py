"""Profiles made from templates: written where nobody's own settings are, and right on the wire."""

from __future__ import annotations

import os
import threading
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.conftest import MODEL, Result, Run

from fttui.server import SandboxServer
from fttui.services.endpoint.address import check_base_url
from fttui.storage.made_profiles import _toml, add_profile, remove_profile
from fttui.storage.settings import load_settings, read_profiles
from fttui.storage.templates import templates
from recording_endpoint import Recorded, Recording, recording_endpoint

KEY = "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x"
CALLS = {"models", "files", "uploads", "create", "list", "show", "events", "checkpoints",
         "cancel", "pause", "resume"}  # fmt: skip


@pytest.fixture(autouse=True)
def no_variables(environment: object, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name)


@pytest.fixture
def place() -> Iterator[Recording]:
    with recording_endpoint() as place:
        yield place


@pytest.fixture
def made(fttui_home: Path) -> Path:
    return fttui_home / "config" / "fttui" / "profiles.toml"


Add = Callable[..., Result]


@pytest.fixture
def add(run: Run, place: Recording, monkeypatch: pytest.MonkeyPatch) -> Add:
    """Adds the profile `mine` by a template, for `place`, and sets its key."""

    def add_one(template: str, *more: str, path: str = "/v1") -> Result:
        url = place.base_url.removesuffix("/v1") + path
        result = run("profiles", "add", "mine", "--template", template, "--base-url", url, *more)
        assert result.status == 0, result.err
        monkeypatch.setenv(templates()[template].settings["api_key_env"], KEY)
        return result

    return add_one


def created(run: Run, place: Recording, *more: str) -> Recorded:
    options = ("--training-file", "id:f1", "--model", MODEL, "--epochs", "2")
    result = run("--profile", "mine", "create", *options, "--yes", "--detach", *more)
    assert result.status == 0, result.err
    return next(
        one for one in place.requests if one.path.endswith("/fine_tuning/jobs") and one.body
    )


@pytest.mark.parametrize("name", templates())
def test_each_template_is_a_whole_profile_once_its_address_is_filled_in(name: str) -> None:
    template = templates()[name]
    url = template.base_url.replace("{port}", "8000")
    for word in ("resource", "host", "region"):
        url = url.replace(f"{{{word}}}", "lab.example")
    check_base_url(url, "the test")
    warnings: list[str] = []
    profile = read_profiles({name: {**template.settings, "base_url": url}}, "x", warnings)[name]
    assert warnings == [] and profile.api_key_env
    assert set(template.offers) <= CALLS and {"list", "show"} <= set(template.offers)
    assert bool(template.placeholder) is ("{" in template.base_url)


def test_the_known_endpoints_are_listed_with_what_each_offers(run: Run) -> None:
    known = "openai azure bedrock nebius mistral llmariner litellm portkey local"
    names = known.split()
    assert [one["name"] for one in run("profiles", "templates", "--json").document] == names
    text = run("profiles", "templates").out
    assert all(f"{name} offers " in text for name in names)
    offers = {one["name"]: one["offers"] for one in run("profiles", "templates", "--json").document}
    assert "events" not in offers["llmariner"] and "create" not in offers["mistral"]
    assert set(offers["openai"]) == CALLS


def test_azure_gets_its_training_type_and_a_token_as_bearer(
    add: Add, run: Run, place: Recording
) -> None:
    add("azure", path="/openai/v1")
    sent = created(run, place)
    assert sent.path == "/openai/v1/fine_tuning/jobs"
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert sent.json["trainingType"] == "GlobalStandard"
    assert sent.json["method"]["supervised"] == {"hyperparameters": {"n_epochs": 2}}


def test_azure_gets_a_key_of_the_resource_in_its_own_header(
    add: Add, run: Run, place: Recording
) -> None:
    add("azure", "--key-header", "api-key", "--training-type", "Standard", path="/openai/v1")
    sent = created(run, place)
    assert sent.headers["api-key"] == KEY and "authorization" not in sent.headers
    assert sent.json["trainingType"] == "Standard"


def test_nebius_gets_the_method_and_hyperparameters_of_its_own(
    add: Add, run: Run, place: Recording
) -> None:
    add("nebius")
    sent = created(run, place, "--set", "lora=true", "--set", "lora_r=8")
    asked = {"n_epochs": 2, "lora": True, "lora_r": 8}
    assert sent.json["method"] == {"type": "supervised", "supervised": {"hyperparameters": asked}}
    assert "hyperparameters" not in sent.json


def test_mistral_s_jobs_are_listed_and_shown(add: Add, run: Run, place: Recording) -> None:
    add("mistral")
    uuid = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
    job = {"id": uuid, "object": "job", "status": "RUNNING", "model": "open-mistral-7b",
           "created_at": 1_790_000_000, "modified_at": 1_790_000_001,
           "training_files": ["a"], "hyperparameters": {"training_steps": 10}}  # fmt: skip
    place.answers["GET fine_tuning/jobs"] = 200, {"data": [job], "object": "list", "total": 1}
    place.answers[f"GET fine_tuning/jobs/{uuid}"] = 200, job
    (listed,) = run("--profile", "mine", "jobs", "--json").document
    assert (listed["id"], listed["model"]) == (uuid, "open-mistral-7b")
    assert run("--profile", "mine", "show", uuid, "--json").document["id"] == uuid
    assert {one.headers["authorization"] for one in place.requests} == {f"Bearer {KEY}"}


def test_llmariner_gets_a_suffix_and_settings_at_the_top(
    add: Add, run: Run, place: Recording
) -> None:
    add("llmariner")
    base = ("--profile", "mine", "create", "--training-file", "id:f1", "--model", "m", "--yes")
    for more, said in (((), "needs it"), (("--suffix", "x" * 19), "at most 18")):
        refused = run(*base, *more)
        assert refused.status == 2 and "--suffix: " in refused.err and said in refused.err
    assert place.requests == []
    sent = created(run, place, "--suffix", "desk")
    assert sent.json["suffix"] == "desk" and sent.json["hyperparameters"] == {"n_epochs": 2}
    assert "method" not in sent.json


def test_litellm_is_told_whose_jobs_they_are(add: Add, run: Run, place: Recording) -> None:
    add("litellm")
    assert created(run, place).json["custom_llm_provider"] == "openai"
    assert run("--profile", "mine", "jobs").status == 0
    assert {one.query["custom_llm_provider"] for one in place.requests} == {"openai"}


def test_portkey_is_told_the_provider(
    add: Add, run: Run, place: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PK", "pk-Zz9yXx8wVv7uTt6sRr5q")
    more = ("--header", "x-portkey-provider=bedrock", "--header", "x-portkey-api-key=env:PK")
    assert "PK" not in str(add("portkey", *more, "--json").document["variables_to_set"][1:])
    sent = created(run, place)
    assert sent.headers["x-portkey-provider"] == "bedrock"
    assert sent.headers["x-portkey-api-key"] == "pk-Zz9yXx8wVv7uTt6sRr5q"


def test_a_local_server_takes_its_key_or_none(
    add: Add, run: Run, place: Recording, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("local", "--no-key")
    assert run("--profile", "mine", "jobs").status == 0
    assert all("authorization" not in one.headers for one in place.requests)
    base = ("profiles", "add", "box", "--template", "local", "--base-url", server.base_url)
    assert run(*base).status == 0
    monkeypatch.setenv("FTTUI_SANDBOX_KEY", server.api_key)
    assert run("--profile", "box", "profiles", "verify", "--json").document["offers"]["jobs"]


def test_a_server_that_trains_here_is_known_by_its_key_file(
    run: Run, server: SandboxServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    added = run("profiles", "add", "mine", "--template", "local", "--json").document
    key = tmp_path / "data" / "fttui" / "serve" / "key"
    assert added["base_url"] == "http://127.0.0.1:8321/v1"
    assert added["api_key_file"] == str(key)
    assert added["variables_to_set"] == []
    # The key is for that address alone, and another key goes before it.
    for number, more in enumerate(
        (("--base-url", server.base_url), ("--no-key",), ("--api-key-env", "LAB_KEY"))
    ):
        other = run("profiles", "add", f"p{number}", "--template", "local", *more, "--json")
        assert "api_key_file" not in other.document


def test_a_profile_that_takes_no_suffix_says_so(run: Run, place: Recording, made: Path) -> None:
    made.parent.mkdir(parents=True)
    made.write_text(
        f'[profiles.mine]\nbase_url = "{place.base_url}"\napi_key = "none"\nsuffix = "forbidden"\n'
    )
    base = ("--profile", "mine", "create", "--training-file", "id:f1", "--model", "m", "--yes")
    refused = run(*base, "--suffix", "desk")
    assert refused.status == 2 and "takes none" in refused.err and place.requests == []
    assert "suffix" not in created(run, place).json


def test_the_next_step_is_said(run: Run) -> None:
    result = run("profiles", "add", "neb", "--template", "nebius")
    assert "set NEBIUS_API_KEY, then run `fttui --profile neb doctor`" in result.err
    assert result.out == ""
    document = run("profiles", "add", "neb2", "--template", "nebius", "--json").document
    assert document["variables_to_set"] == ["NEBIUS_API_KEY"]


def test_a_profile_that_is_there_as_asked_for_is_no_failure_and_another_one_is(
    run: Run, made: Path
) -> None:
    asked = ("profiles", "add", "lab", "--base-url", "https://lab.example/v1", "--header", "x=y")
    assert run(*asked).status == 0
    before = made.read_bytes()
    again = run(*asked)
    assert again.status == 0 and "already, as asked for" in again.err
    assert made.read_bytes() == before
    assert run(*asked, "--api-key-env", "LAB_KEY").status == 2
    assert made.read_bytes() == before


def test_a_profile_that_is_not_there_is_told_how_to_make_where_its_name_is_a_templates(
    run: Run,
) -> None:
    told = run("--profile", "nebius", "jobs").err
    assert "`fttui profiles add nebius --template nebius` makes it" in told
    told = run("--profile", "azure", "jobs").err
    assert "`fttui profiles add azure --template azure --base-url URL` makes it" in told


def test_the_file_is_private_and_the_settings_stay_as_they_were(run: Run, made: Path) -> None:
    config = made.with_name("config.toml")
    made.parent.mkdir(parents=True)
    config.write_text("# mine\n[profiles.old]\nbase_url = 'https://old.example/v1'\n")
    before = config.read_bytes()
    assert run("profiles", "add", "neb", "--template", "nebius").status == 0
    assert made.stat().st_mode & 0o777 == 0o600 and config.read_bytes() == before
    names = [one["name"] for one in run("profiles", "--json").document]
    assert names == ["openai", "old", "neb"]
    config.write_text("[profiles.neb]\nbase_url = 'https://own.example/v1'\n")
    shown = {one["name"]: one["base_url"] for one in run("profiles", "--json").document}
    assert shown["neb"] == "https://own.example/v1"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("neb", "--template", "nebius", "--model", "m"), "already"),
        (("old", "--template", "nebius"), "already"),
        (("openai", "--template", "openai"), "built in"),
        (("a b", "--template", "nebius"), "cannot be a profile's name"),
        (("-x", "--template", "nebius"), ""),
        (("x" * 61, "--template", "nebius"), "cannot be a profile's name"),
        (("x", "--template", "nope"), "There are: openai, azure"),
        (("x",), "--base-url"),
        (("x", "--template", "azure"), "https://{resource}.openai.azure.com"),
        (("x", "--base-url", "https://{host}/v1"), "filled in"),
        (("x", "--base-url", "lab.example/v1"), "https://HOST/v1"),
        (("x", "--base-url", "https://a:b@lab.example/v1"), "user name or password"),
        (("x", "--base-url", "http://lab.example/v1"), "unencrypted"),
        (("x", "--template", "nebius", "--api-key-env", KEY), "not what it holds"),
        (("x", "--template", "nebius", "--header", "authorization=env:X"), "Authorization"),
        (("x", "--template", "nebius", "--header", f"x-key={KEY}"), "looks like a key"),
        (("x", "--template", "nebius", "--header", KEY), "NAME=VALUE"),
        (("x", "--template", "nebius", "--no-key", "--api-key-env", "X"), "Leave one out"),
        (("x", "--template", "nebius", "--key-header", "Authorization"), "not Authorization"),
    ],
)
def test_what_cannot_be_added_is_refused_and_nothing_written(
    run: Run, made: Path, arguments: tuple[str, ...], said: str
) -> None:
    made.parent.mkdir(parents=True)
    made.with_name("config.toml").write_text("[profiles.old]\nbase_url='https://old.example/v1'\n")
    assert run("profiles", "add", "neb", "--template", "nebius").status == 0
    before = made.read_bytes()
    result = run("profiles", "add", *arguments)
    assert result.status == 2 and said in result.err, result.err
    assert made.read_bytes() == before and KEY not in result.err


def test_a_profile_is_taken_out_with_its_key_and_only_one_that_fttui_made(
    run: Run, made: Path, tmp_path: Path
) -> None:
    made.parent.mkdir(parents=True)
    made.with_name("config.toml").write_text("[profiles.old]\nbase_url='https://old.example/v1'\n")
    for name in ("one", "two"):
        assert run("profiles", "add", name, "--template", "nebius").status == 0
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "key").chmod(0o600)
    login = ("login", "--profile", "one", "--where", "file", "--no-verify")
    assert run(*login, "--api-key-file", tmp_path / "key").status == 0
    result = run("profiles", "remove", "one")
    assert result.status == 0 and "Its key is removed" in result.err
    assert [one["name"] for one in run("profiles", "--json").document] == ["openai", "old", "two"]
    for name, said in (
        ("one", "made no profile"),
        ("old", "which you write"),
        ("openai", "made no"),
    ):
        refused = run("profiles", "remove", name)
        assert refused.status == 2 and said in refused.err


def test_a_file_of_profiles_that_is_broken_is_told_and_never_written_over(
    run: Run, made: Path
) -> None:
    made.parent.mkdir(parents=True)
    for content in ("[profiles.x\n", '[profiles.x]\napi_key = "sk-abcdefgh1234"\n'):
        made.write_text(content)
        for command in (("profiles",), ("profiles", "add", "neb", "--template", "nebius")):
            result = run(*command)
            assert result.status == 2 and str(made) in result.err
            assert "sk-abcdefgh1234" not in result.err
        assert made.read_text() == content


def test_profiles_that_are_added_at_one_time_are_all_there(tmp_path: Path) -> None:
    config = tmp_path / "folder" / "config.toml"
    values = {"base_url": "https://lab.example/v1"}
    threads = [
        threading.Thread(target=add_profile, args=(config, f"p{n}", values)) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(load_settings(config).profiles) == {"openai", *(f"p{n}" for n in range(8))}
    assert os.listdir(config.parent) == ["profiles.toml"]


json_values = st.recursive(
    st.booleans() | st.integers(-(2**62), 2**62) | st.text(st.characters(exclude_categories=["Cs"]))
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), json_values, max_size=4))
def test_what_is_written_is_read_back_as_it_was(value: dict[str, object]) -> None:
    assert tomllib.loads(f"x = {_toml(value)}\n")["x"] == value


def test_a_profile_survives_the_changes_to_others(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    values = {
        "base_url": "https://lab.example/v1",
        "api_key": "none",
        "extra_headers": {"x-a": 'quo"te', "x-b": "env:LAB"},
        "hyperparameters": {"lora": True, "r": [1, 2.5, "é"], "deep": {"a b": "\\n"}},
    }
    add_profile(config, "one", values)
    before = load_settings(config).profiles["one"]
    add_profile(config, "two", {"base_url": "https://two.example/v1"})
    remove_profile(config, "two")
    assert load_settings(config).profiles["one"] == before
    assert before.hyperparameters == values["hyperparameters"]
