"""fttui's commands against servers that speak this API and were written by others.

    python run.py FOLDER DOCUMENT [--fttui FTTUI] [--only SERVER]... [--verbose]

FOLDER is where `fetch.sh` has put them, DOCUMENT is OpenAI's OpenAPI document (the two that make
answers up from it need it), FTTUI the program, by default the one on PATH. Each server runs on a
loopback port behind a relay that counts its create calls. For each command the table has

    worked      it did what was asked
    told        the server does not have this call (or refused it), and fttui said so
    wrong word  fttui said something else: a thing was "deleted", the key bad, a wait without an end

A command is known to have nobody to answer it from what the server itself answers, which is asked
beforehand with bare HTTP.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

KEY = "sk-stranger-0123456789"
ROW = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
PATIENCE = 40.0
"""Seconds that a command may take; `watch` follows a job that ends in a few."""

NOT_OFFERED = re.compile(
    r"does not (offer|have|support)|not (offered|supported|implemented)|has no |"
    r"not something this endpoint", re.I
)  # fmt: skip
WRONG = re.compile(
    r"may be deleted|another project|Traceback|platform\.openai\.com|does not know it: Not Found|"
    r"key (is wrong|was refused)", re.I
)  # fmt: skip


@dataclass(frozen=True)
class Server:
    """How a server is started; `{port}` is its port, `{root}` FOLDER, `{sandbox}` a sandbox."""

    command: tuple[str, ...]
    path: str = "/v1"
    headers: dict[str, str] = field(default_factory=dict)
    settings: str = ""
    model: str = "gpt-4o-mini-2024-07-18"
    suffix: str = ""
    make: str = ""
    """The body of a create call where fttui cannot make one; FILE is the training file."""
    config: str = ""
    """A file that it reads, `{config}` in the command."""


BIN = "{root}/npm/node_modules/"
LIKE = ("{fttui}", "sandbox", "--port", "{port}", "--like")
SERVERS = {
    "aimock": Server(("node", BIN + "@copilotkit/aimock/dist/cli.js", "-p", "{port}", "-h",
                      "127.0.0.1", "-f", "{empty}")),
    "fakeai": Server(("{root}/fakeai/bin/fakeai", "server", "--host", "127.0.0.1", "--port",
                      "{port}")),
    "prism": Server(("node", BIN + ".bin/prism", "mock", "-p", "{port}", "-h", "127.0.0.1",
                     "{document}"), path=""),
    "steady": Server(("node", BIN + ".bin/steady", "--port", "{port}", "--host", "127.0.0.1",
                      "--validator-query-object-format=brackets",
                      "--validator-form-object-format=brackets", "{document}"), path=""),
    "litellm": Server(
        ("{root}/litellm/bin/litellm", "--config", "{config}", "--port", "{port}", "--host",
         "127.0.0.1"),
        path="/through/sandbox/v1",
        config="""\
general_settings:
  master_key: {sandbox_key}
  pass_through_endpoints:
    - path: /through/sandbox
      target: {sandbox_root}
      include_subpath: true
      headers: {{Authorization: "Bearer {sandbox_key}"}}
