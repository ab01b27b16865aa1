"""Prints a table: for each fault of the tests' catalogue, the jobs that one create call makes.

Left the SDK with its defaults, right fttui; both against the same sandbox through the same proxy.
Run by run.py with the tests' folder on PYTHONPATH.
"""

import contextlib
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path

import httpx2
import openai

from faults.catalogue import AFTER_COMMIT, BEFORE_COMMIT
from faults.harness import MODEL, Truth, draft_of, hasty, outcome_of, write_rows
from faults.proxy import FaultProxy
from fttui.server import SandboxConfig, SandboxServer
from fttui.services.endpoint.models import Job
from fttui.services.session import Session

CREATE = "POST /fine_tuning/jobs$"


def name_of(fault):
    """The fault in words; odd bodies and plain statuses are grouped."""
    when = "commit, then " if fault.commit else "no commit, "
    if fault.how != "answer":
        return when + fault.how
    if fault.status in {200, 204}:
        return f"{when}{fault.status} with a body that is none of the API's"
    return f"{when}HTTP {fault.status}"


def count_sdk(proxy, truth, fault, key, file_id):
    """Jobs made by the SDK's create call with its default retries, short read timeout aside."""
    timeout = httpx2.Timeout(0.4)
    mark = {"mark": str(uuid.uuid4())}
    client = openai.OpenAI(base_url=proxy.base_url, api_key=key, timeout=timeout)
    with client, contextlib.suppress(Exception):
        client.fine_tuning.jobs.create(model=MODEL, training_file=file_id, metadata=mark)
    handle = truth.session.handle
    return len(truth.session.thread.wait(handle.list_jobs(metadata=mark)).items)


def main():
    runs = int(sys.argv[1])
    total = Counter()
    table = {}
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as name, SandboxServer(SandboxConfig()) as server:
        folder, truth = Path(name), Truth(server)
        with FaultProxy(server.base_url) as proxy:
            environ = {"OPENAI_API_KEY": server.api_key, "OPENAI_BASE_URL": proxy.base_url}
            session = Session.open(environ=environ, options=hasty(folder / "journal"))
            with draft_of(write_rows(folder / "train.jsonl")) as draft:
                file_id = outcome_of(session, draft).training_file
            for fault in (*AFTER_COMMIT, *BEFORE_COMMIT):
                row = table.setdefault(name_of(fault), [Counter(), Counter(), Counter(), 0])
                proxy.calm()
                proxy.always(CREATE, fault)
                row[0][count_sdk(proxy, truth, fault, server.api_key, file_id)] += 1
                for _ in range(runs):
                    proxy.calm()
                    proxy.script(CREATE, fault)
                    with draft_of(file_id) as draft:
                        told = outcome_of(session, draft)
                    jobs = truth.jobs(draft.id)
                    word = "created" if isinstance(told, Job) else told.outcome.value
                    true = (
                        [job.id for job in jobs] == [told.id]
                        if isinstance(told, Job)
                        else word == "unknown" or not jobs
                    )
                    row[1][len(jobs)] += 1
                    row[2][word] += 1
                    row[3] += not true
                    total["runs"] += 1
                    total["untrue"] += not true
                    total["twice"] += len(jobs) > 1
            session.close()
        truth.close()
    print("| fault of the create call | SDK defaults: jobs | fttui: runs | jobs | told | untrue |")
    print("|---|---|---|---|---|---|")
    for name, (sdk, jobs, words, untrue) in table.items():
        made = ", ".join(str(number) for number in sorted(sdk))
        ours = ", ".join(str(number) for number in sorted(jobs))
        told = ", ".join(f"{word} {count}" for word, count in words.items())
        print(f"| {name} | {made} | {jobs.total()} | {ours} | {told} | {untrue} |")
    print(
        f"\n{total['runs']} runs in {time.monotonic() - started:.0f} s: {total['twice']} with more "
        f"than one job, {total['untrue']} with an untrue report."
    )


if __name__ == "__main__":
    main()
