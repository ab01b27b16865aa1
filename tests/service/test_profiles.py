"""Profiles as the app makes, changes and opens them; whose account each of them is."""

from __future__ import annotations

import argparse
import os
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from faults.harness import draft_of, hasty, write_rows
from fttui.cli.app_sessions import AppSessions
from fttui.server import SandboxServer
from fttui.services.archive.begin import usual_folder
from fttui.services.moving.moves import move_key
from fttui.services.profiles.drafts import (
    ProfileDraft,
    draft_from,
    free_name,
    problems_of,
    sent_along,
    template_values,
    unset_variables,
    values_from,
)
from fttui.services.profiles.forgetting import forget_key
from fttui.services.profiles.keys import key_of
from fttui.services.profiles.known import read_profiles
from fttui.services.profiles.sessions import ProfileSessions
from fttui.services.session import Session
from fttui.services.submission.recovery import OtherAccountError
from fttui.services.submission.sweeps import Sweeps, as_rows
from fttui.storage.credentials import Credential, key_file, store_key
from fttui.storage.made_profiles import add_profile, change_profile, made_values
from fttui.storage.secrets import Secret, looks_like_key
from fttui.storage.settings import SettingsError, load_settings, made_path, settings_path
from fttui.storage.templates import templates

GOOD = ProfileDraft("lab", "https://lab.example/v1", "LAB_KEY")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("base_url", "https://{host}/v1"),
        ("base_url", "https://me:secret@lab.example/v1"),
        ("base_url", "https://lab.example/v1\x1b]52;c;cm0=\x07"),
        ("base_url", "ftp://lab.example"),
        ("base_url", ""),
        ("name", "[bold]lab[/bold]"),
        ("name", "taken"),
        ("name", ""),
        ("key_variable", "not a name"),
        ("key_header", "Authorization"),
        ("organization", "org\nX-Other: 1"),
    ],
)
def test_a_form_that_cannot_be_written_says_which_field_is_wrong(field: str, text: str) -> None:
    from dataclasses import replace

    assert problems_of(GOOD) == {}
    assert [*problems_of(replace(GOOD, **{field: text}), taken=["taken"])] == [field]


def test_every_template_can_be_written_once_its_blanks_are_filled_in() -> None:
    for name, template in templates().items():
        values = template_values(template)
        draft = draft_from(name, values)
        assert bool(problems_of(draft)) == bool(template.placeholder)
        filled = draft.base_url.replace("{" + template.placeholder + "}", "lab.example")
        from dataclasses import replace

        add_profile(settings_path(), free_name(name, ["openai"]), values_from(
            replace(draft, base_url=filled), values))  # fmt: skip
    profiles = load_settings(settings_path()).profiles
    assert profiles["bedrock"].graders == ["lambda"]
    assert profiles["local"].api_key_file.endswith("serve/key")
    assert profiles["openai-2"].api_key_env == "OPENAI_API_KEY"


def test_a_far_http_address_is_written_only_with_consent_and_the_key_file_stays_with_its_address(
) -> None:  # fmt: skip
    draft = ProfileDraft("lab", "http://lab.example/v1", "none")
    assert draft.sends_unencrypted
    assert "allow_insecure_http" not in values_from(draft, {})
    assert values_from(draft, {}, allow_http=True)["allow_insecure_http"] is True
    assert values_from(draft, {})["api_key"] == "none"
    before = {"base_url": "http://127.0.0.1:1/v1", "api_key_file": "/k", "api_key_env": "none"}
    assert "api_key_file" not in values_from(draft, before)
    assert not ProfileDraft("lab", "http://127.0.0.1:1/v1").sends_unencrypted
    assert unset_variables({"api_key_env": "A", "extra_query": {"q": "env:B"}}, {"A": "x"}) == ["B"]


