import base64
import socket

import httpx2
import pytest
from openai import BadRequestError, NotFoundError, OpenAI

from fttui.server import ManualClock, SandboxServer
from waiting import PATIENCE

ROW = b'{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}\n'


def test_a_file_comes_back_byte_for_byte(client: OpenAI) -> None:
    content = ROW * 30_000 + "ünï\r\n--x\r\n".encode()
    made = client.files.create(file=("données.jsonl", content), purpose="fine-tune")
    assert made.filename == "données.jsonl"
    assert (made.bytes, made.purpose, made.object) == (len(content), "fine-tune", "file")
    assert client.files.content(made.id).content == content


def test_a_file_may_hold_what_looks_like_a_boundary(http: httpx2.Client) -> None:
    body = b"".join(
        [
            b'--XyZ\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nassistants\r\n',
            b'--XyZ\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n',
            b"one\r\n--XyQ\r\n--Xy\r\n-\r\r\n--XyZ--\r\n",
        ]
    )
    answer = http.post(
        "/files", content=body, headers={"Content-Type": "multipart/form-data; boundary=XyZ"}
    )
    assert answer.status_code == 200
    content = http.get(f"/files/{answer.json()['id']}/content").content
    assert content == b"one\r\n--XyQ\r\n--Xy\r\n-\r"


def test_retrieve_and_delete(client: OpenAI) -> None:
    made = client.files.create(file=("a.jsonl", ROW * 10), purpose="fine-tune")
    assert client.files.retrieve(made.id) == made
    assert client.files.delete(made.id).deleted
    for call in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(NotFoundError, match=f"No such File object: {made.id}"):
            call(made.id)


def test_lists_are_filtered_ordered_and_paged(client: OpenAI, clock: ManualClock) -> None:
    ids = []
    for number in range(7):
        purpose = "fine-tune" if number % 2 == 0 else "assistants"
        ids.append(client.files.create(file=(f"{number}.jsonl", ROW), purpose=purpose).id)
        clock.advance(1)
    assert [file.id for file in client.files.list()] == ids[::-1]
    assert [file.id for file in client.files.list(order="asc", limit=2)] == ids
    assert [file.id for file in client.files.list(purpose="assistants")] == [ids[5], ids[3], ids[1]]
    page = client.files.list(limit=3, after=ids[5])
    assert [file.id for file in page.data] == [ids[4], ids[3], ids[2]]
    assert page.has_more


def test_files_of_one_moment_are_paged_without_gaps(client: OpenAI) -> None:
    made = {client.files.create(file=("a.jsonl", ROW), purpose="fine-tune").id for _ in range(5)}
    listed = [file.id for file in client.files.list(limit=2)]
    assert len(listed) == 5
    assert set(listed) == made


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("train.json", ROW, "Invalid file format for Fine-Tuning API. Must be .jsonl"),
        ("train.jsonl", b"", "File is empty"),
        ("train.jsonl", b"prompt,completion\n", "every line is a valid JSON dictionary"),
        ("train.jsonl", b"[1]\n", 'Line starts with: "\\[1\\]"'),
    ],
)
def test_a_file_that_is_plainly_no_training_file_is_refused(
    client: OpenAI, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(BadRequestError, match=message) as caught:
        client.files.create(file=(name, content), purpose="fine-tune")
    assert caught.value.param == "file"
    assert client.files.list().data == []


def test_a_byte_order_mark_is_no_fault(client: OpenAI) -> None:
    made = client.files.create(file=("a.jsonl", b"\xef\xbb\xbf" + ROW * 10), purpose="fine-tune")
    assert client.files.retrieve(made.id).status == "processed"


def test_a_line_that_cannot_be_parsed_is_told_by_the_file(client: OpenAI) -> None:
    content = ROW * 4 + b"\n" + b'{"messages": [}\n'
    made = client.files.create(file=("a.jsonl", content), purpose="fine-tune")
    looked_at = client.files.retrieve(made.id)
    assert looked_at.status == "error"
    assert looked_at.status_details == (
        "Invalid file format. Example 5 cannot be parsed. Error: line contains invalid json: "
        "Expecting value: line 1 column 15 (char 14) (line 6)"
    )
    assert client.files.list().data[0].status == "error"
    assert client.files.wait_for_processing(made.id).status == "error"


def test_a_file_goes_away_when_it_expires(client: OpenAI, clock: ManualClock) -> None:
    made = client.files.create(
        file=("a.jsonl", ROW),
        purpose="fine-tune",
        expires_after={"anchor": "created_at", "seconds": 3600},
    )
    assert made.expires_at == made.created_at + 3600
    clock.advance(3599)
    client.files.retrieve(made.id)
    clock.advance(1)
    with pytest.raises(NotFoundError):
        client.files.retrieve(made.id)


@pytest.mark.parametrize(
    ("extra", "param"),
    [
        ({"purpose": "fine-tuning"}, "purpose"),
        ({"purpose": ""}, "purpose"),
        ({"purpose": "fine-tune", "colour": "blue"}, "colour"),
        ({"purpose": "fine-tune", "expires_after[anchor]": "now"}, "expires_after.anchor"),
        (
            {
                "purpose": "fine-tune",
                "expires_after[anchor]": "created_at",
                "expires_after[seconds]": "3599",
            },
            "expires_after.seconds",
        ),
        ({}, "purpose"),
    ],
)
def test_a_wrong_field_is_named(http: httpx2.Client, extra: dict[str, str], param: str) -> None:
    answer = http.post("/files", data=extra, files={"file": ("a.jsonl", ROW)})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


def test_a_form_without_a_file_is_refused(http: httpx2.Client) -> None:
    head = {"Content-Type": "multipart/form-data; boundary=b"}
    part = b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nfine-tune\r\n'
    answer = http.post("/files", content=part + b"--b--\r\n", headers=head)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "file")
    cut = http.post("/files", content=part, headers=head)
    assert cut.status_code == 400
    assert "ended before" in cut.json()["error"]["message"]
    assert http.post("/files", json={"file": "x"}).status_code == 400


