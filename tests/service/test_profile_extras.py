"""What a profile has sent beside the usual reaches its own server with every call, and no other."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faults.harness import hasty, write_rows
from fttui.services.endpoint.errors import NotSentError, Outcome, ServiceError
from fttui.services.job_form import JobForm
from fttui.services.session import Session
from fttui.services.submission.types import Draft
from fttui.storage.secrets import redact
from fttui.storage.settings import Profile, SettingsError
from fttui.training_data.files import open_checked
from recording_endpoint import Recording, recording_endpoint

KEY = "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x"
VENDOR_KEY = "vendor-Zz9yXx8wVv7uTt6sRr5qPp4o"
CERTIFICATE = Path(__file__).parent.parent / "localhost.pem"
FORM = JobForm(model="a-model", n_epochs="2", further={"lora_r": 8, "packing": True})
PROFILE = """
[profiles.lab]
base_url = "{url}"
api_key_env = "LAB_KEY"
[profiles.lab.extra_headers]
x-portkey-provider = "openai"
x-portkey-api-key = "env:VENDOR_KEY"
[profiles.lab.extra_query]
custom_llm_provider = "openai"
[profiles.lab.extra_body]
device_type = "n300"
billing = {{account = "env:VENDOR_KEY"}}
"""


@pytest.fixture
def there() -> Iterator[Recording]:
    with recording_endpoint() as place:
        yield place


Opened = Callable[..., Session]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Opens sessions with a settings file of these words."""
    path = tmp_path / "config.toml"
    with ExitStack() as stack:

        def open_one(text: str, profile: str = "lab", **environ: str) -> Session:
            path.write_text(text)
            path.chmod(0o600)
            given_environ = {"LAB_KEY": KEY, "VENDOR_KEY": VENDOR_KEY, **environ}
            options = hasty(tmp_path / "journal")
            session = Session.open(
                config=path, profile=profile, environ=given_environ, options=options
            )
            stack.callback(session.close)
            return session

        yield open_one


def every_call(session: Session, tmp_path: Path) -> None:
    """Make each call that there is; some of them fail, which is no matter here."""
    handle, wait = session.handle, session.thread.wait
    path = write_rows(tmp_path / "train.jsonl")
    with open_checked(path) as file:
        calls = [
            handle.list_models(),
            handle.list_jobs(limit=1),
            handle.retrieve_job("ftjob-1"),
            handle.list_events("ftjob-1"),
            handle.list_checkpoints("ftjob-1"),
            handle.cancel_fine_tuning_job("ftjob-1"),
            handle.pause_job("ftjob-1"),
            handle.list_files(),
            handle.retrieve_file("file-1"),
            handle.file_content("file-1"),
            handle.delete_file("file-1"),
            handle.create_upload("train.jsonl", 5),
            handle.cancel_upload("upload_1"),
            handle.upload_training_file(file),
            handle.create_fine_tuning_job(
                FORM.to_request(session.endpoint.profile).with_files("file-1")
            ),
        ]
        for call in calls:
            try:
                wait(call)
            except ServiceError:
                continue


def test_headers_and_query_go_with_every_call(
    there: Recording, opened: Opened, tmp_path: Path
) -> None:
    every_call(opened(PROFILE.format(url=there.base_url)), tmp_path)
    assert len({request.call for request in there.requests}) >= 14
    for request in there.requests:
        assert request.headers["x-portkey-provider"] == "openai"
        assert request.headers["x-portkey-api-key"] == VENDOR_KEY
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.query["custom_llm_provider"] == "openai"
    (listed,) = there.of("GET fine_tuning/jobs")
    assert listed.query == {"limit": "1", "custom_llm_provider": "openai"}


def test_the_body_goes_into_the_create_call_alone(
    there: Recording, opened: Opened, tmp_path: Path
) -> None:
    every_call(opened(PROFILE.format(url=there.base_url)), tmp_path)
    for request in there.requests:
        is_create = request.call == "POST fine_tuning/jobs"
        assert (b"device_type" in request.body) is is_create
    (created,) = there.of("POST fine_tuning/jobs")
    assert created.json["device_type"] == "n300"
    assert created.json["billing"] == {"account": VENDOR_KEY}
    assert created.json["method"]["supervised"]["hyperparameters"] == {
        "lora_r": 8, "packing": True, "n_epochs": 2,
    }  # fmt: skip


def test_the_journal_keeps_what_is_sent_but_no_key(
    there: Recording, opened: Opened, tmp_path: Path
) -> None:
    session = opened(PROFILE.format(url=there.base_url))
    request = FORM.to_request(session.endpoint.profile)
    with open_checked(write_rows(tmp_path / "train.jsonl")) as file:
        draft = Draft(request, file)
        session.thread.wait(session.submissions.submit(draft))
    kept = session.submissions.find(draft.id)
    assert kept is not None and kept.request == request
    assert kept.request.extra_body["billing"] == {"account": "env:VENDOR_KEY"}
    (created,) = there.of("POST fine_tuning/jobs")
    assert created.json["billing"] == {"account": VENDOR_KEY}
    for path in (tmp_path / "journal").rglob("*"):
        assert path.is_dir() or VENDOR_KEY.encode() not in path.read_bytes()