def test_secrets_that_the_form_does_not_show_are_told_before_they_go_to_another_server() -> None:
    before = {
        "base_url": "https://gateway.example/v1",
        "extra_headers": {"x-team": "desk", "x-portkey-api-key": "env:PORTKEY_API_KEY"},
        "extra_body": {"a": [{"b": "env:B"}]},
    }
    moved = ProfileDraft("lab", "https://gateway.example.evil.example/v1")
    assert sent_along(moved, before) == {"x-portkey-api-key": "PORTKEY_API_KEY", "a": "B"}
    assert sent_along(ProfileDraft("lab", "https://GATEWAY.example:443/v2"), before) == {}
    assert sent_along(moved, {"base_url": before["base_url"], "extra_headers": {"a": "b"}}) == {}


def test_a_profile_that_another_program_has_changed_meanwhile_is_not_written_over() -> None:
    config = settings_path()
    add_profile(config, "lab", values_from(GOOD, {}))
    before = made_values(config, "lab")
    text = made_path(config).read_text().replace("lab.example", "other.example")
    made_path(config).write_text(text)
    with pytest.raises(SettingsError, match="changed by another program"):
        change_profile(config, "lab", before, values_from(GOOD, before))
    assert made_values(config, "lab")["base_url"] == "https://other.example/v1"
    made_path(config).write_text("[profiles.lab\n")
    with pytest.raises(SettingsError, match="not valid TOML"):
        read_profiles(config, os.environ)
    assert made_path(config).read_text() == "[profiles.lab\n"


@pytest.mark.parametrize(
    ("text", "any_long_word", "is_key"),
    [
        ("sk-proj-abcdef12", True, True),
        ("https://sk-abcdef1234567890@lab.example/v1", False, True),
        ("3f2a9c4d8e1b4f6aa0c1d2e3f4a5b6c7", True, True),
        ("https://gateway.example/v1/3f2a9c4d8e1b4f6aa0c1d2e3f4a5b6c7/openai", False, False),
        ("AWS_BEARER_TOKEN_BEDROCK", True, False),
        ("meta-llama/Llama-3.1-8B-Instruct", True, False),
        ("org-AbCdEfGhIjKlMnOpQrStUv12", False, False),
    ],
)
def test_what_looks_like_a_key_is_known(text: str, any_long_word: bool, is_key: bool) -> None:
    assert looks_like_key(text, any_long_word=any_long_word) is is_key


def profiles_file(*lines: str) -> None:
    settings_path().parent.mkdir(parents=True, exist_ok=True)
    settings_path().write_text("\n".join(lines))


def test_a_key_given_for_this_run_comes_back_with_its_profile_and_goes_nowhere_else(
    sandbox: SandboxServer,
) -> None:
    url = f'base_url = "{sandbox.base_url}"'
    profiles_file("[profiles.one]", url, 'api_key_env = "A"', "[profiles.two]", url,
                  'api_key_env = "B"')  # fmt: skip
    environ = {**os.environ, "A": "sk-first-key-0001", "B": "sk-other-key-0002"}
    first = Session.open(profile="one", environ=environ)
    sessions = ProfileSessions(first, environ=environ, asked="one")
    sessions.give_key(first.endpoint, Credential(Secret("sk-given-key-0003"), "typed", "typed key"))
    with_key = {name: sessions.open(name) for name in ("one", "two", "")}
    endings = {name: one.credential.secret.ending for name, one in with_key.items()}
    assert endings == {"one": "…0003", "two": "…0002", "": "…0003"}
    for one in (*with_key.values(), first):
        sessions.leave(one)
    sessions.end()


def test_the_first_profile_is_gone_back_to_also_when_the_settings_name_another_by_then(
    sandbox: SandboxServer,
) -> None:
    both = [line for name in ("one", "two")
            for line in (f"[profiles.{name}]", f'base_url = "{sandbox.base_url}"',
                         f'api_key_env = "{name}"')]  # fmt: skip
    environ = {"one": "sk-first-key-0001", "two": "sk-other-key-0002"}
    profiles_file('profile = "one"', *both)
    asked = {"profile": "", "config": None, "archive": None, "api_key_file": None}
    args = argparse.Namespace(**asked, json=False, color="never")
    with patch.dict(os.environ, environ), closing(Session.open()) as first:
        profiles_file('profile = "two"', *both)
        for sessions in (ProfileSessions(first), AppSessions(args, first)):
            back = sessions.open("one")
            assert back.endpoint.profile.name == "one"
            sessions.leave(back)
            sessions.end()


