"""Keys are found in one order, and never read from where others could have put them."""

import os
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from fttui.storage import credentials
from fttui.storage.credentials import (
    KEYRING_SERVICE,
    OPENAI_ORIGIN,
    KeyringUnavailable,
    delete_key,
    find_key,
    key_file,
    read_key_file,
    store_key,
)
from fttui.storage.folders import FolderRefused
from fttui.storage.secrets import KeyRefused, Secret

KEY = "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x"
OTHER = "sk-proj-Zz9yXx8wVv7uTt6sRr5qPp4o"
ORIGIN = "https://api.lab.example"
ELSEWHERE = "https://api.lab.example:8443"


class MemoryRing(KeyringBackend):
    """A keyring that works, without a desktop."""

    priority = 5.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class SilentRing(MemoryRing):
    """A keyring that waits for somebody to unlock it."""

    def __init__(self) -> None:
        super().__init__()
        self.unlocked = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.unlocked.wait()
        return None


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    keyring.set_keyring(NoKeyring())
    yield tmp_path
    keyring.set_keyring(NoKeyring())  # other tests in this process look for keys too


@pytest.fixture
def ring() -> MemoryRing:
    ring = MemoryRing()
    keyring.set_keyring(ring)
    return ring


class BrokenRing(MemoryRing):
    """A keyring whose service has gone."""

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError(f"no answer for {KEY}")


def found(origin: str = ORIGIN, **options: object) -> tuple[str, str, str] | None:
    """The key, its source and the source's name, from an environment without one."""
    search = find_key("default", origin, **({"environ": {}} | options))
    one = search.credential
    return one and (one.secret.reveal(), one.source, one.name)


def test_the_order_is_environment_keyring_file(ring: MemoryRing) -> None:
    assert find_key("default", ORIGIN, environ={}).credential is None
    store_key("default", ORIGIN, Secret(KEY + "f"), where="file")
    assert found() == (KEY + "f", f"the file {key_file('default')}", "key file")
    store_key("default", ORIGIN, Secret(KEY + "r"), where="keyring")
    assert found() == (KEY + "r", "the system keyring", "keyring")
    environ = {"OPENAI_API_KEY": f"  {KEY}e\n"}
    assert found(environ=environ) == (
        KEY + "e",
        "the environment variable OPENAI_API_KEY",
        "OPENAI_API_KEY",
    )


def test_a_key_of_an_older_version_gives_way_to_the_one_that_is_kept_now(ring: MemoryRing) -> None:
    ring.kept[KEYRING_SERVICE, "default"] = "sk-proj-Ab3dEf6hT3BlbkFJQr5tUv8x"
    store_key("default", OPENAI_ORIGIN, Secret(KEY), where="file")
    assert (found(OPENAI_ORIGIN) or ("",))[0] == KEY


def test_a_key_that_is_kept_anew_leaves_none_in_the_other_place(ring: MemoryRing) -> None:
    store_key("default", ORIGIN, Secret(KEY + "r"), where="keyring")
    store_key("default", ORIGIN, Secret(KEY + "f"), where="file")
    assert found()[0] == KEY + "f"
    store_key("default", ORIGIN, Secret(KEY + "s"), where="keyring")
    assert found()[0] == KEY + "s"
    assert not key_file("default").exists()


@pytest.mark.parametrize("where", ["keyring", "file"])
def test_a_kept_key_is_for_the_origin_that_it_was_kept_for(ring: MemoryRing, where: str) -> None:
    store_key("default", ELSEWHERE, Secret(KEY), where=where)  # type: ignore[arg-type]
    search = find_key("default", ORIGIN, environ={})
    assert search.credential is None
    (problem,) = search.problems
    assert f"was kept for {ELSEWHERE}" in problem and f"not sent to {ORIGIN}." in problem
    assert KEY not in problem
    assert (found(ELSEWHERE) or ("",))[0] == KEY


def test_a_key_of_another_origin_does_not_stand_before_the_right_one(ring: MemoryRing) -> None:
    store_key("default", ELSEWHERE, Secret(OTHER), where="keyring")
    store_key("default", ORIGIN, Secret(KEY), where="file")
    assert (found() or ("",))[0] == KEY
    assert (found(ELSEWHERE) or ("",))[0] == OTHER