def test_a_job_that_was_confirmed_with_another_profile_s_variable_is_not_sent(
    there: Recording, opened: Opened
) -> None:
    profile = Profile(extra_body={"billing": "env:VENDOR_KEY"})
    session = opened(f'[profiles.lab]\nbase_url = "{there.base_url}"\napi_key_env = "LAB_KEY"\n')
    request = FORM.to_request(profile).with_files("file-1")
    with pytest.raises(NotSentError, match="VENDOR_KEY") as caught:
        session.thread.wait(session.handle.create_fine_tuning_job(request))
    assert caught.value.outcome is Outcome.NOT_SENT and there.requests == []


def test_what_a_variable_holds_is_hidden_like_a_key(there: Recording, opened: Opened) -> None:
    opened(PROFILE.format(url=there.base_url))
    assert VENDOR_KEY not in redact(f"you sent {VENDOR_KEY}, did you?")


def test_what_a_user_typed_is_never_read_from_the_environment(
    there: Recording, opened: Opened
) -> None:
    session = opened(PROFILE.format(url=there.base_url))
    form = JobForm(
        model="env:VENDOR_KEY", further={"x": "env:VENDOR_KEY"}, metadata={"x": "env:VENDOR_KEY"}
    )
    request = form.to_request(session.endpoint.profile).with_files("file-1")
    session.thread.wait(session.handle.create_fine_tuning_job(request))
    (created,) = there.of("POST fine_tuning/jobs")
    assert created.json["model"] == "env:VENDOR_KEY"
    assert created.json["metadata"] == {"x": "env:VENDOR_KEY"}
    assert created.json["method"]["supervised"]["hyperparameters"] == {"x": "env:VENDOR_KEY"}


