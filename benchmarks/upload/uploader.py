"""Uploads one file with fttui's own code in a process of its own and prints what it cost, as JSON.

    python uploader.py BASE_URL KEY JOURNAL FILE SUBMISSION [parts|whole|resume|files] [DIE_AT]

DIE_AT is a share of the file; once the endpoint has acknowledged it the process kills itself.
`files` is what `fttui files upload` does after its check. CPU seconds are those of the upload.
"""

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace

from fttui.cli.uploading import upload
from fttui.services.endpoint.errors import ServiceError
from fttui.services.job_form import JobRequest
from fttui.services.session import Session, SessionOptions
from fttui.services.submission.submissions import Draft
from fttui.services.submission.types import UploadOptions
from fttui.training_data.files import open_checked

NO_JOB = JobRequest("no-such-model")  # refused, so that only the upload is measured


def main():
    base_url, key, journal, path, submission_id, way = sys.argv[1:7]
    die_at = float(sys.argv[7]) if len(sys.argv) > 7 else 2.0
    whole = way == "whole"
    options = SessionOptions(
        Path(journal), upload=UploadOptions(direct_bytes=2**40 if whole else 2**20)
    )
    environ = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": key}
    session = Session.open(environ=environ, options=options)
    session.thread.wait(session.handle.verify())
    session.thread.wait(session.handle.prepare())  # the SDK, which is a matter of the start
    moments = {}

    def now():
        return time.monotonic(), time.process_time()

    def told(progress):
        if progress.file:
            moments.setdefault("start", now())
        if progress.file and progress.bytes_acknowledged > die_at * progress.bytes_total:
            os.kill(os.getpid(), signal.SIGKILL)
        if progress.stage == "uploaded":
            moments.setdefault("end", now())

    submissions = session.submissions
    if way == "files":
        sha256, md5 = sys.stdin.read().split()
        with open_checked(path) as file:
            upload(session, file, SimpleNamespace(sha256=sha256, md5=md5), told)
        moments["end"] = now()
        print_cost(moments)
        session.close()
        return
    if way == "resume":
        work = submissions.recover(submission_id, "resume", on_progress=told)
    else:
        sha256, md5 = sys.stdin.read().split()
        file = open_checked(path)
        draft = Draft(NO_JOB, file, training_sha256=sha256, training_md5=md5, id=submission_id)
        work = submissions.submit(draft, told)
    try:
        session.thread.wait(work)
    except ServiceError as error:
        if error.param != "model":
            raise
    print_cost(moments)
    session.close()


def print_cost(moments):
    start, end = moments["start"], moments["end"]
    seconds, cpu = end[0] - start[0], end[1] - start[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_mb": peak}))


if __name__ == "__main__":
    main()