""",
    ),
    "portkey": Server(
        ("node", BIN + "@portkey-ai/gateway/build/start-server.js", "--port={port}", "--headless"),
        headers={"x-portkey-provider": "openai", "x-portkey-custom-host": "{sandbox}"},
    ),
    "like azure": Server((*LIKE, "azure"), path="/openai/v1",
                         settings='training_type = "Standard"\n'),
    "like nebius": Server((*LIKE, "nebius"), model="meta-llama/Llama-3.1-8B-Instruct"),
    "like llmariner": Server((*LIKE, "llmariner"), model="google-gemma-2b-it-q4_0",
                             suffix="mine"),
    "like mistral": Server((*LIKE, "mistral"), model="open-mistral-7b",
                           make='{"model": "open-mistral-7b", "training_files": ["FILE"]}'),
}  # fmt: skip


class Relay:
    """Passes a server's connections on, and counts the jobs that it was asked to create."""

    def __init__(self, port: int) -> None:
        self.creates = 0
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            with suppress(OSError):
                far = socket.create_connection(("127.0.0.1", self._target))
                for source, sink, up in ((near, far, True), (far, near, False)):
                    threading.Thread(
                        target=self._pass, args=(source, sink, up), daemon=True
                    ).start()

    def _pass(self, source: socket.socket, sink: socket.socket, up: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if up:
                    self.creates += len(re.findall(rb"POST \S*/fine_tuning/jobs HTTP", data))
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("document", type=Path)
    parser.add_argument("--fttui", default="fttui")
    parser.add_argument("--only", action="append", choices=SERVERS)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    for name in options.only or SERVERS:
        with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
            try:
                base_url, relay, env = stack.enter_context(
                    _running(SERVERS[name], options, Path(folder))
                )
            except TimeoutError:
                print(f"{name}: did not start")
                continue
            results = _commands(SERVERS[name], options, env, base_url, relay)
            _tell(name, results, relay, verbose=options.verbose)
    return 0


@contextmanager
def _running(
    server: Server, options: argparse.Namespace, folder: Path
) -> Iterator[tuple[str, Relay, dict[str, str]]]:
    """Its base URL through the relay, the relay, and the environment for fttui."""
    port = _free_port()
    words = {
        "port": str(port), "root": str(options.folder.resolve()), "fttui": options.fttui,
        "document": str(options.document.resolve()), "empty": str(_made(folder / "empty")),
        "config": str(folder / "config.yaml"),
    }  # fmt: skip
    with ExitStack() as stack:
        if server.config or server.headers:
            words |= stack.enter_context(_sandbox(options.fttui))
        (folder / "config.yaml").write_text(server.config.format(**words))
        log = stack.enter_context((folder / "server.log").open("w"))
        process = subprocess.Popen(
            [part.format(**words) for part in server.command], stdout=log, stderr=log,
            env=os.environ | {"FTTUI_SANDBOX_KEY": KEY}, cwd=folder,
        )  # fmt: skip
        try:
            _until_open(port)
            relay = Relay(port)
            base_url = f"http://127.0.0.1:{relay.port}{server.path}"
            yield base_url, relay, _environment(server, folder, base_url, words)
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


def _environment(
    server: Server, folder: Path, base_url: str, words: dict[str, str]
) -> dict[str, str]:
    home = _made(folder / "home")
    headers = {name: value.format(**words) for name, value in server.headers.items()}
    config = _made(home / "config" / "fttui") / "config.toml"
    config.write_text(
        f'profile = "stranger"\n\n[profiles.stranger]\nbase_url = "{base_url}"\n'
        f'api_key_env = "STRANGER_KEY"\n{server.settings}'
        + "\n[profiles.stranger.extra_headers]\n" * bool(headers)
        + "".join(f"{name} = {json.dumps(value)}\n" for name, value in headers.items())
    )
    env = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    env |= {f"XDG_{kind}_HOME": str(_made(home / kind.lower()))
            for kind in ("CONFIG", "STATE", "CACHE", "DATA")}  # fmt: skip
    return env | {"HOME": str(home), "STRANGER_KEY": KEY, "STRANGER_HEADERS": json.dumps(headers)}


@contextmanager
def _sandbox(fttui: str) -> Iterator[dict[str, str]]:
    """A sandbox for what passes calls on."""
    process = subprocess.Popen(
        [fttui, "sandbox", "--json", "--speed", "4"], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, env=os.environ | {"FTTUI_SANDBOX_KEY": KEY},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        base_url = json.loads(process.stdout.readline())["base_url"]
        yield {"sandbox": base_url, "sandbox_root": base_url[:-3], "sandbox_key": KEY}
    finally:
        process.terminate()
        process.wait()


@dataclass(frozen=True)
class Result:
    """What became of one command: a word of the table, and what fttui said first."""

    command: str
    word: str
    said: str = ""


def _commands(
    server: Server, options: argparse.Namespace, env: dict[str, str], base_url: str, relay: Relay
) -> list[Result]:
    results: list[Result] = []
    sample = Path(env["HOME"]) / "train.jsonl"
    sample.write_text((json.dumps(ROW) + "\n") * 24)

    def ask(
        *words: str,
        offered: Callable[[], bool] = lambda: True,
        refused: bool = False,
        ends: Callable[[], bool] = lambda: True,
    ) -> Any:
        """Runs a command; `refused` if the right answer is that it cannot be.

        `ends` tells if what it waits for has come to its end.
        """
        command = [options.fttui, *words]
        try:
            done = subprocess.run(
                command, env=env, cwd=env["HOME"], text=True, capture_output=True,
                timeout=PATIENCE, stdin=subprocess.DEVNULL, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as late:
            told = (late.stderr or late.stdout or b"").decode().strip().splitlines()
            word = "wrong word" if ends() else "worked"
            results.append(Result(" ".join(words), word, f"no end: {told[-1:]}"))
            return None
        said = done.stderr.strip()
        if done.returncode == 0:
            word = "wrong word" if "Traceback" in said else "worked"
        elif refused:
            word = "wrong word" if "Traceback" in said else "told"
        elif WRONG.search(said) and not offered():
            word = "wrong word"
        else:
            word = "told" if NOT_OFFERED.search(said) or not offered() else "failed"
        results.append(Result(" ".join(words).replace(str(sample), "FILE"), word, said))
        with suppress(ValueError):
            return json.loads(done.stdout)
        return None

    def has(path: str, method: str = "GET") -> Callable[[], bool]:
        return lambda: _ask(base_url + path, method, env)[0] not in {404, 405, 406, 501}

    common = ["--model", server.model, "--yes", "--detach"]
    common += ["--suffix", server.suffix] if server.suffix else []
    ask("doctor")
    ask("profiles", "verify")
    ask("models", offered=has("/models"))
    ask("jobs", offered=has("/fine_tuning/jobs"))
    ask("files", offered=has("/files"))
    file = ask("files", "upload", str(sample), "--json", offered=has("/files"))
    file_id = (file or {}).get("id", "file-abc123")
    ask("files", "show", file_id, offered=has(f"/files/{file_id}"))
    ask("files", "download", file_id, "-o", f"{env['HOME']}/got",
        offered=has(f"/files/{file_id}/content"))  # fmt: skip
    job = ask(
        "create",
        "--training-file",
        str(sample),
        *common,
        "--json",
        "--epochs",
        "2",
        refused=bool(server.make),
    )
    if server.make:
        body = server.make.replace("FILE", file_id).encode()
        job = json.loads(_ask(f"{base_url}/fine_tuning/jobs", "POST", env, body)[1])
    job_id = (job or {}).get("id", "ftjob-abc123")
    path = f"/fine_tuning/jobs/{job_id}"
    ask_job = partial(ask, refused=job is None)  # without a job it is right that there is none
    ask_job("pause", job_id, offered=has(f"{path}/pause", "POST"))
    ask_job("resume", job_id, offered=has(f"{path}/resume", "POST"))
    ask("create", "--training-file", file_id, *common, refused=bool(server.make))
    for words in (("jobs",), ("jobs", "--json"), ("show", job_id), ("show", job_id, "--json")):
        ask_job(*words, offered=has(path))
    for part in ("events", "checkpoints"):
        ask_job(part, job_id, offered=has(f"{path}/{part}"))
    ask_job("watch", job_id, ends=lambda: _ended(base_url + path, env))
    for words in (("metrics", job_id), ("metrics", job_id, "--csv")):
        ask_job(*words, offered=has(f"{path}/events"))
    for part in ("events", "checkpoints"):
        ask_job(part, job_id, "--json", offered=has(f"{path}/{part}"))
    ask_job("show", job_id, offered=has(path))
    ask("show", "ftjob-none", refused=True)
    ask("cancel", job_id, "--yes", refused=True)
    ask("files", "delete", file_id, "--yes", offered=has(f"/files/{file_id}"))
    ask("recover")
    return results


def _ended(url: str, env: dict[str, str]) -> bool:
    """Whether the job says so: some servers make up one that is queued for ever."""
    try:
        job = json.loads(_ask(url, "GET", env)[1])
    except ValueError:
        return True
    return job.get("status") not in _GOES_ON


_GOES_ON = {"validating_files", "queued", "running", "paused", "pending", "creating"}


def _ask(url: str, method: str, env: dict[str, str], body: bytes = b"{}") -> tuple[int, bytes]:
    """What the server itself answers; status 0 if it does not."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    headers |= json.loads(env["STRANGER_HEADERS"])
    asked = urllib.request.Request(
        url, method=method, headers=headers, data=body if method == "POST" else None
    )
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return int(answer.status), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except (OSError, ValueError):
        return 0, b""


def _tell(name: str, results: list[Result], relay: Relay, *, verbose: bool) -> None:
    counts = {word: sum(each.word == word for each in results)
              for word in ("worked", "told", "failed", "wrong word")}  # fmt: skip
    sums = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    print(f"\n## {name}: {len(results)} commands, {sums}; {relay.creates} create calls for 2")
    for each in results:
        if each.word != "worked" or verbose:
            said = " / ".join(each.said.splitlines()[-3:])[:240]
            print(f"  {each.word:10} {each.command[:60]:60} {said}")
    sys.stdout.flush()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _until_open(port: int) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.2)
    raise TimeoutError(port)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