def test_without_a_key_no_authorization_is_sent_at_all(
    there: Recording, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login x password y\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    session = opened(f'[profiles.lab]\nbase_url = "{there.base_url}"\napi_key = "none"\n')
    assert session.key_route == f"no key -> {session.endpoint.host}"
    every_call(session, tmp_path)
    assert len(there.requests) >= 14
    for request in there.requests:
        assert "authorization" not in request.headers
        assert not request.holds(KEY) and "none" not in request.headers.values()


def test_without_a_key_none_goes_in_another_header_either(there: Recording, opened: Opened) -> None:
    text = f'[profiles.lab]\nbase_url = "{there.base_url}"\napi_key = "none"\n'
    session = opened(f'{text}key_header = "api-key"\n')
    session.thread.wait(session.handle.list_jobs())
    assert not {"api-key", "authorization"} & set(there.requests[0].headers)


def test_a_job_at_another_server_is_made_without_the_profile_s_body(
    there: Recording, opened: Opened
) -> None:
    text = 'profile = "lab"\n[profiles.lab]\nbase_url = "https://lab.example/v1"\n'
    text += 'suffix = "needed"\n[profiles.lab.extra_body]\ndevice_type = "n300"\n'
    text += "[profiles.lab.hyperparameters]\nrank = 8\n"
    session = opened(text, "", OPENAI_BASE_URL=there.base_url, OPENAI_API_KEY=KEY)
    request = JobForm(model="a-model").to_request(session.endpoint.profile).with_files("file-1")
    session.thread.wait(session.handle.create_fine_tuning_job(request))
    (created,) = there.of("POST fine_tuning/jobs")
    assert b"n300" not in created.body and b"rank" not in created.body


def test_the_key_goes_in_the_header_that_the_profile_names(
    there: Recording, opened: Opened, tmp_path: Path
) -> None:
    profile = f'[profiles.lab]\nbase_url = "{there.base_url}"\napi_key_env = "LAB_KEY"\n'
    every_call(opened(f'{profile}key_header = "api-key"\n'), tmp_path)
    assert len(there.requests) >= 14
    for request in there.requests:
        assert request.headers["api-key"] == KEY
        assert "authorization" not in request.headers


def test_a_token_of_thousands_of_characters_is_sent_whole(there: Recording, opened: Opened) -> None:
    session = opened(
        f'[profiles.lab]\nbase_url = "{there.base_url}"\napi_key_env = "LAB_KEY"\n',
        LAB_KEY="x" * 8192,
    )
    session.thread.wait(session.handle.list_jobs())
    assert there.requests[0].headers["authorization"] == f"Bearer {'x' * 8192}"


@pytest.mark.parametrize("environ", [{"VENDOR_KEY": ""}, {"VENDOR_KEY": "two\nlines"}])
def test_a_variable_that_cannot_be_sent_is_named_before_anything_is(
    there: Recording, opened: Opened, environ: dict[str, str]
) -> None:
    with pytest.raises(SettingsError, match="VENDOR_KEY, which ") as caught:
        opened(PROFILE.format(url=there.base_url), **environ)
    assert "lines" not in str(caught.value) and there.requests == []


@given(
    st.sampled_from(["env", "profile"]),
    st.sampled_from(["", 'api_key = "none"\n', 'key_header = "api-key"\n']),
    st.booleans(),
    st.booleans(),
)
@settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_nothing_of_a_profile_reaches_another_server(
    opened: Opened, how: str, key_words: str, has_env_key: bool, is_https_like: bool
) -> None:
    with recording_endpoint() as here, recording_endpoint() as there:
        text = PROFILE.format(url=here.base_url).replace('api_key_env = "LAB_KEY"\n', key_words)
        if "none" not in key_words:
            text = text.replace("[profiles.lab]\n", '[profiles.lab]\napi_key_env = "LAB_KEY"\n')
        text = f'profile = "lab"\n{text}\n[profiles.other]\nbase_url = "{there.base_url}"\n'
        text += 'api_key_env = "OTHER_KEY"\n'
        environ = {"OTHER_KEY": "sk-other-Mm1Nn2Oo3Pp4Qq5Rr6"}
        if how == "env":
            environ["OPENAI_BASE_URL"] = there.base_url
            environ |= {"OPENAI_API_KEY": "sk-env-Mm1Nn2Oo3Pp4Qq5Rr6"} if has_env_key else {}
        session = opened(text, "" if how == "env" else "other", **environ)
        calls: list[Any] = [lambda: session.handle.list_jobs(), lambda: session.handle.list_files()]
        if is_https_like:
            calls.reverse()
        request = FORM.to_request(session.endpoint.profile).with_files("file-1")
        calls.append(lambda: session.handle.create_fine_tuning_job(request))
        for call in calls:
            try:
                session.thread.wait(call())
            except ServiceError:
                continue
        assert here.requests == []
        for sent in there.requests:
            assert not sent.holds(KEY) and not sent.holds(VENDOR_KEY)
            assert "x-portkey-provider" not in sent.headers and "api-key" not in sent.headers
            assert "custom_llm_provider" not in sent.query and b"device_type" not in sent.body


@pytest.fixture
def behind_tls() -> Iterator[Recording]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with recording_endpoint(context) as place:
        yield place


def test_a_certificate_of_one_s_own_counts_where_a_tunnel_ends_on_this_machine(
    behind_tls: Recording, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = f'[profiles.lab]\nbase_url = "{behind_tls.base_url}"\napi_key_env = "LAB_KEY"\n'
    with pytest.raises(NotSentError, match="is not trusted") as caught:
        session = opened(profile)
        session.thread.wait(session.handle.prepare())
        session.thread.wait(session.handle.list_jobs())
    assert "SSL_CERT_FILE" in caught.value.hint and behind_tls.requests == []
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    session = opened(profile)
    session.thread.wait(session.handle.list_jobs())
    assert behind_tls.calls() == ["GET fine_tuning/jobs"]


def test_https_to_a_server_without_encryption_is_told_as_that(
    there: Recording, opened: Opened
) -> None:
    url = there.base_url.replace("http://", "https://")
    session = opened(f'[profiles.lab]\nbase_url = "{url}"\napi_key_env = "LAB_KEY"\n')
    with pytest.raises(NotSentError) as caught:
        session.thread.wait(session.handle.list_jobs())
    assert "does not speak https" in caught.value.sentence
    assert "http://" in caught.value.hint and "SSL_CERT_FILE" not in caught.value.full_text
    assert os.environ.get("SSL_CERT_FILE") is None


def test_what_was_left_open_at_one_path_of_a_gateway_is_not_offered_at_another(
    there: Recording, opened: Opened, tmp_path: Path
) -> None:
    there.answers["POST fine_tuning/jobs"] = 500, {"error": {"message": "oops"}}
    text = '[profiles.lab]\nbase_url = "{url}/{path}/v1/"\napi_key_env = "LAB_KEY"\n'
    url = there.base_url.removesuffix("/v1")
    first = opened(text.format(url=url, path="one"))
    request = FORM.to_request(first.endpoint.profile)
    with open_checked(write_rows(tmp_path / "train.jsonl")) as file:
        draft = Draft(request, file)
        with pytest.raises(ServiceError):
            first.thread.wait(first.submissions.submit(draft))
    kinds = [item.submission_id for item in first.submissions.unfinished_items()]
    assert kinds == [draft.id]
    first.close()
    assert opened(text.format(url=url, path="two")).submissions.unfinished_items() == []
    again = opened(text.format(url=url, path="one"))
    assert [item.submission_id for item in again.submissions.unfinished_items()] == [draft.id]
