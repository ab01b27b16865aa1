"""Who gets an answer: the key of the folder, names of this machine, pages of no other site."""

import errno
import os
import re
import stat
from pathlib import Path

import httpx2
import pytest
from tests.service.sandbox.raw_http import answer, ask, connect, read_all

from fttui.server import SandboxConfig, SandboxServer, StartError
from fttui.server.gate import kept_key


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def status(server: SandboxServer, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx2.get(f"{server.base_url}/models", headers=headers).status_code


def unwritable(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_each_temporary_sandbox_has_a_key_of_its_own(server: SandboxServer) -> None:
    with SandboxServer() as other:
        assert re.fullmatch(r"sk-[0-9a-f]{32}", server.api_key)
        assert other.api_key != server.api_key
        assert status(server, server.api_key) == 200
        assert status(other, server.api_key) == 401


def test_a_data_folder_keeps_its_key_for_its_user_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with SandboxServer(SandboxConfig(data_dir=data)) as first:
        key = first.api_key
    assert (data / "key").read_text().strip() == key
    assert mode(data / "key") == 0o600
    with SandboxServer(SandboxConfig(data_dir=data)) as again:
        assert again.api_key == key
        assert status(again, key) == 200


def test_making_the_key_touches_no_other_file_and_leaves_none(tmp_path: Path) -> None:
    with SandboxServer(SandboxConfig(data_dir=tmp_path, api_key="sk-mine")):
        pass
    (tmp_path / "key.new").write_text("the user's own")
    before = {path.name for path in tmp_path.iterdir()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", unwritable)
        with pytest.raises(StartError, match="No space left"):
            kept_key(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == before
    kept_key(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == before | {"key"}
    assert (tmp_path / "key.new").read_text() == "the user's own"


def test_a_given_key_is_the_key_and_is_not_kept(tmp_path: Path) -> None:
    with SandboxServer(SandboxConfig(data_dir=tmp_path / "data", api_key="sk-mine")) as server:
        assert (server.api_key, server.admin_api_key) == ("sk-mine", "sk-admin-mine")
        assert status(server, "sk-mine") == 200
    assert not (tmp_path / "data" / "key").exists()


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_a_key_that_others_could_read_is_refused(tmp_path: Path) -> None:
    with SandboxServer(SandboxConfig(data_dir=tmp_path)):
        pass
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(StartError, match="Others can read") as caught:
        SandboxServer(SandboxConfig(data_dir=tmp_path)).start()
    assert "Delete the file" in caught.value.hint


@pytest.mark.parametrize("content", ["", "two words", "é", "x" * 300])
def test_a_key_file_without_a_key_is_refused(tmp_path: Path, content: str) -> None:
    with SandboxServer(SandboxConfig(data_dir=tmp_path)):
        pass
    (tmp_path / "key").write_text(content)
    with pytest.raises(StartError, match="is no key") as caught:
        SandboxServer(SandboxConfig(data_dir=tmp_path)).start()
    assert not content or content not in str(caught.value)


def test_a_key_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    with SandboxServer(SandboxConfig(data_dir=data)):
        pass
    (data / "key").replace(elsewhere)
    (data / "key").symlink_to(elsewhere)
    with pytest.raises(StartError, match="key"):
        SandboxServer(SandboxConfig(data_dir=data)).start()


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LocalHost", "localhost.", "localhost:1", "127.0.0.1", "127.0.0.1:8123",
        "127.255.0.9", "[::1]", "[::1]:80", "[0:0:0:0:0:0:0:1]", " localhost ",
    ],
)  # fmt: skip
def test_loopback_names_are_answered(server: SandboxServer, host: str) -> None:
    assert ask(server, f"Host: {host}")[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8123", "localhost.evil.example", "evillocalhost",
        "127.0.0.1.evil.example", "192.168.1.7", "0.0.0.0", "[::]", "[2001:db8::1]", "127.1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("target", ["/v1/models", "/", "/nothing"])
def test_a_foreign_host_is_refused_everywhere(
    server: SandboxServer, host: str, target: str
) -> None:
    code, document = ask(server, f"Host: {host}", target=target)
    assert (code, document["error"]["code"]) == (403, "foreign_host")
    assert document["error"]["type"] == "invalid_request_error"
    assert "not as" in document["error"]["message"]


@pytest.mark.parametrize(
    "lines",
    [
        ["Host: "], ["Host: localhost@evil.example"], ["Host: a b"], ["Host: [::1"],
        ["Host: localhost:x"], ["Host: localhost:\u00b2"], ["Host: \u00e9vil"], ["Host: ::1"],
        ["Host: localhost", "Host: localhost"], ["Host: localhost", "Host: evil.example"], [],
    ],
    ids=str,
)  # fmt: skip
def test_no_several_or_malformed_hosts_are_refused(server: SandboxServer, lines: list[str]) -> None:
    code, document = ask(server, *lines)
    assert code == 400
    assert document["error"]["type"] == "invalid_request_error"


def test_a_request_of_the_old_protocol_without_a_host_is_refused(server: SandboxServer) -> None:
    with connect(server) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        code, document = answer(read_all(connection))
    assert code == 400
    assert "one Host header, not 0" in document["error"]["message"]


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("http://evil.example/v1/models", 403), ("http://localhost:1/v1/models", 404),
        ("http://user@localhost/v1/models", 400), ("http://[::1/v1/models", 400), ("*", 400),
    ],
)  # fmt: skip
def test_the_host_of_a_whole_address_counts_and_is_never_served(
    server: SandboxServer, target: str, code: int
) -> None:
    assert ask(server, "Host: localhost", target=target)[0] == code


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example", "https://localhost.evil.example", "null", "", "http://", "file://",
        "http://localhost@evil.example", "http://[::1", "evil.example", "http://192.168.1.7",
    ],
)  # fmt: skip
def test_pages_of_other_sites_are_refused(server: SandboxServer, origin: str) -> None:
    code, document = ask(server, "Host: localhost", f"Origin: {origin}")
    assert (code, document["error"]["code"]) == (403, "foreign_origin")