@pytest.mark.parametrize("where", ["keyring", "file"])
@pytest.mark.parametrize(
    ("key", "origin", "is_used"),
    [
        ("sk-proj-Ab3dEf6hT3BlbkFJQr5tUv8x", "https://api.openai.com", True),
        ("sk-proj-Ab3dEf6hT3BlbkFJQr5tUv8x", ORIGIN, False),
        ("sk-proj-Ab3dEf6hT3BlbkFJQr5tUv8x", "http://api.openai.com", False),
        (KEY, "https://api.openai.com", False),
        (KEY, ORIGIN, False),
    ],
)
def test_a_key_kept_without_an_origin_is_used_only_where_it_was_surely_made(
    ring: MemoryRing, where: str, key: str, origin: str, is_used: bool
) -> None:
    if where == "keyring":
        ring.kept[KEYRING_SERVICE, "default"] = key
    else:
        store_key("default", ORIGIN, Secret(key), where="file")
        key_file("default").write_text(key + "\n")
    search = find_key("default", origin, environ={})
    assert (search.credential is not None) is is_used
    assert is_used or "did not write down for which endpoint" in search.problems[0]


def test_a_key_that_openai_made_stays_with_the_origin_it_was_kept_for(ring: MemoryRing) -> None:
    key = Secret("sk-proj-Ab3dEf6hT3BlbkFJQr5tUv8x")
    store_key("default", ELSEWHERE, key, where="keyring")
    assert found("https://api.openai.com") is None


@pytest.mark.parametrize("rest", [OTHER, "for", "to https://api.lab.example", f"for {ORIGIN} x"])
def test_a_kept_text_that_is_not_understood_gives_no_key(ring: MemoryRing, rest: str) -> None:
    ring.kept[KEYRING_SERVICE, "default"] = f"{KEY}\n{rest}\n"
    try:
        search = find_key("default", ORIGIN, environ={})
    except KeyRefused as problem:
        assert "one piece" in str(problem)
    else:
        assert search.credential is None and search.problems


def test_a_variable_is_not_read_where_its_key_may_not_go() -> None:
    assert found(variable="", environ={"OPENAI_API_KEY": KEY}) is None


def test_a_profile_reads_its_own_variable_only() -> None:
    environ = {"OPENAI_API_KEY": KEY, "OTHER_KEY": OTHER}
    assert found(environ=environ, variable="OTHER_KEY") == (
        OTHER,
        "the environment variable OTHER_KEY",
        "OTHER_KEY",
    )
    assert found(environ={"OPENAI_API_KEY": KEY}, variable="OTHER_KEY") is None


def test_an_empty_variable_counts_as_unset() -> None:
    assert found(environ={"OPENAI_API_KEY": " "}) is None


def test_a_broken_key_in_the_environment_stops_the_search() -> None:
    store_key("default", ORIGIN, Secret(KEY), where="file")
    with pytest.raises(KeyRefused, match="OPENAI_API_KEY"):
        find_key("default", ORIGIN, environ={"OPENAI_API_KEY": "two words"})


def test_an_admin_key_alone_is_explained() -> None:
    search = find_key("default", ORIGIN, environ={"OPENAI_ADMIN_KEY": "sk-admin-x"})
    assert search.credential is None
    assert "admin key cannot run fine-tuning jobs" in " ".join(search.notes)


def test_without_a_real_keyring_auto_stores_a_private_file() -> None:
    assert store_key("default", ORIGIN, Secret(KEY)) == (f"the file {key_file('default')}", "")
    assert key_file("default").stat().st_mode & 0o777 == 0o600
    assert key_file("default").parent.stat().st_mode & 0o777 == 0o700
    with pytest.raises(KeyringUnavailable):
        store_key("default", ORIGIN, Secret(KEY), where="keyring")


def test_forgetting_a_key_removes_it_everywhere(ring: MemoryRing) -> None:
    store_key("default", ORIGIN, Secret(KEY), where="file")
    store_key("default", ELSEWHERE, Secret(KEY), where="keyring")
    places = ("the system keyring", f"the file {key_file('default')}")
    assert delete_key("default") == (places, "")
    assert ring.kept == {}
    assert delete_key("default") == ((), "")


def test_a_keyring_that_does_not_answer_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "KEYRING_SECONDS", 0.2)
    ring = SilentRing()
    keyring.set_keyring(ring)
    search = find_key("default", ORIGIN, environ={})
    forgotten = delete_key("default")
    ring.unlocked.set()
    assert search.credential is None
    assert "did not answer" in search.problems[0] and "unlock it" in search.problems[0]
    assert forgotten == ((), "it did not answer within 0 seconds")


def test_a_keyring_that_fails_is_a_problem_and_the_search_goes_on() -> None:
    keyring.set_keyring(BrokenRing())
    assert find_key("default", ORIGIN, environ={}).problems == (
        "The keyring cannot be read: it answered RuntimeError; unlock it and start again.",
    )
    assert delete_key("default") == ((), "it answered RuntimeError")
    store_key("default", ORIGIN, Secret(KEY), where="file")
    assert (found() or ("",))[0] == KEY


def test_a_key_goes_to_a_file_when_the_keyring_fails_and_the_reason_is_told() -> None:
    ring = MemoryRing()
    ring.set_password = lambda *_: 1 / 0  # type: ignore[assignment,method-assign,return-value]
    keyring.set_keyring(ring)
    place, error_text = store_key("default", ORIGIN, Secret(KEY))
    assert place == f"the file {key_file('default')}" and "ZeroDivisionError" in error_text


