"""What a sandbox may touch: its own folder, and in it only what it wrote itself."""

import os
import shutil
import sqlite3
import stat
from pathlib import Path

import httpx2
import pytest
from openai import OpenAI

from fttui.server import (
    DataInUseError,
    FolderRefusedError,
    SandboxConfig,
    SandboxServer,
    StartError,
    fill_with_samples,
)

PIECE = "0123456789abcdef" * 2


def snapshot(folder: Path) -> dict[str, object]:
    """All that is under a folder: names, modes and contents."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            path.read_bytes() if path.is_file() else None,
        )
        for path in folder.rglob("*")
    }


def serve(data: Path) -> SandboxServer:
    return SandboxServer(SandboxConfig(data_dir=data))


def upload(server: SandboxServer, content: bytes) -> str:
    with OpenAI(base_url=server.base_url, api_key=server.api_key) as client:
        return client.files.create(file=("t.jsonl", content), purpose="fine-tune").id


def content_of(server: SandboxServer, file_id: str) -> bytes:
    with OpenAI(base_url=server.base_url, api_key=server.api_key) as client:
        return client.files.content(file_id).content


def foreign_blobs(folder: Path) -> None:
    (folder / "blobs").mkdir()
    (folder / "blobs" / PIECE).write_text("of another program")
    (folder / "blobs" / f"{PIECE}.part").write_text("of another program")


def one_file(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")


def hidden_file(folder: Path) -> None:
    (folder / ".hidden").write_text("mine")


def empty_folder(folder: Path) -> None:
    (folder / "blobs").mkdir()


def another_database(folder: Path) -> None:
    with sqlite3.connect(folder / "sandbox.db") as connection:
        connection.execute("CREATE TABLE plants (name TEXT)")
    connection.close()


def garbage_database(folder: Path) -> None:
    (folder / "sandbox.db").write_bytes(b"garbage" * 1000)


def linked_database(folder: Path) -> None:
    with serve(folder.parent / "other"):
        pass
    (folder / "sandbox.db").symlink_to(folder.parent / "other" / "sandbox.db")


@pytest.mark.parametrize(
    "fill",
    [
        foreign_blobs, one_file, hidden_file, empty_folder, another_database, garbage_database,
        linked_database,
    ],
)  # fmt: skip
def test_a_folder_that_is_not_its_own_is_refused_and_untouched(tmp_path: Path, fill) -> None:
    data = tmp_path / "data"
    data.mkdir()
    fill(data)
    before = snapshot(tmp_path)
    with pytest.raises(FolderRefusedError, match="Nothing in it was changed") as caught:
        serve(data).start()
    assert "--data" in caught.value.hint
    assert snapshot(tmp_path) == before


def test_a_new_and_an_empty_folder_are_taken(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for data in (tmp_path / "empty", tmp_path / "deep" / "new"):
        with serve(data) as server:
            file_id = upload(server, b"{}\n")
        with serve(data) as server:
            assert content_of(server, file_id) == b"{}\n"


def test_a_link_to_an_empty_folder_is_taken_as_the_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with serve(tmp_path / "link") as server:
        upload(server, b"{}\n")
    assert (tmp_path / "real" / "sandbox.db").exists()


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_everything_it_writes_is_its_users_alone(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        fill_with_samples(SandboxConfig(data_dir=tmp_path / "data"))
        with serve(tmp_path / "data") as server:
            upload(server, b"{}\n")
            modes = {stat.S_IMODE(mode) for mode, _ in snapshot(tmp_path).values()}
    finally:
        os.umask(umask)
    assert modes == {0o600, 0o700}


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_what_an_older_version_left_open_to_others_is_closed(tmp_path: Path) -> None:
    with serve(tmp_path):
        pass
    (tmp_path / "sandbox.db").chmod(0o644)
    (tmp_path / "blobs").chmod(0o755)
    with serve(tmp_path):
        assert stat.S_IMODE((tmp_path / "sandbox.db").stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "blobs").stat().st_mode) == 0o700


@pytest.mark.parametrize("killed", [False, True])
def test_a_folder_from_before_there_were_markers_is_taken(tmp_path: Path, killed: bool) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy"
    with serve(data) as server:
        file_id = upload(server, b"{}\n")
        if killed:  # its records are in the write-ahead log, as after a SIGKILL
            shutil.copytree(data, copy)
    if not killed:
        shutil.copytree(data, copy)
    (copy / ".fttui-sandbox").unlink()
    (copy / "key").unlink()
    with serve(copy) as server:
        assert content_of(server, file_id) == b"{}\n"
    assert (copy / ".fttui-sandbox").exists()


@pytest.mark.parametrize("name", ["sandbox.db", "blobs", ".fttui-sandbox"])
def test_a_link_in_the_folder_is_not_followed(tmp_path: Path, name: str) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    with serve(data) as server:
        upload(server, b"{}\n")
    shutil.move(data / name, elsewhere)
    (data / name).symlink_to(elsewhere)
    before = snapshot(tmp_path)
    with pytest.raises(FolderRefusedError):
        serve(data).start()
    after = snapshot(tmp_path)
    assert {path: after[path] for path in before} == before


def test_pieces_whose_records_are_lost_are_never_deleted(tmp_path: Path) -> None:
    with serve(tmp_path) as server:
        upload(server, b'{"kept": 1}\n')
        (tmp_path / "blobs" / f"{PIECE}.part").write_text("in the making when all was lost")
    for path in tmp_path.glob("sandbox.db*"):
        path.unlink()
    before = snapshot(tmp_path / "blobs")
    assert len(before) == 2
    with serve(tmp_path) as server:
        assert snapshot(tmp_path / "blobs") == before, "this run made the database"
        new = upload(server, b"{}\n")
    with serve(tmp_path) as server:
        after = snapshot(tmp_path / "blobs")
        assert content_of(server, new) == b"{}\n"
    del before[f"{PIECE}.part"]
    assert {name: after.get(name) for name in before} == before


def test_pieces_that_are_newer_than_a_restored_database_are_left(tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup.db"
    with serve(data):
        pass
    shutil.copy(data / "sandbox.db", backup)
    with serve(data) as server:
        upload(server, b"{}\n")
    before = snapshot(data / "blobs")
    shutil.copy(backup, data / "sandbox.db")
    for _ in range(2):
        with serve(data):
            pass
        assert snapshot(data / "blobs") == before


def test_only_its_own_names_are_swept_from_what_was_in_the_making(tmp_path: Path) -> None:
    with serve(tmp_path):
        pass
    blobs = tmp_path / "blobs"
    kept = [PIECE[1:] + ".part", PIECE.upper() + ".part", "notes.txt", "x.part", PIECE]
    for name in [*kept, f"{PIECE}.part"]:
        (blobs / name).write_text("x")
    (blobs / f"{PIECE[::-1]}.part").mkdir()
    with serve(tmp_path):
        assert {path.name for path in blobs.iterdir()} == {*kept, f"{PIECE[::-1]}.part"}


def test_a_recorded_piece_that_still_had_its_first_name_is_kept(tmp_path: Path) -> None:
    with serve(tmp_path) as server:
        file_id = upload(server, b"{}\n")
    (piece,) = (tmp_path / "blobs").iterdir()
    piece.rename(piece.with_name(f"{piece.name}.part"))
    with serve(tmp_path) as server:
        assert content_of(server, file_id) == b"{}\n"
    assert [path.name for path in (tmp_path / "blobs").iterdir()] == [piece.name]


def test_a_deletion_that_cannot_be_recorded_keeps_the_bytes(tmp_path: Path) -> None:
    with serve(tmp_path) as server:
        file_id = upload(server, b"{}\n")
        server.call(
            lambda sandbox: sandbox.database.execute(
                "CREATE TRIGGER no BEFORE DELETE ON files BEGIN SELECT raise(ABORT, 'no'); END"
            )
        )
        headers = {"Authorization": f"Bearer {server.api_key}"}
        refused = httpx2.delete(f"{server.base_url}/files/{file_id}", headers=headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (500, "storage_failed")
        assert content_of(server, file_id) == b"{}\n"


def test_bytes_that_are_gone_are_told_in_a_sentence(tmp_path: Path) -> None:
    with serve(tmp_path) as server:
        file_id = upload(server, b"{}\n")
        (piece,) = (tmp_path / "blobs").iterdir()
        piece.unlink()
        headers = {"Authorization": f"Bearer {server.api_key}"}
        answer = httpx2.get(f"{server.base_url}/files/{file_id}/content", headers=headers)
    assert "are gone" in answer.json()["error"]["message"]


def test_the_second_server_on_a_folder_touches_nothing(tmp_path: Path) -> None:
    with serve(tmp_path) as first:
        file_id = upload(first, b"{}\n")
        (tmp_path / "blobs" / f"{PIECE}.part").write_text("on its way to the first")
        before = snapshot(tmp_path / "blobs")
        with pytest.raises(DataInUseError):
            serve(tmp_path).start()
        assert snapshot(tmp_path / "blobs") == before
        assert content_of(first, file_id) == b"{}\n"


def damage_header(path: Path) -> None:
    path.write_bytes(b"garbage" * 1000)


def lose_a_table(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE parts")
    connection.close()


def damage_pages(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))


def become_newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (damage_header, "is damaged"), (damage_pages, "is damaged"),
        (lose_a_table, "tables are missing"), (become_newer, "newer version"),
    ],
)  # fmt: skip
def test_records_that_cannot_be_used_are_a_sentence(tmp_path: Path, harm, words: str) -> None:
    with serve(tmp_path):
        pass
    harm(tmp_path / "sandbox.db")
    before = (tmp_path / "sandbox.db").read_bytes()
    with pytest.raises(StartError, match=words):
        serve(tmp_path).start()
    assert (tmp_path / "sandbox.db").read_bytes() == before


def test_a_file_in_place_of_the_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for data in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StartError, match="Not a directory"):
            serve(data).start()
    assert (tmp_path / "file").read_text() == "mine"


def test_no_temporary_folder_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(StartError, match="temporary folder") as caught:
        SandboxServer().start()
    assert "TMPDIR" in caught.value.hint
