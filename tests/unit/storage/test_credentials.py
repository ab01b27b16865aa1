"""Keys are found in one order, and never read from where others could have put them."""

import os
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from fttui.storage import credentials
from fttui.storage.credentials import (
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


def found(**options: object) -> tuple[str, str] | None:
    """The key and its source, from an environment without one."""
    search = find_key("default", **({"environ": {}} | options))
    return search.credential and (search.credential.secret.reveal(), search.credential.source)


def test_the_order_is_environment_keyring_file_session(ring: MemoryRing) -> None:
    session = Secret(KEY)
    assert find_key("default", environ={}).credential is None
    assert found(session=session) == (KEY, "typed for this session")
    store_key("default", Secret(KEY + "f"), where="file")
    assert found(session=session) == (KEY + "f", f"the file {key_file('default')}")
    store_key("default", Secret(KEY + "r"), where="keyring")
    assert found(session=session) == (KEY + "r", "the system keyring")
    environ = {"OPENAI_API_KEY": f"  {KEY}e\n"}
    assert found(environ=environ, session=session) == (
        KEY + "e",
        "the environment variable OPENAI_API_KEY",
    )


def test_a_profile_reads_its_own_variable_only() -> None:
    environ = {"OPENAI_API_KEY": KEY, "OTHER_KEY": OTHER}
    assert found(environ=environ, variable="OTHER_KEY") == (
        OTHER,
        "the environment variable OTHER_KEY",
    )
    assert found(environ={"OPENAI_API_KEY": KEY}, variable="OTHER_KEY") is None


def test_an_empty_variable_counts_as_unset() -> None:
    assert found(environ={"OPENAI_API_KEY": " "}) is None


def test_a_broken_key_in_the_environment_stops_the_search() -> None:
    store_key("default", Secret(KEY), where="file")
    with pytest.raises(KeyRefused, match="OPENAI_API_KEY"):
        find_key("default", environ={"OPENAI_API_KEY": "two words"})


def test_an_admin_key_alone_is_explained() -> None:
    search = find_key("default", environ={"OPENAI_ADMIN_KEY": "sk-admin-x"})
    assert search.credential is None
    assert "admin key cannot run fine-tuning jobs" in " ".join(search.notes)


def test_without_a_real_keyring_auto_stores_a_private_file() -> None:
    assert store_key("default", Secret(KEY)) == f"the file {key_file('default')}"
    assert key_file("default").stat().st_mode & 0o777 == 0o600
    assert key_file("default").parent.stat().st_mode & 0o777 == 0o700
    with pytest.raises(KeyringUnavailable):
        store_key("default", Secret(KEY), where="keyring")


def test_forgetting_a_key_removes_it_everywhere(ring: MemoryRing) -> None:
    store_key("default", Secret(KEY), where="file")
    store_key("default", Secret(KEY), where="keyring")
    assert delete_key("default") == ("the system keyring", f"the file {key_file('default')}")
    assert ring.kept == {}
    assert delete_key("default") == ()


def test_a_keyring_that_does_not_answer_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "KEYRING_SECONDS", 0.2)
    ring = SilentRing()
    keyring.set_keyring(ring)
    search = find_key("default", environ={})
    ring.unlocked.set()
    assert search.credential is None
    assert "did not answer" in search.notes[0]


def test_no_keyring_package_is_not_worth_a_word(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys
        sys.modules["keyring"] = None
        from fttui.storage.credentials import find_key
        print(find_key("default", environ={}))
        """
    )
    import subprocess

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "KeySearch(credential=None, notes=())\n"


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


def test_a_refused_key_file_is_a_note_and_the_search_goes_on() -> None:
    store_key("default", Secret(KEY), where="file")
    key_file("default").chmod(0o644)
    search = find_key("default", environ={}, session=Secret(OTHER))
    assert search.credential.secret == Secret(OTHER)
    assert "chmod 600" in search.notes[-1]


def test_a_key_is_not_stored_through_a_symlink(place: Path) -> None:
    (place / "elsewhere").mkdir()
    (place / "fttui").symlink_to(place / "elsewhere")
    with pytest.raises(FolderRefused):
        store_key("default", Secret(KEY), where="file")