def test_a_keyring_that_is_not_there_is_no_problem() -> None:
    search = find_key("default", ORIGIN, environ={})
    assert search.problems == ()
    assert search.notes == ("The keyring was not used: this system has none.",)


def test_a_keyring_that_stores_in_clear_text_does_not_count(ring: MemoryRing) -> None:
    store_key("default", ORIGIN, Secret(KEY), where="keyring")
    ring.priority = 0.5  # type: ignore[misc]
    assert found() is None


def test_no_keyring_package_is_not_worth_a_word(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys
        sys.modules["keyring"] = None
        from fttui.storage.credentials import find_key
        print(find_key("default", "https://a.example", environ={}))
        """
    )
    import subprocess

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "KeySearch(credential=None, problems=(), notes=())\n"


@pytest.mark.parametrize("profile", ["../../x", "a/b", "", "é", ".", "x" * 200])
def test_an_odd_profile_name_stays_in_the_folder_of_keys(profile: str, place: Path) -> None:
    path = key_file(profile)
    assert path.parent == place / "fttui/keys"
    assert path.resolve().parent == path.parent


def key_at(path: Path, permissions: int = 0o600) -> Path:
    path.write_text(KEY + "\n")
    path.chmod(permissions)
    return path


def test_a_private_key_file_is_read(tmp_path: Path) -> None:
    assert read_key_file(key_at(tmp_path / "key")).reveal() == KEY


@pytest.mark.parametrize("permissions", [0o640, 0o604, 0o660, 0o666])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, permissions: int) -> None:
    with pytest.raises(KeyRefused, match="chmod 600"):
        read_key_file(key_at(tmp_path / "key", permissions))


def test_a_symlink_to_a_key_file_is_refused(tmp_path: Path) -> None:
    key_at(tmp_path / "key")
    (tmp_path / "link").symlink_to(tmp_path / "key")
    with pytest.raises(KeyRefused, match="symlink"):
        read_key_file(tmp_path / "link")


def test_a_key_file_in_an_open_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(KeyRefused, match="everybody"):
        read_key_file(key_at(tmp_path / "open/key"))
    (tmp_path / "open").chmod(0o1777)  # as /tmp: nobody can replace the files of others
    assert read_key_file(tmp_path / "open/key").reveal() == KEY


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root to give away")
def test_a_key_file_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(key_at(tmp_path / "key"), 12345, -1)
    with pytest.raises(KeyRefused, match="another user"):
        read_key_file(tmp_path / "key")


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo", 0o600)
    for name in ("fifo", ".", "missing", "nul\0"):
        with pytest.raises(KeyRefused):
            read_key_file(tmp_path / name)


def refused(path: Path) -> str:
    with pytest.raises(KeyRefused) as problem:
        read_key_file(path)
    return str(problem.value)


def test_a_key_file_that_holds_no_key_or_too_much_says_so(tmp_path: Path) -> None:
    path = key_at(tmp_path / "key")
    path.write_text(" \n")
    assert "is empty" in refused(path)
    path.write_text("x" * 8193)
    assert "has 8,193 characters" in refused(path)
    path.write_text("x" * 9217)
    assert "too large for a key" in refused(path)


def test_the_longest_key_is_kept_and_found_again(tmp_path: Path) -> None:
    secret = Secret("x" * 8192)
    origin = f"https://{'a' * 200}.example:65535"
    credentials.store_key("lab", origin, secret, where="file")
    assert find_key("lab", origin, variable="", environ={}).credential.secret == secret


def test_a_key_file_that_cannot_be_read_to_its_end_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    path = key_at(tmp_path / "key")
    monkeypatch.setattr(os, "read", fail)
    assert "cannot be read: the disk or network share gave an error" in refused(path)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def a_symlink(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda path: path.chmod(0o644), "chmod 600"),
        (lambda path: path.write_text(""), "is empty"),
        (a_folder, "not an ordinary file"),
        (a_pipe, "not an ordinary file"),
        (a_symlink, "symlink"),
    ],
)
def test_a_refused_kept_file_is_a_problem_to_tell(
    spoil: Callable[[Path], object], reason: str
) -> None:
    store_key("default", ORIGIN, Secret(KEY), where="file")
    spoil(key_file("default"))
    search = find_key("default", ORIGIN, environ={})
    assert search.credential is None
    assert reason in search.problems[0]


def test_a_key_is_not_stored_through_a_symlink(place: Path) -> None:
    (place / "elsewhere").mkdir()
    (place / "fttui").symlink_to(place / "elsewhere")
    with pytest.raises(FolderRefused):
        store_key("default", ORIGIN, Secret(KEY), where="file")