def test_one_foreign_origin_among_several_is_enough(server: SandboxServer) -> None:
    origins = ["Origin: http://localhost", "Origin: http://evil.example"]
    for lines in (origins, origins[::-1]):
        assert ask(server, "Host: localhost", *lines)[0] == 403


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1", "https://[::1]"])
def test_pages_of_this_machine_are_answered(server: SandboxServer, origin: str) -> None:
    assert ask(server, "Host: localhost", f"Origin: {origin}")[0] == 200


def test_on_every_address_any_host_is_taken_and_the_key_guards() -> None:
    for host in ("0.0.0.0", "0"):
        with SandboxServer(SandboxConfig(host=host)) as server:
            assert ask(server, "Host: box.example:8123")[0] == 200
            assert ask(server, "Host: box.example", "Origin: http://box.example")[0] == 200
            assert ask(server, "Host: box.example", "Origin: http://evil.example")[0] == 403
            assert ask(server, "Host: [::1")[0] == 400
            assert ask(server, "Host: box.example", key="sk-not-it")[0] == 401


def test_the_host_that_it_listens_on_is_answered_as_well() -> None:
    with SandboxServer(SandboxConfig(host="127.0.0.2")) as server:
        assert ask(server, "Host: 127.0.0.2")[0] == 200
        assert ask(server, "Host: evil.example")[0] == 403


def test_it_listens_on_ipv6_too() -> None:
    with SandboxServer(SandboxConfig(host="::1")) as server:
        assert ask(server, "Host: [::1]")[0] == 200
        assert status(server, server.api_key) == 200


def test_an_empty_host_is_refused() -> None:
    with pytest.raises(OSError, match="every address"):
        SandboxServer(SandboxConfig(host="")).start()


def test_the_front_page_tells_nobody_the_key(server: SandboxServer) -> None:
    root = server.base_url.removesuffix("v1")
    for accept in ("text/html", "application/json"):
        page = httpx2.get(root, headers={"Accept": accept})
        assert page.status_code == 200
        assert server.api_key not in page.text
        assert server.admin_api_key not in page.text


def test_the_key_may_come_in_the_header_that_azure_takes(server: SandboxServer) -> None:
    def asked(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx2.get(f"{server.base_url}/models", headers=named).status_code

    assert asked(api_key=server.api_key) == 200
    assert asked(api_key="sk-another") == 401
    assert asked(api_key="") == 401
    assert asked(api_key=server.api_key, Authorization="Bearer sk-another") == 401