def test_accounts_are_apart_by_key_and_place_and_not_by_the_name_of_a_profile(
    sandbox: SandboxServer,
) -> None:
    lines = []
    for name, path, key in (("a", "v1", "A"), ("b", "v1", "B"), ("again", "v1", "A"),
                            ("path", "other/v1", "A")):  # fmt: skip
        lines += [f"[profiles.{name}]", f'base_url = "http://127.0.0.1:9/{path}"',
                  f'api_key_env = "{key}"']  # fmt: skip
    profiles_file(*lines, 'organization = "org-1"')
    environ = {**os.environ, "A": "sk-first-key-0001", "B": "sk-other-key-0002"}
    opened = {
        name: Session.open(profile=name, environ=environ) for name in ("a", "b", "again", "path")
    }
    accounts = {name: one.account for name, one in opened.items()}
    assert accounts["a"] == accounts["again"]
    assert len({(one.key, one.place) for one in accounts.values()}) == 3
    owners = {name: one.list_owner for name, one in opened.items()}
    assert owners["a"] == owners["again"]
    assert len({*owners.values()}) == 3
    raw = opened["a"].annotations, opened["b"].annotations
    assert raw[0] is not raw[1]
    for one in opened.values():
        one.close()


def test_a_kept_key_is_seen_without_being_shown_and_can_be_forgotten() -> None:
    add_profile(settings_path(), "lab", values_from(ProfileDraft("lab", GOOD.base_url), {}))
    (known,) = (one for one in read_profiles(settings_path(), os.environ) if one.name == "lab")
    assert known.is_made
    assert key_of(known, os.environ).source == ""
    store_key("lab", known.endpoint.origin, Secret("sk-kept-for-the-lab-77ab"), where="file")
    seen = key_of(known, os.environ)
    assert (seen.is_kept, seen.ending) == (True, "…77ab")
    assert "sk-kept" not in repr(seen)
    assert "is removed from" in forget_key(known)
    assert not Path(key_file("lab")).exists()


def test_what_one_organization_has_asked_for_is_not_done_in_the_name_of_another(
    sandbox: SandboxServer, tmp_path: Path
) -> None:
    lines = []
    for name in ("a", "b"):
        lines += [f"[profiles.{name}]", f'base_url = "{sandbox.base_url}"', 'api_key_env = "A"',
                  f'organization = "org-{name}"']  # fmt: skip
    profiles_file(*lines)
    environ = {**os.environ, "A": sandbox.api_key}
    asked, other = (
        Session.open(profile=name, environ=environ, options=hasty(tmp_path)) for name in ("a", "b")
    )
    sweeps = {one: Sweeps(one.submissions, one.annotations) for one in (asked, other)}
    with draft_of(write_rows(tmp_path / "rows.jsonl")) as draft:
        begun = asked.thread.wait(sweeps[asked].begin(as_rows([draft], "command", [None])))
    assert sweeps[other].find("command") == []
    with pytest.raises(OtherAccountError):
        other.thread.wait(other.submissions.recover(begun[0].id, "take_up"))
    listed = other.thread.wait(other.handle.list_jobs())
    assert listed.items == ()
    assert [one.id for one in sweeps[asked].find("command")] == [one.id for one in begun]
    assert asked.thread.wait(asked.submissions.recover(begun[0].id, "take_up")) is not None
    assert asked.account != other.account
    assert usual_folder(asked.account) != usual_folder(other.account)
    assert move_key(asked.account) != move_key(other.account)
    for one in (asked, other):
        one.close()