def test_a_refused_upload_leaves_no_bytes_behind(
    http: httpx2.Client, server: SandboxServer
) -> None:
    http.post("/files", data={"purpose": "no"}, files={"file": ("a.jsonl", ROW * 1000)})
    folder = server.call(lambda sandbox: sandbox.blobs.path("."))
    assert list(folder.iterdir()) == []


def test_a_form_with_two_files_is_refused_and_leaves_neither(
    http: httpx2.Client, server: SandboxServer
) -> None:
    folder = server.call(lambda sandbox: sandbox.blobs.path("."))
    twice = [("file", ("a.jsonl", ROW)), ("file", ("b.jsonl", ROW))]
    answer = http.post("/files", data={"purpose": "fine-tune"}, files=twice)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "'file' was sent twice."
    assert list(folder.iterdir()) == []


def test_a_deleted_file_leaves_no_bytes_behind(client: OpenAI, server: SandboxServer) -> None:
    made = client.files.create(file=("a.jsonl", ROW * 1000), purpose="fine-tune")
    folder = server.call(lambda sandbox: sandbox.blobs.path("."))
    assert len(list(folder.iterdir())) == 1
    client.files.delete(made.id)
    assert list(folder.iterdir()) == []


def test_a_file_over_the_limit_is_refused_before_it_is_read(server: SandboxServer) -> None:
    host, port = server.base_url.removeprefix("http://").removesuffix("/v1").split(":")
    head = (
        "POST /v1/files HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {server.api_key}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {600 * 1024 * 1024}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(head.encode())
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=10001", "limit"),
        ("limit=many", "limit"),
        ("order=random", "order"),
        ("status=processed", "status"),
    ],
)
def test_a_wrong_list_parameter_is_named(http: httpx2.Client, query: str, param: str) -> None:
    answer = http.get(f"/files?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


def test_the_result_file_is_the_base64_of_a_table(
    client: OpenAI, clock: ManualClock, training_file: str
) -> None:
    job = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=training_file)
    clock.advance(60)
    (result,) = client.fine_tuning.jobs.retrieve(job.id).result_files
    file = client.files.retrieve(result)
    assert (file.filename, file.purpose) == ("step_metrics.csv", "fine-tune-results")
    content = client.files.content(result).content
    assert file.bytes == len(content)
    lines = base64.b64decode(content, validate=True).decode().splitlines()
    assert lines[0] == "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"
    assert [line.split(",")[0] for line in lines[1:]] == [str(n) for n in range(1, 121)]
