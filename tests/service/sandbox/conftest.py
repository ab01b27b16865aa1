"""A sandbox with a clock that stands still, and the real SDK on a real socket in front of it."""

import json
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from openai import OpenAI

from fttui.server import (
    ManualClock,
    SandboxConfig,
    SandboxServer,
    write_sample_preference_file,
    write_sample_training_file,
    write_sample_validation_file,
)

Upload = Callable[..., str]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def server(clock: ManualClock) -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(clock=clock)) as running:
        yield running


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    """Shared, because reading the system's certificates costs more than all the rest of a test."""
    return ssl.create_default_context()


@pytest.fixture
def client(server: SandboxServer, tls: ssl.SSLContext) -> Iterator[OpenAI]:
    with OpenAI(
        base_url=server.base_url,
        api_key=server.api_key,
        max_retries=0,
        http_client=httpx2.Client(verify=tls),
    ) as sdk:
        yield sdk


@pytest.fixture
def http(server: SandboxServer, tls: ssl.SSLContext) -> Iterator[httpx2.Client]:
    """Bare HTTP with the right key, for what the SDK would not send."""
    headers = {"Authorization": f"Bearer {server.api_key}"}
    with httpx2.Client(base_url=server.base_url, headers=headers, verify=tls) as bare:
        yield bare


@pytest.fixture
def upload(client: OpenAI) -> Upload:
    """Uploads text as a training file and returns its id."""

    def send(content: str | bytes, name: str = "train.jsonl") -> str:
        data = content.encode() if isinstance(content, str) else content
        return client.files.create(file=(name, data), purpose="fine-tune").id

    return send


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The sample files: `chat`, `validation`, `preference`, and a small `reinforcement` one."""
    folder: Path = tmp_path_factory.mktemp("samples")
    rows = [
        {"messages": [{"role": "user", "content": f"{n} + {n}?"}], "answer": str(2 * n)}
        for n in range(20)
    ]
    return {
        "chat": write_sample_training_file(folder / "a.jsonl", examples=40).read_bytes(),
        "validation": write_sample_validation_file(folder / "b.jsonl", examples=12).read_bytes(),
        "preference": write_sample_preference_file(folder / "c.jsonl", examples=20).read_bytes(),
        "reinforcement": "".join(json.dumps(row) + "\n" for row in rows).encode(),
    }


@pytest.fixture
def training_file(upload: Upload, samples: dict[str, bytes]) -> str:
    return upload(samples["chat"])


@pytest.fixture
def validation_file(upload: Upload, samples: dict[str, bytes]) -> str:
    return upload(samples["validation"], "validation.jsonl")
