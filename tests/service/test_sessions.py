"""One run's session: where its key comes from, what it says without one, how it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from faults.harness import Truth, draft_of, hasty, write_rows
from faults.proxy import Fault, FaultProxy
from fttui.server import SandboxServer
from fttui.services.endpoint.errors import Outcome, UnauthorizedError
from fttui.services.session import NoKeyError, Session
from fttui.services.submission.submissions import SubmissionProgress
from fttui.storage import credentials
from fttui.storage.secrets import parse_key, redact
from fttui.storage.settings import SettingsError
from waiting import PATIENCE, wait_until


@pytest.fixture
def truth(sandbox: SandboxServer) -> Iterator[Truth]:
    found = Truth(sandbox)
    yield found
    found.close()


def test_without_a_key_nothing_is_opened_and_the_way_out_is_said() -> None:
    session = Session.open(environ={})
    assert session.credential is None and session.key_problem == ""
    for ask in (lambda: session.handle, lambda: session.submissions):
        with pytest.raises(NoKeyError) as error:
            ask()
        assert error.value.outcome is Outcome.NOT_SENT
        assert "OPENAI_API_KEY" in error.value.hint and "fttui demo" in error.value.hint
    session.close()


def test_a_key_that_cannot_be_one_is_a_problem_to_show_not_a_crash() -> None:
    session = Session.open(environ={"OPENAI_API_KEY": "sk-abc def ghi jkl"})
    assert session.credential is None
    assert "OPENAI_API_KEY" in session.key_problem and "def" not in session.key_problem
    with pytest.raises(NoKeyError, match="OPENAI_API_KEY"):
        _ = session.handle


class SilentRing(KeyringBackend):
    """A keyring that waits for somebody to unlock it."""

    priority = 5.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.unlocked = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.unlocked.wait()
        return None

    set_password = delete_password = get_password  # type: ignore[assignment]


def test_a_keyring_that_does_not_answer_is_told_where_a_key_is_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(credentials, "KEYRING_SECONDS", 0.05)
    ring = SilentRing()
    monkeypatch.setattr(keyring, "get_keyring", lambda: ring)
    session = Session.open(environ={})
    ring.unlocked.set()
    with pytest.raises(NoKeyError, match="keyring cannot be read: it did not answer") as error:
        _ = session.handle
    assert "There is no API key" not in error.value.full_text
    session.close()


def settings_with_key_file(folder: Path, path: Path) -> Path:
    config = folder / "config.toml"
    text = f'base_url = "https://lab.example/v1"\napi_key_file = "{path}"\n'
    config.write_text(f'profile = "lab"\n[profiles.lab]\n{text}')
    return config


def test_the_key_file_of_a_profile_is_read_and_one_that_is_refused_is_told(tmp_path: Path) -> None:
    path = tmp_path / "lab.key"
    path.write_text("sk-lab-1234567890")
    path.chmod(0o600)
    config = settings_with_key_file(tmp_path, path)
    environ = {"OPENAI_API_KEY": "sk-openai-1234567890"}
    session = Session.open(config=config, environ=environ)
    assert session.key_route == "key file -> lab.example"
    assert session.key_problem == "" and "OPENAI_API_KEY is not sent" in session.key_notes[0]
    config.write_text(config.read_text() + 'api_key_env = "LAB_KEY"\n')
    both = Session.open(config=config, environ={"LAB_KEY": "sk-other-1234567890"})
    assert both.key_route == "LAB_KEY -> lab.example"
    path.chmod(0o640)
    refused = Session.open(config=config, environ={})
    assert refused.credential is None and refused.key_route == "no key -> lab.example"
    assert "chmod 600" in refused.key_problem
    with pytest.raises(NoKeyError, match="chmod 600") as error:
        _ = refused.handle
    assert "Set LAB_KEY, or run `fttui login --profile lab`" in error.value.hint


def test_keys_that_are_set_are_hidden_whether_or_not_they_are_used(tmp_path: Path) -> None:
    config = settings_with_key_file(tmp_path, tmp_path / "none")
    keys = {"OPENAI_API_KEY": "unused-Ab3dEf6hIj9l", "OPENAI_ADMIN_KEY": "admin-Zx8cVb7nMm6k"}
    Session.open(config=config, environ=keys)
    for key in keys.values():
        assert key[:10] not in redact(f"text {key} text")


def test_a_typed_key_is_used_from_then_on(sandbox: SandboxServer) -> None:
    session = Session.open(environ={"OPENAI_BASE_URL": sandbox.base_url})
    session.key_problem = "The key file cannot be read."
    session.with_key(parse_key("sk-wrong-key-1234"))
    assert session.key_problem == ""
    first, old = session.submissions, session.handle
    with pytest.raises(UnauthorizedError):
        session.thread.wait(old.verify())
    assert old._wire._connection._http is not None
    session.with_key(parse_key(sandbox.api_key))
    assert session.key_route == f"typed key -> {session.endpoint.host}"
    session.thread.wait(session.handle.verify())
    assert session.submissions is not first
    wait_until(lambda: old._wire._connection._http is None, "the old connections stay open")
    session.close()


def test_settings_that_cannot_be_used_end_it_before_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("profile = 'none'")
    with pytest.raises(SettingsError, match="no profile 'none'"):
        Session.open(config=path, environ={})


def test_closing_waits_for_a_create_call_that_is_on_its_way(
    open_session: Callable[..., Session],
    fault_proxy: FaultProxy,
    truth: Truth,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = open_session(fault_proxy.base_url, hasty(tmp_path / "journal"))
    fault_proxy.script("POST /fine_tuning/jobs$", Fault("held"))
    settle = session.submissions.settle

    async def answer_and_settle() -> None:
        fault_proxy.let_go()
        await settle()

    monkeypatch.setattr(session.submissions, "settle", answer_and_settle)
    submission_id = _close_while_sending(
        session, tmp_path, lambda: fault_proxy.seen["POST /fine_tuning/jobs"], grace=PATIENCE
    )
    (job,) = truth.jobs(submission_id)
    later = open_session(fault_proxy.base_url, hasty(tmp_path / "journal"))
    (item,) = later.submissions.unfinished_items()
    assert item.kind == "untold" and job.id in item.sentence
    assert fault_proxy.seen["POST /fine_tuning/jobs"] == 1


def test_closing_leaves_an_unanswered_create_call_in_the_journal_as_unknown(
    open_session: Callable[..., Session], fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
) -> None:
    session = open_session(fault_proxy.base_url, hasty(tmp_path / "journal"))
    fault_proxy.script("POST /fine_tuning/jobs$", Fault("hang"))
    hangs = threading.Event()
    fault_proxy.on_silence = lambda _: hangs.set()
    submission_id = _close_while_sending(session, tmp_path, hangs.is_set, grace=0.3)
    later = open_session(fault_proxy.base_url, hasty(tmp_path / "journal"))
    (item,) = later.submissions.unfinished_items()
    assert (item.submission_id, item.kind) == (submission_id, "unknown")
    assert item.actions[0] == "look_up"
    job = later.thread.wait(later.submissions.recover(submission_id, "look_up"))
    assert job is not None and [found.id for found in truth.jobs()] == [job.id]


def _close_while_sending(
    session: Session, tmp_path: Path, is_sent: Callable[[], object], grace: float
) -> str:
    with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
        session.thread.start(session.submissions.submit(draft, report=False))
        wait_until(is_sent, "the job was not sent")
        assert session.submissions.has_paid_calls
        session.close(grace)
    return draft.id


def test_closing_during_an_upload_keeps_what_is_acknowledged(
    open_session: Callable[..., Session], fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
) -> None:
    options = hasty(tmp_path / "journal", direct_bytes=1, part_bytes=2**20, window=1)
    session = open_session(fault_proxy.base_url, options)
    path = write_rows(tmp_path / "a.jsonl", 60, filler=75_000)
    two_parts = threading.Event()

    def told(progress: SubmissionProgress) -> None:
        if progress.bytes_acknowledged >= 2**21:
            session.submissions.pause(progress.submission_id)
            two_parts.set()

    with draft_of(path) as draft:
        session.thread.start(session.submissions.submit(draft, told))
        assert two_parts.wait(PATIENCE)
        session.close(1.0)
    later = open_session(fault_proxy.base_url, options)
    (item,) = later.submissions.unfinished_items()
    assert item.kind == "upload" and not item.busy
    fault_proxy.calm()
    job = later.thread.wait(later.submissions.recover(draft.id, "resume"))
    assert job is not None and truth.content(job.training_file or "") == path.read_bytes()
    assert sum(n for route, n in fault_proxy.seen.items() if route.endswith("/parts")) <= 3
